//! How far a download is, how fast it lately was, and how long it will take.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::Progress;
use super::window::weight;

/// Between two looks at the octets.
const GLANCE: Duration = Duration::from_millis(500);
/// How many looks the rate is taken from: the last five seconds.
const GLANCES: usize = 10;

/// Counts of what came and what is to come.
#[derive(Debug)]
pub(super) struct Pace {
    messages: usize,
    octets: u64,
    /// Octets of the message that is arriving.
    partly: u64,
    /// Announced for what is not there yet.
    to_come: u64,
    /// Octets at moments of the past, oldest first; never empty.
    glances: VecDeque<(Instant, u64)>,
}

impl Pace {
    pub(super) fn new(announced: impl Iterator<Item = Option<u64>>, now: Instant) -> Self {
        let to_come = announced.map(weight).fold(0, u64::saturating_add);
        Self { messages: 0, octets: 0, partly: 0, to_come, glances: VecDeque::from([(now, 0)]) }
    }

    /// Octets of a message arrived.
    pub(super) fn arrived(&mut self, octets: u64, now: Instant) {
        self.octets = self.octets.saturating_add(octets);
        self.partly = self.partly.saturating_add(octets);
        let latest = self.glances.back().map_or(now, |(at, _)| *at);
        if now.saturating_duration_since(latest) >= GLANCE {
            self.glances.push_back((now, self.octets));
            if self.glances.len() > GLANCES {
                self.glances.pop_front();
            }
        }
    }

    /// A message is there.
    pub(super) fn whole(&mut self, announced: Option<u64>) {
        self.messages += 1;
        self.refused(announced);
    }

    /// A message does not come.
    pub(super) fn refused(&mut self, announced: Option<u64>) {
        self.partly = 0;
        self.to_come = self.to_come.saturating_sub(weight(announced));
    }

    /// How far it is, of `total` messages.
    pub(super) fn progress(&self, total: usize, now: Instant) -> Progress {
        let to_come = self.to_come.saturating_sub(self.partly);
        let rate = self.rate(now);
        let left = (rate >= 1.0).then(|| Duration::try_from_secs_f64(to_come as f64 / rate).ok()).flatten();
        Progress {
            messages: (self.messages, total),
            octets: (self.octets, self.octets.saturating_add(to_come)),
            rate,
            left,
        }
    }

    fn rate(&self, now: Instant) -> f64 {
        let (since, octets) = self.glances.front().copied().unwrap_or((now, self.octets));
        let seconds = now.saturating_duration_since(since).as_secs_f64();
        if seconds > 0.0 { (self.octets - octets) as f64 / seconds } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_of_the_last_seconds() {
        let start = Instant::now();
        let mut pace = Pace::new([Some(100_000), Some(900_000)].into_iter(), start);
        for tick in 1..=100_u32 {
            // A hundred times as fast in the first half.
            pace.arrived(if tick <= 50 { 10_000 } else { 100 }, start + GLANCE * tick);
        }
        let progress = pace.progress(2, start + GLANCE * 100);
        assert!((progress.rate - 200.0).abs() < 25.0, "{progress:?}");
        let seconds = progress.left.unwrap().as_secs_f64();
        assert!((seconds - 495_000.0 / progress.rate).abs() < 1.0, "{progress:?}");
    }

    #[test]
    fn what_was_announced_gives_way_to_what_came() {
        let now = Instant::now();
        let mut pace = Pace::new([Some(1_000), Some(1_000), None].into_iter(), now);
        pace.arrived(4_000, now);
        assert_eq!(pace.progress(3, now).octets, (4_000, 6_096), "more than announced, and not yet at its end");
        pace.whole(Some(1_000));
        pace.refused(Some(1_000));
        let progress = pace.progress(3, now);
        assert_eq!((progress.messages, progress.octets), ((1, 3), (4_000, 8_096)));
        pace.whole(None);
        assert_eq!(pace.progress(3, now).octets, (4_000, 4_000));
    }

    #[test]
    fn no_lie_about_sizes_overflows() {
        let now = Instant::now();
        let pace = Pace::new(std::iter::repeat_n(Some(u64::MAX), 1_000), now);
        assert_eq!(pace.progress(1_000, now).left, None);
        assert!(pace.progress(1_000, now + GLANCE).octets.1 > 1 << 49);
    }
}
