//! What can be put into the line, listed above the prompt.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Block, Paragraph};
use unicode_width::UnicodeWidthStr;

use crate::app::App;
use crate::layout::Pane;
use crate::ui::text::{fit, left, span};
use crate::wire::printable;

/// Most candidates seen at once.
const ROWS: usize = 8;
/// Cells of what is put in at most, of the notes behind it the rest of the screen.
const WORDS: usize = 40;

/// Draws them over what is above the prompt, if the list is open.
pub(in crate::ui) fn render(frame: &mut Frame, app: &App, prompt: Rect) {
    let Some(selected) = app.prompt.open.filter(|_| app.focus == Pane::Prompt && app.dialog.is_none()) else { return };
    let offer = app.prompt_offer();
    let count = offer.candidates.len();
    let rows = ROWS.min(usize::from(prompt.y).saturating_sub(3));
    if count == 0 || rows == 0 || prompt.width < 8 {
        return;
    }
    let selected = selected.min(count - 1);
    let first = (selected + 1).saturating_sub(rows);
    let shown: Vec<(String, String)> = offer
        .candidates
        .iter()
        .skip(first)
        .take(rows)
        .map(|candidate| (printable::text(candidate.text.trim_end()).into_owned(), candidate.note.clone()))
        .collect();
    let words = shown.iter().map(|(text, _)| text.width()).max().unwrap_or(0).min(WORDS);
    let notes = shown.iter().map(|(_, note)| note.width()).max().unwrap_or(0);
    let theme = &app.theme;
    let help = format!(" {} of {count}, Tab takes it, Esc closes ", selected + 1);
    let gap = if notes == 0 { 0 } else { 2 };
    let inner = (words + gap + notes).max(help.width()).min(usize::from(prompt.width) - 2);
    let size = |cells: usize| u16::try_from(cells).unwrap_or(u16::MAX);
    let height = size(shown.len() + 2);
    let at = Rect { x: prompt.x, y: prompt.y - height, width: size(inner + 2), height };
    crate::ui::clear(frame, app, at);
    let block = Block::bordered()
        .border_set(theme.borders())
        .border_style(theme.border)
        .title_bottom(Line::from(span(help, theme.dim)).right_aligned());
    let line = |(index, (text, note)): (usize, &(String, String))| {
        let text = left(text, words.min(inner));
        let note = left(&fit(note, inner.saturating_sub(words + gap)), inner.saturating_sub(words));
        if first + index == selected {
            let note = format!("{}{}", " ".repeat(gap), note.trim_end());
            Line::from(vec![span(text, theme.selected), span(left(&note, inner.saturating_sub(words)), theme.selected)])
        } else {
            let note = format!("{}{}", " ".repeat(gap), note.trim_end());
            Line::from(vec![span(text, theme.text), span(note, theme.dim)])
        }
    };
    let lines: Vec<Line> = shown.iter().enumerate().map(line).collect();
    frame.render_widget(Paragraph::new(lines).block(block), at);
}
