//! Actions: what each does, and why one cannot be done now.

use std::path::PathBuf;

use super::dialog::{ActionList, Answer, Card, Choice, Dialog, Item, Menu, Purpose, list};
use super::{App, Content, Effect};
use crate::connection::{Request, Submission};
use crate::keymap::{Action, Scope};
use crate::layout::Pane;
use crate::smtp::Pace;
use crate::theme::Theme;
use crate::transcript::text::entry_text;
use crate::wire::{Secret, Side};
use crate::{pop3, smtp};

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
            Action::NextTheme => {
                self.theme = Theme::new(self.theme.name.next(), self.theme.ascii);
                self.info(format!("theme: {}", self.theme.name.word()));
            }
            Action::ShowLog => self.show_log(),
            Action::StartSandbox => self.effects.push(Effect::StartSandbox),
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
            Action::Send => self.send(),
            Action::NextCommand => self.next_command(),
            Action::OtherSide => self.prompt.side = other(self.prompt.side),
            Action::Pace => self.change_pace(),
            Action::NewDraft => self.new_draft(),
            Action::Wire => self.show_wire(),
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
            Action::CopyId => self.effects.extend(self.queue_id.clone().map(Effect::Copy)),
            Action::Export => self.ask_export(),
            Action::Pager => self.effects.push(Effect::Page(self.text_of_focus())),
            Action::Filter => self.ask_filter(),
            Action::HideRest => {
                let page = self.page(Pane::Transcript);
                self.transcript.toggle_hiding(page);
            }
            Action::FindNext => self.find(true),
            Action::FindPrevious => self.find(false),
            Action::TimeMode => self.transcript.next_time_mode(),
            Action::Follow => {
                let page = self.page(Pane::Transcript);
                self.transcript.toggle_follow(page);
            }
            Action::OpenMailbox => {
                self.focus = Pane::Mailbox;
                self.open_mailbox();
            }
            Action::Refresh => self.refresh_mailbox(),
            Action::Delete => self.delete(),
            Action::Unmark => self.unmark(),
            Action::UnmarkAll => {
                let reset = self.mailbox.unmark_all();
                self.submit_pop3(pop3::Command::Line(reset));
            }
            Action::Commit => self.disconnect(Side::Pop3),
            Action::Save => self.ask_save(),
            Action::RawMessage => {
                if let Some(message) = &mut self.mailbox.message {
                    message.set_tab(super::mailbox::Tab::Raw);
                }
            }
            Action::Undo => self.undo(false),
            Action::Redo => self.undo(true),
            Action::Literal => {
                self.go_to(Pane::Prompt);
                self.prompt.literal = true;
            }
        }
    }

    /// Why an action cannot be done now.
    pub(crate) fn unavailable(&self, action: Action) -> Option<&'static str> {
        let signed_in = self.links.pop3_state == pop3::State::Transaction;
        match action {
            Action::Disconnect | Action::DropLine if !self.links.of(self.prompt.side).is_up() => {
                Some("there is no connection to end")
            }
            Action::Send if self.account.smtp.is_none() => {
                Some("no SMTP server is named yet: c connects, ^X b starts the sandbox")
            }
            Action::Explain if self.explained.is_none() => Some("no reply to explain yet"),
            Action::Delete | Action::Unmark | Action::UnmarkAll | Action::Commit if !signed_in => {
                Some("no mailbox is open: 3 goes there, r opens it")
            }
            Action::Delete | Action::Unmark if self.current_message().is_none() => Some("no message is selected"),
            Action::UnmarkAll if self.mailbox.marks().next().is_none() => Some("no message is marked"),
            Action::Save | Action::RawMessage if self.mailbox.message.is_none() => Some("open a message first (Enter)"),
            Action::CopyId if self.queue_id.is_none() => Some("no mail was accepted under a queue id yet"),
            Action::Save if self.mailbox.message.as_ref().is_some_and(super::mailbox::Message::is_cut) => {
                Some("only the first part of that message is here: telepost mailbox show --raw saves it whole")
            }
            Action::Export | Action::CopyAll if self.transcript.store.is_empty() => Some("the transcript is empty"),
            Action::FindNext | Action::FindPrevious if self.transcript.wanted_text.is_empty() => {
                Some("nothing is looked for yet: / asks")
            }
            Action::OpenMailbox | Action::Refresh if self.account.pop3.is_none() => {
                Some("no POP3 server is named yet: c connects, ^X b starts the sandbox")
            }
            _ => None,
        }
    }

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

    fn choose(&mut self, choice: Choice) {
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

    fn answered(&mut self, purpose: Purpose, text: &str) {
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

    /// Goes to a pane that was asked for by name or pointed at; the mailbox is opened.
    pub(super) fn go_to(&mut self, pane: Pane) {
        self.focus_on(pane);
        if pane == Pane::Mailbox {
            self.open_or_refresh();
        }
    }

    /// Moves the focus only: walking past the mailbox with Tab must not sign in anywhere.
    pub(super) fn focus_on(&mut self, pane: Pane) {
        if self.zoom.is_some_and(|zoomed| zoomed != pane) && pane != Pane::Prompt {
            self.zoom = None;
        }
        if pane == Pane::Prompt && self.focus != Pane::Prompt {
            self.before_prompt = self.focus;
        }
        self.focus = pane;
        match pane {
            Pane::Compose => self.prompt.side = Side::Smtp,
            Pane::Mailbox => self.prompt.side = Side::Pop3,
            Pane::Transcript | Pane::Prompt => {}
        }
    }

    /// Coming to the mailbox opens it the first time, and lists anew after a mail was sent.
    fn open_or_refresh(&mut self) {
        let known = self.account.pop3.is_some() && self.account.user.is_some() && self.account.password.is_some();
        let closed = !self.links.pop3.is_up();
        let never = self.mailbox.ended.is_none() && self.mailbox.rows.is_empty();
        if self.links.pop3_state == pop3::State::Transaction && self.mailbox.session == super::mailbox::Session::Closed
        {
            // Signed in by hand: the listing is still to be asked for.
            self.list_mailbox();
        } else if known && closed && (never || self.mailbox.stale) {
            self.mailbox.close_message();
            self.open_mailbox();
        } else if self.mailbox.stale && self.mailbox.session == super::mailbox::Session::Open {
            self.mailbox.close_message();
            self.refresh_mailbox();
        }
    }

    fn back(&mut self) {
        if self.status.dismiss() && self.focus != Pane::Prompt && !self.compose.is_typing() {
            return;
        }
        match self.focus {
            Pane::Compose if self.compose.editing => self.compose.editing = false,
            Pane::Prompt => self.go_to(self.before_prompt),
            Pane::Mailbox if self.mailbox.message.is_some() => {
                self.mailbox.close_message();
            }
            _ => self.zoom = None,
        }
    }

    fn open_actions(&mut self, title: &'static str, grouped: bool) {
        let entries = list::entries(|action| (self.keys_text(action), self.unavailable(action)));
        self.dialog = Some(Dialog::Actions(ActionList::new(title, entries, grouped)));
    }

    /// All keys of an action, for help.
    fn keys_text(&self, action: Action) -> String {
        let mut keys: Vec<String> = self.keymap.keys_of(action).map(super::super::keymap::Binding::shown).collect();
        keys.sort_by_key(String::len);
        keys.dedup();
        keys.truncate(3);
        keys.join("  ")
    }

    fn toggle_mouse(&mut self) {
        self.mouse = !self.mouse;
        self.effects.push(Effect::Mouse(self.mouse));
        self.info(if self.mouse {
            "the mouse works here again"
        } else {
            "the mouse is the terminal's: select and copy as usual; ^X m takes it back"
        });
    }

    fn show_log(&mut self) {
        let lines = self.status.log().iter().map(|toast| format!("{}  {}", toast.clock, toast.text)).collect();
        self.dialog = Some(Dialog::Card(Card::new("Messages", lines)));
    }

    fn change_pace(&mut self) {
        self.compose.pace = match self.compose.pace {
            Pace::Pipelined => Pace::Lockstep,
            Pace::Lockstep => Pace::Pipelined,
        };
        self.info(match self.compose.pace {
            Pace::Pipelined => "commands go together where the server announces PIPELINING",
            Pace::Lockstep => "commands go one by one, each after the reply to the one before",
        });
    }

    fn new_draft(&mut self) {
        if !self.compose.unsent {
            self.choose(Choice::ClearForm);
            return;
        }
        self.dialog = Some(Dialog::Menu(Menu::new(
            "Start a new mail?",
            vec!["The mail in the form is not sent.".to_owned()],
            vec![Item::new('n', "No, keep it", Choice::Stay), Item::new('y', "Yes, throw it away", Choice::ClearForm)],
        )));
    }

    fn show_wire(&mut self) {
        self.go_to(Pane::Compose);
        if self.compose.tab == super::compose::Tab::Wire {
            self.compose.set_tab(super::compose::Tab::Body);
        } else {
            self.compose.set_tab(super::compose::Tab::Wire);
            self.make_preview();
        }
    }

    fn step_tab(&mut self, step: isize) {
        if let (Pane::Mailbox, Some(message)) = (self.focus, &mut self.mailbox.message) {
            message.step_tab(step);
        } else {
            self.compose.step_tab(step);
            if self.compose.tab == super::compose::Tab::Wire {
                self.make_preview();
            }
        }
    }

    fn find(&mut self, forward: bool) {
        let page = self.page(Pane::Transcript);
        match self.transcript.find(forward, page) {
            None => self.warn("no match"),
            Some(true) => self.info(if forward { "went on from the top" } else { "went on from the end" }),
            Some(false) => {}
        }
    }

    /// Moves in the focused pane.
    fn go(&mut self, action: Action) {
        let page = self.page(self.focus);
        let jump = isize::try_from(page.saturating_sub(1).max(1)).unwrap_or(1);
        let far = isize::MAX / 2;
        let step = match action {
            Action::Up => -1,
            Action::Down => 1,
            Action::PageUp => -jump,
            Action::PageDown => jump,
            Action::Top => -far,
            _ => far,
        };
        match self.focus {
            Pane::Compose => self.go_in_form(step),
            Pane::Transcript | Pane::Prompt => match action {
                Action::Top => self.transcript.go_to_top(page),
                Action::Bottom => self.transcript.go_to_bottom(),
                _ => self.transcript.move_by(step, self.page(Pane::Transcript)),
            },
            Pane::Mailbox => self.go_in_mailbox(action, step, page),
        }
    }

    fn go_in_form(&mut self, step: isize) {
        if self.compose.tab == super::compose::Tab::Wire && self.compose.at == super::compose::Slot::Main {
            let preview = &mut self.compose.preview;
            let last = preview.lines.len().saturating_sub(1);
            if !(preview.scroll == 0 && step == -1) {
                preview.scroll = preview.scroll.saturating_add_signed(step).min(last);
                return;
            }
        }
        self.compose.move_by(step.signum());
    }

    fn go_in_mailbox(&mut self, action: Action, step: isize, page: usize) {
        let rows = self.message_page();
        if let Some(message) = self.mailbox.message.as_mut().filter(|_| self.mailbox.focus_message) {
            let jump = isize::try_from(rows.saturating_sub(1).max(1)).unwrap_or(1);
            let step = match action {
                Action::PageUp => -jump,
                Action::PageDown => jump,
                _ => step,
            };
            message.scroll_by(step, rows);
        } else {
            self.mailbox.select(self.mailbox.selected.saturating_add_signed(step), page);
        }
    }

    pub(super) fn open(&mut self) {
        match self.focus {
            Pane::Compose => self.compose.editing = true,
            Pane::Transcript | Pane::Prompt => {
                let page = self.page(Pane::Transcript);
                self.transcript.toggle_fold(page);
            }
            Pane::Mailbox => self.open_message(),
        }
    }

    fn open_message(&mut self) {
        if self.links.pop3_state != pop3::State::Transaction {
            self.open_mailbox();
            return;
        }
        let deletes_what_is_read =
            self.links.pop3_capabilities.as_ref().is_some_and(|capabilities| capabilities.expire == Some(Some(0)));
        if deletes_what_is_read && !std::mem::take(&mut self.expire_accepted) {
            self.warn_of_expire();
            return;
        }
        if let Some(line) = self.mailbox.open_selected() {
            self.submit_pop3(pop3::Command::Line(line));
        } else if self.mailbox.selected_row().is_some_and(|row| row.marked) {
            self.warn("that message is marked for deletion: the server shows it again after u (RSET)");
        }
    }

    /// RFC 2449 6.7: a server with EXPIRE 0 may delete a message once it was read.
    fn warn_of_expire(&mut self) {
        self.dialog = Some(Dialog::Menu(Menu::new(
            "This server deletes what was read",
            vec!["It announces EXPIRE 0: a message that was fetched may be gone after QUIT.".to_owned()],
            vec![
                Item::new('n', "Do not open it", Choice::Stay),
                Item::new('y', "Open it all the same", Choice::ReadAll),
            ],
        )));
    }

    /// The message that d and u mean: the open one if it has the focus, else the selected one.
    fn current_message(&self) -> Option<u32> {
        match &self.mailbox.message {
            Some(message) if self.mailbox.focus_message => Some(message.number),
            _ => self.mailbox.selected_row().map(|row| row.number),
        }
    }

    fn delete(&mut self) {
        let Some(number) = self.current_message() else { return };
        self.submit_pop3(pop3::Command::Line(pop3::Line::numbered(pop3::Verb::Dele, number)));
        self.mailbox.close_message();
        let page = self.page(Pane::Mailbox);
        self.mailbox.select(self.mailbox.selected + 1, page);
    }

    fn unmark(&mut self) {
        let Some(number) = self.current_message() else { return };
        if self.mailbox.rows.iter().any(|row| row.number == number && row.marked) {
            self.info("POP3 cannot take one mark back: RSET takes all, the others are set again");
            let line = self.mailbox.unmark(number);
            self.submit_pop3(pop3::Command::Line(line));
        } else {
            self.info(format!("message {number} is not marked"));
        }
    }

    /// The text of what is under the cursor.
    fn text_of_focus(&self) -> String {
        match self.focus {
            Pane::Transcript | Pane::Prompt => self.transcript_text(),
            Pane::Mailbox => self.mailbox.message.as_ref().map(super::mailbox::Message::plain).unwrap_or_default(),
            Pane::Compose if self.compose.tab == super::compose::Tab::Wire => {
                self.compose.preview.lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n")
            }
            Pane::Compose => self.compose.body_text(),
        }
    }

    fn transcript_text(&self) -> String {
        self.transcript.store.iter().map(|entry| entry_text(&entry, true)).collect::<Vec<_>>().join("\n")
    }

    fn copy(&mut self) {
        let text = match self.focus {
            Pane::Transcript | Pane::Prompt => self.transcript.selected().map(|entry| entry_text(&entry, false)),
            Pane::Mailbox if self.mailbox.message.is_none() => self.mailbox.selected_row().map(|row| {
                let summary = row.summary.as_ref();
                let part = |text: Option<&str>| text.unwrap_or_default().to_owned();
                format!(
                    "{}\t{}\t{}\t{}",
                    row.number,
                    part(row.uid.as_deref()),
                    part(summary.map(|s| s.from.as_str())),
                    part(summary.map(|s| s.subject.as_str()))
                )
            }),
            _ => Some(self.text_of_focus()),
        };
        match text.filter(|text| !text.is_empty()) {
            Some(text) => self.effects.push(Effect::Copy(text)),
            None => self.warn("there is nothing to copy here"),
        }
    }

    fn copy_all(&mut self) {
        let text = if self.focus == Pane::Mailbox { self.text_of_focus() } else { self.transcript_text() };
        self.effects.push(Effect::Copy(text));
    }

    fn ask_export(&mut self) {
        let name = format!("telepost-{}.md", self.now.wall.strftime("%Y%m%d-%H%M%S"));
        self.dialog = Some(Dialog::question(
            Purpose::Export,
            "Write the transcript to",
            "The suffix decides: .txt (as swaks shows it), .jsonl, .md (for a ticket). Passwords are masked.",
            &name,
        ));
    }

    fn export(&mut self, path: &str) -> Result<(), String> {
        let path = PathBuf::from(path.trim());
        if crate::transcript::export::Format::from_path(&path).is_none() {
            return Err("the name must end in .txt, .jsonl or .md".to_owned());
        }
        self.effects.push(Effect::Write { path, content: Content::Transcript });
        Ok(())
    }

    fn ask_save(&mut self) {
        let Some(message) = &self.mailbox.message else { return };
        let name = format!("message-{}.eml", message.number);
        self.dialog = Some(Dialog::question(
            Purpose::SaveMessage,
            "Save the message as",
            "Exactly as the server sent it, dots undone.",
            &name,
        ));
    }

    fn save_message(&mut self, path: &str) -> Result<(), String> {
        let Some(message) = &self.mailbox.message else { return Ok(()) };
        if path.trim().is_empty() {
            return Err("a file needs a name".to_owned());
        }
        let content = Content::Bytes(message.raw.as_ref().clone());
        self.effects.push(Effect::Write { path: PathBuf::from(path.trim()), content });
        Ok(())
    }

    fn ask_filter(&mut self) {
        let text = self.transcript.wanted_text.clone();
        self.dialog = Some(Dialog::question(
            Purpose::Filter,
            "Look for",
            "words, class:5 dir:in cmd:RCPT side:pop3 lapse>500; & hides the rest, n and N go on",
            &text,
        ));
    }

    fn undo(&mut self, redo: bool) {
        if !self.compose.undo(redo, self.now.instant) {
            self.info(if redo { "nothing to do again" } else { "nothing to undo" });
        }
    }

    /// The command that comes next, and why.
    pub(crate) fn suggestion(&self) -> Option<super::prompt::Suggestion> {
        match self.prompt.side {
            Side::Smtp => {
                let mail = self.compose.envelope().unwrap_or_default();
                let lmtp = self.account.smtp.as_ref().is_some_and(|t| t.protocol == crate::connection::Protocol::Lmtp);
                super::prompt::next_smtp(self.links.smtp_state, &self.account.hello, lmtp, &mail, self.accepted)
            }
            Side::Pop3 => {
                let selected = self.mailbox.selected_row().map(|row| row.number);
                super::prompt::next_pop3(self.links.pop3_state, self.account.user.as_deref(), self.named, selected)
            }
        }
    }

    /// F8: connects, or puts the next proper command into the prompt, or sends it when it stands there.
    fn next_command(&mut self) {
        if !self.links.of(self.prompt.side).is_up() {
            let greet = std::mem::replace(&mut self.account.greet, false);
            self.connect(self.prompt.side);
            self.account.greet = greet;
            self.go_to_prompt();
            return;
        }
        let Some(suggestion) = self.suggestion() else {
            self.info("nothing comes next here");
            return;
        };
        self.go_to_prompt();
        if self.prompt.input.value() == suggestion.line {
            let line = self.prompt.input.value_and_reset();
            self.type_line(&line);
        } else {
            self.prompt.input = super::edit::field(&suggestion.line);
        }
    }

    fn go_to_prompt(&mut self) {
        if self.focus != Pane::Prompt {
            self.before_prompt = self.focus;
            self.focus = Pane::Prompt;
        }
    }

    /// Sends a line from the prompt, byte for byte.
    pub(super) fn type_line(&mut self, line: &str) {
        let side = self.prompt.side;
        if !self.links.of(side).is_up() {
            self.error(format!(
                "there is no {} connection: press F8 to open it, or F2 for another server",
                side.name()
            ));
            self.prompt.input = super::edit::field(line);
            return;
        }
        let submission = match side {
            Side::Smtp => {
                let typed = match self.links.smtp_state {
                    smtp::State::Body => smtp::Line::body(line),
                    smtp::State::Auth => smtp::Line::sasl(line),
                    _ => smtp::Line::typed(line),
                };
                typed.map(|line| Submission::Smtp(smtp::Command::Line(line), None))
            }
            Side::Pop3 => pop3::Line::typed(line).map(|line| Submission::Pop3(pop3::Command::Line(line))),
        };
        match submission {
            Ok(submission) => {
                self.hint_spelling(line);
                self.request(Request::Submit(submission));
                self.transcript.go_to_bottom();
            }
            Err(error) => {
                self.error(error.to_string());
                self.prompt.input = super::edit::field(line);
            }
        }
    }

    fn send_pasted(&mut self, choice: Choice) {
        let lines = std::mem::take(&mut self.pasted);
        match choice {
            Choice::PasteFirst => {
                if let Some(first) = lines.first() {
                    super::edit::paste_line(&mut self.prompt.input, first);
                }
            }
            Choice::PasteBody => {
                for line in lines {
                    self.type_line(&if line.starts_with('.') { format!(".{line}") } else { line });
                }
            }
            _ => {
                for line in lines {
                    self.type_line(&line);
                }
            }
        }
    }

    /// The scopes in force, first the most special.
    pub(crate) fn scopes(&self) -> Vec<Scope> {
        if self.is_typing() {
            return vec![Scope::Global];
        }
        let pane = match self.focus {
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
                Pane::Compose => self.compose.is_typing(),
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
