//! The steps of a planned mail as they go out and come back, and its body as it streams (RFC 5321 4.1.1.4, 4.5.2).

use std::time::Instant;

use super::delivery::{Delivery, Dot, Next, Step};
use super::{Asked, Session, Work};
use crate::smtp::{Notice, Reply, Verb};
use crate::wire::stuffing::Stuffer;
use crate::wire::{Chunk, ChunkKind, Output, Wait};

/// Octets of a body asked for at a time.
const BLOCK: usize = 64 * 1024;

impl Session {
    /// Sends what the mail needs next.
    pub(super) fn deliver(&mut self, mut delivery: Box<Delivery>, now: Instant) {
        let next = delivery.next();
        self.work = Some(Work::Delivery(delivery));
        match next {
            Next::Ask(lines) => {
                for (step, line) in lines {
                    self.send(line, Some(step), now);
                }
            }
            Next::Body => self.ask_for_body(Stuffer::default(), now),
            Next::EmptyDot => self.final_dot(b".\r\n".to_vec(), Dot::Empty, now),
            Next::Broken(violation) => self.broken(violation),
        }
    }

    /// A reply to a step of the mail under way. The last one that it needs ends it at once, so that nothing that comes
    /// behind can change its outcome.
    pub(super) fn delivered(&mut self, step: Step, reply: Reply) {
        let Some(Work::Delivery(mut delivery)) = self.work.take() else { return };
        let id = delivery.id();
        let noted = delivery.replied(step, reply.clone());
        if let Step::Rcpt(index) | Step::Dot(Some(index)) = step {
            self.notify(Notice::Recipient { id, index, reply });
        }
        let report = if noted.is_ok() && self.flight.is_empty() { delivery.concluded() } else { None };
        if let Some(report) = report {
            self.unclean |= !delivery.dot_left();
            return self.notify(Notice::MailDone(Box::new(report)));
        }
        self.work = Some(Work::Delivery(delivery));
        if let Err(violation) = noted {
            self.broken(violation);
        }
    }

    fn ask_for_body(&mut self, stuffer: Stuffer, now: Instant) {
        self.body = Some(stuffer);
        self.deadline = Some((now + self.timeouts.reply, Wait::Body));
        self.outputs.push_back(Output::WantBody(BLOCK));
    }

    /// Writes a piece of the body, stuffed and with its line ends made whole.
    pub(super) fn send_body(&mut self, bytes: &[u8], last: bool, now: Instant) {
        let Some(mut stuffer) = self.body.take() else { return };
        // Room for the CRs and dots of an ordinary text, so that the block is written without growing.
        let mut piece = Vec::with_capacity(bytes.len() + bytes.len() / 16 + 16);
        stuffer.push(bytes, &mut piece);
        if !piece.is_empty() {
            self.transmit(Chunk::new(piece, ChunkKind::Body));
        }
        if last {
            let mut end = Vec::new();
            stuffer.finish(&mut end);
            self.final_dot(end, Dot::Body, now);
        } else {
            self.ask_for_body(stuffer, now);
        }
    }

    fn final_dot(&mut self, end: Vec<u8>, dot: Dot, now: Instant) {
        let Some(Work::Delivery(delivery)) = self.work.as_mut() else { return };
        let steps = delivery.end_body(dot);
        self.transmit(Chunk::new(end, ChunkKind::BodyEnd));
        let asked = |step| Asked { verb: Verb::FinalDot, shown: String::new(), step: Some(step) };
        self.flight.extend(steps.into_iter().map(asked));
        self.await_reply(now);
    }
}
