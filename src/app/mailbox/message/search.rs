//! Looking for text in the open message, letter case aside. Lines are compared one by one, octets in blocks: nothing
//! is made of a large message.

use std::ops::Range;

use memchr::memmem;

use super::Tab;
use super::line::wrap;
use super::place::{self, Frame, Place, Source};

/// Most characters that are looked for.
const LONGEST: usize = 200;
/// Octets that are compared at a time.
const BLOCK: usize = 64 * 1024;

/// How a search went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Searched {
    Here,
    /// It went on from the other end.
    Around,
}

/// What is looked for, and where it was found last: a line, or the offset of an octet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Search {
    text: String,
    pub(super) found: Option<(Tab, usize)>,
}

impl Search {
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.chars().take(LONGEST).collect(), found: None }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The next line with the text, or the one before, behind `last` or else from `here` on.
    pub(super) fn in_lines(
        &self,
        source: &dyn Source,
        last: Option<usize>,
        here: usize,
        forward: bool,
    ) -> Option<(usize, Searched)> {
        let wanted = self.text.to_lowercase();
        let holds = |at: &usize| source.line(*at).text.to_lowercase().contains(&wanted);
        let here = source.nearest(last.unwrap_or(here));
        let ahead = |from: Option<usize>| std::iter::successors(from, |at| source.next(*at));
        let behind = |from: Option<usize>| std::iter::successors(from, |at| source.previous(*at));
        let near = if forward {
            ahead(if last.is_some() { source.next(here) } else { Some(here) }).find(holds)
        } else {
            behind(source.previous(here)).find(holds)
        };
        let around = || {
            if forward {
                ahead(Some(0)).take_while(|at| *at <= here).find(holds)
            } else {
                behind(Some(source.nearest(usize::MAX))).take_while(|at| *at >= here).find(holds)
            }
        };
        near.map(|at| (at, Searched::Here)).or_else(|| Some((around()?, Searched::Around)))
    }

    /// The same among octets: where the text begins.
    pub(super) fn in_octets(
        &self,
        octets: &[u8],
        last: Option<usize>,
        here: usize,
        forward: bool,
    ) -> Option<(usize, Searched)> {
        let wanted = self.text.to_ascii_lowercase().into_bytes();
        let from = if forward { last.map_or(here, |at| at + 1) } else { last.unwrap_or(here) }.min(octets.len());
        let (before, behind) = (0..from, from..octets.len());
        let (near, around) = if forward { (behind, before) } else { (before, behind) };
        let found = |range| if forward { first(octets, &wanted, range) } else { final_one(octets, &wanted, range) };
        found(near).map(|at| (at, Searched::Here)).or_else(|| Some((found(around)?, Searched::Around)))
    }
}

/// Where `wanted`, in small letters, begins first in a range; it may end behind it.
fn first(octets: &[u8], wanted: &[u8], range: Range<usize>) -> Option<usize> {
    let finder = memmem::Finder::new(wanted);
    range.clone().step_by(BLOCK).find_map(|at| {
        let block = block(octets, wanted, at..range.end.min(at + BLOCK));
        finder.find(&block).map(|offset| at + offset)
    })
}

/// Where it begins last.
fn final_one(octets: &[u8], wanted: &[u8], range: Range<usize>) -> Option<usize> {
    let finder = memmem::FinderRev::new(wanted);
    range.clone().step_by(BLOCK).rev().find_map(|at| {
        let block = block(octets, wanted, at..range.end.min(at + BLOCK));
        finder.rfind(&block).map(|offset| at + offset)
    })
}

/// In small letters all that a match which begins in this range can take up.
fn block(octets: &[u8], wanted: &[u8], range: Range<usize>) -> Vec<u8> {
    let end = (range.end + wanted.len().saturating_sub(1)).min(octets.len());
    octets[range.start..end].to_ascii_lowercase()
}

/// The place from which the text at `at` is on screen: where one is, if it is there already.
pub(super) fn shown_at(source: &dyn Source, from: Place, frame: Frame, at: usize, text: &str) -> Place {
    let at = source.nearest(at);
    let row = wrap(&source.line(at).text, frame.width).iter().position(|row| !places(row, text).is_empty());
    let target = Place { at, row: row.unwrap_or(0) };
    let hidden = if at == from.at { from.row } else { 0 };
    let seen = place::rows(source, from, frame).iter().filter(|row| row.at == at).count();
    if (hidden..hidden + seen).contains(&target.row) {
        return from;
    }
    place::settled(source, place::back(source, target, frame, frame.height / 3), frame.width, frame)
}

/// Where `wanted` stands in a text, letter case aside.
pub(crate) fn places(text: &str, wanted: &str) -> Vec<Range<usize>> {
    let wanted: Vec<char> = wanted.chars().flat_map(char::to_lowercase).collect();
    let (mut found, mut from) = (Vec::new(), 0);
    for (at, _) in text.char_indices().filter(|_| !wanted.is_empty()) {
        if let Some(length) = prefix(&text[at..], &wanted).filter(|_| at >= from) {
            from = at + length;
            found.push(at..from);
        }
    }
    found
}

/// Octets of `text` that spell `wanted`, if it begins so.
fn prefix(text: &str, wanted: &[char]) -> Option<usize> {
    let mut rest = wanted;
    for (at, character) in text.char_indices() {
        if rest.is_empty() {
            return Some(at);
        }
        for small in character.to_lowercase() {
            rest = rest.strip_prefix(&[small])?;
        }
    }
    rest.is_empty().then_some(text.len())
}

#[cfg(test)]
mod tests {
    use super::super::line::Line;
    use super::super::place::Lines;
    use super::*;

    /// All that is found from the top on, or from the end back, until it goes round.
    fn all(forward: bool, step: impl Fn(Option<usize>) -> Option<(usize, Searched)>) -> Vec<usize> {
        let mut found: Vec<usize> = Vec::new();
        while let Some((at, Searched::Here)) = step(found.last().copied()) {
            found.push(at);
        }
        assert!(found.is_sorted() || !forward);
        found
    }

    #[test]
    fn lines_are_found_one_after_the_other_and_round_again() {
        let lines: Vec<Line> = ["Ärger", "no", "ärger twice ÄRGER", "x"].map(Line::plain).into();
        let (lines, search) = (Lines(&lines), Search::new("äRGER"));
        assert_eq!(all(true, |last| search.in_lines(&lines, last, 0, true)), [0, 2]);
        assert_eq!(all(false, |last| search.in_lines(&lines, last, 3, false)), [2, 0]);
        assert_eq!(search.in_lines(&lines, Some(2), 0, true), Some((0, Searched::Around)));
        assert_eq!(search.in_lines(&lines, Some(0), 0, false), Some((2, Searched::Around)));
        assert_eq!(Search::new("x").in_lines(&lines, Some(3), 0, true), Some((3, Searched::Around)));
        assert_eq!(Search::new("missing").in_lines(&lines, None, 2, true), None);
    }

    #[test]
    fn octets_are_found_across_blocks() {
        let mut octets = vec![b'x'; 3 * BLOCK];
        let places = [0, BLOCK - 3, BLOCK + 4, 2 * BLOCK, 3 * BLOCK - 6];
        for at in places {
            octets[at..at + 6].copy_from_slice(b"NeEdLe");
        }
        let search = Search::new("needle");
        assert_eq!(all(true, |last| search.in_octets(&octets, last, 0, true)), places);
        let back: Vec<usize> = places.into_iter().rev().collect();
        assert_eq!(all(false, |last| search.in_octets(&octets, last, octets.len(), false)), back);
        assert_eq!(search.in_octets(&octets, Some(3 * BLOCK - 6), 0, true), Some((0, Searched::Around)));
        assert_eq!(search.in_octets(b"", None, 0, true), None);
    }

    #[test]
    fn what_is_found_is_marked_letter_case_aside() {
        for (text, wanted, found) in [
            ("Abc abC", "aBc", vec![0..3, 4..7]),
            ("aaa", "aa", vec![0..2]),
            ("grÜn", "ü", vec![2..4]),
            ("abc", "", vec![]),
            ("ab", "abc", vec![]),
        ] {
            assert_eq!(places(text, wanted), found, "{text} {wanted}");
        }
    }
}
