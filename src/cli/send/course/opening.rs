//! What comes before the mails: greeting, hello, TLS, XCLIENT, the sign-in; and the same again on another line.

use std::time::Instant;

use super::clock::Clock;
use super::{Course, Step};
use crate::batch::Lap;
use crate::cli::Trouble;
use crate::cli::args::{Who, nonce};
use crate::cli::send::report::Facts;
use crate::sasl::Progress;
use crate::smtp::{Capabilities, Class, Command, Reply, Stage, Verb};
use crate::wire::Secured;

impl Course<'_> {
    pub(super) fn greeted(&mut self, reply: Reply) {
        self.facts.reached(Stage::Greeting, Instant::now());
        if reply.class() == Class::Ok {
            self.stops_at(Stage::Greeting);
        } else {
            self.facts.refused(Stage::Greeting, reply);
            self.leave();
        }
    }

    pub(super) fn hello_done(&mut self, capabilities: Capabilities) {
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

    pub(super) fn secured(&mut self, secured: &Secured) {
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

    pub(super) fn signing_in(&mut self, progress: Progress) {
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
    pub(super) fn replied(&mut self, verb: Verb, reply: Reply) {
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

    /// Connects once more: where enough mails went over one line, or where the server wants a fresh access token and a
    /// command can make one.
    pub(super) async fn again(&mut self) -> Result<bool, Trouble> {
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
}
