use std::net::IpAddr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;
use crate::sandbox::outbox::Outbox;
use crate::sandbox::server::Conversation;
use crate::sandbox::{Limits, Options, Site};

fn session(faults: &[Fault]) -> Session {
    let limits = Limits { errors: 4, ..Limits::default() };
    let options = Options { samples: false, limits, faults: faults.to_vec(), ..Options::default() };
    Session::new(Arc::new(Site::new(&options).unwrap()), IpAddr::from([127, 0, 0, 1]))
}

fn encrypted(faults: &[Fault]) -> Session {
    let mut session = session(faults);
    session.tls_started(Channel { exporter: Some(vec![1; 32]), end_point: Some(vec![2; 32]), ..Channel::default() });
    say(&mut session, "EHLO lab.test");
    session
}

fn say(session: &mut Session, line: &str) -> String {
    let mut out = Outbox::default();
    let input = format!("{line}\r\n");
    assert_eq!(session.receive(input.as_bytes(), &mut out), input.len(), "{line}");
    out.take()
}

fn plain(user: &str, password: &str) -> String {
    format!("AUTH PLAIN {}", STANDARD.encode(format!("\0{user}\0{password}")))
}

#[test]
fn what_is_pipelined_behind_starttls_is_never_executed() {
    let mut session = session(&[]);
    let said = say(&mut session, "EHLO a\r\nMAIL FROM:<ada@sandbox.test>\r\nSTARTTLS\r\nRSET\r\nQUIT");
    assert!(said.ends_with("\r\n220 2.0.0 Go ahead with TLS\r\n"), "{said}");
    assert!(session.wants_tls() && !session.is_over());
    assert_eq!(say(&mut session, "NOOP"), "", "deaf until the handshake");
    session.tls_started(Channel::default());
    assert!(!session.wants_tls());
    assert!(say(&mut session, "RCPT TO:<bob@sandbox.test>").starts_with("503 5.5.1 Say HELO"), "all is forgotten");
    let said = say(&mut session, "EHLO a");
    assert!(!said.contains("STARTTLS") && said.contains("AUTH SCRAM-SHA-256-PLUS "), "{said}");
    assert!(said.contains(" PLAIN LOGIN "), "{said}");
    assert!(say(&mut session, "STARTTLS").starts_with("503 5.5.1 "));
}

#[test]
fn starttls_faults() {
    let mut none = session(&[Fault::NoStarttls]);
    assert!(!say(&mut none, "EHLO a").contains("STARTTLS"));
    let said = say(&mut none, "STARTTLS\r\nEHLO a\r\nMAIL FROM:<ada@sandbox.test>");
    let codes: Vec<&str> = said.lines().filter(|line| !line.starts_with("250-")).map(|line| &line[..3]).collect();
    assert_eq!(codes, ["502", "250", "250"], "what is pipelined behind a refusal stays in clear: {said}");
    let mut busy = session(&[Fault::Starttls454]);
    assert!(say(&mut busy, "EHLO a").contains("STARTTLS"));
    assert!(say(&mut busy, "STARTTLS").starts_with("454 4.7.0 ") && !busy.wants_tls());
    let said = say(&mut session(&[Fault::TlsInject]), "STARTTLS");
    assert_eq!(said, "220 2.0.0 Go ahead with TLS\r\n250 injected in clear\r\n");
}

#[test]
fn capabilities_that_change_are_kept_to() {
    let mut session = session(&[Fault::CapsChange]);
    let clear = say(&mut session, "EHLO a");
    assert!(clear.contains("SIZE 33554432\r\n") && clear.contains("PIPELINING"), "{clear}");
    session.tls_started(Channel::default());
    let tls = say(&mut session, "EHLO a");
    assert!(tls.contains("SIZE 8388608\r\n") && tls.contains("AUTH PLAIN\r\n") && !tls.contains("PIPELINING"), "{tls}");
    assert!(say(&mut session, "MAIL FROM:<ada@sandbox.test> SIZE=8388609").starts_with("552 5.3.4 "));
    assert!(say(&mut session, "AUTH SCRAM-SHA-256").starts_with("504 5.5.4 "));
}

#[test]
fn a_cut_line_ends_behind_the_reply_to_ehlo_inside_tls() {
    let mut session = session(&[Fault::TlsTruncate]);
    say(&mut session, "EHLO a");
    assert!(!session.is_over());
    session.tls_started(Channel::default());
    assert!(say(&mut session, "EHLO a").ends_with("250 HELP\r\n"));
    assert!(session.is_over() && session.is_cut());
    let mut polite = encrypted(&[]);
    say(&mut polite, "QUIT");
    assert!(polite.is_over() && !polite.is_cut());
}

#[test]
fn auth_has_its_place_and_its_refusals() {
    let mut fresh = session(&[]);
    assert!(say(&mut fresh, "AUTH CRAM-MD5").starts_with("503 5.5.1 Say EHLO"));
    say(&mut fresh, "HELO a");
    assert!(say(&mut fresh, "AUTH CRAM-MD5").starts_with("503 5.5.1 Say EHLO"), "HELO knows no AUTH");
    say(&mut fresh, "EHLO a");
    assert!(say(&mut fresh, &plain("ada", "opensesame")).starts_with("538 5.7.11 "));
    assert!(say(&mut fresh, "AUTH CRAM-MD5").starts_with("334 "));
    assert!(say(&mut fresh, "*").starts_with("501 5.7.0 "));
    assert!(say(&mut fresh, "*").starts_with("500 "), "the exchange is over");

    let mut session = encrypted(&[]);
    assert_eq!(say(&mut session, "AUTH PLAIN"), "334 \r\n");
    assert!(say(&mut session, "no base64!").starts_with("501 5.5.2 "));
    assert!(say(&mut session, "AUTH PLAIN AGFkYQ").starts_with("501 5.5.2 "));
    let (user, password) = (say(&mut session, &plain("eve", "opensesame")), say(&mut session, &plain("ada", "wrong")));
    assert!(user.starts_with("535 5.7.8 ") && user == password, "{user}{password}");
    say(&mut session, "MAIL FROM:<ada@sandbox.test>");
    assert!(say(&mut session, &plain("ada", "opensesame")).starts_with("503 5.5.1 Not in"));
    say(&mut session, "RSET");
    assert_eq!(say(&mut session, &plain("ada", "opensesame")), "235 2.7.0 Signed in as ada\r\n");
    assert!(say(&mut session, &plain("ada", "opensesame")).starts_with("503 5.5.1 You are"));
    assert!(say(&mut session, "MAIL FROM:<ada@sandbox.test> AUTH=<>").starts_with("250 "));
}

#[test]
fn the_mail_says_that_it_came_over_tls_and_from_somebody_known() {
    let mut session = encrypted(&[]);
    say(&mut session, &plain("ada", "opensesame"));
    say(&mut session, "MAIL FROM:<ada@sandbox.test>\r\nRCPT TO:<bob@sandbox.test>\r\nDATA\r\nSubject: x\r\n\r\n.");
    let text = String::from_utf8(session.site.store.letters(1).remove(0).to_vec()).unwrap();
    assert!(text.contains("with ESMTPSA id "), "{text}");
}

#[test]
fn guessing_ends_the_session_and_good_commands_between_do_not_help() {
    let mut session = encrypted(&[]);
    for _ in 0..4 {
        assert!(say(&mut session, &plain("ada", "guess")).starts_with("535 "));
        say(&mut session, "NOOP");
    }
    assert!(say(&mut session, &plain("ada", "guess")).starts_with("421 4.7.0 ") && session.is_over());
}

#[test]
fn sign_in_faults_have_their_codes() {
    for (fault, code) in [
        (Fault::Auth535, "535 5.7.8 User name or secret is wrong"),
        (Fault::Auth454, "454 4.7.0 "),
        (Fault::AuthEndless, "334 "),
        (Fault::AuthEcho, "535 5.7.8 Not taken, you sent: AGFkYQBvcGVuc2VzYW1l ( ada opensesame)"),
    ] {
        let said = say(&mut encrypted(&[fault]), &plain("ada", "opensesame"));
        assert!(said.starts_with(code) && said.lines().count() == 1, "{fault}: {said}");
    }
    let mut strict = encrypted(&[Fault::AuthRequired]);
    assert!(say(&mut strict, "MAIL FROM:<ada@sandbox.test>").starts_with("530 5.7.0 "));
    say(&mut strict, &plain("ada", "opensesame"));
    assert!(say(&mut strict, "MAIL FROM:<ada@sandbox.test>").starts_with("250 "));
}

#[test]
fn lines_of_a_sign_in_may_be_long_and_not_endless() {
    let token = |length: usize| STANDARD.encode("x".repeat(length / 4 * 3));
    let mut session = encrypted(&[]);
    for length in [8_000, 12_000] {
        let line = format!("AUTH PLAIN {}", token(length));
        assert!(say(&mut session, &line).starts_with("501 5.5.2 Sign-in broken off: that is no message"), "{length}");
        say(&mut session, "AUTH PLAIN");
        assert!(say(&mut session, &token(length)).starts_with("501 5.5.2 Sign-in broken off"), "{length}");
    }
    say(&mut session, "RSET\r\nAUTH PLAIN");
    let said = say(&mut session, &format!("{}\r\nNOOP", token(13_000)));
    assert!(said.starts_with("500 5.5.2 Line too long; the limit is 12288 ") && said.ends_with("250 2.0.0 OK\r\n"));
}
