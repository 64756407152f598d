//! The command line with its ghost text and ladder, and under it what there is to say: of the line that is being typed,
//! else of the last reply. What can be put in is listed by `list`.

mod list;

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr;

use super::Caret;
use super::text::{both_ends, fit, span, wrap};
use crate::app::prompt::ladder::{self, MORE};
use crate::app::prompt::{Standing, Tone};
use crate::app::{App, Explained};
use crate::keymap::{Action, Scope};
use crate::layout::Pane;
use crate::wire::printable;
pub(super) use list::render as render_list;

/// Cells kept between what is typed and what stands at the right.
const GAP: usize = 2;

pub(super) fn render(frame: &mut Frame, app: &App, area: Rect) -> Caret {
    let theme = &app.theme;
    let focused = app.focus == Pane::Prompt;
    let name = name(app, focused);
    let width = usize::from(area.width);
    let (shown, caret) = shown(app);
    let scroll = (name.width() + caret + 1).saturating_sub(width);
    let typed: String = shown.chars().skip(scroll).collect();
    let used = name.width() + typed.width();
    let mut spans = vec![span(name.clone(), if focused { theme.focus } else { theme.label }), span(typed, theme.sent)];
    let (ghost, mut right) = ghost(app, focused);
    if !ghost.is_empty() {
        spans.push(span(fit(&ghost, width.saturating_sub(used)), theme.dim));
    }
    let used: usize = spans.iter().map(Span::width).sum();
    let room = width.saturating_sub(used + GAP);
    if let Some(hint) = app.prompt_hint().filter(|_| app.layout().explain.is_empty()) {
        right = vec![span(format!("{} ", fit(&hint, room.saturating_sub(1))), theme.warning)];
    } else {
        let words: usize = right.iter().map(Span::width).sum();
        let beside = if words == 0 { 1 } else { words + 3 };
        // The ladder is worth more than the name of a key.
        let mut steps = ladder_in(app, room.saturating_sub(beside));
        if steps.is_empty() {
            steps = ladder_in(app, room.saturating_sub(1));
            right.clear();
        }
        if !right.is_empty() && !steps.is_empty() {
            right.push(span("| ", theme.dim));
        }
        right.extend(steps);
    }
    frame.render_widget(both_ends(spans, right, width), area);
    let x = area.x + u16::try_from(name.width() + caret - scroll).unwrap_or(0).min(area.width.saturating_sub(1));
    (focused && app.dialog.is_none()).then_some(Position { x, y: area.y })
}

/// Whom the line is for, whether it is encrypted, and what it is where it is no command.
fn name(app: &App, focused: bool) -> String {
    let side = app.prompt.side;
    let mark = if focused { ">" } else { " " };
    let tls = if app.links.of(side).protection.is_some() { "~" } else { "" };
    let inside = match app.is_in_body() {
        true => " mail",
        false if app.prompt.secret_from(&app.links) == Some(0) => " base64",
        false => "",
    };
    format!("{mark}{}{inside}{tls}> ", side.name())
}

/// What Tab would add, and the word for the key.
fn ghost(app: &App, focused: bool) -> (String, Vec<Span<'static>>) {
    let offer = app.prompt_offer();
    let typed = app.prompt.input.value();
    let said = |text: String| vec![span(text, app.theme.dim)];
    let listed = app.prompt.open.is_some();
    match (app.prompt_whole(&offer).filter(|_| !listed), offer.candidates.len()) {
        (Some(whole), _) => {
            let rest = printable::text(whole.get(typed.len()..).unwrap_or_default()).into_owned();
            (rest, said(format!("{} takes it ", if focused { "Tab" } else { "F8" })))
        }
        (None, 2..) if focused && !listed => (String::new(), said(format!("Tab: {} ways on ", offer.candidates.len()))),
        _ if !app.links.of(app.prompt.side).is_up() && focused => (String::new(), said("F8 connects ".to_owned())),
        _ => (String::new(), Vec::new()),
    }
}

/// As much of the ladder as fits so many cells.
fn ladder_in(app: &App, cells: usize) -> Vec<Span<'static>> {
    let theme = &app.theme;
    let rungs = app.prompt_ladder();
    let Some(range) = ladder::fitting(&rungs, cells) else { return Vec::new() };
    let mut spans = Vec::new();
    if range.start > 0 {
        spans.push(span(MORE, theme.dim));
    }
    for (index, rung) in rungs[range.clone()].iter().enumerate() {
        let style = match rung.standing {
            _ if rung.present => theme.focus,
            Standing::Passed => theme.ok,
            Standing::Refused => theme.permanent,
            Standing::Ahead => theme.dim,
        };
        let gap = if index == 0 { "" } else { " " };
        spans.extend([span(gap, theme.text), span(rung.text(), style)]);
    }
    spans.push(span(if range.end < rungs.len() { MORE } else { " " }, theme.dim));
    spans
}

/// The line as it may be shown, secrets as stars, and the cell of the caret in it.
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
    let rows = usize::from(area.height);
    if rows == 0 {
        return;
    }
    let theme = &app.theme;
    let width = usize::from(area.width);
    let explained = app.explained_now();
    let mut lines: Vec<Line> = Vec::new();
    if app.focus == Pane::Prompt && app.dialog.is_none() {
        let advice = app.prompt_advice(width.saturating_sub(2)).into_iter().take(rows);
        lines.extend(advice.map(|advice| {
            let style = if advice.tone == Tone::Warning { theme.warning } else { theme.text };
            Line::from(span(format!(" {}", fit(&advice.text, width.saturating_sub(2))), style))
        }));
    }
    let typing = app.prompt.open.is_some() || !app.prompt.input.value().is_empty();
    match (lines.is_empty(), typing) {
        (true, _) => lines = explanation(app, explained.as_ref(), rows, width),
        // What is typed comes first; with it comes what the last reply meant, where there is room.
        (false, true) => {
            let left = rows - lines.len();
            if left > 0 && explained.is_some() {
                lines.extend(explanation(app, explained.as_ref(), 1, width));
            }
        }
        (false, false) => lines = with_next(app, explained.as_ref(), lines, rows, width),
    }
    frame.render_widget(Paragraph::new(lines), area);
}

/// What the last reply means, and what comes next. In one row the latter is for replies that went well: what to do about
/// the others is in their meaning.
fn with_next(
    app: &App,
    explained: Option<&Explained>,
    next: Vec<Line<'static>>,
    rows: usize,
    width: usize,
) -> Vec<Line<'static>> {
    let went_well = explained.is_none_or(|explained| match explained.card.class {
        "MORE" => true,
        // A card that names a field of the form has something to mend.
        class => class == "OK" && explained.card.field.is_none(),
    });
    match explained {
        None => next,
        Some(_) if rows > 1 => {
            let mut lines = explanation(app, explained, 1, width);
            if went_well {
                lines.extend(next);
                lines
            } else {
                explanation(app, explained, rows, width)
            }
        }
        Some(explained) if went_well => {
            let why = app.why_next().unwrap_or_default();
            let style = of_class(app, explained.card.class);
            let code = format!(" {} ", explained.headline.split(' ').next().unwrap_or_default());
            let key = format!(" [{}]", card_key(app));
            let text = fit(&format!("Next: {why}"), width.saturating_sub(code.width() + key.width() + 1));
            let left = vec![span(code, style), span(text, app.theme.text)];
            vec![both_ends(left, vec![span(key, app.theme.key)], width)]
        }
        Some(_) => explanation(app, explained, rows, width),
    }
}

fn of_class(app: &App, class: &str) -> Style {
    match class {
        "OK" => app.theme.ok,
        "MORE" => app.theme.more,
        "TEMP" => app.theme.temporary,
        "" => app.theme.dim,
        _ => app.theme.permanent,
    }
}

/// The key that shows the card here: where text is typed a letter would only be one more of it.
fn card_key(app: &App) -> String {
    let scopes: &[Scope] = if app.is_typing() { &[Scope::Leader] } else { &[Scope::Browse, Scope::Leader] };
    app.keymap.hint(Action::Explain, scopes).unwrap_or_default()
}

/// What a reply means, in so many rows.
fn explanation(app: &App, explained: Option<&Explained>, rows: usize, width: usize) -> Vec<Line<'static>> {
    let theme = &app.theme;
    let Some(explained) = explained else {
        let hint = " What the server's last reply means will stand here.";
        return vec![Line::from(span(fit(hint, width), theme.dim))];
    };
    let style = of_class(app, explained.card.class);
    let text = format!(" {}", explained.card.line());
    if rows == 1 {
        let key = format!(" [{}]", card_key(app));
        let text = fit(&text, width.saturating_sub(key.width() + 1));
        return vec![both_ends(vec![span(text, style)], vec![span(key, theme.key)], width)];
    }
    let mut lines: Vec<Line> = wrap(text.trim_start(), width.saturating_sub(2))
        .into_iter()
        .map(|line| Line::from(span(format!(" {line}"), style)))
        .collect();
    if lines.len() < rows {
        let likely = format!(" {}", explained.card.likely());
        lines.push(both_ends(
            vec![span(fit(&likely, width.saturating_sub(20)), theme.dim)],
            vec![span(format!("{}: full card ", card_key(app)), theme.key)],
            width,
        ));
    }
    lines
}
