//! Unsent mails and templates on disk. Blocking files, private, each written whole or not at all; nothing a person wrote
//! is ever removed but on request: a file that cannot be read is kept aside.
//!
//! [`Desk`] is the folder of drafts, a file for each, and the lock on the one that is being written. Large attachments
//! lie beside their draft and are written once. Whether a draft may have been sent already stands in its file before
//! the mail goes out, so that a crash between the final dot and its reply is not forgotten.

mod desk;
mod files;
mod older;
mod parts;
mod template;

use serde::{Deserialize, Serialize};

use crate::mail::Draft;
use crate::smtp::Manner;
pub use desk::Desk;
pub use parts::LARGE;
pub(crate) use parts::{fetch as fetch_parts, put_by as put_parts_by};
pub use template::Templates;

/// Most drafts, or templates, that are listed.
pub const LISTED: usize = 1_000;

/// The name of a draft: sixteen hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Id(String);

impl Id {
    /// The name that `random` makes.
    pub fn new(random: u64) -> Self {
        Self(format!("{random:016x}"))
    }

    /// Its digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Id {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let digits = text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if digits { Ok(Self(text)) } else { Err("the name of a draft is sixteen hexadecimal digits") }
    }
}

impl From<Id> for String {
    fn from(id: Id) -> Self {
        id.0
    }
}

/// A mail as it is kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Saved {
    /// The mail.
    #[serde(flatten)]
    pub draft: Draft,
    /// How it is sent.
    pub manner: Manner,
    /// The mail that was put aside for it.
    pub over: Option<Id>,
    /// The person put it aside: it is not what the program was ended with.
    pub away: bool,
    /// It was on its way, and what became of it is not known.
    pub perhaps_sent: bool,
    /// The template that it was begun from.
    pub template: Option<String>,
}

/// A draft to be saved.
#[derive(Clone, Debug)]
pub struct Keep {
    /// Its name.
    pub id: Id,
    /// Counts the saves of a process: an answer tells of the one with this number and all before it.
    pub revision: u64,
    /// The mail.
    pub saved: Saved,
}

/// A draft or a template in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed<N> {
    /// What it is opened by.
    pub name: N,
    /// As typed; not sanitized.
    pub subject: String,
    /// As typed; not sanitized.
    pub to: String,
    /// When it was saved.
    pub changed: jiff::Timestamp,
    /// Octets on disk.
    pub octets: u64,
    /// The template it was begun from; not sanitized.
    pub template: Option<String>,
    /// Another process has it open.
    pub elsewhere: bool,
    /// The person put it aside.
    pub away: bool,
    /// Nobody knows whether it was sent.
    pub perhaps_sent: bool,
}

/// Why a draft was not saved or opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// Another process has it open.
    #[error("another telepost has this mail open")]
    Taken,
    /// It is not there.
    #[error("it is not there any more")]
    Gone,
    /// What the system says, or what is wrong with the file.
    #[error("{0}")]
    Other(String),
}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::NotFound { Self::Gone } else { Self::Other(error.to_string()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_digits_and_nothing_that_leads_elsewhere() {
        assert_eq!(Id::new(0x7e1e).as_str(), "0000000000007e1e");
        for bad in ["", "../../etc/passwd", "000000000000000g", "00000000000000001", "000000000000000A"] {
            assert!(Id::try_from(bad.to_owned()).is_err(), "{bad}");
            assert!(serde_json::from_str::<Saved>(&format!("{{\"over\":\"{bad}\"}}")).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_saved_mail_comes_back_and_an_older_one_too() {
        let saved = Saved {
            draft: Draft { subject: "one".into(), body: "two\n".into(), ..Draft::default() },
            over: Some(Id::new(7)),
            perhaps_sent: true,
            template: Some("weekly".into()),
            ..Saved::default()
        };
        let text = serde_json::to_string(&saved).unwrap();
        assert_eq!(serde_json::from_str::<Saved>(&text).unwrap(), saved);
        let older = serde_json::from_str::<Saved>("{\"subject\":\"one\",\"unheard-of\":1}").unwrap();
        assert_eq!((older.draft.subject.as_str(), older.perhaps_sent), ("one", false));
    }
}
