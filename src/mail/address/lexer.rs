//! Cuts a typed address list into tokens (RFC 5322 3.2): words, quoted strings, comments, angle parts, separators.

use super::Problem;

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Blanks.
    Space,
    /// A run of characters without a special meaning.
    Text,
    /// A quoted string, with quotes and escapes taken off.
    Quoted(String),
    /// A comment, with its outer parentheses and escapes taken off.
    Comment(String),
    /// What is between `<` and `>`, trimmed.
    Angle(String),
    /// `,`
    Comma,
    /// `;`
    Semicolon,
    /// `:`
    Colon,
}

/// A token and its place in the text, in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) at: usize,
    pub(super) end: usize,
    pub(super) kind: Kind,
}

impl Token {
    /// Neither blank nor comment.
    pub(super) fn is_word(&self) -> bool {
        !matches!(self.kind, Kind::Space | Kind::Comment(_))
    }
}

/// The tokens of `chars`, and what was left open.
pub(super) fn tokens(chars: &[char]) -> (Vec<Token>, Vec<Problem>) {
    let (mut tokens, mut problems, mut at) = (Vec::new(), Vec::new(), 0);
    while at < chars.len() {
        let (end, kind) = match chars[at] {
            ' ' | '\t' => (run(chars, at, |c| matches!(c, ' ' | '\t')), Kind::Space),
            ',' => (at + 1, Kind::Comma),
            ';' => (at + 1, Kind::Semicolon),
            ':' => (at + 1, Kind::Colon),
            '"' => enclosed(chars, at, &mut problems, quoted, "a quote that is not closed", "add the closing \""),
            '(' => enclosed(chars, at, &mut problems, comment, "a ( that is not closed", "add the closing )"),
            '<' => enclosed(chars, at, &mut problems, angle, "a < that is not closed", "add the closing >"),
            _ => (text(chars, at), Kind::Text),
        };
        tokens.push(Token { at, end, kind });
        at = end;
    }
    (tokens, problems)
}

fn run(chars: &[char], at: usize, belongs: impl Fn(char) -> bool) -> usize {
    chars[at..].iter().position(|c| !belongs(*c)).map_or(chars.len(), |length| at + length)
}

/// End of a run of plain text. A domain literal belongs to it, colons included.
fn text(chars: &[char], at: usize) -> usize {
    let mut end = at;
    while end < chars.len() {
        match chars[end] {
            '[' => match chars[end..].iter().take(LITERAL).position(|c| *c == ']') {
                Some(length) => end += length,
                None => end += 1,
            },
            ' ' | '\t' | ',' | ';' | ':' | '"' | '(' | '<' => break,
            _ => end += 1,
        }
        if end < chars.len() && chars[end] == ']' {
            end += 1;
        }
    }
    end.max(at + 1)
}

/// Longest domain literal looked for; keeps a text of `[` alone from being searched again and again.
const LITERAL: usize = 64;

type Scan = fn(&[char], usize) -> (usize, Kind, bool);

fn enclosed(
    chars: &[char],
    at: usize,
    problems: &mut Vec<Problem>,
    scan: Scan,
    what: &str,
    advice: &str,
) -> (usize, Kind) {
    let (end, kind, closed) = scan(chars, at);
    if !closed {
        problems.push(Problem::new(at, what, advice));
    }
    (end, kind)
}

fn quoted(chars: &[char], at: usize) -> (usize, Kind, bool) {
    let (mut text, mut index) = (String::new(), at + 1);
    while index < chars.len() {
        match chars[index] {
            '"' => return (index + 1, Kind::Quoted(text), true),
            '\\' if index + 1 < chars.len() => {
                index += 1;
                text.push(chars[index]);
            }
            c => text.push(c),
        }
        index += 1;
    }
    (index, Kind::Quoted(text), false)
}

fn comment(chars: &[char], at: usize) -> (usize, Kind, bool) {
    let (mut text, mut index, mut depth) = (String::new(), at + 1, 1_usize);
    while index < chars.len() {
        match chars[index] {
            '(' => depth += 1,
            ')' if depth == 1 => return (index + 1, Kind::Comment(text), true),
            ')' => depth -= 1,
            '\\' if index + 1 < chars.len() => index += 1,
            _ => {}
        }
        text.push(chars[index]);
        index += 1;
    }
    (index, Kind::Comment(text), false)
}

fn angle(chars: &[char], at: usize) -> (usize, Kind, bool) {
    let (mut index, mut in_quotes) = (at + 1, false);
    while index < chars.len() {
        match chars[index] {
            '\\' if in_quotes => index += 1,
            '"' => in_quotes = !in_quotes,
            '>' if !in_quotes => return (index + 1, inner(&chars[at + 1..index]), true),
            _ => {}
        }
        index += 1;
    }
    (chars.len(), inner(&chars[at + 1..]), false)
}

fn inner(chars: &[char]) -> Kind {
    Kind::Angle(chars.iter().collect::<String>().trim_matches([' ', '\t']).to_owned())
}
