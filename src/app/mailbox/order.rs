//! In which order rows are shown: an index of message numbers, and none at all for the order by number.

use std::cmp::Reverse;

use super::Mailbox;

/// What rows are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Key {
    #[default]
    Number,
    Flags,
    Size,
    Date,
    From,
    Subject,
}

impl Key {
    pub(crate) const ALL: [Self; 6] = [Self::Number, Self::Flags, Self::Size, Self::Date, Self::From, Self::Subject];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Flags => "flags",
            Self::Size => "size",
            Self::Date => "date",
            Self::From => "from",
            Self::Subject => "subject",
        }
    }

    /// It is known of messages whose headers are here only.
    pub(crate) fn needs_headers(self) -> bool {
        matches!(self, Self::Date | Self::From | Self::Subject)
    }
}

/// The order: newest, largest, flagged first, names from A; or the other way round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) key: Key,
    pub(crate) reversed: bool,
}

impl Order {
    /// The order after this key was chosen: choosing the same again reverses.
    pub(crate) fn chosen(self, key: Key) -> Self {
        Self { key, reversed: key == self.key && !self.reversed }
    }
}

impl Mailbox {
    /// Rows shown.
    pub(crate) fn len(&self) -> usize {
        self.view.as_ref().map_or_else(|| self.rows.count(), Vec::len)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of the message at a place of the list as shown.
    pub(crate) fn number_at(&self, index: usize) -> Option<u32> {
        match &self.view {
            Some(view) => view.get(index).copied(),
            None if index >= self.rows.count() => None,
            None => {
                let index = u32::try_from(index).ok()?;
                if self.order.reversed { Some(index + 1) } else { self.rows.last().checked_sub(index) }
            }
        }
    }

    /// The place of a message in the list as shown.
    pub(crate) fn place_of(&self, number: u32) -> Option<usize> {
        match &self.view {
            Some(view) => view.iter().position(|shown| *shown == number),
            None if !self.rows.exists(number) => None,
            None if self.order.reversed => Some(number as usize - 1),
            None => Some((self.rows.last() - number) as usize),
        }
    }

    /// Sorts and filters anew; the selected message stays selected, on the same line of the screen.
    pub(crate) fn arrange(&mut self) {
        self.arrange_after(|_| {});
    }

    /// The same in another order. Who is at the top stays there.
    pub(crate) fn sort_by(&mut self, order: Order) {
        let at_the_top = self.selected == 0;
        self.arrange_after(|mailbox| mailbox.order = order);
        if at_the_top {
            (self.selected, self.top) = (0, 0);
        }
    }

    /// The same after a change that may make places of the list mean other messages.
    pub(super) fn arrange_after(&mut self, change: impl FnOnce(&mut Self)) {
        let (here, line) = (self.number_at(self.selected), self.selected.saturating_sub(self.top));
        change(self);
        self.view = self.made_view();
        self.unsorted = 0;
        if let Some(at) = here.and_then(|number| self.place_of(number)) {
            (self.selected, self.top) = (at, at.saturating_sub(line));
        }
        let last = self.len().saturating_sub(1);
        (self.selected, self.top) = (self.selected.min(last), self.top.min(last));
    }

    fn made_view(&self) -> Option<Vec<u32>> {
        if self.order.key == Key::Number && self.filter.is_none() && !self.rows.has_holes() {
            return None;
        }
        let shown = |number: &u32| self.rows.exists(*number) && self.passes(*number);
        let mut view: Vec<u32> = (1..=self.rows.last()).rev().filter(shown).collect();
        view.shrink_to_fit();
        self.sort(&mut view);
        Some(view)
    }

    /// Sorts numbers that stand newest first. What has no headers stays behind what has, newest first.
    fn sort(&self, view: &mut [u32]) {
        match self.order.key {
            Key::Number => self.turn(view),
            Key::Size => {
                view.sort_by_key(|number| Reverse(self.rows.size(*number)));
                self.turn(view);
            }
            Key::Flags => {
                view.sort_by_cached_key(|number| Reverse(self.flag_rank(*number)));
                self.turn(view);
            }
            Key::Date | Key::From | Key::Subject => {
                let (mut known, unknown): (Vec<u32>, Vec<u32>) =
                    view.iter().partition(|number| self.summary(**number).is_some());
                self.sort_known(&mut known);
                view[..known.len()].copy_from_slice(&known);
                view[known.len()..].copy_from_slice(&unknown);
            }
        }
    }

    fn sort_known(&self, known: &mut [u32]) {
        let folded = |text: &str| super::filter::folded(text);
        match self.order.key {
            Key::Date => known.sort_by_cached_key(|number| Reverse(self.summary(*number).and_then(|it| it.date))),
            Key::From => known.sort_by_cached_key(|number| self.summary(*number).map(|it| folded(&it.from))),
            _ => known.sort_by_cached_key(|number| self.summary(*number).map(|it| folded(bare(&it.subject)))),
        }
        self.turn(known);
    }

    fn turn(&self, view: &mut [u32]) {
        if self.order.reversed {
            view.reverse();
        }
    }

    fn flag_rank(&self, number: u32) -> u8 {
        let summary = self.summary(number);
        u8::from(self.marked.has(number)) << 4
            | u8::from(self.chosen.has(number)) << 3
            | u8::from(self.new.has(number)) << 2
            | u8::from(summary.is_some_and(|summary| summary.damaged)) << 1
            | u8::from(summary.is_some_and(|summary| summary.attachment))
    }
}

/// The subject without what replies put before it.
fn bare(subject: &str) -> &str {
    let mut rest = subject.trim_start();
    while let Some((before, after)) = rest.split_once(':') {
        if !["re", "fwd", "fw", "aw", "wg"].iter().any(|word| before.eq_ignore_ascii_case(word)) {
            break;
        }
        rest = after.trim_start();
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::super::tests::{headers, open};
    use super::*;
    use crate::pop3::{Notice, Scan};

    fn shown(mailbox: &Mailbox) -> Vec<u32> {
        (0..mailbox.len()).filter_map(|index| mailbox.number_at(index)).collect()
    }

    #[test]
    fn the_same_key_again_reverses() {
        let by_size = Order::default().chosen(Key::Size);
        assert!(!by_size.reversed && by_size.chosen(Key::Size).reversed);
        assert!(!by_size.chosen(Key::Size).chosen(Key::Size).reversed);
        assert!(Order::default().chosen(Key::Number).reversed, "by number is how it begins");
    }

    #[test]
    fn every_key_sorts_and_what_is_not_known_stays_behind() {
        let mut mailbox = open(4);
        let sizes = [30, 10, 40, 20];
        mailbox.notice(Notice::Scans((1..).zip(sizes).map(|(number, octets)| Scan { number, octets }).collect()));
        headers(&mut mailbox, 1, "From: bob\r\nSubject: Re: cats\r\nDate: Mon, 02 Nov 2026 10:00:00 +0000\r\n");
        headers(&mut mailbox, 2, "From: Ada\r\nSubject: dogs\r\nDate: Mon, 02 Nov 2026 12:00:00 +0000\r\n");
        headers(&mut mailbox, 4, "From: Zoe\r\nSubject: Apes\r\nDate: Mon, 02 Nov 2026 11:00:00 +0000\r\n");
        mailbox.notice(Notice::Marked(2));
        for (key, there, back) in [
            (Key::Number, [4, 3, 2, 1], [1, 2, 3, 4]),
            (Key::Size, [3, 1, 4, 2], [2, 4, 1, 3]),
            (Key::Flags, [2, 4, 3, 1], [1, 3, 4, 2]),
            (Key::Date, [2, 4, 1, 3], [1, 4, 2, 3]),
            (Key::From, [2, 1, 4, 3], [4, 1, 2, 3]),
            (Key::Subject, [4, 1, 2, 3], [2, 1, 4, 3]),
        ] {
            for (reversed, order) in [(false, there), (true, back)] {
                mailbox.sort_by(Order { key, reversed });
                assert_eq!(shown(&mailbox), order, "{key:?} {reversed}");
                for (index, number) in order.into_iter().enumerate() {
                    assert_eq!(mailbox.place_of(number), Some(index), "{key:?} {reversed}");
                }
            }
        }
    }

    #[test]
    fn sorting_keeps_the_selected_message_selected() {
        let mut mailbox = open(50);
        mailbox.select(20, 10);
        let (number, line) = (mailbox.selected_row().unwrap().number, mailbox.selected - mailbox.top);
        mailbox.sort_by(Order { key: Key::Number, reversed: true });
        assert_eq!(mailbox.selected_row().unwrap().number, number);
        assert_eq!(mailbox.selected - mailbox.top, line);
    }
}
