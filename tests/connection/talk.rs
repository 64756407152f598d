//! The interface's side of a test: requests in, reports collected.

use telepost::connection::{
    self, Body, Failure, Handle, LinkEvent, Protection, Protocol, REPORTS, Recording, Report, Request, Submission,
    Target,
};
use telepost::smtp::{MailId, MailReport, Notice, Transaction};
use telepost::transcript::{Direction, Record};
use telepost::wire::{ChunkKind, Side, Timeouts};
use telepost::{pop3, smtp};
use tokio::time::timeout;

use crate::peer::{PATIENCE, Peer};

/// A task and what it reported so far.
pub struct Talk {
    pub handle: Handle,
    pub seen: Vec<Report>,
}

impl Talk {
    pub fn new() -> Self {
        Self { handle: connection::spawn(), seen: Vec::new() }
    }

    pub async fn connect(target: Target) -> Self {
        Self::connect_with(target, Recording::Full).await
    }

    pub async fn connect_with(target: Target, recording: Recording) -> Self {
        let mut talk = Self { handle: connection::spawn_with(recording), seen: Vec::new() };
        talk.ask(Request::Connect(Box::new(target))).await;
        talk
    }

    pub async fn ask(&mut self, request: Request) {
        self.handle.requests.send(request).await.unwrap();
    }

    pub async fn submit(&mut self, submission: Submission) {
        self.ask(Request::Submit(submission)).await;
    }

    pub async fn next(&mut self) -> Report {
        let report = timeout(PATIENCE, self.handle.reports.recv()).await;
        let report = report.unwrap_or_else(|_| panic!("no report; so far: {:#?}", self.tail())).unwrap();
        self.seen.push(report.clone());
        report
    }

    /// Reads reports up to the first that fits.
    pub async fn until(&mut self, fits: impl Fn(&Report) -> bool) -> Report {
        loop {
            let report = self.next().await;
            if fits(&report) {
                return report;
            }
        }
    }

    /// Waits for the end of a link: why it ended.
    pub async fn closed(&mut self, side: Side) -> Option<Failure> {
        loop {
            if let Report::Link { side: ended, event: LinkEvent::Closed(failure), .. } = self.next().await
                && ended == side
            {
                return failure;
            }
        }
    }

    pub async fn until_mail_done(&mut self, id: u64) {
        self.until(|report| done(report).is_some_and(|report| report.id == MailId(id))).await;
    }

    /// Reads reports up to an event or error with these words in it. All such notes so far.
    pub async fn until_note(&mut self, words: &str) -> Vec<String> {
        self.until(
            |report| matches!(report, Report::Record(record) if note(record).is_some_and(|n| n.contains(words))),
        )
        .await;
        self.notes()
    }

    /// Waits, without taking any report, until no more fit the channel.
    pub async fn until_full(&self) {
        self.until_queued(|queued| queued == REPORTS).await;
    }

    /// Waits, without taking any report, until the weight of those in the channel has stopped the reading.
    pub async fn until_stalled(&self) {
        self.until_queued(|queued| queued > 30).await;
    }

    async fn until_queued(&self, enough: impl Fn(usize) -> bool) {
        let waiting = async {
            while !enough(self.handle.reports.len()) {
                tokio::task::yield_now().await;
            }
        };
        let waited = timeout(PATIENCE, waiting).await;
        assert!(waited.is_ok(), "{} reports", self.handle.reports.len());
    }

    pub fn records(&self) -> impl Iterator<Item = &Record> {
        self.seen.iter().filter_map(|report| match report {
            Report::Record(record) => Some(record),
            _ => None,
        })
    }

    /// Events and errors.
    pub fn notes(&self) -> Vec<String> {
        self.records().filter_map(note).collect()
    }

    /// What went one way, as far as it is kept.
    pub fn wire(&self, direction: Direction) -> Vec<u8> {
        self.records().filter(|record| record.direction == direction).flat_map(|record| record.bytes.clone()).collect()
    }

    /// The records of what was said, without times.
    pub fn dialogue(&self) -> Vec<(Direction, ChunkKind, Vec<u8>)> {
        let said = self.records().filter(|record| note(record).is_none());
        said.map(|record| (record.direction, record.kind, record.bytes.clone())).collect()
    }

    pub fn smtp_notices(&self) -> Vec<Notice> {
        let notices = self.seen.iter().filter_map(|report| match report {
            Report::Smtp { notice, .. } => Some(notice.clone()),
            _ => None,
        });
        notices.collect()
    }

    pub fn find_mail(&self, id: u64) -> Option<&MailReport> {
        self.seen.iter().filter_map(done).find(|report| report.id == MailId(id))
    }

    pub fn mail_done(&self, id: u64) -> &MailReport {
        self.find_mail(id).expect("the fate of the mail is reported")
    }

    pub fn numbers_are_gapless(&self) {
        let numbers: Vec<_> = self.records().map(|record| record.number).collect();
        assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
    }

    /// How the line is protected, by the last report of it.
    pub fn protection(&self) -> Option<&Protection> {
        let mut reports = self.seen.iter().filter_map(|report| match report {
            Report::Link { event: LinkEvent::Tls(protection), .. } => Some(&**protection),
            _ => None,
        });
        reports.next_back()
    }

    fn tail(&self) -> &[Report] {
        &self.seen[self.seen.len().saturating_sub(20)..]
    }
}

fn done(report: &Report) -> Option<&MailReport> {
    match report {
        Report::Smtp { notice: Notice::MailDone(report), .. } => Some(report),
        _ => None,
    }
}

fn note(record: &Record) -> Option<String> {
    matches!(record.direction, Direction::Event | Direction::Error).then(|| text(&record.bytes))
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

pub fn target(protocol: Protocol, peer: &Peer) -> Target {
    target_at(protocol, peer.port)
}

pub fn target_at(protocol: Protocol, port: u16) -> Target {
    let timeouts = Timeouts::default();
    Target { timeouts, ..Target::new(protocol, "127.0.0.1", port) }
}

pub fn body(bytes: &[u8]) -> Body {
    Body::Bytes(bytes.into())
}

pub fn mail(id: u64, body: Body) -> Submission {
    let transaction = Transaction::new(MailId(id), "ada@sandbox.test", vec!["bob@sandbox.test".into()]);
    Submission::Smtp(smtp::Command::Mail(transaction), Some(body))
}

pub fn smtp_line(line: &str) -> Submission {
    Submission::Smtp(smtp::Command::Line(smtp::Line::typed(line).unwrap()), None)
}

pub fn pop3_line(line: &str) -> Submission {
    Submission::Pop3(pop3::Command::Line(pop3::Line::typed(line).unwrap()))
}
