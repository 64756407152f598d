//! The row of attachments: which one is chosen, and taking it off.

use std::time::Instant;

use crossterm::event::{KeyCode, KeyEvent};

use super::{Compose, Slot};

impl Compose {
    /// A key while the caret is on the row of attachments. Returns whether it meant something.
    pub(super) fn attachment_key(&mut self, key: KeyEvent, now: Instant) -> bool {
        let last = self.attachments.len().saturating_sub(1);
        match key.code {
            KeyCode::Left => self.chosen = self.chosen.saturating_sub(1),
            KeyCode::Right => self.chosen = (self.chosen + 1).min(last),
            KeyCode::Delete | KeyCode::Backspace if self.chosen <= last && !self.attachments.is_empty() => {
                self.attachments.remove(self.chosen);
                self.chosen = self.chosen.min(last.saturating_sub(1));
                if self.attachments.is_empty() {
                    self.at = Slot::Main;
                }
                self.changed(now);
            }
            _ => return false,
        }
        true
    }
}
