//! Lines out of a byte stream, with a cap. A line ends with LF; the CR before it belongs to the line end.
//!
//! Framing comes before parsing: what a line says is nobody's business here.

/// Cuts a byte stream into lines.
#[derive(Debug)]
pub struct LineBuffer {
    bytes: Vec<u8>,
    /// Where the next line starts in `bytes`.
    start: usize,
    /// No LF lies between `start` and here.
    searched: usize,
    cap: usize,
}

/// The stream holds more than the cap without a line end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlong;

impl LineBuffer {
    /// `cap`: most octets of a line, line end included.
    pub fn new(cap: usize) -> Self {
        Self { bytes: Vec::new(), start: 0, searched: 0, cap }
    }

    /// From now on `cap` octets are the most of a line, line end included.
    pub fn set_limit(&mut self, cap: usize) {
        self.cap = cap;
    }

    /// Takes more of the stream.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.start > 0 && (self.start == self.bytes.len() || self.start > 64 * 1024) {
            self.bytes.drain(..self.start);
            self.searched -= self.start;
            self.start = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole line, line end included. `Overlong` once what is pending can no longer become a line;
    /// take it with [`Self::take_pending`].
    pub fn next_line(&mut self) -> Option<Result<Vec<u8>, Overlong>> {
        self.read_line(<[u8]>::to_vec)
    }

    /// As [`Self::next_line`], for those who need no line of their own: what `read` makes of it where it lies.
    pub fn read_line<T>(&mut self, read: impl FnOnce(&[u8]) -> T) -> Option<Result<T, Overlong>> {
        let end = memchr::memchr(b'\n', &self.bytes[self.searched..]).map(|at| self.searched + at + 1);
        let length = end.unwrap_or(self.bytes.len()) - self.start;
        if length > self.cap {
            return Some(Err(Overlong));
        }
        let Some(end) = end else {
            self.searched = self.bytes.len();
            return None;
        };
        let made = read(&self.bytes[self.start..end]);
        self.consume(end - self.start);
        Some(Ok(made))
    }

    /// What is not yet taken, lines and rest.
    pub fn pending(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    /// Gives up the first `count` pending octets.
    pub fn consume(&mut self, count: usize) {
        self.start = (self.start + count).min(self.bytes.len());
        self.searched = self.searched.max(self.start);
    }

    /// Everything pending, leaving nothing.
    pub fn take_pending(&mut self) -> Vec<u8> {
        let rest = self.pending().to_vec();
        self.bytes.clear();
        self.start = 0;
        self.searched = 0;
        rest
    }
}

/// A line without its CRLF or LF.
pub fn without_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_out_whole_however_they_went_in() {
        let mut buffer = LineBuffer::new(20);
        for byte in b"220 hi\r\n250 x\nrest" {
            buffer.push(&[*byte]);
        }
        assert_eq!(buffer.next_line(), Some(Ok(b"220 hi\r\n".to_vec())));
        assert_eq!(buffer.next_line(), Some(Ok(b"250 x\n".to_vec())));
        assert_eq!(buffer.next_line(), None);
        assert_eq!(buffer.pending(), b"rest");
        buffer.push(b"!\n");
        assert_eq!(buffer.next_line(), Some(Ok(b"rest!\n".to_vec())));
        assert!(buffer.pending().is_empty());
    }

    #[test]
    fn a_line_over_the_cap_is_an_error_with_and_without_its_end() {
        for stream in [&b"123456789"[..], b"1234567\r\n"] {
            let mut buffer = LineBuffer::new(8);
            buffer.push(stream);
            assert_eq!(buffer.next_line(), Some(Err(Overlong)));
            assert_eq!(buffer.take_pending(), stream);
        }
        let mut exact = LineBuffer::new(8);
        exact.push(b"123456\r\n");
        assert_eq!(exact.next_line(), Some(Ok(b"123456\r\n".to_vec())));
    }

    #[test]
    fn the_cap_holds_for_the_lines_behind_its_change() {
        let mut buffer = LineBuffer::new(4);
        buffer.push(b"123456\r\n123456\r\n");
        buffer.set_limit(8);
        assert_eq!(buffer.next_line(), Some(Ok(b"123456\r\n".to_vec())));
        buffer.set_limit(4);
        assert_eq!(buffer.next_line(), Some(Err(Overlong)));
    }

    #[test]
    fn a_line_end_is_taken_off_once() {
        assert_eq!(without_line_end(b"a\r\n"), b"a");
        assert_eq!(without_line_end(b"a\n"), b"a");
        assert_eq!(without_line_end(b"a\r\r\n"), b"a\r");
        assert_eq!(without_line_end(b""), b"");
    }
}
