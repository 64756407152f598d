//! Which entries show all of their lines: by kind, also those to come, with exceptions one by one.

use std::collections::HashSet;

use super::{Place, TranscriptPane};
use crate::transcript::{Entry, EntryKind};

/// What is unfolded.
#[derive(Debug, Default)]
pub(super) struct Folds {
    /// Kinds whose entries of several lines are unfolded.
    kinds: HashSet<EntryKind>,
    /// Entries that are as the others of their kind are not.
    others: HashSet<u64>,
}

impl Folds {
    fn is_unfolded(&self, entry: &Entry<'_>) -> bool {
        (self.kinds.contains(&entry.kind()) && has_more(entry)) != self.others.contains(&entry.id())
    }
}

/// There is more of it than its one row shows.
fn has_more(entry: &Entry<'_>) -> bool {
    entry.kind() == EntryKind::Body || entry.line_count() > 1
}

/// The entries of a kind, as people call them; `None` for one that has a single line always.
fn name(kind: EntryKind) -> Option<&'static str> {
    match kind {
        EntryKind::Command => None,
        EntryKind::Reply => Some("replies of several lines"),
        EntryKind::Body => Some("bodies"),
        EntryKind::Stray => Some("stray bytes"),
        EntryKind::Event => Some("events and TLS handshakes"),
        EntryKind::Error => Some("errors"),
    }
}

impl TranscriptPane {
    /// Lines that an entry takes now.
    pub(super) fn height(&self, id: u64) -> usize {
        match self.store.get(id) {
            Some(entry) if self.folds.is_unfolded(&entry) => 1 + entry.line_count(),
            _ => 1,
        }
    }

    pub(crate) fn unfold(&mut self, id: u64) {
        if self.height(id) == 1 {
            self.flip(id);
        }
    }

    fn flip(&mut self, id: u64) {
        if !self.folds.others.remove(&id) {
            let first = self.store.first_id();
            self.folds.others.retain(|id| *id >= first);
            self.folds.others.insert(id);
        }
    }

    /// Folds or unfolds the entry under the cursor.
    pub(crate) fn toggle_fold(&mut self, page: usize) {
        let Some(cursor) = self.cursor() else { return };
        self.flip(cursor.id);
        self.pause(page);
        self.cursor = Some(Place { line: 0, ..cursor });
        self.keep_in_view(page);
    }

    /// Folds or unfolds all entries of the kind under the cursor, also those to come; what was done, in words.
    pub(crate) fn toggle_kind(&mut self, page: usize) -> Option<Result<String, &'static str>> {
        let (cursor, kind) = (self.cursor()?, self.selected()?.kind());
        let Some(name) = name(kind) else {
            return Some(Err("a command is one line: there is nothing to unfold"));
        };
        let unfolds = self.folds.kinds.insert(kind);
        if !unfolds {
            self.folds.kinds.remove(&kind);
        }
        let store = &self.store;
        self.folds.others.retain(|id| store.get(*id).is_some_and(|entry| entry.kind() != kind));
        if !self.follow {
            self.cursor = Some(Place { line: 0, ..cursor });
            self.keep_in_view(page);
        }
        let done = if unfolds { "unfolded" } else { "folded" };
        Some(Ok(format!("{name} are {done}, also those to come")))
    }
}
