//! A line of the preview: its octets made visible, and what is remarkable about them.

use std::ops::Range;

use memchr::memmem;

use crate::wire::limits::TEXT_LINE;
use crate::wire::{framing, printable};

/// Octets of a line that are shown.
const SHOWN: usize = 2_000;

/// What octets of a line are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Text,
    /// A command rather than a line of the body.
    Command,
    /// The CRLF at the end.
    End,
    /// A CR or LF by itself, a NUL.
    Bare,
    /// The dot that was put before another.
    Stuffed,
    /// An encoded word (RFC 2047).
    Word,
    /// Octets over 127.
    High,
    /// Not octets: what is left out here.
    Marker,
}

/// A line of the preview.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// Safe to show, CR and LF spelled out.
    pub(crate) parts: Vec<(Mark, String)>,
    /// What is remarkable about it.
    pub(crate) note: Option<String>,
}

/// Where a line of the body stands, on which its meaning depends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) in_headers: bool,
    /// Behind DATA, where a line of one dot is the end.
    pub(super) in_data: bool,
    /// A dot at the start of a line is doubled.
    pub(super) doubled: bool,
}

impl Place {
    /// The first of two dots was put there on the way.
    pub(super) fn is_stuffed(self, text: &[u8]) -> bool {
        self.in_data && self.doubled && text.starts_with(b"..")
    }
}

impl Line {
    pub(super) fn marker(what: &str) -> Self {
        Self { parts: vec![(Mark::Marker, format!("... {what}"))], note: None }
    }

    pub(super) fn command(bytes: &[u8], bcc: &[String]) -> Self {
        let text = printable::wire(bytes);
        let from_bcc = text.starts_with("RCPT") && bcc.iter().any(|address| text.contains(&format!("<{address}>")));
        Self { parts: vec![(Mark::Command, text)], note: from_bcc.then(|| "from Bcc".to_owned()) }
    }

    pub(super) fn end(bytes: &[u8]) -> Self {
        Self { parts: vec![(Mark::Command, printable::wire(bytes))], note: Some("end of data".to_owned()) }
    }

    /// A line of the body with its line end, if it has one.
    pub(super) fn of_body(line: &[u8], place: Place) -> Self {
        let text = framing::without_line_end(line);
        let end = &line[text.len()..];
        let words = if place.in_headers { words(text) } else { Vec::new() };
        let mut parts: Vec<(Mark, Vec<u8>)> = Vec::new();
        for (at, byte) in text.iter().enumerate().take(SHOWN) {
            let mark = mark(text, at, &words, place);
            match parts.last_mut() {
                Some((last, octets)) if *last == mark => octets.push(*byte),
                _ => parts.push((mark, vec![*byte])),
            }
        }
        let mut parts: Vec<_> = parts.into_iter().map(|(mark, octets)| (mark, printable::wire(&octets))).collect();
        if text.len() > SHOWN {
            parts.push((Mark::Marker, format!("... {} more octets", text.len() - SHOWN)));
        }
        if !end.is_empty() {
            parts.push((if end == b"\r\n" { Mark::End } else { Mark::Bare }, printable::wire(end)));
        }
        Self { note: note(text, end, &words, place), parts }
    }

    /// The whole line as text.
    pub(crate) fn text(&self) -> String {
        self.parts.iter().map(|(_, text)| text.as_str()).collect()
    }
}

fn mark(text: &[u8], at: usize, words: &[Range<usize>], place: Place) -> Mark {
    match text[at] {
        b'\r' | b'\n' | 0 => Mark::Bare,
        128.. => Mark::High,
        b'.' if at == 0 && place.is_stuffed(text) => Mark::Stuffed,
        _ if words.iter().any(|word| word.contains(&at)) => Mark::Word,
        _ => Mark::Text,
    }
}

/// Where encoded words are: `=?charset?way?text?=`.
fn words(text: &[u8]) -> Vec<Range<usize>> {
    let (mut words, mut from) = (Vec::new(), 0);
    while let Some(start) = memmem::find(&text[from..], b"=?").map(|at| from + at) {
        let after = |from: usize| memchr::memchr(b'?', &text[from..]).map(|at| from + at + 1);
        let Some(written) = after(start + 2).and_then(after) else { break };
        let Some(end) = memmem::find(&text[written..], b"?=").map(|at| written + at + 2) else { break };
        words.push(start..end);
        from = end;
    }
    words
}

fn note(text: &[u8], end: &[u8], words: &[Range<usize>], place: Place) -> Option<String> {
    let bare_lf = end == b"\n";
    let notes = [
        (place.is_stuffed(text), "stuffed dot"),
        (place.in_data && text == b".", "the server takes this for the end of data"),
        (!words.is_empty(), "encoded word"),
        (text.len() > TEXT_LINE, "longer than 998"),
        (bare_lf, "bare LF"),
        (memchr::memchr(b'\r', text).is_some(), "bare CR"),
        (memchr::memchr(0, text).is_some(), "NUL"),
        (!text.is_ascii(), "8 bit"),
    ];
    let notes: Vec<&str> = notes.into_iter().filter(|(is, _)| *is).map(|(_, note)| note).collect();
    (!notes.is_empty()).then(|| notes.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADERS: Place = Place { in_headers: true, in_data: true, doubled: true };
    const TEXT: Place = Place { in_headers: false, ..HEADERS };

    #[test]
    fn what_is_remarkable_is_marked_and_noted() {
        let long = format!("{}\r\n", "x".repeat(999));
        for (line, shown, note) in [
            (&b"plain\r\n"[..], "plain|\\r\\n", ""),
            (b"..x\r\n", ".|.x|\\r\\n", "stuffed dot"),
            (b".\r\n", ".|\\r\\n", "the server takes this for the end of data"),
            (b"S: =?utf-8?q?=C3?= a\r\n", "S: |=?utf-8?q?=C3?=| a|\\r\\n", "encoded word"),
            (b"S: =?no word\r\n", "S: =?no word|\\r\\n", ""),
            (b"a\rb\n", "a|\\r|b|\\n", "bare LF, bare CR"),
            (b"a\0\r\n", "a|\u{2400}|\\r\\n", "NUL"),
            ("aä\r\n".as_bytes(), "a|ä|\\r\\n", "8 bit"),
        ] {
            let line = Line::of_body(line, HEADERS);
            let parts: Vec<&str> = line.parts.iter().map(|(_, text)| text.as_str()).collect();
            assert_eq!((parts.join("|").as_str(), line.note.as_deref().unwrap_or_default()), (shown, note));
        }
        assert_eq!(Line::of_body(long.as_bytes(), TEXT).note.as_deref(), Some("longer than 998"));
        let endless = vec![b'x'; 1_000_000];
        assert!(Line::of_body(&endless, TEXT).text().ends_with("... 998000 more octets"));
    }

    #[test]
    fn dots_mean_something_only_behind_data_and_when_they_are_doubled() {
        let note = |place, line: &[u8]| Line::of_body(line, place).note;
        let unstuffed = Place { doubled: false, ..TEXT };
        let counted = Place { in_data: false, ..TEXT };
        assert_eq!(note(unstuffed, b"..x\r\n"), None);
        assert_eq!(note(unstuffed, b".\r\n").as_deref(), Some("the server takes this for the end of data"));
        assert_eq!((note(counted, b"..x\r\n"), note(counted, b".\r\n")), (None, None));
    }

    #[test]
    fn outside_the_header_there_are_no_encoded_words() {
        assert_eq!(Line::of_body(b"=?utf-8?q?x?=\r\n", TEXT).note, None);
    }
}
