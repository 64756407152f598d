//! Figures of octets: lines, the longest of them, bare line ends.

use crate::mail::header;

/// Figures of some octets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measure {
    /// Octets of the longest line, without its line end.
    pub longest_line: usize,
    /// Lines, an unfinished last one included.
    pub lines: usize,
    /// A CR without LF behind it.
    pub bare_cr: bool,
    /// An LF without CR before it.
    pub bare_lf: bool,
}

impl Measure {
    /// The figures of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        let mut measure = Self::default();
        for line in header::lines(bytes) {
            let text = header::without_end(line);
            measure.lines += 1;
            measure.longest_line = measure.longest_line.max(text.len());
            measure.bare_cr |= memchr::memchr(b'\r', text).is_some();
            measure.bare_lf |= line.ends_with(b"\n") && !line.ends_with(b"\r\n");
        }
        measure
    }
}
