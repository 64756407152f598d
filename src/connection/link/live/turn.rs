//! One turn of the engine: everything it asks for is done, and the body it wants is fed to it.

use std::time::Instant;

use super::{FULL, Live};
use crate::connection::conversation::{Conversation, Sign};
use crate::connection::outbox::Outbox;
use crate::connection::{Failure, LinkEvent, Report};
use crate::wire::{Chunk, ChunkKind, Output};

/// Octets of the line that ends a body.
const FINAL_DOT: u64 = 3;

/// How the line in front of a chunk begins.
const BDAT: &[u8] = b"BDAT ";

impl<E: Conversation> Live<E> {
    /// Drains the engine and feeds it the body it asks for, until it waits for something.
    pub(super) fn advance(&mut self, now: Instant, outbox: &mut Outbox) {
        self.drain(now, outbox);
        while self.feed(now) {
            self.drain(now, outbox);
        }
    }

    /// Does everything the engine asks for.
    pub(super) fn drain(&mut self, now: Instant, outbox: &mut Outbox) {
        let mut chunks_came = false;
        while let Some(output) = self.engine.poll() {
            match output {
                Output::Transmit(chunk) => self.transmit(chunk, now, outbox),
                Output::Received(chunk) => {
                    chunks_came = true;
                    self.recorder.received(&chunk, now, outbox);
                }
                Output::Notify(notice) => self.notice(notice, now, outbox),
                Output::WantBody(most) => self.wanted = Some(most),
                Output::StartTls => self.start_tls(now),
                Output::Close => {
                    self.wanted = None;
                    self.ending.close(self.deaf.is_some(), now);
                }
            }
        }
        if self.bodies.typed() > 0 {
            self.bodies.keep_typed(self.engine.typed_bodies());
        }
        self.recorder.settle(self.engine.pending().len(), chunks_came, now, outbox);
    }

    /// The body of the mail under way cannot be had: the mail must not be completed.
    pub(super) fn body_failed(&mut self, failure: Failure, now: Instant) {
        self.wanted = None;
        self.ending.fail(failure);
        self.engine.body_failed(now);
    }

    /// Whether more of a body finds room on its way out.
    pub(super) fn takes_body(&self) -> bool {
        self.wanted.is_some() && self.outgoing.len() < FULL && self.deaf.is_none() && self.ending.is_far()
    }

    pub(super) fn report(&self, event: LinkEvent, outbox: &mut Outbox) {
        outbox.push(Report::Link { side: E::SIDE, link: self.number, event });
    }

    /// Gives the engine a piece of the body it asked for. False when there is nothing to give or to ask.
    fn feed(&mut self, now: Instant) -> bool {
        if !self.takes_body() {
            return false;
        }
        let Some(id) = self.engine.body_of() else {
            // It was refused since.
            self.wanted = None;
            return false;
        };
        let Some(source) = self.bodies.of(id) else {
            self.body_failed(Failure::missing_body(&self.at), now);
            return true;
        };
        let Some(piece) = self.wanted.and_then(|most| source.piece(most)) else { return false };
        self.wanted = None;
        self.engine.body(piece.bytes, piece.last, now);
        true
    }

    fn transmit(&mut self, chunk: Chunk, now: Instant, outbox: &mut Outbox) {
        self.recorder.sent(&chunk, now, outbox);
        let from = self.outgoing.queued();
        let end = from + chunk.bytes.len() as u64;
        match chunk.kind {
            ChunkKind::Body => self.meter.queued(from, end, false, now),
            ChunkKind::BodyEnd => self.meter.queued(from, end.saturating_sub(FINAL_DOT).max(from), true, now),
            // A body may go in several stretches, with BDAT between them.
            ChunkKind::Command if chunk.bytes.starts_with(BDAT) => {}
            ChunkKind::Command | ChunkKind::Reply { .. } | ChunkKind::Stray => self.meter.begin(),
        }
        self.outgoing.push(chunk.bytes, !chunk.secrets.is_empty());
    }

    fn notice(&mut self, notice: E::Notice, now: Instant, outbox: &mut Outbox) {
        match E::sign(&notice) {
            Sign::Other => {}
            Sign::Refused => self.ending.refused(),
            Sign::MailDone(id) => self.bodies.done(id),
            Sign::Broken(violation) => self.ending.fail(Failure::protocol(&self.at, &violation)),
            Sign::Tampered(words) => self.ending.fail(Failure::tampered(&self.at, &words)),
            Sign::WrongService("TLS", _) => self.ending.fail(Failure::speaks_tls(&self.at)),
            Sign::WrongService(_, words) => self.ending.fail(Failure::wrong_service(&self.at, &words)),
            Sign::Tell(words) => self.recorder.event(words, now, outbox),
            Sign::Complain(words) => self.recorder.error(words, now, outbox),
            Sign::TimedOut(wait) => self.ending.fail(Failure::timed_out(&self.at, wait)),
            // Not the server closed it, we did.
            Sign::Closed { .. } if self.ending.is_dropped() => return,
            Sign::Closed { clean } => self.ending.server_closed(clean),
        }
        outbox.push(E::report(self.number, notice));
    }
}
