//! When a line stops waiting, and what it does then.

use std::time::Instant;

use super::Live;
use crate::connection::Failure;
use crate::connection::conversation::Conversation;
use crate::connection::outbox::Outbox;

impl<E: Conversation> Live<E> {
    /// When the wait ends by itself, if it does. `room`: as for [`Self::wait`].
    pub fn clock(&self, room: bool) -> Option<Instant> {
        // As long as we do not read, a missing reply is not the server's fault.
        let counts = room && self.ending.is_far() && !self.sounding.is_asking();
        let deadlines = if counts { [self.engine.deadline(), self.sounding.clock()] } else { [None; 2] };
        deadlines.into_iter().chain([self.ending.grace()]).flatten().min()
    }

    pub(super) fn clock_rang(&mut self, now: Instant, outbox: &mut Outbox) {
        if self.ending.grace().is_none_or(|grace| now < grace) {
            self.waited(now, outbox);
        } else if self.ending.is_far() {
            self.ended(None, now, outbox);
        } else {
            self.ending.over();
        }
    }

    /// The engine's time is up, or it is time to ask a silent port for TLS.
    fn waited(&mut self, now: Instant, outbox: &mut Outbox) {
        let late = self.engine.deadline().is_some_and(|deadline| deadline <= now);
        if self.sounding.ask(late, now) {
            self.recorder.event("no greeting so far: asking whether the port speaks TLS", now, outbox);
        } else {
            self.engine.timeout(now);
        }
    }

    /// The silent port answered, or did not.
    pub(super) fn sounded(&mut self, speaks_tls: bool, now: Instant) {
        self.sounding.stop();
        if speaks_tls && self.ending.is_far() {
            self.give_up(Failure::speaks_tls(&self.at), now);
        }
    }
}
