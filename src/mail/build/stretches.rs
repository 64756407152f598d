//! A mail while it is put together: octets at hand, and files between them that nobody reads yet.

use std::path::PathBuf;
use std::sync::Arc;

use memchr::memmem;

use crate::mail::lint::Measure;
use crate::wire::Segment;
use crate::wire::segment::BASE64_LINE;

/// Characters of a full line of base64.
const BASE64_CHARACTERS: u64 = 76;

/// Stretches in order, the last one open for more octets.
#[derive(Debug, Default)]
pub(super) struct Stretches {
    closed: Vec<Segment>,
    open: Vec<u8>,
}

/// Figures of a mail that is not read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Figures {
    pub(super) octets: u64,
    /// Octets of the longest line, without its line end.
    pub(super) longest_line: usize,
    pub(super) lines: usize,
}

impl From<Vec<u8>> for Stretches {
    fn from(open: Vec<u8>) -> Self {
        Self { closed: Vec::new(), open }
    }
}

impl Stretches {
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.open.extend_from_slice(bytes);
    }

    /// A file of so many octets, as base64. What stands before it has to end a line.
    pub(super) fn file(&mut self, path: PathBuf, octets: u64) {
        self.close();
        self.closed.push(Segment::Base64 { path, octets });
    }

    pub(super) fn append(&mut self, other: Self) {
        for segment in other.closed {
            match segment {
                Segment::Bytes(bytes) => self.bytes(&bytes),
                file => {
                    self.close();
                    self.closed.push(file);
                }
            }
        }
        self.bytes(&other.open);
    }

    fn close(&mut self) {
        if !self.open.is_empty() {
            self.closed.push(Segment::Bytes(Arc::from(std::mem::take(&mut self.open))));
        }
    }

    /// Base64 is ASCII, so files are not asked.
    pub(super) fn is_ascii(&self) -> bool {
        self.open.is_ascii() && self.stretches_at_hand().all(<[u8]>::is_ascii)
    }

    /// Whether these octets stand in a stretch at hand.
    pub(super) fn holds(&self, octets: &[u8]) -> bool {
        self.stretches_at_hand().chain([&*self.open]).any(|bytes| memmem::find(bytes, octets).is_some())
    }

    fn stretches_at_hand(&self) -> impl Iterator<Item = &[u8]> {
        self.closed.iter().filter_map(|segment| match segment {
            Segment::Bytes(bytes) => Some(&**bytes),
            Segment::File { .. } | Segment::Base64 { .. } => None,
        })
    }

    pub(super) fn figures(&self) -> Figures {
        self.closed.iter().map(of_segment).chain([of_bytes(&self.open)]).fold(Figures::default(), |sum, one| Figures {
            octets: sum.octets + one.octets,
            longest_line: sum.longest_line.max(one.longest_line),
            lines: sum.lines + one.lines,
        })
    }

    pub(super) fn segments(mut self) -> Arc<[Segment]> {
        self.close();
        Arc::from(self.closed)
    }
}

fn of_segment(segment: &Segment) -> Figures {
    match segment {
        Segment::Bytes(bytes) => of_bytes(bytes),
        Segment::File { .. } => Figures::default(),
        Segment::Base64 { octets, .. } => Figures {
            octets: segment.octets(),
            longest_line: usize::try_from((octets.div_ceil(3) * 4).min(BASE64_CHARACTERS)).unwrap_or(usize::MAX),
            lines: usize::try_from(octets.div_ceil(BASE64_LINE)).unwrap_or(usize::MAX),
        },
    }
}

pub(super) fn of_bytes(bytes: &[u8]) -> Figures {
    let measure = Measure::of(bytes);
    Figures { octets: bytes.len() as u64, longest_line: measure.longest_line, lines: measure.lines }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::mail::build::whole;

    #[test]
    fn figures_are_those_of_the_octets_that_will_be_read() {
        for size in [0, 1, 2, 3, 55, 56, 57, 58, 113, 114, 115, 1_000] {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            file.write_all(&vec![b'x'; size]).unwrap();
            let mut inner = Stretches::from(b"--\r\n".to_vec());
            inner.file(file.path().to_owned(), size as u64);
            inner.bytes(b"\r\nend\r\n");
            let mut outer = Stretches::from(b"Head: 1\r\n\r\n".to_vec());
            outer.append(inner);
            outer.bytes(b"tail\r\n");
            let figures = outer.figures();
            let segments = outer.segments();
            assert_eq!(segments.len(), 3, "what is at hand is one stretch");
            assert_eq!(figures, of_bytes(&whole(&segments).unwrap()), "{size} octets");
        }
    }
}
