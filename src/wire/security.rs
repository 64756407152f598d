//! How a line is protected, as far as an engine has to know it.

use std::str::FromStr;

/// When TLS is used on a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum TlsMode {
    /// Never.
    None,
    /// STARTTLS or STLS when the server offers it; else on in clear, where no reusable password goes.
    #[default]
    Auto,
    /// STARTTLS or STLS, or nothing at all.
    Require,
    /// From the first octet.
    Implicit,
}

impl TlsMode {
    /// In the order in which they are listed for people.
    pub const ALL: [Self; 4] = [Self::Auto, Self::Require, Self::Implicit, Self::None];

    /// The word on command lines and in settings.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Auto => "auto",
            Self::Require => "require",
            Self::Implicit => "implicit",
        }
    }
}

impl FromStr for TlsMode {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|mode| mode.word() == word);
        known.ok_or_else(|| format!("there is no TLS mode {word:?}; the modes are auto, require, implicit and none"))
    }
}

/// A TLS line as an engine has to know it: what ties a sign-in to it (RFC 5056), and whether its other end is believed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Channel {
    /// `tls-exporter` (RFC 9266); TLS 1.3, or 1.2 with extended master secret.
    pub exporter: Option<Vec<u8>>,
    /// `tls-server-end-point` (RFC 5929 4.1): the hash of the server's certificate.
    pub end_point: Option<Vec<u8>>,
    /// The server's certificate was held against roots or a pin, and passed: REQUIRETLS asks for it (RFC 8689 4.2.1).
    pub trusted: bool,
}

/// What became of a plan to protect a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Secured {
    /// It was encrypted already.
    Already,
    /// STARTTLS or STLS, and the capabilities asked for again: those that came and those that went.
    Started {
        /// Announced inside TLS only; lines as sent, **not sanitized**.
        gained: Vec<String>,
        /// Announced in clear only.
        lost: Vec<String>,
    },
    /// Not offered, and the mode allows to go on in clear.
    NotOffered,
    /// The mode wants no TLS.
    NotWanted,
}

impl Secured {
    /// Compares the capability lines before and after the handshake, letter case aside.
    pub fn started(before: &[String], after: &[String]) -> Self {
        let missing = |these: &[String], those: &[String]| -> Vec<String> {
            let is_there = |line: &String| those.iter().any(|other| other.eq_ignore_ascii_case(line));
            these.iter().filter(|line| !is_there(line)).cloned().collect()
        };
        Self::Started { gained: missing(after, before), lost: missing(before, after) }
    }
}

/// Why nothing that is queued goes out over a line that had to be protected and is not.
pub const UNPROTECTED: &str = "the line could not be protected as wanted: connect again, with another TLS mode";

/// The words of both engines for a line that had to be protected and is not: `why`, and the one way on.
pub fn insecure(why: &str) -> String {
    format!("{why}; connect again, with another TLS mode")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_difference_of_two_lists_is_told_both_ways() {
        let lines = |words: &str| words.split('|').map(str::to_owned).collect::<Vec<_>>();
        let secured = Secured::started(&lines("SIZE 10|STARTTLS|HELP"), &lines("size 10|HELP|AUTH PLAIN"));
        assert_eq!(secured, Secured::Started { gained: lines("AUTH PLAIN"), lost: lines("STARTTLS") });
    }

    #[test]
    fn every_mode_reads_back() {
        for mode in TlsMode::ALL {
            assert_eq!(mode.word().parse(), Ok(mode));
        }
        assert!("tls".parse::<TlsMode>().is_err());
    }
}
