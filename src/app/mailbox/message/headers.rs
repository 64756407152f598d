//! The Headers tab: every field with all its lines, `+` before what servers added; or the few that people read.

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

/// Name and value, decoded.
pub(super) fn short(headers: &[(String, String)]) -> Vec<Line> {
    let mut lines = Vec::new();
    for (name, value) in headers {
        push(&mut lines, Mark::Plain, &format!("  {name}: {value}"));
    }
    lines
}
