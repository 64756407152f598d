//! The prompt's way to a server: typed, suggested and pasted lines.

use super::App;
use super::dialog::Choice;
use super::prompt::paste;
use crate::connection::{Body, Request, Submission};
use crate::layout::Pane;
use crate::wire::{BadLine, Side};
use crate::{pop3, smtp};

impl App {
    /// The command that comes next, and why.
    pub(crate) fn suggestion(&self) -> Option<super::prompt::Suggestion> {
        // A lesson may want something else, a mistake even: its strip says what.
        self.proper_next().filter(|next| self.lesson_agrees(&next.line))
    }

    /// F8: connects, or puts the next proper command into the prompt, or sends it when it stands there.
    pub(super) fn next_command(&mut self) {
        if !self.links.of(self.prompt.side).is_up() {
            self.connect_bare(self.prompt.side);
            self.show_what_goes_out();
            self.go_to_prompt();
            return;
        }
        let Some(suggestion) = self.suggestion() else {
            let why = if self.proper_next().is_some() {
                "type what the lesson above says"
            } else {
                "nothing comes next here"
            };
            self.info(why);
            return;
        };
        self.go_to_prompt();
        if self.prompt.input.value() == suggestion.line {
            let line = self.prompt.input.value_and_reset();
            self.send_proper(&line);
        } else {
            self.prompt.input = super::edit::field(&suggestion.line);
        }
    }

    /// Connects, and says nothing after the greeting: hello and sign-in are the person's. `false`: it was not begun.
    pub(super) fn connect_bare(&mut self, side: Side) -> bool {
        let greet = std::mem::replace(&mut self.account.greet, false);
        let begun = self.connect(side);
        self.account.greet = greet;
        begun
    }

    pub(super) fn go_to_prompt(&mut self) {
        if self.focus != Pane::Prompt {
            self.before_prompt = self.focus;
            self.focus = Pane::Prompt;
        }
    }

    /// Sends a line from the prompt, byte for byte, but for the dots of a mail; a CR LF typed into it makes it several,
    /// which go out together.
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
        let submission = if line.contains("\r\n") && !self.is_in_body() {
            let lines: Vec<String> = line.split("\r\n").map(str::to_owned).collect();
            paste::block(side, &lines)
        } else {
            self.one_line(side, line).map_err(|bad| bad.to_string())
        };
        match submission {
            Ok(submission) => {
                self.hint_spelling(line);
                self.request(Request::Submit(submission));
                self.show_what_goes_out();
            }
            Err(why) => {
                self.error(why);
                self.prompt.input = super::edit::field(line);
            }
        }
    }

    fn one_line(&self, side: Side, line: &str) -> Result<Submission, BadLine> {
        match side {
            Side::Smtp => {
                let typed = match self.links.smtp_state {
                    smtp::State::Body => smtp::Line::body(paste::stuffed(line).as_bytes()),
                    smtp::State::Auth => smtp::Line::sasl(line),
                    _ => smtp::Line::typed(line),
                };
                typed.map(|line| Submission::Smtp(smtp::Command::Line(line), None))
            }
            Side::Pop3 => pop3::Line::typed(line).map(|line| Submission::Pop3(pop3::Command::Line(line))),
        }
    }

    pub(super) fn send_pasted(&mut self, choice: Choice) {
        let lines = self.pasted.take();
        if choice != Choice::PasteFirst && self.script_holds("") {
            return;
        }
        match choice {
            Choice::PasteFirst => {
                if let Some(first) = lines.first() {
                    super::edit::paste_line(&mut self.prompt.input, first);
                }
            }
            Choice::PasteBlock => self.send_block(&lines),
            Choice::PasteBody if self.is_in_body() => {
                for line in lines {
                    self.submit_typed(smtp::Line::body(if line.starts_with('.') { format!(".{line}") } else { line }));
                }
            }
            Choice::PasteBody => self.send_text(&lines),
            _ => self.send_one_by_one(&lines),
        }
    }

    fn send_block(&mut self, lines: &[String]) {
        match paste::block(self.prompt.side, lines) {
            Ok(submission) => {
                self.request(Request::Submit(submission));
                self.show_what_goes_out();
            }
            Err(why) => self.error(format!("not sent: {why}")),
        }
    }

    /// DATA, and behind its 354 the text of a mail.
    fn send_text(&mut self, lines: &[String]) {
        let text = lines.join("\r\n") + "\r\n";
        self.submit_typed(Ok(smtp::Line::bare(smtp::Verb::Data)));
        self.request(Request::Submit(Submission::Smtp(
            smtp::Command::Body,
            Some(Body::Bytes(text.into_bytes().into())),
        )));
    }

    /// Each line behind the reply to the one before. What stands between DATA and its dot is text of a mail.
    fn send_one_by_one(&mut self, lines: &[String]) {
        let mut in_text = false;
        for line in lines {
            if in_text && line != "." {
                self.submit_typed(smtp::Line::typed(paste::stuffed(line).as_bytes()));
                continue;
            }
            in_text = self.prompt.side == Side::Smtp && line.trim().eq_ignore_ascii_case("DATA");
            self.type_line(line);
        }
    }

    fn submit_typed(&mut self, line: Result<smtp::Line, BadLine>) {
        match line {
            Ok(line) => {
                self.request(Request::Submit(Submission::Smtp(smtp::Command::Line(line), None)));
                self.show_what_goes_out();
            }
            Err(bad) => self.error(bad.to_string()),
        }
    }
}
