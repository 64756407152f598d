//! How far many mails are, in a few numbers that can be copied anywhere.

use std::time::Duration;

use super::Tally;
use crate::smtp::MailOutcome;

/// Mails by what became of them so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Mails that are to be sent.
    pub total: u64,
    /// Mails that have a result.
    pub done: u64,
    /// Those that went to everybody.
    pub sent: u64,
    /// Those that went to some of their recipients.
    pub partial: u64,
    /// Refused for good.
    pub refused: u64,
    /// Refused for now.
    pub deferred: u64,
    /// Nobody knows whether they were taken.
    pub unknown: u64,
    /// Known not to have been sent, for want of a line.
    pub failed: u64,
    /// Since the start.
    pub elapsed: Duration,
}

impl Counts {
    /// What a tally says so far.
    pub fn of(tally: &Tally, total: u64, elapsed: Duration) -> Self {
        Self {
            total,
            done: tally.done(),
            sent: tally.count(MailOutcome::Sent),
            partial: tally.count(MailOutcome::Partial),
            refused: tally.count(MailOutcome::Refused),
            deferred: tally.count(MailOutcome::Deferred),
            unknown: tally.count(MailOutcome::Unknown),
            failed: tally.count(MailOutcome::Failed),
            elapsed,
        }
    }

    /// Mails a second that came to an end.
    pub fn rate(&self) -> f64 {
        self.done as f64 / self.elapsed.as_secs_f64().max(1e-3)
    }

    /// How long the rest takes if it goes on like this; `None` before the first result and behind the last.
    pub fn left(&self) -> Option<Duration> {
        let under_way = self.done > 0 && self.done < self.total;
        under_way.then(|| Duration::from_secs_f64((self.total - self.done) as f64 / self.rate().max(1e-6)))
    }

    /// Each outcome that occurred, with its word: `118 sent, 2 refused`.
    pub fn words(&self) -> String {
        let all = [
            (self.sent, "sent"),
            (self.partial, "partial"),
            (self.refused, "refused"),
            (self.deferred, "deferred"),
            (self.unknown, "unknown"),
            (self.failed, "failed"),
        ];
        let said = all.iter().enumerate().filter(|(at, (count, _))| *at == 0 || *count > 0);
        said.map(|(_, (count, word))| format!("{count} {word}")).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_is_counted_under_its_word() {
        let mut tally = Tally::default();
        let all = [
            MailOutcome::Sent,
            MailOutcome::Partial,
            MailOutcome::Refused,
            MailOutcome::Deferred,
            MailOutcome::Unknown,
            MailOutcome::Failed,
        ];
        for (times, outcome) in all.into_iter().enumerate() {
            (0..=times).for_each(|_| tally.mail(outcome, 1));
        }
        let counts = Counts::of(&tally, 30, Duration::from_secs(7));
        assert_eq!(counts.words(), "1 sent, 2 partial, 3 refused, 4 deferred, 5 unknown, 6 failed");
        assert_eq!((counts.done, counts.rate(), counts.left()), (21, 3.0, Some(Duration::from_secs(3))));
    }

    #[test]
    fn nothing_is_foretold_before_the_first_and_behind_the_last() {
        let counts = Counts { total: 2, elapsed: Duration::from_secs(1), ..Counts::default() };
        assert_eq!((counts.left(), counts.words().as_str()), (None, "0 sent"));
        assert_eq!(Counts { done: 2, sent: 2, ..counts }.left(), None);
    }
}
