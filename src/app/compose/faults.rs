//! Where a fault is that keeps the mail from going: the caret goes there.

use tui_textarea::CursorMove;

use super::{Compose, Slot, Tab};
use crate::mail::{Fault, Field};

impl Compose {
    /// Puts the caret on the line of an extra header; `at` counts the characters of its value.
    fn go_to_header(&mut self, index: usize, at: usize) {
        self.set_tab(Tab::Headers);
        self.editing = true;
        let written = self.headers.lines().iter().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let Some((row, line)) = written.map(|(row, line)| (row, line.clone())).nth(index) else { return };
        let value = line.split_once(':').map_or(0, |(name, value)| {
            name.chars().count() + 1 + value.chars().take_while(|c| c.is_whitespace()).count()
        });
        let column = if at == 0 { 0 } else { value + at };
        let cell = |place: usize| u16::try_from(place).unwrap_or(u16::MAX);
        self.headers.move_cursor(CursorMove::Jump(cell(row), cell(column)));
    }

    /// Puts the caret where a fault is.
    pub(crate) fn show_faults(&mut self, faults: Vec<Fault>) {
        if let Some(fault) = faults.first() {
            match fault.field {
                Field::From => self.go(Slot::From),
                Field::ReplyTo => self.go(Slot::ReplyTo),
                Field::To => self.go(Slot::To),
                Field::Cc => self.go(Slot::Cc),
                Field::Bcc => self.go(Slot::Bcc),
                Field::Subject => self.go(Slot::Subject),
                Field::Header(index) => self.go_to_header(index, fault.at),
                Field::MessageId => {
                    self.set_tab(Tab::Headers);
                    self.editing = true;
                }
                Field::Attachment(index) if index < self.attachments.len() => {
                    self.go(Slot::Attachments);
                    self.chosen = index;
                }
                Field::Envelope => {
                    self.set_tab(Tab::Envelope);
                    self.editing = true;
                }
                _ => {}
            }
        }
        self.faults = faults;
    }
}
