//! telepost against servers that are broken, odd or out to do harm: it ends with the right status, in time, and
//! nothing that a server says reaches the terminal as a control.

#[expect(dead_code, reason = "each test file uses its part of the support")]
mod support;

use support::scripted::{Script, Scripted, Step, say};
use support::telepost::{Home, Outcome};

const MAIL: &str = "From: eve@example.org\r\nSubject: Apples\r\n\r\nbody\r\n";

/// What a terminal would act upon, each with the word `pwn` behind it that may be shown.
const PAYLOADS: [&[u8]; 12] = [
    b"\x1b]0;pwn\x07",
    b"\x1b]52;c;pwn\x1b\\",
    b"\x1b[6npwn",
    b"\x1bP$q pwn\x1b\\",
    b"\x1b[?1049hpwn",
    b"\x9b6npwn",
    b"\xc2\x9b6npwn",
    b"\xc0\x9bpwn",
    b"\x08\x08\x08pwn",
    b"\x0b\x0c\x7fpwn",
    b"safe\rpwn",
    b"\xe2\x80\xaepwn\xe2\x81\xa6",
];

fn send(server: &Scripted, more: &[&str]) -> Outcome {
    let url = server.smtp_url();
    let fixed = ["send", &url, "--from", "a@example.org", "--to", "al@example.org", "--to", "bob@example.org"];
    let text = ["--subject", "s", "--body", "first line\nsecond line\n"];
    Home::new().run(&[&fixed, &text[..], more].concat())
}

fn mailbox(server: &Scripted, verb: &str, more: &[&str]) -> Outcome {
    let url = server.pop3_url();
    let fixed = ["mailbox", verb, &url, "--allow-plain-auth"];
    Home::new().telepost(&[&fixed, more].concat()).env("TELEPOST_PASSWORD", "secret").run()
}

/// Bytes that a server said amid harmless ones.
fn around(before: &str, payload: &[u8], after: &str) -> Vec<u8> {
    [before.as_bytes(), payload, after.as_bytes()].concat()
}

/// Fails if the output holds anything but text and line feeds.
#[track_caller]
fn assert_clean(outcome: &Outcome, payload: &[u8]) {
    for stream in [&outcome.stdout, &outcome.stderr] {
        let text = std::str::from_utf8(stream).unwrap_or_else(|error| panic!("no text: {error}: {outcome:?}"));
        let hidden = ['\u{ad}', '\u{61c}', '\u{feff}'];
        let bad = |sign: char| {
            sign.is_control() && sign != '\n' && sign != '\t'
                || hidden.contains(&sign)
                || matches!(sign, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        let found = text.chars().find(|&sign| bad(sign));
        assert!(found.is_none(), "{found:?} of \"{}\" got through: {outcome:?}", payload.escape_ascii());
    }
}

/// A script for each case, the status that follows, and the word for the outcome.
fn check_sending(cases: Vec<(&str, Script, i32, &str)>) {
    for (name, script, code, word) in cases {
        let server = Scripted::start(script);
        let outcome = send(&server, &["--timeout", "1", "--json"]);
        assert_eq!(outcome.code, Some(code), "{name}: {outcome:?}");
        assert_eq!(outcome.json()["outcome"], word, "{name}: {outcome:?}");
    }
}

#[test]
fn a_greeting_that_is_none_ends_the_attempt() {
    let greeting = |steps: &[Step]| Script::smtp().greeting(steps.to_vec());
    check_sending(vec![
        ("garbage", greeting(&[say(b"\x00\xff\xfe\x01 what\r\n"), Step::Silence]), 10, "failed"),
        ("HTTP", greeting(&[say("HTTP/1.1 400 Bad Request\r\n\r\n"), Step::Close]), 10, "failed"),
        ("POP3", greeting(&[say("+OK POP3 ready\r\n"), Step::Silence]), 10, "failed"),
        ("TLS alert", greeting(&[say(b"\x15\x03\x01\x00\x02\x02\x46"), Step::Close]), 8, "failed"),
        ("bad code", greeting(&[say("22X hello\r\n"), Step::Silence]), 10, "failed"),
        ("codes mixed", greeting(&[say("220-one\r\n250 two\r\n"), Step::Silence]), 10, "failed"),
        ("endless line", greeting(&[Step::Flood(b"220 x".into())]), 10, "failed"),
        ("endless lines", greeting(&[Step::Flood(b"220-x\r\n".into())]), 10, "failed"),
        ("nothing", greeting(&[Step::Silence]), 10, "failed"),
        ("closed", greeting(&[Step::Close]), 10, "failed"),
        ("reset", greeting(&[Step::Reset]), 10, "failed"),
        ("no service", greeting(&[say("554 no\r\n"), Step::Silence]), 5, "refused"),
        ("busy", greeting(&[say("421 later\r\n"), Step::Close]), 6, "deferred"),
    ]);
}

#[test]
fn a_foreign_protocol_is_named() {
    for (greeting, name) in [("HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP"), ("+OK ready\r\n", "POP3")] {
        let server = Scripted::start(Script::smtp().greeting([say(greeting), Step::Close]));
        let outcome = send(&server, &[]).expect(10);
        assert!(outcome.err().contains(name), "{outcome:?}");
    }
}

#[test]
fn refusals_keep_their_kind_and_lost_lines_their_stage() {
    let on = |command: &str, steps: &[Step]| Script::smtp().on(command, steps.to_vec());
    check_sending(vec![
        ("sender deferred", on("MAIL", &[say("451 4.7.1 later\r\n")]), 6, "deferred"),
        ("sender refused", on("MAIL", &[say("550 5.7.1 no\r\n")]), 5, "refused"),
        ("all recipients deferred", on("RCPT", &[say("450 4.2.1 later\r\n")]), 6, "deferred"),
        ("one recipient refused", on("RCPT TO:<BOB", &[say("550 5.1.1 who\r\n")]), 3, "partial"),
        ("shut down at RCPT", on("RCPT", &[say("421 4.3.2 bye\r\n"), Step::Close]), 6, "deferred"),
        ("lost at MAIL", on("MAIL", &[Step::Close]), 10, "failed"),
        ("silent at RCPT", on("RCPT", &[Step::Silence]), 10, "failed"),
        ("endless at RCPT", on("RCPT", &[Step::Flood(b"250-x\r\n".into())]), 10, "failed"),
        ("DATA refused", on("DATA", &[say("554 5.5.1 no\r\n")]), 5, "refused"),
        ("DATA answered by 250", on("DATA", &[say("250 ok\r\n"), Step::Silence]), 10, "failed"),
    ]);
}

#[test]
fn a_line_lost_in_the_body_is_no_riddle() {
    let steps = [say("354 go\r\n"), Step::HearOctets(5), Step::Reset];
    let server = Scripted::start(Script::smtp().on("DATA", steps));
    let home = Home::new();
    // Far more than the network takes at once, so that the final dot cannot have left.
    let body = format!("{}\n", "x".repeat(70)).repeat(500_000);
    let fixed = ["send", &server.smtp_url(), "--envelope-from", "a@example.org", "--envelope-to", "al@example.org"];
    let call = home.telepost(&[&fixed[..], &["--timeout", "5", "--json", "--raw", "-"]].concat()).input(body);
    assert_eq!(call.run().expect(10).json()["outcome"], "failed");
}

#[test]
fn without_a_clear_answer_to_the_final_dot_the_outcome_is_unknown() {
    let dot = |steps: &[Step]| Script::smtp().on("DATA", [&[say("354 go\r\n"), Step::HearBody], steps].concat());
    check_sending(vec![
        ("reset", dot(&[Step::Reset]), 4, "unknown"),
        ("closed", dot(&[Step::Close]), 4, "unknown"),
        ("silent", dot(&[Step::Silence]), 4, "unknown"),
        ("half a reply", dot(&[say("25"), Step::Close]), 4, "unknown"),
        ("first line only", dot(&[say("250-queued\r\n"), Step::Close]), 4, "unknown"),
        ("354 again", dot(&[say("354 more\r\n"), Step::Silence]), 4, "unknown"),
        ("refused", dot(&[say("554 5.7.1 spam\r\n")]), 5, "refused"),
        ("deferred", dot(&[say("452 4.3.1 disk\r\n")]), 6, "deferred"),
    ]);
}

#[test]
fn over_lmtp_each_recipient_has_a_fate_of_its_own() {
    let replies = "250 2.1.5 <al@example.org> queued as 1\r\n550 5.2.1 <bob@example.org> is full\r\n";
    let script = Script::smtp()
        .greeting([say("220 mx.example.test LMTP\r\n")])
        .on("LHLO", [say("250 mx.example.test\r\n")])
        .on("DATA", [say("354 go on\r\n"), Step::HearBody, say(replies)]);
    let server = Scripted::start(script);
    let url = format!("lmtp://127.0.0.1:{}", server.port);
    let fixed = ["send", &url, "--from", "a@example.org", "--to", "al@example.org", "--to", "bob@example.org"];
    let outcome = Home::new().run(&[&fixed[..], &["--subject", "s", "--body", "text", "--json"]].concat()).expect(3);
    let report = outcome.json();
    assert_eq!(report["outcome"], "partial");
    let of = |index: usize, name: &str| report["recipients"][index][name].clone();
    assert_eq!(
        (of(0, "address"), of(0, "outcome"), of(0, "code")),
        ("al@example.org".into(), "accepted".into(), 250.into())
    );
    assert_eq!(
        (of(1, "address"), of(1, "outcome"), of(1, "code")),
        ("bob@example.org".into(), "refused".into(), 550.into())
    );
    let heard = server.heard();
    assert!(heard.starts_with("LHLO ") && !heard.contains("EHLO") && heard.ends_with("QUIT\r\n"), "{heard}");
}

#[test]
fn what_was_accepted_stays_sent_whatever_happens_at_the_end() {
    let on = |command: &str, steps: &[Step]| Script::smtp().on(command, steps.to_vec());
    check_sending(vec![
        ("QUIT refused", on("QUIT", &[say("500 what\r\n"), Step::Close]), 0, "sent"),
        ("QUIT reset", on("QUIT", &[Step::Reset]), 0, "sent"),
        ("QUIT unanswered", on("QUIT", &[Step::Silence]), 0, "sent"),
        ("HELO only", on("EHLO", &[say("500 what\r\n")]), 0, "sent"),
        ("bare codes", on("MAIL", &[say("250\r\n")]), 0, "sent"),
        ("LF only", on("MAIL", &[say("250 ok\n")]), 0, "sent"),
    ]);
}

#[test]
fn replies_may_come_one_octet_at_a_time() {
    let drip = |text: &str| [Step::Drip(text.into())];
    let slow = Script::smtp()
        .greeting(drip("220-mx\r\n220 ESMTP\r\n"))
        .on("EHLO", drip("250-mx\r\n250-SIZE 1000\r\n250 8BITMIME\r\n"))
        .on("MAIL", drip("250 2.1.0 ok\r\n"));
    let server = Scripted::start(slow);
    send(&server, &[]).expect(0);
    let heard = server.heard();
    assert!(heard.contains("\r\n\r\nfirst line\r\nsecond line\r\n.\r\nQUIT\r\n"), "{heard}");
}

#[test]
fn no_body_goes_out_without_354() {
    let server = Scripted::start(Script::smtp().on("DATA", [say("250 ok\r\n")]));
    send(&server, &["--timeout", "1"]).expect(10);
    let heard = server.heard();
    assert!(heard.contains("DATA") && !heard.contains("first line"), "{heard}");
}

#[test]
fn controls_in_replies_stay_inside() {
    for payload in PAYLOADS {
        let hot = Script::smtp()
            .greeting([Step::Say(around("220 mx ", payload, " end-of-greeting\r\n"))])
            .on("RCPT", [Step::Say(around("550 5.1.1 no ", payload, " end-of-reply\r\n"))]);
        for json in [&["-v", "--json"][..], &["-v"]] {
            let server = Scripted::start(hot.clone());
            let outcome = send(&server, json);
            assert_clean(&outcome, payload);
            // Some may be too odd to be taken for a reply; then the greeting is the last that is seen.
            assert!(matches!(outcome.code, Some(5 | 10)), "{outcome:?}");
            let reply: &[&str] = if outcome.code == Some(5) { &["end-of-reply"] } else { &[] };
            for words in [&["pwn", "end-of-greeting"], reply].concat() {
                assert!(outcome.err().contains(words), "{words} is not shown: {outcome:?}");
            }
        }
    }
}

#[test]
fn controls_in_mails_stay_inside() {
    for payload in PAYLOADS {
        // An encoded word brings in what no raw header could.
        let hex = payload.iter().map(|byte| format!("={byte:02X}")).collect::<Vec<_>>().concat();
        let from = around("From: \"", payload, "\" <eve@example.org>\r\n");
        let head = [from, format!("Subject: start =?utf-8?q?{hex}?= end\r\n\r\n").into_bytes()].concat();
        let body = around("body ", payload, " end-of-body\r\n");
        let text = |bytes: Vec<&[u8]>| Step::Say(bytes.concat());
        let hot = Script::pop3(MAIL)
            .on("UIDL", [text(vec![b"+OK\r\n1 ", payload, b"\r\n.\r\n"])])
            .on("TOP", [text(vec![b"+OK\r\n", &head, b".\r\n"])])
            .on("RETR", [text(vec![b"+OK\r\n", &head, &body, b".\r\n"])]);
        for (verb, more, words) in [
            ("list", &["-v"][..], "start"),
            ("list", &["--json"], "start"),
            ("show", &["1", "-v"], "end-of-body"),
            ("show", &["1", "--headers"], "start"),
        ] {
            let server = Scripted::start(hot.clone());
            let outcome = mailbox(&server, verb, more).expect(0);
            assert_clean(&outcome, payload);
            assert!(outcome.out().contains(words), "{verb} {more:?}: {words} is not shown: {outcome:?}");
        }
    }
}

#[test]
fn lying_numbers_do_no_harm() {
    let lists = [
        ("LIST", "+OK\r\n1 -5\r\n-1 5\r\n0 0\r\n.\r\n"),
        ("LIST", "+OK\r\n1 99999999999999999999\r\n.\r\n"),
        ("LIST", "+OK\r\n1 5\r\n1 6\r\n4294967296 7\r\nx y\r\n\r\n.\r\n"),
        ("UIDL", "+OK\r\n1\r\n7 uid\r\n1 same\r\n2 same\r\n.\r\n"),
    ];
    for (command, reply) in lists {
        let server = Scripted::start(Script::pop3(MAIL).on(command, [say(reply)]));
        let outcome = mailbox(&server, "list", &["--timeout", "5"]);
        assert!(matches!(outcome.code, Some(0 | 10)), "{reply:?}: {outcome:?}");
        assert!(!outcome.err().contains("panicked"), "{reply:?}: {outcome:?}");
        let heard = server.heard();
        assert!(heard.contains(command), "{heard}");
    }
}

#[test]
fn a_message_that_breaks_off_is_not_shown_as_whole() {
    let endings: [&[Step]; 3] = [&[Step::Close], &[Step::Reset], &[Step::Silence]];
    for ending in endings {
        let steps = [&[say("+OK 40 octets\r\nSubject: Apples\r\n\r\nbody\n.\nmore\r\n")], ending].concat();
        let server = Scripted::start(Script::pop3(MAIL).on("RETR", steps));
        let outcome = mailbox(&server, "show", &["1", "--raw", "--timeout", "1"]).expect(10);
        assert!(!outcome.stderr.is_empty(), "{ending:?}: nothing tells that it is not whole: {outcome:?}");
    }
}

#[test]
fn an_endless_listing_is_cut() {
    for command in ["LIST", "UIDL", "CAPA"] {
        let flood = [say("+OK\r\n"), Step::Flood(b"x y z\r\n".into())];
        let server = Scripted::start(Script::pop3(MAIL).on(command, flood));
        mailbox(&server, "list", &[]).expect(10);
    }
}

#[test]
fn pop3_refusals_have_their_status() {
    let cases = [
        ("USER", "-ERR no such user\r\n", 7),
        ("PASS", "-ERR [AUTH] wrong\r\n", 7),
        ("PASS", "-ERR [IN-USE] locked\r\n", 6),
        ("PASS", "-ERR [SYS/TEMP] later\r\n", 6),
        ("RETR", "-ERR no such message\r\n", 5),
    ];
    for (command, reply, code) in cases {
        let server = Scripted::start(Script::pop3(MAIL).on(command, [say(reply)]));
        let outcome = mailbox(&server, "show", &["1"]);
        assert_eq!(outcome.code, Some(code), "{command} {reply:?}: {outcome:?}");
    }
}

#[test]
fn a_delete_counts_only_when_quit_was_answered() {
    let cases: [(&str, &[Step], i32); 4] = [
        ("QUIT", &[say("+OK bye\r\n"), Step::Close], 0),
        ("QUIT", &[Step::Reset], 4),
        ("QUIT", &[Step::Close], 4),
        ("DELE", &[say("-ERR no\r\n")], 5),
    ];
    for (command, steps, code) in cases {
        let server = Scripted::start(Script::pop3(MAIL).on(command, steps));
        let outcome = mailbox(&server, "delete", &["1"]);
        assert_eq!(outcome.code, Some(code), "{command} {steps:?}: {outcome:?}");
        let heard = server.heard();
        assert!(heard.contains("DELE 1\r\n"), "{heard}");
    }
}

#[test]
fn a_uidl_that_stands_for_two_messages_deletes_none() {
    let two = Script::pop3(MAIL)
        .on("STAT", [say("+OK 2 40\r\n")])
        .on("LIST", [say("+OK\r\n1 20\r\n2 20\r\n.\r\n")])
        .on("UIDL", [say("+OK\r\n1 same\r\n2 same\r\n.\r\n")]);
    let server = Scripted::start(two);
    let outcome = mailbox(&server, "delete", &["same"]);
    assert_ne!(outcome.code, Some(0), "{outcome:?}");
    let heard = server.heard();
    assert!(heard.contains("UIDL") && !heard.contains("DELE"), "{heard}");
}

#[test]
fn a_unique_id_that_is_none_deletes_nothing() {
    let list = format!("+OK\r\n1 {}\r\n.\r\n", "x".repeat(71));
    let server = Scripted::start(Script::pop3(MAIL).on("UIDL", [say(&list)]));
    let outcome = mailbox(&server, "delete", &[&"x".repeat(70)]).expect(5);
    assert!(outcome.err().contains("unique-id"), "{outcome:?}");
    let heard = server.heard();
    assert!(heard.contains("UIDL") && !heard.contains("DELE"), "{heard}");
}
