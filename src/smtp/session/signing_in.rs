//! The plan that signs in: AUTH with the strongest mechanism that is safe here, challenge by challenge (RFC 4954).
//!
//! What the messages are is the business of `sasl`; here they get their base64, their lines and their order. Whatever
//! goes wrong is told as the one end of the sign-in, and then nothing that was queued behind it is sent.

use std::time::Instant;

use super::ending::Loss;
use super::{Session, Work};
use crate::sasl::{self, Exchange, Mechanism, Message, Misfit, Progress, SecretKind, SignIn};
use crate::smtp::{Class, EnhancedCode, Line, Notice, Reply, Stage, State, Verb, Violation};
use crate::wire::argument::fits;
use crate::wire::limits::{COMMAND_LINE, SASL_ROUNDS};

/// A sign-in under way.
#[derive(Debug)]
pub(super) struct SigningIn {
    mechanism: Mechanism,
    user: String,
    with_token: bool,
    exchange: Exchange,
    /// Our first message, when it was too long to go out along with AUTH.
    held: Option<Message>,
    /// Something of the exchange went out, so that the server has something to judge.
    spoke: bool,
    next: Next,
}

/// What goes out next.
#[derive(Debug)]
enum Next {
    /// Nothing: a reply is awaited.
    Wait,
    Answer(Message),
    /// `*`, and why.
    Cancel(Misfit),
    /// `*` is out.
    Cancelled(Misfit),
}

impl Session {
    pub(super) fn begin_sign_in(&mut self, sign_in: &SignIn, now: Instant) {
        if let Err(why) = self.try_sign_in(sign_in, now) {
            self.sign_in_failed(Progress::Impossible { why }, None);
        }
    }

    fn try_sign_in(&mut self, sign_in: &SignIn, now: Instant) -> Result<(), String> {
        self.may_sign_in()?;
        let channel = self.channel.as_ref();
        let chosen = sasl::choose(&self.capabilities.auth, sign_in, channel).map_err(|impossible| impossible.why)?;
        let mechanism = chosen.mechanism;
        let plus_offered = sasl::choice::offers_plus(&self.capabilities.auth, mechanism);
        let exchange = Exchange::new(mechanism, sign_in, channel, plus_offered);
        self.vault.know(sign_in);
        self.progress(Progress::Chosen { mechanism, why: chosen.why });
        let mut exchange = exchange.map_err(|misfit| misfit.why)?;
        let initial = if sign_in.initial_response { exchange.initial() } else { None };
        let (user, with_token) = (sign_in.user.clone(), sign_in.kind == SecretKind::Token);
        let next = Next::Wait;
        let plan = SigningIn { mechanism, user, with_token, exchange, held: None, spoke: false, next };
        self.send_auth(plan, initial, now);
        Ok(())
    }

    /// Why nothing may be sent, whatever the mechanism.
    fn may_sign_in(&self) -> Result<(), String> {
        let why = match &self.signed_in {
            Some(user) if user.is_empty() => "already signed in".to_owned(),
            Some(user) => format!("already signed in as {user}"),
            None if self.is_typing() => "a body or a sign-in is being typed; end it first".to_owned(),
            None if self.state == State::Ending => "the server takes no more commands".to_owned(),
            None if !self.hello_said => format!("{} comes before a sign-in", self.hello_verb().name()),
            None if self.capabilities.auth.is_empty() && self.capabilities.lines.is_empty() => {
                format!("the server offers no sign-in: it announced no extensions to {}", self.hello_verb().name())
            }
            None if self.capabilities.auth.is_empty() => no_auth(self.channel.is_some(), self.capabilities.starttls),
            None => return Ok(()),
        };
        Err(why)
    }

    /// AUTH, along with the first message where there is one and it fits (RFC 4954 4).
    fn send_auth(&mut self, mut plan: SigningIn, initial: Option<Message>, now: Instant) {
        let name = plan.mechanism.name();
        let along = |message: &Message| Line::auth(name, Some(&sasl::exchange::encode(&message.octets)));
        let line = initial.as_ref().map(along).filter(|line| fits(&line.bytes, COMMAND_LINE).is_ok());
        plan.spoke = line.is_some();
        let told = if plan.spoke {
            initial.map(|message| message.told)
        } else {
            plan.held = initial;
            None
        };
        self.work = Some(Work::SignIn(Box::new(plan)));
        self.send(line.unwrap_or_else(|| Line::auth(name, None)), None, now);
        if let Some(told) = told {
            self.decoded(true, &told);
        }
    }

    /// Sends what the last challenge led to.
    pub(super) fn go_on_signing_in(&mut self, mut plan: Box<SigningIn>, now: Instant) {
        let answer = match std::mem::replace(&mut plan.next, Next::Wait) {
            Next::Answer(message) => {
                let line = Line::sasl(sasl::exchange::encode(&message.octets).to_vec());
                line.map(|line| (line, message.told)).map_err(|bad| misfit(bad.to_string()))
            }
            Next::Cancel(misfit) | Next::Cancelled(misfit) => Err(misfit),
            Next::Wait => Err(misfit("there is nothing to answer".to_owned())),
        };
        let (line, told) = match answer {
            Ok(answer) => {
                plan.spoke = true;
                answer
            }
            Err(misfit) => {
                let told = format!("cancelled: {}", misfit.why);
                plan.next = Next::Cancelled(misfit);
                (Line::cancel(), told)
            }
        };
        self.work = Some(Work::SignIn(plan));
        self.send(line, None, now);
        self.decoded(true, &told);
    }

    /// A reply to AUTH or to a response.
    pub(super) fn sign_in_answered(&mut self, mut plan: Box<SigningIn>, verb: Verb, reply: &Reply) {
        let code = reply.code;
        match (code, reply.class()) {
            (334, _) if !plan.is_cancelled() => {
                plan.next = self.turn(&mut plan, reply).map_or_else(Next::Cancel, Next::Answer);
                self.work = Some(Work::SignIn(plan));
            }
            (235, _) if !plan.is_cancelled() && plan.spoke => self.welcomed(plan),
            (_, Class::Temporary | Class::Permanent) => {
                let end = plan.refused_by(reply);
                self.sign_in_failed(end, Some(reply));
            }
            _ => {
                self.work = Some(Work::SignIn(plan));
                self.broken(Violation::WrongCode { verb, code });
            }
        }
    }

    /// Reads the challenge that has just come, and answers it.
    fn turn(&mut self, plan: &mut SigningIn, reply: &Reply) -> Result<Message, Misfit> {
        if self.challenges > SASL_ROUNDS {
            return Err(misfit(format!("the server asked more than {SASL_ROUNDS} times")));
        }
        let sent = std::mem::take(&mut self.challenge);
        let challenge = Some(sent).filter(|_| reply.lines.len() == 1);
        let challenge = challenge.and_then(|sent| sasl::exchange::decode(&sent));
        let challenge = challenge.ok_or_else(|| misfit("the server's challenge is no base64".to_owned()))?;
        if let Some(first) = plan.held.take() {
            return Ok(first);
        }
        let turn = plan.exchange.answer(&challenge)?;
        self.decoded(false, &turn.heard);
        Ok(turn.answer)
    }

    /// 235: we are in, if the server proved itself where it has to.
    fn welcomed(&mut self, mut plan: Box<SigningIn>) {
        match plan.exchange.finish() {
            Ok(()) => {
                let (mechanism, user) = (plan.mechanism, plan.user);
                self.signed_in = Some(user.clone());
                self.sign_in_failed = false;
                self.progress(Progress::Accepted { mechanism, user });
            }
            Err(why) => {
                let violation = Violation::ServerUnproven(self.vault.hide(&why.why));
                plan.next = Next::Cancelled(why);
                self.work = Some(Work::SignIn(plan));
                self.broken(violation);
            }
        }
    }

    /// The conversation ended under the sign-in, with `reply` if the server said something.
    pub(super) fn sign_in_lost(&mut self, plan: SigningIn, why: &str, reply: Option<&Reply>) {
        let end = match (plan.next, reply) {
            (Next::Cancel(misfit) | Next::Cancelled(misfit), _) => refusal(plan.mechanism, misfit),
            (_, reply) => Progress::Refused {
                mechanism: plan.mechanism,
                why: reply.map_or_else(|| why.to_owned(), Reply::to_string),
                temporary: reply.is_none_or(|reply| reply.class() == Class::Temporary),
                stale_token: false,
            },
        };
        self.progress(end);
    }

    fn sign_in_failed(&mut self, end: Progress, reply: Option<&Reply>) {
        self.progress(end);
        self.sign_in_failed = true;
        let loss = Loss { why: NOT_SIGNED_IN, stage: Stage::Auth, reply };
        if self.is_typing() {
            // There, QUIT would be a line of the body or a response.
            self.drop_queued(loss, |_| false);
        } else {
            self.drop_all_but_quit(loss);
        }
    }

    fn decoded(&mut self, ours: bool, text: &str) {
        // An empty message is read in the line itself.
        if !text.is_empty() {
            self.progress(Progress::Decoded { ours, text: text.to_owned() });
        }
    }

    /// Tells a step. The server may have had a hand in its words and quote a secret.
    fn progress(&mut self, mut progress: Progress) {
        if let Some(words) = progress.words_mut() {
            *words = self.vault.hide(words);
        }
        self.notify(Notice::SignIn(progress));
    }
}

/// Why a mail is not sent after a sign-in that failed.
pub(super) const NOT_SIGNED_IN: &str = "the sign-in failed";

impl SigningIn {
    fn is_cancelled(&self) -> bool {
        matches!(self.next, Next::Cancelled(_))
    }

    /// The end that a 4yz or 5yz makes of it: our own reason, where we cancelled.
    fn refused_by(self, reply: &Reply) -> Progress {
        if let Next::Cancelled(misfit) = self.next {
            return refusal(self.mechanism, misfit);
        }
        let reason = self.exchange.refusal();
        let stale_token = reason.map_or_else(|| is_about_credentials(reply), |reason| reason.stale_token);
        Progress::Refused {
            mechanism: self.mechanism,
            why: reason.map_or_else(|| reply.to_string(), |reason| format!("{} ({reply})", reason.why)),
            temporary: reply.class() == Class::Temporary,
            stale_token: self.with_token && stale_token,
        }
    }
}

fn refusal(mechanism: Mechanism, misfit: Misfit) -> Progress {
    let Misfit { why, stale_token } = misfit;
    if stale_token {
        return Progress::Refused { mechanism, why, temporary: false, stale_token };
    }
    Progress::BrokenOff { mechanism, why }
}

fn no_auth(is_encrypted: bool, starttls: bool) -> String {
    let why = "the server does not announce AUTH";
    match (is_encrypted, starttls) {
        (true, _) => format!("{why}, not even inside TLS"),
        (false, true) => format!("{why} on a line without TLS; it offers STARTTLS, and may announce AUTH inside TLS"),
        (false, false) => format!("{why}; it may do so on its port for submission"),
    }
}

fn misfit(why: String) -> Misfit {
    Misfit { why, stale_token: false }
}

/// Authentication credentials invalid (RFC 4954 6).
fn is_about_credentials(reply: &Reply) -> bool {
    reply.code == 535 || reply.enhanced == Some(EnhancedCode { class: 5, subject: 7, detail: 8 })
}
