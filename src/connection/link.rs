//! One link: dialling first, then the line that stands. It takes requests at any moment of its life.

mod ending;
mod live;
mod meter;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;

use self::live::Live;
use super::conversation::Conversation;
use super::dial::{self, Dial};
use super::failure::place;
use super::outbox::Outbox;
use super::recorder::Recorder;
use super::stream::Stream;
use super::{Body, Failure, LinkEvent, Report, Target};

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
    trying_since: Instant,
    /// Commands that wait for the line.
    early: Vec<(E::Command, Option<Body>)>,
    recorder: Recorder,
}

/// What a link woke up for.
#[derive(Debug)]
pub enum Wake {
    /// Dialling went on.
    Dial(dial::Step),
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
            dial: Dial::new(target),
            trying_since: now(),
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
            Stage::Dialling(dialling) => Wake::Dial(dialling.dial.step().await),
            Stage::Live(live) => Wake::Live(live.wait(room).await),
            Stage::Over => std::future::pending().await,
        }
    }

    /// Does what follows from what was waited for.
    pub fn handle(&mut self, wake: Wake, outbox: &mut Outbox) {
        match (&mut self.stage, wake) {
            (Stage::Dialling(dialling), Wake::Dial(step)) => match step {
                dial::Step::Connected(stream) => self.connected(stream, outbox),
                dial::Step::Failed(failure) => self.dialling_ended(Some(failure), outbox),
                dial::Step::Note(words) => {
                    dialling.trying_since = now();
                    dialling.recorder.event(words, now(), outbox);
                }
                dial::Step::Trouble(words) => dialling.recorder.error(words, now(), outbox),
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

    /// The line stands: from here on the engine speaks.
    fn stand(&mut self, stream: Stream, peer: SocketAddr, local: SocketAddr, outbox: &mut Outbox) {
        let Stage::Dialling(dialling) = std::mem::replace(&mut self.stage, Stage::Over) else { return };
        let Dialling { dial, trying_since, early, mut recorder } = *dialling;
        let now = now();
        let lapse = now.saturating_duration_since(trying_since);
        recorder.event(format!("connected in {} from {local}", milliseconds(lapse)), now, outbox);
        let event = LinkEvent::Connected { peer, local };
        outbox.push(Report::Link { side: E::SIDE, link: self.number, event });
        let engine = E::open(dial.target(), now);
        let mut live = Box::new(Live::new(engine, stream, recorder, self.number, self.at.clone()));
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

/// The time of tokio's clock, which tests can stop, as engines want it.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

fn milliseconds(lapse: Duration) -> String {
    format!("{:.1} ms", lapse.as_secs_f64() * 1e3)
}
