//! What is wrong with a mail on purpose. Each is a switch, off by default; none of them comes by accident.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// The flaws of a draft that are switched on.
pub type Flaws = BTreeSet<Flaw>;

/// One thing done wrong on purpose with the octets of a mail. What is done wrong on their way is
/// `smtp::WireFlaws`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flaw {
    /// No Date header.
    NoDate,
    /// Two Date headers.
    TwoDates,
    /// No From header.
    NoFrom,
    /// Two From headers.
    TwoFroms,
    /// No Message-ID header.
    NoMessageId,
    /// Two Message-ID headers.
    TwoMessageIds,
    /// Bcc stands in the header for everyone to read.
    BccHeader,
    /// Headers that are not ASCII go out in UTF-8 without encoded words.
    RawHeader,
    /// Text that is not ASCII goes out without MIME headers that say so.
    RawBody,
    /// The text stands in one line of more than 998 octets.
    LongLine,
    /// The lines of the text end in LF alone.
    BareLf,
    /// The lines of the text end in CR alone.
    BareCr,
    /// A NUL octet stands in the text.
    Nul,
}

impl Flaw {
    /// All, in the order in which they are shown.
    pub const ALL: [Self; 13] = [
        Self::NoDate,
        Self::TwoDates,
        Self::NoFrom,
        Self::TwoFroms,
        Self::NoMessageId,
        Self::TwoMessageIds,
        Self::BccHeader,
        Self::RawHeader,
        Self::RawBody,
        Self::LongLine,
        Self::BareLf,
        Self::BareCr,
        Self::Nul,
    ];

    /// Its name on the command line and in kept drafts.
    pub fn id(self) -> &'static str {
        match self {
            Self::NoDate => "no-date",
            Self::TwoDates => "two-dates",
            Self::NoFrom => "no-from",
            Self::TwoFroms => "two-froms",
            Self::NoMessageId => "no-message-id",
            Self::TwoMessageIds => "two-message-ids",
            Self::BccHeader => "bcc-header",
            Self::RawHeader => "raw-header",
            Self::RawBody => "raw-body",
            Self::LongLine => "long-line",
            Self::BareLf => "bare-lf",
            Self::BareCr => "bare-cr",
            Self::Nul => "nul",
        }
    }

    /// The flaw with this name.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|flaw| flaw.id() == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_same_on_the_command_line_and_in_a_draft() {
        for flaw in Flaw::ALL {
            assert_eq!(Flaw::from_id(flaw.id()), Some(flaw));
            assert_eq!(serde_json::to_string(&flaw).unwrap(), format!("\"{}\"", flaw.id()));
        }
        assert_eq!(Flaw::from_id("no-such"), None);
    }
}
