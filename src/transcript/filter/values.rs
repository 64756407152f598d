//! The text of a filter, term by term: what is a key, what is a value, and what was probably meant.

use std::time::Duration;

use super::BadFilter;
use super::term::{Needle, Term, Way};
use crate::transcript::{Class, EntryKind};
use crate::wire::Side;

/// All keys, for suggestions.
const KEYS: [&str; 14] = [
    "class", "dir", "kind", "cmd", "arg", "code", "enhanced", "side", "link", "tls", "lapse", "after", "before", "note",
];
/// A word as much like a key as this is taken for a slip: one letter too many or too few, but not one for another, for
/// `size:` is text.
const ALIKE: f32 = 0.78;
const WAIT: &str = "lapse is compared with milliseconds, as in lapse>500, or seconds, as in lapse>1.5s";

/// The first term of `text`, which stands at column `at` and starts with no blank; and what is behind it.
pub(super) fn first_term(text: &str, at: usize) -> Result<(Term, &str), BadFilter> {
    if text.starts_with('"') {
        let (words, after) = quoted(text, at)?;
        return Ok((Term::Text(Needle::new(words)), after));
    }
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    if let Some(value) = text.strip_prefix("note:").filter(|value| value.starts_with('"')) {
        let (words, after) = quoted(value, at + 5)?;
        return Ok((Term::Note(words.to_lowercase()), after));
    }
    Ok((term(&text[..end], at)?, &text[end..]))
}

fn quoted(text: &str, at: usize) -> Result<(&str, &str), BadFilter> {
    let open = || BadFilter { at, message: "this quotation mark is never closed".to_owned() };
    text[1..].split_once('"').ok_or_else(open)
}

fn term(word: &str, at: usize) -> Result<Term, BadFilter> {
    let Some(split) = word.find([':', '>', '<']) else { return Ok(Term::Text(Needle::new(word))) };
    let (key, sign, value) = (&word[..split], &word[split..=split], &word[split + 1..]);
    let fault = |message: &str| BadFilter { at: at + key.chars().count() + 1, message: message.to_owned() };
    let name = key.to_ascii_lowercase();
    match (name.as_str(), sign) {
        ("class", ":") => each(value, class)
            .map(Term::Class)
            .ok_or_else(|| fault("class is one of 2, 3, 4, 5, ok, more, temp, perm, err")),
        ("dir", ":") => {
            each(value, named_way).map(Term::Direction).ok_or_else(|| fault("dir is one of in, out, event"))
        }
        ("kind", ":") => each(value, kind)
            .map(Term::Kind)
            .ok_or_else(|| fault("kind is one of command, reply, body, stray, event, error")),
        ("side", ":") => each(value, Side::named).map(Term::Side).ok_or_else(|| fault("side is smtp or pop3")),
        ("link", ":") => each(value, |link| link.parse().ok())
            .map(Term::Link)
            .ok_or_else(|| fault("link is the number of a connection, counted from 1")),
        ("cmd", ":") => each(value, verb).map(Term::Verb).ok_or_else(|| fault("cmd wants a verb, such as RCPT")),
        ("arg", ":") if !value.is_empty() => Ok(Term::Argument(value.to_ascii_lowercase())),
        ("arg", ":") => Err(fault("arg wants a word of a command line, as in arg:3 or arg:bob@example.org")),
        ("code", ":") => each(value, code)
            .map(Term::Code)
            .ok_or_else(|| fault("code is the code of a reply or its first digits, as in code:550 or code:55")),
        ("enhanced", ":") => each(value, enhanced)
            .map(Term::Enhanced)
            .ok_or_else(|| fault("enhanced is an enhanced code or its start, as in enhanced:5.1.1 or enhanced:5.1")),
        ("tls", ":") => yes(value).map(Term::Tls).ok_or_else(|| fault("tls is yes or no")),
        ("note", ":") if value.is_empty() => Err(fault("note is yes, no, or words of the note")),
        ("note", ":") => Ok(yes(value).map_or_else(|| Term::Note(value.to_lowercase()), Term::Noted)),
        ("lapse", ">") => wait(value, 1e-3).map(Term::Slower).ok_or_else(|| fault(WAIT)),
        ("lapse", "<") => wait(value, 1e-3).map(Term::Faster).ok_or_else(|| fault(WAIT)),
        ("lapse", ":") => {
            Err(BadFilter { message: "lapse is compared with > or <, as in lapse>500".to_owned(), ..fault("") })
        }
        ("after", ":") => {
            wait(value, 1.0).map(Term::After).ok_or_else(|| fault("after wants seconds, as in after:1.5"))
        }
        ("before", ":") => {
            wait(value, 1.0).map(Term::Before).ok_or_else(|| fault("before wants seconds, as in before:90"))
        }
        (_, ":") => match similar::get_close_matches(name.as_str(), &KEYS, 1, ALIKE).first() {
            Some(meant) if !KEYS.contains(&name.as_str()) => {
                let message = format!("{key} is no key: did you mean {meant}:? In quotation marks it is text");
                Err(BadFilter { at, message })
            }
            _ => Ok(Term::Text(Needle::new(word))),
        },
        _ => Ok(Term::Text(Needle::new(word))),
    }
}

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

fn kind(value: &str) -> Option<EntryKind> {
    let kinds =
        [EntryKind::Command, EntryKind::Reply, EntryKind::Body, EntryKind::Stray, EntryKind::Event, EntryKind::Error];
    kinds.into_iter().find(|kind| kind.name() == value)
}

/// Entries keep eight octets of a verb.
fn verb(value: &str) -> Option<String> {
    (!value.is_empty()).then(|| value.to_ascii_uppercase().chars().take(8).collect())
}

/// Digits, the last ones perhaps left open: `550`, `55`, `5xx`.
fn code(value: &str) -> Option<String> {
    let digits = value.trim_end_matches('x');
    let fits = (1..=3).contains(&value.len()) && !digits.is_empty();
    (fits && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.to_owned())
}

fn enhanced(value: &str) -> Option<String> {
    let number = |part: &str| (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts = value.split('.').count();
    (parts <= 3 && value.split('.').all(number)).then(|| value.to_owned())
}

fn yes(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

/// A time; a bare number counts so many seconds each.
fn wait(value: &str, bare: f64) -> Option<Duration> {
    let (number, unit) = match value.strip_suffix("ms") {
        Some(number) => (number, 1e-3),
        None => value.strip_suffix('s').map_or((value, bare), |number| (number, 1.0)),
    };
    let plain = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let amount: f64 = number.parse().ok().filter(|_| plain)?;
    Duration::try_from_secs_f64(amount * unit).ok()
}
