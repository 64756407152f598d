//! The prompt's way to a server: typed, suggested and pasted lines.

use super::App;
use super::dialog::Choice;
use crate::connection::{Request, Submission};
use crate::layout::Pane;
use crate::wire::Side;
use crate::{pop3, smtp};

impl App {
    /// The command that comes next, and why.
    pub(crate) fn suggestion(&self) -> Option<super::prompt::Suggestion> {
        match self.prompt.side {
            Side::Smtp => {
                let nobody = crate::mail::Envelope::default();
                let mail = self.compose.addresses.said().as_ref().unwrap_or(&nobody);
                let lmtp = self.account.smtp.as_ref().is_some_and(|t| t.protocol == crate::connection::Protocol::Lmtp);
                super::prompt::next_smtp(self.links.smtp_state, &self.account.hello, lmtp, mail, self.accepted)
            }
            Side::Pop3 => {
                let selected = self.mailbox.selected_row().map(|row| row.number);
                super::prompt::next_pop3(self.links.pop3_state, self.account.user.as_deref(), self.named, selected)
            }
        }
    }

    /// F8: connects, or puts the next proper command into the prompt, or sends it when it stands there.
    pub(super) fn next_command(&mut self) {
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

    pub(super) fn go_to_prompt(&mut self) {
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

    pub(super) fn send_pasted(&mut self, choice: Choice) {
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
}
