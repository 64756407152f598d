//! The outcome of `telepost send`: what is known of it, and its exit status. Its words are in `words`, its object in
//! `json`.

mod json;
mod words;

use std::net::SocketAddr;
use std::time::Instant;

pub use json::json_of_trouble;

use super::Stop;
use crate::cli::Status;
use crate::cli::attempt::{self, Attempt};
use crate::connection::{Failure, Protection};
use crate::sasl::Progress;
use crate::smtp::{
    Capabilities, Class, MailOutcome, MailReport, RecipientOutcome, RecipientReport, Reply, Stage, Verb,
};
use crate::wire::Timings;

/// The outcomes that mails can have, the worst last.
const OUTCOMES: [MailOutcome; 7] = [
    MailOutcome::Sent,
    MailOutcome::Stopped,
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
    /// Of the first mail.
    message_id: Option<String>,
    stop: Option<Stop>,
    timings: Timings,
    peer: Option<SocketAddr>,
    /// What the handshake left, if there was one.
    protection: Option<Protection>,
    /// Why nothing was sent without TLS.
    insecure: Option<String>,
    /// The server announced AUTH.
    offers_sign_in: bool,
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
            message_id: None,
            stop,
            timings: Timings::new(now),
            peer: None,
            protection: None,
            insecure: None,
            offers_sign_in: false,
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

    /// A mail is handed over; the first one's Message-ID is kept.
    pub fn message_id(&mut self, id: Option<String>) {
        if self.message_id.is_none() {
            self.message_id = id;
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

    /// What the server announced; what it says inside TLS comes last and counts.
    pub fn announced(&mut self, capabilities: &Capabilities) {
        self.offers_sign_in = !capabilities.auth.is_empty();
    }

    /// A step of the sign-in.
    pub fn signing_in(&mut self, progress: Progress, now: Instant) {
        if matches!(progress, Progress::Accepted { .. }) {
            self.reached(Stage::Auth, now);
        } else if progress.is_end() {
            self.timings.mark(Stage::word(Stage::Auth), now);
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
        self.timings.mark(Stage::word(stage), now);
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
        match failure {
            None => self.timings.mark("quit", now),
            Some(_) => self.timings.end(now),
        }
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
            let sent = self.accepted();
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
            MailOutcome::Sent | MailOutcome::Stopped => Status::Done,
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

    /// Mails that went to anybody.
    fn accepted(&self) -> u64 {
        self.tally[rank(MailOutcome::Sent)] + self.tally[rank(MailOutcome::Partial)]
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
        MailOutcome::Stopped => "stopped",
    }
}

#[cfg(test)]
mod tests;
