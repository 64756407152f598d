//! One entry: a row of the pane when folded, its lines when not.
//!
//! Everything that comes out as text has passed the sanitizer; [`Entry::raw`] alone has not.

use std::time::Duration;

use super::body::Kept;
use super::row::Row;
use super::{Direction, Tally, text};
use crate::wire::{Side, printable};

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// A command line, or a line of a SASL exchange.
    Command,
    /// A whole reply.
    Reply,
    /// A whole multi-line body, either way.
    Body,
    /// Bytes that are no line of the protocol.
    Stray,
    /// Something happened on our side.
    Event,
    /// Something went wrong on our side.
    Error,
}

impl EntryKind {
    /// Its name in exports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Reply => "reply",
            Self::Body => "body",
            Self::Stray => "stray",
            Self::Event => "event",
            Self::Error => "error",
        }
    }
}

/// What a reply amounts to (RFC 5321 4.2.1, RFC 1939 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// 2yz, `+OK`.
    Ok,
    /// 3yz, `+ `.
    More,
    /// 4yz.
    Temp,
    /// 5yz.
    Perm,
    /// `-ERR`.
    Err,
}

impl Class {
    /// The word shown beside a reply.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::More => "MORE",
            Self::Temp => "TEMP",
            Self::Perm => "PERM",
            Self::Err => "ERR",
        }
    }

    /// The class of a reply by its first line.
    pub(super) fn of(side: Side, line: &[u8]) -> Option<Self> {
        match side {
            Side::Smtp => match line.first()? {
                b'2' => Some(Self::Ok),
                b'3' => Some(Self::More),
                b'4' => Some(Self::Temp),
                b'5' => Some(Self::Perm),
                _ => None,
            },
            Side::Pop3 if starts(line, b"+OK") => Some(Self::Ok),
            Side::Pop3 if starts(line, b"-ERR") => Some(Self::Err),
            Side::Pop3 if line.first() == Some(&b'+') => Some(Self::More),
            Side::Pop3 => None,
        }
    }
}

fn starts(line: &[u8], with: &[u8]) -> bool {
    line.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with))
}

/// A look at one entry.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    pub(super) id: u64,
    pub(super) row: &'a Row,
    pub(super) bytes: &'a [u8],
    pub(super) body: Option<&'a Kept>,
    pub(super) note: Option<&'a str>,
}

impl<'a> Entry<'a> {
    /// Stable: it names this entry for as long as the transcript lives, whatever is dropped before it.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// What a person wrote to it; empty for a bookmark. **Not sanitized**.
    pub fn note(&self) -> Option<&'a str> {
        self.note
    }

    /// Number of its first record.
    pub fn number(&self) -> u64 {
        self.row.number
    }

    /// Which conversation.
    pub fn side(&self) -> Side {
        self.row.side
    }

    /// Which connection.
    pub fn link(&self) -> u32 {
        self.row.link
    }

    /// Who said it.
    pub fn direction(&self) -> Direction {
        self.row.direction
    }

    /// What it is.
    pub fn kind(&self) -> EntryKind {
        self.row.kind
    }

    /// Time of its first record since the start of the transcript, in whole microseconds.
    pub fn at(&self) -> Duration {
        Duration::from_micros(self.row.at)
    }

    /// From the last byte sent to the first byte of this reply.
    pub fn lapse(&self) -> Option<Duration> {
        self.row.lapse()
    }

    /// How long a body took so far, from its first record to its latest.
    pub fn took(&self) -> Option<Duration> {
        self.body.map(|body| Duration::from_micros(body.until.saturating_sub(self.row.at)))
    }

    /// Whether it went through TLS.
    pub fn tls(&self) -> bool {
        self.row.tls
    }

    /// False when the state of the conversation did not call for it.
    pub fn expected(&self) -> bool {
        self.row.expected
    }

    /// False for a reply or body whose end has not come.
    pub fn complete(&self) -> bool {
        self.row.complete
    }

    /// What a reply amounts to.
    pub fn class(&self) -> Option<Class> {
        self.row.class
    }

    /// The verb it is or answers, upper case, at most 8 octets; `GREETING` for the greeting, `.` for a body sent
    /// and its reply, `BDAT` for octets behind that, empty when there is none.
    pub fn verb(&self) -> &'a str {
        self.row.verb.as_str()
    }

    /// The entry it answers: a command, or the body of a mail. That entry may have left the transcript.
    pub fn answers(&self) -> Option<u64> {
        (self.row.answers > 0).then(|| self.id - u64::from(self.row.answers))
    }

    /// The code of an SMTP reply.
    pub fn code(&self) -> Option<u16> {
        let digits = self.bytes.get(..3)?;
        let coded = self.row.kind == EntryKind::Reply
            && self.row.side == Side::Smtp
            && digits.iter().all(u8::is_ascii_digit)
            && !self.bytes.get(3).is_some_and(u8::is_ascii_digit);
        coded.then(|| digits.iter().fold(0, |code, digit| code * 10 + u16::from(digit - b'0')))
    }

    /// The enhanced code of an SMTP reply, such as `5.1.1` (RFC 2034 4).
    pub fn enhanced(&self) -> Option<&'a str> {
        self.code()?;
        let word = self.bytes.get(4..)?.split(u8::is_ascii_whitespace).next()?;
        let text = std::str::from_utf8(word).ok()?;
        let number = |part: &str| (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        (text.split('.').count() == 3 && text.split('.').all(number)).then_some(text)
    }

    /// The bytes kept, secrets masked, **not sanitized**. Of a body without the line of the final dot.
    pub fn raw(&self) -> &'a [u8] {
        self.bytes
    }

    /// Figures of a body, over all of it, kept or not.
    pub fn tally(&self) -> Option<Tally> {
        self.body.map(|body| body.tally)
    }

    /// Bytes that had been recorded were given up to bound memory.
    pub fn cut(&self) -> bool {
        self.row.cut || self.body.is_some_and(|body| body.lost)
    }

    /// Octets of a body that are not kept, here or by whoever recorded it.
    pub fn octets_missing(&self) -> u64 {
        self.body.map_or(0, |body| body.tally.octets.saturating_sub(body.bytes.len() as u64))
    }

    /// Lines that [`Entry::lines`] yields.
    pub fn line_count(&self) -> usize {
        self.body.map_or(self.row.lines, |body| body.lines) as usize
    }

    /// The lines kept, sanitized, without line ends.
    pub fn lines(&self) -> impl Iterator<Item = String> + use<'a> {
        self.lines_from(0)
    }

    /// As [`Entry::lines`], from line `first` on (counted from 0), without the cost of sanitizing those before it.
    pub fn lines_from(&self, first: usize) -> impl Iterator<Item = String> + use<'a> {
        let mail = self.row.kind == EntryKind::Body;
        raw_lines(self.bytes).skip(first).map(move |line| {
            if mail {
                printable::line_of_mail(&String::from_utf8_lossy(line)).into_owned()
            } else {
                printable::bytes(line)
            }
        })
    }

    /// One line that stands for all of it.
    pub fn summary(&self) -> String {
        if let Some(body) = self.body {
            return text::body_summary(&body.tally, self.row.complete);
        }
        let mut first = self.lines().next().unwrap_or_default();
        match self.row.lines.saturating_sub(1) {
            0 => {}
            1 => first.push_str(" (+1 line)"),
            more => first.extend([" (+", &more.to_string(), " lines)"]),
        }
        first
    }

    /// The three characters before its text: direction, TLS and surprise at a glance.
    pub fn marks(&self) -> &'static str {
        text::marks(self.row.direction, self.row.tls, self.row.expected)
    }
}

/// `bytes` cut at each LF; the line ends (LF, or CR LF) are left out.
pub(super) fn raw_lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (line, after) = match memchr::memchr(b'\n', rest) {
            Some(end) => (&rest[..end], &rest[end + 1..]),
            None => (rest, &rest[rest.len()..]),
        };
        let ended = line.len() < rest.len();
        rest = after;
        Some(if ended { line.strip_suffix(b"\r").unwrap_or(line) } else { line })
    })
}

/// How many lines [`raw_lines`] yields.
pub(super) fn count_lines(bytes: &[u8]) -> u32 {
    let ends = memchr::memchr_iter(b'\n', bytes).count();
    let open = bytes.last().is_some_and(|last| *last != b'\n');
    u32::try_from(ends + usize::from(open)).unwrap_or(u32::MAX)
}

/// [`count_lines`] of `before` and `piece` joined, given that of `before`.
pub(super) fn grown_lines(lines: u32, before: &[u8], piece: &[u8]) -> u32 {
    let continues = !piece.is_empty() && before.last().is_some_and(|last| *last != b'\n');
    lines + count_lines(piece) - u32::from(continues)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_end_with_lf_and_lose_the_cr_before_it_only() {
        for (bytes, lines) in [
            (&b""[..], &[][..]),
            (b"a", &[&b"a"[..]]),
            (b"a\r\n", &[b"a"]),
            (b"a\nb\r\n\r\nc\r", &[b"a", b"b", b"", b"c\r"]),
            (b"\r\r\n", &[b"\r"]),
        ] {
            assert_eq!(raw_lines(bytes).collect::<Vec<_>>(), lines, "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn the_class_is_the_first_digit_or_the_status() {
        for (side, line, class) in [
            (Side::Smtp, "250 ok", Some(Class::Ok)),
            (Side::Smtp, "354-go", Some(Class::More)),
            (Side::Smtp, "451 4.7.1 later", Some(Class::Temp)),
            (Side::Smtp, "550", Some(Class::Perm)),
            (Side::Smtp, "+OK", None),
            (Side::Pop3, "+OK 2 320", Some(Class::Ok)),
            (Side::Pop3, "+ok", Some(Class::Ok)),
            (Side::Pop3, "-ERR no", Some(Class::Err)),
            (Side::Pop3, "+ PDE4", Some(Class::More)),
            (Side::Pop3, "250", None),
            (Side::Pop3, "", None),
        ] {
            assert_eq!(Class::of(side, line.as_bytes()), class, "{line}");
        }
    }

    proptest! {
        #[test]
        fn lines_are_counted_as_they_are_cut(pieces in proptest::collection::vec("[a\r\n]{0,6}", 0..8)) {
            let (mut bytes, mut lines) = (Vec::new(), 0);
            for piece in &pieces {
                lines = grown_lines(lines, &bytes, piece.as_bytes());
                bytes.extend_from_slice(piece.as_bytes());
            }
            prop_assert_eq!(lines as usize, raw_lines(&bytes).count());
            prop_assert_eq!(lines, count_lines(&bytes));
        }
    }
}
