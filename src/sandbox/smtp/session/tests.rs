use proptest::prelude::*;

mod extensions;

use super::*;
use crate::sandbox::{Limits, Options};

fn site(limits: Limits) -> Arc<Site> {
    let clock = Some("2026-11-22T11:42:07Z".parse().unwrap());
    Arc::new(Site::new(&Options { samples: false, limits, clock, ..Options::default() }).unwrap())
}

fn session(site: &Arc<Site>) -> Session {
    Session::new(Arc::clone(site), IpAddr::from([127, 0, 0, 1]))
}

/// Everything said to `input`, in one piece.
fn say(session: &mut Session, input: &str) -> String {
    let mut out = Outbox::default();
    let used = session.receive(input.as_bytes(), &mut out);
    assert_eq!(used, input.len(), "{input:?}");
    out.take()
}

fn fresh() -> Session {
    session(&site(Limits::default()))
}

/// Plays `C:` and `S:` lines; an `S:` line is the start of the reply line expected.
fn play(dialogue: &str) {
    let mut session = fresh();
    let mut replies = Vec::new();
    for line in dialogue.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(command) = line.strip_prefix("C:") {
            assert!(replies.is_empty(), "not expected before {line:?}: {replies:?}");
            let said = say(&mut session, &format!("{}\r\n", command.strip_prefix(' ').unwrap_or(command)));
            replies = said.lines().map(str::to_owned).collect();
        } else {
            let expected = line.strip_prefix("S: ").expect("C: or S:");
            assert!(!replies.is_empty(), "no reply where expected: {expected}");
            let reply = replies.remove(0);
            assert!(reply.starts_with(expected), "\nexpected {expected}\n     got {reply}");
        }
    }
    assert!(replies.is_empty(), "left over: {replies:?}");
}

const READY: &str = "EHLO lab.test\r\nMAIL FROM:<ada@sandbox.test>\r\n";

#[test]
fn a_whole_session_goes_as_the_textbook_says() {
    let site = site(Limits::default());
    let mut session = session(&site);
    let mut out = Outbox::default();
    session.greet(false, &mut out);
    assert_eq!(out.take(), "220 sandbox.test ESMTP telepost sandbox ready\r\n");
    assert_eq!(say(&mut session, "HELO lab.test\r\n"), "250 sandbox.test greets lab.test [127.0.0.1]\r\n");
    assert_eq!(say(&mut session, "MAIL FROM: ada@sandbox.test\r\n"), "250 2.1.0 <ada@sandbox.test>... sender ok\r\n");
    assert_eq!(say(&mut session, "RCPT TO: bob@sandbox.test\r\n"), "250 2.1.5 <bob@sandbox.test>... recipient ok\r\n");
    assert_eq!(say(&mut session, "DATA\r\n"), "354 Go on, end with <CRLF>.<CRLF>\r\n");
    assert_eq!(say(&mut session, "Subject: x\r\n\r\n..dot\r\nHello\r\n.\r\n"), "250 2.0.0 queued as 7F3A000001\r\n");
    assert_eq!(say(&mut session, "QUIT\r\n"), "221 2.0.0 sandbox.test closes the channel\r\n");
    assert!(session.is_over());
    let letter = site.store.letters(1).remove(0);
    let text = String::from_utf8(letter.to_vec()).unwrap();
    assert!(
        text.starts_with("Return-Path: <ada@sandbox.test>\r\nDelivered-To: bob@sandbox.test\r\nReceived: "),
        "{text}"
    );
    assert!(text.contains("with SMTP id 7F3A000001"), "{text}");
    assert!(text.ends_with("Subject: x\r\n\r\n.dot\r\nHello\r\n"), "{text}");
}

#[test]
fn ehlo_announces_what_is_there() {
    assert_eq!(
        say(&mut fresh(), "ehlo [127.0.0.1]\r\n"),
        "250-sandbox.test greets [127.0.0.1] [127.0.0.1]\r\n250-PIPELINING\r\n250-SIZE 33554432\r\n250-8BITMIME\r\n\
         250-ENHANCEDSTATUSCODES\r\n250-SMTPUTF8\r\n250-STARTTLS\r\n\
         250-AUTH SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5\r\n250-DSN\r\n250-CHUNKING\r\n250-BINARYMIME\r\n\
         250-DELIVERBY\r\n250-FUTURERELEASE 86400 2026-11-23T11:42:07Z\r\n250-LIMITS RCPTMAX=100\r\n250 HELP\r\n"
    );
}

#[test]
fn commands_out_of_order_are_refused_and_harm_nothing() {
    play(
        "C: MAIL FROM:<ada@sandbox.test>
         S: 503 5.5.1 Say HELO or EHLO first
         C: RCPT TO:<bob@sandbox.test>
         S: 503 5.5.1 Say HELO or EHLO first
         C: DATA
         S: 503 5.5.1 Say HELO or EHLO first
         C: HELO lab
         S: 250 sandbox.test
         C: RCPT TO:<bob@sandbox.test>
         S: 503 5.5.1 Need MAIL before RCPT
         C: DATA
         S: 503 5.5.1 Need MAIL before DATA
         C: MAIL FROM:<ada@sandbox.test>
         S: 250 2.1.0
         C: DATA
         S: 503 5.5.1 Need RCPT before DATA
         C: MAIL FROM:<bob@sandbox.test>
         S: 503 5.5.1 The sender is given already
         C: RCPT TO:<bob@sandbox.test>
         S: 250 2.1.5
         C: RSET
         S: 250 2.0.0
         C: RCPT TO:<bob@sandbox.test>
         S: 503 5.5.1 Need MAIL before RCPT
         C: MAIL FROM:<>
         S: 250 2.1.0
         C: EHLO again.test
         S: 250-
         S: 250-
         S: 250-
         S: 250-
         S: 250-
         S: 250-
         S: 250-
         S: 250-
         S: 250-DSN
         S: 250-CHUNKING
         S: 250-BINARYMIME
         S: 250-DELIVERBY
         S: 250-FUTURERELEASE
         S: 250-LIMITS
         S: 250 HELP
         C: DATA
         S: 503 5.5.1 Need MAIL before DATA",
    );
}

#[test]
fn each_refusal_has_its_code() {
    for (command, reply) in [
        ("hello lab", "500 5.5.1 hello: unknown command; did you mean HELO?"),
        ("xyzzy", "500 5.5.1 xyzzy: unknown command; HELP"),
        ("", "500 5.5.2 "),
        ("HELO", "501 5.5.4 Say who you are: HELO "),
        ("EHLO", "501 5.5.4 Say who you are: EHLO "),
        ("MAIL", "501 5.5.4 Write MAIL FROM:<address>"),
        ("MAIL FROM <ada@sandbox.test>", "501 5.5.4 Write MAIL FROM:<address>"),
        ("MAIL FROM:", "501 5.1.7 "),
        ("MAIL FROM:<ada", "501 5.1.7 "),
        ("MAIL FROM:<ada@sand box>", "501 5.1.7 "),
        ("MAIL FROM:<ada>", "501 5.1.7 The sender needs a domain"),
        ("MAIL FROM:<x@y.invalid>", "501 5.1.8 <x@y.invalid>... Sender domain must exist"),
        ("MAIL FROM:<x@nowhere>", "501 5.1.8 <x@nowhere>... Sender domain must exist"),
        ("MAIL FROM:<ada@sandbox.test> SIZE=33554433", "552 5.3.4 "),
        ("MAIL FROM:<ada@sandbox.test> SIZE=x", "501 5.5.4 "),
        ("MAIL FROM:<ada@sandbox.test> RET=SOME", "501 5.5.4 "),
        ("MAIL FROM:<ada@sandbox.test> REQUIRETLS", "555 5.5.4 "),
        ("MAIL FROM:<ada@sandbox.test> HOLDFOR=86401", "501 5.5.4 A mail is held for 86400 "),
        ("MAIL FROM:<ada@sandbox.test> HOLDUNTIL=2026-11-23T11:42:08Z", "501 5.5.4 A mail is held for 86400 "),
        ("MAIL FROM:<\u{e4}da@sandbox.test>", "553 5.6.7 "),
        ("MAIL FROM:<\u{e4}da@sandbox.test> SMTPUTF8", "250 2.1.0 "),
        ("MAIL FROM:<ada@sandbox.test> SIZE=33554432 BODY=8BITMIME", "250 2.1.0 "),
        ("MAIL FROM:<ada@localhost>", "250 2.1.0 "),
        ("VRFY bob@sandbox.test", "250 2.1.5 Bob Builder <bob@sandbox.test>"),
        ("VRFY eve@sandbox.test", "550 5.1.1 "),
        ("VRFY eve@example.org", "550 5.7.1 "),
        ("VRFY", "501 5.5.4 "),
        ("EXPN all", "502 5.5.1 "),
        ("STARTTLS now", "501 5.5.4 "),
        ("AUTH", "501 5.5.4 "),
        ("AUTH PLAIN AGFkYQBvcGVuc2VzYW1l", "538 5.7.11 "),
        ("AUTH NTLM", "504 5.5.4 "),
        ("AUTH SCRAM-SHA-256 a b", "501 5.5.4 "),
        ("BDAT 0 LAST", "503 5.5.1 Need MAIL before BDAT"),
        ("BDAT", "501 5.5.4 "),
        ("BDAT x", "501 5.5.4 "),
        ("BDAT 3 FIRST", "501 5.5.4 "),
        ("XCLIENT ADDR=192.0.2.7", "550 5.7.0 "),
        ("NOOP", "250 2.0.0 "),
        ("DATA now", "501 5.5.4 "),
        ("RSET x", "501 5.5.4 "),
        ("QUIT x", "501 5.5.4 "),
        ("NO\u{7}OP", "501 5.5.2 "),
        ("GET / HTTP/1.1", "421 4.7.0 "),
    ] {
        let mut session = fresh();
        say(&mut session, "EHLO lab.test\r\n");
        let said = say(&mut session, &format!("{command}\r\n"));
        assert!(said.starts_with(reply), "{command}\nexpected {reply}\n     got {said}");
        assert!(said.ends_with("\r\n") && said.lines().count() == 1);
    }
}

#[test]
fn each_recipient_is_judged_alone() {
    for (recipient, reply) in [
        ("<bob@sandbox.test>", "250 2.1.5 <bob@sandbox.test>... recipient ok"),
        ("<Postmaster>", "250 2.1.5 "),
        ("<x@elsewhere.example>", "550 5.7.1 <x@elsewhere.example>... Relaying denied"),
        ("<eve@sandbox.test>", "550 5.1.1 <eve@sandbox.test>... no such user here"),
        ("<greylist@sandbox.test>", "451 4.7.1 "),
        ("<full@sandbox.test>", "452 4.2.2 "),
        ("<bob>", "501 5.1.3 <bob>... Domain missing"),
        ("<>", "501 5.1.3 "),
        ("<b\u{f6}b@sandbox.test>", "553 5.6.7 "),
        ("<bob@sandbox.test> NOTIFY=SOON", "501 5.5.4 "),
        ("<bob@sandbox.test> RET=FULL", "555 5.5.4 "),
    ] {
        let mut session = fresh();
        say(&mut session, READY);
        let said = say(&mut session, &format!("RCPT TO:{recipient}\r\n"));
        assert!(said.starts_with(reply), "{recipient}\nexpected {reply}\n     got {said}");
    }
    let mut session = fresh();
    say(&mut session, READY);
    assert!(say(&mut session, "RCPT <bob@sandbox.test>\r\n").starts_with("501 5.5.4 "));
}

#[test]
fn the_postmaster_is_ada() {
    let site = site(Limits::default());
    say(&mut session(&site), &format!("{READY}RCPT TO:<postmaster@sandbox.test>\r\nDATA\r\nSubject: x\r\n\r\n.\r\n"));
    let text = String::from_utf8(site.store.letters(0).remove(0).to_vec()).unwrap();
    assert!(text.contains("Delivered-To: ada@sandbox.test\r\n"), "{text}");
    assert!(text.contains("for <postmaster@sandbox.test>;"), "{text}");
}

#[test]
fn limits_are_kept() {
    let limits = Limits { message: 20, messages: 1, recipients: 2, errors: 3, ..Limits::default() };
    let site = site(limits);
    let mut session = session(&site);
    say(&mut session, READY);
    let to = "RCPT TO:<bob@sandbox.test>\r\n";
    let said = say(&mut session, &to.repeat(3));
    assert!(said.lines().nth(2).unwrap().starts_with("452 4.5.3 "), "{said}");
    let said = say(&mut session, "DATA\r\nthis is more than twenty octets\r\n.\r\nNOOP\r\n");
    assert!(said.contains("\r\n552 5.3.4 ") && said.ends_with("250 2.0.0 OK\r\n"), "{said}");
    assert!(site.store.is_empty(), "an oversized mail is not kept");
    let mail = format!("MAIL FROM:<>\r\n{to}DATA\r\nshort\r\n.\r\n");
    assert!(say(&mut session, &mail).ends_with("250 2.0.0 queued as 7F3A000001\r\n"));
    assert!(say(&mut session, "MAIL FROM:<>\r\n").starts_with("452 4.3.1 "), "the store is full");
    let said = say(&mut session, "a\r\nb\r\nc\r\nd\r\ne\r\n");
    assert_eq!(said.lines().count(), 4, "{said}");
    assert!(said.lines().last().unwrap().starts_with("421 4.7.0 "), "{said}");
    assert!(session.is_over());
}

#[test]
fn a_store_that_fills_up_during_data_refuses_after_the_dot() {
    let site = site(Limits { messages: 1, ..Limits::default() });
    let start = format!("{READY}RCPT TO:<bob@sandbox.test>\r\nDATA\r\n");
    let (mut first, mut second) = (session(&site), session(&site));
    say(&mut first, &start);
    say(&mut second, &start);
    assert!(say(&mut first, "a\r\n.\r\n").starts_with("250 2.0.0 "));
    assert!(say(&mut second, "b\r\n.\r\n").starts_with("452 4.3.1 "));
}

#[test]
fn a_line_that_is_too_long_is_refused_once_and_the_next_one_heard() {
    for length in [LINE - 1, LINE, 3 * LINE] {
        let mut session = fresh();
        let long = format!("NOOP {}\r\nNOOP\r\n", "x".repeat(length - 5));
        let whole = say(&mut session, &long);
        let mut lines = whole.lines();
        assert!(lines.next().unwrap().starts_with("500 5.5.2 Line too long"), "{length}: {whole}");
        assert!(lines.next().unwrap().starts_with("250 "), "{length}: {whole}");
    }
    let fits = format!("NOOP {}\r\n", "x".repeat(LINE - 7));
    assert!(say(&mut fresh(), &fits).starts_with("250 "));
}

#[test]
fn nothing_but_crlf_dot_crlf_ends_a_mail() {
    for ending in
        ["\n.\n", "\r.\r", "\r.\n", "\n.\r", "\n.\r\n", "\r\n.\n", "\r.\r\n", "\r\n.\r", "\r\n\0.\r\n", "\r\n.\0\r\n"]
    {
        let site = site(Limits::default());
        let mut session = session(&site);
        say(&mut session, &format!("{READY}RCPT TO:<bob@sandbox.test>\r\nDATA\r\n"));
        let said = say(&mut session, &format!("Subject: x\r\n\r\nbefore{ending}MAIL FROM:<eve@evil.test>\r\n.\r\n"));
        assert_eq!(said.lines().count(), 1, "{}: {said}", ending.escape_debug());
        assert_eq!(site.store.len(), 1);
    }
}

#[test]
fn bare_line_feeds_end_commands() {
    assert_eq!(say(&mut fresh(), "NOOP\nNOOP\n"), "250 2.0.0 OK\r\n250 2.0.0 OK\r\n");
}

#[test]
fn crowds_and_sleepers_are_told_so() {
    let (mut session, mut out) = (fresh(), Outbox::default());
    session.greet(true, &mut out);
    assert!(session.is_over() && out.take().starts_with("421 4.3.2 "));
    let mut session = fresh();
    session.timed_out(&mut out);
    assert!(session.is_over() && out.take().starts_with("421 4.4.2 "));
}

/// Input in pieces as a socket gives it, what was not taken offered again.
fn in_pieces(input: &[u8], cuts: &[usize]) -> (String, usize) {
    let site = site(Limits { message: 60, errors: 1_000, ..Limits::default() });
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
        "EHLO a.b\r\n",
        "MAIL FROM:<>\r\n",
        "MAIL FROM:<a@b.c> SIZE=1\r\n",
        "RCPT TO:<bob@sandbox.test>\r\n",
        "DATA\r\n",
        "\r\n.\r\n",
        ".\r\n",
        "..",
        ".",
        "\r",
        "\n",
        "RSET\r\n",
        "text ",
        "VRFY <\"",
        "\u{e4}",
        "NOOP",
        " ",
        "AUTH CRAM-MD5\r\n",
        "AUTH SCRAM-SHA-256 biwsbj1hZGEscj14\r\n",
        "AUTH ",
        "*\r\n",
        "Yml3cw==\r\n",
        "STARTTLS\r\n",
        "BDAT 5\r\na\r\n.b",
        "BDAT 3 LAST\r\nx\n.",
        "BDAT 0 LAST\r\n",
        "EHLO a.b\r\nMAIL FROM:<>\r\nRCPT TO:<bob@sandbox.test>\r\nDATA\r\n",
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
