//! Multi-line responses while they arrive (RFC 1939 3): found to their end, dots undone, handed on in pieces.
//!
//! Nothing is kept but an unfinished line of a listing and the words of CAPA, so memory does not grow with a message.
//! Only a dot alone between two CRLFs is the end.

use std::collections::VecDeque;
use std::time::Instant;

use memchr::memchr;

use super::clock::BLOCK;
use super::outbox::{Flight, Shape};
use super::{Asked, Parting, Session};
use crate::pop3::{BodyKind, Capabilities, Notice, Scan, Status, UniqueId, Verb, Violation};
use crate::wire::framing::{LineBuffer, without_line_end};
use crate::wire::stuffing::Unstuffer;
use crate::wire::{Chunk, ChunkKind, Output, limits};

/// Most entries of a listing in one notice.
const BATCH: usize = 4096;
const FINAL_DOT: &[u8] = b".\r\n";

type Outputs = VecDeque<Output<Notice>>;

/// A multi-line response under way.
#[derive(Debug)]
pub(super) struct Reading {
    unstuffer: Unstuffer,
    sink: Sink,
    /// Octets since the deadline was last moved.
    block: usize,
}

/// Where its text goes.
#[derive(Debug)]
enum Sink {
    Message { kind: BodyKind, number: u32, octets: u64 },
    Listing(Listing),
    Words(Words),
}

#[derive(Debug)]
struct Listing {
    verb: Verb,
    lines: LineBuffer,
    count: u32,
    bad: u32,
}

#[derive(Debug)]
struct Words {
    verb: Verb,
    lines: LineBuffer,
    list: Vec<String>,
}

/// How far [`Reading::push`] came: octets dealt with, and whether that was the end.
struct Step {
    consumed: usize,
    outcome: Result<bool, Violation>,
}

impl Session {
    /// Takes bytes that arrived: messages are read where they lie, as long as nothing waits before them; the rest goes
    /// into the line buffer.
    pub(super) fn take_in(&mut self, mut bytes: &[u8], now: Instant) {
        while self.input.pending().is_empty()
            && let Some(consumed) = self.read_in_place(bytes, now)
        {
            bytes = &bytes[consumed..];
        }
        self.input.push(bytes);
    }

    /// Reads on in a message, or the `+OK` in front of one. Octets read; `None`: there is no more of that kind.
    fn read_in_place(&mut self, bytes: &[u8], now: Instant) -> Option<usize> {
        match &mut self.reading {
            Some(reading) if reading.is_message() && !bytes.is_empty() => {
                let step = reading.push(bytes, self.keeps_chunks, &mut self.outputs);
                let consumed = step.consumed;
                self.go_on(step, now);
                (consumed > 0).then_some(consumed)
            }
            None if self.flights.front().is_some_and(Flight::is_message) => {
                let line = &bytes[..=memchr(b'\n', bytes)?];
                let is_good = matches!(Status::of(without_line_end(line)), Some((Status::Ok, _)));
                (is_good && line.len() <= limits::REPLY_LINE).then(|| {
                    self.answer(line, now);
                    line.len()
                })
            }
            _ => None,
        }
    }

    /// Reads on in a multi-line response. True when it came to its end, or to a bad one.
    pub(super) fn read_body(&mut self, now: Instant) -> bool {
        let reading = self.reading.as_mut().expect("called only while a multi-line response is under way");
        let step = reading.push(self.input.pending(), self.keeps_chunks, &mut self.outputs);
        self.input.consume(step.consumed);
        self.go_on(step, now)
    }

    fn go_on(&mut self, step: Step, now: Instant) -> bool {
        match step.outcome {
            Ok(false) => {
                if self.reading.as_mut().is_some_and(|reading| reading.earns_time(step.consumed)) {
                    self.rearm(now);
                }
                return false;
            }
            Ok(true) => self.finish_reading(now),
            Err(violation) => self.part(Parting::Broken(violation)),
        }
        true
    }

    fn finish_reading(&mut self, now: Instant) {
        self.flights.pop_front();
        let notice = self.reading.take().and_then(Reading::finish);
        if let Some(Notice::Capabilities(capabilities)) = &notice {
            self.capabilities = Capabilities::clone(capabilities);
            self.asked = Asked::Answered;
        }
        let asked = matches!(notice, Some(Notice::Capabilities(_)));
        self.outputs.extend(notice.map(Output::Notify));
        if asked {
            self.capabilities_are_known();
        }
        self.rearm(now);
    }
}

impl Reading {
    pub(super) fn of(flight: &Flight) -> Self {
        let (verb, lines) = (flight.verb, LineBuffer::new(limits::REPLY_LINE));
        let sink = match flight.shape {
            Shape::Message(kind) => Sink::Message { kind, number: flight.number.unwrap_or(0), octets: 0 },
            Shape::Listing => Sink::Listing(Listing { verb, lines, count: 0, bad: 0 }),
            Shape::Words | Shape::Line => Sink::Words(Words { verb, lines, list: Vec::new() }),
        };
        Self { unstuffer: Unstuffer::default(), sink, block: 0 }
    }

    /// Whether it is a message. Nothing in one can be wrong, so that reading it ends in no violation.
    fn is_message(&self) -> bool {
        matches!(self.sink, Sink::Message { .. })
    }

    /// Reads `bytes` up to the end of the response or of what can be told apart. `chunks`: what was read comes out in
    /// chunks as well.
    fn push(&mut self, bytes: &[u8], chunks: bool, outputs: &mut Outputs) -> Step {
        // Mostly one piece, which takes what it needs and no more: of many messages that came together, the first must
        // not hold room for all.
        let mut text = Vec::new();
        let progress = self.unstuffer.push(bytes, &mut text);
        let mut consumed = progress.consumed;
        if chunks && consumed > 0 {
            outputs.push_back(Output::Received(Chunk::new(&bytes[..consumed], ChunkKind::Body)));
        }
        let mut outcome = if text.is_empty() { Ok(()) } else { self.sink.take(text, outputs) }.map(|()| false);
        if progress.ended && outcome.is_ok() {
            consumed += FINAL_DOT.len();
            if chunks {
                outputs.push_back(Output::Received(Chunk::new(FINAL_DOT, ChunkKind::BodyEnd)));
            }
            outcome = Ok(true);
        }
        Step { consumed, outcome }
    }

    /// Counts octets that arrived; true once they make a block.
    fn earns_time(&mut self, octets: usize) -> bool {
        self.block += octets;
        let full = self.block >= BLOCK;
        if full {
            self.block = 0;
        }
        full
    }

    /// The response came whole.
    fn finish(self) -> Option<Notice> {
        self.sink.end(true)
    }

    /// The line went away before the final dot.
    pub(super) fn cut(self, outputs: &mut Outputs) {
        outputs.extend(self.sink.end(false).map(Output::Notify));
    }
}

impl Sink {
    fn take(&mut self, text: Vec<u8>, outputs: &mut Outputs) -> Result<(), Violation> {
        match self {
            Self::Message { kind, number, octets } => {
                *octets += text.len() as u64;
                outputs.push_back(Output::Notify(Notice::Body { kind: *kind, number: *number, bytes: text }));
                Ok(())
            }
            Self::Listing(listing) => listing.take(&text, outputs),
            Self::Words(words) => words.take(&text),
        }
    }

    fn end(self, complete: bool) -> Option<Notice> {
        match self {
            Self::Message { kind, number, octets } => Some(Notice::BodyEnd { kind, number, octets, complete }),
            Self::Listing(listing) => Some(Notice::ListingEnd { verb: listing.verb, complete, bad: listing.bad }),
            Self::Words(words) if complete && words.verb == Verb::Capa => {
                Some(Notice::Capabilities(Box::new(Capabilities::parse(words.list))))
            }
            Self::Words(_) => None,
        }
    }
}

impl Listing {
    fn take(&mut self, text: &[u8], outputs: &mut Outputs) -> Result<(), Violation> {
        if self.verb == Verb::Uidl {
            self.entries(text, UniqueId::parse, Notice::UniqueIds, outputs)
        } else {
            self.entries(text, Scan::parse, Notice::Scans, outputs)
        }
    }

    fn entries<T>(
        &mut self,
        text: &[u8],
        parse: fn(&[u8]) -> Option<T>,
        notice: fn(Vec<T>) -> Notice,
        outputs: &mut Outputs,
    ) -> Result<(), Violation> {
        let mut batch = Vec::new();
        self.lines.push(text);
        let outcome = loop {
            match next_line(&mut self.lines, parse) {
                Ok(Some(entry)) if self.count < limits::MESSAGES => {
                    self.count += 1;
                    match entry {
                        Some(entry) => batch.push(entry),
                        None => self.bad += 1,
                    }
                }
                Ok(Some(_)) => break Err(Violation::ListingTooLong(limits::MESSAGES as usize)),
                Ok(None) => break Ok(()),
                Err(violation) => break Err(violation),
            }
            if batch.len() == BATCH {
                outputs.push_back(Output::Notify(notice(std::mem::take(&mut batch))));
            }
        };
        if !batch.is_empty() {
            outputs.push_back(Output::Notify(notice(batch)));
        }
        outcome
    }
}

impl Words {
    fn take(&mut self, text: &[u8]) -> Result<(), Violation> {
        self.lines.push(text);
        while let Some(line) = next_line(&mut self.lines, |line| String::from_utf8_lossy(line).into_owned())? {
            if self.list.len() == limits::CAPA_LINES {
                return Err(Violation::ListingTooLong(limits::CAPA_LINES));
            }
            self.list.push(line);
        }
        Ok(())
    }
}

/// What `read` makes of the next line, without its line end.
fn next_line<T>(lines: &mut LineBuffer, read: impl FnOnce(&[u8]) -> T) -> Result<Option<T>, Violation> {
    let read = |line: &[u8]| read(without_line_end(line));
    lines.read_line(read).transpose().map_err(|_overlong| Violation::LineTooLong(limits::REPLY_LINE))
}
