//! The explain line and card: what the last reply means, with the server's own words beside it.

use super::compose::Slot;
use super::dialog::{Card as TextCard, Dialog};
use super::{App, Explained};
use crate::connection::Failure;
use crate::explain::{self, Card, Hint, Question};
use crate::keymap::{Action, Scope};
use crate::layout::Pane;
use crate::mail::lint;
use crate::transcript::EntryKind;
use crate::wire::{Side, printable};
use crate::{pop3, smtp};

impl App {
    pub(super) fn explain_smtp(&mut self, verb: &str, _state: smtp::State, reply: &smtp::Reply) {
        self.show(Side::Smtp, explain::reply(&Question::smtp(verb, reply)), &reply.to_string());
    }

    pub(super) fn explain_smtp_line(&mut self, verb: smtp::Verb, line: &str, state: smtp::State, reply: &smtp::Reply) {
        let name = if verb == smtp::Verb::FinalDot { "." } else { verb.name() };
        let mut question = Question::smtp(name, reply);
        if matches!(verb, smtp::Verb::Rcpt | smtp::Verb::Data) && state == smtp::State::Ready && self.mail_accepted {
            question = question.in_state(explain::SECOND_MAIL);
        }
        let mut card = explain::reply(&question);
        if let Some(card) = card.as_mut().filter(|_| matches!(verb, smtp::Verb::Helo | smtp::Verb::Ehlo)) {
            let claimed = line.split_once(' ').map_or("", |(_, name)| name);
            // In front, as one line of it may be all there is room for.
            if let Some(mismatch) =
                explain::helo_mismatch(claimed, reply.first_line()).filter(|_| reply.class() == smtp::Class::Ok)
            {
                card.meaning = format!("{} {}", mismatch.hint, card.meaning);
            }
        }
        self.show(Side::Smtp, card, &reply.to_string());
    }

    pub(super) fn explain_pop3(&mut self, verb: &str, response: &pop3::Response) {
        self.show(Side::Pop3, explain::reply(&Question::pop3(verb, response)), &response.to_string());
    }

    fn show(&mut self, side: Side, card: Option<Card>, said: &str) {
        if let Some(card) = card {
            self.explained = Some(Explained { side, headline: printable::text(said).into_owned(), card });
        }
    }

    pub(super) fn explain_failure(&mut self, side: Side, failure: &Failure) {
        let card = Card {
            code: side.name().to_owned(),
            title: "The connection failed".to_owned(),
            class: "ERR",
            meaning: format!("{}.", failure.what),
            causes: Vec::new(),
            next: failure.advice.clone(),
            key: None,
            field: None,
            rfc: String::new(),
            enhanced: None,
        };
        self.explained = Some(Explained { side, headline: failure.at.clone(), card });
    }

    /// The reply that decided the fate of a mail is the one worth explaining; the caret goes to the field it is about.
    pub(super) fn explain_report(&mut self, report: &smtp::MailReport) {
        let refused = report.recipients.iter().find(|recipient| {
            matches!(recipient.outcome, smtp::RecipientOutcome::Refused | smtp::RecipientOutcome::Deferred)
        });
        let (verb, reply) = match (refused.and_then(|recipient| recipient.reply.as_ref()), report.stage) {
            (Some(reply), _) => ("RCPT", Some(reply)),
            (None, smtp::Stage::Greeting) => ("", report.reply.as_ref()),
            (None, smtp::Stage::Hello) => ("EHLO", report.reply.as_ref()),
            (None, smtp::Stage::Mail) => ("MAIL", report.reply.as_ref()),
            (None, smtp::Stage::Rcpt) => ("RCPT", report.reply.as_ref()),
            (None, smtp::Stage::Data) => ("DATA", report.reply.as_ref()),
            (None, _) => (".", report.reply.as_ref()),
        };
        let Some(reply) = reply else { return };
        let card = explain::reply(&Question::smtp(verb, reply));
        let field = card.as_ref().and_then(|card| card.field.clone());
        self.show(Side::Smtp, card, &reply.to_string());
        let slot = match field.as_deref() {
            _ if report.outcome == smtp::MailOutcome::Sent => None,
            Some("from") => Some(Slot::From),
            Some("to") => Some(Slot::To),
            Some("subject") => Some(Slot::Subject),
            _ => None,
        };
        let Some(slot) = slot else { return };
        self.compose.at = slot;
        // Nobody got the mail: what comes next is correcting it.
        if matches!(report.outcome, smtp::MailOutcome::Refused | smtp::MailOutcome::Deferred) {
            self.compose.editing = true;
            if self.focus != Pane::Prompt {
                self.focus = Pane::Compose;
            }
        }
    }

    /// What the explain line is about: the reply under the cursor while one looks around, else the last one.
    pub(crate) fn explained_now(&self) -> Option<Explained> {
        if self.focus == Pane::Transcript
            && !self.transcript.follow
            && let Some(explained) = self.explain_selected()
        {
            return Some(explained);
        }
        self.explained.clone()
    }

    fn explain_selected(&self) -> Option<Explained> {
        let entry = self.transcript.selected().filter(|entry| entry.kind() == EntryKind::Reply)?;
        let headline = entry.lines().next()?;
        let question = match entry.side() {
            Side::Smtp => Question::smtp_line(entry.verb(), &headline),
            Side::Pop3 => Question::pop3_line(entry.verb(), &headline),
        }?;
        let card = explain::reply(&question)?;
        Some(Explained { side: entry.side(), headline, card })
    }

    /// `e`: the whole card, and the cursor on the field it is about.
    pub(super) fn show_explanation(&mut self) {
        let Some(explained) = self.explained_now() else { return };
        let mut lines = vec![
            format!("The {} server said:", explained.side.name()),
            format!("  {}", explained.headline),
            String::new(),
        ];
        lines.extend(explained.card.text().lines().map(str::to_owned));
        lines.extend(self.key_of(&explained.card));
        if explained.card.code.starts_with("250") || explained.card.code.starts_with("+OK") {
            lines.extend(self.capabilities_in_words(explained.side));
        }
        self.dialog = Some(Dialog::Card(TextCard::new(explained.card.title.clone(), lines)));
    }

    /// The key that does what the card advises, if it can be done now.
    fn key_of(&self, card: &Card) -> Option<String> {
        let action =
            card.key.as_deref().and_then(Action::from_id).filter(|action| self.unavailable(*action).is_none())?;
        let key = self.keymap.hint(action, &[Scope::Global, Scope::Leader])?;
        Some(format!("Key: {key}  {}", action.info().text))
    }

    /// What the server offers, in plain words.
    fn capabilities_in_words(&self, side: Side) -> Vec<String> {
        let lines: &[String] = match (side, &self.links.pop3_capabilities) {
            (Side::Smtp, _) => &self.links.smtp_capabilities.lines,
            (Side::Pop3, Some(capabilities)) => &capabilities.lines,
            (Side::Pop3, None) => &[],
        };
        let words = if side == Side::Smtp { explain::smtp_capability } else { explain::pop3_capability };
        if lines.is_empty() {
            return Vec::new();
        }
        let offers = lines.iter().map(|line| {
            let words = words(line).unwrap_or("not known to this program");
            format!("  {:<22} {words}", printable::text(line))
        });
        [String::new(), "What this server offers:".to_owned()].into_iter().chain(offers).collect()
    }

    /// A verb that looks misspelt is sent all the same, with a hint.
    pub(super) fn hint_spelling(&mut self, line: &str) {
        let body =
            matches!(self.links.smtp_state, smtp::State::Body | smtp::State::Auth) && self.prompt.side == Side::Smtp;
        if body {
            return;
        }
        if let Some(hint) = explain::command_hint(line) {
            self.warn(spelled(&hint));
        }
    }

    /// The hint for what stands in the prompt, before it is sent.
    pub(crate) fn prompt_hint(&self) -> Option<String> {
        let typed = self.prompt.input.value();
        match (self.prompt.side, self.links.smtp_state) {
            (Side::Smtp, smtp::State::Auth) => None,
            (Side::Smtp, smtp::State::Body) => self.typed_lint().filter(|_| typed == "."),
            (Side::Smtp, _) => misspelt(typed).or_else(|| self.out_of_order(typed)),
            (Side::Pop3, _) => self.out_of_order(typed),
        }
    }

    /// What the server will say to a verb that is not allowed yet. Nothing while an answer may still change that.
    fn out_of_order(&self, typed: &str) -> Option<String> {
        let side = self.prompt.side;
        if self.links.of(side).waiting.is_some() {
            return None;
        }
        let why = match side {
            Side::Smtp => super::prompt::early_smtp(self.links.smtp_state, smtp::Line::typed(typed).ok()?.verb()),
            Side::Pop3 => {
                super::prompt::early_pop3(self.links.pop3_state, self.named, pop3::Line::typed(typed).ok()?.verb())
            }
        };
        why.map(str::to_owned)
    }

    /// The first thing that is rarely meant in the mail typed by hand so far.
    pub(super) fn typed_lint(&self) -> Option<String> {
        lint::message(&self.typed_mail, None).first().map(super::sending::warning)
    }
}

fn misspelt(typed: &str) -> Option<String> {
    let finished_verb = typed.contains(' ') || typed.len() >= 5;
    finished_verb.then(|| explain::command_hint(typed)).flatten().map(|hint| spelled(&hint))
}

fn spelled(hint: &Hint) -> String {
    format!("Meant: {}  {}", printable::text(&hint.right), hint.why)
}
