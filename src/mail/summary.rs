//! One line about a mail, from its header alone: for the mailbox table after `TOP n 0`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::decoded;
use super::header::{self, RawField};

/// What the table shows. Strings have passed `wire::printable`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Summary {
    /// From (or Sender), with decoded names.
    pub from: String,
    /// Subject, decoded.
    pub subject: String,
    /// The moment the Date header names.
    pub date: Option<Timestamp>,
    /// Message-ID without angle brackets; empty if there is none.
    pub message_id: String,
    /// A guess by Content-Type: multipart/mixed mostly carries a file.
    pub attachment: bool,
    /// There is no header, or it breaks off, or holds lines that are no header.
    pub damaged: bool,
}

impl Summary {
    /// The summary of a mail of which the header block, or more, is at hand. At most 1 MiB is looked at.
    pub fn from_headers(head: &[u8]) -> Self {
        let split = header::split(head);
        let mut summary = Self { damaged: split.head.is_empty() || !split.ended, ..Self::default() };
        for field in header::fields(split.head) {
            summary.take(&field);
        }
        summary
    }

    /// The first field of a name counts, as in most programs.
    fn take(&mut self, field: &RawField<'_>) {
        if field.name.is_empty() {
            self.damaged |= !field.raw.starts_with(b"From ");
        } else if field.is("From") || field.is("Sender") && self.from.is_empty() {
            if self.from.is_empty() || field.is("From") {
                self.from = decoded::addresses(field);
            }
        } else if field.is("Subject") && self.subject.is_empty() {
            self.subject = decoded::text(field);
        } else if field.is("Message-ID") && self.message_id.is_empty() {
            decoded::text(field).trim_matches(['<', '>']).clone_into(&mut self.message_id);
        } else if field.is("Date") && self.date.is_none() {
            self.date = decoded::date(field);
        } else if field.is("Content-Type") {
            let mixed =
                |kind: mail_parser::ContentType<'_>| kind.ctype() == "multipart" && kind.subtype() == Some("mixed");
            self.attachment |= decoded::content_type(field).is_some_and(mixed);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_header_becomes_a_line() {
        let head = b"From: =?utf-8?Q?J=C3=B6rg?= <j@x.org>\r\nSubject: =?utf-8?B?R3LDvMOfZQ==?=\r\n  and more\r\n\
            Date: Sat, 9 Jun 2001 12:27:28 +0100 (BST)\r\nContent-Type: Multipart/Mixed; boundary=x\r\n\r\n";
        let summary = Summary::from_headers(head);
        assert_eq!(summary.from, "Jörg <j@x.org>");
        assert_eq!(summary.subject, "Grüße and more");
        assert_eq!(summary.date, "2001-06-09T11:27:28Z".parse().ok());
        assert!(summary.attachment && !summary.damaged);
    }

    #[test]
    fn damage_is_seen_and_shown_all_the_same() {
        for (head, subject, damaged) in [
            (&b"Subject: a\r\n\r\n"[..], "a", false),
            (b"Subject: a\r\n", "a", true),
            (b"Subject: a\r\nbad line\r\n\r\n", "a", true),
            (b"-ERR\r\n\r\n", "", true),
            (b"", "", true),
            (b"Subject: \xff\x1b[2J\r\nSubject: b\r\n\r\n", "\u{fffd}␛[2J", false),
        ] {
            let summary = Summary::from_headers(head);
            assert_eq!((summary.subject.as_str(), summary.damaged), (subject, damaged), "{}", head.escape_ascii());
        }
        assert_eq!(Summary::from_headers(b"Date: 99 Foo 2001 77:00\r\n\r\n").date, None);
        assert_eq!(Summary::from_headers(b"Sender: s@x\r\nFrom: f@x\r\n\r\n").from, "f@x");
    }

    proptest! {
        #[test]
        fn any_octets_give_a_printable_summary(head in proptest::collection::vec(any::<u8>(), 0..300)) {
            let head = [b"From: a\r\nSubject: ", head.as_slice()].concat();
            let summary = Summary::from_headers(&head);
            prop_assert!(!summary.from.chars().chain(summary.subject.chars()).any(char::is_control));
        }
    }
}
