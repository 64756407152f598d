//! What a whole reply means: for the state, and for the plan whose step it answers.
//!
//! The state follows the verbs alone, so a typed command and the step of a plan move it alike.

use std::time::Instant;

use super::ending::Loss;
use super::outgoing::is_last_chunk;
use super::{Asked, Session, Work, expectation};
use crate::smtp::{Capabilities, Class, Dialect, Line, Notice, Reply, Stage, State, Verb, Violation};
use crate::wire::Output;
use crate::wire::limits::SASL_ROUNDS;

impl Session {
    pub(super) fn replied(&mut self, reply: Reply, now: Instant) {
        if self.state == State::Greeting {
            return self.greeted(&reply);
        }
        let Some(asked) = self.flight.pop_front() else { return self.spoke_first(reply) };
        let asked = self.unfolded(asked);
        self.unanswered -= asked.octets;
        self.await_reply(now);
        let expected = expectation::allows(asked.verb, reply.code);
        let line = asked.shown.clone();
        self.notify(Notice::Replied { verb: asked.verb, line, reply: reply.clone(), expected });
        let says_goodbye = reply.code == 421 || (reply.code == 221 && asked.verb != Verb::Quit);
        if says_goodbye {
            return self.farewell(asked.owner, &reply);
        }
        self.moved(&asked, &reply, now);
        if self.is_over() {
            return;
        }
        match asked.owner {
            Some(owner) => self.delivered(owner, reply),
            None => self.plan_answered(asked.verb, &reply),
        }
        self.end_behind_block();
    }

    fn greeted(&mut self, reply: &Reply) {
        self.deadline = None;
        self.notify(Notice::Greeting(reply.clone()));
        match reply.code {
            220 => self.enter(State::Greeted),
            421 => self.farewell(None, reply),
            // RFC 5321 3.1: only QUIT is left.
            _ => {
                let why = "the server refused the conversation in its greeting";
                self.drop_all_but_quit(Loss { why, stage: Stage::Greeting, reply: Some(reply) });
                self.enter(State::Ending);
            }
        }
    }

    /// A reply with nothing in flight: 421, or a refusal before the body was through.
    fn spoke_first(&mut self, reply: Reply) {
        let in_body = self.state == State::Body;
        let verb = if in_body { Verb::FinalDot } else { Verb::Unknown };
        let expected = !in_body;
        self.notify(Notice::Replied { verb, line: String::new(), reply: reply.clone(), expected });
        if reply.code == 421 { self.farewell(None, &reply) } else { self.body_refused(reply) }
    }

    fn moved(&mut self, asked: &Asked, reply: &Reply, now: Instant) {
        let ok = reply.class() == Class::Ok;
        match asked.verb {
            Verb::Helo | Verb::Ehlo | Verb::Lhlo if ok => self.introduced(asked.verb, reply),
            Verb::Mail if ok => {
                self.accepted = 0;
                self.enter(State::Mail);
            }
            Verb::Rcpt if ok => {
                self.accepted += 1;
                self.enter(State::Rcpt);
            }
            Verb::Data if reply.code == 354 => self.enter(State::Body),
            Verb::Data if asked.owner.is_none() => self.drop_typed_body(),
            Verb::Rset if ok => self.cleared(),
            Verb::FinalDot if self.is_last_of(asked) => self.cleared(),
            Verb::Bdat if ends_chunks(asked) && (ok || self.dialect == Dialect::Lmtp) && self.is_last_of(asked) => {
                self.cleared();
            }
            Verb::StartTls => self.start_tls(reply),
            Verb::XClient if reply.code == 220 => self.greeted_anew(),
            Verb::Auth | Verb::SaslResponse => self.challenged(reply.code, now),
            Verb::Quit => self.bid_goodbye(),
            _ => {}
        }
    }

    /// No other reply to the same final dot, or the same last chunk, is to come.
    fn is_last_of(&self, asked: &Asked) -> bool {
        !self.flight.front().is_some_and(|next| next.ends_with(asked))
    }

    fn introduced(&mut self, verb: Verb, reply: &Reply) {
        self.capabilities = if verb == Verb::Helo { Capabilities::of_helo(reply) } else { Capabilities::parse(reply) };
        self.notify(Notice::Capabilities(Box::new(self.capabilities.clone())));
        self.accepted = 0;
        self.unclean = false;
        self.enter(State::Ready);
    }

    /// No transaction is open any more.
    fn cleared(&mut self) {
        self.accepted = 0;
        self.unclean = false;
        if matches!(self.state, State::Mail | State::Rcpt | State::Body) {
            self.enter(State::Ready);
        }
    }

    fn start_tls(&mut self, reply: &Reply) {
        let code = reply.code;
        match reply.class() {
            _ if code == 220 && self.incoming.pending().is_empty() => {
                self.enter(State::Tls);
                self.outputs.push_back(Output::StartTls);
            }
            // The reader finds the bytes behind the go-ahead and breaks off.
            _ if code == 220 => self.enter(State::Tls),
            // A plan says by itself what becomes of a refusal.
            _ if self.work.is_some() => {}
            Class::Ok | Class::More => self.broken(Violation::WrongCode { verb: Verb::StartTls, code }),
            // What was queued behind STARTTLS was meant for the encrypted line.
            Class::Temporary | Class::Permanent => {
                self.drop_all_but_quit(Loss { why: "STARTTLS was refused", stage: Stage::Tls, reply: Some(reply) });
            }
        }
    }

    fn challenged(&mut self, code: u16, now: Instant) {
        if code != 334 {
            self.challenges = 0;
            if code == 235 && self.work.is_none() {
                self.signed_in = Some(String::new());
                self.sign_in_failed = false;
            }
            if self.state == State::Auth {
                self.enter(self.before_auth);
            }
            return;
        }
        if self.state != State::Auth {
            self.before_auth = self.state;
        }
        self.challenges += 1;
        self.enter(State::Auth);
        if self.work.is_some() {
            // The plan answers by itself, with `*` where that were too many.
        } else if self.challenges == SASL_ROUNDS + 1 {
            self.send(Line::cancel(), None, now);
        } else if self.challenges > SASL_ROUNDS {
            self.broken(Violation::WrongCode { verb: Verb::SaslResponse, code });
        }
    }

    /// A reply to a line of a plan that is no delivery.
    fn plan_answered(&mut self, verb: Verb, reply: &Reply) {
        match self.work.take() {
            Some(Work::Hello(name)) => {
                // EHLO refused for good is followed by HELO, anything else ends the plan.
                let falls_back = verb == Verb::Ehlo && reply.class() == Class::Permanent;
                self.work = (falls_back && self.dialect == Dialect::Smtp).then_some(Work::Hello(name));
            }
            Some(Work::Secure(securing)) => self.secure_answered(securing, verb, reply),
            Some(Work::XClient) => self.xclient_answered(reply),
            Some(Work::SignIn(plan)) => self.sign_in_answered(plan, verb, reply),
            other => self.work = other,
        }
    }
}

/// It is the last chunk, typed or of a mail.
fn ends_chunks(asked: &Asked) -> bool {
    asked.is_final() || (asked.owner.is_none() && is_last_chunk(&asked.shown))
}
