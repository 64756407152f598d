//! The transcript at its limit of 1,000,000 rows: taking records in, looking through all of them, exports and back,
//! two sessions beside each other; and what the meaning of one reply costs.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use telepost::explain::{self, Question};
use telepost::sessions::{self, Exchanges, compare};
use telepost::transcript::export::{self, Format, Header};
use telepost::transcript::{Budget, Direction, Filter, Record, Search, Transcript, View, import, waterfall};
use telepost::wire::{ChunkKind, Side};

const ROWS: u64 = 1_000_000;

/// Commands and replies in turn, as a long run against one server gives them.
fn record(number: u64) -> Record {
    let reply = number % 2 == 1;
    let (kind, bytes) = match number % 20 {
        19 => (
            ChunkKind::Reply { first: true, last: true },
            format!("550 5.1.1 <user{number}@sandbox.test>: unknown\r\n"),
        ),
        _ if reply => (ChunkKind::Reply { first: true, last: true }, "250 2.1.5 recipient ok\r\n".to_owned()),
        _ => (ChunkKind::Command, format!("RCPT TO:<user{number}@sandbox.test>\r\n")),
    };
    Record {
        number,
        side: Side::Smtp,
        link: 1,
        at: Duration::from_micros(number * 40),
        lapse: reply.then(|| Duration::from_micros(30)),
        direction: if reply { Direction::Received } else { Direction::Sent },
        kind,
        expected: true,
        tls: true,
        bytes: bytes.into_bytes(),
        tally: None,
    }
}

fn filled() -> Transcript {
    let mut transcript = Transcript::default();
    for number in 0..ROWS {
        transcript.push(record(number));
    }
    transcript
}

fn append(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("transcript/append");
    group.sample_size(10).throughput(Throughput::Elements(ROWS));
    let records = || (0..ROWS).map(record).collect::<Vec<_>>();
    group.bench_function("1,000,000 rows", |bencher| {
        bencher.iter_batched(
            records,
            |records| {
                let mut transcript = Transcript::default();
                for record in records {
                    transcript.push(record);
                }
                transcript
            },
            BatchSize::PerIteration,
        );
    });
    let mut full = filled();
    let mut number = ROWS;
    group.throughput(Throughput::Elements(1)).bench_function("one row to a full ring", |bencher| {
        bencher.iter(|| {
            number += 1;
            full.push(record(number))
        });
    });
    group.finish();
}

fn filter(criterion: &mut Criterion) {
    let transcript = filled();
    let mut group = criterion.benchmark_group("transcript/filter 1,000,000 rows");
    group.sample_size(10).throughput(Throughput::Elements(ROWS));
    for text in ["class:5", "cmd:RCPT dir:in lapse<1", "unknown", "absent-word"] {
        let wanted = Filter::parse(text).expect("a sound filter");
        group.bench_function(text, |bencher| bencher.iter(|| View::new(black_box(wanted.clone()), &transcript).len()));
    }
    group.finish();
}

/// What a person waits for between two keys: one slice of a search that finds nothing.
fn search(criterion: &mut Criterion) {
    let transcript = filled();
    let view = View::new(Filter::default(), &transcript);
    let mut group = criterion.benchmark_group("transcript/slice of a search in 1,000,000 rows");
    group.sample_size(20);
    for text in ["absent-word", "ünseen", "-dir:in class:5 kind:body"] {
        let wanted = Filter::parse(text).expect("a sound filter");
        group.bench_function(text, |bencher| {
            bencher.iter(|| {
                let mut search = Search::new(true, Some(1_000));
                search.advance(&view, &transcript, black_box(&wanted), &mut Budget::slice())
            });
        });
    }
    group.finish();
}

fn header() -> Header {
    Header { version: String::new(), started: jiff::Timestamp::UNIX_EPOCH, endpoints: Vec::new(), notes: Vec::new() }
}

fn exports(criterion: &mut Criterion) {
    let transcript = filled();
    let mut group = criterion.benchmark_group("transcript/1,000,000 rows");
    group.sample_size(10).throughput(Throughput::Elements(ROWS));
    for format in [Format::Text, Format::JsonLines, Format::Markdown, Format::Html] {
        group.bench_function(format!("export .{}", format.extension()), |bencher| {
            bencher.iter(|| {
                export::write(&transcript, format, &mut std::io::sink(), &header()).expect("a sink takes all");
            });
        });
    }
    let mut lines = Vec::new();
    export::write(&transcript, Format::JsonLines, &mut lines, &header()).expect("a Vec takes all");
    group.bench_function("import", |bencher| bencher.iter(|| import::read(&mut &lines[..]).expect("it was exported")));
    group.bench_function("kept when the program ends", |bencher| {
        bencher.iter(|| sessions::octets(&transcript, &header()).expect("a Vec takes all"));
    });
    group.bench_function("waterfall", |bencher| bencher.iter(|| waterfall::lanes(&transcript)));
    group.bench_function("its exchanges", |bencher| bencher.iter(|| Exchanges::of(&transcript)));
    group.finish();
}

/// Two sessions of 100,000 exchanges each, of which every seventh was asked or answered otherwise.
fn comparison(criterion: &mut Criterion) {
    let session = |shift: u64| {
        let mut transcript = Transcript::default();
        for number in 0..ROWS / 5 {
            transcript.push(if number % 14 < 2 { record(number + shift) } else { record(number) });
        }
        transcript
    };
    let (left, right) = (session(0), session(20_000));
    let mut group = criterion.benchmark_group("sessions/compared");
    group.sample_size(10);
    group.bench_function("2 with 100,000 exchanges", |bencher| bencher.iter(|| compare(&left, &right)));
    group.finish();
}

/// Of a usual reply, and of the longest one whose words are looked at.
fn meaning(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("explain");
    let long = format!("550 5.7.1 {}", "a word of it and <another.one@sandbox.test>, ".repeat(90));
    for (name, line) in [
        ("250", "250 2.1.5 recipient ok"),
        ("550", "550 5.1.1 <user19@sandbox.test>: Recipient address rejected: User unknown"),
        ("554", "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org"),
        ("550 of 4,000 octets", &long),
        ("550 of 4,000 dots", &format!("550 {}", ".".repeat(4_000))),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| explain::reply(&Question::smtp_line("RCPT", black_box(line)).expect("a reply")));
        });
    }
    group.finish();
}

criterion_group!(benches, append, filter, search, exports, comparison, meaning);
criterion_main!(benches);
