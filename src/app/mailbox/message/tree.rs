//! The Parts tab: the MIME tree, two rows a part where the pane is narrow.

use super::line::{Line, Mark};
use crate::mail::PartInfo;
use crate::transcript::text::{fit, left};

/// From here on all fits in one row.
const WIDE: usize = 96;

/// The lines, and how many of them a part takes; the first part stands behind `heading` lines.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) lines: Vec<Line>,
    pub(super) heading: usize,
    pub(super) a_part: usize,
}

impl Tree {
    pub(super) fn new(parts: &[PartInfo], missing: Option<String>, width: usize) -> Self {
        let wide = width >= WIDE;
        let mut lines: Vec<Line> = missing.map(|text| Line::new(Mark::Warning, text)).into_iter().collect();
        lines.push(Line::new(Mark::Heading, if wide { wide_heading() } else { narrow_heading(width) }));
        let heading = lines.len();
        for part in parts {
            if wide {
                lines.push(Line::plain(wide_row(part, width)));
            } else {
                lines.push(Line::plain(narrow_row(part, width)));
                lines.push(Line::new(Mark::Dim, fit(&format!("{:12}{}", "", details(part)), width)));
            }
        }
        Self { lines, heading, a_part: if wide { 1 } else { 2 } }
    }

    /// The line of a part.
    pub(super) fn line_of(&self, part: usize) -> usize {
        self.heading + part * self.a_part
    }
}

fn numbered(part: &PartInfo) -> String {
    // Deeper ones stand further to the right, up to a point.
    let depth = part.path.matches('.').count().min(4);
    cell(&format!("{:1$}{2}", "", depth, part.path), 12)
}

fn wide_heading() -> String {
    format!(
        "{:12}{:27}{:13}{:17}{:>11}{:>12}  {:13}Name",
        "Part", "Type", "Charset", "Encoding", "Encoded B", "Decoded B", "Disposition"
    )
}

fn wide_row(part: &PartInfo, width: usize) -> String {
    let row = format!(
        "{}{}{}{}{:>11}{:>12}  {}{}",
        numbered(part),
        cell(&part.content_type, 27),
        cell(part.charset.as_deref().unwrap_or_default(), 13),
        cell(&part.encoding, 17),
        grouped(part.size),
        grouped(part.decoded),
        cell(&part.disposition, 13),
        part.name.as_deref().unwrap_or_default()
    );
    fit(&row, width)
}

fn narrow_heading(width: usize) -> String {
    fit(&format!("{:12}{:27}{:>12}  Name", "Part", "Type", "Decoded B"), width)
}

fn narrow_row(part: &PartInfo, width: usize) -> String {
    let name = part.name.as_deref().unwrap_or_default();
    fit(&format!("{}{}{:>12}  {name}", numbered(part), cell(&part.content_type, 27), grouped(part.decoded)), width)
}

fn details(part: &PartInfo) -> String {
    let charset = part.charset.as_ref().map(|charset| format!("{charset}, ")).unwrap_or_default();
    let disposition = if part.disposition.is_empty() { String::new() } else { format!(", {}", part.disposition) };
    format!("{charset}{}, {} B encoded{disposition}", part.encoding, grouped(part.size))
}

fn grouped(number: usize) -> String {
    crate::app::grouped(number as u64)
}

/// `text` in so many cells, one of them blank.
fn cell(text: &str, width: usize) -> String {
    left(&fit(text, width - 1), width)
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;

    fn part() -> PartInfo {
        PartInfo {
            path: "1.2".into(),
            content_type: "application/pdf".into(),
            size: 1_368,
            decoded: 1_000,
            name: Some("report.pdf".into()),
            encoding: "base64".into(),
            charset: Some("utf-8".into()),
            disposition: "attachment".into(),
            ..PartInfo::default()
        }
    }

    #[test]
    fn everything_about_a_part_is_told_at_any_width() {
        for (width, rows) in [(120, 1), (78, 2)] {
            let tree = Tree::new(&[part(), part()], None, width);
            let start = tree.line_of(1);
            let text: String = tree.lines[start..start + rows].iter().map(|line| line.text.as_str()).collect();
            for word in ["1.2", "application/pdf", "1,368", "1,000", "report.pdf", "base64", "utf-8", "attachment"] {
                assert!(text.contains(word), "{width}: {word} in {text}");
            }
        }
        for width in 1..130 {
            let tree = Tree::new(&[part()], None, width);
            assert!(tree.lines[tree.heading..].iter().all(|line| line.text.width() <= width), "{width}");
        }
    }

    #[test]
    fn what_is_missing_is_told_first() {
        let tree = Tree::new(&[part()], Some("! cut".into()), 120);
        assert_eq!((tree.lines[0].text.as_str(), tree.line_of(0)), ("! cut", 2));
    }
}
