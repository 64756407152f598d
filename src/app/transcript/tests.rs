use std::time::Duration;

use super::finding::Looked;
use super::*;
use crate::transcript::Direction;
use crate::wire::{ChunkKind, Side};

fn pane(commands: u64) -> TranscriptPane {
    let mut pane = TranscriptPane::default();
    for number in 0..commands {
        pane.push(record(number, Direction::Sent, ChunkKind::Command, &format!("NOOP {number}\r\n")));
    }
    pane
}

fn record(number: u64, direction: Direction, kind: ChunkKind, text: &str) -> Record {
    Record {
        number,
        side: Side::Smtp,
        link: 1,
        at: Duration::from_millis(number),
        lapse: None,
        direction,
        kind,
        expected: true,
        tls: false,
        bytes: text.as_bytes().to_vec(),
        tally: None,
    }
}

fn shown(pane: &TranscriptPane, rows: usize) -> Vec<u64> {
    pane.on_screen(rows).iter().map(|place| place.id).collect()
}

#[test]
fn following_shows_the_end_and_scrolling_up_pauses() {
    let mut pane = pane(100);
    assert_eq!(shown(&pane, 3), [97, 98, 99]);
    pane.move_by(-1, 3);
    assert!(!pane.follow);
    assert_eq!(pane.position(), 99);
    pane.push(record(100, Direction::Sent, ChunkKind::Command, "NOOP\r\n"));
    assert_eq!((shown(&pane, 3), pane.unseen()), (vec![97, 98, 99], 1));
    pane.go_to_bottom();
    assert_eq!((shown(&pane, 3), pane.unseen()), (vec![98, 99, 100], 0));
}

#[test]
fn the_cursor_stays_on_screen() {
    let mut pane = pane(50);
    pane.move_by(-20, 10);
    assert!(shown(&pane, 10).contains(&pane.cursor().unwrap().id));
    pane.go_to_top(10);
    assert_eq!(shown(&pane, 2), [0, 1]);
    pane.move_by(15, 10);
    assert_eq!(pane.cursor().unwrap().id, 15);
    assert_eq!(shown(&pane, 10).last(), Some(&15));
}

#[test]
fn a_reply_of_many_lines_unfolds_line_by_line() {
    let mut pane = pane(1);
    for (index, (first, last)) in [(true, false), (false, false), (false, true)].into_iter().enumerate() {
        let kind = ChunkKind::Reply { first, last };
        let dash = if last { ' ' } else { '-' };
        pane.push(record(1 + index as u64, Direction::Received, kind, &format!("250{dash}line {index}\r\n")));
    }
    assert_eq!(pane.len(), 2);
    pane.toggle_fold(10);
    assert_eq!(pane.on_screen(10).len(), 5);
    pane.toggle_fold(10);
    assert_eq!(pane.on_screen(10).len(), 2);
}

#[test]
fn what_is_looked_for_is_found_and_the_rest_can_be_hidden() {
    let mut pane = pane(30);
    assert_eq!(pane.look_for("\"NOOP 7\"", 5), Ok(Looked::Here));
    assert!(pane.selected().unwrap().summary().contains('7'));
    pane.toggle_hiding(5);
    assert!(pane.len() < 30);
    pane.toggle_hiding(5);
    assert_eq!(pane.len(), 30);
    assert!(pane.look_for("class:nonsense", 5).is_err());
}

#[test]
fn rows_that_the_ring_gave_up_are_left_behind() {
    let mut pane = TranscriptPane::new(Limits { entries: 10, ..Limits::default() });
    for number in 0..100 {
        pane.push(record(number, Direction::Sent, ChunkKind::Command, "NOOP\r\n"));
        if number == 20 {
            pane.move_by(-2, 4);
        }
    }
    assert_eq!(pane.on_screen(4).len(), 4);
    assert!(pane.cursor().unwrap().id >= 90);
}

/// Does all slices that are left; how many, and what came of the search.
fn look_on(pane: &mut TranscriptPane) -> (usize, Option<Looked>) {
    let mut slices = 0;
    while pane.is_looking() {
        slices += 1;
        if let Some(looked) = pane.look_on(5) {
            return (slices, Some(looked));
        }
    }
    (slices, None)
}

#[test]
fn a_long_search_goes_on_in_slices_until_it_is_stopped() {
    let mut pane = pane(200_000);
    assert_eq!(pane.look_for("absent", 5), Ok(Looked::Going));
    assert!(pane.progress().is_some_and(|(work, percent)| work == "searching" && percent < 100));
    assert!(pane.stop_looking() && !pane.is_looking());
    assert_eq!(pane.find(true, 5), Looked::Going);
    pane.push(record(200_000, Direction::Sent, ChunkKind::Command, "NOOP last\r\n"));
    let (slices, looked) = look_on(&mut pane);
    assert!(slices > 3 && looked == Some(Looked::Nowhere), "{slices} {looked:?}");
    assert_eq!(pane.look_for("arg:17", 5), Ok(Looked::Going));
    assert_eq!(look_on(&mut pane).1, Some(Looked::Here));
    assert_eq!(pane.selected().unwrap().summary(), "NOOP 17");
}

#[test]
fn rows_are_hidden_in_slices_and_new_ones_join_them() {
    let mut pane = pane(200_000);
    pane.look_for("NOOP 199999", 5).unwrap();
    pane.toggle_hiding(5);
    assert!(pane.is_looking() && pane.len() == 0);
    pane.push(record(200_000, Direction::Sent, ChunkKind::Command, "NOOP 199999 once more\r\n"));
    look_on(&mut pane);
    assert_eq!(pane.len(), 2);
    pane.push(record(200_001, Direction::Sent, ChunkKind::Command, "NOOP 199999 and more\r\n"));
    assert_eq!((pane.len(), pane.is_looking()), (3, false));
}

#[test]
fn what_is_gone_back_to_is_shown_though_it_was_hidden() {
    let mut pane = pane(30);
    pane.look_for("\"NOOP 7\"", 5).unwrap();
    pane.toggle_hiding(5);
    assert_eq!(pane.find_last(Filter::commands_about(&["NOOP"], Some("12")), 5), Looked::Here);
    assert_eq!((pane.cursor().unwrap().id, pane.len()), (12, 30));
}

#[test]
fn a_kind_is_unfolded_also_for_rows_to_come_and_single_rows_differ() {
    let reply = |pane: &mut TranscriptPane, number: u64| {
        for (first, last) in [(true, false), (false, true)] {
            let dash = if last { ' ' } else { '-' };
            let kind = ChunkKind::Reply { first, last };
            pane.push(record(number, Direction::Received, kind, &format!("250{dash}line\r\n")));
        }
    };
    let mut pane = pane(1);
    assert!(pane.toggle_kind(20).is_some_and(|done| done.is_err()), "a command is one line");
    reply(&mut pane, 1);
    assert_eq!(pane.toggle_kind(20), Some(Ok("replies of several lines are unfolded, also those to come".to_owned())));
    reply(&mut pane, 2);
    pane.push(record(3, Direction::Received, ChunkKind::Reply { first: true, last: true }, "250 one line\r\n"));
    assert_eq!(pane.on_screen(20).len(), 1 + 3 + 3 + 1);
    pane.go_to(2, 20);
    pane.toggle_fold(20);
    assert_eq!(pane.on_screen(20).len(), 1 + 3 + 1 + 1);
    pane.toggle_kind(20);
    assert_eq!(pane.on_screen(20).len(), 4);
}

#[test]
fn marks_stay_with_their_rows_and_are_gone_through_where_they_are_shown() {
    let mut pane = pane(30);
    assert!(pane.annotate(7, Some(String::new())) && pane.annotate(12, Some("slow".to_owned())));
    pane.go_to_top(5);
    for id in [7, 12, 7] {
        let next = pane.next_mark().unwrap().unwrap();
        pane.go_to(next, 5);
        assert_eq!(next, id);
    }
    pane.look_for("\"NOOP 12\"", 5).unwrap();
    pane.toggle_hiding(5);
    assert_eq!(pane.next_mark(), Ok(Some(12)));
    pane.look_for("\"NOOP 20\"", 5).unwrap();
    assert_eq!(pane.next_mark(), Err(()));
    pane.look_for("note:yes", 5).unwrap();
    assert_eq!(pane.len(), 2);
    pane.annotate(7, None);
    assert_eq!(pane.len(), 1, "a row that lost its mark matches no more");
    assert!(!pane.annotate(99, Some(String::new())), "there is no such row");
}

#[test]
fn a_selection_holds_the_rows_shown_between_its_ends_whichever_way_it_grew() {
    let mut pane = pane(30);
    pane.go_to(10, 10);
    assert!(pane.toggle_selection(10));
    pane.move_by(-3, 10);
    let ids = |pane: &TranscriptPane| pane.selection().unwrap().map(|entry| entry.id()).collect::<Vec<_>>();
    assert_eq!(ids(&pane), [7, 8, 9, 10]);
    pane.move_by(5, 10);
    assert_eq!((ids(&pane), pane.selection_len()), (vec![10, 11, 12], 3));
    pane.push(record(30, Direction::Sent, ChunkKind::Command, "NOOP\r\n"));
    assert_eq!(pane.selection_len(), 3, "the end of it does not follow");
    assert!(pane.end_selection() && pane.selection_len() == 0);
}

#[test]
fn octets_are_paged_and_start_anew_for_another_row() {
    let mut pane = pane(1);
    pane.push(record(1, Direction::Received, ChunkKind::Body, &"x".repeat(100)));
    pane.toggle_bytes();
    let shown = |pane: &TranscriptPane| pane.octets_on_screen(4, 16).map(|(range, len)| (range.start, range.end, len));
    assert_eq!(shown(&pane), Some((0, 64, 100)));
    assert!(pane.page_bytes(true, 4, 16));
    assert_eq!(shown(&pane), Some((48, 100, 100)), "the end fills the screen");
    pane.page_bytes(false, 4, 16);
    assert_eq!(shown(&pane), Some((0, 64, 100)));
    pane.page_bytes(true, 4, 16);
    pane.move_by(-1, 10);
    assert_eq!(shown(&pane), Some((0, 8, 8)));
    for height in 0..40 {
        assert!(pane.bytes_rows(height) + 3 <= height || pane.bytes_rows(height) == 0, "{height}");
    }
}

#[test]
fn a_step_is_counted_from_the_row_that_is_shown_before() {
    let mut pane = pane(30);
    assert_eq!((pane.before(0), pane.before(9)), (None, Some(Duration::from_millis(8))));
    pane.look_for("\"NOOP 2\"", 5).unwrap();
    pane.toggle_hiding(5);
    assert_eq!(pane.before(20), Some(Duration::from_millis(2)));
}
