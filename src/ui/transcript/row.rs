//! One row of the transcript: gutter, time, marks, text, note, lapse and class; or a line of an entry that is unfolded.

use std::time::Duration;

use ratatui::style::Style;
use ratatui::text::Line;
use unicode_width::UnicodeWidthStr;

use crate::app::App;
use crate::app::transcript::{Place, TimeMode};
use crate::transcript::text::{lapse, since_start};
use crate::transcript::{Class, Direction, Entry, EntryKind};
use crate::ui::text::{fit, left, right, span};
use crate::wire::{Side, printable};

/// A reply that took this long is marked.
const SLOW: Duration = Duration::from_secs(1);
/// And this long, twice.
const VERY_SLOW: Duration = Duration::from_secs(5);

pub(super) fn summary_row(app: &App, entry: &Entry<'_>, width: usize, here: bool) -> Line<'static> {
    let theme = &app.theme;
    let (word, style) = class(app, entry);
    let gutter = gutter(app, entry, here);
    let time = time(app, entry);
    let pause = entry.lapse().map(waited).unwrap_or_default();
    let tail_width = if width >= 60 {
        15
    } else if width >= 44 {
        12
    } else {
        5
    };
    let tail = match (width, word.is_empty() && pause.is_empty()) {
        (_, true) => String::new(),
        (44.., false) => format!("{} {}", right(&pause, tail_width - 5), left(word, 4)),
        (_, false) => format!(" {}", left(word, 4)),
    };
    let side = if both_sides(app) { if entry.side() == Side::Smtp { "S" } else { "P" } } else { "" };
    let head = format!("{gutter}{time}{side}{} ", entry.marks());
    let room = width.saturating_sub(head.width() + tail.width() + usize::from(!tail.is_empty()));
    let note = note(entry, room);
    let text_style = direction_style(app, entry);
    let room = room - note.width();
    let text = summary(entry, room);
    let text = if tail.is_empty() && note.is_empty() { text } else { left(&text, room) };
    let mut spans = vec![span(head, if entry.tls() { theme.tls } else { theme.dim }), span(text, text_style)];
    if !note.is_empty() {
        spans.push(span(note, theme.warning));
    }
    if !tail.is_empty() {
        spans.push(span(format!(" {tail}"), style));
    }
    Line::from(spans)
}

/// The entry in one row; how many lines it folds is said even when the first line is cut.
fn summary(entry: &Entry<'_>, room: usize) -> String {
    let more = entry.line_count().saturating_sub(1);
    if entry.kind() != EntryKind::Reply || more == 0 {
        return fit(&entry.summary(), room);
    }
    let folded = format!(" (+{more})");
    let first = entry.lines().next().unwrap_or_default();
    fit(&first, room.saturating_sub(folded.len())) + &folded
}

/// Whether rows of both conversations are there, so that each must say to which it belongs.
fn both_sides(app: &App) -> bool {
    let both = app.links.smtp.number > 0 && app.links.pop3.number > 0;
    app.viewed_session().map_or(both, |viewed| viewed.both_sides)
}

/// What stands at the very left: the cursor, a hit of the search, the selection; and beside it, once there are any,
/// bookmark or note.
fn gutter(app: &App, entry: &Entry<'_>, here: bool) -> String {
    let log = &app.transcript;
    let first = match (here, log.is_in_selection(entry.id()), log.is_wanted(entry)) {
        (true, ..) => '>',
        (_, true, _) => '|',
        (.., true) => '*',
        _ => ' ',
    };
    let mut gutter = String::from(first);
    if log.has_marks() {
        gutter.push(match entry.note() {
            None => ' ',
            Some("") => '\'',
            Some(_) => '"',
        });
    }
    gutter
}

/// The note behind the text of a row: at most half of the room.
fn note(entry: &Entry<'_>, room: usize) -> String {
    match entry.note() {
        None | Some("") => String::new(),
        Some(note) => fit(&format!(" \"{}\"", printable::text(note)), room / 2),
    }
}

/// Lines of unfolded entries, taken one after the other: to find each anew from the start of a body would take long.
#[derive(Default)]
pub(super) struct Lines<'a> {
    next: Option<(Place, Box<dyn Iterator<Item = String> + 'a>)>,
}

impl<'a> Lines<'a> {
    pub(super) fn get(&mut self, entry: &Entry<'a>, place: Place) -> String {
        let (_, mut lines) = match self.next.take() {
            Some(next) if next.0 == place => next,
            _ => (place, Box::new(entry.lines_from(place.line - 1)) as Box<dyn Iterator<Item = String> + 'a>),
        };
        let line = lines.next().unwrap_or_default();
        self.next = Some((Place { line: place.line + 1, ..place }, lines));
        line
    }
}

pub(super) fn inner_line(app: &App, entry: &Entry<'_>, text: &str, width: usize, here: bool) -> Line<'static> {
    let indent = match (here, app.transcript.is_in_selection(entry.id())) {
        (true, _) => ">    | ",
        (_, true) => "|    | ",
        _ => "     | ",
    };
    Line::from(vec![
        span(indent, app.theme.dim),
        span(fit(text, width.saturating_sub(indent.len())), direction_style(app, entry)),
    ])
}

fn direction_style(app: &App, entry: &Entry<'_>) -> Style {
    match entry.direction() {
        Direction::Sent => app.theme.sent,
        Direction::Received => app.theme.received,
        Direction::Event => app.theme.event,
        Direction::Error => app.theme.permanent,
    }
}

fn class(app: &App, entry: &Entry<'_>) -> (&'static str, Style) {
    let theme = &app.theme;
    match entry.class() {
        None => ("", theme.text),
        Some(class) => {
            let style = match class {
                Class::Ok => theme.ok,
                Class::More => theme.more,
                Class::Temp => theme.temporary,
                Class::Perm | Class::Err => theme.permanent,
            };
            (class.word(), style)
        }
    }
}

fn waited(wait: Duration) -> String {
    let mark = if wait >= VERY_SLOW {
        "!!"
    } else if wait >= SLOW {
        "!"
    } else {
        ""
    };
    format!("{}{mark}", lapse(wait).replace(' ', ""))
}

fn time(app: &App, entry: &Entry<'_>) -> String {
    match app.transcript.time {
        TimeMode::SinceStart => right(&short(since_start(entry.at())), 7) + " ",
        TimeMode::SinceLast => {
            let before = app.transcript.before(entry.id()).unwrap_or(entry.at());
            right(&short(since_start(entry.at().saturating_sub(before))), 7) + " "
        }
        TimeMode::Clock => {
            let at = app.shown_start().saturating_add(jiff::SignedDuration::try_from(entry.at()).unwrap_or_default());
            at.strftime("%H:%M:%S ").to_string()
        }
        TimeMode::Off => String::new(),
    }
}

/// A time in seven cells: the longer it is, the fewer decimals.
fn short(time: String) -> String {
    match time.find('.') {
        Some(point) if point <= 7 && time.len() > 7 => time[..7].trim_end_matches('.').to_owned(),
        _ => time,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_times_lose_decimals_not_digits() {
        for (milliseconds, text) in
            [(27, "+0.027"), (99_999, "+99.999"), (110_834, "+110.83"), (9_999_950, "+9999.9"), (99_999_000, "+99999")]
        {
            assert_eq!(short(since_start(Duration::from_millis(milliseconds))), text);
        }
    }
}
