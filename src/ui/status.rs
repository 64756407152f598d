//! The status row and the toast.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Block, Paragraph};
use unicode_width::UnicodeWidthStr;

use super::text::{both_ends, span, wrap};
use crate::app::App;
use crate::app::dialog::Dialog;
use crate::app::link::Waiting;
use crate::app::status::Level;
use crate::layout::Pane;
use crate::smtp::Pace;

/// A wait is worth words only after this long.
const NOTABLE: Duration = Duration::from_millis(300);

pub(super) fn render(frame: &mut Frame, app: &App, area: Rect) {
    if area.height == 0 {
        return;
    }
    let theme = &app.theme;
    let passed = |waiting: &Waiting| app.now.instant.saturating_duration_since(waiting.since);
    let (word, style) = match app.links.waiting().filter(|(_, waiting)| passed(waiting) >= NOTABLE) {
        Some((side, waiting)) => {
            let (seconds, limit, what) = (passed(waiting).as_secs_f32(), waiting.limit.as_secs(), &waiting.what);
            let text = format!(" WAITING {seconds:.1} of {limit} s for {what} ({}), ^C stops it", side.name());
            (text, theme.temporary)
        }
        None => match app.fetching_since().map(|since| app.now.instant.saturating_duration_since(since)) {
            Some(passed) if passed >= NOTABLE => {
                (format!(" WAITING {:.1} s for the password, ^C stops it", passed.as_secs_f32()), theme.temporary)
            }
            _ => match app.under_way() {
                Some(under_way) => (format!(" {under_way}"), theme.temporary),
                None => (format!(" {}", mode(app)), theme.text),
            },
        },
    };
    let mouse = if app.mouse { "mouse:on" } else { "mouse:off" };
    let follow = if app.transcript.follow { "follow:on" } else { "follow:paused" };
    let saved = app.compose.saved.as_ref().map(|clock| format!("draft saved {clock}")).unwrap_or_default();
    let pace = if app.compose.pace == Pace::Lockstep { "one by one".to_owned() } else { String::new() };
    let room = usize::from(area.width).saturating_sub(word.width() + 2);
    let facts = vec![pace, follow.to_owned(), mouse.to_owned(), "secrets:hidden".to_owned(), saved];
    let right = fitting(facts, room);
    frame
        .render_widget(both_ends(vec![span(word, style)], vec![span(right, theme.dim)], usize::from(area.width)), area);
}

/// As many of the parts as fit; what changes least goes first.
fn fitting(mut parts: Vec<String>, room: usize) -> String {
    parts.retain(|part| !part.is_empty());
    for least in ["secrets:", "mouse:", "follow:"] {
        if parts.join("  ").width() < room {
            break;
        }
        parts.retain(|part| !part.starts_with(least));
    }
    parts.join("  ") + " "
}

/// What typing does now.
fn mode(app: &App) -> &'static str {
    match (app.focus, &app.dialog) {
        _ if app.leader.is_some() => "LEADER",
        (_, Some(Dialog::Menu(_))) => "QUESTION",
        (_, Some(Dialog::Card(_))) => "READING",
        (_, Some(Dialog::Pick(_) | Dialog::Browser(_))) => "CHOOSING",
        (_, Some(_)) => "FILLING IN",
        (Pane::Prompt, None) => "COMMAND LINE",
        (_, None) if app.steps_focused() => "STEP BY STEP",
        (Pane::Compose, None) if app.compose.is_typing() => "EDITING (Esc leaves the field)",
        (Pane::Transcript, None) if app.viewed_session().is_some() => "SAVED SESSION (Esc: live)",
        _ => "READY",
    }
}

/// The toast, at the right over the row `above`, never over the caret's row.
pub(super) fn render_toast(frame: &mut Frame, app: &App, area: Rect, above: u16) {
    let Some(toast) = app.status.toast() else { return };
    let style = match toast.level {
        Level::Info => app.theme.ok,
        Level::Warning => app.theme.warning,
        Level::Error => app.theme.permanent,
    };
    let width = area.width.min(64).saturating_sub(4);
    let lines = wrap(&toast.text, usize::from(width).max(1));
    let longest = lines.iter().map(|line| line.width()).max().unwrap_or(0);
    let box_width = u16::try_from(longest).unwrap_or(width).min(width) + 4;
    let height = u16::try_from(lines.len()).unwrap_or(1).min(5) + 2;
    if above < area.y + height + 1 || box_width > area.width {
        return;
    }
    let at = Rect { x: area.right() - box_width, y: above - height, width: box_width, height };
    super::clear(frame, app, at);
    let block = Block::bordered().border_set(app.theme.borders()).border_style(style);
    let text: Vec<Line> = lines.into_iter().map(|line| Line::from(span(format!(" {line}"), style))).collect();
    frame.render_widget(Paragraph::new(text).block(block), at);
}
