//! What became of many mails, counted.

use std::time::Duration;

use super::Histogram;
use crate::smtp::MailOutcome;

/// Failures that are told one by one.
const TOLD: usize = 20;

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

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lap {
    /// Until TCP stands.
    Connect,
    /// Greeting and hello.
    Helo,
    /// TLS and the hello inside it.
    Tls,
    /// The sign-in.
    Auth,
    /// The reply to MAIL.
    Mail,
    /// The replies to RCPT.
    Rcpt,
    /// The reply to DATA.
    Data,
    /// The body and the reply to its end.
    Dot,
    /// A mail from its turn to its last reply.
    Whole,
}

impl Lap {
    /// All, in order.
    pub const ALL: [Self; 9] =
        [Self::Connect, Self::Helo, Self::Tls, Self::Auth, Self::Mail, Self::Rcpt, Self::Data, Self::Dot, Self::Whole];

    /// The word shown to people and scripts.
    pub fn word(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Helo => "helo",
            Self::Tls => "tls",
            Self::Auth => "auth",
            Self::Mail => "mail",
            Self::Rcpt => "rcpt",
            Self::Data => "data",
            Self::Dot => "dot",
            Self::Whole => "whole",
        }
    }
}

/// A mail that did not go through for everybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// Its number; the first is 0.
    pub index: u64,
    /// Whose mail it was, or who of them was refused; not sanitized.
    pub address: String,
    /// The reply, or why in words; not sanitized.
    pub reply: String,
}

/// The count. Its size does not depend on the number of mails.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    counts: [u64; OUTCOMES.len()],
    octets: u64,
    laps: [Histogram; Lap::ALL.len()],
    failures: Vec<Failed>,
}

impl Tally {
    /// A mail of so many octets came to its end.
    pub fn mail(&mut self, outcome: MailOutcome, octets: u64) {
        self.counts[rank(outcome)] += 1;
        if matches!(outcome, MailOutcome::Sent | MailOutcome::Partial) {
            self.octets += octets;
        }
    }

    /// So long it took.
    pub fn lap(&mut self, lap: Lap, took: Duration) {
        self.laps[lap as usize].add(took);
    }

    /// Keeps it, if there is room.
    pub fn failed(&mut self, failed: impl FnOnce() -> Failed) {
        if self.failures.len() < TOLD {
            self.failures.push(failed());
        }
    }

    /// Mails with this outcome.
    pub fn count(&self, outcome: MailOutcome) -> u64 {
        self.counts[rank(outcome)]
    }

    /// Mails that came to an end.
    pub fn done(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Mails that went to anybody.
    pub fn accepted(&self) -> u64 {
        self.count(MailOutcome::Sent) + self.count(MailOutcome::Partial)
    }

    /// Octets of the mails that went to anybody.
    pub fn octets(&self) -> u64 {
        self.octets
    }

    /// Outcomes that occurred, the best first, with their number.
    pub fn outcomes(&self) -> impl Iterator<Item = (MailOutcome, u64)> {
        OUTCOMES.into_iter().zip(self.counts).filter(|(_, count)| *count > 0)
    }

    /// What was measured at least once.
    pub fn laps(&self) -> impl Iterator<Item = (Lap, &Histogram)> {
        Lap::ALL.into_iter().zip(&self.laps).filter(|(_, histogram)| histogram.count() > 0)
    }

    /// The first failures.
    pub fn failures(&self) -> &[Failed] {
        &self.failures
    }
}

/// How bad an outcome is: 0 is the best.
pub fn rank(outcome: MailOutcome) -> usize {
    OUTCOMES.iter().position(|known| *known == outcome).unwrap_or(OUTCOMES.len() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mails_are_counted_by_outcome_and_octets_only_of_those_that_went() {
        let mut tally = Tally::default();
        for outcome in [MailOutcome::Sent, MailOutcome::Refused, MailOutcome::Sent, MailOutcome::Partial] {
            tally.mail(outcome, 10);
        }
        assert_eq!((tally.done(), tally.accepted(), tally.octets()), (4, 3, 30));
        let outcomes: Vec<_> = tally.outcomes().map(|(outcome, count)| (outcome.word(), count)).collect();
        assert_eq!(outcomes, [("sent", 2), ("partial", 1), ("refused", 1)]);
    }

    #[test]
    fn only_the_first_failures_are_kept() {
        let mut tally = Tally::default();
        for index in 0..1_000 {
            tally.failed(|| Failed { index, address: String::new(), reply: String::new() });
        }
        assert_eq!((tally.failures().len(), tally.failures()[TOLD - 1].index), (TOLD, 19));
    }

    #[test]
    fn each_lap_has_its_own_measure() {
        let mut tally = Tally::default();
        for lap in Lap::ALL {
            tally.lap(lap, Duration::from_millis(lap as u64));
        }
        assert!(tally.laps().all(|(lap, histogram)| histogram.max() == Duration::from_millis(lap as u64)));
        assert_eq!(tally.laps().count(), Lap::ALL.len());
    }
}
