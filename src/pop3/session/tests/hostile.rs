//! Servers that lie, flood, inject or quote secrets: each limit and each breach.

use super::*;
use crate::pop3::BodyKind;
use crate::wire::secret::masked;

#[test]
fn bytes_before_a_command_are_no_answer_to_it() {
    let mut play = Play::new();
    play.submit("USER ada");
    play.server("+OK hi\r\n+OK pre-sent\r\n");
    assert_eq!(play.broken(), Some(&Violation::Unsolicited("+OK pre-sent".into())));
    assert_eq!(play.written(), "");
    let mut play = Play::greeted();
    play.server("+O");
    assert!(play.broken().is_none());
    play.submit("USER ada");
    assert_eq!(play.broken(), Some(&Violation::Unsolicited("+O".into())));
    assert_eq!(play.written(), "");
}

#[test]
fn a_greeting_that_pretends_a_log_in_is_a_breach() {
    let mut play = Play::new();
    play.server("+OK hi\r\n+OK logged in\r\n");
    assert_eq!(play.broken(), Some(&Violation::Unsolicited("+OK logged in".into())));
    let last = play.received.last().unwrap();
    assert!(!last.expected && last.kind == ChunkKind::Reply { first: true, last: true });
}

#[test]
fn surplus_answers_in_a_pipe_are_a_breach() {
    let mut play = Play::pipelining();
    play.submit("NOOP");
    play.submit("NOOP");
    play.server("+OK\r\n+OK\r\n+OK\r\n");
    assert!(matches!(play.broken(), Some(Violation::Unsolicited(_))));
}

#[test]
fn a_line_without_end_is_cut() {
    let mut greeting = Play::new();
    greeting.server(vec![b'x'; limits::REPLY_LINE]);
    assert!(greeting.broken().is_none());
    greeting.server("x");
    assert_eq!(greeting.broken(), Some(&Violation::LineTooLong(limits::REPLY_LINE)));
    assert!(greeting.closed && greeting.session.pending().is_empty());

    let mut listing = Play::signed_in();
    listing.say("UIDL", "+OK\r\n1 a\r\n");
    listing.server(vec![b'x'; limits::REPLY_LINE + 1]);
    assert_eq!(listing.broken(), Some(&Violation::LineTooLong(limits::REPLY_LINE)));
    assert!(listing.notices.contains(&Notice::ListingEnd { verb: Verb::Uidl, complete: false, bad: 0 }));
}

#[test]
fn a_longest_line_is_still_a_response() {
    let mut play = Play::greeted();
    play.say("NOOP", format!("+OK {}\r\n", "x".repeat(limits::REPLY_LINE - 6)));
    assert!(play.broken().is_none());
}

#[test]
fn a_message_may_have_lines_of_any_length() {
    let mut play = Play::signed_in();
    play.say("RETR 1", "+OK\r\n");
    play.server(vec![b'x'; 100_000]);
    play.server("\r\n.\r\n");
    assert!(play.broken().is_none());
    let end = Notice::BodyEnd { kind: BodyKind::Retr, number: 1, octets: 100_002, complete: true };
    assert_eq!(play.notices.last(), Some(&end));
}

#[test]
fn a_listing_is_believed_up_to_its_limit() {
    let mut play = Play::signed_in();
    play.say("LIST", "+OK\r\n");
    let thousand = "7 7\r\n".repeat(1_000);
    for _ in 0..limits::MESSAGES / 1_000 {
        play.server(&thousand);
        play.forget();
    }
    assert_eq!(play.session.state(), State::Transaction);
    play.server("7 7\r\n");
    assert_eq!(play.broken(), Some(&Violation::ListingTooLong(limits::MESSAGES as usize)));
}

#[test]
fn capabilities_are_believed_up_to_their_limit() {
    for (lines, fine) in [(limits::CAPA_LINES, true), (limits::CAPA_LINES + 1, false)] {
        let mut play = Play::greeted();
        play.say("CAPA", format!("+OK\r\n{}.\r\n", "X\r\n".repeat(lines)));
        assert_eq!(play.broken().is_none(), fine, "{lines}");
        assert_eq!(play.session.capabilities().lines.is_empty(), !fine);
    }
}

#[test]
fn an_endless_body_leaves_nothing_behind() {
    let mut play = Play::signed_in();
    play.say("RETR 1", "+OK\r\n");
    let block = b"all work and no play\r\n".repeat(3_000);
    for _ in 0..50 {
        play.server(&block);
        assert_eq!(play.notices.len(), play.received.len());
        assert!(play.session.pending().len() < 3);
        play.forget();
    }
}

#[test]
fn a_body_cut_anywhere_is_never_complete() {
    for cut in ["", "a", "a\r\n", "a\r\n.", "a\r\n.\r", "a\r\n..\r\n", "a\n.\n"] {
        let mut play = Play::signed_in();
        play.say("RETR 1", format!("+OK\r\n{cut}"));
        play.eof();
        let end = play
            .notices
            .iter()
            .find_map(|it| if let Notice::BodyEnd { complete, .. } = it { Some(*complete) } else { None });
        assert_eq!(end, Some(false), "{}", cut.escape_debug());
        assert_eq!(play.received_bytes(), format!("+OK\r\n{cut}").as_bytes());
    }
}

#[test]
fn a_challenge_outside_of_auth_is_no_response() {
    for line in ["STAT", "USER ada", "AUTH", "QUIT", "X"] {
        let mut play = Play::greeted();
        play.say(line, "+ go on\r\n");
        assert_eq!(play.broken(), Some(&Violation::NotAResponse("+ go on".into())), "{line}");
    }
}

#[test]
fn endless_challenges_are_cancelled() {
    let mut play = Play::greeted();
    play.say("AUTH X", "+ YQ==\r\n");
    for _ in 1..limits::SASL_ROUNDS {
        play.say("YQ==", "+ YQ==\r\n");
    }
    assert!(!play.written().contains('*'));
    play.say("YQ==", "+ YQ==\r\n");
    let answered = "YQ==\r\n".repeat(limits::SASL_ROUNDS as usize);
    assert_eq!(play.written(), format!("AUTH X\r\n{answered}*\r\n"));
    play.server("+ YQ==\r\n");
    assert!(matches!(play.broken(), Some(Violation::NotAResponse(_))));
}

#[test]
fn clear_text_behind_the_go_ahead_to_stls_is_a_breach() {
    for injected in ["+OK\r\n", "+O", "\n"] {
        let mut play = Play::greeted();
        play.say("STLS", format!("+OK go\r\n{injected}"));
        assert_eq!(play.broken(), Some(&Violation::InjectedBeforeTls(injected.len())));
        assert!(play.closed && !play.tls);
    }
    let mut late = Play::greeted();
    late.say("STLS", "+OK go\r\n");
    late.server("+OK fake\r\n");
    assert_eq!(late.broken(), Some(&Violation::InjectedBeforeTls(10)));
    assert!(late.closed);
}

#[test]
fn a_faked_session_behind_a_refused_stls_is_a_breach() {
    let mut play = Play::greeted();
    play.say("STLS", "-ERR no\r\n+OK USER\r\n+OK PASS\r\n");
    assert_eq!(play.broken(), Some(&Violation::Unsolicited("+OK USER".into())));
}

#[test]
fn a_tls_record_is_known_without_a_line_end() {
    let mut play = Play::new();
    play.server(b"\x15\x03\x03\x00\x02\x02\x28");
    assert_eq!(play.broken(), Some(&Violation::WrongService("TLS")));
}

#[test]
fn a_quoted_secret_is_masked_in_chunk_notice_and_violation() {
    for quote in ["hunter2", "aHVudGVyMg==", "AGFkYQBodW50ZXIy"] {
        for answer in [format!("-ERR bad {quote}\r\n"), format!("-ERR [{quote}] no\r\n"), format!("{quote}?\r\n")] {
            let mut play = Play::greeted();
            play.say("USER ada", "+OK\r\n");
            play.say("PASS hunter2", &answer);
            let quote = quote.trim_end_matches('=');
            for shown in [format!("{:?}", play.notices), format!("{:?}", play.received)] {
                assert!(!shown.to_lowercase().contains(&quote.to_lowercase()) && shown.contains("****"), "{shown}");
            }
            assert_eq!(play.received_bytes(), format!("+OK\r\n{answer}").as_bytes(), "the bytes stay as they are");
        }
    }
}

#[test]
fn a_password_like_a_status_indicator_does_not_hide_the_status() {
    let mut play = Play::greeted();
    play.say("PASS +OK", "+OK +OK\r\n");
    assert_eq!(play.session.state(), State::Transaction);
    let chunk = play.received.last().unwrap();
    assert_eq!(masked(&chunk.bytes, &chunk.secrets), b"+OK ****(3 B)\r\n");
}

#[test]
fn a_quoted_line_is_printable_and_short() {
    let mut play = Play::greeted();
    play.say("NOOP", format!("\x1b]0;{}\x07\r\n", "x".repeat(1_000)));
    let Some(Violation::NotAResponse(shown)) = play.broken() else { panic!("{:?}", play.notices) };
    assert!(shown.starts_with("␛]0;xxx") && shown.chars().count() == 121, "{shown}");
}

#[test]
fn numbers_of_stat_are_checked() {
    for lie in ["-1 5", "99999999999999999999 1", "1000001 1", "x y", ""] {
        let mut play = Play::signed_in();
        play.say("STAT", format!("+OK {lie}\r\n"));
        assert!(!play.notices.iter().any(|notice| matches!(notice, Notice::Maildrop(_))), "{lie}");
        assert!(play.broken().is_none());
    }
}
