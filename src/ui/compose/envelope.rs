//! The envelope tab: MAIL FROM and RCPT TO, derived or typed.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::input_line;
use crate::app::App;
use crate::app::compose::Slot;
use crate::layout::Pane;
use crate::ui::Caret;
use crate::ui::text::{fit, span};

pub(super) fn envelope_tab(frame: &mut Frame, app: &App, area: Rect) -> Caret {
    let form = &app.compose;
    let nobody = crate::mail::Envelope::default();
    let derived = form.addresses.derived().as_ref().unwrap_or(&nobody);
    let mut caret = None;
    for (index, (slot, derived)) in
        [(Slot::Main, derived.from.clone()), (Slot::EnvelopeTo, super::joined(&derived.to, usize::from(area.width)))]
            .into_iter()
            .enumerate()
    {
        let y = area.y + index as u16;
        if y >= area.bottom() {
            break;
        }
        let active = form.at == slot && app.focus == Pane::Compose;
        let line = Rect { y, height: 1, ..area };
        let label = if active { app.theme.focus } else { app.theme.label };
        frame.render_widget(Line::from(span(slot.label(), label)), line);
        let at = Rect { x: line.x + 10.min(line.width), width: line.width.saturating_sub(10), ..line };
        let input = form.field(slot);
        if input.value().is_empty() {
            frame.render_widget(
                Line::from(span(fit(&format!("{derived} (derived)"), usize::from(at.width)), app.theme.dim)),
                at,
            );
        }
        // A warning only where the envelope is not what the fields say.
        let style = if form.addresses.is_overridden() { app.theme.warning } else { app.theme.text };
        caret = input_line(frame, at, input, active, style, None).or(caret);
    }
    let note = "Empty: derived from From, To, Cc and Bcc. What is typed here goes to the server instead; the headers stay. \
         <> is the null sender.";
    let rest = Rect { y: (area.y + 3).min(area.bottom()), height: area.height.saturating_sub(3), ..area };
    let lines: Vec<Line> = crate::ui::text::wrap(note, usize::from(rest.width))
        .into_iter()
        .map(|line| Line::from(span(line, app.theme.dim)))
        .collect();
    frame.render_widget(Paragraph::new(lines), rest);
    caret
}
