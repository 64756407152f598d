//! Looking for text in the open message.

use super::App;
use super::dialog::{self, Dialog};
use super::mailbox::Searched;
use super::parts::Purpose;
use crate::layout::Pane;

impl App {
    /// The open message has the cursor.
    pub(super) fn is_in_message(&self) -> bool {
        self.focus == Pane::Mailbox && self.mailbox.focus_message && self.mailbox.message.is_some()
    }

    /// What is looked for where the cursor is.
    pub(super) fn wanted_text(&self) -> &str {
        match &self.mailbox.message {
            Some(message) if self.is_in_message() => message.wanted_text(),
            _ if self.focus == Pane::Compose => self.compose.finding.input.value(),
            _ => &self.transcript.wanted_text,
        }
    }

    pub(super) fn ask_message_search(&mut self) {
        let text = self.wanted_text().to_owned();
        let hint = "words, letter case aside; > and < go on, nothing ends the search";
        self.dialog =
            Some(Dialog::question(dialog::Purpose::Parts(Purpose::Find), "Look for in the message", hint, &text));
    }

    pub(super) fn look_for_in_message(&mut self, text: &str) {
        let found = self.mailbox.message.as_mut().map(|message| message.look_for(text));
        self.tell_found(found.flatten(), true);
    }

    pub(super) fn find_in_message(&mut self, forward: bool) {
        let found = self.mailbox.message.as_mut().map(|message| message.find(forward));
        self.tell_found(found.flatten(), forward);
    }

    /// Goes on with the search of what has the focus.
    pub(super) fn find_here(&mut self, forward: bool) {
        match self.focus {
            _ if self.is_in_message() => self.find_in_message(forward),
            Pane::Compose => self.find_in_form(forward),
            _ => self.find(forward),
        }
    }

    /// Goes on in the body; the line of the search opens again.
    pub(super) fn find_in_form(&mut self, forward: bool) {
        if !self.compose.finding.open {
            self.compose.start_finding(self.theme.found);
        }
        self.compose.find_in_body(forward);
    }

    fn tell_found(&mut self, found: Option<Searched>, forward: bool) {
        match found {
            None => self.warn("not found in this tab"),
            Some(Searched::Around) => {
                self.info(if forward { "went on from the top" } else { "went on from the end" });
            }
            Some(Searched::Here) => {}
        }
    }
}
