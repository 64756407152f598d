//! The seam between a protocol and everything else: bytes and commands in, [`Output`]s out.
//!
//! An engine owns no socket, no clock and no terminal. Whoever drives it passes the time in, drains
//! [`Engine::poll`] until it is empty, and then waits for one thing: bytes, a command, or [`Engine::deadline`].

use std::ops::Range;
use std::time::Instant;

use super::Channel;

/// What a piece of the dialogue is, as far as the engine that framed it knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChunkKind {
    /// A whole command line (or a line of a SASL exchange), CRLF included.
    Command,
    /// One line of a reply, line end included. A reply of one line is `first` and `last`.
    Reply {
        /// First line of its reply.
        first: bool,
        /// Last line of its reply.
        last: bool,
    },
    /// A piece of a multi-line body (DATA; RETR, TOP, LIST, UIDL, CAPA) as it is on the wire, stuffed dots included.
    Body,
    /// The end of a body: the line with the single dot, and the CRLF before it when the engine had to add one.
    BodyEnd,
    /// Bytes that are no line of the protocol: garbage, an overlong line, a rest without its line end.
    Stray,
}

/// Bytes of the dialogue exactly as on the wire.
#[derive(Clone, PartialEq, Eq)]
pub struct Chunk {
    /// The bytes, unchanged.
    pub bytes: Vec<u8>,
    /// What they are.
    pub kind: ChunkKind,
    /// False when the state of the conversation did not call for these bytes (shown as `<**`).
    pub expected: bool,
    /// Byte ranges of `bytes`, ascending and disjoint, that must never be shown, kept or exported.
    pub secrets: Vec<Range<usize>>,
}

impl Chunk {
    /// A chunk without secrets that the state of the conversation called for.
    pub fn new(bytes: impl Into<Vec<u8>>, kind: ChunkKind) -> Self {
        Self { bytes: bytes.into(), kind, expected: true, secrets: Vec::new() }
    }
}

impl std::fmt::Debug for Chunk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let masked = super::secret::masked(&self.bytes, &self.secrets);
        f.debug_struct("Chunk")
            .field("kind", &self.kind)
            .field("expected", &self.expected)
            .field("bytes", &format_args!("\"{}\"", masked.escape_ascii()))
            .finish()
    }
}

/// What an engine asks of its driver. The order of outputs is the order of the dialogue.
#[derive(Debug)]
pub enum Output<N> {
    /// Write these bytes. All `Transmit` chunks in order are exactly the bytes written.
    Transmit(Chunk),
    /// These bytes arrived. All `Received` chunks in order, and [`Engine::pending`], are exactly the bytes read.
    Received(Chunk),
    /// The engine understood something.
    Notify(N),
    /// Call [`Engine::body`] with up to this many octets of the body of the mail under way.
    WantBody(usize),
    /// Start the TLS handshake now; every byte from here on belongs to it. Answer with [`Engine::tls_started`].
    StartTls,
    /// The conversation is over: close the line after what was transmitted so far is written.
    Close,
}

/// A sans-IO protocol state machine.
pub trait Engine {
    /// What a person, a plan or a script may ask for.
    type Command;
    /// What the engine understood.
    type Notice;

    /// Queues a command. It goes out when the protocol allows: after the greeting, and after the reply before it
    /// unless both sides agreed on pipelining.
    fn submit(&mut self, command: Self::Command, now: Instant);
    /// Bytes arrived, in any pieces.
    fn receive(&mut self, bytes: &[u8], now: Instant);
    /// The next piece of the body asked for by [`Output::WantBody`], before stuffing; `last` with the final one
    /// (which may be empty).
    fn body(&mut self, bytes: &[u8], last: bool, now: Instant);
    /// The body cannot be read to its end: the mail must not be completed, so the line is given up.
    fn body_failed(&mut self, now: Instant);
    /// The line is encrypted since now: the handshake asked for by [`Output::StartTls`] is done, or, before anything was
    /// received, the line was so from its first octet.
    fn tls_started(&mut self, channel: Channel, now: Instant);
    /// The peer closed the line.
    fn eof(&mut self, now: Instant);
    /// The clock reached [`Engine::deadline`].
    fn timeout(&mut self, now: Instant);
    /// When the engine wants [`Engine::timeout`] called, if at all.
    fn deadline(&self) -> Option<Instant>;
    /// Bytes received that are not yet a line or a body piece.
    fn pending(&self) -> &[u8];
    /// The next thing to do, or `None`.
    fn poll(&mut self) -> Option<Output<Self::Notice>>;
}
