//! The wire tab: the exact bytes, with what is remarkable about them.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::app::App;
use crate::ui::text::{fit, span};

pub(super) fn wire(app: &App, area: Rect) -> Vec<Line<'static>> {
    let (preview, theme, width) = (&app.compose.preview, &app.theme, usize::from(area.width));
    if let Some(problem) = &preview.problem {
        return crate::ui::text::wrap(problem, width)
            .into_iter()
            .map(|line| Line::from(span(line, theme.warning)))
            .collect();
    }
    let bits = if preview.eight_bit { "8 bit" } else { "7 bit" };
    let figures = format!("exact bytes: {bits}, longest line {}, {} stuffed", preview.longest, preview.stuffed);
    let mut lines = vec![Line::from(span(fit(&figures, width), theme.dim))];
    if preview.scroll == 0 {
        lines.extend(preview.lints.iter().map(|lint| Line::from(span(fit(lint, width), theme.warning))));
    }
    for line in preview.lines.iter().skip(preview.scroll).take(usize::from(area.height)) {
        let note = line.note.map(|note| format!("  <- {note}")).unwrap_or_default();
        let style = if line.command { theme.sent } else { theme.text };
        let text = fit(&line.text, width.saturating_sub(note.width()).max(width / 2));
        let mut spans: Vec<Span> = vec![span(text, style)];
        if !note.is_empty() {
            spans.push(span(note, theme.warning));
        }
        lines.push(Line::from(spans));
    }
    lines
}
