//! Plain text: time, prefix and line, for every line.

use std::io::{self, Write};

use super::Header;
use crate::transcript::text::{entry_text, since_start};
use crate::transcript::{Cut, EntryKind, Transcript};
use crate::wire::{Side, printable};

/// Of a body with more octets than these, a stretch has the figures.
const LARGE_BODY: usize = 64 << 10;

pub(super) fn write_stretch(
    transcript: &Transcript,
    side: Side,
    first: u64,
    out: &mut dyn Write,
    header: &Header,
) -> io::Result<()> {
    writeln!(out, "=== telepost {}, transcript started {}", printable::text(&header.version), header.started)?;
    for line in header.endpoints.iter().chain(&header.notes) {
        writeln!(out, "=== {}", printable::text(line))?;
    }
    if first < transcript.first_id() {
        writeln!(out, "=== the first rows were dropped to bound memory")?;
    }
    let ids = first.max(transcript.first_id())..transcript.end_id();
    for entry in ids.filter_map(|id| transcript.get(id)).filter(|entry| entry.side() == side) {
        if entry.kind() == EntryKind::Body && entry.raw().len() > LARGE_BODY {
            writeln!(out, "{} {} {}", since_start(entry.at()), entry.marks(), entry.summary())?;
        } else {
            writeln!(out, "{}", entry_text(&entry, true))?;
        }
    }
    Ok(())
}

pub(super) fn write(transcript: &Transcript, out: &mut dyn Write, header: &Header) -> io::Result<()> {
    writeln!(out, "=== telepost {}, transcript started {}", printable::text(&header.version), header.started)?;
    for line in header.endpoints.iter().chain(&header.notes) {
        writeln!(out, "=== {}", printable::text(line))?;
    }
    if transcript.cut() != Cut::default() {
        writeln!(out, "=== to bound memory: {}", transcript.cut())?;
    }
    transcript.iter().try_for_each(|entry| writeln!(out, "{}", entry_text(&entry, true)))
}
