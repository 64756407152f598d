//! The course of a conversation that sends: greeting, hello, TLS, sign-in, mails or single lines, QUIT. Reports in,
//! requests out.

use std::collections::VecDeque;
use std::time::Instant;

use super::Stop;
use super::mail::Source;
use super::report::Summary;
use crate::cli::Trouble;
use crate::cli::args::{Output, Server, Who};
use crate::cli::session::Session;
use crate::connection::{LinkEvent, Report, Submission, Verdict};
use crate::sasl::{Progress, SignIn};
use crate::smtp::{
    Capabilities, Class, Command, Cover, Line, MailId, Notice, RecipientOutcome, RecipientReport, Reply, Stage, Verb,
    parameters,
};
use crate::wire::Secured;

/// Mails handed to the connection task ahead of their turn, so that one can follow the other without a pause.
const AHEAD: usize = 32;
/// Octets of such mails; one mail is always handed over, however big.
const AHEAD_OCTETS: usize = 4 * 1024 * 1024;

/// What is to be done.
#[derive(Debug)]
pub struct Plan {
    /// Where to, and who signs in.
    pub server: Server,
    /// With what; fetched before a connection is made.
    pub sign_in: Option<SignIn>,
    /// The mail.
    pub source: Source,
    /// The client to name in XCLIENT before signing in; empty for none.
    pub xclient: Vec<(String, String)>,
    /// How many times.
    pub count: u64,
    /// Where to end on purpose.
    pub stop: Option<Stop>,
}

/// A conversation under way.
pub struct Course {
    plan: Plan,
    session: Session,
    summary: Summary,
    capabilities: Capabilities,
    cover: Cover,
    /// Whom single lines of RCPT are for, and what they say.
    recipients: Vec<(String, Vec<String>)>,
    step: Step,
    submitted: u64,
    /// Octets of the mails handed over and not done, oldest first.
    ahead: VecDeque<usize>,
    leaving: bool,
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

impl Course {
    /// Carries the plan out. An error here is one of this program; everything that servers and networks do is in the
    /// summary.
    pub async fn run(plan: Plan, output: &Output) -> Result<Summary, Trouble> {
        let session = Session::open(plan.server.target.clone(), output)?;
        let mut course = Self::new(plan, session);
        loop {
            match course.session.next().await? {
                Report::Link { event, .. } => {
                    if course.link(event) && !course.again().await? {
                        break;
                    }
                }
                Report::Smtp { notice, .. } => course.notice(notice)?,
                Report::Record(_) | Report::Pop3 { .. } | Report::Discovered(_) => {}
            }
        }
        course.session.finish()?;
        Ok(course.summary)
    }

    fn new(plan: Plan, session: Session) -> Self {
        let summary = Summary::new(plan.count, plan.stop, Instant::now());
        Self {
            plan,
            session,
            summary,
            capabilities: Capabilities::default(),
            cover: Cover::default(),
            recipients: Vec::new(),
            step: Step::Hello,
            submitted: 0,
            ahead: VecDeque::new(),
            leaving: false,
            refreshed: false,
        }
    }

    /// Takes an event of the line; true when it was the last.
    fn link(&mut self, event: LinkEvent) -> bool {
        match event {
            LinkEvent::Connected { peer, .. } => {
                self.summary.connected(peer, Instant::now());
                if self.stops_at(Stop::Connect) {
                    self.session.drop_line();
                } else if self.plan.stop != Some(Stop::Greeting) {
                    self.submit(Command::Hello(self.plan.server.hello.clone()));
                }
                false
            }
            LinkEvent::Tls(protection) => {
                let trusted = matches!(protection.verdict, Verdict::Trusted(_) | Verdict::Pinned);
                self.cover = if trusted { Cover::Trusted } else { Cover::Unverified };
                self.summary.protected(*protection, Instant::now());
                false
            }
            LinkEvent::Closed(failure) => {
                self.summary.closed(failure, Instant::now());
                true
            }
            LinkEvent::NotConnected => true,
            LinkEvent::Dialling { .. } | LinkEvent::BodyProgress { .. } => false,
        }
    }

    fn notice(&mut self, notice: Notice) -> Result<(), Trouble> {
        match notice {
            Notice::Greeting(reply) => self.greeted(reply),
            Notice::Capabilities(capabilities) => self.hello_done(*capabilities)?,
            Notice::Replied { verb, reply, .. } => self.replied(verb, reply),
            Notice::MailDone(report) => {
                self.ahead.pop_front();
                self.summary.mail_done(*report, Instant::now());
                self.feed()?;
            }
            Notice::Secured(secured) => self.secured(&secured)?,
            Notice::Insecure(why) => {
                self.summary.insecure(why);
                self.leave();
            }
            Notice::SignIn(progress) => self.signing_in(progress)?,
            Notice::Dropped { why, verb } => {
                self.summary.dropped(verb, &why);
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
        self.summary.reached(Stage::Greeting, Instant::now());
        if reply.class() != Class::Ok {
            self.summary.refused(Stage::Greeting, reply);
            self.leave();
        } else if self.stops_at(Stop::Greeting) {
            self.leave();
        }
    }

    fn hello_done(&mut self, capabilities: Capabilities) -> Result<(), Trouble> {
        self.summary.announced(&capabilities);
        self.capabilities = capabilities;
        if self.step == Step::XClient {
            return self.sign_in();
        }
        if self.step != Step::Hello {
            return Ok(());
        }
        self.summary.reached(Stage::Hello, Instant::now());
        if self.stops_at(Stop::Helo) {
            self.leave();
            return Ok(());
        }
        self.step = Step::Tls;
        let (mode, hello) = (self.plan.server.target.tls.mode, self.plan.server.hello.clone());
        self.submit(Command::Secure { mode, hello });
        Ok(())
    }

    fn secured(&mut self, secured: &Secured) -> Result<(), Trouble> {
        if matches!(secured, Secured::Already | Secured::Started { .. }) {
            self.summary.reached(Stage::Tls, Instant::now());
        }
        if self.stops_at(Stop::Tls) {
            self.leave();
            return Ok(());
        }
        let attributes = self.plan.xclient.clone();
        if attributes.is_empty() {
            return self.sign_in();
        }
        self.step = Step::XClient;
        self.submit(Command::XClient { attributes, hello: self.plan.server.hello.clone() });
        Ok(())
    }

    fn sign_in(&mut self) -> Result<(), Trouble> {
        match self.plan.sign_in.take() {
            Some(sign_in) => {
                self.step = Step::Auth;
                self.submit(Command::SignIn(Box::new(sign_in)));
                Ok(())
            }
            None => self.begin(),
        }
    }

    fn signing_in(&mut self, progress: Progress) -> Result<(), Trouble> {
        let accepted = matches!(progress, Progress::Accepted { .. });
        let end = progress.is_end();
        self.summary.signing_in(progress, Instant::now());
        if !end {
            return Ok(());
        }
        if !accepted || self.stops_at(Stop::Auth) {
            self.leave();
            return Ok(());
        }
        self.begin()
    }

    /// The first mail, or its first line.
    fn begin(&mut self) -> Result<(), Trouble> {
        self.step = Step::Mail;
        if self.leaving {
            return Ok(());
        }
        if self.plan.stop.is_some() {
            return self.begin_lines();
        }
        self.feed()
    }

    /// MAIL alone, with what a planned mail would say behind it.
    fn begin_lines(&mut self) -> Result<(), Trouble> {
        let transaction = self.plan.source.prepare(MailId(0))?.transaction;
        let said = parameters(&transaction, &self.capabilities, self.cover);
        let line = said.and_then(|said| {
            self.recipients = said.recipients;
            Line::mail(&said.from, &said.mail).map_err(|error| error.to_string())
        });
        match line {
            Ok(line) => self.line(line),
            Err(why) => {
                self.summary.dropped(Verb::Mail, &why);
                self.leave();
            }
        }
        Ok(())
    }

    /// Connects once more where the server wants a fresh access token and a command can make one.
    async fn again(&mut self) -> Result<bool, Trouble> {
        let who = self.plan.server.who.clone().filter(Who::can_be_refreshed);
        let Some(who) = who.filter(|_| self.summary.wants_fresh_token() && !self.refreshed) else {
            return Ok(false);
        };
        let sign_in = who.again().await?;
        self.plan.sign_in = Some(sign_in);
        self.summary = Summary::new(self.plan.count, self.plan.stop, Instant::now());
        (self.step, self.leaving, self.refreshed) = (Step::Hello, false, true);
        self.session.connect(self.plan.server.target.clone());
        Ok(true)
    }

    /// Replies to single lines, and to the hello when it is refused; mails are told by their reports.
    fn replied(&mut self, verb: Verb, reply: Reply) {
        let now = Instant::now();
        match verb {
            // HELO follows by itself.
            Verb::Ehlo if reply.class() == Class::Permanent => {}
            Verb::Ehlo | Verb::Lhlo | Verb::Helo if reply.class() != Class::Ok => {
                self.summary.refused(Stage::Hello, reply);
                self.leave();
            }
            Verb::Mail => {
                self.summary.reached(Stage::Mail, now);
                self.mail_replied(reply);
            }
            Verb::Rcpt => {
                self.summary.reached(Stage::Rcpt, now);
                self.rcpt_replied(reply);
            }
            Verb::Data => {
                self.summary.reached(Stage::Data, now);
                self.data_replied(reply);
            }
            Verb::FinalDot => self.summary.reached(Stage::FinalDot, now),
            _ => {}
        }
    }

    fn mail_replied(&mut self, reply: Reply) {
        if self.plan.stop.is_none() {
            return;
        }
        if reply.class() != Class::Ok {
            self.summary.refused(Stage::Mail, reply);
            self.leave();
        } else if self.stops_at(Stop::Mail) {
            self.leave();
        } else {
            for (to, said) in std::mem::take(&mut self.recipients) {
                match Line::rcpt(&to, &said) {
                    Ok(line) => self.line(line),
                    Err(error) => {
                        self.summary.dropped(Verb::Rcpt, &error.to_string());
                        return self.leave();
                    }
                }
            }
        }
    }

    fn rcpt_replied(&mut self, reply: Reply) {
        if self.plan.stop.is_none() {
            return;
        }
        let recipients = &self.plan.source.envelope().to;
        let answered = self.summary.recipients().len();
        let Some(address) = recipients.get(answered).cloned() else { return };
        let last = answered + 1 == recipients.len();
        let outcome = match reply.class() {
            Class::Ok => RecipientOutcome::Accepted,
            Class::Permanent => RecipientOutcome::Refused,
            Class::Temporary | Class::More => RecipientOutcome::Deferred,
        };
        self.summary.recipient(RecipientReport { address, outcome, reply: Some(reply) });
        if !last {
            return;
        }
        let accepted = self.summary.recipients().iter().any(|one| one.outcome == RecipientOutcome::Accepted);
        if self.stops_at(Stop::Rcpt) || !accepted {
            self.leave();
        } else {
            self.line(Line::bare(Verb::Data));
        }
    }

    fn data_replied(&mut self, reply: Reply) {
        if self.plan.stop.is_none() {
            return;
        }
        if reply.class() == Class::More {
            self.stops_at(Stop::Data);
            self.session.drop_line();
        } else {
            self.summary.refused(Stage::Data, reply);
            self.leave();
        }
    }

    /// Hands over the next mails, or says goodbye when the last is done.
    fn feed(&mut self) -> Result<(), Trouble> {
        while self.submitted < self.plan.count && self.has_room() && !self.leaving {
            let prepared = self.plan.source.prepare(MailId(self.submitted))?;
            self.submitted += 1;
            self.summary.message_id(prepared.message_id);
            self.ahead.push_back(prepared.held);
            self.session.submit(Submission::Smtp(Command::Mail(prepared.transaction), Some(prepared.body)));
        }
        if self.submitted == self.plan.count && self.ahead.is_empty() {
            self.leave();
        }
        Ok(())
    }

    fn has_room(&self) -> bool {
        self.ahead.is_empty() || (self.ahead.len() < AHEAD && self.ahead.iter().sum::<usize>() < AHEAD_OCTETS)
    }

    fn line(&mut self, line: Line) {
        self.submit(Command::Line(line));
    }

    fn submit(&mut self, command: Command) {
        self.session.submit(Submission::Smtp(command, None));
    }

    /// Whether the conversation ends here on purpose; remembered as success.
    fn stops_at(&mut self, stop: Stop) -> bool {
        let here = self.plan.stop == Some(stop);
        if here {
            self.summary.stopped();
        }
        here
    }

    fn leave(&mut self) {
        if !std::mem::replace(&mut self.leaving, true) {
            self.session.quit();
        }
    }
}

#[cfg(test)]
mod tests;
