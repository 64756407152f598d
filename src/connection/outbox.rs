//! Reports on their way to the interface: numbered, in order, never lost, and bounded by making the network wait.
//!
//! Handling one event may yield many reports, and the task must not await in the middle of it. So they queue here, go
//! into the channel as it has room, and as long as too many wait, nobody reads from a socket.

use std::collections::VecDeque;

use tokio::sync::mpsc;

use super::{Recording, Report};
use crate::transcript::Record;

/// Reports waiting here, beside a full channel, at which reading from the network stops.
const READING_STOPS: usize = 64;
/// Reports waiting here at which even requests wait: only an interface that asks without ever listening gets there.
const REQUESTS_STOP: usize = 8 * 1024;
/// Octets of heavy reports in the channel at which reading from the network stops.
const HEAVY: usize = 1024 * 1024;
/// Reports in the channel below which it is never called heavy.
const LIGHT: usize = 16;

/// The queue in front of the reports channel.
#[derive(Debug)]
pub struct Outbox {
    channel: mpsc::Sender<Report>,
    waiting: VecDeque<Report>,
    /// Octets of the reports that may still lie in the channel, newest last.
    weights: VecDeque<usize>,
    /// Sum of `weights`.
    weight: usize,
    /// Number of the last record.
    records: u64,
    recording: Recording,
}

impl Outbox {
    /// A queue in front of `channel`.
    pub fn new(channel: mpsc::Sender<Report>, recording: Recording) -> Self {
        Self { channel, waiting: VecDeque::new(), weights: VecDeque::new(), weight: 0, records: 0, recording }
    }

    /// Whether anybody wants records. Who makes them may save the work.
    pub fn wants_records(&self) -> bool {
        self.recording == Recording::Full
    }

    /// Queues a report.
    pub fn push(&mut self, report: Report) {
        self.waiting.push_back(report);
    }

    /// Numbers a record and queues it, if records are wanted.
    pub fn record(&mut self, mut record: Record) {
        if !self.wants_records() {
            return;
        }
        self.records += 1;
        record.number = self.records;
        self.push(Report::Record(record));
    }

    /// Moves what fits into the channel.
    pub fn flush(&mut self) {
        let fits = self.channel.capacity().min(self.waiting.len());
        let Ok(permits) = self.channel.try_reserve_many(fits) else { return };
        for (permit, report) in permits.zip(self.waiting.drain(..fits)) {
            let weight = octets(&report);
            permit.send(report);
            self.weights.push_back(weight);
            self.weight += weight;
        }
    }

    /// Whether there is room for what a read may bring.
    pub fn has_room(&mut self) -> bool {
        self.forget_taken();
        self.waiting.len() < READING_STOPS && !self.is_heavy()
    }

    /// Whether a request may be taken on.
    pub fn takes_requests(&self) -> bool {
        self.waiting.len() < REQUESTS_STOP
    }

    /// Waits until the channel takes more, or, once it is too heavy, until most of it was taken out. False when nobody
    /// listens any more. Cancel-safe; call [`Self::flush`] afterwards.
    pub async fn sendable(&self) -> bool {
        if self.is_heavy() {
            let light = self.channel.max_capacity().saturating_sub(LIGHT).max(1);
            self.channel.reserve_many(light).await.is_ok()
        } else if self.waiting.is_empty() {
            self.channel.closed().await;
            false
        } else {
            self.channel.reserve().await.is_ok()
        }
    }

    /// Sends everything that waits, as fast as the interface takes it.
    pub async fn finish(mut self) {
        for report in self.waiting.drain(..) {
            if self.channel.send(report).await.is_err() {
                return;
            }
        }
    }

    fn is_heavy(&self) -> bool {
        self.weight > HEAVY && self.weights.len() > LIGHT
    }

    fn forget_taken(&mut self) {
        let lying = self.channel.max_capacity() - self.channel.capacity();
        while self.weights.len() > lying {
            self.weight -= self.weights.pop_front().unwrap_or(0);
        }
    }
}

/// What a report weighs beyond its own size, where it can be much.
fn octets(report: &Report) -> usize {
    match report {
        Report::Record(record) => record.bytes.len(),
        Report::Pop3 { notice: crate::pop3::Notice::Body { bytes, .. }, .. } => bytes.len(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::LinkEvent;
    use crate::pop3::{BodyKind, Notice};
    use crate::wire::Side;

    fn numbered(link: u32) -> Report {
        Report::Link { side: Side::Smtp, link, event: LinkEvent::NotConnected }
    }

    fn heavy() -> Report {
        Report::Pop3 { link: 1, notice: Notice::Body { kind: BodyKind::Retr, number: 1, bytes: vec![0; 64 * 1024] } }
    }

    #[test]
    fn a_full_channel_loses_nothing_and_stops_the_reading() {
        let (sender, mut receiver) = mpsc::channel(4);
        let mut outbox = Outbox::new(sender, Recording::Full);
        for link in 0..100 {
            outbox.push(numbered(link));
        }
        outbox.flush();
        assert!(!outbox.has_room());
        assert!(outbox.takes_requests());
        let mut seen = Vec::new();
        while let Ok(report) = receiver.try_recv() {
            seen.push(report);
            outbox.flush();
        }
        assert_eq!(seen, (0..100).map(numbered).collect::<Vec<_>>());
        assert!(outbox.has_room());
    }

    #[tokio::test]
    async fn octets_count_as_well_as_reports() {
        let (sender, mut receiver) = mpsc::channel(1024);
        let mut outbox = Outbox::new(sender, Recording::Full);
        while outbox.has_room() {
            outbox.push(heavy());
            outbox.flush();
        }
        let lying = receiver.len();
        assert!(lying <= HEAVY / (64 * 1024) + 1, "{lying} reports of 64 KiB");
        for _ in LIGHT..lying {
            receiver.recv().await.unwrap();
        }
        assert!(outbox.sendable().await);
        assert!(outbox.has_room());
    }

    #[tokio::test]
    async fn an_interface_that_is_gone_is_noticed() {
        let (sender, receiver) = mpsc::channel(4);
        let outbox = Outbox::new(sender, Recording::Full);
        drop(receiver);
        assert!(!outbox.sendable().await);
    }
}
