//! Help and palette: the list of actions, searched as one types, run by Enter.

use crossterm::event::{KeyCode, KeyEvent};
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use tui_input::Input;

use super::Answer;
use crate::app::edit;
use crate::keymap::{Action, action};

/// An action as listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) action: Action,
    pub(crate) text: &'static str,
    pub(crate) group: &'static str,
    pub(crate) keys: String,
    /// Why it cannot be done now.
    pub(crate) unavailable: Option<&'static str>,
}

/// The list and the search.
#[derive(Debug)]
pub(crate) struct ActionList {
    pub(crate) title: &'static str,
    pub(crate) input: Input,
    entries: Vec<Entry>,
    matches: Vec<usize>,
    pub(crate) selected: usize,
    /// Help keeps its headings while nothing is searched for.
    pub(crate) grouped: bool,
}

impl ActionList {
    pub(crate) fn new(title: &'static str, entries: Vec<Entry>, grouped: bool) -> Self {
        let matches = (0..entries.len()).collect();
        Self { title, input: Input::default(), entries, matches, selected: 0, grouped }
    }

    /// The entries that match, best first.
    pub(crate) fn matches(&self) -> impl Iterator<Item = &Entry> {
        self.matches.iter().map(|index| &self.entries[*index])
    }

    pub(crate) fn paste(&mut self, text: &str) {
        edit::paste_line(&mut self.input, text);
        self.search();
    }

    pub(super) fn key(&mut self, key: KeyEvent) -> Answer {
        let last = self.matches.len().saturating_sub(1);
        match key.code {
            KeyCode::Up => self.selected = self.selected.saturating_sub(1),
            KeyCode::Down => self.selected = (self.selected + 1).min(last),
            KeyCode::PageUp => self.selected = self.selected.saturating_sub(10),
            KeyCode::PageDown => self.selected = (self.selected + 10).min(last),
            KeyCode::Enter => {
                return self.matches().nth(self.selected).map_or(Answer::Close, |entry| Answer::Run(entry.action));
            }
            _ => {
                if edit::line(&mut self.input, key) {
                    self.search();
                }
            }
        }
        Answer::None
    }

    fn search(&mut self) {
        self.selected = 0;
        let pattern = Pattern::parse(self.input.value(), CaseMatching::Ignore, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut scored: Vec<(u32, usize)> = self
            .entries
            .iter()
            .enumerate()
            .filter_map(|(index, entry)| {
                let text = format!("{} {} {}", entry.text, entry.action.info().id, entry.keys);
                let mut buffer = Vec::new();
                let score = pattern.score(Utf32Str::new(&text, &mut buffer), &mut matcher)?;
                Some((score, index))
            })
            .collect();
        scored.sort_by_key(|(score, index)| (std::cmp::Reverse(*score), *index));
        self.matches = scored.into_iter().map(|(_, index)| index).collect();
    }
}

/// All actions as entries, `keys` and `unavailable` filled by the caller.
pub(crate) fn entries(describe: impl Fn(Action) -> (String, Option<&'static str>)) -> Vec<Entry> {
    action::ALL
        .iter()
        .map(|info| {
            let (keys, unavailable) = describe(info.action);
            Entry { action: info.action, text: info.text, group: info.group.title(), keys, unavailable }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_finds_actions_and_enter_runs_the_best() {
        let mut list = ActionList::new("Palette", entries(|_| (String::new(), None)), false);
        for character in "send mail".chars() {
            list.key(KeyCode::Char(character).into());
        }
        assert_eq!(list.key(KeyCode::Enter.into()), Answer::Run(Action::Send));
        for character in "zzzz".chars() {
            list.key(KeyCode::Char(character).into());
        }
        assert_eq!(list.matches().count(), 0);
        assert_eq!(list.key(KeyCode::Enter.into()), Answer::Close);
    }
}
