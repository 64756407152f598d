//! What is done to a message of the mailbox: open, mark, take the mark back.

use super::App;
use super::dialog::{Choice, Dialog, Item, Menu};
use crate::layout::Pane;
use crate::pop3;

impl App {
    pub(super) fn open_message(&mut self) {
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
    pub(super) fn warn_of_expire(&mut self) {
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
    pub(super) fn current_message(&self) -> Option<u32> {
        match &self.mailbox.message {
            Some(message) if self.mailbox.focus_message => Some(message.number),
            _ => self.mailbox.selected_row().map(|row| row.number),
        }
    }

    pub(super) fn delete(&mut self) {
        let Some(number) = self.current_message() else { return };
        self.submit_pop3(pop3::Command::Line(pop3::Line::numbered(pop3::Verb::Dele, number)));
        self.mailbox.close_message();
        let page = self.page(Pane::Mailbox);
        self.mailbox.select(self.mailbox.selected + 1, page);
    }

    pub(super) fn unmark(&mut self) {
        let Some(number) = self.current_message() else { return };
        if self.mailbox.rows.iter().any(|row| row.number == number && row.marked) {
            self.info("POP3 cannot take one mark back: RSET takes all, the others are set again");
            let line = self.mailbox.unmark(number);
            self.submit_pop3(pop3::Command::Line(line));
        } else {
            self.info(format!("message {number} is not marked"));
        }
    }
}
