//! The two engines alone, without a socket: bodies of 100 MiB either way, many small mails, a long listing.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use telepost::smtp::{Dialect, MailId, Manner, Transaction, Transfer};
use telepost::wire::{ChunkKind, Engine, Output, Timeouts};
use telepost::{pop3, smtp};

/// What is read from a socket, or asked of a body, at a time.
const BLOCK: usize = 64 * 1024;
const BLOCKS: usize = 1600;
const MAILS: u64 = 1_000;
const MESSAGES: u32 = 100_000;
const DOWNLOAD: u32 = 10_000;
/// Commands in flight.
const WINDOW: usize = 512;

/// Kinds of text that cost differently; the line is repeated.
const TEXTS: [(&str, &str); 4] = [
    ("lines of 76", "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tem.\r\n"),
    ("lines of 76, LF only", "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tem.\n"),
    ("each line begins with a dot", ".dot\r\n"),
    ("empty lines", "\r\n"),
];

/// About [`BLOCK`] octets of whole lines.
fn block(line: &str) -> Vec<u8> {
    line.repeat(BLOCK / line.len()).into_bytes()
}

fn timed<'a>(criterion: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    group
}

/// Takes all that an engine has to say, the bytes to write into `written`. Returns how many outputs there were.
fn drain<E: Engine>(engine: &mut E, written: &mut Vec<(ChunkKind, usize)>) -> usize {
    let mut outputs = 0;
    while let Some(output) = black_box(engine.poll()) {
        outputs += 1;
        if let Output::Transmit(chunk) = output {
            written.push((chunk.kind, usize::from(chunk.bytes.starts_with(b"DATA"))));
        }
    }
    outputs
}

fn transaction(number: u64) -> smtp::Command {
    smtp::Command::Mail(Transaction::new(MailId(number), "ada@sandbox.test", vec!["bob@sandbox.test".to_owned()]))
}

/// Greeted, and told that pipelining is welcome.
fn smtp_session(now: Instant) -> smtp::Session {
    let mut session = smtp::Session::new(Dialect::Smtp, Timeouts::default(), now);
    session.receive(b"220 sandbox.test ESMTP\r\n", now);
    session.submit(smtp::Command::Hello("lab.test".to_owned()), now);
    session.receive(b"250-sandbox.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 0\r\n", now);
    while session.poll().is_some() {}
    session
}

/// The replies a server gives to what was written.
fn replies(written: &mut Vec<(ChunkKind, usize)>) -> String {
    let reply = |(kind, data): (ChunkKind, usize)| match (kind, data) {
        (ChunkKind::Command, 1) => "354 go ahead\r\n",
        (ChunkKind::Command, _) => "250 2.1.0 fine\r\n",
        (ChunkKind::BodyEnd, _) => "250 2.0.0 queued as 4XyZ\r\n",
        _ => "",
    };
    written.drain(..).map(reply).collect()
}

/// Brings a mail to its body.
fn to_body(session: &mut smtp::Session, now: Instant) {
    let mut written = Vec::new();
    drain(session, &mut written);
    session.receive(replies(&mut written).as_bytes(), now);
    drain(session, &mut written);
}

fn smtp_bodies(criterion: &mut Criterion) {
    let mut group = timed(criterion, "smtp/body of 100 MiB");
    for (name, line) in TEXTS {
        let block = block(line);
        group.throughput(Throughput::Bytes((block.len() * BLOCKS) as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let now = Instant::now();
                let (mut session, mut written) = (smtp_session(now), Vec::new());
                session.submit(transaction(1), now);
                to_body(&mut session, now);
                for number in 1..=BLOCKS {
                    session.body(black_box(&block), number == BLOCKS, now);
                    assert!(drain(&mut session, &mut written) > 0);
                    written.clear();
                }
                session
            });
        });
    }
    group.finish();
}

/// The commands of each mail ride behind the end of the one before.
fn smtp_mails(criterion: &mut Criterion) {
    let body = block(TEXTS[0].1)[..2048].to_vec();
    let mut group = timed(criterion, "smtp/pipelined");
    group.throughput(Throughput::Elements(MAILS)).bench_function("1,000 mails of 2 KiB", |bencher| {
        bencher.iter(|| {
            let now = Instant::now();
            let (mut session, mut written) = (smtp_session(now), Vec::new());
            for number in 0..MAILS {
                session.submit(transaction(number), now);
            }
            while !session.is_idle() {
                to_body(&mut session, now);
                session.body(black_box(&body), true, now);
                drain(&mut session, &mut written);
                session.receive(replies(&mut written).as_bytes(), now);
            }
            session
        });
    });
    group.finish();
}

/// Whole mails in flight, one behind the other, each in one chunk.
fn smtp_chunks(criterion: &mut Criterion) {
    let body = block(TEXTS[0].1)[..2048].to_vec();
    let mut group = timed(criterion, "smtp/pipelined");
    group.throughput(Throughput::Elements(MAILS)).bench_function("1,000 mails of 2 KiB by BDAT", |bencher| {
        bencher.iter(|| {
            let now = Instant::now();
            let mut session = smtp_session(now);
            session.submit(smtp::Command::Hello("lab.test".to_owned()), now);
            session.receive(b"250-sandbox.test\r\n250-PIPELINING\r\n250 CHUNKING\r\n", now);
            for number in 0..MAILS {
                session.submit(in_chunks(number), now);
            }
            while !session.is_idle() {
                let mut commands = 0;
                while let Some(output) = black_box(session.poll()) {
                    match output {
                        Output::Transmit(chunk) => commands += usize::from(chunk.kind == ChunkKind::Command),
                        Output::WantBody(_) => session.body(black_box(&body), true, now),
                        _ => {}
                    }
                }
                session.receive("250 2.0.0 fine\r\n".repeat(commands).as_bytes(), now);
            }
            session
        });
    });
    group.finish();
}

fn in_chunks(number: u64) -> smtp::Command {
    let smtp::Command::Mail(mail) = transaction(number) else { unreachable!("it is a mail") };
    smtp::Command::Mail(Transaction { manner: Manner { transfer: Transfer::Bdat, ..mail.manner }, ..mail })
}

/// Signed in.
fn pop3_session(now: Instant) -> pop3::Session {
    let mut session = pop3::Session::new(Timeouts::default(), now);
    session.receive(b"+OK ready\r\n", now);
    session.submit(pop3::Command::Line(pop3::Line::typed("PASS x").expect("a sound line")), now);
    session.receive(b"+OK\r\n", now);
    while session.poll().is_some() {}
    session
}

/// Asks for `line` and takes `pieces` of the answer, then its end.
fn pop3_answer<'a>(line: pop3::Line, pieces: impl Iterator<Item = &'a [u8]>) -> pop3::Session {
    let now = Instant::now();
    let (mut session, mut written) = (pop3_session(now), Vec::new());
    session.submit(pop3::Command::Line(line), now);
    session.receive(b"+OK\r\n", now);
    for piece in pieces {
        session.receive(black_box(piece), now);
        assert!(drain(&mut session, &mut written) > 0);
    }
    session.receive(b".\r\n", now);
    drain(&mut session, &mut written);
    assert!(session.is_idle());
    session
}

fn pop3_bodies(criterion: &mut Criterion) {
    let mut group = timed(criterion, "pop3/RETR of 100 MiB");
    for (name, line) in TEXTS {
        let block = block(&line.replace(".dot", "..dot"));
        group.throughput(Throughput::Bytes((block.len() * BLOCKS) as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let pieces = std::iter::repeat_n(block.as_slice(), BLOCKS);
                pop3_answer(pop3::Line::numbered(pop3::Verb::Retr, 1), pieces.chain([&b"\r\n"[..]]))
            });
        });
    }
    group.finish();
}

/// Many messages asked for at once, each in its turn of the window; they come in reads of [`BLOCK`].
fn pop3_messages(criterion: &mut Criterion) {
    let message = format!("+OK 4096 octets\r\n{}.\r\n", TEXTS[0].1.repeat(52));
    let stream = message.repeat(WINDOW);
    let mut group = timed(criterion, "pop3/pipelined");
    group.throughput(Throughput::Bytes(u64::from(DOWNLOAD) * message.len() as u64));
    for (name, chunks) in [("10,000 RETR of 4 KiB", true), ("10,000 RETR of 4 KiB, without chunks", false)] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let now = Instant::now();
                let (mut session, mut written) = (pop3_session(now), Vec::new());
                session.submit(pop3::Command::Line(pop3::Line::bare(pop3::Verb::Capa)), now);
                session.receive(b"+OK\r\nPIPELINING\r\n.\r\n", now);
                if !chunks {
                    session.without_chunks();
                }
                let numbers: Vec<u32> = (1..=DOWNLOAD).collect();
                for window in numbers.chunks(WINDOW) {
                    for number in window {
                        let line = pop3::Line::numbered(pop3::Verb::Retr, *number);
                        session.submit(pop3::Command::Line(line), now);
                    }
                    for piece in stream.as_bytes()[..window.len() * message.len()].chunks(BLOCK) {
                        session.receive(black_box(piece), now);
                        drain(&mut session, &mut written);
                    }
                    written.clear();
                }
                assert!(session.is_idle());
                session
            });
        });
    }
    group.finish();
}

fn pop3_listing(criterion: &mut Criterion) {
    let listing = |line: fn(u32) -> String| (1..=MESSAGES).map(line).collect::<String>().into_bytes();
    let mut group = timed(criterion, "pop3/listing of 100,000");
    group.throughput(Throughput::Elements(MESSAGES.into()));
    let scans = listing(|number| format!("{number} {}\r\n", 2_000 + number % 7_000));
    group.bench_function("LIST", |bencher| {
        bencher.iter(|| pop3_answer(pop3::Line::bare(pop3::Verb::List), scans.chunks(BLOCK)));
    });
    let ids = listing(|number| format!("{number} 000{number:08x}5f8a1c22\r\n"));
    group.bench_function("UIDL", |bencher| {
        bencher.iter(|| pop3_answer(pop3::Line::bare(pop3::Verb::Uidl), ids.chunks(BLOCK)));
    });
    group.finish();
}

criterion_group!(benches, smtp_bodies, smtp_mails, smtp_chunks, pop3_bodies, pop3_messages, pop3_listing);
criterion_main!(benches);
