//! A search through the rows of a view, forward or back and round the end, a slice at a time. Rows may come and go
//! between two slices.

use super::View;
use crate::transcript::budget::Budget;
use crate::transcript::{Filter, Transcript};

/// A hit of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// The entry.
    pub id: u64,
    /// The search went round the end, or the start.
    pub wrapped: bool,
}

/// How a search stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Searched {
    /// There it is.
    Found(Found),
    /// All rows were looked at.
    Nowhere,
    /// The budget is spent, and rows are left.
    NotYet,
}

/// A search under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Search {
    forward: bool,
    /// Where it began: an entry, shown or not; `None`: outside of all rows.
    from: Option<u64>,
    /// The entry that was looked at last.
    at: Option<u64>,
    wrapped: bool,
    looked_at: usize,
}

impl Search {
    /// Begins behind `from`, or before it.
    pub fn new(forward: bool, from: Option<u64>) -> Self {
        Self { forward, from, at: from, wrapped: false, looked_at: 0 }
    }

    /// Which way it goes.
    pub fn is_forward(&self) -> bool {
        self.forward
    }

    /// Rows looked at so far.
    pub fn looked_at(&self) -> usize {
        self.looked_at
    }

    /// Goes on as far as `budget` goes.
    pub fn advance(&mut self, view: &View, transcript: &Transcript, wanted: &Filter, budget: &mut Budget) -> Searched {
        loop {
            let Some(row) = self.next_row(view) else {
                if self.wrapped {
                    return Searched::Nowhere;
                }
                (self.wrapped, self.at) = (true, None);
                continue;
            };
            if budget.is_spent() {
                return Searched::NotYet;
            }
            let Some(id) = view.id(row).filter(|id| !self.is_past_start(*id)) else { return Searched::Nowhere };
            self.at = Some(id);
            let Some(entry) = transcript.get(id) else { continue };
            budget.spend(&entry);
            self.looked_at += 1;
            if wanted.matches(&entry) {
                return Searched::Found(Found { id, wrapped: self.wrapped });
            }
        }
    }

    fn next_row(&self, view: &View) -> Option<usize> {
        let behind = |id: u64| view.row(id).map_or_else(|row| row, |row| row + 1);
        let row = match (self.forward, self.at) {
            (true, at) => at.map_or(0, behind),
            (false, None) => view.len().checked_sub(1)?,
            (false, Some(id)) => view.row(id).unwrap_or_else(|row| row).checked_sub(1)?,
        };
        (row < view.len()).then_some(row)
    }

    /// Whether it has come round to rows that it began with.
    fn is_past_start(&self, id: u64) -> bool {
        let past = |from: u64| if self.forward { id > from } else { id < from };
        self.wrapped && self.from.is_none_or(past)
    }
}
