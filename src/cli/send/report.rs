//! The outcome of `telepost send`: what is known of it, and its exit status. Its words are in `words`, those for many
//! mails in `many`, its object in `json`.

mod facts;
mod json;
mod mails;
mod many;
mod words;

use std::time::Duration;

pub use facts::Facts;
pub use json::{json_of_trouble, recipient_json};
pub use mails::Mails;

use crate::batch::Counts;
use crate::cli::Status;
use crate::cli::attempt;
use crate::connection::FailureKind;
use crate::smtp::{Class, MailOutcome, MailReport, RecipientOutcome, RecipientReport, Reply, Stage};

/// What is known of a call that sends.
#[derive(Debug)]
pub struct Summary {
    /// Mails that were to be sent.
    count: u64,
    mails: Mails,
    /// Of the connection that tells most.
    facts: Facts,
    /// A signal came.
    interrupted: bool,
    elapsed: Duration,
    /// Other connections that went wrong, a line each; not sanitized.
    others: Vec<String>,
}

impl Summary {
    /// It is over.
    pub fn new(count: u64, mails: Mails, facts: Facts, interrupted: bool, elapsed: Duration) -> Self {
        Self { count, mails, facts, interrupted, elapsed, others: Vec::new() }
    }

    /// The same, with what went wrong on other connections.
    pub fn with_others(self, others: Vec<String>) -> Self {
        Self { others, ..self }
    }

    /// What went wrong on other connections, a line each; not sanitized.
    pub fn others(&self) -> &[String] {
        &self.others
    }

    /// How many mails came to which end.
    pub fn numbers(&self) -> Counts {
        Counts::of(&self.mails.tally, self.count, self.elapsed)
    }

    /// The word of the contract, and the exit status.
    pub fn verdict(&self) -> (&'static str, Status) {
        let left = self.mails.tally.done() < self.count;
        let unknown = self.mails.tally.count(MailOutcome::Unknown) > 0;
        if self.interrupted && (left || unknown) {
            let word = match self.mails.tally.accepted() {
                _ if unknown => "unknown",
                0 => "failed",
                _ => "partial",
            };
            return (word, Status::Interrupted);
        }
        self.verdict_of_servers()
    }

    fn verdict_of_servers(&self) -> (&'static str, Status) {
        let (done, worst) = (self.mails.tally.done(), self.mails.worst());
        if self.facts.stopped {
            return ("stopped", Status::Done);
        }
        if done == self.count
            && let Some(worst) = worst
        {
            let sent = self.mails.tally.accepted();
            let mixed = sent > 0 && sent < done && worst.outcome != MailOutcome::Unknown;
            return if mixed { ("partial", Status::Partial) } else { self.verdict_of(worst) };
        }
        if worst.is_some_and(|worst| worst.outcome == MailOutcome::Unknown) {
            return ("unknown", Status::Unknown);
        }
        if self.facts.insecure.is_some() {
            return ("failed", Status::Tls);
        }
        if let Some(end) = self.facts.sign_in.failed() {
            return (attempt::outcome(end), Status::of_sign_in(end));
        }
        match (&self.facts.refusal, &self.facts.failure) {
            (Some((_, reply)), _) => of_reply(reply),
            (None, Some(failure)) => ("failed", Status::of_failure(failure)),
            (None, None) if self.facts.dropped.is_some() => ("failed", Status::Usage),
            (None, None) => ("failed", Status::Broken),
        }
    }

    fn verdict_of(&self, report: &MailReport) -> (&'static str, Status) {
        let word = report.outcome.word();
        let status = match report.outcome {
            MailOutcome::Sent => Status::Done,
            MailOutcome::Stopped => return of_stopped(&report.recipients),
            MailOutcome::Partial => Status::Partial,
            MailOutcome::Refused => Status::Refused,
            MailOutcome::Deferred => Status::Deferred,
            MailOutcome::Unknown => Status::Unknown,
            MailOutcome::Failed => match (&report.reply, &self.facts.failure) {
                (Some(reply), _) if reply.class() != Class::Ok => Status::of_reply(reply),
                (_, Some(failure)) => Status::of_failure(failure),
                _ => Status::Broken,
            },
        };
        (word, status)
    }

    /// The exit status.
    pub fn status(&self) -> Status {
        self.verdict().1
    }

    /// It ended on purpose.
    fn is_stopped(&self) -> bool {
        self.facts.stopped || self.mails.worst().is_some_and(|worst| worst.outcome == MailOutcome::Stopped)
    }

    /// Where it ended.
    fn ended_at(&self) -> Stage {
        match (self.mails.worst(), &self.facts.refusal) {
            (Some(worst), _) => worst.stage,
            _ if self.facts.insecure.is_some() => Stage::Tls,
            _ if self.facts.sign_in.failed().is_some() => Stage::Auth,
            (None, Some((stage, _))) => *stage,
            (None, None) => self.facts.failure.as_ref().map_or(self.facts.stage, |failure| self.lost_at(&failure.kind)),
        }
    }

    /// What was under way when the line was lost before a mail or a sign-in began.
    fn lost_at(&self, kind: &FailureKind) -> Stage {
        match self.facts.stage {
            Stage::Connect | Stage::Hello if matches!(kind, FailureKind::Tls | FailureKind::WrongMode) => Stage::Tls,
            Stage::Connect if self.facts.peer.is_some() => Stage::Greeting,
            Stage::Greeting => Stage::Hello,
            Stage::Hello => Stage::Tls,
            stage => stage,
        }
    }

    /// Recipients of the worst mail.
    fn recipients(&self) -> &[RecipientReport] {
        self.mails.worst().map_or(&[], |worst| &worst.recipients)
    }
}

/// Of a mail that was broken off on purpose.
fn of_stopped(recipients: &[RecipientReport]) -> (&'static str, Status) {
    let accepted = recipients.iter().filter(|one| one.outcome == RecipientOutcome::Accepted).count();
    match recipients.iter().rev().filter_map(|one| one.reply.as_ref()).find(|one| one.class() != Class::Ok) {
        None => ("stopped", Status::Done),
        Some(_) if accepted > 0 => ("partial", Status::Partial),
        Some(reply) => of_reply(reply),
    }
}

fn of_reply(reply: &Reply) -> (&'static str, Status) {
    let status = Status::of_reply(reply);
    let word = match status {
        Status::Refused => "refused",
        Status::Deferred => "deferred",
        _ => "failed",
    };
    (word, status)
}

#[cfg(test)]
mod tests;
