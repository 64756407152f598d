//! A download in words: the place that was typed, how far it is, and how it ended.

use std::path::PathBuf;

use crate::app::grouped;
use crate::download::{Destination, Outcome, Progress};

/// What somebody typed as a place.
pub(super) fn destination(text: &str) -> Result<Destination, String> {
    let text = text.trim();
    let (kind, path) = match text.split_once(':') {
        Some((kind @ ("maildir" | "mbox" | "eml"), path)) => (kind, path.trim()),
        _ if text.ends_with('/') => ("maildir", text),
        _ if std::path::Path::new(text).extension().is_some_and(|ending| ending == "mbox") => ("mbox", text),
        _ => ("eml", text),
    };
    if path.is_empty() {
        return Err("a place needs a name".to_owned());
    }
    if path.starts_with('~') {
        return Err("~ is known to shells only: write the path out".to_owned());
    }
    let path = PathBuf::from(path);
    Ok(match kind {
        "maildir" => Destination::Maildir(path),
        "mbox" => Destination::Mbox(path),
        _ => Destination::Eml(path),
    })
}

pub(super) fn place(destination: &Destination) -> String {
    format!("{} {}", destination.kind(), destination.path().display())
}

pub(super) fn counted(messages: usize) -> String {
    if messages == 1 { "1 message".to_owned() } else { format!("{} messages", grouped(messages as u64)) }
}

pub(super) fn progress_in_words(progress: &Progress, stopping: bool) -> String {
    let Progress { messages: (messages, all), octets: (octets, of), rate, left } = *progress;
    let per_cent = (octets.min(of) * 100).checked_div(of).map(|part| format!(" {part}%")).unwrap_or_default();
    let left = left.map(|left| format!(" {} left", lapse(left.as_secs()))).unwrap_or_default();
    let word = if stopping { "stopping" } else { "downloading" };
    let (messages, all, octets) = (grouped(messages as u64), grouped(all as u64), grouped(octets));
    format!("{word} {messages}/{all}{per_cent}  {octets} B  {:.0} kB/s{left}", rate / 1000.0)
}

/// `7 s`, `3:07`, `1:02:03`.
fn lapse(seconds: u64) -> String {
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes}:{seconds:02}"),
        (hours, minutes, seconds) => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

pub(super) fn end_in_words(outcome: &Outcome, place: &str, there: usize) -> String {
    let mut parts = vec![format!("{} safe in {place}", counted(outcome.safe.len()))];
    if there > 0 {
        parts.push(format!("{there} were there already"));
    }
    if !outcome.marked.is_empty() {
        parts.push(format!("{} marked: QUIT (Q) deletes, RSET (U) keeps", outcome.marked.len()));
    }
    if let Some((number, why)) = outcome.refused.first() {
        parts.push(format!("{} not given (message {number}: {why})", outcome.refused.len()));
    }
    if outcome.without_id > 0 {
        parts.push(format!("{} not marked (no unique-id of their own)", outcome.without_id));
    }
    if let Some((number, why)) = outcome.unmarked.first() {
        parts.push(format!("{} not marked (message {number}: {why})", outcome.unmarked.len()));
    }
    if outcome.left > 0 {
        parts.push(format!("{} not reached", outcome.left));
    }
    if let Some(why) = &outcome.why {
        parts.push(format!("it ended early: {why}"));
    }
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_place_says_what_it_is_or_is_guessed_from() {
        let cases = [
            ("maildir:a", Destination::Maildir("a".into())),
            (" mbox: b c ", Destination::Mbox("b c".into())),
            ("eml:x.mbox", Destination::Eml("x.mbox".into())),
            ("Mail/", Destination::Maildir("Mail/".into())),
            ("in.mbox", Destination::Mbox("in.mbox".into())),
            ("letters", Destination::Eml("letters".into())),
            ("c:letters", Destination::Eml("c:letters".into())),
        ];
        for (text, meant) in cases {
            assert_eq!(destination(text), Ok(meant), "{text}");
        }
        for bad in ["", "  ", "mbox:", "~/mail", "maildir:~/mail"] {
            assert!(destination(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn progress_and_end_are_told_in_words() {
        let progress = Progress {
            messages: (1_200, 5_000),
            octets: (3_000_000, 12_000_000),
            rate: 1_500_000.0,
            left: Some(Duration::from_secs(67)),
        };
        let words = progress_in_words(&progress, false);
        assert_eq!(words, "downloading 1,200/5,000 25%  3,000,000 B  1500 kB/s 1:07 left");
        assert_eq!(progress_in_words(&Progress::default(), true), "stopping 0/0  0 B  0 kB/s");
        assert_eq!((lapse(7), lapse(3_723)), ("7 s".to_owned(), "1:02:03".to_owned()));
        let outcome = Outcome { safe: vec![1], ..Outcome::default() };
        assert_eq!(end_in_words(&outcome, "mbox x", 0), "1 message safe in mbox x");
        let outcome = Outcome {
            safe: vec![1, 2],
            marked: vec![1, 2],
            refused: vec![(3, "no such message".to_owned())],
            left: 4,
            why: Some("the disk is full".to_owned()),
            ..Outcome::default()
        };
        let words = end_in_words(&outcome, "mbox x", 5);
        for part in ["2 messages", "5 were there", "2 marked", "message 3: no such", "4 not reached", "disk is full"] {
            assert!(words.contains(part), "{part}: {words}");
        }
    }
}
