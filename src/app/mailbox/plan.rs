//! What is asked of the server next: headers of what is on screen first, then LIST and UIDL, then a little ahead, then
//! headers that sorting or filtering needs. Little is on its way at any time, so that scrolling on never waits.

use super::shelf::MOST;
use super::{Listing, Mailbox, Session};
use crate::pop3::{Line, Verb};

/// Commands unanswered where the server takes one at a time.
const LOCKSTEP: usize = 4;
/// Most commands unanswered where it takes many.
const PIPELINED: usize = 64;
/// Up to so many messages the headers wait for the unique-ids, as they may be remembered.
const WAITS_FOR_UIDL: usize = 5_000;

/// What the server announced, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gives {
    pub(crate) top: bool,
    pub(crate) pipelining: bool,
}

impl Default for Gives {
    /// A server that announces nothing: TOP is tried.
    fn default() -> Self {
        Self { top: true, pipelining: false }
    }
}

/// Headers that are fetched in the background, newest first.
#[derive(Debug)]
pub(crate) struct Fetch {
    /// The next number to look at, downwards.
    next: u32,
    /// How many may still be asked for.
    left: usize,
    /// How many were asked for.
    asked: usize,
}

impl Mailbox {
    /// Commands to send now. `page`: rows on screen.
    pub(crate) fn next_commands(&mut self, page: usize, gives: Gives) -> Vec<Line> {
        if self.session != Session::Open {
            return Vec::new();
        }
        let window = if gives.pipelining { PIPELINED } else { LOCKSTEP };
        let mut lines = self.next_marks(window);
        if gives.top && !self.no_top {
            let most = if gives.pipelining { page.clamp(LOCKSTEP, PIPELINED) } else { LOCKSTEP };
            self.tops_on_screen(page, most, &mut lines);
            if self.listing == Listing::Due(0) {
                self.ask_listing(&mut lines);
            }
            self.tops_ahead(page, most, &mut lines);
            self.tops_behind(most, &mut lines);
        } else {
            self.lacks_top();
            self.ask_listing(&mut lines);
        }
        self.end_fetch();
        lines
    }

    /// Headers may be asked for: rows exist, and those that are remembered are known not to be asked for.
    fn may_ask(&self) -> bool {
        let there = self.listing != Listing::Unasked || self.rows.is_listed();
        let remembered = self.memory.has_headers() && self.rows.count() <= WAITS_FOR_UIDL;
        there && !(remembered && matches!(self.listing, Listing::Due(_) | Listing::Asked))
    }

    fn ask_top(&mut self, number: u32, lines: &mut Vec<Line>) {
        self.shelf.ask(number);
        lines.push(Line::top(number, 0));
    }

    fn lacks_headers(&self, number: u32) -> bool {
        !self.shelf.is_settled(number) && !self.marked.has(number) && self.summary(number).is_none()
    }

    fn tops_on_screen(&mut self, page: usize, most: usize, lines: &mut Vec<Line>) {
        for index in self.top..self.top + page {
            let Some(number) = self.number_at(index) else { break };
            self.shelf.show(number);
            if self.shelf.outstanding() < most && self.may_ask() && self.lacks_headers(number) {
                self.ask_top(number, lines);
                if let Listing::Due(left) = &mut self.listing {
                    *left = left.saturating_sub(1);
                }
            }
        }
        let all_asked = self.shelf.outstanding() < most;
        if let Listing::Due(left) = &mut self.listing {
            *left = if all_asked { 0 } else { (*left).min(page) };
        }
    }

    /// LIST and UIDL, once the first screen is asked for.
    fn ask_listing(&mut self, lines: &mut Vec<Line>) {
        if matches!(self.listing, Listing::Due(_)) {
            self.listing = Listing::Asked;
            lines.extend([Line::bare(Verb::List), Line::bare(Verb::Uidl)]);
        }
    }

    /// Half a page on, in the direction of scrolling.
    fn tops_ahead(&mut self, page: usize, most: usize, lines: &mut Vec<Line>) {
        if !self.may_ask() || !self.rows.is_listed() {
            return;
        }
        let ahead = page / 2;
        let (from, to) = if self.upwards {
            (self.top.saturating_sub(ahead), self.top)
        } else {
            (self.top + page, self.top + page + ahead)
        };
        for index in from..to {
            let Some(number) = self.number_at(index) else { break };
            if self.shelf.outstanding() >= most {
                break;
            }
            if self.lacks_headers(number) {
                self.ask_top(number, lines);
            }
        }
    }

    fn tops_behind(&mut self, most: usize, lines: &mut Vec<Line>) {
        let listed = self.listing == Listing::Done || self.listing == Listing::Unasked && self.rows.is_listed();
        while listed && self.shelf.outstanding() < most {
            let Some(fetch) = self.fetch.as_mut().filter(|fetch| fetch.left > 0 && fetch.next > 0) else { break };
            let number = fetch.next;
            fetch.next -= 1;
            if self.rows.exists(number) && self.lacks_headers(number) && self.may_pass(number) {
                self.ask_top(number, lines);
                if let Some(fetch) = &mut self.fetch {
                    (fetch.left, fetch.asked) = (fetch.left - 1, fetch.asked + 1);
                }
            }
        }
    }

    /// The newest messages that are not marked, the newest first.
    pub(crate) fn newest(&self, most: usize) -> impl Iterator<Item = u32> + '_ {
        let kept = |number: &u32| self.rows.exists(*number) && !self.marked.has(*number);
        (1..=self.rows.last()).rev().filter(kept).take(most)
    }

    /// LIST came to its end: what it did not name does not exist.
    pub(crate) fn is_confirmed(&self) -> bool {
        self.rows.is_confirmed()
    }

    /// TOP for those of the newest messages that have no headers, wherever they stand in the list.
    pub(crate) fn ask_for_newest(&mut self, most: usize) -> Vec<Line> {
        let lacking: Vec<u32> = self.newest(most).filter(|number| self.lacks_headers(*number)).collect();
        let mut lines = Vec::new();
        for number in lacking {
            self.ask_top(number, &mut lines);
        }
        lines
    }

    /// Begins to fetch headers if the order or the filter needs them.
    pub(crate) fn fetch_if_needed(&mut self) {
        let needed = self.order.key.needs_headers() || self.filter.as_ref().is_some_and(super::Filter::needs_headers);
        let left = MOST.saturating_sub(self.shelf.len());
        self.fetch = needed.then(|| Fetch { next: self.rows.last(), left, asked: 0 });
    }

    /// Stops fetching in the background; what is here is sorted. Whether there was anything to stop.
    pub(crate) fn stop_fetching(&mut self) -> bool {
        let stopped = self.fetch.take().is_some();
        if stopped {
            self.arrange();
        }
        stopped
    }

    /// Headers asked for in the background so far, while that goes on.
    pub(crate) fn fetching(&self) -> Option<usize> {
        self.fetch.as_ref().map(|fetch| fetch.asked)
    }

    fn end_fetch(&mut self) {
        let over = |fetch: &Fetch| fetch.left == 0 || fetch.next == 0;
        let top_is_gone = self.no_top;
        let done = self.shelf.outstanding() == 0 && self.fetch.as_ref().is_some_and(over);
        if self.fetch.is_some() && (done || top_is_gone) {
            let asked = self.fetch.take().map_or(0, |fetch| fetch.asked);
            self.arrange();
            let missing = self.without_headers();
            if asked > 0 && missing > 0 {
                let here = self.rows.count() - missing;
                let what = if self.order.key.needs_headers() { "sorted" } else { "filtered" };
                self.news = Some(format!("{what} by the {here} headers that are here; {missing} have none"));
            }
        }
    }

    /// Messages whose headers are not here.
    pub(crate) fn without_headers(&self) -> usize {
        (1..=self.rows.last()).filter(|number| self.rows.exists(*number) && self.summary(*number).is_none()).count()
    }
}
