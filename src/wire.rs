//! Bytes: framing with caps, dot-stuffing, printable form, masking of secrets, and the [`Engine`] seam.
//!
//! Nothing here knows SMTP from POP3, a socket from a test, or a clock from a constant.

pub mod argument;
pub mod engine;
pub mod framing;
pub mod idn;
pub mod limits;
pub mod printable;
pub mod secret;
pub mod security;
pub mod segment;
pub mod slips;
pub mod stuffing;
pub mod timings;
pub mod vault;
pub mod xtext;

pub use argument::BadLine;
pub use engine::{Chunk, ChunkKind, Engine, Output};
pub use limits::{Timeouts, Wait};
pub use secret::Secret;
pub use security::{Channel, Secured, TlsMode};
pub use segment::Segment;
pub use slips::slips;
pub use timings::Timings;
pub use vault::Vault;

/// Which of the two conversations something belongs to. The connection task holds at most one link on each side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    /// SMTP or LMTP.
    Smtp,
    /// POP3.
    Pop3,
}

impl Side {
    /// The one that `smtp` or `pop3` names, in any letter case.
    pub fn named(word: &str) -> Option<Self> {
        [Self::Smtp, Self::Pop3].into_iter().find(|side| side.name().eq_ignore_ascii_case(word))
    }

    /// The word shown to people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Smtp => "SMTP",
            Self::Pop3 => "POP3",
        }
    }
}
