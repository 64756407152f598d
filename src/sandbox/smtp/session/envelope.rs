//! MAIL and RCPT: who it is from and for, and what is asked for with them.

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp};

use super::{Answer, Session, Transaction};
use crate::sandbox::fault::Fault;
use crate::sandbox::smtp::address::{self, Address, Path};
use crate::sandbox::smtp::parameters::{self, Hold};
use crate::sandbox::smtp::{command, reply};
use crate::sandbox::store::Recipient;

/// Longest time for which a mail is held, in seconds, announced with FUTURERELEASE.
pub(super) const HOLD: u32 = 86_400;

impl Session {
    pub(super) fn mail(&mut self, argument: &str) -> Answer {
        if self.hello.is_none() {
            return Err("503 5.5.1 Say HELO or EHLO first".into());
        }
        if self.signed_in.is_none() && self.site.has(Fault::AuthRequired) {
            return Err("530 5.7.0 Sign in first, with AUTH".into());
        }
        if self.mail.is_some() {
            return Err("503 5.5.1 The sender is given already; RSET starts over".into());
        }
        let Some(path) = command::after_keyword(argument, "FROM:") else {
            return Err("501 5.5.4 Write MAIL FROM:<address>, with the colon".into());
        };
        let Path { address, parameters } =
            address::path(path).map_err(|_| "501 5.1.7 That is no address; write MAIL FROM:<name@domain>")?;
        let parameters = parameters::mail(parameters, self.channel.is_some()).map_err(reply::bad_parameter)?;
        if let Some(address) = &address {
            self.check_sender(address, parameters.utf8)?;
        }
        self.faulty_sender(address.as_ref())?;
        let size = parameters.size.unwrap_or(0);
        self.check_size(size)?;
        let hold_until = parameters.hold.map(|hold| self.release(hold)).transpose()?;
        let from = address.map(|address| address.text).unwrap_or_default();
        let answer = if from.is_empty() {
            "250 2.1.0 <>... the empty sender is ok, for bounces".into()
        } else {
            format!("250 2.1.0 <{from}>... sender ok").into()
        };
        self.mail = Some(Transaction { from, size, parameters, hold_until, to: Vec::new(), chunks: None });
        Ok(answer)
    }

    fn check_sender(&self, address: &Address, utf8: bool) -> Result<(), Cow<'static, str>> {
        reply::check_ascii(address, utf8)?;
        match &address.domain {
            None => Err("501 5.1.7 The sender needs a domain; write MAIL FROM:<name@domain>".into()),
            Some(domain) if self.site.accounts.may_send(domain) => Ok(()),
            Some(_) => Err(format!("501 5.1.8 <{}>... Sender domain must exist", address.text).into()),
        }
    }

    fn check_size(&self, size: usize) -> Result<(), Cow<'static, str>> {
        if size > self.size_limit() {
            Err(reply::too_big(self.size_limit()))
        } else if !self.site.store.has_room(size) {
            Err(reply::NO_ROOM.into())
        } else {
            Ok(())
        }
    }

    /// When a held mail is let go (RFC 4865 5); a moment that has passed is now.
    fn release(&self, hold: Hold) -> Result<Timestamp, Cow<'static, str>> {
        let now = self.site.store.now();
        let later =
            |seconds: u32| now.saturating_add(SignedDuration::from_secs(seconds.into())).unwrap_or(Timestamp::MAX);
        let until = match hold {
            Hold::For(seconds) => later(seconds),
            Hold::Until(until) => until,
        };
        if until > later(HOLD) {
            return Err(format!("501 5.5.4 A mail is held for {HOLD} seconds at most").into());
        }
        Ok(until)
    }

    pub(super) fn rcpt(&mut self, argument: &str) -> Answer {
        let Some(mail) = &self.mail else {
            return Err(if self.hello.is_none() {
                "503 5.5.1 Say HELO or EHLO first".into()
            } else {
                "503 5.5.1 Need MAIL before RCPT".into()
            });
        };
        if mail.chunks.is_some() {
            return Err(reply::IN_CHUNKS.into());
        }
        let Some(path) = command::after_keyword(argument, "TO:") else {
            return Err("501 5.5.4 Write RCPT TO:<address>, with the colon".into());
        };
        let Ok(Path { address: Some(address), parameters }) = address::path(path) else {
            return Err("501 5.1.3 That is no address; write RCPT TO:<name@domain>".into());
        };
        let parameters = parameters::rcpt(parameters).map_err(reply::bad_parameter)?;
        reply::check_ascii(&address, mail.parameters.utf8)?;
        if address.domain.is_none() && !address.local.eq_ignore_ascii_case("postmaster") {
            let domain = self.site.accounts.domain();
            return Err(format!("501 5.1.3 <{}>... Domain missing; here it is @{domain}", address.text).into());
        }
        if mail.to.len() >= self.site.limits.recipients {
            return Err("452 4.5.3 Too many recipients; send the mail to these first".into());
        }
        self.faulty_recipient(&mail.from, &address)?;
        let answer = format!("250 2.1.5 <{}>... recipient ok", address.text);
        let recipient = if self.relays(&address) {
            Recipient::elsewhere(address.text)
        } else {
            let mailbox = reply::deliverable(self.site.accounts.route(&address), &address.text)?;
            let own = self.site.accounts.users()[mailbox].address.clone();
            Recipient::new(mailbox, own, address.text)
        };
        if let Some(mail) = &mut self.mail {
            mail.to.push(Recipient { parameters, ..recipient });
        }
        Ok(answer.into())
    }
}
