//! How much of the body under way is written, reported now and then.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Octets after which progress is reported again.
const OCTETS: u64 = 1024 * 1024;
/// Time after which it is reported again.
const TIME: Duration = Duration::from_millis(100);

/// Where bodies lie in the stream of octets to the peer, counted from the first octet of the link.
#[derive(Debug, Default)]
pub struct Meter {
    /// What is queued and not known to be written, oldest first.
    spans: VecDeque<Span>,
    /// Octets of the stretches of the body under way that are whole.
    before: u64,
    reported: u64,
    reported_at: Option<Instant>,
}

/// A stretch of a body: all of it, or a chunk.
#[derive(Debug)]
struct Span {
    from: u64,
    to: u64,
    ended: bool,
    /// Octets of the same body in front of it.
    before: u64,
}

impl Meter {
    /// What follows belongs to another body.
    pub fn begin(&mut self) {
        self.before = 0;
    }

    /// A piece of the body lies from `from` to `to`; `last` with the final one of a stretch.
    pub fn queued(&mut self, from: u64, to: u64, last: bool, now: Instant) {
        if self.spans.back().is_none_or(|span| span.ended) {
            if self.spans.is_empty() && self.before == 0 {
                self.restart(now);
            }
            self.spans.push_back(Span { from, to, ended: false, before: self.before });
        }
        if let Some(span) = self.spans.back_mut() {
            span.to = to;
            span.ended = last;
            self.before = if last { span.before + (span.to - span.from) } else { self.before };
        }
    }

    /// The stream is written up to `written`. Octets of a body that are written, if that is worth a report. To be asked
    /// until there is nothing: one write may end several bodies.
    pub fn written(&mut self, written: u64, now: Instant) -> Option<u64> {
        let span = self.spans.front()?;
        let octets = span.before + written.min(span.to).saturating_sub(span.from);
        let whole = span.ended && written >= span.to;
        let due = whole || self.is_due(octets, now);
        if due {
            (self.reported, self.reported_at) = (octets, Some(now));
        }
        if whole {
            self.spans.pop_front();
            if self.spans.front().is_some_and(|next| next.before == 0) {
                self.restart(now);
            }
        }
        due.then_some(octets)
    }

    fn is_due(&self, octets: u64, now: Instant) -> bool {
        let new = octets.saturating_sub(self.reported);
        let since = self.reported_at.map(|at| now.saturating_duration_since(at));
        new >= OCTETS || (new > 0 && since.is_some_and(|since| since >= TIME))
    }

    /// Another body begins.
    fn restart(&mut self, now: Instant) {
        (self.reported, self.reported_at) = (0, Some(now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_comes_by_the_mebibyte_by_time_and_at_the_end() {
        let start = Instant::now();
        let mut meter = Meter::default();
        assert_eq!(meter.written(50, start), None);
        meter.queued(100, 3_000_100, false, start);
        assert_eq!(meter.written(100, start), None);
        assert_eq!(meter.written(1_000, start), None);
        assert_eq!(meter.written(1_000, start + TIME), Some(900));
        assert_eq!(meter.written(1_000, start + 3 * TIME), None, "nothing new was written");
        assert_eq!(meter.written(1_000 + OCTETS, start + TIME), Some(900 + OCTETS));
        meter.queued(3_000_100, 3_000_200, true, start + TIME);
        assert_eq!(meter.written(3_000_150, start + TIME), Some(3_000_050));
        assert_eq!(meter.written(3_000_300, start + TIME), Some(3_000_100));
        assert_eq!(meter.written(3_000_400, start + 5 * TIME), None, "the body is done");
    }

    #[test]
    fn the_chunks_of_a_body_are_counted_together_and_bodies_apart() {
        let start = Instant::now();
        let mut meter = Meter::default();
        meter.begin();
        meter.queued(10, 20, true, start);
        meter.queued(30, 45, true, start);
        assert_eq!(meter.written(32, start + TIME), Some(10));
        assert_eq!(meter.written(32, start + TIME), None);
        assert_eq!(meter.written(32, start + 2 * TIME), Some(12));
        assert_eq!(meter.written(45, start + TIME), Some(25));
        meter.queued(60, 65, true, start);
        assert_eq!(meter.written(70, start + TIME), Some(30));
        meter.begin();
        meter.queued(80, 90, true, start);
        meter.begin();
        meter.queued(100, 103, true, start);
        assert_eq!(meter.written(103, start + TIME), Some(10));
        assert_eq!(meter.written(103, start + TIME), Some(3));
        assert_eq!(meter.written(103, start + TIME), None);
    }

    #[test]
    fn each_body_starts_from_nothing() {
        let start = Instant::now();
        let mut meter = Meter::default();
        meter.queued(0, 10, true, start);
        assert_eq!(meter.written(10, start), Some(10));
        meter.begin();
        meter.queued(50, 55, true, start);
        assert_eq!(meter.written(55, start), Some(5));
    }
}
