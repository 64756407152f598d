//! Actions: what each does, and why one cannot be done now.

mod mailbox;

use super::dialog::{ActionList, Card, Choice, Dialog, Item, Menu, Purpose, list};
use super::{App, Effect, drafting};
use crate::connection::Request;
use crate::keymap::{Action, Scope};
use crate::layout::Pane;
use crate::pop3;
use crate::smtp::Pace;
use crate::theme::Theme;
use crate::wire::Side;

impl App {
    /// Does what an action says.
    pub(super) fn act(&mut self, action: Action) {
        if let Some(why) = self.unavailable(action) {
            self.warn(why);
            return;
        }
        match action {
            Action::Help => self.open_actions("Keys and actions", true),
            Action::Palette => self.open_actions("Palette", false),
            Action::Quit => self.quit(),
            Action::Cancel => self.cancel(),
            Action::Suspend => self.effects.push(Effect::Suspend),
            Action::Redraw => self.effects.push(Effect::Redraw),
            Action::ToggleMouse => self.toggle_mouse(),
            Action::NextTheme => self.next_theme(),
            Action::ShowLog => self.show_log(),
            Action::StartSandbox => self.effects.push(Effect::StartSandbox),
            Action::Faults => self.ask_faults(),
            Action::Lessons | Action::LessonHint | Action::LessonSheet => self.act_on_lessons(action),
            Action::FocusCompose => self.go_to(Pane::Compose),
            Action::FocusTranscript => self.go_to(Pane::Transcript),
            Action::FocusMailbox => self.go_to(Pane::Mailbox),
            Action::FocusPrompt => self.go_to(Pane::Prompt),
            Action::NextPane => self.focus_on(self.focus.step(1)),
            Action::PreviousPane => self.focus_on(self.focus.step(-1)),
            Action::Zoom => self.zoom = if self.zoom.is_some() { None } else { Some(self.focus) },
            Action::Back => self.back(),
            Action::Connect => self.open_connect_form(),
            Action::Disconnect => self.disconnect(self.prompt.side),
            Action::DropLine => self.request(Request::Drop(self.prompt.side)),
            Action::Mend => self.mend(),
            Action::Tls => self.show_tls(),
            Action::Profiles => self.show_profiles(),
            Action::Send => self.send(),
            Action::NextCommand => self.next_command(),
            Action::StepMode
            | Action::StepHere
            | Action::StepAll
            | Action::StepChange
            | Action::StepSkip
            | Action::StepRepeat => self.act_on_steps(action),
            Action::RunScript | Action::Replay | Action::Fork => self.act_on_scripts(action),
            Action::OtherSide => self.prompt.side = other(self.prompt.side),
            Action::Pace => self.change_pace(),
            Action::NewDraft => self.new_draft(),
            Action::Result => self.toggle_result(),
            Action::Retry => self.ask_retry(),
            Action::Attach => self.ask_attachment(),
            Action::SendMany => self.ask_many(),
            Action::Drafts | Action::Templates | Action::SaveTemplate | Action::Sent => self.act_on_kept(action),
            Action::Wire => self.show_wire(),
            Action::MendMail => self.mend_mail(),
            Action::NextTab => self.step_tab(1),
            Action::PreviousTab => self.step_tab(-1),
            Action::Editor => self.effects.push(Effect::Edit(self.compose.body_text())),
            Action::Explain => self.show_explanation(),
            Action::Up | Action::Down | Action::PageUp | Action::PageDown | Action::Top | Action::Bottom => {
                self.go(action);
            }
            Action::Open => self.open(),
            Action::Copy => self.copy(),
            Action::CopyAll => self.copy_all(),
            Action::CopyAs => self.ask_copy_as(),
            Action::CopyId => self.effects.extend(self.queue_id.clone().map(Effect::Copy)),
            Action::Export => self.ask_export(),
            Action::Pager => self.effects.push(Effect::Page(self.text_of_focus())),
            Action::Filter if self.is_in_message() => self.ask_message_search(),
            Action::Filter if self.focus == Pane::Mailbox => self.ask_list_filter(),
            Action::Filter if self.focus == Pane::Compose => self.compose.start_finding(self.theme.found),
            Action::Filter => self.ask_filter(),
            Action::HideRest => {
                let page = self.page(Pane::Transcript);
                self.transcript.toggle_hiding(page);
            }
            Action::FindNext | Action::FindPrevious => self.find_here(action == Action::FindNext),
            Action::TimeMode => self.transcript.next_time_mode(),
            Action::Follow => {
                let page = self.page(Pane::Transcript);
                self.transcript.toggle_follow(page);
            }
            Action::FoldKind
            | Action::Bookmark
            | Action::Annotate
            | Action::NextBookmark
            | Action::Bytes
            | Action::GoToSource
            | Action::SelectRows
            | Action::CopyExchange
            | Action::SessionWaterfall => self.act_on_rows(action),
            Action::Sessions | Action::SaveSession | Action::CompareSessions => self.act_on_sessions(action),
            Action::Undo => self.undo(false),
            Action::Redo => self.undo(true),
            Action::Literal => {
                self.go_to(Pane::Prompt);
                self.prompt.literal = true;
            }
            _ => self.act_in_mailbox(action),
        }
    }

    fn next_theme(&mut self) {
        self.theme = Theme::new(self.theme.name.next(), self.theme.ascii);
        self.info(format!("theme: {}", self.theme.name.word()));
    }

    /// Why an action cannot be done now.
    pub(crate) fn unavailable(&self, action: Action) -> Option<&'static str> {
        let signed_in = self.links.pop3_state == pop3::State::Transaction;
        match action {
            _ if self.script_forbids(action).is_some() => self.script_forbids(action),
            Action::Disconnect | Action::DropLine if !self.links.of(self.prompt.side).is_up() => {
                Some("there is no connection to end")
            }
            Action::Mend if self.remedy().is_none() => Some("nothing failed that is known to be mended by one key"),
            Action::MendMail if self.mendable().is_none() => {
                Some("the wire tab (^X w) shows nothing that is mended by one key")
            }
            Action::Tls if self.links.of(self.prompt.side).number == 0 => Some("there was no connection yet"),
            Action::Send | Action::Resend if self.account.smtp.is_none() => {
                Some("no SMTP server is named yet: c connects, ^X b starts the sandbox")
            }
            Action::Result if self.compose.result.is_none() => Some("no mail of this form was sent yet"),
            Action::Retry => self.retry_unavailable(),
            Action::SendMany => self.many_unavailable(),
            Action::CopyAs => self.copy_as_unavailable(),
            Action::Explain if self.is_in_result() => None,
            Action::Explain if self.explained_now().is_none() => Some("no reply to explain yet"),
            Action::Delete | Action::Unmark | Action::UnmarkAll | Action::Commit if !signed_in => {
                Some("no mailbox is open: 3 goes there, r opens it")
            }
            Action::Download if !signed_in => Some("no mailbox is open: 3 goes there, r opens it"),
            Action::Reply | Action::ReplyAll | Action::Forward | Action::Resend
                if self.mailbox.message.is_none() && !signed_in =>
            {
                Some("no mailbox is open: 3 goes there, r opens it")
            }
            Action::Delete
            | Action::Unmark
            | Action::Select
            | Action::NextMessage
            | Action::PreviousMessage
            | Action::Reply
            | Action::ReplyAll
            | Action::Forward
            | Action::Resend
                if self.current_message().is_none() =>
            {
                Some("no message is selected")
            }
            Action::SelectAll | Action::Sort | Action::Jump if self.mailbox.count() == 0 => {
                Some("no message is listed: r opens the mailbox")
            }
            Action::UnmarkAll if self.mailbox.marks().next().is_none() && self.mailbox.marks_to_come() == 0 => {
                Some("no message is marked")
            }
            Action::Save | Action::RawMessage | Action::Verify if self.mailbox.message.is_none() => {
                Some("open a message first (Enter)")
            }
            Action::SaveParts | Action::OpenPart => self.parts_unavailable(),
            Action::OpenMailbox | Action::Refresh | Action::LoopCheck if self.account.pop3.is_none() => {
                Some("no POP3 server is named yet: c connects, ^X b starts the sandbox")
            }
            Action::LoopCheck => self.loop_check.unavailable(),
            Action::CopyId if self.queue_id.is_none() => Some("no mail was accepted under a queue id yet"),
            Action::Save if self.mailbox.message.as_ref().is_some_and(super::mailbox::Message::is_cut) => {
                Some("only the first part of that message is here: telepost mailbox show --raw saves it whole")
            }
            Action::Export | Action::CopyAll if self.transcript.store.is_empty() => Some("the transcript is empty"),
            Action::Faults => self.faults_unavailable(),
            Action::LessonHint | Action::LessonSheet => self.lessons_unavailable(action),
            Action::StepHere | Action::StepAll | Action::StepChange | Action::StepSkip | Action::StepRepeat => {
                self.steps_unavailable(action)
            }
            Action::FoldKind
            | Action::Bookmark
            | Action::Annotate
            | Action::NextBookmark
            | Action::Bytes
            | Action::GoToSource
            | Action::SelectRows
            | Action::CopyExchange
            | Action::SessionWaterfall => self.rows_unavailable(action),
            Action::RunScript | Action::Replay | Action::Fork => self.scripts_unavailable(action),
            Action::SaveSession | Action::CompareSessions => self.sessions_unavailable(action),
            Action::FindNext | Action::FindPrevious if self.wanted_text().is_empty() => {
                Some("nothing is looked for yet: / asks")
            }
            _ => None,
        }
    }

    pub(super) fn open_actions(&mut self, title: &'static str, grouped: bool) {
        let entries = list::entries(|action| (self.keys_text(action), self.unavailable(action)));
        self.dialog = Some(Dialog::Actions(ActionList::new(title, entries, grouped)));
    }

    /// All keys of an action, for help.
    pub(super) fn keys_text(&self, action: Action) -> String {
        let mut keys: Vec<String> = self.keymap.keys_of(action).map(super::super::keymap::Binding::shown).collect();
        keys.sort_by_key(String::len);
        keys.dedup();
        keys.truncate(3);
        keys.join("  ")
    }

    pub(super) fn toggle_mouse(&mut self) {
        self.mouse = !self.mouse;
        self.effects.push(Effect::Mouse(self.mouse));
        self.info(if self.mouse {
            "the mouse works here again"
        } else {
            "the mouse is the terminal's: select and copy as usual; ^X m takes it back"
        });
    }

    pub(super) fn show_log(&mut self) {
        let lines = self.status.log().iter().map(|toast| format!("{}  {}", toast.clock, toast.text)).collect();
        self.dialog = Some(Dialog::Card(Card::new("Messages", lines)));
    }

    pub(super) fn change_pace(&mut self) {
        self.compose.pace = match self.compose.pace {
            Pace::Pipelined => Pace::Lockstep,
            Pace::Lockstep => Pace::Pipelined,
        };
        self.info(match self.compose.pace {
            Pace::Pipelined => "commands go together where the server announces PIPELINING",
            Pace::Lockstep => "commands go one by one, each after the reply to the one before",
        });
    }

    pub(super) fn new_draft(&mut self) {
        if !self.compose.unsent {
            self.choose(Choice::ClearForm);
            return;
        }
        self.dialog = Some(Dialog::Menu(Menu::new(
            "Start a new mail?",
            vec!["The mail in the form is not sent.".to_owned()],
            vec![
                Item::new('n', "No, stay with it", Choice::Stay),
                Item::new('p', "Yes, and put it away among the drafts", Choice::Drafting(drafting::Choice::PutAway)),
                Item::new('y', "Yes, and throw it away", Choice::ClearForm),
            ],
        )));
    }

    pub(super) fn ask_filter(&mut self) {
        let text = self.transcript.wanted_text.clone();
        self.dialog = Some(Dialog::question(
            Purpose::Filter,
            "Look for",
            "words, class:5 dir:in cmd:RCPT tls:no lapse>500 note:yes, - for not; n and N go on, & hides the rest",
            &text,
        ));
    }

    pub(super) fn undo(&mut self, redo: bool) {
        if !self.compose.undo(redo, self.now.instant) {
            self.info(if redo { "nothing to do again" } else { "nothing to undo" });
        }
    }

    /// The scopes in force, first the most special.
    pub(crate) fn scopes(&self) -> Vec<Scope> {
        if self.is_typing() {
            return vec![Scope::Global];
        }
        let pane = match self.focus {
            _ if self.steps_focused() => Scope::Steps,
            Pane::Compose => Scope::Compose,
            Pane::Transcript | Pane::Prompt => Scope::Transcript,
            Pane::Mailbox if self.mailbox.focus_message => Scope::Message,
            Pane::Mailbox => Scope::Mailbox,
        };
        vec![Scope::Global, pane, Scope::Browse]
    }

    /// Whether keys are text now.
    pub(crate) fn is_typing(&self) -> bool {
        match &self.dialog {
            Some(dialog) => dialog.is_typing(),
            None => match self.focus {
                Pane::Prompt => true,
                Pane::Compose => !self.steps_focused() && self.compose.is_typing(),
                Pane::Transcript | Pane::Mailbox => false,
            },
        }
    }
}

fn other(side: Side) -> Side {
    match side {
        Side::Smtp => Side::Pop3,
        Side::Pop3 => Side::Smtp,
    }
}
