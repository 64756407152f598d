//! The wire preview: the exact bytes a mail will be, made by the engine that sends, against a server that says yes. Of
//! a file that is encoded on its way only the first and last lines are read.

mod blocks;
mod line;
mod pieces;

use std::collections::VecDeque;
use std::io;
use std::time::Instant;

use super::Compose;
use crate::mail::{Draft, Lint};
use crate::smtp::{Capabilities, Command, Dialect, MailId, Notice, Session, Transaction};
use crate::wire::{Chunk, ChunkKind, Engine, Output, Segment, Timeouts, framing};
use line::Place;
pub(crate) use line::{Line, Mark};
use pieces::Piece;

/// Lines shown; a mail may have more.
const SHOWN: usize = 5_000;
/// What is announced in place of a server that was not asked yet.
const EVERYTHING: &str = "SIZE\n8BITMIME\nSMTPUTF8\nDSN\nCHUNKING\nBINARYMIME\nDELIVERBY\nFUTURERELEASE\nREQUIRETLS";

/// Who would be spoken with, and what is worth a mark.
pub(crate) struct Sight<'a> {
    pub(crate) dialect: Dialect,
    /// `None`: it was not asked yet, and is taken for one that announces everything.
    pub(crate) capabilities: Option<&'a Capabilities>,
    /// Addresses that only Bcc names.
    pub(crate) bcc: &'a [String],
}

/// The lines and the figures.
#[derive(Debug, Default)]
pub struct Preview {
    pub(crate) lines: Vec<Line>,
    /// Octets of the body on the wire, without the final dot.
    pub(crate) octets: u64,
    /// Octets as SIZE counts them: without stuffed dots.
    pub(crate) size: u64,
    /// The largest mail that the server takes, if it said so.
    pub(crate) limit: Option<u64>,
    /// Longest body line in octets, without CRLF.
    pub(crate) longest: usize,
    pub(crate) stuffed: usize,
    pub(crate) eight_bit: bool,
    /// Lines that are not shown.
    pub(crate) cut: usize,
    pub(crate) scroll: usize,
    /// What is allowed but rarely meant.
    pub(crate) lints: Vec<Lint>,
    /// Why there is no preview, or only a part of it.
    pub(crate) problem: Option<String>,
    /// The server was not asked yet.
    pub(crate) assumed: bool,
    /// Message-ID and Date of the mail that is shown.
    pub(crate) identity: Option<(String, jiff::Zoned)>,
}

impl Preview {
    /// Plays the mail against a server that announces what is known of it and accepts everything.
    pub(crate) fn make(sight: &Sight<'_>, mail: &Transaction, segments: &[Segment], now: Instant) -> Self {
        let size = mail.size.unwrap_or_default();
        let mut preview = Self { size, assumed: sight.capabilities.is_none(), ..Self::default() };
        let pieces = match pieces::of(segments) {
            Ok(pieces) => pieces,
            Err(error) => return preview.without(&error),
        };
        let mut body = Body::new(!mail.manner.flaws.unstuffed);
        for played in blocks::whole(play(sight, mail, pieces.clone(), now), pieces) {
            match played {
                Played::Sent(chunk) if chunk.kind == ChunkKind::Body => body.bytes.extend_from_slice(&chunk.bytes),
                Played::Sent(chunk) => {
                    preview.take(&mut body);
                    body.place.in_data &= !chunk.bytes.starts_with(b"BDAT");
                    preview.command(&chunk, sight.bcc);
                }
                Played::Gap { octets, what } => {
                    preview.take(&mut body);
                    preview.octets += octets;
                    preview.lines.push(Line::marker(&what));
                }
                Played::Over(why) => preview.problem = Some(why),
            }
        }
        preview.take(&mut body);
        if preview.cut > 0 {
            preview.lines.push(Line::marker(&format!("{} more lines", preview.cut)));
        }
        preview
    }

    fn without(mut self, error: &io::Error) -> Self {
        self.problem = Some(format!("a file of the mail cannot be read: {error}"));
        self
    }

    fn command(&mut self, chunk: &Chunk, bcc: &[String]) {
        match chunk.kind {
            ChunkKind::Command => self.lines.push(Line::command(&chunk.bytes, bcc)),
            // Behind the octets of BDAT there is no end to send.
            ChunkKind::BodyEnd if chunk.bytes.is_empty() => {}
            ChunkKind::BodyEnd => {
                // Where the body had no line end at its end, the engine makes it.
                let end = chunk.bytes.strip_suffix(b".\r\n").unwrap_or(&chunk.bytes);
                self.octets += end.len() as u64;
                self.lines.push(Line::end(&chunk.bytes));
            }
            _ => {}
        }
    }

    /// The lines of a stretch of the body, which ends at the end of a line.
    fn take(&mut self, body: &mut Body) {
        let wire = std::mem::take(&mut body.bytes);
        self.octets += wire.len() as u64;
        self.eight_bit |= !wire.is_ascii();
        for line in wire.split_inclusive(|byte| *byte == b'\n') {
            let text = framing::without_line_end(line);
            body.place.in_headers &= !text.is_empty();
            self.longest = self.longest.max(text.len());
            self.stuffed += usize::from(body.place.is_stuffed(text));
            if self.lines.len() < SHOWN {
                self.lines.push(Line::of_body(line, body.place));
            } else {
                self.cut += 1;
            }
        }
    }
}

impl Compose {
    /// The mail as the form has it, but for the attachments, whose octets would have to be copied.
    pub(crate) fn draft_without_files(&mut self) -> Draft {
        let attachments = std::mem::take(&mut self.attachments);
        let draft = self.draft();
        self.attachments = attachments;
        draft
    }
}

/// The body so far as it has no lines yet.
struct Body {
    bytes: Vec<u8>,
    place: Place,
}

impl Body {
    fn new(doubled: bool) -> Self {
        Self { bytes: Vec::new(), place: Place { in_headers: true, in_data: true, doubled } }
    }
}

/// What the engine did with the mail.
enum Played {
    Sent(Chunk),
    /// Octets of a file that were not read.
    Gap {
        octets: u64,
        what: String,
    },
    /// The mail came to an end before its body, for this reason.
    Over(String),
}

fn play(sight: &Sight<'_>, mail: &Transaction, pieces: VecDeque<Piece>, now: Instant) -> Vec<Played> {
    let mut server = Server { engine: Session::new(sight.dialect, Timeouts::default(), now), pieces, now };
    server.engine.receive(b"220 preview\r\n", now);
    server.engine.submit(Command::Hello("preview".to_owned()), now);
    let mut hello = "250-preview\r\n".to_owned();
    let assumed: Vec<String> = EVERYTHING.lines().map(str::to_owned).collect();
    for keyword in sight.capabilities.map_or(&assumed, |known| &known.lines) {
        hello.extend(["250-", keyword, "\r\n"]);
    }
    hello.push_str("250 NOOP\r\n");
    server.talk(&hello);
    let mail = Transaction { id: MailId(0), ..mail.clone() };
    server.engine.submit(Command::Mail(mail), now);
    server.talk("250 ok\r\n")
}

/// The server that says yes, and the body that it is sent.
struct Server {
    engine: Session,
    pieces: VecDeque<Piece>,
    now: Instant,
}

impl Server {
    /// Lets the engine talk until it waits for nothing more. Whatever it sends is answered as soon as it is silent, as
    /// by a server that reads everything first.
    fn talk(&mut self, yes: &str) -> Vec<Played> {
        let (mut played, mut answers) = (Vec::new(), String::new());
        loop {
            match self.engine.poll() {
                Some(Output::Transmit(chunk)) => {
                    match chunk.kind {
                        ChunkKind::Command if chunk.bytes.starts_with(b"DATA") => answers.push_str("354 go\r\n"),
                        // Behind the octets of BDAT there is an end for the transcript only.
                        ChunkKind::BodyEnd if chunk.bytes.is_empty() => {}
                        ChunkKind::Command | ChunkKind::BodyEnd => answers.push_str(yes),
                        _ => {}
                    }
                    played.push(Played::Sent(chunk));
                }
                Some(Output::WantBody(_)) => played.extend(self.more()),
                Some(Output::Notify(Notice::MailDone(report))) => played.extend(report.why.map(Played::Over)),
                Some(_) => {}
                None if answers.is_empty() => return played,
                None => self.engine.receive(std::mem::take(&mut answers).as_bytes(), self.now),
            }
        }
    }

    /// Gives the next octets of the body; what is left out on the way.
    fn more(&mut self) -> Option<Played> {
        match self.pieces.pop_front() {
            Some(Piece::Octets(octets)) => {
                self.engine.body(&octets, self.pieces.is_empty(), self.now);
                None
            }
            Some(Piece::Gap { octets, what }) => {
                self.engine.body(b"", self.pieces.is_empty(), self.now);
                Some(Played::Gap { octets, what })
            }
            None => {
                self.engine.body(b"", true, self.now);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests;
