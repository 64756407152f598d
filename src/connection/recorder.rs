//! Chunks into records: stamped, masked, with the lapse of a reply and the running figures of a body.
//!
//! Commands and replies are kept verbatim. Of a body the first [`KEPT`] octets are kept; behind them a record only now
//! and then carries the figures, so that a mail of 100 MiB is some hundred records. What a record means is not known here.

mod tally;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use self::tally::Counter;
use super::outbox::Outbox;
use crate::transcript::{Direction, Record};
use crate::wire::{Chunk, ChunkKind, Side, secret};

/// Octets kept of each body, and with that of each record of a body.
pub const KEPT: usize = 64 * 1024;
/// A body record waits for its line end unless it is this long, in octets.
const SETTLED: usize = 4 * 1024;
/// Octets of a body, not kept, after which the figures are reported again.
const FIGURES_OCTETS: u64 = 1024 * 1024;
/// Time after which they are reported again.
const FIGURES_TIME: Duration = Duration::from_millis(100);

/// Makes the records of one link.
#[derive(Debug)]
pub struct Recorder {
    side: Side,
    link: u32,
    started: Instant,
    tls: bool,
    last_written: Option<Instant>,
    /// When the first octet came of what no record has yet.
    arrived: Option<Instant>,
    sent: Body,
    received: Body,
}

/// The body under way in one direction.
#[derive(Debug)]
struct Body {
    counter: Counter,
    kept: usize,
    /// Kept octets that are in no record yet.
    unsettled: Vec<u8>,
    expected: bool,
    /// Octets of the body when the last record was made, and when that was.
    recorded: u64,
    recorded_at: Option<Instant>,
}

impl Recorder {
    /// For the link number `link`. `started`: the zero of [`Record::at`].
    pub fn new(side: Side, link: u32, started: Instant) -> Self {
        Self {
            side,
            link,
            started,
            tls: false,
            last_written: None,
            arrived: None,
            sent: Body::default(),
            received: Body::default(),
        }
    }

    /// From here on everything goes through TLS.
    pub fn tls_started(&mut self) {
        self.tls = true;
    }

    /// The last octets queued for the peer were handed to the network.
    pub fn wrote(&mut self, now: Instant) {
        self.last_written = Some(now);
    }

    /// Octets arrived that will come as chunks.
    pub fn arrived(&mut self, now: Instant) {
        self.arrived.get_or_insert(now);
    }

    /// All chunks of a turn went through; `pending` octets that came at or before `now` are in none of them. Records
    /// what a person could read by now.
    pub fn settle(&mut self, pending: usize, chunks_came: bool, now: Instant, outbox: &mut Outbox) {
        if !outbox.wants_records() {
            return;
        }
        for direction in [Direction::Sent, Direction::Received] {
            let unsettled = &self.body(direction).unsettled;
            if unsettled.ends_with(b"\n") || unsettled.len() >= SETTLED {
                self.flush(direction, now, outbox);
            }
        }
        match (pending, chunks_came) {
            (0, _) => self.arrived = None,
            (_, true) => self.arrived = Some(now),
            (_, false) => {}
        }
    }

    /// A chunk that is queued for the peer.
    pub fn sent(&mut self, chunk: &Chunk, now: Instant, outbox: &mut Outbox) {
        self.chunk(Direction::Sent, chunk, now, outbox);
    }

    /// A chunk that the peer sent.
    pub fn received(&mut self, chunk: &Chunk, now: Instant, outbox: &mut Outbox) {
        self.chunk(Direction::Received, chunk, now, outbox);
    }

    /// Something happened on our side.
    pub fn event(&mut self, words: impl Into<String>, now: Instant, outbox: &mut Outbox) {
        self.note(Direction::Event, words.into(), now, outbox);
    }

    /// Something went wrong on our side.
    pub fn error(&mut self, words: impl Into<String>, now: Instant, outbox: &mut Outbox) {
        self.note(Direction::Error, words.into(), now, outbox);
    }

    /// The link ends: what is in no record yet, and `rest`, which never became a chunk.
    pub fn finish(&mut self, rest: &[u8], now: Instant, outbox: &mut Outbox) {
        if !outbox.wants_records() {
            return;
        }
        self.flush_both(now, outbox);
        for direction in [Direction::Sent, Direction::Received] {
            self.figures(direction, now, outbox);
        }
        if !rest.is_empty() {
            let chunk = Chunk { expected: false, ..Chunk::new(&rest[..rest.len().min(KEPT)], ChunkKind::Stray) };
            self.received(&chunk, now, outbox);
        }
    }

    fn note(&mut self, direction: Direction, words: String, now: Instant, outbox: &mut Outbox) {
        if !outbox.wants_records() {
            return;
        }
        self.flush_both(now, outbox);
        let record = Record { bytes: words.into_bytes(), ..self.blank(direction, ChunkKind::Stray, now) };
        outbox.record(record);
    }

    fn chunk(&mut self, direction: Direction, chunk: &Chunk, now: Instant, outbox: &mut Outbox) {
        if !outbox.wants_records() {
            return;
        }
        match chunk.kind {
            ChunkKind::Body => self.body_piece(direction, chunk, now, outbox),
            ChunkKind::BodyEnd => self.body_end(direction, chunk, now, outbox),
            ChunkKind::Command | ChunkKind::Reply { .. } | ChunkKind::Stray => {
                self.line(direction, chunk, now, outbox);
            }
        }
    }

    fn line(&mut self, direction: Direction, chunk: &Chunk, now: Instant, outbox: &mut Outbox) {
        self.flush_both(now, outbox);
        if chunk.kind != ChunkKind::Stray {
            self.figures(direction, now, outbox);
            *self.body(direction) = Body { counter: Counter::behind(&chunk.bytes), ..Body::default() };
        }
        let mut record = self.verbatim(direction, chunk, now);
        if matches!(chunk.kind, ChunkKind::Reply { first: true, .. }) {
            record.lapse = self.lapse(now);
        }
        outbox.record(record);
    }

    fn body_piece(&mut self, direction: Direction, chunk: &Chunk, now: Instant, outbox: &mut Outbox) {
        self.flush(opposite(direction), now, outbox);
        if self.body(direction).expected != chunk.expected {
            self.flush(direction, now, outbox);
        }
        let body = self.body(direction);
        body.expected = chunk.expected;
        body.counter.push(&chunk.bytes);
        let keep = chunk.bytes.len().min(KEPT - body.kept);
        body.kept += keep;
        body.unsettled.extend(secret::masked(&chunk.bytes[..keep], &chunk.secrets));
        if keep < chunk.bytes.len() {
            self.flush(direction, now, outbox);
            if self.body(direction).figures_are_due(now) {
                self.figures(direction, now, outbox);
            }
        }
    }

    fn body_end(&mut self, direction: Direction, chunk: &Chunk, now: Instant, outbox: &mut Outbox) {
        self.flush_both(now, outbox);
        let mut body = std::mem::take(self.body(direction));
        body.counter.push(chunk.bytes.strip_suffix(b".\r\n").unwrap_or(&[]));
        let record = Record { tally: Some(body.counter.tally()), ..self.verbatim(direction, chunk, now) };
        outbox.record(record);
    }

    fn flush_both(&mut self, now: Instant, outbox: &mut Outbox) {
        self.flush(Direction::Sent, now, outbox);
        self.flush(Direction::Received, now, outbox);
    }

    /// Records the kept octets that are in no record yet.
    fn flush(&mut self, direction: Direction, now: Instant, outbox: &mut Outbox) {
        if !self.body(direction).unsettled.is_empty() {
            self.body_record(direction, now, outbox);
        }
    }

    /// Records the figures of what came since the last record, if anything did.
    fn figures(&mut self, direction: Direction, now: Instant, outbox: &mut Outbox) {
        let body = self.body(direction);
        if body.counter.tally().octets > body.recorded {
            self.body_record(direction, now, outbox);
        }
    }

    fn body_record(&mut self, direction: Direction, now: Instant, outbox: &mut Outbox) {
        let blank = self.blank(direction, ChunkKind::Body, now);
        let body = self.body(direction);
        let tally = body.counter.tally();
        body.recorded = tally.octets;
        body.recorded_at = Some(now);
        let bytes = std::mem::take(&mut body.unsettled);
        outbox.record(Record { bytes, expected: body.expected, tally: Some(tally), ..blank });
    }

    fn lapse(&self, now: Instant) -> Option<Duration> {
        let arrived = self.arrived.unwrap_or(now);
        self.last_written.map(|written| arrived.saturating_duration_since(written))
    }

    fn verbatim(&self, direction: Direction, chunk: &Chunk, now: Instant) -> Record {
        Record {
            bytes: secret::masked(&chunk.bytes, &chunk.secrets),
            expected: chunk.expected,
            ..self.blank(direction, chunk.kind, now)
        }
    }

    fn blank(&self, direction: Direction, kind: ChunkKind, now: Instant) -> Record {
        Record {
            number: 0,
            side: self.side,
            link: self.link,
            at: now.saturating_duration_since(self.started),
            lapse: None,
            direction,
            kind,
            expected: true,
            tls: self.tls,
            bytes: Vec::new(),
            tally: None,
        }
    }

    fn body(&mut self, direction: Direction) -> &mut Body {
        if direction == Direction::Sent { &mut self.sent } else { &mut self.received }
    }
}

impl Default for Body {
    fn default() -> Self {
        Self {
            counter: Counter::default(),
            kept: 0,
            unsettled: Vec::new(),
            expected: true,
            recorded: 0,
            recorded_at: None,
        }
    }
}

impl Body {
    fn figures_are_due(&self, now: Instant) -> bool {
        let octets = self.counter.tally().octets - self.recorded;
        octets >= FIGURES_OCTETS || self.recorded_at.is_none_or(|at| now.saturating_duration_since(at) >= FIGURES_TIME)
    }
}

fn opposite(direction: Direction) -> Direction {
    if direction == Direction::Sent { Direction::Received } else { Direction::Sent }
}
