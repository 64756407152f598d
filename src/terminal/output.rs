//! The way to the terminal: bytes gather until a flush, and a frame goes out as one write.

use std::io::{self, Stdout, Write};

/// Opens a synchronized update (mode 2026); terminals that do not know it pass it over.
pub const BEGIN: &[u8] = b"\x1b[?2026h";
/// Closes it.
pub const END: &[u8] = b"\x1b[?2026l";

/// Standard output, held back. Between `BEGIN` and `END` a flush does nothing: the drawing library flushes after
/// each cursor command, and each of these would show half a frame.
#[derive(Debug)]
pub struct Output<W: Write = Stdout> {
    held: Vec<u8>,
    inner: W,
    /// A write failed: the terminal is gone. It was told once; what comes later goes nowhere, as the drawing library
    /// panics when it cannot even print that the cursor could not be shown.
    gone: bool,
}

impl Output {
    /// Onto standard output.
    pub fn stdout() -> Self {
        Self::new(io::stdout())
    }
}

impl<W: Write> Output<W> {
    /// Onto `inner`.
    pub fn new(inner: W) -> Self {
        Self { held: Vec::with_capacity(16 * 1024), inner, gone: false }
    }

    fn is_open(&self) -> bool {
        let last = |mark| memchr::memmem::rfind(&self.held, mark);
        last(BEGIN) > last(END)
    }
}

impl<W: Write> Write for Output<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.held.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.held.is_empty() || self.is_open() {
            return Ok(());
        }
        let written =
            if self.gone { Ok(()) } else { self.inner.write_all(&self.held).and_then(|()| self.inner.flush()) };
        self.held.clear();
        self.gone |= written.is_err();
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts writes.
    #[derive(Default)]
    struct Sink(Vec<Vec<u8>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.push(bytes.to_vec());
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_terminal_that_is_gone_is_told_once() {
        let mut output = Output::new(&mut [0_u8; 0][..]);
        output.write_all(b"frame").unwrap();
        assert!(output.flush().is_err());
        output.write_all(b"restore").unwrap();
        assert!(output.flush().is_ok());
    }

    #[test]
    fn a_frame_is_one_write_however_often_it_is_flushed() {
        let mut output = Output::new(Sink::default());
        for part in [BEGIN, b"cells", b"cursor", END] {
            output.write_all(part).unwrap();
            output.flush().unwrap();
        }
        assert_eq!(output.inner.0, [b"\x1b[?2026hcellscursor\x1b[?2026l"]);
        output.flush().unwrap();
        output.write_all(b"title").unwrap();
        output.flush().unwrap();
        assert_eq!(output.inner.0[1..], [b"title"]);
    }
}
