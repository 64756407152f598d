//! What holds for every conversation, and what the dialogues in `tests/` cannot see: chunks, marks, clocks, floods.

mod cuts;
mod flights;
mod plans;
mod properties;

use std::time::{Duration, Instant};

use super::{Dialect, Session};
use crate::smtp::{Command, Line, MailId, MailOutcome, Notice, State, Transaction};
use crate::wire::limits::{REPLY_LINES, REPLY_OCTETS};
use crate::wire::secret::masked;
use crate::wire::{Chunk, ChunkKind, Engine, Output, Timeouts, Wait};

/// What came out of a session.
#[derive(Default)]
struct Seen {
    transmitted: Vec<Chunk>,
    received: Vec<Chunk>,
    notices: Vec<Notice>,
    wanted: usize,
    closed: bool,
}

impl Seen {
    fn drain(&mut self, session: &mut Session) {
        while let Some(output) = session.poll() {
            match output {
                Output::Transmit(chunk) => {
                    assert!(!self.closed, "nothing is written after the close: {chunk:?}");
                    self.transmitted.push(chunk);
                }
                Output::Received(chunk) => self.received.push(chunk),
                Output::Notify(notice) => self.notices.push(notice),
                Output::WantBody(_) => self.wanted += 1,
                Output::StartTls => {}
                Output::Close => self.closed = true,
            }
        }
    }

    fn written(&self) -> Vec<u8> {
        self.transmitted.iter().flat_map(|chunk| chunk.bytes.clone()).collect()
    }

    fn read(&self) -> Vec<u8> {
        self.received.iter().flat_map(|chunk| chunk.bytes.clone()).collect()
    }

    fn outcomes(&self) -> Vec<(MailId, MailOutcome)> {
        let done = |notice: &Notice| match notice {
            Notice::MailDone(report) => Some((report.id, report.outcome)),
            _ => None,
        };
        self.notices.iter().filter_map(done).collect()
    }
}

/// A session and what came out of it, for tests that only speak.
struct Talk {
    session: Session,
    seen: Seen,
    start: Instant,
    now: Instant,
}

impl Talk {
    fn new() -> Self {
        let now = Instant::now();
        let session = Session::new(Dialect::Smtp, Timeouts::default(), now);
        Self { session, seen: Seen::default(), start: now, now }
    }

    fn greeted() -> Self {
        let mut talk = Self::new();
        talk.server("220 sandbox.test ESMTP\r\n");
        talk
    }

    /// Greeted, and as far as 354.
    fn in_body() -> Self {
        let mut talk = Self::greeted();
        talk.submit(Command::Mail(mail(1)));
        talk.server("250 ok\r\n");
        talk.server("250 ok\r\n");
        talk.server("354 go\r\n");
        talk
    }

    fn server(&mut self, bytes: &str) {
        self.session.receive(bytes.as_bytes(), self.now);
        self.seen.drain(&mut self.session);
    }

    fn submit(&mut self, command: Command) {
        self.session.submit(command, self.now);
        self.seen.drain(&mut self.session);
    }

    fn typed(&mut self, line: &str) {
        self.submit(Command::Line(Line::typed(line).unwrap()));
    }

    fn body(&mut self, bytes: &[u8], last: bool) {
        self.session.body(bytes, last, self.now);
        self.seen.drain(&mut self.session);
    }

    /// Seconds from the start to the deadline.
    fn deadline(&self) -> Option<u64> {
        self.session.deadline().map(|deadline| (deadline - self.start).as_secs())
    }

    fn sleep(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
    }

    fn last_received(&self) -> &Chunk {
        self.seen.received.last().unwrap()
    }
}

fn mail(id: u64) -> Transaction {
    let (from, to) = ("a@sandbox.test".to_owned(), vec!["b@sandbox.test".to_owned()]);
    Transaction::new(MailId(id), from, to)
}

#[test]
fn each_line_of_a_reply_is_a_chunk_of_its_own() {
    let mut talk = Talk::greeted();
    talk.typed("EHLO desk.test");
    talk.server("250-a\r\n250-b\n250 c\r\n");
    let kinds: Vec<ChunkKind> = talk.seen.received.iter().map(|chunk| chunk.kind).collect();
    let reply = |first, last| ChunkKind::Reply { first, last };
    assert_eq!(kinds, [reply(true, true), reply(true, false), reply(false, false), reply(false, true)]);
    assert!(talk.seen.received.iter().all(|chunk| chunk.expected));
}

#[test]
fn chunks_that_the_state_did_not_call_for_are_marked() {
    for (typed, reply, expected) in [
        ("NOOP", "250 ok\r\n", true),
        ("NOOP", "500 no\r\n", true),
        ("NOOP", "354 go\r\n", false),
        ("DATA", "250 ok\r\n", false),
        ("XYZZY", "354 odd\r\n", true),
    ] {
        let mut talk = Talk::greeted();
        talk.typed(typed);
        talk.server(reply);
        assert_eq!(talk.last_received().expected, expected, "{typed} {reply}");
    }
    let mut idle = Talk::greeted();
    idle.server("421 gone\r\n");
    assert!(!idle.last_received().expected);
    idle.server("after the end");
    let last = idle.last_received();
    assert_eq!((last.kind, last.expected, last.bytes.as_slice()), (ChunkKind::Stray, false, &b"after the end"[..]));
}

#[test]
fn secrets_are_marked_in_both_directions() {
    let mut talk = Talk::greeted();
    talk.typed("AUTH PLAIN AGdyYWNlAGh1bnRlcjIy");
    talk.server("535 AGdyYWNlAGh1bnRlcjIy hides hunter22\r\n");
    talk.typed("VRFY hunter22");
    talk.server("hunter22");
    talk.session.eof(talk.now);
    talk.seen.drain(&mut talk.session);
    let shown: Vec<Vec<u8>> = [&talk.seen.transmitted, &talk.seen.received]
        .into_iter()
        .flatten()
        .map(|chunk| masked(&chunk.bytes, &chunk.secrets))
        .collect();
    let text = String::from_utf8(shown.concat()).unwrap();
    assert!(
        text.contains("AUTH PLAIN ****(20 B)\r\n") && text.contains("535 ****(20 B) hides ****(8 B)\r\n"),
        "{text}"
    );
    assert!(!text.contains("hunter") && !text.contains("AGdy"), "{text}");
    assert!(!format!("{:?}", talk.seen.notices).contains("hunter"));
    assert_eq!(talk.seen.written(), b"AUTH PLAIN AGdyYWNlAGh1bnRlcjIy\r\nVRFY hunter22\r\n");
}

#[test]
fn a_response_is_sent_inside_of_an_exchange_only() {
    let mut talk = Talk::greeted();
    talk.submit(Command::Line(Line::sasl("aHVudGVyMjI=").unwrap()));
    assert!(talk.seen.written().is_empty());
    assert!(matches!(talk.seen.notices.last(), Some(Notice::Dropped { .. })));
    talk.typed("AUTH LOGIN");
    talk.server("334 \r\n");
    talk.submit(Command::Line(Line::sasl("aHVudGVyMjI=").unwrap()));
    let chunk = talk.seen.transmitted.last().unwrap();
    assert_eq!((chunk.bytes.as_slice(), chunk.secrets.as_slice()), (&b"aHVudGVyMjI=\r\n"[..], &[0..12][..]));
}

#[test]
fn every_wait_has_one_deadline_from_its_start_to_its_end() {
    let mut talk = Talk::new();
    assert_eq!(talk.deadline(), Some(30));
    talk.sleep(10);
    talk.server("220-dribble\r\n22");
    assert_eq!(talk.deadline(), Some(30));
    talk.server("0 end\r\n");
    assert_eq!(talk.deadline(), None);
    talk.submit(Command::Mail(mail(1)));
    assert_eq!(talk.deadline(), Some(70));
    talk.sleep(10);
    talk.server("250-dribble\r\n");
    assert_eq!(talk.deadline(), Some(70));
    talk.server("250 ok\r\n");
    assert_eq!(talk.deadline(), Some(80), "the next command has a clock of its own");
    talk.server("250 ok\r\n");
    talk.server("354 go\r\n");
    talk.sleep(50);
    assert_eq!(talk.deadline(), Some(80));
    talk.body(b"x", false);
    assert_eq!(talk.deadline(), Some(130), "a block of the body is progress");
    talk.body(b"", true);
    assert_eq!(talk.deadline(), Some(670));
    talk.server("250 ok\r\n");
    assert_eq!(talk.deadline(), None);
    talk.typed("QUIT");
    assert_eq!(talk.deadline(), Some(72));
}

#[test]
fn nobody_is_hurried_who_types_a_body_or_a_response() {
    for (line, reply) in [("DATA", "354 go\r\n"), ("AUTH LOGIN", "334 \r\n")] {
        let mut talk = Talk::greeted();
        talk.typed(line);
        assert_eq!(talk.deadline(), Some(60));
        talk.server(reply);
        assert_eq!(talk.deadline(), None);
        assert!(!talk.session.is_idle());
    }
}

#[test]
fn a_clock_that_rings_early_changes_nothing() {
    let mut talk = Talk::new();
    talk.session.timeout(talk.now + Duration::from_secs(29));
    talk.seen.drain(&mut talk.session);
    assert!(talk.seen.notices.is_empty());
    talk.session.timeout(talk.now + Duration::from_secs(30));
    talk.seen.drain(&mut talk.session);
    assert_eq!(talk.seen.notices, [Notice::TimedOut(Wait::Greeting), Notice::State(State::Closed)]);
}

#[test]
fn a_body_streams_block_by_block_and_its_end_is_a_chunk_of_its_own() {
    let mut talk = Talk::in_body();
    let before = talk.seen.transmitted.len();
    assert_eq!(talk.seen.wanted, 1);
    for block in [&b"one\r"[..], b"\n.two", b""] {
        talk.body(block, false);
    }
    assert_eq!(talk.seen.wanted, 4);
    talk.body(b"!\n.", true);
    assert_eq!(talk.seen.wanted, 4);
    let chunks: Vec<(ChunkKind, &[u8])> =
        talk.seen.transmitted[before..].iter().map(|chunk| (chunk.kind, chunk.bytes.as_slice())).collect();
    assert_eq!(
        chunks,
        [
            (ChunkKind::Body, &b"one\r\n"[..]),
            (ChunkKind::Body, b"..two"),
            (ChunkKind::Body, b"!\r\n.."),
            (ChunkKind::BodyEnd, b"\r\n.\r\n"),
        ]
    );
    talk.body(b"late", false);
    assert_eq!(talk.seen.wanted, 4, "nobody asked");
}

#[test]
fn typed_body_lines_go_out_byte_for_byte() {
    let mut talk = Talk::greeted();
    talk.typed("DATA");
    talk.server("354 go\r\n");
    let before = talk.seen.transmitted.len();
    talk.typed(".not stuffed");
    talk.submit(Command::Line(Line::body(vec![b'x'; 998]).unwrap()));
    talk.typed("QUIT");
    talk.typed(".");
    let kinds: Vec<ChunkKind> = talk.seen.transmitted[before..].iter().map(|chunk| chunk.kind).collect();
    assert_eq!(kinds, [ChunkKind::Body, ChunkKind::Body, ChunkKind::Body, ChunkKind::BodyEnd]);
    assert_eq!(talk.seen.transmitted[before].bytes, b".not stuffed\r\n");
    assert_eq!(talk.session.state(), State::Body);
}

#[test]
fn idle_is_only_who_waits_for_nothing() {
    let mut talk = Talk::new();
    assert!(!talk.session.is_idle(), "the greeting is awaited");
    talk.server("220 hi\r\n");
    assert!(talk.session.is_idle());
    talk.typed("NOOP");
    talk.typed("NOOP");
    assert!(!talk.session.is_idle());
    talk.server("250 ok\r\n");
    assert!(!talk.session.is_idle());
    talk.server("250 ok\r\n");
    assert!(talk.session.is_idle());
    assert!(!Talk::in_body().session.is_idle());
}

#[test]
fn a_flood_is_cut_off_and_never_piles_up() {
    let mut talk = Talk::greeted();
    talk.typed("EHLO desk.test");
    let flood = "250-".to_owned() + &"x".repeat(60);
    for _ in 0..10 * REPLY_LINES {
        talk.server(&flood);
        assert!(talk.session.pending().len() <= REPLY_OCTETS);
    }
    assert!(talk.seen.closed);
    assert!(talk.session.pending().is_empty());
}

#[test]
fn a_mail_of_many_recipients_goes_out_in_one_batch() {
    let mut talk = Talk::greeted();
    talk.submit(Command::Hello("desk.test".to_owned()));
    talk.server("250-sandbox.test\r\n250 PIPELINING\r\n");
    let before = talk.seen.transmitted.len();
    let to = (0..100).map(|number| format!("b{number}@sandbox.test")).collect();
    talk.submit(Command::Mail(Transaction { to, ..mail(1) }));
    assert_eq!(talk.seen.transmitted.len() - before, 102);
    talk.server(&"250 ok\r\n".repeat(101));
    assert_eq!(talk.seen.wanted, 0);
    talk.server("354 go\r\n");
    assert_eq!(talk.seen.wanted, 1);
}
