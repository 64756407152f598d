//! The form for many mails, a line a setting, and below what to know of the one under the caret.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::open;
use crate::app::App;
use crate::app::dialog::ManyForm;
use crate::app::dialog::many::Row;
use crate::ui::Caret;
use crate::ui::compose::input_line;
use crate::ui::text::{fit, left, span, wrap};

/// Columns of a label, its mark included.
const LABEL: u16 = 13;
/// Lines for what there is to say, a free one above.
const NOTE: usize = 4;

/// Draws the form. Where the caret is.
pub(super) fn render(frame: &mut Frame, app: &App, area: Rect, form: &ManyForm) -> Caret {
    let width = usize::from(area.width).saturating_sub(6).clamp(10, 76);
    let inner = open(frame, app, area, width, Row::ALL.len() + NOTE, "Send many");
    let rows = usize::from(inner.height).saturating_sub(NOTE).max(1);
    let at = Row::ALL.iter().position(|row| *row == form.row()).unwrap_or(0);
    let first = (at + 1).saturating_sub(rows);
    let mut caret = None;
    for (y, row) in Row::ALL.into_iter().skip(first).take(rows).enumerate() {
        let line = Rect { y: inner.y + y as u16, height: 1, ..inner }.intersection(inner);
        caret = place(frame, app, line, form, row).or(caret);
    }
    let (text, style) = match &form.error {
        Some(error) => (error.as_str(), app.theme.warning),
        None => (form.row().explanation(), app.theme.dim),
    };
    let y = (inner.y + rows.min(Row::ALL.len()) as u16 + 1).min(inner.bottom());
    let below = Rect { y, height: inner.bottom() - y, ..inner };
    let lines: Vec<Line> =
        wrap(text, usize::from(inner.width)).into_iter().map(|line| Line::from(span(line, style))).collect();
    frame.render_widget(Paragraph::new(lines), below);
    caret
}

/// One line: its label, and what stands there.
fn place(frame: &mut Frame, app: &App, at: Rect, form: &ManyForm, row: Row) -> Caret {
    let theme = &app.theme;
    let active = row == form.row();
    let (mark, style) = if active { (">", theme.focus) } else { (" ", theme.label) };
    let width = usize::from(at.width);
    if let Some(input) = form.field(row) {
        let label = left(&format!("{mark}{}", row.label()), usize::from(LABEL.min(at.width)));
        frame.render_widget(Line::from(span(label, style)), at);
        let x = LABEL.min(at.width);
        let value = Rect { x: at.x + x, width: at.width - x, ..at };
        return input_line(frame, value, input, active, theme.text, None);
    }
    let cross = if form.each { "x" } else { " " };
    let text =
        if row == Row::Each { format!("{mark}[{cross}] {}", row.label()) } else { format!("{mark}[{}]", row.label()) };
    frame.render_widget(Line::from(span(fit(&text, width), style)), at);
    active.then_some(Position { x: at.x + 2.min(at.width), y: at.y })
}
