use super::*;
use crate::sessions::compare::tests::session;
use crate::transcript::{Record, Tally};
use crate::wire::ChunkKind;

fn written(transcript: &Transcript, how: How) -> String {
    scripted(transcript, how).to_string()
}

fn plain(lines: &[&str]) -> String {
    written(&session(lines), How::default())
}

/// Puts a mail behind what was said, of which `missing` octets are not kept.
fn mail(transcript: &mut Transcript, bytes: &[u8], missing: u64) {
    let tally = Tally { octets: bytes.len() as u64 + missing, ..Tally::default() };
    for kind in [ChunkKind::Body, ChunkKind::BodyEnd] {
        transcript.push(Record {
            number: 100,
            side: Side::Smtp,
            link: 1,
            at: std::time::Duration::ZERO,
            lapse: None,
            direction: Direction::Sent,
            kind,
            expected: true,
            tls: false,
            bytes: bytes.to_vec(),
            tally: Some(tally),
        });
    }
}

#[test]
fn each_command_is_sent_and_its_reply_expected() {
    let lines = [
        "< 220 mx",
        "> EHLO lab.test",
        "< 250-mx",
        "< 250 CONTINUEDDSN",
        "> NOOP",
        "< 250 2.0.0 ok",
        "> VRFY x",
        "< 252 maybe",
    ];
    let expected = "\
connect smtp
expect 220
send EHLO lab.test
expect 250
send NOOP
expect 250 2.0.0
send VRFY x
expect 252
";
    assert_eq!(plain(&lines), expected);
}

#[test]
fn what_was_masked_is_done_anew() {
    let secured = [
        "> STARTTLS",
        "< 220 go",
        "= TLS 1.3, AES",
        "> EHLO x",
        "< 250 ok",
        "> AUTH PLAIN ****(24 B)",
        "< 235 2.7.0 ok",
    ];
    assert_eq!(plain(&secured), "connect smtp\nstarttls\nauth PLAIN\nexpect 235 2.7.0\n");
    let login =
        ["> AUTH LOGIN", "< 334 VXNlcm5hbWU6", "> ****(4 B)", "< 334 UGFzc3dvcmQ6", "> ****(8 B)", "< 535 5.7.8 no"];
    assert_eq!(plain(&login), "connect smtp\nauth LOGIN\nexpect 535 5.7.8\n");
    let user = ["< +OK ready", "> USER bob", "< +OK", "> PASS ****(7 B)", "< +OK in", "> STAT", "< +OK 0 0"];
    let expected = "connect pop3\nexpect +OK\nauth USER bob\nexpect +OK\nsend STAT\nexpect +OK\n";
    assert_eq!(plain(&user), expected);
}

#[test]
fn what_was_refused_before_a_secret_went_out_is_sent_as_it_was() {
    for (lines, expected) in [
        (["> STARTTLS", "< 454 4.7.0 no"], "send STARTTLS\nexpect 454 4.7.0\n"),
        (["> AUTH PLAIN", "< 503 5.5.1 EHLO first"], "send AUTH PLAIN\nexpect 503 5.5.1\n"),
        (["> USER bob", "< -ERR no"], "send USER bob\nexpect -ERR\n"),
    ] {
        let script = plain(&lines);
        assert!(script.ends_with(expected), "{script}");
    }
}

#[test]
fn a_secret_that_is_no_sign_in_ends_the_script() {
    let script = plain(&["> XKEY ****(7 B)", "< 250 ok", "> NOOP", "< 250 ok"]);
    assert!(script.contains("fail this line was masked") && script.contains("send NOOP"), "{script}");
}

#[test]
fn commands_of_one_write_become_single_ones() {
    let lines = [
        "> MAIL FROM:<a@b>",
        "> RCPT TO:<c@d>",
        "> DATA",
        "< 250 2.1.0 ok",
        "< 550 5.1.1 no",
        "< 503 5.5.1 no",
        "> QUIT",
        "< 221 2.0.0 bye",
    ];
    let expected = "\
connect smtp
# these went out in one write; here each waits for its reply
send MAIL FROM:<a@b>
expect 250 2.1.0
send RCPT TO:<c@d>
expect 550 5.1.1
send DATA
expect 503 5.5.1
send QUIT
expect 221 2.0.0
";
    assert_eq!(plain(&lines), expected);
}

#[test]
fn a_mail_is_a_body_and_one_that_is_not_whole_is_none() {
    let mut transcript = session(&["> DATA", "< 354 go"]);
    mail(&mut transcript, b"Subject: x\r\n\r\n..dot\r\n", 0);
    assert_eq!(
        written(&transcript, How::default()),
        "connect smtp\nsend DATA\nexpect 354\nbody\nSubject: x\n\n..dot\n.\n# no reply came\n"
    );
    let mut transcript = session(&["> DATA", "< 354 go"]);
    mail(&mut transcript, b"Subject: x\r\n", 5_000);
    let script = written(&transcript, How::default());
    assert!(script.contains("# 5,000 octets of this mail were not kept\nfail the text of the mail"), "{script}");
}

#[test]
fn a_fork_ends_at_its_row_with_the_reply_to_it() {
    let lines = ["> EHLO x", "< 250 ok", "> MAIL FROM:<a@b>", "< 250 ok", "> DATA", "< 354 go"];
    let script = written(&session(&lines), How { upto: Some(2), ..How::default() });
    assert_eq!(script, "connect smtp\nsend EHLO x\nexpect 250\nsend MAIL FROM:<a@b>\nexpect 250\n");
}

#[test]
fn an_adapted_script_has_the_names_of_its_run() {
    let lines = [
        "> EHLO lab.test",
        "< 250 ok",
        "> MAIL FROM:<ada@lab.test> SIZE=9",
        "< 250 ok",
        "> RCPT TO:<bob@x>",
        "< 250 ok",
        "> RCPT TO:<eve@x>",
        "< 250 ok",
        "> DATA",
        "< 354 go",
    ];
    let mut transcript = session(&lines);
    let header =
        "From: Ada <ada@lab.test>\r\nTo: bob@x, rebob@x\r\nDate: Sun, 22 Nov 2026\r\nMessage-ID:\r\n <1@x>\r\n";
    mail(&mut transcript, format!("{header}Subject: bob@x\r\n\r\nbob@x\r\n").as_bytes(), 0);
    let expected = "\
# helo, from and to are those of the run; date and message_id are new in each
set to_2 = eve@x
connect smtp
send EHLO ${helo}
expect 250
send MAIL FROM:<${from}> SIZE=9
expect 250
send RCPT TO:<${to}>
expect 250
send RCPT TO:<${to_2}>
expect 250
send DATA
expect 354
body
From: Ada <${from}>
To: ${to}, rebob@x
Date: ${date}
Message-ID: ${message_id}
Subject: bob@x

bob@x
.
# no reply came
";
    assert_eq!(written(&transcript, How { adapted: true, upto: None }), expected);
}

#[test]
fn both_sides_take_turns() {
    let script = plain(&["< 220 mx", "< +OK ready", "> NOOP", "< 250 ok", "> STAT", "< +OK 0 0"]);
    assert_eq!(
        script,
        "connect smtp\nexpect 220\nconnect pop3\nexpect +OK\nsmtp\nsend NOOP\nexpect 250\npop3\nsend STAT\nexpect +OK\n"
    );
}

#[test]
fn lines_that_look_like_a_mask_are_known_by_its_form() {
    for (line, masked) in
        [("PASS ****(7 B)", true), ("NOOP ****", false), ("NOOP ****(x B)", false), ("NOOP ****(7 C)", false)]
    {
        assert_eq!(is_masked(line.as_bytes()), masked, "{line}");
    }
}
