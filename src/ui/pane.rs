//! The frame of a pane: number, title, what is special about it; the focus shows without colour.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Block;
use unicode_width::UnicodeWidthStr;

use super::text::{fit, span};
use crate::app::App;

/// A note that has no more room than this is left out, rather than cut to nothing.
const NARROWEST_NOTE: usize = 12;

/// Draws the frame of a pane and returns its inside. `note` stands at the right end of the upper border.
pub(super) fn render(frame: &mut Frame, app: &App, area: Rect, focused: bool, title: &str, note: &str) -> Rect {
    let theme = &app.theme;
    let style = if focused { theme.focus } else { theme.border };
    let mark = if focused { ">" } else { " " };
    let width = usize::from(area.width).saturating_sub(2);
    let title = fit(&format!("{mark}{title} "), width);
    let room = width.saturating_sub(title.chars().count());
    let mut block =
        Block::bordered().border_set(theme.borders()).border_style(style).title(Line::from(span(title, style)));
    let whole = note.width() + 3 <= room;
    let note = format!(" {} ", fit(note, room.saturating_sub(3)));
    if note.len() > 2 && (whole || room > NARROWEST_NOTE) {
        block = block.title(Line::from(span(note, style)).right_aligned());
    }
    let inner = block.inner(area);
    frame.render_widget(block, area);
    inner
}
