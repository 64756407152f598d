//! The explain line and card: what the last reply means, with the server's own words beside it.

use super::compose::Slot;
use super::dialog::{Card as TextCard, Dialog};
use super::{App, Explained};
use crate::connection::{Failure, FailureKind};
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
        let (title, causes, rfc) = of_failure(&failure.kind);
        let mending = self.mending(side, failure);
        let key = if mending.is_empty() { Action::Connect } else { Action::Mend };
        let card = Card {
            causes: causes.iter().map(|cause| (*cause).to_owned()).collect(),
            next: sentences(&[&failure.advice, &mending]),
            key: Some(key.info().id.to_owned()),
            rfc: rfc.to_owned(),
            ..ours(side, title, sentences(&[&failure.what]))
        };
        self.explained = Some(Explained { side, headline: failure.at.clone(), card });
    }

    /// TLS was a must and cannot be had: nothing went out in clear.
    pub(super) fn insecure(&mut self, side: Side, why: &str) {
        let link = self.links.of_mut(side);
        (link.tls_asked, link.sign_in_asked, link.insecure) = (false, false, true);
        self.not_opening(side);
        let why = printable::text(why).into_owned();
        let port = if side == Side::Smtp { "465" } else { "995" };
        let card = Card {
            causes: vec![
                "The server has no certificate, or offers TLS on another port.".to_owned(),
                "Something on the way strips the offer, so that the line stays readable.".to_owned(),
            ],
            next: format!("Try TLS from the first octet (implicit, often port {port}), or choose another server."),
            key: Some(Action::Mend.info().id.to_owned()),
            rfc: "RFC 3207 6, RFC 2595 2.2, RFC 8314 3".to_owned(),
            ..ours(side, "TLS was a must and cannot be had", sentences(&[&why, "Nothing was sent in clear"]))
        };
        let mend = self.keymap.hint(Action::Mend, &[Scope::Leader, Scope::Browse]);
        let mend =
            mend.map(|key| format!("; {key} tries TLS from the first octet, on port {port}")).unwrap_or_default();
        self.error(format!("nothing was sent: {why}{mend}"));
        self.explained = Some(Explained { side, headline: why, card });
    }

    /// No sign-in fits: nothing was sent.
    pub(super) fn explain_impossible(&mut self, side: Side, why: &str) {
        let why = printable::text(why).into_owned();
        let card = Card {
            causes: vec![
                "The password may not go over a line without TLS.".to_owned(),
                "The server offers other mechanisms than the one that was asked for.".to_owned(),
            ],
            next: "Use TLS, or choose another mechanism in the connect form.".to_owned(),
            key: Some(Action::Connect.info().id.to_owned()),
            rfc: "RFC 4954 4, RFC 8314 3".to_owned(),
            ..ours(side, "No sign-in fits this line", sentences(&[&why, "Not even the user name was sent"]))
        };
        self.explained = Some(Explained { side, headline: why, card });
    }

    /// A sign-in was refused. The card of the server's own reply, if it is there already, says more.
    pub(super) fn explain_refusal(&mut self, side: Side, why: &str, temporary: bool) {
        let told = |explained: &Explained| {
            explained.side == side
                && !matches!(explained.card.class, "OK" | "MORE")
                && !explained.card.causes.is_empty()
        };
        if self.explained.as_ref().is_some_and(told) {
            return;
        }
        let why = printable::text(why).into_owned();
        let next = if temporary {
            "Wait a minute and sign in again; the password may be right."
        } else {
            "Enter user name and password again; some providers want an application password."
        };
        let card = Card {
            causes: vec![
                "A typing error, or another keyboard layout.".to_owned(),
                "The provider wants the whole address as user name, or an application password.".to_owned(),
            ],
            next: next.to_owned(),
            key: Some(Action::Connect.info().id.to_owned()),
            field: Some("password".to_owned()),
            rfc: "RFC 4954 6, RFC 3206".to_owned(),
            ..ours(side, "The sign-in was refused", sentences(&[&why]))
        };
        self.explained = Some(Explained { side, headline: why, card });
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
            (None, smtp::Stage::Tls) => ("STARTTLS", report.reply.as_ref()),
            (None, smtp::Stage::Auth) => ("AUTH", report.reply.as_ref()),
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
        if self.is_in_result() {
            return self.explain_recipient();
        }
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
            Side::Smtp => {
                let line = smtp::Line::typed(typed).ok()?;
                super::prompt::foretold_smtp(self.links.smtp_state, &line, &self.links.smtp_capabilities)
            }
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

/// A card of our own words, without more than they say.
fn ours(side: Side, title: &str, meaning: String) -> Card {
    Card {
        code: side.name().to_owned(),
        title: title.to_owned(),
        class: "ERR",
        meaning,
        causes: Vec::new(),
        next: String::new(),
        key: None,
        field: None,
        rfc: String::new(),
        enhanced: None,
    }
}

/// Clauses as sentences, each with its full stop; empty ones fall out.
fn sentences(clauses: &[&str]) -> String {
    let mut sentences = Vec::new();
    for clause in clauses.iter().map(|clause| clause.trim_end_matches('.')).filter(|clause| !clause.is_empty()) {
        let mut letters = clause.chars();
        let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
        sentences.push(format!("{first}{}.", letters.as_str()));
    }
    sentences.join(" ")
}

/// Title, likely causes and source for a kind of failure.
fn of_failure(kind: &FailureKind) -> (&'static str, &'static [&'static str], &'static str) {
    match kind {
        FailureKind::Tls => (
            "The line could not be protected",
            &[
                "The certificate is for another name, has ended, or its issuer is not known here.",
                "The server speaks only versions or ciphers of TLS that are not safe any more.",
                "Somebody on the way shows a certificate of their own.",
            ],
            "RFC 8446 4.4, RFC 9525 6",
        ),
        FailureKind::Truncated => (
            "The line was cut without TLS's goodbye",
            &[
                "The server's program ended, or closes lines carelessly.",
                "Somebody on the way cut the line: what came last may be a part only.",
            ],
            "RFC 8446 6.1",
        ),
        FailureKind::WrongMode => (
            "Something else is spoken on this port",
            &[
                "The port speaks TLS from the first octet, and was spoken to in clear, or the other way round.",
                "Another service listens there.",
            ],
            "RFC 8314 3.3",
        ),
        FailureKind::Proxy => (
            "The proxy did not let us through",
            &["Its address or port is wrong.", "It may not connect to this server or port, or wants a sign-in."],
            "RFC 1928 6, RFC 9110 9.3.6",
        ),
        _ => ("The connection failed", &[], ""),
    }
}

fn misspelt(typed: &str) -> Option<String> {
    let finished_verb = typed.contains(' ') || typed.len() >= 5;
    finished_verb.then(|| explain::command_hint(typed)).flatten().map(|hint| spelled(&hint))
}

fn spelled(hint: &Hint) -> String {
    format!("Meant: {}  {}", printable::text(&hint.right), hint.why)
}
