//! Octets on their way to the peer. Small chunks of one turn share a buffer, so that a turn is one write.

use std::collections::VecDeque;
use std::io::IoSlice;

use zeroize::Zeroize;

/// Buffers offered to one write.
const SLICES: usize = 64;
/// A chunk up to this size is copied behind the one before it rather than queued apart.
const SMALL: usize = 8 * 1024;
/// A buffer longer than this takes no more small chunks.
const LARGE: usize = 64 * 1024;

/// A queue of octets with its two ends counted.
#[derive(Debug, Default)]
pub struct Outgoing {
    buffers: VecDeque<Buffer>,
    /// Octets of the first buffer that are written.
    front: usize,
    queued: u64,
    written: u64,
}

/// Octets that go out together.
#[derive(Default)]
struct Buffer {
    octets: Vec<u8>,
    /// They are wiped once they are written or given up, and never copied or moved by growing.
    secret: bool,
}

impl std::fmt::Debug for Buffer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Buffer({} octets)", self.octets.len())
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if self.secret {
            self.octets.zeroize();
        }
    }
}

impl Outgoing {
    /// Queues `bytes`. `secret`: something in them is.
    pub fn push(&mut self, bytes: Vec<u8>, secret: bool) {
        self.queued += bytes.len() as u64;
        match self.buffers.back_mut() {
            _ if bytes.is_empty() => {}
            Some(back) if !secret && !back.secret && bytes.len() <= SMALL && back.octets.len() <= LARGE => {
                back.octets.extend_from_slice(&bytes);
            }
            _ => self.buffers.push_back(Buffer { octets: bytes, secret }),
        }
    }

    /// The front of the queue, in the form a vectored write takes.
    pub fn slices(&self) -> ([IoSlice<'_>; SLICES], usize) {
        let mut slices = [IoSlice::new(&[]); SLICES];
        let mut count = 0;
        for (slice, buffer) in slices.iter_mut().zip(&self.buffers) {
            let from = if count == 0 { self.front } else { 0 };
            *slice = IoSlice::new(&buffer.octets[from..]);
            count += 1;
        }
        (slices, count)
    }

    /// The first `count` octets were written.
    pub fn wrote(&mut self, count: usize) {
        self.written += count as u64;
        self.front += count;
        while let Some(first) = self.buffers.front() {
            if self.front < first.octets.len() {
                return;
            }
            self.front -= first.octets.len();
            self.buffers.pop_front();
        }
    }

    /// Octets that wait.
    pub fn len(&self) -> usize {
        usize::try_from(self.queued - self.written).unwrap_or(usize::MAX)
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.queued == self.written
    }

    /// Octets ever queued.
    pub fn queued(&self) -> u64 {
        self.queued
    }

    /// Octets ever written.
    pub fn written(&self) -> u64 {
        self.written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(outgoing: &Outgoing) -> Vec<u8> {
        let (slices, count) = outgoing.slices();
        slices[..count].iter().flat_map(|slice| slice.to_vec()).collect()
    }

    #[test]
    fn the_commands_of_a_turn_are_one_buffer() {
        let mut outgoing = Outgoing::default();
        for line in [&b"MAIL FROM:<a@b>\r\n"[..], b"RCPT TO:<c@d>\r\n", b"", b"DATA\r\n"] {
            outgoing.push(line.to_vec(), false);
        }
        assert_eq!(outgoing.slices().1, 1);
        assert_eq!(offered(&outgoing), b"MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n");
    }

    #[test]
    fn whatever_a_write_takes_the_rest_follows_in_order() {
        let mut outgoing = Outgoing::default();
        let mut all = Vec::new();
        for (size, fill) in [(70_000, b'a'), (3, b'b'), (10_000, b'c'), (70_000, b'd'), (1, b'e')] {
            outgoing.push(vec![fill; size], fill == b'e');
            all.extend(vec![fill; size]);
        }
        let mut written = Vec::new();
        for step in (1_usize..).map(|n| n * 997) {
            let now = offered(&outgoing);
            if now.is_empty() {
                break;
            }
            let step = step.min(now.len());
            written.extend_from_slice(&now[..step]);
            outgoing.wrote(step);
            assert_eq!(outgoing.len(), all.len() - written.len());
        }
        assert_eq!(written, all);
        assert!(outgoing.is_empty());
    }
    #[test]
    fn a_secret_has_a_buffer_of_its_own_that_never_grows() {
        let mut outgoing = Outgoing::default();
        outgoing.push(b"NOOP\r\n".to_vec(), false);
        outgoing.push(b"PASS hunter2\r\n".to_vec(), true);
        outgoing.push(b"QUIT\r\n".to_vec(), false);
        assert_eq!(outgoing.slices().1, 3);
        assert_eq!(offered(&outgoing), b"NOOP\r\nPASS hunter2\r\nQUIT\r\n");
        assert!(outgoing.buffers.iter().map(|buffer| buffer.secret).eq([false, true, false]));
        assert!(!format!("{outgoing:?}").contains("hunter2"));
    }
}
