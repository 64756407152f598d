//! When each mail may start, so that a rate is kept: evenly, without drift, and without a burst after a pause.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, Instant};

/// Mails behind time by no more than this are caught up with; after a longer pause the clock starts anew.
const SLACK: Duration = Duration::from_millis(100);
/// The highest count in a rate.
const MOST: u32 = 1_000_000;

/// So many mails in so much time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    count: u32,
    per: Duration,
}

/// A text is no rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a rate is N/s or N/min, with N from 1 to 1000000")]
pub struct NoRate;

impl FromStr for Rate {
    type Err = NoRate;

    fn from_str(text: &str) -> Result<Self, NoRate> {
        let (count, unit) = text.split_once('/').ok_or(NoRate)?;
        let seconds = match unit {
            "s" => 1,
            "min" => 60,
            _ => return Err(NoRate),
        };
        let count = count.parse().ok().filter(|count| (1..=MOST).contains(count)).ok_or(NoRate)?;
        Ok(Self { count, per: Duration::from_secs(seconds) })
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.count, if self.per == Duration::from_secs(1) { "s" } else { "min" })
    }
}

impl Rate {
    /// Time from the start of a mail to that of the `number`th behind it.
    fn span(self, number: u64) -> Duration {
        let nanos = self.per.as_nanos() * u128::from(number) / u128::from(self.count);
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

/// The clock that permits mails.
#[derive(Clone, Debug)]
pub struct Schedule {
    rate: Option<Rate>,
    /// When the clock was started, and mails permitted since.
    run: Option<(Instant, u64)>,
}

impl Schedule {
    /// Without a rate every mail may start at once.
    pub fn new(rate: Option<Rate>) -> Self {
        Self { rate, run: None }
    }

    /// Whether there is a rate at all.
    pub fn is_limited(&self) -> bool {
        self.rate.is_some()
    }

    /// When the next mail may start; `None`: at once.
    pub fn due(&self) -> Option<Instant> {
        let ((began, count), rate) = (self.run?, self.rate?);
        Some(began + rate.span(count))
    }

    /// A mail starts.
    pub fn started(&mut self, now: Instant) {
        let Some(rate) = self.rate else { return };
        self.run = match self.run {
            Some((began, count)) if now.saturating_duration_since(began + rate.span(count)) <= SLACK => {
                Some((began, count + 1))
            }
            _ => Some((now, 1)),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_and_a_unit() {
        for (text, nanos) in [("1/s", 1_000_000_000), ("10/s", 100_000_000), ("30/min", 2_000_000_000)] {
            assert_eq!(text.parse::<Rate>().unwrap().span(1), Duration::from_nanos(nanos), "{text}");
        }
        for text in ["", "10", "0/s", "-1/s", "1/h", "1.5/s", "/s", "10/", "2000000/s", "1 /s"] {
            assert_eq!(text.parse::<Rate>(), Err(NoRate), "{text:?}");
        }
    }

    #[test]
    fn the_clock_does_not_drift() {
        let start = Instant::now();
        let mut schedule = Schedule::new("3/s".parse().ok());
        let mut now = start;
        for _ in 0..3_000 {
            // Woken a little late each time, as timers do.
            now = schedule.due().map_or(now, |due| due + Duration::from_millis(1));
            schedule.started(now);
        }
        assert_eq!(schedule.due(), Some(start + Duration::from_secs(1000)));
    }

    #[test]
    fn after_a_pause_nothing_is_caught_up_with() {
        let start = Instant::now();
        let mut schedule = Schedule::new("10/s".parse().ok());
        assert_eq!(schedule.due(), None);
        schedule.started(start);
        let late = start + Duration::from_mins(1);
        schedule.started(late);
        assert_eq!(schedule.due(), Some(late + Duration::from_millis(100)));
    }

    #[test]
    fn without_a_rate_nothing_waits() {
        let mut schedule = Schedule::new(None);
        schedule.started(Instant::now());
        assert_eq!((schedule.due(), schedule.is_limited()), (None, false));
    }
}
