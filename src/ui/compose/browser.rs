//! The question for a file to attach: the path, and below it what is in its folder.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::fields::input_line;
use crate::app::compose::attaching::Browser;
use crate::app::{App, ENTRIES, Entry, grouped};
use crate::ui::Caret;
use crate::ui::dialog::open;
use crate::ui::text::{fit, left, right, span};
use crate::wire::printable;

/// Most entries seen at once.
const ROWS: usize = 20;
/// Cells of a size.
const SIZE: usize = 16;

pub(in crate::ui) fn render(frame: &mut Frame, app: &App, area: Rect, browser: &Browser) -> Caret {
    let theme = &app.theme;
    let width = usize::from(area.width).saturating_sub(8).clamp(10, 90);
    let height = usize::from(area.height).saturating_sub(6).clamp(3, ROWS + 2);
    let inner = open(frame, app, area, width, height, "Attach a file");
    let line = |y: u16| Rect { y: inner.y + y, height: u16::from(y < inner.height), ..inner };
    let hint = Some(("path; Tab completes", theme.dim));
    let caret = input_line(frame, line(0), &browser.input, true, theme.text, hint);
    let rows = usize::from(inner.height).saturating_sub(2);
    let first = browser.selected.map_or(0, |index| (index + 1).saturating_sub(rows));
    for (index, entry) in browser.matches().enumerate().skip(first).take(rows) {
        let style = if Some(index) == browser.selected { theme.selected } else { theme.text };
        let at = line(u16::try_from(index - first + 1).unwrap_or(u16::MAX));
        frame.render_widget(Line::from(span(described(entry, usize::from(inner.width)), style)), at);
    }
    let (note, style) = match (&browser.error, browser.is_waiting(), browser.count()) {
        (Some(error), ..) => (printable::text(error).into_owned(), theme.warning),
        (None, true, _) => ("reading the folder".to_owned(), theme.dim),
        (None, false, 0) => ("nothing here fits".to_owned(), theme.dim),
        (None, false, count) => (counted(count), theme.dim),
    };
    let last = line(inner.height.saturating_sub(1));
    frame.render_widget(Line::from(span(fit(&note, usize::from(inner.width)), style)), last);
    caret
}

fn counted(count: usize) -> String {
    let most = if count >= ENTRIES { "the first " } else { "" };
    let up = "Up Down choose, Enter opens or attaches, Backspace goes up";
    format!("{most}{} here: {up}", grouped(count as u64))
}

fn described(entry: &Entry, width: usize) -> String {
    let name = printable::text(&entry.name.to_string_lossy()).into_owned();
    if entry.is_dir {
        return left(&format!("{name}/"), width);
    }
    let size = format!("{} B", grouped(entry.octets));
    left(&name, width.saturating_sub(SIZE)) + &right(&size, SIZE.min(width))
}
