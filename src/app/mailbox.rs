//! The mailbox pane: the list of a POP3 maildrop, the open message, marks. It asks for commands and knows no socket.

pub(crate) mod message;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::mail::{Summary, View};
use crate::pop3::{BodyKind, Ending, Line, Notice, Verb, Verdict};
use crate::wire::limits;
pub(crate) use message::{Message, Tab};

/// Most octets kept of the headers of one message.
const HEADERS: usize = 1024 * 1024;

/// How far the headers of a row are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Headers {
    #[default]
    NotAsked,
    Asked,
    Here,
    /// The server does not give them.
    Refused,
}

/// A message of the maildrop.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    pub(crate) number: u32,
    pub(crate) octets: Option<u64>,
    pub(crate) uid: Option<Box<str>>,
    pub(crate) headers: Headers,
    /// Boxed, since of 100,000 rows but a screenful has one.
    pub(crate) summary: Option<Box<Summary>>,
    pub(crate) marked: bool,
}

/// A message on its way.
#[derive(Debug)]
pub(crate) struct Opening {
    pub(crate) number: u32,
    pub(crate) bytes: Vec<u8>,
    /// Octets that came, kept or not.
    pub(crate) octets: u64,
}

/// What the pane has to tell the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    Info(String),
    Warning(String),
    Error(String),
}

/// What follows from a notice.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Commands to send now.
    pub(crate) commands: Vec<Line>,
    pub(crate) said: Option<Said>,
    /// A message that arrived whole: its number and octets.
    pub(crate) whole: Option<(u32, Vec<u8>)>,
}

impl Outcome {
    fn say(said: Said) -> Self {
        Self { said: Some(said), ..Self::default() }
    }
}

/// Why the mailbox is not open, or that it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Session {
    #[default]
    Closed,
    /// We are opening it: list it as soon as the server lets us in.
    Opening,
    /// Listed.
    Open,
}

/// The mailbox pane.
#[derive(Debug, Default)]
pub(crate) struct Mailbox {
    pub(crate) rows: Vec<Row>,
    pub(crate) session: Session,
    /// Octets of all messages together, as STAT told.
    total: u64,
    /// Index into the rows as shown, newest first.
    pub(crate) selected: usize,
    /// First row shown.
    pub(crate) top: usize,
    pub(crate) message: Option<Message>,
    pub(crate) opening: Option<Opening>,
    /// Headers on their way.
    partial: BTreeMap<u32, Vec<u8>>,
    /// Numbers to mark again after an RSET that was meant for one of them.
    remark: Option<Vec<u32>>,
    /// A message that is being taken apart: its number and its octets.
    parsing: Option<(u32, u64)>,
    /// Messages that STAT announced. Rows are made for messages that LIST really names.
    announced: u32,
    /// Rows whose size is known, and their octets.
    sized: (usize, u64),
    /// A mail was sent since the list was made.
    pub(crate) stale: bool,
    /// Open again once the present session has ended.
    pub(crate) reopen: bool,
    /// What the last session's QUIT did, for the pane.
    pub(crate) ended: Option<String>,
    pub(crate) focus_message: bool,
}

impl Mailbox {
    /// The row at a place of the list as shown.
    pub(crate) fn shown(&self, index: usize) -> Option<&Row> {
        self.rows.len().checked_sub(index + 1).and_then(|at| self.rows.get(at))
    }

    pub(crate) fn selected_row(&self) -> Option<&Row> {
        self.shown(self.selected)
    }

    pub(crate) fn marks(&self) -> impl Iterator<Item = u32> + '_ {
        self.rows.iter().filter(|row| row.marked).map(|row| row.number)
    }

    /// Octets of all messages together: what LIST adds up to, or what STAT told while a size is missing.
    pub(crate) fn octets(&self) -> u64 {
        let (rows, octets) = self.sized;
        if rows < self.count() { self.total } else { octets }
    }

    /// Messages there are, as far as is known.
    pub(crate) fn count(&self) -> usize {
        self.rows.len().max(self.announced as usize)
    }

    fn row_mut(&mut self, number: u32) -> Option<&mut Row> {
        self.rows.get_mut(usize::try_from(number).ok()?.checked_sub(1)?)
    }

    /// Makes room for message `number`: listings are believed up to a cap only.
    fn row_for(&mut self, number: u32) -> Option<&mut Row> {
        if number == 0 || number > limits::MESSAGES {
            return None;
        }
        while self.rows.len() < number as usize {
            let next = self.rows.len() as u32 + 1;
            self.rows.push(Row { number: next, ..Row::default() });
        }
        self.row_mut(number)
    }

    pub(crate) fn select(&mut self, index: usize, page: usize) {
        self.selected = index.min(self.rows.len().saturating_sub(1));
        self.keep_in_view(page);
    }

    pub(crate) fn keep_in_view(&mut self, page: usize) {
        let page = page.max(1);
        if self.selected < self.top {
            self.top = self.selected;
        } else if self.selected >= self.top + page {
            self.top = self.selected + 1 - page;
        }
        self.top = self.top.min(self.rows.len().saturating_sub(1));
    }

    /// TOP for the rows on screen that have none yet.
    pub(crate) fn wanted_headers(&mut self, page: usize) -> Vec<Line> {
        if self.session != Session::Open {
            return Vec::new();
        }
        let shown: Vec<u32> =
            (self.top..self.top + page).filter_map(|index| self.shown(index)).map(|row| row.number).collect();
        let mut wanted = Vec::new();
        for number in shown {
            if let Some(row) = self.row_mut(number).filter(|row| row.headers == Headers::NotAsked && !row.marked) {
                row.headers = Headers::Asked;
                wanted.push(Line::top(number, 0));
            }
        }
        wanted
    }

    /// RETR for the selected message.
    pub(crate) fn open_selected(&mut self) -> Option<Line> {
        let number = self.selected_row().filter(|row| !row.marked)?.number;
        self.opening = Some(Opening { number, bytes: Vec::new(), octets: 0 });
        Some(Line::numbered(Verb::Retr, number))
    }

    /// RSET that shall keep all marks but that of `number`.
    pub(crate) fn unmark(&mut self, number: u32) -> Line {
        self.remark = Some(self.marks().filter(|marked| *marked != number).collect());
        Line::bare(Verb::Rset)
    }

    /// RSET that takes all marks back.
    pub(crate) fn unmark_all(&mut self) -> Line {
        self.remark = None;
        Line::bare(Verb::Rset)
    }

    pub(crate) fn close_message(&mut self) -> bool {
        self.focus_message = false;
        self.message.take().is_some()
    }

    /// A new session begins: what is listed belongs to the old one.
    pub(crate) fn begin(&mut self) {
        // The open message too: its number means another one in the new session.
        let opening = self.session == Session::Opening;
        *self = Self { session: if opening { Session::Opening } else { Session::Closed }, ..Self::default() };
    }

    /// Takes in what the engine understood.
    pub(crate) fn notice(&mut self, notice: Notice) -> Outcome {
        match notice {
            Notice::Maildrop(maildrop) => {
                self.announced = maildrop.messages;
                self.total = maildrop.octets;
                self.session = Session::Open;
            }
            Notice::Scans(scans) => {
                for scan in scans {
                    let Some(before) = self.row_for(scan.number).map(|row| row.octets.replace(scan.octets)) else {
                        continue;
                    };
                    let (rows, octets) = self.sized;
                    let others = octets.saturating_sub(before.unwrap_or(0));
                    self.sized = (rows + usize::from(before.is_none()), others.saturating_add(scan.octets));
                }
                self.session = Session::Open;
            }
            Notice::UniqueIds(ids) => {
                for id in ids {
                    if let Some(row) = self.row_mut(id.number) {
                        row.uid = Some(id.id.into_boxed_str());
                    }
                }
            }
            Notice::Body { kind, number, bytes } => self.body(kind, number, &bytes),
            Notice::BodyEnd { kind: BodyKind::Top, number, complete, .. } => self.headers_end(number, complete),
            Notice::BodyEnd { kind: BodyKind::Retr, number, complete, octets } => {
                return self.message_end(number, octets, complete);
            }
            Notice::Marked(number) => return Outcome::say(self.marked(number)),
            Notice::MarksCleared => return self.marks_cleared(),
            Notice::Replied { verb, number: Some(number), ref response, .. }
                if response.status == crate::pop3::Status::Err =>
            {
                self.refused(verb, number);
            }
            Notice::Ended(ending) => return Outcome { said: self.end(&ending), ..Outcome::default() },
            _ => {}
        }
        Outcome::default()
    }

    fn body(&mut self, kind: BodyKind, number: u32, bytes: &[u8]) {
        match kind {
            BodyKind::Top => {
                let headers = self.partial.entry(number).or_default();
                let room = HEADERS.saturating_sub(headers.len());
                headers.extend_from_slice(&bytes[..bytes.len().min(room)]);
            }
            BodyKind::Retr => {
                // A RETR typed by hand opens the message too.
                let opening = self.opening.get_or_insert_with(|| Opening { number, bytes: Vec::new(), octets: 0 });
                if opening.number != number {
                    *opening = Opening { number, bytes: Vec::new(), octets: 0 };
                }
                let room = limits::MESSAGE_IN_MEMORY.saturating_sub(opening.bytes.len());
                opening.bytes.extend_from_slice(&bytes[..bytes.len().min(room)]);
                opening.octets += bytes.len() as u64;
            }
        }
    }

    fn headers_end(&mut self, number: u32, complete: bool) {
        let headers = self.partial.remove(&number).unwrap_or_default();
        if let Some(row) = self.row_mut(number) {
            row.headers = if complete { Headers::Here } else { Headers::NotAsked };
            if complete {
                row.summary = Some(Box::new(Summary::from_headers(&headers)));
            }
        }
    }

    fn message_end(&mut self, number: u32, octets: u64, complete: bool) -> Outcome {
        let Some(opening) = self.opening.take() else { return Outcome::default() };
        if !complete {
            return Outcome::say(Said::Error(format!(
                "message {number} is incomplete: the line went away after {octets} octets; it is not shown"
            )));
        }
        let said = (opening.octets > opening.bytes.len() as u64).then(|| {
            Said::Warning(format!("message {number} is larger than is kept in memory: only its first part is shown"))
        });
        self.parsing = Some((number, opening.octets));
        Outcome { said, whole: Some((number, opening.bytes)), ..Outcome::default() }
    }

    /// Shows a message that was taken apart.
    pub(crate) fn show_message(&mut self, number: u32, raw: Arc<Vec<u8>>, view: View) {
        // A session may have ended while it was taken apart; then its number means nothing any more.
        if let Some((_, octets)) = self.parsing.take_if(|(awaited, _)| *awaited == number) {
            self.message = Some(Message::new(number, raw, octets, view));
            self.focus_message = true;
        }
    }

    fn marked(&mut self, number: u32) -> Said {
        if let Some(row) = self.row_mut(number) {
            row.marked = true;
        }
        let count = self.marks().count();
        Said::Info(format!("message {number} is marked ({count} in all): QUIT deletes, u takes it back"))
    }

    fn marks_cleared(&mut self) -> Outcome {
        for row in &mut self.rows {
            row.marked = false;
        }
        let again: Vec<Line> = self
            .remark
            .take()
            .unwrap_or_default()
            .into_iter()
            .map(|number| Line::numbered(Verb::Dele, number))
            .collect();
        let said = if again.is_empty() {
            "all marks are taken back: nothing will be deleted".to_owned()
        } else {
            format!("RSET took all marks back; {} are being set again", again.len())
        };
        Outcome { commands: again, said: Some(Said::Info(said)), whole: None }
    }

    /// RSET was refused: the marks are as they were.
    pub(crate) fn reset_refused(&mut self) {
        self.remark = None;
    }

    fn refused(&mut self, verb: Verb, number: u32) {
        match verb {
            Verb::Top => {
                if let Some(row) = self.row_mut(number) {
                    row.headers = Headers::Refused;
                }
            }
            Verb::Retr => self.opening = None,
            _ => {}
        }
    }

    fn end(&mut self, ending: &Ending) -> Option<Said> {
        let count = ending.marks.len();
        let messages = if count == 1 { "1 message".to_owned() } else { format!("{count} messages") };
        let (text, said): (String, fn(String) -> Said) = match ending.verdict {
            Verdict::Committed if count == 0 => ("POP3 session ended; nothing was deleted".to_owned(), Said::Info),
            Verdict::Committed => (format!("POP3 session ended: the server deleted {messages}"), Said::Info),
            Verdict::Refused => {
                (format!("QUIT was refused: of {messages} some may be deleted; list again (r)"), Said::Error)
            }
            Verdict::Kept if count == 0 => {
                ("POP3 connection closed without QUIT; nothing was deleted".to_owned(), Said::Info)
            }
            Verdict::Kept => (
                format!("connection closed without QUIT: marks dropped, nothing deleted ({messages} kept)"),
                Said::Warning,
            ),
            Verdict::Unknown if count == 0 => ("no answer to QUIT; nothing was marked".to_owned(), Said::Info),
            Verdict::Unknown => {
                (format!("no answer to QUIT: whether {messages} were deleted is unknown; list again (r)"), Said::Error)
            }
        };
        self.session = Session::Closed;
        self.opening = None;
        self.partial.clear();
        match ending.verdict {
            Verdict::Kept => self.rows.iter_mut().for_each(|row| row.marked = false),
            // What is deleted is gone, and the numbers of the others mean nothing in the next session.
            Verdict::Committed if count > 0 => self.rows.clear(),
            Verdict::Committed | Verdict::Refused | Verdict::Unknown => {}
        }
        self.ended = Some(text.clone());
        // A session that ends only to be opened again, with nothing marked, is no news.
        (!self.reopen || count > 0).then(|| said(text))
    }
}

#[cfg(test)]
mod tests;
