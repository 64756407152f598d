//! Deadlines: one at a time, for the response or body that is due next.
//!
//! A status line has the time of [`Timeouts::reply`](crate::wire::Timeouts) as a total, however it dribbles in. A
//! multi-line response has the same time for each block of [`BLOCK`] octets, as nobody knows how long it will be: the
//! deadline moves only when a whole block has arrived since it was last set. So a body of n octets ends within
//! (n / `BLOCK` + 1) times that wait, and one octet every half second does not hold the line. With the usual 60
//! seconds that asks for 68 octets a second.

use std::time::Instant;

use super::{Farewell, Session};
use crate::pop3::Verb;
use crate::wire::Wait;

/// Octets of a multi-line response that earn it a new deadline.
pub(super) const BLOCK: usize = 4 * 1024;

impl Session {
    /// Starts the wait for whatever is due next, if anything is.
    pub(super) fn rearm(&mut self, now: Instant) {
        let wait = if self.farewell == Farewell::Refused {
            Some((self.timeouts.quit, Wait::Quit))
        } else if self.reading.is_some() {
            Some((self.timeouts.reply, Wait::Body))
        } else {
            self.flights.front().map(|flight| match flight.verb {
                Verb::Quit => (self.timeouts.quit, Wait::Quit),
                _ => (self.timeouts.reply, Wait::Reply),
            })
        };
        self.deadline = wait.map(|(length, wait)| (now + length, wait));
    }
}
