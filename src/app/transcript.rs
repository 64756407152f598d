//! The transcript pane: where one is in the conversation, what is folded, filtered and searched.
//!
//! A place is an entry and a line in it: line 0 is the entry's one row, the others are there when it is unfolded.

use std::collections::HashSet;

use crate::transcript::{Entry, Filter, Limits, Record, Transcript, View};

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
    unfolded: HashSet<u64>,
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
            unfolded: HashSet::new(),
            paused_at: 0,
        }
    }

    /// Takes a record in; the id of the entry it belongs to.
    pub(crate) fn push(&mut self, record: Record) -> u64 {
        let id = self.store.push(record);
        self.view.catch_up(&self.store);
        id
    }

    pub(crate) fn unfold(&mut self, id: u64) {
        self.unfolded.insert(id);
    }

    /// Rows there are.
    pub(crate) fn len(&self) -> usize {
        self.view.len()
    }

    /// Entries that came while following was paused.
    pub(crate) fn unseen(&self) -> u64 {
        if self.follow { 0 } else { self.store.end_id().saturating_sub(self.paused_at) }
    }

    fn height(&self, id: u64) -> usize {
        if self.unfolded.contains(&id) { 1 + self.store.get(id).map_or(0, |entry| entry.line_count()) } else { 1 }
    }

    fn last(&self) -> Option<Place> {
        let id = self.view.id(self.view.len().checked_sub(1)?)?;
        Some(Place { id, line: self.height(id) - 1 })
    }

    fn first(&self) -> Option<Place> {
        Some(Place { id: self.view.id(0)?, line: 0 })
    }

    /// The place nearest to `place` that still exists and is shown.
    fn settle(&self, place: Place) -> Option<Place> {
        match self.view.row(place.id) {
            Ok(_) => Some(Place { line: place.line.min(self.height(place.id) - 1), ..place }),
            Err(row) => {
                let row = row.min(self.view.len().checked_sub(1)?);
                Some(Place { id: self.view.id(row)?, line: 0 })
            }
        }
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

    /// The place `step` lines away, as far as there are lines.
    fn walk(&self, from: Place, step: isize) -> Place {
        let Ok(mut row) = self.view.row(from.id) else { return from };
        let (mut place, mut left) = (from, step.unsigned_abs());
        while left > 0 {
            if step > 0 {
                let below = self.height(place.id) - 1 - place.line;
                if left <= below {
                    place.line += left;
                    break;
                }
                let Some(id) = self.view.id(row + 1) else {
                    place.line += below;
                    break;
                };
                left -= below + 1;
                row += 1;
                place = Place { id, line: 0 };
            } else {
                if left <= place.line {
                    place.line -= left;
                    break;
                }
                let Some(id) = row.checked_sub(1).and_then(|row| self.view.id(row)) else {
                    place.line = 0;
                    break;
                };
                left -= place.line + 1;
                row -= 1;
                place = Place { id, line: self.height(id) - 1 };
            }
        }
        place
    }

    /// The lines on a screen of `page` lines, top first.
    pub(crate) fn on_screen(&self, page: usize) -> Vec<Place> {
        let Some(start) = self.screen_top(page) else { return Vec::new() };
        let mut lines = vec![start];
        while lines.len() < page {
            let here = *lines.last().expect("it starts with one");
            let next = self.walk(here, 1);
            if next == here {
                break;
            }
            lines.push(next);
        }
        lines
    }

    fn screen_top(&self, page: usize) -> Option<Place> {
        let fill = isize::try_from(page.saturating_sub(1)).unwrap_or(0);
        let lowest = self.walk(self.last()?, -fill);
        let top = if self.follow { None } else { self.top.and_then(|top| self.settle(top)) };
        Some(match top {
            Some(top) if (top.id, top.line) <= (lowest.id, lowest.line) => top,
            _ => lowest,
        })
    }

    fn pause(&mut self, page: usize) {
        if self.follow {
            self.top = self.screen_top(page);
            self.cursor = self.cursor();
            self.follow = false;
            self.paused_at = self.store.end_id();
        }
    }

    /// Moves the cursor; moving up pauses following.
    pub(crate) fn move_by(&mut self, step: isize, page: usize) {
        if step > 0 && self.follow {
            return;
        }
        self.pause(page);
        if let Some(cursor) = self.cursor() {
            self.cursor = Some(self.walk(cursor, step));
            self.keep_in_view(page);
        }
    }

    fn keep_in_view(&mut self, page: usize) {
        let (Some(cursor), Some(top)) = (self.cursor(), self.screen_top(page)) else { return };
        let fill = isize::try_from(page.saturating_sub(1)).unwrap_or(0);
        let at = |place: Place| (place.id, place.line);
        let top = if at(cursor) < at(top) {
            cursor
        } else if at(cursor) > at(self.walk(top, fill)) {
            self.walk(cursor, -fill)
        } else {
            top
        };
        self.top = Some(top);
    }

    pub(crate) fn go_to_top(&mut self, page: usize) {
        self.pause(page);
        self.cursor = self.first();
        self.top = self.cursor;
    }

    /// To the end, following again.
    pub(crate) fn go_to_bottom(&mut self) {
        self.follow = true;
        self.cursor = None;
        self.top = None;
    }

    pub(crate) fn toggle_follow(&mut self, page: usize) {
        if self.follow { self.pause(page) } else { self.go_to_bottom() }
    }

    /// Puts the cursor on a line of the screen, as a click does. Whether it was there already.
    pub(crate) fn click(&mut self, line: usize, page: usize) -> bool {
        let Some(place) = self.on_screen(page).get(line).copied() else { return false };
        let again = self.cursor().is_some_and(|cursor| cursor.id == place.id);
        self.pause(page);
        self.cursor = Some(place);
        again
    }

    /// Folds or unfolds the entry under the cursor.
    pub(crate) fn toggle_fold(&mut self, page: usize) {
        let Some(cursor) = self.cursor() else { return };
        if !self.unfolded.remove(&cursor.id) {
            let first = self.store.first_id();
            self.unfolded.retain(|id| *id >= first);
            self.unfolded.insert(cursor.id);
        }
        self.pause(page);
        self.cursor = Some(Place { line: 0, ..cursor });
        self.keep_in_view(page);
    }

    pub(crate) fn next_time_mode(&mut self) {
        self.time = self.time.next();
    }

    /// Looks for `text`: goes to the first match at or before the cursor, hides the rest if that is on.
    /// Whether there is one; looking for nothing succeeds.
    pub(crate) fn look_for(&mut self, text: &str, page: usize) -> Result<bool, String> {
        self.wanted = Filter::parse(text).map_err(|error| error.to_string())?;
        text.trim().clone_into(&mut self.wanted_text);
        if self.hiding {
            self.view = View::new(self.wanted.clone(), &self.store);
        }
        Ok(self.wanted.is_empty() || self.find(false, page).is_some())
    }

    pub(crate) fn toggle_hiding(&mut self, page: usize) {
        let cursor = self.cursor();
        self.hiding = !self.hiding;
        let filter = if self.hiding { self.wanted.clone() } else { Filter::default() };
        self.view = View::new(filter, &self.store);
        if !self.follow {
            self.cursor = cursor;
            self.keep_in_view(page);
        }
    }

    /// Goes to the next or previous match. `None`: there is none; `Some(true)`: it went around the end.
    pub(crate) fn find(&mut self, forward: bool, page: usize) -> Option<bool> {
        let from = self.cursor().map(|place| place.id);
        let found = if forward {
            self.view.next_match(&self.store, &self.wanted, from)
        } else {
            self.view.previous_match(&self.store, &self.wanted, from)
        }?;
        self.pause(page);
        self.cursor = Some(Place { id: found.id, line: 0 });
        self.keep_in_view(page);
        Some(found.wrapped)
    }

    /// Whether a row is one that is looked for.
    pub(crate) fn is_wanted(&self, entry: &Entry<'_>) -> bool {
        !self.wanted.is_empty() && !self.hiding && self.wanted.matches(entry)
    }
}

#[cfg(test)]
mod tests;
