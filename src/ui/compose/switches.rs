//! The tabs of switches, and the signs that something is wrong on purpose.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::LABEL;
use crate::app::App;
use crate::app::compose::Compose;
use crate::app::compose::switches::{State, Switch};
use crate::layout::Pane;
use crate::ui::text::{fit, left, span, wrap};
use crate::wire::printable;

/// Cells of a switch and its name; behind them, where there is room, what it does.
const NAME: usize = 32;
/// A list narrower than this has no room for more than names.
const ROOMY: usize = 76;

/// The list, and below it what the switch under the cursor does.
pub(super) fn switches(frame: &mut Frame, app: &App, area: Rect) {
    let (form, width, height) = (&app.compose, usize::from(area.width), usize::from(area.height));
    let shown = Compose::switches_shown(height);
    let all = Switch::of(form.tab);
    let line = |row: usize| Rect { y: area.y + row as u16, height: 1, ..area };
    for (row, switch) in all.iter().skip(form.first_switch(shown)).take(shown).enumerate() {
        frame.render_widget(row_of(app, *switch, width), line(row));
    }
    let Some(switch) = form.switch().filter(|_| shown < height) else { return };
    let explained = wrap(switch.explanation(), width);
    for (row, text) in (shown..height).zip(explained) {
        frame.render_widget(Line::from(span(text, app.theme.dim)), line(row));
    }
}

fn row_of(app: &App, switch: Switch, width: usize) -> Line<'static> {
    let (form, theme) = (&app.compose, &app.theme);
    let here = form.switch() == Some(switch);
    let fault = matches!(switch, Switch::Flaw(_) | Switch::Wire(_) | Switch::Halt(..));
    let (mark, value) = match form.state(switch) {
        State::Off => ("[ ]", String::new()),
        State::On => ("[x]", String::new()),
        State::Text(text) if text.is_empty() => ("[ ]", " ...".to_owned()),
        State::Text(text) => ("[x]", format!(": {}", printable::text(&text))),
        State::Button => (" > ", String::new()),
    };
    let name = format!("{mark} {}{value}", switch.label());
    let style = match (here, mark) {
        (true, _) if app.focus == Pane::Compose => theme.selected,
        (true, _) => theme.selected_unfocused,
        (false, "[x]") if fault => theme.permanent,
        (false, "[x]") => theme.ok,
        _ => theme.text,
    };
    let name_width = if width < ROOMY { width } else { NAME.max(name.width() + 2).min(width) };
    let mut spans = vec![span(left(&name, name_width), style)];
    if width > name_width {
        spans.push(span(fit(switch.explanation(), width - name_width), theme.dim));
    }
    Line::from(spans)
}

/// How many faults are on, in words; nothing for none.
fn banner(form: &Compose) -> Option<String> {
    match form.faults_on_purpose().len() {
        0 => None,
        1 => Some("1 FAULT ON PURPOSE".to_owned()),
        more => Some(format!("{more} FAULTS ON PURPOSE")),
    }
}

/// The sign in the upper border of the pane, behind a title of `used` cells, where there is room for it.
pub(super) fn sign(frame: &mut Frame, app: &App, area: Rect, used: usize) {
    let Some(text) = banner(&app.compose).map(|text| text.replace(" ON PURPOSE", "")) else { return };
    let at = area.x + u16::try_from(used).unwrap_or(u16::MAX).min(area.width);
    let width = u16::try_from(text.width() + 1).unwrap_or(u16::MAX);
    if at + width < area.right() {
        let style = app.theme.permanent;
        frame.render_widget(Line::from(span(format!("{text} "), style)), Rect { x: at, width, height: 1, ..area });
    }
}

/// The row of the envelope, with the sign before it. `false`: nothing is wrong on purpose.
pub(super) fn envelope_row(frame: &mut Frame, app: &App, area: Rect, envelope: &str) -> bool {
    let Some(text) = banner(&app.compose) else { return false };
    let room = usize::from(area.width.saturating_sub(LABEL));
    let rest = room.saturating_sub(text.width() + 2);
    let spans: Vec<Span> = vec![
        span(left("Env", usize::from(LABEL)), app.theme.label),
        span(fit(&text, room), app.theme.permanent),
        span(fit(&format!("  {envelope}"), rest), app.theme.dim),
    ];
    frame.render_widget(Line::from(spans), area);
    true
}
