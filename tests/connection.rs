//! The connection task against scripted servers on loopback. Nothing sleeps: every step waits for what it needs.
#![expect(clippy::unwrap_used, reason = "in a test a panic is the message")]

#[path = "connection/binding.rs"]
mod binding;
#[path = "connection/odd.rs"]
mod odd;
#[path = "connection/peer.rs"]
mod peer;
#[expect(dead_code, reason = "the tests beside the program ask for more than those here")]
#[path = "../src/connection/tls/samples.rs"]
mod samples;
#[path = "connection/talk.rs"]
mod talk;
#[path = "connection/tls.rs"]
mod tls;
#[path = "connection/trust.rs"]
mod trust;
#[path = "connection/typed.rs"]
mod typed;
#[path = "connection/wrong_mode.rs"]
mod wrong_mode;

use std::time::{Duration, Instant};

use peer::{Caller, Peer};
use talk::{Talk, body, mail, pop3_line, smtp_line, target, text};
use telepost::connection::{FailureKind, Family, LinkEvent, Protocol, Recording, Report, Request, Submission};
use telepost::pop3;
use telepost::sasl::{Mechanism, Progress, SignIn};
use telepost::smtp::{MailOutcome, Notice, Stage};
use telepost::transcript::Direction;
use telepost::wire::{ChunkKind, Secret, Side, Wait};

/// Greets, and answers EHLO without any extension.
async fn greet(peer: &Peer) -> Caller {
    let mut caller = peer.call().await;
    caller.say("220 sandbox.test ESMTP\r\n").await;
    caller
}

/// Answers everything up to the 354.
async fn up_to_354(caller: &mut Caller) {
    for verb in ["MAIL", "RCPT"] {
        caller.expect(verb).await;
        caller.say("250 fine\r\n").await;
    }
    caller.expect("DATA").await;
    caller.say("354 go on\r\n").await;
}

async fn hello(talk: &mut Talk, caller: &mut Caller) {
    talk.submit(Submission::Smtp(telepost::smtp::Command::Hello("me.test".into()), None)).await;
    caller.expect("EHLO").await;
    caller.say("250 sandbox.test\r\n").await;
}

#[tokio::test]
async fn a_mail_goes_through_and_the_transcript_has_every_octet() {
    let peer = Peer::new().await;
    let mut talk = Talk::connect(target(Protocol::Smtp, &peer)).await;
    let mut caller = greet(&peer).await;
    hello(&mut talk, &mut caller).await;
    talk.submit(mail(1, body(b"Subject: x\n\n.dot\nno line end"))).await;
    up_to_354(&mut caller).await;
    let received = caller.body().await;
    assert_eq!(received, b"Subject: x\r\n\r\n..dot\r\nno line end\r\n.\r\n");
    caller.say("250 2.0.0 queued as 6AB5150038\r\n").await;
    talk.ask(Request::Disconnect(Side::Smtp)).await;
    caller.expect("QUIT").await;
    caller.say("221 bye\r\n").await;
    drop(caller);
    assert_eq!(talk.closed(Side::Smtp).await, None);
    let report = talk.mail_done(1);
    assert_eq!(report.outcome, MailOutcome::Sent);
    assert_eq!(report.queue_id.as_deref(), Some("6AB5150038"));
    let sent: Vec<u8> = talk.wire(Direction::Sent);
    assert!(sent.starts_with(b"EHLO me.test\r\nMAIL FROM:<") && sent.ends_with(b".\r\nQUIT\r\n"), "{}", text(&sent));
    let heard = talk.wire(Direction::Received);
    assert!(heard.starts_with(b"220 sandbox.test ESMTP\r\n250 sandbox.test\r\n"), "{}", text(&heard));
    assert!(heard.ends_with(b"221 bye\r\n"), "{}", text(&heard));
    talk.numbers_are_gapless();
    let lapses = talk.records().filter(|record| record.lapse.is_some()).count();
    assert_eq!(lapses, 6, "every reply but the greeting");
    let end = talk.records().find(|record| record.kind == ChunkKind::BodyEnd).unwrap();
    let tally = end.tally.unwrap();
    assert_eq!((tally.octets, tally.lines, tally.stuffed, tally.longest), (34, 4, 1, 11));
}

#[tokio::test]
async fn each_of_several_mails_gets_its_own_text() {
    let peer = Peer::new().await;
    let mut talk = Talk::connect(target(Protocol::Smtp, &peer)).await;
    let mut caller = greet(&peer).await;
    hello(&mut talk, &mut caller).await;
    for (id, words) in [(1, "first"), (2, "second"), (3, "third")] {
        talk.submit(mail(id, body(words.as_bytes()))).await;
    }
    for words in ["first", "second", "third"] {
        up_to_354(&mut caller).await;
        assert_eq!(text(&caller.body().await), format!("{words}\r\n.\r\n"));
        caller.say("250 ok\r\n").await;
    }
    talk.until_mail_done(3).await;
    assert!((1..=3).all(|id| talk.mail_done(id).outcome == MailOutcome::Sent));
}

#[tokio::test]
async fn octets_one_at_a_time_say_the_same_as_all_at_once() {
    let mut heard = Vec::new();
    for dribble in [false, true] {
        let peer = Peer::new().await;
        let mut talk = Talk::connect(target(Protocol::Smtp, &peer)).await;
        let mut caller = peer.call().await;
        caller.dribble = dribble;
        caller.say("220-sandbox.test\r\n220 ESMTP\r\n").await;
        hello(&mut talk, &mut caller).await;
        talk.submit(smtp_line("QUIT")).await;
        caller.expect("QUIT").await;
        caller.say("221-see\r\n221 you\r\n").await;
        drop(caller);
        assert_eq!(talk.closed(Side::Smtp).await, None);
        let records: Vec<_> = talk.dialogue();
        heard.push((records, talk.smtp_notices()));
    }
    assert_eq!(heard[0], heard[1]);
}

#[tokio::test]
async fn abort_in_the_middle_of_a_long_mail_is_at_once() {
    let mut took = Vec::new();
    // A busy machine may hold up one attempt.
    while took.len() < 3 && took.iter().all(|took| *took >= Duration::from_millis(100)) {
        took.push(abort_in_the_middle_of_a_long_mail().await);
    }
    assert!(took.iter().any(|took| *took < Duration::from_millis(100)), "{took:?}");
}

/// How long it took.
async fn abort_in_the_middle_of_a_long_mail() -> Duration {
    let peer = Peer::new().await;
    let mut talk = Talk::connect(target(Protocol::Smtp, &peer)).await;
    let mut caller = greet(&peer).await;
    hello(&mut talk, &mut caller).await;
    let line = b"0123456789012345678901234567890123456789012345678901234567890123456789\r\n";
    talk.submit(mail(1, body(&line.repeat(100 * 1024 * 1024 / line.len())))).await;
    up_to_354(&mut caller).await;
    let reading = tokio::spawn(async move { caller.tail().await });
    talk.until(|report| matches!(progress(report), Some(written) if written > 4 * 1024 * 1024)).await;
    let asked = Instant::now();
    talk.ask(Request::Abort(Side::Smtp)).await;
    let failure = talk.closed(Side::Smtp).await.unwrap();
    let took = asked.elapsed();
    assert_eq!(failure.kind, FailureKind::Aborted);
    assert_eq!(talk.mail_done(1).outcome, MailOutcome::Failed);
    let received = reading.await.unwrap();
    assert!(!received.ends_with(b"\r\n.\r\n"), "an aborted mail must not be completed");
    let records = talk.records().filter(|record| record.kind == ChunkKind::Body).count();
    assert!(records < 250, "{records} records of a body that was cut");
    took
}

fn progress(report: &Report) -> Option<u64> {
    match report {
        Report::Link { event: LinkEvent::BodyProgress { written }, .. } => Some(*written),
        _ => None,
    }
}

#[tokio::test]
async fn a_mail_from_a_file_arrives_as_it_is() {
    let peer = Peer::new().await;
    let mut talk = Talk::connect(target(Protocol::Smtp, &peer)).await;
    let mut caller = greet(&peer).await;
    hello(&mut talk, &mut caller).await;
    let file = tempfile::NamedTempFile::new().unwrap();
    let content = b"a line of text\r\n".repeat(200_000);
    std::fs::write(file.path(), &content).unwrap();
    talk.submit(mail(1, telepost::connection::Body::File(file.path().to_owned()))).await;
    up_to_354(&mut caller).await;
    let received = caller.body().await;
    assert!(received.strip_suffix(b".\r\n") == Some(content.as_slice()));
    caller.say("250 ok\r\n").await;
    talk.until_mail_done(1).await;
    assert_eq!(talk.mail_done(1).outcome, MailOutcome::Sent);
    let last = talk.seen.iter().filter_map(progress).next_back();
    assert_eq!(last, Some(content.len() as u64), "the last progress is the whole body");
}

#[tokio::test]
async fn mails_in_chunks_go_back_to_back_and_progress_counts_all_of_a_body() {
    let peer = Peer::new().await;
    let mut talk = Talk::connect(target(Protocol::Smtp, &peer)).await;
    let mut caller = greet(&peer).await;
    talk.submit(Submission::Smtp(telepost::smtp::Command::Hello("me.test".into()), None)).await;
    caller.expect("EHLO").await;
    caller.say("250-sandbox.test\r\n250-PIPELINING\r\n250 CHUNKING\r\n").await;
    let file = tempfile::NamedTempFile::new().unwrap();
    let content = b".a line of text\n".repeat(200_000);
    std::fs::write(file.path(), &content).unwrap();
    talk.submit(in_chunks(mail(1, telepost::connection::Body::File(file.path().to_owned())))).await;
    talk.submit(in_chunks(mail(2, body(b"second")))).await;
    let mut received = Vec::new();
    caller.expect("MAIL").await;
    caller.expect("RCPT").await;
    loop {
        let (octets, last) = caller.chunk().await;
        received.extend(octets);
        if last {
            break;
        }
    }
    let expected = b".a line of text\r\n".repeat(200_000);
    assert!(received == expected);
    for verb in ["RSET", "MAIL", "RCPT"] {
        caller.expect(verb).await;
    }
    assert_eq!(caller.chunk().await, (b"second\r\n".to_vec(), true), "nothing was answered so far");
    caller.say(&"250 ok\r\n".repeat(2 + 4 + 4)).await;
    talk.until_mail_done(2).await;
    assert!((1..=2).all(|id| talk.mail_done(id).outcome == MailOutcome::Sent));
    let most = talk.seen.iter().filter_map(progress).max();
    assert_eq!(most, Some(expected.len() as u64), "all chunks are counted together");
    let ends = talk.records().filter(|record| record.kind == ChunkKind::BodyEnd);
    let octets: u64 = ends.filter_map(|record| record.tally).map(|tally| tally.octets).sum();
    assert_eq!(octets, expected.len() as u64 + 8, "each chunk has its figures");
}

/// The same mail by BDAT.
fn in_chunks(submission: Submission) -> Submission {
    match submission {
        Submission::Smtp(telepost::smtp::Command::Mail(mut mail), body) => {
            mail.manner.transfer = telepost::smtp::Transfer::Bdat;
            Submission::Smtp(telepost::smtp::Command::Mail(mail), body)
        }
        other => other,
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_read_leaves_the_mail_unfinished() {
    let peer = Peer::new().await;
    let mut talk = Talk::connect(target(Protocol::Smtp, &peer)).await;
    let mut caller = greet(&peer).await;
    hello(&mut talk, &mut caller).await;
    let folder = tempfile::tempdir().unwrap();
    talk.submit(mail(1, telepost::connection::Body::File(folder.path().join("absent")))).await;
    up_to_354(&mut caller).await;
    let failure = talk.closed(Side::Smtp).await.unwrap();
    assert_eq!(failure.kind, FailureKind::Body);
    assert!(failure.what.contains("absent"), "{failure}");
    assert_eq!(talk.mail_done(1).outcome, MailOutcome::Failed);
    assert_eq!(caller.rest().await, b"");
}

#[tokio::test]
async fn an_early_refusal_in_the_middle_of_the_body_is_read() {
    let peer = Peer::new().await;
    let mut talk = Talk::connect(target(Protocol::Smtp, &peer)).await;
    let mut caller = greet(&peer).await;
    hello(&mut talk, &mut caller).await;
    talk.submit(mail(1, body(&b"x\r\n".repeat(10 * 1024 * 1024)))).await;
    up_to_354(&mut caller).await;
    caller.read_some().await;
    caller.say("552 5.3.4 too big\r\n").await;
    // The window is shut by now; the reply is read all the same, and then the line is cut.
    talk.until(|report| matches!(report, Report::Record(record) if record.bytes.starts_with(b"552"))).await;
    caller.reset();
    talk.closed(Side::Smtp).await;
    assert!(!matches!(talk.mail_done(1).outcome, MailOutcome::Sent | MailOutcome::Unknown));
}

#[tokio::test]
async fn a_reset_in_the_middle_of_the_body_is_a_reset() {
    let peer = Peer::new().await;
    let mut talk = Talk::connect(target(Protocol::Smtp, &peer)).await;
    let mut caller = greet(&peer).await;
    hello(&mut talk, &mut caller).await;
    talk.submit(mail(1, body(&vec![b'x'; 32 * 1024 * 1024]))).await;
    up_to_354(&mut caller).await;
    caller.read_some().await;
    caller.reset();
    let failure = talk.closed(Side::Smtp).await.unwrap();
    assert_eq!(failure.kind, FailureKind::Reset);
    assert_eq!(talk.mail_done(1).outcome, MailOutcome::Failed);
}

#[tokio::test]
async fn a_server_that_stops_reading_does_not_hang_us() {
    let peer = Peer::new().await;
    let mut to = target(Protocol::Smtp, &peer);
    to.timeouts = to.timeouts.at_most(Duration::from_secs(1));
    let mut talk = Talk::connect(to).await;
    let mut caller = greet(&peer).await;
    hello(&mut talk, &mut caller).await;
    talk.submit(mail(1, body(&vec![b'x'; 64 * 1024 * 1024]))).await;
    up_to_354(&mut caller).await;
    let failure = talk.closed(Side::Smtp).await.unwrap();
    assert_eq!(failure.kind, FailureKind::TimedOut(Wait::Body));
    assert_eq!(talk.mail_done(1).outcome, MailOutcome::Failed);
    let words: Vec<_> = talk.notes();
    assert!(words.iter().any(|note| note.contains("never left this machine")), "{words:?}");
}

#[tokio::test]
async fn a_lost_line_after_the_final_dot_is_unknown() {
    let peer = Peer::new().await;
    let mut talk = Talk::connect(target(Protocol::Smtp, &peer)).await;
    let mut caller = greet(&peer).await;
    hello(&mut talk, &mut caller).await;
    talk.submit(mail(1, body(b"hello"))).await;
    up_to_354(&mut caller).await;
    caller.body().await;
    caller.say("250 2.0.0 o").await;
    drop(caller);
    let failure = talk.closed(Side::Smtp).await.unwrap();
    assert_eq!(failure.kind, FailureKind::ClosedEarly);
    assert_eq!(talk.mail_done(1).outcome, MailOutcome::Unknown);
    assert!(talk.wire(Direction::Received).ends_with(b"250 2.0.0 o"), "the unfinished rest is recorded");
}

#[tokio::test]
async fn a_close_without_221_is_early_and_one_after_221_is_not() {
    for (goodbye, early) in [("221 bye\r\n", false), ("", true)] {
        let peer = Peer::new().await;
        let mut talk = Talk::connect(target(Protocol::Smtp, &peer)).await;
        let mut caller = greet(&peer).await;
        hello(&mut talk, &mut caller).await;
        talk.submit(smtp_line("quit")).await;
        caller.expect("quit").await;
        caller.say(goodbye).await;
        drop(caller);
        let failure = talk.closed(Side::Smtp).await;
        assert_eq!(failure.is_some(), early, "{failure:?}");
        assert!(failure.is_none_or(|failure| failure.kind == FailureKind::ClosedEarly));
    }
}

#[tokio::test]
async fn a_greeting_that_refuses_is_named() {
    let peer = Peer::new().await;
    let mut talk = Talk::connect(target(Protocol::Smtp, &peer)).await;
    let mut caller = peer.call().await;
    caller.say("554 5.7.1 not from there\r\n").await;
    drop(caller);
    let failure = talk.closed(Side::Smtp).await.unwrap();
    assert_eq!(failure.kind, FailureKind::ClosedEarly);
    assert!(failure.what.contains("greeting"), "{failure}");
}

#[tokio::test]
async fn garbage_in_place_of_a_greeting_ends_the_link() {
    let peer = Peer::new().await;
    let mut talk = Talk::connect(target(Protocol::Smtp, &peer)).await;
    let mut caller = peer.call().await;
    caller.say("HTTP/1.1 400 Bad Request\r\n\r\n").await;
    let failure = talk.closed(Side::Smtp).await.unwrap();
    assert_eq!(failure.kind, FailureKind::WrongMode);
    assert_eq!(caller.rest().await, b"");
}

#[tokio::test]
async fn refused_and_unknown_are_told_apart() {
    let peer = Peer::new().await;
    let mut to = target(Protocol::Smtp, &peer);
    drop(peer);
    let mut talk = Talk::connect(to.clone()).await;
    let refused = talk.closed(Side::Smtp).await.unwrap();
    assert_eq!(refused.kind, FailureKind::Refused);
    assert!(talk.notes().iter().any(|note| note.starts_with("refused")), "{:?}", talk.notes());
    to.host = "no-such-host.invalid".into();
    let mut talk = Talk::connect(to).await;
    let unknown = talk.closed(Side::Smtp).await.unwrap();
    assert_eq!(unknown.kind, FailureKind::UnknownHost);
    assert_ne!((refused.what, refused.advice), (unknown.what, unknown.advice));
}

#[tokio::test]
async fn every_address_tried_has_a_record_of_its_own() {
    let peer = Peer::new().await;
    let mut to = target(Protocol::Smtp, &peer);
    to.host = "localhost".into();
    let mut talk = Talk::connect(to.clone()).await;
    greet(&peer).await;
    let notes = talk.until_note("connected in").await;
    assert_eq!(notes[0], "resolving localhost");
    assert!(notes.contains(&format!("trying 127.0.0.1:{}", to.port)), "{notes:?}");
}

#[tokio::test]
async fn an_address_of_the_wrong_family_is_not_tried() {
    let peer = Peer::new().await;
    let mut to = target(Protocol::Smtp, &peer);
    to.family = Family::V6;
    let failure = Talk::connect(to).await.closed(Side::Smtp).await.unwrap();
    assert_eq!(failure.kind, FailureKind::UnknownHost);
    assert!(failure.what.contains("IPv6"), "{failure}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_line_starts_from_the_source_asked_for() {
    let peer = Peer::new().await;
    let mut to = target(Protocol::Smtp, &peer);
    to.source = Some([127, 0, 0, 2].into());
    let mut talk = Talk::connect(to).await;
    let connected =
        talk.until(|report| matches!(report, Report::Link { event: LinkEvent::Connected { .. }, .. })).await;
    let Report::Link { event: LinkEvent::Connected { peer: server, local, .. }, .. } = connected else {
        unreachable!()
    };
    assert_eq!((server.port(), local.ip().to_string().as_str()), (peer.port, "127.0.0.2"));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn dialling_is_given_up_at_once() {
    // A mail that waits for the line keeps Disconnect from ending the attempt: it goes out first.
    for request in [Request::Abort(Side::Smtp), Request::Drop(Side::Smtp), Request::Disconnect(Side::Smtp)] {
        let deaf = peer::Deaf::new().await;
        let mut talk = Talk::connect(talk::target_at(Protocol::Smtp, deaf.port)).await;
        talk.until_note("trying").await;
        let aborted = matches!(request, Request::Abort(_));
        let waits = !matches!(request, Request::Disconnect(_));
        if waits {
            talk.submit(mail(5, body(b"x"))).await;
        }
        let asked = Instant::now();
        talk.ask(request).await;
        let failure = talk.closed(Side::Smtp).await;
        assert!(asked.elapsed() < Duration::from_millis(100), "{:?}", asked.elapsed());
        assert_eq!(failure.map(|failure| failure.kind), aborted.then_some(FailureKind::Aborted));
        let fate = talk.find_mail(5).map(|report| (report.outcome, report.stage));
        assert_eq!(fate, waits.then_some((MailOutcome::Failed, Stage::Connect)));
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_address_that_does_not_answer_is_a_timeout() {
    let deaf = peer::Deaf::new().await;
    let mut to = talk::target_at(Protocol::Smtp, deaf.port);
    to.timeouts.connect = Duration::from_millis(50);
    let failure = Talk::connect(to).await.closed(Side::Smtp).await.unwrap();
    assert_eq!(failure.kind, FailureKind::ConnectTimeout);
    assert!(failure.advice.contains("firewall"), "{failure:?}");
}

#[tokio::test]
async fn connecting_again_drops_the_link_before() {
    let peer = Peer::new().await;
    let mut talk = Talk::connect(target(Protocol::Smtp, &peer)).await;
    let mut first = greet(&peer).await;
    talk.until_note("connected").await;
    talk.ask(Request::Connect(Box::new(target(Protocol::Smtp, &peer)))).await;
    assert_eq!(talk.closed(Side::Smtp).await, None);
    assert_eq!(first.rest().await, b"", "no QUIT");
    let mut second = greet(&peer).await;
    talk.submit(smtp_line("NOOP")).await;
    second.expect("NOOP").await;
    second.say("250 ok\r\n").await;
    let report = talk.until(|report| matches!(report, Report::Smtp { notice: Notice::Replied { .. }, .. })).await;
    assert!(matches!(report, Report::Smtp { link: 2, .. }), "{report:?}");
}

#[tokio::test]
async fn commands_without_a_link_are_answered() {
    let mut talk = Talk::new();
    talk.submit(mail(9, body(b"x"))).await;
    talk.until_mail_done(9).await;
    assert_eq!((talk.mail_done(9).outcome, talk.mail_done(9).stage), (MailOutcome::Failed, Stage::Connect));
    assert!(matches!(talk.next().await, Report::Link { event: LinkEvent::NotConnected, .. }));
    talk.submit(smtp_line("NOOP")).await;
    talk.ask(Request::Disconnect(Side::Pop3)).await;
    for expected in [Side::Smtp, Side::Pop3] {
        let report = talk.next().await;
        assert!(
            matches!(report, Report::Link { side, event: LinkEvent::NotConnected, .. } if side == expected),
            "{report:?}"
        );
    }
}

#[tokio::test]
async fn an_idle_link_survives_abort() {
    let peer = Peer::new().await;
    let mut talk = Talk::connect(target(Protocol::Smtp, &peer)).await;
    let mut caller = greet(&peer).await;
    talk.until(|report| matches!(report, Report::Smtp { notice: Notice::Greeting(_), .. })).await;
    talk.ask(Request::Abort(Side::Smtp)).await;
    talk.submit(smtp_line("NOOP")).await;
    caller.expect("NOOP").await;
}

#[tokio::test]
async fn abort_stops_waiting_for_a_reply() {
    let peer = Peer::new().await;
    let mut talk = Talk::connect(target(Protocol::Smtp, &peer)).await;
    let mut caller = greet(&peer).await;
    talk.submit(smtp_line("NOOP")).await;
    caller.expect("NOOP").await;
    talk.ask(Request::Abort(Side::Smtp)).await;
    assert_eq!(talk.closed(Side::Smtp).await.unwrap().kind, FailureKind::Aborted);
}

async fn sign_in(talk: &mut Talk, caller: &mut Caller) {
    caller.say("+OK ready\r\n").await;
    let ada = SignIn::with_password("ada", Secret::new("hunter2-secret"), "");
    let ada = SignIn { mechanism: Some(Mechanism::UserPass), allow_plain: true, ..ada };
    talk.submit(Submission::Pop3(pop3::Command::SignIn(Box::new(ada)))).await;
    caller.expect("CAPA").await;
    caller.say("-ERR\r\n").await;
    caller.expect("USER ada").await;
    caller.say("+OK\r\n").await;
    caller.expect("PASS hunter2-secret").await;
}

#[tokio::test]
async fn a_password_is_in_no_report() {
    let peer = Peer::new().await;
    let mut talk = Talk::connect(target(Protocol::Pop3, &peer)).await;
    let mut caller = peer.call().await;
    sign_in(&mut talk, &mut caller).await;
    caller.say("-ERR wrong password hunter2-secret\r\n").await;
    let refused = |notice: &pop3::Notice| matches!(notice, pop3::Notice::SignIn(Progress::Refused { .. }));
    talk.until(|report| matches!(report, Report::Pop3 { notice, .. } if refused(notice))).await;
    talk.submit(pop3_line("PASS hunter2-secret")).await;
    caller.expect("PASS hunter2-secret").await;
    caller.say("+OK\r\n").await;
    drop(caller);
    talk.closed(Side::Pop3).await;
    assert!(talk.wire(Direction::Sent).ends_with(b"PASS ****(14 B)\r\n"));
    for report in &talk.seen {
        let shown = match report {
            Report::Record(record) => text(&record.bytes),
            report => format!("{report:?}"),
        };
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}

#[tokio::test]
async fn dropping_a_pop3_link_keeps_the_marks() {
    let peer = Peer::new().await;
    let mut talk = Talk::connect(target(Protocol::Pop3, &peer)).await;
    let mut caller = peer.call().await;
    sign_in(&mut talk, &mut caller).await;
    caller.say("+OK\r\n").await;
    talk.submit(pop3_line("DELE 3")).await;
    caller.expect("DELE 3").await;
    caller.say("+OK\r\n").await;
    talk.until(|report| matches!(report, Report::Pop3 { notice: pop3::Notice::Marked(3), .. })).await;
    talk.ask(Request::Drop(Side::Pop3)).await;
    assert_eq!(talk.closed(Side::Pop3).await, None);
    assert_eq!(caller.rest().await, b"", "no QUIT");
    let ending = talk.seen.iter().find_map(|report| match report {
        Report::Pop3 { notice: pop3::Notice::Ended(ending), .. } => Some(ending),
        _ => None,
    });
    let ending = ending.unwrap();
    assert_eq!((ending.marks.as_slice(), ending.verdict), (&[3][..], pop3::Verdict::Kept));
}

#[tokio::test]
async fn a_long_message_comes_whole_and_its_records_stay_few() {
    let peer = Peer::new().await;
    let mut talk = Talk::connect(target(Protocol::Pop3, &peer)).await;
    let mut caller = peer.call().await;
    sign_in(&mut talk, &mut caller).await;
    caller.say("+OK\r\n").await;
    talk.submit(pop3_line("RETR 1")).await;
    caller.expect("RETR 1").await;
    let message = b"a line of a message\r\n".repeat(1_000_000);
    let sent = message.clone();
    let saying = tokio::spawn(async move {
        caller.say("+OK\r\n").await;
        caller.write(&sent).await;
        caller.say(".\r\n").await;
        caller
    });
    talk.until(|report| matches!(report, Report::Pop3 { notice: pop3::Notice::BodyEnd { .. }, .. })).await;
    let mut caller = saying.await.unwrap();
    let received: Vec<u8> = talk.seen.iter().filter_map(message_piece).flatten().copied().collect();
    assert!(received == message);
    let records = talk.records().filter(|record| record.kind == ChunkKind::Body).count();
    assert!(records < 120, "{records} records");
    talk.ask(Request::Disconnect(Side::Pop3)).await;
    caller.expect("QUIT").await;
    caller.say("+OK bye\r\n").await;
    drop(caller);
    assert_eq!(talk.closed(Side::Pop3).await, None);
}

/// A session with a listing, a message, a refusal and QUIT; all that was reported, without records.
async fn reports_of_a_session(recording: Recording) -> (Vec<Report>, usize) {
    let peer = Peer::new().await;
    let mut talk = Talk::connect_with(target(Protocol::Pop3, &peer), recording).await;
    let mut caller = peer.call().await;
    sign_in(&mut talk, &mut caller).await;
    caller.say("+OK\r\n").await;
    for (line, answer) in [
        ("LIST", "+OK\r\n1 20\r\n.\r\n"),
        ("RETR 1", "+OK 20 octets\r\na line\r\n..\r\n.\r\n"),
        ("DELE 7", "-ERR no such message\r\n"),
        ("QUIT", "+OK bye\r\n"),
    ] {
        talk.submit(pop3_line(line)).await;
        caller.expect(line).await;
        caller.say(answer).await;
    }
    drop(caller);
    assert_eq!(talk.closed(Side::Pop3).await, None);
    let records = talk.records().count();
    let told = |report: &Report| matches!(report, Report::Pop3 { .. });
    (talk.seen.into_iter().filter(told).collect(), records)
}

#[tokio::test]
async fn without_records_everything_else_is_told_all_the_same() {
    let (full, records) = reports_of_a_session(Recording::Full).await;
    assert!(records > 10, "{records} records");
    let (bare, records) = reports_of_a_session(Recording::Off).await;
    assert_eq!(records, 0);
    assert_eq!(bare, full);
    assert!(full.iter().filter_map(message_piece).flatten().copied().eq(*b"a line\r\n.\r\n"));
}

fn message_piece(report: &Report) -> Option<&[u8]> {
    match report {
        Report::Pop3 { notice: pop3::Notice::Body { bytes, .. }, .. } => Some(bytes),
        _ => None,
    }
}

#[tokio::test]
async fn a_slow_interface_loses_no_report_and_slows_the_server() {
    const COMMANDS: usize = 3_000;
    let peer = Peer::new().await;
    let mut talk = Talk::connect(target(Protocol::Pop3, &peer)).await;
    let mut caller = peer.call().await;
    let serving = tokio::spawn(async move {
        caller.say("+OK ready\r\n").await;
        for _ in 0..COMMANDS {
            caller.expect("NOOP").await;
            caller.say("+OK\r\n").await;
        }
        caller
    });
    let requests = talk.handle.requests.clone();
    let asking = tokio::spawn(async move {
        for _ in 0..COMMANDS {
            requests.send(Request::Submit(pop3_line("NOOP"))).await.unwrap();
        }
    });
    talk.until_full().await;
    asking.await.unwrap();
    // As many turns as the whole dialogue takes several times over.
    for _ in 0..20 * COMMANDS {
        tokio::task::yield_now().await;
    }
    assert!(!serving.is_finished(), "the reading goes on while nobody takes reports");
    let replied = |report: &Report| matches!(report, Report::Pop3 { notice: pop3::Notice::Replied { .. }, .. });
    for _ in 0..COMMANDS {
        talk.until(replied).await;
    }
    assert_eq!(talk.seen.iter().filter(|report| replied(report)).count(), COMMANDS);
    talk.numbers_are_gapless();
    drop(serving.await.unwrap());
}

#[tokio::test]
async fn a_drop_acts_although_the_interface_takes_no_reports() {
    let peer = Peer::new().await;
    let mut talk = Talk::connect(target(Protocol::Pop3, &peer)).await;
    let mut caller = peer.call().await;
    sign_in(&mut talk, &mut caller).await;
    caller.say("+OK\r\n").await;
    talk.submit(pop3_line("RETR 1")).await;
    caller.expect("RETR 1").await;
    caller.say("+OK\r\n").await;
    let endless = tokio::spawn(async move {
        let block = b"0123456789\r\n".repeat(5_000);
        while caller.try_write(&block).await.is_ok() {}
    });
    talk.until_stalled().await;
    talk.ask(Request::Drop(Side::Pop3)).await;
    endless.await.unwrap();
    assert_eq!(talk.closed(Side::Pop3).await, None);
}

#[tokio::test]
async fn two_links_live_side_by_side() {
    let (smtp, pop3) = (Peer::new().await, Peer::new().await);
    let mut talk = Talk::connect(target(Protocol::Smtp, &smtp)).await;
    talk.ask(Request::Connect(Box::new(target(Protocol::Pop3, &pop3)))).await;
    let mut sending = greet(&smtp).await;
    let mut fetching = pop3.call().await;
    hello(&mut talk, &mut sending).await;
    sign_in(&mut talk, &mut fetching).await;
    fetching.say("+OK\r\n").await;
    talk.submit(mail(1, body(&b"0123456789abcd\r\n".repeat(640 * 1024)))).await;
    talk.submit(pop3_line("RETR 1")).await;
    up_to_354(&mut sending).await;
    fetching.expect("RETR 1").await;
    let fetched = tokio::spawn(async move {
        fetching.write(&[&b"+OK\r\n"[..], &b"fedcba9876543210\r\n".repeat(600_000), b".\r\n"].concat()).await;
        fetching
    });
    let sent = tokio::spawn(async move {
        let length = sending.body().await.len();
        sending.say("250 ok\r\n").await;
        (sending, length)
    });
    let (mut mail_done, mut message_done) = (false, false);
    while !(mail_done && message_done) {
        match talk.next().await {
            Report::Smtp { link: 1, notice: Notice::MailDone(_) } => mail_done = true,
            Report::Pop3 { link: 2, notice: pop3::Notice::BodyEnd { complete: true, .. } } => message_done = true,
            _ => {}
        }
    }
    assert_eq!(talk.mail_done(1).outcome, MailOutcome::Sent);
    talk.numbers_are_gapless();
    let (sending, length) = sent.await.unwrap();
    assert_eq!(length, 10 * 1024 * 1024 + 3);
    drop(sending);
    talk.closed(Side::Smtp).await;
    drop(fetched.await.unwrap());
    talk.closed(Side::Pop3).await;
}

#[tokio::test]
async fn an_interface_that_goes_ends_the_task_and_its_links() {
    let peer = Peer::new().await;
    let talk = Talk::connect(target(Protocol::Smtp, &peer)).await;
    let mut caller = greet(&peer).await;
    let Talk { handle, .. } = talk;
    let mut reports = handle.reports;
    drop(handle.requests);
    assert_eq!(caller.rest().await, b"", "no QUIT");
    let mut last = None;
    while let Some(report) = reports.recv().await {
        last = Some(report);
    }
    assert!(matches!(last, Some(Report::Link { event: LinkEvent::Closed(None), .. })), "{last:?}");
    let talk = Talk::connect(target(Protocol::Smtp, &peer)).await;
    let mut caller = greet(&peer).await;
    drop(talk.handle.reports);
    assert_eq!(caller.rest().await, b"");
}

#[test]
fn the_task_runs_on_several_threads_as_well() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let peer = Peer::new().await;
        let mut talk = Talk::connect(target(Protocol::Lmtp, &peer)).await;
        let mut caller = peer.call().await;
        caller.say("220 hi\r\n").await;
        talk.submit(smtp_line("LHLO me")).await;
        caller.expect("LHLO me").await;
    });
}
