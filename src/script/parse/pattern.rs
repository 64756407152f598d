//! Patterns of replies: `250`, `2yz`, `550 5.1.1`, `+OK`, `-ERR`, `any`, `close`, each with `/REGEX/`, joined by `or`.

use regex::{Regex, RegexBuilder};

use super::Reader;
use super::cursor::Cursor;
use crate::script::fault::quoted;
use crate::script::{Pattern, Reply};
use crate::smtp::EnhancedCode;

/// Most octets of a regular expression.
const REGEX: usize = 1024;
/// Most memory that one may take when it is compiled, in octets.
const COMPILED: usize = 1024 * 1024;
const RIGHT: &str = "write a code (250), a class (2yz), a code with its enhanced code (550 5.1.1), +OK, -ERR, any, \
                     close, each with /REGEX/ behind it if the text matters, and \"or\" between several";
const WORDS: [&str; 4] = ["any", "close", "+OK", "-ERR"];

/// Compiled within bounds.
pub(in crate::script) fn compiled(text: &str) -> Result<Regex, String> {
    if text.len() > REGEX {
        return Err(format!("it has {} octets, and at most {REGEX} are taken", text.len()));
    }
    let regex = RegexBuilder::new(text).size_limit(COMPILED).dfa_size_limit(COMPILED).build();
    // What the crate says goes over several lines; the last one has the reason.
    regex.map_err(|error| error.to_string().lines().last().unwrap_or_default().trim().to_owned())
}

impl Reader<'_> {
    /// The rest of the line; empty where there was a fault.
    pub(super) fn patterns(&mut self, mut cursor: Cursor) -> Vec<Pattern> {
        let mut patterns = Vec::new();
        loop {
            let Some(pattern) = self.pattern(&mut cursor) else { return Vec::new() };
            patterns.push(pattern);
            if cursor.is_at_end() {
                return patterns;
            }
            if !cursor.peek().eq_ignore_ascii_case("or") {
                self.fault(&cursor, format!("{} cannot stand here", quoted(cursor.rest())), RIGHT);
                return Vec::new();
            }
            cursor.word();
        }
    }

    fn pattern(&mut self, cursor: &mut Cursor) -> Option<Pattern> {
        let reply = if cursor.raw().starts_with('/') { Reply::Any } else { self.reply(cursor)? };
        let text = if cursor.raw().starts_with('/') { Some(self.regex(cursor)?) } else { None };
        Some(Pattern { reply, text })
    }

    fn reply(&mut self, cursor: &mut Cursor) -> Option<Reply> {
        let (start, word) = (*cursor, cursor.word());
        let Some(reply) = reply_of(word) else {
            let what = match word {
                "" => "a reply is missing".to_owned(),
                word => format!("{} is no reply", quoted(word)),
            };
            self.faults.push(start.fault(what, RIGHT).near(word, &WORDS));
            return None;
        };
        let Reply::Code(code) = reply else { return Some(reply) };
        match cursor.peek().parse::<EnhancedCode>() {
            Ok(enhanced) => {
                cursor.word();
                Some(Reply::Enhanced(code, (enhanced.class, enhanced.subject, enhanced.detail)))
            }
            Err(_) => Some(reply),
        }
    }

    /// What stands between two slashes; `\/` is a slash.
    fn regex(&mut self, cursor: &mut Cursor) -> Option<String> {
        let start = *cursor;
        let mut text = String::new();
        let mut characters = cursor.raw()[1..].char_indices();
        let end = loop {
            match characters.next() {
                None => {
                    self.fault(
                        &start,
                        "the regular expression is not closed",
                        "end it with a slash; \\/ is one inside",
                    );
                    return None;
                }
                Some((at, '/')) => break at,
                Some((_, '\\')) => match characters.next() {
                    Some((_, '/')) => text.push('/'),
                    Some((_, other)) => text.extend(['\\', other]),
                    None => {}
                },
                Some((_, other)) => text.push(other),
            }
        };
        cursor.step(end + 2);
        cursor.skip_blanks();
        match compiled(&text) {
            Ok(_) => Some(text),
            Err(why) => {
                self.fault(&start, format!("the regular expression is none: {}", quoted(&why)), "see the regex crate");
                None
            }
        }
    }
}

fn reply_of(word: &str) -> Option<Reply> {
    let is = |other: &str| word.eq_ignore_ascii_case(other);
    match word.as_bytes() {
        _ if is("any") => Some(Reply::Any),
        _ if is("close") => Some(Reply::Close),
        _ if is("+OK") => Some(Reply::Ok(true)),
        _ if is("-ERR") => Some(Reply::Ok(false)),
        [class @ b'2'..=b'5', b'y' | b'Y', b'z' | b'Z'] | [class @ b'2'..=b'5', b'x' | b'X', b'x' | b'X'] => {
            Some(Reply::Class(class - b'0'))
        }
        [b'2'..=b'5', b'0'..=b'9', b'0'..=b'9'] => word.parse().ok().map(Reply::Code),
        _ => None,
    }
}
