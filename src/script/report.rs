//! What came of a script: a row for each statement that did something, and the end.

use std::time::Duration;

use super::Answer;
use crate::sasl::Progress;
use crate::wire::Side;

/// Most characters of a reply's text that a row keeps.
const KEPT: usize = 2000;

/// A statement and what came of it. Texts are **not sanitized**.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Number of the step within the program: two runs of one script have the same.
    pub step: usize,
    /// Of several replies to one statement, which, from 0.
    pub part: usize,
    /// Line of the script.
    pub line: u32,
    /// The side it was for, if for any.
    pub side: Option<Side>,
    /// The line that went out, secrets masked, or the statement.
    pub what: String,
    /// What the server said to it.
    pub reply: Option<Said>,
    /// From the moment it was done to the moment it was over.
    pub lapse: Option<Duration>,
    /// How it was judged.
    pub verdict: Verdict,
    /// Words of one's own: why it failed, or what a note says.
    pub note: String,
}

/// A reply as a row keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// `250`, `+OK`.
    pub code: String,
    /// `2.1.5`, `[IN-USE]`.
    pub enhanced: Option<String>,
    /// Lines joined by LF, bounded.
    pub text: String,
}

impl Said {
    /// As much of it as is kept.
    pub(super) fn of(answer: &Answer) -> Self {
        let text = answer.text().chars().take(KEPT).collect();
        Self { code: answer.code(), enhanced: answer.enhanced(), text }
    }
}

/// How a statement was judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Done; nothing was expected of it.
    Done,
    /// As expected.
    Held,
    /// Not as expected, or not done.
    Failed,
}

/// Why a script failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The reply (or none) is not the expected one, or `fail` said so behind it.
    Unexpected(Option<Answer>),
    /// The sign-in came to nothing.
    SignIn(Progress),
    /// TLS came to nothing, or is required and was not begun.
    Tls,
    /// There is no line, or it was lost.
    Line,
    /// The line was lost behind the final dot, or behind QUIT with messages marked: nobody knows what became of them.
    Unknown,
    /// The script asks for what cannot be: a body without 354, a variable that is not set, a line that cannot go out.
    Script,
}

/// Where and why a script failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// Line of the script.
    pub line: u32,
    /// In words: what was expected, what came; **not sanitized**.
    pub why: String,
    /// For decisions.
    pub kind: Kind,
}

/// How a script ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// At its last statement, or with `stop`; all expectations held.
    Held,
    /// Before.
    Failed(Failed),
}

/// All that came of a script so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// In the order in which it was done.
    pub rows: Vec<Row>,
    /// `None`: it has not ended yet.
    pub end: Option<End>,
}

impl Report {
    /// Where and why it failed.
    pub fn failed(&self) -> Option<&Failed> {
        match &self.end {
            Some(End::Failed(failed)) => Some(failed),
            _ => None,
        }
    }
}
