//! Plays the conversations in `tests/dialogues/*.txt` against the engines: no socket, no clock.
//!
//! Each file is played whole, then with the server's bytes cut once at every position, then byte by byte. Every play
//! must meet every expectation, read and write losslessly, and give the same events.
//!
//! ```text
//! protocol: smtp | lmtp | pop3      first line that counts
//! cuts: expectations                optional: cut plays need not give the same events, only meet the expectations
//! # comment                         as are empty lines
//! S: text                           the server sends text CRLF
//! S~ text                           the server sends text with escapes (\r \n \t \0 \\ \xHH) and nothing more
//! S* 1000 text                      the server sends text CRLF a thousand times
//! S+ 1000 text                      the server sends text a thousand times and nothing more
//! S! eof | timeout | tls            the server closes; the deadline passes; the TLS handshake is done, and, before the
//!                                   greeting, the line was encrypted from its first octet
//! S! tls exporter=x end-point=y     the same with what a sign-in can be bound to (escapes)
//! C: text                           the engine has written text CRLF next
//! C~ text                           the engine has written text with escapes next
//! ! drop                            our side drops the line
//! > text                            submits the typed line
//! >~ text                           the same with escapes
//! >& text                           submits the lines of text (escapes, \n between them) as one block
//! >! plan key=value word            submits a plan of the protocol, see `Conversation::plan`
//! B~ text                           answers WantBody with text (escapes), more to come
//! B! last | failed                  answers WantBody with the end of the body, or with its failure
//! = words in order                  a next event holds these words, in this order; events before it are passed over
//! =/ words in order                 no event so far holds them
//! = Close                           events are notices in Debug form, and `Close`, `StartTls`, `WantBody(n)`
//! = nothing                         no event is left
//! ```
//!
//! Whatever the engine writes must be named by `C` lines before the server speaks again and before the file ends.
//! A plan with `body=text` (escapes) has its `WantBody` answered by the player.

use std::collections::VecDeque;
use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::time::Instant;

use telepost::sasl::{SecretKind, SignIn};
use telepost::wire::{Channel, Engine, Output, Secret, Timeouts};
use telepost::{pop3, smtp};

/// What the player needs of a protocol beyond [`Engine`]: the one place that knows their commands apart.
trait Conversation: Engine<Notice: Debug> + Sized {
    fn open(protocol: &str, now: Instant) -> Self;
    fn typed(line: &[u8]) -> Self::Command;
    fn block(lines: Vec<Vec<u8>>) -> Self::Command;
    /// The command of a `>!` step.
    fn plan(words: &Words) -> Self::Command;
    /// A notice as expectations read it.
    fn event(notice: &Self::Notice) -> String {
        format!("{notice:?}")
    }
    /// Puts `later` behind `earlier` when both are pieces of one stream, as how it was cut is no event.
    fn join(_earlier: &mut Self::Notice, _later: &Self::Notice) -> bool {
        false
    }
    /// Our side drops the line, where the engine wants to know.
    fn dropped(&mut self, _now: Instant) {}
}

impl Conversation for smtp::Session {
    fn open(protocol: &str, now: Instant) -> Self {
        let dialect = if protocol == "lmtp" { smtp::Dialect::Lmtp } else { smtp::Dialect::Smtp };
        Self::new(dialect, Timeouts::default(), now)
    }

    fn typed(line: &[u8]) -> smtp::Command {
        smtp::Command::Line(smtp::Line::typed(line).expect("a dialogue types lines that can be sent"))
    }

    fn block(lines: Vec<Vec<u8>>) -> smtp::Command {
        // A line that could not be typed as a command may still be one of a text.
        let line = |line: Vec<u8>| smtp::Line::typed(line.clone()).or_else(|_| smtp::Line::body(line));
        smtp::Command::Block(lines.into_iter().map(|text| line(text).expect("it is a line")).collect())
    }

    /// `body`, `hello NAME`, `secure MODE NAME`, `xclient NAME addr=X`, `sign-in …` (see [`sign_in`]), or
    /// `mail id=1 from=a@b to=c@d,e@f size=9 8bit utf8 lockstep bdat body=text`, with what [`manner`] knows.
    fn plan(words: &Words) -> smtp::Command {
        match words.first() {
            "body" => smtp::Command::Body,
            "hello" => smtp::Command::Hello(words.nth(1).to_owned()),
            "secure" => smtp::Command::Secure {
                mode: words.nth(1).parse().expect("a dialogue names a TLS mode"),
                hello: words.nth(2).to_owned(),
            },
            "xclient" => smtp::Command::XClient {
                attributes: words.value("addr").map(|addr| ("ADDR".to_owned(), addr.to_owned())).into_iter().collect(),
                hello: words.nth(1).to_owned(),
            },
            "sign-in" => smtp::Command::SignIn(Box::new(sign_in(words))),
            "mail" => smtp::Command::Mail(smtp::Transaction {
                id: smtp::MailId(words.value("id").map_or(1, |id| id.parse().expect("an id is a number"))),
                from: words.value("from").unwrap_or_default().to_owned(),
                to: words.value("to").map_or(Vec::new(), |to| to.split(',').map(str::to_owned).collect()),
                size: words.value("size").map(|size| size.parse().expect("a size is a number")),
                body: match () {
                    () if words.has("binary") => smtp::BodyKind::Binary,
                    () if words.has("8bit") => smtp::BodyKind::EightBit,
                    () => smtp::BodyKind::SevenBit,
                },
                manner: manner(words),
                utf8: words.has("utf8"),
                pace: if words.has("lockstep") { smtp::Pace::Lockstep } else { smtp::Pace::Pipelined },
            }),
            other => panic!("no plan is called {other}"),
        }
    }
}

/// `bdat unstuffed line-ends halt=stage leave=quit|drop`.
fn manner(words: &Words) -> smtp::Manner {
    let stages = [smtp::Stage::Mail, smtp::Stage::Rcpt, smtp::Stage::Data, smtp::Stage::Body, smtp::Stage::FinalDot];
    let how = if words.value("leave") == Some("quit") { smtp::Leave::Quit } else { smtp::Leave::Drop };
    let stage = |word| stages.into_iter().find(|stage| stage.word() == word).expect("a dialogue names a stage");
    smtp::Manner {
        transfer: if words.has("bdat") { smtp::Transfer::Bdat } else { smtp::Transfer::Data },
        flaws: smtp::WireFlaws {
            unstuffed: words.has("unstuffed"),
            line_ends: words.has("line-ends"),
            ..smtp::WireFlaws::default()
        },
        halt: words.value("halt").map(|word| smtp::Halt { after: stage(word), how }),
        ..smtp::Manner::default()
    }
}

/// `sign-in USER SECRET mechanism=PLAIN as=bob nonce=x allow-plain no-initial token none`; user and secret with escapes.
fn sign_in(words: &Words) -> SignIn {
    let text = |escaped: &str| String::from_utf8(unescaped(escaped)).expect("a dialogue signs in with UTF-8");
    let kind = match () {
        () if words.has("token") => SecretKind::Token,
        () if words.has("none") => SecretKind::None,
        () => SecretKind::Password,
    };
    let nonce = words.value("nonce").unwrap_or("rOprNGfwEbeRWgbNEkqO");
    SignIn {
        authorization: words.value("as").map(text),
        kind,
        mechanism: words.value("mechanism").map(|name| name.parse().expect("a dialogue names a mechanism")),
        allow_plain: words.has("allow-plain"),
        initial_response: !words.has("no-initial"),
        server: ("sandbox.test".to_owned(), 587),
        ..SignIn::with_password(text(words.nth(1)), Secret::new(text(words.nth(2))), nonce)
    }
}

/// `tls exporter=x end-point=y`, with escapes.
fn channel(words: &Words) -> Channel {
    Channel {
        exporter: words.value("exporter").map(unescaped),
        end_point: words.value("end-point").map(unescaped),
        ..Channel::default()
    }
}

impl Conversation for pop3::Session {
    fn open(_protocol: &str, now: Instant) -> Self {
        Self::new(Timeouts::default(), now)
    }

    fn typed(line: &[u8]) -> pop3::Command {
        pop3::Command::Line(pop3::Line::typed(line).expect("a dialogue types lines that can be sent"))
    }

    fn block(lines: Vec<Vec<u8>>) -> pop3::Command {
        pop3::Command::Block(lines.into_iter().map(|text| pop3::Line::typed(text).expect("it is a line")).collect())
    }

    /// `quit`, the QUIT that a disconnecting link builds, `secure MODE`, or `sign-in …` (see [`sign_in`]).
    fn plan(words: &Words) -> pop3::Command {
        match words.first() {
            "quit" => pop3::Command::Line(pop3::Line::bare(pop3::Verb::Quit)),
            "secure" => pop3::Command::Secure(words.nth(1).parse().expect("a dialogue names a TLS mode")),
            "sign-in" => pop3::Command::SignIn(Box::new(sign_in(words))),
            other => panic!("no plan is called {other}"),
        }
    }

    fn event(notice: &pop3::Notice) -> String {
        match notice {
            pop3::Notice::Body { kind, number, bytes } => {
                format!("Body {kind:?} {number} \"{}\"", bytes.escape_ascii())
            }
            other => format!("{other:?}"),
        }
    }

    fn join(earlier: &mut pop3::Notice, later: &pop3::Notice) -> bool {
        match (earlier, later) {
            (pop3::Notice::Body { bytes, .. }, pop3::Notice::Body { bytes: more, .. }) => bytes.extend_from_slice(more),
            (pop3::Notice::Scans(scans), pop3::Notice::Scans(more)) => scans.extend_from_slice(more),
            (pop3::Notice::UniqueIds(ids), pop3::Notice::UniqueIds(more)) => ids.extend_from_slice(more),
            _ => return false,
        }
        true
    }

    fn dropped(&mut self, now: Instant) {
        pop3::Session::dropped(self, now);
    }
}

/// Plays a script on the engine of its protocol: the one switch.
fn play(script: &Script, cut: Cut) -> Result<Vec<String>, String> {
    match script.protocol.as_str() {
        "smtp" | "lmtp" => Player::<smtp::Session>::new(script, cut).run(),
        "pop3" => Player::<pop3::Session>::new(script, cut).run(),
        other => Err(format!("{}: no protocol is called {other:?}", script.name)),
    }
}

/// Where the server's bytes are cut.
#[derive(Clone, Copy, Debug)]
enum Cut {
    Nowhere,
    /// Once, before this octet of all that the server sends.
    Before(usize),
    Everywhere,
}

/// The words of a `>!` step.
struct Words(Vec<String>);

impl Words {
    fn of(text: &str) -> Self {
        Self(text.split_whitespace().map(str::to_owned).collect())
    }

    fn first(&self) -> &str {
        self.nth(0)
    }

    fn nth(&self, index: usize) -> &str {
        self.0.get(index).map_or("", String::as_str)
    }

    fn has(&self, word: &str) -> bool {
        self.0.iter().any(|each| each == word)
    }

    fn value(&self, key: &str) -> Option<&str> {
        self.0.iter().find_map(|word| word.strip_prefix(key)?.strip_prefix('='))
    }
}

#[derive(Debug)]
enum Step {
    Server(Vec<u8>),
    Eof,
    Timeout,
    TlsStarted(Channel),
    Drop,
    Written(Vec<u8>),
    Type(Vec<u8>),
    Block(Vec<Vec<u8>>),
    Plan(String),
    Body(Vec<u8>),
    BodyLast,
    BodyFailed,
    Event(Vec<String>),
    NoEvent(Vec<String>),
    Nothing,
}

struct Script {
    name: String,
    protocol: String,
    same_events: bool,
    /// With their line numbers.
    steps: Vec<(usize, Step)>,
}

impl Script {
    fn read(path: &Path) -> Self {
        let name = path.file_name().expect("a dialogue has a file name").to_string_lossy().into_owned();
        let text = std::fs::read_to_string(path).expect("a dialogue is UTF-8");
        let mut script = Self { name, protocol: String::new(), same_events: true, steps: Vec::new() };
        for (index, line) in text.lines().enumerate() {
            if let Some(protocol) = line.strip_prefix("protocol: ") {
                protocol.clone_into(&mut script.protocol);
            } else if line == "cuts: expectations" {
                script.same_events = false;
            } else if !line.is_empty() && !line.starts_with('#') {
                let step =
                    Step::read(line).unwrap_or_else(|| panic!("{}:{}: what is {line:?}?", script.name, index + 1));
                script.steps.push((index + 1, step));
            }
        }
        script
    }

    fn server_octets(&self) -> usize {
        self.steps.iter().map(|(_, step)| if let Step::Server(bytes) = step { bytes.len() } else { 0 }).sum()
    }
}

impl Step {
    fn read(line: &str) -> Option<Self> {
        let (mark, rest) = line.split_once(' ').unwrap_or((line, ""));
        Some(match (mark, rest) {
            ("S:", text) => Self::Server(with_crlf(text)),
            ("S~", text) => Self::Server(unescaped(text)),
            ("S*", text) => {
                let (count, text) = text.split_once(' ')?;
                Self::Server(with_crlf(text).repeat(count.parse().ok()?))
            }
            ("S+", text) => {
                let (count, text) = text.split_once(' ')?;
                Self::Server(unescaped(text).repeat(count.parse().ok()?))
            }
            ("S!", "eof") => Self::Eof,
            ("S!", "timeout") => Self::Timeout,
            ("S!", tls) if tls.starts_with("tls") => Self::TlsStarted(channel(&Words::of(tls))),
            ("!", "drop") => Self::Drop,
            ("C:", text) => Self::Written(with_crlf(text)),
            ("C~", text) => Self::Written(unescaped(text)),
            (">", text) => Self::Type(text.as_bytes().to_vec()),
            (">~", text) => Self::Type(unescaped(text)),
            (">&", "") => Self::Block(Vec::new()),
            (">&", text) => Self::Block(unescaped(text).split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()),
            (">!", text) => Self::Plan(text.to_owned()),
            ("B~", text) => Self::Body(unescaped(text)),
            ("B!", "last") => Self::BodyLast,
            ("B!", "failed") => Self::BodyFailed,
            ("=", "nothing") => Self::Nothing,
            ("=", words) => Self::Event(words.split_whitespace().map(str::to_owned).collect()),
            ("=/", words) => Self::NoEvent(words.split_whitespace().map(str::to_owned).collect()),
            _ => return None,
        })
    }
}

fn with_crlf(text: &str) -> Vec<u8> {
    [text.as_bytes(), b"\r\n"].concat()
}

/// `text` with `\r \n \t \0 \\ \xHH` undone.
fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        bytes.push(match rest.next() {
            Some(b'r') => b'\r',
            Some(b'n') => b'\n',
            Some(b't') => b'\t',
            Some(b's') => b' ',
            Some(b'0') => 0,
            Some(b'\\') => b'\\',
            Some(b'x') => {
                let digits = [rest.next(), rest.next()].map(|digit| char::from(digit.expect("two digits after \\x")));
                u8::from_str_radix(&String::from_iter(digits), 16).expect("\\x takes hexadecimal digits")
            }
            other => panic!("no escape \\{other:?} in {text:?}"),
        });
    }
    bytes
}

/// Whether `event` holds all `words`, one after the other.
fn holds(event: &str, words: &[String]) -> bool {
    let mut rest = event;
    words.iter().all(|word| match rest.find(word.as_str()) {
        Some(at) => {
            rest = &rest[at + word.len()..];
            true
        }
        None => false,
    })
}

struct Player<'a, E: Conversation> {
    script: &'a Script,
    cut: Cut,
    engine: E,
    now: Instant,
    /// All events, and how many of them expectations have passed.
    events: Vec<String>,
    passed: usize,
    /// The notice of the last event, while it is the last and not passed.
    last: Option<E::Notice>,
    /// Written by the engine and not yet named by a `C` line.
    written: Vec<u8>,
    /// All that the server sent, and all that came out again as `Received`.
    sent: Vec<u8>,
    received: Vec<u8>,
    /// Bodies that plans brought along, and octets asked for.
    bodies: VecDeque<Vec<u8>>,
    wanted: Option<usize>,
}

impl<'a, E: Conversation> Player<'a, E> {
    fn new(script: &'a Script, cut: Cut) -> Self {
        let now = Instant::now();
        Self {
            script,
            cut,
            engine: E::open(&script.protocol, now),
            now,
            events: Vec::new(),
            passed: 0,
            last: None,
            written: Vec::new(),
            sent: Vec::new(),
            received: Vec::new(),
            bodies: VecDeque::new(),
            wanted: None,
        }
    }

    fn run(mut self) -> Result<Vec<String>, String> {
        for (line, step) in &self.script.steps {
            self.step(step).map_err(|what| self.complaint(*line, &what))?;
            self.drain();
            if [self.received.as_slice(), self.engine.pending()].concat() != self.sent {
                return Err(self.complaint(*line, "what was received is not what the server sent"));
            }
        }
        if self.written.is_empty() { Ok(self.events) } else { Err(self.complaint(0, "the engine wrote more")) }
    }

    fn complaint(&self, line: usize, what: &str) -> String {
        let written = self.written.escape_ascii();
        let events = self.events[self.passed..].join("\n    ");
        let name = &self.script.name;
        format!("{name}:{line} ({:?}): {what}\n  written: \"{written}\"\n  events:\n    {events}", self.cut)
    }

    fn step(&mut self, step: &Step) -> Result<(), String> {
        match step {
            Step::Server(bytes) => self.receive(bytes)?,
            Step::Eof => self.engine.eof(self.now),
            Step::Timeout => {
                self.now = self.engine.deadline().ok_or("the engine waits for nothing")?;
                self.engine.timeout(self.now);
            }
            Step::Drop => self.engine.dropped(self.now),
            Step::TlsStarted(channel) => self.engine.tls_started(channel.clone(), self.now),
            Step::Written(bytes) => {
                let rest = self.written.strip_prefix(bytes.as_slice()).map(<[u8]>::to_vec);
                self.written = rest.ok_or_else(|| format!("\"{}\" was not written", bytes.escape_ascii()))?;
            }
            Step::Type(line) => self.engine.submit(E::typed(line), self.now),
            Step::Block(lines) => self.engine.submit(E::block(lines.clone()), self.now),
            Step::Plan(text) => {
                let words = Words::of(text);
                self.bodies.extend(words.value("body").map(unescaped));
                self.engine.submit(E::plan(&words), self.now);
            }
            Step::Body(bytes) => self.answer(bytes, false)?,
            Step::BodyLast => self.answer(b"", true)?,
            Step::BodyFailed => self.engine.body_failed(self.now),
            Step::Event(words) => self.pass(words)?,
            Step::NoEvent(words) => {
                if let Some(event) = self.events.iter().find(|event| holds(event, words)) {
                    return Err(format!("there is {event}"));
                }
            }
            Step::Nothing if self.passed < self.events.len() => return Err("there are events left".to_owned()),
            Step::Nothing => {}
        }
        Ok(())
    }

    fn pass(&mut self, words: &[String]) -> Result<(), String> {
        let found = self.events[self.passed..].iter().position(|event| holds(event, words));
        self.passed += 1 + found.ok_or_else(|| format!("no event holds {words:?}"))?;
        Ok(())
    }

    fn answer(&mut self, bytes: &[u8], last: bool) -> Result<(), String> {
        self.wanted.take().ok_or("no body is wanted")?;
        self.engine.body(bytes, last, self.now);
        Ok(())
    }

    fn receive(&mut self, bytes: &[u8]) -> Result<(), String> {
        if !self.written.is_empty() {
            return Err("the server speaks and the engine had written more".to_owned());
        }
        let start = self.sent.len();
        self.sent.extend_from_slice(bytes);
        let pieces = match self.cut {
            Cut::Everywhere => bytes.chunks(1).collect(),
            Cut::Before(at) if (start + 1..start + bytes.len()).contains(&at) => {
                let (before, after) = bytes.split_at(at - start);
                vec![before, after]
            }
            Cut::Before(_) | Cut::Nowhere => vec![bytes],
        };
        for piece in pieces {
            self.engine.receive(piece, self.now);
            self.drain();
        }
        Ok(())
    }

    fn event(&mut self, event: String) {
        self.last = None;
        self.events.push(event);
    }

    fn notice(&mut self, notice: E::Notice) {
        if self.passed < self.events.len()
            && let Some(last) = &mut self.last
            && E::join(last, &notice)
        {
            *self.events.last_mut().expect("a last notice has its event") = E::event(last);
            return;
        }
        self.event(E::event(&notice));
        self.last = Some(notice);
    }

    fn drain(&mut self) {
        while let Some(output) = self.engine.poll() {
            match output {
                Output::Transmit(chunk) => self.written.extend(chunk.bytes),
                Output::Received(chunk) => self.received.extend(chunk.bytes),
                Output::Notify(notice) => self.notice(notice),
                Output::StartTls => self.event("StartTls".to_owned()),
                Output::Close => self.event("Close".to_owned()),
                Output::WantBody(octets) => {
                    self.event(format!("WantBody({octets})"));
                    self.wanted = Some(octets);
                    if let Some(body) = self.bodies.pop_front() {
                        self.wanted = None;
                        self.engine.body(&body, true, self.now);
                    }
                }
            }
        }
    }
}

fn dialogues() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dialogues");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the dialogues are in the tree")
        .map(|entry| entry.expect("the folder can be listed").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    paths.sort();
    paths
}

/// One cut at every position; at every so many in dialogues that send a flood.
fn cuts(script: &Script) -> impl Iterator<Item = Cut> {
    let octets = script.server_octets();
    let stride = octets / 4_000 * 100 + 1;
    (1..octets).step_by(stride).map(Cut::Before).chain([Cut::Everywhere])
}

#[test]
fn every_dialogue_goes_as_written_wherever_the_server_is_cut() {
    let paths = dialogues();
    assert!(!paths.is_empty(), "there are no dialogues");
    let mut complaints = Vec::new();
    for path in paths {
        let script = Script::read(&path);
        let whole = match play(&script, Cut::Nowhere) {
            Ok(events) => events,
            Err(complaint) => {
                complaints.push(complaint);
                continue;
            }
        };
        for cut in cuts(&script) {
            match play(&script, cut) {
                Ok(events) if script.same_events && events != whole => {
                    complaints.push(format!("{} ({cut:?}): the events differ\n{events:#?}\n{whole:#?}", script.name));
                }
                Ok(_) => continue,
                Err(complaint) => complaints.push(complaint),
            }
            break;
        }
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n\n"));
}

#[test]
fn escapes_are_undone() {
    assert_eq!(unescaped(r"a\r\n\0\\\x9bz\s"), b"a\r\n\0\\\x9bz ");
}
