//! Lines of JSON: a header object, then one object for each entry.

use std::io::{self, Write};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::Header;
use crate::transcript::{Direction, Entry, Tally, Transcript};
use crate::wire::{Side, printable};

#[derive(Serialize)]
struct Head<'a> {
    kind: &'static str,
    version: &'a str,
    started: String,
    endpoints: Vec<String>,
    notes: Vec<String>,
    entries: usize,
    dropped_entries: u64,
    dropped_body_octets: u64,
}

#[derive(Serialize)]
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
    let cut = transcript.cut();
    let version = printable::text(&header.version);
    let harmless = |lines: &[String]| lines.iter().map(|line| printable::text(line).into_owned()).collect();
    let head = Head {
        kind: "header",
        version: &version,
        started: header.started.to_string(),
        endpoints: harmless(&header.endpoints),
        notes: harmless(&header.notes),
        entries: transcript.len(),
        dropped_entries: cut.entries,
        dropped_body_octets: cut.octets,
    };
    line(out, &head)?;
    transcript.iter().try_for_each(|entry| line(out, &object(&entry)))
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
    }
}

/// Whether `bytes` are the lines of `text`, each with its CRLF.
fn is_told_by(text: &str, bytes: &[u8]) -> bool {
    let told = text.split('\n').flat_map(|line| line.bytes().chain(*b"\r\n"));
    bytes.is_empty() || told.eq(bytes.iter().copied())
}

fn millis(time: Duration) -> f64 {
    time.as_micros() as f64 / 1e3
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}
