//! How records become entries: replies and bodies are joined for each side, direction and link, so the two
//! conversations may interleave freely.

use super::{ENTRY_TEXT, Open, Transcript};
use crate::transcript::entry::grown_lines;
use crate::transcript::row::{Row, Verb, micros};
use crate::transcript::{Class, Direction, EntryKind, Record};
use crate::wire::Side;

impl Transcript {
    pub(super) fn command(&mut self, record: &Record) -> u64 {
        self.close(slot(record));
        let id = self.whole(record, EntryKind::Command);
        self.row(id).verb = self.pairing[record.side as usize].command(record.link, id, &record.bytes);
        id
    }

    pub(super) fn reply(&mut self, record: &Record, first: bool, last: bool) -> u64 {
        let id = match self.continued(record, EntryKind::Reply) {
            Some(id) if !first => id,
            _ => self.begin_reply(record, first),
        };
        let slot = slot(record);
        let open = self.open[slot].as_mut().expect("continued or begun above");
        let room = ENTRY_TEXT - open.text.len().min(ENTRY_TEXT);
        let kept = &record.bytes[..record.bytes.len().min(room)];
        let (before, cut) = (open.text.len(), kept.len() < record.bytes.len());
        open.text.extend_from_slice(kept);
        let lines = grown_lines(0, &open.text[..before], kept);
        let row = self.row(id);
        row.lines += lines;
        row.cut |= cut;
        row.complete = last;
        if last {
            self.close(slot);
        }
        id
    }

    fn begin_reply(&mut self, record: &Record, first: bool) -> u64 {
        let class = Class::of(record.side, &record.bytes);
        let pairing = &mut self.pairing[record.side as usize];
        // The rest of a reply whose beginning was dropped answers what that answered.
        let asked = if first { pairing.reply(record.link, class, record.expected) } else { pairing.last(record.link) };
        let greeting = pairing.last(record.link).is_none();
        let id = self.begin(record, EntryKind::Reply);
        let row = self.row(id);
        row.class = class;
        match asked {
            Some(asked) => {
                row.verb = asked.verb;
                row.answers = distance(id, asked.id);
            }
            None if greeting => row.verb = Verb::GREETING,
            None => {}
        }
        id
    }

    pub(super) fn body(&mut self, record: &Record, ends: bool) -> u64 {
        let id = match self.continued(record, EntryKind::Body) {
            Some(id) => id,
            None => self.begin_body(record),
        };
        let bytes: &[u8] = if ends { &[] } else { &record.bytes };
        self.bodies.push(id, bytes, record.tally, micros(record.at));
        if ends {
            self.row(id).complete = true;
            self.close(slot(record));
            if record.direction == Direction::Sent {
                self.pairing[record.side as usize].body_sent(record.link, id);
            }
        }
        id
    }

    fn begin_body(&mut self, record: &Record) -> u64 {
        let pairing = &mut self.pairing[record.side as usize];
        let (asked, carrier) = (pairing.last(record.link), pairing.body_verb(record.link));
        let id = self.begin(record, EntryKind::Body);
        let row = self.row(id);
        if record.direction == Direction::Sent {
            row.verb = carrier;
        } else if let Some(asked) = asked {
            row.verb = asked.verb;
            row.answers = distance(id, asked.id);
        }
        id
    }

    fn begin(&mut self, record: &Record, kind: EntryKind) -> u64 {
        let slot = slot(record);
        self.close(slot);
        let id = self.append(Row::of(record, kind));
        self.open[slot] = Some(Open { id, link: record.link, kind, text: Vec::new() });
        id
    }

    /// The open entry that `record` is part of, if there is one.
    fn continued(&self, record: &Record, kind: EntryKind) -> Option<u64> {
        let open = self.open[slot(record)].as_ref()?;
        (open.kind == kind && open.link == record.link).then_some(open.id)
    }

    /// Packs what is open there, at its end or not.
    fn close(&mut self, slot: usize) {
        if let Some(open) = self.open[slot].take()
            && open.kind == EntryKind::Reply
        {
            self.pack(open.id, &open.text);
        }
    }
}

/// Which of the four streams a record belongs to.
fn slot(record: &Record) -> usize {
    let side = match record.side {
        Side::Smtp => 0,
        Side::Pop3 => 2,
    };
    side + usize::from(record.direction == Direction::Received)
}

fn distance(id: u64, asked: u64) -> u32 {
    u32::try_from(id - asked).unwrap_or(0)
}
