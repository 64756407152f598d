//! What a mail asks of the server beyond being taken: parameters of MAIL and RCPT, how the body travels, and what is
//! done wrong on purpose.

use serde::{Deserialize, Serialize};

use super::Stage;

/// How a mail is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Manner {
    /// What it asks for.
    pub requests: Requests,
    /// DATA or BDAT.
    pub transfer: Transfer,
    /// What is done wrong on purpose.
    pub flaws: WireFlaws,
    /// Where it is broken off on purpose.
    pub halt: Option<Halt>,
}

/// Parameters of MAIL and RCPT, made by [`super::parameters()`]. Each is sent where the server announces its extension; a mail that asks for one that is
/// not announced is refused before MAIL.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Requests {
    /// Delivery status notifications (RFC 3461).
    pub dsn: Dsn,
    /// DELIVERBY (RFC 2852).
    pub deliver_by: Option<DeliverBy>,
    /// FUTURERELEASE (RFC 4865).
    pub hold: Option<Hold>,
    /// REQUIRETLS (RFC 8689).
    pub require_tls: bool,
}

impl Requests {
    /// These, and for what they leave open the `others`.
    #[must_use]
    pub fn or(self, others: Self) -> Self {
        let (own, theirs) = (self.dsn, others.dsn);
        let dsn = Dsn {
            notify: own.notify.or(theirs.notify),
            ret: own.ret.or(theirs.ret),
            envid: own.envid.or(theirs.envid),
            orcpt: own.orcpt || theirs.orcpt,
        };
        Self {
            dsn,
            deliver_by: self.deliver_by.or(others.deliver_by),
            hold: self.hold.or(others.hold),
            require_tls: self.require_tls || others.require_tls,
        }
    }
}

/// DSN (RFC 3461 4).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Dsn {
    /// NOTIFY of every recipient.
    pub notify: Option<Notify>,
    /// RET: how much of the mail comes back in a report.
    pub ret: Option<Ret>,
    /// ENVID, before xtext.
    pub envid: Option<String>,
    /// ORCPT with the address of each RCPT.
    pub orcpt: bool,
}

/// When a report is wanted (RFC 3461 4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Notify {
    /// Never.
    Never,
    /// In each of these cases; at least one is set.
    On {
        /// Delivered.
        success: bool,
        /// Given up.
        failure: bool,
        /// Not delivered yet.
        delay: bool,
    },
}

/// RET (RFC 3461 4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ret {
    /// The whole mail.
    Full,
    /// Its headers.
    Hdrs,
}

/// BY= (RFC 2852 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliverBy {
    /// Seconds from now; may be negative with [`Late::Notify`].
    pub seconds: i32,
    /// What happens then.
    pub late: Late,
    /// Each relay reports.
    pub trace: bool,
}

/// What a server does with a mail that is late (RFC 2852 4.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Late {
    /// `N`: tell the sender, go on.
    Notify,
    /// `R`: return it.
    Return,
}

/// HOLDFOR= or HOLDUNTIL= (RFC 4865 5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Hold {
    /// Seconds from now.
    For(u32),
    /// A moment as RFC 3339 writes it, in UTC.
    Until(String),
}

/// How the body travels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Transfer {
    /// DATA, stuffed dots, the final dot (RFC 5321 4.1.1.4).
    #[default]
    Data,
    /// BDAT (RFC 3030) where CHUNKING is announced, else DATA.
    Bdat,
}

/// What the body's octets are (RFC 6152, RFC 3030).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BodyKind {
    /// No octet over 127, lines of at most 998 octets.
    #[default]
    SevenBit,
    /// Octets over 127, lines of at most 998 octets: 8BITMIME.
    EightBit,
    /// Anything, bare CR and LF included: BINARYMIME, and so BDAT.
    Binary,
}

/// What is done wrong on purpose with a mail on its way.
#[expect(clippy::struct_excessive_bools, reason = "each is a wrong of its own, done or not")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WireFlaws {
    /// Dots at line starts are not doubled: a line with a single dot ends DATA early.
    pub unstuffed: bool,
    /// CR and LF go out as they are, bare ones too.
    pub line_ends: bool,
    /// Octets over 127 and non-ASCII addresses go out where 8BITMIME or SMTPUTF8 are not announced, without their
    /// parameters; what [`Requests`] ask for goes out, announced or not.
    pub unannounced: bool,
    /// The server's SIZE is not held against the mail.
    pub oversize: bool,
}

/// Where a mail is broken off on purpose, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Halt {
    /// When this stage is answered; [`Stage::Body`]: in the middle of the body; [`Stage::FinalDot`]: when the dot is
    /// sent, its answer not awaited.
    pub after: Stage,
    /// How.
    pub how: Leave,
}

/// How a conversation is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Leave {
    /// By QUIT. Not after 354: there nothing but the line's end keeps the mail from being taken.
    Quit,
    /// By closing the line.
    Drop,
}
