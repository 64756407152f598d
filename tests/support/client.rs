//! The connection task with real sockets, driven by lines and heard through its reports.

use std::time::Duration;

use telepost::connection::{self, Failure, Family, Handle, LinkEvent, Protocol, Report, Request, Submission, Target};
use telepost::transcript::{Direction, Record};
use telepost::wire::{ChunkKind, Timeouts};
use telepost::{pop3, smtp};

/// Longer than anything on loopback takes, so that a test that hangs fails.
const PATIENCE: Duration = Duration::from_mins(1);

/// A client and everything it was told.
pub struct Client {
    handle: Handle,
    pub records: Vec<Record>,
    /// Replies in their context, as `verb: first line`.
    pub replies: Vec<String>,
}

/// Where to connect.
pub fn target(protocol: Protocol, host: &str, port: u16) -> Target {
    let (family, timeouts) = (Family::Any, Timeouts::default());
    Target { family, timeouts, ..Target::new(protocol, host, port) }
}

impl Client {
    /// Starts to connect.
    pub async fn connect(target: Target) -> Self {
        let mut client = Self { handle: connection::spawn(), records: Vec::new(), replies: Vec::new() };
        client.ask(Request::Connect(Box::new(target))).await;
        client
    }

    /// Submits a typed line without waiting for anything.
    pub async fn smtp(&mut self, line: &str) {
        let line = smtp::Line::typed(line).expect("a line that can be sent");
        self.ask(Request::Submit(Submission::Smtp(smtp::Command::Line(line), None))).await;
    }

    /// Submits a typed line without waiting for anything.
    pub async fn pop3(&mut self, line: &str) {
        let line = pop3::Line::typed(line).expect("a line that can be sent");
        self.ask(Request::Submit(Submission::Pop3(pop3::Command::Line(line)))).await;
    }

    async fn ask(&mut self, request: Request) {
        self.handle.requests.send(request).await.expect("the task runs");
    }

    /// Listens until the link is gone; why, unless it ended as it should.
    pub async fn end(&mut self) -> Option<Failure> {
        loop {
            let report = tokio::time::timeout(PATIENCE, self.handle.reports.recv()).await;
            match report.expect("the task says something").expect("the task runs") {
                Report::Record(record) => self.records.push(record),
                Report::Link { event: LinkEvent::Closed(failure), .. } => return failure,
                Report::Smtp { notice: smtp::Notice::Replied { verb, reply, .. }, .. } => {
                    self.replies.push(format!("{}: {} {}", verb.name(), reply.code, reply.first_line()));
                }
                Report::Pop3 { notice: pop3::Notice::Replied { verb, response, .. }, .. } => {
                    self.replies.push(format!("{}: {response}", verb.name()));
                }
                _ => {}
            }
        }
    }

    /// The lines of one direction in order, without their line ends.
    pub fn lines(&self, direction: Direction) -> Vec<String> {
        let of_direction = self.records.iter().filter(|record| record.direction == direction);
        of_direction.map(|record| String::from_utf8_lossy(&record.bytes).trim_end().to_owned()).collect()
    }

    /// Whether each command left only after the reply to the one before it.
    pub fn kept_step(&self) -> bool {
        let mut waiting = true;
        self.records.iter().all(|record| match (record.direction, record.kind) {
            (Direction::Received, ChunkKind::Reply { last: true, .. }) => {
                waiting = false;
                true
            }
            (Direction::Sent, ChunkKind::Command | ChunkKind::BodyEnd) => !std::mem::replace(&mut waiting, true),
            _ => true,
        })
    }
}
