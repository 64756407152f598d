//! The progress bar: on a terminal only, and never where a live transcript or `NO_COLOR` forbids it.

use std::io::IsTerminal;

use indicatif::{DecimalBytes, HumanCount, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::config::Environment;
use crate::download::Progress;

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
    pub fn show(&self, progress: &Progress) {
        let Some(bar) = &self.0 else { return };
        bar.set_length(progress.octets.1);
        bar.set_position(progress.octets.0);
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

/// Messages, octets, rate and time left.
#[expect(clippy::cast_sign_loss, reason = "a rate is never negative, and its fractions are of no use")]
fn words(progress: &Progress) -> String {
    let (messages, octets) = (progress.messages, progress.octets);
    let rate = DecimalBytes(progress.rate as u64);
    let left = progress.left.map(|left| format!(", {} left", HumanDuration(left))).unwrap_or_default();
    format!(
        "{}/{} messages, {} of {}, {rate}/s{left}",
        HumanCount(messages.0 as u64),
        HumanCount(messages.1 as u64),
        DecimalBytes(octets.0),
        DecimalBytes(octets.1),
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_bar_tells_messages_octets_rate_and_time_left() {
        let progress = Progress {
            messages: (1_200, 10_000),
            octets: (4_200_000, 41_000_000),
            rate: 1_500_000.4,
            left: Some(Duration::from_secs(25)),
        };
        assert_eq!(words(&progress), "1,200/10,000 messages, 4.20 MB of 41.00 MB, 1.50 MB/s, 25 seconds left");
        assert!(words(&Progress::default()).ends_with("0 B/s"));
    }
}
