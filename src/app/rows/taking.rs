//! Rows into the clipboard: the exchange, the selection, what the mouse was dragged over. The text is that of an export.

use super::super::{App, Effect, grouped};
use crate::layout::{Pane, inside};
use crate::transcript::exchange::exchange;
use crate::transcript::text::entry_text;

impl App {
    pub(super) fn copy_exchange(&mut self) {
        let Some(cursor) = self.transcript.cursor() else { return };
        let store = &self.transcript.store;
        let rows = exchange(store, cursor.id).into_iter().filter_map(|id| store.get(id));
        let rows: Vec<String> = rows.map(|entry| entry_text(&entry, true)).collect();
        self.effects.push(Effect::Copy(rows.join("\n")));
    }

    /// Copies the rows of the selection, and ends it.
    pub(in crate::app) fn copy_selection(&mut self) {
        let text = self
            .transcript
            .selection()
            .map(|rows| rows.map(|entry| entry_text(&entry, true)).collect::<Vec<_>>().join("\n"));
        match text {
            Ok(text) => {
                self.transcript.end_selection();
                self.effects.push(Effect::Copy(text));
            }
            Err(rows) => {
                self.warn(format!("{} rows are too many for a clipboard: x writes a file", grouped(rows as u64)));
            }
        }
    }

    /// The mouse is dragged: rows of the transcript are selected, and nothing beside them.
    pub(in crate::app) fn drag_rows(&mut self, column: u16, row: u16) {
        let layout = self.layout();
        let area = inside(layout.transcript);
        let here = layout.pane_at(column, row) == Some(Pane::Transcript);
        if self.dialog.is_some() || self.focus != Pane::Transcript || !here || row < area.y {
            return;
        }
        let page = self.page(Pane::Transcript);
        self.transcript.drag(usize::from(row - area.y), page);
        self.transcript.dragging = self.transcript.is_selecting();
    }

    /// The button was let go: what was dragged over is copied.
    pub(in crate::app) fn end_drag(&mut self) {
        if std::mem::take(&mut self.transcript.dragging) {
            self.copy_selection();
        }
    }
}
