use proptest::prelude::*;

use super::*;
use crate::sandbox::store::{Body, Mail, Protocol, Recipient};
use crate::sandbox::{Limits, Options};

fn site() -> Arc<Site> {
    let limits = Limits { errors: 2, ..Limits::default() };
    let clock = Some("2026-11-22T11:42:07Z".parse().unwrap());
    Arc::new(Site::new(&Options { samples: false, limits, clock, ..Options::default() }).unwrap())
}

fn deliver(site: &Site, mailbox: usize, body: &str) {
    let address = site.accounts.users()[mailbox].address.clone();
    let mail = Mail {
        from: String::new(),
        to: vec![Recipient::new(mailbox, address.clone(), address)],
        helo: "lab.test".to_owned(),
        peer: IpAddr::from([127, 0, 0, 1]),
        protocol: Protocol::ESMTP,
        body: Body::new(body.as_bytes().to_vec(), true),
        asked: Vec::new(),
        envid: None,
        hold_until: None,
    };
    site.store.accept(mail).unwrap();
}

fn session(site: &Arc<Site>) -> Session {
    Session::new(Arc::clone(site), IpAddr::from([127, 0, 0, 1]))
}

fn say(session: &mut Session, input: &str) -> String {
    let mut out = Outbox::default();
    let used = session.receive(input.as_bytes(), &mut out);
    assert_eq!(used, input.len(), "{input:?}");
    out.take()
}

fn logged_in(site: &Arc<Site>) -> Session {
    let mut session = session(site);
    let said = say(&mut session, "USER bob\r\nPASS opensesame\r\n");
    assert!(said.lines().all(|line| line.starts_with("+OK ")), "{said}");
    session
}

/// What the mailbox gives for the letter, without its trace fields.
fn text_of(response: &str) -> &str {
    response.split_once(" +0000\r\n").unwrap().1
}

#[test]
fn a_whole_session_goes_as_the_textbook_says() {
    let site = site();
    deliver(&site, 1, "Subject: 1\r\n\r\none\r\n");
    deliver(&site, 1, "Subject: 2\r\n\r\ntwo\r\n");
    let sizes: Vec<usize> = site.store.letters(1).iter().map(|letter| letter.octets()).collect();
    let (first, second, all) = (sizes[0], sizes[1], sizes[0] + sizes[1]);
    let mut session = session(&site);
    let mut out = Outbox::default();
    session.greet(false, &mut out);
    let greeting = out.take();
    assert!(greeting.starts_with("+OK telepost sandbox POP3 ready <"), "{greeting}");
    assert!(greeting.ends_with("@sandbox.test>\r\n"), "{greeting}");
    for (command, response) in [
        ("user bob", "+OK now PASS and the password\r\n".to_owned()),
        ("PASS opensesame", format!("+OK 2 messages ({all} octets)\r\n")),
        ("STAT", format!("+OK 2 {all}\r\n")),
        ("LIST", format!("+OK 2 messages ({all} octets)\r\n1 {first}\r\n2 {second}\r\n.\r\n")),
        ("LIST 2", format!("+OK 2 {second}\r\n")),
        ("UIDL 1", format!("+OK 1 {}\r\n", site.store.letters(1)[0].uid())),
        ("DELE 1", "+OK message 1 goes at QUIT; RSET keeps it\r\n".to_owned()),
        ("STAT", format!("+OK 1 {second}\r\n")),
        ("LIST", format!("+OK 1 messages ({second} octets)\r\n2 {second}\r\n.\r\n")),
        ("RSET", format!("+OK 2 messages ({all} octets)\r\n")),
        ("DELE 2", "+OK message 2 goes at QUIT; RSET keeps it\r\n".to_owned()),
        ("NOOP", "+OK nothing done\r\n".to_owned()),
        ("QUIT", "+OK goodbye (1 deleted, 1 left)\r\n".to_owned()),
    ] {
        assert_eq!(say(&mut session, &format!("{command}\r\n")), response, "{command}");
    }
    assert!(session.is_over());
    assert!(site.store.letters(1)[0].to_vec().ends_with(b"one\r\n"));
}

#[test]
fn each_refusal_says_why() {
    let site = site();
    deliver(&site, 1, "a\r\n");
    for command in ["STAT", "LIST", "RETR 1", "DELE 1", "NOOP", "RSET", "TOP 1 1", "UIDL"] {
        assert!(say(&mut session(&site), &format!("{command}\r\n")).starts_with("-ERR log in first"), "{command}");
    }
    for command in
        ["APOP bob x", "AUTH PLAIN", "AUTH", "STLS now", "UTF8", "PASS x", "USER", "EHLO x", "xyzzy", "", "\u{1}"]
    {
        assert!(say(&mut session(&site), &format!("{command}\r\n")).starts_with("-ERR "), "{command}");
    }
    for command in [
        "RETR",
        "RETR 0",
        "RETR 2",
        "RETR x",
        "RETR 1 1",
        "RETR 99999999999999999999",
        "TOP 1",
        "TOP 1 x",
        "DELE",
        "DELE 2",
        "LIST 2",
        "LIST x",
        "UIDL 0",
        "STAT 1",
        "RSET 1",
        "QUIT now",
        "USER bob",
        "STLS",
        "AUTH CRAM-MD5",
        "APOP bob x",
    ] {
        assert!(say(&mut logged_in(&site), &format!("{command}\r\n")).starts_with("-ERR "), "{command}");
    }
    let mut session = logged_in(&site);
    let said = say(&mut session, "DELE 1\r\nDELE 1\r\nRETR 1\r\nTOP 1 0\r\nLIST 1\r\nUIDL 1\r\n");
    assert_eq!(said.matches("-ERR message 1 is marked as deleted").count(), 5, "{said}");
    assert_eq!(say(&mut session, "UIDL\r\n"), "+OK 0 messages (0 octets)\r\n.\r\n");
}

#[test]
fn a_wrong_password_can_be_tried_again_but_not_for_ever() {
    let site = site();
    let mut twice = session(&site);
    let said = say(&mut twice, "USER bob\r\nPASS wrong\r\nPASS opensesame\r\nUSER eve\r\nPASS opensesame\r\n");
    let starts: Vec<&str> = said.lines().map(|line| &line[..11]).collect();
    assert_eq!(starts, ["+OK now PAS", "-ERR [AUTH]", "-ERR USER c", "+OK now PAS", "-ERR [AUTH]"], "{said}");
    assert!(!twice.is_over());
    say(&mut twice, "USER bob\r\nPASS Sandbox\r\n");
    assert!(twice.is_over());
    let mut right = session(&site);
    let said = say(&mut right, "USER bob\r\nPASS wrong\r\nUSER bob@sandbox.test\r\nPASS opensesame\r\n");
    assert!(said.ends_with("+OK 0 messages (0 octets)\r\n"), "{said}");
}

#[test]
fn one_session_has_the_mailbox_and_sees_what_was_there() {
    let site = site();
    deliver(&site, 1, "a\r\n");
    let mut first = logged_in(&site);
    let mut second = session(&site);
    assert!(say(&mut second, "USER bob\r\nPASS opensesame\r\n").contains("\r\n-ERR [IN-USE] "));
    deliver(&site, 1, "b\r\n");
    assert!(say(&mut first, "STAT\r\n").starts_with("+OK 1 "));
    drop(first);
    assert!(say(&mut second, "USER bob\r\nPASS opensesame\r\nSTAT\r\n").contains("\r\n+OK 2 "));
}

#[test]
fn only_quit_deletes() {
    let site = site();
    deliver(&site, 1, "a\r\n");
    let mut gone = logged_in(&site);
    say(&mut gone, "DELE 1\r\n");
    let mut out = Outbox::default();
    gone.timed_out(&mut out);
    assert!(gone.is_over() && out.is_empty(), "autologout says nothing");
    drop(gone);
    assert_eq!(site.store.letters(1).len(), 1);
    say(&mut logged_in(&site), "DELE 1\r\nQUIT\r\n");
    assert!(site.store.letters(1).is_empty());
    logged_in(&site);
}

#[test]
fn dots_are_stuffed_wherever_a_line_begins() {
    let long = "x".repeat(5_000);
    for (body, wire) in [
        ("S: x\r\n\r\n.\r\n..\r\n.a\r\n", "S: x\r\n\r\n..\r\n...\r\n..a\r\n.\r\n"),
        ("S: x\r\n\r\na\n.\nb\r.\r\n", "S: x\r\n\r\na\n.\nb\r.\r\n.\r\n"),
        (".\r\n", "\r\n..\r\n.\r\n"),
        ("", "\r\n.\r\n"),
        (&format!("S: x\r\n\r\n{long}\r\n.{long}\r\n"), &format!("S: x\r\n\r\n{long}\r\n..{long}\r\n.\r\n")),
    ] {
        let site = site();
        deliver(&site, 1, body);
        let said = say(&mut logged_in(&site), "RETR 1\r\n");
        assert_eq!(text_of(&said), wire);
        assert!(said.starts_with(&format!("+OK {} octets\r\n", site.store.letters(1)[0].octets())));
    }
}

#[test]
fn top_ends_where_it_should() {
    let site = site();
    deliver(&site, 1, "S: x\r\nT: y\r\n\r\n1\r\n.2\r\n3\r\n");
    deliver(&site, 1, "1\r\n2\r\n");
    deliver(&site, 1, "\r\n1\r\n2\r\n");
    deliver(&site, 1, "S: only\r\n");
    for (command, wire) in [
        ("TOP 1 0", "S: x\r\nT: y\r\n\r\n.\r\n"),
        ("top 1 2", "S: x\r\nT: y\r\n\r\n1\r\n..2\r\n.\r\n"),
        ("TOP 1 99999999999999999999", "S: x\r\nT: y\r\n\r\n1\r\n..2\r\n3\r\n.\r\n"),
        ("TOP 2 0", "\r\n.\r\n"),
        ("TOP 2 1", "\r\n1\r\n.\r\n"),
        ("TOP 3 0", "\r\n.\r\n"),
        ("TOP 3 1", "\r\n1\r\n.\r\n"),
        ("TOP 4 0", "S: only\r\n.\r\n"),
        ("TOP 4 5", "S: only\r\n.\r\n"),
    ] {
        let said = say(&mut logged_in(&site), &format!("{command}\r\n"));
        assert_eq!(text_of(&said), wire, "{command}");
    }
}

#[test]
fn capa_is_the_same_before_and_after_login() {
    let site = site();
    let before = say(&mut session(&site), "CAPA\r\n");
    assert_eq!(say(&mut logged_in(&site), "capa\r\n"), before);
    let capabilities: Vec<&str> = before.lines().skip(1).collect();
    assert_eq!(
        capabilities,
        [
            "TOP",
            "USER",
            "UIDL",
            "PIPELINING",
            "SASL SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5",
            "STLS",
            "RESP-CODES",
            "AUTH-RESP-CODE",
            "EXPIRE NEVER",
            "IMPLEMENTATION telepost-sandbox",
            "."
        ]
    );
}

#[test]
fn a_flood_of_retrievals_pauses_before_it_fills_memory() {
    let site = site();
    deliver(&site, 1, &format!("S: x\r\n\r\n{}\r\n", "x".repeat(FLUSH)));
    let mut session = logged_in(&site);
    let mut out = Outbox::default();
    let flood = "RETR 1\r\n".repeat(1_000);
    let used = session.receive(flood.as_bytes(), &mut out);
    assert_eq!(used, "RETR 1\r\n".len());
    assert!(out.len() < FLUSH + 2_000);
    assert_eq!(session.receive(&flood.as_bytes()[used..], &mut Outbox::default()), used);
}

#[test]
fn crowds_are_told_to_come_back() {
    let (mut session, mut out) = (session(&site()), Outbox::default());
    session.greet(true, &mut out);
    assert!(session.is_over() && out.take().starts_with("-ERR [SYS/TEMP] "));
}

#[test]
fn a_line_that_is_too_long_is_refused_once() {
    let long = format!("{}\r\nCAPA\r\n", "x".repeat(LINE));
    let said = say(&mut session(&site()), &long);
    assert!(said.starts_with("-ERR line too long"), "{said}");
    assert_eq!(said.matches("-ERR").count(), 1, "{said}");
}

fn in_pieces(input: &[u8], cuts: &[usize]) -> (String, usize) {
    let site = site();
    deliver(&site, 1, "Subject: x\r\n\r\n.\r\na\r\n");
    deliver(&site, 1, "text\r\n");
    let (mut session, mut out, mut pending) = (session(&site), Outbox::default(), Vec::new());
    let mut rest = input;
    for cut in cuts.iter().copied().chain([input.len()]) {
        let (piece, behind) = rest.split_at(cut.min(rest.len()));
        rest = behind;
        pending.extend_from_slice(piece);
        let used = session.receive(&pending, &mut out);
        pending.drain(..used);
    }
    (out.take(), site.store.len())
}

fn input() -> impl Strategy<Value = Vec<u8>> {
    let words = [
        "USER bob\r\n",
        "PASS opensesame\r\n",
        "USER bob\r\nPASS opensesame\r\n",
        "RETR ",
        "TOP ",
        "DELE ",
        "LIST ",
        "UIDL ",
        "1",
        "2",
        "3",
        " ",
        "\r\n",
        "\n",
        "\r",
        "RSET\r\n",
        "STAT\r\n",
        "CAPA\r\n",
        "QUIT\r\n",
        "\u{e4}",
        "AUTH CRAM-MD5\r\n",
        "AUTH ",
        "*\r\n",
        "STLS\r\n",
    ];
    let word = proptest::sample::select(words.to_vec()).prop_map(|word| word.as_bytes().to_vec());
    let noise = proptest::collection::vec(any::<u8>(), 0..8);
    proptest::collection::vec(prop_oneof![8 => word, 1 => noise], 0..40).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn no_input_is_too_odd_and_cuts_do_not_matter(
        input in input(),
        cuts in proptest::collection::vec(0_usize..12, 0..60),
    ) {
        prop_assert_eq!(in_pieces(&input, &cuts), in_pieces(&input, &[]));
    }
}
