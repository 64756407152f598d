//! A saved session beside the live conversation, exchange by exchange.

use crossterm::event::{KeyCode, KeyEvent};

use crate::app::App;
use crate::app::dialog::{Answer, Dialog};
use crate::layout::Pane;
use crate::sessions::report::{Line, lines, side, told_in_short};
use crate::sessions::{Comparison, Name, Verdict};

/// Lines of the box that are no part of the list: border, sentence, names, foot.
const AROUND: usize = 5;
/// Lines that Page up and Page down move by, at least.
const PAGE: usize = 4;

/// The view.
#[derive(Debug)]
pub(crate) struct CompareView {
    pub(crate) names: [String; 2],
    pub(crate) sentence: String,
    pub(crate) comparison: Comparison,
    pub(crate) lines: Vec<Line>,
    /// The pair under the cursor.
    pub(crate) selected: usize,
    /// The first line on screen.
    pub(crate) top: usize,
    /// Lines on screen.
    pub(crate) height: usize,
}

impl CompareView {
    fn new(name: &Name, comparison: Comparison) -> Self {
        Self::of([name.to_string(), "this session".to_owned()], comparison)
    }

    /// Two sessions with these names, the right one among the rows of the live conversation.
    pub(in crate::app) fn of(names: [String; 2], comparison: Comparison) -> Self {
        let selected = comparison.pairs.iter().position(|pair| pair.verdict != Verdict::Same).unwrap_or(0);
        Self {
            names,
            sentence: told_in_short(&comparison),
            lines: lines(&comparison),
            comparison,
            selected,
            top: 0,
            height: 1,
        }
    }

    /// Lays it out for a screen of that size: all lines of the selected pair are in view, if they fit.
    pub(crate) fn prepare(&mut self, (_, rows): (u16, u16)) {
        self.height = usize::from(rows).saturating_sub(AROUND + 2).max(1);
        let of_selected = |line: &Line| line.pair == self.selected;
        let first = self.lines.iter().position(of_selected).unwrap_or(0);
        let last = self.lines.iter().rposition(of_selected).unwrap_or(first);
        let lowest = (last + 1).saturating_sub(self.height);
        let end = self.lines.len().saturating_sub(self.height);
        self.top = self.top.clamp(lowest.min(first), first).min(end);
    }

    pub(crate) fn key(&mut self, key: KeyEvent) -> Answer {
        let last = self.comparison.pairs.len().saturating_sub(1);
        let page = (self.height / 2).max(PAGE);
        match key.code {
            KeyCode::Up | KeyCode::Char('k') => self.selected = self.selected.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => self.selected = (self.selected + 1).min(last),
            KeyCode::PageUp => self.selected = self.selected.saturating_sub(page),
            KeyCode::PageDown => self.selected = (self.selected + page).min(last),
            KeyCode::Home | KeyCode::Char('g') => self.selected = 0,
            KeyCode::End | KeyCode::Char('G') => self.selected = last,
            KeyCode::Char('n') => self.find(true),
            KeyCode::Char('N') => self.find(false),
            KeyCode::Enter => return Answer::ToRow(self.row()),
            _ => {}
        }
        Answer::None
    }

    /// To the next difference, around the end.
    fn find(&mut self, forward: bool) {
        let count = self.comparison.pairs.len();
        let step = |by: usize| if forward { self.selected + by } else { self.selected + count - by };
        let found = (1..=count).map(|by| step(by) % count);
        let differs = |at: &usize| self.comparison.pairs[*at].verdict != Verdict::Same;
        if let Some(at) = { found }.find(differs) {
            self.selected = at;
        }
    }

    /// The row of the live conversation that the selected pair is about: the reply if that is different, else the
    /// command; of a pair that is not there, the one before it.
    fn row(&self) -> Option<u64> {
        let pairs = &self.comparison.pairs;
        let here = pairs.get(self.selected)?;
        let near = pairs[..=self.selected].iter().rev().filter(|pair| side(pair) == side(here));
        let exchange = { near }.find_map(|pair| pair.right.as_ref())?;
        let reply = exchange.reply().filter(|_| here.right.is_some() && here.verdict != Verdict::Same);
        Some(reply.map_or(exchange.id, |reply| reply.id))
    }
}

impl App {
    pub(super) fn show_comparison(&mut self, name: &Name, comparison: Comparison) {
        let mut view = CompareView::new(name, comparison);
        view.prepare(self.size);
        self.dialog = Some(Dialog::Compared(Box::new(view)));
    }

    /// Goes to a row of the live conversation.
    pub(in crate::app) fn go_to_compared(&mut self, id: Option<u64>) {
        let Some(id) = id else {
            return self.warn("this session has no row for that");
        };
        self.dialog = None;
        self.back_to_live();
        self.focus_on(Pane::Transcript);
        let page = self.page(Pane::Transcript);
        if !self.transcript.go_to(id, page) {
            self.warn("that row is hidden or was dropped: & shows all");
        }
    }
}
