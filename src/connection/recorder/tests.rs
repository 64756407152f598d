use tokio::sync::mpsc;

use super::*;
use crate::connection::{Recording, Report};
use crate::transcript::Tally;

/// A recorder at work, with what it recorded.
struct Desk {
    recorder: Recorder,
    outbox: Outbox,
    reports: mpsc::Receiver<Report>,
    start: Instant,
    now: Instant,
}

impl Desk {
    fn new() -> Self {
        let (sender, reports) = mpsc::channel(100_000);
        let start = Instant::now();
        Self {
            recorder: Recorder::new(Side::Smtp, 7, start),
            outbox: Outbox::new(sender, Recording::Full),
            reports,
            start,
            now: start,
        }
    }

    fn after(&mut self, milliseconds: u64) -> &mut Self {
        self.now += Duration::from_millis(milliseconds);
        self
    }

    fn sent(&mut self, bytes: &[u8], kind: ChunkKind) -> &mut Self {
        self.recorder.sent(&Chunk::new(bytes, kind), self.now, &mut self.outbox);
        self
    }

    fn received(&mut self, bytes: &[u8], kind: ChunkKind) -> &mut Self {
        self.recorder.received(&Chunk::new(bytes, kind), self.now, &mut self.outbox);
        self
    }

    fn arrived(&mut self) -> &mut Self {
        self.recorder.arrived(self.now);
        self
    }

    fn settle(&mut self) -> &mut Self {
        self.recorder.settle(0, true, self.now, &mut self.outbox);
        self
    }

    fn records(&mut self) -> Vec<Record> {
        self.outbox.flush();
        let mut records = Vec::new();
        while let Ok(Report::Record(record)) = self.reports.try_recv() {
            records.push(record);
        }
        records
    }
}

const REPLY: ChunkKind = ChunkKind::Reply { first: true, last: true };

#[test]
fn lines_are_kept_stamped_and_numbered() {
    let mut desk = Desk::new();
    desk.after(5).received(b"220 hi\r\n", REPLY).after(5).sent(b"QUIT\r\n", ChunkKind::Command);
    let records = desk.records();
    assert_eq!(records[0].bytes, b"220 hi\r\n");
    assert_eq!((records[0].number, records[0].at, records[0].link), (1, Duration::from_millis(5), 7));
    assert_eq!((records[1].number, records[1].at), (2, Duration::from_millis(10)));
    assert_eq!((records[0].direction, records[1].direction), (Direction::Received, Direction::Sent));
}

#[test]
fn secrets_are_masked_in_both_directions() {
    let mut desk = Desk::new();
    let secret = |kind| Chunk { secrets: vec![5..12], ..Chunk::new(*b"PASS hunter2\r\n", kind) };
    desk.recorder.sent(&secret(ChunkKind::Command), desk.now, &mut desk.outbox);
    desk.recorder.received(&secret(REPLY), desk.now, &mut desk.outbox);
    desk.recorder.received(&secret(ChunkKind::Body), desk.now, &mut desk.outbox);
    desk.recorder.finish(b"", desk.now, &mut desk.outbox);
    let records = desk.records();
    assert_eq!(records.len(), 3);
    assert!(records.iter().all(|record| record.bytes == b"PASS ****(7 B)\r\n"), "{records:?}");
}

#[test]
fn the_lapse_runs_from_the_last_write_to_the_first_octet_of_the_reply() {
    let mut desk = Desk::new();
    desk.sent(b"EHLO me\r\n", ChunkKind::Command);
    desk.recorder.wrote(desk.now);
    desk.after(30).arrived();
    desk.recorder.settle(3, false, desk.now, &mut desk.outbox);
    desk.after(50).arrived();
    desk.received(b"250-a\r\n", ChunkKind::Reply { first: true, last: false });
    desk.received(b"250 b\r\n", ChunkKind::Reply { first: false, last: true }).settle();
    let records = desk.records();
    assert_eq!(records[0].lapse, None);
    assert_eq!(records[1].lapse, Some(Duration::from_millis(30)));
    assert_eq!(records[2].lapse, None);
}

#[test]
fn a_greeting_answers_nothing_and_has_no_lapse() {
    let mut desk = Desk::new();
    assert_eq!(desk.received(b"220 hi\r\n", REPLY).records()[0].lapse, None);
}

#[test]
fn a_small_body_is_recorded_by_the_line_with_running_figures() {
    let mut desk = Desk::new();
    for byte in b"ab\r\n..c\r\n" {
        desk.received(&[*byte], ChunkKind::Body).settle();
    }
    desk.received(b".\r\n", ChunkKind::BodyEnd).settle();
    let records = desk.records();
    let bytes: Vec<_> = records.iter().map(|record| record.bytes.as_slice()).collect();
    assert_eq!(bytes, [&b"ab\r\n"[..], b"..c\r\n", b".\r\n"]);
    let octets: Vec<_> = records.iter().map(|record| record.tally.unwrap().octets).collect();
    assert_eq!(octets, [4, 9, 9]);
    assert_eq!(records[2].tally, Some(Tally { octets: 9, lines: 2, stuffed: 1, longest: 3 }));
}

#[test]
fn a_line_end_that_had_to_be_added_counts_to_the_body() {
    let mut desk = Desk::new();
    desk.sent(b"abc", ChunkKind::Body).sent(b"\r\n.\r\n", ChunkKind::BodyEnd);
    let records = desk.records();
    assert_eq!(records[1].tally, Some(Tally { octets: 5, lines: 1, stuffed: 0, longest: 3 }));
}

#[test]
fn of_a_large_body_the_first_part_and_all_figures_are_kept() {
    let mut desk = Desk::new();
    let block = b"0123456789abcde\n".repeat(4096);
    for _ in 0..1600 {
        desk.sent(&block, ChunkKind::Body).settle();
    }
    desk.sent(b".\r\n", ChunkKind::BodyEnd);
    let records = desk.records();
    let kept: usize = records.iter().map(|record| record.bytes.len()).sum();
    assert_eq!(kept, KEPT + 3);
    assert!(records.len() <= 103, "{} records for 100 MiB", records.len());
    assert!(records.iter().all(|record| record.bytes.len() <= KEPT));
    assert_eq!(records.last().unwrap().tally.unwrap().octets, 1600 * 64 * 1024);
    assert_eq!(records.last().unwrap().tally.unwrap().lines, 1600 * 4096);
}

#[test]
fn a_slow_body_reports_its_figures_by_time() {
    let mut desk = Desk::new();
    desk.sent(&vec![b'a'; KEPT], ChunkKind::Body).settle();
    for _ in 0..100 {
        desk.after(10).sent(b"b", ChunkKind::Body).settle();
    }
    let records = desk.records();
    assert_eq!(records.len(), 11, "the kept part, and ten times a second the figures");
    assert!(records[1..].iter().all(|record| record.bytes.is_empty() && record.tally.is_some()));
}

#[test]
fn a_body_cut_off_leaves_its_last_figures_and_its_rest() {
    let mut desk = Desk::new();
    desk.received(&vec![b'a'; KEPT], ChunkKind::Body).settle();
    desk.received(&[b'a'; 10], ChunkKind::Body).settle();
    desk.recorder.finish(b".\r", desk.now, &mut desk.outbox);
    let records = desk.records();
    assert_eq!(records[1].tally.unwrap().octets, KEPT as u64 + 10);
    let last = records.last().unwrap();
    assert_eq!((last.kind, last.expected, last.bytes.as_slice()), (ChunkKind::Stray, false, &b".\r"[..]));
}

#[test]
fn records_keep_the_order_of_the_dialogue() {
    let mut desk = Desk::new();
    desk.sent(b"no line end yet", ChunkKind::Body).settle();
    desk.received(b"421 bye\r\n", REPLY);
    desk.recorder.event("closed", desk.now, &mut desk.outbox);
    let records = desk.records();
    let order: Vec<_> = records.iter().map(|record| record.direction).collect();
    assert_eq!(order, [Direction::Sent, Direction::Received, Direction::Event]);
    assert_eq!(records.iter().map(|record| record.number).collect::<Vec<_>>(), [1, 2, 3]);
}

#[test]
fn each_body_is_counted_from_nothing() {
    let mut desk = Desk::new();
    for _ in 0..2 {
        desk.sent(b"a\r\n", ChunkKind::Body).sent(b".\r\n", ChunkKind::BodyEnd);
    }
    desk.sent(b"b\r\n", ChunkKind::Body).sent(b"RSET\r\n", ChunkKind::Command).sent(b"c\r\n", ChunkKind::Body).settle();
    let octets: Vec<_> = desk.records().iter().filter_map(|record| record.tally).map(|tally| tally.octets).collect();
    assert_eq!(octets, [3, 3, 3, 3, 3, 3]);
    assert!(desk.start <= desk.now);
}
