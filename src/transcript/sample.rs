//! Records for tests, made from short words.

use std::time::Duration;

use super::{Direction, Record, Tally, Transcript};
use crate::wire::{ChunkKind, Side};

/// A command of link 1.
pub(super) fn sent(side: Side, line: &str) -> Record {
    record(side, Direction::Sent, ChunkKind::Command, format!("{line}\r\n").as_bytes())
}

/// A line of a reply of link 1.
pub(super) fn got(side: Side, line: &str, first: bool, last: bool) -> Record {
    let lapse = first.then(|| Duration::from_millis(2));
    let kind = ChunkKind::Reply { first, last };
    Record { lapse, ..record(side, Direction::Received, kind, format!("{line}\r\n").as_bytes()) }
}

/// A piece of a body, or its end, with the octets of the body so far.
pub(super) fn body(side: Side, direction: Direction, bytes: &[u8], octets: u64, ends: bool) -> Record {
    let kind = if ends { ChunkKind::BodyEnd } else { ChunkKind::Body };
    let tally = Tally { octets, lines: octets / 10, stuffed: 0, longest: 8 };
    Record { tally: Some(tally), ..record(side, direction, kind, bytes) }
}

/// Any record of link 1.
pub(super) fn record(side: Side, direction: Direction, kind: ChunkKind, bytes: &[u8]) -> Record {
    Record {
        number: 0,
        side,
        link: 1,
        at: Duration::from_millis(10),
        lapse: None,
        direction,
        kind,
        expected: true,
        tls: false,
        bytes: bytes.to_vec(),
        tally: None,
    }
}

/// A mail to two recipients, the second unknown, and a look into a maildrop.
pub(super) fn conversation() -> Transcript {
    use Side::{Pop3, Smtp};
    let mut transcript = Transcript::default();
    let records = [
        record(Smtp, Direction::Event, ChunkKind::Stray, b"TCP 127.0.0.1:2525 connected"),
        got(Smtp, "220 sandbox ESMTP", true, true),
        sent(Smtp, "EHLO lab.test"),
        got(Smtp, "250-sandbox", true, false),
        got(Smtp, "250-SIZE", false, false),
        sent(Pop3, "STAT"),
        got(Smtp, "250 AUTH PLAIN", false, true),
        got(Pop3, "+OK 2 320", true, true),
        sent(Smtp, "AUTH PLAIN"),
        got(Smtp, "334 ", true, true),
        sent(Smtp, "****(24 B)"),
        got(Smtp, "235 2.7.0 accepted", true, true),
        sent(Smtp, "MAIL FROM:<ada@sandbox.test>"),
        sent(Smtp, "RCPT TO:<bob@sandbox.test>"),
        sent(Smtp, "RCPT TO:<eve@sandbox.test>"),
        sent(Smtp, "DATA"),
        got(Smtp, "250 2.1.0 ok", true, true),
        got(Smtp, "250 2.1.5 ok", true, true),
        got(Smtp, "550 5.1.1 no such user", true, true),
        got(Smtp, "354 go on", true, true),
        body(Smtp, Direction::Sent, b"Subject: x\r\n\r\n", 14, false),
        body(Smtp, Direction::Sent, b"Hi\r\n", 18, false),
        body(Smtp, Direction::Sent, b".\r\n", 18, true),
        got(Smtp, "250 2.0.0 queued as 7F3A", true, true),
        sent(Pop3, "RETR 1"),
        got(Pop3, "+OK 120 octets", true, true),
        body(Pop3, Direction::Received, b"Subject: y\r\n", 12, false),
        body(Pop3, Direction::Received, b".\r\n", 12, true),
    ];
    for (number, record) in (1..).zip(records) {
        transcript.push(Record { number, at: Duration::from_millis(number), ..record });
    }
    transcript
}
