//! Two sessions beside each other: a line for each command, below it what was answered in two columns. The word at the
//! left says what is different, so it shows without colour too.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use super::text::{fit, left, span};
use crate::app::App;
use crate::app::sessions::CompareView;
use crate::sessions::Verdict;
use crate::sessions::report::{self, with_wait};

/// Cells of the mark and the word before the columns.
const WORD: usize = 8;

pub(super) fn render(frame: &mut Frame, app: &App, area: Rect, view: &CompareView) {
    let theme = &app.theme;
    let width = usize::from(area.width).saturating_sub(4).max(1);
    let inner = super::dialog::open(frame, app, area, width, view.height + 3, "Two sessions compared");
    let cells = usize::from(inner.width);
    let mut put = |row: usize, line: Line<'static>| {
        if row < usize::from(inner.height) {
            let at = Rect { y: inner.y + row as u16, height: 1, ..inner };
            frame.render_widget(line, at);
        }
    };
    put(0, Line::from(span(fit(&view.sentence, cells), theme.text)));
    put(1, columns(app, [&view.names[0], &view.names[1]], ["", ""], cells, [theme.label; 2]));
    let shown = view.lines.iter().skip(view.top).take(view.height);
    for (index, line) in shown.enumerate() {
        put(index + 2, of_line(app, view, line, cells));
    }
    let foot = "n N next difference  Up Down  Enter goes to the row here  Esc back";
    put(view.height + 2, Line::from(span(fit(foot, cells), theme.dim)));
}

fn of_line(app: &App, view: &CompareView, line: &report::Line, cells: usize) -> Line<'static> {
    let pair = &view.comparison.pairs[line.pair];
    let selected = line.pair == view.selected;
    let style = style(app, pair.verdict);
    if !line.head {
        let texts = [line.left.as_str(), line.right.as_str()];
        let sides = if pair.verdict == Verdict::Same { [app.theme.dim; 2] } else { [app.theme.text, style] };
        return columns(app, texts, [&line.waits[0], &line.waits[1]], cells, sides);
    }
    let mark = if selected { ">" } else { " " };
    let word = left(&format!("{mark}{}", pair.verdict.word()), WORD);
    let command = if selected { app.theme.selected } else { app.theme.sent };
    if line.right.is_empty() {
        let text = left(&line.left, cells.saturating_sub(WORD));
        return Line::from(vec![span(word, style), span(text, command)]);
    }
    let mut row = columns(app, [&line.left, &line.right], ["", ""], cells, [command; 2]);
    if let Some(first) = row.spans.first_mut() {
        *first = span(word, style);
    }
    row
}

/// Two texts beside each other, each with its wait at the end.
fn columns(app: &App, texts: [&str; 2], waits: [&str; 2], cells: usize, styles: [Style; 2]) -> Line<'static> {
    let column = cells.saturating_sub(WORD + 3) / 2;
    let side = |at: usize| left(&with_wait(texts[at], waits[at], column), column);
    Line::from(vec![
        span(" ".repeat(WORD), app.theme.dim),
        span(side(0), styles[0]),
        span(if app.theme.ascii { " | " } else { " \u{2502} " }, app.theme.border),
        span(side(1), styles[1]),
    ])
}

fn style(app: &App, verdict: Verdict) -> Style {
    let theme = &app.theme;
    match verdict {
        Verdict::Same => theme.dim,
        Verdict::Time | Verdict::Text => theme.warning,
        Verdict::Enhanced => theme.temporary,
        Verdict::Code => theme.permanent,
        Verdict::OnlyLeft | Verdict::OnlyRight => theme.more,
    }
}
