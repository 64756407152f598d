//! The line that stands: it waits for one thing, feeds the engine, and does what the engine asks.
//!
//! Waiting owns nothing, so it can be given up at any moment; everything that happened is in `self` and is dealt with
//! without awaiting.

mod clock;
mod secure;
mod turn;

use std::io;
use std::time::Instant;

use tokio::io::AsyncWriteExt;
use tokio::time::sleep_until;

use super::ending::{Ending, Stage};
use super::meter::Meter;
use super::now;
use super::sounding::Sounding;
use crate::connection::body::Bodies;
use crate::connection::conversation::Conversation;
use crate::connection::outbox::Outbox;
use crate::connection::outgoing::Outgoing;
use crate::connection::recorder::Recorder;
use crate::connection::stream::{Progress, Stream};
use crate::connection::tls::{Handshake, Setup, Shaken};
use crate::connection::{Body, Failure, LinkEvent};
use crate::smtp::BodyOf;
use crate::wire::Channel;

/// Octets read at once.
const BUFFER: usize = 64 * 1024;
/// Octets waiting to be written at which a body is not pulled further.
const FULL: usize = 256 * 1024;
/// A read shorter than this may be the first part of a reply.
const SHORT: usize = 16 * 1024;

/// A line that stands, with its engine.
pub struct Live<E: Conversation> {
    engine: E,
    /// `None` during a handshake, and once it is given up.
    stream: Option<Stream>,
    setup: Setup,
    /// The handshake under way; it has the stream.
    handshake: Option<Handshake>,
    sounding: Sounding,
    buffer: Box<[u8]>,
    outgoing: Outgoing,
    write_first: bool,
    /// Why nothing can be written any more.
    deaf: Option<io::Error>,
    bodies: Bodies,
    /// Octets of the body under way that the engine asked for.
    wanted: Option<usize>,
    meter: Meter,
    recorder: Recorder,
    ending: Ending,
    number: u32,
    at: String,
}

/// What happened on the line.
#[derive(Debug)]
pub enum Wake {
    /// Octets went one way or the other.
    Progress(Progress),
    /// The next block of a body is there.
    Block(io::Result<()>),
    /// The handshake is over.
    Secured(Box<Shaken>),
    /// Whether the port, which says nothing, speaks TLS.
    Sounded(bool),
    /// The clock reached the engine's deadline or the end of the grace.
    Clock,
    /// Our half of the line is shut.
    Shut,
}

impl<E: Conversation> Live<E> {
    /// Takes over a line that stands. Call [`Self::start`] next.
    pub fn new(engine: E, stream: Stream, setup: Setup, recorder: Recorder, number: u32, at: String) -> Self {
        Self {
            engine,
            stream: Some(stream),
            setup,
            handshake: None,
            sounding: Sounding::Off,
            buffer: vec![0; BUFFER].into_boxed_slice(),
            outgoing: Outgoing::default(),
            write_first: false,
            deaf: None,
            bodies: Bodies::default(),
            wanted: None,
            meter: Meter::default(),
            recorder,
            ending: Ending::default(),
            number,
            at,
        }
    }

    /// As long as the peer says nothing, `sounding` may ask it for TLS.
    pub fn listen(&mut self, sounding: Sounding) {
        self.sounding = sounding;
    }

    /// The line is encrypted: the engine knows before it gets any octet.
    pub fn encrypted(&mut self, channel: Channel) {
        self.engine.tls_started(channel, now());
    }

    /// Does what the engine asks for at once.
    pub fn start(&mut self, outbox: &mut Outbox) {
        self.hurry(true);
        self.advance(now(), outbox);
    }

    /// Whether the line is to be let go of; [`Self::finish`] is all that is left.
    pub fn is_over(&self) -> bool {
        self.ending.stage() == Stage::Over
    }

    /// Waits for one thing. Octets come before the clock: a reply that is there is not late. Cancel-safe.
    pub async fn wait(&mut self, room: bool) -> Wake {
        let clock = self.clock(room);
        let body = if self.takes_body() { self.engine.body_of() } else { None };
        let missing = body.and_then(|id| self.bodies.of(id)).filter(|source| source.is_dry());
        let block_missing = missing.is_some();
        if let Some(handshake) = &mut self.handshake {
            return Wake::Secured(Box::new(handshake.await));
        }
        let Some(stream) = &mut self.stream else { return std::future::pending().await };
        let flushing = self.ending.stage() == Stage::Flushing;
        if flushing && self.outgoing.is_empty() {
            return tokio::select! {
                biased;
                // A line that cannot be shut is as good as shut.
                _ = stream.shutdown() => Wake::Shut,
                () = until(clock) => Wake::Clock,
            };
        }
        let buffer = (room && !flushing).then_some(&mut self.buffer[..]);
        let outgoing = self.deaf.is_none().then_some(&self.outgoing);
        tokio::select! {
            biased;
            progress = stream.progress(buffer, outgoing, self.write_first) => Wake::Progress(progress),
            block = next_block(&mut self.bodies, body), if block_missing => Wake::Block(block),
            speaks_tls = self.sounding.answer() => Wake::Sounded(speaks_tls),
            () = until(clock) => Wake::Clock,
        }
    }

    /// Deals with what was waited for.
    pub fn handle(&mut self, wake: Wake, outbox: &mut Outbox) {
        let now = now();
        let mut short = false;
        match wake {
            Wake::Progress(Progress::Read(read)) => {
                short = read.as_ref().is_ok_and(|count| *count < SHORT);
                self.read(read, now, outbox);
            }
            Wake::Progress(Progress::Wrote(wrote)) => self.wrote(wrote, now, outbox),
            Wake::Block(Ok(())) => {}
            Wake::Block(Err(error)) => self.body_unreadable(&error, now),
            Wake::Secured(shaken) => self.secured(*shaken, now, outbox),
            Wake::Sounded(speaks_tls) => self.sounded(speaks_tls, now),
            Wake::Clock => self.clock_rang(now, outbox),
            Wake::Shut => self.ending.shut(),
        }
        self.advance(now, outbox);
        // What goes out carries the acknowledgement with it.
        self.hurry(short && self.outgoing.is_empty() && self.engine.deadline().is_some());
    }

    /// Queues a command for the engine.
    pub fn submit(&mut self, command: E::Command, body: Option<Body>, outbox: &mut Outbox) {
        let now = now();
        if let Some(id) = E::needs(&command) {
            self.bodies.push(id, body);
        }
        self.engine.submit(command, now);
        self.advance(now, outbox);
    }

    /// Drops the line if anything is under way on it.
    pub fn abort(&mut self, outbox: &mut Outbox) {
        let under_way = !self.engine.is_idle() || self.engine.deadline().is_some() || !self.outgoing.is_empty();
        let busy = under_way || self.handshake.is_some();
        match self.ending.stage() {
            Stage::Open if !busy => {}
            Stage::Open | Stage::Flushing => {
                self.ending.fail(Failure::aborted(&self.at, "stopped on request: the line was dropped"));
                self.drop_line(outbox);
            }
            Stage::Lingering | Stage::Over => self.ending.over(),
        }
    }

    /// Closes without QUIT.
    pub fn drop_line(&mut self, outbox: &mut Outbox) {
        let now = now();
        self.ending.dropped();
        self.engine.give_up(now);
        self.drain(now, outbox);
    }

    /// Records how the line ended. The failure that ended it, if one did.
    pub fn finish(&mut self, outbox: &mut Outbox) -> Option<Failure> {
        let now = now();
        self.handshake = None;
        if let Some(stream) = self.stream.take() {
            stream.part();
        }
        self.recorder.finish(self.engine.pending(), now, outbox);
        if !self.outgoing.is_empty() {
            let words = format!("{} octets of what is recorded as sent never left this machine", self.outgoing.len());
            self.recorder.error(words, now, outbox);
        }
        match self.ending.verdict(&self.at) {
            Ok(words) => {
                self.recorder.event(words, now, outbox);
                None
            }
            Err(failure) => {
                self.recorder.error(failure.what.as_str(), now, outbox);
                Some(failure)
            }
        }
    }

    /// The engine.
    #[cfg(test)]
    pub fn engine(&self) -> &E {
        &self.engine
    }

    /// Whether nothing waits to be written.
    #[cfg(test)]
    pub fn is_written(&self) -> bool {
        self.outgoing.is_empty()
    }

    fn read(&mut self, read: io::Result<usize>, now: Instant, outbox: &mut Outbox) {
        self.write_first = true;
        match read {
            Ok(0) => self.ended(None, now, outbox),
            Ok(count) => {
                self.sounding.stop();
                self.recorder.arrived(now);
                self.engine.receive(&self.buffer[..count], now);
            }
            Err(error) => self.ended(Some(&error), now, outbox),
        }
    }

    fn wrote(&mut self, wrote: io::Result<usize>, now: Instant, outbox: &mut Outbox) {
        self.write_first = false;
        match wrote {
            Ok(0) => self.deafened(io::ErrorKind::WriteZero.into(), now),
            Ok(count) => {
                self.outgoing.wrote(count);
                self.recorder.wrote(now);
                while let Some(written) = self.meter.written(self.outgoing.written(), now) {
                    self.report(LinkEvent::BodyProgress { written }, outbox);
                }
            }
            Err(error) => self.deafened(error, now),
        }
    }

    fn deafened(&mut self, error: io::Error, now: Instant) {
        self.deaf = Some(error);
        self.ending.deafened(now);
    }

    /// The peer says nothing more.
    fn ended(&mut self, error: Option<&io::Error>, now: Instant, outbox: &mut Outbox) {
        let (early, expects) = (self.ending.is_far(), self.expects());
        self.engine.eof(now);
        self.drain(now, outbox);
        let mut ending = std::mem::take(&mut self.ending);
        ending.ended(early, |refused| match error.or(self.deaf.as_ref()) {
            Some(error) => self.lost(error, expects, refused),
            None => Failure::closed_early(&self.at, refused),
        });
        self.ending = ending;
    }

    fn body_unreadable(&mut self, error: &io::Error, now: Instant) {
        let failure = match self.engine.body_of().and_then(|id| self.bodies.of(id)) {
            Some(source) => Failure::unreadable_body(&self.at, source.path(), error),
            None => Failure::missing_body(&self.at),
        };
        self.body_failed(failure, now);
    }

    /// Acknowledges at once what came if the rest of it comes `next`: a server may hold that back until then.
    fn hurry(&self, next: bool) {
        if let Some(stream) = self.stream.as_ref().filter(|_| next) {
            stream.acknowledge_at_once();
        }
    }
}

async fn next_block(bodies: &mut Bodies, body: Option<BodyOf>) -> io::Result<()> {
    match body.and_then(|id| bodies.of(id)) {
        Some(source) => source.ready().await,
        None => std::future::pending().await,
    }
}

async fn until(clock: Option<Instant>) {
    match clock {
        Some(clock) => sleep_until(clock.into()).await,
        None => std::future::pending().await,
    }
}
