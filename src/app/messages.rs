//! What is done to a message of the mailbox: open, mark, take the mark back.

use super::dialog::{Choice, Dialog, Item, Menu};
use super::leaving::messages;
use super::mailbox::deleting::Sum;
use super::{App, browsing, grouped};
use crate::layout::Pane;
use crate::pop3;

impl App {
    pub(super) fn open_message(&mut self) {
        if self.links.pop3_state != pop3::State::Transaction {
            self.open_mailbox();
            return;
        }
        if self.deletes_what_is_read() && !self.expire_accepted {
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
            vec![
                "It announces EXPIRE 0: a message that was fetched may be gone after QUIT.".to_owned(),
                "Headers in the list are safe: they come by TOP, which is not reading.".to_owned(),
            ],
            vec![
                Item::new('n', "Do not open it", Choice::Stay),
                Item::new('y', "Open it, and others in this session, all the same", Choice::ReadAll),
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

    /// Marks the current message, or asks about the selected ones.
    pub(super) fn delete(&mut self) {
        let Some(number) = self.current_message() else { return };
        let others = self.mailbox.selection().any(|selected| selected != number);
        if others && !self.mailbox.focus_message {
            self.ask_delete_selected();
            return;
        }
        if let Some(why) = self.mailbox.refusal(number) {
            self.error(why);
            return;
        }
        if self.mailbox.row(number).marked {
            self.info(format!("message {number} is marked already: u takes it back"));
            return;
        }
        self.mailbox.mark_all([number]);
        self.mailbox.close_message();
        let page = self.page(Pane::Mailbox);
        // The open message need not be the one under the cursor.
        if self.mailbox.selected_row().is_some_and(|row| row.number == number) {
            self.mailbox.select(self.mailbox.selected + 1, page);
        }
    }

    /// Says what is about to be marked before it is.
    fn ask_delete_selected(&mut self) {
        let mailbox = &self.mailbox;
        let (refused, mut sure): (Vec<u32>, Vec<u32>) =
            mailbox.selection().partition(|number| mailbox.refusal(*number).is_some());
        sure.retain(|number| !mailbox.row(*number).marked);
        if sure.is_empty() {
            let why = refused.first().and_then(|number| mailbox.refusal(*number));
            self.warn(why.unwrap_or_else(|| "the selected messages are marked already".to_owned()));
            return;
        }
        let sum = mailbox.sum(sure.iter().copied());
        let mut text = vec![format!("{} octets", grouped(sum.octets))];
        if sum.unsized_rows > 0 {
            text.push(format!("{} more whose size is not known", sum.unsized_rows));
        }
        text.extend(self.dates_of(&sum));
        if let hidden @ 1.. = mailbox.hidden_selection() {
            text.push(format!("{hidden} of the selected are hidden by the filter"));
        }
        if let Some(why) = refused.first().and_then(|number| mailbox.refusal(*number)) {
            text.push(format!("{} stay: {why}", messages(refused.len())));
        }
        let many = messages(sum.messages);
        let delete = Choice::Browse(browsing::Choice::DeleteSelected);
        let items = vec![
            Item::new('n', "Mark nothing", Choice::Stay),
            Item::new('y', format!("DELE          mark {many}; QUIT deletes them"), delete),
        ];
        self.dialog = Some(Dialog::Menu(Menu::new(format!("Mark {many} for deletion?"), text, items)));
    }

    fn dates_of(&self, sum: &Sum) -> Vec<String> {
        let day = |moment: jiff::Timestamp| {
            moment.to_zoned(self.now.wall.time_zone().clone()).strftime("%d %b %Y").to_string()
        };
        let mut lines = Vec::new();
        if let Some((oldest, newest)) = sum.dates {
            lines.push(format!("oldest {}, newest {}", day(oldest), day(newest)));
        }
        if sum.undated > 0 {
            lines.push(format!("dates of {} are not known: their headers are not here", messages(sum.undated)));
        }
        lines
    }

    /// Marks the selected messages, those that are surely the ones shown.
    pub(super) fn delete_selected(&mut self) {
        let selected: Vec<u32> = self.mailbox.selection().collect();
        let taken = self.mailbox.mark_all(selected);
        if taken > 1 {
            self.info(format!("{} are being marked", messages(taken)));
        }
    }

    pub(super) fn unmark(&mut self) {
        let Some(number) = self.current_message() else { return };
        if self.mailbox.row(number).marked {
            self.info("POP3 cannot take one mark back: RSET takes all, the others are set again");
            let line = self.mailbox.unmark(number);
            self.submit_pop3(pop3::Command::Line(line));
        } else {
            self.info(format!("message {number} is not marked"));
        }
    }
}
