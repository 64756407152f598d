//! The end of a mail, put into a report (RFC 1047: after the final dot, only a whole reply tells).

use super::{Delivery, Dot, is_refusal};
use crate::smtp::{
    Class, Dialect, MailOutcome, MailReport, RecipientOutcome, RecipientReport, Reply, Stage, Transaction, queue_id,
};

/// Why nobody can say what became of a mail whose dots were not doubled.
const EARLY: &str =
    "a line with a single dot ended DATA inside of the body: the server took what followed it for commands";
/// Why the outcome is in doubt after BDAT was refused, and its last chunk accepted.
const CONTRADICTION: &str =
    "the server accepted the last chunk of a mail that it had refused before: what it took, and for whom, is not known";

impl Delivery {
    /// Every final reply is there.
    pub(super) fn report_final(&self) -> MailReport {
        if self.dot == Some(Dot::Empty) {
            return self.report_refusal(Stage::Rcpt);
        }
        let accepted = self.last.as_ref().is_some_and(|last| last.class() == Class::Ok);
        if !accepted {
            return self.report_refusal(Stage::FinalDot);
        }
        if self.ended_early {
            return self.report_doubt(self.last.clone(), EARLY);
        }
        let everyone = self.recipients.iter().all(|recipient| recipient.outcome == RecipientOutcome::Accepted);
        let outcome = if everyone { MailOutcome::Sent } else { MailOutcome::Partial };
        let queue_id = self.last.as_ref().and_then(queue_id::find);
        MailReport { queue_id, ..self.report(outcome, Stage::Done, self.last.clone(), None) }
    }

    /// Refused at `stage`, for now or for good.
    pub(super) fn report_refusal(&self, stage: Stage) -> MailReport {
        let decided = match stage {
            Stage::Data | Stage::Body => self.data.clone(),
            Stage::FinalDot if self.dialect == Dialect::Smtp => self.last.clone(),
            Stage::Rcpt | Stage::FinalDot => self.weightiest_refusal(),
            _ => self.mail.clone().or_else(|| self.reset_refused.clone()),
        };
        let outcome = decided.as_ref().map_or(MailOutcome::Refused, of_refusal);
        self.report(outcome, stage, decided, None)
    }

    /// The first 4yz that a recipient got, else the first 5yz: while one may yet be served, the mail is deferred.
    fn weightiest_refusal(&self) -> Option<Reply> {
        let refusals = || self.recipients.iter().filter_map(|recipient| recipient.reply.as_ref());
        let temporary = refusals().find(|reply| reply.class() == Class::Temporary);
        temporary.or_else(|| refusals().find(|reply| is_refusal(reply))).cloned()
    }

    /// The conversation ended under the mail. `reply` is what it ended with, if the server said something.
    pub fn lost(mut self, why: &str, reply: Option<Reply>) -> MailReport {
        if self.dot == Some(Dot::Empty) {
            return self.report_refusal(Stage::Rcpt);
        }
        let stage = self.stage();
        if self.dot.is_none() || self.turned_away {
            return self.report(of_end(reply.as_ref()), stage, reply, Some(why.to_owned()));
        }
        if let Some(refused) = self.refused_already() {
            return self.report_refusal(refused);
        }
        let is_open = |recipient: &RecipientReport| recipient.outcome == RecipientOutcome::Untried;
        for recipient in self.recipients.iter_mut().filter(|recipient| is_open(recipient)) {
            recipient.outcome = RecipientOutcome::Unknown;
        }
        if self.addressed.is_empty() {
            self.addressed = self.accepted().collect();
        }
        let answered = if self.dialect == Dialect::Lmtp { self.finals } else { 0 };
        for index in &self.addressed[answered..] {
            self.recipients[*index].outcome = RecipientOutcome::Unknown;
        }
        self.report(MailOutcome::Unknown, stage, reply.or(self.last.clone()), Some(why.to_owned()))
    }

    /// The stage at which a mail was refused whose last chunk left all the same.
    fn refused_already(&self) -> Option<Stage> {
        match () {
            () if !self.is_hopeless() => None,
            () if !self.mail_stands() => Some(Stage::Mail),
            () if self.data.is_some() => Some(Stage::Body),
            () => Some(Stage::Rcpt),
        }
    }

    /// The server ended the conversation in its answer to a step before the final dot: what was sent behind that step
    /// is not taken.
    pub fn turn_away(&mut self) {
        self.turned_away = true;
    }

    /// The last chunk was accepted of a mail that was refused before.
    pub(super) fn report_contradiction(&self) -> MailReport {
        self.report_doubt(self.last.clone(), CONTRADICTION)
    }

    fn report_doubt(&self, reply: Option<Reply>, why: &str) -> MailReport {
        self.report(MailOutcome::Unknown, Stage::FinalDot, reply, Some(why.to_owned()))
    }

    /// Refused before the body was through, by a reply that nobody had asked for yet.
    pub fn refused_early(self, reply: Reply) -> MailReport {
        if !is_refusal(&reply) {
            return self.report_doubt(Some(reply), EARLY);
        }
        let outcome = of_refusal(&reply);
        self.report(outcome, Stage::Body, Some(reply), None)
    }

    fn stage(&self) -> Stage {
        match (&self.mail, &self.data) {
            _ if self.is_chunked() && self.dot.is_some() && !self.turned_away => Stage::FinalDot,
            (None, _) => Stage::Mail,
            (Some(_), None) if self.recipients.iter().any(|recipient| recipient.reply.is_none()) => Stage::Rcpt,
            (Some(_), Some(data)) if data.code == 354 => {
                if self.dot.is_some() {
                    Stage::FinalDot
                } else {
                    Stage::Body
                }
            }
            _ if self.is_chunked() => Stage::Body,
            _ => Stage::Data,
        }
    }

    pub(super) fn report(
        &self,
        outcome: MailOutcome,
        stage: Stage,
        reply: Option<Reply>,
        why: Option<String>,
    ) -> MailReport {
        let recipients = self.recipients.clone();
        MailReport { id: self.id, outcome, stage, recipients, reply, queue_id: None, why }
    }
}

/// A mail that was not started, and why.
pub(in crate::smtp::session) fn refused_here(mail: Transaction, why: String) -> MailReport {
    let (outcome, stage) = (MailOutcome::Refused, Stage::Mail);
    let recipients = untried(mail.to);
    MailReport { id: mail.id, outcome, stage, recipients, reply: None, queue_id: None, why: Some(why) }
}

/// Recipients that nobody was asked about.
pub(super) fn untried(to: Vec<String>) -> Vec<RecipientReport> {
    let outcome = RecipientOutcome::Untried;
    to.into_iter().map(|address| RecipientReport { address, outcome, reply: None }).collect()
}

pub(super) fn of_recipient(reply: &Reply) -> RecipientOutcome {
    match reply.class() {
        Class::Ok => RecipientOutcome::Accepted,
        Class::Temporary => RecipientOutcome::Deferred,
        Class::More | Class::Permanent => RecipientOutcome::Refused,
    }
}

/// What the end of a conversation means for a mail that was not under its final dot: a server that says why it ends
/// it has refused the mail for now or for good; one that says nothing has not.
pub fn of_end(reply: Option<&Reply>) -> MailOutcome {
    match reply.map(Reply::class) {
        Some(Class::Temporary) => MailOutcome::Deferred,
        Some(Class::Permanent) => MailOutcome::Refused,
        _ => MailOutcome::Failed,
    }
}

fn of_refusal(reply: &Reply) -> MailOutcome {
    if reply.class() == Class::Temporary { MailOutcome::Deferred } else { MailOutcome::Refused }
}
