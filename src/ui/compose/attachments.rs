//! The row of attachments.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::LABEL;
use crate::app::App;
use crate::app::compose::Slot;
use crate::app::compose::attachments::Size;
use crate::app::grouped;
use crate::layout::Pane;
use crate::mail::Attachment;
use crate::ui::text::{fit, left, span};
use crate::wire::printable;

/// What keys do while the caret is there.
pub(super) const KEYS: &str = "Del takes it off i inline t type a more";

/// The files that go along; with the caret there, the one that keys are for comes alone.
pub(super) fn attachments(frame: &mut Frame, app: &App, area: Rect) {
    let (form, theme) = (&app.compose, &app.theme);
    let active = form.at == Slot::Attachments && app.focus == Pane::Compose && form.editing;
    let files = form.attachments();
    let unreadable = |file: &Attachment| matches!(form.size(file), Size::Unreadable(_));
    let broken = files.iter().any(unreadable);
    let text = match files.get(form.chosen).filter(|_| active) {
        Some(file) => {
            let number = format!("{}/{} ", form.chosen + 1, files.len());
            format!("{number}{} {}", printable::text(&file.name), size(app, file))
        }
        None if files.is_empty() => "none  (^X a attaches a file)".to_owned(),
        None => summary(app, files),
    };
    let label = if active { theme.focus } else { theme.label };
    let style = match (broken, active) {
        (true, _) => theme.warning,
        (false, true) => theme.text,
        (false, false) => theme.dim,
    };
    let text = fit(&text, usize::from(area.width.saturating_sub(LABEL)));
    let mark = if broken { "Attach!" } else { "Attach" };
    let label = span(left(mark, usize::from(LABEL)), if broken { theme.warning } else { label });
    frame.render_widget(Line::from(vec![label, span(text, style)]), area);
}

/// Its media type, and whether it is shown with the text.
pub(super) fn chosen(frame: &mut Frame, app: &App, area: Rect) {
    let Some(file) = app.compose.chosen_attachment() else { return };
    let inline = if file.inline { ", inline" } else { "" };
    let text = format!("{}{}{inline}", " ".repeat(usize::from(LABEL)), printable::text(&file.content_type));
    frame.render_widget(Line::from(span(fit(&text, usize::from(area.width)), app.theme.text)), area);
}

fn summary(app: &App, files: &[Attachment]) -> String {
    let described = |(index, file): (usize, &Attachment)| {
        let number = if files.len() > 1 { format!("{} ", index + 1) } else { String::new() };
        let inline = if file.inline { " inline" } else { "" };
        format!("{number}{} {}{inline}", printable::text(&file.name), size(app, file))
    };
    files.iter().enumerate().map(described).collect::<Vec<_>>().join(", ")
}

/// Octets of the file, and of what it becomes on the wire.
fn size(app: &App, file: &Attachment) -> String {
    let arrow = if app.theme.ascii { "->" } else { "→" };
    match app.compose.size(file) {
        Size::Octets(octets, encoded) => format!("{} B {arrow} {} B base64", grouped(octets), grouped(encoded)),
        Size::Awaited => "...".to_owned(),
        Size::Unreadable(why) => format!("UNREADABLE: {}", printable::text(&why)),
    }
}
