//! All transitions of an SMTP session, server side. Bytes in, replies out; no socket, no clock.
//!
//! A body ends with CRLF `.` CRLF and nothing else (RFC 5321 4.1.1.4). Command lines may end with a bare LF, as people
//! with a plain telnet send them. What EHLO announces, STARTTLS and AUTH
//! are in `secure`.

mod secure;

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

use memchr::memchr;

use super::address::{self, Address, Path};
use super::body::Incoming;
use super::command::{self, BadParameter, Verb};
use super::reply;
use crate::sandbox::Site;
use crate::sandbox::accounts::Route;
use crate::sandbox::auth::{Exchange, Identity};
use crate::sandbox::fault::Fault;
use crate::sandbox::outbox::Outbox;
use crate::sandbox::server::{Conversation, Course, FLUSH};
use crate::sandbox::store::{Mail, Protocol, Recipient};
use crate::wire::Channel;

/// Most octets of a command line, line end included: the 512 of RFC 5321 4.5.3.1.4, and room for the extensions.
const LINE: usize = 1024;
/// One reply without its last CRLF, `Err` when it refuses.
type Answer = Result<Cow<'static, str>, Cow<'static, str>>;

/// One session.
#[derive(Debug)]
pub struct Session {
    site: Arc<Site>,
    peer: IpAddr,
    hello: Option<Hello>,
    mail: Option<Transaction>,
    /// The body that is arriving.
    incoming: Option<Incoming>,
    /// Inside a line that is too long.
    skipping: bool,
    /// Faulty commands in a row.
    errors: u32,
    /// Failed sign-ins.
    refusals: u32,
    /// The TLS line.
    channel: Option<Channel>,
    /// A sign-in under way.
    exchange: Option<Exchange>,
    signed_in: Option<Identity>,
    course: Course,
}

#[derive(Debug)]
struct Hello {
    name: String,
    extended: bool,
}

#[derive(Debug)]
struct Transaction {
    from: String,
    size: usize,
    utf8: bool,
    to: Vec<Recipient>,
}

impl Session {
    /// A session with the client at `peer`.
    pub fn new(site: Arc<Site>, peer: IpAddr) -> Self {
        Self {
            site,
            peer,
            hello: None,
            mail: None,
            incoming: None,
            skipping: false,
            errors: 0,
            refusals: 0,
            channel: None,
            exchange: None,
            signed_in: None,
            course: Course::Open,
        }
    }

    fn name(&self) -> &str {
        self.site.accounts.domain()
    }

    /// One line of input, if it is there. Returns how much of `input` it was.
    fn take_line(&mut self, input: &[u8], out: &mut Outbox) -> usize {
        let limit = self.line_limit(input);
        let Some(end) = memchr(b'\n', input) else {
            self.skipping |= input.len() >= limit;
            return if self.skipping { input.len() } else { 0 };
        };
        let line = crate::wire::framing::without_line_end(&input[..=end]);
        let answer = if std::mem::take(&mut self.skipping) || end >= limit {
            // A line cut short must not be taken for an answer.
            self.exchange = None;
            Err(format!("500 5.5.2 Line too long; the limit is {limit} octets").into())
        } else if let Some(exchange) = self.exchange.take() {
            self.continue_auth(exchange, line)
        } else {
            self.command(line)
        };
        self.answer(answer, out);
        end + 1
    }

    fn answer(&mut self, answer: Answer, out: &mut Outbox) {
        let text = match answer {
            Ok(text) => {
                self.errors = 0;
                text
            }
            Err(text) => {
                self.errors += u32::from(text.starts_with("50"));
                text
            }
        };
        if self.errors.max(self.refusals) > self.site.limits.errors {
            self.course = Course::Over;
            out.line(&format!("421 4.7.0 {} closes the channel: too many errors", self.name()));
        } else {
            out.line(&text);
        }
    }

    fn command(&mut self, line: &[u8]) -> Answer {
        let Ok(line) = std::str::from_utf8(line) else {
            return Err("501 5.5.2 The line is not UTF-8".into());
        };
        if let Some(at) = line.find(|character: char| character.is_control() && character != '\t') {
            return Err(format!("501 5.5.2 Control character at octet {}", at + 1).into());
        }
        let (verb, word, argument) = command::split(line);
        match verb {
            Verb::Helo => self.hello(argument, false),
            Verb::Ehlo => self.hello(argument, true),
            Verb::Mail => self.mail(argument),
            Verb::Rcpt => self.rcpt(argument),
            Verb::Data => self.data(argument),
            Verb::Rset => self.rset(argument),
            Verb::Noop => Ok("250 2.0.0 OK".into()),
            Verb::Vrfy => self.vrfy(argument),
            Verb::Help => Ok(reply::HELP.into()),
            Verb::Quit => self.quit(argument),
            Verb::Starttls => self.starttls(argument),
            Verb::Auth => self.auth(argument),
            Verb::NotHere => Err(format!("502 5.5.1 {} is not implemented here", word.to_ascii_uppercase()).into()),
            Verb::Http => {
                self.course = Course::Over;
                Err("421 4.7.0 This is SMTP, not HTTP".into())
            }
            Verb::Unknown => Err(reply::unknown(word)),
        }
    }

    fn hello(&mut self, name: &str, extended: bool) -> Answer {
        if name.is_empty() || name.len() > 255 {
            let verb = if extended { "EHLO" } else { "HELO" };
            return Err(format!("501 5.5.4 Say who you are: {verb} your.host.name").into());
        }
        self.mail = None;
        self.hello = Some(Hello { name: name.to_owned(), extended });
        let shown = if name.is_ascii() { name } else { "you" };
        let greets = format!("{} greets {shown} [{}]", self.name(), self.peer);
        if !extended {
            return Ok(format!("250 {greets}").into());
        }
        if self.channel.is_some() && self.site.has(Fault::TlsTruncate) {
            self.course = Course::Cut;
        }
        Ok(format!("250-{greets}\r\n{}250 HELP", self.extensions()).into())
    }

    fn mail(&mut self, argument: &str) -> Answer {
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
        let parameters = command::mail_parameters(parameters).map_err(reply::bad_parameter)?;
        if let Some(address) = &address {
            self.check_sender(address, parameters.utf8)?;
        }
        let size = parameters.size.unwrap_or(0);
        self.check_size(size)?;
        let from = address.map(|address| address.text).unwrap_or_default();
        let answer = if from.is_empty() {
            "250 2.1.0 <>... the empty sender is ok, for bounces".into()
        } else {
            format!("250 2.1.0 <{from}>... sender ok").into()
        };
        self.mail = Some(Transaction { from, size, utf8: parameters.utf8, to: Vec::new() });
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

    fn rcpt(&mut self, argument: &str) -> Answer {
        let Some(mail) = &mut self.mail else {
            return Err(if self.hello.is_none() {
                "503 5.5.1 Say HELO or EHLO first".into()
            } else {
                "503 5.5.1 Need MAIL before RCPT".into()
            });
        };
        let Some(path) = command::after_keyword(argument, "TO:") else {
            return Err("501 5.5.4 Write RCPT TO:<address>, with the colon".into());
        };
        let Ok(Path { address: Some(address), parameters }) = address::path(path) else {
            return Err("501 5.1.3 That is no address; write RCPT TO:<name@domain>".into());
        };
        if let Some(word) = parameters.split_ascii_whitespace().next() {
            return Err(reply::bad_parameter(BadParameter::Unknown(word)));
        }
        reply::check_ascii(&address, mail.utf8)?;
        if address.domain.is_none() && !address.local.eq_ignore_ascii_case("postmaster") {
            let domain = self.site.accounts.domain();
            return Err(format!("501 5.1.3 <{}>... Domain missing; here it is @{domain}", address.text).into());
        }
        if mail.to.len() >= self.site.limits.recipients {
            return Err("452 4.5.3 Too many recipients; send the mail to these first".into());
        }
        let mailbox = reply::deliverable(self.site.accounts.route(&address), &address.text)?;
        let answer = format!("250 2.1.5 <{}>... recipient ok", address.text);
        let own = self.site.accounts.users()[mailbox].address.clone();
        mail.to.push(Recipient { mailbox, address: own, given: address.text });
        Ok(answer.into())
    }

    fn data(&mut self, argument: &str) -> Answer {
        if !argument.is_empty() {
            return Err("501 5.5.4 DATA stands alone; the mail follows after the 354".into());
        }
        match &self.mail {
            None if self.hello.is_none() => Err("503 5.5.1 Say HELO or EHLO first".into()),
            None => Err("503 5.5.1 Need MAIL before DATA".into()),
            Some(mail) if mail.to.is_empty() => Err("503 5.5.1 Need RCPT before DATA".into()),
            Some(mail) => {
                self.incoming = Some(Incoming::new(mail.size, self.size_limit()));
                Ok("354 Go on, end with <CRLF>.<CRLF>".into())
            }
        }
    }

    fn rset(&mut self, argument: &str) -> Answer {
        if !argument.is_empty() {
            return Err("501 5.5.4 RSET stands alone".into());
        }
        self.mail = None;
        Ok("250 2.0.0 OK, the mail under way is forgotten".into())
    }

    fn vrfy(&self, argument: &str) -> Answer {
        if argument.is_empty() {
            return Err("501 5.5.4 Write VRFY and a user or an address".into());
        }
        let Ok(Path { address: Some(address), .. }) = address::path(argument) else {
            return Err("501 5.1.3 That is no address".into());
        };
        if !address.text.is_ascii() {
            return Err("553 5.6.7 VRFY takes ASCII addresses only".into());
        }
        match self.site.accounts.route(&address) {
            Route::Mailbox(index) => {
                let user = &self.site.accounts.users()[index];
                Ok(format!("250 2.1.5 {} <{}>", user.full_name, user.address).into())
            }
            Route::Greylisted | Route::Full => Ok(format!("252 2.1.5 Try it: RCPT TO:<{}>", address.text).into()),
            route => reply::deliverable(route, &address.text).map(|_| Cow::Borrowed("")),
        }
    }

    fn quit(&mut self, argument: &str) -> Answer {
        if !argument.is_empty() {
            return Err("501 5.5.4 QUIT stands alone".into());
        }
        self.course = Course::Over;
        Ok(format!("221 2.0.0 {} closes the channel", self.name()).into())
    }

    /// More of the body. Returns how much of `input` it was.
    fn take_body(&mut self, input: &[u8], out: &mut Outbox) -> usize {
        let Some(incoming) = &mut self.incoming else { return 0 };
        let (taken, ended) = incoming.take(input);
        if ended {
            let answer = self.finish();
            self.answer(answer, out);
        }
        taken
    }

    fn finish(&mut self) -> Answer {
        let body = self.incoming.take().and_then(Incoming::finish);
        let hello = self.hello.as_ref().expect("MAIL is refused before HELO");
        let mail = self.mail.take().expect("DATA is refused before MAIL");
        let Some(body) = body else {
            return Err(reply::too_big(self.size_limit()));
        };
        let (tls, signed_in) = (self.channel.is_some(), self.signed_in.is_some());
        let protocol = match (mail.utf8, hello.extended) {
            (true, _) => Protocol::Utf8Smtp { tls, signed_in },
            (false, true) => Protocol::Esmtp { tls, signed_in },
            (false, false) => Protocol::Smtp,
        };
        let mail = Mail { from: mail.from, to: mail.to, helo: hello.name.clone(), peer: self.peer, protocol, body };
        match self.site.store.accept(mail) {
            Ok(queue_id) => Ok(format!("250 2.0.0 queued as {queue_id}").into()),
            Err(_) => Err(reply::NO_ROOM.into()),
        }
    }
}

impl Conversation for Session {
    fn greet(&mut self, crowded: bool, out: &mut Outbox) {
        if crowded {
            self.course = Course::Over;
            out.line(&format!("421 4.3.2 {} has too many connections, try again", self.name()));
        } else {
            out.line(&format!("220 {} ESMTP telepost sandbox ready", self.name()));
        }
    }

    fn receive(&mut self, input: &[u8], out: &mut Outbox) -> usize {
        let mut used = 0;
        while self.course == Course::Open && used < input.len() && out.len() < FLUSH {
            let rest = &input[used..];
            let taken = if self.incoming.is_some() { self.take_body(rest, out) } else { self.take_line(rest, out) };
            if taken == 0 {
                break;
            }
            used += taken;
        }
        if self.course == Course::Open { used } else { input.len() }
    }

    fn timed_out(&mut self, out: &mut Outbox) {
        self.course = Course::Over;
        out.line(&format!("421 4.4.2 {} closes the channel: idle for too long", self.name()));
    }

    fn is_over(&self) -> bool {
        self.course.is_over()
    }

    fn wants_tls(&self) -> bool {
        self.course == Course::StartingTls
    }

    fn tls_started(&mut self, channel: Channel) {
        self.forget_all(channel);
    }

    fn is_cut(&self) -> bool {
        self.course == Course::Cut
    }
}

#[cfg(test)]
mod tests;
