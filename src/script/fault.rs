//! What is wrong with a script: where, what, what would be right, and the nearest spelling.

use std::fmt;

use crate::wire::{printable, secret, slips};

/// Most faults told of one script; reading ends there.
pub const MOST: usize = 100;
/// Characters of the script that a fault quotes.
const QUOTED: usize = 60;

/// Something that cannot be understood, or cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Counted from 1.
    pub line: u32,
    /// In characters, counted from 1.
    pub column: u32,
    /// What is wrong; sanitized.
    pub what: String,
    /// What would be right.
    pub right: String,
    /// The known word that is spelled most alike, if one is near.
    pub nearest: Option<String>,
}

impl Fault {
    /// Without a spelling.
    pub fn new(line: u32, column: u32, what: impl Into<String>, right: impl Into<String>) -> Self {
        Self { line, column, what: what.into(), right: right.into(), nearest: None }
    }

    /// With the word among `known` that is nearest to `word`.
    #[must_use]
    pub fn near(mut self, word: &str, known: &[&str]) -> Self {
        self.nearest = nearest(word, known).map(str::to_owned);
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}; {}", self.line, self.column, self.what, self.right)?;
        match &self.nearest {
            Some(nearest) => write!(f, "; did you mean {nearest}?"),
            None => Ok(()),
        }
    }
}

/// A piece of the script in quotation marks, printable and shortened, without what looks like a password.
pub(super) fn quoted(text: &str) -> String {
    let open = secret::typed(text.as_bytes()).and_then(|at| Some(format!("{}****", text.get(..at)?)));
    let text = open.as_deref().unwrap_or(text);
    let shown: String = text.chars().take(QUOTED).collect();
    let dots = if shown.len() < text.len() { "…" } else { "" };
    format!("\"{}{dots}\"", printable::text(&shown))
}

/// The word among `known` with the fewest slips from `word`, letter case aside, if these are few for its length.
fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let word: Vec<char> = word.chars().take(QUOTED).flat_map(char::to_lowercase).collect();
    let most = if word.len() < 4 { 1 } else { 2 };
    let apart = |other: &str| slips(&word, &other.to_lowercase().chars().collect::<Vec<_>>());
    let near = known.iter().map(|other| (apart(other), *other)).filter(|(slips, _)| *slips <= most);
    near.min_by_key(|(slips, _)| *slips).map(|(_, other)| other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_found_and_a_far_one_is_not() {
        let known = ["send", "expect", "wait", "body", "set"];
        for (word, near) in [
            ("sned", Some("send")),
            ("EXPCT", Some("expect")),
            ("wiat", Some("wait")),
            ("bdoy", Some("body")),
            ("sett", Some("set")),
            ("quux", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, &known), near, "{word}");
        }
    }

    #[test]
    fn a_fault_says_where_what_and_what_would_be_right() {
        let fault = Fault::new(3, 7, "there is no statement \"sned\"", "a line begins with a keyword");
        let fault = fault.near("sned", &["send"]);
        let said = "3:7: there is no statement \"sned\"; a line begins with a keyword; did you mean send?";
        assert_eq!(fault.to_string(), said);
        assert!(!quoted("\x1b[31m").contains('\x1b'));
        assert_eq!((quoted("PASS hunter2"), quoted("PASShunter2")), ("\"PASS ****\"".into(), "\"PASS****\"".into()));
        assert!(quoted(&"x".repeat(99)).chars().count() < 70);
    }
}
