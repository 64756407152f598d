//! Filters over entries: `class:4,5 dir:in cmd:RCPT side:smtp tls:no lapse>500 "two words" text`.
//!
//! All terms must hold; behind a key, values with commas between are alternatives. What is no known key is text, found
//! without regard to case. Every term is about what only grows, so an entry that matched goes on matching.

use std::time::Duration;

use super::{Class, Direction, Entry};
use crate::wire::Side;

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
    terms: Vec<Term>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Term {
    Class(Vec<Class>),
    Direction(Vec<Way>),
    Verb(Vec<String>),
    Side(Vec<Side>),
    Tls(bool),
    Slower(Duration),
    Faster(Duration),
    Text(Needle),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    In,
    Out,
    Event,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Needle {
    /// Lower case; searched in the bytes.
    Ascii(Vec<u8>),
    /// Lower case; searched in the lines as shown.
    Unicode(String),
}

impl Filter {
    /// Understands `text`; the empty text gives the empty filter.
    pub fn parse(text: &str) -> Result<Self, BadFilter> {
        let mut terms = Vec::new();
        let mut rest = text;
        while let Some(start) = rest.find(|c: char| !c.is_whitespace()) {
            rest = &rest[start..];
            let at = text[..text.len() - rest.len()].chars().count();
            let (term, after) = if let Some(quoted) = rest.strip_prefix('"') {
                quoted_text(quoted, at)?
            } else {
                let (word, after) = rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len()));
                (term(word, at)?, after)
            };
            terms.push(term);
            rest = after;
        }
        Ok(Self { terms })
    }

    /// Whether it matches everything.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether all terms hold for `entry`.
    pub fn matches(&self, entry: &Entry<'_>) -> bool {
        self.terms.iter().all(|term| term.holds(entry))
    }
}

impl Term {
    fn holds(&self, entry: &Entry<'_>) -> bool {
        match self {
            Self::Class(classes) => entry.class().is_some_and(|class| classes.contains(&class)),
            Self::Direction(ways) => ways.contains(&way(entry.direction())),
            Self::Verb(verbs) => verbs.iter().any(|verb| is_verb(verb, entry.verb())),
            Self::Side(sides) => sides.contains(&entry.side()),
            Self::Tls(tls) => entry.tls() == *tls,
            Self::Slower(than) => entry.lapse().is_some_and(|lapse| lapse > *than),
            Self::Faster(than) => entry.lapse().is_some_and(|lapse| lapse < *than),
            Self::Text(Needle::Ascii(needle)) => contains(entry.raw(), needle),
            Self::Text(Needle::Unicode(needle)) => entry.lines().any(|line| line.to_lowercase().contains(needle)),
        }
    }
}

fn way(direction: Direction) -> Way {
    match direction {
        Direction::Sent => Way::Out,
        Direction::Received => Way::In,
        Direction::Event | Direction::Error => Way::Event,
    }
}

/// The body of a mail and the reply to its end belong to DATA.
fn is_verb(wanted: &str, verb: &str) -> bool {
    wanted == verb || (wanted == "DATA" && verb == ".")
}

/// Whether `haystack` contains `needle`, which is ASCII in lower case, in any case.
fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    let Some(&first) = needle.first() else { return true };
    let Some(last) = haystack.len().checked_sub(needle.len()) else { return false };
    let starts = memchr::memchr2_iter(first, first.to_ascii_uppercase(), &haystack[..=last]);
    starts.into_iter().any(|start| haystack[start..start + needle.len()].eq_ignore_ascii_case(needle))
}

fn quoted_text(quoted: &str, at: usize) -> Result<(Term, &str), BadFilter> {
    match quoted.split_once('"') {
        Some((text, after)) => Ok((Term::Text(needle(text)), after)),
        None => Err(BadFilter { at, message: "this quotation mark is never closed".to_owned() }),
    }
}

fn needle(text: &str) -> Needle {
    if text.is_ascii() {
        Needle::Ascii(text.to_ascii_lowercase().into_bytes())
    } else {
        Needle::Unicode(text.to_lowercase())
    }
}

fn term(word: &str, at: usize) -> Result<Term, BadFilter> {
    let Some(split) = word.find([':', '>', '<']) else { return Ok(Term::Text(needle(word))) };
    let (key, sign, value) = (&word[..split], &word[split..=split], &word[split + 1..]);
    let fault = |message: &str| BadFilter { at: at + key.chars().count() + 1, message: message.to_owned() };
    match (key.to_ascii_lowercase().as_str(), sign) {
        ("class", ":") => each(value, class)
            .map(Term::Class)
            .ok_or_else(|| fault("class is one of 2, 3, 4, 5, ok, more, temp, perm, err")),
        ("dir", ":") => {
            each(value, named_way).map(Term::Direction).ok_or_else(|| fault("dir is one of in, out, event"))
        }
        ("side", ":") => each(value, side).map(Term::Side).ok_or_else(|| fault("side is smtp or pop3")),
        ("cmd", ":") => each(value, verb).map(Term::Verb).ok_or_else(|| fault("cmd wants a verb, such as RCPT")),
        ("tls", ":") => yes(value).map(Term::Tls).ok_or_else(|| fault("tls is yes or no")),
        ("lapse", ">") => wait(value).map(Term::Slower).ok_or_else(|| fault(WAIT)),
        ("lapse", "<") => wait(value).map(Term::Faster).ok_or_else(|| fault(WAIT)),
        ("lapse", ":") => {
            Err(BadFilter { message: "lapse is compared with > or <, as in lapse>500".to_owned(), ..fault("") })
        }
        _ => Ok(Term::Text(needle(word))),
    }
}

const WAIT: &str = "lapse is compared with milliseconds, as in lapse>500, or seconds, as in lapse>1.5s";

fn each<T>(values: &str, parse: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    values.split(',').map(|value| parse(&value.to_ascii_lowercase())).collect()
}

fn class(value: &str) -> Option<Class> {
    match value {
        "2" | "ok" => Some(Class::Ok),
        "3" | "more" => Some(Class::More),
        "4" | "temp" => Some(Class::Temp),
        "5" | "perm" => Some(Class::Perm),
        "err" => Some(Class::Err),
        _ => None,
    }
}

fn named_way(value: &str) -> Option<Way> {
    match value {
        "in" => Some(Way::In),
        "out" => Some(Way::Out),
        "event" => Some(Way::Event),
        _ => None,
    }
}

fn side(value: &str) -> Option<Side> {
    match value {
        "smtp" => Some(Side::Smtp),
        "pop3" => Some(Side::Pop3),
        _ => None,
    }
}

/// Entries keep eight octets of a verb.
fn verb(value: &str) -> Option<String> {
    (!value.is_empty()).then(|| value.to_ascii_uppercase().chars().take(8).collect())
}

fn yes(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

fn wait(value: &str) -> Option<Duration> {
    let (number, unit) = match value.strip_suffix("ms") {
        Some(number) => (number, 1e-3),
        None => value.strip_suffix('s').map_or((value, 1e-3), |number| (number, 1.0)),
    };
    let plain = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let amount: f64 = number.parse().ok().filter(|_| plain)?;
    Duration::try_from_secs_f64(amount * unit).ok()
}

#[cfg(test)]
mod tests;
