//! Lessons: which one is on, at which step, and what is said about it above the panes.

use super::App;
use crate::keymap::Action;

/// What is asked of the lessons and their progress on disk.
#[derive(Clone, Debug)]
pub enum Ask {
    /// All lessons, and how far each is.
    List,
}

/// What came of it.
#[derive(Debug)]
pub enum Told {
    /// Something could not be read or kept, and why.
    Trouble(String),
}

/// An answer to a menu of the lessons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// Leave the lesson; it can be gone on with later.
    Leave,
}

/// The lesson that is on.
#[derive(Debug, Default)]
pub(crate) struct Lessons {}

impl Lessons {
    /// Rows of the screen that the lesson wants above the panes.
    #[expect(clippy::unused_self, reason = "skeleton")]
    pub(crate) fn rows(&self, _size: (u16, u16)) -> u16 {
        0
    }
}

impl App {
    pub(super) fn act_on_lessons(&mut self, _action: Action) {
        self.effects.push(super::Effect::Lessons(Ask::List));
    }

    #[expect(clippy::unused_self, reason = "skeleton")]
    pub(super) fn lessons_unavailable(&self, _action: Action) -> Option<&'static str> {
        None
    }

    pub(super) fn lessons_told(&mut self, told: Told) {
        match told {
            Told::Trouble(why) => self.error(why),
        }
    }

    #[expect(clippy::unused_self, reason = "skeleton")]
    pub(super) fn lesson_picked(&mut self, _index: usize) {}

    pub(super) fn lesson_choice(&mut self, choice: Choice) {
        match choice {
            Choice::Leave => self.lessons = Lessons::default(),
        }
    }

    /// What follows from any change: whether the step is done.
    #[expect(clippy::unused_self, reason = "skeleton")]
    pub(super) fn lessons_on(&mut self) {}
}
