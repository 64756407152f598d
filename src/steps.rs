//! The proper commands from here to the end of a send or of a visit to a mailbox, each with its reason; what of them is
//! changed, left out, repeated.
//!
//! | file | duty |
//! |---|---|
//! | `smtp` | what was heard on an SMTP or LMTP line, and the steps that follow from it (RFC 5321 4.1.4) |
//! | `pop3` | the same of a POP3 line (RFC 1939 3) |
//! | `plan` | what the person did to the steps, kept while they are laid out anew |
//! | `log` | what was said already, with its answers |
//!
//! The steps are laid out anew after each reply: nothing here remembers them. Sends nothing and knows no screen.

pub mod log;
pub mod plan;
pub mod pop3;
pub mod smtp;

pub use log::{Answer, Done, Log};
pub use plan::{Plan, Row, Words};

/// Why a hello or CAPA is said once more (RFC 3207 4.2, RFC 2595 4).
const AGAIN: &str = "what was announced before TLS counts no more: ask again inside";

/// What a step is for. It stays the same while the steps are laid out anew, so that what was done to it is not lost.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// Opening the line.
    Connect,
    /// HELO, EHLO or LHLO, and whether inside of TLS.
    Hello(&'static str, bool),
    /// CAPA, and whether inside of TLS.
    Capa(bool),
    /// STARTTLS or STLS.
    Tls,
    /// AUTH.
    SignIn,
    /// USER.
    User,
    /// PASS.
    Pass,
    /// MAIL.
    Mail,
    /// RCPT for this forward-path.
    Rcpt(String),
    /// DATA.
    Data,
    /// The mail of the form, and the final dot.
    Body,
    /// The end of what is being typed: the final dot, or the star that gives a sign-in up.
    End,
    /// RSET.
    Reset,
    /// STAT.
    Stat,
    /// LIST.
    List,
    /// UIDL.
    Uidl,
    /// RETR of the chosen message, whichever that is by now.
    Retr,
    /// DELE of the chosen message.
    Dele,
    /// QUIT.
    Quit,
    /// Put in by the person; the number tells such steps apart.
    Added(u32),
}

/// A proper step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it is for.
    pub key: Key,
    /// The command line, or what is done, for people; holds no secret, **not sanitized**.
    pub line: String,
    /// Why it comes here, in a sentence.
    pub why: &'static str,
    /// What the server is expected to say.
    pub expect: &'static str,
    /// It is left out unless the person takes it in.
    pub out: bool,
}

/// The steps from here to the end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Course {
    /// In order.
    pub steps: Vec<Step>,
    /// What is not among them, and why; **not sanitized**.
    pub notes: Vec<String>,
    /// The server speaks first: nothing can be sent before.
    pub waits: bool,
}

impl Course {
    fn push(&mut self, key: Key, line: impl Into<String>, why: &'static str, expect: &'static str) {
        self.steps.push(Step { key, line: line.into(), why, expect, out: false });
    }

    fn push_out(&mut self, key: Key, line: impl Into<String>, why: &'static str, expect: &'static str) {
        self.steps.push(Step { key, line: line.into(), why, expect, out: true });
    }

    fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }

    /// The first step that is not left out.
    pub fn next(&self) -> Option<&Step> {
        self.steps.iter().find(|step| !step.out)
    }
}
