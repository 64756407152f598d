//! What a file of the ledger holds, as text: a line that names the version, then JSON, one value a line. A string is a
//! unique-id that was seen, a pair of unique-id and summary is a header. JSON keeps line ends out of values.

use std::collections::{HashMap, HashSet};

use super::{Remembered, Visit};
use crate::mail::Summary;
use crate::wire::{limits, printable};

/// Begins the first line; the version follows.
const NAME: &[u8] = b"telepost-maildrop ";
/// The version this writes and reads.
const VERSION: &[u8] = b"1";
/// Most unique-ids kept, the newest.
const IDS: usize = limits::MESSAGES as usize;
/// Longest unique-id kept, in octets.
const ID: usize = 1_000;
/// Most octets of unique-ids kept.
const ID_OCTETS: usize = 64 * 1024 * 1024;
/// Most headers kept, those learned last.
const HEADERS: usize = 20_000;
/// Most octets of headers kept.
const HEADER_OCTETS: usize = 8 * 1024 * 1024;
/// Most unique-ids that are kept although a complete list lacks them, as they may have come after it was made.
const DOUBTFUL: usize = 10_000;
/// Most octets of a file that are read: more than is ever written.
pub(super) const FILE: u64 = 2 * (ID_OCTETS + HEADER_OCTETS) as u64;

/// What is remembered of one maildrop, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Contents {
    /// Unique-ids, oldest first, each once.
    ids: Vec<Box<str>>,
    /// Headers, learned last last, at most one a unique-id.
    headers: Vec<(Box<str>, Summary)>,
}

impl Contents {
    /// Reads the text of a file. Lines that are damaged are passed over. `None`: it is of another version.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let mut contents = Self::default();
        for (index, line) in text.split(|byte| *byte == b'\n').enumerate() {
            if index == 0 && line.strip_prefix(NAME).is_some_and(|version| version != VERSION && is_number(version)) {
                return None;
            }
            match line.first() {
                Some(b'"') => contents.ids.extend(serde_json::from_slice::<Box<str>>(line).ok().filter(|id| fits(id))),
                Some(b'[') => contents.headers.extend(header(line)),
                _ => {}
            }
        }
        contents.tidy();
        Some(contents)
    }

    /// The text of the file.
    pub(super) fn to_text(&self) -> String {
        let mut text = String::with_capacity(self.ids.len() * 40 + self.headers.len() * 200 + 64);
        text.push_str(&String::from_utf8_lossy(NAME));
        text.push_str(&String::from_utf8_lossy(VERSION));
        text.push('\n');
        for id in &self.ids {
            push_json(&mut text, id);
        }
        for header in &self.headers {
            push_json(&mut text, header);
        }
        text
    }

    pub(super) fn into_remembered(self) -> Remembered {
        Remembered { seen: self.ids.into_iter().collect(), headers: self.headers.into_iter().collect(), visited: true }
    }

    /// Adds a visit, and forgets what it shows to be gone.
    pub(super) fn add(&mut self, visit: &Visit) {
        // A header was learned from a message that was listed.
        let learned = visit.headers.iter().map(|(id, _)| id);
        let listed: HashSet<&str> = visit.listed.iter().chain(learned.clone()).map(|id| &**id).collect();
        if visit.complete {
            self.forget_all_but(&listed);
        }
        self.ids.extend(visit.listed.iter().chain(learned).filter(|id| fits(id)).cloned());
        self.headers.extend(visit.headers.iter().filter(|(id, _)| fits(id)).cloned());
        self.tidy();
    }

    fn forget_all_but(&mut self, listed: &HashSet<&str>) {
        let behind = self.ids.iter().rposition(|id| listed.contains(&**id)).map_or(0, |at| at + 1);
        let doubtful = behind.max(self.ids.len().saturating_sub(DOUBTFUL));
        let mut at = 0;
        self.ids.retain(|id| {
            at += 1;
            at > doubtful || listed.contains(&**id)
        });
    }

    /// Each unique-id once, of headers the last, those of known messages only, and all of it under the caps.
    fn tidy(&mut self) {
        let mut known = HashSet::with_capacity(self.ids.len());
        self.ids.retain(|id| known.insert(id.clone()));
        keep_newest(&mut self.ids, IDS, ID_OCTETS, |id| id.len());
        if known.len() > self.ids.len() {
            known = self.ids.iter().cloned().collect();
        }
        let last: HashMap<Box<str>, usize> =
            self.headers.iter().enumerate().map(|(at, (id, _))| (id.clone(), at)).collect();
        let mut at = 0;
        self.headers.retain(|(id, _)| {
            at += 1;
            last.get(id) == Some(&(at - 1)) && known.contains(id)
        });
        keep_newest(&mut self.headers, HEADERS, HEADER_OCTETS, |header| {
            serde_json::to_string(header).map_or(0, |line| line.len() + 1)
        });
    }
}

/// Drops from the front what is over `count` items or `octets`.
fn keep_newest<T>(items: &mut Vec<T>, count: usize, octets: usize, size: impl Fn(&T) -> usize) {
    let mut left = octets;
    let fit = items.iter().rev().take(count).take_while(|item| {
        let size = size(item);
        let fits = size <= left;
        left = left.saturating_sub(size);
        fits
    });
    let over = items.len() - fit.count();
    items.drain(..over);
}

fn fits(id: &str) -> bool {
    !id.is_empty() && id.len() <= ID
}

fn is_number(version: &[u8]) -> bool {
    !version.is_empty() && version.iter().all(u8::is_ascii_digit)
}

/// A header line. The file is ours, but what is shown passes the sanitizer all the same.
fn header(line: &[u8]) -> Option<(Box<str>, Summary)> {
    let (id, mut summary): (Box<str>, Summary) = serde_json::from_slice(line).ok()?;
    for text in [&mut summary.from, &mut summary.subject, &mut summary.message_id] {
        *text = printable::text(text).into_owned();
    }
    fits(&id).then_some((id, summary))
}

fn push_json<T: serde::Serialize + ?Sized>(text: &mut String, value: &T) {
    // A date beyond what can be written is left out with its header.
    if let Ok(line) = serde_json::to_string(value) {
        text.push_str(&line);
        text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(count: usize, prefix: &str) -> Vec<Box<str>> {
        (0..count).map(|n| format!("{prefix}{n}").into_boxed_str()).collect()
    }

    fn visit(listed: &[&str], complete: bool) -> Visit {
        Visit { listed: listed.iter().map(|id| (*id).into()).collect(), complete, ..Visit::default() }
    }

    fn known(contents: &Contents) -> Vec<&str> {
        contents.ids.iter().map(|id| &**id).collect()
    }

    #[test]
    fn a_complete_list_forgets_what_stood_before_something_still_there() {
        for (before, listed, complete, after) in [
            (&["a", "b", "c"][..], &["a", "c"][..], true, &["a", "c"][..]),
            (&["a", "b", "c"], &["a", "c"], false, &["a", "b", "c"]),
            (&["a", "b", "c"], &["a"], true, &["a", "b", "c"]),
            (&["a", "b"], &["b", "c"], true, &["b", "c"]),
            (&["a"], &["b"], true, &["a", "b"]),
            (&["a", "b"], &[], true, &["a", "b"]),
        ] {
            let mut contents = Contents::default();
            contents.add(&visit(before, true));
            contents.add(&visit(listed, complete));
            assert_eq!(known(&contents), after, "{before:?} {listed:?} {complete}");
        }
    }

    #[test]
    fn what_is_in_doubt_is_bounded() {
        let mut contents = Contents::default();
        for round in 0..4 {
            let listed = ids(DOUBTFUL / 2, &format!("{round}-"));
            contents.add(&Visit { listed, complete: true, ..Visit::default() });
        }
        assert_eq!(contents.ids.len(), DOUBTFUL + DOUBTFUL / 2);
        assert_eq!(&*contents.ids[0], "1-0", "the oldest went");
    }

    #[test]
    fn the_newest_stay_when_there_are_too_many() {
        let mut contents = Contents { ids: ids(IDS + 2, ""), ..Contents::default() };
        contents.tidy();
        assert_eq!((contents.ids.len(), &*contents.ids[0]), (IDS, "2"));

        let many = ids(HEADERS + 3, "h");
        let headers = many.iter().map(|id| (id.clone(), Summary::default())).collect();
        let mut contents = Contents { ids: many, headers };
        contents.tidy();
        assert_eq!((contents.headers.len(), &*contents.headers[0].0), (HEADERS, "h3"));

        let large = Summary { subject: "x".repeat(HEADER_OCTETS / 4), ..Summary::default() };
        let many = ids(9, "l");
        let headers = many.iter().map(|id| (id.clone(), large.clone())).collect();
        let mut contents = Contents { ids: many, headers };
        contents.tidy();
        assert_eq!(contents.headers.iter().map(|(id, _)| &**id).collect::<Vec<_>>(), ["l6", "l7", "l8"]);
    }

    #[test]
    fn of_two_headers_the_later_counts_and_those_of_the_gone_go() {
        let summary = |subject: &str| Summary { subject: subject.into(), ..Summary::default() };
        let mut contents = Contents::default();
        let headers = vec![("a".into(), summary("1")), ("b".into(), summary("2")), ("a".into(), summary("3"))];
        contents.add(&Visit { headers, ..visit(&["a", "b", "c"], true) });
        let remembered = contents.clone().into_remembered();
        assert_eq!((remembered.headers.len(), &*remembered.headers["a"].subject), (2, "3"));
        contents.add(&visit(&["a", "c"], true));
        assert_eq!(contents.into_remembered().headers.len(), 1);
    }
}
