//! How much of the body under way is written, reported now and then.

use std::time::{Duration, Instant};

/// Octets after which progress is reported again.
const OCTETS: u64 = 1024 * 1024;
/// Time after which it is reported again.
const TIME: Duration = Duration::from_millis(100);

/// Where the body under way lies in the stream of octets to the peer, counted from the first octet of the link.
#[derive(Debug, Default)]
pub struct Meter {
    body: Option<Span>,
}

#[derive(Debug)]
struct Span {
    from: u64,
    to: u64,
    ended: bool,
    reported: u64,
    reported_at: Instant,
}

impl Meter {
    /// A piece of the body lies from `from` to `to`; `last` with the final one.
    pub fn queued(&mut self, from: u64, to: u64, last: bool, now: Instant) {
        match &mut self.body {
            Some(span) if !span.ended => {
                span.to = to;
                span.ended = last;
            }
            _ => self.body = Some(Span { from, to, ended: last, reported: 0, reported_at: now }),
        }
    }

    /// The stream is written up to `written`. Octets of the body that are written, if that is worth a report.
    pub fn written(&mut self, written: u64, now: Instant) -> Option<u64> {
        let span = self.body.as_mut()?;
        let octets = written.min(span.to).saturating_sub(span.from);
        let whole = span.ended && written >= span.to;
        let due = octets - span.reported >= OCTETS
            || (octets > span.reported && now.saturating_duration_since(span.reported_at) >= TIME);
        if whole {
            self.body = None;
        } else if due {
            span.reported = octets;
            span.reported_at = now;
        }
        (whole || due).then_some(octets)
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
    fn each_body_starts_from_nothing() {
        let start = Instant::now();
        let mut meter = Meter::default();
        meter.queued(0, 10, true, start);
        assert_eq!(meter.written(10, start), Some(10));
        meter.queued(50, 55, true, start);
        assert_eq!(meter.written(55, start), Some(5));
    }
}
