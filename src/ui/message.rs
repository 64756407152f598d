//! The message view, and how far a message is that is on its way.

use std::ops::Range;
use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;
use unicode_width::UnicodeWidthStr;

use super::pane;
use super::text::{left, span, take};
use crate::app::App;
use crate::app::grouped;
use crate::app::mailbox::{Mark, Message, Tab, places_of};
use crate::keymap::{Action, Scope};
use crate::layout::Pane;

pub(super) fn render(frame: &mut Frame, app: &App, area: Rect) {
    let Some(message) = &app.mailbox.message else { return };
    let focused = app.focus == Pane::Mailbox && app.mailbox.focus_message;
    let title = title(message, usize::from(area.width).saturating_sub(4));
    let inner = pane::render(frame, app, area, focused, &title, &note(app, message));
    for (index, line) in message.rows().into_iter().take(usize::from(inner.height)).enumerate() {
        let at = Rect { y: inner.y + index as u16, height: 1, ..inner };
        let width = usize::from(inner.width);
        let text = if line.mark == Mark::Cursor { left(&line.text, width) } else { take(&line.text, width) };
        let style = style(app, line.mark, focused);
        let found = if line.mark == Mark::Cursor { Vec::new() } else { places_of(&text, message.wanted_text()) };
        frame.render_widget(highlighted(&text, &found, style, app.theme.found), at);
    }
}

/// A row with what was looked for in another style.
fn highlighted(text: &str, found: &[Range<usize>], style: Style, mark: Style) -> Line<'static> {
    let (mut spans, mut from) = (Vec::new(), 0);
    for range in found {
        spans.extend([span(&text[from..range.start], style), span(&text[range.clone()], mark)]);
        from = range.end;
    }
    spans.push(span(&text[from..], style));
    Line::from(spans)
}

fn style(app: &App, mark: Mark, focused: bool) -> Style {
    let theme = &app.theme;
    match mark {
        Mark::Plain => theme.text,
        Mark::Dim => theme.dim,
        Mark::Heading => theme.label,
        Mark::Warning => theme.warning,
        Mark::Added => theme.more,
        Mark::Removed => theme.permanent,
        Mark::Cursor if focused => theme.selected,
        Mark::Cursor => theme.selected_unfocused,
    }
}

/// The tabs; where they do not fit, the one in front and which of them it is.
fn title(message: &Message, width: usize) -> String {
    let tabs = message.tabs();
    let name = |tab: Tab| match message.inside().filter(|_| tab == Tab::Parts) {
        Some(path) => format!("Parts {path}"),
        None => tab.title().to_owned(),
    };
    let all = tabs.iter().map(|tab| if *tab == message.tab { format!("[{}]", name(*tab)) } else { name(*tab) });
    let all = format!("3 Message {}  {}", message.number, all.collect::<Vec<_>>().join(" "));
    if all.width() <= width {
        return all;
    }
    let here = tabs.iter().position(|tab| *tab == message.tab).map_or(0, |at| at + 1);
    format!("3 [{}] {here}/{}", name(message.tab), tabs.len())
}

fn note(app: &App, message: &Message) -> String {
    if let Some(progress) = progress(app) {
        return progress;
    }
    let key = |action| {
        let key = app.keymap.hint(action, &[Scope::Message, Scope::Browse, Scope::Leader]);
        key.map(|key| format!("{key} ")).unwrap_or_default()
    };
    let legend = match message.tab {
        Tab::Headers if message.is_short() => format!("{}all  ", key(Action::Open)),
        Tab::Headers => format!("+ added on the way  {}short  ", key(Action::Open)),
        Tab::Checks if message.findings.is_none() => {
            format!("{}verifies  ", key(Action::Verify))
        }
        _ => String::new(),
    };
    format!("{legend}{}  {} B", message.position(), grouped(message.raw.len() as u64))
}

/// How far the message is that is on its way: `RETR 3: 12.4 of 31.0 MB, 8.1 MB/s, 2 s left`.
pub(super) fn progress(app: &App) -> Option<String> {
    let opening = app.mailbox.opening.as_ref()?;
    let size = app.mailbox.row(opening.number).octets;
    let passed = opening.since.map(|since| app.now.instant.saturating_duration_since(since)).unwrap_or_default();
    Some(told(opening.number, opening.octets, size, passed))
}

fn told(number: u32, octets: u64, size: Option<u64>, passed: Duration) -> String {
    let megabytes = |octets: f64| format!("{:.1}", octets / 1e6);
    let of = size.map(|size| format!(" of {}", megabytes(size as f64))).unwrap_or_default();
    let mut text = format!("RETR {number}: {}{of} MB", megabytes(octets as f64));
    let rate = octets as f64 / passed.as_secs_f64().max(0.001);
    if passed >= Duration::from_millis(500) && octets > 0 {
        text += ", ";
        text += &megabytes(rate);
        text += " MB/s";
        // A size that was announced too small leaves nothing to reckon with.
        if let Some(left) = size.and_then(|size| size.checked_sub(octets)) {
            let seconds = (left as f64 / rate).ceil();
            text = format!("{text}, {seconds:.0} s left");
        }
    }
    text.push_str("; ^C drops the line");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_tells_octets_rate_and_time_left() {
        let second = Duration::from_secs(2);
        for (octets, size, passed, words) in [
            (12_400_000, Some(31_000_000), second, "RETR 3: 12.4 of 31.0 MB, 6.2 MB/s, 3 s left; ^C drops the line"),
            (0, Some(31_000_000), second, "RETR 3: 0.0 of 31.0 MB; ^C drops the line"),
            (1_000_000, None, second, "RETR 3: 1.0 MB, 0.5 MB/s; ^C drops the line"),
            (2_000_000, Some(1_000_000), second, "RETR 3: 2.0 of 1.0 MB, 1.0 MB/s; ^C drops the line"),
            (1_000_000, Some(2_000_000), Duration::ZERO, "RETR 3: 1.0 of 2.0 MB; ^C drops the line"),
        ] {
            assert_eq!(told(3, octets, size, passed), words);
        }
    }
}
