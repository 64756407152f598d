//! Signing in: AUTH (RFC 5034), USER and PASS or APOP (RFC 1939 7), whichever was chosen.

use super::{Asked, Plan, Session, Step};
use crate::pop3::session::parting::Parting;
use crate::pop3::{Line, Notice, Response, State, Violation};
use crate::sasl::exchange::{apop_digest, decode, encode};
use crate::sasl::{self, Choice, Exchange, Mechanism, Message, Misfit, Progress, SecretKind, SignIn};
use crate::wire::argument::fits;
use crate::wire::{limits, printable};

/// Longest AUTH line with an initial response, CRLF included (RFC 5034 4).
const AUTH_WITH_INITIAL: usize = 255;

/// Signing in, once it is known how.
pub(in super::super) struct SigningIn {
    mechanism: Mechanism,
    user: String,
    with_token: bool,
    way: Way,
}

enum Way {
    /// PASS, for when USER was accepted.
    UserPass(Option<Line>),
    Apop,
    Sasl(Talk),
}

struct Talk {
    exchange: Exchange,
    /// The first message, when it did not go along with AUTH.
    held: Option<Message>,
    /// Why we cancelled.
    cancelled: Option<Misfit>,
}

impl Session {
    pub(in super::super) fn begin_sign_in(&mut self, sign_in: Box<SignIn>) {
        if self.signed_in {
            return self.sign_in_impossible("this conversation is signed in already".to_owned());
        }
        self.begin_plan(Plan::Choose(sign_in));
    }

    /// Chooses a way, now that it is known what the server offers.
    pub(super) fn choose(&mut self, sign_in: &SignIn) {
        let offered = self.ways_offered();
        let begun = match sasl::choose(&offered, sign_in, self.channel.as_ref()) {
            Ok(Choice { mechanism, why }) => {
                self.vault.know(sign_in);
                self.progress(Progress::Chosen { mechanism, why });
                self.first_line(mechanism, sign_in, sasl::offers_plus(&offered, mechanism))
            }
            Err(impossible) => Err(impossible.why),
        };
        match begun {
            Ok((step, signing)) => {
                self.step = Some(step);
                self.plan = Some(Plan::SignIn(Box::new(signing)));
            }
            Err(why) => self.sign_in_impossible(why),
        }
    }

    /// Names of mechanisms, with the two of POP3's own. A server without CAPA may still know USER.
    fn ways_offered(&self) -> Vec<String> {
        let mut offered = self.capabilities.sasl.clone();
        if self.capabilities.user || self.asked != Asked::Answered {
            offered.push(Mechanism::UserPass.name().to_owned());
        }
        if self.stamp.is_some() {
            offered.push(Mechanism::Apop.name().to_owned());
        }
        offered
    }

    /// The line that begins it. All that can be said badly is found out before anything is sent.
    fn first_line(&self, mechanism: Mechanism, sign_in: &SignIn, plus: bool) -> Result<(Step, SigningIn), String> {
        let (step, way) = match mechanism {
            Mechanism::UserPass => user_pass(sign_in)?,
            Mechanism::Apop => apop(self.stamp.as_deref().unwrap_or_default(), sign_in)?,
            _ => {
                let exchange = Exchange::new(mechanism, sign_in, self.channel.as_ref(), plus);
                auth(mechanism, exchange.map_err(|misfit| misfit.why)?, sign_in.initial_response)
            }
        };
        let (user, with_token) = (sign_in.user.clone(), sign_in.kind == SecretKind::Token);
        Ok((step, SigningIn { mechanism, user, with_token, way }))
    }

    /// USER was accepted: PASS is due.
    pub(in super::super) fn user_accepted(&mut self) {
        if let Some(Plan::SignIn(signing)) = &mut self.plan
            && let Way::UserPass(pass) = &mut signing.way
        {
            self.step = pass.take().map(Step::command);
        }
    }

    /// Answers what the server says in an exchange of ours, or cancels it.
    pub(in super::super) fn answer_challenge(&mut self, said: &[u8]) {
        let Some(Plan::SignIn(signing)) = &mut self.plan else {
            return;
        };
        let Way::Sasl(talk) = &mut signing.way else {
            return;
        };
        let (heard, next) = talk.answer(said, self.rounds);
        self.step = Some(next);
        if let Some(heard) = heard {
            self.decoded(false, &heard);
        }
    }

    /// The server says that we are in. It is believed when the exchange, if it was one of ours, says so too.
    pub(in super::super) fn welcomed(&mut self) {
        let mut plan = match self.plan.take() {
            Some(Plan::SignIn(plan)) => plan,
            other => {
                self.plan = other;
                return self.signed_in();
            }
        };
        if let Way::Sasl(talk) = &mut plan.way
            && let Err(misfit) = talk.finish()
        {
            let why = printable::text(&self.vault.hide(&misfit.why)).into_owned();
            talk.cancelled = Some(misfit);
            self.plan = Some(Plan::SignIn(plan));
            return self.part(Parting::Broken(Violation::ServerUnproven(why)));
        }
        self.signed_in();
        self.progress(Progress::Accepted { mechanism: plan.mechanism, user: plan.user });
    }

    fn signed_in(&mut self) {
        self.signed_in = true;
        // QUIT may have gone out behind it in the same block.
        if self.state != State::Update {
            self.set_state(State::Transaction);
        }
    }

    /// `-ERR` to a line of ours ends the sign-in.
    pub(in super::super) fn sign_in_refused(&mut self, response: &Response) {
        match self.plan.take() {
            Some(Plan::SignIn(plan)) => self.sign_in_failed(plan.refused_by(response)),
            other => self.plan = other,
        }
    }

    /// The conversation ended under the sign-in.
    pub(super) fn sign_in_lost(&mut self, plan: SigningIn, why: &str) {
        let (mechanism, why) = (plan.mechanism, why.to_owned());
        self.progress(match plan.way {
            Way::Sasl(Talk { cancelled: Some(misfit), .. }) => refusal(mechanism, misfit),
            _ => Progress::Refused { mechanism, why, temporary: true, stale_token: false },
        });
    }

    fn sign_in_impossible(&mut self, why: String) {
        self.sign_in_failed(Progress::Impossible { why });
    }

    fn sign_in_failed(&mut self, end: Progress) {
        self.progress(end);
        self.drop_all_but_quit("the sign-in failed");
    }

    pub(super) fn decoded(&mut self, ours: bool, text: &str) {
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

impl SigningIn {
    /// The end that `-ERR` makes of it: our own reason, where we cancelled.
    fn refused_by(self, response: &Response) -> Progress {
        let mechanism = self.mechanism;
        let reason = match self.way {
            Way::Sasl(Talk { cancelled: Some(misfit), .. }) => return refusal(mechanism, misfit),
            Way::Sasl(talk) => talk.exchange.refusal().cloned(),
            Way::UserPass(_) | Way::Apop => None,
        };
        let said = if response.text.is_empty() { "the server gives no reason" } else { &response.text };
        let stale_token = reason.as_ref().map_or_else(|| is_about_credentials(response), |reason| reason.stale_token);
        Progress::Refused {
            mechanism,
            why: reason.map_or_else(|| said.to_owned(), |reason| format!("{} ({response})", reason.why)),
            temporary: is_temporary(response),
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

impl Talk {
    /// What the challenge said, and our line.
    fn answer(&mut self, said: &[u8], rounds: u32) -> (Option<String>, Step) {
        match self.turn(said, rounds) {
            Ok((heard, answer)) => (heard, response(&answer)),
            Err(misfit) => {
                let told = Some(format!("cancelled: {}", misfit.why));
                self.cancelled = Some(misfit);
                (None, Step { line: Line::cancel(), told, secret: false })
            }
        }
    }

    fn turn(&mut self, said: &[u8], rounds: u32) -> Result<(Option<String>, Message), Misfit> {
        if rounds > limits::SASL_ROUNDS {
            return Err(misfit(format!("the server has asked more than {} times", limits::SASL_ROUNDS)));
        }
        let challenge = decode(said).ok_or_else(|| misfit("the server's challenge is no base64"))?;
        let (heard, answer) = match self.held.take() {
            Some(first) => (None, first),
            None => self.exchange.answer(&challenge).map(|turn| (Some(turn.heard), turn.answer))?,
        };
        let fitting = fits(&encode(&answer.octets), limits::AUTH_LINE);
        fitting.map(|()| (heard, answer)).map_err(|bad| misfit(bad.to_string()))
    }

    fn finish(&mut self) -> Result<(), Misfit> {
        self.cancelled.take().map_or_else(|| self.exchange.finish(), Err)
    }
}

fn misfit(why: impl Into<String>) -> Misfit {
    Misfit { why: why.into(), stale_token: false }
}

fn user_pass(sign_in: &SignIn) -> Result<(Step, Way), String> {
    let pass = Line::pass(&sign_in.secret).map_err(|bad| bad.to_string())?;
    let user = Line::user(&sign_in.user).map_err(|bad| bad.to_string())?;
    Ok((Step::command(user), Way::UserPass(Some(pass))))
}

fn apop(stamp: &str, sign_in: &SignIn) -> Result<(Step, Way), String> {
    if sign_in.user.is_empty() || sign_in.user.contains(' ') {
        return Err("APOP cannot say a user name that is empty or holds a blank".to_owned());
    }
    let line = Line::apop(&sign_in.user, &apop_digest(stamp, sign_in)).map_err(|bad| bad.to_string())?;
    Ok((Step::command(line), Way::Apop))
}

/// AUTH, with the first message where there is one, it is wanted, and it is short enough.
fn auth(mechanism: Mechanism, mut exchange: Exchange, along: bool) -> (Step, Way) {
    let first = if along { exchange.initial() } else { None };
    let (step, held) = match first.map(|message| (with_initial(mechanism, &message), message)) {
        Some((Some(line), message)) => {
            (Step { line, secret: message.holds_a_secret(), told: Some(message.told.clone()) }, None)
        }
        Some((None, message)) => (Step::command(Line::auth(mechanism, None)), Some(message)),
        None => (Step::command(Line::auth(mechanism, None)), None),
    };
    (step, Way::Sasl(Talk { exchange, held, cancelled: None }))
}

fn with_initial(mechanism: Mechanism, message: &Message) -> Option<Line> {
    let base64 = encode(&message.octets);
    let said = if base64.is_empty() { b"=" } else { base64.as_slice() };
    let line = Line::auth(mechanism, Some(said));
    fits(line.bytes(), AUTH_WITH_INITIAL).is_ok().then_some(line)
}

fn response(answer: &Message) -> Step {
    let line = Line::response(&encode(&answer.octets));
    Step { line, told: Some(answer.told.clone()), secret: answer.holds_a_secret() }
}

/// The secret may be right (RFC 2449 8, RFC 3206).
fn is_temporary(response: &Response) -> bool {
    matches!(response.code.as_deref(), Some("SYS/TEMP" | "IN-USE" | "LOGIN-DELAY"))
}

/// Wrong user name or secret (RFC 3206 4).
fn is_about_credentials(response: &Response) -> bool {
    response.code.as_deref() == Some("AUTH")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Secret;

    #[test]
    fn an_exchange_goes_round_so_often_and_no_more() {
        let sign_in = SignIn::with_password("ada", Secret::new("hunter2"), "n");
        let exchange = || Exchange::new(Mechanism::Login, &sign_in, None, false).unwrap();
        for (rounds, cancels) in [(limits::SASL_ROUNDS, false), (limits::SASL_ROUNDS + 1, true)] {
            let mut talk = Talk { exchange: exchange(), held: None, cancelled: None };
            let (_, step) = talk.answer(b"", rounds);
            assert_eq!(step.line.cancels(), cancels);
            assert_eq!(talk.finish().is_err(), cancels);
        }
    }
}
