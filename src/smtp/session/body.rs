//! The steps of a planned mail as they go out and come back, and its body as it streams (RFC 5321 4.1.1.4, 4.5.2;
//! RFC 3030); and the text behind a typed DATA, which streams alike.

use std::time::Instant;

use super::delivery::chunking::Chunker;
use super::delivery::{Dot, Next, Step};
use super::line_up::{Owner, Ticket, WINDOW};
use super::{Asked, Session};
use crate::smtp::{Command, Line, MailId, MailReport, Notice, Reply, Stage, Verb};
use crate::wire::stuffing::{EndWatch, Form, Stuffer};
use crate::wire::{Chunk, ChunkKind, Output};

/// Octets of a body asked for at a time.
const BLOCK: usize = 64 * 1024;

/// Whose body is being sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyOf {
    /// Of this mail.
    Mail(MailId),
    /// The text behind a typed DATA: that of the first [`Command::Body`] that is not done.
    Typed,
}

/// The body that is being sent: that of the last mail under way, or the text behind a typed DATA.
#[derive(Debug)]
pub(super) struct Sending {
    carrier: Carrier,
    form: Form,
    /// It belongs to no mail.
    pub(super) typed: bool,
    /// A piece of it was asked for.
    pub(super) asked: bool,
    /// Octets that came of it.
    came: u64,
}

#[derive(Debug)]
enum Carrier {
    Data(Stuffer, Option<EndWatch>),
    Chunks(Chunker),
}

impl Session {
    /// Whose body is being sent.
    pub fn body_of(&self) -> Option<BodyOf> {
        match self.body.as_ref()? {
            Sending { typed: true, .. } => Some(BodyOf::Typed),
            _ => self.mails.last().map(|mail| BodyOf::Mail(mail.id())),
        }
    }

    /// How many of the bodies of [`Command::Body`] are not sent to their end and not given up; their order is that of
    /// submission.
    pub fn typed_bodies(&self) -> usize {
        let queued = self.queue.iter().filter(|queued| matches!(queued.command, Command::Body)).count();
        queued + usize::from(self.body_of() == Some(BodyOf::Typed))
    }

    /// Sends what the last mail under way needs next.
    pub(super) fn deliver(&mut self, now: Instant) {
        let Some((ticket, mail)) = self.mails.last_mut() else { return };
        if let Some(stage) = mail.halt_due() {
            return self.halt(stage, now);
        }
        match mail.next() {
            Next::Ask(lines) => self.ask(ticket, lines, now),
            Next::AskWithBody(lines) => {
                self.ask(ticket, lines, now);
                self.begin_body();
            }
            Next::Body => self.begin_body(),
            Next::EmptyDot => self.final_dot(b".\r\n".to_vec(), Dot::Empty, now),
            Next::Broken(violation) => self.broken(violation),
        }
    }

    fn ask(&mut self, ticket: Ticket, lines: Vec<(Step, Line)>, now: Instant) {
        for (step, line) in lines {
            self.send(line, Some((ticket, step)), now);
        }
    }

    /// A reply to a step of a mail. The last one that it needs ends it at once, so that nothing that comes behind can
    /// change its outcome.
    pub(super) fn delivered(&mut self, (ticket, step): Owner, reply: Reply) {
        // One that was broken off on purpose has its report.
        let Some(mail) = self.mails.get_mut(ticket) else { return };
        let id = mail.id();
        let noted = mail.replied(step, reply.clone());
        let stops = mail.is_hopeless();
        let report = if noted.is_ok() { mail.concluded() } else { None };
        let (over, early) = (mail.is_transaction_over(), mail.has_ended_early());
        if let Step::Rcpt(index) | Step::Dot(Some(index)) = step {
            self.notify(Notice::Recipient { id, index, reply });
        }
        if stops && self.mails.last_mut().is_some_and(|(last, _)| last == ticket) {
            self.body = None;
        }
        if let Some(report) = report {
            self.unclean |= !over;
            self.mails.remove(ticket);
            self.report(Box::new(report));
            if early {
                self.give_up(None, "a line with a single dot ended DATA inside of the body of the mail before");
            }
        } else if let Err(violation) = noted {
            self.broken(violation);
        }
    }

    pub(super) fn report(&mut self, report: Box<MailReport>) {
        self.notify(Notice::MailDone(report));
    }

    fn begin_body(&mut self) {
        let Some(mail) = self.mails.last() else { return };
        let form = mail.form();
        let carrier = if mail.is_chunked() {
            Carrier::Chunks(Chunker::new(form))
        } else {
            Carrier::Data(Stuffer::new(form), mail.is_unstuffed().then(EndWatch::default))
        };
        self.body = Some(Sending { carrier, form, typed: false, asked: false, came: 0 });
    }

    /// The text behind a typed DATA comes from the driver. Lines that were typed before it have left.
    pub(super) fn begin_text(&mut self) {
        let (form, carrier) = (Form::DATA, Carrier::Data(Stuffer::default(), None));
        self.body = Some(Sending { carrier, form, typed: true, asked: false, came: 0 });
    }

    /// Asks for the next piece of the body, if it may go out: chunks wait for replies where they may not be pipelined,
    /// and where too many octets are without one.
    pub(super) fn pull(&mut self, now: Instant) {
        let pipelined = self.mails.last().is_some_and(super::Delivery::is_pipelined);
        let free = self.flight.is_empty() || (pipelined && self.unanswered < WINDOW);
        if let Some(sending) = self.body.as_mut().filter(|sending| free && !sending.asked) {
            sending.asked = true;
            self.outputs.push_back(Output::WantBody(BLOCK));
            self.await_reply(now);
        }
    }

    /// Takes a piece of the body and sends it in the form in which it travels.
    pub(super) fn send_body(&mut self, bytes: &[u8], last: bool, now: Instant) {
        let Some(mut sending) = self.body.take_if(|sending| sending.asked) else { return };
        sending.asked = false;
        let came = sending.came;
        sending.came += bytes.len() as u64;
        match &mut sending.carrier {
            Carrier::Data(stuffer, watch) => {
                let stop = self.mails.last().and_then(|mail| mail.halt_in_body(came, bytes.len(), last));
                // Room for the CRs and dots of an ordinary text, so that the block is written without growing.
                let mut piece = Vec::with_capacity(bytes.len() + bytes.len() / 16 + 16);
                stuffer.push(&bytes[..stop.unwrap_or(bytes.len())], &mut piece);
                let ended = watch.as_mut().is_some_and(|watch| watch.sees_end(&piece));
                self.body_piece(piece);
                if let Some((_, mail)) = self.mails.last_mut().filter(|_| ended) {
                    mail.end_early();
                }
                if stop.is_some() {
                    return self.halt(Stage::Body, now);
                }
                if last {
                    let mut end = Vec::new();
                    stuffer.finish(&mut end);
                    self.final_dot(end, Dot::Body, now);
                } else {
                    self.body = Some(sending);
                }
            }
            Carrier::Chunks(chunker) => {
                let due = chunker.push(bytes, last, sending.form);
                let chunk = due.then(|| chunker.take());
                if !last {
                    self.body = Some(sending);
                }
                if let Some((pieces, octets)) = chunk {
                    self.chunk(pieces, octets, last, now);
                }
            }
        }
        if !self.is_over() {
            self.await_reply(now);
            self.advance(now);
        }
    }

    fn body_piece(&mut self, piece: Vec<u8>) {
        if !piece.is_empty() {
            self.transmit(Chunk::new(piece, ChunkKind::Body));
        }
    }

    /// BDAT and its octets. Of a mail that is broken off in it, never all of them.
    fn chunk(&mut self, pieces: Vec<Vec<u8>>, octets: usize, last: bool, now: Instant) {
        let Some((ticket, mail)) = self.mails.last_mut() else { return };
        let part = match () {
            () if mail.halts_after(Stage::Data) => Some((Stage::Data, 0)),
            () if mail.halts_after(Stage::Body) => Some((Stage::Body, octets / 2)),
            () => None,
        };
        if octets == 0 && part.is_some() {
            return self.halt(Stage::Body, now);
        }
        let ends = last && mail.halts_after(Stage::FinalDot);
        let step = mail.chunk_left(last);
        self.send(Line::bdat(octets, last), Some((ticket, step)), now);
        if let Some(asked) = self.flight.back_mut() {
            asked.octets = octets;
            self.unanswered += octets;
        }
        let mut left = part.map_or(octets, |(_, octets)| octets);
        for mut piece in pieces {
            piece.truncate(left);
            left -= piece.len();
            self.body_piece(piece);
        }
        if let Some((stage, _)) = part {
            return self.halt(stage, now);
        }
        if octets > 0 {
            // The octets were counted, so nothing marks their end on the wire; the transcript wants to know.
            self.transmit(Chunk::new(Vec::new(), ChunkKind::BodyEnd));
        }
        if ends {
            self.halt(Stage::FinalDot, now);
        }
    }

    fn final_dot(&mut self, end: Vec<u8>, dot: Dot, now: Instant) {
        let Some((ticket, mail)) = self.mails.last_mut() else { return self.dot_of_text(end, now) };
        let steps = mail.end_body(dot);
        let halts = mail.halts_after(Stage::FinalDot);
        self.transmit(Chunk::new(end, ChunkKind::BodyEnd));
        let asked = |step| {
            let (verb, shown) = (Verb::FinalDot, String::new());
            Asked { verb, shown, owner: Some((ticket, step)), octets: 0, in_block: false }
        };
        self.flight.extend(steps.into_iter().map(asked));
        self.await_reply(now);
        if halts {
            self.halt(Stage::FinalDot, now);
        }
    }

    /// The dot behind a text without a mail is awaited like a typed one.
    fn dot_of_text(&mut self, end: Vec<u8>, now: Instant) {
        self.transmit(Chunk::new(end, ChunkKind::BodyEnd));
        for _ in 0..self.replies_to(Verb::FinalDot, ".", None) {
            let (verb, shown) = (Verb::FinalDot, ".".to_owned());
            self.flight.push_back(Asked { verb, shown, owner: None, octets: 0, in_block: true });
        }
        self.await_reply(now);
    }
}
