use super::*;
use crate::pop3::{Maildrop, Scan};

fn open(messages: u32) -> Mailbox {
    let mut mailbox = Mailbox::default();
    mailbox.notice(Notice::Scans((1..=messages).map(|number| Scan { number, octets: 0 }).collect()));
    mailbox
}

#[test]
fn stat_alone_makes_no_rows() {
    let mut mailbox = Mailbox::default();
    mailbox.notice(Notice::Maildrop(Maildrop { messages: limits::MESSAGES, octets: 1 }));
    assert_eq!((mailbox.rows.len(), mailbox.count()), (0, limits::MESSAGES as usize));
}

#[test]
fn a_refused_reset_leaves_nothing_to_mark_again() {
    let mut mailbox = open(2);
    mailbox.notice(Notice::Marked(1));
    mailbox.notice(Notice::Marked(2));
    mailbox.unmark(2);
    mailbox.reset_refused();
    mailbox.unmark_all();
    assert!(mailbox.notice(Notice::MarksCleared).commands.is_empty());
}

#[test]
fn a_message_of_an_earlier_session_is_not_shown_in_this_one() {
    let mut mailbox = open(1);
    mailbox.open_selected();
    mailbox.notice(Notice::BodyEnd { kind: BodyKind::Retr, number: 1, octets: 0, complete: true });
    mailbox.begin();
    mailbox.show_message(1, Arc::default(), View::default());
    assert!(mailbox.message.is_none());
}

#[test]
fn a_message_that_is_kept_in_part_says_so() {
    let mut mailbox = open(1);
    mailbox.open_selected();
    let piece = vec![b'x'; limits::MESSAGE_IN_MEMORY];
    mailbox.notice(Notice::Body { kind: BodyKind::Retr, number: 1, bytes: piece });
    mailbox.notice(Notice::Body { kind: BodyKind::Retr, number: 1, bytes: b"y".to_vec() });
    let octets = limits::MESSAGE_IN_MEMORY as u64 + 1;
    let outcome = mailbox.notice(Notice::BodyEnd { kind: BodyKind::Retr, number: 1, octets, complete: true });
    let (number, raw) = outcome.whole.unwrap();
    mailbox.show_message(number, Arc::new(raw), View::default());
    assert!(mailbox.message.unwrap().is_cut());
}

#[test]
fn the_newest_message_is_on_top() {
    let mailbox = open(3);
    assert_eq!(mailbox.shown(0).unwrap().number, 3);
    assert_eq!(mailbox.shown(2).unwrap().number, 1);
    assert!(mailbox.shown(3).is_none());
}

#[test]
fn the_total_is_that_of_stat_until_every_size_is_known() {
    let mut mailbox = Mailbox::default();
    mailbox.notice(Notice::Maildrop(Maildrop { messages: 2, octets: 320 }));
    assert_eq!(mailbox.octets(), 320);
    mailbox.notice(Notice::Scans(vec![Scan { number: 1, octets: 120 }]));
    assert_eq!(mailbox.octets(), 320);
    mailbox.notice(Notice::Scans(vec![Scan { number: 2, octets: 201 }]));
    assert_eq!(mailbox.octets(), 321);
}

#[test]
fn headers_are_asked_for_once_and_for_visible_rows_only() {
    let mut mailbox = open(100);
    assert_eq!(mailbox.wanted_headers(10).len(), 10);
    assert_eq!(mailbox.wanted_headers(10).len(), 0);
    mailbox.select(12, 10);
    assert_eq!(mailbox.wanted_headers(10).len(), 3);
}

#[test]
fn unmarking_one_marks_the_others_again() {
    let mut mailbox = open(3);
    for number in [1, 2, 3] {
        mailbox.notice(Notice::Marked(number));
    }
    mailbox.unmark(2);
    let Outcome { commands: again, said, .. } = mailbox.notice(Notice::MarksCleared);
    let lines: Vec<&[u8]> = again.iter().map(Line::bytes).collect();
    assert_eq!(lines, [b"DELE 1", b"DELE 3"]);
    assert!(matches!(said, Some(Said::Info(text)) if text.contains("set again")));
    assert_eq!(mailbox.marks().count(), 0, "a mark is a mark only once the server said so");
}

#[test]
fn a_torso_is_never_shown() {
    let mut mailbox = open(1);
    mailbox.open_selected();
    mailbox.notice(Notice::Body { kind: BodyKind::Retr, number: 1, bytes: b"Subject: x\r\n".to_vec() });
    let Outcome { said, whole, .. } =
        mailbox.notice(Notice::BodyEnd { kind: BodyKind::Retr, number: 1, octets: 12, complete: false });
    assert!(matches!(said, Some(Said::Error(text)) if text.contains("incomplete")));
    assert!(whole.is_none());
}

#[test]
fn lying_numbers_make_no_rows_beyond_the_cap() {
    let mut mailbox = Mailbox::default();
    mailbox.notice(Notice::Scans(vec![Scan { number: u32::MAX, octets: 1 }, Scan { number: 2, octets: 1 }]));
    assert_eq!(mailbox.rows.len(), 2);
}

#[test]
fn the_end_of_a_session_says_what_became_of_the_marks() {
    for (verdict, words) in [
        (Verdict::Committed, "deleted 1 message"),
        (Verdict::Kept, "nothing deleted"),
        (Verdict::Unknown, "unknown"),
        (Verdict::Refused, "some may be deleted"),
    ] {
        let mut mailbox = open(2);
        mailbox.notice(Notice::Marked(2));
        let Outcome { said, .. } = mailbox.notice(Notice::Ended(Ending { marks: vec![2], verdict, response: None }));
        let Some(Said::Info(text) | Said::Warning(text) | Said::Error(text)) = said else { panic!("nothing said") };
        assert!(text.contains(words), "{text}");
    }
}
