//! What is done with rows of the transcript: folded by kind, marked, noted, selected, copied, looked at octet by octet,
//! gone from to what they are about.

mod going;
mod looking;
mod taking;
mod times;

use super::App;
use super::dialog::{self, Dialog};
use super::transcript::bytes::per_line;
use crate::keymap::Action;
use crate::layout::{Pane, inside};

/// Longest note, in characters.
const NOTE: usize = 400;

/// A question about a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The note to it.
    Note,
}

impl App {
    pub(super) fn act_on_rows(&mut self, action: Action) {
        let page = self.page(Pane::Transcript);
        match action {
            Action::FoldKind => match self.transcript.toggle_kind(page) {
                Some(Ok(done)) => self.info(done),
                Some(Err(why)) => self.warn(why),
                None => {}
            },
            Action::Bookmark => self.toggle_bookmark(),
            Action::Annotate => self.ask_note(),
            Action::NextBookmark => self.go_to_next_mark(page),
            Action::Bytes => {
                self.focus_on(Pane::Transcript);
                self.transcript.toggle_bytes();
                let page = self.page(Pane::Transcript);
                self.transcript.keep_in_view(page);
            }
            Action::GoToSource => self.go_to_source(),
            Action::SelectRows => {
                self.focus_on(Pane::Transcript);
                if self.transcript.toggle_selection(page) {
                    self.info("the selection begins here: move, then y copies its rows; Esc ends it");
                }
            }
            Action::CopyExchange => self.copy_exchange(),
            Action::SessionWaterfall => self.show_session_waterfall(),
            _ => {}
        }
    }

    pub(super) fn rows_unavailable(&self, action: Action) -> Option<&'static str> {
        match action {
            // From the form one also goes to a row, and from the mailbox.
            Action::NextBookmark if !self.transcript.has_marks() => {
                Some("no row is marked: m sets a bookmark, a a note")
            }
            _ if self.transcript.store.is_empty() => Some("the transcript is empty"),
            Action::GoToSource | Action::SessionWaterfall => None,
            _ if self.transcript.cursor().is_none() => Some("no row is shown: & shows all"),
            _ => None,
        }
    }

    fn toggle_bookmark(&mut self) {
        let Some(entry) = self.transcript.selected() else { return };
        let id = entry.id();
        let marked = match entry.note() {
            None => false,
            Some("") => true,
            Some(_) => {
                self.warn("the row has a note, which marks it too: a changes it or takes it away");
                return;
            }
        };
        self.transcript.annotate(id, (!marked).then(String::new));
    }

    fn ask_note(&mut self) {
        let Some(entry) = self.transcript.selected() else { return };
        let text = entry.note().unwrap_or_default().to_owned();
        self.transcript.noting = Some(entry.id());
        let hint = "It is shown behind the row and in exports; nothing takes note and bookmark away.";
        self.dialog = Some(Dialog::question(dialog::Purpose::Row(Purpose::Note), "Note to the row", hint, &text));
    }

    pub(super) fn row_answered(&mut self, purpose: Purpose, text: &str) -> Result<(), String> {
        let Purpose::Note = purpose;
        let text = text.trim();
        if text.chars().count() > NOTE {
            return Err(format!("a note has at most {NOTE} characters"));
        }
        let Some(id) = self.transcript.noting.take() else { return Ok(()) };
        if !self.transcript.annotate(id, (!text.is_empty()).then(|| text.to_owned())) {
            self.error("the row is gone: older rows were dropped to bound memory");
        }
        Ok(())
    }

    fn go_to_next_mark(&mut self, page: usize) {
        match self.transcript.next_mark() {
            Ok(Some(id)) => {
                self.focus_on(Pane::Transcript);
                self.transcript.go_to(id, page);
            }
            Ok(None) => {}
            Err(()) => self.warn("the marked rows are hidden: & shows all"),
        }
    }

    /// Lines of octets on screen, and octets in each.
    fn octets_page(&self) -> (usize, usize) {
        let inner = inside(self.layout().transcript);
        let rows = self.transcript.bytes_rows(usize::from(inner.height));
        (rows.saturating_sub(1), per_line(usize::from(inner.width)))
    }

    /// Pages in the octets, while they are shown.
    pub(super) fn page_octets(&mut self, forward: bool) -> bool {
        let (lines, per_line) = self.octets_page();
        self.focus == Pane::Transcript && lines > 0 && self.transcript.page_bytes(forward, lines, per_line)
    }

    /// Ends what was begun in the rows last. False: there was nothing.
    pub(super) fn step_back_in_rows(&mut self) -> bool {
        if self.focus != Pane::Transcript {
            return false;
        }
        if self.transcript.end_selection() {
            return true;
        }
        self.transcript.bytes.take().is_some()
    }
}
