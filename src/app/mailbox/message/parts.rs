//! The parts of the open message: the one under the cursor, and the one that is looked into.

use super::place::Place;
use super::{Inside, Message, Tab};
use crate::mail::{PartInfo, View};

impl Message {
    /// The part under the cursor, while the parts are on screen.
    pub(crate) fn part(&self) -> Option<&PartInfo> {
        self.view.parts.get(self.cursor).filter(|_| self.tab == Tab::Parts)
    }

    /// The parts that are meant to be saved.
    pub(crate) fn attachments(&self) -> impl Iterator<Item = &PartInfo> {
        self.view.parts.iter().filter(|part| part.attachment)
    }

    /// The number of the part that is looked into.
    pub(crate) fn inside(&self) -> Option<&str> {
        self.looked_into().map(|inside| inside.path.as_str())
    }

    /// Asks for the part under the cursor: its number, unless it is on screen.
    pub(crate) fn want_part(&mut self) -> Option<String> {
        let path = self.part().filter(|_| self.inside.is_none())?.path.clone();
        self.wanted = Some(path.clone());
        Some(path)
    }

    /// Shows a part, if it is still wanted.
    pub(crate) fn show_part(&mut self, path: &str, view: View) {
        if self.wanted.take_if(|wanted| wanted == path).is_some() {
            self.inside = Some(Inside { path: path.to_owned(), view });
            self.place = Place::default();
        }
    }

    /// Goes back from a part to the list of parts.
    pub(crate) fn leave_part(&mut self) -> bool {
        let left = self.tab == Tab::Parts && self.inside.take().is_some();
        if left {
            self.place = Place::default();
        }
        left
    }
}
