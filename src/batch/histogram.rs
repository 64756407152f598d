//! How long things took, in a fixed number of counters: percentiles within 2 %, whatever the number of values.

use std::time::Duration;

/// Bits of a value that are kept behind its highest one.
const BITS: u32 = 6;
/// Counters for each power of two.
const FINE: u64 = 1 << BITS;
/// Microseconds that are told apart, 38 hours; longer ones count as this.
const MOST: u64 = (1 << 37) - 1;
/// Counters in all.
const SLOTS: usize = 2048;

/// Durations, counted by their size.
#[derive(Clone, Debug, Default)]
pub struct Histogram {
    /// Empty until something is counted.
    slots: Vec<u32>,
    count: u64,
    /// Microseconds.
    longest: u64,
}

impl Histogram {
    /// Counts one.
    pub fn add(&mut self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(MOST).min(MOST);
        if self.slots.is_empty() {
            self.slots = vec![0; SLOTS];
        }
        self.slots[slot(micros)] += 1;
        self.count += 1;
        self.longest = self.longest.max(micros);
    }

    /// How many were counted.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The longest.
    pub fn max(&self) -> Duration {
        Duration::from_micros(self.longest)
    }

    /// What `percent` of them did not exceed; zero when there are none.
    pub fn percentile(&self, percent: u64) -> Duration {
        let wanted = (self.count * percent.min(100)).div_ceil(100).max(1);
        let mut seen = 0;
        for (slot, count) in self.slots.iter().enumerate() {
            seen += u64::from(*count);
            if seen >= wanted {
                return Duration::from_micros(middle(slot).min(self.longest));
            }
        }
        Duration::ZERO
    }
}

fn slot(micros: u64) -> usize {
    let shift = (u64::BITS - micros.leading_zeros()).saturating_sub(BITS + 1);
    usize::try_from(u64::from(shift) * FINE + (micros >> shift)).expect("a number of a counter is small")
}

/// The middle of what a counter stands for, in microseconds.
fn middle(slot: usize) -> u64 {
    let slot = slot as u64;
    if slot < 2 * FINE {
        return slot;
    }
    let shift = slot / FINE - 1;
    ((FINE + slot % FINE) << shift) + (1 << shift) / 2
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn percentiles_of_a_known_row() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.percentile(50), Duration::ZERO);
        for ms in 1..=1000 {
            histogram.add(Duration::from_millis(ms));
        }
        for (percent, ms) in [(50, 500.0), (90, 900.0), (99, 990.0), (100, 1000.0)] {
            let found = histogram.percentile(percent).as_secs_f64() * 1e3;
            assert!((found - ms).abs() <= ms * 0.02, "{percent} %: {found} ms");
        }
        assert_eq!((histogram.count(), histogram.max()), (1000, Duration::from_secs(1)));
    }

    #[test]
    fn nothing_is_too_long_to_be_counted() {
        let mut histogram = Histogram::default();
        histogram.add(Duration::MAX);
        assert_eq!(histogram.max(), Duration::from_micros(MOST));
        assert_eq!(slot(MOST), SLOTS - 1);
    }

    proptest! {
        #[test]
        fn a_single_value_is_told_within_two_percent(micros in 0..MOST) {
            let mut histogram = Histogram::default();
            histogram.add(Duration::from_micros(micros));
            let found = histogram.percentile(50).as_micros() as f64;
            prop_assert!((found - micros as f64).abs() <= micros as f64 * 0.02, "{found} for {micros}");
        }
    }
}
