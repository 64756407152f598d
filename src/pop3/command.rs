//! Commands: one line each, typed or built, and the plans of several lines.
//! How a line is made is in `line`.

mod line;

use std::ops::Range;

use crate::sasl::SignIn;
use crate::wire::TlsMode;

/// What a command line is (RFC 1939, RFC 2449, RFC 2595, RFC 5034).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the variants are the verbs themselves")]
pub enum Verb {
    User,
    Pass,
    Apop,
    Stat,
    List,
    Uidl,
    Top,
    Retr,
    Dele,
    Rset,
    Noop,
    Capa,
    Stls,
    Auth,
    /// A response inside an AUTH exchange: no command, and always secret.
    SaslResponse,
    Quit,
    /// A verb this program does not know. Sent all the same; its response is taken as a single line.
    Unknown,
}

const KNOWN: [Verb; 15] = [
    Verb::User,
    Verb::Pass,
    Verb::Apop,
    Verb::Stat,
    Verb::List,
    Verb::Uidl,
    Verb::Top,
    Verb::Retr,
    Verb::Dele,
    Verb::Rset,
    Verb::Noop,
    Verb::Capa,
    Verb::Stls,
    Verb::Auth,
    Verb::Quit,
];

impl Verb {
    /// The word on the wire; for [`Verb::SaslResponse`] and [`Verb::Unknown`] the words for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "USER",
            Self::Pass => "PASS",
            Self::Apop => "APOP",
            Self::Stat => "STAT",
            Self::List => "LIST",
            Self::Uidl => "UIDL",
            Self::Top => "TOP",
            Self::Retr => "RETR",
            Self::Dele => "DELE",
            Self::Rset => "RSET",
            Self::Noop => "NOOP",
            Self::Capa => "CAPA",
            Self::Stls => "STLS",
            Self::Auth => "AUTH",
            Self::SaslResponse => "SASL response",
            Self::Quit => "QUIT",
            Self::Unknown => "unknown command",
        }
    }

    fn of(word: &[u8]) -> Self {
        let is = |verb: &Verb| verb.name().as_bytes().eq_ignore_ascii_case(word);
        KNOWN.into_iter().find(is).unwrap_or(Self::Unknown)
    }

    fn takes_message_number(self) -> bool {
        matches!(self, Self::List | Self::Uidl | Self::Top | Self::Retr | Self::Dele)
    }
}

/// One command line, without its CRLF, and what it is. Its secrets are wiped when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Line {
    pub(super) verb: Verb,
    /// The message number it names, if it names one.
    pub(super) number: Option<u32>,
    pub(super) bytes: Vec<u8>,
    pub(super) secrets: Vec<Range<usize>>,
    /// Typed lines answer a SASL challenge; built ones never mean to.
    pub(super) typed: bool,
}

/// What may be submitted to the engine.
#[derive(Clone, Debug)]
pub enum Command {
    /// One line, typed or built; sent byte for byte.
    Line(Line),
    /// Lines that go out together, in one write, whether PIPELINING is announced or not: what a person does on purpose.
    /// Their responses are awaited in order. None of them may change what the next octets are (STLS, AUTH, QUIT
    /// but as the last): such a block is dropped as a whole. A line that went out and has no response when the
    /// conversation ends is told by [`super::Notice::Unanswered`].
    Block(Vec<Line>),
    /// CAPA, TLS as the mode says (STLS where it is offered), and CAPA again inside. Where TLS is required and cannot be
    /// had, everything queued behind is dropped, but for QUIT.
    Secure(TlsMode),
    /// Signs in with the strongest way that is safe here: AUTH, APOP when asked for, or USER and PASS. When it fails,
    /// everything queued behind is dropped, but for QUIT.
    SignIn(Box<SignIn>),
}

impl Command {
    /// What it is, or what it is for.
    pub(super) fn verb(&self) -> Verb {
        match self {
            Self::Line(line) => line.verb,
            Self::Block(lines) => lines.first().map_or(Verb::Unknown, |line| line.verb),
            Self::Secure(_) => Verb::Stls,
            Self::SignIn(_) => Verb::Auth,
        }
    }

    pub(super) fn number(&self) -> Option<u32> {
        self.line().and_then(|line| line.number)
    }

    pub(super) fn is_typed(&self) -> bool {
        matches!(self, Self::Block(_)) || self.line().is_some_and(|line| line.typed)
    }

    fn line(&self) -> Option<&Line> {
        if let Self::Line(line) = self { Some(line) } else { None }
    }
}
