//! The handshake on a line that stands, and what TLS has to say of a line's end.

use std::io;
use std::time::Instant;

use super::Live;
use crate::connection::conversation::Conversation;
use crate::connection::outbox::Outbox;
use crate::connection::tls::{self, Shaken, Start};
use crate::connection::{Failure, LinkEvent};

impl<E: Conversation> Live<E> {
    /// The engine has its go-ahead. The stream goes into the handshake and comes back another.
    pub(super) fn start_tls(&mut self, now: Instant) {
        let Some(stream) = self.stream.take() else { return };
        if self.outgoing.is_empty() {
            self.handshake = Some(self.setup.handshake(stream, Start::GoAhead));
        } else {
            let what = "something was still to be sent in clear when TLS was to begin";
            self.give_up(Failure::tls(&self.at, what), now);
        }
    }

    pub(super) fn secured(&mut self, shaken: Shaken, now: Instant, outbox: &mut Outbox) {
        self.handshake = None;
        let Shaken { result, protection } = shaken;
        match result {
            Ok((stream, channel)) => {
                self.stream = Some(stream);
                self.recorder.tls_started();
                let rows = protection.as_deref().map(|protection| self.setup.rows(protection));
                for row in rows.into_iter().flatten() {
                    self.recorder.event(row, now, outbox);
                }
                self.show(protection, outbox);
                self.engine.tls_started(channel, now);
            }
            Err(failure) => {
                self.show(protection, outbox);
                self.give_up(failure, now);
            }
        }
    }

    /// Ends the line on our side, because of `failure`.
    pub(super) fn give_up(&mut self, failure: Failure, now: Instant) {
        self.ending.fail(failure);
        self.ending.dropped();
        self.engine.give_up(now);
    }

    /// Whether the line ended inside TLS without its goodbye, while there was something to come.
    pub(super) fn is_cut_short(&self, error: &io::Error) -> bool {
        let encrypted = self.stream.as_ref().is_some_and(crate::connection::stream::Stream::is_encrypted);
        encrypted && error.kind() == io::ErrorKind::UnexpectedEof
    }

    /// What the engine still waits for.
    pub(super) fn expects(&self) -> bool {
        !self.engine.is_idle() || self.engine.deadline().is_some() || !self.engine.pending().is_empty()
    }

    /// Why the line was lost.
    pub(super) fn lost(&self, error: &io::Error, expects: bool, refused: bool) -> Failure {
        if self.is_cut_short(error) {
            return if expects { Failure::truncated(&self.at) } else { Failure::closed_early(&self.at, refused) };
        }
        match tls::words_of_line(error, self.setup.shows_certificates()) {
            Some((why, advice)) => Failure::tls(&self.at, &why).with_advice(advice),
            None => Failure::lost(&self.at, error),
        }
    }

    fn show(&self, protection: Option<Box<crate::connection::Protection>>, outbox: &mut Outbox) {
        if let Some(protection) = protection {
            self.report(LinkEvent::Tls(protection), outbox);
        }
    }
}
