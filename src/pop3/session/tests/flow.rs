//! What is sent when, and what each answer changes.

use super::*;
use crate::pop3::{BodyKind, Scan, UniqueId, Verdict};
use crate::sasl::{Mechanism, Progress, SignIn};
use crate::wire::Secret;

/// USER and PASS, over a line in clear.
fn login(user: &str, password: &str) -> Command {
    let sign_in = SignIn::with_password(user, Secret::new(password), "");
    Command::SignIn(Box::new(SignIn { mechanism: Some(Mechanism::UserPass), allow_plain: true, ..sign_in }))
}

/// Greeted by a server that says nothing of what it can do.
fn silent() -> Play {
    let mut play = Play::greeted();
    play.say("CAPA", "-ERR\r\n");
    play.forget();
    play
}

#[test]
fn nothing_goes_out_before_the_greeting() {
    let mut play = Play::new();
    play.submit("CAPA");
    play.submit("STAT");
    assert_eq!(play.written(), "");
    play.server("+OK hi\r\n");
    assert_eq!(play.written(), "CAPA\r\n");
    assert!(!play.session.is_idle());
}

#[test]
fn typed_lines_go_out_byte_for_byte() {
    let mut play = Play::greeted();
    for line in ["  hElLo\tthere ", "StAt", "", "X \u{8}\u{7f}\u{1b}[A ä"] {
        play.say(line, "-ERR what?\r\n");
        assert_eq!(play.written(), format!("{line}\r\n"));
        play.forget();
    }
}

#[test]
fn a_log_in_sends_the_password_only_when_the_name_was_accepted() {
    let mut play = silent();
    play.command(login("ada", "hunter2"));
    assert_eq!(play.written(), "USER ada\r\n");
    play.server("-ERR no such mailbox\r\n");
    assert_eq!(play.written(), "USER ada\r\n");
    play.forget();
    play.command(login("ada", "hunter2"));
    play.server("+OK\r\n");
    assert_eq!(play.written(), "USER ada\r\nPASS hunter2\r\n");
    assert_eq!(play.transmitted[1].secrets, [5..12]);
}

#[test]
fn a_log_in_that_would_forge_a_command_is_not_sent() {
    let mut play = silent();
    play.command(login("ada\r\nDELE 1", "hunter2"));
    play.command(login("ada", "hunter2\nDELE 1"));
    assert_eq!(play.written(), "");
    let impossible = |notice: &Notice| matches!(notice, Notice::SignIn(Progress::Impossible { .. }));
    assert_eq!(play.notices.iter().filter(|notice| impossible(notice)).count(), 2);
    assert!(!format!("{:?}", play.notices).contains("hunter2"));
}

#[test]
fn a_wrong_password_can_be_retried() {
    let mut play = silent();
    play.command(login("ada", "wrong!"));
    play.server("+OK\r\n");
    play.server("-ERR [AUTH] no\r\n");
    assert_eq!(play.session.state(), State::Authorization);
    play.command(login("ada", "hunter2"));
    play.server("+OK\r\n");
    play.server("+OK 2 messages\r\n");
    assert_eq!(play.session.state(), State::Transaction);
}

#[test]
fn without_pipelining_one_command_is_in_flight() {
    let mut play = Play::signed_in();
    for line in ["STAT", "NOOP", "QUIT"] {
        play.submit(line);
    }
    assert_eq!(play.written(), "STAT\r\n");
    play.server("+OK 0 0\r\n");
    assert_eq!(play.written(), "STAT\r\nNOOP\r\n");
}

#[test]
fn with_pipelining_a_window_of_commands_is_in_flight() {
    let mut play = Play::pipelining();
    for number in 1..=600 {
        play.submit(&format!("DELE {number}"));
    }
    assert_eq!(play.written().lines().count(), 512);
    play.server("+OK\r\n+OK\r\n");
    assert_eq!(play.written().lines().count(), 514);
    play.server("+OK\r\n".repeat(512));
    play.server("+OK\r\n".repeat(86));
    assert_eq!(play.session.marks().len(), 600);
    assert!(play.session.is_idle());
}

#[test]
fn a_full_window_keeps_out_what_must_travel_alone() {
    let mut play = Play::pipelining();
    for line in ["RETR 1", "XTND", "RETR 2", "RETR 3"] {
        play.submit(line);
    }
    play.server("+OK\r\n.\r\n");
    assert_eq!(play.written(), "RETR 1\r\nXTND\r\n");
    play.server("-ERR\r\n");
    assert_eq!(play.written(), "RETR 1\r\nXTND\r\nRETR 2\r\nRETR 3\r\n");
}

#[test]
fn messages_that_came_together_take_no_more_room_than_they_have() {
    let mut play = Play::pipelining();
    for number in 1..=10 {
        play.submit(&format!("RETR {number}"));
    }
    play.server("+OK\r\nline of a message\r\n.\r\n".repeat(10));
    let rooms: Vec<_> = play
        .notices
        .iter()
        .filter_map(|notice| if let Notice::Body { bytes, .. } = notice { Some(bytes.capacity()) } else { None })
        .collect();
    assert_eq!(rooms.len(), 10);
    assert!(rooms.iter().all(|room| *room < 64), "{rooms:?}");
}

#[test]
fn without_chunks_only_they_are_missing() {
    let answers = ["+OK 2 320\r\n", "+OK\r\n..a\r\n.\r\n", "+OK\r\n1 2\r\n.\r\n-ERR no\r\n", "+OK\r\nhalf"];
    let [full, bare] = [true, false].map(|chunks| {
        let mut play = Play::pipelining();
        if !chunks {
            play.session.without_chunks();
        }
        for line in ["STAT", "RETR 1", "LIST", "DELE 9", "RETR 2"] {
            play.submit(line);
        }
        for answer in answers {
            play.server(answer);
        }
        play.eof();
        play
    });
    assert_eq!(joined(&bare.notices), joined(&full.notices));
    assert_eq!(bare.written, full.written);
    assert_eq!(full.received_bytes(), answers.concat().into_bytes());
    assert!(bare.received.is_empty(), "{:?}", bare.received);
}

#[test]
fn pipelined_answers_belong_to_the_commands_in_order() {
    let mut play = Play::pipelining();
    for line in ["RETR 1", "DELE 1", "RETR 2", "STAT"] {
        play.submit(line);
    }
    play.server("+OK\r\n..a\r\n.\r\n+OK\r\n-ERR gone\r\n+OK 1 20\r\n");
    let body = Notice::Body { kind: BodyKind::Retr, number: 1, bytes: b".a\r\n".to_vec() };
    let end = Notice::BodyEnd { kind: BodyKind::Retr, number: 1, octets: 4, complete: true };
    let notable: Vec<_> = play.notices.iter().filter(|it| !matches!(it, Notice::Replied { .. })).cloned().collect();
    let maildrop = Notice::Maildrop(crate::pop3::Maildrop { messages: 1, octets: 20 });
    assert_eq!(notable, [body, end, Notice::Marked(1), maildrop]);
}

#[test]
fn quit_may_be_the_last_in_the_pipe_and_nothing_follows_it() {
    let mut play = Play::pipelining();
    for line in ["DELE 1", "DELE 2", "QUIT", "NOOP"] {
        play.submit(line);
    }
    assert_eq!(play.written(), "DELE 1\r\nDELE 2\r\nQUIT\r\n");
    assert_eq!(play.dropped(), [(Verb::Noop, None)]);
    play.server("+OK\r\n-ERR no\r\n+OK bye\r\n");
    let ending = play.ending().unwrap();
    assert_eq!((ending.marks.as_slice(), ending.verdict), (&[1][..], Verdict::Committed));
    assert!(play.closed);
}

#[test]
fn unknown_verbs_and_log_ins_are_never_pipelined() {
    let mut play = Play::pipelining();
    for line in ["NOOP", "XTND", "NOOP"] {
        play.submit(line);
    }
    assert_eq!(play.written(), "NOOP\r\n");
    play.server("+OK\r\n");
    assert_eq!(play.written(), "NOOP\r\nXTND\r\n");
    play.server("+OK\r\n");
    assert_eq!(play.written(), "NOOP\r\nXTND\r\nNOOP\r\n");
}

#[test]
fn a_listing_of_one_message_is_a_single_line() {
    let mut play = Play::signed_in();
    play.say("list 2", "+OK 2 200\r\n");
    play.say("UIDL 2", "+OK 2 abc\r\n");
    assert!(play.notices.contains(&Notice::Scans(vec![Scan { number: 2, octets: 200 }])));
    let id = UniqueId { number: 2, id: "abc".into(), valid: true };
    assert!(play.notices.contains(&Notice::UniqueIds(vec![id])));
    assert!(play.session.is_idle());
}

#[test]
fn long_listings_come_in_batches() {
    let mut play = Play::signed_in();
    let listing = "7 7\r\n".repeat(10_000);
    play.say("LIST", format!("+OK\r\n{listing}.\r\n"));
    let batches: Vec<usize> = play
        .notices
        .iter()
        .filter_map(|notice| if let Notice::Scans(scans) = notice { Some(scans.len()) } else { None })
        .collect();
    assert_eq!(batches, [4096, 4096, 1808]);
    assert_eq!(play.notices.last(), Some(&Notice::ListingEnd { verb: Verb::List, complete: true, bad: 0 }));
}

#[test]
fn lies_in_a_listing_are_counted_and_passed_over() {
    let mut play = Play::signed_in();
    let lies = "0 1\r\n-1 1\r\n1 -1\r\n1 18446744073709551616\r\n1000001 1\r\nx y\r\n\r\n1 4294967400\r\n1 5\r\n";
    play.say("LIST", format!("+OK\r\n{lies}.\r\n"));
    let scans = vec![Scan { number: 1, octets: 4_294_967_400 }, Scan { number: 1, octets: 5 }];
    assert!(play.notices.contains(&Notice::Scans(scans)));
    assert_eq!(play.notices.last(), Some(&Notice::ListingEnd { verb: Verb::List, complete: true, bad: 7 }));
}

#[test]
fn a_refusing_greeting_is_told_and_nothing_is_sent() {
    let mut play = Play::new();
    play.submit("CAPA");
    play.server("-ERR [SYS/TEMP] too busy <1@a>\r\n");
    assert!(play.notices.iter().any(|notice| matches!(notice, Notice::Greeting { stamp: None, .. })));
    play.submit("QUIT");
    assert_eq!(play.written(), "");
    assert_eq!(play.dropped(), [(Verb::Capa, None), (Verb::Quit, None)]);
    assert!(play.broken().is_none());
    play.time_out();
    assert!(play.closed && !play.notices.iter().any(|notice| matches!(notice, Notice::TimedOut(_))));
}

#[test]
fn stls_forgets_the_capabilities_and_holds_the_queue() {
    let mut play = Play::greeted();
    play.say("CAPA", "+OK\r\nSTLS\r\nPIPELINING\r\n.\r\n");
    play.submit("STLS");
    play.submit("CAPA");
    play.server("+OK go\r\n");
    assert!(play.tls);
    assert_eq!(play.session.state(), State::Tls);
    assert_eq!(play.session.capabilities(), &Capabilities::default());
    assert_eq!(play.written(), "CAPA\r\nSTLS\r\n");
    play.session.tls_started(crate::wire::Channel::default(), play.now);
    play.drain();
    assert_eq!(play.session.state(), State::Authorization);
    assert_eq!(play.written(), "CAPA\r\nSTLS\r\nCAPA\r\n");
}

#[test]
fn what_waits_behind_a_refused_stls_is_not_sent_in_clear() {
    let mut play = Play::greeted();
    play.submit("STLS");
    play.command(login("ada", "hunter2"));
    play.submit("QUIT");
    play.server("-ERR no TLS\r\n");
    assert_eq!(play.written(), "STLS\r\nQUIT\r\n");
    assert_eq!(play.dropped(), [(Verb::Auth, None)]);
}

#[test]
fn an_auth_exchange_is_secret_throughout() {
    let mut play = Play::greeted();
    play.say("AUTH LOGIN", "+ VXNlcm5hbWU6\r\n");
    assert_eq!(play.session.state(), State::Auth);
    play.say("QUIT", "+ UGFzc3dvcmQ6\r\n");
    play.say("aHVudGVyMg==", "+OK\r\n");
    assert_eq!(play.session.state(), State::Transaction);
    assert_eq!(play.written(), "AUTH LOGIN\r\nQUIT\r\naHVudGVyMg==\r\n");
    assert_eq!(play.transmitted[1].secrets, [0..4]);
    assert_eq!(play.transmitted[2].secrets, [0..12]);
    assert!(!format!("{:?}", play.notices).contains("aHVud"));
}

#[test]
fn a_star_cancels_an_auth_exchange() {
    let mut play = Play::greeted();
    play.say("AUTH PLAIN", "+ \r\n");
    play.say("*", "-ERR cancelled\r\n");
    assert_eq!(play.session.state(), State::Authorization);
    assert!(play.transmitted[1].secrets.is_empty());
}

#[test]
fn a_built_command_inside_auth_cancels_the_exchange_first() {
    let mut play = Play::greeted();
    play.say("AUTH PLAIN", "+ \r\n");
    play.command(Command::Line(Line::bare(Verb::Quit)));
    assert_eq!(play.written(), "AUTH PLAIN\r\n*\r\n");
    play.server("-ERR cancelled\r\n");
    assert_eq!(play.written(), "AUTH PLAIN\r\n*\r\nQUIT\r\n");
}

#[test]
fn a_bare_auth_lists_mechanisms_and_signs_nobody_in() {
    let mut play = Play::greeted();
    play.say("AUTH", "+OK\r\nPLAIN\r\nLOGIN\r\n.\r\n");
    assert_eq!(play.session.state(), State::Authorization);
    assert!(play.session.is_idle());
    play.say("AUTH", "-ERR\r\n");
    assert!(play.broken().is_none());
}

#[test]
fn a_token_too_long_for_a_command_is_sent_only_as_a_sasl_response() {
    let token = "A".repeat(2_000);
    let mut play = Play::greeted();
    play.submit(&token);
    assert_eq!(play.written(), "");
    assert_eq!(play.dropped(), [(Verb::Unknown, None)]);
    play.say("AUTH XOAUTH2", "+ \r\n");
    play.submit(&token);
    assert!(play.written().ends_with(&format!("{token}\r\n")));
}

#[test]
fn after_the_end_a_command_is_dropped_and_bytes_are_stray() {
    let mut play = Play::greeted();
    play.say("QUIT", "+OK bye\r\nmore");
    play.forget();
    play.say("STAT", "+OK 0 0\r\n");
    assert_eq!(play.written(), "");
    assert_eq!(play.dropped(), [(Verb::Stat, None)]);
    assert!(play.received.iter().all(|chunk| chunk.kind == ChunkKind::Stray && !chunk.expected));
}
