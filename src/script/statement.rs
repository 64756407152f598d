//! What a script is made of.

use std::time::Duration;

use crate::sasl::Mechanism;
use crate::wire::Side;

/// One statement and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Line of the script, counted from 1; 0 for one that was made, not read.
    pub line: u32,
    /// What it says.
    pub what: What,
}

/// What a statement says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// `# words`, kept so that a script that was read is printed with them.
    Remark(String),
    /// `set NAME = TEXT`.
    Set {
        /// Letters, digits, `_`.
        name: String,
        /// Its value.
        value: Text,
    },
    /// `connect smtp`, `connect pop3`, `connect URL`: opens the line; what follows is for that side.
    Connect {
        /// The side, where no URL is given: that of the command line, or of the account.
        side: Side,
        /// A URL without a password.
        url: Option<Text>,
    },
    /// `smtp` or `pop3`: what follows is for that side.
    On(Side),
    /// `send LINE`: one line, and its reply is awaited before the next one goes out.
    Send(Text),
    /// `block` ... `end`: lines that go out in one write; as many replies are awaited.
    Block(Vec<Text>),
    /// `body` ... `.`, or `body FILE`: the text of a mail behind DATA.
    Body(Body),
    /// `expect PATTERN`: what the last reply (or the greeting, or the close) has to be.
    Expect(Vec<Pattern>),
    /// `wait 5s`.
    Wait(Duration),
    /// `starttls`: STARTTLS or STLS, the handshake, and the hello or CAPA behind it.
    StartTls,
    /// `auth [MECHANISM] [NAME]`: signs in with the secret of the command line or the account; none stands in a script.
    Auth {
        /// The strongest that is safe, when none is named.
        mechanism: Option<Mechanism>,
        /// As whom, when not as the account says.
        user: Option<Text>,
    },
    /// `if CONDITION` ... `else` ... `end`.
    If {
        /// What decides.
        condition: Condition,
        /// Where it holds.
        then: Vec<Statement>,
        /// Where not.
        otherwise: Vec<Statement>,
    },
    /// `note TEXT`: a line of the report.
    Note(Text),
    /// `fail TEXT`: the script ends here and has failed.
    Fail(Text),
    /// `stop`: the script ends here and has not failed.
    Stop,
    /// `drop`: closes the line at once, without QUIT.
    Drop,
}

/// Text with gaps: `${name}` is a variable, `\\xHH` an octet, `\\\\` a backslash.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text(pub Vec<Piece>);

/// A stretch of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// As it is.
    Octets(Vec<u8>),
    /// The value of the variable with this name.
    Variable(String),
}

/// The text of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Its lines as on the wire, dots doubled, without the final one.
    Lines(Vec<Text>),
    /// What the file at this path holds.
    File(Text),
}

/// What a reply has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// Code or class.
    pub reply: Reply,
    /// `/REGEX/` over its text, lines joined by LF; named groups become variables.
    pub text: Option<String>,
}

/// Code or class of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// `any`.
    Any,
    /// `250`.
    Code(u16),
    /// `2yz`: by the first digit.
    Class(u8),
    /// `550 5.1.1`: code and enhanced code.
    Enhanced(u16, (u8, u16, u16)),
    /// `+OK` or `-ERR`.
    Ok(bool),
    /// `close`: the server closes the line.
    Close,
}

/// What decides an `if`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The last reply is one of these.
    Reply(Vec<Pattern>),
    /// `offered KEYWORD`: EHLO or CAPA announced it.
    Offered(Text),
    /// `tls`: the line is encrypted.
    Tls,
    /// `NAME == TEXT`.
    Equal(String, Text),
    /// `not CONDITION`.
    Not(Box<Condition>),
}
