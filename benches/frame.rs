//! The workbench without a terminal: key to drawn frame, a flood of records and of replies, with 1,000,000 rows in the
//! transcript, 100,000 messages in the mailbox and 10,000 recipients in the form, with steps and lessons on. Prints how
//! much memory these take, where the system tells (Linux).

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::measurement::WallTime;
use criterion::{BatchSize, BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use jiff::Zoned;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use telepost::app::{Account, App, Example, Message, Now, Settings, lessons};
use telepost::connection::{LinkEvent, Protocol, Report};
use telepost::keymap::Keymap;
use telepost::lesson::shelf;
use telepost::pop3::{BodyKind, Maildrop, Notice, Scan, State, UniqueId};
use telepost::smtp::{self, Verb};
use telepost::theme::{self, Theme};
use telepost::transcript::{Direction, Record, Tally};
use telepost::ui;
use telepost::wire::{ChunkKind, Side};

const ROWS: u64 = 1_000_000;
const MESSAGES: u32 = 100_000;
const RECIPIENTS: usize = 10_000;
/// Recipients of each mail in a flood of replies.
const EACH: u64 = 100;
const SIZES: [(u16, u16); 2] = [(120, 40), (200, 60)];
/// What 10,000 records a second bring in the 16 ms of a frame.
const BATCH: u64 = 160;
const UP: KeyCode = KeyCode::Up;
const DOWN: KeyCode = KeyCode::Down;

/// The application with a screen in memory.
struct Bench {
    app: App,
    terminal: Terminal<TestBackend>,
    now: Now,
    rows: u64,
}

impl Bench {
    fn new() -> Self {
        Self::with(Account::empty("lab.test"))
    }

    fn with(account: Account) -> Self {
        let now = Now { instant: Instant::now(), wall: Zoned::now(), random: 1 };
        let settings = Settings {
            keymap: Keymap::default(),
            theme: Theme::new(theme::Name::Terminal, false),
            account: Some(account),
            host: "lab.test".to_owned(),
            recovered: None,
            drafts: 0,
            keep_sent: None,
            known: Vec::new(),
            mouse: true,
            connect: false,
            profiles: Vec::new(),
            presets: Vec::new(),
            dns: None,
        };
        let (app, _) = App::new(settings, SIZES[0], now.clone());
        let terminal = Terminal::new(TestBackend::new(SIZES[0].0, SIZES[0].1)).expect("a screen in memory");
        let mut bench = Self { app, terminal, now, rows: 0 };
        bench.link(Side::Smtp, Protocol::Smtp);
        bench
    }

    fn tell(&mut self, message: Message) {
        black_box(self.app.update(message, self.now.clone()));
    }

    fn report(&mut self, report: Report) {
        self.tell(Message::Report(report));
    }

    fn link(&mut self, side: Side, protocol: Protocol) {
        let link = side as u32 + 1;
        let dialling = LinkEvent::Dialling { protocol, host: "localhost".to_owned(), port: 25 };
        let connected = LinkEvent::Connected {
            peer: ([127, 0, 0, 1], 25).into(),
            local: ([127, 0, 0, 1], 40_000).into(),
            lapse: std::time::Duration::ZERO,
        };
        for event in [dialling, connected] {
            self.report(Report::Link { side, link, event });
        }
    }

    fn press(&mut self, code: KeyCode) {
        self.tell(Message::Event(Event::Key(KeyEvent::new(code, KeyModifiers::NONE))));
    }

    fn control(&mut self, letter: char) {
        self.tell(Message::Event(Event::Key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL))));
    }

    /// Behind the leader.
    fn lead(&mut self, keys: &str) {
        self.control('x');
        self.type_text(keys);
    }

    fn type_text(&mut self, text: &str) {
        for character in text.chars() {
            self.press(KeyCode::Char(character));
        }
    }

    fn look_for(&mut self, text: &str) {
        self.lead("/");
        self.control('u');
        self.type_text(text);
        self.press(KeyCode::Enter);
    }

    fn resize(&mut self, (width, height): (u16, u16)) {
        self.terminal = Terminal::new(TestBackend::new(width, height)).expect("a screen in memory");
        self.tell(Message::Event(Event::Resize(width, height)));
        self.draw();
    }

    fn draw(&mut self) {
        self.terminal.draw(|frame| ui::render(frame, &self.app)).expect("drawing into memory cannot fail");
    }

    #[track_caller]
    fn sees(&self, text: &str) {
        let screen = self.terminal.backend().to_string();
        assert!(screen.contains(text), "{text:?} is not on the screen:\n{screen}");
    }

    /// So many more rows of a long run against one server.
    fn talk(&mut self, rows: u64) {
        for _ in 0..rows {
            self.rows += 1;
            self.report(Report::Record(line(self.rows)));
        }
    }

    /// A command and what the server says to it, as the connection tells both.
    fn exchange(&mut self, verb: Verb, line: String, said: &str, state: smtp::State) {
        for (reply, text) in [(false, format!("{line}\r\n")), (true, format!("{said}\r\n"))] {
            self.rows += 1;
            self.report(Report::Record(row(self.rows, reply, text)));
        }
        let reply = said.parse().expect("a sound reply");
        for notice in [smtp::Notice::Replied { verb, line, reply, expected: true }, smtp::Notice::State(state)] {
            self.report(Report::Smtp { link: 1, notice });
        }
    }

    /// Mails with [`EACH`] recipients each, so many commands of them.
    fn name(&mut self, commands: u64) {
        for _ in 0..commands {
            let number = self.rows / 2;
            if number.is_multiple_of(EACH) {
                let line = format!("MAIL FROM:<ada{number}@sandbox.test>");
                self.exchange(Verb::Mail, line, "250 2.1.0 sender ok", smtp::State::Mail);
            } else {
                self.recipient(number as usize);
            }
        }
    }

    fn recipient(&mut self, number: usize) {
        let line = format!("RCPT TO:<user{number}@sandbox.test>");
        self.exchange(Verb::Rcpt, line, "250 2.1.5 recipient ok", smtp::State::Rcpt);
    }

    /// Begins a lesson of the program's own.
    fn begin_lesson(&mut self, id: &str) {
        self.tell(Message::Lessons(lessons::Told::Wanted(id.to_owned())));
        self.tell(Message::Lessons(lessons::Told::Listed(shelf::all(Vec::new()), Box::default())));
    }

    /// A maildrop of [`MESSAGES`], listed, with the headers of what is on the screen.
    fn open_mailbox(&mut self) {
        self.link(Side::Pop3, Protocol::Pop3);
        let link = Side::Pop3 as u32 + 1;
        let tell = |bench: &mut Self, notice| bench.report(Report::Pop3 { link, notice });
        tell(self, Notice::State(State::Transaction));
        tell(self, Notice::Maildrop(Maildrop { messages: MESSAGES, octets: 400_000_000 }));
        for first in (1..=MESSAGES).step_by(4096) {
            let numbers = first..=MESSAGES.min(first + 4095);
            tell(self, Notice::Scans(numbers.clone().map(|number| Scan { number, octets: 4_000 }).collect()));
            let id = |number| UniqueId { number, id: format!("{number:08x}5f8a1c22"), valid: true };
            tell(self, Notice::UniqueIds(numbers.map(id).collect()));
        }
        for number in MESSAGES - 59..=MESSAGES {
            let kind = BodyKind::Top;
            let bytes = format!("From: Ada <ada@sandbox.test>\r\nSubject: Mail {number}\r\n\r\n").into_bytes();
            let octets = bytes.len() as u64;
            tell(self, Notice::Body { kind, number, bytes });
            tell(self, Notice::BodyEnd { kind, number, octets, complete: true });
        }
    }

    /// A frame alone, and two keys in turn, each with its frame.
    fn measure(&mut self, group: &mut BenchmarkGroup<'_, WallTime>, scene: &str, keys: [KeyCode; 2]) {
        for size in SIZES {
            self.resize(size);
            let at = format!("{scene}, {}x{}", size.0, size.1);
            group.bench_function(format!("{at}: frame"), |bencher| bencher.iter(|| self.draw()));
            let mut turn = keys.into_iter().cycle();
            group.bench_function(format!("{at}: key and frame"), |bencher| {
                bencher.iter(|| {
                    self.press(turn.next().expect("it goes round"));
                    self.draw();
                });
            });
        }
    }
}

/// Commands and replies in turn; in the middle a word that comes but once, and a body.
fn line(number: u64) -> Record {
    let reply = number % 2 == 1;
    let (kind, text) = match number {
        500_000 => (ChunkKind::Command, "NOOP middle\r\n".to_owned()),
        500_010 => (ChunkKind::Body, "Lorem ipsum dolor sit amet, consectetur adipiscing elit.\r\n".repeat(1000)),
        500_012 => (ChunkKind::BodyEnd, ".\r\n".to_owned()),
        _ if number % 20 == 19 => {
            (ChunkKind::Reply { first: true, last: true }, format!("550 5.1.1 user{number}: unknown\r\n"))
        }
        _ if reply => (ChunkKind::Reply { first: true, last: true }, "250 2.1.5 recipient ok\r\n".to_owned()),
        _ => (ChunkKind::Command, format!("RCPT TO:<user{number}@sandbox.test>\r\n")),
    };
    let octets = text.len() as u64;
    let tally = (kind == ChunkKind::Body).then_some(Tally { octets, lines: 1000, stuffed: 0, longest: 56 });
    Record { kind, tally, ..row(number, reply, text) }
}

/// A command, or a reply of one line.
fn row(number: u64, reply: bool, text: String) -> Record {
    Record {
        number,
        side: Side::Smtp,
        link: 1,
        at: Duration::from_micros(number * 100),
        lapse: reply.then(|| Duration::from_micros(300)),
        direction: if reply { Direction::Received } else { Direction::Sent },
        kind: if reply { ChunkKind::Reply { first: true, last: true } } else { ChunkKind::Command },
        expected: true,
        tls: false,
        tally: None,
        bytes: text.into_bytes(),
    }
}

/// One that a lesson can be done with, and a form with so many recipients.
fn account(recipients: usize) -> Account {
    let to: Vec<String> = (0..recipients).map(|number| format!("user{number}@sandbox.test")).collect();
    let example = Example { to: to.join(", "), subject: "To all".to_owned(), body: "Hello.".to_owned() };
    let from = "ada@sandbox.test".to_owned();
    Account { from, example: Some(example), ..Account::empty("lab.test") }
}

/// Resident memory of this process in MiB.
fn resident() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok().map(|kib: f64| kib / 1024.0)
}

/// Does something and prints what memory it took.
fn weigh(what: &str, act: impl FnOnce()) {
    let before = resident();
    act();
    if let (Some(before), Some(after)) = (before, resident()) {
        println!("memory: {what}: {:.1} MiB ({after:.1} MiB in all)", after - before);
    }
}

fn timed<'a>(criterion: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(20).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    group
}

fn mailbox(criterion: &mut Criterion) {
    let mut bench = Bench::new();
    weigh("100,000 messages", || bench.open_mailbox());
    bench.lead("3");
    let mut group = timed(criterion, "frame/mailbox of 100,000");
    bench.draw();
    bench.sees("Mail 100000");
    bench.measure(&mut group, "newest", [DOWN, UP]);
    bench.press(KeyCode::End);
    bench.measure(&mut group, "oldest", [UP, DOWN]);
    bench.press(KeyCode::Home);
    bench.type_text("*");
    bench.draw();
    bench.sees("100,000 selected");
    bench.measure(&mut group, "all selected", [DOWN, UP]);
    group.bench_function("filtered by size, then not", |bencher| {
        bencher.iter(|| {
            bench.type_text("/size>1k");
            bench.press(KeyCode::Enter);
            bench.draw();
            bench.press(KeyCode::Esc);
        });
    });
    group.bench_function("sorted by subject, then by date", |bencher| {
        bencher.iter(|| {
            for key in ["u", "d"] {
                bench.type_text("t");
                bench.type_text(key);
            }
            bench.draw();
        });
    });
    group.finish();
}

fn transcript(criterion: &mut Criterion) {
    let mut bench = Bench::new();
    weigh("1,000,000 rows", || bench.talk(ROWS));
    let mut group = timed(criterion, "frame/transcript of 1,000,000");
    bench.measure(&mut group, "following, typing", [KeyCode::Char('x'), KeyCode::Backspace]);
    bench.lead("2");
    bench.look_for("middle");
    bench.draw();
    bench.sees("NOOP middle");
    bench.measure(&mut group, "in the middle", [DOWN, UP]);
    bench.look_for("consectetur");
    bench.press(KeyCode::Enter);
    for _ in 0..10 {
        bench.press(KeyCode::PageDown);
    }
    bench.draw();
    bench.sees("| Lorem ipsum");
    bench.measure(&mut group, "in an unfolded body", [DOWN, UP]);
    bench.look_for("class:5");
    bench.lead("&");
    bench.draw();
    bench.sees("only class:5");
    bench.measure(&mut group, "only class:5", [UP, DOWN]);
    group.finish();
}

fn flood(criterion: &mut Criterion) {
    let mut group = timed(criterion, "flood");
    group.sample_size(10).throughput(Throughput::Elements(ROWS));
    group.bench_function("1,000,000 records", |bencher| {
        bencher.iter_batched_ref(Bench::new, |bench| bench.talk(ROWS), BatchSize::PerIteration);
    });
    let mut bench = Bench::new();
    bench.talk(ROWS);
    group.throughput(Throughput::Elements(BATCH));
    for (size, filter) in [(SIZES[0], ""), (SIZES[1], ""), (SIZES[1], "class:5 unknown")] {
        bench.resize(size);
        bench.look_for(filter);
        if !filter.is_empty() {
            bench.lead("&");
        }
        bench.lead("2G");
        group.bench_function(format!("160 records, a key, a frame, {}x{} {filter}", size.0, size.1), |bencher| {
            bencher.iter(|| {
                bench.talk(BATCH);
                bench.lead("1");
                bench.draw();
            });
        });
    }
    group.finish();
}

/// Replies as they are told of, each with its meaning, steps and lesson: what a row costs must not grow with the rows.
fn replies(criterion: &mut Criterion) {
    let mut group = timed(criterion, "replies");
    group.throughput(Throughput::Elements(BATCH / 2));
    for rows in [0, ROWS] {
        let mut bench = Bench::with(account(1));
        bench.talk(rows);
        bench.control('l');
        for scene in ["", "step mode", "step mode and a lesson"] {
            match scene {
                "step mode" => bench.press(KeyCode::F(7)),
                "step mode and a lesson" => bench.begin_lesson("by-hand"),
                _ => {}
            }
            bench.draw();
            group.bench_function(format!("80 exchanges and a frame, {rows} rows, {scene}"), |bencher| {
                bencher.iter(|| {
                    bench.name(BATCH / 2);
                    bench.draw();
                });
            });
        }
    }
    group.finish();
}

/// A mail to very many, in the prompt and step by step.
fn recipients(criterion: &mut Criterion) {
    let mut group = timed(criterion, "10,000 recipients");
    group.sample_size(10);
    let mut bench = Bench::with(account(RECIPIENTS));
    bench.exchange(Verb::Ehlo, "EHLO lab.test".to_owned(), "250 hello", smtp::State::Ready);
    bench.lead("4");
    bench.measure(&mut group, "none named", [KeyCode::Char('x'), KeyCode::Backspace]);
    bench.exchange(Verb::Mail, "MAIL FROM:<ada@sandbox.test>".to_owned(), "250 ok", smtp::State::Mail);
    let begin = Instant::now();
    (0..RECIPIENTS / 2).for_each(|number| bench.recipient(number));
    println!("5,000 recipients named in {:?}", begin.elapsed());
    bench.measure(&mut group, "half named", [KeyCode::Char('x'), KeyCode::Backspace]);
    bench.press(KeyCode::F(7));
    bench.measure(&mut group, "half named, step mode", [UP, DOWN]);
    group.finish();
}

criterion_group!(benches, mailbox, transcript, flood, replies, recipients);
criterion_main!(benches);
