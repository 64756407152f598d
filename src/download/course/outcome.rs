//! How a download ended, and how far it is.

use std::time::Duration;

/// What ended a download.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cause {
    /// Nothing more was wanted.
    #[default]
    Whole,
    /// The person, or somebody who sent QUIT.
    Stopped,
    /// The line was lost.
    Line,
    /// The keeper could write no more.
    Disk,
}

/// Characters kept of what a server said of one message.
const SAID: usize = 120;

/// How a download ended. Texts quote the server and are **not sanitized**.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Messages that are safe on disk.
    pub safe: Vec<u32>,
    /// Their octets, dots undone.
    pub octets: u64,
    /// The ones whose DELE was accepted, of these and of those made safe earlier: deleted once QUIT is answered.
    pub marked: Vec<u32>,
    /// Safe messages that were to be deleted and whose DELE was refused, and why.
    pub unmarked: Vec<(u32, String)>,
    /// Safe messages that were to be deleted and for which no DELE was sent: their unique-id is missing, not valid, or
    /// given to several messages.
    pub without_id: usize,
    /// Messages that the server refused to give, and why.
    pub refused: Vec<(u32, String)>,
    /// Messages not reached, because it was stopped or the disk or the line failed.
    pub left: usize,
    /// What ended it; the first counts.
    pub cause: Cause,
    /// Why it ended early, in words.
    pub why: Option<String>,
}

impl Outcome {
    /// The server does not give this message.
    pub(super) fn refuse(&mut self, number: u32, said: &str) {
        let end = said.char_indices().nth(SAID).map_or(said.len(), |(end, _)| end);
        self.refused.push((number, said[..end].to_owned()));
    }
}

/// How far it is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    /// Messages received whole, and wanted.
    pub messages: (usize, usize),
    /// Octets received, and announced for all.
    pub octets: (u64, u64),
    /// Octets a second, lately.
    pub rate: f64,
    /// Time left at this rate.
    pub left: Option<Duration>,
}
