//! Lessons and their progress on disk.

use super::Workbench;
use crate::app::Message;
use crate::app::lessons::Ask;

impl Workbench {
    #[expect(clippy::unused_self, reason = "skeleton")]
    pub(super) fn ask_lessons(&mut self, ask: Ask) -> Option<Message> {
        match ask {
            Ask::List => None,
        }
    }
}
