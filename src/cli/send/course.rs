//! One connection of a call that sends: greeting, hello, TLS, sign-in, mails from the desk, QUIT, and connecting anew
//! when that is wanted. Reports in, requests out.

mod clock;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::time::Instant;

use tokio::time::sleep_until;

use super::desk::{Bells, Desk, Ended, Offer};
use super::mail::Prepared;
use super::report::Facts;
use crate::batch::{Job, Lap};
use crate::cli::Trouble;
use crate::cli::args::{Output, Server, Who, nonce};
use crate::cli::session::Session;
use crate::connection::{Failure, FailureKind, LinkEvent, Report, Submission};
use crate::sasl::{Progress, SignIn};
use crate::smtp::{
    Capabilities, Class, Command, Halt, Leave, MailId, MailOutcome, MailReport, Manner, Notice, Reply, Stage, Transfer,
    Verb,
};
use crate::wire::Secured;
use clock::Clock;

/// Mails handed to the connection task ahead of their turn: what the engine has in flight, and some for the next read.
const AHEAD: usize = 48;
/// Octets of such mails; one mail is always handed over, however big.
const AHEAD_OCTETS: usize = 4 * 1024 * 1024;

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
            | Notice::Broken(_)
            | Notice::TimedOut(_)
            | Notice::Closed { .. } => {}
        }
        Ok(())
    }

    fn greeted(&mut self, reply: Reply) {
        self.facts.reached(Stage::Greeting, Instant::now());
        if reply.class() == Class::Ok {
            self.stops_at(Stage::Greeting);
        } else {
            self.facts.refused(Stage::Greeting, reply);
            self.leave();
        }
    }

    fn hello_done(&mut self, capabilities: Capabilities) {
        self.facts.announced(&capabilities);
        self.capabilities = capabilities;
        if self.step == Step::XClient {
            return self.signs_in();
        }
        if self.step != Step::Hello {
            return;
        }
        self.facts.reached(Stage::Hello, Instant::now());
        self.lap(Lap::Helo);
        if self.stops_at(Stage::Hello) {
            return;
        }
        self.step = Step::Tls;
        let (mode, hello) = (self.plan.server.target.tls.mode, self.plan.server.hello.clone());
        self.submit(Command::Secure { mode, hello });
    }

    fn secured(&mut self, secured: &Secured) {
        if matches!(secured, Secured::Already | Secured::Started { .. }) {
            self.facts.reached(Stage::Tls, Instant::now());
        }
        if matches!(secured, Secured::Started { .. }) {
            self.lap(Lap::Tls);
        }
        if self.stops_at(Stage::Tls) {
            return;
        }
        let attributes = self.plan.xclient.clone();
        if attributes.is_empty() {
            return self.signs_in();
        }
        self.step = Step::XClient;
        self.submit(Command::XClient { attributes, hello: self.plan.server.hello.clone() });
    }

    fn signs_in(&mut self) {
        match self.sign_in.take() {
            Some(sign_in) => {
                self.step = Step::Auth;
                self.submit(Command::SignIn(Box::new(sign_in)));
            }
            None => self.step = Step::Mail,
        }
    }

    fn signing_in(&mut self, progress: Progress) {
        let accepted = matches!(progress, Progress::Accepted { .. });
        let end = progress.is_end();
        self.facts.signing_in(progress, Instant::now());
        if !end {
            return;
        }
        if !accepted {
            return self.leave();
        }
        self.lap(Lap::Auth);
        if !self.stops_at(Stage::Auth) {
            self.step = Step::Mail;
        }
    }

    /// Replies to the hello when it is refused, and for the clocks; mails are told by their reports.
    fn replied(&mut self, verb: Verb, reply: Reply) {
        let now = Instant::now();
        let reached = match verb {
            // HELO follows by itself.
            Verb::Ehlo if reply.class() == Class::Permanent => return,
            Verb::Ehlo | Verb::Lhlo | Verb::Helo if reply.class() != Class::Ok => {
                self.facts.refused(Stage::Hello, reply);
                return self.leave();
            }
            Verb::Mail => (Stage::Mail, Lap::Mail),
            Verb::Rcpt => (Stage::Rcpt, Lap::Rcpt),
            Verb::Data => (Stage::Data, Lap::Data),
            Verb::FinalDot | Verb::Bdat => (Stage::FinalDot, Lap::Dot),
            _ => return,
        };
        self.facts.reached(reached.0, now);
        self.clock.replied(reached.1, now);
    }

    /// Asks the desk for mails, as many as may be under way, and says goodbye when there will be none.
    fn feed(&mut self) -> Result<(), Trouble> {
        self.waits = Waits::Not;
        while self.step == Step::Mail && !self.leaving && self.has_room() {
            if self.carried >= self.most() {
                if self.ahead.is_empty() {
                    self.renew = self.desk.borrow().has_work();
                    self.leave();
                }
                return Ok(());
            }
            let (manner, now) = (self.manner(), Instant::now());
            let offer = self.desk.borrow_mut().take(self.number, self.ahead.len(), &manner, now)?;
            match offer {
                Offer::Mail(job) => self.hand_over(*job, manner, now),
                Offer::Wait(moment) => {
                    self.waits = moment.map_or(Waits::ForNews, Waits::Until);
                    return Ok(());
                }
                Offer::Over if self.ahead.is_empty() => {
                    self.leave();
                    return Ok(());
                }
                Offer::Over => return Ok(()),
            }
        }
        Ok(())
    }

    fn hand_over(&mut self, job: Job<Prepared>, manner: Manner, now: Instant) {
        if self.ahead.is_empty() {
            self.clock.turn(now);
        }
        if let Some(prepared) = &job.made {
            let transaction = crate::smtp::Transaction { manner, ..prepared.transaction.clone() };
            self.session.submit(Submission::Smtp(Command::Mail(transaction), Some(prepared.body.clone())));
            self.held += prepared.held;
        }
        self.carried += 1;
        self.ahead.push_back(job);
    }

    fn has_room(&self) -> bool {
        self.ahead.is_empty() || (self.ahead.len() < AHEAD && self.held < AHEAD_OCTETS)
    }

    /// Mails over this line: what is asked for, and no more than the server allows (RFC 9422 4.1).
    fn most(&self) -> u64 {
        let limits = self.capabilities.limits.iter();
        let allowed = limits.filter(|(name, _)| name.eq_ignore_ascii_case("MAILMAX"));
        let allowed = allowed.filter_map(|(_, value)| value.parse().ok()).filter(|most| *most > 0);
        allowed.chain(self.plan.per_connection).min().unwrap_or(u64::MAX)
    }

    fn manner(&self) -> Manner {
        let mut manner = self.plan.manner.clone();
        if self.plan.bdat && self.capabilities.chunking && self.capabilities.pipelining {
            manner.transfer = Transfer::Bdat;
        }
        // Before MAIL it is done here.
        manner.halt = self.plan.halt.filter(|halt| halt.after >= Stage::Mail);
        manner
    }

    fn mail_done(&mut self, report: MailReport) -> Result<(), Trouble> {
        let Some(mut job) = self.taken(report.id) else { return Ok(()) };
        let now = Instant::now();
        self.facts.mail_done(now);
        if is_unsent(&report) {
            // The line is going away: it gets no more mails.
            self.leave();
            if let Some(made) = &mut job.made {
                made.lost = Some(Box::new(report));
            }
            self.lost.push(job);
            return Ok(());
        }
        if report.outcome == MailOutcome::Unknown {
            self.leave();
        }
        let stopped = report.outcome == MailOutcome::Stopped;
        let took = self.clock.done(now);
        {
            let mut desk = self.desk.borrow_mut();
            for (lap, took) in self.clock.laps() {
                desk.lap(lap, took);
            }
            desk.lap(Lap::Whole, took);
        }
        self.result(job, report, took)?;
        if stopped {
            self.part();
        }
        Ok(())
    }

    fn result(&mut self, job: Job<Prepared>, report: MailReport, took: std::time::Duration) -> Result<(), Trouble> {
        let made = job.made;
        let octets = made.as_ref().and_then(|made| made.transaction.size).unwrap_or(0);
        let row = made.as_ref().and_then(|made| made.row);
        let message_id = made.and_then(|made| made.message_id);
        let ended = Ended { index: job.index, report, message_id, row, octets, took };
        self.desk.borrow_mut().ended(self.number, ended, self.bells)
    }

    /// The mail with this name, not under way any more.
    fn taken(&mut self, id: MailId) -> Option<Job<Prepared>> {
        let at = self.ahead.iter().position(|job| job.index == id.0)?;
        let job = self.ahead.remove(at)?;
        self.held = self.held.saturating_sub(job.made.as_ref().map_or(0, |made| made.held));
        Some(job)
    }

    /// The line is gone. What was lost with it goes back to the desk, unless its own body was the reason.
    fn closed(&mut self, failure: Option<Failure>) -> Result<(), Trouble> {
        let unreadable = failure.as_ref().is_some_and(|failure| failure.kind == FailureKind::Body);
        self.facts.closed(failure, Instant::now());
        self.desk.borrow_mut().away(self.number);
        // Each mail that was begun has its report by now.
        self.held = 0;
        let lost: Vec<_> = std::mem::take(&mut self.lost).into_iter().chain(self.ahead.drain(..)).collect();
        for (at, job) in lost.into_iter().enumerate() {
            if unreadable && at == 0 {
                self.lost_for_good(job)?;
                continue;
            }
            let over = self.desk.borrow_mut().put_back(job, self.bells);
            // A mail that was not sent because it was stopped is none that failed.
            if let Some(job) = over.filter(|_| !self.desk.borrow().is_stopping()) {
                self.lost_for_good(job)?;
            }
        }
        Ok(())
    }

    fn lost_for_good(&mut self, job: Job<Prepared>) -> Result<(), Trouble> {
        match Ended::lost(job) {
            Some(ended) => self.desk.borrow_mut().ended(self.number, ended, self.bells),
            None => Ok(()),
        }
    }

    /// Connects once more: where enough mails went over one line, or where the server wants a fresh access token and a
    /// command can make one.
    async fn again(&mut self) -> Result<bool, Trouble> {
        if self.facts.wants_fresh_token() && !self.refreshed {
            let Some(who) = self.plan.server.who.clone().filter(Who::can_be_refreshed) else { return Ok(false) };
            self.sign_in = Some(who.again().await?);
            self.refreshed = true;
            self.facts = Facts::new(Instant::now());
        } else if self.renew && self.desk.borrow().has_work() {
            self.sign_in.clone_from(&self.plan.sign_in);
            if let Some(sign_in) = &mut self.sign_in {
                sign_in.nonce = nonce();
            }
        } else {
            return Ok(false);
        }
        (self.step, self.leaving, self.renew, self.carried) = (Step::Hello, false, false, 0);
        self.clock = Clock::new(Instant::now());
        self.session.connect(self.plan.server.target.clone());
        Ok(true)
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

/// Whether a mail is known not to have been sent because its line went away: another line may take it.
fn is_unsent(report: &MailReport) -> bool {
    let closing = report.reply.as_ref().is_some_and(|reply| reply.code == 421);
    match report.outcome {
        MailOutcome::Failed => report.reply.is_none() || closing,
        MailOutcome::Deferred => closing && report.stage < Stage::FinalDot,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
