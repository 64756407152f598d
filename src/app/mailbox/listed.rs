//! What STAT, LIST and UIDL change, and what their end says.

use super::{Listing, Mailbox, Outcome, Said, Session};
use crate::pop3::{Maildrop, Verb};

impl Mailbox {
    pub(super) fn counted(&mut self, maildrop: Maildrop) {
        self.keeping_place(|mailbox| {
            mailbox.rows.announce(maildrop);
            mailbox.session = Session::Open;
        });
        if self.listing == Listing::Stat {
            self.listing = Listing::Due(usize::MAX);
        }
    }

    /// Does something that may change how many rows there are: the selected message stays selected.
    pub(super) fn keeping_place(&mut self, change: impl FnOnce(&mut Self)) {
        let (before, here) = (self.rows.count(), self.number_at(self.selected).filter(|_| self.selected > 0));
        change(self);
        if self.rows.count() == before || self.view.is_some() {
            return;
        }
        if let Some(at) = here.and_then(|number| self.place_of(number)) {
            self.top = at.saturating_sub(self.selected.saturating_sub(self.top));
            self.selected = at;
        }
    }

    pub(super) fn listing_end(&mut self, verb: Verb, bad: u32) -> Outcome {
        let mut said = None;
        if verb == Verb::Uidl {
            said = self.rows.identified(bad);
            self.listing_done();
        } else {
            self.keeping_place(|mailbox| said = mailbox.rows.listed(bad));
            self.arrange();
            if self.fetch.is_some() {
                self.fetch_if_needed();
            }
            self.look_for_top();
        }
        said.map_or_else(Outcome::default, |text| Outcome::say(Said::Warning(text)))
    }

    /// UIDL came, or never will.
    pub(super) fn listing_done(&mut self) {
        if self.listing != Listing::Unasked {
            self.listing = Listing::Done;
        }
        self.compare_with_seen();
        self.find_place();
        self.arrange();
    }
}
