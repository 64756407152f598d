//! The one-line fields of the form: label, text with the place of a fault marked, and what there is to say about it.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use tui_input::Input;
use unicode_width::UnicodeWidthStr;

use super::LABEL;
use crate::app::App;
use crate::app::compose::{Compose, Slot};
use crate::app::grouped;
use crate::layout::Pane;
use crate::mail::Fault;
use crate::ui::Caret;
use crate::ui::text::{fit, span, take};
use crate::wire::printable;

/// From so many addresses on, their number is said.
const MANY: usize = 4;

pub(super) fn field(frame: &mut Frame, app: &App, area: Rect, slot: Slot) -> Caret {
    let (theme, form) = (&app.theme, &app.compose);
    let active = form.at == slot && app.focus == Pane::Compose;
    let fault = fault(app, slot);
    let (label, mark) = match (fault, active) {
        (Some(_), _) => (theme.warning, "!"),
        (None, true) => (theme.focus, ""),
        (None, false) => (theme.label, ""),
    };
    frame.render_widget(Line::from(span(format!("{}{mark}", slot.label()), label)), area);
    let at = Rect { x: area.x + LABEL.min(area.width), width: area.width.saturating_sub(LABEL), ..area };
    let input = form.field(slot);
    let fault = fault.filter(|_| !input.value().is_empty());
    let remark = match fault {
        Some(fault) => place(fault),
        None => remark(form, slot).unwrap_or_default(),
    };
    let style = if fault.is_some() { theme.warning } else { theme.dim };
    let wrong = theme.warning.add_modifier(Modifier::REVERSED);
    let marked = fault.map(|fault| (fault.at, wrong));
    marked_line(frame, at, input, active, theme.text, marked, Some((&remark, style)))
}

/// What is wrong in a field: found while it is typed, though not in an address that is not whole yet; or when the mail
/// was to be sent.
fn fault(app: &App, slot: Slot) -> Option<&Fault> {
    let form = &app.compose;
    let typed = form.addresses.of(slot).and_then(|checked| checked.fault.as_ref());
    let typed = typed.filter(|fault| app.focus != Pane::Compose || !form.is_still_typed(slot, fault.at));
    typed.or_else(|| form.faults.iter().find(|fault| fault.field.name() == slot.label()))
}

fn place(fault: &Fault) -> String {
    format!("char {}: {}", fault.at + 1, fault.what)
}

fn remark(form: &Compose, slot: Slot) -> Option<String> {
    let checked = form.addresses.of(slot)?;
    let count = (checked.count >= MANY).then(|| format!("{} addresses", grouped(checked.count as u64)));
    let secret = (slot == Slot::Bcc && checked.count > 0).then(|| "(envelope only)".to_owned());
    checked.other_form.clone().or(count).or(secret)
}

/// The fault in the field with the caret, with its advice, where the field has no room for it.
pub(super) fn fault_elsewhere(app: &App, width: u16) -> Option<String> {
    let form = &app.compose;
    let fault = fault(app, form.at)?;
    let text = form.field(form.at).value();
    let room = usize::from(width.saturating_sub(LABEL));
    let beside = !text.is_empty() && printable::text(text).width() + place(fault).width() + 2 < room;
    (!beside).then(|| if text.is_empty() { fault.what.clone() } else { place(fault) })
}

/// A one-line field, scrolled so that the caret is in view.
pub(in crate::ui) fn input_line(
    frame: &mut Frame,
    area: Rect,
    input: &Input,
    active: bool,
    style: Style,
    hint: Option<(&str, Style)>,
) -> Caret {
    marked_line(frame, area, input, active, style, None, hint)
}

/// As [`input_line`], with the character at a place in a style of its own.
fn marked_line(
    frame: &mut Frame,
    area: Rect,
    input: &Input,
    active: bool,
    style: Style,
    marked: Option<(usize, Style)>,
    hint: Option<(&str, Style)>,
) -> Caret {
    let width = usize::from(area.width);
    let shown = printable::text(input.value());
    // Control characters are shown wider than they are: only then the plain scroll is not exact, and nothing is hidden.
    let scroll = if active { input.visual_scroll(width.saturating_sub(1).max(1)) } else { 0 };
    let visible = take(skip_cells(&shown, scroll), width + 1);
    let cut = if active { take(&visible, width) } else { fit(&visible, width) };
    let mut spans = match marked {
        Some((at, wrong)) => with_mark(&cut, cells_of(input.value(), at), scroll, style, wrong),
        None => vec![span(cut, style)],
    };
    if let Some((hint, style)) = hint.filter(|(hint, _)| !hint.is_empty() && shown.width() + hint.width() + 2 < width) {
        spans.push(span(format!("  {hint}"), style));
    }
    frame.render_widget(Line::from(spans), area);
    let x = area.x
        + u16::try_from(input.visual_cursor().saturating_sub(scroll))
            .unwrap_or(u16::MAX)
            .min(area.width.saturating_sub(1));
    (active && area.width > 0).then_some(Position { x, y: area.y })
}

/// The cells that a character takes; a place behind the end means the last one.
fn cells_of(text: &str, at: usize) -> std::ops::Range<usize> {
    let place = text.char_indices().nth(at).or_else(|| text.char_indices().next_back());
    let Some((byte, character)) = place else { return 0..0 };
    let from = printable::text(&text[..byte]).width();
    from..from + printable::text(character.encode_utf8(&mut [0; 4])).width()
}

/// The visible text, in three pieces where the mark is in view.
fn with_mark(
    visible: &str,
    mark: std::ops::Range<usize>,
    scroll: usize,
    style: Style,
    wrong: Style,
) -> Vec<Span<'static>> {
    if mark.end <= scroll || mark.start >= scroll + visible.width() {
        return vec![span(visible, style)];
    }
    let before = take(visible, mark.start.saturating_sub(scroll));
    let rest = &visible[before.len()..];
    let here = take(rest, mark.len().max(1));
    let behind = rest[here.len()..].to_owned();
    vec![span(before, style), span(here, wrong), span(behind, style)]
}

fn skip_cells(text: &str, cells: usize) -> &str {
    let mut skipped = 0;
    let start = text.char_indices().find(|(_, character)| {
        let before = skipped;
        skipped += unicode_width::UnicodeWidthChar::width(*character).unwrap_or(0);
        before >= cells
    });
    start.map_or("", |(byte, _)| &text[byte..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_faulty_character_is_marked_where_it_is_in_view() {
        let (plain, wrong) = (Style::new(), Style::new().add_modifier(Modifier::REVERSED));
        let pieces = |visible: &str, mark, scroll| -> Vec<String> {
            with_mark(visible, mark, scroll, plain, wrong).iter().map(|span| span.content.to_string()).collect()
        };
        assert_eq!(pieces("abcdef", cells_of("abcdef", 2), 0), ["ab", "c", "def"]);
        assert_eq!(pieces("中@b", cells_of("中@b", 1), 0), ["中", "@", "b"]);
        assert_eq!(pieces("abc", cells_of("abc", 9), 0), ["ab", "c", ""]);
        assert_eq!(pieces("def", cells_of("abcdef", 4), 3), ["d", "e", "f"]);
        assert_eq!(pieces("def", cells_of("abcdef", 1), 3), ["def"]);
        assert_eq!(cells_of("", 3), 0..0);
    }
}
