//! What a person sends by hand beyond single lines: a block in one write, and a text behind a typed DATA.

use std::io::Write as _;

use telepost::connection::{Body, FailureKind, LinkEvent, Protocol, Report, Request, Submission};
use telepost::pop3;
use telepost::smtp::{Command, Line, Notice, State, Verb};
use telepost::transcript::Direction;
use telepost::wire::{ChunkKind, Side};

use crate::peer::{Caller, Peer};
use crate::talk::{Talk, body, smtp_line, target, text};
use crate::{greet, hello};

fn block(lines: &[&str]) -> Submission {
    let lines = lines.iter().map(|line| Line::typed(*line).unwrap()).collect();
    Submission::Smtp(Command::Block(lines), None)
}

fn typed_body(body: Option<Body>) -> Submission {
    Submission::Smtp(Command::Body, body)
}

fn replied(report: &Report, verb: Verb) -> bool {
    matches!(report, Report::Smtp { notice: Notice::Replied { verb: told, .. }, .. } if *told == verb)
}

fn dropped(report: &Report, verb: Verb) -> bool {
    matches!(report, Report::Smtp { notice: Notice::Dropped { verb: told, .. }, .. } if *told == verb)
}

fn is_in(report: &Report, state: State) -> bool {
    matches!(report, Report::Smtp { notice: Notice::State(told), .. } if *told == state)
}

/// A line on which DATA was typed and accepted.
async fn in_body(talk: &mut Talk, peer: &Peer) -> Caller {
    let mut caller = greet(peer).await;
    hello(talk, &mut caller).await;
    talk.submit(smtp_line("DATA")).await;
    caller.expect("DATA").await;
    caller.say("354 go on\r\n").await;
    talk.until(|report| is_in(report, State::Body)).await;
    caller
}

#[tokio::test]
async fn a_block_is_all_there_before_any_reply_and_each_line_has_its_row() {
    let peer = Peer::new().await;
    let mut talk = Talk::connect(target(Protocol::Smtp, &peer)).await;
    let mut caller = greet(&peer).await;
    hello(&mut talk, &mut caller).await;
    talk.submit(block(&["MAIL FROM:<ada@sandbox.test>", "RCPT TO:<bob@sandbox.test>", "DATA"])).await;
    for verb in ["MAIL", "RCPT", "DATA"] {
        caller.expect(verb).await;
    }
    caller.say("250 sender\r\n250 recipient\r\n354 go on\r\n").await;
    talk.until(|report| is_in(report, State::Body)).await;
    let rows: Vec<_> = talk.records().filter(|record| record.direction == Direction::Sent).skip(1).collect();
    let lines: Vec<_> = rows.iter().map(|record| text(&record.bytes)).collect();
    assert_eq!(lines, ["MAIL FROM:<ada@sandbox.test>\r\n", "RCPT TO:<bob@sandbox.test>\r\n", "DATA\r\n"]);
    let verbs: Vec<_> = talk
        .smtp_notices()
        .into_iter()
        .filter_map(|notice| match notice {
            Notice::Replied { verb, reply, .. } => Some((verb, reply.code)),
            _ => None,
        })
        .collect();
    assert_eq!(verbs[1..], [(Verb::Mail, 250), (Verb::Rcpt, 250), (Verb::Data, 354)]);
}

#[tokio::test]
async fn a_block_of_pop3_goes_out_whole_and_hides_its_password() {
    let peer = Peer::new().await;
    let mut talk = Talk::connect(target(Protocol::Pop3, &peer)).await;
    let mut caller = peer.call().await;
    caller.say("+OK ready\r\n").await;
    let lines = ["USER ada", "PASS hunter2", "RETR 1", "STAT"];
    let lines = lines.into_iter().map(|line| pop3::Line::typed(line).unwrap()).collect();
    talk.submit(Submission::Pop3(pop3::Command::Block(lines))).await;
    for line in ["USER ada", "PASS hunter2", "RETR 1", "STAT"] {
        caller.expect(line).await;
    }
    caller.say("+OK\r\n+OK\r\n+OK\r\nhi\r\n.\r\n+OK 1 4\r\n").await;
    talk.until(|report| matches!(report, Report::Pop3 { notice: pop3::Notice::Maildrop(_), .. })).await;
    assert!(!format!("{:?}", talk.seen).contains("hunter2"));
}

#[tokio::test]
async fn what_waits_for_a_line_that_never_stands_is_told() {
    let peer = Peer::new().await;
    let mut talk = Talk::connect(target(Protocol::Smtp, &peer)).await;
    talk.submit(block(&["NOOP", "RSET"])).await;
    talk.submit(typed_body(Some(body(b"text")))).await;
    talk.ask(Request::Abort(Side::Smtp)).await;
    talk.until(|report| dropped(report, Verb::Noop)).await;
    talk.until(|report| dropped(report, Verb::FinalDot)).await;
    talk.closed(Side::Smtp).await;
}

#[tokio::test]
async fn ten_mebibytes_behind_a_typed_data_arrive_stuffed_and_ended_once() {
    let line = b".a line with a dot, and more of it to make it longer\n";
    let lines = 10 * 1024 * 1024 / line.len();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    for _ in 0..lines {
        file.write_all(line).unwrap();
    }
    file.flush().unwrap();
    let peer = Peer::new().await;
    let mut talk = Talk::connect(target(Protocol::Smtp, &peer)).await;
    let mut caller = in_body(&mut talk, &peer).await;
    talk.submit(smtp_line("Subject: long")).await;
    talk.submit(typed_body(Some(Body::File(file.path().to_owned())))).await;
    talk.submit(smtp_line("NOOP")).await;
    let (received, ()) = tokio::join!(caller.body(), async {
        talk.until(|report| matches!(report, Report::Link { event: LinkEvent::BodyProgress { .. }, .. })).await;
        talk.until(|report| matches!(report, Report::Record(record) if record.kind == ChunkKind::BodyEnd)).await;
    });
    let head = b"Subject: long\r\n";
    assert_eq!(received.len(), head.len() + lines * (line.len() + 2) + 3);
    assert!(received.starts_with(b"Subject: long\r\n..a line") && received.ends_with(b"longer\r\n.\r\n"));
    caller.say("250 2.0.0 queued\r\n").await;
    talk.until(|report| replied(report, Verb::FinalDot)).await;
    caller.expect("NOOP").await;
    let progress = talk.seen.iter().filter_map(|report| match report {
        Report::Link { event: LinkEvent::BodyProgress { written }, .. } => Some(*written),
        _ => None,
    });
    let progress: Vec<u64> = progress.collect();
    assert!(progress.len() > 3 && progress.is_sorted(), "{progress:?}");
    assert_eq!(*progress.last().unwrap(), (received.len() - 3) as u64);
}

#[tokio::test]
async fn each_of_several_texts_goes_behind_its_own_data() {
    let peer = Peer::new().await;
    let mut talk = Talk::connect(target(Protocol::Smtp, &peer)).await;
    let mut caller = greet(&peer).await;
    hello(&mut talk, &mut caller).await;
    // The second DATA is refused, and its text must not go behind the third.
    for words in ["first", "second", "third"] {
        talk.submit(smtp_line("DATA")).await;
        talk.submit(typed_body(Some(body(words.as_bytes())))).await;
    }
    for words in ["first", "third"] {
        caller.expect("DATA").await;
        caller.say("354 go on\r\n").await;
        assert_eq!(text(&caller.body().await), format!("{words}\r\n.\r\n"));
        caller.say("250 ok\r\n").await;
        if words == "first" {
            caller.expect("DATA").await;
            caller.say("503 not now\r\n").await;
        }
    }
    talk.until(|report| replied(report, Verb::FinalDot)).await;
    talk.until(|report| replied(report, Verb::FinalDot)).await;
}

#[tokio::test]
async fn a_text_that_cannot_be_read_or_is_not_there_ends_the_line_without_a_dot() {
    let folder = tempfile::tempdir().unwrap();
    for (text, kind) in [(Some(Body::File(folder.path().join("absent"))), FailureKind::Body), (None, FailureKind::Body)]
    {
        let peer = Peer::new().await;
        let mut talk = Talk::connect(target(Protocol::Smtp, &peer)).await;
        let mut caller = in_body(&mut talk, &peer).await;
        talk.submit(typed_body(text)).await;
        assert_eq!(caller.rest().await, b"");
        assert_eq!(talk.closed(Side::Smtp).await.unwrap().kind, kind);
        assert!(talk.seen.iter().any(|report| dropped(report, Verb::FinalDot)));
    }
}

#[tokio::test]
async fn stopping_inside_of_a_text_drops_the_line_without_a_dot() {
    let peer = Peer::new().await;
    let mut talk = Talk::connect(target(Protocol::Smtp, &peer)).await;
    let mut caller = in_body(&mut talk, &peer).await;
    talk.submit(typed_body(Some(body(&b"endless\r\n".repeat(4 << 20))))).await;
    caller.read_some().await;
    talk.ask(Request::Abort(Side::Smtp)).await;
    let (tail, failure) = tokio::join!(caller.tail(), talk.closed(Side::Smtp));
    assert_eq!(failure.unwrap().kind, FailureKind::Aborted);
    assert!(!tail.ends_with(b"\r\n.\r\n"), "{}", text(&tail));
    assert!(talk.seen.iter().any(|report| dropped(report, Verb::FinalDot)));
}
