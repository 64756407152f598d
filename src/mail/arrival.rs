//! Which header fields of a mail came with it and which were added on the way.

use super::header::{self, RawField};

/// Where a header field of a received mail comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Sent, and arrived as sent (folding aside).
    AsSent,
    /// Sent with another value.
    Changed,
    /// Added by a server.
    Added,
}

/// Fields that servers put on top of a mail (RFC 5321 4.4, RFC 8601, RFC 9228), for want of the mail as sent.
const TRACE: [&str; 12] = [
    "Return-Path",
    "Received",
    "Delivered-To",
    "X-Original-To",
    "Authentication-Results",
    "Received-SPF",
    "ARC-Seal",
    "ARC-Message-Signature",
    "ARC-Authentication-Results",
    "X-Spam-Status",
    "X-Spam-Level",
    "X-Spam-Flag",
];

/// The origin of each header field of `received`, in the order of [`header::fields`], by comparison with the mail as
/// `sent`, or by the field's name if that is not at hand.
pub fn added_by_server(sent: Option<&[u8]>, received: &[u8]) -> Vec<Origin> {
    let received: Vec<RawField<'_>> = header::fields(header::split(received).head).collect();
    match sent {
        Some(sent) => compared(sent, &received),
        None => received.iter().map(by_name).collect(),
    }
}

fn by_name(field: &RawField<'_>) -> Origin {
    if TRACE.iter().any(|name| field.is(name)) { Origin::Added } else { Origin::AsSent }
}

fn compared(sent: &[u8], received: &[RawField<'_>]) -> Vec<Origin> {
    let key = |field: &RawField<'_>| String::from_utf8_lossy(field.name).to_ascii_lowercase();
    let mut left: std::collections::HashMap<String, Vec<String>> = std::collections::HashMap::new();
    for field in header::fields(header::split(sent).head) {
        left.entry(key(&field)).or_default().push(without_folding(&field));
    }
    // Trace fields are added on top: looking from below gives the sent copy of a repeated field to the lowest one.
    let mut origins = vec![Origin::Added; received.len()];
    for (field, origin) in received.iter().zip(&mut origins).rev() {
        let value = without_folding(field);
        if let Some(values) = left.get_mut(&key(field))
            && let Some(at) = values.iter().rposition(|sent| *sent == value)
        {
            values.remove(at);
            *origin = Origin::AsSent;
        }
    }
    for (field, origin) in received.iter().zip(&mut origins).rev() {
        if *origin == Origin::Added && left.get_mut(&key(field)).is_some_and(|values| values.pop().is_some()) {
            *origin = Origin::Changed;
        }
    }
    origins
}

fn without_folding(field: &RawField<'_>) -> String {
    field.unfolded().split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECEIVED: &[u8] =
        b"Return-Path: <a@b>\r\nDelivered-To: x\r\nReceived: from one\r\n\tby two\r\nX-Spam: no\r\n\
        From: a@b\r\nSubject: [list] long\r\n words\r\nTo: c@d\r\n\r\nbody\r\n";

    #[test]
    fn with_the_sent_mail_every_field_is_told_apart() {
        use Origin::{Added, AsSent, Changed};
        let sent = b"from: a@b\r\nSubject: long words\r\nTo:\r\n c@d\r\nBcc: gone\r\n\r\nbody\r\n";
        let expected = [Added, Added, Added, Added, AsSent, Changed, AsSent];
        assert_eq!(added_by_server(Some(sent), RECEIVED), expected);
    }

    #[test]
    fn a_repeated_field_is_as_sent_once() {
        use Origin::{Added, AsSent};
        let sent = b"Received: mine\nFrom: a@b\n\n";
        let received = b"Received: mine\nReceived: mine\nFrom: a@b\n\n";
        assert_eq!(added_by_server(Some(sent), received), [Added, AsSent, AsSent]);
    }

    #[test]
    fn without_the_sent_mail_the_name_decides() {
        use Origin::{Added, AsSent};
        let expected = [Added, Added, Added, AsSent, AsSent, AsSent, AsSent];
        assert_eq!(added_by_server(None, RECEIVED), expected);
        let received = b"x-original-to: a\nAUTHENTICATION-RESULTS: b\nX-Mine: c\n\n";
        assert_eq!(added_by_server(None, received), [Added, Added, AsSent]);
    }
}
