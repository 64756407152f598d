//! The course of a script: statements become acts, what was heard decides how it goes on. No socket, and the time is
//! passed in.
//!
//! Whoever drives it drains [`Runner::poll`] and does each [`Act`], then waits for one thing: something heard, or the
//! deadline. A statement waits for its reply before the next one is done. At the end, good or bad, lines that stand are
//! left politely where QUIT can be said, and [`Act::Done`] follows when all are closed.

mod doing;
mod hearing;
mod judging;
mod link;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use super::heard::Heard;
use super::program::{Step, steps};
use super::report::{End, Failed, Kind, Report, Row, Verdict};
use super::values::Values;
use super::{Script, Text};
use crate::sasl::Mechanism;
use crate::wire::Side;
use link::{Course, Link};

/// What a run starts with.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Variables that are known from the start. With `unique` among them, `message_id` makes a new id at each use.
    pub variables: BTreeMap<String, Vec<u8>>,
    /// Those of them that the person gave: a `set` of the script is the value for want of a better one, and leaves
    /// these as they are.
    pub given: BTreeSet<String>,
    /// The side that statements are for before any `connect`.
    pub side: Side,
    /// Nothing but a hello, the way to TLS and QUIT goes over a line in clear.
    pub require_tls: bool,
    /// How long `expect close` waits.
    pub patience: Duration,
    /// What is not as expected is noted, and the next statement is done all the same.
    pub through: bool,
    /// Lines that stand at the end are left open, for whoever goes on from there.
    pub stay_open: bool,
}

impl Default for Setting {
    /// Nothing is known, and the first thing that is not as expected ends it.
    fn default() -> Self {
        Self {
            variables: BTreeMap::new(),
            given: BTreeSet::new(),
            side: Side::Smtp,
            require_tls: false,
            patience: Duration::from_mins(5),
            through: false,
            stay_open: false,
        }
    }
}

/// What whoever drives it is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Open a line; the one before it is closed.
    Connect {
        /// Which.
        side: Side,
        /// `None`: the server of the command line or the account.
        url: Option<String>,
    },
    /// Send a line. What is secret in it the engine knows by its verb.
    Line {
        /// Where.
        side: Side,
        /// Without CRLF.
        octets: Vec<u8>,
        /// It is a line of a mail's text, or the dot that ends it.
        body: bool,
    },
    /// Send lines in one write.
    Block {
        /// Where.
        side: Side,
        /// Without CRLF.
        lines: Vec<Vec<u8>>,
    },
    /// Send the text of a mail and the final dot.
    Body(Vec<Vec<u8>>),
    /// Send what the file at this path holds as the text of a mail, and the final dot.
    BodyFile(String),
    /// Begin TLS; go on in clear under no circumstances.
    StartTls {
        /// Where.
        side: Side,
        /// The name that the script said hello with, if it did: the one to say again.
        hello: Option<String>,
    },
    /// Sign in with the secret of the command line or the account.
    SignIn {
        /// Where.
        side: Side,
        /// The strongest that is safe, when none is named.
        mechanism: Option<Mechanism>,
        /// As whom, when not as the command line or the account says.
        user: Option<String>,
    },
    /// Say QUIT and close.
    Quit(Side),
    /// Close at once.
    Drop(Side),
    /// All is over, and all lines are closed.
    Done,
}

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Awaiting {
    Nothing,
    Greeting(Side),
    /// So many replies.
    Replies(Side, usize),
    Secured(Side),
    SignedIn(Side),
    /// The server's close, until then.
    Close(Side, Instant),
    Time(Instant),
    /// The end of a line that we close in the middle of the script.
    Hangup(Side),
    /// The ends of all lines.
    Parting,
    /// Nobody is to be told anything any more.
    Over,
}

/// A script while it is played.
#[derive(Debug)]
pub struct Runner {
    steps: Vec<Step>,
    /// Index of the step that is next, or under way.
    at: usize,
    values: Values,
    given: BTreeSet<String>,
    side: Side,
    smtp: Link,
    pop3: Link,
    require_tls: bool,
    patience: Duration,
    through: bool,
    stay_open: bool,
    /// The first thing that was not as expected, where that ends nothing.
    missed: Option<Failed>,
    awaiting: Awaiting,
    acts: VecDeque<Act>,
    report: Report,
    /// When the statement under way was begun.
    began: Option<Instant>,
    /// Rows of the statement under way, in the order of the replies.
    open_rows: VecDeque<usize>,
}

impl Runner {
    /// A script at its beginning. Variables that nobody sets ([`Script::unknown_variables`]) end it where they are met.
    pub fn new(script: &Script, setting: Setting) -> Self {
        Self {
            steps: steps(script),
            at: 0,
            values: Values::new(setting.variables),
            given: setting.given,
            side: setting.side,
            smtp: Link::default(),
            pop3: Link::default(),
            require_tls: setting.require_tls,
            patience: setting.patience,
            through: setting.through,
            stay_open: setting.stay_open,
            missed: None,
            awaiting: Awaiting::Nothing,
            acts: VecDeque::new(),
            report: Report::default(),
            began: None,
            open_rows: VecDeque::new(),
        }
    }

    /// The next thing to do, if there is one now.
    pub fn poll(&mut self, now: Instant) -> Option<Act> {
        loop {
            if let Some(act) = self.acts.pop_front() {
                return Some(act);
            }
            match self.awaiting {
                Awaiting::Nothing => self.go_on(now),
                Awaiting::Time(until) if until <= now => self.waited(now),
                Awaiting::Close(_, until) if until <= now => self.not_closed(now),
                Awaiting::Parting if self.is_alone() || self.stay_open => {
                    self.awaiting = Awaiting::Over;
                    return Some(Act::Done);
                }
                _ => return None,
            }
        }
    }

    /// When [`Self::poll`] has to be called again although nothing was heard.
    pub fn deadline(&self) -> Option<Instant> {
        match self.awaiting {
            Awaiting::Time(until) | Awaiting::Close(_, until) => Some(until),
            _ => None,
        }
    }

    /// Takes what was heard.
    pub fn heard(&mut self, heard: Heard, now: Instant) {
        self.take(heard.side, heard.event, now);
    }

    /// Ends the script where it is, as failed: somebody does not want it to go on. Lines are left politely; asked for
    /// once more, they are dropped.
    pub fn stop(&mut self, why: impl Into<String>) {
        if self.report.end.is_none() {
            self.acts.clear();
            self.stay_open = false;
            return self.fail(Kind::Script, why);
        }
        for side in [Side::Smtp, Side::Pop3] {
            if matches!(self.link(side).course, Course::Opening | Course::Open) {
                self.acts.push_back(Act::Drop(side));
            }
        }
    }

    /// What came of it so far.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// The same, given away.
    pub fn into_report(self) -> Report {
        self.report
    }

    fn link(&self, side: Side) -> &Link {
        match side {
            Side::Smtp => &self.smtp,
            Side::Pop3 => &self.pop3,
        }
    }

    fn link_mut(&mut self, side: Side) -> &mut Link {
        match side {
            Side::Smtp => &mut self.smtp,
            Side::Pop3 => &mut self.pop3,
        }
    }

    /// No line stands.
    fn is_alone(&self) -> bool {
        [&self.smtp, &self.pop3].iter().all(|link| matches!(link.course, Course::None | Course::Closed))
    }

    fn go_on(&mut self, now: Instant) {
        if self.report.end.is_some() {
            return self.part();
        }
        match self.steps.get(self.at).cloned() {
            None => {
                let end = self.missed.take().map_or(End::Held, End::Failed);
                self.end(end);
            }
            Some(Step::Jump(to)) => self.at = to,
            Some(Step::Branch(_, condition, otherwise)) => match self.holds(&condition) {
                Ok(true) => self.at += 1,
                Ok(false) => self.at = otherwise,
                Err(why) => self.fail(Kind::Script, why),
            },
            Some(Step::Do(_, what)) => {
                self.began = Some(now);
                if let Err((kind, why)) = self.perform(what, now) {
                    self.fail(kind, why);
                }
            }
        }
    }

    /// The side that statements are for now.
    pub fn side(&self) -> Side {
        self.side
    }

    /// Line of the script that is under way; 0 where there is none.
    pub fn line(&self) -> u32 {
        match self.steps.get(self.at) {
            Some(Step::Do(line, _) | Step::Branch(line, ..)) => *line,
            _ => 0,
        }
    }

    /// The next statement is done.
    fn advance(&mut self) {
        self.awaiting = Awaiting::Nothing;
        self.open_rows.clear();
        self.at += 1;
    }

    /// Adds a row for the statement under way; gives its index.
    fn add_row(&mut self, part: usize, what: impl Into<String>) -> usize {
        self.report.rows.push(Row {
            step: self.at,
            part,
            line: self.line(),
            side: Some(self.side),
            what: what.into(),
            reply: None,
            lapse: None,
            verdict: Verdict::Done,
            note: String::new(),
        });
        self.report.rows.len() - 1
    }

    fn row(&mut self, index: usize) -> Option<&mut Row> {
        self.report.rows.get_mut(index)
    }

    /// Time since the statement under way was begun.
    fn lapse(&self, now: Instant) -> Option<Duration> {
        self.began.map(|began| now.saturating_duration_since(began))
    }

    /// Ends the script as failed. Where the statement has a row, that row has failed.
    fn fail(&mut self, kind: Kind, why: impl Into<String>) {
        if self.report.end.is_some() {
            return;
        }
        let (why, line) = (why.into(), self.line());
        let row = match self.open_rows.front().copied() {
            Some(row) => row,
            None => self.failing_row(),
        };
        if let Some(row) = self.row(row) {
            row.verdict = Verdict::Failed;
            if row.note.is_empty() {
                row.note.clone_from(&why);
            }
        }
        let failed = Failed { line, why, kind };
        if self.goes_through(&failed.kind) {
            self.missed.get_or_insert(failed);
            return self.advance();
        }
        let first = self.missed.take().unwrap_or(failed);
        self.end(End::Failed(first));
    }

    /// Whether the next statement is done all the same.
    fn goes_through(&self, kind: &Kind) -> bool {
        let says_so = matches!(self.steps.get(self.at), Some(Step::Do(_, super::What::Fail(_))));
        self.through && !says_so && matches!(kind, Kind::Unexpected(_) | Kind::SignIn(_))
    }

    /// The row that shows why the statement under way failed: of the reply that was judged, or one of its own.
    fn failing_row(&mut self) -> usize {
        let judged = self.link(self.side).row;
        match self.steps.get(self.at) {
            Some(Step::Do(_, super::What::Expect(_))) if judged.is_some() => judged.unwrap_or_default(),
            Some(Step::Do(_, what)) => {
                let what = super::check::masked(what.to_string().as_bytes());
                self.add_row(0, what)
            }
            Some(Step::Branch(_, condition, _)) => {
                let what = format!("if {condition}");
                self.add_row(0, what)
            }
            _ => self.add_row(0, ""),
        }
    }

    fn end(&mut self, end: End) {
        self.report.end = Some(end);
        self.open_rows.clear();
        self.awaiting = Awaiting::Nothing;
    }

    /// Leaves the lines that stand: with QUIT where it would be taken for QUIT, and would not delete what a script
    /// marked that went wrong.
    fn part(&mut self) {
        let failed = self.report.failed().is_some();
        self.awaiting = Awaiting::Parting;
        if self.stay_open {
            return;
        }
        for side in [Side::Smtp, Side::Pop3] {
            let link = self.link(side);
            let act = match link.course {
                Course::None | Course::Closed => continue,
                Course::Open if link.quitting => continue,
                Course::Open if !(link.is_typing() || failed && link.marked) => Act::Quit(side),
                Course::Open | Course::Opening => Act::Drop(side),
            };
            self.acts.push_back(act);
        }
    }

    fn fill(&mut self, text: &Text) -> Result<Vec<u8>, Stopped> {
        self.values.fill(text).map_err(|why| (Kind::Script, why))
    }

    fn words(&mut self, text: &Text) -> Result<String, Stopped> {
        self.values.words(text).map_err(|why| (Kind::Script, why))
    }
}

/// Why a statement cannot be done.
type Stopped = (Kind, String);
