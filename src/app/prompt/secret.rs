//! Which part of what is typed must not be seen, kept or completed.

use crate::wire::secret::masked;
use crate::wire::{Side, printable};
use crate::{explain, pop3, smtp};

/// Character position from which a line must not be shown, if it holds a secret. `exchange`: an AUTH exchange is under
/// way, and all that is typed answers a challenge. A misspelt PASS or AUTH still has a password behind it, and so has
/// one that is typed to the wrong server.
pub(crate) fn secret_from(text: &str, side: Side, exchange: bool) -> Option<usize> {
    if exchange {
        return Some(0);
    }
    let starts = word_starts(text);
    let word = text.trim_start().split([' ', '\t']).next().unwrap_or_default();
    let shown = match meant(word, side) {
        "PASS" => Some(1),
        "APOP" | "AUTH" => Some(2),
        _ => None,
    };
    let found = shown.and_then(|shown| starts.get(shown).copied());
    // What the records mask is not shown before it is sent either.
    found.into_iter().chain(masked_from(text, side)).min()
}

/// Character position from which the engine of that side masks a line.
fn masked_from(text: &str, side: Side) -> Option<usize> {
    let masked = match side {
        Side::Smtp => smtp::Line::typed(text).ok()?.secret_from(),
        Side::Pop3 => pop3::Line::typed(text).ok()?.secret_from(),
    };
    let blanks = |at: usize| text.as_bytes()[at..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    masked.map(|at| String::from_utf8_lossy(&text.as_bytes()[..at + blanks(at)]).chars().count())
}

/// Whether a line begins an exchange in which the lines behind it are secrets.
pub(super) fn begins_exchange(text: &str, side: Side) -> bool {
    let upper = text.to_ascii_uppercase();
    let first = text.split_ascii_whitespace().next().unwrap_or_default();
    meant(first, side) == "AUTH" || upper.split_ascii_whitespace().any(|word| word == "AUTH")
}

/// The verb of a secret that a word is or resembles.
fn meant(word: &str, side: Side) -> &'static str {
    let upper = word.to_ascii_uppercase();
    let found = ["PASS", "APOP", "AUTH"].into_iter().find(|verb| *verb == upper);
    let found = found.or_else(|| explain::spelling_on(side, word)).or_else(|| explain::spelling(word));
    found.unwrap_or(if upper.starts_with("PAS") { "PASS" } else { "" })
}

/// Where the words of a line begin, in characters. A blank behind a word begins the next one.
fn word_starts(text: &str) -> Vec<usize> {
    let (mut starts, mut inside) = (Vec::new(), false);
    for (index, character) in text.chars().enumerate() {
        let blank = matches!(character, ' ' | '\t');
        if !blank && !inside {
            starts.push(index);
        }
        inside = !blank;
    }
    starts
}

/// A line as it may be shown where lines are previewed: secrets as stars, controls as pictures. `exchange`: as for
/// [`secret_from`].
pub(super) fn shown(text: &str, side: Side, exchange: bool) -> String {
    let from = secret_from(text, side, exchange).into_iter().chain(quoted_from(text)).min();
    let from = from.map_or(text.len(), |from| text.chars().take(from).map(char::len_utf8).sum());
    let masked = masked(text.as_bytes(), &[from..text.len()]);
    printable::text(&String::from_utf8_lossy(&masked)).into_owned()
}

/// Where the secret begins of a command that stands somewhere in a line, as in one copied from a transcript: `C: PASS x`.
fn quoted_from(text: &str) -> Option<usize> {
    let starts = word_starts(text);
    let words: Vec<String> =
        text.split([' ', '\t']).filter(|word| !word.is_empty()).map(str::to_ascii_uppercase).collect();
    let at = words.iter().position(|word| matches!(word.as_str(), "PASS" | "AUTH" | "APOP"))?;
    let shown = if words[at] == "PASS" { 1 } else { 2 };
    starts.get(at + shown).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_begins_behind_its_verb_in_any_spelling_and_on_any_side() {
        for (text, side, from) in [
            ("pass hunter2", Side::Pop3, Some(5)),
            (" PASS  a b", Side::Pop3, Some(7)),
            ("PASS", Side::Pop3, None),
            ("PASS ", Side::Pop3, None),
            ("pass hunter2", Side::Smtp, Some(5)),
            ("PSAS hunter2", Side::Pop3, Some(5)),
            ("password hunter2", Side::Pop3, Some(9)),
            ("APOP ada c4c9", Side::Pop3, Some(9)),
            ("AUTH PLAIN AGEAYg==", Side::Smtp, Some(11)),
            ("auht plain AGEAYg==", Side::Smtp, Some(11)),
            ("PASShunter2", Side::Pop3, Some(4)),
            ("C: PASS hunter2", Side::Pop3, Some(8)),
            ("aHVudGVyMg==", Side::Smtp, Some(0)),
            ("AUTH PLAIN", Side::Smtp, None),
            ("STAT", Side::Pop3, None),
            ("MAIL FROM:<a@b>", Side::Smtp, None),
        ] {
            assert_eq!(secret_from(text, side, false), from, "{text}");
        }
        assert_eq!(secret_from("aHVudGVyMg==", Side::Smtp, true), Some(0));
    }

    #[test]
    fn a_preview_shows_no_secret_and_no_control() {
        for (text, exchange, preview) in [
            ("PASS hunter2", false, "PASS ****(7 B)"),
            ("C: AUTH PLAIN AGEAYg==", false, "C: AUTH PLAIN ****(8 B)"),
            ("-> PASS a b", false, "-> PASS ****(3 B)"),
            ("aHVudGVyMg==", true, "****(12 B)"),
            ("NOOP \x1b[31m", false, "NOOP ␛[31m"),
        ] {
            assert_eq!(shown(text, Side::Smtp, exchange), preview);
        }
    }
}
