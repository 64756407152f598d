//! What the answers of dialogs lead to.

use super::dialog::{Answer, Choice, Dialog, Purpose};
use super::{App, Effect};
use crate::connection::Request;
use crate::layout::Pane;
use crate::wire::{Secret, Side};

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
            Answer::Connect => self.connect_from_form(),
        }
    }

    pub(super) fn close_dialog(&mut self) {
        self.dialog = None;
        self.pasted.clear();
    }

    pub(super) fn choose(&mut self, choice: Choice) {
        match choice {
            Choice::Stay => self.pasted.clear(),
            Choice::StartSandbox => self.effects.push(Effect::StartSandbox),
            Choice::ConnectForm => self.open_connect_form(),
            Choice::Leave | Choice::LeaveWithoutDraft | Choice::LeaveReset | Choice::LeaveDrop => self.leave_by(choice),
            Choice::PasteOneByOne | Choice::PasteBody | Choice::PasteFirst => self.send_pasted(choice),
            Choice::AllowPlainAuth => {
                self.account.allow_plain_auth = true;
                self.open_mailbox();
            }
            Choice::RestoreDraft => self.restore_draft(),
            Choice::DiscardDraft => {
                self.recovered = None;
                self.effects.push(Effect::ForgetDraft);
            }
            Choice::ClearForm => {
                self.compose.clear(&self.account);
                self.forget_draft();
                self.go_to(Pane::Compose);
            }
            Choice::RefreshCommit => self.end_and_reopen(),
            Choice::RefreshReset => {
                self.reset_then(super::leaving::AfterReset::Reopen);
            }
            Choice::SendAgain => self.send_now(),
            Choice::ReadAll => {
                self.expire_accepted = true;
                self.open_message();
            }
            Choice::Commit => self.request(Request::Disconnect(Side::Pop3)),
            Choice::CommitReset => self.reset_then(super::leaving::AfterReset::End),
        }
    }

    pub(super) fn answered(&mut self, purpose: Purpose, text: &str) {
        let result = match purpose {
            Purpose::Filter => {
                let page = self.page(Pane::Transcript);
                let found = self.transcript.look_for(text, page);
                if found == Ok(false) {
                    self.warn("no match");
                }
                found.map(drop)
            }
            Purpose::Export => self.export(text),
            Purpose::SaveMessage => self.save_message(text),
            Purpose::Password => {
                self.account.password = Some(Secret::new(text));
                Ok(())
            }
        };
        match (result, &mut self.dialog) {
            (Ok(()), _) => {
                self.dialog = None;
                if purpose == Purpose::Password {
                    self.open_mailbox();
                }
            }
            (Err(error), Some(Dialog::Question(question))) => question.error = Some(error),
            (Err(error), _) => self.error(error),
        }
    }
}
