//! Each wait has an end, whatever dribbles in.

use super::*;
use crate::pop3::BodyKind;

/// Brings a session to the wait in question.
type Prepare = fn() -> Play;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn each_wait_has_its_own_length() {
    let timeouts = Timeouts::default();
    for (prepare, length, wait) in [
        (Play::new as Prepare, timeouts.greeting, Wait::Greeting),
        (
            || {
                let mut play = Play::signed_in();
                play.submit("STAT");
                play
            },
            timeouts.reply,
            Wait::Reply,
        ),
        (
            || {
                let mut play = Play::signed_in();
                play.say("RETR 1", "+OK\r\n");
                play
            },
            timeouts.reply,
            Wait::Body,
        ),
        (
            || {
                let mut play = Play::signed_in();
                play.submit("QUIT");
                play
            },
            timeouts.quit,
            Wait::Quit,
        ),
    ] {
        let mut play = prepare();
        play.wait(length.saturating_sub(Duration::from_millis(1)));
        assert!(!play.closed, "{wait:?} came early");
        play.wait(Duration::from_millis(1));
        assert!(play.closed && play.notices.contains(&Notice::TimedOut(wait)), "{wait:?}");
    }
}

#[test]
fn an_idle_session_waits_for_nothing() {
    let mut play = Play::signed_in();
    assert_eq!(play.session.deadline(), None);
    play.say("AUTH X", "+ \r\n");
    assert_eq!(play.session.deadline(), None, "the next word is ours");
}

#[test]
fn a_dribbling_status_line_gains_no_time() {
    let mut play = Play::signed_in();
    play.submit("STAT");
    for byte in b"+OK and so on, one octet a second, for longer than a minute in all" {
        play.server([*byte]);
        play.wait(SECOND);
    }
    assert!(play.notices.contains(&Notice::TimedOut(Wait::Reply)));
}

#[test]
fn a_dribbling_body_gains_no_time() {
    let mut play = Play::signed_in();
    play.say("RETR 1", "+OK\r\n");
    for _ in 0..60 {
        play.server("ab\r\n");
        play.wait(SECOND);
    }
    assert!(play.notices.contains(&Notice::TimedOut(Wait::Body)));
    let torn = |notice: &Notice| matches!(notice, Notice::BodyEnd { kind: BodyKind::Retr, complete: false, .. });
    assert!(play.notices.iter().any(torn));
}

#[test]
fn a_block_of_a_body_earns_time_once() {
    let mut play = Play::signed_in();
    play.say("RETR 1", "+OK\r\n");
    play.wait(30 * SECOND);
    play.server("x".repeat(clock::BLOCK));
    assert_eq!(play.session.deadline(), Some(play.now + 60 * SECOND));
    let earned = play.session.deadline();
    play.wait(SECOND);
    play.server("x".repeat(clock::BLOCK - 1));
    assert_eq!(play.session.deadline(), earned);
}

#[test]
fn a_body_that_flows_has_all_the_time_it_needs() {
    let mut play = Play::signed_in();
    play.say("RETR 1", "+OK\r\n");
    for _ in 0..600 {
        play.server("x".repeat(100));
        play.wait(SECOND);
    }
    play.server("\r\n.\r\n");
    assert!(!play.closed);
    assert_eq!(play.session.deadline(), None);
}

#[test]
fn each_answer_in_a_pipe_has_its_own_time() {
    let mut play = Play::pipelining();
    play.submit("STAT");
    play.wait(10 * SECOND);
    play.submit("NOOP");
    assert_eq!(play.session.deadline(), Some(play.now + 50 * SECOND), "another command gains the first no time");
    play.wait(40 * SECOND);
    play.server("+OK 0 0\r\n");
    assert_eq!(play.session.deadline(), Some(play.now + 60 * SECOND));
}

#[test]
fn a_call_before_the_deadline_changes_nothing() {
    let mut play = Play::new();
    play.session.timeout(play.start);
    play.drain();
    assert!(play.notices.is_empty() && !play.closed);
}
