//! Entries as they lie in memory: fixed rows and their texts packed together, in blocks.
//!
//! A short row costs 56 octets and its text, with no allocation of its own. What the fields mean to others is
//! told by [`super::Entry`].

use std::time::Duration;

use super::{Class, Direction, EntryKind};
use crate::wire::Side;

/// Rows in a block. Small, because the texts of a block are freed together.
pub(super) const BLOCK: usize = 256;
/// `lapse` of a row that has none.
const NO_LAPSE: u32 = u32::MAX;

/// The verb of a command in upper case, padded with zeros; longer ones lose their tail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Verb([u8; 8]);

impl Verb {
    /// What answers nothing because it comes first.
    pub(super) const GREETING: Self = Self(*b"GREETING");
    /// The end of a body.
    pub(super) const DOT: Self = Self(*b".\0\0\0\0\0\0\0");
    /// What counted octets follow, without a dot behind them (RFC 3030 2).
    pub(super) const BDAT: Self = Self(*b"BDAT\0\0\0\0");

    /// The first word of a command line; empty when the line starts with no letter.
    pub(super) fn of(line: &[u8]) -> Self {
        let mut verb = Self::default();
        let word = line.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'-');
        if line.first().is_some_and(u8::is_ascii_alphabetic) {
            for (cell, byte) in verb.0.iter_mut().zip(word) {
                *cell = byte.to_ascii_uppercase();
            }
        }
        verb
    }

    /// The verb that [`Self::as_str`] gives as `name`.
    pub(super) fn named(name: &str) -> Option<Self> {
        let mut verb = Self::default();
        let sound = name.len() <= verb.0.len() && name.bytes().all(|byte| byte.is_ascii_graphic());
        verb.0.get_mut(..name.len())?.copy_from_slice(name.as_bytes());
        sound.then_some(verb)
    }

    pub(super) fn as_str(&self) -> &str {
        let end = self.0.iter().position(|byte| *byte == 0).unwrap_or(self.0.len());
        std::str::from_utf8(&self.0[..end]).expect("only ASCII is stored")
    }
}

/// The fixed part of an entry.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "facts beside each other, one octet each; no state machine")]
pub(super) struct Row {
    /// Of the first record.
    pub(super) number: u64,
    /// Microseconds since the start of the transcript.
    pub(super) at: u64,
    pub(super) verb: Verb,
    pub(super) link: u32,
    /// Microseconds, or [`NO_LAPSE`].
    lapse: u32,
    /// How many entries back the command is that this one answers; 0 for none.
    pub(super) answers: u32,
    /// Lines of the text kept.
    pub(super) lines: u32,
    /// Where the text lies in its block. Unused while the entry is open, and by bodies.
    start: u32,
    len: u32,
    pub(super) side: Side,
    pub(super) direction: Direction,
    pub(super) kind: EntryKind,
    pub(super) class: Option<Class>,
    pub(super) tls: bool,
    pub(super) expected: bool,
    pub(super) complete: bool,
    pub(super) cut: bool,
}

impl Row {
    /// A row without text for what `record` begins.
    pub(super) fn of(record: &super::Record, kind: EntryKind) -> Self {
        Self {
            number: record.number,
            at: micros(record.at),
            verb: Verb::default(),
            link: record.link,
            lapse: record.lapse.map_or(NO_LAPSE, short_micros),
            answers: 0,
            lines: 0,
            start: 0,
            len: 0,
            side: record.side,
            direction: record.direction,
            kind,
            class: None,
            tls: record.tls,
            expected: record.expected,
            complete: !matches!(kind, EntryKind::Reply | EntryKind::Body),
            cut: false,
        }
    }

    pub(super) fn lapse(&self) -> Option<Duration> {
        (self.lapse != NO_LAPSE).then(|| Duration::from_micros(self.lapse.into()))
    }

    /// Octets of text packed in the block.
    pub(super) fn packed(&self) -> usize {
        self.len as usize
    }
}

/// `time` in whole microseconds; half a million years is the most.
pub(super) fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

fn short_micros(time: Duration) -> u32 {
    u32::try_from(time.as_micros()).map_or(NO_LAPSE - 1, |micros| micros.min(NO_LAPSE - 1))
}

/// Up to [`BLOCK`] rows in order, and their texts.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) rows: Vec<Row>,
    texts: Vec<u8>,
}

impl Block {
    pub(super) fn new() -> Self {
        Self { rows: Vec::with_capacity(BLOCK), texts: Vec::new() }
    }

    pub(super) fn is_full(&self) -> bool {
        self.rows.len() == BLOCK
    }

    /// Packs the text of the row at `index`; once for each row.
    pub(super) fn pack(&mut self, index: usize, text: &[u8]) {
        let row = &mut self.rows[index];
        row.start = u32::try_from(self.texts.len()).expect("a block holds at most BLOCK capped texts");
        row.len = u32::try_from(text.len()).expect("texts are capped");
        self.texts.extend_from_slice(text);
    }

    pub(super) fn text(&self, row: &Row) -> &[u8] {
        &self.texts[row.start as usize..][..row.packed()]
    }

    /// Octets this block takes.
    #[cfg(test)]
    pub(super) fn allocated(&self) -> usize {
        self.rows.capacity() * size_of::<Row>() + self.texts.capacity() + size_of::<Self>()
    }

    /// Gives back what the growth of the texts reserved; for a block that got its last row.
    pub(super) fn trim(&mut self) {
        self.texts.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_small() {
        assert!(size_of::<Row>() <= 56, "{}", size_of::<Row>());
    }

    #[test]
    fn verbs_are_the_first_word_in_upper_case() {
        for (line, verb) in [
            (&b"ehlo lab.test\r\n"[..], "EHLO"),
            (b"MAIL FROM:<a@b>\r\n", "MAIL"),
            (b"rcpt:x", "RCPT"),
            (b"STARTTLS\r\n", "STARTTLS"),
            (b"XEXTRALONGVERB", "XEXTRALO"),
            (b"****(24 B)\r\n", ""),
            (b"\x1b[31m", ""),
            (b"", ""),
        ] {
            assert_eq!(Verb::of(line).as_str(), verb, "{}", line.escape_ascii());
        }
    }
}
