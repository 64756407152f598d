use super::*;
use crate::transcript::sample::{conversation, got, sent};
use crate::transcript::{Limits, Transcript};
use crate::wire::Side;

fn parse(filter: &str) -> Filter {
    Filter::parse(filter).expect("the filters of these tests are sound")
}

fn ids(view: &View) -> Vec<u64> {
    (0..view.len()).filter_map(|row| view.id(row)).collect()
}

#[test]
fn a_view_kept_up_to_date_equals_a_new_one() {
    for filter in ["", "dir:in", "AUTH", "subject", "cmd:RCPT class:5", "nothing-like-it"] {
        let mut transcript = Transcript::new(Limits { entries: 12, ..Limits::default() });
        let mut view = View::new(parse(filter), &transcript);
        for line in 0..60 {
            let (first, last) = (line % 3 == 0, line % 3 == 2);
            transcript.push(sent(Side::Pop3, "STAT"));
            view.catch_up(&transcript);
            transcript.push(got(Side::Smtp, if last { "250 AUTH PLAIN" } else { "250-x" }, first, last));
            view.catch_up(&transcript);
            assert_eq!(ids(&view), ids(&View::new(parse(filter), &transcript)), "{filter}");
        }
    }
}

#[test]
fn an_entry_that_grows_into_the_filter_takes_its_place() {
    let mut transcript = Transcript::default();
    transcript.push(got(Side::Smtp, "250-one", true, false));
    let mut view = View::new(parse("auth"), &transcript);
    transcript.push(got(Side::Pop3, "+OK auth", true, true));
    view.catch_up(&transcript);
    assert_eq!(ids(&view), [1]);
    transcript.push(got(Side::Smtp, "250 AUTH PLAIN", false, true));
    view.catch_up(&transcript);
    assert_eq!(ids(&view), [0, 1]);
}

#[test]
fn rows_and_ids_find_each_other() {
    let transcript = conversation();
    let view = View::new(parse("class:4,5,more"), &transcript);
    assert_eq!(ids(&view), [7, 16, 17]);
    assert_eq!((view.row(16), view.row(10), view.row(99)), (Ok(1), Err(1), Err(3)));
    assert_eq!(view.id(3), None);
    let all = View::new(Filter::default(), &transcript);
    assert_eq!((all.row(7), all.row(1_000)), (Ok(7), Err(transcript.len())));
}

#[test]
fn search_steps_and_goes_round() {
    let transcript = conversation();
    let view = View::new(parse("side:smtp"), &transcript);
    let rcpt = parse("cmd:rcpt dir:out");
    let next = |from| view.next_match(&transcript, &rcpt, from).map(|found| (found.id, found.wrapped));
    let previous = |from| view.previous_match(&transcript, &rcpt, from).map(|found| (found.id, found.wrapped));
    assert_eq!((next(None), next(Some(11)), next(Some(12))), (Some((11, false)), Some((12, false)), Some((11, true))));
    assert_eq!(
        (previous(None), previous(Some(12)), previous(Some(11))),
        (Some((12, false)), Some((11, false)), Some((12, true)))
    );
    // Entry 4 is of the other side: a cursor that the filter hid still has a place.
    assert_eq!((next(Some(4)), previous(Some(4))), (Some((11, false)), Some((12, true))));
    assert_eq!(view.next_match(&transcript, &parse("absent"), None), None);
}
