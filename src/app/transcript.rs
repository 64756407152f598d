//! The transcript pane: where one is in the conversation, what is folded, filtered, searched, marked and selected.
//!
//! A place is an entry and a line in it: line 0 is the entry's one row, the others are there when it is unfolded.
//! Going around is in `walking`; what takes long is done in slices, in `finding`.

pub(crate) mod bytes;
pub(crate) mod finding;
mod folding;
mod marks;
mod walking;

use std::time::Duration;

use crate::transcript::{Budget, Entry, Filter, Limits, Record, Transcript, View};
use bytes::BytesView;
use finding::Hunt;
use folding::Folds;

/// What stands at the start of a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum TimeMode {
    /// Since the start of the transcript.
    #[default]
    SinceStart,
    /// Since the row before.
    SinceLast,
    /// Wall clock.
    Clock,
    Off,
}

impl TimeMode {
    fn next(self) -> Self {
        match self {
            Self::SinceStart => Self::SinceLast,
            Self::SinceLast => Self::Clock,
            Self::Clock => Self::Off,
            Self::Off => Self::SinceStart,
        }
    }
}

/// A line on screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) id: u64,
    pub(crate) line: usize,
}

/// The pane.
#[derive(Debug)]
pub(crate) struct TranscriptPane {
    pub(crate) store: Transcript,
    /// The rows shown.
    view: View,
    /// What is looked for.
    wanted: Filter,
    pub(crate) wanted_text: String,
    /// Rows that do not match are hidden.
    pub(crate) hiding: bool,
    pub(crate) follow: bool,
    pub(crate) time: TimeMode,
    cursor: Option<Place>,
    top: Option<Place>,
    folds: Folds,
    /// A search that has more rows to look at.
    hunt: Option<Hunt>,
    /// Where a selection of rows began.
    anchor: Option<u64>,
    /// The mouse made the selection, and its button is down.
    pub(crate) dragging: bool,
    /// The row that a note is being written to.
    pub(crate) noting: Option<u64>,
    /// The octets of the row under the cursor are shown.
    pub(crate) bytes: Option<BytesView>,
    /// Entries there were when following stopped.
    paused_at: u64,
}

impl Default for TranscriptPane {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

impl TranscriptPane {
    pub(crate) fn new(limits: Limits) -> Self {
        let store = Transcript::new(limits);
        Self {
            view: View::new(Filter::default(), &store),
            store,
            wanted: Filter::default(),
            wanted_text: String::new(),
            hiding: false,
            follow: true,
            time: TimeMode::default(),
            cursor: None,
            top: None,
            folds: Folds::default(),
            hunt: None,
            anchor: None,
            dragging: false,
            noting: None,
            bytes: None,
            paused_at: 0,
        }
    }

    /// The rows of a transcript that is whole.
    pub(crate) fn of(store: Transcript) -> Self {
        let view = View::new(Filter::default(), &store);
        Self { store, view, ..Self::default() }
    }

    /// Takes a record in; the id of the entry it belongs to.
    pub(crate) fn push(&mut self, record: Record) -> u64 {
        let behind = self.view.is_behind(&self.store);
        let id = self.store.push(record);
        // A view that is being made is made in its own slices.
        if !behind {
            self.view.advance(&self.store, &mut Budget::slice());
        }
        id
    }

    /// Rows there are.
    pub(crate) fn len(&self) -> usize {
        self.view.len()
    }

    /// Entries that came while following was paused.
    pub(crate) fn unseen(&self) -> u64 {
        if self.follow { 0 } else { self.store.end_id().saturating_sub(self.paused_at) }
    }

    /// Where the cursor is: the last row while following.
    pub(crate) fn cursor(&self) -> Option<Place> {
        match self.cursor {
            Some(place) if !self.follow => self.settle(place),
            _ => self.last().map(|place| Place { line: 0, ..place }),
        }
    }

    /// The entry under the cursor.
    pub(crate) fn selected(&self) -> Option<Entry<'_>> {
        self.store.get(self.cursor()?.id)
    }

    /// Row number of the cursor, from 1.
    pub(crate) fn position(&self) -> usize {
        self.cursor().and_then(|place| self.view.row(place.id).ok()).map_or(0, |row| row + 1)
    }

    /// When the row came that is shown before this one.
    pub(crate) fn before(&self, id: u64) -> Option<Duration> {
        let row = self.view.row(id).ok()?.checked_sub(1)?;
        Some(self.store.get(self.view.id(row)?)?.at())
    }

    pub(crate) fn toggle_follow(&mut self, page: usize) {
        if self.follow { self.pause(page) } else { self.go_to_bottom() }
    }

    pub(crate) fn next_time_mode(&mut self) {
        self.time = self.time.next();
    }
}

#[cfg(test)]
mod tests;
