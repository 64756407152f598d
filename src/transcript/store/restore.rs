//! Entries put back as an export told them, without the records that they were made of.

use super::{Bodies, Cut, Limits, Transcript};
use crate::transcript::row::{Row, Verb, micros};
use crate::transcript::{Class, Direction, EntryKind, Record};

/// What an entry is besides its first record, whose `kind` does not count here.
pub(in crate::transcript) struct Facts {
    pub(in crate::transcript) kind: EntryKind,
    pub(in crate::transcript) verb: Verb,
    /// How many entries back the one is that it answers; 0 for none. `None`: it is not told, and has to be found.
    pub(in crate::transcript) answers: Option<u32>,
    pub(in crate::transcript) class: Option<Class>,
    pub(in crate::transcript) complete: bool,
    pub(in crate::transcript) cut: bool,
    /// Microseconds from the first record of a body to its last.
    pub(in crate::transcript) took: u64,
}

impl Transcript {
    /// An empty transcript that lost this much already. Its first entry will have the number of dropped ones as its id.
    pub(in crate::transcript) fn resumed(limits: Limits, cut: Cut) -> Self {
        let mut bodies = Bodies::new(limits.bodies);
        bodies.cut = (cut.bodies, cut.octets);
        Self { base: cut.entries, first: cut.entries, end: cut.entries, bodies, ..Self::new(limits) }
    }

    /// Puts an entry behind the others; its id.
    pub(in crate::transcript) fn restore(&mut self, record: &Record, facts: &Facts) -> u64 {
        self.revision += 1;
        let answers = facts.answers.unwrap_or_else(|| self.paired(record, facts));
        let mut row = Row::of(record, facts.kind);
        row.verb = facts.verb;
        // Nothing is answered that was before the first entry of all.
        row.answers = if u64::from(answers) <= self.end { answers } else { 0 };
        row.class = facts.class;
        row.complete = facts.complete;
        row.cut = facts.cut && facts.kind != EntryKind::Body;
        let id = self.append(row);
        if facts.kind == EntryKind::Body {
            self.bodies.push(id, &record.bytes, record.tally, micros(record.at).saturating_add(facts.took));
            if facts.cut {
                self.bodies.mark_lost(id);
            }
        } else {
            self.pack(id, &record.bytes);
        }
        self.keep_limits();
        id
    }

    /// What the next entry answers by the order of commands and replies.
    fn paired(&mut self, record: &Record, facts: &Facts) -> u32 {
        let id = self.end;
        let pairing = &mut self.pairing[record.side as usize];
        let asked = match facts.kind {
            EntryKind::Command => {
                pairing.command(record.link, id, &record.bytes);
                None
            }
            EntryKind::Reply => pairing.reply(record.link, facts.class, record.expected),
            EntryKind::Body if record.direction == Direction::Received => pairing.last(record.link),
            EntryKind::Body if facts.complete => {
                pairing.body_sent(record.link, id);
                None
            }
            _ => None,
        };
        asked.map_or(0, |asked| u32::try_from(id - asked.id).unwrap_or(0))
    }
}
