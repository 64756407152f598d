//! The progress bar: on a terminal only, and never where a live transcript or `NO_COLOR` forbids it.

use std::io::IsTerminal;

use indicatif::{DecimalBytes, HumanCount, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::batch::Counts;
use crate::config::Environment;
use crate::download::Progress;

/// Redraws a second, at most.
pub const HERTZ: u8 = 8;

/// How far something is.
pub trait Measure {
    /// Done, and all.
    fn position(&self) -> (u64, u64);
    /// What stands behind the bar.
    fn label(&self) -> String;
}

/// The bar, where there is one.
#[derive(Debug)]
pub struct Bar(Option<ProgressBar>);

impl Bar {
    /// On standard error, if that is a terminal that may be drawn on. `verbose`: the live transcript goes there.
    pub fn new(verbose: bool) -> Self {
        if verbose || !std::io::stderr().is_terminal() || Environment::read().no_color {
            return Self(None);
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(HERTZ));
        let style = ProgressStyle::with_template("[{bar:24}] {msg}").expect("the template is sound");
        bar.set_style(style.progress_chars("=> "));
        Self(Some(bar))
    }

    /// Whether there is anything to draw on.
    pub fn is_shown(&self) -> bool {
        self.0.is_some()
    }

    /// Draws how far it is.
    pub fn show(&self, measure: &impl Measure) {
        let Some(bar) = &self.0 else { return };
        let (done, all) = measure.position();
        bar.set_length(all);
        bar.set_position(done);
        bar.set_message(measure.label());
    }

    /// Takes it away.
    pub fn clear(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }

    /// Writes lines above it.
    pub fn beside(&self, write: impl FnOnce()) {
        match &self.0 {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }
}

/// Mails, rate, time left, failures.
impl Measure for Counts {
    fn position(&self) -> (u64, u64) {
        (self.done, self.total)
    }

    fn label(&self) -> String {
        let left = self.left().map(|left| format!(", {} left", HumanDuration(left))).unwrap_or_default();
        let others = self.done - self.sent;
        let failed = if others > 0 { format!(", {} failed", HumanCount(others)) } else { String::new() };
        let (done, all) = (HumanCount(self.done), HumanCount(self.total));
        format!("{done}/{all} mails, {:.1}/s{left}{failed}", self.rate())
    }
}

/// Messages, octets, rate and time left.
impl Measure for Progress {
    fn position(&self) -> (u64, u64) {
        self.octets
    }

    #[expect(clippy::cast_sign_loss, reason = "a rate is never negative, and its fractions are of no use")]
    fn label(&self) -> String {
        let rate = DecimalBytes(self.rate as u64);
        let left = self.left.map(|left| format!(", {} left", HumanDuration(left))).unwrap_or_default();
        format!(
            "{}/{} messages, {} of {}, {rate}/s{left}",
            HumanCount(self.messages.0 as u64),
            HumanCount(self.messages.1 as u64),
            DecimalBytes(self.octets.0),
            DecimalBytes(self.octets.1),
        )
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_bar_tells_mails_rate_time_left_and_failures() {
        let counts = Counts { total: 10_000, done: 1_200, sent: 1_197, refused: 3, ..Counts::default() };
        let progress = Counts { elapsed: Duration::from_secs(12), ..counts };
        assert_eq!(progress.label(), "1,200/10,000 mails, 100.0/s, 88 seconds left, 3 failed");
        let done = Counts { total: 2, done: 2, sent: 2, elapsed: Duration::from_secs(1), ..Counts::default() };
        assert_eq!(done.label(), "2/2 mails, 2.0/s");
    }

    #[test]
    fn the_bar_tells_messages_octets_rate_and_time_left() {
        let progress = Progress {
            messages: (1_200, 10_000),
            octets: (4_200_000, 41_000_000),
            rate: 1_500_000.4,
            left: Some(Duration::from_secs(25)),
        };
        assert_eq!(progress.label(), "1,200/10,000 messages, 4.20 MB of 41.00 MB, 1.50 MB/s, 25 seconds left");
        assert!(Progress::default().label().ends_with("0 B/s"));
    }
}
