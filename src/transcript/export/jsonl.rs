//! Lines of JSON: a header object, then one object for each entry. [`crate::transcript::import`] reads them back.

use std::borrow::Cow;
use std::io::{self, Write};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::Header;
use crate::transcript::{Direction, Entry, Tally, Transcript};
use crate::wire::{Side, printable};

/// The form of these lines: 2 since an entry tells what it answers.
const FORM: u32 = 2;

#[derive(Serialize)]
struct Head<'a> {
    kind: &'static str,
    form: u32,
    version: &'a str,
    started: String,
    endpoints: Vec<String>,
    notes: Vec<String>,
    entries: usize,
    /// Entries with a note or a bookmark.
    annotated: usize,
    dropped_entries: u64,
    #[serde(skip_serializing_if = "is_zero")]
    dropped_bodies: u64,
    dropped_body_octets: u64,
}

#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "fields of an object, each a fact of its own")]
struct Line<'a> {
    number: u64,
    side: &'static str,
    link: u32,
    at_ms: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    lapse_ms: Option<f64>,
    direction: &'static str,
    kind: &'static str,
    tls: bool,
    expected: bool,
    complete: bool,
    #[serde(skip_serializing_if = "str::is_empty")]
    verb: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<&'static str>,
    /// Lines joined by LF.
    text: String,
    /// The bytes kept, where the text does not tell them.
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes_base64: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tally: Option<Figures>,
    #[serde(skip_serializing_if = "is_zero")]
    octets_missing: u64,
    /// How many entries back the command is that this one answers.
    #[serde(skip_serializing_if = "is_zero")]
    answers: u64,
    /// From the first record of a body to its last.
    #[serde(skip_serializing_if = "Option::is_none")]
    took_ms: Option<f64>,
    /// Octets that had been recorded were given up.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    cut: bool,
    /// What a person wrote to it; empty for a bookmark.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<Cow<'a, str>>,
}

#[derive(Serialize)]
struct Figures {
    octets: u64,
    lines: u64,
    stuffed: u64,
    longest: u64,
}

impl From<Tally> for Figures {
    fn from(Tally { octets, lines, stuffed, longest }: Tally) -> Self {
        Self { octets, lines, stuffed, longest }
    }
}

pub(super) fn write(transcript: &Transcript, out: &mut dyn Write, header: &Header) -> io::Result<()> {
    write_head(transcript, transcript.first_id(), out, header)?;
    transcript.iter().try_for_each(|entry| line(out, &object(&entry)))
}

/// The newest entries whose lines have at most `most` octets together; at least one, if there is one.
pub(super) fn write_newest(
    transcript: &Transcript,
    out: &mut dyn Write,
    header: &Header,
    most: usize,
) -> io::Result<()> {
    let (mut lines, mut octets) = (Vec::new(), 0);
    for entry in transcript.iter().rev() {
        let mut bytes = Vec::new();
        line(&mut bytes, &object(&entry))?;
        octets += bytes.len();
        if octets > most && !lines.is_empty() {
            break;
        }
        lines.push(bytes);
    }
    write_head(transcript, transcript.end_id() - lines.len() as u64, out, header)?;
    lines.iter().rev().try_for_each(|line| out.write_all(line))
}

/// The header of an export that begins with the entry `first`.
fn write_head(transcript: &Transcript, first: u64, out: &mut dyn Write, header: &Header) -> io::Result<()> {
    let cut = transcript.cut();
    let version = printable::text(&header.version);
    let harmless = |lines: &[String]| lines.iter().map(|line| printable::text(line).into_owned()).collect();
    let head = Head {
        kind: "header",
        form: FORM,
        version: &version,
        started: header.started.to_string(),
        endpoints: harmless(&header.endpoints),
        notes: harmless(&header.notes),
        entries: usize::try_from(transcript.end_id() - first).expect("they are in memory"),
        annotated: transcript.annotated().filter(|id| *id >= first).count(),
        dropped_entries: first,
        dropped_bodies: cut.bodies,
        dropped_body_octets: cut.octets,
    };
    line(out, &head)
}

fn line(out: &mut dyn Write, object: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, object)?;
    out.write_all(b"\n")
}

fn object<'a>(entry: &Entry<'a>) -> Line<'a> {
    let text = entry.lines().collect::<Vec<_>>().join("\n");
    let own = matches!(entry.direction(), Direction::Event | Direction::Error);
    let told = if own { text.as_bytes() == entry.raw() } else { is_told_by(&text, entry.raw()) };
    Line {
        number: entry.number(),
        side: match entry.side() {
            Side::Smtp => "smtp",
            Side::Pop3 => "pop3",
        },
        link: entry.link(),
        at_ms: millis(entry.at()),
        lapse_ms: entry.lapse().map(millis),
        direction: match entry.direction() {
            Direction::Sent => "sent",
            Direction::Received => "received",
            Direction::Event => "event",
            Direction::Error => "error",
        },
        kind: entry.kind().name(),
        tls: entry.tls(),
        expected: entry.expected(),
        complete: entry.complete(),
        verb: entry.verb(),
        code: entry.code(),
        class: entry.class().map(crate::transcript::Class::word),
        bytes_base64: (!told).then(|| STANDARD.encode(entry.raw())),
        text,
        tally: entry.tally().map(Figures::from),
        octets_missing: entry.octets_missing(),
        answers: entry.answers().map_or(0, |asked| entry.id() - asked),
        took_ms: entry.took().map(millis),
        cut: entry.cut(),
        note: entry.note().map(printable::text),
    }
}

/// Whether `bytes` are the lines of `text`, each with its CRLF. No text stands for no bytes.
fn is_told_by(text: &str, bytes: &[u8]) -> bool {
    let told = text.split('\n').flat_map(|line| line.bytes().chain(*b"\r\n"));
    if text.is_empty() { bytes.is_empty() } else { told.eq(bytes.iter().copied()) }
}

fn millis(time: Duration) -> f64 {
    time.as_micros() as f64 / 1e3
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}
