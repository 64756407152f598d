//! One term of a filter, held against an entry.

use std::time::Duration;

use crate::transcript::{Class, Direction, Entry, EntryKind};
use crate::wire::Side;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Term {
    Class(Vec<Class>),
    Direction(Vec<Way>),
    Kind(Vec<EntryKind>),
    Verb(Vec<String>),
    /// A word of a command line behind its verb, in small letters.
    Argument(String),
    /// Digits that the code of a reply starts with.
    Code(Vec<String>),
    /// Whole numbers that the enhanced code of a reply starts with.
    Enhanced(Vec<String>),
    Side(Vec<Side>),
    Link(Vec<u32>),
    Tls(bool),
    Slower(Duration),
    Faster(Duration),
    /// Since the start of the transcript.
    After(Duration),
    Before(Duration),
    /// With a note or a bookmark, or without.
    Noted(bool),
    /// With a note that has these words.
    Note(String),
    Text(Needle),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    In,
    Out,
    Event,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Needle {
    /// Lower case; searched in the bytes.
    Ascii(Vec<u8>),
    /// Lower case; searched in the lines as shown.
    Unicode(String),
}

impl Needle {
    pub(super) fn new(text: &str) -> Self {
        if text.is_ascii() {
            Self::Ascii(text.to_ascii_lowercase().into_bytes())
        } else {
            Self::Unicode(text.to_lowercase())
        }
    }
}

impl Term {
    pub(super) fn holds(&self, entry: &Entry<'_>) -> bool {
        match self {
            Self::Class(classes) => entry.class().is_some_and(|class| classes.contains(&class)),
            Self::Direction(ways) => ways.contains(&way(entry.direction())),
            Self::Kind(kinds) => kinds.contains(&entry.kind()),
            Self::Verb(verbs) => verbs.iter().any(|verb| is_verb(verb, entry.verb())),
            Self::Argument(wanted) => has_argument(entry, wanted.as_bytes()),
            Self::Code(codes) => {
                entry.code().is_some_and(|code| codes.iter().any(|wanted| code.to_string().starts_with(wanted)))
            }
            Self::Enhanced(codes) => {
                entry.enhanced().is_some_and(|code| codes.iter().any(|wanted| begins(code, wanted)))
            }
            Self::Side(sides) => sides.contains(&entry.side()),
            Self::Link(links) => links.contains(&entry.link()),
            Self::Tls(tls) => entry.tls() == *tls,
            Self::Slower(than) => entry.lapse().is_some_and(|lapse| lapse > *than),
            Self::Faster(than) => entry.lapse().is_some_and(|lapse| lapse < *than),
            Self::After(moment) => entry.at() >= *moment,
            Self::Before(moment) => entry.at() < *moment,
            Self::Noted(noted) => entry.note().is_some() == *noted,
            Self::Note(words) => entry.note().is_some_and(|note| note.to_lowercase().contains(words)),
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

/// `5.1` is the start of `5.1.1`, and not of `5.10.1`.
fn begins(code: &str, wanted: &str) -> bool {
    code.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn has_argument(entry: &Entry<'_>, wanted: &[u8]) -> bool {
    let words = entry.raw().split(|byte| matches!(byte, b' ' | b'<' | b'>' | b'\r' | b'\n'));
    entry.kind() == EntryKind::Command && words.skip(1).any(|word| word.eq_ignore_ascii_case(wanted))
}

/// Whether `haystack` contains `needle`, which is ASCII in lower case, in any case.
fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    let Some(&first) = needle.first() else { return true };
    let Some(last) = haystack.len().checked_sub(needle.len()) else { return false };
    let starts = memchr::memchr2_iter(first, first.to_ascii_uppercase(), &haystack[..=last]);
    starts.into_iter().any(|start| haystack[start..start + needle.len()].eq_ignore_ascii_case(needle))
}
