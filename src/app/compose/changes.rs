//! What a change of the form leads to: what was known of the mail is found out anew, and the draft wants to be saved.

use std::time::{Duration, Instant};

use super::{Checking, Compose, wrapping};
use crate::smtp::MailOutcome;

/// A pause this long after a change, and the draft is saved.
const AUTOSAVE: Duration = Duration::from_secs(1);
/// Without a pause, it is saved this often.
const AUTOSAVE_AT_LEAST: Duration = Duration::from_secs(2);

impl Compose {
    pub(super) fn changed(&mut self, now: Instant) {
        // A mail that was sent and is changed is another mail.
        if self.result.take().is_some_and(|report| report.outcome == MailOutcome::Sent) {
            self.identity = None;
        }
        self.edits += 1;
        self.unsent = true;
        self.faults.clear();
        self.checking = Checking::default();
        self.check_addresses();
        let octets = self.body.lines().iter().map(|line| line.len() + 1).sum();
        if self.body.wrap_mode() != wrapping(octets) {
            self.body.set_wrap_mode(wrapping(octets));
        }
        let first = self.changes.map_or(now, |(first, _)| first);
        self.changes = Some((first, now));
    }

    /// When the draft wants to be saved.
    pub(crate) fn save_at(&self) -> Option<Instant> {
        self.changes.map(|(first, last)| (last + AUTOSAVE).min(first + AUTOSAVE_AT_LEAST))
    }

    /// Whether the draft wants to be saved now; then it counts as saved.
    pub(crate) fn take_unsaved(&mut self, now: Option<Instant>) -> bool {
        let due = self.save_at().is_some_and(|due| now.is_none_or(|now| due <= now));
        if due {
            self.changes = None;
        }
        due
    }
}
