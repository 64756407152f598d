use std::net::IpAddr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;
use crate::sandbox::server::Conversation;
use crate::sandbox::{Limits, Options, Site};

fn session(faults: &[Fault]) -> Session {
    let limits = Limits { errors: 2, ..Limits::default() };
    let options = Options { samples: false, limits, faults: faults.to_vec(), ..Options::default() };
    Session::new(Arc::new(Site::new(&options).unwrap()), IpAddr::from([127, 0, 0, 1]))
}

fn encrypted(faults: &[Fault]) -> Session {
    let mut session = session(faults);
    session.tls_started(Channel { exporter: Some(vec![1; 32]), end_point: Some(vec![2; 32]), ..Channel::default() });
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
fn what_is_pipelined_behind_stls_is_never_executed() {
    let mut session = session(&[]);
    let said = say(&mut session, "USER bob\r\nSTLS\r\nPASS opensesame\r\nQUIT");
    assert!(said.ends_with("+OK begin TLS\r\n"), "{said}");
    assert!(session.wants_tls() && !session.is_over());
    assert_eq!(say(&mut session, "NOOP"), "", "deaf until the handshake");
    session.tls_started(Channel::default());
    assert!(!session.wants_tls());
    assert!(say(&mut session, "PASS opensesame").starts_with("-ERR USER comes first"), "all is forgotten");
    let said = say(&mut session, "CAPA");
    assert!(!said.contains("STLS") && said.contains("SASL SCRAM-SHA-256-PLUS "), "{said}");
    assert!(said.contains(" PLAIN LOGIN ") && !said.contains("ANONYMOUS"), "{said}");
    assert!(say(&mut session, "STLS").starts_with("-ERR TLS is on already"));
}

#[test]
fn stls_is_refused_when_logged_in_and_by_faults() {
    let mut logged_in = session(&[]);
    say(&mut logged_in, "USER bob\r\nPASS opensesame");
    assert!(say(&mut logged_in, "STLS").starts_with("-ERR too late") && !logged_in.wants_tls());
    let mut none = session(&[Fault::NoStarttls]);
    assert!(!say(&mut none, "CAPA").contains("STLS"));
    let said = say(&mut none, "STLS\r\nUSER bob");
    let starts: Vec<&str> = said.lines().map(|line| &line[..4]).collect();
    assert_eq!(starts, ["-ERR", "+OK "], "what is pipelined behind a refusal stays in clear: {said}");
    let mut busy = session(&[Fault::Starttls454]);
    assert!(say(&mut busy, "CAPA").contains("STLS"));
    assert!(say(&mut busy, "STLS").starts_with("-ERR [SYS/TEMP] ") && !busy.wants_tls());
    assert_eq!(say(&mut session(&[Fault::TlsInject]), "STLS"), "+OK begin TLS\r\n+OK injected in clear\r\n");
}

#[test]
fn the_capability_list_can_change_and_the_line_be_cut() {
    let mut changed = session(&[Fault::CapsChange]);
    assert!(say(&mut changed, "CAPA").contains("PIPELINING"));
    changed.tls_started(Channel::default());
    let tls = say(&mut changed, "CAPA");
    assert!(!tls.contains("PIPELINING") && tls.contains("SASL PLAIN\r\n"), "{tls}");
    let mut cut = session(&[Fault::TlsTruncate]);
    say(&mut cut, "CAPA");
    assert!(!cut.is_over());
    cut.tls_started(Channel::default());
    assert!(say(&mut cut, "CAPA").ends_with("\r\n.\r\n"));
    assert!(cut.is_over() && cut.is_cut());
}

#[test]
fn auth_opens_the_mailbox_of_who_signed_in() {
    let mut clear = session(&[]);
    assert!(say(&mut clear, &plain("bob", "opensesame")).starts_with("-ERR encryption required"));
    assert!(say(&mut clear, "AUTH NTLM").starts_with("-ERR that mechanism is not known"));
    assert!(say(&mut clear, "AUTH CRAM-MD5").starts_with("+ "));
    assert_eq!(say(&mut clear, "*"), "-ERR login cancelled\r\n");
    assert!(say(&mut clear, "AUTH CRAM-MD5 x y").starts_with("-ERR write AUTH"));

    let mut session = encrypted(&[]);
    assert_eq!(say(&mut session, "AUTH PLAIN"), "+ \r\n");
    assert!(say(&mut session, "no base64!").starts_with("-ERR login broken off"));
    let (user, password) = (say(&mut session, &plain("eve", "opensesame")), say(&mut session, &plain("bob", "wrong")));
    assert!(user.starts_with("-ERR [AUTH] ") && user == password, "{user}{password}");
    assert_eq!(say(&mut session, &plain("bob", "opensesame")), "+OK 0 messages (0 octets)\r\n");
    assert_eq!(say(&mut session, "STAT"), "+OK 0 0\r\n");
    assert!(say(&mut session, &plain("bob", "opensesame")).starts_with("-ERR already logged in"));
}

#[test]
fn apop_takes_the_digest_over_its_own_stamp() {
    let try_it = |user: &str, password: &str, other_stamp: bool| {
        let (mut session, mut out) = (session(&[]), Outbox::default());
        session.greet(false, &mut out);
        let greeting = out.take();
        let stamp = greeting.trim_end().rsplit(' ').next().unwrap();
        let stamp = if other_stamp { "<1896.697170952@dbc.mtview.ca.us>" } else { stamp };
        let digest = hexadecimal(&Md5::digest(format!("{stamp}{password}")));
        say(&mut session, &format!("APOP {user} {digest}"))
    };
    assert!(try_it("bob", "opensesame", false).starts_with("+OK 0 messages"));
    for (user, password, other_stamp) in
        [("bob", "wrong", false), ("eve", "opensesame", false), ("bob", "opensesame", true)]
    {
        assert!(try_it(user, password, other_stamp).starts_with("-ERR [AUTH] "), "{user} {password} {other_stamp}");
    }
    let digest = hexadecimal(&Md5::digest("<1896.697170952@dbc.mtview.ca.us>tanstaaf"));
    assert_eq!(digest, "c4c9334bac560ecc979e58001b3e22fb", "the example of RFC 1939");
}

#[test]
fn sign_in_faults_hold_for_every_way_to_log_in() {
    for (fault, start) in [
        (Fault::Auth535, "-ERR [AUTH] wrong"),
        (Fault::Auth454, "-ERR [SYS/TEMP] "),
        (Fault::AuthEcho, "-ERR [AUTH] not taken, you sent: "),
    ] {
        for lines in [&["USER bob", "PASS opensesame"][..], &[&plain("bob", "opensesame")], &["APOP bob x"]] {
            let mut session = encrypted(&[fault]);
            let said = lines.iter().map(|line| say(&mut session, line)).last().unwrap();
            assert!(said.starts_with(start) && said.lines().count() == 1, "{fault} {lines:?}: {said}");
        }
    }
    let said = say(&mut encrypted(&[Fault::AuthEcho]), "USER bob\r\nPASS opensesame");
    assert!(said.ends_with("you sent: opensesame\r\n"), "{said}");
    assert!(say(&mut encrypted(&[Fault::AuthEndless]), &plain("bob", "opensesame")).starts_with("+ "));
}

#[test]
fn guessing_ends_the_session() {
    let mut session = encrypted(&[]);
    for _ in 0..3 {
        assert!(!session.is_over());
        say(&mut session, &plain("bob", "guess"));
    }
    assert!(session.is_over());
}
