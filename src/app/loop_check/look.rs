//! One look of the watch: whether the mail is among the newest messages of a listing, by the headers that TOP gave, or
//! without TOP by fetching what is new.

use std::time::{Duration, Instant};

use super::{Step, Watch};
use crate::app::App;
use crate::app::mailbox::{Headers, Session};
use crate::pop3::Command;
use crate::wire::Side;

/// The newest messages that are looked at.
const NEWEST: usize = 50;
/// A listing that takes longer has not come to its end.
pub(super) const LISTING: Duration = Duration::from_secs(30);

/// What the listing says so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Here(u32),
    /// Not among the newest.
    Not,
    /// The server gives no headers.
    Unknown,
    /// Rows or headers are still to come.
    NotYet,
}

impl App {
    /// Looks at the listing that stands, or waits for one.
    pub(super) fn look(&mut self, watch: &mut Watch, since: Instant) -> bool {
        let now = self.now.instant;
        if self.mailbox.reopen || self.dialog.is_some() || self.fetching_since().is_some() {
            return true;
        }
        if self.mailbox.session != Session::Open {
            let coming = self.mailbox.session == Session::Opening && self.links.of(Side::Pop3).is_up();
            if coming && now < since + LISTING {
                return true;
            }
            if self.account.password.is_none() && !self.account.needs_no_secret() {
                self.warn("the watch for the mail ends: the mailbox is not open");
                return false;
            }
            return watch.wait(now);
        }
        match self.found(&watch.sent.message_id) {
            Found::Here(number) => self.fetch_found(watch, number),
            Found::Unknown => self.fetch_newest(watch, since),
            Found::NotYet if now < since + LISTING => {
                self.ask_for_headers();
                true
            }
            Found::Not | Found::NotYet => watch.wait(now),
        }
    }

    fn found(&self, message_id: &str) -> Found {
        let marked = |number| self.mailbox.row(number).marked;
        if let Some(number) = self.mailbox.find_message_id(message_id).filter(|number| !marked(*number)) {
            return Found::Here(number);
        }
        if !self.mailbox.is_confirmed() {
            return Found::NotYet;
        }
        let newest = || self.mailbox.newest(NEWEST).map(|number| self.mailbox.row(number).headers);
        let top = self.links.pop3_capabilities.as_ref().is_none_or(|capabilities| capabilities.top);
        if newest().next().is_some() && (!top || newest().all(|headers| headers == Headers::Refused)) {
            return Found::Unknown;
        }
        let settled = newest().all(|headers| matches!(headers, Headers::Here | Headers::Refused));
        if settled { Found::Not } else { Found::NotYet }
    }

    /// TOP for the newest rows, which may be off the screen.
    fn ask_for_headers(&mut self) {
        if !self.mailbox.is_confirmed() {
            return;
        }
        for line in self.mailbox.ask_for_newest(NEWEST) {
            self.submit_pop3(Command::Line(line));
        }
    }

    /// RETR for the message; where reading deletes, the person is told to do it.
    fn fetch_found(&mut self, watch: &mut Watch, number: u32) -> bool {
        watch.step = Step::Open { number, found: self.now.instant };
        if self.deletes_what_is_read() {
            self.warn(format!(
                "the mail is there as message {number}, but this server deletes what was read (EXPIRE 0): \
                 open it (Enter), and it is compared"
            ));
        } else {
            let line = self.mailbox.open_number(number);
            self.submit_pop3(Command::Line(line));
        }
        true
    }

    /// Without headers only what is fetched can be looked at: the newest message, each once.
    fn fetch_newest(&mut self, watch: &mut Watch, since: Instant) -> bool {
        let newest = self.mailbox.newest(1).next();
        let Some(number) = newest else { return watch.wait(self.now.instant) };
        let uid = self.mailbox.row(number).uid.map(Box::<str>::from);
        match uid {
            Some(uid) if watch.in_vain.contains(&uid) => watch.wait(self.now.instant),
            Some(_) => self.fetch_found(watch, number),
            // UIDL may still be on its way.
            None if self.now.instant < since + LISTING => true,
            None => {
                self.warn("this server has neither TOP nor UIDL: a message cannot be found by its Message-ID");
                false
            }
        }
    }
}
