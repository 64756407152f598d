//! A mail that is arriving after DATA: unstuffed, counted, and forgotten once it is over the limit.

use crate::sandbox::store::Body;
use crate::wire::stuffing::Unstuffer;

/// Most octets reserved on the strength of an announced SIZE, and kept while an oversized body is read to its end.
const RESERVE: usize = 64 * 1024;
/// Octets of `.` CR LF.
const FINAL_DOT: usize = 3;

/// A body on its way in.
#[derive(Debug)]
pub struct Incoming {
    unstuffer: Unstuffer,
    octets: Vec<u8>,
    /// Dots taken off so far.
    dots: usize,
    limit: usize,
    too_big: bool,
}

impl Incoming {
    /// Of announced `size` (0 when unknown) and at most `limit` octets.
    pub fn new(size: usize, limit: usize) -> Self {
        let octets = Vec::with_capacity(size.min(RESERVE));
        Self { unstuffer: Unstuffer::default(), octets, dots: 0, limit, too_big: false }
    }

    /// Takes more input. Returns how much of it belongs to the body, final dot included, and whether that was all.
    pub fn take(&mut self, input: &[u8]) -> (usize, bool) {
        let before = self.octets.len();
        let progress = self.unstuffer.push(input, &mut self.octets);
        self.dots += progress.consumed - (self.octets.len() - before);
        if self.too_big || self.octets.len() > self.limit {
            self.too_big = true;
            self.octets.clear();
            self.octets.shrink_to(RESERVE);
        }
        (progress.consumed + if progress.ended { FINAL_DOT } else { 0 }, progress.ended)
    }

    /// The whole body; `None` when it was over the limit.
    pub fn finish(self) -> Option<Body> {
        (!self.too_big).then(|| Body::new(self.octets, self.dots > 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_noticed_and_the_limit_holds_without_growing() {
        let mut plain = Incoming::new(0, 10);
        assert_eq!(plain.take(b"a.b\r\n.\r\nQUIT\r\n"), (8, true));
        let plain = plain.finish().unwrap();
        assert_eq!((plain.octets(), plain.is_dotted()), (&b"a.b\r\n"[..], false));

        let mut dotted = Incoming::new(0, 10);
        assert_eq!(dotted.take(b"..a\r\n.\r\n"), (8, true));
        let dotted = dotted.finish().unwrap();
        assert_eq!((dotted.octets(), dotted.is_dotted()), (&b".a\r\n"[..], true));

        let mut big = Incoming::new(usize::MAX, 10);
        for _ in 0..10 {
            assert_eq!(big.take(&vec![b'x'; 100_000]), (100_000, false));
            assert!(big.octets.is_empty() && big.octets.capacity() <= RESERVE);
        }
        assert_eq!(big.take(b"\r\n.\r\n"), (5, true));
        assert!(big.finish().is_none());
    }
}
