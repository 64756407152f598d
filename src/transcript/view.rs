//! The rows of the pane: the ids that match a filter, kept up to date without looking at any entry twice, and searched.
//!
//! Both can be done in slices: see [`Budget`].

mod search;

use std::collections::VecDeque;
use std::ops::Range;

use super::budget::Budget;
use super::{Filter, Transcript};
pub use search::{Found, Search, Searched};

/// The entries that match a filter, as far as they were looked at.
#[derive(Clone, Debug, Default)]
pub struct View {
    filter: Filter,
    rows: Rows,
    /// Entries before this id have been looked at.
    seen: u64,
    /// Looked at and still open: what they are may change when they have grown. With the octets they had.
    undecided: Vec<(u64, usize)>,
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

impl View {
    /// The rows of `transcript` that match; looks at every entry once.
    pub fn new(filter: Filter, transcript: &Transcript) -> Self {
        let mut view = Self::begin(filter);
        view.catch_up(transcript);
        view
    }

    /// No row yet: [`View::advance`] finds them.
    pub fn begin(filter: Filter) -> Self {
        let rows = if filter.is_empty() { Rows::default() } else { Rows::Some(VecDeque::new()) };
        Self { filter, rows, revision: u64::MAX, ..Self::default() }
    }

    /// What it shows.
    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// Takes in what came since the last call. Costs nothing when nothing came, else constant time for each new entry.
    pub fn catch_up(&mut self, transcript: &Transcript) {
        self.advance(transcript, &mut Budget::endless());
    }

    /// As [`View::catch_up`], as far as `budget` goes.
    pub fn advance(&mut self, transcript: &Transcript, budget: &mut Budget) {
        if self.revision == transcript.revision() && !self.is_behind(transcript) {
            return;
        }
        self.revision = transcript.revision();
        let (first, end) = (transcript.first_id(), transcript.end_id());
        let Rows::Some(ids) = &mut self.rows else {
            self.rows = Rows::All(first..end);
            self.seen = end;
            return;
        };
        while ids.front().is_some_and(|id| *id < first) {
            ids.pop_front();
        }
        for (id, octets) in std::mem::take(&mut self.undecided) {
            // Whoever looks again at every line of a long reply looks at it a thousand times.
            let grown = |now: usize| now >= octets * 2;
            let due = transcript.get(id).is_some_and(|entry| grown(entry.raw().len())) || !transcript.is_open(id);
            if due {
                self.decide(transcript, id, budget);
            } else {
                self.undecided.push((id, octets));
            }
        }
        self.seen = self.seen.max(first);
        while self.seen < end && !budget.is_spent() {
            let id = self.seen;
            self.seen += 1;
            self.decide(transcript, id, budget);
        }
    }

    /// Some entries were not looked at yet.
    pub fn is_behind(&self, transcript: &Transcript) -> bool {
        self.seen < transcript.end_id()
    }

    /// How much of the transcript was looked at, in percent.
    pub fn progress(&self, transcript: &Transcript) -> u8 {
        let (first, end) = (transcript.first_id(), transcript.end_id());
        let done = self.seen.clamp(first, end) - first;
        u8::try_from(done * 100 / (end - first).max(1)).unwrap_or(100)
    }

    /// Looks at an entry again that changed otherwise than by growing: it got a note, or lost one.
    pub fn reconsider(&mut self, transcript: &Transcript, id: u64) {
        if id < self.seen {
            self.decide(transcript, id, &mut Budget::endless());
        }
    }

    /// Takes an entry in or out; one that is open is looked at again.
    fn decide(&mut self, transcript: &Transcript, id: u64, budget: &mut Budget) {
        let (Some(entry), Rows::Some(ids)) = (transcript.get(id), &mut self.rows) else { return };
        budget.spend(&entry);
        if self.filter.matches(&entry) {
            insert(ids, id);
        } else if ids.back().is_some_and(|last| *last >= id)
            && let Ok(at) = ids.binary_search(&id)
        {
            ids.remove(at);
        }
        if transcript.is_open(id) && !self.undecided.iter().any(|(known, _)| *known == id) {
            self.undecided.push((id, entry.raw().len().max(1)));
        }
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
