//! One record: a chunk of the dialogue, stamped, masked and numbered, or an event beside it.

use std::time::Duration;

use crate::wire::{ChunkKind, Side};

/// Where a record came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// We wrote it.
    Sent,
    /// The server wrote it.
    Received,
    /// Something happened on our side (`===`).
    Event,
    /// Something went wrong on our side (`***`).
    Error,
}

/// Running figures of a body, up to and including the record that carries them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Octets on the wire, the final dot's line not counted.
    pub octets: u64,
    /// Line ends.
    pub lines: u64,
    /// Lines that carry a stuffed dot.
    pub stuffed: u64,
    /// Longest line in octets, without its line end.
    pub longest: u64,
}

/// A chunk stamped, masked and numbered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Counts up by one over both sides.
    pub number: u64,
    /// Which conversation.
    pub side: Side,
    /// Counts the connections of this process; tells a link from the one before it.
    pub link: u32,
    /// Time since the start of the transcript.
    pub at: Duration,
    /// From the last byte sent to the first byte of this reply, on the first line of a reply only.
    pub lapse: Option<Duration>,
    /// Who said it.
    pub direction: Direction,
    /// What it is. Events and errors are `Stray`.
    pub kind: ChunkKind,
    /// False when the state did not call for it.
    pub expected: bool,
    /// Whether it went through TLS.
    pub tls: bool,
    /// The bytes, secrets masked. Of a body only the first part is kept; `tally` counts all of it.
    pub bytes: Vec<u8>,
    /// For `Body` and `BodyEnd`.
    pub tally: Option<Tally>,
}
