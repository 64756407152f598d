//! The strip above the panes: what a lesson wants now, what came of the step before, and why.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::text::{both_ends, fit, span};
use crate::app::App;
use crate::app::lessons::{About, Guide, Note};

/// Shortest of what is pressed or typed that is marked where it is told of: a single letter is found in any word.
const MARKED: usize = 2;

pub(super) fn render(frame: &mut Frame, app: &App, area: Rect) {
    let Some(guide) = app.guide().filter(|_| !area.is_empty()) else { return };
    let theme = &app.theme;
    let width = usize::from(area.width).saturating_sub(2);
    let left = vec![
        span(format!(" {}  ", fit(&guide.title, width.saturating_sub(12))), theme.focus),
        span(guide.place.clone(), theme.label),
    ];
    let right = vec![span(format!("{} ", guide.keys), theme.key)];
    let mut lines = vec![both_ends(left, right, usize::from(area.width))];
    lines.extend(guide.rows(width).into_iter().map(|(about, text)| row(app, &guide, about, &text)));
    for (line, y) in lines.into_iter().zip(area.top()..area.bottom()) {
        frame.render_widget(line, Rect { y, height: 1, ..area });
    }
}

fn row(app: &App, guide: &Guide, about: About, text: &str) -> Line<'static> {
    let theme = &app.theme;
    let style = match (about, &guide.note) {
        (About::Say, _) => {
            let mut spans = vec![Span::raw(" ")];
            spans.extend(marked(text, &guide.presses, theme.text, theme.key));
            return Line::from(spans);
        }
        (About::Note, Some(Note::Done(_))) => theme.ok,
        (About::Note, Some(Note::Wrong(_))) => theme.warning,
        (About::Note, _) => theme.more,
        (About::Why, _) => theme.dim,
    };
    Line::from(span(format!(" {text}"), style))
}

/// The text, what is to be pressed and typed apart from what is said about it.
fn marked(text: &str, presses: &[String], plain: Style, mark: Style) -> Vec<Span<'static>> {
    let mut spans = Vec::new();
    let mut rest = text;
    loop {
        let found = presses.iter().filter(|press| press.len() >= MARKED);
        let found = found.filter_map(|press| Some((rest.find(press.as_str())?, press.len())));
        // The first one, and of several there the longest.
        let Some((at, length)) = found.min_by_key(|(at, length)| (*at, usize::MAX - length)) else { break };
        spans.push(span(&rest[..at], plain));
        spans.push(span(&rest[at..at + length], mark));
        rest = &rest[at + length..];
    }
    spans.push(span(rest, plain));
    spans
}

#[cfg(test)]
mod tests {
    use ratatui::style::Modifier;

    use super::*;

    #[test]
    fn what_is_to_be_typed_is_marked_and_no_letter_is_lost() {
        let mark = Style::new().add_modifier(Modifier::BOLD);
        let presses = ["^X 4", "MAIL", "MAIL FROM:<a@b>", "d"].map(str::to_owned);
        let of = |text: &str| {
            let spans = marked(text, &presses, Style::new(), mark);
            let whole: String = spans.iter().map(|span| span.content.as_ref()).collect();
            assert_eq!(whole, text);
            spans.iter().filter(|span| span.style == mark).map(|span| span.content.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(of("Go (^X 4), add MAIL FROM:<a@b>."), ["^X 4", "MAIL FROM:<a@b>"]);
        assert_eq!(of("nothing here"), Vec::<String>::new());
        assert_eq!(of(""), Vec::<String>::new());
    }
}
