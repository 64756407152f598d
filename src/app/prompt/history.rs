//! The lines that were sent before, apart for each side. Secrets never come here: the prompt leaves them out.

use crate::wire::Side;

/// Lines kept per side.
const LINES: usize = 500;

/// Lines sent before, and the place in them while one walks through.
#[derive(Default)]
pub(super) struct History {
    lines: [Vec<String>; 2],
    /// The line that stands in the prompt, of which side, and what was typed before.
    walking: Option<(Side, usize, String)>,
}

impl History {
    /// Remembers a line, unless it is empty or the last one again.
    pub(super) fn push(&mut self, side: Side, line: &str) {
        self.leave();
        let lines = &mut self.lines[side as usize];
        if line.is_empty() || lines.last().is_some_and(|last| last == line) {
            return;
        }
        if lines.len() == LINES {
            lines.remove(0);
        }
        lines.push(line.to_owned());
    }

    /// What stands in the prompt is no line of the history any more.
    pub(super) fn leave(&mut self) {
        self.walking = None;
    }

    pub(super) fn is_walking(&self) -> bool {
        self.walking.is_some()
    }

    /// Where one is among the lines of a side, and what was typed before one went there.
    fn place(&self, side: Side, typed: &str) -> (usize, String) {
        match &self.walking {
            Some((walked, index, before)) if *walked == side => (*index, before.clone()),
            _ => (self.lines[side as usize].len(), typed.to_owned()),
        }
    }

    /// The line before, or behind, the one that stands in the prompt; behind the last comes what was typed.
    pub(super) fn walk(&mut self, side: Side, back: bool, typed: &str) -> Option<String> {
        let lines = &self.lines[side as usize];
        let (here, before) = self.place(side, typed);
        let there = if back { here.checked_sub(1) } else { Some(here + 1).filter(|index| *index <= lines.len()) }?;
        self.walking = None;
        match lines.get(there) {
            Some(line) => {
                self.walking = Some((side, there, before));
                Some(line.clone())
            }
            None => Some(before),
        }
    }

    /// The last line that holds what was typed, further back each time.
    pub(super) fn search(&mut self, side: Side, typed: &str) -> Option<String> {
        let lines = &self.lines[side as usize];
        let (from, before) = self.place(side, typed);
        let wanted = before.to_ascii_lowercase();
        let found = (0..from).rev().find(|index| lines[*index].to_ascii_lowercase().contains(&wanted))?;
        self.walking = Some((side, found, before));
        Some(lines[found].clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled() -> History {
        let mut history = History::default();
        for line in ["HELO a", "MAIL FROM:<a@b>", "NOOP", "NOOP", ""] {
            history.push(Side::Smtp, line);
        }
        history
    }

    #[test]
    fn repeated_and_empty_lines_are_kept_once() {
        let mut history = filled();
        let walked: Vec<String> = std::iter::from_fn(|| history.walk(Side::Smtp, true, "x")).collect();
        assert_eq!(walked, ["NOOP", "MAIL FROM:<a@b>", "HELO a"]);
    }

    #[test]
    fn a_search_goes_further_back_each_time_in_any_letter_case() {
        let mut history = filled();
        for found in [Some("NOOP"), Some("MAIL FROM:<a@b>"), Some("HELO a"), None] {
            assert_eq!(history.search(Side::Smtp, "o").as_deref(), found);
        }
        history.leave();
        assert_eq!(history.search(Side::Smtp, "from").as_deref(), Some("MAIL FROM:<a@b>"));
        assert_eq!(history.search(Side::Pop3, "from"), None, "a walk on one side is none on the other");
        assert_eq!(history.walk(Side::Pop3, false, "x"), None);
    }

    #[test]
    fn the_oldest_lines_go_first() {
        let mut history = History::default();
        for number in 0..=LINES {
            history.push(Side::Pop3, &format!("RETR {number}"));
        }
        assert_eq!(history.search(Side::Pop3, "RETR 0"), None);
        assert_eq!(history.lines[Side::Pop3 as usize].len(), LINES);
    }
}
