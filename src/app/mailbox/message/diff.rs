//! The Diff tab: the mail as it was sent beside the mail as it arrived.

use super::line::{Line, Mark, push};
use crate::mail::{Comparison, Kind};

/// Most lines that are made.
const LINES: usize = 100_000;

pub(super) fn lines(comparison: &Comparison) -> Vec<Line> {
    let mut lines = Vec::new();
    push(&mut lines, Mark::Heading, &comparison.summary);
    lines.push(Line::new(Mark::Dim, "- as it was sent, + as it arrived"));
    for difference in &comparison.lines {
        let (sign, mark) = match difference.kind {
            Kind::Same => (' ', Mark::Plain),
            Kind::Added => ('+', Mark::Added),
            Kind::Removed => ('-', Mark::Removed),
        };
        push(&mut lines, mark, &format!("{sign}{}", difference.text));
        if lines.len() >= LINES {
            lines.push(Line::new(Mark::Warning, "! there are more differences than are shown"));
            break;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::Difference;

    #[test]
    fn signs_tell_what_became_of_a_line() {
        let line = |kind, text: &str| Difference { kind, text: text.into() };
        let lines = lines(&Comparison {
            summary: "one field added".into(),
            lines: vec![line(Kind::Same, "a"), line(Kind::Added, "b"), line(Kind::Removed, "c")],
            body_same: true,
        });
        let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts, ["one field added", "- as it was sent, + as it arrived", " a", "+b", "-c"]);
        assert_eq!((lines[3].mark, lines[4].mark), (Mark::Added, Mark::Removed));
    }
}
