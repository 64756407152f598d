//! The tables of `assets/explain`, and what is found in them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::entry::{Entry, heaviest, weight};
use super::said::Said;
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
    /// What the codes add to good news.
    pub(super) success: BTreeMap<(u16, u16), String>,
    pub(super) failures: Vec<Entry<String>>,
    /// Of TLS, by name.
    pub(super) alerts: BTreeMap<String, Alert>,
    pub(super) capabilities: Capabilities,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Capabilities {
    pub(super) smtp: Words,
    pub(super) pop3: Words,
    pub(super) sasl: Words,
    pub(super) parameters: Words,
    pub(super) smtp_verbs: Words,
    pub(super) pop3_verbs: Words,
    pub(super) products: BTreeMap<String, Vec<String>>,
}

/// What an alert of TLS says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Alert {
    pub(super) number: u8,
    pub(super) meaning: String,
    pub(super) cause: String,
    pub(super) next: String,
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
    success: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FailureFile {
    card: Vec<Entry<String>>,
    alerts: BTreeMap<String, Alert>,
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
    /// Reply codes that it goes with by the registry; any where it names none.
    #[serde(default)]
    pub(super) basic: Vec<u16>,
}

/// The tables, parsed once, when the first question comes.
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
        let FailureFile { card: failures, alerts } =
            toml::from_str(include_str!("../../assets/explain/failures.toml"))?;
        let wordings: File<Entry<u16>> = toml::from_str(include_str!("../../assets/explain/wordings.toml"))?;
        let smtp = smtp.card.into_iter().chain(wordings.card).collect();
        let (success, enhanced) = (numbered(enhanced.success), numbered(enhanced.codes));
        Ok(Self { smtp, pop3: pop3.card, enhanced, success, failures, alerts, capabilities })
    }

    /// What went wrong by the enhanced code; of good news see [`Self::in_words`].
    pub(super) fn enhanced(&self, code: EnhancedCode) -> Option<&EnhancedEntry> {
        self.enhanced.get(&(code.subject, code.detail)).filter(|_| code.class != 2)
    }

    /// What an enhanced code of any class says by itself, in a sentence or two.
    pub(super) fn in_words(&self, code: EnhancedCode) -> Option<String> {
        let key = (code.subject, code.detail);
        match code.class {
            2 => self.success.get(&key).cloned(),
            _ => self.enhanced.get(&key).map(|entry| entry.meaning.clone()),
        }
    }

    /// The card of an enhanced code without a reply code.
    pub(super) fn enhanced_card(&self, code: EnhancedCode) -> Option<Card> {
        let class = match code.class {
            2 => "OK",
            4 => "TEMP",
            _ => "PERM",
        };
        let entry = self.enhanced.get(&(code.subject, code.detail))?;
        let mut card = entry.card(code, dotted(code), class);
        if code.class == 2 {
            let nothing = "The command was carried out; the code adds nothing to that.";
            card.meaning = self.in_words(code).unwrap_or_else(|| nothing.to_owned());
            "Good news".clone_into(&mut card.title);
            (card.causes, card.field) = (Vec::new(), None);
            "Go on with the next command.".clone_into(&mut card.next);
        }
        if !entry.basic.is_empty() {
            let codes: Vec<String> = entry.basic.iter().map(ToString::to_string).collect();
            card.background = Some(format!("Reply codes it goes with: {}.", codes.join(", ")));
        }
        Some(card)
    }

    pub(super) fn smtp_card(&self, question: &Question<'_>, code: u16, enhanced: Option<EnhancedCode>) -> Option<Card> {
        let (verb, said) = (question.table_verb(), Said::new(&question.text));
        let weighed =
            self.smtp.iter().filter_map(|entry| Some((entry.smtp_weight(&verb, code, question.state, &said)?, entry)));
        let ((heaviest, _), entry) = heaviest(weighed)?;
        let known = enhanced.and_then(|code| Some((code, self.enhanced(code)?)));
        let shown = enhanced.map_or_else(|| code.to_string(), |enhanced| format!("{code} {}", dotted(enhanced)));
        if let Some((enhanced, finer)) = known
            && enhanced_weight(enhanced) > heaviest
        {
            let product = super::product::recognised(&said).map(str::to_owned);
            return Some(Card { product, ..finer.card(enhanced, shown, class(code)) });
        }
        let mut card = entry.card(shown, class(code));
        card.enhanced = enhanced.and_then(|code| Some(format!("{}: {}", dotted(code), self.in_words(code)?)));
        card.product = super::product::recognised(&said).map(str::to_owned).or(card.product);
        Some(card)
    }

    pub(super) fn pop3_card(&self, question: &Question<'_>, status: Status, code: Option<&str>) -> Option<Card> {
        let (verb, said) = (question.table_verb(), Said::new(&question.text));
        let weighed =
            self.pop3.iter().filter_map(|entry| Some((entry.pop3_weight(&verb, status, code, &said)?, entry)));
        let (_, entry) = heaviest(weighed)?;
        let (indicator, class) = match status {
            Status::Ok => ("+OK", "OK"),
            Status::Err => ("-ERR", "ERR"),
            Status::Continue => ("+", "MORE"),
        };
        let known = entry.codes.first();
        let shown = known.map_or_else(|| indicator.to_owned(), |code| format!("{indicator} [{code}]"));
        let mut card = entry.card(shown, class);
        card.temporary = card.temporary.or_else(|| code.and_then(lasting));
        card.product = super::product::recognised(&said).map(str::to_owned).or(card.product);
        Some(card)
    }
}

/// Whether a response code says that the same may work later (RFC 2449 8.1, RFC 3206 4).
fn lasting(code: &str) -> Option<bool> {
    let starts = |with: &str| code.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with));
    if starts("IN-USE") || starts("LOGIN-DELAY") || starts("SYS/TEMP") {
        return Some(true);
    }
    (starts("SYS/PERM") || starts("AUTH")).then_some(false)
}

fn numbered<T>(keyed: BTreeMap<String, T>) -> BTreeMap<(u16, u16), T> {
    let pair = |(code, entry): (String, T)| {
        let (subject, detail) = code.split_once('.')?;
        Some(((subject.parse().ok()?, detail.parse().ok()?), entry))
    };
    keyed.into_iter().filter_map(pair).collect()
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
            temporary: (class != "OK").then_some(class == "TEMP"),
            product: None,
            background: None,
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

pub(super) fn class(code: u16) -> &'static str {
    match code / 100 {
        2 => "OK",
        3 => "MORE",
        4 => "TEMP",
        _ => "PERM",
    }
}

pub(super) fn dotted(EnhancedCode { class, subject, detail }: EnhancedCode) -> String {
    format!("{class}.{subject}.{detail}")
}

#[cfg(test)]
mod tests;
