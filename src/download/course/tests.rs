mod model;

use super::*;
use crate::pop3::Response;

fn wanted(numbers: std::ops::RangeInclusive<u32>, octets: u64) -> Vec<Wanted> {
    numbers.map(|number| Wanted { number, octets: Some(octets), uid: Some(format!("id-{number}").into()) }).collect()
}

fn drain(course: &mut Course) -> Vec<String> {
    let show = |step| match step {
        Step::Send(line) => String::from_utf8_lossy(line.bytes()).into_owned(),
        Step::Keep(Order::Begin(wanted)) => format!("begin {}", wanted.number),
        Step::Keep(Order::Piece(bytes)) => format!("piece {}", bytes.len()),
        Step::Keep(order) => format!("{order:?}").to_lowercase(),
        Step::Done(_) => "done".to_owned(),
    };
    std::iter::from_fn(|| course.poll()).map(show).collect()
}

/// Polls until the end, and gives it.
fn outcome(course: &mut Course) -> Outcome {
    std::iter::from_fn(|| course.poll())
        .find_map(|step| if let Step::Done(outcome) = step { Some(outcome) } else { None })
        .unwrap()
}

fn replied(verb: Verb, number: u32, line: &[u8]) -> Notice {
    Notice::Replied { verb, number: Some(number), line: String::new(), response: Response::parse(line).unwrap() }
}

/// The notices of a message that comes whole.
fn message(number: u32, octets: usize) -> [Notice; 3] {
    [
        replied(Verb::Retr, number, b"+OK"),
        Notice::Body { kind: BodyKind::Retr, number, bytes: vec![b'x'; octets] },
        Notice::BodyEnd { kind: BodyKind::Retr, number, octets: octets as u64, complete: true },
    ]
}

fn give(course: &mut Course, notices: impl IntoIterator<Item = Notice>, now: Instant) {
    for notice in notices {
        course.notice(notice, now);
    }
}

#[test]
fn a_message_is_asked_for_kept_made_safe_and_then_marked() {
    let now = Instant::now();
    let mut course = Course::new(wanted(1..=2, 10), true, now);
    assert_eq!(drain(&mut course), ["RETR 1", "RETR 2"]);
    give(&mut course, message(1, 3), now);
    assert_eq!(drain(&mut course), ["begin 1", "piece 3", "end"]);
    give(&mut course, message(2, 0), now);
    assert_eq!(drain(&mut course), ["begin 2", "piece 0", "end", "sync"]);
    course.kept(Kept::Safe(vec![1, 2]), now);
    assert_eq!(drain(&mut course), ["DELE 1", "DELE 2"]);
    course.notice(Notice::Marked(1), now);
    course.notice(replied(Verb::Dele, 2, b"-ERR locked"), now);
    let outcome = outcome(&mut course);
    assert_eq!((outcome.safe, outcome.marked, outcome.left), (vec![1, 2], vec![1], 0));
    assert!(outcome.unmarked[0].1.contains("locked") && outcome.why.is_none());
    assert_eq!(course.poll(), None);
}

#[test]
fn what_an_earlier_download_made_safe_is_marked_too_unless_it_is_stopped() {
    let now = Instant::now();
    let begun = || {
        let mut course = Course::new(wanted(3..=3, 10), true, now);
        course.mark_earlier((1..=2).collect());
        assert_eq!(drain(&mut course), ["RETR 3", "DELE 1", "DELE 2"]);
        course
    };
    let mut course = begun();
    give(&mut course, [Notice::Marked(1), Notice::Marked(2)], now);
    give(&mut course, message(3, 3), now);
    assert_eq!(drain(&mut course), ["begin 3", "piece 3", "end", "sync"]);
    course.kept(Kept::Safe(vec![3]), now);
    assert_eq!(drain(&mut course), ["DELE 3"]);
    course.notice(Notice::Marked(3), now);
    let ended = outcome(&mut course);
    assert_eq!((ended.safe, ended.marked, ended.left), (vec![3], vec![1, 2, 3], 0));

    let mut course = Course::new(Vec::new(), true, now);
    course.mark_earlier((1..=600).collect());
    assert_eq!(drain(&mut course).len(), 512, "no more than are answered are on their way");
    course.stop();
    give(&mut course, (1..=512).map(Notice::Marked), now);
    assert_eq!(outcome(&mut course).marked.len(), 512, "the others are spared");
}

#[test]
fn without_delete_or_an_id_of_its_own_nothing_is_marked() {
    for (delete, without_id) in [(false, 0), (true, 1)] {
        let now = Instant::now();
        let one = Wanted { number: 7, octets: None, uid: None };
        let mut course = Course::new(vec![one], delete, now);
        drain(&mut course);
        give(&mut course, message(7, 9), now);
        drain(&mut course);
        course.kept(Kept::Safe(vec![7]), now);
        let outcome = outcome(&mut course);
        assert_eq!((outcome.safe, outcome.marked, outcome.without_id), (vec![7], vec![], without_id));
    }
}

#[test]
fn what_nobody_asked_for_is_passed_over() {
    let now = Instant::now();
    let mut course = Course::new(wanted(5..=6, 10), true, now);
    drain(&mut course);
    give(&mut course, message(6, 3), now);
    give(&mut course, [Notice::Body { kind: BodyKind::Top, number: 5, bytes: b"Subject: x".to_vec() }], now);
    course.notice(Notice::Marked(5), now);
    course.kept(Kept::Safe(vec![5, 6]), now);
    assert_eq!(drain(&mut course), Vec::<String>::new());
    give(&mut course, message(5, 3), now);
    assert_eq!(drain(&mut course), ["begin 5", "piece 3", "end"]);
}

#[test]
fn octets_are_for_the_keeper_from_the_answer_to_the_end_and_of_that_message_only() {
    let now = Instant::now();
    let mut course = Course::new(wanted(5..=6, 10), false, now);
    drain(&mut course);
    assert!(!course.is_receiving(5));
    let [answer, body, end] = message(5, 3);
    give(&mut course, [answer, body], now);
    assert!(course.is_receiving(5) && !course.is_receiving(6));
    give(&mut course, [end], now);
    assert!(!course.is_receiving(5));
}

#[test]
fn a_refused_message_is_told_and_the_rest_goes_on() {
    let now = Instant::now();
    let mut course = Course::new(wanted(1..=2, 10), false, now);
    drain(&mut course);
    course.notice(replied(Verb::Retr, 1, b"-ERR no such message"), now);
    give(&mut course, message(2, 1), now);
    drain(&mut course);
    course.kept(Kept::Safe(vec![2]), now);
    let outcome = outcome(&mut course);
    assert_eq!((outcome.safe, outcome.left, outcome.why), (vec![2], 0, None));
    assert!(matches!(&outcome.refused[..], [(1, why)] if why.contains("no such message")));
}

#[test]
fn a_torso_is_discarded_and_what_is_whole_made_safe() {
    let now = Instant::now();
    let mut course = Course::new(wanted(1..=3, 10), true, now);
    drain(&mut course);
    give(&mut course, message(1, 1), now);
    course.notice(replied(Verb::Retr, 2, b"+OK"), now);
    course.notice(Notice::BodyEnd { kind: BodyKind::Retr, number: 2, octets: 0, complete: false }, now);
    course.notice(Notice::Closed { clean: false }, now);
    assert_eq!(drain(&mut course), ["begin 1", "piece 1", "end", "begin 2", "discard", "sync"]);
    course.kept(Kept::Safe(vec![1]), now);
    let outcome = outcome(&mut course);
    assert_eq!((outcome.safe, outcome.marked, outcome.left), (vec![1], vec![], 2));
    assert!(outcome.why.unwrap().contains("message 2"));
}

#[test]
fn a_message_that_lost_octets_on_the_way_is_no_message() {
    let now = Instant::now();
    let mut course = Course::new(wanted(1..=2, 10), true, now);
    drain(&mut course);
    let [answer, piece, _] = message(1, 5);
    let end = Notice::BodyEnd { kind: BodyKind::Retr, number: 1, octets: 6, complete: true };
    give(&mut course, [answer, piece, end], now);
    give(&mut course, message(2, 1), now);
    assert_eq!(drain(&mut course), ["begin 1", "piece 5", "discard", "begin 2", "piece 1", "end", "sync"]);
    course.kept(Kept::Safe(vec![2]), now);
    assert_eq!(drain(&mut course), ["DELE 2"]);
    course.notice(Notice::Marked(2), now);
    assert!(matches!(&outcome(&mut course).refused[..], [(1, why)] if why.contains("lost")));
}

#[test]
fn a_stop_finishes_what_is_in_flight() {
    let now = Instant::now();
    let mut course = Course::new(wanted(1..=3, 3 * 1024 * 1024), false, now);
    assert_eq!(drain(&mut course), ["RETR 1"]);
    course.stop();
    give(&mut course, message(1, 1), now);
    assert_eq!(drain(&mut course), ["begin 1", "piece 1", "end", "sync"]);
    course.kept(Kept::Safe(vec![1]), now);
    let outcome = outcome(&mut course);
    assert_eq!((outcome.safe, outcome.left), (vec![1], 2));
}

#[test]
fn what_is_whole_when_it_is_stopped_is_made_safe_and_marked() {
    let now = Instant::now();
    let mut course = Course::new(wanted(1..=3, 3 * 1024 * 1024), true, now);
    drain(&mut course);
    give(&mut course, message(1, 1), now);
    assert_eq!(drain(&mut course), ["begin 1", "piece 1", "end", "RETR 2"]);
    course.stop();
    give(&mut course, message(2, 1), now);
    assert_eq!(drain(&mut course), ["begin 2", "piece 1", "end", "sync"]);
    course.kept(Kept::Safe(vec![1, 2]), now);
    assert_eq!(drain(&mut course), ["DELE 1", "DELE 2"]);
    give(&mut course, [Notice::Marked(1), Notice::Marked(2)], now);
    let outcome = outcome(&mut course);
    assert_eq!((outcome.safe, outcome.marked, outcome.left), (vec![1, 2], vec![1, 2], 1));
}

#[test]
fn after_the_disk_failed_nothing_is_asked_and_only_the_safe_is_marked() {
    let now = Instant::now();
    let mut course = Course::new(wanted(1..=600, 10), true, now);
    drain(&mut course);
    for number in 1..=512 {
        give(&mut course, message(number, 1), now);
    }
    assert_eq!(drain(&mut course).last().map(String::as_str), Some("RETR 600"));
    course.kept(Kept::Safe((1..=512).collect()), now);
    assert!(drain(&mut course).contains(&"DELE 512".to_owned()));
    give(&mut course, message(513, 1), now);
    course.kept(Kept::Failed("no space left".into()), now);
    assert_eq!(drain(&mut course), Vec::<String>::new());
    give(&mut course, (514..=600).flat_map(|number| message(number, 1)), now);
    give(&mut course, (1..=512).map(Notice::Marked), now);
    let outcome = outcome(&mut course);
    assert_eq!((outcome.safe.len(), outcome.marked.len(), outcome.left), (512, 512, 88));
    assert_eq!(outcome.why.as_deref(), Some("no space left"));
}

#[test]
fn a_disk_that_fails_before_anything_is_safe_ends_it_at_once() {
    let now = Instant::now();
    let mut course = Course::new(wanted(1..=3, 10), true, now);
    drain(&mut course);
    course.kept(Kept::Failed("read-only".into()), now);
    assert_eq!(drain(&mut course), ["done"]);
}

#[test]
fn making_safe_is_ordered_by_number_by_octets_and_by_time_and_once() {
    let start = Instant::now();
    let syncs = |messages: u32, octets: usize, seconds: u64| {
        let mut course = Course::new(wanted(1..=1000, 10), false, start);
        drain(&mut course);
        give(&mut course, message(1, 1), start);
        let now = start + Duration::from_secs(seconds);
        give(&mut course, (2..=messages).flat_map(|number| message(number, octets)), now);
        drain(&mut course).iter().filter(|step| *step == "sync").count()
    };
    for (messages, octets, seconds, expected) in
        [(2, 1, 0, 0), (2, 1, 5, 1), (511, 1, 0, 0), (512, 1, 0, 1), (18, 1024 * 1024, 0, 1)]
    {
        assert_eq!(syncs(messages, octets, seconds), expected, "{messages} {octets} {seconds}");
    }
}

#[test]
fn a_reset_by_somebody_else_takes_the_marks_away() {
    let now = Instant::now();
    let mut course = Course::new(wanted(1..=1, 10), true, now);
    drain(&mut course);
    give(&mut course, message(1, 1), now);
    drain(&mut course);
    course.kept(Kept::Safe(vec![1]), now);
    drain(&mut course);
    give(&mut course, [Notice::Marked(1), Notice::MarksCleared], now);
    let outcome = outcome(&mut course);
    assert_eq!((outcome.marked.len(), outcome.unmarked.len()), (0, 1));
}

#[test]
fn nothing_wanted_is_done_at_once() {
    assert_eq!(drain(&mut Course::new(Vec::new(), true, Instant::now())), ["done"]);
}
