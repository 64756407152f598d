use std::time::Duration;

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
    pane.look_for("\"NOOP 7\"", 5).or_else(|_| pane.look_for("7", 5)).unwrap();
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
