//! Every way a conversation ends, and what that means for the marks (RFC 1939 6: messages go only after QUIT).
//!
//! The order of what is said is always the same: the rest of the bytes, what was cut off, the cause, the end of a
//! sign-in, the fate of the marks, the lines never sent, the state.

use super::{LineBuffer, Session};
use crate::pop3::{Ending, Notice, Response, State, Status, Verb, Verdict, Violation};
use crate::wire::{Output, Wait, limits};

/// Why a line is not sent any more.
pub(super) const OVER: &str = "the conversation is over";

/// What has been said about leaving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Farewell {
    Unsaid,
    /// The greeting was `-ERR`: the server is to close.
    Refused,
    /// QUIT is written.
    Written,
    /// QUIT is answered: the close of the line is due.
    Answered,
    Done,
}

/// Why a conversation ends.
#[derive(Debug)]
pub(super) enum Parting {
    /// QUIT was answered.
    Answered(Response),
    Broken(Violation),
    TimedOut(Wait),
    PeerClosed,
    /// Our side drops the line.
    Dropped,
}

impl Parting {
    /// Why what was begun comes to nothing, in words.
    fn why(&self) -> String {
        match self {
            Self::Broken(violation) => violation.to_string(),
            Self::TimedOut(_) => "the server did not answer in time".to_owned(),
            Self::PeerClosed => "the server closed the line".to_owned(),
            Self::Answered(_) | Self::Dropped => OVER.to_owned(),
        }
    }
}

impl Session {
    /// Ends the conversation.
    pub(super) fn part(&mut self, parting: Parting) {
        let rest = self.input.take_pending();
        self.stray(rest);
        self.input = LineBuffer::new(limits::REPLY_LINE);
        if let Some(reading) = self.reading.take() {
            reading.cut(&mut self.outputs);
            // Its response came, though not whole.
            self.flights.pop_front();
        }
        self.notify_cause(&parting);
        let why = parting.why();
        self.lose_plan(&why);
        let closes = !matches!(parting, Parting::PeerClosed | Parting::Dropped);
        self.end_marks(if let Parting::Answered(response) = parting { Some(response) } else { None });
        self.left_unanswered(&why);
        self.deadline = None;
        self.drop_queue(OVER);
        self.set_state(State::Closed);
        if closes {
            self.outputs.push_back(Output::Close);
        }
    }

    fn notify_cause(&mut self, parting: &Parting) {
        match parting {
            Parting::Broken(violation) => self.notify(Notice::Broken(violation.clone())),
            // After a refusing greeting nothing was asked that could be late.
            Parting::TimedOut(_) if self.farewell == Farewell::Refused => {}
            Parting::TimedOut(wait) => self.notify(Notice::TimedOut(*wait)),
            Parting::PeerClosed => self.notify(Notice::Closed { clean: false }),
            Parting::Answered(_) | Parting::Dropped => {}
        }
    }

    /// Tells the fate of the marks, once, if the session was signed in.
    fn end_marks(&mut self, response: Option<Response>) {
        let verdict = match (&response, self.farewell) {
            (Some(response), _) if response.status == Status::Ok => Verdict::Committed,
            (Some(_), _) => Verdict::Refused,
            (None, Farewell::Written) => Verdict::Unknown,
            (None, _) => Verdict::Kept,
        };
        self.farewell = if response.is_some() { Farewell::Answered } else { Farewell::Done };
        let marks = std::mem::take(&mut self.marks);
        if std::mem::take(&mut self.signed_in) {
            self.notify(Notice::Ended(Ending { marks: marks.into_iter().collect(), verdict, response }));
        }
    }

    /// Gives up what is queued, but for QUIT.
    pub(super) fn drop_all_but_quit(&mut self, why: &str) {
        let (quits, others) = std::mem::take(&mut self.queue).into_iter().partition(|next| next.verb() == Verb::Quit);
        self.queue = others;
        self.drop_queue(why);
        self.queue = quits;
    }

    /// Gives up what is queued.
    pub(super) fn drop_queue(&mut self, why: &str) {
        for command in std::mem::take(&mut self.queue) {
            self.drop_command(&command, why);
        }
    }
}
