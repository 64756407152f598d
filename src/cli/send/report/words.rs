//! The outcome of `telepost send` in words: what went through, and what went wrong, why, and what to do.

use std::fmt::Write;

use super::Summary;
use crate::cli::exit::{INSECURE, advice};
use crate::cli::{Status, Trouble, protection};
use crate::explain;
use crate::smtp::{Class, MailOutcome, MailReport, RecipientOutcome, Reply, Stage};
use crate::wire::printable;

impl Summary {
    /// What the reply that decided means and what to do, in plain words.
    pub(super) fn meaning(&self) -> Option<String> {
        let worst = self.mails.worst().filter(|worst| !went_as_wanted(worst))?;
        let reply = refusing_reply(worst)?;
        let verb = match worst.stage {
            Stage::Greeting => "",
            Stage::Hello => "EHLO",
            Stage::Mail => "MAIL",
            Stage::Data => "DATA",
            Stage::Body | Stage::FinalDot => ".",
            _ => "RCPT",
        };
        let card = explain::reply(&explain::Question::smtp(verb, reply))?;
        Some(format!("{} {}", card.meaning, card.next))
    }

    /// Why, in one sentence; empty when all went well.
    pub(super) fn explanation(&self) -> String {
        let status = self.status();
        if status == Status::Done {
            return String::new();
        }
        if status == Status::Interrupted {
            return self.interruption();
        }
        let worst = self.mails.worst().filter(|worst| !went_as_wanted(worst));
        if let Some(why) = worst.and_then(|worst| worst.why.clone()) {
            return why;
        }
        if let Some(reply) = worst.and_then(refusing_reply) {
            return reply.to_string();
        }
        if let Some(why) = &self.facts.insecure {
            return why.clone();
        }
        if let Some(end) = self.facts.sign_in.failed() {
            return Trouble::of_sign_in(end).what;
        }
        if let Some((stage, reply)) = &self.facts.refusal {
            return format!("refused at the stage {}: {reply}", stage.word());
        }
        if let Some(failure) = &self.facts.failure {
            return failure.to_string();
        }
        self.facts.dropped.clone().unwrap_or_else(|| "the conversation ended early".to_owned())
    }

    /// What a signal left.
    fn interruption(&self) -> String {
        let (tally, of) = (&self.mails.tally, |outcome| self.mails.tally.count(outcome));
        let (unknown, left) = (of(MailOutcome::Unknown), self.count - tally.done());
        let refused = tally.done() - tally.accepted() - unknown;
        let mut words = format!("it was stopped: {} of {} mails sent", tally.accepted(), self.count);
        for (count, what) in [(refused, "not accepted"), (unknown, "unknown"), (left, "not sent")] {
            if count > 0 {
                write!(words, ", {count} {what}").expect("writing to a String cannot fail");
            }
        }
        words
    }

    pub(super) fn advice(&self) -> String {
        if let Some(end) = self.facts.sign_in.failed().filter(|_| self.mails.worst().is_none()) {
            return crate::cli::exit::sign_in_advice(end).to_owned();
        }
        match self.status() {
            Status::Tls if self.facts.insecure.is_some() => INSECURE.to_owned(),
            Status::Interrupted if self.mails.tally.count(MailOutcome::Unknown) == 0 => String::new(),
            Status::Unknown | Status::Interrupted => {
                "The mail may have been accepted: ask the recipient or the server's log before sending again".to_owned()
            }
            Status::Deferred => "The server asks to come back: wait some minutes and send again".to_owned(),
            Status::Refused if self.wants_a_sign_in() => {
                "The server has a sign-in, and nobody signed in: give --user NAME, and where the password comes from"
                    .to_owned()
            }
            Status::Refused => "The reply says why; -v shows the whole conversation".to_owned(),
            Status::Partial => "The others have it: send again to the refused ones only".to_owned(),
            _ => self.facts.failure.as_ref().map_or_else(String::new, |failure| advice(failure, "send")),
        }
    }

    /// Whether the refusal may be for want of a sign-in: a matter of policy (RFC 3463 3.8), where one is offered.
    fn wants_a_sign_in(&self) -> bool {
        let of_mail = self.mails.worst().and_then(refusing_reply);
        let reply = of_mail.or_else(|| self.facts.refusal.as_ref().map(|(_, reply)| reply));
        let policy = |reply: &Reply| {
            reply.code == 530 || reply.enhanced.is_some_and(|code| code.to_string().starts_with("5.7."))
        };
        self.facts.offers_sign_in && self.facts.sign_in.words().is_none() && reply.is_some_and(policy)
    }

    /// What goes to standard error, unless all is done.
    pub fn trouble(&self) -> Option<Trouble> {
        let (word, status) = self.verdict();
        if status == Status::Done {
            return None;
        }
        let recipients = self.recipients();
        let refused = recipients.iter().filter_map(|one| one.reply.as_ref().map(|reply| (&one.address, reply)));
        // Behind a MAIL that was refused, what is said of recipients only follows from it.
        let of_mail = self.mails.worst().is_some_and(|worst| worst.stage == Stage::Mail);
        let refused: Vec<_> = refused.filter(|(_, reply)| !of_mail && reply.class() != Class::Ok).collect();
        if self.count > 1 {
            let what = format!("{word}: {}", self.explanation());
            let lines: Vec<String> = std::iter::once(what).chain(self.failure_lines()).collect();
            let advice = Some(self.advice()).filter(|advice| !advice.is_empty());
            return Some(Trouble { advice, ..Trouble::new(status, lines.join("\n")) });
        }
        let mut what = if refused.is_empty() || status == Status::Unknown || status == Status::Broken {
            format!("{word}: {}", self.explanation())
        } else {
            let accepted = recipients.iter().filter(|one| one.outcome == RecipientOutcome::Accepted).count();
            format!("{word}: {accepted} of {} recipients accepted", recipients.len())
        };
        for (address, reply) in refused {
            write!(what, "\n{address}: {reply}").expect("writing to a String cannot fail");
        }
        let advice = Some(self.advice()).filter(|advice| !advice.is_empty());
        Some(Trouble { advice, ..Trouble::new(status, what) })
    }

    /// What goes to standard output; nothing when nothing was accepted.
    pub fn text(&self) -> String {
        let accepted = self.mails.tally.accepted();
        let line = match self.mails.worst() {
            _ if self.is_stopped() => format!("stopped after {}", self.ended_at().word()),
            _ if accepted == 0 => return String::new(),
            Some(report) if self.count == 1 => of_one(report),
            _ => return format!("{}\n{}\n{}", self.counts(), self.line_words(), self.times()),
        };
        format!("{}\n{}\n", printable::text(&line), self.line_words())
    }

    /// How the line was protected, and who signed in.
    pub fn line_words(&self) -> String {
        let line = match &self.facts.protection {
            Some(protection) => protection::words(protection),
            None => "line in clear text".to_owned(),
        };
        match self.facts.sign_in.words() {
            Some(who) => format!("{line}; {}", printable::text(&who)),
            None => line,
        }
    }
}

fn of_one(report: &MailReport) -> String {
    let accepted = report.recipients.iter().filter(|one| one.outcome == RecipientOutcome::Accepted).count();
    let all = report.recipients.len();
    let queue_id = report.queue_id.as_ref().map(|id| format!(" as {id}")).unwrap_or_default();
    let reply = report.reply.as_ref().map(|reply| format!(": {reply}")).unwrap_or_default();
    format!("sent{queue_id} to {accepted} of {all} recipients{reply}")
}

/// Sent, or broken off where it was asked for.
fn went_as_wanted(report: &MailReport) -> bool {
    matches!(report.outcome, MailOutcome::Sent | MailOutcome::Stopped) && refusing_reply(report).is_none()
}

/// The reply that says no; a mail that went to some has one for the others.
fn refusing_reply(report: &MailReport) -> Option<&Reply> {
    let of_mail = report.reply.as_ref().filter(|reply| reply.class() != Class::Ok);
    let mut of_recipients = report.recipients.iter().filter_map(|one| one.reply.as_ref());
    of_mail.or_else(|| of_recipients.find(|reply| reply.class() != Class::Ok))
}
