//! The strip above the panes: what a lesson wants now, what came of the step before, and why.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use super::text::{both_ends, fit, span, wrap};
use crate::app::App;
use crate::app::lessons::{Guide, Note};

pub(super) fn render(frame: &mut Frame, app: &App, area: Rect) {
    let Some(guide) = app.guide() else { return };
    let theme = &app.theme;
    let width = usize::from(area.width).saturating_sub(2);
    let left = vec![
        span(format!(" {}  ", fit(&guide.title, width.saturating_sub(12))), theme.focus),
        span(guide.place.clone(), theme.label),
    ];
    let right = vec![span(format!("{} ", guide.keys), theme.key)];
    let mut lines = vec![both_ends(left, right, usize::from(area.width))];
    for (style, text) in texts(app, &guide) {
        let broken = text.split('\n').flat_map(|line| wrap(line, width));
        lines.extend(broken.map(|line| Line::from(span(format!(" {line}"), style))));
    }
    for (line, y) in lines.into_iter().zip(area.top()..area.bottom()) {
        frame.render_widget(line, Rect { y, height: 1, ..area });
    }
}

/// What to do first, then what was said last, then why.
fn texts(app: &App, guide: &Guide) -> Vec<(Style, String)> {
    let theme = &app.theme;
    let mut texts = vec![(theme.text, guide.say.clone())];
    if let Some(note) = &guide.note {
        let style = match note {
            Note::Done(_) => theme.ok,
            Note::Wrong(_) => theme.warning,
            Note::Hint(_) => theme.more,
        };
        let (word, text) = note.parts();
        texts.push((style, format!("{word}: {text}")));
    }
    texts.push((theme.dim, format!("Why: {}", guide.why)));
    texts
}
