//! What a conversation has to say next: text, with the bodies of stored mails between, by reference.

use std::io::IoSlice;
use std::ops::Range;
use std::sync::Arc;

use super::store::Body;

/// Pieces below this are copied: a slice of its own costs more than it saves.
const COPY_BELOW: usize = 1024;

/// Bytes waiting to be written.
#[derive(Debug, Default)]
pub struct Outbox {
    text: Vec<u8>,
    inserts: Vec<Insert>,
    shared: usize,
}

/// Part of a body that belongs in front of `text[at..]`.
#[derive(Debug)]
struct Insert {
    at: usize,
    body: Arc<Body>,
    range: Range<usize>,
}

impl Outbox {
    /// Where text is appended.
    pub fn text(&mut self) -> &mut Vec<u8> {
        &mut self.text
    }

    /// Appends one line with its CRLF.
    pub fn line(&mut self, line: &str) {
        self.octets(line.as_bytes());
    }

    /// Appends one line, or several, of any octets with the last CRLF.
    pub fn octets(&mut self, line: &[u8]) {
        self.text.extend_from_slice(line);
        self.text.extend_from_slice(b"\r\n");
    }

    /// Appends `range` of `body`.
    pub fn share(&mut self, body: &Arc<Body>, range: Range<usize>) {
        if range.len() < COPY_BELOW {
            self.text.extend_from_slice(&body.octets()[range]);
        } else {
            self.shared += range.len();
            self.inserts.push(Insert { at: self.text.len(), body: Arc::clone(body), range });
        }
    }

    /// Octets waiting.
    pub fn len(&self) -> usize {
        self.text.len() + self.shared
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets everything, after it was written.
    pub fn clear(&mut self) {
        self.text.clear();
        self.inserts.clear();
        self.shared = 0;
    }

    /// Everything in order, as pieces for one vectored write; none is empty.
    pub fn slices(&self) -> Vec<IoSlice<'_>> {
        let mut slices = Vec::with_capacity(2 * self.inserts.len() + 1);
        let mut from = 0;
        for insert in &self.inserts {
            if insert.at > from {
                slices.push(IoSlice::new(&self.text[from..insert.at]));
                from = insert.at;
            }
            slices.push(IoSlice::new(&insert.body.octets()[insert.range.clone()]));
        }
        if from < self.text.len() {
            slices.push(IoSlice::new(&self.text[from..]));
        }
        slices
    }
}

#[cfg(test)]
impl Outbox {
    /// Takes everything as text.
    pub fn take(&mut self) -> String {
        let bytes = self.slices().iter().flat_map(|slice| slice.to_vec()).collect::<Vec<u8>>();
        assert_eq!(bytes.len(), self.len());
        self.clear();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_bodies_keep_their_order() {
        let big = Arc::new(Body::new(vec![b'x'; 3_000], false));
        let mut out = Outbox::default();
        out.share(&big, 0..2_000);
        out.line("a");
        out.share(&big, 0..1);
        out.share(&big, 0..1_500);
        out.share(&big, 1..1_501);
        out.line("b");
        assert_eq!(out.slices().len(), 5, "two slices of text, three of bodies");
        let expected = format!("{}a\r\nx{}b\r\n", "x".repeat(2_000), "x".repeat(3_000));
        assert_eq!(out.take(), expected);
        assert!(out.is_empty() && out.slices().is_empty());
    }
}
