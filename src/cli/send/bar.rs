//! The progress bar: on a terminal only, and never where a live transcript or `NO_COLOR` forbids it.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{HumanCount, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::config::Environment;

/// Redraws a second, at most.
pub const HERTZ: u8 = 8;

/// The bar, where there is one.
#[derive(Debug)]
pub struct Bar(Option<ProgressBar>);

/// How far it is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Mails with a result, and all of them.
    pub mails: (u64, u64),
    /// Of those, the ones that did not go through for everybody.
    pub failed: u64,
    /// Since the start.
    pub elapsed: Duration,
}

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
    pub fn show(&self, progress: Progress) {
        let Some(bar) = &self.0 else { return };
        bar.set_length(progress.mails.1);
        bar.set_position(progress.mails.0);
        bar.set_message(words(progress));
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
fn words(progress: Progress) -> String {
    let (done, all) = progress.mails;
    let rate = done as f64 / progress.elapsed.as_secs_f64().max(1e-3);
    let left = (done > 0 && done < all).then(|| Duration::from_secs_f64((all - done) as f64 / rate.max(1e-6)));
    let left = left.map(|left| format!(", {} left", HumanDuration(left))).unwrap_or_default();
    let failed = if progress.failed > 0 { format!(", {} failed", HumanCount(progress.failed)) } else { String::new() };
    format!("{}/{} mails, {rate:.1}/s{left}{failed}", HumanCount(done), HumanCount(all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_tells_mails_rate_time_left_and_failures() {
        let progress = Progress { mails: (1_200, 10_000), failed: 3, elapsed: Duration::from_secs(12) };
        assert_eq!(words(progress), "1,200/10,000 mails, 100.0/s, 88 seconds left, 3 failed");
        let done = Progress { mails: (2, 2), failed: 0, elapsed: Duration::from_secs(1) };
        assert_eq!(words(done), "2/2 mails, 2.0/s");
    }
}
