//! The list of the mailbox.

use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::pane;
use super::text::{fit, left, right, span};
use crate::app::App;
use crate::app::grouped;
use crate::app::link::Phase;
use crate::app::mailbox::{Headers, Row, Session};
use crate::layout::Pane;

pub(super) fn render(frame: &mut Frame, app: &App, area: Rect) {
    let mailbox = &app.mailbox;
    let focused = app.focus == Pane::Mailbox && !mailbox.focus_message;
    let wide = area.width >= 60;
    let server =
        app.account.pop3.as_ref().filter(|_| wide).map(|t| format!("  POP3 {}:{}", t.host, t.port)).unwrap_or_default();
    let inner = pane::render(frame, app, area, focused, &format!("3 Mailbox{server}"), &note(app));
    if mailbox.rows.is_empty() {
        let lines: Vec<Line> = super::text::wrap(&empty_note(app), usize::from(inner.width))
            .into_iter()
            .map(|line| Line::from(span(line, app.theme.dim)))
            .collect();
        frame.render_widget(ratatui::widgets::Paragraph::new(lines), inner);
        return;
    }
    let columns = Columns::new(usize::from(inner.width), mailbox.rows.len());
    frame.render_widget(Line::from(span(columns.heading(), app.theme.label)), Rect { height: 1, ..inner });
    let notice = fate(app).filter(|_| inner.height > 4);
    let rows = inner.height.saturating_sub(1 + u16::from(notice.is_some()));
    for line in 0..rows {
        let index = mailbox.top + usize::from(line);
        let Some(row) = mailbox.shown(index) else { break };
        let at = Rect { y: inner.y + 1 + line, height: 1, ..inner };
        let selected = index == mailbox.selected;
        let style = if row.marked { app.theme.marked } else { app.theme.text };
        frame.render_widget(Line::from(span(columns.row(app, row, selected), style)), at);
        if selected {
            frame.buffer_mut().set_style(at, if focused { app.theme.selected } else { app.theme.selected_unfocused });
        }
    }
    if let Some(text) = notice {
        let at = Rect { y: inner.bottom() - 1, height: 1, ..inner };
        frame.render_widget(Line::from(span(fit(&text, usize::from(inner.width)), app.theme.warning)), at);
    }
}

/// What will become of marked messages, or what became of them.
fn fate(app: &App) -> Option<String> {
    let mailbox = &app.mailbox;
    match (mailbox.session, mailbox.marks().count()) {
        (Session::Closed, _) if mailbox.ended.is_some() => mailbox.ended.clone(),
        (_, 0) => None,
        (_, marks) => Some(format!("{marks} marked: deleted by QUIT (Q), kept by RSET (U) or by a dropped connection")),
    }
}

fn note(app: &App) -> String {
    let mailbox = &app.mailbox;
    let marks = mailbox.marks().count();
    let marked = if marks > 0 { format!("  {marks} marked") } else { String::new() };
    match mailbox.session {
        Session::Opening => "signing in".to_owned(),
        Session::Closed if mailbox.rows.is_empty() => String::new(),
        Session::Closed => "closed: r opens it again".to_owned(),
        Session::Open => format!(
            "{} {}  {} B{marked}",
            mailbox.count(),
            if mailbox.count() == 1 { "msg" } else { "msgs" },
            grouped(mailbox.octets())
        ),
    }
}

fn empty_note(app: &App) -> String {
    match (&app.mailbox.session, &app.links.pop3.phase) {
        (Session::Open, _) => "The mailbox is empty. Send a mail (F5), then r lists it anew.".to_owned(),
        (Session::Opening, _) => "Signing in ...".to_owned(),
        (_, Phase::Failed(failure)) => format!("{}. {}", failure.what, failure.advice),
        _ => match (&app.mailbox.ended, &app.account.pop3) {
            (Some(ended), _) => format!("{ended}. r opens the mailbox again."),
            (None, Some(_)) => "Press 3 (while typing: ^X 3) to open the mailbox.".to_owned(),
            (None, None) => "No POP3 server is named: c connects (while typing: F2).".to_owned(),
        },
    }
}

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
        let size = if width >= 60 { 10 } else { 8 };
        let rest = width.saturating_sub(1 + number + 1 + 2 + size + 2 + date + usize::from(date > 0) * 2);
        let from = (rest * 2 / 5).min(30);
        Self { number, size, date, from, subject: rest.saturating_sub(from + 1) }
    }

    fn heading(&self) -> String {
        let date = if self.date > 0 { left("Date", self.date) + "  " } else { String::new() };
        format!(
            " {} Fl{}  {date}{} {}",
            right("#", self.number),
            right("Size", self.size),
            left("From", self.from),
            left("Subject", self.subject)
        )
    }

    fn row(&self, app: &App, row: &Row, selected: bool) -> String {
        let mark = if selected { ">" } else { " " };
        let size = row.octets.map(grouped).unwrap_or_default();
        let summary = row.summary.as_ref();
        let date = match (self.date, summary.and_then(|summary| summary.date)) {
            (0, _) => String::new(),
            (_, date) => left(&date.map(|date| shown_date(app, date, self.date)).unwrap_or_default(), self.date) + "  ",
        };
        let from = summary.map_or("", |summary| name_or_address(&summary.from));
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
            left(from, self.from),
            left(&subject, self.subject)
        )
    }
}

/// The display name where there is one: the address is in the message.
fn name_or_address(from: &str) -> &str {
    from.split_once(" <").map_or(from, |(name, _)| name.trim_matches('"'))
}

fn flags(row: &Row) -> &'static str {
    match (&row.summary, row.marked) {
        (_, true) => "D ",
        (Some(summary), _) if summary.damaged => "! ",
        (Some(summary), _) if summary.attachment => "A ",
        (Some(_), _) => "  ",
        (None, _) => ". ",
    }
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
