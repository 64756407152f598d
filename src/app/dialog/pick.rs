//! A list to choose from: Enter opens the row, Del asks to remove it.

use crossterm::event::{KeyCode, KeyEvent};

use super::Answer;

/// Rows that Page up and Page down move by.
const PAGE: usize = 10;

/// Where the rows of a list come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shelf {
    Drafts,
    Templates,
    Sent,
    Faults,
    Lessons,
    Sessions,
}

/// The list.
#[derive(Clone, Debug)]
pub(crate) struct Picker {
    pub(crate) shelf: Shelf,
    pub(crate) title: String,
    /// Cells of the columns; the last one takes what is left.
    pub(crate) widths: &'static [usize],
    pub(crate) headings: &'static [&'static str],
    /// Sanitized.
    pub(crate) rows: Vec<Vec<String>>,
    pub(crate) selected: usize,
    pub(crate) foot: &'static str,
}

impl Picker {
    pub(super) fn key(&mut self, key: KeyEvent) -> Answer {
        let last = self.rows.len().saturating_sub(1);
        match key.code {
            KeyCode::Up | KeyCode::Char('k') => self.selected = self.selected.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => self.selected = (self.selected + 1).min(last),
            KeyCode::PageUp => self.selected = self.selected.saturating_sub(PAGE),
            KeyCode::PageDown => self.selected = (self.selected + PAGE).min(last),
            KeyCode::Home | KeyCode::Char('g') => self.selected = 0,
            KeyCode::End | KeyCode::Char('G') => self.selected = last,
            KeyCode::Enter if self.rows.is_empty() => return Answer::Close,
            KeyCode::Enter => return Answer::Picked(self.shelf, self.selected),
            KeyCode::Char(' ') if self.shelf == Shelf::Faults => return Answer::Picked(self.shelf, self.selected),
            KeyCode::Delete | KeyCode::Char('d') if !self.rows.is_empty() => {
                return Answer::Remove(self.shelf, self.selected);
            }
            _ => {}
        }
        Answer::None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picker(rows: usize) -> Picker {
        Picker {
            shelf: Shelf::Drafts,
            title: String::new(),
            widths: &[],
            headings: &[],
            rows: vec![Vec::new(); rows],
            selected: 0,
            foot: "",
        }
    }

    #[test]
    fn rows_are_opened_and_removed_by_keys() {
        let mut picker = picker(30);
        for code in [KeyCode::Up, KeyCode::PageDown, KeyCode::Down] {
            assert_eq!(picker.key(code.into()), Answer::None);
        }
        assert_eq!(picker.key(KeyCode::Enter.into()), Answer::Picked(Shelf::Drafts, 11));
        picker.key(KeyCode::End.into());
        picker.key(KeyCode::Down.into());
        assert_eq!(picker.key(KeyCode::Delete.into()), Answer::Remove(Shelf::Drafts, 29));
    }

    #[test]
    fn of_an_empty_list_nothing_is_opened() {
        let mut picker = picker(0);
        assert_eq!(picker.key(KeyCode::Delete.into()), Answer::None);
        assert_eq!(picker.key(KeyCode::Enter.into()), Answer::Close);
    }
}
