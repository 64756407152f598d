//! How far lessons are: what is kept between runs, as JSON in the state folder. Losing it loses no mail.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How far one lesson is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// Its name for people, for the sheet when its file is gone.
    pub title: String,
    /// Steps it had.
    pub steps: usize,
    /// The step it is at, from 0; as many as [`Self::steps`] when it is done.
    pub at: usize,
    /// When it was begun.
    pub begun: Option<Timestamp>,
    /// When it was finished.
    pub finished: Option<Timestamp>,
    /// Where it was done, such as `sandbox`.
    pub server: String,
    /// What was done, in order.
    pub done: Vec<Done>,
}

/// A step that is behind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Done {
    /// What it asked for.
    pub say: String,
    /// When.
    pub when: Option<Timestamp>,
    /// Hints asked for.
    pub hints: usize,
    /// What went wrong before, as it was told.
    pub wrong: Vec<String>,
    /// The exchange that proves it: rows, masked and sanitized.
    pub rows: Vec<String>,
    /// Why it was left out, if it was.
    pub skipped: Option<String>,
}

/// How a lesson stands, in a word or three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It was not begun.
    New,
    /// It is at this step, from 1, of so many.
    At(usize, usize),
    /// It was finished.
    Done,
}

impl std::fmt::Display for Standing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::New => f.write_str("new"),
            Self::At(step, steps) => write!(f, "at step {step} of {steps}"),
            Self::Done => f.write_str("done"),
        }
    }
}

impl Progress {
    /// How it stands.
    pub fn standing(&self) -> Standing {
        match self.begun {
            _ if self.finished.is_some() => Standing::Done,
            Some(_) if self.at < self.steps => Standing::At(self.at + 1, self.steps),
            _ => Standing::New,
        }
    }
}

/// All lessons that were begun, by id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Book {
    /// By id.
    pub lessons: BTreeMap<String, Progress>,
}

/// Octets of a progress file that are read.
pub const FILE: u64 = 4 << 20;

impl Book {
    /// From the text of the file; nonsense is an error with its place.
    pub fn parse(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    /// The text of the file.
    pub fn to_text(&self) -> String {
        serde_json::to_string_pretty(self).expect("texts and numbers are always JSON") + "\n"
    }

    /// How a lesson stands.
    pub fn standing(&self, id: &str) -> Standing {
        self.lessons.get(id).map_or(Standing::New, Progress::standing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_book_reads_back_and_unknown_parts_are_passed_over() {
        let mut book = Book::default();
        let done = Done { say: "Press F5".to_owned(), hints: 2, ..Done::default() };
        let progress =
            Progress { steps: 3, at: 1, begun: Some(Timestamp::UNIX_EPOCH), done: vec![done], ..Progress::default() };
        book.lessons.insert("send".to_owned(), progress);
        assert_eq!(Book::parse(&book.to_text()).as_ref(), Ok(&book));
        assert_eq!(book.standing("send"), Standing::At(2, 3));
        assert_eq!(book.standing("read").to_string(), "new");
        assert!(Book::parse("{\"lessons\":{\"a\":{\"new-thing\":1}}}").is_ok());
        assert!(Book::parse("[").is_err());
    }
}
