//! Address lists as people type them (RFC 5322 3.4): lenient about layout, clear about what cannot be an address.
//!
//! Commas and semicolons separate; comments, quoted names and groups are understood. Nothing here recurses, so nesting
//! costs no stack. Whether a domain exists or a server likes an address is not asked. An internationalized domain stays as
//! typed; [`on_the_wire`] says how it goes out.

mod check;
mod idn;
mod lexer;

use std::fmt;

pub use self::idn::{idn, on_the_wire};

use self::check::check;
use self::lexer::{Kind, Token};
use super::fault::{Fault, Field};

/// A person or program: an address, perhaps with a display name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// Display name, without quotes or encoding.
    pub name: Option<String>,
    /// `local@domain`, as typed.
    pub address: String,
}

/// One item of an address list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A single mailbox.
    Mailbox(Mailbox),
    /// `name: a@b, c@d;`, perhaps without members.
    Group {
        /// Its name.
        name: String,
        /// Who is in it.
        members: Vec<Mailbox>,
    },
}

/// An address list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressList(pub Vec<Entry>);

impl AddressList {
    /// Reads `text` as typed into `field`. Blank text is an empty list.
    pub fn parse(field: Field, text: &str) -> Result<Self, Vec<Fault>> {
        if let Some(fault) = super::fault::control(field, text, true) {
            return Err(vec![fault]);
        }
        let (list, problems) = Self::parse_leniently(text);
        if problems.is_empty() {
            return Ok(list);
        }
        Err(problems.into_iter().map(|problem| problem.in_field(field)).collect())
    }

    /// What can be read of `text`; the rest is left out.
    pub fn salvage(text: &str) -> Self {
        Self::parse_leniently(text).0
    }

    fn parse_leniently(text: &str) -> (Self, Vec<Problem>) {
        let chars: Vec<char> = text.chars().collect();
        let (tokens, problems) = lexer::tokens(&chars);
        let mut reader = Reader { chars: &chars, problems, list: Self::default(), group: None };
        let mut entry = Vec::new();
        for token in tokens {
            match token.kind {
                Kind::Comma => reader.end_entry(&mut entry),
                Kind::Semicolon => {
                    reader.end_entry(&mut entry);
                    reader.end_group();
                }
                Kind::Colon if reader.starts_group(&entry) => reader.start_group(&mut entry),
                _ => entry.push(token),
            }
        }
        reader.end_entry(&mut entry);
        reader.end_group();
        (reader.list, reader.problems)
    }

    /// All mailboxes, those in groups included, in order.
    pub fn mailboxes(&self) -> impl Iterator<Item = &Mailbox> {
        self.0.iter().flat_map(|entry| match entry {
            Entry::Mailbox(mailbox) => std::slice::from_ref(mailbox),
            Entry::Group { members, .. } => members,
        })
    }

    /// Whether nothing was typed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for AddressList {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_joined(formatter, &self.0)
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mailbox(mailbox) => mailbox.fmt(formatter),
            Self::Group { name, members } => {
                write_phrase(formatter, name)?;
                formatter.write_str(if members.is_empty() { ":" } else { ": " })?;
                write_joined(formatter, members)?;
                formatter.write_str(";")
            }
        }
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => {
                write_phrase(formatter, name)?;
                write!(formatter, " <{}>", self.address)
            }
            None => formatter.write_str(&self.address),
        }
    }
}

fn write_joined(formatter: &mut fmt::Formatter<'_>, items: &[impl fmt::Display]) -> fmt::Result {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            formatter.write_str(", ")?;
        }
        item.fmt(formatter)?;
    }
    Ok(())
}

fn write_phrase(formatter: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
    if is_plain_phrase(name) {
        return formatter.write_str(name);
    }
    write!(formatter, "\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Whether a name needs no quotes: atoms with one space between. Letters beyond ASCII count as atoms.
pub(super) fn is_plain_phrase(name: &str) -> bool {
    let atom =
        |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || !c.is_ascii() && !c.is_whitespace();
    name.split(' ').all(|word| !word.is_empty() && word.chars().all(atom))
}

/// What is wrong at a place of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Problem {
    at: usize,
    what: String,
    advice: String,
}

impl Problem {
    fn new(at: usize, what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { at, what: what.into(), advice: advice.into() }
    }

    fn in_field(self, field: Field) -> Fault {
        Fault { field, at: self.at, what: self.what, advice: self.advice }
    }
}

/// The list as far as it is read.
struct Reader<'a> {
    chars: &'a [char],
    problems: Vec<Problem>,
    list: AddressList,
    group: Option<(String, Vec<Mailbox>)>,
}

impl Reader<'_> {
    /// A colon makes a group of the words before it, unless these are an address already or a group is open.
    fn starts_group(&self, entry: &[Token]) -> bool {
        let address = |token: &Token| match token.kind {
            Kind::Text => self.chars[token.at..token.end].contains(&'@'),
            Kind::Angle(_) => true,
            _ => false,
        };
        self.group.is_none() && entry.iter().any(Token::is_word) && !entry.iter().any(address)
    }

    fn start_group(&mut self, entry: &mut Vec<Token>) {
        let name = self.phrase(entry);
        entry.clear();
        if !name.eq_ignore_ascii_case("mailto") {
            self.group = Some((name, Vec::new()));
        }
    }

    fn end_group(&mut self) {
        if let Some((name, members)) = self.group.take() {
            self.list.0.push(Entry::Group { name, members });
        }
    }

    fn end_entry(&mut self, entry: &mut Vec<Token>) {
        match self.mailbox(entry) {
            Ok(Some(mailbox)) => match &mut self.group {
                Some((_, members)) => members.push(mailbox),
                None => self.list.0.push(Entry::Mailbox(mailbox)),
            },
            Ok(None) => {}
            Err(problem) => self.problems.push(problem),
        }
        entry.clear();
    }

    /// The words of `tokens`, with one space where there was any between them. Quoted words stay as they are.
    fn phrase(&self, tokens: &[Token]) -> String {
        let (mut phrase, mut gap) = (String::new(), false);
        for token in tokens {
            if !token.is_word() {
                gap = true;
                continue;
            }
            if std::mem::take(&mut gap) && !phrase.is_empty() {
                phrase.push(' ');
            }
            match &token.kind {
                Kind::Quoted(text) => phrase.push_str(text),
                _ => phrase.extend(&self.chars[token.at..token.end]),
            }
        }
        phrase
    }

    fn mailbox(&self, tokens: &[Token]) -> Result<Option<Mailbox>, Problem> {
        let angles: Vec<usize> = tokens
            .iter()
            .enumerate()
            .filter(|(_, token)| matches!(token.kind, Kind::Angle(_)))
            .map(|(i, _)| i)
            .collect();
        match angles[..] {
            [] => self.bare(tokens),
            [angle] => self.named(tokens, angle).map(Some),
            [_, second, ..] => Err(missing_comma(tokens[second].at)),
        }
    }

    /// `Name <a@b>` with the angle part at `angle`.
    fn named(&self, tokens: &[Token], angle: usize) -> Result<Mailbox, Problem> {
        if let Some(behind) = tokens[angle + 1..].iter().find(|token| token.is_word()) {
            return Err(missing_comma(behind.at));
        }
        let Kind::Angle(address) = &tokens[angle].kind else { unreachable!("the caller found the angle part here") };
        check(address, tokens[angle].at + 1)?;
        let name = self.phrase(&tokens[..angle]);
        let name = if name.is_empty() { comment(tokens) } else { Some(name) };
        Ok(Mailbox { name, address: address.clone() })
    }

    /// `a@b`, perhaps with a comment that serves as a name.
    fn bare(&self, tokens: &[Token]) -> Result<Option<Mailbox>, Problem> {
        let words: Vec<&Token> = tokens.iter().filter(|token| token.is_word()).collect();
        let (Some(first), Some(last)) = (words.first(), words.last()) else { return Ok(None) };
        let with_at = words.iter().filter(|token| self.chars[token.at..token.end].contains(&'@'));
        if let Some(gap) = words.windows(2).find(|pair| pair[0].end != pair[1].at) {
            return Err(match with_at.collect::<Vec<_>>()[..] {
                [] => no_at(first.at),
                [one] if one.at == last.at && !self.starts_with_at(one) => Problem::new(
                    one.at,
                    "a name and an address without angle brackets",
                    "write Name <user@example.org>",
                ),
                [one] if self.starts_with_at(one) || one.end == gap[0].end => {
                    Problem::new(gap[0].end, "a space inside the address", "remove the space")
                }
                [_] => Problem::new(gap[0].end, "a space inside the address", "remove it, or separate with a comma"),
                [_, second, ..] => missing_comma(second.at),
            });
        }
        let address: String = self.chars[first.at..last.end].iter().collect();
        check(&address, first.at)?;
        Ok(Some(Mailbox { name: comment(tokens), address }))
    }

    fn starts_with_at(&self, token: &Token) -> bool {
        self.chars[token.at] == '@'
    }
}

fn comment(tokens: &[Token]) -> Option<String> {
    tokens.iter().rev().find_map(|token| match &token.kind {
        Kind::Comment(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        _ => None,
    })
}

fn missing_comma(at: usize) -> Problem {
    Problem::new(at, "two addresses without a comma between them", "put a comma here")
}

fn no_at(at: usize) -> Problem {
    Problem::new(at, "no @ in the address", "write user@example.org")
}

#[cfg(test)]
mod tests;
