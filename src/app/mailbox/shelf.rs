//! Headers of rows: which are here, which are on their way, which the server refuses. Bounded: what was not shown for
//! longest goes first.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::mail::Summary;

/// Most summaries kept beside the remembered ones.
pub(crate) const MOST: usize = 4_096;
/// So many are dropped at once.
const AT_ONCE: usize = 256;
/// Most octets kept of the headers of one message.
const HEADERS: usize = 1024 * 1024;
/// After so many refusals and no success the server counts as one without TOP.
const REFUSALS: usize = 3;

/// A summary that came by TOP.
#[derive(Debug)]
struct Kept {
    summary: Summary,
    /// When it was last shown, in turns.
    shown: u64,
    /// It is not remembered yet.
    fresh: bool,
}

/// The shelf.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    kept: HashMap<u32, Kept>,
    asked: BTreeSet<u32>,
    refused: HashSet<u32>,
    /// Headers that are arriving: one message at a time.
    partial: Option<(u32, Vec<u8>)>,
    turn: u64,
    fresh: usize,
    any_came: bool,
}

impl Shelf {
    pub(crate) fn get(&self, number: u32) -> Option<&Summary> {
        self.kept.get(&number).map(|kept| &kept.summary)
    }

    pub(crate) fn len(&self) -> usize {
        self.kept.len()
    }

    pub(crate) fn is_asked(&self, number: u32) -> bool {
        self.asked.contains(&number)
    }

    pub(crate) fn is_refused(&self, number: u32) -> bool {
        self.refused.contains(&number)
    }

    /// TOPs without an answer.
    pub(crate) fn outstanding(&self) -> usize {
        self.asked.len()
    }

    /// There is nothing to be asked for this message.
    pub(crate) fn is_settled(&self, number: u32) -> bool {
        self.kept.contains_key(&number) || self.is_asked(number) || self.is_refused(number)
    }

    pub(crate) fn ask(&mut self, number: u32) {
        self.asked.insert(number);
    }

    /// The row is on screen.
    pub(crate) fn show(&mut self, number: u32) {
        self.turn += 1;
        if let Some(kept) = self.kept.get_mut(&number) {
            kept.shown = self.turn;
        }
    }

    pub(crate) fn piece(&mut self, number: u32, bytes: &[u8]) {
        if self.partial.as_ref().is_none_or(|(of, _)| *of != number) {
            self.partial = Some((number, Vec::new()));
        }
        if let Some((_, headers)) = &mut self.partial {
            let room = HEADERS.saturating_sub(headers.len());
            headers.extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
    }

    /// The answer to a TOP came to its end. Whether there is a new summary.
    pub(crate) fn end(&mut self, number: u32, complete: bool) -> bool {
        self.asked.remove(&number);
        let headers = self.partial.take().filter(|(of, _)| *of == number).map(|(_, headers)| headers);
        if !complete {
            return false;
        }
        self.any_came = true;
        self.refused.remove(&number);
        self.turn += 1;
        let summary = Summary::from_headers(&headers.unwrap_or_default());
        let kept = Kept { summary, shown: self.turn, fresh: true };
        self.fresh += usize::from(self.kept.insert(number, kept).is_none_or(|before| !before.fresh));
        self.make_room();
        true
    }

    /// TOP was refused, or never sent.
    pub(crate) fn give_up(&mut self, number: u32, refused: bool) {
        self.asked.remove(&number);
        if refused {
            self.refused.insert(number);
        }
    }

    /// The server refuses TOP as such, not for a message that does not exist.
    pub(crate) fn never_comes(&mut self, exists: impl Fn(u32) -> bool, messages: usize) -> bool {
        self.refused.retain(|number| exists(*number));
        !self.any_came && messages > 0 && self.refused.len() >= REFUSALS.min(messages)
    }

    /// The line is gone, and with it what was on its way.
    pub(crate) fn line_gone(&mut self) {
        self.asked.clear();
        self.partial = None;
    }

    fn make_room(&mut self) {
        if self.kept.len() <= MOST {
            return;
        }
        let mut ages: Vec<(u64, u32)> = self.kept.iter().map(|(number, kept)| (kept.shown, *number)).collect();
        ages.select_nth_unstable(AT_ONCE - 1);
        for (_, number) in &ages[..AT_ONCE] {
            if self.kept.remove(number).is_some_and(|kept| kept.fresh) {
                self.fresh -= 1;
            }
        }
    }

    /// The summaries of which nothing is remembered yet.
    pub(crate) fn take_fresh(&mut self) -> Vec<(u32, Summary)> {
        self.fresh = 0;
        let fresh = |(number, kept): (&u32, &mut Kept)| {
            std::mem::take(&mut kept.fresh).then(|| (*number, kept.summary.clone()))
        };
        self.kept.iter_mut().filter_map(fresh).collect()
    }

    pub(crate) fn has_fresh(&self) -> bool {
        self.fresh > 0
    }

    /// All that are here, by number.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &Summary)> {
        self.kept.iter().map(|(number, kept)| (*number, &kept.summary))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn come(shelf: &mut Shelf, number: u32) {
        shelf.ask(number);
        shelf.piece(number, format!("Subject: {number}\r\n\r\n").as_bytes());
        shelf.end(number, true);
    }

    #[test]
    fn what_was_not_shown_for_longest_goes_first() {
        let mut shelf = Shelf::default();
        for number in 1..=MOST as u32 {
            come(&mut shelf, number);
        }
        shelf.show(1);
        come(&mut shelf, 999_999);
        assert!(shelf.len() <= MOST);
        assert!(shelf.get(1).is_some() && shelf.get(999_999).is_some());
        assert!(shelf.get(2).is_none());
        assert_eq!(shelf.take_fresh().len(), shelf.len());
        assert!(!shelf.has_fresh());
    }

    #[test]
    fn a_torso_of_headers_is_no_summary() {
        let mut shelf = Shelf::default();
        shelf.ask(1);
        shelf.piece(1, b"Subject: x\r\n");
        assert!(!shelf.end(1, false));
        assert!(shelf.get(1).is_none() && !shelf.is_settled(1));
    }

    #[test]
    fn headers_without_end_are_kept_up_to_a_cap() {
        let mut shelf = Shelf::default();
        for _ in 0..5 {
            shelf.piece(1, &vec![b'x'; HEADERS / 2]);
        }
        assert_eq!(shelf.partial.as_ref().unwrap().1.len(), HEADERS);
    }

    #[test]
    fn a_server_that_only_refuses_is_one_without_top() {
        let mut shelf = Shelf::default();
        for number in [1_000_000, 999_999, 999_998] {
            shelf.give_up(number, true);
        }
        assert!(!shelf.never_comes(|number| number <= 5, 5), "STAT lied: there are no such messages");
        (1..=3).for_each(|number| shelf.give_up(number, true));
        assert!(shelf.never_comes(|number| number <= 5, 5));
        come(&mut shelf, 4);
        assert!(!shelf.never_comes(|_| true, 5));
    }
}
