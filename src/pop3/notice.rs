//! What the engine understood: states, responses in their context, listings, bodies, the fate of marks.

use super::{Capabilities, Maildrop, Response, Scan, UniqueId, Verb};
use crate::sasl::Progress;
use crate::wire::{Secured, Wait};

/// Where the conversation stands (RFC 1939 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Waiting for the greeting.
    Greeting,
    /// Not signed in.
    Authorization,
    /// Inside an AUTH exchange.
    Auth,
    /// STLS accepted: the handshake runs.
    Tls,
    /// Signed in: the maildrop is locked for us.
    Transaction,
    /// QUIT sent: the server deletes what is marked, if it was signed in.
    Update,
    /// The line is closed.
    Closed,
}

/// Which command a message body belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BodyKind {
    /// The whole message.
    Retr,
    /// Headers and some lines.
    Top,
}

/// What became of the marks (DELE) of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// +OK to QUIT: the marked messages are gone.
    Committed,
    /// -ERR to QUIT: some may be gone, some not; list again.
    Refused,
    /// The session ended without QUIT: the server must keep all.
    Kept,
    /// QUIT went out and no answer came: gone or not, nobody here knows.
    Unknown,
}

/// The end of a session that had been signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// Message numbers that were marked, ascending.
    pub marks: Vec<u32>,
    /// What became of them.
    pub verdict: Verdict,
    /// The server's answer to QUIT, if it came.
    pub response: Option<Response>,
}

/// A breach of the protocol that ends the conversation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// A line that is no status line; in printable form, shortened.
    #[error("not a POP3 response: {0}")]
    NotAResponse(String),
    /// Longer than [`crate::wire::limits::REPLY_LINE`].
    #[error("a response line is longer than {0} octets")]
    LineTooLong(usize),
    /// A listing with more lines than is believed.
    #[error("a listing has more than {0} lines")]
    ListingTooLong(usize),
    /// A response that answers nothing.
    #[error("the server spoke without being asked: {0}")]
    Unsolicited(String),
    /// Bytes behind the go-ahead to STLS, before the handshake.
    #[error("{0} octets came in clear text behind the go-ahead to STLS; somebody may have injected them")]
    InjectedBeforeTls(usize),
    /// The server says that we are in, but the exchange does not: why, in words and printable form.
    #[error("the server lets us in, but is not to be trusted: {0}")]
    ServerUnproven(String),
    /// The wrong service answered; its name.
    #[error("this is no POP3 server: it speaks {0}")]
    WrongService(&'static str),
}

/// What the engine understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The state changed.
    State(State),
    /// The greeting, with the APOP stamp if it carries a well-formed one (RFC 1939 7).
    Greeting {
        /// The status line.
        response: Response,
        /// `<process.clock@host>`.
        stamp: Option<String>,
    },
    /// CAPA was answered whole.
    Capabilities(Box<Capabilities>),
    /// A status line, with the command it answers.
    Replied {
        /// What was asked.
        verb: Verb,
        /// The message number it named.
        number: Option<u32>,
        /// The command line as sent, secrets masked, lossy UTF-8, without CRLF.
        line: String,
        /// What was answered.
        response: Response,
    },
    /// STAT's two numbers.
    Maildrop(Maildrop),
    /// Lines of LIST, as they came; in batches. Also the one line of `LIST n`, with no end behind it.
    Scans(Vec<Scan>),
    /// Lines of UIDL, as they came; in batches. Also the one line of `UIDL n`, with no end behind it.
    UniqueIds(Vec<UniqueId>),
    /// LIST or UIDL came to its end. `bad` lines were no `number value`, or out of range, and were passed over.
    ListingEnd {
        /// `List` or `Uidl`.
        verb: Verb,
        /// False when the line went away before the final dot.
        complete: bool,
        /// Lines passed over.
        bad: u32,
    },
    /// A piece of a message, dots undone.
    Body {
        /// RETR or TOP.
        kind: BodyKind,
        /// Which message.
        number: u32,
        /// Its bytes, line ends as sent.
        bytes: Vec<u8>,
    },
    /// The message came to its end.
    BodyEnd {
        /// RETR or TOP.
        kind: BodyKind,
        /// Which message.
        number: u32,
        /// Octets after the dots were undone.
        octets: u64,
        /// False when the line went away before the final dot: what came is a torso and must not pass for a message.
        complete: bool,
    },
    /// DELE was accepted.
    Marked(u32),
    /// RSET was accepted: no message is marked any more.
    MarksCleared,
    /// What became of [`super::Command::Secure`], when the conversation may go on.
    Secured(Secured),
    /// TLS was required and cannot be had. Nothing more is sent but QUIT, be it typed or built: the way on is
    /// a new line with another TLS mode. Why, in words that say so. Whoever asks for TLS again gets it again.
    Insecure(String),
    /// A step of a sign-in.
    SignIn(Progress),
    /// A queued line was not sent, and why.
    Dropped {
        /// What it was.
        verb: Verb,
        /// The message number it named.
        number: Option<u32>,
        /// The reason, in words.
        why: String,
    },
    /// A line of a block was sent, and no response to it will come. What it did nobody knows.
    Unanswered {
        /// What it was.
        verb: Verb,
        /// The message number it named.
        number: Option<u32>,
        /// Why no response comes, in words.
        why: String,
    },
    /// What became of the marks; once a session, and only if it was signed in.
    Ended(Ending),
    /// The server broke the protocol; [`crate::wire::Output::Close`] follows.
    Broken(Violation),
    /// Time ran out; [`crate::wire::Output::Close`] follows.
    TimedOut(Wait),
    /// The server closed the line. `clean`: after the answer to QUIT.
    Closed {
        /// Whether the close was due.
        clean: bool,
    },
}
