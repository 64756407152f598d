//! The wire preview: the exact bytes a mail will be, made by the engine that sends, against a server that says yes.

use std::time::Instant;

use crate::smtp::{Capabilities, Command, Dialect, MailId, Pace, Session, Transaction};
use crate::wire::{Chunk, ChunkKind, Engine, Output, Timeouts, printable};

/// Lines shown; a mail may have more.
const SHOWN: usize = 5_000;

/// A line of the preview.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// Safe to show, CR and LF spelled out.
    pub(crate) text: String,
    /// What is remarkable about it.
    pub(crate) note: Option<&'static str>,
    /// A command rather than a line of the body.
    pub(crate) command: bool,
}

/// The lines and the figures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Preview {
    pub(crate) lines: Vec<Line>,
    /// Octets of the body on the wire, without the final dot.
    pub(crate) octets: usize,
    /// Longest body line in octets, without CRLF.
    pub(crate) longest: usize,
    pub(crate) stuffed: usize,
    pub(crate) eight_bit: bool,
    pub(crate) cut: bool,
    pub(crate) scroll: usize,
    /// What is allowed but rarely meant.
    pub(crate) lints: Vec<String>,
    /// Why there is no preview.
    pub(crate) problem: Option<String>,
}

impl Preview {
    /// Plays the mail against a server that announces `capabilities` and accepts everything.
    pub(crate) fn make(
        dialect: Dialect,
        capabilities: &Capabilities,
        mail: &Transaction,
        body: &[u8],
        bcc: &[String],
        now: Instant,
    ) -> Self {
        let chunks = play(dialect, capabilities, mail, body, now);
        let mut preview = Self::default();
        let mut wire_body = Vec::new();
        for chunk in &chunks {
            match chunk.kind {
                ChunkKind::Command => preview.lines.push(command_line(&chunk.bytes, bcc)),
                ChunkKind::Body => wire_body.extend_from_slice(&chunk.bytes),
                _ => {}
            }
        }
        if preview.lines.is_empty() {
            preview.problem = Some("the server's announced limits do not allow this mail".to_owned());
        }
        preview.body(&wire_body);
        preview.lines.push(Line { text: ".\\r\\n".to_owned(), note: Some("end of data"), command: true });
        preview
    }

    fn body(&mut self, wire: &[u8]) {
        self.octets = wire.len();
        self.eight_bit = !wire.is_ascii();
        let mut in_headers = true;
        for (index, line) in wire.split_inclusive(|byte| *byte == b'\n').enumerate() {
            let text = crate::wire::framing::without_line_end(line);
            self.longest = self.longest.max(text.len());
            let stuffed = text.starts_with(b"..");
            self.stuffed += usize::from(stuffed);
            in_headers &= !text.is_empty();
            if index < SHOWN {
                let note = if stuffed {
                    Some("stuffed dot")
                } else if in_headers && memchr::memmem::find(text, b"=?").is_some() {
                    Some("encoded word")
                } else if text.len() > crate::wire::limits::TEXT_LINE {
                    Some("longer than 998")
                } else {
                    None
                };
                self.lines.push(Line { text: printable::wire(line), note, command: false });
            } else {
                self.cut = true;
            }
        }
    }
}

fn command_line(bytes: &[u8], bcc: &[String]) -> Line {
    let text = printable::wire(bytes);
    let from_bcc = text.starts_with("RCPT") && bcc.iter().any(|address| text.contains(&format!("<{address}>")));
    Line { text, note: from_bcc.then_some("from Bcc"), command: true }
}

fn play(dialect: Dialect, capabilities: &Capabilities, mail: &Transaction, body: &[u8], now: Instant) -> Vec<Chunk> {
    let mut engine = Session::new(dialect, Timeouts::default(), now);
    engine.receive(b"220 preview\r\n", now);
    engine.submit(Command::Hello("preview".to_owned()), now);
    let mut hello = format!("250-{}\r\n", "preview");
    for keyword in &capabilities.lines {
        hello.extend(["250-", keyword, "\r\n"]);
    }
    hello.push_str("250 NOOP\r\n");
    answer(&mut engine, body, &|_| hello.clone(), now);
    let mail = Transaction { id: MailId(0), pace: Pace::Lockstep, ..mail.clone() };
    engine.submit(Command::Mail(mail), now);
    answer(
        &mut engine,
        body,
        &|line| if line.starts_with(b"DATA") { "354 go\r\n" } else { "250 ok\r\n" }.to_owned(),
        now,
    )
}

/// Drains the engine, answering each command; returns what it transmitted.
fn answer(engine: &mut Session, body: &[u8], reply: &dyn Fn(&[u8]) -> String, now: Instant) -> Vec<Chunk> {
    let mut sent = Vec::new();
    while let Some(output) = engine.poll() {
        match output {
            Output::Transmit(chunk) => {
                // Behind the octets of BDAT there is an end for the transcript only.
                let due = matches!(chunk.kind, ChunkKind::Command | ChunkKind::BodyEnd) && !chunk.bytes.is_empty();
                if due {
                    engine.receive(reply(&chunk.bytes).as_bytes(), now);
                }
                sent.push(chunk);
            }
            Output::WantBody(_) => engine.body(body, true, now),
            _ => {}
        }
    }
    sent
}
