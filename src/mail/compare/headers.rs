//! Header fields of two mails held against each other: which came on the way, which have another value, which are gone.
//!
//! Two fields are the same field when their names are, in any letter case; of several with one name the lowest belong
//! together, as servers put theirs on top (RFC 5321 4.4). Folding and runs of blanks are told apart from values.

use std::collections::HashMap;
use std::fmt;

use crate::mail::header::{self, RawField};
use crate::wire::printable;

/// Names of fields told in a sentence; more are counted.
const NAMED: usize = 6;

/// Names of header fields, in the order of the mail they are in; printable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderChanges {
    /// In what arrived only.
    pub added: Vec<String>,
    /// In both, with another value.
    pub changed: Vec<String>,
    /// In both with the same value, folded or spaced in another way, or with the name in other letters.
    pub refolded: Vec<String>,
    /// In what was sent only.
    pub lost: Vec<String>,
    /// The fields that are in both have another order.
    pub reordered: bool,
}

/// What became of the header fields. At most 10,000 fields in the first 1 MiB of each mail are looked at.
pub fn changes(sent: &[u8], arrived: &[u8]) -> HeaderChanges {
    let sent: Vec<RawField<'_>> = header::fields(header::split(sent).head).collect();
    let arrived: Vec<RawField<'_>> = header::fields(header::split(arrived).head).collect();
    Pairs::new(&sent, &arrived).told(&sent, &arrived)
}

/// How two fields belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Match {
    Same,
    Refolded,
    Changed,
}

/// For each field that arrived, the one that was sent, if there is one.
struct Pairs {
    of_arrived: Vec<Option<(usize, Match)>>,
    taken: Vec<bool>,
}

impl Pairs {
    fn new(sent: &[RawField<'_>], arrived: &[RawField<'_>]) -> Self {
        let mut pairs = Self { of_arrived: vec![None; arrived.len()], taken: vec![false; sent.len()] };
        pairs.pair(sent, arrived, Match::Same, |field| field.raw.to_vec());
        pairs.pair(sent, arrived, Match::Refolded, |field| [key(field), b":".to_vec(), value(field)].concat());
        pairs.pair(sent, arrived, Match::Changed, key);
        pairs
    }

    /// Brings together from below what is left and has the same `form`.
    fn pair<'a>(
        &mut self,
        sent: &[RawField<'a>],
        arrived: &[RawField<'a>],
        kind: Match,
        form: impl Fn(&RawField<'a>) -> Vec<u8>,
    ) {
        let mut left: HashMap<Vec<u8>, Vec<usize>> = HashMap::new();
        for (index, field) in sent.iter().enumerate().filter(|(index, _)| !self.taken[*index]) {
            left.entry(form(field)).or_default().push(index);
        }
        for (field, pair) in arrived.iter().zip(&mut self.of_arrived).rev().filter(|(_, pair)| pair.is_none()) {
            if let Some(index) = left.get_mut(&form(field)).and_then(Vec::pop) {
                self.taken[index] = true;
                *pair = Some((index, kind));
            }
        }
    }

    fn told(&self, sent: &[RawField<'_>], arrived: &[RawField<'_>]) -> HeaderChanges {
        let with = |wanted: Option<Match>| {
            let all = arrived.iter().zip(&self.of_arrived);
            all.filter(|(_, pair)| pair.map(|(_, kind)| kind) == wanted).map(|(field, _)| name(field)).collect()
        };
        let lost = sent.iter().zip(&self.taken).filter(|(_, taken)| !**taken).map(|(field, _)| name(field));
        HeaderChanges {
            added: with(None),
            changed: with(Some(Match::Changed)),
            refolded: with(Some(Match::Refolded)),
            lost: lost.collect(),
            reordered: !self.of_arrived.iter().flatten().is_sorted_by_key(|(index, _)| *index),
        }
    }
}

fn key(field: &RawField<'_>) -> Vec<u8> {
    field.name.to_ascii_lowercase()
}

/// The value with each run of blanks and line ends as one space.
fn value(field: &RawField<'_>) -> Vec<u8> {
    let words = field.value.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(&b' ')
}

fn name(field: &RawField<'_>) -> String {
    if field.name.is_empty() { "a line that is no field".to_owned() } else { printable::bytes(field.name) }
}

impl HeaderChanges {
    /// Nothing differs, not even the folding.
    pub fn none(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for HeaderChanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.none() {
            return f.write_str("header identical");
        }
        let hidden = |name: &&String| name.eq_ignore_ascii_case("Bcc");
        let lost: Vec<String> = self.lost.iter().filter(|name| !hidden(name)).cloned().collect();
        let mut parts = Vec::new();
        for (names, what) in [(&self.added, "added"), (&self.changed, "changed"), (&lost, "lost")] {
            if !names.is_empty() {
                parts.push(format!("{} {what} ({})", count(names.len()), listed(names)));
            }
        }
        if self.lost.iter().any(|name| hidden(&name)) {
            parts.push("Bcc taken out, as it has to be".to_owned());
        }
        if !self.refolded.is_empty() {
            parts.push(format!("{} only folded otherwise ({})", count(self.refolded.len()), listed(&self.refolded)));
        }
        if self.reordered {
            parts.push("the fields have another order".to_owned());
        }
        f.write_str(&parts.join(", "))
    }
}

fn count(fields: usize) -> String {
    if fields == 1 { "1 header field".to_owned() } else { format!("{fields} header fields") }
}

fn listed(names: &[String]) -> String {
    let named = names.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.len() > NAMED { format!("{named}, …") } else { named }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENT: &[u8] = b"From: a@b\r\nSubject: long\r\n words\r\nTo: c@d\r\nBcc: e@f\r\n\r\n";

    fn of(arrived: &[u8]) -> HeaderChanges {
        changes(SENT, arrived)
    }

    #[test]
    fn added_changed_lost_and_refolded_are_told_apart() {
        let found = of(b"Received: x\r\nReceived: y\r\nFrom: a@b\r\nSubject: [list] long words\r\nto: c@d\r\n\r\n");
        assert_eq!(found.added, ["Received", "Received"]);
        assert_eq!((found.changed, found.refolded), (vec!["Subject".to_owned()], vec!["to".to_owned()]));
        assert_eq!((found.lost, found.reordered), (vec!["Bcc".to_owned()], false));
    }

    #[test]
    fn another_folding_is_no_other_value() {
        for subject in ["Subject: long words", "Subject:\r\n long\r\n\twords", "Subject:  long  words "] {
            let found = of(format!("From: a@b\r\n{subject}\r\nTo: c@d\r\nBcc: e@f\r\n\r\n").as_bytes());
            assert_eq!(found.refolded, ["Subject"], "{subject:?}");
            assert!(found.changed.is_empty() && found.added.is_empty() && found.lost.is_empty(), "{subject:?}");
        }
        assert!(of(SENT).none());
    }

    #[test]
    fn of_a_repeated_field_the_lowest_is_the_one_that_was_sent() {
        let sent = b"Received: mine\r\nX: 1\r\nX: 2\r\n\r\n";
        let found = changes(sent, b"Received: theirs\r\nReceived: mine\r\nX: 1\r\nX: 3\r\n\r\n");
        assert_eq!((found.added, found.changed), (vec!["Received".to_owned()], vec!["X".to_owned()]));
        assert!(!found.reordered && found.lost.is_empty());
    }

    #[test]
    fn another_order_is_told() {
        assert!(of(b"To: c@d\r\nFrom: a@b\r\nSubject: long\r\n words\r\nBcc: e@f\r\n\r\n").reordered);
    }

    #[test]
    fn the_words_say_that_bcc_has_to_go() {
        let found = of(b"From: a@b\r\nSubject: long\r\n words\r\n\r\n");
        assert_eq!(found.to_string(), "1 header field lost (To), Bcc taken out, as it has to be");
        let many = changes(b"A: 1\r\n\r\n", b"B: 1\r\nC: 1\r\nD: 1\r\nE: 1\r\nF: 1\r\nG: 1\r\nH: 1\r\nA: 1\r\n\r\n");
        assert_eq!(many.to_string(), "7 header fields added (B, C, D, E, F, G, …)");
    }

    #[test]
    fn ten_thousand_fields_of_one_name_cost_little() {
        let many = |value: &str| [format!("X: {value}\r\n").repeat(10_000), "\r\n".to_owned()].concat();
        let found = changes(many("1").as_bytes(), many("2").as_bytes());
        assert_eq!(found.changed.len(), 10_000);
    }
}
