//! From the text of a script to its statements. Every line is read, so that all faults are told at once.

mod condition;
mod cursor;
mod pattern;
mod statements;
mod text;

use std::borrow::Cow;

pub(super) use pattern::compiled;
pub use text::is_name;

use super::fault::MOST;
use super::{Fault, LINE, Script, TEXT};
use cursor::Cursor;

/// Reads a whole script.
pub(super) fn script(text: &str) -> Result<Script, Vec<Fault>> {
    if text.len() > TEXT {
        let what = format!("the script has {} octets", text.len());
        return Err(vec![Fault::new(1, 1, what, format!("at most {TEXT} are read"))]);
    }
    let mut reader = Reader::new(text);
    let statements = reader.script();
    if reader.faults.is_empty() {
        return Ok(Script { statements });
    }
    reader.faults.sort_by_key(|fault| (fault.line, fault.column));
    reader.faults.truncate(MOST);
    Err(reader.faults)
}

/// The lines of a script, and where it is read.
struct Reader<'a> {
    lines: Vec<&'a str>,
    /// Index of the next line.
    at: usize,
    faults: Vec<Fault>,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut lines: Vec<&str> = text.split('\n').map(|line| line.trim_end_matches('\r')).collect();
        if lines.last().is_some_and(|line| line.is_empty()) {
            lines.pop();
        }
        Self { lines, at: 0, faults: Vec::new() }
    }

    /// The next line with its number; an overlong one is a fault and reads as empty.
    fn next_line(&mut self) -> Option<(u32, &'a str)> {
        if self.faults.len() >= MOST {
            return None;
        }
        let line = *self.lines.get(self.at)?;
        self.at += 1;
        let number = self.number();
        if line.len() > LINE {
            let what = format!("the line has {} octets", line.len());
            self.faults.push(Fault::new(number, 1, what, format!("at most {LINE} are read")));
            return Some((number, ""));
        }
        Some((number, line))
    }

    /// Of the line that was read last.
    fn number(&self) -> u32 {
        u32::try_from(self.at).unwrap_or(u32::MAX)
    }

    fn fault(&mut self, cursor: &Cursor, what: impl Into<Cow<'static, str>>, right: impl Into<String>) {
        self.faults.push(cursor.fault(what.into(), right));
    }
}
