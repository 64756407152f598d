//! When a message may be marked with DELE, and what the server answered to it (RFC 1939 5).

use super::Course;
use crate::pop3::{Line, Verb};

/// Most DELE that wait for their answer.
const MARKING: usize = 512;

impl Course {
    pub(super) fn mark(&mut self) -> Option<Line> {
        if self.lost || self.marking.len() >= MARKING {
            return None;
        }
        let number = self.to_mark.pop_front()?;
        self.marking.push_back(number);
        Some(Line::numbered(Verb::Dele, number))
    }

    /// DELE for the next of those that an earlier download made safe.
    pub(super) fn mark_next_earlier(&mut self) -> Option<Line> {
        let number = self.next_earlier().filter(|_| self.marking.len() < MARKING)?;
        self.earlier.next();
        self.marking.push_back(number);
        Some(Line::numbered(Verb::Dele, number))
    }

    /// The next of those that an earlier download made safe.
    pub(super) fn next_earlier(&self) -> Option<u32> {
        let spared = self.stopped || self.lost || self.failed;
        self.earlier.as_slice().first().copied().filter(|_| !spared)
    }

    pub(super) fn safe(&mut self, number: u32) {
        let Some(at) = self.whole.iter().position(|whole| whole.number == number) else { return };
        let Some(whole) = self.whole.remove(at) else { return };
        self.outcome.safe.push(number);
        self.outcome.octets = self.outcome.octets.saturating_add(whole.octets);
        if self.delete && !whole.own {
            self.outcome.without_id += 1;
        } else if self.delete && !self.lost {
            self.to_mark.push_back(number);
        }
    }

    pub(super) fn marked(&mut self, number: u32) {
        if self.answered_dele(number) {
            self.outcome.marked.push(number);
        }
    }

    pub(super) fn not_marked(&mut self, number: u32, why: String) {
        if self.answered_dele(number) {
            self.outcome.unmarked.push((number, why));
        }
    }

    fn answered_dele(&mut self, number: u32) -> bool {
        let at = self.marking.iter().position(|marking| *marking == number);
        at.and_then(|at| self.marking.remove(at)).is_some()
    }

    /// Somebody sent RSET: what was marked is not any more, and is not marked again.
    pub(super) fn marks_cleared(&mut self) {
        let cleared = std::mem::take(&mut self.outcome.marked);
        self.outcome.unmarked.extend(cleared.into_iter().map(|number| (number, "RSET took its mark away".to_owned())));
    }
}
