//! Saved sessions in the pane: listed, opened read-only, compared, named.

use super::App;
use crate::keymap::Action;

/// What is asked of the folder of saved sessions.
#[derive(Clone, Debug)]
pub enum Ask {
    /// All of them.
    List,
}

/// What came of it.
#[derive(Debug)]
pub enum Told {
    /// Something could not be read or kept, and why.
    Trouble(String),
}

/// An answer to a menu about sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// Back to the live conversation.
    Live,
}

/// A question about sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The name to save this one under.
    Name,
}

/// What is known of saved sessions.
#[derive(Debug, Default)]
pub(crate) struct Sessions {}

impl App {
    pub(super) fn act_on_sessions(&mut self, _action: Action) {
        self.effects.push(super::Effect::Sessions(Ask::List));
    }

    #[expect(clippy::unused_self, reason = "skeleton")]
    pub(super) fn sessions_unavailable(&self, _action: Action) -> Option<&'static str> {
        None
    }

    pub(super) fn sessions_told(&mut self, told: Told) {
        match told {
            Told::Trouble(why) => self.error(why),
        }
    }

    #[expect(clippy::unused_self, reason = "skeleton")]
    pub(super) fn session_picked(&mut self, _index: usize) {}

    #[expect(clippy::unused_self, reason = "skeleton")]
    pub(super) fn ask_to_drop_session(&mut self, _index: usize) {}

    pub(super) fn session_choice(&mut self, choice: Choice) {
        match choice {
            Choice::Live => self.sessions = Sessions::default(),
        }
    }

    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "skeleton")]
    pub(super) fn session_answered(&mut self, purpose: Purpose, _text: &str) -> Result<(), String> {
        match purpose {
            Purpose::Name => Ok(()),
        }
    }
}
