//! The steps of a conversation, in the place of the pane that it belongs to: what was said, what is next, what is left,
//! and below them what is to be known of the one under the cursor.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;
use unicode_width::UnicodeWidthStr;

use super::pane;
use super::text::{both_ends, fit, left, span, wrap};
use crate::app::App;
use crate::app::stepping::{Mark, StepLine, View};
use crate::wire::Side;

pub(super) fn render(frame: &mut Frame, app: &App, area: Rect, side: Side) {
    let view = app.step_view(side);
    let focused = app.steps_focused();
    let title = match side {
        Side::Smtp => "1 Steps of the send",
        Side::Pop3 => "3 Steps of the visit",
    };
    let inner = pane::render(frame, app, area, focused, title, &note(&view));
    let height = usize::from(inner.height);
    let about = view.about_rows(height, usize::from(inner.width));
    let list = height - about;
    let top = view.top(list);
    for (line, (index, step)) in view.lines.iter().enumerate().skip(top).take(list).enumerate() {
        let at = Rect { y: inner.y + u16::try_from(line).unwrap_or(0), height: 1, ..inner };
        frame.render_widget(row(app, step, usize::from(inner.width)), at);
        if view.cursor == Some(index) {
            frame.buffer_mut().set_style(at, if focused { app.theme.selected } else { app.theme.selected_unfocused });
        }
    }
    let below = Rect {
        y: inner.y + u16::try_from(list).unwrap_or(0),
        height: inner.height - u16::try_from(list).unwrap_or(0),
        ..inner
    };
    render_about(frame, app, &view, below);
}

/// How far one is.
fn note(view: &View) -> String {
    if view.running {
        return "running: ^C stops".to_owned();
    }
    match view.next {
        Some(next) => format!("step {} of {}", next + 1, view.lines.len()),
        None => format!("{} sent", view.lines.len()),
    }
}

fn row(app: &App, step: &StepLine, width: usize) -> Line<'static> {
    let theme = &app.theme;
    let (mark, style) = match step.mark {
        Mark::Good => ("+", theme.ok),
        Mark::Refused => ("x", theme.permanent),
        Mark::Pending => ("~", theme.more),
        Mark::Next => (">", theme.focus),
        Mark::Due => (".", theme.text),
        Mark::Out => ("-", theme.dim),
    };
    let tail_style: Style = if step.warning.is_some() { theme.warning } else { style };
    let mut tail = if step.tail.is_empty() { String::new() } else { format!(" {} ", step.tail) };
    // What was said and answered goes before how long that took.
    if !step.lapse.is_empty() && 3 + step.text.width() + tail.width() + step.lapse.width() < width {
        tail = format!("{tail}{} ", step.lapse);
    }
    let room = width.saturating_sub(3 + tail.width());
    let text = if tail.is_empty() { fit(&step.text, room) } else { left(&step.text, room) };
    let words = match step.mark {
        Mark::Good | Mark::Pending => theme.sent,
        _ => style,
    };
    both_ends(vec![span(format!(" {mark} "), style), span(text, words), span(tail, tail_style)], Vec::new(), width)
}

fn render_about(frame: &mut Frame, app: &App, view: &View, area: Rect) {
    let theme = &app.theme;
    let width = usize::from(area.width);
    if area.height == 0 {
        return;
    }
    let mut lines: Vec<Line> = Vec::new();
    if area.height > 2 {
        let rule = if theme.ascii { "-" } else { "─" };
        lines.push(Line::from(span(rule.repeat(width), theme.border)));
    }
    let about = view.about();
    let last = about.len().saturating_sub(1);
    for (index, (text, warns)) in about.iter().enumerate() {
        let style = if *warns { theme.warning } else { theme.text };
        let room = usize::from(area.height).saturating_sub(lines.len() + last.saturating_sub(index));
        for line in broken(text, width.saturating_sub(2), room) {
            lines.push(Line::from(span(format!(" {line}"), style)));
        }
    }
    for text in &view.notes {
        let room = usize::from(area.height).saturating_sub(lines.len());
        for line in broken(text, width.saturating_sub(2), room) {
            lines.push(Line::from(span(format!(" {line}"), theme.dim)));
        }
    }
    lines.truncate(usize::from(area.height));
    frame.render_widget(ratatui::widgets::Paragraph::new(lines), area);
}

/// Text in at most `most` lines; what does not fit is cut where it shows.
fn broken(text: &str, width: usize, most: usize) -> Vec<String> {
    let mut lines = wrap(text, width);
    if lines.len() > most && most > 0 {
        let rest = lines.split_off(most - 1).join(" ");
        lines.push(fit(&rest, width));
    }
    lines.truncate(most);
    lines
}
