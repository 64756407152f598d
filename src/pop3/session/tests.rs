//! The session as a whole: limits, deadlines, pipelining, secrets, the fate of marks, and the rules that hold for any
//! bytes. Plain conversations are in `tests/dialogues`.

mod any_bytes;
mod deadlines;
mod flow;
mod hostile;
mod marks;
mod plans;

use std::time::{Duration, Instant};

use super::*;
use crate::pop3::{Ending, Line, Verb};

/// A session with what came out of it.
struct Play {
    session: Session,
    start: Instant,
    now: Instant,
    notices: Vec<Notice>,
    written: Vec<u8>,
    received: Vec<Chunk>,
    transmitted: Vec<Chunk>,
    closed: bool,
    tls: bool,
}

impl Play {
    fn new() -> Self {
        let now = Instant::now();
        Self {
            session: Session::new(Timeouts::default(), now),
            start: now,
            now,
            notices: Vec::new(),
            written: Vec::new(),
            received: Vec::new(),
            transmitted: Vec::new(),
            closed: false,
            tls: false,
        }
    }

    /// Greeted, not signed in; nothing of that is left in the record.
    fn greeted() -> Self {
        let mut play = Self::new();
        play.server("+OK hi\r\n");
        play.forget();
        play
    }

    /// Signed in.
    fn signed_in() -> Self {
        let mut play = Self::greeted();
        play.say("PASS hunter2", "+OK\r\n");
        assert_eq!(play.session.state(), State::Transaction);
        play.forget();
        play
    }

    /// Signed in, with PIPELINING announced.
    fn pipelining() -> Self {
        let mut play = Self::signed_in();
        play.say("CAPA", "+OK\r\nPIPELINING\r\n.\r\n");
        play.forget();
        play
    }

    fn forget(&mut self) {
        self.notices.clear();
        self.written.clear();
        self.received.clear();
        self.transmitted.clear();
    }

    fn submit(&mut self, line: &str) {
        self.command(Command::Line(Line::typed(line).unwrap()));
    }

    fn command(&mut self, command: Command) {
        self.session.submit(command, self.now);
        self.drain();
    }

    fn server(&mut self, bytes: impl AsRef<[u8]>) {
        self.session.receive(bytes.as_ref(), self.now);
        self.drain();
    }

    /// A typed line and what the server says to it.
    fn say(&mut self, line: &str, answer: impl AsRef<[u8]>) {
        self.submit(line);
        self.server(answer);
    }

    fn eof(&mut self) {
        self.session.eof(self.now);
        self.drain();
    }

    /// Lets time pass up to the deadline.
    fn time_out(&mut self) {
        self.now = self.session.deadline().expect("a deadline");
        self.session.timeout(self.now);
        self.drain();
    }

    fn wait(&mut self, duration: Duration) {
        self.now += duration;
        self.session.timeout(self.now);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.session.poll() {
            match output {
                Output::Transmit(chunk) => {
                    self.written.extend_from_slice(&chunk.bytes);
                    self.transmitted.push(chunk);
                }
                Output::Received(chunk) => self.received.push(chunk),
                Output::Notify(notice) => self.notices.push(notice),
                Output::StartTls => self.tls = true,
                Output::Close => self.closed = true,
                Output::WantBody(_) => panic!("POP3 wants no body"),
            }
        }
    }

    fn written(&self) -> &str {
        std::str::from_utf8(&self.written).unwrap()
    }

    fn received_bytes(&self) -> Vec<u8> {
        self.received.iter().flat_map(|chunk| chunk.bytes.clone()).collect()
    }

    fn broken(&self) -> Option<&Violation> {
        self.notices
            .iter()
            .find_map(|notice| if let Notice::Broken(violation) = notice { Some(violation) } else { None })
    }

    fn ending(&self) -> Option<&Ending> {
        let mut endings = self
            .notices
            .iter()
            .filter_map(|notice| if let Notice::Ended(ending) = notice { Some(ending) } else { None });
        let ending = endings.next();
        assert_eq!(endings.next(), None, "the fate of the marks is told once");
        ending
    }

    fn dropped(&self) -> Vec<(Verb, Option<u32>)> {
        let dropped = |notice: &Notice| match notice {
            Notice::Dropped { verb, number, .. } => Some((*verb, *number)),
            _ => None,
        };
        self.notices.iter().filter_map(dropped).collect()
    }
}

/// Notices with the pieces of a stream put together, so that how it was cut does not show.
fn joined(notices: &[Notice]) -> Vec<Notice> {
    let mut joined: Vec<Notice> = Vec::new();
    for notice in notices {
        match (joined.last_mut(), notice) {
            (Some(Notice::Body { bytes, .. }), Notice::Body { bytes: more, .. }) => bytes.extend_from_slice(more),
            (Some(Notice::Scans(scans)), Notice::Scans(more)) => scans.extend_from_slice(more),
            (Some(Notice::UniqueIds(ids)), Notice::UniqueIds(more)) => ids.extend_from_slice(more),
            // How many were injected depends on how many had arrived.
            (_, Notice::Broken(Violation::InjectedBeforeTls(_))) => {
                joined.push(Notice::Broken(Violation::InjectedBeforeTls(1)));
            }
            _ => joined.push(notice.clone()),
        }
    }
    joined
}
