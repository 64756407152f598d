//! The search in the body: a line below it, matches as one types, next and previous, how many there are.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::style::Style;
use tui_input::Input;
use tui_textarea::TextArea;

use super::{Compose, Slot, Tab};
use crate::app::edit;

/// Longest text looked for, in octets.
const LONGEST: usize = 1_000;

/// What is looked for, and how often it is there.
#[derive(Debug, Default)]
pub(crate) struct Finding {
    pub(crate) input: Input,
    /// The line is open and takes the keys.
    pub(crate) open: bool,
    /// How many matches there are.
    pub(crate) count: usize,
    /// Which of them the caret is at or behind, from 1.
    pub(crate) at: usize,
}

impl Compose {
    /// Opens the line; matches are drawn in `style`.
    pub(crate) fn start_finding(&mut self, style: Style) {
        self.set_tab(Tab::Body);
        self.go(Slot::Main);
        self.finding.open = true;
        self.body.set_search_style(style);
        self.look_in_body();
    }

    /// Closes the line; the caret stays. `false`: it was not open.
    pub(crate) fn close_finding(&mut self) -> bool {
        let open = std::mem::take(&mut self.finding.open);
        if open {
            self.body.set_search_pattern("").ok();
        }
        open
    }

    /// Goes to the next or previous match.
    pub(crate) fn find_in_body(&mut self, forward: bool) {
        if forward {
            self.body.search_forward(false);
        } else {
            self.body.search_back(false);
        }
        self.count_found();
    }

    /// A key while the line is open.
    pub(super) fn finding_key(&mut self, key: KeyEvent) -> bool {
        match key.code {
            KeyCode::Enter | KeyCode::Down => self.find_in_body(true),
            KeyCode::Up => self.find_in_body(false),
            KeyCode::Tab | KeyCode::BackTab => drop(self.close_finding()),
            _ => {
                if edit::line(&mut self.finding.input, key) && !edit::is_move(key) {
                    self.look_in_body();
                }
            }
        }
        true
    }

    pub(super) fn paste_wanted(&mut self, text: &str) -> usize {
        let dropped = edit::paste_line(&mut self.finding.input, text);
        self.look_in_body();
        dropped
    }

    /// Takes up what is looked for, and goes to its next place unless the caret is at one.
    fn look_in_body(&mut self) {
        let wanted = self.finding.input.value();
        let pattern = if wanted.is_empty() || wanted.len() > LONGEST {
            String::new()
        } else {
            format!("(?i){}", literal(wanted))
        };
        // Anything but a literal is escaped, and its length is bounded: it compiles.
        if self.body.set_search_pattern(pattern).is_ok() {
            self.body.search_forward(true);
        }
        self.count_found();
    }

    fn count_found(&mut self) {
        (self.finding.count, self.finding.at) = counted(&self.body);
    }
}

/// How many matches there are, and how many begin at or before the caret.
fn counted(body: &TextArea<'_>) -> (usize, usize) {
    let Some(pattern) = body.search_pattern() else { return (0, 0) };
    let caret = body.cursor();
    let (mut count, mut before) = (0, 0);
    for (row, line) in body.lines().iter().enumerate() {
        for found in pattern.find_iter(line) {
            count += 1;
            let here = row < caret.0 || row == caret.0 && line[..found.start()].chars().count() <= caret.1;
            before += usize::from(here);
        }
    }
    (count, before)
}

/// A pattern for the text itself.
fn literal(text: &str) -> String {
    let special = |c: &char| r"\.+*?()|[]{}^$#&-~".contains(*c);
    text.chars().flat_map(|c| special(&c).then_some('\\').into_iter().chain([c])).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::app::account::Account;

    fn form(body: &str, wanted: &str) -> Compose {
        let mut form = Compose::new(&Account::empty("lab.test"));
        form.set_body(body, Instant::now());
        form.start_finding(Style::new());
        for c in wanted.chars() {
            form.finding_key(KeyCode::Char(c).into());
        }
        form
    }

    #[test]
    fn matches_are_found_forwards_and_backwards_and_counted() {
        let mut form = form("one two\nTWO one\n\ntwo", "two");
        let mut places = vec![(form.body.cursor().0, form.finding.at)];
        for forward in [true, true, true, false, false] {
            form.find_in_body(forward);
            places.push((form.body.cursor().0, form.finding.at));
        }
        assert_eq!(form.finding.count, 3);
        assert_eq!(places, [(0, 1), (1, 2), (3, 3), (0, 1), (3, 3), (1, 2)]);
        assert!(form.close_finding() && !form.close_finding());
    }

    #[test]
    fn what_is_special_in_patterns_is_looked_for_as_it_is() {
        for (body, wanted, count) in [
            ("a.c abc", "a.c", 1),
            ("x(y)[z]{2}", "(y)[z]{2}", 1),
            (r"c:\dir \d", r"\d", 2),
            ("a#b & c-d ~ e|f^g$h*i+j?", "#b & c-d ~ e|f^g$h*i+j?", 1),
            ("<é> É", "é", 2),
            ("abc", "", 0),
        ] {
            assert_eq!(form(body, wanted).finding.count, count, "{wanted}");
        }
        assert_eq!(form("abc", &"(".repeat(2_000)).finding.count, 0);
    }
}
