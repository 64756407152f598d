//! The compose form: its fields and tabs. What a tab shows is in a file of its own.

mod attachments;
mod envelope;
mod result;
mod switches;
mod wire;

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;
use tui_input::Input;
use tui_textarea::TextArea;
use unicode_width::UnicodeWidthStr;

use super::text::{fit, span};
use super::{Caret, pane};
use crate::app::App;
use crate::app::compose::{Compose, FormRow, Slot, Tab};
use crate::app::grouped;
use crate::layout::Pane;
use crate::smtp::MailOutcome;

/// Width of the labels.
const LABEL: u16 = 9;

pub(super) fn render(frame: &mut Frame, app: &App, area: Rect) -> Caret {
    let form = &app.compose;
    let focused = app.focus == Pane::Compose;
    let star = if form.unsent { " *" } else { "" };
    let title = format!("1 Compose{star}");
    let inner = pane::render(frame, app, area, focused, &title, &note(app));
    switches::sign(frame, app, area, title.len() + 3);
    if form.shows_result() {
        result::whole(frame, app, inner);
        return None;
    }
    let (rows, mut y, mut caret) = (form.rows(inner.height), inner.y, None);
    for row in rows {
        if y >= inner.bottom() {
            break;
        }
        let line = Rect { y, height: 1, ..inner };
        match row {
            FormRow::Field(slot) => caret = field(frame, app, line, slot).or(caret),
            FormRow::Attachments => attachments::attachments(frame, app, line),
            FormRow::Envelope if switches::envelope_row(frame, app, line, &envelope(form)) => {}
            FormRow::Envelope => labelled(frame, app, line, "Env", &envelope(form)),
            FormRow::Tabs => frame.render_widget(tabs(app, line.width), line),
        }
        y += 1;
    }
    let main = Rect { y, height: inner.bottom().saturating_sub(y), ..inner };
    if main.height > 0 {
        caret = content(frame, app, main).or(caret);
    }
    caret.filter(|_| focused && form.is_typing() && app.dialog.is_none())
}

/// What became of the mail, at the right end of the title.
fn note(app: &App) -> String {
    if app.compose.sending.is_some() {
        return if app.links.smtp.written > 0 {
            format!("sending {} B", grouped(app.links.smtp.written))
        } else {
            "sending".to_owned()
        };
    }
    if let Some(left) = app.retry_seconds() {
        return format!("again in {left} s");
    }
    match app.compose.result.as_ref().map(|report| report.outcome) {
        Some(MailOutcome::Sent) => "sent",
        Some(MailOutcome::Partial) => "sent to some",
        Some(MailOutcome::Refused) => "refused",
        Some(MailOutcome::Deferred) => "deferred",
        Some(MailOutcome::Unknown) => "UNKNOWN",
        Some(MailOutcome::Failed) => "not sent",
        Some(MailOutcome::Stopped) => "stopped",
        None => "",
    }
    .to_owned()
}

fn field(frame: &mut Frame, app: &App, area: Rect, slot: Slot) -> Caret {
    let theme = &app.theme;
    let active = app.compose.at == slot && app.focus == Pane::Compose;
    let faulty = app.compose.faults.iter().any(|fault| fault.field.name() == slot.label());
    let label = if faulty {
        theme.warning
    } else if active {
        theme.focus
    } else {
        theme.label
    };
    let mark = if faulty { "!" } else { "" };
    frame.render_widget(Line::from(span(format!("{}{mark}", slot.label()), label)), area);
    let at = Rect { x: area.x + LABEL.min(area.width), width: area.width.saturating_sub(LABEL), ..area };
    let input = app.compose.field(slot);
    let mut hint = "";
    if slot == Slot::Bcc && !input.value().is_empty() {
        hint = "(envelope only)";
    }
    input_line(frame, at, input, active, theme.text, Some((hint, theme.dim)))
}

/// A one-line field, scrolled so that the caret is in view.
pub(super) fn input_line(
    frame: &mut Frame,
    area: Rect,
    input: &Input,
    active: bool,
    style: Style,
    hint: Option<(&str, Style)>,
) -> Caret {
    let width = usize::from(area.width);
    let shown = crate::wire::printable::text(input.value()).into_owned();
    // Control characters are shown wider than they are: only then the plain scroll is not exact, and nothing is hidden.
    let scroll = if active { input.visual_scroll(width.saturating_sub(1).max(1)) } else { 0 };
    let visible: String = skip_cells(&shown, scroll);
    let mut spans = vec![span(if active { super::text::take(&visible, width) } else { fit(&visible, width) }, style)];
    if let Some((hint, style)) = hint.filter(|(hint, _)| shown.width() + hint.len() + 2 < width) {
        spans.push(span(format!("  {hint}"), style));
    }
    frame.render_widget(Line::from(spans), area);
    let x = area.x
        + u16::try_from(input.visual_cursor().saturating_sub(scroll))
            .unwrap_or(u16::MAX)
            .min(area.width.saturating_sub(1));
    (active && area.width > 0).then_some(Position { x, y: area.y })
}

fn skip_cells(text: &str, cells: usize) -> String {
    let mut skipped = 0;
    text.chars()
        .skip_while(|character| {
            let before = skipped;
            skipped += unicode_width::UnicodeWidthChar::width(*character).unwrap_or(0);
            before < cells
        })
        .collect()
}

fn labelled(frame: &mut Frame, app: &App, area: Rect, label: &str, text: &str) {
    let width = usize::from(area.width.saturating_sub(LABEL));
    let line = Line::from(vec![
        span(super::text::left(label, usize::from(LABEL)), app.theme.label),
        span(fit(text, width), app.theme.dim),
    ]);
    frame.render_widget(line, area);
}

/// The envelope in one line: what MAIL FROM and RCPT TO will say.
fn envelope(form: &Compose) -> String {
    let flag = if form.envelope_is_overridden() { "OVERRIDDEN  " } else { "" };
    match form.envelope() {
        Ok(envelope) => format!("{flag}MAIL <{}>  RCPT {}", envelope.from, envelope.to.join(", ")),
        Err(faults) => faults.first().map_or_else(String::new, ToString::to_string),
    }
}

fn tabs(app: &App, width: u16) -> Line<'static> {
    let mut spans = Vec::new();
    let faults = app.compose.faults_on_purpose().len();
    for tab in Tab::ALL {
        let (here, title) = (tab == app.compose.tab, tab.title(width, faults));
        let text = if here { format!("[{title}]") } else { format!(" {title} ") };
        let style = match tab {
            Tab::Faults if faults > 0 => app.theme.permanent,
            _ if here => app.theme.focus,
            _ => app.theme.dim,
        };
        spans.push(span(text, style));
    }
    if app.compose.tab == Tab::Wire {
        spans.push(span(format!(" {} B", grouped(app.compose.preview.octets)), app.theme.dim));
    }
    Line::from(spans)
}

fn content(frame: &mut Frame, app: &App, area: Rect) -> Caret {
    let form = &app.compose;
    match form.tab {
        Tab::Body if form.result.is_some() && area.height > 3 => {
            let most = area.height.saturating_sub(if form.is_typing() { 2 } else { 0 });
            let report = result::report_lines(app, usize::from(area.width), usize::from(most));
            let height = u16::try_from(report.len()).unwrap_or(u16::MAX).min(most);
            let text = Rect { height: area.height - height, ..area };
            frame.render_widget(Paragraph::new(report), Rect { y: text.bottom(), height, ..area });
            text_area(frame, app, text, &form.body, "")
        }
        Tab::Body => text_area(frame, app, area, &form.body, "Write the mail here."),
        Tab::Headers => {
            text_area(frame, app, area, &form.headers, "Name: value, one header a line, sent as they are here.")
        }
        Tab::Envelope => envelope::envelope_tab(frame, app, area),
        Tab::Options | Tab::Faults => {
            switches::switches(frame, app, area);
            None
        }
        Tab::Wire => {
            frame.render_widget(Paragraph::new(wire::wire(app, area)), area);
            None
        }
    }
}

fn text_area(frame: &mut Frame, app: &App, area: Rect, text: &TextArea<'static>, hint: &str) -> Caret {
    let active = app.compose.at == Slot::Main && app.focus == Pane::Compose && app.compose.editing;
    if text.is_empty() && !active {
        frame.render_widget(Line::from(span(fit(hint, usize::from(area.width)), app.theme.dim)), area);
        return None;
    }
    frame.render_widget(text, area);
    let (cursor, (top, left)) = (text.screen_cursor(), text.scroll_offset());
    let x =
        area.x + u16::try_from(cursor.col).unwrap_or(u16::MAX).saturating_sub(left).min(area.width.saturating_sub(1));
    let y =
        area.y + u16::try_from(cursor.row).unwrap_or(u16::MAX).saturating_sub(top).min(area.height.saturating_sub(1));
    active.then_some(Position { x, y })
}
