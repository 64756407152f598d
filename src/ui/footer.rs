//! Key hints; each is a button.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::text::span;
use crate::app::{App, hints};

pub(super) fn render(frame: &mut Frame, app: &App, area: Rect) {
    let mut spans = vec![span(" ", app.theme.text)];
    for hint in hints::fitting(app) {
        spans.push(span(hint.key, app.theme.key));
        spans.push(span(format!(":{}  ", hint.word), app.theme.dim));
    }
    frame.render_widget(Line::from(spans), area);
}
