//! Words, comments and semicolons of a structured trace field (RFC 5322 3.2.2, 3.2.4), leniently: what is not closed
//! ends with the field, and no octet is an error. What the words mean is not known here.

/// Most octets of a field that are looked at.
const FIELD: usize = 8 * 1024;

/// A piece of a field. Borrows from it; not yet fit for the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// No blank, comment or semicolon is in it but between quotes, which are kept.
    Word(&'a str),
    /// What is between the outer parentheses.
    Comment(&'a str),
    /// The rest of the field follows.
    Semicolon(&'a str),
}

/// As much of the value as is looked at, on one line.
pub(super) fn value(value: &[u8]) -> String {
    let text = String::from_utf8_lossy(&value[..value.len().min(FIELD)]);
    text.replace(['\r', '\n'], "").trim_matches([' ', '\t']).to_owned()
}

/// The pieces of `text`, in order.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    // Quotes are not looked for again and again where one was not closed.
    let mut quotes = true;
    while let Some(first) = rest.bytes().next() {
        let (token, length) = match first {
            b'(' => comment(rest),
            b';' => (Token::Semicolon(&rest[1..]), 1),
            _ => word(rest, &mut quotes),
        };
        found.push(token);
        rest = rest[length..].trim_start();
    }
    found
}

/// The comment that `text` begins with, and its length. Comments nest; a backslash takes the next character along.
fn comment(text: &str) -> (Token<'_>, usize) {
    let (mut depth, mut escaped) = (0_usize, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'(' => depth += 1,
            b')' if depth == 1 => return (Token::Comment(&text[1..at]), at + 1),
            b')' => depth -= 1,
            _ => {}
        }
    }
    (Token::Comment(&text[1..]), text.len())
}

/// The word that `text` begins with, and its length. A quote that is not closed is a character like others, and so are
/// those behind it.
fn word<'a>(text: &'a str, quotes: &mut bool) -> (Token<'a>, usize) {
    let mut at = 0;
    while let Some(byte) = text.as_bytes().get(at) {
        match byte {
            b'"' if *quotes => {
                let length = quoted(&text[at..]);
                *quotes = length.is_some();
                at += length.unwrap_or(1);
            }
            b'(' | b';' => break,
            byte if byte.is_ascii_whitespace() => break,
            _ => at += 1,
        }
    }
    // A character of several octets holds none of those that end a word, but may be a blank for `trim_start`.
    (Token::Word(&text[..at]), at)
}

/// Length of the quoted string that `text` begins with.
fn quoted(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// The text of a word without its quotes and backslashes.
pub(super) fn unquoted(word: &str) -> String {
    let (mut text, mut escaped) = (String::with_capacity(word.len()), false);
    for character in word.chars() {
        match character {
            '"' | '\\' if !escaped => escaped = character == '\\',
            character => {
                escaped = false;
                text.push(character);
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Token::{Comment, Semicolon, Word};
    use super::*;

    #[test]
    fn comments_nest_and_quotes_hide_what_would_end_a_word() {
        for (text, expected) in [
            ("from a (b (c) d) by", vec![Word("from"), Word("a"), Comment("b (c) d"), Word("by")]),
            ("a(b)c;d", vec![Word("a"), Comment("b"), Word("c"), Semicolon("d"), Word("d")]),
            (r#"x="a; (b)" y"#, vec![Word(r#"x="a; (b)""#), Word("y")]),
            (r"(a\)b) c", vec![Comment(r"a\)b"), Word("c")]),
            ("a (b", vec![Word("a"), Comment("b")]),
            ("a) b", vec![Word("a)"), Word("b")]),
            (r#"a" b"#, vec![Word(r#"a""#), Word("b")]),
            ("\u{a0}a\u{2003}b", vec![Word("a\u{2003}b")]),
            ("", vec![]),
        ] {
            assert_eq!(tokens(text), expected, "{text}");
        }
        assert_eq!(unquoted(r#""a \"b\" \\""#), r#"a "b" \"#);
    }

    proptest! {
        #[test]
        fn any_text_ends_in_pieces(text in "[ -~\u{a0}é\\\\\"();]{0,200}") {
            let length = tokens(&text).iter().map(|token| match token {
                Word(word) => word.len(),
                Comment(inner) => inner.len() + 1,
                Semicolon(_) => 1,
            }).sum::<usize>();
            prop_assert!(length <= text.len());
        }
    }
}
