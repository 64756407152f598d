//! How long each stage took, from the end of the one before it.

use std::time::{Duration, Instant};

/// Stages in order, in milliseconds.
#[derive(Clone, Debug)]
pub struct Timings {
    started: Instant,
    last: Instant,
    stages: Vec<(&'static str, f64)>,
}

impl Timings {
    /// Starts at `now`.
    pub fn new(now: Instant) -> Self {
        Self { started: now, last: now, stages: Vec::new() }
    }

    /// `stage` came to its end. Said again at once, it grows (several RCPT); said again later, it does not count: of
    /// many mails the first one is measured.
    pub fn mark(&mut self, stage: &'static str, now: Instant) {
        let took = now.duration_since(self.last).as_secs_f64() * 1e3;
        self.last = now;
        match self.stages.iter().position(|(name, _)| *name == stage) {
            None => self.stages.push((stage, took)),
            Some(index) if index + 1 == self.stages.len() => self.stages[index].1 += took,
            Some(_) => {}
        }
    }

    /// TCP stands. `lapse`: how long the attempt took that made it; before that lie looking up the name and attempts at
    /// other addresses.
    pub fn connected(&mut self, lapse: Duration, now: Instant) {
        let tried = now.checked_sub(lapse).map_or(self.last, |tried| tried.max(self.last));
        self.mark("lookup", tried);
        self.mark("connect", now);
    }

    /// Whether this stage was marked, and no other since: said again it grows.
    pub fn is_last(&self, stage: &str) -> bool {
        self.stages.last().is_some_and(|(name, _)| *name == stage)
    }

    /// Whether this stage was marked.
    pub fn has(&self, stage: &str) -> bool {
        self.stages.iter().any(|(name, _)| *name == stage)
    }

    /// From the start to the last mark or the end, in milliseconds.
    pub fn total(&self) -> f64 {
        self.last.duration_since(self.started).as_secs_f64() * 1e3
    }

    /// It ended within a stage: only the total goes on.
    pub fn end(&mut self, now: Instant) {
        self.last = now;
    }

    /// Stages with milliseconds, in order.
    pub fn stages(&self) -> &[(&'static str, f64)] {
        &self.stages
    }

    /// One number for each stage, rounded to microseconds, and the total.
    pub fn json(&self) -> serde_json::Value {
        let rounded = |ms: f64| serde_json::json!((ms * 1e3).round() / 1e3);
        let stages = self.stages.iter().copied().chain([("total", self.total())]);
        stages.map(|(name, ms)| (name.to_owned(), rounded(ms))).collect::<serde_json::Map<_, _>>().into()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn stages_are_measured_from_the_one_before() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut timings = Timings::new(start);
        for (stage, ms) in [("connect", 2), ("mail", 5), ("rcpt", 6), ("rcpt", 9), ("data", 10), ("mail", 30)] {
            timings.mark(stage, at(ms));
        }
        let expected = serde_json::json!({"connect": 2.0, "mail": 3.0, "rcpt": 4.0, "data": 1.0, "total": 30.0});
        assert_eq!(timings.json(), expected);
        timings.end(at(31));
        assert_eq!((timings.json()["total"].as_f64(), timings.stages().len()), (Some(31.0), 4));
    }

    #[test]
    fn what_lies_before_the_attempt_that_won_is_the_lookup() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        for (lapse, lookup, connect) in [(4, 26.0, 4.0), (30, 0.0, 30.0), (500, 0.0, 30.0), (0, 30.0, 0.0)] {
            let mut timings = Timings::new(start);
            timings.connected(Duration::from_millis(lapse), at(30));
            let expected = serde_json::json!({"lookup": lookup, "connect": connect, "total": 30.0});
            assert_eq!(timings.json(), expected, "{lapse}");
            assert!(timings.has("lookup") && timings.is_last("connect") && !timings.is_last("lookup"));
        }
    }
}
