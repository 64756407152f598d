//! Lines of a tab, and what they are; broken to a width.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Most characters of one line; a longer one goes on in the next, so that no line takes long to break.
const LONGEST: usize = 2_000;

/// What a line is, for its style. Each shows in words or signs too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mark {
    #[default]
    Plain,
    Dim,
    Heading,
    Warning,
    Added,
    Removed,
    /// The row under the cursor.
    Cursor,
}

/// A line of a tab, fit for the screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) text: String,
    pub(crate) mark: Mark,
}

impl Line {
    pub(super) fn new(mark: Mark, text: impl Into<String>) -> Self {
        Self { text: text.into(), mark }
    }

    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self::new(Mark::Plain, text)
    }
}

/// Adds `text` as one line, or as several if it is a long one.
pub(super) fn push(into: &mut Vec<Line>, mark: Mark, text: &str) {
    let mut rest = text;
    while rest.len() > LONGEST {
        let end = rest.char_indices().nth(LONGEST).map_or(rest.len(), |(at, _)| at);
        into.push(Line::new(mark, &rest[..end]));
        rest = &rest[end..];
    }
    if !rest.is_empty() || text.is_empty() {
        into.push(Line::new(mark, rest));
    }
}

/// Breaks a line at spaces where it can, else between graphemes. At least one row.
pub(in crate::app) fn wrap(line: &str, width: usize) -> Vec<String> {
    let mut rows = Vec::new();
    if line.width() <= width {
        rows.push(line.to_owned());
        return rows;
    }
    let (mut current, mut used, mut space) = (String::new(), 0, None);
    for grapheme in line.graphemes(true) {
        let wide = grapheme.width();
        if used + wide > width && !current.is_empty() {
            let rest = match space {
                Some(at) if grapheme != " " => current.split_off(at),
                _ => String::new(),
            };
            rows.push(current.trim_end().to_owned());
            current = rest;
            used = current.width();
            space = None;
            if grapheme == " " {
                continue;
            }
        }
        current.push_str(grapheme);
        used += wide;
        if grapheme == " " {
            space = Some(current.len());
        }
    }
    rows.push(current);
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_spaces_and_never_overflow() {
        assert_eq!(wrap("the quick brown fox", 10), ["the quick", "brown fox"]);
        assert_eq!(wrap("abcdefghijkl", 5), ["abcde", "fghij", "kl"]);
        assert_eq!(wrap("中中中", 4), ["中中", "中"]);
        assert_eq!(wrap("", 5), [""]);
        assert!(wrap("a bb ccc dddd eeeee ffffff", 7).iter().all(|line| line.width() <= 7));
    }

    #[test]
    fn a_long_line_goes_on_in_the_next() {
        let mut lines = Vec::new();
        push(&mut lines, Mark::Plain, &"ä".repeat(2 * LONGEST + 1));
        assert_eq!(lines.iter().map(|line| line.text.chars().count()).collect::<Vec<_>>(), [LONGEST, LONGEST, 1]);
        push(&mut lines, Mark::Plain, "");
        assert_eq!(lines.len(), 4);
    }
}
