//! One connection of a call that sends: greeting, hello, TLS, sign-in, mails from the desk, QUIT, and connecting anew
//! when that is wanted. Reports in, requests out.

mod clock;
mod mails;
mod opening;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::time::Instant;

use tokio::time::sleep_until;

use super::desk::{Bells, Desk};
use super::mail::Prepared;
use super::report::Facts;
use crate::batch::{Job, Lap};
use crate::cli::Trouble;
use crate::cli::args::{Output, Server, nonce};
use crate::cli::session::Session;
use crate::connection::{LinkEvent, Report, Submission};
use crate::sasl::SignIn;
use crate::smtp::{Capabilities, Command, Halt, Leave, Manner, Notice, Stage};
use clock::Clock;

/// What is to be done over each connection.
#[derive(Debug)]
pub struct Plan {
    /// Where to, and who signs in.
    pub server: Server,
    /// With what; fetched before a connection is made.
    pub sign_in: Option<SignIn>,
    /// How mails are sent.
    pub manner: Manner,
    /// BDAT is taken where CHUNKING and PIPELINING are announced.
    pub bdat: bool,
    /// Where to end on purpose.
    pub halt: Option<Halt>,
    /// Mails over one connection.
    pub per_connection: Option<u64>,
    /// The client to name in XCLIENT before signing in; empty for none.
    pub xclient: Vec<(String, String)>,
}

/// A connection under way.
pub struct Course<'a> {
    number: usize,
    plan: &'a Plan,
    desk: &'a RefCell<Desk>,
    bells: &'a Bells,
    session: Session,
    facts: Facts,
    capabilities: Capabilities,
    sign_in: Option<SignIn>,
    step: Step,
    clock: Clock,
    /// The mails handed over and not done, oldest first.
    ahead: VecDeque<Job<Prepared>>,
    /// Octets of them.
    held: usize,
    /// Mails that the line was lost under.
    lost: Vec<Job<Prepared>>,
    /// Mails handed over since the line stands.
    carried: u64,
    /// More may be asked for when the desk has news, or at this moment.
    waits: Waits,
    leaving: bool,
    /// Another line is wanted behind this one.
    renew: bool,
    /// The access token was fetched a second time; there is no third.
    refreshed: bool,
}

/// What is being waited for. TLS brings a second hello with it, which is no news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Hello,
    Tls,
    XClient,
    Auth,
    Mail,
}

/// Whether it would take another mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waits {
    Not,
    /// When there is news at the desk.
    ForNews,
    /// Then, or when there is news before.
    Until(Instant),
}

/// What happened next.
enum Event {
    Report(Report),
    News,
}

impl<'a> Course<'a> {
    /// Carries the plan out over the connection with this number.
    pub async fn run(
        number: usize,
        plan: &'a Plan,
        desk: &'a RefCell<Desk>,
        bells: &'a Bells,
        output: &Output,
    ) -> Result<Facts, Trouble> {
        let session = Session::open(plan.server.target.clone(), output)?;
        let mut course = Self::new(number, plan, desk, bells, session);
        'line: loop {
            course.obey();
            course.feed()?;
            let mut event = Some(course.next().await?);
            // All that came together is dealt with together: more mails are asked for once.
            while let Some(next) = event {
                let over = match next {
                    Event::Report(Report::Link { event, .. }) => course.link(event)?,
                    Event::Report(Report::Smtp { notice, .. }) => course.notice(notice).map(|()| false)?,
                    Event::News | Event::Report(Report::Record(_) | Report::Pop3 { .. } | Report::Discovered(_)) => {
                        false
                    }
                };
                if over && !course.again().await? {
                    break 'line;
                }
                event = course.session.next_at_hand().map(Event::Report);
            }
        }
        course.desk.borrow_mut().gone(number, bells)?;
        course.session.finish()?;
        Ok(course.facts)
    }

    fn new(number: usize, plan: &'a Plan, desk: &'a RefCell<Desk>, bells: &'a Bells, session: Session) -> Self {
        let now = Instant::now();
        let mut sign_in = plan.sign_in.clone();
        if let Some(sign_in) = sign_in.as_mut().filter(|_| number > 0) {
            sign_in.nonce = nonce();
        }
        Self {
            number,
            plan,
            desk,
            bells,
            session,
            facts: Facts::new(now),
            capabilities: Capabilities::default(),
            sign_in,
            step: Step::Hello,
            clock: Clock::new(now),
            ahead: VecDeque::new(),
            held: 0,
            lost: Vec::new(),
            carried: 0,
            waits: Waits::Not,
            leaving: false,
            renew: false,
            refreshed: false,
        }
    }

    async fn next(&mut self) -> Result<Event, Trouble> {
        let moment = if let Waits::Until(moment) = self.waits { Some(moment) } else { None };
        tokio::select! {
            report = self.session.next() => report.map(Event::Report),
            () = self.bells.news.notified(), if self.waits != Waits::Not => Ok(Event::News),
            () = self.bells.alarm.notified() => Ok(Event::News),
            () = sleep_until(moment.unwrap_or_else(Instant::now).into()), if moment.is_some() => Ok(Event::News),
        }
    }

    /// Does what a person who stops it wants.
    fn obey(&mut self) {
        let (stopping, dropping) = {
            let desk = self.desk.borrow();
            (desk.is_stopping(), desk.is_dropping())
        };
        if dropping || (stopping && self.step != Step::Mail) {
            if !self.facts.is_dropped() {
                self.facts.given_up();
                self.session.drop_line();
            }
        } else if stopping && self.ahead.is_empty() {
            self.leave();
        }
    }

    /// Takes an event of the line; true when it was the last.
    fn link(&mut self, event: LinkEvent) -> Result<bool, Trouble> {
        match event {
            LinkEvent::Connected { peer, lapse, .. } => {
                self.facts.connected(peer, lapse, Instant::now());
                self.lap(Lap::Connect);
                let halt = self.plan.halt.map(|halt| halt.after);
                if !self.stops_at(Stage::Connect) && halt != Some(Stage::Greeting) {
                    self.submit(Command::Hello(self.plan.server.hello.clone()));
                }
            }
            LinkEvent::Tls(protection) => self.facts.protected(*protection, Instant::now()),
            LinkEvent::Closed(failure) => {
                self.closed(failure)?;
                return Ok(true);
            }
            LinkEvent::NotConnected => return Ok(true),
            LinkEvent::Dialling { .. } | LinkEvent::BodyProgress { .. } => {}
        }
        Ok(false)
    }

    fn notice(&mut self, notice: Notice) -> Result<(), Trouble> {
        match notice {
            Notice::Greeting(reply) => self.greeted(reply),
            Notice::Capabilities(capabilities) => self.hello_done(*capabilities),
            Notice::Replied { verb, reply, .. } => self.replied(verb, reply),
            Notice::MailDone(report) => self.mail_done(*report)?,
            Notice::Secured(secured) => self.secured(&secured),
            Notice::Insecure(why) => {
                self.facts.insecure(why);
                self.leave();
            }
            Notice::SignIn(progress) => self.signing_in(progress),
            Notice::Dropped { why, verb } => {
                self.facts.dropped(verb, &why);
                self.leave();
            }
            Notice::State(_)
            | Notice::Recipient { .. }
            | Notice::Unanswered { .. }
            | Notice::Broken(_)
            | Notice::TimedOut(_)
            | Notice::Closed { .. } => {}
        }
        Ok(())
    }

    fn lap(&mut self, lap: Lap) {
        let took = self.clock.lap(Instant::now());
        self.desk.borrow_mut().lap(lap, took);
    }

    fn submit(&mut self, command: Command) {
        self.session.submit(Submission::Smtp(command, None));
    }

    /// Whether the conversation ends here on purpose; then it does, and that is success.
    fn stops_at(&mut self, stage: Stage) -> bool {
        let here = self.plan.halt.is_some_and(|halt| halt.after == stage);
        if here {
            self.facts.stopped();
            self.part();
        }
        here
    }

    /// Ends it the way that was asked for.
    fn part(&mut self) {
        if self.plan.halt.is_some_and(|halt| halt.how == Leave::Drop) {
            self.leaving = true;
            self.session.drop_line();
        } else {
            self.leave();
        }
    }

    fn leave(&mut self) {
        if !std::mem::replace(&mut self.leaving, true) {
            self.session.quit();
        }
    }
}

#[cfg(test)]
mod tests;
