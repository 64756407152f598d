//! Where two bodies part, and what was done to the line there: the usual damages of mail on its way have names
//! (RFC 5321 4.5.2 dots, RFC 2045 6 encodings, RFC 4155 `>From`).

use std::fmt;

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;

use crate::mail::header::{lines, without_end};

/// What was done at the first difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BodyKind {
    /// Blanks at the end of the line were taken off.
    BlanksStripped,
    /// Blanks were added at the end of the line.
    BlanksAdded,
    /// The last line had no line end and got one.
    EndAdded,
    /// The last line lost its line end.
    EndLost,
    /// The line ends otherwise: CRLF became LF or the other way round.
    EndChanged,
    /// 8-bit text became quoted-printable.
    QuotedPrintable,
    /// 8-bit text became base64.
    Base64,
    /// The dot that was doubled for the wire stayed doubled.
    DotDoubled,
    /// A dot at the start of the line is gone.
    DotLost,
    /// The line was broken in two.
    Wrapped,
    /// The line was joined with the next one.
    Joined,
    /// `From ` at the start of the line became `>From `.
    FromQuoted,
    /// Blank lines at the end were taken off.
    BlankLinesStripped,
    /// So many octets at the end are missing.
    Cut(usize),
    /// So many octets stand behind the end.
    Appended(usize),
    /// Anything else.
    Other,
}

/// The first difference of two bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BodyChange {
    /// The line of the body as sent, from 1.
    pub line: usize,
    /// The octet of that line, from 1.
    pub octet: usize,
    /// What was done.
    pub kind: BodyKind,
}

/// The first difference; `None`: the bodies are the same octet for octet.
pub fn change(sent: &[u8], arrived: &[u8]) -> Option<BodyChange> {
    if sent == arrived {
        return None;
    }
    let (mut at, mut line) = (0, 1);
    for (ours, theirs) in lines(sent).zip(lines(arrived)) {
        if ours != theirs {
            let octet = ours.iter().zip(theirs).take_while(|(a, b)| a == b).count() + 1;
            return Some(BodyChange { line, octet, kind: kind(&sent[at..], &arrived[at..]) });
        }
        at += ours.len();
        line += 1;
    }
    Some(BodyChange { line, octet: 1, kind: kind(&sent[at..], &arrived[at..]) })
}

/// What was done where the rests of both bodies begin with different lines.
fn kind(sent: &[u8], arrived: &[u8]) -> BodyKind {
    let (mut ours, mut theirs) = (lines(sent), lines(arrived));
    let (Some(ours), ours_next) = (ours.next(), ours.next()) else { return BodyKind::Appended(arrived.len()) };
    let (Some(theirs), theirs_next) = (theirs.next(), theirs.next()) else { return missing(sent) };
    if let Some(kind) = line_end(ours, theirs) {
        return kind;
    }
    let (ours, theirs) = (without_end(ours), without_end(theirs));
    let encoded = || reencoded(sent, theirs);
    let broken = || rewrapped(ours, theirs, ours_next, theirs_next);
    same_line(ours, theirs).or_else(encoded).or_else(broken).unwrap_or(BodyKind::Other)
}

fn missing(rest: &[u8]) -> BodyKind {
    let blank = rest.iter().all(u8::is_ascii_whitespace);
    if blank { BodyKind::BlankLinesStripped } else { BodyKind::Cut(rest.len()) }
}

/// The same words, another line end.
fn line_end(ours: &[u8], theirs: &[u8]) -> Option<BodyKind> {
    if without_end(ours) != without_end(theirs) {
        return None;
    }
    Some(match (ours.ends_with(b"\n"), theirs.ends_with(b"\n")) {
        (false, true) => BodyKind::EndAdded,
        (true, false) => BodyKind::EndLost,
        _ => BodyKind::EndChanged,
    })
}

/// What can be told from the two lines alone, line ends taken off.
fn same_line(ours: &[u8], theirs: &[u8]) -> Option<BodyKind> {
    if ours.trim_ascii_end() == theirs.trim_ascii_end() {
        let fewer = theirs.len() < ours.len();
        return Some(if fewer { BodyKind::BlanksStripped } else { BodyKind::BlanksAdded });
    }
    let is_from = |line: &[u8]| {
        let quotes = line.iter().take_while(|byte| **byte == b'>').count();
        line[quotes..].starts_with(b"From ")
    };
    match (ours, theirs) {
        ([b'.', ..], [b'.', rest @ ..]) if rest == ours => Some(BodyKind::DotDoubled),
        ([b'.', rest @ ..], _) if rest == theirs => Some(BodyKind::DotLost),
        (_, [b'>', rest @ ..]) if rest == ours && is_from(ours) => Some(BodyKind::FromQuoted),
        _ => None,
    }
}

/// The line that arrived is the rest of what was sent in a transfer encoding.
fn reencoded(sent: &[u8], theirs: &[u8]) -> Option<BodyKind> {
    if theirs.is_empty() || !theirs.is_ascii() || sent.starts_with(theirs) {
        return None;
    }
    let stands_for = |decoded: Option<Vec<u8>>| decoded.is_some_and(|it| !it.is_empty() && sent.starts_with(&it));
    let soft = theirs.strip_suffix(b"=").unwrap_or(theirs);
    if theirs.contains(&b'=') && stands_for(quoted_printable_decode(soft)) {
        return Some(BodyKind::QuotedPrintable);
    }
    let letters = theirs.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(byte));
    (letters && theirs.len() >= 4 && stands_for(base64_decode(theirs))).then_some(BodyKind::Base64)
}

/// One line became two, or two one.
fn rewrapped(ours: &[u8], theirs: &[u8], ours_next: Option<&[u8]>, theirs_next: Option<&[u8]>) -> Option<BodyKind> {
    let continues = |long: &[u8], short: &[u8], next: Option<&[u8]>| {
        let Some(rest) = long.strip_prefix(short.trim_ascii_end()).filter(|rest| !rest.is_empty()) else {
            return false;
        };
        let next = without_end(next.unwrap_or_default()).trim_ascii();
        !short.trim_ascii().is_empty() && !next.is_empty() && rest.trim_ascii_start().starts_with(next)
    };
    if continues(ours, theirs, theirs_next) {
        return Some(BodyKind::Wrapped);
    }
    continues(theirs, ours, ours_next).then_some(BodyKind::Joined)
}

impl BodyKind {
    /// A word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::BlanksStripped => "blanks-stripped",
            Self::BlanksAdded => "blanks-added",
            Self::EndAdded => "line-end-added",
            Self::EndLost => "line-end-lost",
            Self::EndChanged => "line-end-changed",
            Self::QuotedPrintable => "quoted-printable",
            Self::Base64 => "base64",
            Self::DotDoubled => "dot-doubled",
            Self::DotLost => "dot-lost",
            Self::Wrapped => "wrapped",
            Self::Joined => "joined",
            Self::FromQuoted => "from-quoted",
            Self::BlankLinesStripped => "blank-lines-stripped",
            Self::Cut(_) => "cut",
            Self::Appended(_) => "appended",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for BodyChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        match self.kind {
            BodyKind::BlanksStripped => f.write_str("blanks at its end were taken off"),
            BodyKind::BlanksAdded => f.write_str("blanks were added at its end"),
            BodyKind::EndAdded => f.write_str("the last line got a line end"),
            BodyKind::EndLost => f.write_str("the last line lost its line end"),
            BodyKind::EndChanged => f.write_str("the line end is another one"),
            BodyKind::QuotedPrintable => f.write_str("8-bit text became quoted-printable"),
            BodyKind::Base64 => f.write_str("8-bit text became base64"),
            BodyKind::DotDoubled => f.write_str("the dot at its start stayed doubled"),
            BodyKind::DotLost => f.write_str("the dot at its start is gone"),
            BodyKind::Wrapped => f.write_str("it was broken in two"),
            BodyKind::Joined => f.write_str("it was joined with the next one"),
            BodyKind::FromQuoted => f.write_str("From at its start became >From"),
            BodyKind::BlankLinesStripped => f.write_str("blank lines at the end were taken off"),
            BodyKind::Cut(octets) => write!(f, "the last {octets} octets are missing"),
            BodyKind::Appended(octets) => write!(f, "{octets} octets were appended"),
            BodyKind::Other => write!(f, "octet {} is the first that differs", self.octet),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_damages_have_names() {
        use BodyKind::*;
        for (sent, arrived, line, kind) in [
            ("a \r\nb\r\n", "a\r\nb\r\n", 1, BlanksStripped),
            ("a\r\nb\r\n", "a\r\nb\t\r\n", 2, BlanksAdded),
            ("a\r\nb", "a\r\nb\r\n", 2, EndAdded),
            ("a\r\nb\r\n", "a\r\nb", 2, EndLost),
            ("a\r\nb\r\n", "a\nb\n", 1, EndChanged),
            ("x\r\nGrüße\r\n", "x\r\nGr=C3=BC=C3=9Fe\r\n", 2, QuotedPrintable),
            ("Grüße an alle\r\n", "Gr=C3=BC=C3=9Fe =\r\nan alle\r\n", 1, QuotedPrintable),
            ("Grüße\r\n", "R3LDvMOfZQ0K\r\n", 1, Base64),
            ("a\r\n.b\r\n", "a\r\n..b\r\n", 2, DotDoubled),
            ("a\r\n.b\r\n", "a\r\nb\r\n", 2, DotLost),
            ("one two\r\nx\r\n", "one\r\ntwo\r\nx\r\n", 1, Wrapped),
            ("onetwo\r\n", "one\r\ntwo\r\n", 1, Wrapped),
            ("one\r\ntwo\r\n", "one two\r\n", 1, Joined),
            ("a\r\nFrom me\r\n", "a\r\n>From me\r\n", 2, FromQuoted),
            (">From me\r\n", ">>From me\r\n", 1, FromQuoted),
            ("a\r\n\r\n\r\n", "a\r\n", 2, BlankLinesStripped),
            ("a\r\nbc\r\n", "a\r\n", 2, Cut(4)),
            ("a\r\n", "a\r\n-- \r\nlist\r\n", 2, Appended(11)),
            ("", "x", 1, Appended(1)),
            ("a\r\nxyz\r\n", "a\r\nxYz\r\n", 2, Other),
            ("1 > 0\r\n", ">1 > 0\r\n", 1, Other),
        ] {
            let found = change(sent.as_bytes(), arrived.as_bytes()).map(|it| (it.line, it.kind));
            assert_eq!(found, Some((line, kind)), "{sent:?} {arrived:?}");
        }
    }

    #[test]
    fn the_octet_is_counted_in_its_line() {
        let found = change(b"a\r\nxyz\r\n", b"a\r\nxYz\r\n").unwrap();
        assert_eq!((found.octet, found.to_string().as_str()), (2, "line 2: octet 2 is the first that differs"));
        assert_eq!(change(b"", b""), None);
    }
}
