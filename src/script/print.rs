//! Statements as text, so that reading it gives the same statements.

use std::fmt::{self, Write};

use super::{Body, Condition, Pattern, Piece, Reply, Script, Statement, Text, What};
use crate::sasl::Mechanism;
use crate::wire::Side;

/// Two spaces for each `if` around it.
const INDENT: &str = "  ";

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        all(f, &self.statements, 0)
    }
}

fn all(f: &mut fmt::Formatter<'_>, statements: &[Statement], depth: usize) -> fmt::Result {
    statements.iter().try_for_each(|statement| {
        (0..depth).try_for_each(|_| f.write_str(INDENT))?;
        one(f, &statement.what, depth)?;
        f.write_char('\n')
    })
}

fn one(f: &mut fmt::Formatter<'_>, what: &What, depth: usize) -> fmt::Result {
    match what {
        What::Block(lines) => {
            f.write_str("block\n")?;
            lines.iter().try_for_each(|line| writeln!(f, "{}{}", INDENT.repeat(depth + 1), of_block(line)))?;
            write!(f, "{}end", INDENT.repeat(depth))
        }
        What::Body(Body::Lines(lines)) => {
            f.write_str("body\n")?;
            lines.iter().try_for_each(|line| writeln!(f, "{}", escaped(line, Edges::Kept)))?;
            f.write_char('.')
        }
        What::If { condition, then, otherwise } => {
            writeln!(f, "if {condition}")?;
            all(f, then, depth + 1)?;
            if !otherwise.is_empty() {
                writeln!(f, "{}else", INDENT.repeat(depth))?;
                all(f, otherwise, depth + 1)?;
            }
            write!(f, "{}end", INDENT.repeat(depth))
        }
        what => write!(f, "{what}"),
    }
}

/// The statement on one line; of a block, a body or an `if` the first line alone.
impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Remark(words) => behind(f, "#", words),
            Self::Set { name, value } => behind(f, &format!("set {name} ="), &value.to_string()),
            Self::Connect { url: Some(url), .. } => write!(f, "connect {url}"),
            Self::Connect { side, url: None } => write!(f, "connect {}", word(*side)),
            Self::On(side) => f.write_str(word(*side)),
            Self::Send(text) => behind(f, "send", &text.to_string()),
            Self::Block(_) => f.write_str("block"),
            Self::Body(Body::Lines(_)) => f.write_str("body"),
            Self::Body(Body::File(path)) => write!(f, "body {path}"),
            Self::Expect(patterns) => write!(f, "expect {}", several(patterns)),
            Self::Wait(wait) if wait.as_millis().is_multiple_of(1000) => write!(f, "wait {}s", wait.as_secs()),
            Self::Wait(wait) => write!(f, "wait {}ms", wait.as_millis()),
            Self::StartTls => f.write_str("starttls"),
            Self::Auth { mechanism, user } => auth(f, *mechanism, user.as_ref()),
            Self::If { condition, .. } => write!(f, "if {condition}"),
            Self::Note(text) => behind(f, "note", &text.to_string()),
            Self::Fail(text) => behind(f, "fail", &text.to_string()),
            Self::Stop => f.write_str("stop"),
            Self::Drop => f.write_str("drop"),
        }
    }
}

fn behind(f: &mut fmt::Formatter<'_>, keyword: &str, text: &str) -> fmt::Result {
    let space = if text.is_empty() { "" } else { " " };
    write!(f, "{keyword}{space}{text}")
}

fn word(side: Side) -> &'static str {
    match side {
        Side::Smtp => "smtp",
        Side::Pop3 => "pop3",
    }
}

fn auth(f: &mut fmt::Formatter<'_>, mechanism: Option<Mechanism>, user: Option<&Text>) -> fmt::Result {
    f.write_str("auth")?;
    if let Some(mechanism) = mechanism {
        write!(f, " {mechanism}")?;
    }
    let Some(user) = user else { return Ok(()) };
    let name = escaped(user, Edges::Escaped).replace(' ', "\\x20");
    // A name that reads like a mechanism must not become one.
    let is_mechanism = mechanism.is_none() && name.parse::<Mechanism>().is_ok();
    let name = if is_mechanism { first_escaped(&name) } else { name };
    write!(f, " {name}")
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reply(patterns) => f.write_str(&several(patterns)),
            Self::Offered(keyword) => write!(f, "offered {keyword}"),
            Self::Tls => f.write_str("tls"),
            Self::Equal(name, text) => behind(f, &format!("{name} =="), &text.to_string()),
            Self::Not(inner) => write!(f, "not {inner}"),
        }
    }
}

/// Patterns as they stand behind `expect`.
pub(super) fn several(patterns: &[Pattern]) -> String {
    patterns.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ")
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.reply)?;
        match &self.text {
            Some(text) => write!(f, " /{}/", slashed(text)),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any"),
            Self::Code(code) => write!(f, "{code}"),
            Self::Class(class) => write!(f, "{class}yz"),
            Self::Enhanced(code, (class, subject, detail)) => write!(f, "{code} {class}.{subject}.{detail}"),
            Self::Ok(true) => f.write_str("+OK"),
            Self::Ok(false) => f.write_str("-ERR"),
            Self::Close => f.write_str("close"),
        }
    }
}

/// A regular expression with its bare slashes escaped.
fn slashed(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => shown.extend(std::iter::once('\\').chain(characters.next())),
            '/' => shown.push_str("\\/"),
            other => shown.push(other),
        }
    }
    shown
}

/// Spaces at both ends escaped, as reading takes them away.
impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&escaped(self, Edges::Escaped))
    }
}

/// What becomes of spaces at the ends of a text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Edges {
    Kept,
    Escaped,
}

fn escaped(text: &Text, edges: Edges) -> String {
    let mut shown = String::new();
    for piece in &text.0 {
        match piece {
            Piece::Variable(name) => shown.extend(["${", name, "}"]),
            Piece::Octets(octets) => octets.utf8_chunks().for_each(|chunk| {
                plain(&mut shown, chunk.valid());
                chunk.invalid().iter().for_each(|octet| hexadecimal(&mut shown, *octet));
            }),
        }
    }
    if edges == Edges::Escaped {
        if let Some(rest) = shown.strip_prefix(' ') {
            shown = format!("\\x20{rest}");
        }
        if let Some(rest) = shown.strip_suffix(' ') {
            shown = format!("{rest}\\x20");
        }
    }
    shown
}

fn plain(shown: &mut String, text: &str) {
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => shown.push_str("\\\\"),
            '\t' => shown.push_str("\\t"),
            // The brace may stand in the next piece.
            '$' if characters.peek().is_none_or(|next| *next == '{') => shown.push_str("\\x24"),
            other if other.is_control() => {
                other.encode_utf8(&mut [0; 4]).bytes().for_each(|octet| hexadecimal(shown, octet));
            }
            other => shown.push(other),
        }
    }
}

fn hexadecimal(shown: &mut String, octet: u8) {
    write!(shown, "\\x{octet:02x}").expect("a string takes what is written");
}

/// A line of a block: it must be taken neither for the end nor for a remark.
fn of_block(line: &Text) -> String {
    let shown = escaped(line, Edges::Escaped);
    if shown.starts_with('#') || shown.eq_ignore_ascii_case("end") { first_escaped(&shown) } else { shown }
}

/// With its first character, which is ASCII, written as an octet.
fn first_escaped(shown: &str) -> String {
    let mut escaped = String::new();
    shown.bytes().take(1).for_each(|octet| hexadecimal(&mut escaped, octet));
    escaped + shown.get(1..).unwrap_or("")
}
