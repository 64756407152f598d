//! Rows that a person marked: bookmarks and notes, which stay with their row whatever is hidden, and the selection.

use super::TranscriptPane;
use crate::transcript::Entry;

/// Most rows of a selection: what goes into a clipboard.
const MOST: usize = 20_000;

impl TranscriptPane {
    /// Puts a note on an entry; the empty one is a bookmark, `None` takes either away. False when the entry is gone.
    pub(crate) fn annotate(&mut self, id: u64, note: Option<String>) -> bool {
        self.store.annotate(id, note);
        self.view.reconsider(&self.store, id);
        self.store.get(id).is_some()
    }

    pub(crate) fn has_marks(&self) -> bool {
        self.store.annotated().next().is_some()
    }

    /// The next row with a mark among those shown, round the end; `Err` when there are marks and all are hidden.
    pub(crate) fn next_mark(&self) -> Result<Option<u64>, ()> {
        let here = self.cursor().map_or(0, |cursor| cursor.id);
        let shown = |id: &u64| self.view.row(*id).is_ok();
        let ahead = self.store.annotated().find(|id| *id > here && shown(id));
        match ahead.or_else(|| self.store.annotated().find(shown)) {
            Some(id) => Ok(Some(id)),
            None if self.has_marks() => Err(()),
            None => Ok(None),
        }
    }

    /// Begins a selection at the row under the cursor, or ends it. Whether there is one now.
    pub(crate) fn toggle_selection(&mut self, page: usize) -> bool {
        if self.anchor.take().is_none() {
            // The row must stay where it is.
            self.pause(page);
            self.anchor = self.cursor().map(|cursor| cursor.id);
        }
        self.anchor.is_some()
    }

    /// A drag of the mouse selects from the cursor to a line of the screen.
    pub(crate) fn drag(&mut self, line: usize, page: usize) {
        let Some(place) = self.on_screen(page).get(line).copied() else { return };
        self.pause(page);
        if self.anchor.is_none() {
            self.anchor = self.cursor().map(|cursor| cursor.id).filter(|id| *id != place.id);
        }
        if self.anchor.is_some() {
            self.point_at(place);
        }
    }

    pub(crate) fn is_selecting(&self) -> bool {
        self.anchor.is_some()
    }

    pub(crate) fn end_selection(&mut self) -> bool {
        self.anchor.take().is_some()
    }

    /// Whether a row belongs to the selection.
    pub(crate) fn is_in_selection(&self, id: u64) -> bool {
        let Some((anchor, cursor)) = self.anchor.zip(self.cursor()) else { return false };
        (anchor.min(cursor.id)..=anchor.max(cursor.id)).contains(&id)
    }

    /// Rows selected.
    pub(crate) fn selection_len(&self) -> usize {
        self.selected_rows().len()
    }

    fn selected_rows(&self) -> std::ops::Range<usize> {
        let Some((anchor, cursor)) = self.anchor.zip(self.cursor()) else { return 0..0 };
        let first = self.view.row(anchor.min(cursor.id)).unwrap_or_else(|row| row);
        let end = self.view.row(anchor.max(cursor.id)).map_or_else(|row| row, |row| row + 1);
        first..end
    }

    /// The rows of the selection that are shown, in order; `Err` with their number when there are too many.
    pub(crate) fn selection(&self) -> Result<impl Iterator<Item = Entry<'_>>, usize> {
        let rows = self.selected_rows();
        if rows.len() > MOST {
            return Err(rows.len());
        }
        Ok(rows.filter_map(|row| self.store.get(self.view.id(row)?)))
    }
}
