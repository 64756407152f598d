//! The addresses offered below the field in which one is typed.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Block, Paragraph};
use unicode_width::UnicodeWidthStr;

use super::LABEL;
use crate::app::App;
use crate::app::compose::FormRow;
use crate::layout::{Pane, inside};
use crate::ui::text::{left, span};
use crate::wire::printable;

/// Most candidates seen at once.
const ROWS: usize = 5;

/// Draws them over what is below the field, if there are any.
pub(in crate::ui) fn render(frame: &mut Frame, app: &App, pane: Rect) {
    let (form, theme, screen) = (&app.compose, &app.theme, frame.area());
    let (offered, selected) = (form.completion.offered(), form.completion.selected);
    let inner = inside(pane);
    let row = form.rows(inner.height).iter().position(|row| *row == FormRow::Field(form.at));
    let (Some(row), false) = (row, offered.is_empty() || pane.is_empty() || app.focus != Pane::Compose) else { return };
    let first = selected.map_or(0, |index| (index + 1).saturating_sub(ROWS));
    let shown: Vec<String> =
        offered.iter().skip(first).take(ROWS).map(|text| printable::text(text).into_owned()).collect();
    let help = if selected.is_some() { " Tab takes it " } else { " Down chooses " };
    let width = shown.iter().map(|text| text.width()).max().unwrap_or(0).max(help.width()) + 2;
    let below = Rect {
        x: inner.x + LABEL.saturating_sub(1),
        y: inner.y + u16::try_from(row).unwrap_or(u16::MAX).saturating_add(1),
        width: u16::try_from(width).unwrap_or(u16::MAX),
        height: u16::try_from(shown.len() + 2).unwrap_or(u16::MAX),
    };
    let at = below.intersection(screen);
    if at.width < 4 || at.height < 3 {
        return;
    }
    crate::ui::clear(frame, app, at);
    let block = Block::bordered()
        .border_set(theme.borders())
        .border_style(theme.border)
        .title_bottom(Line::from(span(help, theme.dim)).right_aligned());
    let room = usize::from(at.width - 2);
    let line = |(index, text): (usize, &String)| {
        let style = if Some(first + index) == selected { theme.selected } else { theme.text };
        Line::from(span(left(text, room), style))
    };
    let lines: Vec<Line> = shown.iter().enumerate().map(line).collect();
    frame.render_widget(Paragraph::new(lines).block(block), at);
}
