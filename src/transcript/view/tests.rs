use super::*;
use crate::transcript::budget::Budget;
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
    let hit = |forward, from, wanted: &Filter| {
        let mut search = Search::new(forward, from);
        match search.advance(&view, &transcript, wanted, &mut Budget::endless()) {
            Searched::Found(found) => Some((found.id, found.wrapped)),
            Searched::Nowhere => None,
            Searched::NotYet => panic!("the budget has no end"),
        }
    };
    let next = |from| hit(true, from, &rcpt);
    let previous = |from| hit(false, from, &rcpt);
    assert_eq!((next(None), next(Some(11)), next(Some(12))), (Some((11, false)), Some((12, false)), Some((11, true))));
    assert_eq!(
        (previous(None), previous(Some(12)), previous(Some(11))),
        (Some((12, false)), Some((11, false)), Some((12, true)))
    );
    // Entry 4 is of the other side: a cursor that the filter hid still has a place.
    assert_eq!((next(Some(4)), previous(Some(4))), (Some((11, false)), Some((12, true))));
    for from in [None, Some(4), Some(11)] {
        assert_eq!((hit(true, from, &parse("absent")), hit(false, from, &parse("absent"))), (None, None));
    }
}

/// Commands, so many.
fn long(rows: u64) -> Transcript {
    let mut transcript = Transcript::default();
    for number in 0..rows {
        transcript.push(sent(Side::Smtp, &format!("NOOP {number}")));
    }
    transcript
}

#[test]
fn a_search_that_finds_nothing_in_a_million_rows_looks_at_few_of_them_between_two_keys() {
    let transcript = long(1_000_000);
    let view = View::new(Filter::default(), &transcript);
    for forward in [true, false] {
        let (mut search, mut slices) = (Search::new(forward, Some(500_000)), 0);
        loop {
            let mut budget = Budget::slice();
            let searched = search.advance(&view, &transcript, &parse("absent"), &mut budget);
            assert!(budget.looked_at() <= 40_000, "{}", budget.looked_at());
            slices += 1;
            if searched == Searched::Nowhere {
                break;
            }
            assert_eq!(searched, Searched::NotYet);
        }
        assert!(slices < 60, "{slices}: slices that small never come to an end");
        assert_eq!(search.looked_at(), 1_000_000, "each row once");
    }
}

#[test]
fn a_view_of_a_million_rows_is_made_in_slices_and_equals_one_made_at_once() {
    let mut transcript = long(100_000);
    let filter = parse("\"NOOP 777\"");
    let mut view = View::begin(filter.clone());
    let mut slices = 0;
    while view.is_behind(&transcript) {
        let mut budget = Budget::slice();
        view.advance(&transcript, &mut budget);
        assert!(budget.looked_at() <= 40_000, "{}", budget.looked_at());
        slices += 1;
        if slices == 1 {
            transcript.push(sent(Side::Smtp, "NOOP 777"));
        }
    }
    assert!(slices > 2 && view.progress(&transcript) == 100, "{slices}");
    assert_eq!(ids(&view), ids(&View::new(filter, &transcript)));
}

#[test]
fn a_long_reply_is_not_looked_at_again_for_each_of_its_lines() {
    let mut transcript = Transcript::default();
    let mut view = View::begin(parse("absent"));
    let mut looked = 0;
    for line in 0..1_000 {
        transcript.push(got(Side::Smtp, "250-a line of the reply", line == 0, line == 999));
        let mut budget = Budget::endless();
        view.advance(&transcript, &mut budget);
        looked += budget.looked_at();
    }
    assert!(looked <= 12, "{looked}");
}

#[test]
fn what_matches_no_more_when_it_has_grown_or_lost_its_note_leaves() {
    let mut transcript = Transcript::default();
    transcript.push(got(Side::Smtp, "250-one", true, false));
    let (mut without, mut noted) = (View::new(parse("-auth"), &transcript), View::new(parse("note:yes"), &transcript));
    assert_eq!((ids(&without), ids(&noted)), (vec![0], vec![]));
    transcript.push(got(Side::Smtp, "250 AUTH PLAIN", false, true));
    transcript.annotate(0, Some(String::new()));
    without.catch_up(&transcript);
    noted.reconsider(&transcript, 0);
    assert_eq!((ids(&without), ids(&noted)), (vec![], vec![0]));
    transcript.annotate(0, None);
    noted.reconsider(&transcript, 0);
    assert!(ids(&noted).is_empty());
}
