//! One pass over a raw mail before it is sent: how big it is on the wire, and whether it needs 8BITMIME or SMTPUTF8.

use std::io::{self, Read};

/// Octets of a raw mail that are searched for its headers.
const HEAD: usize = 1024 * 1024;

/// Octets read at once.
const BLOCK: usize = 64 * 1024;

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
    headers_end: bool,
}

impl Scan {
    /// Reads `input` to its end, never holding more than its beginning.
    pub fn of(mut input: impl Read) -> io::Result<Self> {
        let mut scan = Self::default();
        let mut last = None;
        let mut block = vec![0; BLOCK];
        loop {
            let count = match input.read(&mut block) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            scan.take(&block[..count], &mut last);
        }
        scan.octets += match last {
            Some(b'\n') => 0,
            Some(b'\r') => 1,
            _ => 2,
        };
        scan.utf8 = !crate::mail::header::split(&scan.head).head.is_ascii();
        Ok(scan)
    }

    fn take(&mut self, bytes: &[u8], last: &mut Option<u8>) {
        let (Some(first), Some(end)) = (bytes.first(), bytes.last()) else { return };
        self.eight_bit |= !bytes.is_ascii();
        // Behind the end of the headers nothing is looked at.
        let room = if self.headers_end { 0 } else { HEAD.saturating_sub(self.head.len()).min(bytes.len()) };
        if room > 0 {
            self.head.extend_from_slice(&bytes[..room]);
            self.headers_end = crate::mail::header::split(&self.head).ended;
        }
        let across = last.is_some_and(|last| is_lone(last, *first)) || (last.is_none() && *first == b'\n');
        self.octets += bytes.len() as u64 + u64::from(across) + lone(bytes);
        *last = Some(*end);
    }
}

/// Whether one of two neighbours is half of a line end: the other half is to be added.
fn is_lone(octet: u8, next: u8) -> bool {
    (octet == b'\r') != (next == b'\n')
}

/// How many of all neighbours are so. Counted in octets, stretch by stretch, so that many are compared at once.
fn lone(bytes: &[u8]) -> u64 {
    const STRETCH: usize = 240;
    let next = bytes.get(1..).unwrap_or_default();
    let stretches = bytes.chunks(STRETCH).zip(next.chunks(STRETCH));
    stretches
        .map(|(these, next)| these.iter().zip(next).map(|(one, next)| u8::from(is_lone(*one, *next))).sum::<u8>())
        .map(u64::from)
        .sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wire::stuffing::{Stuffer, Unstuffer};

    /// Gives its octets in pieces of this size.
    struct Pieces<'a>(&'a [u8], usize);

    impl Read for Pieces<'_> {
        fn read(&mut self, block: &mut [u8]) -> io::Result<usize> {
            let (piece, rest) = self.0.split_at(self.0.len().min(self.1));
            block[..piece.len()].copy_from_slice(piece);
            self.0 = rest;
            Ok(piece.len())
        }
    }

    #[test]
    fn of_a_long_mail_the_headers_are_kept_and_every_octet_counts() {
        let mail = format!("A: b\r\n\r\n{}", "one\r\ntwo\nthree\rfour\r\n".repeat(20_000));
        let ends = mail.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n");
        for size in [1, 7, 239, 240, 241, 64 * 1024] {
            let scan = Scan::of(Pieces(mail.as_bytes(), size)).unwrap();
            assert_eq!(scan.octets, ends.len() as u64, "pieces of {size}");
            assert!(scan.head.starts_with(b"A: b\r\n\r\n") && scan.head.len() <= BLOCK);
        }
    }

    proptest! {
        #[test]
        fn the_size_is_that_of_the_body_on_the_wire_without_stuffing(mail in "[a.\r\nä]{0,60}", size in 1_usize..9) {
            let scan = Scan::of(Pieces(mail.as_bytes(), size)).unwrap();
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
