//! The course of a download: what is asked of the server, what of the keeper, and when a message may be deleted.
//!
//! A state machine without socket, disk and clock (RFC 1939 5: RETR, DELE). It asks ahead as far as `window` allows,
//! passes what arrives on to the keeper in the order in which it came, has it made safe every few MiB, and marks a
//! message with DELE only when the keeper named it safe. QUIT, and with it the deletion itself, is the caller's: RFC 1939
//! 6 deletes nothing before it.

mod incoming;
mod marks;
mod outcome;
mod pace;
mod window;

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

pub use outcome::{Cause, Outcome, Progress};

use super::order::{Kept, Order, Wanted};
use crate::pop3::{BodyKind, Line, Notice, State, Verb};
use pace::Pace;
use window::Window;

/// Messages after which the keeper is told to make them safe.
const SYNC_MESSAGES: usize = 512;
/// Octets after which it is told so.
const SYNC_OCTETS: u64 = 16 * 1024 * 1024;
/// Time after which it is told so, where little arrives.
const SYNC_TIME: Duration = Duration::from_secs(5);

/// What the course wants done next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Submit this line to the POP3 engine.
    Send(Line),
    /// Give this to the keeper.
    Keep(Order),
    /// Nothing more will be asked for. QUIT is the caller's.
    Done(Outcome),
}

/// A download under way.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each of them can come about before or after the others")]
pub struct Course {
    /// Messages not yet asked for.
    waiting: std::vec::IntoIter<Wanted>,
    total: usize,
    delete: bool,
    window: Window,
    pace: Pace,
    /// RETR that were handed over and are not answered whole, oldest first.
    asked: VecDeque<Asked>,
    /// The first of them is arriving.
    arriving: Option<Arriving>,
    /// Messages that the keeper has whole and has not called safe, oldest first.
    whole: VecDeque<Whole>,
    sync: Sync,
    /// Messages that an earlier download made safe, whose DELE is due behind the others.
    earlier: std::vec::IntoIter<u32>,
    /// Safe messages whose DELE is due.
    to_mark: VecDeque<u32>,
    /// DELE that were handed over and are not answered, oldest first.
    marking: VecDeque<u32>,
    /// What is to be done at once, in order.
    orders: VecDeque<Order>,
    /// Nothing more is asked for.
    stopped: bool,
    /// The line is gone.
    lost: bool,
    /// The keeper writes no more.
    failed: bool,
    done: bool,
    outcome: Outcome,
    /// The time that was last told.
    now: Instant,
}

/// A RETR on its way.
#[derive(Debug)]
struct Asked {
    wanted: Wanted,
    /// Octets it still counts for in the window.
    weight: u64,
}

/// The message that is arriving.
#[derive(Debug)]
struct Arriving {
    octets: u64,
    /// Its unique-id is its own.
    own: bool,
}

/// A message that the keeper has whole.
#[derive(Debug)]
struct Whole {
    number: u32,
    octets: u64,
    own: bool,
}

/// What the keeper was given since it was last told to make things safe.
#[derive(Debug, Default)]
struct Sync {
    outstanding: bool,
    messages: usize,
    octets: u64,
    since: Option<Instant>,
}

impl Course {
    /// A download of `wanted`, in this order; `delete`: mark each with DELE once it is safe on disk and its unique-id
    /// is known to be its own.
    pub fn new(wanted: Vec<Wanted>, delete: bool, now: Instant) -> Self {
        Self {
            total: wanted.len(),
            delete,
            window: Window::default(),
            pace: Pace::new(wanted.iter().map(|one| one.octets), now),
            waiting: wanted.into_iter(),
            asked: VecDeque::new(),
            arriving: None,
            whole: VecDeque::new(),
            sync: Sync::default(),
            earlier: Vec::new().into_iter(),
            to_mark: VecDeque::new(),
            marking: VecDeque::new(),
            orders: VecDeque::new(),
            stopped: false,
            lost: false,
            failed: false,
            done: false,
            outcome: Outcome::default(),
            now,
        }
    }

    /// Marks these with DELE too: an earlier download made them safe in the same place, and their unique-ids are their
    /// own. A stop, and a disk that fails, spares those that are still due.
    pub fn mark_earlier(&mut self, numbers: Vec<u32>) {
        self.earlier = numbers.into_iter();
    }

    /// Takes in what the engine understood; notices that are none of its business are passed over.
    pub fn notice(&mut self, notice: Notice, now: Instant) {
        self.now = now;
        match notice {
            _ if self.lost || self.done => {}
            Notice::Body { kind: BodyKind::Retr, number, bytes } => self.piece(number, bytes),
            Notice::BodyEnd { kind: BodyKind::Retr, number, octets, complete } => {
                self.body_end(number, octets, complete);
            }
            Notice::Replied { verb: Verb::Retr, number: Some(number), response, .. } => {
                self.retr_answered(number, &response);
            }
            Notice::Replied { verb: Verb::Dele, number: Some(number), response, .. } if !response.is_ok() => {
                self.not_marked(number, format!("the server answered {response} to DELE"));
            }
            Notice::Marked(number) => self.marked(number),
            Notice::MarksCleared => self.marks_cleared(),
            Notice::Dropped { verb: Verb::Retr, number: Some(number), why } => self.retr_dropped(number, &why),
            Notice::Dropped { verb: Verb::Dele, number: Some(number), why } => self.not_marked(number, why),
            Notice::Broken(violation) => self.line_lost(&violation.to_string()),
            Notice::TimedOut(_) => self.line_lost("the server did not answer in time"),
            Notice::Closed { .. } => self.line_lost("the server closed the line"),
            Notice::Ended(_) | Notice::State(State::Closed) => self.line_lost("the conversation is over"),
            _ => {}
        }
    }

    /// Takes in what the keeper answered.
    pub fn kept(&mut self, kept: Kept, now: Instant) {
        self.now = now;
        match kept {
            _ if self.done || self.failed => {}
            Kept::Safe(numbers) => {
                self.sync.outstanding = false;
                for number in numbers {
                    self.safe(number);
                }
                self.sync.messages = self.sync.messages.min(self.whole.len());
            }
            Kept::Failed(why) => {
                self.failed = true;
                self.sync.outstanding = false;
                self.orders.clear();
                self.because(Cause::Disk, &why);
            }
        }
    }

    /// Asks for no further message; what is under way is finished and made safe.
    pub fn stop(&mut self) {
        self.stopped = true;
    }

    /// The line is gone: what is whole is made safe, nothing more is asked for.
    pub fn line_lost(&mut self, why: &str) {
        if std::mem::replace(&mut self.lost, true) {
            return;
        }
        self.because(Cause::Line, why);
        if self.arriving.take().is_some() {
            self.order(Order::Discard);
        }
        self.asked.clear();
        self.to_mark.clear();
        self.marking.clear();
    }

    /// The next thing to do; `None`: wait.
    pub fn poll(&mut self) -> Option<Step> {
        if let Some(order) = self.orders.pop_front() {
            return Some(Step::Keep(order));
        }
        if self.done {
            return None;
        }
        if self.sync_is_due() {
            self.sync = Sync { outstanding: true, ..Sync::default() };
            return Some(Step::Keep(Order::Sync));
        }
        let line = self.mark().or_else(|| self.ask()).or_else(|| self.mark_next_earlier());
        line.map(Step::Send).or_else(|| self.finish())
    }

    /// How far it is.
    pub fn progress(&self, now: Instant) -> Progress {
        self.pace.progress(self.total, now)
    }

    /// Whether another message may be asked for at all.
    fn asks_no_more(&self) -> bool {
        self.stopped || self.lost || self.failed || self.waiting.as_slice().is_empty()
    }

    fn ask(&mut self) -> Option<Line> {
        if self.asks_no_more() {
            return None;
        }
        let weight = window::weight(self.waiting.as_slice().first()?.octets);
        if !self.window.admits(self.asked.len(), weight, self.now) {
            return None;
        }
        let wanted = self.waiting.next()?;
        let line = Line::numbered(Verb::Retr, wanted.number);
        self.asked.push_back(Asked { wanted, weight });
        Some(line)
    }

    fn sync_is_due(&self) -> bool {
        // Between two messages only: no keeper has to make half of one safe.
        if self.sync.outstanding || self.failed || self.sync.messages == 0 || self.arriving.is_some() {
            return false;
        }
        let late = self.sync.since.is_some_and(|since| self.now.saturating_duration_since(since) >= SYNC_TIME);
        let last = self.asks_no_more() && self.asked.is_empty();
        last || late || self.sync.messages >= SYNC_MESSAGES || self.sync.octets >= SYNC_OCTETS
    }

    fn finish(&mut self) -> Option<Step> {
        let marks = !self.to_mark.is_empty() || !self.marking.is_empty() || self.next_earlier().is_some();
        // After a failure what arrives is of no use; it is waited for only where QUIT is to follow.
        let quits = marks || !self.outcome.marked.is_empty();
        let arrives = !self.asked.is_empty() && (!self.failed || quits);
        if !self.asks_no_more() || arrives || marks || self.sync.outstanding || self.sync.messages > 0 && !self.failed {
            return None;
        }
        self.done = true;
        self.outcome.left = self.total.saturating_sub(self.outcome.safe.len() + self.outcome.refused.len());
        match (self.outcome.left, self.stopped) {
            (0, _) => {}
            (_, true) => self.because(Cause::Stopped, "it was stopped"),
            (_, false) => self.because(Cause::Disk, "not every message was confirmed to be safe on disk"),
        }
        Some(Step::Done(std::mem::take(&mut self.outcome)))
    }

    fn order(&mut self, order: Order) {
        if !self.failed {
            self.orders.push_back(order);
        }
    }

    /// The first reason counts: the others follow from it.
    fn because(&mut self, cause: Cause, why: &str) {
        if self.outcome.why.is_none() {
            self.outcome.cause = cause;
            self.outcome.why = Some(why.to_owned());
        }
    }
}
