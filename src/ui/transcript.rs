//! The transcript pane: only the rows on screen are looked at, however many there are.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr;

use super::pane;
use super::text::{fit, left, right, span};
use crate::app::App;
use crate::app::transcript::{Place, TimeMode};
use crate::layout::Pane;
use crate::transcript::text::{lapse, since_start};
use crate::transcript::{Class, Cut, Direction, Entry, EntryKind};
use crate::wire::Side;

/// A reply that took this long is marked.
const SLOW: Duration = Duration::from_secs(1);
/// And this long, twice.
const VERY_SLOW: Duration = Duration::from_secs(5);

pub(super) fn render(frame: &mut Frame, app: &App, area: Rect) {
    let log = &app.transcript;
    let focused = app.focus == Pane::Transcript;
    let inner = pane::render(frame, app, area, focused, "2 Transcript", &note(app));
    if log.len() == 0 {
        frame.render_widget(Paragraph::new(nothing(app, usize::from(inner.width))), inner);
        return;
    }
    let cursor = log.cursor();
    let mut before = None;
    for (index, place) in log.on_screen(usize::from(inner.height)).into_iter().enumerate() {
        let row = Rect { y: inner.y + index as u16, height: 1, ..inner };
        let Some(entry) = log.store.get(place.id) else { continue };
        let selected = cursor == Some(place) && focused;
        let line = if place.line == 0 {
            summary_row(app, &entry, usize::from(row.width), selected, before)
        } else {
            inner_line(app, &entry, place, usize::from(row.width))
        };
        before = Some(entry.at());
        frame.render_widget(line, row);
        if selected {
            frame.buffer_mut().set_style(row, app.theme.selected);
        }
    }
}

/// What stands in an empty transcript: before anything was said, what a mail needs.
fn nothing(app: &App, width: usize) -> Vec<Line<'static>> {
    let theme = &app.theme;
    let dim = |text: &str| Line::from(span(fit(text, width), theme.dim));
    if app.transcript.hiding {
        return vec![dim("No row matches; & shows all again.")];
    }
    let mut lines = vec![dim("Nothing was said yet. F5 sends the mail in the form."), Line::default()];
    lines.push(dim("A mail needs three things:"));
    for need in app.needs() {
        let (mark, style) = match need.met {
            Some(true) => ("+", theme.ok),
            Some(false) => ("!", theme.warning),
            None => ("?", theme.dim),
        };
        lines.push(Line::from(span(fit(&format!("{mark} {:<8} {}", need.name, need.text), width), style)));
    }
    lines
}

fn note(app: &App) -> String {
    let log = &app.transcript;
    let filter = match (log.wanted_text.is_empty(), log.hiding) {
        (true, _) => String::new(),
        (false, true) => format!("only {} ", log.wanted_text),
        (false, false) => format!("/{} ", log.wanted_text),
    };
    let follow = match (log.follow, log.unseen()) {
        (true, _) => "follow".to_owned(),
        (false, 0) => "paused".to_owned(),
        (false, new) => format!("paused +{new}"),
    };
    let cut = log.store.cut();
    let cut = if cut == Cut::default() { String::new() } else { format!(" ({cut})") };
    format!("{filter}{follow} {}/{}{cut}", log.position(), log.len())
}

fn summary_row(app: &App, entry: &Entry<'_>, width: usize, selected: bool, before: Option<Duration>) -> Line<'static> {
    let theme = &app.theme;
    let (word, style) = class(app, entry);
    let wanted = app.transcript.is_wanted(entry);
    let mark = if selected {
        ">"
    } else if wanted {
        "*"
    } else {
        " "
    };
    let time = time(app, entry, before);
    let pause = entry.lapse().map(waited).unwrap_or_default();
    let tail_width = if width >= 60 {
        15
    } else if width >= 44 {
        12
    } else {
        5
    };
    let tail = match (width, word.is_empty() && pause.is_empty()) {
        (_, true) => String::new(),
        (44.., false) => format!("{} {}", right(&pause, tail_width - 5), left(word, 4)),
        (_, false) => format!(" {}", left(word, 4)),
    };
    let side = if both_sides(app) { if entry.side() == Side::Smtp { "S" } else { "P" } } else { "" };
    let head = format!("{mark}{time}{side}{} ", entry.marks());
    let room = width.saturating_sub(head.width() + tail.width() + usize::from(!tail.is_empty()));
    let text_style = direction_style(app, entry);
    let text = summary(entry, room);
    let text = if tail.is_empty() { text } else { left(&text, room) + " " };
    let mut spans = vec![span(head, if entry.tls() { theme.tls } else { theme.dim }), span(text, text_style)];
    if !tail.is_empty() {
        spans.push(span(tail, style));
    }
    Line::from(spans)
}

/// The entry in one row; how many lines it folds is said even when the first line is cut.
fn summary(entry: &Entry<'_>, room: usize) -> String {
    let more = entry.line_count().saturating_sub(1);
    if entry.kind() != EntryKind::Reply || more == 0 {
        return fit(&entry.summary(), room);
    }
    let folded = format!(" (+{more})");
    let first = entry.lines().next().unwrap_or_default();
    fit(&first, room.saturating_sub(folded.len())) + &folded
}

/// Whether rows of both conversations are there, so that each must say to which it belongs.
fn both_sides(app: &App) -> bool {
    app.links.smtp.number > 0 && app.links.pop3.number > 0
}

fn inner_line(app: &App, entry: &Entry<'_>, place: Place, width: usize) -> Line<'static> {
    let text = entry.lines_from(place.line - 1).next().unwrap_or_default();
    let indent = "     | ";
    Line::from(vec![
        span(indent, app.theme.dim),
        span(fit(&text, width.saturating_sub(indent.len())), direction_style(app, entry)),
    ])
}

fn direction_style(app: &App, entry: &Entry<'_>) -> Style {
    match entry.direction() {
        Direction::Sent => app.theme.sent,
        Direction::Received => app.theme.received,
        Direction::Event => app.theme.event,
        Direction::Error => app.theme.permanent,
    }
}

fn class(app: &App, entry: &Entry<'_>) -> (&'static str, Style) {
    let theme = &app.theme;
    match entry.class() {
        None => ("", theme.text),
        Some(class) => {
            let style = match class {
                Class::Ok => theme.ok,
                Class::More => theme.more,
                Class::Temp => theme.temporary,
                Class::Perm | Class::Err => theme.permanent,
            };
            (class.word(), style)
        }
    }
}

fn waited(wait: Duration) -> String {
    let mark = if wait >= VERY_SLOW {
        "!!"
    } else if wait >= SLOW {
        "!"
    } else {
        ""
    };
    format!("{}{mark}", lapse(wait).replace(' ', ""))
}

fn time(app: &App, entry: &Entry<'_>, before: Option<Duration>) -> String {
    match app.transcript.time {
        TimeMode::SinceStart => right(&short(since_start(entry.at())), 7) + " ",
        TimeMode::SinceLast => {
            right(&short(since_start(entry.at().saturating_sub(before.unwrap_or(entry.at())))), 7) + " "
        }
        TimeMode::Clock => {
            let at = app.started.wall.saturating_add(jiff::SignedDuration::try_from(entry.at()).unwrap_or_default());
            at.strftime("%H:%M:%S ").to_string()
        }
        TimeMode::Off => String::new(),
    }
}

/// A time in seven cells: the longer it is, the fewer decimals.
fn short(time: String) -> String {
    match time.find('.') {
        Some(point) if point <= 7 && time.len() > 7 => time[..7].trim_end_matches('.').to_owned(),
        _ => time,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_times_lose_decimals_not_digits() {
        for (milliseconds, text) in
            [(27, "+0.027"), (99_999, "+99.999"), (110_834, "+110.83"), (9_999_950, "+9999.9"), (99_999_000, "+99999")]
        {
            assert_eq!(short(since_start(Duration::from_millis(milliseconds))), text);
        }
    }
}
