//! What a row of the transcript means: replies, commands, bodies, and what happened on our side.

use super::super::dialog::{Card as TextCard, Dialog};
use super::super::{App, Explained};
use crate::explain::{self, About, Card, Question};
use crate::keymap::{Action, Scope};
use crate::layout::Pane;
use crate::transcript::{Entry, EntryKind};
use crate::wire::{Side, printable};

/// Lines of a reply that are searched for wordings: more than that no server says.
const READ: usize = 60;
/// Capabilities that are told of one reply.
const TOLD: usize = 100;

impl App {
    /// What the explain line is about: the row under the cursor while one looks around, else the last reply.
    pub(crate) fn explained_now(&self) -> Option<Explained> {
        let looking = self.focus == Pane::Transcript && (!self.transcript.follow || self.explained.is_none());
        let selected = || self.transcript.selected().and_then(|entry| explain_row(entry));
        looking.then(selected).flatten().or_else(|| self.explained.clone())
    }

    /// `e`: the whole card.
    pub(in crate::app) fn show_explanation(&mut self) {
        if self.is_in_result() {
            return self.explain_recipient();
        }
        let Some(explained) = self.explained_now() else { return };
        let card = &explained.card;
        let ours = card.class.is_empty() || card.code == explained.side.name();
        let who = if ours { "On our side" } else { "said" };
        let head = if ours { format!("{who}:") } else { format!("The {} server {who}:", explained.side.name()) };
        let mut lines = vec![head, format!("  {}", explained.headline), String::new()];
        lines.extend(card.text().lines().map(str::to_owned));
        lines.extend(self.key_of(card));
        lines.extend(self.capabilities_in_words(&explained));
        self.dialog = Some(Dialog::Card(TextCard::new(card.title.clone(), lines)));
    }

    /// The key that does what the card advises, if it can be done now.
    fn key_of(&self, card: &Card) -> Option<String> {
        let action =
            card.key.as_deref().and_then(Action::from_id).filter(|action| self.unavailable(*action).is_none())?;
        let key = self.keymap.hint(action, &[Scope::Global, Scope::Leader])?;
        Some(format!("Key: {key}  {}", action.info().text))
    }

    /// What the server offers, in plain words: of the reply under the cursor, if it lists that, else of the link.
    fn capabilities_in_words(&self, explained: &Explained) -> Vec<String> {
        if !explained.card.code.starts_with("250") && !explained.card.code.starts_with("+OK") {
            return Vec::new();
        }
        let looking = self.focus == Pane::Transcript && !self.transcript.follow;
        let listed = self.transcript.selected().filter(|_| looking).map(offers);
        let lines = match listed {
            Some(lines) => lines,
            None => self.announced(explained.side).to_vec(),
        };
        if lines.is_empty() {
            return Vec::new();
        }
        let told = lines.iter().flat_map(|line| in_words(explained.side, line));
        [String::new(), "What this server offers:".to_owned()].into_iter().chain(told).collect()
    }

    fn announced(&self, side: Side) -> &[String] {
        match (side, &self.links.pop3_capabilities) {
            (Side::Smtp, _) => &self.links.smtp_capabilities.lines,
            (Side::Pop3, Some(capabilities)) => &capabilities.lines,
            (Side::Pop3, None) => &[],
        }
    }
}

/// The lines that a reply to EHLO, LHLO or CAPA lists; none of another row.
fn offers(entry: Entry<'_>) -> Vec<String> {
    let lines = entry.lines().skip(1).take(TOLD);
    match (entry.kind(), entry.verb()) {
        (EntryKind::Reply, "EHLO" | "LHLO") => lines.filter_map(|line| Some(line.get(4..)?.to_owned())).collect(),
        (EntryKind::Reply | EntryKind::Body, "CAPA") => lines.filter(|line| line != ".").collect(),
        _ => Vec::new(),
    }
}

/// A capability in plain words, and the mechanisms behind it.
fn in_words(side: Side, line: &str) -> Vec<String> {
    let words = if side == Side::Smtp { explain::smtp_capability(line) } else { explain::pop3_capability(line) };
    let words = words.unwrap_or("not known to this program");
    let mut told = vec![format!("  {:<22} {words}", printable::text(line))];
    let (keyword, rest) = line.split_once([' ', '=']).unwrap_or((line, ""));
    if keyword.eq_ignore_ascii_case("AUTH") || keyword.eq_ignore_ascii_case("SASL") {
        let mechanisms = rest.split_whitespace().take(20);
        told.extend(mechanisms.filter_map(|name| {
            let words = explain::mechanism(name)?;
            Some(format!("    {:<20} {words}", printable::text(name)))
        }));
    }
    told
}

/// The lines of a reply as one: the code in front, then the words.
fn joined(side: Side, mut lines: impl Iterator<Item = String>) -> String {
    let mut said = lines.next().unwrap_or_default();
    if side == Side::Smtp {
        for line in lines {
            said.extend([" ", line.get(4..).unwrap_or_default()]);
        }
    }
    said
}

fn explain_row(entry: Entry<'_>) -> Option<Explained> {
    let headline = entry.lines().next()?;
    let card = match entry.kind() {
        EntryKind::Reply => reply_card(entry),
        EntryKind::Command => command_card(entry.side(), &headline),
        EntryKind::Body => explain::asked(".", About { side: Some(entry.side()), ..About::default() }).pop(),
        EntryKind::Stray => explain::failure("protocol", &headline),
        EntryKind::Event => explain::failure("event", &headline),
        EntryKind::Error => error_card(&headline),
    }?;
    Some(Explained { side: entry.side(), headline, card })
}

/// The card of a reply by all its lines.
fn reply_card(entry: Entry<'_>) -> Option<Card> {
    let said = joined(entry.side(), entry.lines().take(READ));
    let question = match entry.side() {
        Side::Smtp => Question::smtp_line(entry.verb(), &said),
        Side::Pop3 => Question::pop3_line(entry.verb(), &said),
    }?;
    explain::reply(&if entry.tls() { question } else { question.in_state(explain::CLEAR) })
}

/// What a command does, and what its parameters ask for.
fn command_card(side: Side, line: &str) -> Option<Card> {
    let mut cards = explain::asked(line, About { side: Some(side), ..About::default() });
    let at = cards.iter().position(|card| card.title.starts_with("command of"))?;
    let mut card = cards.swap_remove(at);
    let parts = cards.iter().filter(|card| !card.title.starts_with("announced") && card.code != line_verb(line));
    card.causes = parts.map(|part| format!("{}: {}", part.code, part.meaning)).collect();
    Some(card)
}

fn line_verb(line: &str) -> String {
    line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase()
}

/// An error row names its kind in words only.
fn error_card(words: &str) -> Option<Card> {
    let asked = explain::asked(words, About::default()).into_iter().find(|card| card.class == "ERR");
    let card = asked.or_else(|| explain::failure("tls", words).filter(|_| words.contains("certificate")));
    let card = card.or_else(|| explain::failure("io", words))?;
    Some(Card { code: "error".to_owned(), ..card })
}
