//! A place on a line.

use crate::script::Fault;

/// What separates words.
pub(super) const BLANK: [char; 3] = [' ', '\t', '\r'];

/// A place on one line of the script.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    line: &'a str,
    /// Octets behind us.
    at: usize,
    number: u32,
}

impl<'a> Cursor<'a> {
    pub fn new(number: u32, line: &'a str) -> Self {
        let mut cursor = Self { line, at: 0, number };
        cursor.skip_blanks();
        cursor
    }

    /// At the very first character, blanks included.
    pub fn at_start(number: u32, line: &'a str) -> Self {
        Self { line, at: 0, number }
    }

    /// All that is left, as it is.
    pub fn raw(&self) -> &'a str {
        &self.line[self.at..]
    }

    /// What is left without the blanks at its end.
    pub fn rest(&self) -> &'a str {
        self.raw().trim_end_matches(BLANK)
    }

    pub fn is_at_end(&self) -> bool {
        self.rest().is_empty()
    }

    /// Steps over the next word and the blanks behind it. Empty at the end.
    pub fn word(&mut self) -> &'a str {
        let word = self.peek();
        self.step(word.len());
        self.skip_blanks();
        word
    }

    /// The next word.
    pub fn peek(&self) -> &'a str {
        self.raw().split(BLANK).next().unwrap_or("")
    }

    /// Steps over so many octets, which are whole characters.
    pub fn step(&mut self, octets: usize) {
        self.at += octets;
    }

    pub fn skip_blanks(&mut self) {
        self.at += self.raw().len() - self.raw().trim_start_matches(BLANK).len();
    }

    /// In characters, from 1.
    pub fn column(&self) -> u32 {
        u32::try_from(self.line[..self.at].chars().count() + 1).unwrap_or(u32::MAX)
    }

    /// A fault here.
    pub fn fault(&self, what: impl Into<String>, right: impl Into<String>) -> Fault {
        Fault::new(self.number, self.column(), what, right)
    }
}
