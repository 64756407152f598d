//! Where one is in the list, and what is selected for what is done to many.

use super::{Mailbox, Row};
use crate::download::Wanted;

impl Mailbox {
    /// The row at a place of the list as shown.
    pub(crate) fn shown(&self, index: usize) -> Option<Row<'_>> {
        self.number_at(index).map(|number| self.row(number))
    }

    pub(crate) fn selected_row(&self) -> Option<Row<'_>> {
        self.shown(self.selected)
    }

    pub(crate) fn select(&mut self, index: usize, page: usize) {
        self.moved = true;
        self.selected = index.min(self.len().saturating_sub(1));
        self.keep_in_view(page);
    }

    pub(crate) fn keep_in_view(&mut self, page: usize) {
        let page = page.max(1);
        let before = self.top;
        if self.selected < self.top {
            self.top = self.selected;
        } else if self.selected >= self.top + page {
            self.top = self.selected + 1 - page;
        }
        // A list that became shorter still fills the page.
        self.top = self.top.min(self.len().saturating_sub(page));
        if self.top != before {
            self.upwards = self.top < before;
        }
    }

    /// Selects the row under the cursor, or lets it go; then goes one on.
    pub(crate) fn toggle(&mut self, page: usize) {
        let Some(number) = self.number_at(self.selected) else { return };
        let chosen = self.chosen.has(number);
        self.chosen.put(number, !chosen);
        self.select(self.selected + 1, page);
    }

    /// Selects every message that the filter shows, or none when all of them are. How many are selected then.
    pub(crate) fn toggle_all(&mut self) -> usize {
        let shown: Vec<u32> = (0..self.len()).filter_map(|index| self.number_at(index)).collect();
        let all = shown.iter().all(|number| self.chosen.has(*number));
        if all {
            self.chosen.clear();
        } else {
            for number in shown {
                self.chosen.put(number, true);
            }
        }
        self.chosen.count()
    }

    /// Numbers selected, ascending.
    pub(crate) fn selection(&self) -> impl Iterator<Item = u32> + '_ {
        self.chosen.iter().filter(|number| self.rows.exists(*number))
    }

    /// Lets the selection go. Whether there was one.
    pub(crate) fn let_go(&mut self) -> bool {
        let some = !self.chosen.is_empty();
        self.chosen.clear();
        some
    }

    /// How many of the selected messages the filter hides.
    pub(crate) fn hidden_selection(&self) -> usize {
        self.selection().filter(|number| !self.passes(*number)).count()
    }

    /// Goes to the message with this number, unique-id, or only start of one. Where it is, or why it is nowhere.
    pub(crate) fn find(&self, wanted: &str) -> Result<usize, String> {
        let wanted = wanted.trim().trim_start_matches('#');
        if wanted.is_empty() {
            return Err("write a number or a unique-id".to_owned());
        }
        let number = wanted.parse().ok().filter(|number| self.rows.exists(*number));
        let number = match number {
            Some(number) => number,
            None => self.by_uid(wanted)?,
        };
        self.place_of(number)
            .ok_or_else(|| format!("the filter hides message {number}: Esc in the list takes the filter away"))
    }

    fn by_uid(&self, wanted: &str) -> Result<u32, String> {
        let ids = || (1..=self.rows.last()).filter_map(|number| Some((number, self.rows.uid(number)?)));
        if let Some((number, _)) = ids().find(|(_, uid)| *uid == wanted) {
            return Ok(number);
        }
        let mut begun = ids().filter(|(_, uid)| uid.starts_with(wanted));
        match (begun.next(), begun.next()) {
            (Some((number, _)), None) => Ok(number),
            (Some(_), Some(_)) => Err("more than one unique-id starts like this".to_owned()),
            (None, _) => Err(format!("no message has this number or unique-id; there are {}", self.count())),
        }
    }

    /// The next message in the order shown, from this one on, that can be opened.
    pub(crate) fn neighbour(&self, number: u32, step: isize) -> Option<usize> {
        let mut index = self.place_of(number)?;
        loop {
            index = index.checked_add_signed(step)?;
            if !self.marked.has(self.number_at(index)?) {
                return Some(index);
            }
        }
    }

    /// What a download takes: the selected messages, or all; without the marked ones.
    pub(crate) fn wanted(&self) -> Vec<Wanted> {
        let wanted = |number: u32| Wanted {
            number,
            octets: self.rows.size(number),
            uid: self.rows.uid(number).filter(|_| self.rows.uidl_is_done()).map(Box::from),
        };
        let some = !self.chosen.is_empty();
        (1..=self.rows.last())
            .filter(|number| self.rows.exists(*number) && !self.marked.has(*number))
            .filter(|number| !some || self.chosen.has(*number))
            .map(wanted)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::order::{Key, Order};
    use super::super::tests::open;
    use super::*;
    use crate::pop3::{Notice, UniqueId, Verb};

    fn with_ids(ids: &[&str]) -> Mailbox {
        let mut mailbox = open(ids.len() as u32);
        let ids = (1..).zip(ids).map(|(number, id)| UniqueId { number, id: (*id).to_owned(), valid: true });
        mailbox.notice(Notice::UniqueIds(ids.collect()));
        mailbox.notice(Notice::ListingEnd { verb: Verb::Uidl, complete: true, bad: 0 });
        mailbox
    }

    #[test]
    fn the_last_row_stands_at_the_foot_of_a_full_page() {
        let mut mailbox = open(10);
        (mailbox.selected, mailbox.top) = (9, 9);
        mailbox.keep_in_view(4);
        assert_eq!((mailbox.selected, mailbox.top), (9, 6));
        mailbox.keep_in_view(20);
        assert_eq!(mailbox.top, 0);
    }

    #[test]
    fn selecting_goes_on_and_survives_sorting() {
        let mut mailbox = open(5);
        mailbox.toggle(3);
        mailbox.toggle(3);
        assert_eq!((mailbox.selection().collect::<Vec<_>>(), mailbox.selected), (vec![4, 5], 2));
        mailbox.sort_by(Order { key: Key::Number, reversed: true });
        assert_eq!(mailbox.selection().collect::<Vec<_>>(), [4, 5]);
        assert_eq!(mailbox.toggle_all(), 5);
        assert_eq!(mailbox.toggle_all(), 0);
    }

    #[test]
    fn a_jump_takes_a_number_or_a_unique_id() {
        let mailbox = with_ids(&["aa1", "ab2", "77"]);
        for (wanted, found) in [("1", Ok(2)), ("#3", Ok(0)), ("ab2", Ok(1)), ("ab", Ok(1)), ("77", Ok(0))] {
            assert_eq!(mailbox.find(wanted), found, "{wanted}");
        }
        for (wanted, why) in [("a", "more than one"), ("9", "no message"), ("", "write a number"), ("0", "no message")]
        {
            assert!(mailbox.find(wanted).unwrap_err().contains(why), "{wanted}");
        }
    }

    #[test]
    fn a_download_takes_the_selection_and_only_sure_unique_ids() {
        let mut mailbox = with_ids(&["a", "b", "b"]);
        mailbox.notice(Notice::Marked(1));
        let taken = |mailbox: &Mailbox| {
            mailbox.wanted().into_iter().map(|it| (it.number, it.uid.map(String::from))).collect::<Vec<_>>()
        };
        assert_eq!(taken(&mailbox), [(2, None), (3, None)]);
        mailbox.chosen.put(3, true);
        assert_eq!(taken(&mailbox), [(3, None)]);
        assert_eq!(taken(&with_ids(&["a"])), [(1, Some("a".to_owned()))]);
    }

    #[test]
    fn neighbours_follow_the_order_shown_and_leave_marked_ones_out() {
        let mut mailbox = open(4);
        mailbox.notice(Notice::Marked(3));
        assert_eq!(mailbox.neighbour(4, 1), Some(2));
        assert_eq!((mailbox.neighbour(4, -1), mailbox.neighbour(1, 1)), (None, None));
    }
}
