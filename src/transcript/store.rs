//! The store: a ring of entries bounded by count and by octets. How records become entries is in `join`.

mod join;
pub(super) mod restore;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::body::Bodies;
use super::pairing::Pairing;
use super::row::{BLOCK, Block, Row};
use super::{Direction, Entry, EntryKind, Record};
use crate::wire::ChunkKind;

/// Most octets of text one entry that is no body may have: the most that one reply may have.
const ENTRY_TEXT: usize = crate::wire::limits::REPLY_OCTETS;

/// What a transcript keeps at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Entries.
    pub entries: usize,
    /// Octets of text that is no body.
    pub text: usize,
    /// Octets of bodies, over all of them.
    pub bodies: usize,
}

impl Default for Limits {
    /// About 190 MiB when every limit is reached.
    fn default() -> Self {
        Self { entries: 1_000_000, text: 112 << 20, bodies: 16 << 20 }
    }
}

/// What was given up to keep the limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cut {
    /// Entries dropped from the old end.
    pub entries: u64,
    /// Bodies that lost bytes; their figures stay.
    pub bodies: u64,
    /// Octets those bodies lost.
    pub octets: u64,
}

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let count = |number: u64, one: &str, more: &str| {
            let unit = if number == 1 { one } else { more };
            format!("{} {unit}", super::text::grouped(number))
        };
        let rows = count(self.entries, "older row", "older rows");
        let bodies = format!("{} B of {}", super::text::grouped(self.octets), count(self.bodies, "body", "bodies"));
        match (self.entries, self.bodies) {
            (0, 0) => f.write_str("nothing was dropped"),
            (_, 0) => write!(f, "{rows} dropped"),
            (0, _) => write!(f, "{bodies} dropped"),
            _ => write!(f, "{rows} and {bodies} dropped"),
        }
    }
}

/// A reply or body that is not at its end.
#[derive(Clone, Debug)]
struct Open {
    id: u64,
    link: u32,
    kind: EntryKind,
    /// The reply so far; bodies lie elsewhere.
    text: Vec<u8>,
}

/// Every byte of both conversations in order, as far as the limits allow. A clone shares the rows: it takes a moment, not
/// a second, and goes on apart.
#[derive(Clone, Debug)]
pub struct Transcript {
    limits: Limits,
    blocks: VecDeque<Arc<Block>>,
    /// Id of the first row of the first block, dropped or not.
    base: u64,
    /// Id of the oldest entry kept.
    first: u64,
    /// Id of the next entry.
    end: u64,
    text: usize,
    bodies: Bodies,
    open: [Option<Open>; 4],
    pairing: [Pairing; 2],
    /// Notes of people by entry id; the empty one is a bookmark.
    notes: BTreeMap<u64, String>,
    revision: u64,
}

impl Default for Transcript {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

impl Transcript {
    /// An empty transcript. Its first entry will have the id 0.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            blocks: VecDeque::new(),
            base: 0,
            first: 0,
            end: 0,
            text: 0,
            bodies: Bodies::new(limits.bodies),
            open: Default::default(),
            pairing: Default::default(),
            notes: BTreeMap::new(),
            revision: 0,
        }
    }

    /// Takes a record; the id of the entry that it began or became part of. Amortised constant time.
    #[expect(clippy::needless_pass_by_value, reason = "records are handed over; no caller keeps one")]
    pub fn push(&mut self, record: Record) -> u64 {
        self.revision += 1;
        let id = match (record.direction, record.kind) {
            (Direction::Event, _) => self.whole(&record, EntryKind::Event),
            (Direction::Error, _) => self.whole(&record, EntryKind::Error),
            (_, ChunkKind::Command) => self.command(&record),
            (_, ChunkKind::Reply { first, last }) => self.reply(&record, first, last),
            (_, ChunkKind::Body) => self.body(&record, false),
            (_, ChunkKind::BodyEnd) => self.body(&record, true),
            (_, ChunkKind::Stray) => self.whole(&record, EntryKind::Stray),
        };
        self.keep_limits();
        id
    }

    fn keep_limits(&mut self) {
        while self.len() > self.limits.entries.max(1) || (self.text > self.limits.text && self.len() > 1) {
            self.drop_first();
        }
    }

    /// Entries kept.
    pub fn len(&self) -> usize {
        usize::try_from(self.end - self.first).expect("they are in memory")
    }

    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.end == self.first
    }

    /// Id of the oldest entry kept; of the next one when there is none. Ids count up by one.
    pub fn first_id(&self) -> u64 {
        self.first
    }

    /// Id that the next entry will have.
    pub fn end_id(&self) -> u64 {
        self.end
    }

    /// Changes with every record taken.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The entry with this id, if it is kept.
    pub fn get(&self, id: u64) -> Option<Entry<'_>> {
        if id < self.first || id >= self.end {
            return None;
        }
        let (block, index) = self.place(id);
        let block = &self.blocks[block];
        let row = &block.rows[index];
        let body = if row.kind == EntryKind::Body { self.bodies.get(id) } else { None };
        let bytes = match body {
            Some(body) => &body.bytes,
            None => match self.open.iter().flatten().find(|open| open.id == id) {
                Some(open) => &open.text,
                None => block.text(row),
            },
        };
        Some(Entry { id, row, bytes, body, note: self.notes.get(&id).map(String::as_str) })
    }

    /// The entry at `index`, counted from the oldest kept.
    pub fn at(&self, index: usize) -> Option<Entry<'_>> {
        self.get(self.first.checked_add(index as u64)?)
    }

    /// All entries kept, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Entry<'_>> {
        (self.first..self.end).filter_map(|id| self.get(id))
    }

    /// Puts a note on an entry; the empty one is a bookmark, `None` takes it away. A note goes with its entry.
    pub fn annotate(&mut self, id: u64, note: Option<String>) {
        self.revision += 1;
        match note.filter(|_| self.get(id).is_some()) {
            Some(note) => drop(self.notes.insert(id, note)),
            None => drop(self.notes.remove(&id)),
        }
    }

    /// The ids of entries with a note, ascending.
    pub fn annotated(&self) -> impl DoubleEndedIterator<Item = u64> {
        self.notes.keys().copied()
    }

    /// What the limits cost so far.
    pub fn cut(&self) -> Cut {
        Cut { entries: self.first, bodies: self.bodies.cut.0, octets: self.bodies.cut.1 }
    }

    /// Whether more records may become part of this entry.
    pub(super) fn is_open(&self, id: u64) -> bool {
        self.open.iter().flatten().any(|open| open.id == id)
    }

    fn place(&self, id: u64) -> (usize, usize) {
        let offset = usize::try_from(id - self.base).expect("it is in memory");
        (offset / BLOCK, offset % BLOCK)
    }

    fn row(&mut self, id: u64) -> &mut Row {
        let (block, index) = self.place(id);
        &mut Arc::make_mut(&mut self.blocks[block]).rows[index]
    }

    fn append(&mut self, row: Row) -> u64 {
        if self.blocks.back().is_none_or(|last| last.is_full()) {
            if let Some(full) = self.blocks.back_mut() {
                Arc::make_mut(full).trim();
            }
            self.blocks.push_back(Arc::new(Block::new()));
        }
        let last = self.blocks.back_mut().expect("one was just made sure of");
        Arc::make_mut(last).rows.push(row);
        self.end += 1;
        self.end - 1
    }

    /// Gives the entry its text for good.
    fn pack(&mut self, id: u64, text: &[u8]) {
        let kept = &text[..text.len().min(ENTRY_TEXT)];
        let (block, index) = self.place(id);
        let block = Arc::make_mut(&mut self.blocks[block]);
        block.pack(index, kept);
        let row = &mut block.rows[index];
        row.lines = super::entry::count_lines(kept);
        row.cut |= kept.len() < text.len();
        self.text += kept.len();
    }

    fn whole(&mut self, record: &Record, kind: EntryKind) -> u64 {
        let id = self.append(Row::of(record, kind));
        self.pack(id, &record.bytes);
        id
    }

    fn drop_first(&mut self) {
        let id = self.first;
        let (block, index) = self.place(id);
        let row = &self.blocks[block].rows[index];
        self.text -= row.packed();
        self.notes.remove(&id);
        if row.kind == EntryKind::Body {
            self.bodies.remove(id);
        }
        for open in &mut self.open {
            open.take_if(|open| open.id == id);
        }
        self.first += 1;
        if self.first - self.base == BLOCK as u64 {
            self.blocks.pop_front();
            self.base += BLOCK as u64;
        }
    }
}

#[cfg(test)]
mod tests;
