//! A transcript read back from the lines of JSON of an export (`export::Format::JsonLines`).
//!
//! Files come from anywhere: every line is under a cap, the transcript under its usual limits, and what is wrong is told
//! with line and column. Fields that are not known are passed over; of older files, which do not tell what a reply
//! answers, that is found again by the order of commands and replies.

use std::io::{self, BufRead, Read};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::export::Header;
use super::row::Verb;
use super::store::restore::Facts;
use super::{Class, Cut, Direction, EntryKind, Limits, Record, Tally, Transcript};
use crate::wire::{ChunkKind, Side, printable};

/// Most octets of one line.
pub const LINE: usize = 64 << 20;
/// Most octets of the header.
pub const HEAD: usize = 1 << 20;
/// Most octets of a file.
pub const FILE: u64 = 1 << 30;
/// Most entries that a file may say were dropped before its first.
const DROPPED: u64 = 1 << 48;
/// Most microseconds since the start: what a number of milliseconds tells exactly.
const LATEST: f64 = 9e15;

/// Why a file is no session.
#[derive(Debug, thiserror::Error)]
pub enum BadSession {
    /// It cannot be read.
    #[error("{0}")]
    Unreadable(#[from] io::Error),
    /// It is no export, or one with a mistake.
    #[error("line {line}, column {column}: {why}")]
    Wrong {
        /// Counted from 1.
        line: u64,
        /// Octets into the line, counted from 1.
        column: usize,
        /// What is wrong there; sanitized.
        why: String,
    },
}

/// What the first line of a file says.
#[derive(Clone, Debug)]
pub struct Glance {
    /// As it was given to the export.
    pub header: Header,
    /// Entries in the file.
    pub entries: u64,
    /// Those of them with a note or a bookmark.
    pub annotated: u64,
    /// What was given up before.
    pub cut: Cut,
    /// Entries say what they answer.
    paired: bool,
}

/// Reads a whole export.
pub fn read(input: &mut impl BufRead) -> Result<(Transcript, Header), BadSession> {
    let mut lines = Lines { input, number: 0, octets: 0 };
    let head = lines.next(HEAD)?.ok_or_else(|| wrong(1, 1, "the file is empty"))?;
    let glance = glance_of(&head)?;
    let mut transcript = Transcript::resumed(Limits::default(), glance.cut);
    while let Some(line) = lines.next(LINE)? {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let row: Row = serde_json::from_slice(&line).map_err(|error| of_json(&error, lines.number))?;
        let note = row.note.clone();
        let (record, facts) = row.into_entry(glance.paired).map_err(|fault| fault.at(lines.number, &line))?;
        let id = transcript.restore(&record, &facts);
        if note.is_some() {
            transcript.annotate(id, note);
        }
    }
    Ok((transcript, glance.header))
}

/// Reads the header alone.
pub fn glance(input: &mut impl BufRead) -> Result<Glance, BadSession> {
    let head = Lines { input, number: 0, octets: 0 }.next(HEAD)?;
    glance_of(&head.ok_or_else(|| wrong(1, 1, "the file is empty"))?)
}

struct Lines<'a, R> {
    input: &'a mut R,
    /// Of the line read last.
    number: u64,
    octets: u64,
}

impl<R: BufRead> Lines<'_, R> {
    /// The next line without its end, if there is one; at most `most` octets.
    fn next(&mut self, most: usize) -> Result<Option<Vec<u8>>, BadSession> {
        let mut line = Vec::new();
        self.input.by_ref().take(most as u64 + 1).read_until(b'\n', &mut line)?;
        self.number += 1;
        self.octets += line.len() as u64;
        if line.len() > most {
            return Err(wrong(self.number, most, format!("the line is longer than {most} octets")));
        }
        if self.octets > FILE {
            return Err(wrong(self.number, 1, format!("the file is longer than {FILE} octets")));
        }
        Ok((!line.is_empty()).then_some(line))
    }
}

#[derive(Deserialize)]
struct Head {
    kind: String,
    #[serde(default)]
    form: u32,
    #[serde(default)]
    version: String,
    started: jiff::Timestamp,
    #[serde(default)]
    endpoints: Vec<String>,
    #[serde(default)]
    notes: Vec<String>,
    #[serde(default)]
    entries: u64,
    #[serde(default)]
    annotated: u64,
    #[serde(default)]
    dropped_entries: u64,
    #[serde(default)]
    dropped_bodies: u64,
    #[serde(default)]
    dropped_body_octets: u64,
}

fn glance_of(line: &[u8]) -> Result<Glance, BadSession> {
    let head: Head = serde_json::from_slice(line).map_err(|error| of_json(&error, 1))?;
    if head.kind != "header" {
        return Err(Fault::new("kind", "the first line is no header of an export").at(1, line));
    }
    if head.dropped_entries > DROPPED {
        return Err(Fault::new("dropped_entries", "no transcript had so many rows").at(1, line));
    }
    let cut = Cut { entries: head.dropped_entries, bodies: head.dropped_bodies, octets: head.dropped_body_octets };
    let header = Header { version: head.version, started: head.started, endpoints: head.endpoints, notes: head.notes };
    Ok(Glance { header, entries: head.entries, annotated: head.annotated, cut, paired: head.form >= 2 })
}

#[derive(Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "fields of an object, each a fact of its own")]
struct Row {
    number: u64,
    side: String,
    link: u32,
    at_ms: f64,
    lapse_ms: Option<f64>,
    direction: String,
    kind: String,
    tls: bool,
    expected: bool,
    complete: bool,
    #[serde(default)]
    verb: String,
    class: Option<String>,
    text: String,
    bytes_base64: Option<String>,
    tally: Option<Figures>,
    #[serde(default)]
    answers: u32,
    #[serde(default)]
    took_ms: f64,
    #[serde(default)]
    cut: bool,
    note: Option<String>,
}

#[derive(Deserialize)]
struct Figures {
    octets: u64,
    lines: u64,
    stuffed: u64,
    longest: u64,
}

impl From<Figures> for Tally {
    fn from(Figures { octets, lines, stuffed, longest }: Figures) -> Self {
        Self { octets, lines, stuffed, longest }
    }
}

impl Row {
    /// The entry; `paired`: it tells what it answers.
    fn into_entry(self, paired: bool) -> Result<(Record, Facts), Fault> {
        let kind = word("kind", &self.kind, KINDS)?;
        let direction = word("direction", &self.direction, DIRECTIONS)?;
        let bytes = match &self.bytes_base64 {
            Some(encoded) => STANDARD.decode(encoded).map_err(|_| Fault::new("bytes_base64", "this is no base64"))?,
            None => told_by(&self.text, direction),
        };
        let facts = Facts {
            kind,
            verb: Verb::named(&self.verb).ok_or_else(|| Fault::new("verb", "no verb is written so"))?,
            answers: paired.then_some(self.answers),
            class: self.class.as_deref().map(|class| word("class", class, CLASSES)).transpose()?,
            complete: self.complete,
            cut: self.cut,
            took: micros("took_ms", self.took_ms)?,
        };
        let record = Record {
            number: self.number,
            side: word("side", &self.side, SIDES)?,
            link: self.link,
            at: Duration::from_micros(micros("at_ms", self.at_ms)?),
            lapse: self.lapse_ms.map(|lapse| micros("lapse_ms", lapse)).transpose()?.map(Duration::from_micros),
            direction,
            kind: ChunkKind::Stray,
            expected: self.expected,
            tls: self.tls,
            bytes,
            tally: self.tally.map(Tally::from),
        };
        Ok((record, facts))
    }
}

const SIDES: &[(&str, Side)] = &[("smtp", Side::Smtp), ("pop3", Side::Pop3)];
const DIRECTIONS: &[(&str, Direction)] = &[
    ("sent", Direction::Sent),
    ("received", Direction::Received),
    ("event", Direction::Event),
    ("error", Direction::Error),
];
const KINDS: &[(&str, EntryKind)] = &[
    ("command", EntryKind::Command),
    ("reply", EntryKind::Reply),
    ("body", EntryKind::Body),
    ("stray", EntryKind::Stray),
    ("event", EntryKind::Event),
    ("error", EntryKind::Error),
];
const CLASSES: &[(&str, Class)] =
    &[("OK", Class::Ok), ("MORE", Class::More), ("TEMP", Class::Temp), ("PERM", Class::Perm), ("ERR", Class::Err)];

fn word<T: Copy>(key: &'static str, word: &str, known: &[(&str, T)]) -> Result<T, Fault> {
    let found = known.iter().find(|(name, _)| *name == word).map(|(_, value)| *value);
    found.ok_or_else(|| {
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        Fault::new(key, format!("{word:?} is none of {}", names.join(", ")))
    })
}

fn micros(key: &'static str, millis: f64) -> Result<u64, Fault> {
    let micros = (millis * 1e3).round();
    if !(0.0..=LATEST).contains(&micros) {
        return Err(Fault::new(key, "no time is this long"));
    }
    #[expect(clippy::cast_sign_loss, reason = "it was just found to be positive")]
    Ok(micros as u64)
}

/// The bytes of an entry whose text tells them.
fn told_by(text: &str, direction: Direction) -> Vec<u8> {
    if matches!(direction, Direction::Event | Direction::Error) {
        return text.as_bytes().to_vec();
    }
    if text.is_empty() {
        return Vec::new();
    }
    text.split('\n').flat_map(|line| line.bytes().chain(*b"\r\n")).collect()
}

/// What is wrong with the value of a key.
struct Fault {
    key: &'static str,
    why: String,
}

impl Fault {
    fn new(key: &'static str, why: impl Into<String>) -> Self {
        Self { key, why: why.into() }
    }

    fn at(self, number: u64, line: &[u8]) -> BadSession {
        let key = format!("\"{}\"", self.key);
        let column = memchr::memmem::find(line, key.as_bytes()).map_or(1, |at| at + 1);
        wrong(number, column, format!("{}: {}", self.key, self.why))
    }
}

fn of_json(error: &serde_json::Error, line: u64) -> BadSession {
    let text = error.to_string();
    let why = text.rsplit_once(" at line ").map_or(text.as_str(), |(why, _)| why);
    wrong(line, error.column().max(1), why)
}

fn wrong(line: u64, column: usize, why: impl AsRef<str>) -> BadSession {
    BadSession::Wrong { line, column, why: printable::text(why.as_ref()).into_owned() }
}

#[cfg(test)]
mod tests;
