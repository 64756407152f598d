//! Commands: one line each, typed or built, and the plans that expand to lines.
//!
//! `line` makes the lines; when one goes out is the session's decision.

mod line;

use std::ops::Range;

use super::requests::{BodyKind, Manner};
use crate::sasl::SignIn;
use crate::wire::TlsMode;

/// What a command line is (RFC 5321 4.1.1 and the extensions known here).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the variants are the verbs themselves")]
pub enum Verb {
    Helo,
    Ehlo,
    Lhlo,
    Mail,
    Rcpt,
    Data,
    Bdat,
    Rset,
    Noop,
    Vrfy,
    Expn,
    Help,
    Etrn,
    Quit,
    StartTls,
    /// The real client named by a proxy; an extra of Postfix.
    XClient,
    Auth,
    /// A response inside an AUTH exchange: no command, and always secret.
    SaslResponse,
    /// A line of the body typed by hand after 354.
    BodyLine,
    /// The line with the single dot that ends a body.
    FinalDot,
    /// A verb this program does not know. Sent all the same.
    Unknown,
}

impl Verb {
    /// The word shown to people: the verb as the RFCs write it, or what the line is where it is no command.
    pub fn name(self) -> &'static str {
        match self {
            Self::Helo => "HELO",
            Self::Ehlo => "EHLO",
            Self::Lhlo => "LHLO",
            Self::Mail => "MAIL",
            Self::Rcpt => "RCPT",
            Self::Data => "DATA",
            Self::Bdat => "BDAT",
            Self::Rset => "RSET",
            Self::Noop => "NOOP",
            Self::Vrfy => "VRFY",
            Self::Expn => "EXPN",
            Self::Help => "HELP",
            Self::Etrn => "ETRN",
            Self::Quit => "QUIT",
            Self::StartTls => "STARTTLS",
            Self::XClient => "XCLIENT",
            Self::Auth => "AUTH",
            Self::SaslResponse => "the SASL response",
            Self::BodyLine => "a line of the body",
            Self::FinalDot => "the final dot",
            Self::Unknown => "an unknown command",
        }
    }

    /// Of the first word of a command line, in any letter case.
    pub(super) fn of(word: &[u8]) -> Self {
        const COMMANDS: [Verb; 17] = [
            Verb::Helo,
            Verb::Ehlo,
            Verb::Lhlo,
            Verb::Mail,
            Verb::Rcpt,
            Verb::Data,
            Verb::Bdat,
            Verb::Rset,
            Verb::Noop,
            Verb::Vrfy,
            Verb::Expn,
            Verb::Help,
            Verb::Etrn,
            Verb::Quit,
            Verb::StartTls,
            Verb::XClient,
            Verb::Auth,
        ];
        let known = COMMANDS.into_iter().find(|verb| word.eq_ignore_ascii_case(verb.name().as_bytes()));
        known.unwrap_or(Self::Unknown)
    }
}

/// One command line, without its CRLF, and what it is.
///
/// The bytes go out exactly as they are here; the verb moves the state machine.
#[derive(Clone, PartialEq, Eq)]
pub struct Line {
    pub(super) verb: Verb,
    pub(super) bytes: Vec<u8>,
    pub(super) secrets: Vec<Range<usize>>,
}

/// Names one mail of this process, so that bodies, notices and reports find each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MailId(pub u64);

/// Whether a plan may use PIPELINING (RFC 2920) where the server announced it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Pace {
    /// As many commands at once as the server allows.
    #[default]
    Pipelined,
    /// Each command waits for the reply before it.
    Lockstep,
}

/// One whole mail: MAIL, RCPT for each recipient, DATA and the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// Its name in notices.
    pub id: MailId,
    /// Reverse-path without angle brackets; empty for the null sender.
    pub from: String,
    /// Forward-paths without angle brackets, in order.
    pub to: Vec<String>,
    /// Octets of the body as it will be on the wire, if known: sent as SIZE= and held against the server's limit.
    pub size: Option<u64>,
    /// What its octets are: BODY= where it has to be said, else refused before MAIL.
    pub body: BodyKind,
    /// An address or header needs SMTPUTF8 (RFC 6531): refused before MAIL where not announced.
    pub utf8: bool,
    /// Pipelined or one by one.
    pub pace: Pace,
    /// How it is sent.
    pub manner: Manner,
}

impl Transaction {
    /// A mail of 7-bit octets that asks for nothing. Paths are without angle brackets.
    pub fn new(id: MailId, from: impl Into<String>, to: Vec<String>) -> Self {
        Self {
            id,
            from: from.into(),
            to,
            size: None,
            body: BodyKind::default(),
            utf8: false,
            pace: Pace::default(),
            manner: Manner::default(),
        }
    }
}

/// What may be submitted to the engine.
#[derive(Clone, Debug)]
pub enum Command {
    /// One line, typed or built; sent byte for byte.
    Line(Line),
    /// EHLO, and HELO after it when the server refuses EHLO for good; LHLO on an LMTP session.
    Hello(String),
    /// TLS as the mode says: STARTTLS where it is offered, and the same hello again; the hello goes first where none was
    /// said yet. Where TLS is required and cannot be had, or is offered and then refused, everything queued behind is
    /// dropped and nothing more is sent, but for QUIT.
    Secure {
        /// When TLS is used.
        mode: TlsMode,
        /// Our name.
        hello: String,
    },
    /// XCLIENT (Postfix), and the same hello again, as the server's answer is a new greeting. Where it is not announced
    /// with all these attributes, or is refused, everything queued behind is dropped, but for QUIT.
    XClient {
        /// Such as `NAME` and `ADDR`, each with its value as it is before xtext.
        attributes: Vec<(String, String)>,
        /// Our name.
        hello: String,
    },
    /// AUTH with the strongest mechanism that is safe here. When it fails, everything queued behind is dropped, but for
    /// QUIT, and no mail is sent until a sign-in comes through.
    SignIn(Box<SignIn>),
    /// Lines that go out together, in one write, whether PIPELINING is announced or not: what a person does on purpose.
    /// Their replies are awaited in order. None of them may change what the next octets are (DATA but as the last,
    /// STARTTLS, AUTH, a final dot or QUIT but as the last): such a block is dropped as a whole. A line that went out and
    /// has no reply when the conversation ends is told by [`super::Notice::Unanswered`].
    Block(Vec<Line>),
    /// The text of a mail whose DATA was typed: asked for piece by piece, stuffed, and ended by the final dot.
    /// Goes behind the lines of it that were typed. Dropped where no 354 came.
    Body,
    /// A whole mail.
    Mail(Transaction),
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let masked = crate::wire::secret::masked(&self.bytes, &self.secrets);
        write!(f, "Line({:?}, \"{}\")", self.verb, masked.escape_ascii())
    }
}
