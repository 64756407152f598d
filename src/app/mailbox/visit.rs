//! What outlives a session: the place one was at, found again by unique-id, and what the ledger remembers of a maildrop.

use std::collections::{HashMap, HashSet};

use super::filter::Filter;
use super::order::Order;
use super::{Listing, Mailbox, Session};
use crate::ledger::{Maildrop, Remembered, Visit};
use crate::mail::Summary;

/// The memory of a maildrop during a session.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// Which one; `None`: nothing of it is remembered.
    maildrop: Option<Maildrop>,
    /// What was seen before, until the unique-ids of this session are known.
    seen: Option<HashSet<Box<str>>>,
    headers: HashMap<Box<str>, Summary>,
    /// The listing of this session was passed on to be remembered.
    told: bool,
}

/// Where one was, to be there again in the next session.
#[derive(Debug, Default)]
pub(crate) struct Place {
    selected: Option<Box<str>>,
    /// Line of the screen it stood on.
    line: usize,
    order: Order,
    filter: Option<Filter>,
    chosen: HashSet<Box<str>>,
}

impl Memory {
    pub(crate) fn header(&self, uid: &str) -> Option<&Summary> {
        self.headers.get(uid)
    }

    /// Headers may come out of it, once the unique-ids are known.
    pub(crate) fn has_headers(&self) -> bool {
        !self.headers.is_empty()
    }
}

impl Mailbox {
    /// This session is of that maildrop, and what is seen in it is to be remembered.
    pub(crate) fn of_maildrop(&mut self, maildrop: Maildrop) {
        self.memory = Memory { maildrop: Some(maildrop), ..Memory::default() };
    }

    /// Takes in what was remembered. Whether it was of this maildrop.
    pub(crate) fn recalled(&mut self, maildrop: &Maildrop, remembered: Remembered) -> bool {
        if self.memory.maildrop.as_ref() != Some(maildrop) {
            return false;
        }
        let Remembered { seen, headers, visited } = remembered;
        self.memory.seen = visited.then_some(seen);
        self.memory.headers = headers;
        if self.rows.uidl_is_done() {
            self.compare_with_seen();
            self.arrange();
        }
        true
    }

    /// New is what was not there at an earlier visit.
    pub(super) fn compare_with_seen(&mut self) {
        let Some(seen) = self.memory.seen.take() else { return };
        for number in 1..=self.rows.last() {
            let new = self.rows.uid(number).is_some_and(|uid| !seen.contains(uid));
            self.new.put(number, new);
        }
    }

    /// What is to be remembered now: once the listing is whole and the headers that were asked for are here, and at
    /// the `end` of the session what came since.
    pub(crate) fn due_visit(&mut self, end: bool) -> Option<(Maildrop, Box<Visit>)> {
        let settled = self.listing == Listing::Done && self.shelf.outstanding() == 0 && self.fetch.is_none();
        let due = if end { !self.memory.told || self.shelf.has_fresh() } else { settled && !self.memory.told };
        if !due || !self.rows.uidl_is_done() {
            return None;
        }
        let maildrop = self.memory.maildrop.clone()?;
        self.memory.told = true;
        let listed = (1..=self.rows.last()).filter_map(|number| Some(self.rows.uid(number)?.into())).collect();
        let fresh = self.shelf.take_fresh();
        let headers =
            fresh.into_iter().filter_map(|(number, summary)| Some((self.rows.uid(number)?.into(), summary))).collect();
        Some((maildrop, Box::new(Visit { listed, complete: true, headers })))
    }

    /// Notes where one is, for the next session.
    pub(super) fn keep_place(&mut self) {
        if self.rows.count() == 0 || !self.rows.uidl_is_done() {
            return;
        }
        let uid = |number: u32| self.rows.uid(number).map(Box::from);
        self.place = Some(Place {
            selected: self.number_at(self.selected).filter(|_| self.selected > 0).and_then(uid),
            line: self.selected.saturating_sub(self.top),
            order: self.order,
            filter: self.filter.clone(),
            chosen: self.chosen.iter().filter_map(uid).collect(),
        });
    }

    /// Goes where one was in the session before, as far as the same unique-ids are there again.
    pub(super) fn find_place(&mut self) {
        let Some(place) = self.place.take() else { return };
        if self.session == Session::Closed {
            return;
        }
        let untouched = !std::mem::take(&mut self.moved);
        let mut at = None;
        for number in 1..=self.rows.last() {
            let Some(uid) = self.rows.uid(number) else { continue };
            if place.chosen.contains(uid) {
                self.chosen.put(number, true);
            }
            if place.selected.as_deref() == Some(uid) {
                at = Some(number);
            }
        }
        self.arrange_after(|mailbox| {
            if mailbox.order == Order::default() && mailbox.filter.is_none() {
                (mailbox.order, mailbox.filter) = (place.order, place.filter);
            }
        });
        self.fetch_if_needed();
        if let Some(at) = at.filter(|_| untouched).and_then(|number| self.place_of(number)) {
            (self.selected, self.top) = (at, at.saturating_sub(place.line));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::order::Key;
    use super::super::tests::{headers, open};
    use super::*;
    use crate::pop3::{Ending, Notice, UniqueId, Verb, Verdict};

    fn maildrop() -> Maildrop {
        Maildrop { user: "ada".to_owned(), host: "pop.example".to_owned(), port: 110 }
    }

    fn list(mailbox: &mut Mailbox, ids: &[&str]) {
        mailbox.begin_listing();
        mailbox.notice(Notice::Scans(
            (1..=ids.len() as u32).map(|number| crate::pop3::Scan { number, octets: 9 }).collect(),
        ));
        mailbox.notice(Notice::ListingEnd { verb: Verb::List, complete: true, bad: 0 });
        let ids = (1..).zip(ids).map(|(number, id)| UniqueId { number, id: (*id).to_owned(), valid: true });
        mailbox.notice(Notice::UniqueIds(ids.collect()));
        mailbox.notice(Notice::ListingEnd { verb: Verb::Uidl, complete: true, bad: 0 });
    }

    fn again(mailbox: &mut Mailbox, ids: &[&str]) {
        mailbox.notice(Notice::Ended(Ending { marks: vec![], verdict: Verdict::Kept, response: None }));
        mailbox.begin();
        list(mailbox, ids);
    }

    #[test]
    fn the_place_is_found_again_by_unique_id_even_when_numbers_are_shuffled() {
        let mut mailbox = open(0);
        list(&mut mailbox, &["a", "b", "c", "d", "e"]);
        mailbox.sort_by(Order { key: Key::Size, reversed: false });
        mailbox.select(2, 3);
        mailbox.chosen.put(1, true);
        mailbox.chosen.put(3, true);
        assert_eq!(mailbox.selected_row().unwrap().uid, Some("c"));
        again(&mut mailbox, &["e", "c", "b", "f"]);
        assert_eq!(mailbox.selected_row().unwrap().uid, Some("c"));
        assert_eq!(mailbox.chosen.iter().collect::<Vec<_>>(), [2], "a is gone, c is another number");
        assert_eq!(mailbox.order.key, Key::Size);
        again(&mut mailbox, &["x"]);
        assert_eq!((mailbox.selected, mailbox.chosen.count()), (0, 0));
    }

    #[test]
    fn new_is_what_an_earlier_visit_did_not_list() {
        for (visited, recalled_first, new) in [(true, true, &[2][..]), (true, false, &[2]), (false, true, &[])] {
            let mut mailbox = open(0);
            mailbox.of_maildrop(maildrop());
            let remembered = || Remembered {
                seen: ["a", "c"].into_iter().map(Box::from).collect(),
                headers: HashMap::default(),
                visited,
            };
            if recalled_first {
                assert!(mailbox.recalled(&maildrop(), remembered()));
            }
            list(&mut mailbox, &["a", "b", "c"]);
            if !recalled_first {
                assert!(mailbox.recalled(&maildrop(), remembered()));
            }
            assert_eq!(mailbox.new.iter().collect::<Vec<_>>(), new);
        }
    }

    #[test]
    fn remembered_headers_are_shown_and_not_asked_for() {
        let mut mailbox = open(0);
        mailbox.of_maildrop(maildrop());
        let summary = Summary { subject: "kept".to_owned(), ..Summary::default() };
        let headers = HashMap::from([(Box::from("b"), summary)]);
        mailbox.recalled(&maildrop(), Remembered { headers, visited: true, ..Remembered::default() });
        list(&mut mailbox, &["a", "b", "b"]);
        assert!(mailbox.summary(2).is_none(), "a unique-id given twice names nothing");
        let mut mailbox = Mailbox { memory: mailbox.memory, session: Session::Open, ..Mailbox::default() };
        list(&mut mailbox, &["a", "b"]);
        assert_eq!(mailbox.summary(2).unwrap().subject, "kept");
        let asked = super::super::tests::lines(&mailbox.next_commands(10, super::super::Gives::default()));
        assert_eq!(asked, ["TOP 1 0"]);
    }

    #[test]
    fn another_maildrop_is_not_mixed_in() {
        let mut mailbox = open(1);
        mailbox.of_maildrop(maildrop());
        assert!(!mailbox.recalled(&Maildrop { user: "bob".to_owned(), ..maildrop() }, Remembered::default()));
        let mut nobodys = open(1);
        assert!(!nobodys.recalled(&maildrop(), Remembered::default()));
    }

    #[test]
    fn a_visit_is_remembered_once_whole_and_again_at_the_end_with_what_came_since() {
        let mut mailbox = open(0);
        mailbox.of_maildrop(maildrop());
        assert!(mailbox.due_visit(false).is_none() && mailbox.due_visit(true).is_none(), "nothing is listed");
        list(&mut mailbox, &["a", "b"]);
        let (_, visit) = mailbox.due_visit(false).unwrap();
        assert_eq!((visit.listed.len(), visit.complete, visit.headers.len()), (2, true, 0));
        assert!(mailbox.due_visit(false).is_none() && mailbox.due_visit(true).is_none());
        headers(&mut mailbox, 2, "Subject: x\r\n");
        let (_, visit) = mailbox.due_visit(true).unwrap();
        assert_eq!(visit.headers.len(), 1);
        assert_eq!(&*visit.headers[0].0, "b");
    }
}
