//! What happens by itself: toasts that go, drafts that are saved, elapsed times; and when the next of it is due.

use std::time::{Duration, Instant};

use super::App;

/// While somebody waits, the elapsed time on screen changes this often.
const BUSY_TICK: Duration = Duration::from_millis(250);

impl App {
    pub(super) fn wake(&mut self) {
        if self.status.until().is_some_and(|until| until <= self.now.instant) {
            self.dirty |= self.status.dismiss();
        }
        if self.compose.take_unsaved(Some(self.now.instant)) {
            self.save_draft();
        }
        self.note_progress_of_download();
        self.look_on();
        self.dirty |= self.is_busy();
        self.leave_if_done();
    }

    /// Somebody waits, and the elapsed time is on screen.
    pub(super) fn is_busy(&self) -> bool {
        self.links.waiting().is_some() || self.fetching_since().is_some() || self.is_downloading()
    }

    /// When [`super::Message::Wake`] is wanted, if at all. `None`: nothing moves by itself.
    pub fn wake_at(&self) -> Option<Instant> {
        let busy = self.is_busy().then(|| self.now.instant + BUSY_TICK);
        let leaving = self.leaving.as_ref().map(|leaving| leaving.until);
        let looking = self.transcript.is_looking().then_some(self.now.instant);
        [
            busy,
            leaving,
            looking,
            self.script_wake_at(),
            self.status.until(),
            self.compose.save_at(),
            self.retry_wake_at(),
            self.loop_wake_at(),
        ]
        .into_iter()
        .flatten()
        .min()
    }
}
