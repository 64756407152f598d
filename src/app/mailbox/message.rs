//! The open message: its tabs, and where one is in it.

use std::sync::Arc;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::mail::{Origin, View, added_by_server};
use crate::wire::printable;

/// Most lines made for a tab: a message of a million lines is read in the pager or saved.
const LINES: usize = 200_000;

/// What the message view shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tab {
    Text,
    Headers,
    Raw,
    Parts,
}

impl Tab {
    pub(crate) const ALL: [Self; 4] = [Self::Text, Self::Headers, Self::Raw, Self::Parts];

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Text => "Text",
            Self::Headers => "Headers",
            Self::Raw => "Raw",
            Self::Parts => "Parts",
        }
    }
}

/// A message that arrived whole (or its first part, if it is too large to be kept).
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) number: u32,
    pub(crate) raw: Arc<Vec<u8>>,
    /// Octets it has; more than `raw` when it is too large to be kept.
    octets: u64,
    pub(crate) view: View,
    origins: Vec<Origin>,
    pub(crate) tab: Tab,
    pub(crate) scroll: usize,
    /// The lines of the tab, wrapped for a width.
    lines: Vec<String>,
    made_for: Option<(Tab, usize)>,
}

impl Message {
    /// `view` is the parsed form of `raw`.
    pub(crate) fn new(number: u32, raw: Arc<Vec<u8>>, octets: u64, view: View) -> Self {
        let origins = added_by_server(None, &raw);
        Self { number, raw, octets, view, origins, tab: Tab::Text, scroll: 0, lines: Vec::new(), made_for: None }
    }

    /// Only its first part is kept: it must not pass for the message.
    pub(crate) fn is_cut(&self) -> bool {
        self.octets > self.raw.len() as u64
    }

    pub(crate) fn step_tab(&mut self, step: isize) {
        let here = Tab::ALL.iter().position(|tab| *tab == self.tab).unwrap_or(0);
        self.set_tab(Tab::ALL[(here + Tab::ALL.len()).wrapping_add_signed(step) % Tab::ALL.len()]);
    }

    pub(crate) fn set_tab(&mut self, tab: Tab) {
        self.tab = tab;
        self.scroll = 0;
    }

    /// Makes the lines for a view of this width; nothing to do if they are made.
    pub(crate) fn prepare(&mut self, width: usize) {
        if self.made_for == Some((self.tab, width)) || width == 0 {
            return;
        }
        self.lines = match self.tab {
            Tab::Text => wrap_all(self.text_lines(), width),
            Tab::Headers => wrap_all(self.header_lines(), width),
            Tab::Raw => wrap_all(self.raw.split_inclusive(|byte| *byte == b'\n').map(printable::wire), width),
            Tab::Parts => wrap_all(self.part_lines(), width),
        };
        self.made_for = Some((self.tab, width));
    }

    pub(crate) fn lines(&self) -> &[String] {
        &self.lines
    }

    pub(crate) fn scroll_by(&mut self, step: isize, page: usize) {
        let last = self.lines.len().saturating_sub(page);
        self.scroll = self.scroll.saturating_add_signed(step).min(last);
    }

    /// The text of the tab, for copying and the pager.
    pub(crate) fn plain(&self) -> String {
        match self.tab {
            Tab::Text => self.text_lines().collect::<Vec<_>>().join("\n"),
            Tab::Headers => self.header_lines().collect::<Vec<_>>().join("\n"),
            Tab::Raw => {
                self.raw.split_inclusive(|byte| *byte == b'\n').map(printable::wire).collect::<Vec<_>>().join("\n")
            }
            Tab::Parts => self.part_lines().collect::<Vec<_>>().join("\n"),
        }
    }

    fn text_lines(&self) -> impl Iterator<Item = String> + '_ {
        let headers = self.view.headers_short.iter().map(|(name, value)| format!("{name}: {value}"));
        let notes = self.view.notes.iter().map(|note| format!("! {note}"));
        headers.chain(notes).chain([String::new()]).chain(self.view.text.iter().cloned())
    }

    fn header_lines(&self) -> impl Iterator<Item = String> + '_ {
        self.view.headers_all.iter().zip(&self.origins).flat_map(|(header, origin)| {
            let mark = if *origin == Origin::Added { "+ " } else { "  " };
            header.raw.iter().map(move |line| format!("{mark}{line}"))
        })
    }

    fn part_lines(&self) -> impl Iterator<Item = String> + '_ {
        self.view.parts.iter().map(|part| {
            let name = part.name.as_deref().unwrap_or_default();
            format!(
                "{:<8}{:<28}{:>12} B  {:<18}{name}",
                part.path,
                part.content_type,
                super::super::grouped(part.size as u64),
                part.encoding
            )
        })
    }
}

fn wrap_all(lines: impl Iterator<Item = String>, width: usize) -> Vec<String> {
    let mut wrapped = Vec::new();
    for line in lines {
        wrap(&line, width, &mut wrapped);
        if wrapped.len() >= LINES {
            wrapped.truncate(LINES);
            wrapped
                .push(format!("[only the first {LINES} lines are shown: save the message (s) or use the pager (o)]"));
            break;
        }
    }
    wrapped
}

/// Breaks a line at spaces where it can, else between graphemes.
fn wrap(line: &str, width: usize, into: &mut Vec<String>) {
    if line.width() <= width {
        into.push(line.to_owned());
        return;
    }
    let (mut current, mut used, mut space) = (String::new(), 0, None);
    for grapheme in line.graphemes(true) {
        let wide = grapheme.width();
        if used + wide > width && !current.is_empty() {
            let rest = match space {
                Some(at) if grapheme != " " => current.split_off(at),
                _ => String::new(),
            };
            into.push(current.trim_end().to_owned());
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
    into.push(current);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapped(line: &str, width: usize) -> Vec<String> {
        let mut lines = Vec::new();
        wrap(line, width, &mut lines);
        lines
    }

    #[test]
    fn lines_break_at_spaces_and_never_overflow() {
        assert_eq!(wrapped("the quick brown fox", 10), ["the quick", "brown fox"]);
        assert_eq!(wrapped("abcdefghijkl", 5), ["abcde", "fghij", "kl"]);
        assert_eq!(wrapped("中中中", 4), ["中中", "中"]);
        assert_eq!(wrapped("", 5), [""]);
        assert!(wrapped("a bb ccc dddd eeeee ffffff", 7).iter().all(|line| line.width() <= 7));
    }
}
