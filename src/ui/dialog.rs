//! What lies on top: dialogs and the leader popup.

mod connect;
mod many;
mod pick;

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;
use ratatui::widgets::{Block, Paragraph};
use tui_input::Input;
use unicode_width::UnicodeWidthStr;

use super::Caret;
use super::text::{fit, left, span, wrap};
use crate::app::App;
use crate::app::dialog::menu::Row;
use crate::app::dialog::{ActionList, Card, Dialog, Menu, Question};
use crate::keymap::{Chord, Scope};
use crate::layout::{centred, inside};

/// Draws what lies on top. `Some` when something does: the caret is there or nowhere.
pub(super) fn render(frame: &mut Frame, app: &App, area: Rect) -> Option<Caret> {
    if let Some(typed) = &app.leader {
        leader(frame, app, area, typed);
        return Some(None);
    }
    match app.dialog.as_ref()? {
        Dialog::Menu(it) => menu(frame, app, area, it),
        Dialog::Question(it) => return Some(question(frame, app, area, it)),
        Dialog::Browser(it) => return Some(super::compose::browser::render(frame, app, area, it)),
        Dialog::Many(it) => return Some(many::render(frame, app, area, it)),
        Dialog::Card(it) => card(frame, app, area, it),
        Dialog::Compared(it) => super::sessions::render(frame, app, area, it),
        Dialog::Pick(it) => pick::render(frame, app, area, it),
        Dialog::Actions(it) => return Some(actions(frame, app, area, it)),
        Dialog::Connect(it) => return Some(connect::render(frame, app, area, it)),
    }
    Some(None)
}

/// A framed box in the middle; returns its inside.
pub(super) fn open(frame: &mut Frame, app: &App, area: Rect, width: usize, height: usize, title: &str) -> Rect {
    let size = |cells: usize| u16::try_from(cells + 2).unwrap_or(u16::MAX);
    let at = centred(area, size(width + 2), size(height));
    super::clear(frame, app, at);
    let title = fit(&format!(" {title} "), usize::from(at.width.saturating_sub(2)));
    let block = Block::bordered()
        .border_set(app.theme.borders())
        .border_style(app.theme.focus)
        .title(Line::from(span(title, app.theme.focus)));
    frame.render_widget(block, at);
    let inner = inside(at);
    Rect { x: inner.x + 1.min(inner.width), width: inner.width.saturating_sub(2), ..inner }
}

fn menu(frame: &mut Frame, app: &App, area: Rect, menu: &Menu) {
    let theme = &app.theme;
    let width = usize::from(menu.area.width.saturating_sub(4));
    let inner = open(frame, app, area, width, menu.rows.len(), &menu.title);
    let line = |row: &Row| match row {
        Row::Text(text) => Line::from(span(text.clone(), theme.text)),
        Row::More(text) => Line::from(span(fit(text, width), theme.dim)),
        Row::Answer(index, text) if *index == menu.selected => {
            let shown = if text.starts_with("  ") { text.replacen(' ', ">", 1) } else { text.clone() };
            Line::from(span(left(&shown, usize::from(inner.width)), theme.selected))
        }
        Row::Answer(_, text) => Line::from(span(left(text, usize::from(inner.width)), theme.text)),
    };
    frame.render_widget(Paragraph::new(menu.rows.iter().map(line).collect::<Vec<Line>>()), inner);
}

fn question(frame: &mut Frame, app: &App, area: Rect, question: &Question) -> Caret {
    let theme = &app.theme;
    let width = usize::from(area.width).saturating_sub(8).clamp(10, 84);
    let hint = question.error.as_deref().unwrap_or(&question.hint);
    let style = if question.error.is_some() { theme.warning } else { theme.dim };
    let lines = wrap(hint, width);
    let inner = open(frame, app, area, width, 1 + lines.len(), &question.title);
    let at = Rect { height: 1.min(inner.height), ..inner };
    let caret = if question.purpose.is_secret() {
        Some(dots(frame, app, at, &question.input))
    } else {
        super::compose::input_line(frame, at, &question.input, true, theme.text, None)
    };
    let below = Rect { y: inner.y + 1.min(inner.height), height: inner.height.saturating_sub(1), ..inner };
    let text: Vec<Line> = lines.into_iter().map(|line| Line::from(span(line, style))).collect();
    frame.render_widget(Paragraph::new(text), below);
    caret
}

/// A secret as dots. Where the caret is.
fn dots(frame: &mut Frame, app: &App, at: Rect, input: &Input) -> Position {
    let dots = "*".repeat(input.value().chars().count());
    let shown = super::text::take(&dots, usize::from(at.width.saturating_sub(1)));
    let x = at.x + u16::try_from(shown.width()).unwrap_or(0);
    frame.render_widget(Line::from(span(shown, app.theme.text)), at);
    Position { x, y: at.y }
}

fn card(frame: &mut Frame, app: &App, area: Rect, card: &Card) {
    let inner = open(frame, app, area, Card::width(area.width), card.height + 1, &card.title);
    let shown = card.broken.iter().skip(card.scroll).take(card.height);
    let text: Vec<Line> = shown.map(|line| Line::from(span(line.clone(), app.theme.text))).collect();
    frame.render_widget(Paragraph::new(text), inner);
    let at = Rect { y: inner.bottom().saturating_sub(1), height: 1.min(inner.height), ..inner };
    frame.render_widget(Line::from(span(fit(&card.foot(), usize::from(at.width)), app.theme.dim)), at);
}

fn actions(frame: &mut Frame, app: &App, area: Rect, list: &ActionList) -> Caret {
    let theme = &app.theme;
    let width = usize::from(area.width).saturating_sub(6).clamp(10, 100);
    let height = usize::from(area.height).saturating_sub(5).clamp(3, 40);
    let inner = open(frame, app, area, width, height, list.title);
    let line = |y: u16| Rect { y: inner.y + y, height: u16::from(y < inner.height), ..inner };
    let found = super::compose::input_line(
        frame,
        line(0),
        &list.input,
        true,
        theme.text,
        Some(("type to search, Enter runs, Esc leaves", theme.dim)),
    );
    let rows = usize::from(inner.height.saturating_sub(1));
    let first = (list.selected + 1).saturating_sub(rows);
    let keys_width = 16.min(usize::from(inner.width) / 3);
    for (index, entry) in list.matches().enumerate().skip(first).take(rows) {
        let selected = index == list.selected;
        let group = if list.grouped && inner.width > 90 { left(entry.group, 20) + " " } else { String::new() };
        let reason = entry.unavailable.map(|why| format!(" ({why})")).unwrap_or_default();
        let text = format!("{group}{} {}{reason}", left(&entry.keys, keys_width), entry.text);
        let style = if entry.unavailable.is_some() { theme.dim } else { theme.text };
        let at = line(u16::try_from(index - first + 1).unwrap_or(u16::MAX));
        frame.render_widget(
            Line::from(span(left(&text, usize::from(inner.width)), if selected { theme.selected } else { style })),
            at,
        );
    }
    found
}

/// The keys that may follow, at once.
fn leader(frame: &mut Frame, app: &App, area: Rect, typed: &[Chord]) {
    let theme = &app.theme;
    let mut entries: Vec<(String, &str)> = Vec::new();
    let leaders = app
        .keymap
        .bindings()
        .iter()
        .filter(|binding| binding.scope == Scope::Leader && binding.keys.starts_with(typed));
    for binding in leaders {
        let rest = &binding.keys[typed.len()..];
        let key = rest.first().map(Chord::to_string).unwrap_or_default();
        let word = match (rest.len(), key.as_str()) {
            (1, _) => binding.action.info().short,
            (_, "d") => "mailbox ...",
            _ => "move ...",
        };
        if !entries.iter().any(|(known, _)| *known == key) {
            entries.push((key, word));
        }
    }
    entries.sort_by_key(|(key, _)| (key.to_lowercase(), key.clone()));
    let columns = (usize::from(area.width).saturating_sub(6) / 20).max(1);
    let rows = entries.len().div_ceil(columns);
    let inner = open(frame, app, area, columns * 20, rows, "Ctrl-X, then");
    for (index, (key, word)) in entries.into_iter().enumerate() {
        let (column, row) = (index / rows, index % rows);
        let at =
            Rect { x: inner.x + (column * 20) as u16, y: inner.y + row as u16, width: 19.min(inner.width), height: 1 }
                .intersection(inner);
        frame.render_widget(Line::from(vec![span(left(&key, 6), theme.key), span(word, theme.text)]), at);
    }
}
