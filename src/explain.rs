//! What a reply means, why it may have come, and what to do: from tables of our own words in `assets/explain`.
//!
//! Pure look-up: the card whose conditions fit best wins, from wording and enhanced code down to the class alone. It
//! decides nothing; the engines act on codes only (RFC 5321 4.2).

mod card;
mod entry;
mod helo;
mod question;
mod spelling;
mod table;

pub use card::Card;
pub use helo::{Mismatch, helo_mismatch};
pub use question::{Answer, Question, SECOND_MAIL};
pub use spelling::{Hint, command_hint, spelling};

/// The card for a reply. `None` only for codes that no server may send (1yz, below 200, above 599).
pub fn reply(question: &Question<'_>) -> Option<Card> {
    let table = table::table();
    match &question.answer {
        Answer::Smtp { code, enhanced } => table.smtp_card(question, *code, *enhanced),
        Answer::Pop3 { status, code } => table.pop3_card(question, *status, *code),
    }
}

/// What an enhanced code such as 5.1.1 says by itself: title and meaning. Nothing for class 2.
pub fn enhanced(code: crate::smtp::EnhancedCode) -> Option<(&'static str, &'static str)> {
    let entry = table::table().enhanced(code)?;
    Some((&entry.title, &entry.meaning))
}

/// What a line of the EHLO reply (without its code) offers, in plain words; parameters may follow the keyword.
pub fn smtp_capability(line: &str) -> Option<&'static str> {
    capability(&table::table().capabilities.smtp, line)
}

/// What a line of CAPA offers, in plain words; parameters may follow the keyword.
pub fn pop3_capability(line: &str) -> Option<&'static str> {
    capability(&table::table().capabilities.pop3, line)
}

fn capability(known: &'static table::Words, line: &str) -> Option<&'static str> {
    let keyword = line.split([' ', '=']).next()?.to_ascii_uppercase();
    known.get(&keyword).map(String::as_str)
}

#[cfg(test)]
mod tests;
