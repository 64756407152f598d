//! What LIST and UIDL said, in packed columns: sizes, and the unique-ids one behind the other (RFC 1939 5 and 7).
//!
//! STAT alone makes no rows: its count is but a number until LIST confirms it, so that a lie costs nothing.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;

use super::bits::Bits;
use crate::pop3::{Maildrop, Scan, UniqueId};
use crate::wire::limits;

/// Stands in the column of sizes where LIST named none.
const UNNAMED: u64 = u64::MAX;

/// What is known of the identity of a message in this session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Identity {
    /// A unique-id of its own.
    Sure,
    /// The server has no unique-ids: the number is all there is.
    NumberOnly,
    /// The list of unique-ids is not complete yet.
    Coming,
    Missing,
    Invalid,
    /// Given to another message too, or changed within the session.
    Ambiguous,
}

impl Identity {
    /// Why a message must not be deleted, if so.
    pub(crate) fn refusal(self) -> Option<&'static str> {
        match self {
            Self::Sure | Self::NumberOnly => None,
            Self::Coming => Some("the unique-ids are still being listed: try again in a moment"),
            Self::Missing => Some("the server's list of unique-ids leaves it out"),
            Self::Invalid => Some("its unique-id is not valid (RFC 1939 7)"),
            Self::Ambiguous => Some("its unique-id is that of another message too"),
        }
    }
}

/// How far the list of unique-ids is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Uidl {
    #[default]
    Coming,
    Done,
    Refused,
}

/// The unique-ids, by message number.
#[derive(Debug, Default)]
struct Uids {
    text: String,
    start: Vec<u32>,
    len: Vec<u8>,
    bad: Bits,
    state: Uidl,
}

/// The columns.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    /// What STAT said.
    announced: Option<Maildrop>,
    sizes: Vec<u64>,
    /// Rows that LIST named, and their octets.
    named: (usize, u64),
    /// Lines of LIST that named a message a second time.
    repeated: u32,
    /// LIST came to its end: what it did not name does not exist.
    confirmed: bool,
    uids: Uids,
}

impl Rows {
    pub(crate) fn announce(&mut self, maildrop: Maildrop) {
        self.announced = Some(Maildrop { messages: maildrop.messages.min(limits::MESSAGES), ..maildrop });
    }

    fn promised(&self) -> u32 {
        self.announced.map_or(0, |maildrop| maildrop.messages)
    }

    /// The highest message number there is, as far as is known.
    pub(crate) fn last(&self) -> u32 {
        let named = u32::try_from(self.sizes.len()).unwrap_or(u32::MAX);
        if self.confirmed { named } else { named.max(self.promised()) }
    }

    /// Messages there are, as far as is known.
    pub(crate) fn count(&self) -> usize {
        if self.confirmed { self.named.0 } else { self.last() as usize }
    }

    pub(crate) fn exists(&self, number: u32) -> bool {
        (1..=self.last()).contains(&number) && (!self.confirmed || self.size(number).is_some())
    }

    /// LIST left numbers out.
    pub(crate) fn has_holes(&self) -> bool {
        self.confirmed && self.named.0 < self.sizes.len()
    }

    /// LIST or a part of it came.
    pub(crate) fn is_listed(&self) -> bool {
        self.confirmed || self.named.0 > 0
    }

    pub(crate) fn is_confirmed(&self) -> bool {
        self.confirmed
    }

    /// Octets of a message as LIST announced them.
    pub(crate) fn size(&self, number: u32) -> Option<u64> {
        let at = usize::try_from(number).ok()?.checked_sub(1)?;
        self.sizes.get(at).copied().filter(|size| *size != UNNAMED)
    }

    /// Octets of all messages together: what LIST adds up to, or what STAT told while a size is missing.
    pub(crate) fn octets(&self) -> u64 {
        match self.announced {
            Some(maildrop) if self.named.0 < self.count() => maildrop.octets,
            _ => self.named.1,
        }
    }

    pub(crate) fn scan(&mut self, scan: Scan) {
        if !(1..=limits::MESSAGES).contains(&scan.number) {
            return;
        }
        let at = scan.number as usize - 1;
        if at >= self.sizes.len() {
            self.sizes.resize(at + 1, UNNAMED);
        }
        let size = scan.octets.min(UNNAMED - 1);
        let before = std::mem::replace(&mut self.sizes[at], size);
        let (rows, octets) = self.named;
        if before == UNNAMED {
            self.named = (rows + 1, octets.saturating_add(size));
        } else {
            self.repeated += u32::from(!self.confirmed);
            self.named = (rows, octets.saturating_sub(before).saturating_add(size));
        }
    }

    /// LIST came to its end: it wins over STAT. What is to be said about the two.
    pub(crate) fn listed(&mut self, bad: u32) -> Option<String> {
        let first = !std::mem::replace(&mut self.confirmed, true);
        self.sizes.shrink_to_fit();
        let mut said = Vec::new();
        let (announced, named) = (self.promised(), self.named.0);
        if first && self.announced.is_some() && announced as usize != named {
            said.push(format!("STAT announced {announced} messages, LIST names {named}: LIST counts"));
        }
        if std::mem::take(&mut self.repeated) > 0 {
            said.push("LIST names a message twice: its last line counts".to_owned());
        }
        if first && self.has_holes() {
            said.push("LIST leaves numbers out: they are not shown".to_owned());
        }
        if bad > 0 {
            said.push(format!("{bad} lines of LIST make no sense and were passed over"));
        }
        (!said.is_empty()).then(|| said.join("; "))
    }

    /// A line of UIDL. Ids of messages that do not exist are passed over.
    pub(crate) fn identify(&mut self, id: &UniqueId) {
        if !self.exists(id.number) {
            return;
        }
        let before = self.text_of(id.number).map(str::to_owned);
        let uids = &mut self.uids;
        match before {
            Some(before) if before == id.id => {}
            Some(_) => drop(uids.bad.put(id.number, true)),
            None if !id.valid => drop(uids.bad.put(id.number, true)),
            None => uids.keep(id.number, &id.id),
        }
    }

    /// UIDL came to its end: finds ids that were given twice. What is to be said about them.
    pub(crate) fn identified(&mut self, bad: u32) -> Option<String> {
        self.uids.text.shrink_to_fit();
        self.uids.start.shrink_to_fit();
        self.uids.len.shrink_to_fit();
        self.uids.state = Uidl::Done;
        self.find_twins();
        let unsure = (1..=self.last()).filter(|n| self.exists(*n) && self.identity(*n) != Identity::Sure).count();
        let lines = if bad > 0 { format!("; {bad} lines of UIDL make no sense") } else { String::new() };
        (unsure > 0 || bad > 0)
            .then(|| format!("{unsure} messages have no unique-id of their own: d does not delete those{lines}"))
    }

    pub(crate) fn no_uidl(&mut self) {
        if self.uids.start.is_empty() {
            self.uids.state = Uidl::Refused;
        }
    }

    pub(crate) fn lacks_uidl(&self) -> bool {
        self.uids.state == Uidl::Refused
    }

    pub(crate) fn uidl_is_done(&self) -> bool {
        self.uids.state == Uidl::Done
    }

    fn find_twins(&mut self) {
        let hasher = RandomState::new();
        let mut hashes: Vec<(u64, u32)> =
            (1..=self.last()).filter_map(|n| Some((hasher.hash_one(self.text_of(n)?), n))).collect();
        hashes.sort_unstable();
        for run in hashes.chunk_by(|(one, _), (two, _)| one == two).filter(|run| run.len() > 1) {
            for (_, number) in run {
                let twin = |(_, other): &(u64, u32)| other != number && self.text_of(*other) == self.text_of(*number);
                // All of a long run are twins of its first: comparing each with all would take a liar's server's time.
                if run.iter().take(8).any(twin) {
                    self.uids.bad.put(*number, true);
                }
            }
        }
    }

    fn text_of(&self, number: u32) -> Option<&str> {
        let at = usize::try_from(number).ok()?.checked_sub(1)?;
        let (start, len) = (*self.uids.start.get(at)? as usize, usize::from(*self.uids.len.get(at)?));
        (len > 0).then(|| &self.uids.text[start..start + len])
    }

    /// The unique-id, if it is valid and given to no other message.
    pub(crate) fn uid(&self, number: u32) -> Option<&str> {
        self.text_of(number).filter(|_| !self.uids.bad.has(number))
    }

    pub(crate) fn identity(&self, number: u32) -> Identity {
        match (self.uids.state, self.text_of(number), self.uids.bad.has(number)) {
            (Uidl::Refused, ..) => Identity::NumberOnly,
            (Uidl::Coming, ..) => Identity::Coming,
            (Uidl::Done, Some(_), true) => Identity::Ambiguous,
            (Uidl::Done, None, true) => Identity::Invalid,
            (Uidl::Done, None, false) => Identity::Missing,
            (Uidl::Done, Some(_), false) => Identity::Sure,
        }
    }

    /// Octets of memory the columns take.
    #[cfg(test)]
    pub(crate) fn footprint(&self) -> usize {
        self.sizes.capacity() * size_of::<u64>()
            + self.uids.text.capacity()
            + self.uids.start.capacity() * size_of::<u32>()
            + self.uids.len.capacity()
            + self.uids.bad.footprint()
    }
}

impl Uids {
    fn keep(&mut self, number: u32, id: &str) {
        let at = number as usize - 1;
        if at >= self.start.len() {
            self.start.resize(at + 1, 0);
            self.len.resize(at + 1, 0);
        }
        let (Ok(start), Ok(len)) = (u32::try_from(self.text.len()), u8::try_from(id.len())) else { return };
        (self.start[at], self.len[at]) = (start, len);
        self.text.push_str(id);
    }
}

#[cfg(test)]
mod tests {
    use super::Identity::{Ambiguous, Invalid, Missing, Sure};
    use super::*;

    fn listed(numbers: &[u32]) -> Rows {
        let mut rows = Rows::default();
        for number in numbers {
            rows.scan(Scan { number: *number, octets: u64::from(*number) });
        }
        rows
    }

    fn id(number: u32, id: &str) -> UniqueId {
        UniqueId { number, id: id.to_owned(), valid: !id.is_empty() && !id.contains(' ') }
    }

    #[test]
    fn list_wins_over_stat_and_says_so() {
        for (announced, numbers, count, words) in [
            (1_000_000, &[1, 2][..], 2, Some("STAT announced 1000000 messages, LIST names 2")),
            (1, &[1, 2, 3], 3, Some("LIST names 3")),
            (3, &[1, 3, 3], 2, Some("twice")),
            (2, &[1, 3], 2, Some("leaves numbers out")),
            (2, &[], 0, Some("LIST names 0")),
            (2, &[2, 1], 2, None),
            (0, &[0, u32::MAX], 0, None),
        ] {
            let mut rows = listed(numbers);
            rows.announce(Maildrop { messages: announced, octets: 9 });
            let said = rows.listed(0);
            assert_eq!(said.is_some(), words.is_some(), "{said:?}");
            assert!(words.is_none_or(|words| said.unwrap().contains(words)));
            assert_eq!(rows.count(), count);
            assert!(!rows.exists(0) && !rows.exists(4));
        }
    }

    #[test]
    fn sizes_that_overflow_stay_sizes() {
        let mut rows = Rows::default();
        for number in [1, 2] {
            rows.scan(Scan { number, octets: u64::MAX });
        }
        rows.listed(0);
        assert_eq!((rows.octets(), rows.size(1)), (u64::MAX, Some(u64::MAX - 1)));
    }

    #[test]
    fn only_a_unique_id_of_its_own_names_a_message() {
        let mut rows = listed(&[1, 2, 3, 4, 5, 6]);
        rows.listed(0);
        assert_eq!(rows.identity(1), Identity::Coming);
        for (number, text) in [(1, "a"), (2, "b"), (3, "b"), (4, "x y"), (6, "f"), (6, "g"), (7, "h")] {
            rows.identify(&id(number, text));
        }
        assert!(rows.identified(0).unwrap().starts_with("5 messages"));
        let found: Vec<Identity> = (1..=6).map(|number| rows.identity(number)).collect();
        assert_eq!(found, [Sure, Ambiguous, Ambiguous, Invalid, Missing, Ambiguous]);
        assert_eq!((rows.uid(1), rows.uid(2), rows.uid(7)), (Some("a"), None, None));
    }

    #[test]
    fn a_server_without_unique_ids_leaves_the_number() {
        let mut rows = listed(&[1]);
        rows.no_uidl();
        assert_eq!((rows.identity(1), rows.identity(1).refusal()), (Identity::NumberOnly, None));
    }

    #[test]
    fn a_hundred_thousand_rows_take_forty_octets_each() {
        let mut rows = listed(&(1..=100_000).collect::<Vec<_>>());
        rows.listed(0);
        (1..=100_000).for_each(|number| rows.identify(&id(number, &format!("{number:08x}5f3a9c2e00"))));
        rows.identified(0);
        assert!(rows.footprint() <= 40 * 100_000, "{}", rows.footprint());
        let mut lie = Rows::default();
        lie.announce(Maildrop { messages: 1_000_000, octets: 1 });
        assert_eq!((lie.footprint(), lie.count()), (0, 1_000_000));
    }
}
