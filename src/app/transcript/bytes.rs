//! The octets of the row under the cursor: how many lines of them there are, and where one is in them.

use std::ops::Range;

use super::TranscriptPane;

/// Columns that an octet takes in hexadecimal, and once more as text.
const OCTET: usize = 4;
/// Columns of the offset and of the gaps.
const OFFSET: usize = 8;
/// Fewest rows of the transcript that stay above the octets.
const ROWS_ABOVE: usize = 3;
/// Most rows that the octets take, their heading among them, where there is room for more.
const MOST: usize = 18;

/// Where one is in the octets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct BytesView {
    /// The entry that was paged in last.
    of: u64,
    /// The first octet on screen of that entry.
    top: usize,
}

/// Octets in a line of `width` columns: a power of two, so that offsets are round.
pub(crate) fn per_line(width: usize) -> usize {
    let fits = |octets: &usize| octets * OCTET + OFFSET <= width;
    [32, 16, 8, 4].into_iter().find(fits).unwrap_or(2)
}

impl TranscriptPane {
    /// Rows that the octets take, with their heading, of a pane of `height` rows.
    pub(crate) fn bytes_rows(&self, height: usize) -> usize {
        let room = height.saturating_sub(ROWS_ABOVE).min((height / 2).max(4)).min(MOST);
        if self.bytes.is_some() && room >= 2 { room } else { 0 }
    }

    pub(crate) fn toggle_bytes(&mut self) {
        self.bytes = if self.bytes.is_some() { None } else { Some(BytesView::default()) };
    }

    /// The octets on screen, of `lines` lines; and how many there are.
    pub(crate) fn octets_on_screen(&self, lines: usize, per_line: usize) -> Option<(Range<usize>, usize)> {
        let (view, entry) = (self.bytes?, self.selected()?);
        let len = entry.raw().len();
        let top = if view.of == entry.id() { view.top } else { 0 };
        let last = len.div_ceil(per_line).saturating_sub(lines) * per_line;
        let top = (top - top % per_line).min(last);
        Some((top..(top + lines * per_line).min(len), len))
    }

    /// Pages in the octets. False: they are not shown.
    pub(crate) fn page_bytes(&mut self, forward: bool, lines: usize, per_line: usize) -> bool {
        let Some((shown, _)) = self.octets_on_screen(lines, per_line) else { return false };
        let Some(of) = self.cursor().map(|cursor| cursor.id) else { return false };
        let jump = lines.saturating_sub(1).max(1) * per_line;
        let top = if forward { shown.start + jump } else { shown.start.saturating_sub(jump) };
        self.bytes = Some(BytesView { of, top });
        true
    }
}
