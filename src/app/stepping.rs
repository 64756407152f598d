//! Step mode: the commands of a send or of a visit to a mailbox, to be sent one by one.

use super::App;
use crate::keymap::Action;
use crate::wire::Side;

/// An answer to a menu of step mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// Leave it.
    Leave,
}

/// Step mode, while it is on.
#[derive(Debug, Default)]
pub(crate) struct Stepping {
    /// Of which conversation the steps are shown; `None`: it is off.
    pub(crate) side: Option<Side>,
}

impl App {
    #[expect(clippy::unused_self, reason = "skeleton")]
    pub(super) fn act_on_steps(&mut self, _action: Action) {}

    pub(super) fn steps_unavailable(&self, _action: Action) -> Option<&'static str> {
        self.stepping.side.is_none().then_some("step mode is off: F7 begins it")
    }

    pub(super) fn step_choice(&mut self, choice: Choice) {
        match choice {
            Choice::Leave => self.stepping.side = None,
        }
    }

    /// What follows from any change: the steps that are left, anew.
    #[expect(clippy::unused_self, reason = "skeleton")]
    pub(super) fn steps_on(&mut self) {}
}
