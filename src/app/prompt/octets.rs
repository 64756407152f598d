//! The octets of a line that holds more than printable ASCII, in hexadecimal.

use std::fmt::Write as _;
use std::ops::Range;

/// Whether a line holds a control character or one that is not ASCII.
pub(crate) fn is_odd(text: &str) -> bool {
    text.bytes().any(|byte| !(0x20..0x7f).contains(&byte))
}

/// The octets around the character at `caret` that fit so many cells, each as two digits; `..` where there are more,
/// and `**` for a secret, which begins at character `secret`.
pub(crate) fn hex(text: &str, caret: usize, secret: Option<usize>, cells: usize) -> String {
    let byte_at = |place: usize| text.char_indices().nth(place).map_or(text.len(), |(at, _)| at);
    let hidden = secret.map_or(text.len(), byte_at);
    let range = window(text.len(), byte_at(caret), cells.saturating_sub(".. ..".len()) / 3);
    let mut shown = String::with_capacity(cells);
    if range.start > 0 {
        shown.push_str(".. ");
    }
    for (index, byte) in text.bytes().enumerate().take(range.end).skip(range.start) {
        if index >= hidden {
            shown.push_str("** ");
        } else {
            write!(shown, "{byte:02x} ").expect("writing to a String cannot fail");
        }
    }
    if range.end < text.len() {
        shown.push_str("..");
    }
    shown.truncate(shown.trim_end().len());
    shown
}

/// So many octets around `at`, all of them in view if they fit.
fn window(length: usize, at: usize, room: usize) -> Range<usize> {
    if length <= room {
        return 0..length;
    }
    let start = at.saturating_sub(room / 2).min(length - room);
    start..start + room
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_are_shown_around_the_caret_and_secrets_are_not() {
        for (text, caret, secret, cells, shown) in [
            ("é\r", 0, None, 40, "c3 a9 0d"),
            ("PASS é", 0, Some(5), 40, "50 41 53 53 20 ** **"),
            ("abcdefghij", 0, None, 14, "61 62 63 .."),
            ("abcdefghij", 10, None, 14, ".. 68 69 6a"),
            ("abcdefghij", 5, None, 14, ".. 65 66 67 .."),
            ("", 0, None, 13, ""),
            ("ab", 0, None, 0, ".."),
        ] {
            let found = hex(text, caret, secret, cells);
            assert_eq!(found, shown, "{text} at {caret}");
            assert!(found.len() <= cells.max(2));
        }
    }

    #[test]
    fn printable_ascii_needs_no_octets() {
        assert!(!is_odd("MAIL FROM:<a@b> ~"));
        assert!(is_odd("a\tb") && is_odd("ü") && is_odd("\x7f"));
    }
}
