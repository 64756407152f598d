//! The kept bytes of bodies: bounded in total, oldest given up first. Figures stay when bytes go.

use std::collections::BTreeMap;

use super::Tally;
use super::entry::{count_lines, grown_lines};

/// A body as far as it is kept.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept {
    pub(super) bytes: Vec<u8>,
    /// Lines of `bytes`.
    pub(super) lines: u32,
    pub(super) tally: Tally,
    /// Microseconds since the start of the transcript, of the latest record.
    pub(super) until: u64,
    /// Bytes that had been recorded were given up here.
    pub(super) lost: bool,
}

/// All bodies of a transcript, by entry id.
#[derive(Clone, Debug)]
pub(super) struct Bodies {
    kept: BTreeMap<u64, Kept>,
    octets: usize,
    cap: usize,
    /// No body before this id has bytes.
    oldest: u64,
    /// Bodies that lost bytes, and how many they lost.
    pub(super) cut: (u64, u64),
}

impl Bodies {
    pub(super) fn new(cap: usize) -> Self {
        Self { kept: BTreeMap::new(), octets: 0, cap, oldest: 0, cut: (0, 0) }
    }

    pub(super) fn get(&self, id: u64) -> Option<&Kept> {
        self.kept.get(&id)
    }

    /// Adds a piece to the body of entry `id`.
    pub(super) fn push(&mut self, id: u64, bytes: &[u8], tally: Option<Tally>, until: u64) {
        let body = self.kept.entry(id).or_default();
        body.tally = tally.unwrap_or(body.tally);
        body.until = until;
        if body.lost {
            self.cut.1 += bytes.len() as u64;
            return;
        }
        body.lines = grown_lines(body.lines, &body.bytes, bytes);
        body.bytes.extend_from_slice(bytes);
        self.octets += bytes.len();
        while self.octets > self.cap {
            self.give_up_oldest();
        }
    }

    /// The body of entry `id` had lost bytes before it came here.
    pub(super) fn mark_lost(&mut self, id: u64) {
        if let Some(body) = self.kept.get_mut(&id) {
            body.lost = true;
        }
    }

    /// Forgets the body of an entry that left the transcript.
    pub(super) fn remove(&mut self, id: u64) {
        if let Some(body) = self.kept.remove(&id) {
            self.octets -= body.bytes.len();
        }
    }

    /// Empties the oldest body; only cuts it short when it alone is over the cap.
    fn give_up_oldest(&mut self) {
        let Some((id, body)) = self.kept.range_mut(self.oldest..).find(|(_, body)| !body.bytes.is_empty()) else {
            self.octets = 0;
            return;
        };
        let before = body.bytes.len();
        let keep = if self.octets == before { self.cap } else { 0 };
        body.bytes.truncate(keep);
        body.bytes.shrink_to_fit();
        body.lines = count_lines(&body.bytes);
        self.cut.0 += u64::from(!body.lost);
        self.cut.1 += (before - keep) as u64;
        body.lost = true;
        self.octets -= before - keep;
        self.oldest = *id;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(bodies: &Bodies) -> Vec<(u64, usize, bool)> {
        bodies.kept.iter().map(|(id, body)| (*id, body.bytes.len(), body.lost)).collect()
    }

    #[test]
    fn the_oldest_body_loses_its_bytes_first() {
        let mut bodies = Bodies::new(100);
        for id in [3, 5, 9] {
            bodies.push(id, &[b'x'; 40], None, 0);
        }
        assert_eq!(kept(&bodies), [(3, 0, true), (5, 40, false), (9, 40, false)]);
        bodies.push(5, &[b'x'; 30], None, 0);
        assert_eq!(kept(&bodies), [(3, 0, true), (5, 0, true), (9, 40, false)]);
        assert_eq!(bodies.cut, (2, 40 + 70));
        bodies.push(5, b"late", None, 0);
        assert_eq!(bodies.cut, (2, 40 + 74), "a body that lost bytes takes no more");
    }

    #[test]
    fn a_single_body_over_the_cap_keeps_its_beginning() {
        let mut bodies = Bodies::new(10);
        bodies.push(0, b"0123456", None, 0);
        bodies.push(0, b"789abc", None, 0);
        assert_eq!(bodies.get(0).map(|body| &body.bytes[..]), Some(&b"0123456789"[..]));
        assert_eq!(bodies.cut, (1, 3));
        bodies.remove(0);
        assert_eq!(bodies.octets, 0);
    }
}
