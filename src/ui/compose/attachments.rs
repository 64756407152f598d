//! The row of attachments.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::{LABEL, labelled};
use crate::app::App;
use crate::app::compose::Slot;
use crate::app::grouped;
use crate::layout::Pane;
use crate::mail::{Attachment, Content};
use crate::ui::text::{fit, span};

/// The files that go along; with the caret there, the one that Delete takes off comes first.
pub(super) fn attachments(frame: &mut Frame, app: &App, area: Rect) {
    let (form, theme) = (&app.compose, &app.theme);
    let active = form.at == Slot::Attachments && app.focus == Pane::Compose && form.editing;
    let files = form.attachments();
    let text = match files.get(form.chosen).filter(|_| active) {
        Some(file) if files.len() > 1 => {
            format!("{}/{} [{}]  Del takes it off, Left Right choose", form.chosen + 1, files.len(), described(file))
        }
        Some(file) => format!("[{}]  Del takes it off", described(file)),
        None if files.is_empty() => "none".to_owned(),
        None => files.iter().map(described).collect::<Vec<_>>().join(", "),
    };
    if !active {
        return labelled(frame, app, area, "Attach", &text);
    }
    let label = span(crate::ui::text::left("Attach", usize::from(LABEL)), theme.focus);
    let text = span(fit(&text, usize::from(area.width.saturating_sub(LABEL))), theme.text);
    frame.render_widget(Line::from(vec![label, text]), area);
}

/// Name, and size where the octets are at hand.
fn described(file: &Attachment) -> String {
    match &file.content {
        Content::Bytes(bytes) => format!("{} {} B", file.name, grouped(bytes.len() as u64)),
        Content::Path(_) => file.name.clone(),
    }
}
