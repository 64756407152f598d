//! A card of the tables with its conditions, and how well they fit.
//!
//! Each condition that holds adds to the weight, one that fails rules the card out, the heaviest wins. Wording outweighs
//! all but the response codes of POP3 and the state, because it is all that tells, say, relaying from a missing login;
//! the state outweighs it, because it tells what no server says.

use serde::Deserialize;

use super::Card;
use super::said::{Said, begins_a_word};
use crate::pop3::Status;

/// Weights. Within equal weights the longer wording wins, then the earlier card.
pub(super) mod weight {
    pub(in super::super) const RESPONSE_CODE: u32 = 64;
    pub(in super::super) const WORDS: u32 = 32;
    pub(in super::super) const FIRM: u32 = 12;
    pub(in super::super) const STATE: u32 = 40;
    pub(in super::super) const ENHANCED: u32 = 10;
    pub(in super::super) const VERB: u32 = 4;
    pub(in super::super) const ENHANCED_VAGUE: u32 = 3;
    pub(in super::super) const CODE: u32 = 2;
    pub(in super::super) const CLASS: u32 = 1;
}

/// Weight, then the length of the wording found.
pub(super) type Weight = (u32, usize);

/// A card, with SMTP codes (`u16`) or POP3 response codes (`String`).
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry<C> {
    #[serde(default)]
    pub(super) verbs: Vec<String>,
    /// SMTP: whole codes, or first digits.
    #[serde(default = "Vec::new")]
    pub(super) codes: Vec<C>,
    /// POP3 only.
    pub(super) status: Option<Word>,
    #[serde(default)]
    pub(super) states: Vec<String>,
    #[serde(default)]
    pub(super) words: Vec<String>,
    #[serde(default)]
    firm: bool,
    pub(super) title: String,
    meaning: String,
    causes: Vec<String>,
    next: String,
    key: Option<String>,
    field: Option<String>,
    rfc: String,
    /// What experience says against the code.
    temporary: Option<bool>,
    /// Whose wording it is.
    product: Option<String>,
    /// What must choose this card: `VERB: reply`, or `VERB state: reply`; of a failure `kind: words`.
    #[serde(default)]
    pub(super) samples: Vec<String>,
}

/// A status indicator as the tables write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Word {
    Ok,
    Err,
    More,
}

impl From<Status> for Word {
    fn from(status: Status) -> Self {
        match status {
            Status::Ok => Self::Ok,
            Status::Err => Self::Err,
            Status::Continue => Self::More,
        }
    }
}

impl<C> Entry<C> {
    /// The card, said of `code`.
    pub(super) fn card(&self, code: String, class: &'static str) -> Card {
        Card {
            code,
            title: self.title.clone(),
            class,
            meaning: self.meaning.clone(),
            causes: self.causes.clone(),
            next: self.next.clone(),
            key: self.key.clone(),
            field: self.field.clone(),
            rfc: self.rfc.clone(),
            enhanced: None,
            temporary: self.temporary.or(match class {
                "TEMP" => Some(true),
                "PERM" => Some(false),
                _ => None,
            }),
            product: self.product.clone(),
            background: None,
        }
    }

    /// What verb, state and wording weigh.
    fn context(&self, verb: &str, state: Option<&str>, said: &Said) -> Option<Weight> {
        let verb = holds(&self.verbs, |known| known == verb, weight::VERB)?;
        let state = holds(&self.states, |known| state == Some(known), weight::STATE)?;
        let wording = longest_wording(&self.words, said)?;
        let words = if wording > 0 { weight::WORDS } else { 0 };
        let firm = if self.firm { weight::FIRM } else { 0 };
        Some((verb + state + words + firm, wording))
    }
}

impl Entry<u16> {
    /// How well it fits a reply of SMTP; `None` when it does not.
    pub(super) fn smtp_weight(&self, verb: &str, code: u16, state: Option<&str>, said: &Said) -> Option<Weight> {
        let by_code = if self.codes.contains(&code) {
            weight::CODE
        } else {
            self.codes.contains(&(code / 100)).then_some(weight::CLASS)?
        };
        let (context, wording) = self.context(verb, state, said)?;
        Some((by_code + context, wording))
    }
}

impl Entry<String> {
    /// How well it fits a response of POP3; `None` when it does not.
    pub(super) fn pop3_weight(&self, verb: &str, status: Status, code: Option<&str>, said: &Said) -> Option<Weight> {
        let by_status = match self.status {
            Some(known) => (known == Word::from(status)).then_some(weight::CLASS)?,
            None => 0,
        };
        let by_code = holds(&self.codes, |known| refines(code, known), weight::RESPONSE_CODE)?;
        let (context, wording) = self.context(verb, None, said)?;
        Some((by_status + by_code + context, wording))
    }
}

impl Entry<String> {
    /// How well it fits a failure of our side; `None` when it does not. `what`: with blanks between words.
    pub(super) fn failure_weight(&self, kind: &str, what: &Said) -> Option<Weight> {
        let finer = self.codes.iter().filter(|known| refines(Some(kind), known)).map(String::len).max()?;
        let wording = longest_wording(&self.words, what)?;
        let words = if wording > 0 { weight::WORDS } else { 0 };
        // A finer kind outweighs its whole: timed-out/greeting against timed-out.
        Some((words, wording + finer))
    }

    /// The longest of its names that stands in a question, both in small letters with blanks between words.
    pub(super) fn named_in(&self, question: &str) -> Option<usize> {
        let names = self.codes.iter().filter(|name| begins_a_word(question, name));
        names.map(String::len).max()
    }
}

/// The first of the heaviest.
pub(super) fn heaviest<T>(weighed: impl Iterator<Item = (Weight, T)>) -> Option<(Weight, T)> {
    weighed.reduce(|best, next| if next.0 > best.0 { next } else { best })
}

/// Whether `code` is `known`, or refines it behind a slash: then the first part still holds (RFC 2449 8).
fn refines(code: Option<&str>, known: &str) -> bool {
    let Some((start, rest)) = code.and_then(|code| code.split_at_checked(known.len())) else { return false };
    start.eq_ignore_ascii_case(known) && (rest.is_empty() || rest.starts_with('/'))
}

/// `weight` when one of `known` fits, nothing when none is asked for, `None` when the condition fails.
fn holds(known: &[String], fits: impl Fn(&str) -> bool, weight: u32) -> Option<u32> {
    if known.is_empty() { Some(0) } else { known.iter().any(|known| fits(known)).then_some(weight) }
}

/// Length of the longest of `words` that begins a word of what was said; 0 when none is asked for.
fn longest_wording(words: &[String], said: &Said) -> Option<usize> {
    if words.is_empty() {
        return Some(0);
    }
    words.iter().filter(|wording| said.has(wording)).map(String::len).max()
}
