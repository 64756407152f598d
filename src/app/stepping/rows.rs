//! What is on screen of the steps: what was said with its answers, what is left, the row under the cursor.

use unicode_width::UnicodeWidthStr;

use super::App;
use crate::app::prompt::foretold;
use crate::keymap::Action;
use crate::layout::{Pane, inside};
use crate::steps::{Done, Key, Row};
use crate::transcript::text::lapse;
use crate::wire::{Side, printable};
use crate::{pop3, smtp};

/// What became of a step, or will.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Sent and taken.
    Good,
    /// Sent and refused.
    Refused,
    /// Sent; the answer is awaited.
    Pending,
    /// It is next.
    Next,
    /// It comes later.
    Due,
    /// It is passed over.
    Out,
}

/// A row of the steps.
#[derive(Debug)]
pub(crate) struct StepLine {
    pub(crate) mark: Mark,
    /// Sanitized.
    pub(crate) text: String,
    /// The answer, or what is special.
    pub(crate) tail: String,
    /// How long the answer took, where there is room for it.
    pub(crate) lapse: String,
    pub(crate) warning: Option<String>,
    pub(super) row: Option<Row>,
    pub(super) done: Option<Done>,
}

/// The steps as they are shown.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) lines: Vec<StepLine>,
    /// The row under the cursor.
    pub(crate) cursor: Option<usize>,
    /// The step that is next.
    pub(crate) next: Option<usize>,
    /// What is not among the steps, and why; sanitized.
    pub(crate) notes: Vec<String>,
    pub(crate) running: bool,
}

impl View {
    /// What is to be known of the row under the cursor, and whether it is a warning.
    pub(crate) fn about(&self) -> Vec<(String, bool)> {
        let Some(line) = self.cursor.and_then(|at| self.lines.get(at)) else {
            return vec![("nothing is left to do here".to_owned(), false)];
        };
        let mut about = Vec::new();
        if let Some(row) = &line.row {
            about.push((format!("why: {}", row.why), false));
            match &line.warning {
                Some(warning) => about.push((format!("{warning}; it can be sent all the same"), true)),
                None if row.left_out => about.push(("left out: s takes it in".to_owned(), false)),
                None if row.own => about.push(("the line is yours".to_owned(), false)),
                None if !row.expect.is_empty() => about.push((format!("expect: {}", row.expect), false)),
                None => {}
            }
        } else if let Some(answer) = line.done.as_ref().and_then(|done| done.answer.as_ref()) {
            let code = if answer.code.is_empty() {
                "it was not sent".to_owned()
            } else {
                format!("the server said {} ({})", answer.code, answer.class)
            };
            about.push((format!("{code}; r puts it in once more"), !answer.good));
        } else {
            about.push(("the answer is awaited".to_owned(), false));
        }
        about
    }

    /// Rows at the bottom of a pane of that many rows and columns that tell of the step under the cursor: what is to be
    /// told has room, as long as half of the pane is left to the steps.
    pub(crate) fn about_rows(&self, height: usize, width: usize) -> usize {
        let width = width.saturating_sub(2).max(1);
        let about: usize = self.about().iter().map(|(text, _)| rows_of(text, width)).sum();
        let notes: usize = self.notes.iter().map(|note| rows_of(note, width)).sum();
        // The list does not jump as long as what is told is short.
        let least = 3 + usize::from(!self.notes.is_empty()) + usize::from(height >= 12);
        (1 + about + notes).max(least).min(height / 2)
    }

    /// The first row to draw, so that the cursor stays in sight with what follows it.
    pub(crate) fn top(&self, height: usize) -> usize {
        let at = self.cursor.unwrap_or(self.lines.len());
        let ahead = height / 3;
        (at + ahead + 1).min(self.lines.len()).saturating_sub(height).min(at)
    }
}

/// Rows that a text takes, broken at blanks.
fn rows_of(text: &str, width: usize) -> usize {
    let (rows, _) = text.split(' ').map(UnicodeWidthStr::width).fold((1, 0), |(rows, at), word| match at {
        0 => (rows, word),
        _ if at + 1 + word <= width => (rows, at + 1 + word),
        _ => (rows + 1, word),
    });
    rows
}

impl App {
    /// The steps of a side as they are shown.
    pub(crate) fn step_view(&self, side: Side) -> View {
        let talk = self.talk(side);
        let course = self.course(side);
        let mut lines: Vec<StepLine> = talk.log.iter().map(|done| self.done_line(side, done)).collect();
        let unanswered = lines.last_mut().filter(|last| talk.awaiting.is_some() && last.tail.is_empty());
        if let Some(last) = unanswered {
            last.mark = Mark::Pending;
            "...".clone_into(&mut last.tail);
        }
        let rows = talk.plan.rows(&course);
        let warnings = self.warnings(side, &rows);
        let awaited = talk.awaiting.as_ref().map(|awaited| awaited.of.as_ref().unwrap_or(&awaited.key));
        let mut next = None;
        for (row, warning) in rows.into_iter().zip(warnings) {
            // What is under way stands among the sent ones.
            if awaited == Some(&row.key) {
                continue;
            }
            let first = next.is_none() && !row.left_out;
            if first {
                next = Some(lines.len());
            }
            lines.push(due_line(side, row, first, warning));
        }
        let last = lines.len().checked_sub(1);
        let cursor = talk.cursor.map(|at| at.min(last.unwrap_or(0))).or(next).or(last);
        let fate = (side == Side::Smtp).then(|| self.fate_of_mail()).flatten();
        let fate = fate.map(|(fate, _)| format!("the mail: {fate}"));
        let notes = fate.iter().map(String::as_str).chain(course.notes.iter().map(String::as_str));
        let notes = notes.map(|note| printable::text(note).into_owned()).collect();
        View { lines, cursor, next, notes, running: talk.run.is_some() }
    }

    fn done_line(&self, side: Side, done: &Done) -> StepLine {
        let up = self.links.of(side).is_up();
        let (mark, tail) = match &done.answer {
            None if up => (Mark::Pending, String::new()),
            None => (Mark::Refused, "no answer".to_owned()),
            Some(answer) => {
                // -ERR is its own word.
                let class = if answer.good || answer.code.ends_with(answer.class) { "" } else { answer.class };
                let tail = format!("{} {class}", answer.code).trim().to_owned();
                (if answer.good { Mark::Good } else { Mark::Refused }, tail)
            }
        };
        let text = printable::text(&done.line).into_owned();
        let lapse = done.lapse.map(lapse).unwrap_or_default();
        StepLine { mark, text, tail, lapse, warning: None, row: None, done: Some(done.clone()) }
    }

    /// What the server will say to steps that are out of order, if they are sent as they are.
    pub(super) fn warnings(&self, side: Side, rows: &[Row]) -> Vec<Option<String>> {
        match side {
            Side::Smtp => self.smtp_warnings(rows),
            Side::Pop3 => self.pop3_warnings(rows),
        }
    }

    fn smtp_warnings(&self, rows: &[Row]) -> Vec<Option<String>> {
        use smtp::State;
        let mut state = match self.links.smtp_state {
            _ if !self.links.smtp.is_up() => State::Greeted,
            State::Greeting | State::Tls => State::Greeted,
            state => state,
        };
        let facts = self.smtp_facts();
        let mut warning = |row: &Row| {
            if row.left_out || row.key == Key::Connect || matches!(state, State::Auth) {
                return None;
            }
            if row.key == Key::Body {
                let asked = state == State::Body;
                state = State::Ready;
                return (!asked).then(|| "the text does not go out before the server asks for it (354)".to_owned());
            }
            if state == State::Body {
                return (row.key != Key::End).then(|| "the server takes it for a line of the mail".to_owned());
            }
            let verb = smtp::Line::typed(row.words.expose()).ok()?.verb();
            if let Some(early) = foretold::smtp::early(&foretold::smtp::Facts { state, ..facts }, verb) {
                return Some(early.text().to_owned());
            }
            state = after(state, verb);
            None
        };
        rows.iter().map(&mut warning).collect()
    }

    fn pop3_warnings(&self, rows: &[Row]) -> Vec<Option<String>> {
        use pop3::{State, Verb};
        let mut state = match self.links.pop3_state {
            _ if !self.links.pop3.is_up() => State::Authorization,
            State::Greeting | State::Tls => State::Authorization,
            state => state,
        };
        let mut named = self.named;
        let facts = self.pop3_facts();
        let mut warning = |row: &Row| {
            if row.left_out || row.key == Key::Connect || state == State::Auth {
                return None;
            }
            let verb = pop3::Line::typed(row.words.expose()).ok()?.verb();
            if let Some(early) = foretold::pop3::early(&foretold::pop3::Facts { state, named, ..facts }, verb) {
                return Some(early.text().to_owned());
            }
            match verb {
                Verb::User => named = true,
                Verb::Pass | Verb::Apop | Verb::Auth => state = State::Transaction,
                _ => {}
            }
            None
        };
        rows.iter().map(&mut warning).collect()
    }

    /// Moves the cursor among the steps.
    pub(in crate::app) fn go_in_steps(&mut self, action: Action, step: isize) {
        let Some(side) = self.stepping.side else { return };
        let view = self.step_view(side);
        let last = view.lines.len().saturating_sub(1);
        let at = match action {
            Action::Top => 0,
            Action::Bottom => last,
            _ => view.cursor.unwrap_or(0).saturating_add_signed(step).min(last),
        };
        // Where the next step is, the cursor goes along with it.
        self.talk_mut(side).cursor = Some(at).filter(|at| view.next != Some(*at));
    }

    /// A click into the pane: the first one on a step selects it, the second one sends it.
    pub(in crate::app) fn click_step_pane(&mut self, pane: Pane, row: u16) {
        let Some(side) = self.stepping.side else { return };
        let focused = self.focus == pane;
        self.focus_on(pane);
        let layout = self.layout();
        let area = inside(if pane == Pane::Compose { layout.compose } else { layout.mailbox });
        let Some(line) = row.checked_sub(area.y).map(usize::from) else { return };
        let height = usize::from(area.height);
        let view = self.step_view(side);
        let about = view.about_rows(height, usize::from(area.width));
        let at = view.top(height - about) + line;
        if line >= height - about || at >= view.lines.len() {
            return;
        }
        if focused && view.cursor == Some(at) {
            self.send_step();
        } else {
            self.talk_mut(side).cursor = Some(at).filter(|at| view.next != Some(*at));
        }
    }
}

fn due_line(side: Side, row: Row, next: bool, warning: Option<String>) -> StepLine {
    let mark = match (row.left_out, next) {
        (true, _) => Mark::Out,
        (false, true) => Mark::Next,
        (false, false) => Mark::Due,
    };
    let tail = match (&row.key, row.left_out, row.own) {
        (_, true, _) => "left out",
        (_, _, true) => "changed",
        (Key::Added(_), ..) => "put in",
        _ => "",
    };
    let tail = if warning.is_some() { format!("{tail} !").trim_start().to_owned() } else { tail.to_owned() };
    let line = match row.key {
        // The line would be cut where it is none.
        Key::Connect | Key::Body => row.words.expose().to_owned(),
        Key::Pass if !row.own => "PASS ****".to_owned(),
        _ => row.words.shown(side),
    };
    let text = printable::text(&line).into_owned();
    StepLine { mark, text, tail, lapse: String::new(), warning, row: Some(row), done: None }
}

/// The state behind a verb that is taken.
fn after(state: smtp::State, verb: smtp::Verb) -> smtp::State {
    use smtp::{State, Verb};
    match verb {
        Verb::Helo | Verb::Ehlo | Verb::Lhlo => State::Ready,
        Verb::StartTls => State::Greeted,
        Verb::Mail => State::Mail,
        Verb::Rcpt => State::Rcpt,
        Verb::Data => State::Body,
        Verb::Rset if state != State::Greeted => State::Ready,
        _ => state,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn text_takes_as_many_rows_as_its_words_need() {
        for (text, width, rows) in [("", 5, 1), ("aa bb", 5, 1), ("aa bb cc", 5, 2), ("aaaaaaaa b", 5, 2)] {
            assert_eq!(super::rows_of(text, width), rows, "{text}");
        }
    }
}
