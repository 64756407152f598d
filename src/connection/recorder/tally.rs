//! The figures of a body, counted on its wire bytes in whatever pieces they come.

use memchr::memchr_iter;

use crate::transcript::Tally;

/// Counts one body.
#[derive(Debug)]
pub struct Counter {
    tally: Tally,
    /// Octets of the open line.
    line: u64,
    /// The last octet was CR.
    cr: bool,
    /// The next octet is the first behind a CRLF, or of the body.
    at_start: bool,
    /// The body is counted out (BDAT): a dot at the start of a line is one of its own.
    chunk: bool,
}

impl Default for Counter {
    fn default() -> Self {
        Self { tally: Tally::default(), line: 0, cr: false, at_start: true, chunk: false }
    }
}

impl Counter {
    /// For what follows this command line.
    pub fn behind(command: &[u8]) -> Self {
        Self { chunk: command.get(..5).is_some_and(|verb| verb.eq_ignore_ascii_case(b"BDAT ")), ..Self::default() }
    }

    /// Takes the next wire bytes of the body, without the line of the final dot.
    pub fn push(&mut self, bytes: &[u8]) {
        self.tally.octets += bytes.len() as u64;
        let mut from = 0;
        for at in memchr_iter(b'\n', bytes) {
            self.text(&bytes[from..at]);
            self.line_end();
            from = at + 1;
        }
        self.text(&bytes[from..]);
    }

    /// The figures so far, the open line included in the longest.
    pub fn tally(&self) -> Tally {
        Tally { longest: self.tally.longest.max(self.line - u64::from(self.cr)), ..self.tally }
    }

    fn text(&mut self, text: &[u8]) {
        let (Some(first), Some(last)) = (text.first(), text.last()) else { return };
        self.tally.stuffed += u64::from(self.at_start && *first == b'.' && !self.chunk);
        self.at_start = false;
        self.cr = *last == b'\r';
        self.line += text.len() as u64;
    }

    fn line_end(&mut self) {
        self.tally.longest = self.tally.longest.max(self.line - u64::from(self.cr));
        self.tally.lines += 1;
        self.line = 0;
        self.at_start = self.cr;
        self.cr = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(body: &[u8], piece: usize) -> Tally {
        let mut counter = Counter::default();
        for piece in body.chunks(piece) {
            counter.push(piece);
        }
        counter.tally()
    }

    #[test]
    fn figures_do_not_depend_on_how_the_body_was_cut() {
        for (body, lines, stuffed, longest) in [
            (&b""[..], 0, 0, 0),
            (b"abc\r\n", 1, 0, 3),
            (b"..\r\nab\r\n...", 2, 2, 3),
            (b"a.b\r\n.c\r\n\r\n", 3, 1, 3),
            (b"ab\n.c\r\n", 2, 0, 2),
            (b"abcd\r", 0, 0, 4),
        ] {
            let expected = Tally { octets: body.len() as u64, lines, stuffed, longest };
            for piece in 1..=body.len().max(1) {
                assert_eq!(counted(body, piece), expected, "{} by {piece}", body.escape_ascii());
            }
        }
    }

    #[test]
    fn nothing_is_stuffed_in_a_chunk() {
        for (command, stuffed) in [(&b"BDAT 7 LAST\r\n"[..], 0), (b"bdat 7\r\n", 0), (b"DATA\r\n", 2), (b"BD", 2)] {
            let mut counter = Counter::behind(command);
            counter.push(b"..\r\n.a\r\n");
            assert_eq!(counter.tally().stuffed, stuffed, "{}", command.escape_ascii());
        }
    }
}
