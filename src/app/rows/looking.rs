//! Looking for rows: what was found is told, a long search goes on by itself, and any key ends it.

use super::super::App;
use super::super::transcript::finding::Looked;
use crate::keymap::{Action, Chord, Lookup};
use crate::layout::Pane;

impl App {
    /// Looks for what was typed.
    pub(in crate::app) fn look_for(&mut self, text: &str) -> Result<(), String> {
        let page = self.page(Pane::Transcript);
        let looked = self.transcript.look_for(text, page)?;
        self.tell_looked(looked);
        Ok(())
    }

    pub(in crate::app) fn find(&mut self, forward: bool) {
        let page = self.page(Pane::Transcript);
        let looked = self.transcript.find(forward, page);
        self.tell_looked(looked);
    }

    /// Does the next slice of what takes long.
    pub(in crate::app) fn look_on(&mut self) {
        if !self.transcript.is_looking() {
            return;
        }
        self.dirty = true;
        let page = self.page(Pane::Transcript);
        if let Some(looked) = self.transcript.look_on(page) {
            self.tell_looked(looked);
        }
    }

    pub(super) fn tell_looked(&mut self, looked: Looked) {
        match looked {
            Looked::Nowhere => self.warn("no match"),
            Looked::Around(true) => self.info("went on from the top"),
            Looked::Around(false) => self.info("went on from the end"),
            Looked::Here | Looked::Going => {}
        }
    }

    /// A key came: it ends a search, but for those that go on with it. Whether it ended one.
    pub(in crate::app) fn stops_search(&mut self, chord: Chord) -> bool {
        let goes_on = matches!(
            self.keymap.lookup(&self.scopes(), &[chord]),
            Lookup::Action(Action::FindNext | Action::FindPrevious)
        );
        let stopped = !goes_on && self.transcript.stop_looking();
        if stopped {
            self.info("the search was stopped");
        }
        stopped
    }
}
