//! Names in plain words: what a server announces, what a command does, what a parameter asks for, and what a mechanism
//! of SASL gives away.

use super::table::{self, Words};
use crate::wire::Side;

/// What a line of the EHLO reply (without its code) offers, in plain words; parameters may follow the keyword.
pub fn smtp_capability(line: &str) -> Option<&'static str> {
    word_for(&table::table().capabilities.smtp, line)
}

/// What a line of CAPA offers, in plain words; parameters may follow the keyword.
pub fn pop3_capability(line: &str) -> Option<&'static str> {
    word_for(&table::table().capabilities.pop3, line)
}

/// What a command does, by its verb; `.` is the end of a mail's text.
pub fn command(side: Side, verb: &str) -> Option<&'static str> {
    let known = &table::table().capabilities;
    word_for(if side == Side::Smtp { &known.smtp_verbs } else { &known.pop3_verbs }, verb)
}

/// What a parameter of MAIL or RCPT asks for, such as `BODY=8BITMIME`.
pub fn parameter(word: &str) -> Option<&'static str> {
    word_for(&table::table().capabilities.parameters, word)
}

/// What a SASL mechanism proves, and what it gives away.
pub fn mechanism(name: &str) -> Option<&'static str> {
    word_for(&table::table().capabilities.sasl, name)
}

fn word_for(known: &'static Words, line: &str) -> Option<&'static str> {
    let keyword = line.split([' ', '=']).next()?.to_ascii_uppercase();
    known.get(&keyword).map(String::as_str)
}
