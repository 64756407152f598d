//! Text to read, broken into the lines that the screen has room for.

use std::time::Instant;

use crossterm::event::{KeyCode, KeyEvent};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::Answer;
use crate::wire::Side;

/// The widest a card gets, in columns.
const WIDEST: usize = 92;
/// What follows a name starts no further right than here, in columns.
const HANGING: usize = 14;

/// Text to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Card {
    pub(crate) title: String,
    pub(crate) lines: Vec<String>,
    /// The first of [`Self::broken`] on screen.
    pub(crate) scroll: usize,
    /// [`Self::lines`] as the screen has room for them.
    pub(crate) broken: Vec<String>,
    /// How many of them are on screen.
    pub(crate) height: usize,
    /// Closed, it gives way to the question about the certificate of this side.
    pub(crate) question: Option<Side>,
    /// `y` copies it.
    pub(crate) copies: bool,
    /// Before that it takes no key: it came up by itself, and keys may be meant for something else.
    pub(crate) ready: Option<Instant>,
}

impl Card {
    pub(crate) fn new(title: impl Into<String>, lines: Vec<String>) -> Self {
        Self {
            title: title.into(),
            lines,
            scroll: 0,
            broken: Vec::new(),
            height: 1,
            question: None,
            copies: false,
            ready: None,
        }
    }

    /// Columns that a card has on a screen of so many.
    pub(crate) fn width(columns: u16) -> usize {
        usize::from(columns).saturating_sub(8).clamp(10, WIDEST)
    }

    /// Breaks the text for a screen of that size; what is past its end scrolls back.
    pub(crate) fn prepare(&mut self, (columns, rows): (u16, u16)) {
        let width = Self::width(columns);
        self.broken = self.lines.iter().flat_map(|line| hanging(line, width)).collect();
        self.height = self.broken.len().min(usize::from(rows).saturating_sub(4)).max(1);
        self.scroll = self.scroll.min(self.last());
    }

    /// Where it ends: the first line on screen when the last one is.
    fn last(&self) -> usize {
        self.broken.len().saturating_sub(self.height)
    }

    /// What to know of its keys, and of what is not on screen.
    pub(crate) fn foot(&self) -> String {
        let esc = match (&self.question, self.copies) {
            (Some(_), _) => "Esc goes back",
            (None, true) => "Esc closes, y copies",
            (None, false) => "Esc closes",
        };
        if self.last() == 0 {
            return esc.to_owned();
        }
        let end = (self.scroll + self.height).min(self.broken.len());
        format!("{esc}   lines {}-{end} of {}   Up Down PageUp PageDown move", self.scroll + 1, self.broken.len())
    }

    pub(super) fn key(&mut self, key: KeyEvent) -> Answer {
        let page = self.height.saturating_sub(1).max(1);
        let to = match key.code {
            KeyCode::Up | KeyCode::Char('k') => self.scroll.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => self.scroll + 1,
            KeyCode::PageUp | KeyCode::Char('b') => self.scroll.saturating_sub(page),
            KeyCode::PageDown | KeyCode::Char(' ') => self.scroll + page,
            KeyCode::Home | KeyCode::Char('g') => 0,
            KeyCode::End | KeyCode::Char('G') => self.last(),
            KeyCode::Char('y') if self.copies => return Answer::CopyCard(self.lines.join("\n")),
            KeyCode::Enter | KeyCode::Char('q' | 'e' | '?') => return Answer::Close,
            _ => self.scroll,
        };
        self.scroll = to.min(self.last());
        Answer::None
    }
}

/// A line broken at spaces into lines of at most `width` columns; what follows a name stays in its column.
pub(super) fn hanging(line: &str, width: usize) -> Vec<String> {
    let indent = " ".repeat(column(line).min(width / 2));
    let mut broken = vec![String::new()];
    for word in line.split_inclusive(' ') {
        let room = |shown: &String| shown.width() + word.trim_end().width() <= width;
        if !broken.last().is_some_and(room) && word != " " {
            broken.push(indent.clone());
        }
        for grapheme in word.graphemes(true) {
            if broken.last().is_some_and(|shown| shown.width() + grapheme.width() > width) && grapheme != " " {
                broken.push(indent.clone());
            }
            broken.last_mut().expect("it starts with one").push_str(grapheme);
        }
    }
    broken
        .into_iter()
        .map(|shown| shown.trim_end().to_owned())
        .filter(|shown| !shown.is_empty() || line.is_empty())
        .collect()
}

/// Where the text starts that the rest of a line is to stand below: behind a name that is set off by two spaces, else
/// where the line starts.
fn column(line: &str) -> usize {
    let start = line.len() - line.trim_start().len();
    let Some(gap) = line[start..].find("  ").map(|gap| start + gap) else { return start };
    let text = gap + line[gap..].len() - line[gap..].trim_start().len();
    if text <= HANGING { text } else { start }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(card: &mut Card, code: KeyCode) {
        card.key(code.into());
        card.prepare((80, 14));
    }

    #[test]
    fn the_end_fills_the_screen_and_up_leaves_it_at_once() {
        let mut card = Card::new("x", (0..30).map(|number| format!("line {number}")).collect());
        card.prepare((80, 14));
        assert_eq!(card.height, 10);
        press(&mut card, KeyCode::End);
        assert_eq!(card.scroll, 20);
        press(&mut card, KeyCode::PageDown);
        assert_eq!(card.scroll, 20);
        press(&mut card, KeyCode::Up);
        assert_eq!(card.scroll, 19);
        assert_eq!(card.foot(), "Esc closes   lines 20-29 of 30   Up Down PageUp PageDown move");
        card.prepare((80, 60));
        assert_eq!((card.scroll, card.foot().as_str()), (0, "Esc closes"));
    }

    #[test]
    fn the_end_of_lines_that_are_broken_can_be_reached() {
        let long = "word ".repeat(60);
        let mut card = Card::new("x", vec![long; 4]);
        card.prepare((40, 10));
        card.key(KeyCode::End.into());
        assert_eq!(card.scroll + card.height, card.broken.len());
        assert!(card.broken.len() > 20);
    }

    #[test]
    fn what_follows_a_name_stays_in_its_column() {
        assert_eq!(hanging("verdict    one two three", 18), ["verdict    one two", "         three"]);
        assert_eq!(hanging("  + AUTH PLAIN LOGIN", 14), ["  + AUTH PLAIN", "  LOGIN"]);
        assert_eq!(hanging("", 10), [""]);
        assert_eq!(hanging("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(hanging("one two", 7), ["one two"]);
    }
}
