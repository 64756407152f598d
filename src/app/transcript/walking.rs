//! Going around in the rows: what is on screen, and where the cursor goes.

use super::{Place, TranscriptPane};

impl TranscriptPane {
    pub(super) fn last(&self) -> Option<Place> {
        let id = self.view.id(self.view.len().checked_sub(1)?)?;
        Some(Place { id, line: self.height(id) - 1 })
    }

    pub(super) fn first(&self) -> Option<Place> {
        Some(Place { id: self.view.id(0)?, line: 0 })
    }

    /// The place nearest to `place` that still exists and is shown.
    pub(super) fn settle(&self, place: Place) -> Option<Place> {
        match self.view.row(place.id) {
            Ok(_) => Some(Place { line: place.line.min(self.height(place.id) - 1), ..place }),
            Err(row) => {
                let row = row.min(self.view.len().checked_sub(1)?);
                Some(Place { id: self.view.id(row)?, line: 0 })
            }
        }
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

    pub(super) fn pause(&mut self, page: usize) {
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

    pub(crate) fn keep_in_view(&mut self, page: usize) {
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

    /// Puts the cursor on a line of the screen, as a click does. Whether it was there already.
    pub(crate) fn click(&mut self, line: usize, page: usize) -> bool {
        let Some(place) = self.on_screen(page).get(line).copied() else { return false };
        let again = self.cursor().is_some_and(|cursor| cursor.id == place.id);
        self.pause(page);
        self.cursor = Some(place);
        again
    }

    /// Puts the cursor on the row of an entry; false when it is not shown.
    pub(crate) fn go_to(&mut self, id: u64, page: usize) -> bool {
        let shown = self.view.row(id).is_ok();
        if shown {
            self.pause(page);
            self.cursor = Some(Place { id, line: 0 });
            self.keep_in_view(page);
        }
        shown
    }
}
