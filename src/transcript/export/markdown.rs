//! Markdown for a ticket: who spoke with whom, a table of exchanges, the dialogue in a fence that its text cannot close.

use std::io::{self, Write};

use super::{Header, about};
use crate::transcript::text::{entry_text, lapse, since_start};
use crate::transcript::{Entry, EntryKind, Transcript};
use crate::wire::printable;

/// Characters of a command or reply in the table.
const CELL: usize = 100;

pub(super) fn write(transcript: &Transcript, out: &mut dyn Write, header: &Header) -> io::Result<()> {
    writeln!(out, "# Mail conversation\n")?;
    for (word, told) in about::lines(transcript, header) {
        writeln!(out, "- {word} {}", code(&told))?;
    }
    marks(transcript, out)?;
    table(transcript, out)?;
    dialogue(transcript, out)
}

/// What people noted, and at which row.
fn marks(transcript: &Transcript, out: &mut dyn Write) -> io::Result<()> {
    let mut marked = transcript.annotated().filter_map(|id| transcript.get(id)).peekable();
    if marked.peek().is_none() {
        return Ok(());
    }
    writeln!(out, "\n## Notes\n")?;
    marked.try_for_each(|entry| {
        let row = cell(&entry.summary());
        let note = match entry.note() {
            None | Some("") => "bookmark".to_owned(),
            Some(note) => code(&printable::text(note)),
        };
        writeln!(out, "- {} {row}: {note}", since_start(entry.at()))
    })
}

fn table(transcript: &Transcript, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n## Exchanges\n\n| time | side | sent | answered | lapse | class |")?;
    writeln!(out, "|---:|---|---|---|---:|---|")?;
    for reply in transcript.iter().filter(|entry| entry.kind() == EntryKind::Reply) {
        let time = since_start(reply.at());
        let waited = reply.lapse().map_or_else(String::new, lapse);
        let class = reply.class().map_or("", crate::transcript::Class::word);
        let (asked, answer) = (cell(&asked(transcript, &reply)), cell(&reply.summary()));
        writeln!(out, "| {time} | {} | {asked} | {answer} | {waited} | {class} |", reply.side().name())?;
    }
    Ok(())
}

/// The command that `reply` answers; its verb when the command itself is gone.
fn asked(transcript: &Transcript, reply: &Entry<'_>) -> String {
    match reply.answers().and_then(|id| transcript.get(id)) {
        Some(command) => command.summary(),
        None => reply.verb().to_lowercase(),
    }
}

fn dialogue(transcript: &Transcript, out: &mut dyn Write) -> io::Result<()> {
    let longest = transcript.iter().flat_map(|entry| entry.lines()).map(|line| backticks(&line)).max();
    let fence = "`".repeat((longest.unwrap_or(0) + 1).max(3));
    writeln!(out, "\n## Dialogue\n\n{fence}text")?;
    transcript.iter().try_for_each(|entry| writeln!(out, "{}", entry_text(&entry, true)))?;
    writeln!(out, "{fence}")
}

/// A cell of the table: shortened, and without the one character that ends a cell. Escaping it is no remedy: behind a
/// backslash of the server's own it would end the cell all the same. The dialogue has it as it was.
fn cell(text: &str) -> String {
    let mut short: String = text.chars().take(CELL).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    if short.is_empty() { short } else { code(&short.replace('|', "¦")) }
}

/// `text` as a code span that it cannot leave: in there nothing is a link, a name to notify or HTML.
fn code(text: &str) -> String {
    let ticks = "`".repeat(backticks(text) + 1);
    format!("{ticks} {text} {ticks}")
}

/// Length of the longest run of backticks.
fn backticks(text: &str) -> usize {
    text.split(|character| character != '`').map(str::len).max().unwrap_or(0)
}
