//! The explain line and card: what the last reply means, with the server's own words beside it. `rows`: what a row of the
//! transcript means.

mod rows;

use super::compose::Slot;
use super::{App, Explained};
use crate::connection::{Failure, FailureKind};
use crate::explain::{self, Card, Question};
use crate::keymap::{Action, Scope};
use crate::layout::Pane;
use crate::mail::lint;
use crate::wire::{Side, Wait, printable};
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
        } else if self.links.smtp.signed_in.is_some() {
            question = question.in_state(explain::SIGNED_IN);
        } else if self.links.smtp.protection.is_none() {
            question = question.in_state(explain::CLEAR);
        }
        let mut card = explain::reply(&question);
        let claimed = line.split_once(' ').map_or("", |(_, name)| name);
        // To the sandbox its own account's name is right, whatever strict servers want.
        let right = self.account.example.is_some() && claimed.eq_ignore_ascii_case(&self.account.hello);
        if let Some(card) = card.as_mut().filter(|_| matches!(verb, smtp::Verb::Helo | smtp::Verb::Ehlo) && !right) {
            // In front, as one line of it may be all there is room for.
            if let Some(mismatch) =
                explain::helo_mismatch(claimed, reply.first_line()).filter(|_| reply.class() == smtp::Class::Ok)
            {
                card.meaning = format!("{} {}", mismatch.hint, card.meaning);
                card.field = Some("helo".to_owned());
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
        let known = explain::failure(kind_name(&failure.kind), &failure.what);
        let known = known.unwrap_or_else(|| ours(side, "The connection failed", String::new()));
        let mending = self.mending(side, failure);
        let key = if mending.is_empty() { Action::Connect } else { Action::Mend };
        let card = Card {
            next: sentences(&[&failure.advice, &mending]),
            key: Some(key.info().id.to_owned()),
            background: Some(known.meaning).filter(|meaning| !meaning.is_empty()),
            causes: known.causes,
            rfc: known.rfc,
            ..ours(side, &known.title, sentences(&[&failure.what]))
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
        temporary: None,
        product: None,
        background: None,
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

/// The kind of a failure as the tables of explanations write it.
fn kind_name(kind: &FailureKind) -> &'static str {
    match kind {
        FailureKind::UnknownHost => "unknown-host",
        FailureKind::Resolver => "resolver",
        FailureKind::Refused => "refused",
        FailureKind::ConnectTimeout => "connect-timeout",
        FailureKind::Unreachable => "unreachable",
        FailureKind::ClosedEarly => "closed-early",
        FailureKind::Reset => "reset",
        FailureKind::TimedOut(Wait::Greeting) => "timed-out/greeting",
        FailureKind::TimedOut(Wait::Handshake) => "timed-out/handshake",
        FailureKind::TimedOut(Wait::FinalDot) => "timed-out/dot",
        FailureKind::TimedOut(_) => "timed-out/reply",
        FailureKind::Protocol => "protocol",
        FailureKind::Tls => "tls",
        FailureKind::Truncated => "truncated",
        FailureKind::WrongMode => "wrong-mode",
        FailureKind::Proxy => "proxy",
        FailureKind::Body => "body",
        FailureKind::Aborted => "aborted",
        FailureKind::Io => "io",
    }
}
