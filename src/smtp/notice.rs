//! What the engine understood: states, replies in their context, the fate of each mail.

use serde::{Deserialize, Serialize};

use super::{Capabilities, MailId, Reply, Verb};
use crate::sasl::Progress;
use crate::wire::{Secured, Wait};

/// Where the conversation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Waiting for the greeting.
    Greeting,
    /// Greeted; HELO or EHLO comes next.
    Greeted,
    /// Ready for a new mail.
    Ready,
    /// MAIL accepted, no recipient yet.
    Mail,
    /// At least one recipient accepted.
    Rcpt,
    /// 354 received: what is sent now is the body.
    Body,
    /// Inside an AUTH exchange: what is sent now is a SASL response.
    Auth,
    /// STARTTLS accepted: the handshake runs.
    Tls,
    /// QUIT sent, or 421 or 221 received.
    Ending,
    /// The line is closed.
    Closed,
}

/// How far a mail came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the stages are named after what happens in them")]
pub enum Stage {
    Lookup,
    Connect,
    Greeting,
    Hello,
    Tls,
    Auth,
    Mail,
    Rcpt,
    Data,
    Body,
    FinalDot,
    Done,
}

impl Stage {
    /// The word shown to people and scripts.
    pub fn word(self) -> &'static str {
        match self {
            Self::Lookup => "lookup",
            Self::Connect => "connect",
            Self::Greeting => "greeting",
            Self::Hello => "helo",
            Self::Tls => "tls",
            Self::Auth => "auth",
            Self::Mail => "mail",
            Self::Rcpt => "rcpt",
            Self::Data => "data",
            Self::Body => "body",
            Self::FinalDot => "dot",
            Self::Done => "done",
        }
    }
}

/// The fate of one mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MailOutcome {
    /// Accepted for every recipient.
    Sent,
    /// Accepted for some recipients.
    Partial,
    /// Refused for good (5yz), or refused here before it was tried.
    Refused,
    /// Refused for now (4yz).
    Deferred,
    /// The line went away after the final dot: it may or may not have been accepted.
    Unknown,
    /// Not accepted: the conversation ended before the final dot.
    Failed,
    /// Broken off on purpose, as [`super::Halt`] asked.
    Stopped,
}

impl MailOutcome {
    /// The word shown to people and scripts.
    pub fn word(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Partial => "partial",
            Self::Refused => "refused",
            Self::Deferred => "deferred",
            Self::Unknown => "unknown",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
        }
    }
}

/// The fate of one recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RecipientOutcome {
    /// Not asked about yet, or never.
    Untried,
    /// RCPT accepted, and the mail too once its report says sent or partial.
    Accepted,
    /// 5yz.
    Refused,
    /// 4yz.
    Deferred,
    /// As for [`MailOutcome::Unknown`].
    Unknown,
}

impl RecipientOutcome {
    /// The word shown to people and scripts.
    pub fn word(self) -> &'static str {
        match self {
            Self::Untried => "untried",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Deferred => "deferred",
            Self::Unknown => "unknown",
        }
    }
}

/// One recipient of a mail and what was said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecipientReport {
    /// As given in the transaction.
    pub address: String,
    /// Its fate.
    pub outcome: RecipientOutcome,
    /// The reply to its RCPT, or in LMTP to the final dot.
    pub reply: Option<Reply>,
}

/// The end of one mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailReport {
    /// Which mail.
    pub id: MailId,
    /// Its fate.
    pub outcome: MailOutcome,
    /// Where it ended; `Done` when it was accepted.
    pub stage: Stage,
    /// In the order of the transaction.
    pub recipients: Vec<RecipientReport>,
    /// The reply that decided, if one did.
    pub reply: Option<Reply>,
    /// The server's name for the mail, found in the wording of the last reply.
    pub queue_id: Option<String>,
    /// Why, in words, where no reply says it (refused here, line lost).
    pub why: Option<String>,
}

/// A breach of the protocol that ends the conversation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// A line that is no reply; in printable form, shortened.
    #[error("not an SMTP reply: {0}")]
    NotAReply(String),
    /// The code changed inside a multi-line reply.
    #[error("a multi-line reply changes its code from {0} to {1}")]
    CodeChanged(u16, u16),
    /// Longer than [`crate::wire::limits::REPLY_LINE`].
    #[error("a reply line is longer than {0} octets")]
    LineTooLong(usize),
    /// More lines or octets than one reply may have.
    #[error("a reply has more than {0}")]
    ReplyTooLong(&'static str),
    /// A reply that answers nothing.
    #[error("the server spoke without being asked: {0}")]
    Unsolicited(String),
    /// A code that a step of a plan cannot go on from: 354 to MAIL, 250 to DATA and their like.
    #[error("{code} is no answer to {}", verb.name())]
    WrongCode {
        /// What was asked.
        verb: Verb,
        /// What was answered.
        code: u16,
    },
    /// Bytes behind the go-ahead to STARTTLS, before the handshake.
    #[error("{0} octets came in clear text behind the go-ahead to STARTTLS; somebody may have injected them")]
    InjectedBeforeTls(usize),
    /// The server welcomes us without the proof that the mechanism asks of it, or after an error; why, in words.
    #[error("the server says that we are signed in, and cannot be believed: {0}")]
    ServerUnproven(String),
    /// The wrong service answered; its name.
    #[error("this is no SMTP server: it speaks {0}")]
    WrongService(&'static str),
}

/// What the engine understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The state changed.
    State(State),
    /// The greeting.
    Greeting(Reply),
    /// EHLO, LHLO or HELO was accepted (HELO: empty but for the domain).
    Capabilities(Box<Capabilities>),
    /// A reply, with the command it answers.
    Replied {
        /// What was asked.
        verb: Verb,
        /// The command line as sent, secrets masked, lossy UTF-8, without CRLF. Empty for the final dot of a plan.
        line: String,
        /// What was answered.
        reply: Reply,
        /// False when the code is not one this command can have.
        expected: bool,
    },
    /// A recipient of a planned mail got its answer.
    Recipient {
        /// Which mail.
        id: MailId,
        /// Index into the transaction's recipients.
        index: usize,
        /// The reply.
        reply: Reply,
    },
    /// A planned mail came to its end, whatever end.
    MailDone(Box<MailReport>),
    /// What became of [`super::Command::Secure`], when the conversation may go on.
    Secured(Secured),
    /// TLS was required and cannot be had. Nothing more is sent but QUIT, be it typed or built, and what ends a
    /// body or an exchange that is being typed: the way on is a new line with another TLS mode. Why, in words that
    /// say so. Whoever asks for TLS again gets it again.
    Insecure(String),
    /// A step of a sign-in.
    SignIn(Progress),
    /// A queued line was not sent, and why.
    Dropped {
        /// What it was.
        verb: Verb,
        /// The reason, in words.
        why: String,
    },
    /// A line of a block, or the dot behind a text that was handed in, was sent, and no reply to it will come. What
    /// it did nobody knows.
    Unanswered {
        /// What it was.
        verb: Verb,
        /// Why no reply comes, in words.
        why: String,
    },
    /// The server broke the protocol; [`crate::wire::Output::Close`] follows.
    Broken(Violation),
    /// Time ran out; [`crate::wire::Output::Close`] follows.
    TimedOut(Wait),
    /// The server closed the line. `clean`: after 221 or 421, or after the reply to QUIT.
    Closed {
        /// Whether the close was announced.
        clean: bool,
    },
}
