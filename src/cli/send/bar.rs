//! The progress bar: on a terminal only, and never where a live transcript or `NO_COLOR` forbids it.

use indicatif::{HumanCount, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;

use crate::batch::Counts;
use crate::config::Environment;

/// Redraws a second, at most.
pub const HERTZ: u8 = 8;

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
    pub fn show(&self, counts: Counts) {
        let Some(bar) = &self.0 else { return };
        bar.set_length(counts.total);
        bar.set_position(counts.done);
        bar.set_message(words(counts));
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
fn words(counts: Counts) -> String {
    let left = counts.left().map(|left| format!(", {} left", HumanDuration(left))).unwrap_or_default();
    let others = counts.done - counts.sent;
    let failed = if others > 0 { format!(", {} failed", HumanCount(others)) } else { String::new() };
    let (done, all) = (HumanCount(counts.done), HumanCount(counts.total));
    format!("{done}/{all} mails, {:.1}/s{left}{failed}", counts.rate())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_bar_tells_mails_rate_time_left_and_failures() {
        let counts = Counts { total: 10_000, done: 1_200, sent: 1_197, refused: 3, ..Counts::default() };
        let progress = Counts { elapsed: Duration::from_secs(12), ..counts };
        assert_eq!(words(progress), "1,200/10,000 mails, 100.0/s, 88 seconds left, 3 failed");
        let done = Counts { total: 2, done: 2, sent: 2, elapsed: Duration::from_secs(1), ..Counts::default() };
        assert_eq!(words(done), "2/2 mails, 2.0/s");
    }
}
