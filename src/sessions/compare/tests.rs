use proptest::prelude::*;

use super::*;
use crate::transcript::{Direction, Record};
use crate::wire::{ChunkKind, Side};

/// A session from lines: `> command`, `< reply`, `= event`, `! failure`; `<12 reply` came after 12 ms.
pub(in crate::sessions) fn session(lines: &[&str]) -> Transcript {
    let mut transcript = Transcript::default();
    for (number, line) in (1..).zip(lines) {
        let (mark, text) = line.split_once(' ').expect("a mark and a text");
        let (direction, kind) = match mark.chars().next().expect("a mark") {
            '>' => (Direction::Sent, ChunkKind::Command),
            '<' => {
                let last = text.as_bytes().get(3) != Some(&b'-');
                (Direction::Received, ChunkKind::Reply { first: !text.contains("CONTINUED"), last })
            }
            '=' => (Direction::Event, ChunkKind::Stray),
            _ => (Direction::Error, ChunkKind::Stray),
        };
        let lapse = mark[1..].parse().ok().map(Duration::from_millis);
        let bytes = format!("{}\r\n", text.replace("CONTINUED", "")).into_bytes();
        transcript.push(Record {
            number,
            side: if text.starts_with(['+', '-'])
                || ["USER", "PASS", "STAT", "CAPA"].iter().any(|verb| text.starts_with(verb))
            {
                Side::Pop3
            } else {
                Side::Smtp
            },
            link: 1,
            at: Duration::from_millis(number),
            lapse,
            direction,
            kind,
            expected: true,
            tls: false,
            bytes,
            tally: None,
        });
    }
    transcript
}

const MAIL: [&str; 10] = [
    "< 220 mx.example ESMTP",
    "> EHLO lab.test",
    "< 250-mx.example greets [192.0.2.1]",
    "< 250-CONTINUEDSIZE 1000",
    "< 250 CONTINUEDPIPELINING",
    "> MAIL FROM:<a@b>",
    "<10 250 2.1.0 ok",
    "> RCPT TO:<c@d>",
    "<10 250 2.1.5 ok",
    "> QUIT",
];

fn with(from: &str, to: &[&str]) -> Transcript {
    let lines: Vec<&str> = MAIL.iter().flat_map(|line| if *line == from { to.to_vec() } else { vec![*line] }).collect();
    session(&lines)
}

fn verdicts(comparison: &Comparison) -> Vec<(String, Verdict)> {
    let command = |pair: &Pair| pair.left.as_ref().or(pair.right.as_ref()).map(|of| of.command.clone()).unwrap();
    let differing = comparison.pairs.iter().filter(|pair| pair.verdict != Verdict::Same);
    differing.map(|pair| (command(pair), pair.verdict)).collect()
}

#[test]
fn a_session_is_like_itself() {
    let comparison = compare(&session(&MAIL), &session(&MAIL));
    assert_eq!((comparison.differences(), comparison.waits(), comparison.pairs.len()), (0, 0, 5));
}

#[test]
fn each_difference_is_named_at_its_exchange() {
    use Verdict::{Code, Enhanced, OnlyRight, Text, Time};
    for (from, to, command, verdict) in [
        ("<10 250 2.1.5 ok", &["<10 550 5.1.1 no such user"][..], "RCPT TO:<c@d>", Code),
        ("<10 250 2.1.5 ok", &["<10 250 2.1.0 ok"], "RCPT TO:<c@d>", Enhanced),
        ("<10 250 2.1.5 ok", &["<10 250 2.1.5 fine"], "RCPT TO:<c@d>", Text),
        ("<10 250 2.1.5 ok", &["<61 250 2.1.5 ok"], "RCPT TO:<c@d>", Time),
        ("<10 250 2.1.5 ok", &[], "RCPT TO:<c@d>", Code),
        ("< 220 mx.example ESMTP", &["< 554 mx.example no"], "(greeting)", Code),
        ("< 250-CONTINUEDSIZE 1000", &["< 250-CONTINUEDSIZE 2000"], "EHLO lab.test", Text),
        ("> QUIT", &["> RCPT TO:<e@f>", "<10 250 2.1.5 ok", "> QUIT"], "RCPT TO:<e@f>", OnlyRight),
        ("> QUIT", &["! the server closed the line", "> QUIT"], "(failure)", OnlyRight),
    ] {
        let found = verdicts(&compare(&session(&MAIL), &with(from, to)));
        assert_eq!(found, [(command.to_owned(), verdict)], "{to:?}");
    }
    let back = verdicts(&compare(&with("> RCPT TO:<c@d>", &[]), &session(&MAIL)));
    assert!(
        back.iter().any(|(command, verdict)| (command.as_str(), *verdict) == ("RCPT TO:<c@d>", OnlyRight)),
        "{back:?}"
    );
}

#[test]
fn what_differs_in_every_run_is_no_difference() {
    let other = with("< 250-mx.example greets [192.0.2.1]", &["< 250-mx.example greets [198.51.100.7]"]);
    assert_eq!(compare(&session(&MAIL), &other).differences(), 0);
    let other = with("<10 250 2.1.5 ok", &["<55 250 2.1.5 ok"]);
    assert_eq!(compare(&session(&MAIL), &other).waits(), 0, "45 ms are none");
}

#[test]
fn capabilities_that_came_and_went_are_told_whatever_their_order() {
    let order = with("< 250-CONTINUEDSIZE 1000", &["< 250-CONTINUEDPIPELINING"]);
    assert_eq!(compare(&session(&MAIL), &order).vanished, ["SIZE 1000"]);
    let other = with("< 250-CONTINUEDSIZE 1000", &["< 250-CONTINUEDSIZE 9", "< 250-CONTINUEDDSN"]);
    let comparison = compare(&session(&MAIL), &other);
    assert_eq!(
        (comparison.appeared, comparison.vanished),
        (vec!["DSN".into(), "SIZE 9".into()], vec!["SIZE 1000".into()])
    );
}

#[test]
fn another_command_is_told_and_is_no_difference() {
    let comparison = compare(&session(&MAIL), &with("> MAIL FROM:<a@b>", &["> MAIL FROM:<x@y>"]));
    assert_eq!(comparison.differences(), 0);
    assert_eq!(comparison.pairs.iter().filter(|pair| pair.reworded).count(), 1);
}

#[test]
fn of_a_sign_in_the_end_counts() {
    let auth = |challenge, end| session(&["> AUTH CRAM-MD5", challenge, "> ****(40 B)", end]);
    let left = auth("< 334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2U+", "< 235 2.7.0 ok");
    assert_eq!(compare(&left, &auth("< 334 PDk5LjEyMzQ1Njc4OTBAbXg+", "< 235 2.7.0 ok")).differences(), 0);
    let refused = compare(&left, &auth("< 334 PDk5LjEyMzQ1Njc4OTBAbXg+", "< 535 5.7.8 no"));
    assert_eq!(verdicts(&refused), [("AUTH CRAM-MD5".to_owned(), Verdict::Code)]);
}

#[test]
fn both_protocols_are_compared_each_with_its_own() {
    let left = session(&["> USER bob", "< +OK", "> EHLO x", "< 250 ok", "> PASS ****(3 B)", "< -ERR [AUTH] no"]);
    let right = session(&["> EHLO x", "< 250 ok", "> USER bob", "< +OK", "> PASS ****(3 B)", "< -ERR [IN-USE] no"]);
    assert_eq!(verdicts(&compare(&left, &right)), [("PASS ****(3 B)".to_owned(), Verdict::Enhanced)]);
}

proptest! {
    #[test]
    fn every_exchange_of_both_is_in_exactly_one_pair(
        left in proptest::collection::vec("> (EHLO|RCPT|DATA|RSET) [ab]", 0..14),
        right in proptest::collection::vec("> (EHLO|RCPT|DATA|RSET) [ab]", 0..14),
    ) {
        let of = |lines: &[String]| session(&lines.iter().map(String::as_str).collect::<Vec<_>>());
        let comparison = compare(&of(&left), &of(&right));
        let ids = |side: fn(&Pair) -> Option<&Exchange>| -> Vec<u64> {
            comparison.pairs.iter().filter_map(side).map(|exchange| exchange.id).collect()
        };
        prop_assert_eq!(ids(|pair| pair.left.as_ref()), (0..left.len() as u64).collect::<Vec<_>>());
        prop_assert_eq!(ids(|pair| pair.right.as_ref()), (0..right.len() as u64).collect::<Vec<_>>());
        let same = |pair: &Pair| pair.left.as_ref().zip(pair.right.as_ref()).is_none_or(|(l, r)| l.verb == r.verb);
        prop_assert!(comparison.pairs.iter().all(same));
    }
}
