//! The compose form: its fields and tabs. What a tab shows is in a file of its own.

mod attachments;
pub(super) mod browser;
pub(super) mod completion;
mod envelope;
mod fields;
mod result;
mod switches;
mod wire;

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;
use ratatui::widgets::Paragraph;
use tui_textarea::TextArea;

use super::text::{fit, span};
use super::{Caret, pane};
use crate::app::App;
use crate::app::compose::{FormRow, Slot, Tab};
use crate::app::grouped;
use crate::layout::Pane;
use crate::mail::Fault;
use crate::smtp::MailOutcome;
use fields::field;
pub(super) use fields::input_line;

/// Width of the labels.
const LABEL: u16 = 9;

pub(super) fn render(frame: &mut Frame, app: &App, area: Rect) -> Caret {
    let form = &app.compose;
    let focused = app.focus == Pane::Compose;
    let star = if form.unsent { " *" } else { "" };
    let result = if form.shows_result() { ": result" } else { "" };
    let title = format!("1 Compose{result}{star}");
    let inner = pane::render(frame, app, area, focused, &title, &note(app, area.width.saturating_sub(2)));
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
            FormRow::Chosen => attachments::chosen(frame, app, line),
            FormRow::Envelope => envelope_row(frame, app, line),
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

/// What is wrong in the field with the caret, or what became of the mail, at the right end of the title.
fn note(app: &App, width: u16) -> String {
    if app.focus == Pane::Compose
        && app.compose.is_typing()
        && let Some(fault) = fields::fault_elsewhere(app, width)
    {
        return fault;
    }
    if app.focus == Pane::Compose && app.compose.is_typing() && app.compose.at == Slot::Attachments {
        return attachments::KEYS.to_owned();
    }
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

/// The envelope in one line: what MAIL FROM and RCPT TO will say.
fn envelope_row(frame: &mut Frame, app: &App, area: Rect) {
    let (theme, width) = (&app.theme, usize::from(area.width.saturating_sub(LABEL)));
    let addresses = &app.compose.addresses;
    let overridden = addresses.is_overridden();
    let text = match addresses.said() {
        Ok(envelope) => {
            let flag = if overridden { "OVERRIDDEN  " } else { "" };
            format!("{flag}MAIL <{}>  RCPT {}", envelope.from, joined(&envelope.to, width))
        }
        Err(faults) => match faults.first() {
            Some(fault) if is_still_typed(app, fault) => "an address is being typed".to_owned(),
            fault => fault.map_or_else(String::new, ToString::to_string),
        },
    };
    let text = crate::wire::printable::text(&text);
    if switches::envelope_row(frame, app, area, &text) {
        return;
    }
    let line = Line::from(vec![
        span(super::text::left("Env", usize::from(LABEL)), if overridden { theme.warning } else { theme.label }),
        span(fit(&text, width), if overridden { theme.warning } else { theme.dim }),
    ]);
    frame.render_widget(line, area);
}

/// The fault is in the address under the caret, which is not whole yet.
fn is_still_typed(app: &App, fault: &Fault) -> bool {
    let form = &app.compose;
    app.focus == Pane::Compose && fault.field.name() == form.at.label() && form.is_still_typed(form.at, fault.at)
}

/// As many addresses as can be seen: there may be thousands.
fn joined(addresses: &[String], width: usize) -> String {
    let mut text = String::new();
    for address in addresses {
        if text.len() > width * 4 {
            break;
        }
        text.push_str(if text.is_empty() { "" } else { ", " });
        text.push_str(address);
    }
    text
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
    let octets = format!(" {} B", grouped(app.compose.preview.octets));
    let used: usize = spans.iter().map(ratatui::text::Span::width).sum();
    if app.compose.tab == Tab::Wire && used + octets.len() <= usize::from(width) {
        spans.push(span(octets, app.theme.dim));
    }
    Line::from(spans)
}

fn content(frame: &mut Frame, app: &App, area: Rect) -> Caret {
    let form = &app.compose;
    match form.tab {
        Tab::Body if form.finding.open && area.height > 1 => {
            let text = Rect { height: area.height - 1, ..area };
            text_area(frame, app, text, &form.body, "");
            finding(frame, app, Rect { y: text.bottom(), height: 1, ..area })
        }
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

/// The line of the search in the body.
fn finding(frame: &mut Frame, app: &App, area: Rect) -> Caret {
    let (finding, theme) = (&app.compose.finding, &app.theme);
    let found = match (finding.input.value().is_empty(), finding.count) {
        (true, _) => "Enter next, Up back, Esc closes".to_owned(),
        (false, 0) => "not found".to_owned(),
        (false, count) => format!("{} of {}", grouped(finding.at.max(1) as u64), grouped(count as u64)),
    };
    frame.render_widget(Line::from(span("Find", theme.focus)), area);
    let at = Rect { x: area.x + 5.min(area.width), width: area.width.saturating_sub(5), ..area };
    input_line(frame, at, &finding.input, true, theme.text, Some((&found, theme.dim)))
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
