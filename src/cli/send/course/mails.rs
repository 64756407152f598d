//! Mails over a connection: as many as may be under way, their results, and what a lost line leaves.

use std::time::Instant;

use super::{Course, Step, Waits};
use crate::batch::{Job, Lap};
use crate::cli::Trouble;
use crate::cli::send::desk::{Ended, Offer};
use crate::cli::send::mail::Prepared;
use crate::connection::{Failure, FailureKind, Submission};
use crate::smtp::{Command, MailId, MailOutcome, MailReport, Manner, Stage, Transfer};

/// Mails handed to the connection task ahead of their turn: what the engine has in flight, and some for the next read.
pub(super) const AHEAD: usize = 48;
/// Octets of such mails; one mail is always handed over, however big.
const AHEAD_OCTETS: usize = 4 * 1024 * 1024;

impl Course<'_> {
    /// Asks the desk for mails, as many as may be under way, and says goodbye when there will be none.
    pub(super) fn feed(&mut self) -> Result<(), Trouble> {
        self.waits = Waits::Not;
        while self.step == Step::Mail && !self.leaving && self.has_room() {
            if self.carried >= self.most() {
                if self.ahead.is_empty() {
                    self.renew = self.desk.borrow().has_work();
                    self.leave();
                }
                return Ok(());
            }
            let (manner, now) = (self.manner(), Instant::now());
            let offer = self.desk.borrow_mut().take(self.number, self.ahead.len(), &manner, now)?;
            match offer {
                Offer::Mail(job) => self.hand_over(*job, manner, now),
                Offer::Wait(moment) => {
                    self.waits = moment.map_or(Waits::ForNews, Waits::Until);
                    return Ok(());
                }
                Offer::Over if self.ahead.is_empty() => {
                    self.leave();
                    return Ok(());
                }
                Offer::Over => return Ok(()),
            }
        }
        Ok(())
    }

    fn hand_over(&mut self, job: Job<Prepared>, manner: Manner, now: Instant) {
        if self.ahead.is_empty() {
            self.clock.turn(now);
        }
        if let Some(prepared) = &job.made {
            let transaction = crate::smtp::Transaction { manner, ..prepared.transaction.clone() };
            self.session.submit(Submission::Smtp(Command::Mail(transaction), Some(prepared.body.clone())));
            self.held += prepared.held;
        }
        self.carried += 1;
        self.ahead.push_back(job);
    }

    fn has_room(&self) -> bool {
        self.ahead.is_empty() || (self.ahead.len() < AHEAD && self.held < AHEAD_OCTETS)
    }

    /// Mails over this line: what is asked for, and no more than the server allows (RFC 9422 4.1).
    fn most(&self) -> u64 {
        let limits = self.capabilities.limits.iter();
        let allowed = limits.filter(|(name, _)| name.eq_ignore_ascii_case("MAILMAX"));
        let allowed = allowed.filter_map(|(_, value)| value.parse().ok()).filter(|most| *most > 0);
        allowed.chain(self.plan.per_connection).min().unwrap_or(u64::MAX)
    }

    pub(super) fn manner(&self) -> Manner {
        let mut manner = self.plan.manner.clone();
        if self.plan.bdat && self.capabilities.chunking && self.capabilities.pipelining {
            manner.transfer = Transfer::Bdat;
        }
        // Before MAIL it is done here.
        manner.halt = self.plan.halt.filter(|halt| halt.after >= Stage::Mail);
        manner
    }

    pub(super) fn mail_done(&mut self, report: MailReport) -> Result<(), Trouble> {
        let Some(mut job) = self.taken(report.id) else { return Ok(()) };
        let now = Instant::now();
        self.facts.mail_done(now);
        if is_unsent(&report) {
            // The line is going away: it gets no more mails.
            self.leave();
            if let Some(made) = &mut job.made {
                made.lost = Some(Box::new(report));
            }
            self.lost.push(job);
            return Ok(());
        }
        if report.outcome == MailOutcome::Unknown {
            self.leave();
        }
        let stopped = report.outcome == MailOutcome::Stopped;
        let took = self.clock.done(now);
        {
            let mut desk = self.desk.borrow_mut();
            for (lap, took) in self.clock.laps() {
                desk.lap(lap, took);
            }
            desk.lap(Lap::Whole, took);
        }
        self.result(job, report, took)?;
        if stopped {
            self.part();
        }
        Ok(())
    }

    fn result(&mut self, job: Job<Prepared>, report: MailReport, took: std::time::Duration) -> Result<(), Trouble> {
        let made = job.made;
        let octets = made.as_ref().and_then(|made| made.transaction.size).unwrap_or(0);
        let row = made.as_ref().and_then(|made| made.row);
        let message_id = made.and_then(|made| made.message_id);
        let ended = Ended { index: job.index, report, message_id, row, octets, took };
        self.desk.borrow_mut().ended(self.number, ended, self.bells)
    }

    /// The mail with this name, not under way any more.
    fn taken(&mut self, id: MailId) -> Option<Job<Prepared>> {
        let at = self.ahead.iter().position(|job| job.index == id.0)?;
        let job = self.ahead.remove(at)?;
        self.held = self.held.saturating_sub(job.made.as_ref().map_or(0, |made| made.held));
        Some(job)
    }

    /// The line is gone. What was lost with it goes back to the desk, unless its own body was the reason.
    pub(super) fn closed(&mut self, failure: Option<Failure>) -> Result<(), Trouble> {
        let unreadable = failure.as_ref().is_some_and(|failure| failure.kind == FailureKind::Body);
        self.facts.closed(failure, Instant::now());
        self.desk.borrow_mut().away(self.number);
        // Each mail that was begun has its report by now.
        self.held = 0;
        let lost: Vec<_> = std::mem::take(&mut self.lost).into_iter().chain(self.ahead.drain(..)).collect();
        for (at, job) in lost.into_iter().enumerate() {
            if unreadable && at == 0 {
                self.lost_for_good(job)?;
                continue;
            }
            let over = self.desk.borrow_mut().put_back(job, self.bells);
            // A mail that was not sent because it was stopped is none that failed.
            if let Some(job) = over.filter(|_| !self.desk.borrow().is_stopping()) {
                self.lost_for_good(job)?;
            }
        }
        Ok(())
    }

    fn lost_for_good(&mut self, job: Job<Prepared>) -> Result<(), Trouble> {
        match Ended::lost(job) {
            Some(ended) => self.desk.borrow_mut().ended(self.number, ended, self.bells),
            None => Ok(()),
        }
    }
}

/// Whether a mail is known not to have been sent because its line went away: another line may take it.
pub(super) fn is_unsent(report: &MailReport) -> bool {
    let closing = report.reply.as_ref().is_some_and(|reply| reply.code == 421);
    match report.outcome {
        MailOutcome::Failed => report.reply.is_none() || closing,
        MailOutcome::Deferred => closing && report.stage < Stage::FinalDot,
        _ => false,
    }
}
