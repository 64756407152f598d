//! Where one is in a tab. Only lines near that place are ever made or broken, however long the tab is.

use super::line::{Line, wrap};

/// Lines that can be made one by one, at places that rise; 0 is the first. Always at least one.
pub(super) trait Source {
    /// The line at a place.
    fn line(&self, at: usize) -> Line;
    /// The place behind it.
    fn next(&self, at: usize) -> Option<usize>;
    /// The place before it.
    fn previous(&self, at: usize) -> Option<usize>;
    /// The last place there is at or before `at`.
    fn nearest(&self, at: usize) -> usize;
}

/// Lines that are made already.
pub(super) struct Lines<'a>(pub(super) &'a [Line]);

impl Source for Lines<'_> {
    fn line(&self, at: usize) -> Line {
        self.0.get(at).cloned().unwrap_or_default()
    }

    fn next(&self, at: usize) -> Option<usize> {
        (at + 1 < self.0.len()).then_some(at + 1)
    }

    fn previous(&self, at: usize) -> Option<usize> {
        at.checked_sub(1)
    }

    fn nearest(&self, at: usize) -> usize {
        at.min(self.0.len().saturating_sub(1))
    }
}

/// The first row on screen: a line, and which of its rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) at: usize,
    pub(super) row: usize,
}

/// The size of what is seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) width: usize,
    pub(super) height: usize,
}

/// A row on screen, and the place of its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) at: usize,
    pub(super) line: Line,
}

/// The rows from a place on.
pub(super) fn rows(source: &dyn Source, from: Place, frame: Frame) -> Vec<Row> {
    let (mut rows, mut at, mut skip) = (Vec::with_capacity(frame.height), from.at, from.row);
    while rows.len() < frame.height {
        let line = source.line(at);
        for text in wrap(&line.text, frame.width).into_iter().skip(skip).take(frame.height - rows.len()) {
            rows.push(Row { at, line: Line::new(line.mark, text) });
        }
        skip = 0;
        match source.next(at) {
            Some(next) => at = next,
            None => break,
        }
    }
    rows
}

/// So many rows further, but never past the place from which the end is on screen.
pub(super) fn forth(source: &dyn Source, from: Place, frame: Frame, step: usize) -> Place {
    let mut place = from;
    let mut left = step;
    loop {
        let here = height(source, place.at, frame.width).saturating_sub(place.row);
        if left < here {
            place.row += left;
            break;
        }
        left -= here;
        match source.next(place.at) {
            Some(at) => place = Place { at, row: 0 },
            None => return bottom(source, frame),
        }
    }
    if rows(source, place, frame).len() < frame.height { bottom(source, frame) } else { place }
}

/// So many rows back.
pub(super) fn back(source: &dyn Source, from: Place, frame: Frame, step: usize) -> Place {
    let mut place = from;
    let mut left = step;
    while left > place.row {
        left -= place.row;
        let Some(at) = source.previous(place.at) else { return Place::default() };
        place = Place { at, row: height(source, at, frame.width) };
    }
    Place { row: place.row - left, ..place }
}

/// The place from which the end is on screen.
pub(super) fn bottom(source: &dyn Source, frame: Frame) -> Place {
    let at = source.nearest(usize::MAX);
    let end = Place { at, row: height(source, at, frame.width) };
    back(source, end, frame, frame.height.max(1))
}

/// The same place after the width changed: the line stays, and about the row in it.
pub(super) fn settled(source: &dyn Source, place: Place, before: usize, frame: Frame) -> Place {
    let at = source.nearest(place.at);
    let row = if at == place.at { place.row * before / frame.width.max(1) } else { 0 };
    let place = Place { at, row: row.min(height(source, at, frame.width).saturating_sub(1)) };
    if rows(source, place, frame).len() < frame.height { bottom(source, frame) } else { place }
}

fn height(source: &dyn Source, at: usize, width: usize) -> usize {
    wrap(&source.line(at).text, width).len()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    const FRAME: Frame = Frame { width: 10, height: 4 };

    fn lines(texts: &[&str]) -> Vec<Line> {
        texts.iter().map(|text| Line::plain(*text)).collect()
    }

    fn shown(source: &dyn Source, place: Place) -> Vec<String> {
        rows(source, place, FRAME).into_iter().map(|row| row.line.text).collect()
    }

    #[test]
    fn one_goes_by_rows_and_stops_at_both_ends() {
        let lines = lines(&["one", "two three four five", "six", "seven", "eight"]);
        let place = forth(&Lines(&lines), Place::default(), FRAME, 2);
        assert_eq!(shown(&Lines(&lines), place), ["four five", "six", "seven", "eight"]);
        assert_eq!(forth(&Lines(&lines), place, FRAME, 1), place, "the end is on screen");
        assert_eq!(
            shown(&Lines(&lines), back(&Lines(&lines), place, FRAME, 1)),
            ["two three", "four five", "six", "seven"]
        );
        assert_eq!(back(&Lines(&lines), place, FRAME, 99), Place::default());
        assert_eq!(bottom(&Lines(&lines), FRAME), place);
        assert_eq!(bottom(&Lines(&lines[..2]), FRAME), Place::default(), "less than a screen");
    }

    #[test]
    fn another_width_keeps_the_line() {
        let text = "word ".repeat(40);
        let lines = lines(&["a", "b", &text, "c", "d", "e", "f", "g"]);
        let narrow = Place { at: 2, row: 10 };
        let wide = settled(&Lines(&lines), narrow, 10, Frame { width: 50, height: 4 });
        assert_eq!(wide, Place { at: 2, row: 2 });
        assert_eq!(settled(&Lines(&lines[..3]), Place { at: 7, row: 3 }, 10, FRAME).at, 2, "the line is gone");
    }

    /// A million lines, none of which is there before it is asked for.
    struct Endless(Cell<usize>);

    impl Source for Endless {
        fn line(&self, at: usize) -> Line {
            self.0.set(self.0.get() + 1);
            Line::plain(at.to_string())
        }
        fn next(&self, at: usize) -> Option<usize> {
            (at < 1_000_000).then_some(at + 1)
        }
        fn previous(&self, at: usize) -> Option<usize> {
            at.checked_sub(1)
        }
        fn nearest(&self, at: usize) -> usize {
            at.min(1_000_000)
        }
    }

    #[test]
    fn no_more_lines_are_made_than_are_seen() {
        let source = Endless(Cell::new(0));
        let made = |act: &dyn Fn() -> Place| {
            source.0.set(0);
            act();
            source.0.get()
        };
        let middle = Place { at: 500_000, row: 0 };
        assert!(made(&|| forth(&source, middle, FRAME, 4)) <= 12);
        assert!(made(&|| back(&source, middle, FRAME, 4)) <= 12);
        assert!(made(&|| bottom(&source, FRAME)) <= 12);
        assert!(made(&|| settled(&source, middle, 80, FRAME)) <= 12);
    }
}
