//! CAPA, STLS (RFC 2595 4), AUTH (RFC 5034) and APOP (RFC 1939 7) of a POP3 session.
//!
//! What is pipelined in clear behind an accepted STLS is never executed: the session is deaf until the handshake.

use md5::{Digest, Md5};

use super::{Answer, LINE, Session, State, alone};
use crate::sandbox::auth::{self, Denied, Exchange, Identity, Refusal, Step};
use crate::sandbox::fault::Fault;
use crate::sandbox::nonce::hexadecimal;
use crate::sandbox::outbox::Outbox;
use crate::sandbox::server::Course;
use crate::wire::{Channel, Side};

impl Session {
    /// Most octets of the line at the beginning of `input`.
    pub(super) fn line_limit(&self, input: &[u8]) -> usize {
        let is_auth = input.get(..5).is_some_and(|word| word.eq_ignore_ascii_case(b"AUTH "));
        if self.exchange.is_some() || is_auth { auth::LINE } else { LINE }
    }

    /// The same before and after the sign-in (RFC 2449 5).
    pub(super) fn capabilities(&mut self, out: &mut Outbox) {
        let tls = self.channel.is_some();
        out.line("+OK what this server can do");
        for line in ["TOP", "USER", "UIDL"] {
            out.line(line);
        }
        if !(tls && self.site.has(Fault::CapsChange)) {
            out.line("PIPELINING");
        }
        out.line(&format!("SASL {}", auth::names(&self.site, tls, Side::Pop3)));
        if !tls && !self.site.has(Fault::NoStarttls) {
            out.line("STLS");
        }
        self.flood(out);
        for line in ["RESP-CODES", "AUTH-RESP-CODE", "EXPIRE NEVER", "IMPLEMENTATION telepost-sandbox", "."] {
            out.line(line);
        }
        if tls && self.site.has(Fault::TlsTruncate) {
            self.course = Course::Cut;
        }
    }

    pub(super) fn stls(&mut self, argument: &str) -> Answer {
        if self.site.has(Fault::NoStarttls) {
            return Err("not implemented here; CAPA tells what there is".to_owned());
        }
        alone(argument)?;
        if self.channel.is_some() {
            return Err("TLS is on already".to_owned());
        }
        if matches!(self.state, State::Transaction { .. }) {
            return Err("too late for TLS, you are logged in".to_owned());
        }
        if self.site.has(Fault::Starttls454) {
            return Err("[SYS/TEMP] TLS is not available for now".to_owned());
        }
        self.course = Course::StartingTls;
        let injected = if self.site.has(Fault::TlsInject) { "\r\n+OK injected in clear" } else { "" };
        Ok(Some(format!("begin TLS{injected}")))
    }

    /// Nothing that was said in clear counts inside TLS.
    pub(super) fn forget_all(&mut self, channel: Channel) {
        self.channel = Some(channel);
        self.course = Course::Open;
        self.exchange = None;
        self.state = State::Authorization { user: None };
    }

    pub(super) fn auth(&mut self, argument: &str, out: &mut Outbox) -> Answer {
        self.not_logged_in()?;
        let mut words = argument.split_ascii_whitespace();
        let name = words.next().ok_or("write AUTH and a mechanism; CAPA lists them")?;
        let initial = words.next();
        if words.next().is_some() {
            return Err("write AUTH, a mechanism, and at most one initial response".to_owned());
        }
        let begun = Exchange::new(&self.site, self.channel.as_ref(), Side::Pop3, name);
        let mut exchange = begun.map_err(|denied| match denied {
            Denied::Unknown => "that mechanism is not known here; CAPA lists them",
            Denied::NeedsTls => "encryption required for that mechanism; STLS first",
        })?;
        let step = exchange.start(initial);
        self.auth_step(exchange, step, out)
    }

    /// The client's next line of an exchange.
    pub(super) fn continue_auth(&mut self, mut exchange: Exchange, line: &[u8], out: &mut Outbox) -> Answer {
        let step = exchange.answer(line);
        self.auth_step(exchange, step, out)
    }

    fn auth_step(&mut self, exchange: Exchange, step: Step, out: &mut Outbox) -> Answer {
        match step {
            Step::Challenge(challenge) => {
                self.exchange = Some(exchange);
                out.line(&format!("+ {challenge}"));
                Ok(None)
            }
            Step::Accepted(Identity::User(mailbox)) => self.open(mailbox),
            Step::Accepted(Identity::Anonymous) => Err("nobody in particular has no mailbox".to_owned()),
            Step::Refused(refusal) => self.refuse(refusal),
            Step::Unreadable(why) => Err(format!("login broken off: {why}")),
            Step::Cancelled => Err("login cancelled".to_owned()),
        }
    }

    pub(super) fn apop(&mut self, argument: &str) -> Answer {
        self.not_logged_in()?;
        let (user, digest) = argument.trim().rsplit_once(' ').ok_or("write APOP, your name and the digest")?;
        let expected = self.site.accounts.password(user).map(|password| {
            let hash = Md5::new().chain_update(&self.stamp).chain_update(password).finalize();
            hexadecimal(&hash)
        });
        self.judge(user, expected.as_deref() == Some(digest), digest)
    }

    fn not_logged_in(&self) -> Result<(), String> {
        match self.state {
            State::Authorization { .. } => Ok(()),
            State::Transaction { .. } => Err("already logged in".to_owned()),
        }
    }

    /// The end of a sign-in of POP3's own as `user`. `sent`: the secret as it was sent.
    pub(super) fn judge(&mut self, user: &str, right: bool, sent: &str) -> Answer {
        let found = self.site.accounts.mailbox(user).filter(|_| right).map(Identity::User);
        match auth::verdict(&self.site, found, sent) {
            Ok(Identity::User(mailbox)) => self.open(mailbox),
            Ok(Identity::Anonymous) => Err("nobody in particular has no mailbox".to_owned()),
            Err(refusal) => self.refuse(refusal),
        }
    }

    fn refuse(&mut self, refusal: Refusal) -> Answer {
        self.refusals += 1;
        if self.refusals > self.site.limits.errors {
            self.course = Course::Over;
        }
        Err(match refusal {
            Refusal::Wrong => "[AUTH] wrong user name or password".to_owned(),
            Refusal::Temporary => "[SYS/TEMP] logging in fails for now, try again later".to_owned(),
            Refusal::Quoting(sent) => format!("[AUTH] not taken, you sent: {sent}"),
        })
    }
}

#[cfg(test)]
mod tests;
