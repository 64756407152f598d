//! What the answers of dialogs lead to.

use super::dialog::{Answer, Button, Choice, Dialog, Purpose};
use super::{App, Effect};
use crate::connection::Request;
use crate::layout::Pane;
use crate::wire::Side;

impl App {
    /// An answer of the dialog on top.
    pub(super) fn answer(&mut self, answer: Answer) {
        match answer {
            Answer::None => {}
            Answer::Close => self.close_dialog(),
            Answer::Choice(choice) => {
                self.dialog = None;
                self.choose(choice);
            }
            Answer::Text(purpose, text) => self.answered(purpose, &text),
            Answer::Run(action) => {
                self.dialog = None;
                self.act(action);
            }
            Answer::Many => self.many_asked(),
            Answer::CopyCard(text) => self.effects.push(Effect::Copy(text)),
            Answer::ToRow(id) => self.go_to_compared(id),
            Answer::Browse(step) => self.browse_files(step),
            Answer::Picked(shelf, index) => self.picked(shelf, index),
            Answer::Remove(shelf, index) => self.ask_to_drop(shelf, index),
            Answer::Form(Button::Connect) => self.connect_from_form(),
            Answer::Form(Button::Find) => self.find_servers(),
            Answer::Form(Button::Save) => self.save_form(),
            Answer::Form(Button::Remove) => self.ask_to_remove(),
        }
    }

    pub(super) fn close_dialog(&mut self) {
        let closed = self.dialog.take();
        self.pasted.clear();
        self.forget_drop();
        if matches!(&closed, Some(Dialog::Question(question)) if question.purpose == Purpose::Password) {
            self.no_secret();
        }
        self.no_auth();
        if let Some(Dialog::Card(card)) = closed
            && let Some(side) = card.question
        {
            self.dialog = self.trust_menu(side).map(Dialog::Menu);
        }
        if self.parked.is_some() {
            self.back_to_form();
        }
    }

    pub(super) fn choose(&mut self, choice: Choice) {
        match choice {
            Choice::Stay => {
                self.pasted.clear();
                self.forget_drop();
            }
            Choice::StartSandbox => self.effects.push(Effect::StartSandbox),
            Choice::ConnectForm => self.open_connect_form(),
            Choice::Leave | Choice::LeaveWithoutDraft | Choice::LeaveReset | Choice::LeaveDrop => self.leave_by(choice),
            Choice::PasteOneByOne | Choice::PasteBlock | Choice::PasteBody | Choice::PasteFirst => {
                self.send_pasted(choice);
            }
            Choice::AllowPlainAuth(side) => self.allow_plain_auth(side),
            Choice::UseTls(side, mode) => self.use_tls(side, mode),
            Choice::Trust(side) => self.trust(side, false),
            Choice::TrustAndKeep(side) => self.trust(side, true),
            Choice::CertificateCard(side) => self.certificate_card(side),
            Choice::KeepSecret => self.keep_secret(),
            Choice::UseProfile(index) => self.use_profile(index),
            Choice::RemoveProfile => self.remove_profile(),
            Choice::BackToForm => self.back_to_form(),
            Choice::HelpAuth(mechanism) => self.help_auth(mechanism),
            Choice::AuthAsTyped => self.auth_as_typed(),
            Choice::NoAuth => self.no_auth(),
            Choice::RestoreDraft => self.restore_draft(),
            Choice::DiscardDraft => {
                let recovered = self.recovered.take();
                self.effects.extend(recovered.map(|recovered| Effect::ForgetDraft(recovered.id)));
            }
            Choice::ClearForm => {
                self.forget_draft();
                self.compose.clear(&self.account);
                self.go_to(Pane::Compose);
                self.bring_back();
            }
            Choice::RefreshCommit => self.end_and_reopen(),
            Choice::RefreshReset => {
                self.reset_then(super::leaving::AfterReset::Reopen);
            }
            Choice::SendAgain => self.send_again(),
            Choice::CopyAs(side, tool) => self.copy_as(side, tool),
            Choice::Retry(choice) => self.retry_choice(choice),
            Choice::ReadAll => {
                self.expire_accepted = true;
                self.open_message();
            }
            Choice::AskDns => self.verify_agreed(),
            Choice::Commit => {
                self.mailbox.stop_marking();
                self.request(Request::Disconnect(Side::Pop3));
            }
            Choice::Attach(choice) => self.attach_choice(choice),
            Choice::Browse(choice) => self.browse_choice(choice),
            Choice::Parts(choice) => self.parts_choice(choice),
            Choice::Lint(choice) => self.lint_choice(choice),
            Choice::Reply(choice) => self.reply_choice(choice),
            Choice::Lesson(choice) => self.lesson_choice(choice),
            Choice::Running(choice) => self.script_choice(choice),
            Choice::Session(choice) => self.session_choice(choice),
            Choice::Step(choice) => self.step_choice(choice),
            Choice::Drafting(choice) => self.drafting_choice(choice),
            Choice::Sent(choice) => self.sent_choice(choice),
            Choice::Download(choice) => self.download_choice(choice),
            Choice::CommitReset => self.reset_then(super::leaving::AfterReset::End),
        }
    }

    pub(super) fn answered(&mut self, purpose: Purpose, text: &str) {
        let result = match purpose {
            Purpose::Filter => self.look_for(text),
            Purpose::Export => self.export(text),
            Purpose::SaveMessage => self.save_message(text),
            Purpose::AuthUser => self.auth_user(text),
            Purpose::Attach(purpose) => self.attach_answered(purpose, text),
            Purpose::Browse(purpose) => self.browse_answered(purpose, text),
            Purpose::TemplateName => self.save_template(text),
            Purpose::Parts(purpose) => self.parts_answered(purpose, text),
            Purpose::Switch(switch) => self.compose.set_switch(switch, text, self.now.instant),
            Purpose::Reply(purpose) => self.reply_answered(purpose, text),
            Purpose::Lesson(purpose) => self.lesson_answered(purpose, text),
            Purpose::Row(purpose) => self.row_answered(purpose, text),
            Purpose::Running(purpose) => self.script_answered(purpose, text),
            Purpose::Session(purpose) => self.session_answered(purpose, text),
            Purpose::Download(purpose) => self.download_answered(purpose, text),
            Purpose::Password | Purpose::AuthPassword if text.is_empty() => Err("a password is needed".to_owned()),
            Purpose::Password | Purpose::AuthPassword => Ok(()),
        };
        match (result, &mut self.dialog) {
            // It asks on.
            (Ok(()), _) if matches!(purpose, Purpose::AuthUser | Purpose::Download(_)) => {}
            (Ok(()), _) => {
                self.dialog = None;
                match purpose {
                    Purpose::Password => self.secret_typed(text),
                    Purpose::AuthPassword => self.auth_password(text),
                    Purpose::Running(super::running::Purpose::Variable) => self.variable_typed(text),
                    _ => {}
                }
            }
            (Err(error), Some(Dialog::Question(question))) => question.error = Some(error),
            (Err(error), _) => self.error(error),
        }
    }
}
