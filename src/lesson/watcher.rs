//! What happened, made out of the rows of a transcript: each row once, when it is whole; the lines of a mail that is
//! being typed one by one.

use super::happened::{By, Happened, Reply};
use crate::smtp::{self, EnhancedCode};
use crate::transcript::{Class, Direction, Entry, EntryKind, Transcript};
use crate::wire::Side;

/// Most lines of one mail that are told one by one.
const LINES: usize = 1_000;
/// Most characters of a text that is handed on.
const TEXT: usize = 1_000;

/// How far a transcript was looked at.
#[derive(Debug)]
pub struct Watcher {
    next: u64,
    /// Rows that were begun and not whole, with the lines told of them. At most one for each direction of each side.
    open: Vec<(u64, usize)>,
}

impl Watcher {
    /// Looks at nothing that is there already.
    pub fn behind(transcript: &Transcript) -> Self {
        Self { next: transcript.end_id(), open: Vec::new() }
    }

    /// What happened since the last look. `by`: who sends at the moment on this side.
    pub fn look(&mut self, transcript: &Transcript, by: impl Fn(Side) -> By) -> Vec<Happened> {
        let mut happened = Vec::new();
        let open = std::mem::take(&mut self.open);
        let fresh = self.next.max(transcript.first_id())..transcript.end_id();
        self.next = transcript.end_id();
        for (id, told) in open.into_iter().chain(fresh.map(|id| (id, 0))) {
            // What left the transcript is past.
            let Some(entry) = transcript.get(id) else { continue };
            let told = lines(&entry, told, &by, &mut happened);
            if entry.complete() {
                whole(&entry, transcript, &by, &mut happened);
            } else {
                self.open.push((id, told));
            }
        }
        happened
    }
}

/// The lines of a mail behind the first `told`; how many are told now.
fn lines(entry: &Entry<'_>, told: usize, by: &impl Fn(Side) -> By, happened: &mut Vec<Happened>) -> usize {
    if entry.kind() != EntryKind::Body || entry.direction() != Direction::Sent {
        return 0;
    }
    let count = entry.line_count().min(LINES);
    for text in entry.lines_from(told).take(count.saturating_sub(told)) {
        happened.push(Happened::Line { text: cut(text), by: by(entry.side()) });
    }
    count.max(told)
}

fn whole(entry: &Entry<'_>, transcript: &Transcript, by: &impl Fn(Side) -> By, happened: &mut Vec<Happened>) {
    let (side, verb) = (entry.side(), entry.verb().to_owned());
    match (entry.kind(), entry.direction()) {
        (EntryKind::Command, Direction::Sent) => {
            let line = cut(entry.lines().next().unwrap_or_default());
            happened.push(Happened::Command { side, verb, line, by: by(side) });
        }
        (EntryKind::Body, Direction::Sent) => {
            let stuffed = entry.tally().map_or(0, |tally| tally.stuffed);
            happened.push(Happened::Dot { stuffed, by: by(side) });
        }
        (EntryKind::Reply, _) => {
            let reply = reply(entry, transcript, by(side));
            let signed_in = signs_in(&reply);
            happened.push(Happened::Reply(reply));
            if signed_in {
                happened.push(Happened::SignedIn(side));
            }
        }
        _ => {}
    }
}

fn reply(entry: &Entry<'_>, transcript: &Transcript, by: By) -> Reply {
    let asked = entry.answers().and_then(|id| transcript.get(id));
    let asked = asked.filter(|asked| asked.kind() == EntryKind::Command).and_then(|asked| asked.lines().next());
    let first = entry.lines().next().unwrap_or_default();
    let enhanced = first.split([' ', '-']).nth(1).filter(|_| entry.side() == Side::Smtp);
    Reply {
        side: entry.side(),
        verb: entry.verb().to_owned(),
        asked: cut(asked.unwrap_or_default()),
        code: entry.code(),
        class: entry.class(),
        enhanced: enhanced.filter(|word| word.parse::<EnhancedCode>().is_ok()).map(str::to_owned),
        text: cut(entry.lines().take(TEXT).collect::<Vec<_>>().join(" ")),
        by,
    }
}

/// Whether the server let somebody in (RFC 4954 4, RFC 1939 7, RFC 5034 4).
fn signs_in(reply: &Reply) -> bool {
    match reply.side {
        Side::Smtp => reply.code == Some(235),
        Side::Pop3 => reply.class == Some(Class::Ok) && ["PASS", "APOP", "AUTH"].contains(&reply.verb.as_str()),
    }
}

/// The server's own name for a mail, in the words of a reply.
pub(super) fn queue_id(reply: &Reply) -> Option<String> {
    let text = reply.text.get(4..)?.to_owned();
    smtp::queue_id::find(&smtp::Reply { code: reply.code?, enhanced: None, lines: vec![text] })
}

fn cut(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(TEXT) {
        text.truncate(end);
    }
    text
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::transcript::{Record, Tally};
    use crate::wire::ChunkKind;

    fn record(direction: Direction, kind: ChunkKind, text: &str) -> Record {
        let body = matches!(kind, ChunkKind::Body | ChunkKind::BodyEnd);
        Record {
            number: 0,
            side: Side::Smtp,
            link: 1,
            at: Duration::ZERO,
            lapse: None,
            direction,
            kind,
            expected: true,
            tls: false,
            bytes: text.as_bytes().to_vec(),
            tally: body.then(Tally::default),
        }
    }

    const LAST: ChunkKind = ChunkKind::Reply { first: true, last: true };

    #[test]
    fn each_row_is_told_once_and_replies_when_they_are_whole() {
        let mut transcript = Transcript::default();
        transcript.push(record(Direction::Sent, ChunkKind::Command, "NOOP\r\n"));
        let mut watcher = Watcher::behind(&transcript);
        let mut told = |transcript: &Transcript| watcher.look(transcript, |_| By::Hand);
        assert!(told(&transcript).is_empty());
        transcript.push(record(Direction::Sent, ChunkKind::Command, "ehlo lab.test\r\n"));
        let [Happened::Command { verb, line, .. }] = &told(&transcript)[..] else { panic!() };
        assert_eq!((verb.as_str(), line.as_str()), ("EHLO", "ehlo lab.test"));
        transcript.push(record(Direction::Received, ChunkKind::Reply { first: true, last: false }, "250-a\r\n"));
        assert!(told(&transcript).is_empty());
        transcript.push(record(Direction::Received, ChunkKind::Reply { first: false, last: true }, "250 b\r\n"));
        let [Happened::Reply(reply)] = &told(&transcript)[..] else { panic!() };
        assert_eq!((reply.code, reply.text.as_str()), (Some(250), "250-a 250 b"));
        assert!(told(&transcript).is_empty());
    }

    #[test]
    fn the_lines_of_a_mail_are_told_as_they_go_and_its_dot_at_the_end() {
        let mut transcript = Transcript::default();
        let mut watcher = Watcher::behind(&transcript);
        transcript.push(record(Direction::Sent, ChunkKind::Body, "Hello\r\n"));
        let text = |text: &str| Happened::Line { text: text.to_owned(), by: By::Hand };
        assert_eq!(watcher.look(&transcript, |_| By::Hand), [text("Hello")]);
        transcript.push(record(Direction::Sent, ChunkKind::Body, "..\r\nend\r\n"));
        assert_eq!(watcher.look(&transcript, |_| By::Hand), [text(".."), text("end")]);
        transcript.push(record(Direction::Sent, ChunkKind::BodyEnd, ".\r\n"));
        assert_eq!(watcher.look(&transcript, |_| By::Hand), [Happened::Dot { stuffed: 0, by: By::Hand }]);
    }

    #[test]
    fn enhanced_code_and_queue_id_are_found() {
        let mut transcript = Transcript::default();
        let mut watcher = Watcher::behind(&transcript);
        transcript.push(record(Direction::Received, LAST, "250 2.0.0 Ok: queued as 6AB51\r\n"));
        transcript.push(record(Direction::Received, LAST, "235 2.7.0 welcome\r\n"));
        let told = watcher.look(&transcript, |_| By::Form);
        let [Happened::Reply(reply), Happened::Reply(_), Happened::SignedIn(Side::Smtp)] = &told[..] else {
            panic!("{told:?}")
        };
        assert_eq!(reply.enhanced.as_deref(), Some("2.0.0"));
        assert_eq!(queue_id(reply).as_deref(), Some("6AB51"));
    }
}
