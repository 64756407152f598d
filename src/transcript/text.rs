//! Entries and records as plain text, for copies, for `-v` and for exports: the prefixes of swaks, so that people who
//! know one transcript can read the other. Numbers, waits and columns as they are written wherever people read them.

use std::time::Duration;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::{Direction, Entry, EntryKind, Record, Tally};
use crate::wire::{ChunkKind, printable};

/// Columns that a time takes, blank behind it not counted.
const TIME: usize = 8;

/// The three characters before a row.
pub(super) fn marks(direction: Direction, tls: bool, expected: bool) -> &'static str {
    match (direction, tls, expected) {
        (Direction::Sent, false, _) => " ->",
        (Direction::Sent, true, _) => " ~>",
        (Direction::Received, false, true) => "<- ",
        (Direction::Received, true, true) => "<~ ",
        (Direction::Received, false, false) => "<**",
        (Direction::Received, true, false) => "<~*",
        (Direction::Event, ..) => "===",
        (Direction::Error, ..) => "***",
    }
}

/// `+12.345`: seconds since the start.
pub fn since_start(at: Duration) -> String {
    format!("+{}.{:03}", at.as_secs(), at.subsec_millis())
}

/// `96 ms`, `2.50 s`, `0.3 ms`: a wait in the unit that suits it.
pub fn lapse(lapse: Duration) -> String {
    let micros = lapse.as_micros();
    match micros {
        0..1_000 => format!("0.{} ms", micros / 100),
        1_000..1_000_000 => format!("{} ms", micros / 1_000),
        _ => format!("{}.{:02} s", lapse.as_secs(), lapse.subsec_millis() / 10),
    }
}

/// `84,211`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// `text` cut to `width` columns; a cut is shown by `>`.
pub fn fit(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let Some(room) = width.checked_sub(1) else { return String::new() };
    let mut shown = take(text, room);
    shown.push('>');
    shown
}

/// As many graphemes of `text` as fit `width` columns.
pub fn take(text: &str, width: usize) -> String {
    let mut used = 0;
    text.graphemes(true)
        .take_while(|grapheme| {
            used += grapheme.width();
            used <= width
        })
        .collect()
}

/// `text` in exactly `width` columns, to the left.
pub fn left(text: &str, width: usize) -> String {
    let shown = fit(text, width);
    let space = width.saturating_sub(shown.width());
    shown + &" ".repeat(space)
}

/// `[-] body 1,102 lines 84,211 B  2 dot-stuffed  longest 76`.
pub(super) fn body_summary(tally: &Tally, complete: bool) -> String {
    let unit = if tally.lines == 1 { "line" } else { "lines" };
    let mut shown = format!("[-] body {} {unit} {} B", grouped(tally.lines), grouped(tally.octets));
    if tally.stuffed > 0 {
        shown.extend(["  ", &grouped(tally.stuffed), " dot-stuffed"]);
    }
    if tally.longest > 0 {
        shown.extend(["  longest ", &grouped(tally.longest)]);
    }
    if !complete {
        shown.push_str("  not ended");
    }
    shown
}

/// What is not there of an entry, in words.
pub(super) fn missing(entry: &Entry<'_>) -> Option<String> {
    if entry.octets_missing() > 0 {
        Some(format!("[{} B of this body are not kept]", grouped(entry.octets_missing())))
    } else {
        entry.cut().then(|| "[the rest is not kept]".to_owned())
    }
}

/// The whole entry, each line with its prefix and, `with_time`, its time; no line end behind the last line. Masked and
/// sanitized. Lines of a body that are not kept are counted; a note or bookmark follows as a line of its own.
pub fn entry_text(entry: &Entry<'_>, with_time: bool) -> String {
    let prefix = prefix(entry.at(), entry.marks(), with_time);
    let mut lines: Vec<String> = entry.lines().map(|line| join(&prefix, &line)).collect();
    lines.extend(missing(entry).map(|words| join(&prefix, &words)));
    match (entry.kind(), entry.complete()) {
        // BDAT counts its octets: there is no dot on the wire.
        (EntryKind::Body, true) if entry.verb() == "BDAT" => {}
        (EntryKind::Body, true) => lines.push(join(&prefix, ".")),
        (EntryKind::Body | EntryKind::Reply, false) => lines.push(join(&prefix, "[no end seen]")),
        _ => {}
    }
    if lines.is_empty() {
        lines.push(prefix.trim_end().to_owned());
    }
    if let Some(note) = entry.note() {
        let before = self::prefix(entry.at(), marks(Direction::Event, false, true), with_time);
        let words = if note.is_empty() { "bookmark".to_owned() } else { format!("note: {}", printable::text(note)) };
        lines.push(join(&before, &words));
    }
    lines.join("\n")
}

/// The line that a live view (`-v`) prints for `record`: nothing for a piece of a body, its figures at its end.
pub fn live_line(record: &Record, with_time: bool) -> Option<String> {
    let prefix = prefix(record.at, marks(record.direction, record.tls, record.expected), with_time);
    match record.kind {
        ChunkKind::Body => None,
        ChunkKind::BodyEnd => Some(join(&prefix, &body_summary(&record.tally.unwrap_or_default(), true))),
        _ => {
            let lines = super::entry::raw_lines(&record.bytes);
            let text = lines.map(|line| join(&prefix, &printable::bytes(line))).collect::<Vec<_>>().join("\n");
            Some(if text.is_empty() { prefix.trim_end().to_owned() } else { text })
        }
    }
}

fn prefix(at: Duration, marks: &str, with_time: bool) -> String {
    if with_time { format!("{:>TIME$} {marks} ", since_start(at)) } else { format!("{marks} ") }
}

fn join(prefix: &str, line: &str) -> String {
    if line.is_empty() { prefix.trim_end().to_owned() } else { format!("{prefix}{line}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_follow_direction_tls_and_surprise() {
        for (direction, tls, expected, shown) in [
            (Direction::Sent, false, true, " ->"),
            (Direction::Sent, true, true, " ~>"),
            (Direction::Received, false, true, "<- "),
            (Direction::Received, true, true, "<~ "),
            (Direction::Received, false, false, "<**"),
            (Direction::Received, true, false, "<~*"),
            (Direction::Event, false, true, "==="),
            (Direction::Error, true, true, "***"),
        ] {
            assert_eq!(marks(direction, tls, expected), shown);
        }
    }

    #[test]
    fn numbers_and_times_are_made_for_reading() {
        for (number, shown) in [(0, "0"), (999, "999"), (1_000, "1,000"), (84_211, "84,211"), (1_234_567, "1,234,567")]
        {
            assert_eq!(grouped(number), shown);
        }
        for (micros, shown) in [(0, "0.0 ms"), (950, "0.9 ms"), (96_400, "96 ms"), (2_509_000, "2.50 s")] {
            assert_eq!(lapse(Duration::from_micros(micros)), shown);
        }
        assert_eq!(since_start(Duration::from_micros(3_004_900)), "+3.004");
    }

    #[test]
    fn a_body_is_told_by_its_figures() {
        let tally = Tally { octets: 84_211, lines: 1_102, stuffed: 2, longest: 76 };
        assert_eq!(body_summary(&tally, true), "[-] body 1,102 lines 84,211 B  2 dot-stuffed  longest 76");
        let one = Tally { octets: 2, lines: 1, stuffed: 0, longest: 0 };
        assert_eq!(body_summary(&one, false), "[-] body 1 line 2 B  not ended");
    }

    #[test]
    fn a_live_view_prints_lines_as_they_come_and_bodies_at_their_end() {
        use crate::transcript::sample::{body, got, record, sent};
        use crate::wire::Side::{Pop3, Smtp};
        let event = record(Smtp, Direction::Event, ChunkKind::Stray, b"TLS 1.3\n90 days left");
        for (record, with_time, line) in [
            (sent(Smtp, "EHLO lab.test"), true, Some("  +0.010  -> EHLO lab.test")),
            (got(Smtp, "250-a\x1b[2J", true, false), false, Some("<-  250-a␛[2J")),
            (event, false, Some("=== TLS 1.3\n=== 90 days left")),
            (body(Pop3, Direction::Received, b"secret of the mail", 18, false), false, None),
            (body(Pop3, Direction::Received, b".\r\n", 18, true), false, Some("<-  [-] body 1 line 18 B  longest 8")),
            (sent(Smtp, ""), false, Some(" ->")),
        ] {
            assert_eq!(live_line(&record, with_time).as_deref(), line);
        }
    }
}
