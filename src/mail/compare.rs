//! A mail as it was sent beside the mail as it arrived, octet for octet: what servers added, changed, took away.
//!
//! `headers` holds the fields against each other (RFC 5322 2.2: a field is the same however it is folded), `body` finds
//! the first place where the bodies part and what was done there, `lines` sets both side by side. Nothing is decoded for
//! the sake of the comparison.

pub mod body;
pub mod headers;

mod lines;

use super::header;
pub use body::{BodyChange, BodyKind};
pub use headers::HeaderChanges;

/// How a line differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// In both.
    Same,
    /// Only in what arrived.
    Added,
    /// Only in what was sent.
    Removed,
}

/// A line of one or both, line ends visible, fit for the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where it is.
    pub kind: Kind,
    /// Its text.
    pub text: String,
}

/// What became of a mail on its way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// In one sentence: header fields added, changed and lost; whether the body is the same octet for octet.
    pub summary: String,
    /// The header fields and lines, in order; long runs that are the same are left out, and that is said.
    pub lines: Vec<Difference>,
    /// The body arrived octet for octet.
    pub body_same: bool,
}

/// Compares. Both with CRLF line ends, dots undone.
pub fn compare(sent: &[u8], arrived: &[u8]) -> Comparison {
    let headers = headers::changes(sent, arrived);
    let (sent, arrived) = (header::split(sent), header::split(arrived));
    let body = body::change(sent.body, arrived.body);
    let summary = match &body {
        None => format!("{headers}; body identical, octet for octet"),
        Some(change) => format!("{headers}; body differs: {change}"),
    };
    Comparison { summary, lines: lines::side_by_side(&sent, &arrived), body_same: body.is_none() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENT: &[u8] = b"From: ada@example.org\r\nTo: bob@example.org\r\nSubject: x\r\n\r\none\r\ntwo\r\n";

    fn with(head: &[u8], body: &[u8]) -> Vec<u8> {
        [head, b"From: ada@example.org\r\nTo: bob@example.org\r\nSubject: x\r\n\r\n", body].concat()
    }

    fn of_kind(comparison: &Comparison, kind: Kind) -> Vec<&str> {
        comparison.lines.iter().filter(|line| line.kind == kind).map(|line| line.text.as_str()).collect()
    }

    #[test]
    fn a_mail_that_got_a_trace_arrived_as_it_was_sent() {
        let arrived = with(b"Return-Path: <ada@example.org>\r\nReceived: from a\r\n\tby b\r\n", b"one\r\ntwo\r\n");
        let found = compare(SENT, &arrived);
        assert!(found.body_same);
        assert_eq!(found.summary, "2 header fields added (Return-Path, Received); body identical, octet for octet");
        assert_eq!(
            of_kind(&found, Kind::Added),
            ["Return-Path: <ada@example.org>\\r\\n", "Received: from a\\r\\n", "␉by b\\r\\n"]
        );
        assert!(of_kind(&found, Kind::Removed).is_empty());
    }

    #[test]
    fn the_very_same_mail_shows_no_difference() {
        let found = compare(SENT, SENT);
        assert_eq!(
            (found.body_same, found.summary.as_str()),
            (true, "header identical; body identical, octet for octet")
        );
        assert!(found.lines.iter().all(|line| line.kind == Kind::Same), "{found:?}");
    }

    #[test]
    fn a_changed_body_names_the_place_and_shows_both_lines() {
        let found = compare(SENT, &with(b"", b"one\r\ntwo  \r\n"));
        assert!(!found.body_same);
        assert!(found.summary.starts_with("header identical; body differs: line 2: blanks were added"), "{found:?}");
        assert_eq!(of_kind(&found, Kind::Removed), ["two\\r\\n"]);
        assert_eq!(of_kind(&found, Kind::Added), ["two  \\r\\n"]);
    }

    #[test]
    fn hostile_mails_stay_text() {
        let found = compare(SENT, b"\x1b[2J: \x9b\r\n\xe2\x80\xae\r\n\x1b]0;x\x07");
        let all = found.lines.iter().map(|line| line.text.as_str()).chain([found.summary.as_str()]);
        for text in all {
            assert!(!text.chars().any(|c| c.is_control() || c == '\u{202e}'), "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_octet_is_passed_over(
            a in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200),
            b in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200),
        ) {
            let found = compare(&a, &b);
            let same = header::split(&a).body == header::split(&b).body;
            proptest::prop_assert_eq!(found.body_same, same);
            proptest::prop_assert_eq!(compare(&a, &a).summary, "header identical; body identical, octet for octet");
        }
    }
}
