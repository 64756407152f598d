//! One link: dialling first, then the line that stands. It takes requests at any moment of its life.

mod approach;
mod ending;
mod live;
mod meter;
mod sounding;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;

use self::approach::{Advance, Approach};
use self::live::Live;
use self::sounding::Sounding;
use super::conversation::Conversation;
use super::dial::{self, Dial};
use super::failure::place;
use super::outbox::Outbox;
use super::recorder::Recorder;
use super::stream::Stream;
use super::tls::{Materials, Setup, Shaken, Start};
use super::{Body, Failure, LinkEvent, Report, Target};
use crate::wire::{Channel, TlsMode};

/// A link and the stage it is in.
pub struct Link<E: Conversation> {
    number: u32,
    at: String,
    stage: Stage<E>,
}

enum Stage<E: Conversation> {
    Dialling(Box<Dialling<E>>),
    Live(Box<Live<E>>),
    Over,
}

struct Dialling<E: Conversation> {
    dial: Dial,
    approach: Approach,
    materials: Materials,
    /// Commands that wait for the line.
    early: Vec<(E::Command, Option<Body>)>,
    recorder: Recorder,
}

/// What a link woke up for.
#[derive(Debug)]
pub enum Wake {
    /// The way to the line went on.
    Approach(Advance),
    /// Something happened on the line.
    Live(live::Wake),
}

impl<E: Conversation> Link<E> {
    /// Starts dialling. `started`: the zero of [`crate::transcript::Record::at`].
    pub fn dial(target: Target, number: u32, started: Instant, outbox: &mut Outbox) -> Self {
        let at = place(target.host.trim(), target.port);
        let event = LinkEvent::Dialling { protocol: target.protocol, host: target.host.clone(), port: target.port };
        outbox.push(Report::Link { side: E::SIDE, link: number, event });
        let dialling = Dialling {
            approach: Approach::to(&target),
            dial: Dial::new(target),
            materials: Materials::default(),
            early: Vec::new(),
            recorder: Recorder::new(E::SIDE, number, started),
        };
        Self { number, at, stage: Stage::Dialling(Box::new(dialling)) }
    }

    /// Whether nothing will follow: [`LinkEvent::Closed`] is reported.
    pub fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Over)
    }

    /// Waits for one thing. `room`: whether reports of what is read find room. Cancel-safe.
    pub async fn wait(&mut self, room: bool) -> Wake {
        match &mut self.stage {
            Stage::Dialling(dialling) => Wake::Approach(dialling.approach.advance(&mut dialling.dial).await),
            Stage::Live(live) => Wake::Live(live.wait(room).await),
            Stage::Over => std::future::pending().await,
        }
    }

    /// Does what follows from what was waited for.
    pub fn handle(&mut self, wake: Wake, outbox: &mut Outbox) {
        match (&mut self.stage, wake) {
            (Stage::Dialling(dialling), Wake::Approach(advance)) => match advance {
                Advance::Dial(dial::Step::Connected(stream)) => self.connected(stream, outbox),
                Advance::Dial(dial::Step::Failed(failure)) => self.dialling_ended(Some(failure), outbox),
                Advance::Dial(dial::Step::Note(words)) => dialling.recorder.event(words, now(), outbox),
                Advance::Dial(dial::Step::Trouble(words)) => dialling.recorder.error(words, now(), outbox),
                Advance::Prepared(prepared) => self.prepared(*prepared, outbox),
                Advance::Secured(shaken) => self.secured(*shaken, outbox),
            },
            (Stage::Live(live), Wake::Live(wake)) => {
                live.handle(wake, outbox);
                self.settle(outbox);
            }
            // What was waited for belongs to a stage that a request has ended since.
            _ => {}
        }
    }

    /// Queues a command.
    pub fn submit(&mut self, command: E::Command, body: Option<Body>, outbox: &mut Outbox) {
        match &mut self.stage {
            Stage::Dialling(dialling) => dialling.early.push((command, body)),
            Stage::Live(live) => live.submit(command, body, outbox),
            Stage::Over => {}
        }
        self.settle(outbox);
    }

    /// QUIT after what is queued. An attempt to connect just ends.
    pub fn disconnect(&mut self, outbox: &mut Outbox) {
        match &mut self.stage {
            Stage::Dialling(dialling) if dialling.early.is_empty() => self.dialling_ended(None, outbox),
            Stage::Dialling(_) | Stage::Live(_) | Stage::Over => self.submit(E::quit(), None, outbox),
        }
    }

    /// Stops what is under way. An idle link stays.
    pub fn abort(&mut self, outbox: &mut Outbox) {
        match &mut self.stage {
            Stage::Dialling(_) => {
                let failure = Failure::aborted(&self.at, "the connection attempt was stopped");
                self.dialling_ended(Some(failure), outbox);
            }
            Stage::Live(live) => {
                live.abort(outbox);
                self.settle(outbox);
            }
            Stage::Over => {}
        }
    }

    /// Closes at once, without QUIT.
    pub fn drop_line(&mut self, outbox: &mut Outbox) {
        match &mut self.stage {
            Stage::Dialling(_) => self.dialling_ended(None, outbox),
            Stage::Live(live) => {
                live.drop_line(outbox);
                self.settle(outbox);
            }
            Stage::Over => {}
        }
    }

    fn connected(&mut self, stream: TcpStream, outbox: &mut Outbox) {
        let ends = stream.peer_addr().and_then(|peer| Ok((peer, stream.local_addr()?)));
        match ends {
            Ok((peer, local)) => self.stand(Stream::Plain(stream), peer, local, outbox),
            Err(error) => self.dialling_ended(Some(Failure::lost(&self.at, &error)), outbox),
        }
    }

    fn prepared(&mut self, prepared: Result<Materials, Failure>, outbox: &mut Outbox) {
        let Stage::Dialling(dialling) = &mut self.stage else { return };
        match prepared {
            Ok(materials) => {
                dialling.materials = materials;
                dialling.approach = Approach::Dialling;
            }
            Err(failure) => self.dialling_ended(Some(failure), outbox),
        }
    }

    /// TCP stands: either hands are shaken now, or the engine speaks in clear.
    fn stand(&mut self, stream: Stream, peer: SocketAddr, local: SocketAddr, outbox: &mut Outbox) {
        let Stage::Dialling(dialling) = &mut self.stage else { return };
        if dialling.dial.target().mx {
            self.at = place(dialling.dial.connected_host(), dialling.dial.target().port);
        }
        let now = now();
        let lapse = dialling.dial.lapse();
        let words = format!("connected in {} from {local}", milliseconds(lapse));
        dialling.recorder.event(words, now, outbox);
        let event = LinkEvent::Connected { peer, local, lapse };
        outbox.push(Report::Link { side: E::SIDE, link: self.number, event });
        if dialling.dial.target().tls.mode == TlsMode::Implicit {
            dialling.approach = Approach::Securing(dialling.setup().handshake(stream, Start::Connect));
        } else {
            let sounding = dialling.sounding(&stream, peer, now);
            self.live(stream, None, sounding, outbox);
        }
    }

    /// The handshake of a line with TLS from the first octet is over.
    fn secured(&mut self, shaken: Shaken, outbox: &mut Outbox) {
        let Stage::Dialling(dialling) = &mut self.stage else { return };
        let Shaken { result, protection } = shaken;
        if result.is_ok() {
            dialling.recorder.tls_started();
            let rows = protection.as_deref().map(|protection| dialling.setup().rows(protection));
            for row in rows.into_iter().flatten() {
                dialling.recorder.event(row, now(), outbox);
            }
        }
        if let Some(protection) = protection {
            outbox.push(Report::Link { side: E::SIDE, link: self.number, event: LinkEvent::Tls(protection) });
        }
        match result {
            Ok((stream, channel)) => self.live(stream, Some(channel), Sounding::Off, outbox),
            Err(failure) => self.dialling_ended(Some(failure), outbox),
        }
    }

    /// From here on the engine speaks. `channel`: of a line that is encrypted.
    fn live(&mut self, stream: Stream, channel: Option<Channel>, sounding: Sounding, outbox: &mut Outbox) {
        let Stage::Dialling(dialling) = std::mem::replace(&mut self.stage, Stage::Over) else { return };
        let (mut engine, setup) = (E::open(dialling.dial.target(), now()), dialling.setup());
        if !outbox.wants_records() {
            engine.without_chunks();
        }
        let Dialling { early, recorder, .. } = *dialling;
        let mut live = Box::new(Live::new(engine, stream, setup, recorder, self.number, self.at.clone()));
        live.listen(sounding);
        if let Some(channel) = channel {
            live.encrypted(channel);
        }
        for (command, body) in early {
            live.submit(command, body, outbox);
        }
        live.start(outbox);
        self.stage = Stage::Live(live);
        self.settle(outbox);
    }

    /// Dialling ended without a line. What waited for it gets its fate.
    fn dialling_ended(&mut self, failure: Option<Failure>, outbox: &mut Outbox) {
        let Stage::Dialling(dialling) = std::mem::replace(&mut self.stage, Stage::Over) else { return };
        let Dialling { early, mut recorder, .. } = *dialling;
        let why = failure.as_ref().map_or("the connection attempt was given up", |failure| failure.what.as_str());
        match &failure {
            Some(_) => recorder.error(why, now(), outbox),
            None => recorder.event(why, now(), outbox),
        }
        for (command, _) in early {
            if let Some(notice) = E::unsent(command, why) {
                outbox.push(E::report(self.number, notice));
            }
        }
        self.closed(failure, outbox);
    }

    /// If the line is over, says so.
    fn settle(&mut self, outbox: &mut Outbox) {
        let Stage::Live(live) = &mut self.stage else { return };
        if live.is_over() {
            let failure = live.finish(outbox);
            self.stage = Stage::Over;
            self.closed(failure, outbox);
        }
    }

    fn closed(&self, failure: Option<Failure>, outbox: &mut Outbox) {
        outbox.push(Report::Link { side: E::SIDE, link: self.number, event: LinkEvent::Closed(failure) });
    }
}

impl<E: Conversation> Dialling<E> {
    /// What a handshake on the line that came of it needs.
    fn setup(&self) -> Setup {
        let target = self.dial.target();
        Setup::new(target, self.dial.connected_host(), self.materials.clone())
    }

    /// Behind a proxy the peer is the proxy, and is not asked; nor is a server that wants a PROXY header first.
    fn sounding(&self, stream: &Stream, peer: SocketAddr, now: Instant) -> Sounding {
        let target = self.dial.target();
        match stream {
            Stream::Plain(_) if target.proxy.is_none() && target.proxy_header.is_none() => {
                Sounding::of(peer, target.source, target.port, target.timeouts.handshake, now)
            }
            _ => Sounding::Off,
        }
    }
}

/// The time of tokio's clock, which tests can stop, as engines want it.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

fn milliseconds(lapse: Duration) -> String {
    format!("{:.1} ms", lapse.as_secs_f64() * 1e3)
}
