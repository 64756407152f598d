//! One pass over a raw mail before it is sent: how big it is on the wire, and whether it needs 8BITMIME or SMTPUTF8.

use std::io::{self, Read};

/// Octets of a raw mail that are searched for its headers.
const HEAD: usize = 1024 * 1024;

/// What one pass over a raw mail tells.
#[derive(Debug, Default)]
pub struct Scan {
    /// Octets once every line end is CRLF and the last line is ended (RFC 1870 3: before dot-stuffing).
    pub octets: u64,
    /// Some octet is above 127.
    pub eight_bit: bool,
    /// Such an octet stands in a header.
    pub utf8: bool,
    /// The beginning, for the headers.
    pub head: Vec<u8>,
}

impl Scan {
    /// Reads `input` to its end, never holding more than its beginning.
    pub fn of(mut input: impl Read) -> io::Result<Self> {
        let mut scan = Self::default();
        let mut last = None;
        let mut block = vec![0; 64 * 1024];
        loop {
            let count = match input.read(&mut block) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            scan.take(&block[..count], &mut last);
        }
        if !matches!(last, Some(b'\r' | b'\n')) {
            scan.octets += 2;
        }
        scan.utf8 = !crate::mail::header::split(&scan.head).head.is_ascii();
        Ok(scan)
    }

    fn take(&mut self, bytes: &[u8], last: &mut Option<u8>) {
        self.eight_bit |= !bytes.is_ascii();
        let room = HEAD.saturating_sub(self.head.len()).min(bytes.len());
        self.head.extend_from_slice(&bytes[..room]);
        for byte in bytes {
            self.octets += match (*last, byte) {
                (Some(b'\r'), b'\n') => 0,
                (_, b'\r' | b'\n') => 2,
                _ => 1,
            };
            *last = Some(*byte);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wire::stuffing::{Stuffer, Unstuffer};

    proptest! {
        #[test]
        fn the_size_is_that_of_the_body_on_the_wire_without_stuffing(mail in "[a.\r\nä]{0,60}") {
            let scan = Scan::of(mail.as_bytes()).unwrap();
            let (mut stuffer, mut wire) = (Stuffer::default(), Vec::new());
            stuffer.push(mail.as_bytes(), &mut wire);
            stuffer.finish(&mut wire);
            let wire = &wire[..wire.len() - 3];
            let (mut plain, mut unstuffer) = (Vec::new(), Unstuffer::default());
            unstuffer.push(wire, &mut plain);
            unstuffer.push(b".\r\n", &mut plain);
            prop_assume!(!mail.is_empty());
            prop_assert_eq!(scan.octets, plain.len() as u64, "{:?}", String::from_utf8_lossy(&plain));
        }
    }
}
