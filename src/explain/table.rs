//! The tables of `assets/explain`, and what is found in them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::entry::{Entry, heaviest, weight};
use super::{Card, Question};
use crate::pop3::Status;
use crate::smtp::EnhancedCode;

/// Keyword to words.
pub(super) type Words = BTreeMap<String, String>;

#[derive(Debug)]
pub(super) struct Table {
    pub(super) smtp: Vec<Entry<u16>>,
    pub(super) pop3: Vec<Entry<String>>,
    pub(super) enhanced: BTreeMap<(u16, u16), EnhancedEntry>,
    pub(super) capabilities: Capabilities,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Capabilities {
    pub(super) smtp: Words,
    pub(super) pop3: Words,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File<T> {
    card: Vec<T>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EnhancedFile {
    codes: BTreeMap<String, EnhancedEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EnhancedEntry {
    pub(super) title: String,
    pub(super) meaning: String,
    cause: String,
    next: String,
    key: Option<String>,
    field: Option<String>,
    rfc: Option<String>,
}

/// The tables, parsed once.
pub(super) fn table() -> &'static Table {
    static TABLE: LazyLock<Table> =
        LazyLock::new(|| Table::parse().expect("the tables are part of the program, and a test reads them"));
    &TABLE
}

impl Table {
    pub(super) fn parse() -> Result<Self, toml::de::Error> {
        let smtp: File<Entry<u16>> = toml::from_str(include_str!("../../assets/explain/smtp.toml"))?;
        let pop3: File<Entry<String>> = toml::from_str(include_str!("../../assets/explain/pop3.toml"))?;
        let enhanced: EnhancedFile = toml::from_str(include_str!("../../assets/explain/enhanced.toml"))?;
        let capabilities = toml::from_str(include_str!("../../assets/explain/capabilities.toml"))?;
        let numbered = |(code, entry): (String, EnhancedEntry)| {
            let (subject, detail) = code.split_once('.')?;
            Some(((subject.parse().ok()?, detail.parse().ok()?), entry))
        };
        let enhanced = enhanced.codes.into_iter().filter_map(numbered).collect();
        Ok(Self { smtp: smtp.card, pop3: pop3.card, enhanced, capabilities })
    }

    /// What went wrong by the enhanced code; of good news the codes say nothing that the reply does not.
    pub(super) fn enhanced(&self, code: EnhancedCode) -> Option<&EnhancedEntry> {
        self.enhanced.get(&(code.subject, code.detail)).filter(|_| code.class != 2)
    }

    pub(super) fn smtp_card(&self, question: &Question<'_>, code: u16, enhanced: Option<EnhancedCode>) -> Option<Card> {
        let (verb, text) = (question.table_verb(), question.text.to_lowercase());
        let weighed =
            self.smtp.iter().filter_map(|entry| Some((entry.smtp_weight(&verb, code, question.state, &text)?, entry)));
        let ((heaviest, _), entry) = heaviest(weighed)?;
        let known = enhanced.and_then(|code| Some((code, self.enhanced(code)?)));
        let shown = enhanced.map_or_else(|| code.to_string(), |enhanced| format!("{code} {}", dotted(enhanced)));
        if let Some((enhanced, finer)) = known
            && enhanced_weight(enhanced) > heaviest
        {
            return Some(finer.card(enhanced, shown, class(code)));
        }
        let mut card = entry.card(shown, class(code));
        card.enhanced = known.map(|(code, finer)| format!("{}: {}", dotted(code), finer.meaning));
        Some(card)
    }

    pub(super) fn pop3_card(&self, question: &Question<'_>, status: Status, code: Option<&str>) -> Option<Card> {
        let (verb, text) = (question.table_verb(), question.text.to_lowercase());
        let weighed =
            self.pop3.iter().filter_map(|entry| Some((entry.pop3_weight(&verb, status, code, &text)?, entry)));
        let (_, entry) = heaviest(weighed)?;
        let (indicator, class) = match status {
            Status::Ok => ("+OK", "OK"),
            Status::Err => ("-ERR", "ERR"),
            Status::Continue => ("+", "MORE"),
        };
        let known = entry.codes.first();
        let shown = known.map_or_else(|| indicator.to_owned(), |code| format!("{indicator} [{code}]"));
        Some(entry.card(shown, class))
    }
}

impl EnhancedEntry {
    fn card(&self, enhanced: EnhancedCode, code: String, class: &'static str) -> Card {
        let wait = if class == "TEMP" { "Wait, then try again: it is refused for now only. If it stays: " } else { "" };
        Card {
            code,
            title: self.title.clone(),
            class,
            meaning: self.meaning.clone(),
            causes: vec![self.cause.clone()],
            next: format!("{wait}{}", self.next),
            key: self.key.clone().or_else(|| Some("next-command".to_owned())),
            field: self.field.clone(),
            rfc: self.rfc.clone().unwrap_or_else(|| format!("RFC 3463 3.{}", enhanced.subject + 1)),
            enhanced: None,
        }
    }
}

/// Detail 0 is "other", which says little.
fn enhanced_weight(code: EnhancedCode) -> u32 {
    match (code.subject, code.detail) {
        (0, _) => 0,
        (_, 0) => weight::ENHANCED_VAGUE,
        _ => weight::ENHANCED,
    }
}

fn class(code: u16) -> &'static str {
    match code / 100 {
        2 => "OK",
        3 => "MORE",
        4 => "TEMP",
        _ => "PERM",
    }
}

fn dotted(EnhancedCode { class, subject, detail }: EnhancedCode) -> String {
    format!("{class}.{subject}.{detail}")
}

#[cfg(test)]
mod tests;
