//! A body cut into the chunks of BDAT (RFC 3030), and what BDAT changes in the course of a mail.
//!
//! A chunk is whole in memory before it goes out, as its size goes before it; a body never is.

use super::{Class, Delivery, Dot, Step};
use crate::wire::stuffing::{Form, Stuffer};

/// Octets from which on a chunk goes out.
pub const CHUNK: usize = 1024 * 1024;

/// Collects the octets of one chunk at a time.
#[derive(Debug)]
pub(in crate::smtp::session) struct Chunker {
    stuffer: Stuffer,
    pieces: Vec<Vec<u8>>,
    octets: usize,
}

impl Chunker {
    pub fn new(form: Form) -> Self {
        Self { stuffer: Stuffer::new(form), pieces: Vec::new(), octets: 0 }
    }

    /// Takes a piece of the body. True when a chunk is to go out: it is long enough, or nothing follows.
    pub fn push(&mut self, bytes: &[u8], last: bool, form: Form) -> bool {
        let mut piece = Vec::with_capacity(bytes.len() + bytes.len() / 32 + 4);
        self.stuffer.push(bytes, &mut piece);
        if last && form.line_ends {
            self.stuffer.end_line(&mut piece);
        }
        self.octets += piece.len();
        if !piece.is_empty() {
            self.pieces.push(piece);
        }
        last || self.octets >= CHUNK
    }

    /// The chunk, in pieces, and its size. The next one begins.
    pub fn take(&mut self) -> (Vec<Vec<u8>>, usize) {
        (std::mem::take(&mut self.pieces), std::mem::take(&mut self.octets))
    }
}

impl Delivery {
    /// A chunk leaves; `last`: from now on nobody but the server knows the outcome. What is to be awaited for it.
    pub fn chunk_left(&mut self, last: bool) -> Step {
        self.awaited += 1;
        if !last {
            return Step::Chunk;
        }
        self.dot = Some(Dot::Body);
        Step::Dot(None)
    }

    /// The first reply to the last BDAT is due, so all before it are there: what is to be awaited for it in full.
    pub fn unfold_last(&mut self) -> Vec<Step> {
        self.awaited = self.awaited.saturating_sub(1);
        self.address()
    }

    /// Nothing that is sent of a chunked body can be accepted any more.
    pub fn is_hopeless(&self) -> bool {
        let mail_refused = self.mail.as_ref().is_some_and(|mail| mail.class() != Class::Ok);
        self.is_chunked() && (mail_refused || self.data.is_some() || self.reaches_nobody())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_of_any_size_goes_in_chunks_that_hold_all_of_it() {
        for size in [0, 1, CHUNK - 2, CHUNK, 3 * CHUNK + 5] {
            let body: Vec<u8> = (0..size).map(|n| if n % 77 == 76 { b'\n' } else { b'.' }).collect();
            let mut chunker = Chunker::new(Form::LINES);
            let (mut wire, mut largest) = (Vec::new(), 0);
            let mut blocks: Vec<&[u8]> = body.chunks(65_536).collect();
            let last = blocks.pop().unwrap_or_default();
            for (block, last) in blocks.into_iter().map(|block| (block, false)).chain([(last, true)]) {
                if chunker.push(block, last, Form::LINES) {
                    let (pieces, octets) = chunker.take();
                    assert_eq!(pieces.iter().map(Vec::len).sum::<usize>(), octets);
                    largest = largest.max(octets);
                    wire.extend(pieces.concat());
                }
            }
            let mut expected = Vec::new();
            let mut stuffer = Stuffer::new(Form::LINES);
            stuffer.push(&body, &mut expected);
            stuffer.end_line(&mut expected);
            assert!(wire == expected, "{size} octets");
            assert!(largest < CHUNK + 2 * 65_536, "{largest}");
        }
    }

    #[test]
    fn binary_octets_are_left_alone() {
        let mut chunker = Chunker::new(Form::RAW);
        assert!(chunker.push(b"\0\n.\r\n.\r", true, Form::RAW));
        assert_eq!(chunker.take().0.concat(), b"\0\n.\r\n.\r");
    }
}
