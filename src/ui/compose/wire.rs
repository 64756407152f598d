//! The wire tab: the exact bytes, with what is remarkable about them.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::app::App;
use crate::app::compose::wire_preview::{self, Mark, Preview};
use crate::app::grouped;
use crate::keymap::{Action, Scope};
use crate::mail::Lint;
use crate::mail::lint::Rule;
use crate::theme::Theme;
use crate::ui::text::{fit, span, wrap};
use crate::wire::printable;

pub(super) fn wire(app: &App, area: Rect) -> Vec<Line<'static>> {
    let (preview, theme, width) = (&app.compose.preview, &app.theme, usize::from(area.width));
    let mut lines: Vec<Line> = Vec::new();
    if app.compose.previewing.is_under_way() {
        lines.push(Line::from(span("being made anew ...", theme.warning)));
    }
    if preview.scroll == 0 {
        let problem = preview.problem.iter().flat_map(|problem| wrap(&printable::text(problem), width));
        lines.extend(problem.map(|line| Line::from(span(line, theme.permanent))));
        lines.extend(lints(app, width));
    }
    if preview.problem.is_none() {
        let figures = in_lines(&figures(preview), width);
        lines.extend(figures.into_iter().map(|line| Line::from(span(fit(&line, width), theme.dim))));
    }
    let room = usize::from(area.height).saturating_sub(lines.len());
    let shown = preview.lines.iter().skip(preview.scroll).take(room);
    lines.extend(shown.map(|line| drawn(theme, line, width)));
    lines
}

/// The size, held against the server's, and the figures, one by one.
fn figures(preview: &Preview) -> Vec<String> {
    let size = match preview.limit {
        Some(limit) => format!("{} of {} octets", grouped(preview.size), grouped(limit)),
        None => format!("{} octets", grouped(preview.size)),
    };
    let bits = if preview.eight_bit { "8 bit" } else { "7 bit" };
    let mut figures = vec![size, bits.to_owned(), format!("longest line {}", preview.longest)];
    figures.push(format!("{} stuffed", preview.stuffed));
    figures.extend(preview.assumed.then(|| "server not asked yet".to_owned()));
    figures
}

/// Figures behind one another, never one of them in two lines.
fn in_lines(figures: &[String], width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for figure in figures {
        match lines.last_mut().filter(|line| line.width() + 2 + figure.width() <= width) {
            Some(line) => line.extend([", ", figure]),
            None => lines.push(figure.clone()),
        }
    }
    lines
}

/// What is rarely meant; the key stands at the one that it mends.
fn lints(app: &App, width: usize) -> Vec<Line<'static>> {
    let key = app.keymap.hint(Action::MendMail, &[Scope::Compose, Scope::Leader]).unwrap_or_default();
    let preview = &app.compose.preview;
    // That the mail is too large for the server is what the problem says already.
    let told = |lint: &&Lint| lint.rule == Rule::Size && preview.problem.is_some();
    let lints: Vec<&Lint> = preview.lints.iter().filter(|lint| !told(lint)).collect();
    let first = lints.iter().position(|lint| lint.mend.is_some());
    let line = |(index, lint): (usize, &&Lint)| {
        let key = if first == Some(index) { key.as_str() } else { "then" };
        let (text, mend) = lint_text(lint, key, width);
        let style = if lint.is_meant() { app.theme.permanent } else { app.theme.warning };
        Line::from(vec![span(text, style), span(mend, app.theme.key)])
    };
    lints.iter().enumerate().map(line).collect()
}

/// What was seen and what mends it, as much of both as has room; that a key mends it is said in any case.
fn lint_text(lint: &Lint, key: &str, width: usize) -> (String, String) {
    let what = printable::text(&format!("! {}", lint.what)).into_owned();
    let whole = printable::text(&format!("! {}: {}", lint.what, lint.advice)).into_owned();
    let Some(mend) = lint.mend else { return (fit(&whole, width), String::new()) };
    let (long, short) = (format!(" [{key}: {}]", mend.text()), format!(" [{key}]"));
    if whole.width() + long.width() <= width {
        (whole, long)
    } else if what.width() + long.width() <= width {
        (what, long)
    } else {
        (fit(&what, width.saturating_sub(short.width())), short)
    }
}

/// A line of the mail, cut to the width, its note behind it.
fn drawn(theme: &Theme, line: &wire_preview::Line, width: usize) -> Line<'static> {
    let note = line.note.as_ref().map(|note| format!("  <- {note}")).unwrap_or_default();
    let mut room = width.saturating_sub(note.width()).max(width / 2);
    let mut spans: Vec<Span> = Vec::new();
    for (at, (mark, text)) in line.parts.iter().enumerate() {
        let last = at + 1 == line.parts.len();
        // What is cut says so, also at the border of two parts.
        let text = if last || text.width() < room { fit(text, room) } else { fit(&format!("{text} "), room) };
        room -= text.width().min(room);
        spans.push(span(text, style(theme, *mark)));
        if room == 0 {
            break;
        }
    }
    if !note.is_empty() {
        spans.push(span(note, theme.warning));
    }
    Line::from(spans)
}

fn style(theme: &Theme, mark: Mark) -> Style {
    match mark {
        Mark::Text => theme.text,
        Mark::Command => theme.sent,
        Mark::End | Mark::Marker => theme.dim,
        Mark::Bare => theme.permanent,
        Mark::Stuffed | Mark::Word => theme.found,
        Mark::High => theme.warning,
    }
}
