use super::*;
use crate::mail::View;
use crate::pop3::{Ending, Maildrop, Scan, UniqueId, Verdict};
use crate::wire::limits;

/// A mailbox of so many messages whose sizes are known.
pub(super) fn open(messages: u32) -> Mailbox {
    let mut mailbox = Mailbox::default();
    mailbox.notice(Notice::Scans((1..=messages).map(|number| Scan { number, octets: 0 }).collect()));
    mailbox
}

/// The headers of a message arrive.
pub(super) fn headers(mailbox: &mut Mailbox, number: u32, head: &str) {
    let bytes = format!("{head}\r\n").into_bytes();
    let octets = bytes.len() as u64;
    mailbox.notice(Notice::Body { kind: BodyKind::Top, number, bytes });
    mailbox.notice(Notice::BodyEnd { kind: BodyKind::Top, number, octets, complete: true });
}

/// Command lines as text.
pub(super) fn lines(lines: &[Line]) -> Vec<String> {
    lines.iter().map(Line::shown).collect()
}

fn stat(messages: u32) -> Notice {
    Notice::Maildrop(Maildrop { messages, octets: 1 })
}

fn ends(verb: Verb) -> Notice {
    Notice::ListingEnd { verb, complete: true, bad: 0 }
}

fn pipelined() -> Gives {
    Gives { top: true, pipelining: true }
}

fn refused(verb: Verb, number: Option<u32>) -> Notice {
    let response = Response::parse(b"-ERR no\r\n").unwrap();
    Notice::Replied { verb, number, line: String::new(), response }
}

#[test]
fn stat_alone_costs_nothing() {
    let mut mailbox = Mailbox::default();
    mailbox.begin_listing();
    mailbox.notice(stat(limits::MESSAGES));
    assert_eq!((mailbox.len(), mailbox.count()), (limits::MESSAGES as usize, limits::MESSAGES as usize));
    assert_eq!(mailbox.rows.footprint(), 0);
    assert!(mailbox.view.is_none());
}

#[test]
fn stat_is_followed_by_the_headers_on_screen_newest_first_and_then_by_the_listings() {
    let mut mailbox = Mailbox::default();
    mailbox.begin_listing();
    assert!(mailbox.next_commands(3, pipelined()).is_empty(), "STAT is not answered");
    mailbox.notice(stat(100));
    let asked = lines(&mailbox.next_commands(5, pipelined()));
    assert_eq!(asked[..5], ["TOP 100 0", "TOP 99 0", "TOP 98 0", "TOP 97 0", "TOP 96 0"]);
    assert_eq!(mailbox.shelf.outstanding(), 5);
    headers(&mut mailbox, 100, "Subject: x\r\n");
    assert_eq!(lines(&mailbox.next_commands(5, pipelined()))[..2], ["LIST", "UIDL"]);
    assert!(mailbox.next_commands(5, pipelined()).iter().all(|line| line.verb() == Verb::Top));
}

#[test]
fn without_pipelining_few_are_on_their_way_and_the_listings_come_behind_the_first_screen() {
    let mut mailbox = Mailbox::default();
    mailbox.begin_listing();
    mailbox.notice(stat(100));
    let mut order = Vec::new();
    let mut waiting: std::collections::VecDeque<String> = std::collections::VecDeque::new();
    for _ in 0..20 {
        waiting.extend(lines(&mailbox.next_commands(10, Gives::default())));
        assert!(mailbox.shelf.outstanding() <= 4);
        let Some(line) = waiting.pop_front() else { break };
        if let Some(number) = line.strip_prefix("TOP ").and_then(|rest| rest.split(' ').next()?.parse().ok()) {
            headers(&mut mailbox, number, "Subject: x\r\n");
        }
        order.push(line);
    }
    let list = order.iter().position(|line| line == "LIST").unwrap();
    assert!((8..=12).contains(&list), "{order:?}");
    assert_eq!(order[list + 1], "UIDL");
}

#[test]
fn scrolling_on_cancels_what_was_not_asked_yet() {
    let mut mailbox = open(1_000);
    let first = lines(&mailbox.next_commands(10, Gives::default()));
    assert_eq!(first.len(), 4);
    mailbox.select(500, 10);
    assert!(mailbox.next_commands(10, Gives::default()).is_empty(), "nothing waits for scrolling");
    (997..=1_000).for_each(|number| headers(&mut mailbox, number, ""));
    let next = lines(&mailbox.next_commands(10, Gives::default()));
    assert_eq!(next, ["TOP 509 0", "TOP 508 0", "TOP 507 0", "TOP 506 0"], "996 to 991 are never asked for");
}

#[test]
fn a_little_is_asked_ahead_in_the_direction_of_scrolling() {
    let mut mailbox = open(100);
    mailbox.listing = Listing::Done;
    let mut asked = lines(&mailbox.next_commands(10, pipelined()));
    (91..=100).for_each(|number| headers(&mut mailbox, number, ""));
    asked.extend(lines(&mailbox.next_commands(10, pipelined())));
    assert_eq!(asked[9..], ["TOP 91 0", "TOP 90 0", "TOP 89 0", "TOP 88 0", "TOP 87 0", "TOP 86 0"]);
    (86..=90).for_each(|number| headers(&mut mailbox, number, ""));
    mailbox.select(60, 10);
    mailbox.select(50, 10);
    let asked: Vec<u32> = mailbox.next_commands(10, pipelined()).iter().filter_map(Line::number).collect();
    assert_eq!(asked.len(), 10);
    for number in &asked {
        headers(&mut mailbox, *number, "");
    }
    let ahead: Vec<u32> = mailbox.next_commands(10, pipelined()).iter().filter_map(Line::number).collect();
    assert!(ahead.iter().all(|number| *number > asked[0]), "{ahead:?} before {asked:?}");
}

#[test]
fn list_wins_over_stat_and_the_place_stays_valid() {
    let mut mailbox = Mailbox::default();
    mailbox.begin_listing();
    mailbox.notice(stat(1_000_000));
    mailbox.select(900_000, 10);
    mailbox.next_commands(10, pipelined());
    mailbox.notice(Notice::Scans((1..=3).map(|number| Scan { number, octets: 1 }).collect()));
    let Outcome { said, .. } = mailbox.notice(ends(Verb::List));
    assert!(matches!(said, Some(Said::Warning(text)) if text.contains("LIST counts")));
    assert_eq!((mailbox.len(), mailbox.selected), (3, 2));
    assert_eq!(mailbox.selected_row().unwrap().number, 1);
}

#[test]
fn messages_that_list_leaves_out_are_not_shown_and_not_deleted() {
    let mut mailbox = open(0);
    mailbox.notice(Notice::Scans([1, 3, 5].map(|number| Scan { number, octets: 1 }).to_vec()));
    mailbox.notice(ends(Verb::List));
    mailbox.notice(refused(Verb::Uidl, None));
    let shown: Vec<u32> = (0..9).filter_map(|index| mailbox.number_at(index)).collect();
    assert_eq!(shown, [5, 3, 1]);
    assert_eq!(mailbox.mark_all([1, 2, 3, 4]), 2);
    assert_eq!(lines(&mailbox.next_marks(9)), ["DELE 1", "DELE 3"]);
}

#[test]
fn a_server_without_top_is_told_of_once() {
    let mut mailbox = open(5);
    mailbox.notice(ends(Verb::List));
    let asked = mailbox.next_commands(10, Gives::default());
    assert_eq!(asked.len(), 4);
    for line in &asked {
        mailbox.notice(refused(Verb::Top, line.number()));
    }
    assert!(mailbox.take_news().unwrap().contains("no TOP"));
    assert!(mailbox.next_commands(10, Gives::default()).is_empty() && mailbox.take_news().is_none());
    assert_eq!(mailbox.shown(4).unwrap().headers, Headers::Refused);
}

#[test]
fn a_server_that_announces_no_top_is_not_asked_but_listed() {
    let mut mailbox = Mailbox::default();
    mailbox.begin_listing();
    mailbox.notice(stat(5));
    let gives = Gives { top: false, pipelining: true };
    assert_eq!(lines(&mailbox.next_commands(10, gives)), ["LIST", "UIDL"]);
}

#[test]
fn stat_that_gives_no_numbers_does_not_keep_the_list_away() {
    let mut mailbox = Mailbox::default();
    mailbox.begin_listing();
    mailbox.notice(refused(Verb::Stat, None));
    assert_eq!(lines(&mailbox.next_commands(10, pipelined())), ["LIST", "UIDL"]);
}

#[test]
fn sorting_by_headers_fetches_them_newest_first_up_to_the_cap() {
    let mut mailbox = open(6_000);
    mailbox.listing = Listing::Done;
    mailbox.sort_by(Order { key: Key::Date, reversed: false });
    mailbox.fetch_if_needed();
    let mut asked = 0;
    while mailbox.fetching().is_some() {
        let numbers: Vec<u32> = mailbox.next_commands(0, pipelined()).iter().filter_map(Line::number).collect();
        asked += numbers.len();
        for number in numbers {
            headers(&mut mailbox, number, "Subject: x\r\n");
        }
    }
    assert_eq!(asked, shelf::MOST);
    assert!(mailbox.take_news().unwrap().contains("sorted by the 4096 headers that are here"));
    assert_eq!(mailbox.len(), 6_000);
}

#[test]
fn a_filter_on_headers_fetches_only_what_could_fit() {
    let mut mailbox = open(0);
    mailbox.notice(Notice::Scans((1..=10).map(|number| Scan { number, octets: u64::from(number) }).collect()));
    mailbox.listing = Listing::Done;
    mailbox.filter = Filter::parse("size>8 cats", &jiff::Zoned::default()).unwrap();
    mailbox.arrange();
    mailbox.fetch_if_needed();
    assert_eq!(lines(&mailbox.next_commands(5, pipelined())), ["TOP 10 0", "TOP 9 0"]);
    headers(&mut mailbox, 10, "Subject: Cats\r\n");
    headers(&mut mailbox, 9, "Subject: Dogs\r\n");
    mailbox.next_commands(5, pipelined());
    assert_eq!((mailbox.len(), mailbox.number_at(0), mailbox.fetching()), (1, Some(10), None));
}

#[test]
fn stopping_keeps_what_is_here() {
    let mut mailbox = open(500);
    mailbox.listing = Listing::Done;
    mailbox.filter = Filter::parse("cats", &jiff::Zoned::default()).unwrap();
    mailbox.arrange();
    mailbox.fetch_if_needed();
    mailbox.next_commands(5, pipelined());
    headers(&mut mailbox, 500, "Subject: Cats\r\n");
    assert!(mailbox.stop_fetching() && !mailbox.stop_fetching());
    assert_eq!(mailbox.len(), 1);
    assert!(mailbox.next_commands(0, pipelined()).is_empty());
}

#[test]
fn a_hundred_thousand_rows_take_what_their_columns_take_and_no_more() {
    let mut mailbox = open(100_000);
    mailbox.notice(ends(Verb::List));
    let id = |number: u32| UniqueId { number, id: format!("{number:08x}5f3a9c2e00"), valid: true };
    mailbox.notice(Notice::UniqueIds((1..=100_000).map(id).collect()));
    mailbox.notice(ends(Verb::Uidl));
    mailbox.toggle_all();
    for key in [Key::Size, Key::Flags, Key::Number] {
        mailbox.sort_by(Order { key, reversed: key == Key::Flags });
        let index = mailbox.view.as_ref().map_or(0, |view| view.capacity() * size_of::<u32>());
        assert!(index <= 400_000 && (key != Key::Number || index == 0), "{key:?}: {index}");
        assert!(mailbox.rows.footprint() + index + mailbox.chosen.footprint() <= 45 * 100_000);
    }
    for index in (0..100_000).step_by(997) {
        mailbox.select(index, 40);
        assert!(mailbox.next_commands(40, pipelined()).len() <= 64);
        assert!(mailbox.shelf.outstanding() <= 64);
    }
    mailbox.filter = Filter::parse("size>0", &jiff::Zoned::default()).unwrap();
    mailbox.arrange();
    assert_eq!((mailbox.len(), mailbox.selected, mailbox.top), (0, 0, 0));
}

#[test]
fn a_million_messages_are_listed() {
    let mut mailbox = open(limits::MESSAGES);
    mailbox.notice(ends(Verb::List));
    assert_eq!((mailbox.len(), mailbox.number_at(999_999)), (1_000_000, Some(1)));
    assert!(mailbox.rows.footprint() <= 9_000_000);
}

#[test]
fn a_refused_reset_leaves_nothing_to_mark_again() {
    let mut mailbox = open(2);
    mailbox.notice(refused(Verb::Uidl, None));
    mailbox.notice(Notice::Marked(1));
    mailbox.notice(Notice::Marked(2));
    mailbox.unmark(2);
    mailbox.reset_refused();
    mailbox.unmark_all();
    mailbox.notice(Notice::MarksCleared);
    assert!(mailbox.next_marks(9).is_empty());
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
    mailbox.show_message(number, raw, View::default());
    assert!(mailbox.message.unwrap().is_cut());
}

#[test]
fn a_message_of_an_earlier_session_is_not_shown_under_the_same_number() {
    let mut mailbox = open(1);
    let arrive = |mailbox: &mut Mailbox, bytes: &[u8]| {
        mailbox.open_selected();
        mailbox.notice(Notice::Body { kind: BodyKind::Retr, number: 1, bytes: bytes.to_vec() });
        let octets = bytes.len() as u64;
        let end = Notice::BodyEnd { kind: BodyKind::Retr, number: 1, octets, complete: true };
        mailbox.notice(end).whole.unwrap().1
    };
    let old = arrive(&mut mailbox, b"old");
    mailbox.begin();
    let new = arrive(&mut mailbox, b"new");
    mailbox.show_message(1, old, View::default());
    assert!(mailbox.message.is_none() && mailbox.is_on_its_way(1));
    mailbox.show_message(1, Arc::clone(&new), View::default());
    assert!(mailbox.message_of(&new).is_some());
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
    assert_eq!(mailbox.len(), 2);
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
