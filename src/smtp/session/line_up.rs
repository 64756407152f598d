//! The mails under way, and which of those that wait may ride behind them (RFC 2920, RFC 3030 4.2).
//!
//! Behind a final dot, or behind the last chunk of a BDAT mail, the next mail's commands need not wait. Each reply
//! belongs to one step of one mail, so what becomes of one says nothing of another.

use std::collections::VecDeque;
use std::time::Instant;

use super::delivery::{Delivery, Reset, Step};
use super::{Asked, Course, Queued, Session};
use crate::smtp::{Command, Cover, MailReport, Pace, State, Transaction, Verb};

/// Mails that may be under way at once.
const MAILS: usize = 32;
/// Octets of chunks without a reply at which no more of a body is sent.
pub(super) const WINDOW: usize = 4 * 1024 * 1024;

/// Which mail a step belongs to: each gets its own.
pub(super) type Ticket = u64;

/// What a reply answers, and of which mail.
pub(super) type Owner = (Ticket, Step);

/// The mails under way in the order in which they were begun. All but the last were sent whole.
#[derive(Debug, Default)]
pub(super) struct LineUp {
    mails: VecDeque<(Ticket, Delivery)>,
    begun: Ticket,
}

impl LineUp {
    pub fn push(&mut self, mail: Delivery) {
        self.begun += 1;
        self.mails.push_back((self.begun, mail));
    }

    pub fn is_empty(&self) -> bool {
        self.mails.is_empty()
    }

    pub fn get_mut(&mut self, ticket: Ticket) -> Option<&mut Delivery> {
        self.mails.iter_mut().find(|(held, _)| *held == ticket).map(|(_, mail)| mail)
    }

    pub fn remove(&mut self, ticket: Ticket) {
        self.mails.retain(|(held, _)| *held != ticket);
    }

    /// The one that is not sent whole, if there is one.
    pub fn last(&self) -> Option<&Delivery> {
        self.mails.back().map(|(_, mail)| mail)
    }

    pub fn last_mut(&mut self) -> Option<(Ticket, &mut Delivery)> {
        self.mails.back_mut().map(|(ticket, mail)| (*ticket, mail))
    }

    pub fn pop_last(&mut self) -> Option<Delivery> {
        self.mails.pop_back().map(|(_, mail)| mail)
    }

    /// All of them, oldest first; none is under way any more.
    pub fn take(&mut self) -> impl Iterator<Item = Delivery> + use<> {
        std::mem::take(&mut self.mails).into_iter().map(|(_, mail)| mail)
    }
}

impl Session {
    pub(super) fn begin_mail(&mut self, mail: Transaction) {
        let reset = self.unclean || matches!(self.state, State::Mail | State::Rcpt);
        if let Err(report) = self.line_up(mail, if reset { Reset::First } else { Reset::No }) {
            self.report(report);
        }
    }

    /// Begins the next mail behind one that was sent whole and is not answered yet. False when none may.
    pub(super) fn ride(&mut self, now: Instant) -> bool {
        if !self.may_ride() {
            return false;
        }
        let Some(Queued { command: Command::Mail(mail), .. }) = self.queue.pop_front() else { return false };
        // A refused BDAT leaves the transaction open, and there RCPT would add recipients to it.
        let open = self.unclean || self.mails.last().is_some_and(Delivery::is_chunked);
        match self.line_up(mail, if open { Reset::Grouped } else { Reset::No }) {
            Ok(()) => self.deliver(now),
            Err(report) => self.report(report),
        }
        true
    }

    fn may_ride(&self) -> bool {
        let Some(Queued { command: Command::Mail(next), .. }) = self.queue.front() else { return false };
        let rides = next.pace == Pace::Pipelined && next.manner.halt.is_none();
        let free = self.course == Course::Open && self.work.is_none() && !self.sign_in_failed;
        let room = self.mails.mails.len() < MAILS && self.unanswered < WINDOW;
        rides && free && room && self.mails.last().is_some_and(Delivery::may_be_followed)
    }

    fn line_up(&mut self, mail: Transaction, reset: Reset) -> Result<(), Box<MailReport>> {
        self.mails.push(Delivery::new(
            mail,
            &self.capabilities,
            Cover::of(self.channel.as_ref()),
            self.dialect,
            reset,
        )?);
        Ok(())
    }

    /// LMTP answers the last chunk once for each recipient that was accepted, and who that is is known only when the
    /// first of these replies is due (RFC 2033 4.2).
    pub(super) fn unfolded(&mut self, asked: Asked) -> Asked {
        let Some((ticket, Step::Dot(None))) = asked.owner.filter(|_| asked.verb == Verb::Bdat) else { return asked };
        let steps = match self.mails.get_mut(ticket) {
            Some(mail) => mail.unfold_last(),
            None => return asked,
        };
        let each = |step| Asked { owner: Some((ticket, step)), shown: asked.shown.clone(), ..asked };
        let mut all = steps.into_iter().map(each);
        let first = all.next();
        for later in all.rev() {
            self.flight.push_front(Asked { octets: 0, ..later });
        }
        first.unwrap_or(asked)
    }
}
