//! What the sandbox of the workbench does wrong.

use super::effects::Hands;
use crate::app::faults::FaultRow;

impl Hands {
    #[expect(clippy::unused_self, reason = "skeleton")]
    pub(super) fn faults(&mut self, _wanted: Option<Vec<String>>) -> Result<Vec<FaultRow>, String> {
        Ok(Vec::new())
    }
}
