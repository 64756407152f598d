//! Fitting text into cells, and pieces of it into lines.

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

pub(super) use crate::transcript::text::{fit, left, take};

/// `text` in exactly `width` cells, to the right.
pub(super) fn right(text: &str, width: usize) -> String {
    let shown = fit(text, width);
    " ".repeat(width.saturating_sub(shown.width())) + &shown
}

/// Text at the left, and text at the right as long as both fit.
pub(super) fn both_ends(left: Vec<Span<'static>>, right: Vec<Span<'static>>, width: usize) -> Line<'static> {
    let size = |spans: &[Span<'static>]| spans.iter().map(Span::width).sum::<usize>();
    let (here, there) = (size(&left), size(&right));
    let mut spans = left;
    if here + there < width {
        spans.push(Span::raw(" ".repeat(width - here - there)));
        spans.extend(right);
    }
    Line::from(spans)
}

/// A styled piece of text.
pub(super) fn span(text: impl Into<String>, style: Style) -> Span<'static> {
    Span::styled(text.into(), style)
}

/// Text broken at spaces into lines of at most `width` cells.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut().filter(|line| line.width() + 1 + word.width() <= width) {
            Some(line) => {
                line.push(' ');
                line.push_str(word);
            }
            None => lines.push(take(word, width)),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_are_shown_and_widths_are_kept() {
        assert_eq!(fit("hello", 5), "hello");
        assert_eq!(fit("hello!", 5), "hell>");
        assert_eq!(fit("中中中", 5), "中中>");
        assert_eq!(left("中", 4), "中  ");
        assert_eq!(right("84", 4), "  84");
        assert_eq!(fit("abc", 0), "");
    }

    #[test]
    fn words_wrap() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc"]);
    }
}
