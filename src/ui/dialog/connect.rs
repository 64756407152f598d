//! The connect form: SMTP at the left, POP3 at the right, who signs in below. What does not fit scrolls with the caret.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr;

use super::{dots, open};
use crate::app::App;
use crate::app::dialog::ConnectForm;
use crate::app::dialog::connect::{Kind, Row};
use crate::ui::Caret;
use crate::ui::compose::input_line;
use crate::ui::text::{fit, left, span, wrap};

/// Lines of the form, buttons included.
const LINES: usize = 15;
/// Lines below it for what there is to say, the free one above included; more are taken if they are needed.
const NOTE: usize = 3;
/// Columns of a label, its mark included.
const LABEL: u16 = 11;

/// Draws the form. Where the caret is.
pub(super) fn render(frame: &mut Frame, app: &App, area: Rect, form: &ConnectForm) -> Caret {
    let width = usize::from(area.width).saturating_sub(6).clamp(10, 90);
    let (text, style) = said(app, form);
    let text = wrap(text, width);
    let below = NOTE.max(text.len() + 1);
    let inner = open(frame, app, area, width, LINES + below, "Connect");
    let rows = usize::from(inner.height).saturating_sub(below).max(1);
    let first = (form.row().place().0 + 1).saturating_sub(rows);
    let window = Window { first, rows, inner };
    headings(frame, app, &window);
    let mut caret = None;
    let mut button_at = 0;
    for row in Row::ALL.into_iter().filter(|row| form.has(*row)) {
        let (line, half) = row.place();
        let Some(at) = window.line(line) else { continue };
        let active = row == form.row();
        if let Kind::Button(_) = row.kind() {
            let text = format!("{}[{}] ", if active { ">" } else { " " }, row.label());
            let here = cut(at, button_at, text.width() as u16);
            button_at += text.width() as u16;
            frame.render_widget(Line::from(span(text, if active { app.theme.focus } else { app.theme.key })), here);
            caret = if active { Some(Position { x: here.x + 2.min(here.width), y: here.y }) } else { caret };
            continue;
        }
        let middle = at.width / 2;
        let at = match half {
            0 if row == Row::Profile => at,
            0 => Rect { width: middle.saturating_sub(1), ..at },
            _ => cut(at, middle, at.width - middle),
        };
        caret = place(frame, app, at, form, row, active).or(caret);
    }
    note(frame, &window, text, style);
    caret
}

/// The part of the form that is on screen.
struct Window {
    first: usize,
    rows: usize,
    inner: Rect,
}

impl Window {
    fn line(&self, line: usize) -> Option<Rect> {
        let y = line.checked_sub(self.first).filter(|y| *y < self.rows)? as u16;
        Some(Rect { y: self.inner.y + y, height: 1, ..self.inner }).filter(|at| at.y < self.inner.bottom())
    }
}

/// `width` columns of a line, from `x` on.
fn cut(at: Rect, x: u16, width: u16) -> Rect {
    let x = x.min(at.width);
    Rect { x: at.x + x, width: width.min(at.width - x), ..at }
}

fn headings(frame: &mut Frame, app: &App, window: &Window) {
    let line = if app.theme.ascii { "-" } else { "─" };
    let heading = |text: &str, width: u16| {
        let width = usize::from(width);
        format!("{text} {}", line.repeat(width.saturating_sub(text.width() + 2)))
    };
    if let Some(at) = window.line(1) {
        let middle = at.width / 2;
        frame.render_widget(span(heading("SMTP, for sending", middle), app.theme.dim), at);
        let half = cut(at, middle, at.width - middle);
        frame.render_widget(span(heading("POP3, for reading", half.width), app.theme.dim), half);
    }
    if let Some(at) = window.line(5) {
        frame.render_widget(span(heading("Who, and with what", at.width), app.theme.dim), at);
    }
}

/// One place: its label, and what stands there.
fn place(frame: &mut Frame, app: &App, at: Rect, form: &ConnectForm, row: Row, active: bool) -> Caret {
    let theme = &app.theme;
    let mark = if active { ">" } else { " " };
    let style = if active { theme.focus } else { theme.label };
    if row.kind() == Kind::Switch {
        let cross = if form.is_on(row) { "x" } else { " " };
        let text = format!("{mark}[{cross}] {}", row.label());
        frame.render_widget(Line::from(span(fit(&text, usize::from(at.width)), style)), at);
        return active.then_some(Position { x: at.x + 2.min(at.width), y: at.y });
    }
    frame.render_widget(
        Line::from(span(left(&format!("{mark}{}", row.label()), usize::from(LABEL.min(at.width))), style)),
        at,
    );
    let value = cut(at, LABEL, at.width);
    match form.field(row) {
        Some(input) if row == Row::Password => {
            let caret = dots(frame, app, value, input);
            active.then_some(caret)
        }
        Some(input) => input_line(frame, value, input, active, theme.text, None),
        None => {
            let text = format!("< {} >", form.choice(row));
            frame.render_widget(Line::from(span(fit(&text, usize::from(value.width)), theme.text)), value);
            active.then_some(Position { x: value.x + 2.min(value.width), y: value.y })
        }
    }
}

/// What there is to say: what is wrong, what was found, or what to know here.
fn said<'a>(app: &App, form: &'a ConnectForm) -> (&'a str, Style) {
    match (&form.error, &form.note) {
        (Some(error), _) => (error.as_str(), app.theme.warning),
        (None, Some(note)) => (note.as_str(), app.theme.ok),
        (None, None) => (form.row().explanation(), app.theme.dim),
    }
}

fn note(frame: &mut Frame, window: &Window, text: Vec<String>, style: Style) {
    let y = window.inner.y + (window.rows as u16).min(LINES as u16) + 1;
    let height = window.inner.bottom().saturating_sub(y);
    let at = Rect { y: y.min(window.inner.bottom()), height, ..window.inner };
    let lines: Vec<Line> = text.into_iter().map(|line| Line::from(span(line, style))).collect();
    frame.render_widget(Paragraph::new(lines), at);
}
