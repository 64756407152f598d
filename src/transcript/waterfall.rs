//! Where the time of each connection went, from its rows alone: making the line, TLS, each exchange, bodies, and the
//! pauses in which nothing was owed by the server.

mod drawing;

use std::time::Duration;

use super::{Entry, EntryKind, Transcript};
use crate::wire::Side;
pub use drawing::draw;

/// Rows that are looked at, the latest ones: somebody waits for the answer.
const ROWS: u64 = 60_000;
/// A pause shorter than this is the program's own.
const PAUSE: Duration = Duration::from_millis(10);

/// A stretch of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// What was done: `lookup`, `TCP`, `TLS`, `greeting`, a verb, `body`, `dot`, `pause`.
    pub label: String,
    /// Since the start of the transcript.
    pub from: Duration,
    /// How long it took.
    pub took: Duration,
}

/// A connection and its stages in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// Which conversation.
    pub side: Side,
    /// Which connection.
    pub link: u32,
    /// Of its first row that was looked at, since the start of the transcript.
    pub begins: Duration,
    /// Of its last row.
    pub ends: Duration,
    /// In order.
    pub stages: Vec<Stage>,
    /// The end of what was last waited for.
    busy_until: Duration,
    /// When the first address was tried.
    tried: Option<Duration>,
    /// TLS was told of since the last reply.
    encrypted: bool,
}

/// The connections among the latest rows, in the order in which they began; and whether older rows were left out.
pub fn lanes(transcript: &Transcript) -> (Vec<Lane>, bool) {
    let first = transcript.end_id().saturating_sub(ROWS).max(transcript.first_id());
    let mut lanes: Vec<Lane> = Vec::new();
    for entry in (first..transcript.end_id()).filter_map(|id| transcript.get(id)) {
        let here = lanes.iter().rposition(|lane| (lane.side, lane.link) == (entry.side(), entry.link()));
        let here = here.unwrap_or_else(|| {
            lanes.push(Lane::new(&entry));
            lanes.len() - 1
        });
        lanes[here].take(&entry);
    }
    (lanes, first > 0)
}

impl Lane {
    fn new(entry: &Entry<'_>) -> Self {
        Self {
            side: entry.side(),
            link: entry.link(),
            begins: entry.at(),
            ends: entry.at(),
            stages: Vec::new(),
            busy_until: entry.at(),
            tried: None,
            encrypted: false,
        }
    }

    /// From the first row to the last.
    pub fn total(&self) -> Duration {
        self.ends.saturating_sub(self.begins)
    }

    fn take(&mut self, entry: &Entry<'_>) {
        match entry.kind() {
            EntryKind::Event | EntryKind::Error => self.event(entry),
            EntryKind::Command => self.pause(entry.at()),
            EntryKind::Reply => {
                let lapse = entry.lapse().unwrap_or_default();
                self.wait(label(entry.verb()), entry.at().saturating_sub(lapse), lapse);
                self.encrypted = false;
            }
            EntryKind::Body => self.wait("body".to_owned(), entry.at(), entry.took().unwrap_or_default()),
            EntryKind::Stray => {}
        }
        self.ends = self.ends.max(entry.at()).max(self.busy_until);
    }

    /// The rows of the connection itself, by their first words.
    fn event(&mut self, entry: &Entry<'_>) {
        let words = entry.raw();
        let at = entry.at();
        if words.starts_with(b"trying ") {
            if self.tried.is_none() && at > self.begins {
                self.wait("lookup".to_owned(), self.begins, at.saturating_sub(self.begins));
            }
            self.tried.get_or_insert(at);
        } else if words.starts_with(b"connected to ") {
            let from = self.tried.unwrap_or(self.begins);
            self.wait("TCP".to_owned(), from, at.saturating_sub(from));
        } else if words.starts_with(b"TLS 1") && !self.encrypted {
            // Whatever came last before it is what the handshake began behind.
            self.encrypted = true;
            self.wait("TLS".to_owned(), self.busy_until, at.saturating_sub(self.busy_until));
        }
    }

    fn wait(&mut self, label: String, from: Duration, took: Duration) {
        self.pause(from);
        self.stages.push(Stage { label, from, took });
        self.busy_until = self.busy_until.max(from + took);
    }

    /// Nothing was owed until `now`.
    fn pause(&mut self, now: Duration) {
        let idle = now.saturating_sub(self.busy_until);
        if idle >= PAUSE && !self.stages.is_empty() {
            self.stages.push(Stage { label: "pause".to_owned(), from: self.busy_until, took: idle });
        }
        self.busy_until = self.busy_until.max(now);
    }
}

fn label(verb: &str) -> String {
    match verb {
        "GREETING" => "greeting".to_owned(),
        "." => "dot".to_owned(),
        "" => "reply".to_owned(),
        verb => verb.to_owned(),
    }
}

#[cfg(test)]
mod tests;
