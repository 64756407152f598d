//! Searching and hiding: a million rows are looked at in slices, so that no key waits.

use super::{Place, TranscriptPane};
use crate::transcript::{Budget, Entry, Filter, Search, Searched, View};

/// A search under way.
#[derive(Debug)]
pub(crate) struct Hunt {
    search: Search,
    wanted: Filter,
    /// Also among the rows that are hidden.
    everywhere: bool,
    /// Nothing is said of going round the end.
    quiet: bool,
}

/// What became of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Looked {
    /// The cursor is there.
    Here,
    /// The cursor is there, round the end of the rows; searched forward, or back.
    Around(bool),
    Nowhere,
    /// There are more rows to look at.
    Going,
}

impl TranscriptPane {
    /// Looks for `text`: goes to the first match before the cursor, hides the rest if that is on. Looking for nothing
    /// succeeds.
    pub(crate) fn look_for(&mut self, text: &str, page: usize) -> Result<Looked, String> {
        self.wanted = Filter::parse(text).map_err(|error| error.to_string())?;
        text.trim().clone_into(&mut self.wanted_text);
        self.stop_looking();
        if self.hiding {
            self.view = self.begin_view(self.wanted.clone());
        }
        if self.wanted.is_empty() {
            return Ok(Looked::Here);
        }
        Ok(self.hunt(Hunt { quiet: true, ..self.begin_hunt(false) }, page))
    }

    /// Goes to the next or previous match. A search that goes that way already goes on.
    pub(crate) fn find(&mut self, forward: bool, page: usize) -> Looked {
        match self.hunt.take() {
            Some(hunt) if hunt.search.is_forward() == forward && !hunt.everywhere => self.hunt(hunt, page),
            _ => self.hunt(self.begin_hunt(forward), page),
        }
    }

    fn begin_hunt(&self, forward: bool) -> Hunt {
        let from = self.cursor().map(|place| place.id);
        Hunt { search: Search::new(forward, from), wanted: self.wanted.clone(), everywhere: false, quiet: false }
    }

    /// Goes to the last row that matches `wanted`, shown or hidden.
    pub(crate) fn find_last(&mut self, wanted: Filter, page: usize) -> Looked {
        self.hunt(Hunt { search: Search::new(false, None), wanted, everywhere: true, quiet: true }, page)
    }

    /// Looks at so many rows as can be looked at between two keys.
    fn hunt(&mut self, mut hunt: Hunt, page: usize) -> Looked {
        let mut budget = Budget::slice();
        let searched = if hunt.everywhere {
            let all = View::new(Filter::default(), &self.store);
            hunt.search.advance(&all, &self.store, &hunt.wanted, &mut budget)
        } else {
            hunt.search.advance(&self.view, &self.store, &hunt.wanted, &mut budget)
        };
        match searched {
            Searched::NotYet => {
                self.hunt = Some(hunt);
                Looked::Going
            }
            // Rows that match may come yet while the rows to show are being gathered.
            Searched::Nowhere if self.hiding && self.view.is_behind(&self.store) && !hunt.everywhere => {
                let from = self.cursor.filter(|_| !self.follow).map(|place| place.id);
                self.hunt = Some(Hunt { search: Search::new(hunt.search.is_forward(), from), ..hunt });
                Looked::Going
            }
            Searched::Nowhere => Looked::Nowhere,
            Searched::Found(found) => {
                if self.view.row(found.id).is_err() {
                    self.show_all();
                }
                self.go_to(found.id, page);
                if found.wrapped && !hunt.quiet { Looked::Around(hunt.search.is_forward()) } else { Looked::Here }
            }
        }
    }

    /// There is work for another slice.
    pub(crate) fn is_looking(&self) -> bool {
        self.hunt.is_some() || self.view.is_behind(&self.store)
    }

    /// Does another slice; what became of a search that came to its end.
    pub(crate) fn look_on(&mut self, page: usize) -> Option<Looked> {
        if self.view.is_behind(&self.store) {
            self.view.advance(&self.store, &mut Budget::slice());
            self.keep_in_view(page);
            return None;
        }
        let hunt = self.hunt.take()?;
        let looked = self.hunt(hunt, page);
        (looked != Looked::Going).then_some(looked)
    }

    /// Ends a search; whether there was one.
    pub(crate) fn stop_looking(&mut self) -> bool {
        self.hunt.take().is_some()
    }

    /// How far the work is that takes long: what is done, and percent.
    pub(crate) fn progress(&self) -> Option<(&'static str, u8)> {
        if self.view.is_behind(&self.store) {
            return Some(("filtering", self.view.progress(&self.store)));
        }
        let hunt = self.hunt.as_ref()?;
        let rows = if hunt.everywhere { self.store.len() } else { self.view.len() };
        let percent = hunt.search.looked_at() * 100 / rows.max(1);
        Some(("searching", u8::try_from(percent.min(100)).unwrap_or(100)))
    }

    pub(crate) fn toggle_hiding(&mut self, page: usize) {
        let cursor = self.cursor();
        self.stop_looking();
        self.hiding = !self.hiding;
        let filter = if self.hiding { self.wanted.clone() } else { Filter::default() };
        self.view = self.begin_view(filter);
        if !self.follow {
            self.cursor = cursor;
            self.keep_in_view(page);
        }
    }

    fn show_all(&mut self) {
        self.hiding = false;
        self.view = self.begin_view(Filter::default());
    }

    /// The rows that match, as far as a slice goes.
    fn begin_view(&self, filter: Filter) -> View {
        let mut view = View::begin(filter);
        view.advance(&self.store, &mut Budget::slice());
        view
    }

    /// Whether a row is one that is looked for.
    pub(crate) fn is_wanted(&self, entry: &Entry<'_>) -> bool {
        !self.wanted.is_empty() && !self.hiding && self.wanted.matches(entry)
    }

    /// The line of an unfolded entry is under the cursor.
    pub(crate) fn point_at(&mut self, place: Place) {
        self.cursor = Some(place);
    }
}
