//! The form that asks how many mails are to be sent, how fast, and to whom.

use std::path::PathBuf;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_input::Input;

use super::Answer;
use crate::app::batching::{List, Wanted};
use crate::app::edit;

/// Mails, at most.
const MOST_MAILS: u64 = 1_000_000;
/// Connections, at most.
const MOST_CONNECTIONS: u16 = 100;

/// A line of the form, in the order of Tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Row {
    Count,
    Rate,
    Connections,
    Recipients,
    Rows,
    /// A switch.
    Each,
    /// A button.
    Send,
}

impl Row {
    pub(crate) const ALL: [Self; 7] =
        [Self::Count, Self::Rate, Self::Connections, Self::Recipients, Self::Rows, Self::Each, Self::Send];

    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Count => "How often",
            Self::Rate => "At most",
            Self::Connections => "Connections",
            Self::Recipients => "Recipients",
            Self::Rows => "CSV file",
            Self::Each => "one mail for each recipient",
            Self::Send => "Send",
        }
    }

    pub(crate) fn explanation(self) -> &'static str {
        match self {
            Self::Count => "The mail in the form so many times, each with its own Message-ID.",
            Self::Rate => "Mails started in a time, evenly, such as 10/s or 300/min; empty: as fast as it goes.",
            Self::Connections => "So many connections of their own, side by side; the workbench keeps its two.",
            Self::Recipients => "A file with addresses, one a line, in place of To; empty: those of the form.",
            Self::Rows => {
                "A table: its first row names fields, each other row makes a mail, and {{name}} in addresses, subject, \
                 text and headers stands for a value. How often does not count then."
            }
            Self::Each => "Space switches; without it every recipient gets the same mail, in one transaction.",
            Self::Send => "Enter sends. ^C stops, and nothing is sent again by itself.",
        }
    }
}

/// What stands in the form.
#[derive(Debug)]
pub(crate) struct ManyForm {
    fields: [Input; 5],
    pub(crate) each: bool,
    at: usize,
    pub(crate) error: Option<String>,
}

impl ManyForm {
    /// With what was asked for before.
    pub(crate) fn new(before: Option<&Wanted>) -> Self {
        let count = before.map_or(10, |before| before.count).to_string();
        let connections = before.map_or(1, |before| before.connections).to_string();
        let rate = before.and_then(|before| before.rate).map(|rate| rate.to_string()).unwrap_or_default();
        let (recipients, rows) = match before.and_then(|before| before.list.as_ref()) {
            Some(List::Recipients(path)) => (path.display().to_string(), String::new()),
            Some(List::Rows(path)) => (String::new(), path.display().to_string()),
            None => (String::new(), String::new()),
        };
        let fields = [&count, &rate, &connections, &recipients, &rows].map(|text| edit::field(text));
        Self { fields, each: before.is_some_and(|before| before.each), at: 0, error: None }
    }

    pub(crate) fn row(&self) -> Row {
        Row::ALL[self.at.min(Row::ALL.len() - 1)]
    }

    /// The text of a line, if it holds one.
    pub(crate) fn field(&self, row: Row) -> Option<&Input> {
        self.fields.get(Row::ALL.iter().position(|each| *each == row)?)
    }

    pub(super) fn key(&mut self, key: KeyEvent) -> Answer {
        let row = self.row();
        match (key.code, key.modifiers) {
            (KeyCode::Enter, _) => return Answer::Many,
            (KeyCode::Up | KeyCode::BackTab, _) => self.at = self.at.checked_sub(1).unwrap_or(Row::ALL.len() - 1),
            (KeyCode::Down, _) | (KeyCode::Tab, KeyModifiers::NONE) => self.at = (self.at + 1) % Row::ALL.len(),
            (KeyCode::Char(' '), _) if row == Row::Send => return Answer::Many,
            (KeyCode::Char(' '), _) if row == Row::Each => self.each = !self.each,
            _ => {
                if let Some(field) = self.fields.get_mut(self.at) {
                    self.error = None;
                    edit::line(field, key);
                }
            }
        }
        Answer::None
    }

    pub(super) fn paste(&mut self, text: &str) {
        if let Some(field) = self.fields.get_mut(self.at) {
            self.error = None;
            edit::paste_line(field, text);
        }
    }

    fn text(&self, row: Row) -> &str {
        self.field(row).map_or("", |input| input.value().trim())
    }

    /// What is wanted. On a mistake the form says so, with the caret where it is.
    pub(crate) fn read(&mut self) -> Option<Wanted> {
        match self.values() {
            Ok(wanted) => Some(wanted),
            Err((row, error)) => {
                self.at = Row::ALL.iter().position(|each| *each == row).unwrap_or(0);
                self.error = Some(error);
                None
            }
        }
    }

    fn values(&self) -> Result<Wanted, (Row, String)> {
        let number = |row: Row, most: u64| {
            let value = self.text(row).parse().ok().filter(|value| (1..=most).contains(value));
            value.ok_or_else(|| (row, format!("give a number from 1 to {most}")))
        };
        let count = number(Row::Count, MOST_MAILS)?;
        let rate = Some(self.text(Row::Rate)).filter(|text| !text.is_empty());
        let rate = rate.map(str::parse::<crate::batch::Rate>).transpose();
        let rate = rate.map_err(|error| (Row::Rate, error.to_string()))?;
        let connections = number(Row::Connections, MOST_CONNECTIONS.into())?;
        let path = |row: Row| Some(self.text(row)).filter(|text| !text.is_empty()).map(PathBuf::from);
        let list = match (path(Row::Recipients), path(Row::Rows)) {
            (Some(_), Some(_)) => return Err((Row::Rows, "give one of the two files".to_owned())),
            (Some(path), None) => Some(List::Recipients(path)),
            (None, Some(path)) => Some(List::Rows(path)),
            (None, None) => None,
        };
        if matches!(list, Some(List::Rows(_))) && self.each {
            return Err((Row::Each, "each row of a CSV file makes a mail already: switch this off".to_owned()));
        }
        // A table says itself how many mails there are.
        let count = if matches!(list, Some(List::Rows(_))) { 1 } else { count };
        let connections = u16::try_from(connections).unwrap_or(MOST_CONNECTIONS);
        Ok(Wanted { count, rate, connections, list, each: self.each })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(values: [&str; 5], each: bool) -> ManyForm {
        ManyForm { fields: values.map(edit::field), each, ..ManyForm::new(None) }
    }

    #[test]
    fn what_is_typed_is_what_is_wanted_and_comes_back() {
        let wanted = form(["50", "300/min", "4", "~/who.txt", ""], true).read().unwrap();
        let list = Some(List::Recipients("~/who.txt".into()));
        let rate = Some("300/min".parse().unwrap());
        assert_eq!(wanted, Wanted { count: 50, rate, connections: 4, list, each: true });
        assert_eq!(ManyForm::new(Some(&wanted)).read().unwrap(), wanted);
        assert_eq!(ManyForm::new(None).read().unwrap().list, None);
    }

    #[test]
    fn a_mistake_has_the_caret() {
        for (values, each, row) in [
            (["0", "", "1", "", ""], false, Row::Count),
            (["1000001", "", "1", "", ""], false, Row::Count),
            (["9", "fast", "1", "", ""], false, Row::Rate),
            (["9", "", "101", "", ""], false, Row::Connections),
            (["9", "", "1", "a", "b"], false, Row::Rows),
            (["9", "", "1", "", "b"], true, Row::Each),
        ] {
            let mut form = form(values, each);
            assert_eq!((form.read(), form.row()), (None, row), "{values:?}");
            assert!(form.error.is_some());
        }
    }

    #[test]
    fn every_line_is_reached_and_switched_by_keys() {
        let mut form = form(["", "", "", "", ""], false);
        for row in Row::ALL {
            assert_eq!(form.row(), row);
            form.key(KeyCode::Down.into());
        }
        form.key(KeyCode::Up.into());
        assert_eq!(form.key(KeyCode::Char(' ').into()), Answer::Many);
        form.key(KeyCode::BackTab.into());
        form.key(KeyCode::Char(' ').into());
        assert!(form.each);
    }
}
