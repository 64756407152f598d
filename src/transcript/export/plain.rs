//! Plain text: time, prefix and line, for every line.

use std::io::{self, Write};

use super::Header;
use crate::transcript::text::entry_text;
use crate::transcript::{Cut, Transcript};
use crate::wire::printable;

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
