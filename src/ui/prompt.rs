//! The command line, and under it what the last reply means.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr;

use super::Caret;
use super::text::{both_ends, fit, span, wrap};
use crate::app::App;
use crate::layout::Pane;
use crate::wire::printable;

pub(super) fn render(frame: &mut Frame, app: &App, area: Rect) -> Caret {
    let theme = &app.theme;
    let focused = app.focus == Pane::Prompt;
    let mark = if focused { ">" } else { " " };
    let name = format!("{mark}{}> ", app.prompt.side.name());
    let width = usize::from(area.width);
    let input = &app.prompt.input;
    let (shown, caret) = shown(app);
    let mut spans = vec![span(name.clone(), if focused { theme.focus } else { theme.label })];
    let scroll = (name.width() + caret + 1).saturating_sub(width);
    spans.push(span(shown.chars().skip(scroll).collect::<String>(), theme.sent));
    let suggestion = app.suggestion().filter(|_| app.links.of(app.prompt.side).is_up());
    let mut right = Vec::new();
    if let Some(suggestion) = suggestion {
        let typed = input.value();
        if typed.is_empty() || crate::app::prompt::starts(&suggestion.line, typed) {
            let ghost = suggestion.line.get(typed.len()..).unwrap_or_default();
            let ghost = printable::text(ghost).into_owned();
            let room = width.saturating_sub(name.width() + shown.width());
            spans.push(span(fit(&ghost, room), theme.dim));
            right.push(span(if focused { "Tab takes it " } else { "F8 takes it " }, theme.dim));
        }
    }
    if let Some(hint) = app.prompt_hint() {
        let used: usize = spans.iter().map(ratatui::text::Span::width).sum();
        right = vec![span(format!("{} ", fit(&hint, width.saturating_sub(used + 3))), theme.warning)];
    }
    frame.render_widget(both_ends(spans, right, width), area);
    let x = area.x + u16::try_from(name.width() + caret - scroll).unwrap_or(0).min(area.width.saturating_sub(1));
    (focused && app.dialog.is_none()).then_some(Position { x, y: area.y })
}

/// The line as it may be shown, secrets as dots, and the cell of the caret in it.
fn shown(app: &App) -> (String, usize) {
    let input = &app.prompt.input;
    let secret = app.prompt.secret_from(&app.links).unwrap_or(usize::MAX);
    let mut shown = String::new();
    let mut caret = 0;
    for (index, character) in input.value().chars().enumerate() {
        if index == input.cursor() {
            caret = shown.width();
        }
        if index >= secret {
            shown.push('*');
        } else {
            shown.push_str(&printable::text(character.encode_utf8(&mut [0; 4])));
        }
    }
    if input.cursor() >= input.value().chars().count() {
        caret = shown.width();
    }
    (shown, caret)
}

pub(super) fn render_explain(frame: &mut Frame, app: &App, area: Rect) {
    if area.height == 0 {
        return;
    }
    let theme = &app.theme;
    let width = usize::from(area.width);
    let Some(explained) = app.explained_now() else {
        let hint = " What the server's last reply means will stand here.";
        frame.render_widget(Line::from(span(fit(hint, width), theme.dim)), area);
        return;
    };
    let style = match explained.card.class {
        "OK" => theme.ok,
        "MORE" => theme.more,
        "TEMP" => theme.temporary,
        "" => theme.dim,
        _ => theme.permanent,
    };
    let text = format!(" {}", explained.card.line());
    let lines = if area.height == 1 {
        vec![both_ends(vec![span(fit(&text, width.saturating_sub(5)), style)], vec![span(" [e]", theme.key)], width)]
    } else {
        let mut lines: Vec<Line> = wrap(text.trim_start(), width.saturating_sub(2))
            .into_iter()
            .map(|line| Line::from(span(format!(" {line}"), style)))
            .collect();
        if lines.len() < usize::from(area.height) {
            let likely = format!(" {}", explained.card.likely());
            lines.push(both_ends(
                vec![span(fit(&likely, width.saturating_sub(16)), theme.dim)],
                vec![span("e: full card ", theme.key)],
                width,
            ));
        }
        lines
    };
    frame.render_widget(Paragraph::new(lines), area);
}
