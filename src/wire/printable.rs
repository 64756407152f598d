//! The one sanitizer: everything a server or a mail said passes it before it reaches a cell, a log, a title or a copy.
//!
//! Control characters become their pictures (`␛`), C1 and invisible or reordering characters their code point
//! (`‹U+202E›`), bytes that are no UTF-8 the replacement character. What is printable stays as it is.

use std::borrow::Cow;
use std::fmt::Write;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Most combining marks kept on one character; more make cells and lines overflow.
const MARKS: usize = 4;

/// `bytes` as text that is safe to show.
pub fn bytes(bytes: &[u8]) -> String {
    text(&String::from_utf8_lossy(bytes)).into_owned()
}

/// `text` in a form that is safe to show, on one line.
pub fn text(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    let mut marks = 0;
    for character in text.chars() {
        push(character, &mut marks, &mut shown);
    }
    Cow::Owned(shown)
}

/// As [`text`], with tabs as spaces up to the next multiple of 8 columns: for the lines of a mail.
pub fn line_of_mail(line: &str) -> Cow<'_, str> {
    if !line.contains('\t') {
        return text(line);
    }
    let (mut shown, mut column) = (String::with_capacity(line.len() + 16), 0);
    for (index, part) in line.split('\t').enumerate() {
        if index > 0 {
            let gap = 8 - column % 8;
            shown.extend(std::iter::repeat_n(' ', gap));
            column += gap;
        }
        let part = text(part);
        column += part.width();
        shown.push_str(&part);
    }
    Cow::Owned(shown)
}

/// `bytes` with CR and LF spelled out as `\r` and `\n`: for views of exact wire bytes.
pub fn wire(line: &[u8]) -> String {
    let mut shown = String::with_capacity(line.len() + 4);
    for part in line.split_inclusive(|byte| matches!(byte, b'\r' | b'\n')) {
        let (body, end) = match part {
            [body @ .., b'\r'] => (body, "\\r"),
            [body @ .., b'\n'] => (body, "\\n"),
            body => (body, ""),
        };
        shown.push_str(&bytes(body));
        shown.push_str(end);
    }
    shown
}

fn push(character: char, marks: &mut usize, shown: &mut String) {
    if let Some(picture) = control_picture(character) {
        *marks = 0;
        shown.push(picture);
    } else if is_hidden(character) {
        *marks = 0;
        write!(shown, "‹U+{:04X}›", u32::from(character)).expect("writing to a String cannot fail");
    } else if is_variation_selector(character) {
        // Changes the width of what is before it, differently in each terminal, and says nothing.
    } else if character.width() == Some(0) {
        *marks += 1;
        if *marks <= MARKS {
            shown.push(character);
        }
    } else {
        *marks = 0;
        shown.push(character);
    }
}

fn control_picture(character: char) -> Option<char> {
    match character {
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(character)),
        '\u{7f}' => Some('\u{2421}'),
        _ => None,
    }
}

/// C1 controls, bidirectional controls, zero-width and other format characters, line and paragraph separators, tags.
fn is_hidden(character: char) -> bool {
    matches!(character,
        '\u{80}'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

fn is_variation_selector(character: char) -> bool {
    matches!(character, '\u{fe00}'..='\u{fe0f}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hostile_characters_are_shown_and_not_obeyed() {
        for (hostile, shown) in [
            (&b"\x1b]0;title\x07"[..], "␛]0;title␇"),
            (b"\x9b31m", "\u{fffd}31m"),
            ("\u{9b}31m".as_bytes(), "‹U+009B›31m"),
            (b"\xc0\x9b", "\u{fffd}\u{fffd}"),
            (b"a\rb\x08c\x7f", "a␍b␈c␡"),
            ("abc\u{202e}fdp".as_bytes(), "abc‹U+202E›fdp"),
            ("a\u{200b}b\u{ad}c\u{2028}d".as_bytes(), "a‹U+200B›b‹U+00AD›c‹U+2028›d"),
            ("x\u{e0041}".as_bytes(), "x‹U+E0041›"),
            ("Grüße, 中文, 👍".as_bytes(), "Grüße, 中文, 👍"),
        ] {
            assert_eq!(bytes(hostile), shown, "{}", hostile.escape_ascii());
        }
    }

    #[test]
    fn marks_do_not_pile_up() {
        let tower = format!("a{}b", "\u{301}".repeat(1_000));
        assert_eq!(text(&tower).chars().count(), 2 + MARKS);
    }

    #[test]
    fn tabs_in_mail_become_columns() {
        assert_eq!(line_of_mail("a\tb"), "a       b");
        assert_eq!(line_of_mail("\t中\tx"), "        中      x");
    }

    #[test]
    fn line_ends_can_be_spelled_out() {
        assert_eq!(wire(b"a\r\n"), "a\\r\\n");
        assert_eq!(wire(b"a\nb\x1b"), "a\\nb␛");
    }

    proptest! {
        #[test]
        fn nothing_that_moves_a_cursor_passes(input in proptest::collection::vec(any::<u8>(), 0..200)) {
            for shown in [bytes(&input), wire(&input), line_of_mail(&String::from_utf8_lossy(&input)).into_owned()] {
                prop_assert!(!shown.chars().any(|c| c.is_control() || is_hidden(c)), "{:?}", shown);
            }
        }
    }
}
