//! The list of the mailbox.

use std::borrow::Cow;

use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use unicode_width::UnicodeWidthStr;

use super::pane;
use super::text::{fit, left, right, span};
use crate::app::link::Phase;
use crate::app::mailbox::{Headers, Order, Row, Session};
use crate::app::{App, NOTE_FROM, grouped};
use crate::layout::Pane;

/// Cells that the upper border takes beside server and note: corners, `>3 Mailbox` and what keeps the two apart.
const TITLE: usize = 18;

pub(super) fn render(frame: &mut Frame, app: &App, area: Rect) {
    let mailbox = &app.mailbox;
    let focused = app.focus == Pane::Mailbox && !mailbox.focus_message;
    let wide = area.width >= 60;
    let note = note(app, usize::from(area.width));
    let server = app.account.pop3.as_ref().filter(|_| wide).map(|t| format!("  POP3 {}:{}", t.host, t.port));
    // What is under way is worth more than the name, which the head of the screen has too.
    let both = |server: &String| server.width() + note.width() + TITLE <= usize::from(area.width);
    let server = server.filter(both).unwrap_or_default();
    let inner = pane::render(frame, app, area, focused, &format!("3 Mailbox{server}"), &note);
    if mailbox.is_empty() {
        let lines: Vec<Line> = super::text::wrap(&empty_note(app), usize::from(inner.width))
            .into_iter()
            .map(|line| Line::from(span(line, app.theme.dim)))
            .collect();
        frame.render_widget(ratatui::widgets::Paragraph::new(lines), inner);
        return;
    }
    let columns = Columns::new(usize::from(inner.width), mailbox.count());
    frame.render_widget(Line::from(span(columns.heading(), app.theme.label)), Rect { height: 1, ..inner });
    let notice = app.list_note().filter(|_| usize::from(inner.height) > NOTE_FROM);
    let rows = inner.height.saturating_sub(1 + u16::from(notice.is_some()));
    for line in 0..rows {
        let index = mailbox.top + usize::from(line);
        let Some(row) = mailbox.shown(index) else { break };
        let at = Rect { y: inner.y + 1 + line, height: 1, ..inner };
        let selected = index == mailbox.selected;
        let style = if row.marked { app.theme.marked } else { app.theme.text };
        frame.render_widget(Line::from(span(columns.row(app, &row, selected), style)), at);
        if selected {
            frame.buffer_mut().set_style(at, if focused { app.theme.selected } else { app.theme.selected_unfocused });
        }
    }
    if let Some(text) = notice {
        let at = Rect { y: inner.bottom() - 1, height: 1, ..inner };
        frame.render_widget(Line::from(span(fit(&text, usize::from(inner.width)), app.theme.warning)), at);
    }
}

fn note(app: &App, width: usize) -> String {
    if let Some(progress) = app.download_note() {
        return progress.to_owned();
    }
    if let Some(progress) = super::message::progress(app) {
        return progress;
    }
    let mailbox = &app.mailbox;
    match mailbox.session {
        Session::Opening => "signing in".to_owned(),
        Session::Closed if mailbox.count() == 0 => String::new(),
        Session::Closed => "closed: r opens it again".to_owned(),
        Session::Open => listed(app, width),
    }
}

/// How many messages are shown, in which order, and what is to be done to some.
fn listed(app: &App, width: usize) -> String {
    let mailbox = &app.mailbox;
    let (count, octets) = (mailbox.count(), mailbox.octets());
    let mut parts = if let Some(filter) = &mailbox.filter {
        vec![format!(
            "{} of {}  /{}",
            grouped(mailbox.len() as u64),
            grouped(count as u64),
            fit(&filter.text, (width / 3).max(24))
        )]
    } else {
        let word = if count == 1 { "msg" } else { "msgs" };
        vec![format!("{} {word}  {} B", grouped(count as u64), grouped(octets))]
    };
    if mailbox.order != Order::default() {
        let back = if mailbox.order.reversed { " back" } else { "" };
        parts.push(format!("by {}{back}", mailbox.order.key.word()));
    }
    for (count, word) in [(mailbox.selection().count(), "selected"), (mailbox.marked_count(), "marked")] {
        if count > 0 {
            parts.push(format!("{} {word}", grouped(count as u64)));
        }
    }
    parts.join("  ")
}

fn empty_note(app: &App) -> String {
    match (&app.mailbox.session, &app.links.pop3.phase) {
        (Session::Open, _) if app.mailbox.filter.is_some() && app.mailbox.fetching().is_some() => {
            let so_far = app.mailbox.fetching().map(|asked| grouped(asked as u64)).unwrap_or_default();
            format!("Looking through the headers ({so_far} so far); none fits the filter yet. Esc stops.")
        }
        (Session::Open, _) if app.mailbox.filter.is_some() => {
            "The filter shows none of the messages. Esc takes it away, / changes it.".to_owned()
        }
        (Session::Open, _) => "The mailbox is empty. Send a mail (F5), then r lists it anew.".to_owned(),
        (Session::Opening, _) => "Signing in ...".to_owned(),
        (_, Phase::Failed(failure)) => format!("{}. {}", failure.what, failure.advice),
        _ => match (&app.mailbox.ended, &app.account.pop3) {
            (Some(ended), _) => format!("r opens the mailbox again. {ended}."),
            (None, Some(_)) => "Press 3 (while typing: ^X 3) to open the mailbox.".to_owned(),
            (None, None) => "No POP3 server is named: c connects (while typing: F2).".to_owned(),
        },
    }
}

/// Cells of the flags.
const FLAGS: usize = 3;

/// Widths of the columns.
struct Columns {
    number: usize,
    size: usize,
    date: usize,
    from: usize,
    subject: usize,
}

impl Columns {
    fn new(width: usize, messages: usize) -> Self {
        let number = messages.to_string().len().max(2);
        let date = if width >= 60 {
            12
        } else if width >= 44 {
            6
        } else {
            0
        };
        let size = if width >= 60 { 10 } else { 7 };
        let rest = width.saturating_sub(1 + number + 1 + FLAGS + size + 2 + date + usize::from(date > 0) * 2);
        let from = (rest * 2 / 5).min(30);
        Self { number, size, date, from, subject: rest.saturating_sub(from + 1) }
    }

    fn heading(&self) -> String {
        let date = if self.date > 0 { left("Date", self.date) + "  " } else { String::new() };
        format!(
            " {} Flg{}  {date}{} {}",
            right("#", self.number),
            right("Size", self.size),
            left("From", self.from),
            left("Subject", self.subject)
        )
    }

    fn row(&self, app: &App, row: &Row<'_>, selected: bool) -> String {
        let mark = if selected { ">" } else { " " };
        let size = row.octets.map(|octets| shown_size(octets, self.size)).unwrap_or_default();
        let summary = row.summary;
        let date = match (self.date, summary.and_then(|summary| summary.date)) {
            (0, _) => String::new(),
            (_, date) => left(&date.map(|date| shown_date(app, date, self.date)).unwrap_or_default(), self.date) + "  ",
        };
        let from = summary.map_or(Cow::Borrowed(""), |summary| name_or_address(&summary.from));
        let subject = match (summary, row.headers) {
            (Some(summary), _) => summary.subject.clone(),
            (None, Headers::Refused) => "(the server does not give headers alone)".to_owned(),
            (None, Headers::Asked) => "...".to_owned(),
            (None, _) => String::new(),
        };
        let subject = if row.marked { format!("{subject} (DELE sent)") } else { subject };
        format!(
            "{mark}{} {}{}  {date}{} {}",
            right(&row.number.to_string(), self.number),
            flags(row),
            right(&size, self.size),
            left(&from, self.from),
            left(&subject, self.subject)
        )
    }
}

/// Octets in full where that fits beside the flags, else in a unit that does.
fn shown_size(octets: u64, width: usize) -> String {
    let full = grouped(octets);
    if full.len() < width {
        return full;
    }
    let (unit, shift) = [("k", 10), ("M", 20), ("G", 30), ("T", 40), ("P", 50), ("E", 60)]
        .into_iter()
        .find(|(_, shift)| octets >> shift < 1_000)
        .unwrap_or(("E", 60));
    let tenths = (u128::from(octets) * 10) >> shift;
    format!("{}.{}{unit}", tenths / 10, tenths % 10)
}

/// The display name where there is one: the address is in the message.
fn name_or_address(from: &str) -> Cow<'_, str> {
    let name = from.split_once(" <").map_or(from, |(name, _)| name.trim());
    match name.strip_prefix('"').and_then(|name| name.strip_suffix('"')).unwrap_or(name) {
        // RFC 5322 3.2.4: a backslash in a quoted name is not part of it.
        quoted if quoted.contains('\\') => Cow::Owned(unescaped(quoted)),
        plain => Cow::Borrowed(plain),
    }
}

fn unescaped(quoted: &str) -> String {
    let mut escaped = false;
    let keep = |letter: &char| {
        escaped = *letter == '\\' && !escaped;
        !escaped
    };
    quoted.chars().filter(keep).collect()
}

/// `D` marked, `N` new; `*` selected; `!` damaged, `A` with an attachment.
fn flags(row: &Row<'_>) -> String {
    let state = match (row.marked, row.new) {
        (true, _) => 'D',
        (false, true) => 'N',
        (false, false) => ' ',
    };
    let content = match row.summary {
        Some(summary) if summary.damaged => '!',
        Some(summary) if summary.attachment => 'A',
        _ => ' ',
    };
    [state, if row.chosen { '*' } else { ' ' }, content].into_iter().collect()
}

/// The time of today, the day of this year, else the year.
fn shown_date(app: &App, date: Timestamp, width: usize) -> String {
    let date = date.to_zoned(app.now.wall.time_zone().clone());
    let pattern = match (width, date.date() == app.now.wall.date(), date.year() == app.now.wall.year()) {
        (..12, true, _) => "%H:%M",
        (..12, false, true) => "%d %b",
        (..12, false, false) => "%Y",
        (_, _, true) => "%d %b %H:%M",
        (_, _, false) => "%d %b %Y",
    };
    date.strftime(pattern).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_shown_without_its_quoting() {
        for (from, shown) in [
            (r#""O'Neil, Pat" <pat@x>"#, "O'Neil, Pat"),
            (r#"Zoë \"Z\" Kim <zoe@x>"#, r#"Zoë "Z" Kim"#),
            (r#""a \\ b" <x@y>"#, r"a \ b"),
            ("ada@x", "ada@x"),
            ("<ada@x>", "<ada@x>"),
        ] {
            assert_eq!(name_or_address(from), shown);
        }
    }

    #[test]
    fn a_size_never_touches_the_flags_and_is_never_cut() {
        for (octets, width, shown) in [
            (0, 7, "0"),
            (99_999, 7, "99,999"),
            (100_000, 7, "97.6k"),
            (1_536 * 1_024, 7, "1.5M"),
            (1_536 * 1_024, 10, "1,572,864"),
            (u64::MAX, 7, "15.9E"),
        ] {
            assert_eq!(shown_size(octets, width), shown);
            assert!(shown.len() < width);
        }
    }
}
