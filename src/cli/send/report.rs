//! The outcome of `telepost send`: as text, as JSON, as exit status.

mod json;

use std::fmt::Write;
use std::net::SocketAddr;
use std::time::Instant;

pub use json::json_of_trouble;

use super::Stop;
use super::timings::Timings;
use crate::cli::attempt::{self, Attempt};
use crate::cli::exit::{INSECURE, advice};
use crate::cli::{Status, Trouble, protection};
use crate::connection::{Failure, Protection};
use crate::explain;
use crate::sasl::Progress;
use crate::smtp::{Class, MailOutcome, MailReport, RecipientOutcome, RecipientReport, Reply, Stage, Verb};
use crate::wire::printable;

/// The outcomes that mails can have, the worst last.
const OUTCOMES: [MailOutcome; 6] = [
    MailOutcome::Sent,
    MailOutcome::Partial,
    MailOutcome::Deferred,
    MailOutcome::Refused,
    MailOutcome::Failed,
    MailOutcome::Unknown,
];

/// What is known of a conversation that sends.
#[derive(Debug)]
pub struct Summary {
    count: u64,
    stop: Option<Stop>,
    timings: Timings,
    peer: Option<SocketAddr>,
    /// What the handshake left, if there was one.
    protection: Option<Protection>,
    /// Why nothing was sent without TLS.
    insecure: Option<String>,
    sign_in: Attempt,
    /// The last stage that was completed.
    stage: Stage,
    /// Mails by outcome, as in [`OUTCOMES`].
    tally: [u64; OUTCOMES.len()],
    /// The report of the worst mail; of the first one if all went equally well.
    worst: Option<MailReport>,
    /// Answers to single RCPT lines.
    recipients: Vec<RecipientReport>,
    /// What ended the conversation before its time.
    refusal: Option<(Stage, Reply)>,
    failure: Option<Failure>,
    dropped: Option<String>,
    stopped: bool,
}

impl Summary {
    /// Nothing has happened yet.
    pub fn new(count: u64, stop: Option<Stop>, now: Instant) -> Self {
        Self {
            count,
            stop,
            timings: Timings::new(now),
            peer: None,
            protection: None,
            insecure: None,
            sign_in: Attempt::default(),
            stage: Stage::Connect,
            tally: [0; OUTCOMES.len()],
            worst: None,
            recipients: Vec::new(),
            refusal: None,
            failure: None,
            dropped: None,
            stopped: false,
        }
    }

    /// TCP stands.
    pub fn connected(&mut self, peer: SocketAddr, now: Instant) {
        self.peer = Some(peer);
        self.reached(Stage::Connect, now);
    }

    /// A handshake left something to show.
    pub fn protected(&mut self, protection: Protection, now: Instant) {
        self.protection = Some(protection);
        self.reached(Stage::Tls, now);
    }

    /// TLS was required and cannot be had.
    pub fn insecure(&mut self, why: String) {
        self.insecure = Some(why);
    }

    /// A step of the sign-in.
    pub fn signing_in(&mut self, progress: Progress, now: Instant) {
        if matches!(progress, Progress::Accepted { .. }) {
            self.reached(Stage::Auth, now);
        }
        self.sign_in.take(progress);
    }

    /// The sign-in failed for want of a fresh access token.
    pub fn wants_fresh_token(&self) -> bool {
        matches!(self.sign_in.failed(), Some(Progress::Refused { stale_token: true, .. }))
    }

    /// A stage was answered.
    pub fn reached(&mut self, stage: Stage, now: Instant) {
        self.stage = stage;
        self.timings.mark(word(stage), now);
    }

    /// A mail came to its end.
    pub fn mail_done(&mut self, report: MailReport, now: Instant) {
        self.timings.mark("done", now);
        let rank = rank(report.outcome);
        self.tally[rank] += 1;
        if self.worst.as_ref().is_none_or(|worst| rank > self::rank(worst.outcome)) {
            self.worst = Some(report);
        }
    }

    /// The server refused something that is no mail.
    pub fn refused(&mut self, stage: Stage, reply: Reply) {
        self.refusal = Some((stage, reply));
    }

    /// A single RCPT line was answered.
    pub fn recipient(&mut self, recipient: RecipientReport) {
        self.recipients.push(recipient);
    }

    /// The answers so far.
    pub fn recipients(&self) -> &[RecipientReport] {
        &self.recipients
    }

    /// A line was not sent.
    pub fn dropped(&mut self, verb: Verb, why: &str) {
        self.dropped.get_or_insert_with(|| format!("{} was not sent: {why}", verb.name()));
    }

    /// The stage asked for was reached.
    pub fn stopped(&mut self) {
        self.stopped = true;
    }

    /// The line is closed.
    pub fn closed(&mut self, failure: Option<Failure>, now: Instant) {
        self.timings.mark("quit", now);
        self.failure = failure;
    }

    /// The word of the contract, and the exit status.
    fn verdict(&self) -> (&'static str, Status) {
        let done: u64 = self.tally.iter().sum();
        if self.stopped {
            return self.verdict_of_recipients();
        }
        let worst = self.worst.as_ref();
        if done == self.count
            && let Some(worst) = worst
        {
            let sent = self.tally[0] + self.tally[1];
            let mixed = sent > 0 && sent < done && worst.outcome != MailOutcome::Unknown;
            return if mixed { ("partial", Status::Partial) } else { self.verdict_of(worst) };
        }
        if worst.is_some_and(|worst| worst.outcome == MailOutcome::Unknown) {
            return ("unknown", Status::Unknown);
        }
        if self.insecure.is_some() {
            return ("failed", Status::Tls);
        }
        if let Some(end) = self.sign_in.failed() {
            return (attempt::outcome(end), Status::of_sign_in(end));
        }
        match (&self.refusal, &self.failure) {
            (Some((_, reply)), _) => of_reply(reply),
            (None, Some(failure)) => ("failed", Status::of_failure(failure)),
            (None, None) if self.stop.is_some() && !self.recipients.is_empty() => self.verdict_of_recipients(),
            (None, None) if self.dropped.is_some() => ("failed", Status::Usage),
            (None, None) => ("failed", Status::Broken),
        }
    }

    fn verdict_of(&self, report: &MailReport) -> (&'static str, Status) {
        let word = outcome_word(report.outcome);
        let status = match report.outcome {
            MailOutcome::Sent => Status::Done,
            MailOutcome::Partial => Status::Partial,
            MailOutcome::Refused => Status::Refused,
            MailOutcome::Deferred => Status::Deferred,
            MailOutcome::Unknown => Status::Unknown,
            MailOutcome::Failed => match (&report.reply, &self.failure) {
                (Some(reply), _) if reply.class() != Class::Ok => Status::of_reply(reply),
                (_, Some(failure)) => Status::of_failure(failure),
                _ => Status::Broken,
            },
        };
        (word, status)
    }

    /// Of a conversation that was ended on purpose.
    fn verdict_of_recipients(&self) -> (&'static str, Status) {
        let accepted = self.recipients.iter().filter(|one| one.outcome == RecipientOutcome::Accepted).count();
        match self.recipients.iter().rev().filter_map(|one| one.reply.as_ref()).find(|one| one.class() != Class::Ok) {
            None => ("stopped", Status::Done),
            Some(_) if accepted > 0 => ("partial", Status::Partial),
            Some(reply) => of_reply(reply),
        }
    }

    /// The exit status.
    pub fn status(&self) -> Status {
        self.verdict().1
    }

    /// Where it ended.
    fn ended_at(&self) -> Stage {
        match (&self.worst, &self.refusal) {
            (Some(worst), _) => worst.stage,
            _ if self.insecure.is_some() => Stage::Tls,
            _ if self.sign_in.failed().is_some() => Stage::Auth,
            (None, Some((stage, _))) => *stage,
            (None, None) => self.stage,
        }
    }

    /// Recipients of the worst mail, or of the single lines.
    fn all_recipients(&self) -> &[RecipientReport] {
        self.worst.as_ref().map_or(&self.recipients, |worst| &worst.recipients)
    }

    /// What the reply that decided means and what to do, in plain words.
    fn meaning(&self) -> Option<String> {
        let worst = self.worst.as_ref().filter(|worst| worst.outcome != MailOutcome::Sent)?;
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
    fn explanation(&self) -> String {
        let status = self.status();
        if status == Status::Done {
            return String::new();
        }
        let worst = self.worst.as_ref().filter(|worst| worst.outcome != MailOutcome::Sent);
        if let Some(why) = worst.and_then(|worst| worst.why.clone()) {
            return why;
        }
        if let Some(reply) = worst.and_then(refusing_reply) {
            return reply.to_string();
        }
        if let Some(why) = &self.insecure {
            return why.clone();
        }
        if let Some(end) = self.sign_in.failed() {
            return Trouble::of_sign_in(end).what;
        }
        if let Some((stage, reply)) = &self.refusal {
            return format!("refused at the stage {}: {reply}", word(*stage));
        }
        if let Some(failure) = &self.failure {
            return failure.to_string();
        }
        let refused = self.recipients.iter().find(|one| one.outcome != RecipientOutcome::Accepted);
        let refused = refused.and_then(|one| one.reply.as_ref()).map(Reply::to_string);
        refused.or_else(|| self.dropped.clone()).unwrap_or_else(|| "the conversation ended early".to_owned())
    }

    fn advice(&self) -> String {
        if let Some(end) = self.sign_in.failed().filter(|_| self.worst.is_none()) {
            return crate::cli::exit::sign_in_advice(end).to_owned();
        }
        match self.status() {
            Status::Tls if self.insecure.is_some() => INSECURE.to_owned(),
            Status::Unknown => {
                "The mail may have been accepted: ask the recipient or the server's log before sending again".to_owned()
            }
            Status::Deferred => "The server asks to come back: wait some minutes and send again".to_owned(),
            Status::Refused => "The reply says why; -v shows the whole conversation".to_owned(),
            Status::Partial => "The others have it: send again to the refused ones only".to_owned(),
            _ => self.failure.as_ref().map_or_else(String::new, |failure| advice(failure, "send")),
        }
    }

    /// What goes to standard error, unless all is done.
    pub fn trouble(&self) -> Option<Trouble> {
        let (word, status) = self.verdict();
        if status == Status::Done {
            return None;
        }
        let recipients = self.all_recipients();
        let refused = recipients.iter().filter_map(|one| one.reply.as_ref().map(|reply| (&one.address, reply)));
        let refused: Vec<_> = refused.filter(|(_, reply)| reply.class() != Class::Ok).collect();
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
        Some(Trouble { status, what, advice })
    }

    /// What goes to standard output; nothing when nothing was accepted.
    pub fn text(&self) -> String {
        let accepted = self.tally[0] + self.tally[1];
        let line = match &self.worst {
            _ if self.stopped => format!("stopped after {}", word(self.ended_at())),
            _ if accepted == 0 => return String::new(),
            Some(report) if self.count == 1 => of_one(report),
            _ => format!("sent {accepted} of {} mails", self.count),
        };
        format!("{}\n{}\n", printable::text(&line), self.line_words())
    }

    /// How the line was protected, and who signed in.
    fn line_words(&self) -> String {
        let line = match &self.protection {
            Some(protection) => protection::words(protection),
            None => "line in clear text".to_owned(),
        };
        match self.sign_in.words() {
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

/// The reply that says no; a mail that went to some has one for the others.
fn refusing_reply(report: &MailReport) -> Option<&Reply> {
    let of_mail = report.reply.as_ref().filter(|reply| reply.class() != Class::Ok);
    let mut of_recipients = report.recipients.iter().filter_map(|one| one.reply.as_ref());
    of_mail.or_else(|| of_recipients.find(|reply| reply.class() != Class::Ok))
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

fn rank(outcome: MailOutcome) -> usize {
    OUTCOMES.iter().position(|known| *known == outcome).unwrap_or(OUTCOMES.len() - 1)
}

fn outcome_word(outcome: MailOutcome) -> &'static str {
    match outcome {
        MailOutcome::Sent => "sent",
        MailOutcome::Partial => "partial",
        MailOutcome::Refused => "refused",
        MailOutcome::Deferred => "deferred",
        MailOutcome::Unknown => "unknown",
        MailOutcome::Failed => "failed",
    }
}

/// The words of `--stop-after`, and those behind it.
fn word(stage: Stage) -> &'static str {
    match stage {
        Stage::Connect => "connect",
        Stage::Greeting => "greeting",
        Stage::Hello => "helo",
        Stage::Tls => "tls",
        Stage::Auth => "auth",
        Stage::Mail => "mail",
        Stage::Rcpt => "rcpt",
        Stage::Data => "data",
        Stage::Body => "body",
        Stage::FinalDot => "dot",
        Stage::Done => "done",
    }
}

#[cfg(test)]
mod tests;
