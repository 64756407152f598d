//! The open message: its tabs, and where one is in it. One file a tab; lines are made where one looks, or once and
//! under a cap.

mod checks;
mod diff;
mod headers;
mod line;
mod octets;
mod parts;
mod place;
mod route;
mod search;
mod text;
mod tree;

use std::sync::Arc;

use crate::mail::{Comparison, Origin, View, added_by_server};
use crate::verify::Findings;
use crate::wire::printable;
pub(in crate::app) use line::wrap;
pub(crate) use line::{Line, Mark};
use octets::{Hex, LineCount, Raw};
use place::{Frame, Lines, Place, Source};
use search::Search;
pub(crate) use search::Searched;
pub(crate) use search::places as places_of;
use text::Reading;
use tree::Tree;

/// Most octets that are copied or paged in hexadecimal.
const HEX: usize = 4 * 1024 * 1024;

/// What the message view shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tab {
    Text,
    Headers,
    Raw,
    Parts,
    Hex,
    Route,
    Checks,
    /// Only of a mail that was sent from here too.
    Diff,
}

impl Tab {
    const ALL: [Self; 8] =
        [Self::Text, Self::Headers, Self::Raw, Self::Parts, Self::Hex, Self::Route, Self::Checks, Self::Diff];

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Text => "Text",
            Self::Headers => "Headers",
            Self::Raw => "Raw",
            Self::Parts => "Parts",
            Self::Hex => "Hex",
            Self::Route => "Route",
            Self::Checks => "Checks",
            Self::Diff => "Diff",
        }
    }
}

/// One part that is looked into.
#[derive(Debug)]
struct Inside {
    path: String,
    view: View,
}

/// What the made lines were made for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Made {
    tab: Tab,
    /// Only where it matters for the lines.
    width: usize,
    inside: Option<String>,
    short: bool,
    /// Checks and lines of a comparison, which come later.
    found: (Option<Findings>, Option<usize>),
}

/// A message that arrived whole (or its first part, if it is too large to be kept).
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) number: u32,
    pub(crate) raw: Arc<Vec<u8>>,
    /// Octets it has; more than `raw` when it is too large to be kept.
    octets: u64,
    pub(crate) view: View,
    /// What checking it found out.
    pub(crate) findings: Option<Findings>,
    /// The mail as it was sent beside it.
    pub(crate) comparison: Option<Comparison>,
    origins: Vec<Origin>,
    pub(crate) tab: Tab,
    place: Place,
    /// Where one was in the other tabs.
    places: [Place; Tab::ALL.len()],
    frame: Frame,
    /// Headers shows only those that people read.
    short: bool,
    search: Search,
    /// The part under the cursor of Parts.
    cursor: usize,
    inside: Option<Inside>,
    /// A part on its way into the view.
    wanted: Option<String>,
    made: Option<Made>,
    lines: Vec<Line>,
    after: Vec<Line>,
    tree: Tree,
    line_count: Option<LineCount>,
}

impl Message {
    /// `view` is the parsed form of `raw`.
    pub(crate) fn new(number: u32, raw: Arc<Vec<u8>>, octets: u64, view: View) -> Self {
        let origins = added_by_server(None, &raw);
        Self {
            number,
            raw,
            octets,
            view,
            findings: None,
            comparison: None,
            origins,
            tab: Tab::Text,
            place: Place::default(),
            places: [Place::default(); Tab::ALL.len()],
            frame: Frame::default(),
            short: false,
            search: Search::default(),
            cursor: 0,
            inside: None,
            wanted: None,
            made: None,
            lines: Vec::new(),
            after: Vec::new(),
            tree: Tree::default(),
            line_count: None,
        }
    }

    /// Only its first part is kept: it must not pass for the message.
    pub(crate) fn is_cut(&self) -> bool {
        self.octets > self.raw.len() as u64
    }

    /// The tabs there are.
    pub(crate) fn tabs(&self) -> Vec<Tab> {
        Tab::ALL.into_iter().filter(|tab| *tab != Tab::Diff || self.comparison.is_some()).collect()
    }

    pub(crate) fn step_tab(&mut self, step: isize) {
        let tabs = self.tabs();
        let here = tabs.iter().position(|tab| *tab == self.tab).unwrap_or(0);
        self.set_tab(tabs[(here + tabs.len()).wrapping_add_signed(step) % tabs.len()]);
    }

    pub(crate) fn set_tab(&mut self, tab: Tab) {
        self.places[self.tab as usize] = self.place;
        self.tab = tab;
        self.place = self.places[tab as usize];
        self.wanted = None;
    }

    /// Looks at this message as the one before was looked at: the same tab, headers, and text looked for.
    pub(crate) fn look_as(&mut self, before: &Self) {
        if before.tab != Tab::Diff {
            self.tab = before.tab;
        }
        self.short = before.short;
        self.search = Search::new(before.search.text());
    }

    /// Shows all fields in Headers, or only those that people read; whether that tab is on screen.
    pub(crate) fn toggle_headers(&mut self) -> bool {
        let here = self.tab == Tab::Headers;
        if here {
            self.short = !self.short;
            self.place = Place::default();
        }
        here
    }

    /// Headers shows only those that people read.
    pub(crate) fn is_short(&self) -> bool {
        self.short
    }

    /// What is looked for; empty: nothing.
    pub(crate) fn wanted_text(&self) -> &str {
        self.search.text()
    }

    /// Looks for `text` from here on; `None`: it is not there.
    pub(crate) fn look_for(&mut self, text: &str) -> Option<Searched> {
        self.search = Search::new(text);
        if text.is_empty() { Some(Searched::Here) } else { self.find(true) }
    }

    /// Goes to the next place with what is looked for, or to the one before; `None`: there is none.
    pub(crate) fn find(&mut self, forward: bool) -> Option<Searched> {
        let last = self.search.found.filter(|(tab, _)| *tab == self.tab).map(|(_, at)| at);
        let here = self.cursor_line().unwrap_or(self.place.at);
        let octets = self.octets_shown();
        let (at, searched) = self.with_source(|source, _| match octets {
            _ if self.search.text().is_empty() => None,
            Some(octets) => self.search.in_octets(octets, last, here, forward),
            None => self.search.in_lines(source, last, here, forward),
        })?;
        self.search.found = Some((self.tab, at));
        if self.cursor_line().is_some() {
            let part = at.saturating_sub(self.tree.heading) / self.tree.a_part.max(1);
            self.cursor = part.min(self.view.parts.len().saturating_sub(1));
            self.follow_cursor();
        } else {
            let (place, text) = (self.place, self.search.text());
            self.place = self.with_source(|source, frame| search::shown_at(source, place, frame, at, text));
        }
        Some(searched)
    }

    /// The octets, where they are what is shown.
    fn octets_shown(&self) -> Option<&[u8]> {
        matches!(self.tab, Tab::Raw | Tab::Hex).then_some(self.raw.as_slice())
    }

    fn looked_into(&self) -> Option<&Inside> {
        self.inside.as_ref().filter(|_| self.tab == Tab::Parts)
    }

    /// Makes what is needed to show this tab in a frame of this size; the place stays.
    pub(crate) fn prepare(&mut self, width: usize, height: usize) {
        if width == 0 {
            return;
        }
        let before = std::mem::replace(&mut self.frame, Frame { width, height });
        let made = Made {
            tab: self.tab,
            width: if self.tab == Tab::Parts { width } else { 0 },
            inside: self.inside().map(str::to_owned),
            short: self.short && self.tab == Tab::Headers,
            found: (self.findings.clone(), self.comparison.as_ref().map(|found| found.lines.len())),
        };
        if self.made.as_ref() != Some(&made) {
            self.make();
            self.made = Some(made);
        } else if before == self.frame {
            return;
        }
        let (place, was) = (self.place, self.reading_width(before.width));
        self.place = self.with_source(|source, frame| place::settled(source, place, was, frame));
        self.follow_cursor();
    }

    fn make(&mut self) {
        (self.lines, self.after) = match (self.tab, &self.inside) {
            (Tab::Text, _) => (text::before(&self.view), text::after(&self.view)),
            (Tab::Parts, Some(inside)) => (text::before(&inside.view), text::after(&inside.view)),
            (Tab::Headers, _) if self.short => (headers::short(&self.view.headers_short), Vec::new()),
            (Tab::Headers, _) => (headers::lines(&self.view.headers_all, &self.origins), Vec::new()),
            (Tab::Route, _) => (route::lines(&crate::mail::hops(&self.raw)), Vec::new()),
            (Tab::Checks, _) => (checks::lines(&self.view.headers_all, self.findings.as_ref()), Vec::new()),
            (Tab::Diff, _) => (self.comparison.as_ref().map(diff::lines).unwrap_or_default(), Vec::new()),
            (Tab::Raw | Tab::Hex | Tab::Parts, _) => (Vec::new(), Vec::new()),
        };
        match (self.tab, &self.inside) {
            (Tab::Parts, None) => self.tree = Tree::new(&self.view.parts, self.missing(), self.frame.width),
            (Tab::Raw, _) if self.line_count.is_none() => self.line_count = Some(LineCount::new(&self.raw)),
            (Tab::Text, _) => {
                let missing = self.missing().map(|missing| Line::new(Mark::Warning, missing));
                self.lines.splice(0..0, missing);
            }
            _ => {}
        }
    }

    /// What is not here of a message that is too large to be kept.
    fn missing(&self) -> Option<String> {
        let grouped = crate::app::grouped;
        self.is_cut().then(|| {
            format!(
                "! only the first {} of {} octets are here: the last parts are cut or missing",
                grouped(self.raw.len() as u64),
                grouped(self.octets)
            )
        })
    }

    fn is_reading(&self) -> bool {
        self.tab == Tab::Text || self.looked_into().is_some()
    }

    /// Text is never wider than can be read well.
    fn reading_width(&self, width: usize) -> usize {
        if self.is_reading() { width.min(text::READING) } else { width }
    }

    fn with_source<T>(&self, act: impl FnOnce(&dyn Source, Frame) -> T) -> T {
        let frame = Frame { width: self.reading_width(self.frame.width), ..self.frame };
        let reading = |text| Reading { before: &self.lines, text, after: &self.after };
        match (self.tab, &self.inside) {
            (Tab::Text, _) => act(&reading(&self.view.text), frame),
            (Tab::Parts, Some(inside)) => act(&reading(&inside.view.text), frame),
            (Tab::Parts, None) => act(&Lines(&self.tree.lines), frame),
            (Tab::Raw, _) => act(&Raw(&self.raw), frame),
            (Tab::Hex, _) => act(&Hex::new(&self.raw, frame.width), frame),
            (Tab::Headers | Tab::Route | Tab::Checks | Tab::Diff, _) => act(&Lines(&self.lines), frame),
        }
    }

    /// The rows on screen.
    pub(crate) fn rows(&self) -> Vec<Line> {
        let under_cursor = self.cursor_line();
        let rows = self.with_source(|source, frame| place::rows(source, self.place, frame));
        rows.into_iter()
            .map(|row| if Some(row.at) == under_cursor { Line { mark: Mark::Cursor, ..row.line } } else { row.line })
            .collect()
    }

    fn cursor_line(&self) -> Option<usize> {
        (self.tab == Tab::Parts && self.inside.is_none()).then(|| self.tree.line_of(self.cursor))
    }

    /// Goes up or down; in the list of parts from part to part.
    pub(crate) fn scroll_by(&mut self, step: isize) {
        if self.cursor_line().is_some() {
            let last = self.view.parts.len().saturating_sub(1);
            self.cursor = self.cursor.saturating_add_signed(step).min(last);
            self.follow_cursor();
            return;
        }
        let (place, far, rows) = (self.place, isize::MAX / 4, step.unsigned_abs());
        self.place = self.with_source(|source, frame| {
            if step <= -far {
                Place::default()
            } else if step >= far {
                place::bottom(source, frame)
            } else if step < 0 {
                place::back(source, place, frame, rows)
            } else {
                place::forth(source, place, frame, rows)
            }
        });
    }

    /// Keeps the part under the cursor on screen, with what stands above the first one.
    fn follow_cursor(&mut self) {
        let Some(line) = self.cursor_line() else { return };
        let end = line + self.tree.a_part;
        let top = if self.cursor == 0 { 0 } else { line };
        let at = self.place.at.min(top).max(end.saturating_sub(self.frame.height.max(1)));
        self.place = Place { at, row: 0 };
    }

    /// How far down one is: `line/lines lines`, or octets.
    pub(crate) fn position(&self) -> String {
        let shown = self.with_source(|source, frame| place::rows(source, self.place, frame));
        let last = shown.last().map_or(self.place.at, |row| row.at);
        let count = match (self.tab, self.looked_into(), &self.line_count) {
            (Tab::Raw, _, Some(count)) => {
                let lines = count.number(&self.raw, self.raw.len().saturating_sub(1));
                return format!("{}/{lines} lines", count.number(&self.raw, last));
            }
            (Tab::Hex, ..) => return format!("{last:x}/{:x}", self.raw.len()),
            (Tab::Parts, None, _) => return format!("part {}/{}", self.cursor + 1, self.view.parts.len()),
            (Tab::Text, ..) => self.lines.len() + self.view.text.len() + self.after.len(),
            (_, Some(inside), _) => self.lines.len() + inside.view.text.len() + self.after.len(),
            _ => self.lines.len(),
        };
        format!("{}/{count} lines", (last + 1).min(count))
    }

    /// The text of the tab, for copying and the pager.
    pub(crate) fn plain(&self) -> String {
        match self.tab {
            Tab::Raw => {
                let lines = self.raw.split_inclusive(|byte| *byte == b'\n').map(printable::wire);
                joined(lines)
            }
            Tab::Hex => {
                let hex = Hex::new(&self.raw[..self.raw.len().min(HEX)], usize::MAX);
                let cut = (self.raw.len() > HEX).then(|| format!("[only the first {HEX} octets]"));
                joined(std::iter::successors(Some(0), |at| hex.next(*at)).map(|at| hex.line(at).text).chain(cut))
            }
            _ => self.with_source(|source, _| {
                joined(std::iter::successors(Some(0), |at| source.next(*at)).map(|at| source.line(at).text))
            }),
        }
    }
}

fn joined(lines: impl Iterator<Item = String>) -> String {
    let mut text = String::new();
    for (index, line) in lines.enumerate() {
        if index > 0 {
            text.push('\n');
        }
        text.push_str(&line);
    }
    text
}

#[cfg(test)]
mod tests;
