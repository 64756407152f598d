//! The octets of a message as lines that are made where one looks: raw with visible line ends, and in hexadecimal.

use std::fmt::Write;

use memchr::{memchr, memchr_iter, memrchr};

use super::line::Line;
use super::place::Source;
use crate::wire::printable;

/// Longest piece of a line without end, in octets.
const PIECE: usize = 1_024;
/// Octets between two counts of line ends.
const BLOCK: usize = 4_096;

/// The octets with their line ends visible. A place is the offset of its first octet.
pub(super) struct Raw<'a>(pub(super) &'a [u8]);

impl Raw<'_> {
    /// Where the line begins that holds this octet.
    fn line_start(&self, at: usize) -> usize {
        memrchr(b'\n', &self.0[..at.min(self.0.len())]).map_or(0, |end| end + 1)
    }

    /// Where a piece of the line at `start` begins: never inside a character.
    fn piece(&self, start: usize, number: usize) -> usize {
        let at = start + number * PIECE;
        let inside = |byte: &&u8| **byte & 0xc0 == 0x80;
        let skip = if number == 0 { 0 } else { self.0.iter().skip(at).take(3).take_while(inside).count() };
        (at + skip).min(self.0.len())
    }

    fn end(&self, at: usize) -> usize {
        let start = self.line_start(at);
        let next = (at - start) / PIECE + 1;
        let piece = self.piece(start, next);
        let piece = if piece <= at { self.piece(start, next + 1) } else { piece };
        memchr(b'\n', &self.0[at..piece]).map_or(piece, |end| at + end + 1)
    }
}

impl Source for Raw<'_> {
    fn line(&self, at: usize) -> Line {
        Line::plain(printable::wire(&self.0[at..self.end(at)]))
    }

    fn next(&self, at: usize) -> Option<usize> {
        Some(self.end(at)).filter(|end| *end < self.0.len())
    }

    fn previous(&self, at: usize) -> Option<usize> {
        at.checked_sub(1).map(|before| self.nearest(before))
    }

    fn nearest(&self, at: usize) -> usize {
        let at = at.min(self.0.len().saturating_sub(1));
        let start = self.line_start(at);
        let number = (at - start) / PIECE;
        let piece = self.piece(start, number);
        if piece > at { self.piece(start, number - 1) } else { piece }
    }
}

/// The octets in hexadecimal, so many a line. A place is the offset of its first octet.
pub(super) struct Hex<'a> {
    pub(super) bytes: &'a [u8],
    a_line: usize,
}

impl<'a> Hex<'a> {
    /// Sixteen octets a line, or fewer where they do not fit.
    pub(super) fn new(bytes: &'a [u8], width: usize) -> Self {
        let fits = |octets: &usize| 8 + 2 + 3 * octets + 2 + octets <= width;
        Self { bytes, a_line: [16, 8].into_iter().find(fits).unwrap_or(4) }
    }
}

impl Source for Hex<'_> {
    fn line(&self, at: usize) -> Line {
        let octets = &self.bytes[at.min(self.bytes.len())..self.bytes.len().min(at + self.a_line)];
        let mut text = format!("{at:08x} ");
        for (index, octet) in octets.iter().enumerate() {
            let gap = if index % 8 == 0 { " " } else { "" };
            write!(text, "{gap}{octet:02x} ").expect("writing to a String cannot fail");
        }
        let used = 9 + self.a_line / 8 + 3 * self.a_line;
        let seen = |octet: &u8| if matches!(octet, b' '..=b'~') { char::from(*octet) } else { '.' };
        let pad = used.saturating_sub(text.len()) + 1;
        text.extend(std::iter::repeat_n(' ', pad).chain(octets.iter().map(seen)));
        Line::plain(text)
    }

    fn next(&self, at: usize) -> Option<usize> {
        Some(at + self.a_line).filter(|next| *next < self.bytes.len())
    }

    fn previous(&self, at: usize) -> Option<usize> {
        at.checked_sub(1).map(|before| self.nearest(before))
    }

    fn nearest(&self, at: usize) -> usize {
        let last = at.min(self.bytes.len().saturating_sub(1));
        last - last % self.a_line
    }
}

/// How many line ends there are before each block of octets.
#[derive(Debug)]
pub(super) struct LineCount(Vec<u32>);

impl LineCount {
    pub(super) fn new(bytes: &[u8]) -> Self {
        let mut lines = 0;
        let blocks = bytes.chunks(BLOCK).map(|block| {
            let before = lines;
            lines += memchr_iter(b'\n', block).count() as u32;
            before
        });
        Self(blocks.collect())
    }

    /// The number of the line that holds an octet, from 1.
    pub(super) fn number(&self, bytes: &[u8], at: usize) -> usize {
        let block = (at / BLOCK).min(self.0.len().saturating_sub(1));
        let rest = bytes.get(block * BLOCK..at.min(bytes.len())).unwrap_or_default();
        self.0.get(block).map_or(0, |lines| *lines as usize) + memchr_iter(b'\n', rest).count() + 1
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn forwards(source: &impl Source) -> Vec<usize> {
        std::iter::successors(Some(0), |at| source.next(*at)).collect()
    }

    fn backwards(source: &impl Source) -> Vec<usize> {
        let mut places: Vec<usize> =
            std::iter::successors(Some(source.nearest(usize::MAX)), |at| source.previous(*at)).collect();
        places.reverse();
        places
    }

    #[test]
    fn line_ends_are_visible_and_long_lines_go_on() {
        let bytes = [b"a\r\nb\n", "ä".repeat(1_500).as_bytes(), b"\r\nend"].concat();
        let raw = Raw(&bytes);
        let places = forwards(&raw);
        assert_eq!(places, [0, 3, 5, 5 + PIECE, 5 + 2 * PIECE, 5 + 3_002]);
        assert_eq!(raw.line(0).text, "a\\r\\n");
        let text: String = places.iter().map(|at| raw.line(*at).text).collect();
        assert_eq!(text.matches('ä').count(), 1_500, "no character is cut");
        assert!(text.ends_with("\\r\\nend"));
        let odd = ["x", &"ä".repeat(1_500)].concat();
        let odd = Raw(odd.as_bytes());
        assert_eq!(forwards(&odd), [0, PIECE + 1, 2 * PIECE + 1]);
        assert_eq!(forwards(&odd), backwards(&odd));
    }

    #[test]
    fn hexadecimal_shows_offset_octets_and_what_is_printable() {
        let bytes = b"Subject: \xff\r\nhello, world";
        let hex = Hex::new(bytes, 80);
        assert_eq!(hex.line(0).text, "00000000  53 75 62 6a 65 63 74 3a  20 ff 0d 0a 68 65 6c 6c  Subject: ...hell");
        assert_eq!(hex.line(16).text, "00000010  6f 2c 20 77 6f 72 6c 64                           o, world");
        assert_eq!((forwards(&hex), Hex::new(bytes, 50).a_line, Hex::new(bytes, 18).a_line), (vec![0, 16], 8, 4));
        assert_eq!(Hex::new(b"", 80).line(0).text.trim_end(), "00000000");
        assert!([16, 8].into_iter().all(|octets| {
            let width = 8 + 2 + 3 * octets + 2 + octets;
            let line = Hex::new(&[b'x'; 16], width).line(0).text;
            line.len() <= width
        }));
    }

    #[test]
    fn lines_are_numbered_without_being_kept() {
        let bytes = b"x\n".repeat(10_000);
        let count = LineCount::new(&bytes);
        for line in [0, 1, 2_047, 2_048, 9_999] {
            assert_eq!(count.number(&bytes, line * 2), line + 1);
        }
        assert_eq!(LineCount::new(b"").number(b"", 0), 1);
    }

    proptest! {
        #[test]
        fn both_directions_agree(bytes in proptest::collection::vec(prop_oneof![Just(b'\n'), any::<u8>(), Just(0x80)], 0..5_000)) {
            let raw = Raw(&bytes);
            let places = forwards(&raw);
            prop_assert_eq!(&places, &backwards(&raw));
            let ends = places.iter().skip(1).copied().chain([bytes.len()]);
            prop_assert!(places.iter().zip(ends).all(|(at, end)| raw.end(*at) == end));
        }

        #[test]
        fn a_line_without_end_agrees_too(length in 0_usize..5_000, seed in any::<u8>()) {
            let bytes: Vec<u8> = (0..length).map(|n| if (n ^ usize::from(seed)) % 5 < 3 { 0x80 } else { b'x' }).collect();
            let raw = Raw(&bytes);
            prop_assert_eq!(forwards(&raw), backwards(&raw));
        }
    }
}
