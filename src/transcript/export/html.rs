//! One HTML page that needs nothing else: style inside, folds by `<details>`, no script, nothing fetched.
//!
//! No byte of a server, a mail or a note stands in a tag; in text, all that could begin one is escaped.

use std::io::{self, Write};

use pulldown_cmark_escape::{FmtWriter, escape_html_body_text};

use super::{Header, about};
use crate::transcript::text::{lapse, missing, since_start};
use crate::transcript::{Class, Direction, Entry, EntryKind, Transcript};
use crate::wire::printable;

const STYLE: &str = include_str!("page.css");

pub(super) fn write(transcript: &Transcript, out: &mut dyn Write, header: &Header) -> io::Result<()> {
    writeln!(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">")?;
    let policy = "default-src 'none'; style-src 'unsafe-inline'";
    writeln!(out, "<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">")?;
    writeln!(out, "<meta name=\"viewport\" content=\"width=device-width\">\n<title>Mail conversation</title>")?;
    writeln!(out, "<style>\n{STYLE}</style>\n</head>\n<body>\n<h1>Mail conversation</h1>\n<dl>")?;
    for (word, told) in about::lines(transcript, header) {
        writeln!(out, "<dt>{word}</dt><dd>{}</dd>", escaped(&told))?;
    }
    writeln!(out, "</dl>\n<table>\n<thead><tr><th>time</th><th></th><th>text</th><th>lapse</th><th>class</th></tr>")?;
    writeln!(out, "</thead>\n<tbody>")?;
    transcript.iter().try_for_each(|entry| row(&entry, out))?;
    writeln!(out, "</tbody>\n</table>\n</body>\n</html>")
}

fn row(entry: &Entry<'_>, out: &mut dyn Write) -> io::Result<()> {
    let way = match entry.direction() {
        Direction::Sent => "sent",
        Direction::Received => "received",
        Direction::Event => "event",
        Direction::Error => "error",
    };
    let class = entry.class().map_or("", Class::word);
    let waited = entry.lapse().map_or_else(String::new, lapse);
    let (time, marks) = (since_start(entry.at()), escaped(entry.marks()));
    write!(out, "<tr class=\"{way}\"><td class=\"time\">{time}</td><td>{marks}</td><td class=\"text\">")?;
    text(entry, out)?;
    if let Some(note) = entry.note() {
        let words = if note.is_empty() { "bookmark".to_owned() } else { format!("note: {}", printable::text(note)) };
        write!(out, "<p class=\"note\">{}</p>", escaped(&words))?;
    }
    writeln!(out, "</td><td class=\"lapse\">{waited}</td><td class=\"{class}\">{class}</td></tr>")
}

fn text(entry: &Entry<'_>, out: &mut dyn Write) -> io::Result<()> {
    let missing = missing(entry);
    if entry.kind() != EntryKind::Body && entry.line_count() < 2 && missing.is_none() {
        return out.write_all(escaped(&entry.lines().next().unwrap_or_default()).as_bytes());
    }
    write!(out, "<details><summary>{}</summary><pre>", escaped(&entry.summary()))?;
    for line in entry.lines().chain(missing) {
        // Behind the tag a line end of its own, or a first empty line would be lost.
        write!(out, "\n{}", escaped(&line))?;
    }
    out.write_all(b"</pre></details>")
}

/// `text` as the text of an element.
fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    escape_html_body_text(FmtWriter(&mut html), text).expect("a String takes everything");
    html
}
