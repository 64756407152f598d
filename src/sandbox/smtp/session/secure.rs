//! What EHLO announces, STARTTLS (RFC 3207) and AUTH (RFC 4954) of an SMTP session.
//!
//! What is pipelined in clear behind an accepted STARTTLS is never executed: the session is deaf until the handshake.

use jiff::Timestamp;

use super::envelope::HOLD;
use super::xclient::ATTRIBUTES;
use super::{Answer, LINE, Session};
use crate::sandbox::auth::{self, Exchange, Identity, Step};
use crate::sandbox::fault::Fault;
use crate::sandbox::server::Course;
use crate::sandbox::smtp::reply;
use crate::wire::{Channel, Side};

impl Session {
    /// Most octets of the line at the beginning of `input`.
    pub(super) fn line_limit(&self, input: &[u8]) -> usize {
        let is_auth = input.get(..5).is_some_and(|word| word.eq_ignore_ascii_case(b"AUTH "));
        if self.exchange.is_some() || is_auth { auth::LINE } else { LINE }
    }

    /// What EHLO announces, but for the first line and the last.
    pub(super) fn extensions(&self) -> String {
        let tls = self.channel.is_some();
        let changed = tls && self.site.has(Fault::CapsChange);
        let pipelining = if changed { "" } else { "250-PIPELINING\r\n" };
        let starttls = if tls || self.site.has(Fault::NoStarttls) { "" } else { "250-STARTTLS\r\n" };
        format!(
            "{pipelining}250-SIZE {}\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250-SMTPUTF8\r\n{starttls}\
             250-AUTH {}\r\n{}",
            self.size_limit(),
            auth::names(&self.site, tls, Side::Smtp),
            self.requests(),
        )
    }

    /// What can be asked for with a mail.
    fn requests(&self) -> String {
        let latest = self.site.store.now().as_second().saturating_add(HOLD.into());
        let latest = Timestamp::from_second(latest).unwrap_or(Timestamp::MAX);
        let require_tls = if self.channel.is_some() { "250-REQUIRETLS\r\n" } else { "" };
        let xclient = if self.site.xclient { format!("250-XCLIENT {ATTRIBUTES}\r\n") } else { String::new() };
        format!(
            "250-DSN\r\n250-CHUNKING\r\n250-BINARYMIME\r\n250-DELIVERBY\r\n250-FUTURERELEASE {HOLD} {latest}\r\n\
             {require_tls}250-LIMITS RCPTMAX={}\r\n{xclient}",
            self.site.limits.recipients,
        )
    }

    /// Most octets of a mail on this line.
    pub(super) fn size_limit(&self) -> usize {
        let limit = self.faulty_size().unwrap_or(self.site.limits.message);
        if self.channel.is_some() && self.site.has(Fault::CapsChange) { limit / 4 } else { limit }
    }

    pub(super) fn starttls(&mut self, argument: &str) -> Answer {
        if self.site.has(Fault::NoStarttls) {
            return Err("502 5.5.1 STARTTLS is not implemented here".into());
        }
        if !argument.is_empty() {
            return Err("501 5.5.4 STARTTLS stands alone".into());
        }
        if self.channel.is_some() {
            return Err("503 5.5.1 TLS is on already".into());
        }
        if self.site.has(Fault::Starttls454) {
            return Err("454 4.7.0 TLS is not available for now".into());
        }
        self.course = Course::StartingTls;
        let injected = if self.site.has(Fault::TlsInject) { "\r\n250 injected in clear" } else { "" };
        Ok(format!("220 2.0.0 Go ahead with TLS{injected}").into())
    }

    /// RFC 3207 4.2: nothing that was said in clear counts inside TLS.
    pub(super) fn forget_all(&mut self, channel: Channel) {
        self.channel = Some(channel);
        self.course = Course::Open;
        (self.hello, self.mail, self.exchange, self.signed_in) = (None, None, None, None);
    }

    pub(super) fn auth(&mut self, argument: &str) -> Answer {
        if !self.hello.as_ref().is_some_and(|hello| hello.extended) {
            return Err("503 5.5.1 Say EHLO first".into());
        }
        if self.signed_in.is_some() {
            return Err("503 5.5.1 You are signed in already".into());
        }
        if self.mail.is_some() {
            return Err("503 5.5.1 Not in the middle of a mail; RSET starts over".into());
        }
        let mut words = argument.split_ascii_whitespace();
        let Some(name) = words.next() else {
            return Err("501 5.5.4 Write AUTH and a mechanism; EHLO lists them".into());
        };
        let initial = words.next();
        if words.next().is_some() {
            return Err("501 5.5.4 Write AUTH, a mechanism, and at most one initial response".into());
        }
        let mut exchange = Exchange::new(&self.site, self.channel.as_ref(), Side::Smtp, name).map_err(reply::denied)?;
        let step = exchange.start(initial);
        self.auth_step(exchange, step)
    }

    /// The client's next line of an exchange.
    pub(super) fn continue_auth(&mut self, mut exchange: Exchange, line: &[u8]) -> Answer {
        let step = exchange.answer(line);
        self.auth_step(exchange, step)
    }

    fn auth_step(&mut self, exchange: Exchange, step: Step) -> Answer {
        match step {
            Step::Challenge(challenge) => {
                self.exchange = Some(exchange);
                Ok(format!("334 {challenge}").into())
            }
            Step::Accepted(identity) => {
                self.signed_in = Some(identity);
                let name = match identity {
                    Identity::User(index) => self.site.accounts.users()[index].name,
                    Identity::Anonymous => "nobody in particular",
                };
                Ok(format!("235 2.7.0 Signed in as {name}").into())
            }
            Step::Refused(refusal) => {
                self.refusals += 1;
                Err(reply::refused(refusal))
            }
            Step::Unreadable(why) => Err(format!("501 5.5.2 Sign-in broken off: {why}").into()),
            Step::Cancelled => Err("501 5.7.0 Sign-in cancelled".into()),
        }
    }
}

#[cfg(test)]
mod tests;
