//! Signing in: AUTH (RFC 5034), USER and PASS or APOP (RFC 1939 7), whichever was chosen.

use super::{Asked, Plan, Session, Step};
use crate::pop3::session::parting::Parting;
use crate::pop3::{Line, Notice, Response, State, Violation};
use crate::sasl::exchange::{apop_digest, decode, encode};
use crate::sasl::{self, Choice, Exchange, Mechanism, Message, Misfit, Progress, SignIn};
use crate::wire::argument::fits;
use crate::wire::secret::masked;
use crate::wire::{limits, printable};

/// Longest AUTH line with an initial response, CRLF included (RFC 5034 4).
const AUTH_WITH_INITIAL: usize = 255;

/// Signing in, once it is known how.
pub(in super::super) struct Signing {
    mechanism: Mechanism,
    user: String,
    way: Way,
}

enum Way {
    /// PASS, for when USER was accepted.
    UserPass(Option<Line>),
    Apop,
    Sasl(Box<Talk>),
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
                self.notify(Notice::SignIn(Progress::Chosen { mechanism, why }));
                self.vault.know(sign_in);
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
    fn first_line(&self, mechanism: Mechanism, sign_in: &SignIn, plus: bool) -> Result<(Step, Signing), String> {
        let (step, way) = match mechanism {
            Mechanism::UserPass => user_pass(sign_in)?,
            Mechanism::Apop => apop(self.stamp.as_deref().unwrap_or_default(), sign_in)?,
            _ => {
                let exchange = Exchange::new(mechanism, sign_in, self.channel.as_ref(), plus);
                auth(mechanism, exchange.map_err(|misfit| misfit.why)?, sign_in.initial_response)
            }
        };
        Ok((step, Signing { mechanism, user: sign_in.user.clone(), way }))
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
            let text = self.without_secrets(&heard);
            self.notify(Notice::SignIn(Progress::Decoded { ours: false, text }));
        }
    }

    /// The server says that we are in. It is believed when the exchange, if it was one of ours, says so too.
    pub(in super::super) fn let_in(&mut self) {
        let signing = match self.plan.take() {
            Some(Plan::SignIn(signing)) => Some(*signing),
            other => {
                self.plan = other;
                None
            }
        };
        let Some(Signing { mechanism, user, way }) = signing else {
            return self.signed_in();
        };
        if let Way::Sasl(mut talk) = way
            && let Err(misfit) = talk.finish()
        {
            let why = printable::text(&self.without_secrets(&misfit.why)).into_owned();
            return self.part(Parting::Broken(Violation::ServerUnproven(why)));
        }
        self.signed_in();
        self.notify(Notice::SignIn(Progress::Accepted { mechanism, user }));
    }

    fn signed_in(&mut self) {
        self.signed_in = true;
        self.set_state(State::Transaction);
    }

    /// `-ERR` to a line of ours ends the sign-in.
    pub(in super::super) fn sign_in_refused(&mut self, response: &Response) {
        let signing = match self.plan.take() {
            Some(Plan::SignIn(signing)) => *signing,
            other => return self.plan = other,
        };
        let misfit = if let Way::Sasl(talk) = signing.way { talk.refusal() } else { None };
        let why = match &misfit {
            Some(misfit) if response.text.is_empty() => misfit.why.clone(),
            Some(misfit) => format!("{}; the server says: {}", misfit.why, response.text),
            None if response.text.is_empty() => "the server gives no reason".to_owned(),
            None => response.text.clone(),
        };
        self.notify(Notice::SignIn(Progress::Refused {
            mechanism: signing.mechanism,
            why: self.without_secrets(&why),
            temporary: is_temporary(response),
            stale_token: misfit.is_some_and(|misfit| misfit.stale_token),
        }));
        self.drop_all_but_quit("signing in failed");
    }

    fn sign_in_impossible(&mut self, why: String) {
        self.notify(Notice::SignIn(Progress::Impossible { why }));
        self.drop_all_but_quit("signing in is not possible");
    }

    /// `text` as it may be shown: a server may quote what we said.
    pub(super) fn without_secrets(&self, text: &str) -> String {
        let bytes = text.as_bytes();
        String::from_utf8_lossy(&masked(bytes, &self.vault.find(bytes))).into_owned()
    }
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

    /// Why it failed, where more is known than that it did.
    fn refusal(self) -> Option<Misfit> {
        self.cancelled.or_else(|| self.exchange.refusal().cloned())
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
    (step, Way::Sasl(Box::new(Talk { exchange, held, cancelled: None })))
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
