//! A question with a few answers, laid out for the screen there is: the answers are always in view, the text above them
//! scrolls where there is no room for all of it.

use std::time::Instant;

use crossterm::event::{KeyCode, KeyEvent};
use unicode_width::UnicodeWidthStr;

use super::card::hanging;
use super::{Answer, Item};
use crate::layout::{Rect, centred};

/// Where the text of an answer starts, behind its key.
const INDENT: usize = 5;
/// Cells of border and margin left and right together.
const SIDES: usize = 4;

/// A line of a menu on screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Row {
    Text(String),
    /// There is more text; this says how much.
    More(String),
    /// A line of the answer with this index.
    Answer(usize, String),
}

/// A question with a few answers. The first is the safe one and has the focus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Menu {
    pub(crate) title: String,
    pub(crate) text: Vec<String>,
    pub(crate) items: Vec<Item>,
    pub(crate) selected: usize,
    /// Before this no key answers it but Esc: it came up while somebody was typing.
    pub(crate) ready: Option<Instant>,
    /// What is on screen.
    pub(crate) rows: Vec<Row>,
    /// The whole box, with its border.
    pub(crate) area: Rect,
    /// The first line of text on screen, and the last that may be.
    pub(crate) scroll: (usize, usize),
}

impl Menu {
    pub(crate) fn new(title: impl Into<String>, text: Vec<String>, items: Vec<Item>) -> Self {
        let (rows, area) = (Vec::new(), Rect::default());
        Self { title: title.into(), text, items, selected: 0, ready: None, rows, area, scroll: (0, 0) }
    }

    /// Lays it out for a screen of that size.
    pub(crate) fn prepare(&mut self, (columns, lines): (u16, u16)) {
        let most = usize::from(columns).saturating_sub(SIDES);
        let longest = self.items.iter().map(|item| item.text.width() + INDENT);
        let longest = longest.chain(self.text.iter().map(|line| line.width())).chain([self.title.width()]).max();
        let width = longest.unwrap_or(0).min(most).max(1);
        let text: Vec<String> = self.text.iter().flat_map(|line| hanging(line, width)).collect();
        let answers: Vec<Row> = (0..).zip(&self.items).flat_map(|(index, item)| answer(index, item, width)).collect();
        let room = usize::from(lines).saturating_sub(2).max(1);
        let gap = usize::from(!text.is_empty());
        let for_text = room.saturating_sub(answers.len());
        self.rows = if text.len() + gap <= for_text {
            self.scroll = (0, 0);
            let gap = (gap > 0).then(|| Row::Text(String::new()));
            text.into_iter().map(Row::Text).chain(gap).chain(answers).collect()
        } else {
            let mut rows = self.part_of(&text, for_text);
            rows.extend(self.in_view(answers, room));
            rows
        };
        let size = |cells: usize| u16::try_from(cells).unwrap_or(u16::MAX);
        self.area = centred(Rect::new(0, 0, columns, lines), size(width + SIDES), size(self.rows.len() + 2));
    }

    /// So many lines of a text that is longer, from where it was scrolled to.
    fn part_of(&mut self, text: &[String], lines: usize) -> Vec<Row> {
        // Two lines at least, or none can say that there is more.
        let shown = if lines < 2 { lines } else { lines - 1 };
        let last = text.len().saturating_sub(shown.max(1));
        self.scroll = (self.scroll.0.min(last), last);
        let from = self.scroll.0;
        let mut rows: Vec<Row> = text.iter().skip(from).take(shown).cloned().map(Row::Text).collect();
        if lines >= 2 {
            let end = (from + shown).min(text.len());
            rows.push(Row::More(format!("lines {}-{end} of {}: PgUp PgDn", from + 1, text.len())));
        }
        rows
    }

    /// The answers, or those about the selected one if there is no room for all.
    fn in_view(&self, mut answers: Vec<Row>, room: usize) -> Vec<Row> {
        let of_selected = |row: &Row| matches!(row, Row::Answer(index, _) if *index == self.selected);
        let end = answers.iter().rposition(of_selected).map_or(0, |at| at + 1);
        let mut shown = answers.split_off(end.saturating_sub(room));
        shown.truncate(room);
        shown
    }

    /// Scrolls the text by so many lines.
    pub(crate) fn scroll(&mut self, step: isize) {
        self.scroll.0 = self.scroll.0.saturating_add_signed(step).min(self.scroll.1);
    }

    pub(super) fn key(&mut self, key: KeyEvent) -> Answer {
        let count = self.items.len();
        match key.code {
            KeyCode::Up | KeyCode::Char('k') | KeyCode::BackTab => self.selected = (self.selected + count - 1) % count,
            KeyCode::Down | KeyCode::Char('j') | KeyCode::Tab => self.selected = (self.selected + 1) % count,
            KeyCode::PageUp => self.scroll(-1),
            KeyCode::PageDown => self.scroll(1),
            KeyCode::Enter => return Answer::Choice(self.items[self.selected].choice),
            KeyCode::Char(typed) => {
                if let Some(item) = self.items.iter().find(|item| item.key == typed) {
                    return Answer::Choice(item.choice);
                }
            }
            _ => {}
        }
        Answer::None
    }

    /// A click on an answer gives it.
    pub(crate) fn click(&self, column: u16, row: u16, now: Instant) -> Answer {
        let inside = self.area.contains((column, row).into()) && self.ready.is_none_or(|ready| ready <= now);
        let line = row.checked_sub(self.area.y + 1).map(usize::from).filter(|_| inside);
        match line.and_then(|line| self.rows.get(line)) {
            Some(Row::Answer(index, _)) => Answer::Choice(self.items[*index].choice),
            _ => Answer::None,
        }
    }
}

/// An answer in lines of at most `width` cells, the later ones below the text of the first.
fn answer(index: usize, item: &Item, width: usize) -> Vec<Row> {
    let text = if item.text.width() + INDENT <= width {
        item.text.clone()
    } else {
        // What was set in columns has no columns any more.
        item.text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let lines = hanging(&text, width.saturating_sub(INDENT).max(1));
    let row = |(line, text): (usize, String)| {
        let key = if line == 0 { format!("  {}  ", item.key) } else { String::new() };
        Row::Answer(index, format!("{key:<INDENT$}{}", text.trim_start()))
    };
    lines.into_iter().enumerate().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::super::Choice;
    use super::*;

    fn menu(lines: usize) -> Menu {
        let items = ["Stay", "RSET then QUIT    keep all 4 messages"];
        let items = ('a'..).zip(items).map(|(key, text)| Item::new(key, text, Choice::Stay)).collect();
        Menu::new("Leave?", (1..=lines).map(|line| format!("line {line}")).collect(), items)
    }

    fn shown(menu: &Menu) -> Vec<String> {
        let text = |row: &Row| match row {
            Row::Text(text) | Row::More(text) | Row::Answer(_, text) => text.clone(),
        };
        menu.rows.iter().map(text).collect()
    }

    #[test]
    fn every_answer_is_in_view_and_the_text_above_scrolls() {
        let mut menu = menu(9);
        menu.prepare((80, 9));
        let (answers, more) =
            (["  a  Stay", "  b  RSET then QUIT    keep all 4 messages"], "lines 1-4 of 9: PgUp PgDn");
        assert_eq!(shown(&menu), ["line 1", "line 2", "line 3", "line 4", more, answers[0], answers[1]]);
        (0..20).for_each(|_| drop(menu.key(KeyCode::PageDown.into())));
        menu.prepare((80, 9));
        assert_eq!(shown(&menu)[3..], ["line 9", "lines 6-9 of 9: PgUp PgDn", answers[0], answers[1]]);
        menu.key(KeyCode::PageUp.into());
        menu.prepare((80, 9));
        assert_eq!(shown(&menu)[0], "line 5");
        menu.prepare((80, 24));
        assert_eq!(shown(&menu).len(), 12, "all of it, and a gap");
    }

    #[test]
    fn where_there_is_no_room_for_all_answers_the_selected_one_is_in_view() {
        let mut menu = menu(3);
        menu.selected = 1;
        for lines in 1..8 {
            menu.prepare((30, lines));
            assert!(menu.rows.iter().any(|row| matches!(row, Row::Answer(1, _))), "{lines}: {:?}", menu.rows);
        }
    }

    #[test]
    fn a_narrow_answer_breaks_below_its_text_and_a_click_on_any_line_of_it_gives_it() {
        let mut menu = menu(1);
        menu.prepare((30, 20));
        assert_eq!(shown(&menu)[3..], ["  b  RSET then QUIT keep", "     all 4 messages"]);
        let (x, y) = (menu.area.x + 4, menu.area.y + 1);
        let now = Instant::now();
        assert_eq!(menu.click(x, y, now), Answer::None, "that is text");
        assert_eq!(menu.click(x, y + 4, now), Answer::Choice(Choice::Stay));
        menu.ready = Some(now + std::time::Duration::from_secs(1));
        assert_eq!(menu.click(x, y + 4, now), Answer::None);
    }
}
