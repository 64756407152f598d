//! What the sandbox does wrong when told to: a list to choose from.

use super::{App, Effect};

/// One thing that the sandbox can do wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultRow {
    /// Its word on the command line.
    pub name: &'static str,
    /// What it does, in one line.
    pub summary: &'static str,
    /// It does it now.
    pub on: bool,
}

/// An answer to the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// Everything is done right again.
    None,
}

impl App {
    pub(super) fn ask_faults(&mut self) {
        self.effects.push(Effect::Faults(None));
    }

    #[expect(clippy::unused_self, reason = "skeleton")]
    pub(super) fn faults_unavailable(&self) -> Option<&'static str> {
        None
    }

    pub(super) fn faults_came(&mut self, faults: Result<Vec<FaultRow>, String>) {
        if let Err(why) = faults {
            self.error(why);
        }
    }

    #[expect(clippy::unused_self, reason = "skeleton")]
    pub(super) fn fault_picked(&mut self, _index: usize) {}

    pub(super) fn fault_choice(&mut self, choice: Choice) {
        match choice {
            Choice::None => self.effects.push(Effect::Faults(Some(Vec::new()))),
        }
    }
}
