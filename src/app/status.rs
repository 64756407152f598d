//! Toasts and the log of messages to the person.

use std::time::{Duration, Instant};

/// How long a toast stays.
const TOAST: Duration = Duration::from_secs(4);
/// An error stays longer: it has to be read.
const ERROR_TOAST: Duration = Duration::from_secs(10);
/// Messages kept in the log.
const KEPT: usize = 200;

/// How serious a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Info,
    Warning,
    Error,
}

/// A message to the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Toast {
    pub(crate) level: Level,
    pub(crate) text: String,
    pub(crate) clock: String,
    pub(crate) until: Instant,
}

/// The present toast and the log.
#[derive(Debug, Default)]
pub(crate) struct Status {
    log: Vec<Toast>,
    shown: bool,
}

impl Status {
    /// Shows a message and keeps it.
    pub(crate) fn say(&mut self, level: Level, text: impl Into<String>, now: &super::Now) {
        let text = crate::wire::printable::text(&text.into()).into_owned();
        let stay = if level == Level::Info { TOAST } else { ERROR_TOAST };
        if self.log.len() == KEPT {
            self.log.remove(0);
        }
        let clock = now.wall.strftime("%H:%M:%S").to_string();
        self.log.push(Toast { level, text, clock, until: now.instant + stay });
        self.shown = true;
    }

    /// The toast on screen.
    pub(crate) fn toast(&self) -> Option<&Toast> {
        self.log.last().filter(|_| self.shown)
    }

    /// All messages, oldest first.
    pub(crate) fn log(&self) -> &[Toast] {
        &self.log
    }

    /// Takes the toast away. Whether there was one.
    pub(crate) fn dismiss(&mut self) -> bool {
        std::mem::take(&mut self.shown)
    }

    /// When the toast goes by itself.
    pub(crate) fn until(&self) -> Option<Instant> {
        self.toast().map(|toast| toast.until)
    }
}
