//! The Headers tab: every field with all its lines; `+` stands before what servers added.

use super::line::{Line, Mark, push};
use crate::mail::{HeaderLine, Origin};

pub(super) fn lines(headers: &[HeaderLine], origins: &[Origin]) -> Vec<Line> {
    let mut lines = Vec::new();
    for (header, origin) in headers.iter().zip(origins) {
        let (sign, mark) = match origin {
            Origin::Added => ("+ ", Mark::Added),
            Origin::AsSent | Origin::Changed => ("  ", Mark::Plain),
        };
        for line in &header.raw {
            push(&mut lines, mark, &format!("{sign}{line}"));
        }
    }
    lines
}
