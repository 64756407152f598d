//! The header block of a mail as it is (RFC 5322 2.2): where it ends, and its fields with all their lines.
//!
//! Tolerant of bare line ends, garbage lines and a missing blank line; says so instead of failing. Nothing is decoded.

use memchr::memchr;

/// Most octets of a header block that are looked at.
pub const BLOCK: usize = 1024 * 1024;
/// Most fields that are told apart.
pub const FIELDS: usize = 10_000;

/// A header block cut from its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split<'a> {
    /// The header block, with the line end of its last line, without the blank line.
    pub head: &'a [u8],
    /// What follows the blank line.
    pub body: &'a [u8],
    /// A blank line ended the block.
    pub ended: bool,
}

/// One field with its continuation lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawField<'a> {
    /// The name, without colon and blanks; empty if the line is no field at all.
    pub name: &'a [u8],
    /// What follows the colon, with line ends inside.
    pub value: &'a [u8],
    /// All its octets, line ends included.
    pub raw: &'a [u8],
}

impl RawField<'_> {
    /// Whether it has this name, in any letter case.
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }

    /// The value on one line, outer blanks taken off; octets that are no UTF-8 are replaced.
    pub fn unfolded(&self) -> String {
        let text = String::from_utf8_lossy(self.value);
        text.replace(['\r', '\n'], "").trim_matches([' ', '\t']).to_owned()
    }
}

/// Cuts `mail` at its first blank line. A mail whose first line is no header field is all body.
pub fn split(mail: &[u8]) -> Split<'_> {
    if !starts_with_field(mail) {
        return match mail {
            [b'\n', body @ ..] | [b'\r', b'\n', body @ ..] => Split { head: &[], body, ended: true },
            body => Split { head: &[], body, ended: false },
        };
    }
    let mut at = 0;
    for line in lines(&mail[..mail.len().min(BLOCK)]) {
        if matches!(line, b"\n" | b"\r\n") {
            return Split { head: &mail[..at], body: &mail[at + line.len()..], ended: true };
        }
        at += line.len();
    }
    Split { head: &mail[..at], body: &mail[at..], ended: false }
}

fn starts_with_field(mail: &[u8]) -> bool {
    lines(&mail[..mail.len().min(BLOCK)])
        .next()
        .is_some_and(|first| first.starts_with(b"From ") || name_end(first).is_some())
}

/// The fields of a header block, at most [`FIELDS`].
pub fn fields(head: &[u8]) -> impl Iterator<Item = RawField<'_>> {
    let mut rest = head;
    std::iter::from_fn(move || {
        let (raw, after) = next_field(rest)?;
        rest = after;
        Some(field(raw))
    })
    .take(FIELDS)
}

/// The lines of `bytes`, each with its LF if it has one. Only LF ends a line.
pub(super) fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let end = memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        let (line, after) = rest.split_at(end);
        rest = after;
        (!line.is_empty()).then_some(line)
    })
}

/// A line without its line end.
pub(super) fn without_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn next_field(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut lines = lines(rest);
    let mut end = lines.next()?.len();
    for line in lines {
        if !matches!(line[0], b' ' | b'\t') {
            break;
        }
        end += line.len();
    }
    Some(rest.split_at(end))
}

fn field(raw: &[u8]) -> RawField<'_> {
    match name_end(raw) {
        Some(colon) => RawField { name: raw[..colon].trim_ascii_end(), value: &raw[colon + 1..], raw },
        None => RawField { name: &[], value: raw, raw },
    }
}

/// Where the colon behind a field name is. A name is visible ASCII; blanks before the colon are forgiven.
fn name_end(line: &[u8]) -> Option<usize> {
    let colon = memchr(b':', without_end(lines(line).next()?))?;
    let name = line[..colon].trim_ascii_end();
    (!name.is_empty() && name.iter().all(u8::is_ascii_graphic)).then_some(colon)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_block_ends_at_the_first_blank_line() {
        for (mail, head, body, ended) in [
            (&b"A: 1\r\n\r\nx"[..], &b"A: 1\r\n"[..], &b"x"[..], true),
            (b"A: 1\nB: 2\n\n\nx", b"A: 1\nB: 2\n", b"\nx", true),
            (b"A: 1\r\n", b"A: 1\r\n", b"", false),
            (b"A: 1", b"A: 1", b"", false),
            (b"Hello\r\n\r\nA: 1\r\n", b"", b"Hello\r\n\r\nA: 1\r\n", false),
            (b"\r\nHello", b"", b"Hello", true),
            (b"From x Mon\nA: 1\n\nb", b"From x Mon\nA: 1\n", b"b", true),
            (b"A: 1\r\n \t\r\n\r\nx", b"A: 1\r\n \t\r\n", b"x", true),
            (b"", b"", b"", false),
        ] {
            assert_eq!(split(mail), Split { head, body, ended }, "{}", mail.escape_ascii());
        }
    }

    #[test]
    fn a_block_without_end_is_cut_at_the_cap() {
        let mail = b"A: 1\r\n".repeat(BLOCK);
        let cut = split(&mail);
        assert!(!cut.ended && cut.head.len() <= BLOCK);
        assert_eq!(cut.head.len() + cut.body.len(), mail.len());
        assert_eq!(fields(cut.head).count(), FIELDS);
    }

    #[test]
    fn fields_keep_their_continuation_lines() {
        let head = b"Subject: a\r\n b\r\nbad line\r\nX-Y :c\r\n";
        let found: Vec<(&[u8], String)> = fields(head).map(|field| (field.name, field.unfolded())).collect();
        let expected: [(&[u8], &str); 3] = [(b"Subject", "a b"), (b"", "bad line"), (b"X-Y", "c")];
        assert_eq!(found, expected.map(|(name, value)| (name, value.to_owned())));
        assert_eq!(fields(head).map(|field| field.raw.len()).sum::<usize>(), head.len());
    }
}
