//! What became of the mail: each recipient, and the server's last word.

use ratatui::text::Line;

use crate::app::App;
use crate::smtp::{MailOutcome, RecipientOutcome};
use crate::ui::text::{fit, span};

/// What the server said of the mail and of each recipient.
pub(super) fn report_lines(app: &App, width: usize) -> Vec<Line<'static>> {
    let Some(report) = &app.compose.result else { return Vec::new() };
    let theme = &app.theme;
    let mut lines = Vec::new();
    for recipient in &report.recipients {
        let (word, style) = match recipient.outcome {
            RecipientOutcome::Accepted => ("accepted", theme.ok),
            RecipientOutcome::Refused => ("REFUSED", theme.permanent),
            RecipientOutcome::Deferred => ("DEFERRED", theme.temporary),
            RecipientOutcome::Unknown => ("UNKNOWN", theme.warning),
            RecipientOutcome::Untried => ("not tried", theme.dim),
        };
        let said = recipient.reply.as_ref().map(|reply| format!("{} {}", reply.code, reply.text())).unwrap_or_default();
        let said = crate::wire::printable::text(&said).into_owned();
        lines.push(Line::from(vec![
            span(format!("{word:<9} "), style),
            span(fit(&format!("{}  {said}", recipient.address), width.saturating_sub(10)), theme.text),
        ]));
    }
    if report.outcome == MailOutcome::Sent || report.outcome == MailOutcome::Partial {
        let queued = report.queue_id.as_ref().map(|id| format!(" as {id}")).unwrap_or_default();
        let note = format!(
            "Queued{}: accepted, not yet delivered; a bounce may follow.",
            crate::wire::printable::text(&queued)
        );
        lines.push(Line::from(span(fit(&note, width), theme.dim)));
    }
    lines
}
