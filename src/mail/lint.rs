//! What is allowed but rarely meant: a second look at a mail before it goes out, and what mends it. Nothing here keeps
//! it from going, and nothing is changed unless [`mend`] is called.

mod draft;
mod measure;
mod mending;
mod raw;
mod rule;

pub use draft::{draft, of};
pub use measure::Measure;
pub use mending::{Mend, mend};
pub use raw::message;
pub use rule::{Request, Rule};

use super::draft::Envelope;

/// Longest line RFC 5321 4.5.3.1.6 allows, in octets without CRLF.
const TEXT_LINE: usize = 998;

/// One thing worth a look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lint {
    /// Which rule it breaks.
    pub rule: Rule,
    /// What was seen. Not sanitized: it may name addresses as typed.
    pub what: String,
    /// What to do about it, or what will happen.
    pub advice: String,
    /// Why it matters, with the section that says so.
    pub why: &'static str,
    /// What takes it away, if one change of the draft does.
    pub mend: Option<Mend>,
}

impl Lint {
    fn new(rule: Rule, what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { rule, what: what.into(), advice: advice.into(), why: rule.why(), mend: None }
    }

    #[must_use]
    fn with(mut self, mend: Mend) -> Self {
        self.mend = Some(mend);
        self
    }

    /// It is worth a question before the mail goes. What was switched on as a flaw is meant.
    pub fn weighs(&self) -> bool {
        self.rule.weighs() && !self.is_meant()
    }

    /// A flaw that is switched on makes it.
    pub fn is_meant(&self) -> bool {
        matches!(self.mend, Some(Mend::SwitchOff(_)))
    }
}

/// What a server announced, as far as it concerns a mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Server {
    /// It announced anything at all; otherwise nothing is held against it.
    pub known: bool,
    /// The largest mail it takes, in octets (RFC 1870).
    pub size: Option<u64>,
    /// 8BITMIME (RFC 6152).
    pub eight_bit: bool,
    /// SMTPUTF8 (RFC 6531).
    pub smtputf8: bool,
}

/// What a draft is held against besides itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// Where it goes.
    pub server: Server,
    /// What MAIL FROM and RCPT TO will say; `None`: what the draft says of it.
    pub envelope: Option<Envelope>,
    /// Octets of the mail, once it is built.
    pub octets: Option<u64>,
    /// What the mail asks for and the server does not announce.
    pub unannounced: Vec<Request>,
}
