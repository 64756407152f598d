//! Keys and pastes in the form, and the caret's way through it.

use std::time::Instant;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_textarea::WrapMode;

use super::{Compose, Slot, Tab, wrapping};
use crate::app::edit;

impl Compose {
    /// A key while typing. Returns whether it meant something.
    pub(crate) fn key(&mut self, key: KeyEvent, now: Instant) -> bool {
        match (key.code, key.modifiers) {
            _ if self.finding.open => return self.finding_key(key),
            _ if self.completion_key(key) => {
                if self.completion.offered().is_empty() {
                    self.changed(now);
                }
                return true;
            }
            (KeyCode::Tab, KeyModifiers::NONE) => return self.move_by(1),
            (KeyCode::BackTab, _) => return self.move_by(-1),
            (KeyCode::Enter | KeyCode::Down, KeyModifiers::NONE) if self.in_line() => return self.move_by(1),
            (KeyCode::Up, KeyModifiers::NONE) if self.in_line() => return self.move_by(-1),
            (KeyCode::Up, KeyModifiers::NONE) if self.area().is_some_and(|area| area.cursor().0 == 0) => {
                return self.move_by(-1);
            }
            (KeyCode::PageUp | KeyCode::PageDown, _) => {
                let step = if key.code == KeyCode::PageUp { -10 } else { 10 };
                if let Some(area) = self.area_mut() {
                    area.scroll((step, 0));
                }
                return true;
            }
            _ => {}
        }
        if self.at == Slot::Attachments {
            return self.attachment_key(key, now);
        }
        let done = match self.area_mut() {
            Some(area) => edit::area(area, key),
            None => edit::line(self.field_mut(self.at), key),
        };
        if edit::is_move(key) {
            self.completion.close();
        } else if done {
            self.typed = Some(self.at);
            self.changed(now);
            self.offer_addresses();
        }
        done
    }

    /// Pastes; returns how many control characters were left out.
    pub(crate) fn paste(&mut self, text: &str, now: Instant) -> usize {
        if self.at == Slot::Attachments || self.at == Slot::Main && self.tab.is_list() {
            return 0;
        }
        if self.finding.open {
            return self.paste_wanted(text);
        }
        let dropped = match self.area_mut() {
            Some(area) => {
                if wrapping(text.len()) == WrapMode::None {
                    // Before it goes in: it would be broken in vain.
                    area.set_wrap_mode(WrapMode::None);
                }
                edit::paste_area(area, text)
            }
            None => edit::paste_line(self.field_mut(self.at), text),
        };
        self.completion.close();
        // What is pasted is whole: nothing about it waits.
        self.typed = None;
        self.changed(now);
        dropped
    }

    pub(crate) fn undo(&mut self, redo: bool, now: Instant) -> bool {
        let Some(area) = self.area_mut() else { return false };
        let done = if redo { area.redo() } else { area.undo() };
        if done {
            self.changed(now);
        }
        done
    }

    /// Moves the caret by slots. Past an end it stays and returns false, so that the caller may leave the pane.
    pub(crate) fn move_by(&mut self, step: isize) -> bool {
        let slots = self.slots();
        let here = slots.iter().position(|slot| *slot == self.at).unwrap_or(0);
        match here.checked_add_signed(step).and_then(|index| slots.get(index)) {
            Some(slot) => {
                (self.at, self.typed) = (*slot, None);
                self.completion.close();
                true
            }
            None => false,
        }
    }

    fn slots(&self) -> Vec<Slot> {
        let mut slots = Slot::FIELDS.to_vec();
        if !self.attachments.is_empty() {
            slots.push(Slot::Attachments);
        }
        slots.push(Slot::Main);
        if self.tab == Tab::Envelope {
            slots.push(Slot::EnvelopeTo);
        }
        slots
    }

    pub(crate) fn go(&mut self, slot: Slot) {
        (self.at, self.typed) = (slot, None);
        self.editing = true;
        self.completion.close();
        self.close_finding();
    }

    pub(crate) fn set_tab(&mut self, tab: Tab) {
        if self.tab != tab {
            self.switch_at = 0;
        }
        self.tab = tab;
        (self.at, self.typed) = (Slot::Main, None);
        self.completion.close();
        self.close_finding();
    }

    pub(crate) fn step_tab(&mut self, step: isize) {
        self.set_tab(self.tab.step(step));
    }
}
