//! What is done with rows of the transcript: folded by kind, marked, noted, selected, copied, looked at octet by octet,
//! gone from to what they are about.

use super::App;
use crate::keymap::Action;

/// A question about a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The note to it.
    Note,
}

impl App {
    #[expect(clippy::unused_self, reason = "skeleton")]
    pub(super) fn act_on_rows(&mut self, _action: Action) {}

    pub(super) fn rows_unavailable(&self, _action: Action) -> Option<&'static str> {
        self.transcript.store.is_empty().then_some("the transcript is empty")
    }

    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "skeleton")]
    pub(super) fn row_answered(&mut self, purpose: Purpose, _text: &str) -> Result<(), String> {
        match purpose {
            Purpose::Note => Ok(()),
        }
    }
}
