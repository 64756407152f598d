//! What an engine tells of a sign-in.

use super::Mechanism;

/// A step of a sign-in. All text is for people, holds no secret, and is **not sanitized**.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Which mechanism is tried, and why this one.
    Chosen {
        /// The mechanism.
        mechanism: Mechanism,
        /// Such as `strongest offered; channel binding is not offered`.
        why: String,
    },
    /// A message of the exchange, decoded.
    Decoded {
        /// Ours, or the server's.
        ours: bool,
        /// Such as `user name "ada", password ****` or `nonce fyko…, salt 16 octets, 4096 iterations`.
        text: String,
    },
    /// Signed in.
    Accepted {
        /// How.
        mechanism: Mechanism,
        /// As whom.
        user: String,
    },
    /// Nothing was sent: no mechanism fits, or what is to be sent cannot be.
    Impossible {
        /// Which are offered, which are safe here, what to do.
        why: String,
    },
    /// We broke the exchange off: what the server said does not fit the mechanism, or it could not prove who it is. What
    /// it thinks of the secret is not known.
    BrokenOff {
        /// How it was tried.
        mechanism: Mechanism,
        /// In words.
        why: String,
    },
    /// The server refused, or the line was lost.
    Refused {
        /// How it was tried.
        mechanism: Mechanism,
        /// In words; the server's own where it gave any.
        why: String,
        /// The refusal is for now (4yz, `[SYS/TEMP]`, `[IN-USE]`): the secret may be right.
        temporary: bool,
        /// The server says that the token is expired or wrong: a fresh one may do.
        stale_token: bool,
    },
}

impl Progress {
    /// The words that the server may have had a hand in.
    pub fn words_mut(&mut self) -> Option<&mut String> {
        match self {
            Self::Accepted { .. } => None,
            Self::Chosen { why, .. }
            | Self::BrokenOff { why, .. }
            | Self::Refused { why, .. }
            | Self::Impossible { why } => Some(why),
            Self::Decoded { text, .. } => Some(text),
        }
    }

    /// Whether it is the last of a sign-in.
    pub fn is_end(&self) -> bool {
        !matches!(self, Self::Chosen { .. } | Self::Decoded { .. })
    }
}
