//! Filters over entries: `class:4,5 dir:in cmd:RCPT side:smtp tls:no lapse>500 -kind:body "two words" text`.
//!
//! All terms must hold; behind a key, values with commas between are alternatives; `-` before a term turns it round. What
//! is no known key is text, found without regard to case. Of an entry that grows, what matches may change.

mod term;
mod values;

use super::Entry;
use term::Term;

/// A term that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column {}: {message}", at + 1)]
pub struct BadFilter {
    /// Character position in the text, counted from 0.
    pub at: usize,
    /// What is wrong, and what would be right.
    pub message: String,
}

/// A parsed filter. The empty one matches everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    terms: Vec<Part>,
}

/// A term, and whether it must hold or must not.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    term: Term,
    not: bool,
}

impl Filter {
    /// Understands `text`; the empty text gives the empty filter.
    pub fn parse(text: &str) -> Result<Self, BadFilter> {
        let mut terms = Vec::new();
        let mut rest = text;
        while let Some(start) = rest.find(|c: char| !c.is_whitespace()) {
            rest = &rest[start..];
            let at = text[..text.len() - rest.len()].chars().count();
            let not = turns_round(rest);
            let (bare, at) = if not { (&rest[1..], at + 1) } else { (rest, at) };
            let (term, after) = values::first_term(bare, at)?;
            terms.push(Part { term, not });
            rest = after;
        }
        Ok(Self { terms })
    }

    /// What was sent with one of these verbs and this argument, such as `RETR` and `3`, or `RCPT` and an address.
    pub fn commands_about(verbs: &[&str], argument: Option<&str>) -> Self {
        let verbs = Term::Verb(verbs.iter().map(|verb| (*verb).to_owned()).collect());
        let sent = Term::Direction(vec![term::Way::Out]);
        let argument = argument.map(|argument| Term::Argument(argument.to_ascii_lowercase()));
        let terms = [Some(sent), Some(verbs), argument].into_iter().flatten();
        Self { terms: terms.map(|term| Part { term, not: false }).collect() }
    }

    /// As it is, of one connection only.
    #[must_use]
    pub fn of_link(mut self, link: u32) -> Self {
        self.terms.insert(0, Part { term: Term::Link(vec![link]), not: false });
        self
    }

    /// Whether it matches everything.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether all terms hold for `entry`.
    pub fn matches(&self, entry: &Entry<'_>) -> bool {
        self.terms.iter().all(|part| part.term.holds(entry) != part.not)
    }
}

/// Whether `rest` begins with a `-` that belongs to a term. In `-ERR` it does not: that is what POP3 servers say.
fn turns_round(rest: &str) -> bool {
    let word = rest.split(char::is_whitespace).next().unwrap_or_default();
    word.len() > 1 && word.starts_with('-') && !word[1..].starts_with(['-', '>']) && word != "-ERR"
}

#[cfg(test)]
mod tests;
