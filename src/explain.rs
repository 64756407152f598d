//! What a reply means, why it may have come, and what to do: from tables of our own words in `assets/explain`.
//!
//! Pure look-up: the card whose conditions fit best wins, from wording and enhanced code down to the class alone. It
//! decides nothing; the engines act on codes only (RFC 5321 4.2).

mod asked;
mod card;
mod catalogue;
mod dialogue;
mod entry;
mod failure;
mod helo;
mod names;
mod product;
mod question;
mod said;
mod spelling;
mod table;

pub use asked::{About, asked};
pub use card::Card;
pub use catalogue::{Known, catalogue, nearest};
pub use dialogue::{Heard, dialogue};
pub use failure::failure;
pub use helo::{Mismatch, helo_mismatch};
pub use names::{command, mechanism, parameter, pop3_capability, smtp_capability};
pub use question::{Answer, CLEAR, Question, SECOND_MAIL, SIGNED_IN, STATES};
pub use spelling::{Hint, command_hint, is_begun, spelling, spelling_on};

/// The card for a reply. `None` only for codes that no server may send (1yz, below 200, above 599).
pub fn reply(question: &Question<'_>) -> Option<Card> {
    let table = table::table();
    match &question.answer {
        Answer::Smtp { code, enhanced } => table.smtp_card(question, *code, *enhanced),
        Answer::Pop3 { status, code } => table.pop3_card(question, *status, *code),
    }
}

#[cfg(test)]
mod tests;
