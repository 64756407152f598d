//! The way a mail took: its Received fields (RFC 5321 4.4), from the sender to here, and the time between two.
//!
//! Read leniently: each program writes them in its own way. A station says what it likes: only the fields of servers
//! one trusts are evidence.

use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};

use super::decoded;
use super::header::{self, RawField};
use super::tokens::{self, Token, tokens};
use crate::wire::printable;

/// Most fields that are looked at; those of the last stations, which are on top, count.
const FIELDS: usize = 100;
/// Most characters of a text that are kept.
const TEXT: usize = 200;

/// One station. Every text has passed `wire::printable`; empty where the field does not say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hop {
    /// Who handed it over: the name it gave, and in brackets the address it came from, if that is told.
    pub from: String,
    /// Who took it.
    pub by: String,
    /// How: `ESMTPS`, `LMTP`, …
    pub with: String,
    /// Under which queue id.
    pub id: String,
    /// For whom; only some servers tell.
    pub recipient: String,
    /// When.
    pub at: Option<Timestamp>,
    /// Since the station before; negative when clocks disagree. `None` for the first, and where a time is missing.
    pub delay: Option<SignedDuration>,
}

impl Hop {
    /// The name in `from`, and the address.
    pub fn client(&self) -> (&str, Option<IpAddr>) {
        let Some((name, address)) = self.from.rsplit_once('[') else { return (&self.from, None) };
        match address.trim_end_matches(']').parse() {
            Ok(address) => (name.trim_end(), Some(address)),
            Err(_) => (&self.from, None),
        }
    }
}

/// The stations of `mail`, the first one first. At most 100 fields are looked at.
pub fn hops(mail: &[u8]) -> Vec<Hop> {
    let fields = header::fields(header::split(mail).head).filter(|field| field.is("Received"));
    let mut hops: Vec<Hop> = fields.take(FIELDS).map(|field| hop(&field)).collect();
    hops.reverse();
    for index in 1..hops.len() {
        hops[index].delay = match (hops[index - 1].at, hops[index].at) {
            (Some(before), Some(at)) => Some(at.duration_since(before)),
            _ => None,
        };
    }
    hops
}

fn hop(field: &RawField<'_>) -> Hop {
    let value = tokens::value(field.value);
    let tokens = tokens(&value);
    let (clauses, date) = match tokens.iter().rposition(|token| matches!(token, Token::Semicolon(_))) {
        Some(at) => (&tokens[..at], rest_behind(&tokens[at])),
        None => without_semicolon(&value, &tokens),
    };
    let mut hop = Clauses::default().read(clauses);
    hop.at = date.and_then(moment);
    hop
}

fn rest_behind<'a>(token: &Token<'a>) -> Option<&'a str> {
    match token {
        Token::Semicolon(rest) => Some(rest),
        Token::Word(_) | Token::Comment(_) => None,
    }
}

/// Some programs forget the semicolon; a date mostly begins with the day of the week.
fn without_semicolon<'t, 'a>(value: &'a str, tokens: &'t [Token<'a>]) -> (&'t [Token<'a>], Option<&'a str>) {
    let day = |token: &Token<'_>| matches!(token, Token::Word(word) if is_day(word));
    let Some(at) = tokens.iter().rposition(day) else { return (tokens, None) };
    let Token::Word(word) = tokens[at] else { return (tokens, None) };
    let start = word.as_ptr().addr() - value.as_ptr().addr();
    (&tokens[..at], Some(&value[start..]))
}

fn is_day(word: &str) -> bool {
    let word = word.trim_end_matches(',');
    ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].iter().any(|day| day.eq_ignore_ascii_case(word))
}

fn moment(date: &str) -> Option<Timestamp> {
    decoded::date(&RawField { name: b"Date", value: date.as_bytes(), raw: date.as_bytes() })
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Clause {
    #[default]
    None,
    From,
    By,
    Via,
    With,
    Id,
    For,
}

impl Clause {
    fn of(word: &str) -> Option<Self> {
        let words = [
            ("from", Self::From),
            ("by", Self::By),
            ("via", Self::Via),
            ("with", Self::With),
            ("id", Self::Id),
            ("for", Self::For),
        ];
        words.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(_, clause)| clause)
    }
}

/// What is read of the clauses so far.
#[derive(Default)]
struct Clauses {
    hop: Hop,
    clause: Clause,
    address: Option<IpAddr>,
    /// The first comment outside all clauses.
    remark: String,
}

impl Clauses {
    fn read(mut self, tokens: &[Token<'_>]) -> Hop {
        for token in tokens {
            match token {
                Token::Word(word) => match Clause::of(word) {
                    Some(clause) => self.clause = clause,
                    None => self.word(word),
                },
                Token::Comment(comment) => self.comment(comment),
                Token::Semicolon(_) => {}
            }
        }
        self.finish()
    }

    fn word(&mut self, word: &str) {
        let text = match self.clause {
            Clause::From if self.hop.from.is_empty() => {
                let address = address_in(word);
                self.address = self.address.or(address);
                &mut self.hop.from
            }
            Clause::By if self.hop.by.is_empty() => &mut self.hop.by,
            Clause::Id if self.hop.id.is_empty() => &mut self.hop.id,
            Clause::For if self.hop.recipient.is_empty() => &mut self.hop.recipient,
            // `Microsoft SMTP Server` is three words.
            Clause::With => &mut self.hop.with,
            _ => return,
        };
        push(text, word);
    }

    fn comment(&mut self, comment: &str) {
        match self.clause {
            Clause::From => self.address = self.address.or_else(|| address_in(comment)),
            // Sendmail tells so who handed a mail over on the machine itself.
            Clause::None if comment.get(..5).is_some_and(|word| word.eq_ignore_ascii_case("from ")) => {
                push(&mut self.hop.from, comment[5..].trim());
            }
            Clause::None if self.remark.is_empty() => push(&mut self.remark, comment),
            _ => {}
        }
    }

    fn finish(self) -> Hop {
        let Self { mut hop, address, remark, .. } = self;
        if let Some(address) = address {
            let same = address_in(&hop.from) == Some(address);
            hop.from =
                if same || hop.from.is_empty() { format!("[{address}]") } else { format!("{} [{address}]", hop.from) };
        }
        if hop.with.is_empty() && hop.by.is_empty() && hop.from.is_empty() {
            hop.with = remark;
        }
        hop.recipient.retain(|character| !matches!(character, '<' | '>'));
        hop
    }
}

/// The first address in `[192.0.2.1]:25`, `[IPv6:2001:db8::1] helo=a`, `mail.example 192.0.2.1`.
fn address_in(text: &str) -> Option<IpAddr> {
    let pieces = text.split(|character: char| !(character.is_ascii_alphanumeric() || matches!(character, '.' | ':')));
    pieces.filter(|piece| piece.len() > 1).find_map(|piece| {
        let piece = piece.get(..5).filter(|tag| tag.eq_ignore_ascii_case("ipv6:")).map_or(piece, |_| &piece[5..]);
        piece.parse().ok()
    })
}

/// Adds a word to a text, made fit for the screen and bounded.
fn push(text: &mut String, word: &str) {
    let used = text.chars().count();
    if used >= TEXT {
        return;
    }
    if !text.is_empty() {
        text.push(' ');
    }
    let word = printable::text(word);
    text.extend(word.chars().take(TEXT - used));
    if word.chars().count() > TEXT - used {
        text.push('…');
    }
}

#[cfg(test)]
mod tests;
