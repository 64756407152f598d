//! The transcript pane: only the rows on screen are looked at, however many there are.

mod bytes;
mod row;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr;

use super::pane;
use super::text::{fit, span};
use crate::app::App;
use crate::app::transcript::TimeMode;
use crate::layout::Pane;
use crate::transcript::Cut;
use row::Lines;

/// Columns of the frame, the title and the blanks around the note.
const TITLE: usize = 22;
/// What is looked for has at least so many columns of the note.
const FILTER: usize = 12;

pub(super) fn render(frame: &mut Frame, app: &App, area: Rect) {
    let log = &app.transcript;
    let focused = app.focus == Pane::Transcript;
    let room = usize::from(area.width).saturating_sub(TITLE);
    let inner = pane::render(frame, app, area, focused, &app.transcript_title(), &note(app, room));
    if log.len() == 0 {
        frame.render_widget(Paragraph::new(nothing(app, usize::from(inner.width))), inner);
        return;
    }
    let octets = log.bytes_rows(usize::from(inner.height)) as u16;
    let rows = Rect { height: inner.height - octets, ..inner };
    render_rows(frame, app, rows, focused);
    if octets > 0 {
        bytes::render(frame, app, Rect { y: rows.bottom(), height: octets, ..inner });
    }
}

fn render_rows(frame: &mut Frame, app: &App, area: Rect, focused: bool) {
    let log = &app.transcript;
    let cursor = log.cursor();
    let mut lines = Lines::default();
    for (index, place) in log.on_screen(usize::from(area.height)).into_iter().enumerate() {
        let row = Rect { y: area.y + index as u16, height: 1, ..area };
        let Some(entry) = log.store.get(place.id) else { continue };
        let here = cursor == Some(place) && focused;
        let line = if place.line == 0 {
            row::summary_row(app, &entry, usize::from(row.width), here)
        } else {
            row::inner_line(app, &entry, &lines.get(&entry, place), usize::from(row.width), here)
        };
        frame.render_widget(line, row);
        if here {
            frame.buffer_mut().set_style(row, app.theme.selected);
        } else if log.is_in_selection(place.id) {
            frame.buffer_mut().set_style(row, app.theme.selected_unfocused);
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

/// What is special about the pane, in `room` columns: what is looked for is cut first.
fn note(app: &App, room: usize) -> String {
    let log = &app.transcript;
    let cut = log.store.cut();
    let mut rest: Vec<String> = Vec::new();
    rest.extend(log.progress().map(|(work, percent)| format!("{work} {percent} %")));
    rest.extend(log.is_selecting().then(|| format!("{} selected", crate::app::grouped(log.selection_len() as u64))));
    rest.extend(match log.time {
        TimeMode::SinceLast => Some("time:step".to_owned()),
        TimeMode::Clock => Some(app.shown_start().strftime("time:%Z").to_string()),
        TimeMode::SinceStart | TimeMode::Off => None,
    });
    rest.push(match (log.follow, log.unseen()) {
        (true, _) => "follow".to_owned(),
        (false, 0) => "paused".to_owned(),
        (false, new) => format!("paused +{new}"),
    });
    rest.push(format!("{}/{}", log.position(), log.len()));
    rest.extend((cut != Cut::default()).then(|| format!("({cut})")));
    let rest = rest.join(" ");
    let filter = match (log.wanted_text.is_empty(), log.hiding) {
        (true, _) => return rest,
        (false, true) => format!("only {}", log.wanted_text),
        (false, false) => format!("/{}", log.wanted_text),
    };
    format!("{} {rest}", fit(&filter, room.saturating_sub(rest.width() + 1).max(FILTER)))
}
