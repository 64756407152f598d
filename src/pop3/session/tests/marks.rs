//! The fate of what was marked as deleted (RFC 1939 6): it depends on the answer to QUIT alone.

use super::*;
use crate::pop3::{Response, Verdict};

#[test]
fn marks_live_until_quit_is_answered() {
    let mut play = Play::signed_in();
    play.say("DELE 3", "+OK\r\n");
    play.say("DELE 1", "+OK\r\n");
    play.say("DELE 9", "-ERR no such message\r\n");
    assert_eq!(play.session.marks().iter().copied().collect::<Vec<_>>(), [1, 3]);
    play.submit("QUIT");
    assert_eq!(play.session.marks().len(), 2);
    assert_eq!(play.ending(), None);
    play.server("+OK\r\n");
    let response = Response::parse(b"+OK").unwrap();
    let ending = Ending { marks: vec![1, 3], verdict: Verdict::Committed, response: Some(response) };
    assert_eq!(play.ending(), Some(&ending));
    assert!(play.session.marks().is_empty());
}

#[test]
fn rset_clears_the_marks_if_the_server_says_so() {
    let mut play = Play::signed_in();
    play.say("DELE 3", "+OK\r\n");
    play.say("RSET", "-ERR no\r\n");
    assert_eq!(play.session.marks().len(), 1);
    play.say("RSET", "+OK\r\n");
    assert!(play.session.marks().is_empty());
    assert_eq!(play.notices.last(), Some(&Notice::MarksCleared));
}

#[test]
fn the_fate_of_marks_depends_on_quit_alone() {
    type Act = fn(&mut Play);
    let eof: Act = Play::eof;
    let time: Act = Play::time_out;
    let drop: Act = |play| {
        play.session.dropped(play.now);
        play.drain();
    };
    let garbage: Act = |play| play.server("garbage\r\n");
    for (written, act, verdict) in [
        ("NOOP", eof, Verdict::Kept),
        ("NOOP", time, Verdict::Kept),
        ("NOOP", drop, Verdict::Kept),
        ("NOOP", garbage, Verdict::Kept),
        ("QUIT", eof, Verdict::Unknown),
        ("QUIT", time, Verdict::Unknown),
        ("QUIT", drop, Verdict::Unknown),
        ("QUIT", garbage, Verdict::Unknown),
        ("QUIT", |play| play.server("-ERR disk full\r\n"), Verdict::Refused),
        ("QUIT", |play| play.server("+OK\r\n"), Verdict::Committed),
    ] {
        let mut play = Play::signed_in();
        play.say("DELE 5", "+OK\r\n");
        play.submit(written);
        act(&mut play);
        play.eof();
        play.eof();
        let ending = play.ending().unwrap();
        assert_eq!((ending.marks.as_slice(), ending.verdict), (&[5][..], verdict), "{written}");
        assert_eq!(ending.response.is_some(), matches!(verdict, Verdict::Refused | Verdict::Committed));
        assert_eq!(play.session.state(), State::Closed);
        assert_eq!(play.session.deadline(), None);
    }
}

#[test]
fn half_an_answer_to_quit_is_no_answer() {
    let mut play = Play::signed_in();
    play.say("QUIT", "+OK by");
    play.eof();
    assert_eq!(play.ending().unwrap().verdict, Verdict::Unknown);
    assert_eq!(play.received_bytes(), b"+OK by");
}

#[test]
fn a_quit_that_is_only_queued_changes_nothing() {
    let mut play = Play::signed_in();
    play.say("RETR 1", "+OK\r\nhalf");
    play.submit("QUIT");
    play.eof();
    assert_eq!(play.ending().unwrap().verdict, Verdict::Kept);
    assert_eq!(play.dropped(), [(Verb::Quit, None)]);
}

#[test]
fn a_session_that_never_signed_in_has_no_fate() {
    let mut play = Play::greeted();
    play.say("QUIT", "+OK\r\n");
    play.eof();
    play.eof();
    assert_eq!(play.ending(), None);
    let closed: Vec<_> = play.notices.iter().filter(|notice| matches!(notice, Notice::Closed { .. })).collect();
    assert_eq!(closed, [&Notice::Closed { clean: true }]);
}
