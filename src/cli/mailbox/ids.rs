//! Unique-ids by message number, packed: a mailbox of 100,000 messages has as many.

use crate::pop3::UniqueId;

/// What UIDL said. Of two lines for one message the later counts.
#[derive(Debug, Default)]
pub struct Ids {
    text: String,
    entries: Vec<Entry>,
    /// The entries do not ascend by number.
    unsorted: bool,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    number: u32,
    start: u32,
    length: u8,
    valid: bool,
}

impl Ids {
    /// Takes lines as they came. Call [`Self::settle`] behind the last one.
    pub fn extend(&mut self, ids: impl IntoIterator<Item = UniqueId>) {
        for id in ids {
            self.push(&id);
        }
    }

    fn push(&mut self, id: &UniqueId) {
        // At most 70 octets, or three times as many where none of them is UTF-8.
        let Ok(length) = u8::try_from(id.id.len()) else { return };
        let Ok(start) = u32::try_from(self.text.len()) else { return };
        self.unsorted |= self.entries.last().is_some_and(|last| last.number > id.number);
        self.text.push_str(&id.id);
        self.entries.push(Entry { number: id.number, start, length, valid: id.valid });
    }

    /// Brings what came in any order into that of the numbers.
    pub fn settle(&mut self) {
        if std::mem::take(&mut self.unsorted) {
            self.entries.sort_by_key(|entry| entry.number);
        }
    }

    /// That of one message, as it came.
    pub fn get(&self, number: u32) -> Option<&str> {
        self.entry(number).map(|entry| self.text_of(entry))
    }

    /// Whether that of this message may be relied upon (RFC 1939 7).
    pub fn is_valid(&self, number: u32) -> bool {
        self.entry(number).is_some_and(|entry| entry.valid)
    }

    /// The messages with this unique-id.
    pub fn named<'a>(&'a self, id: &'a str) -> impl Iterator<Item = u32> + 'a {
        self.counting().filter(move |entry| self.text_of(entry) == id).map(|entry| entry.number)
    }

    /// Those that may be relied upon, with their messages.
    pub fn valid(&self) -> impl Iterator<Item = (u32, &str)> {
        self.counting().filter(|entry| entry.valid).map(|entry| (entry.number, self.text_of(entry)))
    }

    /// There is none at all.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Of two lines for one message the later.
    fn counting(&self) -> impl Iterator<Item = &Entry> {
        let last =
            |index: usize| self.entries.get(index + 1).is_none_or(|next| next.number != self.entries[index].number);
        self.entries.iter().enumerate().filter(move |(index, _)| last(*index)).map(|(_, entry)| entry)
    }

    fn entry(&self, number: u32) -> Option<&Entry> {
        let behind = self.entries.partition_point(|entry| entry.number <= number);
        self.entries[..behind].last().filter(|entry| entry.number == number)
    }

    fn text_of(&self, entry: &Entry) -> &str {
        let start = entry.start as usize;
        &self.text[start..start + usize::from(entry.length)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(lines: &[&str]) -> Ids {
        let mut ids = Ids::default();
        ids.extend(lines.iter().map(|line| UniqueId::parse(line.as_bytes()).unwrap()));
        ids.settle();
        ids
    }

    #[test]
    fn each_message_has_its_own_in_whatever_order_they_came() {
        for lines in [["1 a", "2 bb", "7 c"], ["7 c", "1 a", "2 bb"]] {
            let ids = ids(&lines);
            assert_eq!([1, 2, 3, 7].map(|number| ids.get(number)), [Some("a"), Some("bb"), None, Some("c")]);
            assert_eq!(ids.named("bb").collect::<Vec<_>>(), [2]);
        }
    }

    #[test]
    fn the_later_of_two_for_one_message_counts() {
        let ids = ids(&["2 old", "1 a", "2 new"]);
        assert_eq!(ids.get(2), Some("new"));
        assert_eq!((ids.named("old").count(), ids.named("new").count()), (0, 1));
    }

    #[test]
    fn one_outside_the_rfc_is_kept_and_not_relied_upon() {
        let long = format!("2 {}", "\u{fffd}".repeat(90));
        let ids = ids(&["1 a b", &long, "3 c"]);
        assert_eq!((ids.get(1), ids.is_valid(1), ids.is_valid(2), ids.is_valid(3)), (Some("a b"), false, false, true));
        assert!(ids.get(2).is_some_and(|id| id.len() <= 210));
        let twice = self::ids(&["1 x", "5 x"]);
        assert_eq!(twice.named("x").collect::<Vec<_>>(), [1, 5]);
    }
}
