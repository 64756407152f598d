//! Saved sessions on disk.

use super::Workbench;
use crate::app::Message;
use crate::app::sessions::Ask;

impl Workbench {
    #[expect(clippy::unused_self, reason = "skeleton")]
    pub(super) fn ask_sessions(&mut self, ask: Ask) -> Option<Message> {
        match ask {
            Ask::List => None,
        }
    }
}
