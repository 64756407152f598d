//! Copies of sent mails on disk, and the addresses they went to. Blocking files, private, bounded.
//!
//! A copy is three files of one name: `.eml`, the octets as they were sent; `.txt`, the transcript of the delivery,
//! masked; `.json`, everything else. The `.json` is written last: without it there is no copy. That a copy cannot be
//! kept says nothing about the mail, which is sent.

mod addresses;
mod archive;
mod octets;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::drafts::Saved;
use crate::mail::Envelope;
use crate::smtp::{MailOutcome, MailReport, Manner, RecipientReport, Reply};
use crate::wire::Segment;
pub use addresses::{ADDRESSES, load as load_addresses, people, remember as remember_addresses};
pub use archive::{Archive, OCTETS};
pub use octets::WHOLE;

/// The name of a copy: `20261122T114207Z-` and hexadecimal digits. Names sort by time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

impl Name {
    /// The name for a mail that began to be sent at `began`.
    pub fn new(began: jiff::Timestamp, random: u64) -> Self {
        Self(format!("{}-{random:016x}", began.strftime("%Y%m%dT%H%M%SZ")))
    }

    /// The name in a file name without its extension.
    pub fn parse(text: &str) -> Option<Self> {
        let (time, id) = text.split_once('-')?;
        let digits = |text: &str, at: &[usize]| at.iter().all(|at| text.as_bytes()[*at].is_ascii_digit());
        let time = time.len() == 16
            && time.is_ascii()
            && digits(time, &[0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14])
            && (&time[8..9], &time[15..]) == ("T", "Z");
        let id = id.len() == 16 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        (time && id).then(|| Self(text.to_owned()))
    }

    /// As in file names.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What became of one recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// As in RCPT.
    pub address: String,
    /// `accepted`, `refused`, `deferred`, `unknown` or `untried`.
    pub outcome: String,
    /// The reply, code and text; sanitized.
    pub reply: Option<String>,
}

/// Everything about a sent mail but its octets.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Letter {
    /// Without angle brackets.
    pub message_id: String,
    /// As typed, or as in the header; not sanitized.
    pub subject: String,
    /// As typed, or as in the header; not sanitized.
    pub to: String,
    /// MAIL FROM and RCPT TO.
    pub envelope: Envelope,
    /// How it was sent.
    pub manner: Manner,
    /// `sent`, `partial` or `unknown`.
    pub outcome: String,
    /// How far it came.
    pub stage: String,
    /// Each with its reply.
    pub recipients: Vec<Recipient>,
    /// The reply that decided, code and text; sanitized.
    pub reply: Option<String>,
    /// The server's name for the mail; sanitized.
    pub queue_id: Option<String>,
    /// When it was handed over to be sent.
    pub began: jiff::Timestamp,
    /// When its outcome was known.
    pub ended: jiff::Timestamp,
    /// Such as `SMTP mx.example:25`.
    pub server: String,
    /// Octets of the mail.
    pub octets: u64,
    /// The `.eml` holds the header only.
    pub headers_only: bool,
    /// The mail as it stood in the form, if it came from there.
    pub form: Option<Box<Saved>>,
}

impl Letter {
    /// Takes over what a report says.
    pub fn close(&mut self, report: &MailReport, ended: jiff::Timestamp) {
        report.outcome.word().clone_into(&mut self.outcome);
        report.stage.word().clone_into(&mut self.stage);
        self.recipients = report.recipients.iter().map(recipient).collect();
        self.reply = report.reply.as_ref().map(told);
        self.queue_id = report.queue_id.as_deref().map(|id| crate::wire::printable::text(id).into_owned());
        self.ended = ended;
    }
}

/// Whether a mail of this outcome went out, or may have.
pub fn went_out(outcome: MailOutcome) -> bool {
    matches!(outcome, MailOutcome::Sent | MailOutcome::Partial | MailOutcome::Unknown)
}

fn recipient(report: &RecipientReport) -> Recipient {
    Recipient {
        address: report.address.clone(),
        outcome: report.outcome.word().to_owned(),
        reply: report.reply.as_ref().map(told),
    }
}

fn told(reply: &Reply) -> String {
    crate::wire::printable::text(&format!("{} {}", reply.code, reply.text())).into_owned()
}

/// A mail that is to be kept.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// Under which name.
    pub name: Name,
    /// Everything but the octets.
    pub letter: Letter,
    /// The octets, as they were sent.
    pub segments: Arc<[Segment]>,
    /// Its transcript begins with the entry of this id.
    pub first_entry: u64,
    /// Copies that are kept at most.
    pub most: usize,
}

/// A copy in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// What it is opened by.
    pub name: Name,
    /// Without what stood in the form.
    pub letter: Letter,
    /// It was written in the form, and can be opened there.
    pub from_form: bool,
    /// Where its octets lie.
    pub eml: std::path::PathBuf,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_sorts_by_time_and_leads_nowhere_else() {
        let name = Name::new("2026-11-22T11:42:07Z".parse().unwrap(), 0x7e1e);
        assert_eq!(name.as_str(), "20261122T114207Z-0000000000007e1e");
        assert_eq!(Name::parse(name.as_str()).as_ref(), Some(&name));
        for bad in ["", "x", "20261122T114207Z-", "20261122T114207Z-../../../../x.", "2026112éT11420Z-0000000000007e1e"]
        {
            assert_eq!(Name::parse(bad), None, "{bad}");
        }
        assert!(Name::new("2026-11-22T11:42:06Z".parse().unwrap(), u64::MAX) < name);
    }
}
