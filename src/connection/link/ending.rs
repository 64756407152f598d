//! What is known of the end of a line: how near it is, what caused it, who did it.

use std::time::{Duration, Instant};

use crate::connection::Failure;

/// How long the last octets may take to leave, and the last replies to arrive on a line that cannot be written.
const GRACE: Duration = Duration::from_secs(2);

/// How near the end is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The engine is not done.
    Open,
    /// The engine is done; the last octets leave, and nothing is read.
    Flushing,
    /// Our half is shut; the peer's end of the line is awaited.
    Lingering,
    /// The line is to be let go of.
    Over,
}

/// The end of one line.
#[derive(Debug)]
pub struct Ending {
    stage: Stage,
    /// When patience ends.
    grace: Option<Instant>,
    /// The greeting refused us.
    refused: bool,
    /// The server closed as it had announced.
    clean: bool,
    /// We gave the line up before its end.
    dropped: bool,
    /// The first cause.
    failure: Option<Failure>,
}

impl Default for Ending {
    fn default() -> Self {
        Self { stage: Stage::Open, grace: None, refused: false, clean: false, dropped: false, failure: None }
    }
}

impl Ending {
    /// How near it is.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// Whether nothing speaks of it yet.
    pub fn is_far(&self) -> bool {
        self.stage == Stage::Open
    }

    /// When patience ends, if it is running.
    pub fn grace(&self) -> Option<Instant> {
        self.grace
    }

    /// Notes a failure. Only the first is kept: the others follow from it.
    pub fn fail(&mut self, failure: Failure) {
        self.failure.get_or_insert(failure);
    }

    /// The greeting refused us.
    pub fn refused(&mut self) {
        self.refused = true;
    }

    /// The engine heard the server close, announced or not.
    pub fn server_closed(&mut self, clean: bool) {
        self.clean |= clean;
    }

    /// The peer takes nothing more; what it said before may still come.
    pub fn deafened(&mut self, now: Instant) {
        self.grace = Some(now + GRACE);
        if !self.is_far() {
            self.stage = Stage::Over;
        }
    }

    /// The engine is done. What is queued still goes out, except on a line that is `hopeless` or was too slow already.
    pub fn close(&mut self, hopeless: bool, now: Instant) {
        if self.is_far() {
            self.grace.get_or_insert(now + GRACE);
            let late = self.failure.as_ref().is_some_and(Failure::is_lateness);
            self.stage = if hopeless || late { Stage::Over } else { Stage::Flushing };
        }
    }

    /// Our half is shut. The other side's end is awaited after a proper goodbye only.
    pub fn shut(&mut self) {
        self.stage = if self.failure.is_some() { Stage::Over } else { Stage::Lingering };
    }

    /// The line is to be let go of.
    pub fn over(&mut self) {
        self.stage = Stage::Over;
    }

    /// We let go of the line ourselves. That is a drop unless all was said.
    pub fn dropped(&mut self) {
        self.dropped = self.stage != Stage::Lingering;
        self.stage = Stage::Over;
    }

    /// Whether we let go of it before all was said.
    pub fn is_dropped(&self) -> bool {
        self.dropped
    }

    /// The peer says nothing more. `early`: nothing spoke of the end before. `failure`: what that is, given whether
    /// the greeting had refused us, unless the engine finds that it was due.
    pub fn ended(&mut self, early: bool, failure: impl FnOnce(bool) -> Failure) {
        if early && !self.clean {
            self.fail(failure(self.refused));
        }
        self.stage = Stage::Over;
    }

    /// The failure, or words for an end without one.
    pub fn verdict(&mut self, at: &str) -> Result<&'static str, Failure> {
        match self.failure.take() {
            Some(failure) => Err(failure),
            None if self.dropped => Ok("line dropped by us without QUIT"),
            None if self.refused => Err(Failure::closed_early(at, true)),
            None if self.clean => Ok("closed by the server, as agreed"),
            None => Ok("closed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::FailureKind;
    use crate::wire::Wait;

    fn early(refused: bool) -> Failure {
        Failure::closed_early("h:1", refused)
    }

    #[test]
    fn the_first_cause_is_the_verdict() {
        let mut ending = Ending::default();
        ending.fail(Failure::aborted("h:1", "stopped"));
        ending.ended(true, early);
        assert_eq!(ending.verdict("h:1").unwrap_err().kind, FailureKind::Aborted);
    }

    #[test]
    fn a_close_that_was_due_is_no_failure() {
        let mut ending = Ending::default();
        ending.server_closed(true);
        ending.ended(true, early);
        assert_eq!(ending.verdict("h:1"), Ok("closed by the server, as agreed"));
        let mut ending = Ending::default();
        ending.close(false, Instant::now());
        ending.shut();
        assert_eq!(ending.stage(), Stage::Lingering);
        ending.ended(false, early);
        assert_eq!(ending.verdict("h:1"), Ok("closed"));
    }

    #[test]
    fn a_line_that_was_late_is_not_waited_for_again() {
        for (failure, stage) in
            [(Failure::timed_out("h:1", Wait::Reply), Stage::Over), (Failure::protocol("h:1", "x"), Stage::Flushing)]
        {
            let mut ending = Ending::default();
            ending.fail(failure);
            ending.close(false, Instant::now());
            assert_eq!(ending.stage(), stage);
        }
    }

    #[test]
    fn letting_go_after_the_goodbye_is_no_drop() {
        let mut ending = Ending::default();
        ending.close(false, Instant::now());
        ending.shut();
        ending.dropped();
        assert!(!ending.is_dropped());
        let mut ending = Ending::default();
        ending.dropped();
        assert!(ending.is_dropped());
        assert_eq!(ending.verdict("h:1"), Ok("line dropped by us without QUIT"));
    }

    #[test]
    fn a_refusal_in_the_greeting_is_a_failure_even_when_we_close() {
        let mut ending = Ending::default();
        ending.refused();
        ending.close(false, Instant::now());
        ending.shut();
        ending.over();
        assert_eq!(ending.verdict("h:1").unwrap_err(), early(true));
    }
}
