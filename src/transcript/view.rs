//! The rows of the pane: the ids that match a filter, kept up to date without looking at any entry twice.

use std::collections::VecDeque;
use std::ops::Range;

use super::{Entry, Filter, Transcript};

/// The entries that match a filter, as of the last [`View::catch_up`].
#[derive(Clone, Debug, Default)]
pub struct View {
    filter: Filter,
    rows: Rows,
    /// Entries before this id have been looked at.
    seen: u64,
    /// Looked at, not matching and still open: they may match once they have grown.
    undecided: Vec<u64>,
    revision: u64,
}

#[derive(Clone, Debug)]
enum Rows {
    /// Without a filter: all.
    All(Range<u64>),
    /// Ascending.
    Some(VecDeque<u64>),
}

impl Default for Rows {
    fn default() -> Self {
        Self::All(0..0)
    }
}

/// A hit of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// The entry.
    pub id: u64,
    /// The search went round the end, or the start.
    pub wrapped: bool,
}

impl View {
    /// The rows of `transcript` that match; looks at every entry once.
    pub fn new(filter: Filter, transcript: &Transcript) -> Self {
        let rows = if filter.is_empty() { Rows::default() } else { Rows::Some(VecDeque::new()) };
        let mut view = Self { filter, rows, ..Self::default() };
        view.catch_up(transcript);
        view
    }

    /// What it shows.
    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// Takes in what came since the last call. Costs nothing when nothing came, else constant time for each new entry.
    pub fn catch_up(&mut self, transcript: &Transcript) {
        if self.revision == transcript.revision() {
            return;
        }
        self.revision = transcript.revision();
        let (first, end) = (transcript.first_id(), transcript.end_id());
        let Rows::Some(ids) = &mut self.rows else {
            self.rows = Rows::All(first..end);
            return;
        };
        while ids.front().is_some_and(|id| *id < first) {
            ids.pop_front();
        }
        for id in std::mem::take(&mut self.undecided).into_iter().chain(self.seen.max(first)..end) {
            let Some(entry) = transcript.get(id) else { continue };
            if self.filter.matches(&entry) {
                insert(ids, id);
            } else if transcript.is_open(id) {
                self.undecided.push(id);
            }
        }
        self.seen = end;
    }

    /// Rows.
    pub fn len(&self) -> usize {
        match &self.rows {
            Rows::All(ids) => usize::try_from(ids.end - ids.start).expect("they are in memory"),
            Rows::Some(ids) => ids.len(),
        }
    }

    /// Whether no row is left.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The entry id of a row.
    pub fn id(&self, row: usize) -> Option<u64> {
        match &self.rows {
            Rows::All(ids) => Some(ids.start + row as u64).filter(|id| ids.contains(id)),
            Rows::Some(ids) => ids.get(row).copied(),
        }
    }

    /// The row of an entry; `Err` with the row where it would stand when it is not shown.
    pub fn row(&self, id: u64) -> Result<usize, usize> {
        match &self.rows {
            Rows::All(ids) => {
                let row = |id: u64| usize::try_from(id - ids.start).expect("they are in memory");
                if ids.contains(&id) { Ok(row(id)) } else { Err(row(id.clamp(ids.start, ids.end))) }
            }
            Rows::Some(ids) => ids.binary_search(&id),
        }
    }

    /// The next row behind `from` (an entry id, shown or not) that matches `wanted`, else the first one from the top.
    pub fn next_match(&self, transcript: &Transcript, wanted: &Filter, from: Option<u64>) -> Option<Found> {
        let start = from.map_or(0, |id| self.row(id).map_or_else(|row| row, |row| row + 1));
        let hit = |row: &usize| self.hit(transcript, wanted, *row);
        let ahead = (start..self.len()).find(hit).map(|row| (row, false));
        self.found(ahead.or_else(|| (0..start).find(hit).map(|row| (row, true))))
    }

    /// The next row before `from` that matches `wanted`, else the last one from the bottom.
    pub fn previous_match(&self, transcript: &Transcript, wanted: &Filter, from: Option<u64>) -> Option<Found> {
        let end = from.map_or(self.len(), |id| self.row(id).unwrap_or_else(|row| row));
        let hit = |row: &usize| self.hit(transcript, wanted, *row);
        let behind = (0..end).rev().find(hit).map(|row| (row, false));
        self.found(behind.or_else(|| (end..self.len()).rev().find(hit).map(|row| (row, true))))
    }

    fn hit(&self, transcript: &Transcript, wanted: &Filter, row: usize) -> bool {
        let entry: Option<Entry<'_>> = self.id(row).and_then(|id| transcript.get(id));
        entry.is_some_and(|entry| wanted.matches(&entry))
    }

    fn found(&self, hit: Option<(usize, bool)>) -> Option<Found> {
        let (row, wrapped) = hit?;
        Some(Found { id: self.id(row)?, wrapped })
    }
}

/// Ids come in order but for an entry that matched only after it had grown; that one is near the end.
fn insert(ids: &mut VecDeque<u64>, id: u64) {
    if ids.back().is_none_or(|last| *last < id) {
        ids.push_back(id);
    } else if let Err(at) = ids.binary_search(&id) {
        ids.insert(at, id);
    }
}

#[cfg(test)]
mod tests;
