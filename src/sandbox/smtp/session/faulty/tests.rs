use std::net::IpAddr;
use std::sync::Arc;

use super::*;
use crate::sandbox::outbox::Outbox;
use crate::sandbox::server::Conversation;
use crate::sandbox::{Limits, Options, Site};

const PLAIN: &str = "AUTH PLAIN AGFkYQBvcGVuc2VzYW1l";

fn session(faults: &[Fault]) -> Session {
    let options = Options { samples: false, faults: faults.to_vec(), limits: Limits::default(), ..Options::default() };
    Session::new(Arc::new(Site::new(&options).unwrap()), IpAddr::from([127, 0, 0, 1]))
}

fn say(session: &mut Session, line: &str) -> String {
    let mut out = Outbox::default();
    let input = format!("{line}\r\n");
    session.receive(input.as_bytes(), &mut out);
    out.take()
}

fn greeting(session: &mut Session) -> String {
    let mut out = Outbox::default();
    session.greet(false, &mut out);
    out.take()
}

/// The first reply to the last of `lines`.
fn last(session: &mut Session, lines: &[&str]) -> String {
    lines.iter().map(|line| say(session, line)).last().unwrap_or_default()
}

#[test]
fn each_fault_of_the_envelope_has_its_reply_and_is_gone_when_it_is_off() {
    let hello = "EHLO lab.test";
    let ada = "MAIL FROM:<ada@sandbox.test>";
    for (fault, lines, reply, good) in [
        (Fault::NoEhlo, &[hello][..], "502 5.5.1 EHLO", "250-"),
        (Fault::NoEhlo, &["HELO lab.test"], "250 ", "250 "),
        (Fault::SenderDomain, &[hello, "MAIL FROM:<eve@example.org>"], "501 5.1.8 ", "250 2.1.0 "),
        (Fault::SenderDomain, &[hello, ada], "250 2.1.0 ", "250 2.1.0 "),
        (Fault::SenderDomain, &[hello, "MAIL FROM:<>"], "250 2.1.0 ", "250 2.1.0 "),
        (Fault::BlankSender, &[hello, "MAIL FROM:<>"], "550 5.7.1 ", "250 2.1.0 "),
        (Fault::BlankSender, &[hello, ada], "250 2.1.0 ", "250 2.1.0 "),
        (Fault::Oversize, &[hello, "MAIL FROM:<ada@sandbox.test> SIZE=1001"], "552 5.3.4 ", "250 2.1.0 "),
        (
            Fault::RelayDenied,
            &[hello, ada, "RCPT TO:<eve@example.org>"],
            "550 5.7.1 <eve@example.org>... Rel",
            "550 5.7.1 ",
        ),
        (Fault::RelayLogin, &[hello, ada, "RCPT TO:<bob@sandbox.test>"], "250 2.1.5 ", "250 2.1.5 "),
        (Fault::MailboxFull, &[hello, ada, "RCPT TO:<bob@sandbox.test>"], "552 5.2.2 ", "250 2.1.5 "),
        (Fault::Greylist, &[hello, ada, "RCPT TO:<bob@sandbox.test>"], "451 4.7.1 ", "250 2.1.5 "),
    ] {
        let mut wrong = session(&[fault]);
        let said = last(&mut wrong, lines);
        assert!(said.starts_with(reply), "{fault}: {said}");
        wrong.site.faults.set(&[]);
        let mut right = Session::new(Arc::clone(&wrong.site), wrong.peer);
        let said = last(&mut right, lines);
        assert!(said.starts_with(good), "{fault} off: {said}");
    }
}

#[test]
fn a_greylisted_pair_is_taken_when_it_is_tried_again_and_another_is_not() {
    let mut session = session(&[Fault::Greylist]);
    let bob = "RCPT TO:<bob@sandbox.test>";
    assert!(last(&mut session, &["EHLO a", "MAIL FROM:<ada@sandbox.test>", bob]).starts_with("451 4.7.1 "));
    assert!(say(&mut session, bob).starts_with("250 2.1.5 "));
    assert!(say(&mut session, "RCPT TO:<ada@sandbox.test>").starts_with("451 "));
    assert!(last(&mut session, &["RSET", "MAIL FROM:<>", bob]).starts_with("451 "), "another sender");
}

#[test]
fn relaying_is_a_matter_of_the_sign_in_only_where_a_fault_makes_it_one() {
    let foreign = ["MAIL FROM:<ada@sandbox.test>", "RCPT TO:<eve@example.org>"];
    for (faults, before, after) in [
        (&[][..], "550 5.7.1 <eve@example.org>... Relaying denied\r\n", "550 5.7.1 "),
        (&[Fault::RelayDenied], "550 5.7.1 <eve@example.org>... Relaying denied\r\n", "550 5.7.1 "),
        (
            &[Fault::RelayLogin],
            "550 5.7.1 <eve@example.org>... Relaying denied, authentication required\r\n",
            "250 2.1.5 ",
        ),
        (&[Fault::RelayLogin, Fault::RelayDenied], "550 5.7.1 ", "550 5.7.1 "),
    ] {
        let mut session = session(faults);
        session.tls_started(crate::wire::Channel::default());
        say(&mut session, "EHLO a");
        let said = last(&mut session, &foreign);
        assert!(said.starts_with(before), "{faults:?}: {said}");
        assert!(last(&mut session, &["RSET", PLAIN]).starts_with("235 "));
        let said = last(&mut session, &foreign);
        assert!(said.starts_with(after), "{faults:?} signed in: {said}");
    }
}

#[test]
fn a_mail_for_elsewhere_goes_nowhere_and_one_for_both_reaches_the_own_mailbox() {
    let mut session = session(&[Fault::RelayLogin]);
    session.tls_started(crate::wire::Channel::default());
    let lines = ["EHLO a", PLAIN, "MAIL FROM:<ada@sandbox.test>", "RCPT TO:<eve@example.org> NOTIFY=SUCCESS"];
    assert!(last(&mut session, &lines).starts_with("250 2.1.5 "));
    assert!(last(&mut session, &["RCPT TO:<bob@sandbox.test>", "DATA", "text\r\n."]).starts_with("250 2.0.0 queued"));
    assert_eq!((session.site.store.letters(0).len(), session.site.store.letters(1).len()), (0, 1), "and no report");
}

#[test]
fn greetings_that_refuse() {
    let mut busy = session(&[Fault::Greet421]);
    assert!(greeting(&mut busy).starts_with("421 4.3.2 ") && busy.is_over());
    let mut never = session(&[Fault::Greet554]);
    assert!(greeting(&mut never).starts_with("554 5.3.2 ") && !never.is_over());
    never.site.faults.set(&[]);
    assert!(say(&mut never, "EHLO a").starts_with("503 5.5.1 "), "it was refused, whatever is on now");
    assert!(say(&mut never, "QUIT").starts_with("221 ") && never.is_over());
    let mut slow = session(&[Fault::SlowBanner]);
    assert_eq!((slow.delay(), session(&[]).delay()), (Duration::from_secs(3), Duration::ZERO));
    assert!(greeting(&mut slow).starts_with("220 "));
}

#[test]
fn a_service_that_goes_away_at_mail_says_so_and_closes() {
    let mut session = session(&[Fault::Service421]);
    let said = last(&mut session, &["EHLO a", "MAIL FROM:<ada@sandbox.test>\r\nRCPT TO:<bob@sandbox.test>"]);
    assert!(said.starts_with("421 4.3.2 ") && said.lines().count() == 1 && session.is_over(), "{said}");
}

#[test]
fn the_size_is_announced_and_kept_without_being_told_before() {
    let mut session = session(&[Fault::Oversize]);
    assert!(say(&mut session, "EHLO a").contains("\r\n250-SIZE 1000\r\n"));
    let ready = ["MAIL FROM:<ada@sandbox.test>", "RCPT TO:<bob@sandbox.test>", "DATA"];
    assert!(last(&mut session, &ready).starts_with("354 "));
    assert!(say(&mut session, &format!("{}\r\n.", "x".repeat(1_000))).starts_with("552 5.3.4 "));
    assert!(last(&mut session, &ready).starts_with("354 "));
    assert!(say(&mut session, &format!("{}\r\n.", "x".repeat(998))).starts_with("250 2.0.0 "));
}

#[test]
fn the_end_of_a_mail_goes_wrong() {
    let ready = ["EHLO a", "MAIL FROM:<ada@sandbox.test>", "RCPT TO:<bob@sandbox.test>"];
    for (fault, reply, delivered, cut) in [
        (Fault::DeferAll, "451 4.3.0 ", 0, false),
        (Fault::RefuseAll, "554 5.7.1 ", 0, false),
        (Fault::DropInData, "", 0, true),
        (Fault::DropAfterDot, "", 1, true),
    ] {
        for text in [&["DATA", "text\r\n."][..], &["BDAT 6 LAST\r\ntext"]] {
            let mut session = session(&[fault]);
            assert!(last(&mut session, &ready).starts_with("250 "));
            let said = last(&mut session, text);
            assert!(said.starts_with(reply) && said.is_empty() == reply.is_empty(), "{fault}: {said}");
            assert_eq!((session.site.store.delivered(), session.is_cut()), (delivered, cut), "{fault}");
            if !cut {
                assert!(say(&mut session, "MAIL FROM:<>").starts_with("250 "), "{fault}: the next mail may begin");
            }
        }
    }
}

#[test]
fn every_reply_is_flooded_and_the_go_ahead_is_not() {
    let mut session = session(&[Fault::Flood, Fault::Controls]);
    assert_eq!(greeting(&mut session).matches("\r\n").count(), 200);
    let said = say(&mut session, "EHLO a");
    assert!(said.matches("\r\n").count() == 200 && said.contains("\r\n250-PIPELINING\r\n"), "{said}");
    assert!(said.contains("\r\n250 HELP \u{1b}[31m"), "{said}");
    let said = last(&mut session, &["MAIL FROM:<ada@sandbox.test>", "RCPT TO:<bob@sandbox.test>", "DATA"]);
    assert_eq!(said, "354 Go on, end with <CRLF>.<CRLF>\r\n");
}
