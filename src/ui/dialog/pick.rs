//! Draws a list to choose from.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use unicode_width::UnicodeWidthStr;

use super::super::text::{fit, left, span, wrap};
use crate::app::App;
use crate::app::dialog::Picker;

/// Lines below the list that tell of the row under the cursor.
const TOLD: usize = 2;

pub(super) fn render(frame: &mut Frame, app: &App, area: Rect, picker: &Picker) {
    let theme = &app.theme;
    let width = usize::from(area.width).saturating_sub(6).clamp(10, 110);
    let widths = widths(picker);
    let text = |columns: &mut dyn Iterator<Item = &str>| joined(columns, &widths);
    let cut = picker.rows.iter().any(|row| text(&mut row.iter().map(String::as_str)).width() > width);
    // What has no room in its row is told in full below the list.
    let told = if cut && area.height > 12 { TOLD } else { 0 };
    let height = (picker.rows.len() + 2 + told).clamp(3, usize::from(area.height).saturating_sub(4).max(3));
    let inner = super::open(frame, app, area, width, height, &picker.title);
    let line = |y: usize| Rect {
        y: inner.y + u16::try_from(y).unwrap_or(u16::MAX).min(inner.height),
        height: u16::from(y < usize::from(inner.height)),
        ..inner
    };
    let cells = usize::from(inner.width);
    let rows = usize::from(inner.height).saturating_sub(2 + told);
    let place = format!("{}/{}", picker.selected + 1, picker.rows.len());
    let place = if picker.rows.len() > rows { place } else { String::new() };
    let heading = left(&text(&mut picker.headings.iter().copied()), cells.saturating_sub(place.width())) + &place;
    frame.render_widget(Line::from(span(heading, theme.dim)), line(0));
    let first = (picker.selected + 1).saturating_sub(rows);
    for (index, row) in picker.rows.iter().enumerate().skip(first).take(rows) {
        let style = if index == picker.selected { theme.selected } else { theme.text };
        let shown = left(&text(&mut row.iter().map(String::as_str)), cells);
        frame.render_widget(Line::from(span(shown, style)), line(index - first + 1));
    }
    let last = picker.rows.get(picker.selected).and_then(|row| row.last()).map_or("", String::as_str);
    for (index, words) in wrap(last, cells).into_iter().take(told).enumerate() {
        frame.render_widget(Line::from(span(words, theme.text)), line(rows + 1 + index));
    }
    let foot = line(usize::from(inner.height).saturating_sub(1));
    frame.render_widget(Line::from(span(fit(picker.foot, cells), theme.dim)), foot);
}

/// The columns but for the last, none wider than what stands in it.
fn widths(picker: &Picker) -> Vec<usize> {
    let widest = |column: usize| {
        let cells = picker.rows.iter().filter_map(|row| row.get(column)).map(String::as_str);
        cells.chain(picker.headings.get(column).copied()).map(UnicodeWidthStr::width).max().unwrap_or(0)
    };
    picker.widths.iter().enumerate().map(|(column, most)| widest(column).min(*most)).collect()
}

/// The cells of a row beside each other; the last column takes what is left.
fn joined(columns: &mut dyn Iterator<Item = &str>, widths: &[usize]) -> String {
    let mut row = String::new();
    for (index, cell) in columns.enumerate() {
        match widths.get(index) {
            // What no row says anything in takes no room.
            Some(0) => {}
            Some(width) => row.extend([left(&fit(cell, *width), *width).as_str(), "  "]),
            None => row.extend([cell, "  "]),
        }
    }
    row.trim_end().to_owned()
}
