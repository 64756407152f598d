//! All transitions of an SMTP session, server side. Bytes in, replies out; no socket, no clock.
//!
//! A body ends with CRLF `.` CRLF and nothing else (RFC 5321 4.1.1.4). Command lines may end with a bare LF, as people
//! with a plain telnet send them. MAIL and RCPT are in
//! `envelope`, BDAT in `chunking`, what EHLO announces, STARTTLS and AUTH in `secure`, the end of a mail in `delivery`,
//! what is done wrong on purpose in `faulty`, but for what belongs to TLS and sign-ins.

mod chunking;
mod delivery;
mod envelope;
mod faulty;
mod secure;
mod xclient;

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use memchr::memchr;

use self::chunking::{Chunk, Chunks};
use self::faulty::Mishap;
use super::address::{self, Path};
use super::body::Incoming;
use super::command::{self, Verb};
use super::parameters::MailParameters;
use super::reply;
use crate::sandbox::accounts::Route;
use crate::sandbox::auth::{Exchange, Identity};
use crate::sandbox::fault::Fault;
use crate::sandbox::outbox::Outbox;
use crate::sandbox::server::{Conversation, Course, FLUSH};
use crate::sandbox::store::Recipient;
use crate::sandbox::{Site, babble};
use crate::wire::Channel;

/// Most octets of a command line, line end included: the 512 of RFC 5321 4.5.3.1.4, and room for the extensions.
const LINE: usize = 2048;
/// One reply without its last CRLF, `Err` when it refuses.
type Answer = Result<Cow<'static, str>, Cow<'static, str>>;

/// One session.
#[derive(Debug)]
pub struct Session {
    site: Arc<Site>,
    peer: IpAddr,
    /// The client's name, where XCLIENT gave one.
    peer_name: Option<String>,
    hello: Option<Hello>,
    mail: Option<Transaction>,
    /// The body that is arriving.
    incoming: Option<Incoming>,
    /// The piece that is arriving.
    chunk: Option<Chunk>,
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
    mishap: Mishap,
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
    parameters: MailParameters,
    /// It is kept from its mailboxes until then.
    hold_until: Option<Timestamp>,
    to: Vec<Recipient>,
    /// What came of it by BDAT.
    chunks: Option<Chunks>,
}

impl Session {
    /// A session with the client at `peer`.
    pub fn new(site: Arc<Site>, peer: IpAddr) -> Self {
        Self {
            site,
            peer,
            peer_name: None,
            hello: None,
            mail: None,
            incoming: None,
            chunk: None,
            skipping: false,
            errors: 0,
            refusals: 0,
            channel: None,
            exchange: None,
            signed_in: None,
            course: Course::Open,
            mishap: Mishap::default(),
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
        // The reply to BDAT comes behind its octets.
        if self.chunk.is_none() {
            self.answer(answer, out);
        }
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
        } else if !self.mishap.silent {
            out.octets(&babble::smtp(&self.site, &text));
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
        if let Some(answer) = self.faulty_answer(verb) {
            return answer;
        }
        match verb {
            Verb::Helo => self.hello(argument, false),
            Verb::Ehlo => self.hello(argument, true),
            Verb::Mail => self.mail(argument),
            Verb::Rcpt => self.rcpt(argument),
            Verb::Data => self.data(argument),
            Verb::Bdat => self.bdat(argument).unwrap_or(Ok("".into())),
            Verb::Rset => self.rset(argument),
            Verb::Noop => Ok("250 2.0.0 OK".into()),
            Verb::Vrfy => self.vrfy(argument),
            Verb::Help => Ok(reply::HELP.into()),
            Verb::Quit => self.quit(argument),
            Verb::Starttls => self.starttls(argument),
            Verb::Auth => self.auth(argument),
            Verb::XClient => self.xclient(argument),
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
        let peer = self.peer_name.as_ref().map_or_else(String::new, |name| format!("{name} "));
        let greets = format!("{} greets {shown} {peer}[{}]", self.name(), self.peer);
        if !extended {
            return Ok(format!("250 {greets}").into());
        }
        if self.channel.is_some() && self.site.has(Fault::TlsTruncate) {
            self.course = Course::Cut;
        }
        Ok(format!("250-{greets}\r\n{}250 HELP", self.extensions()).into())
    }

    fn data(&mut self, argument: &str) -> Answer {
        if !argument.is_empty() {
            return Err("501 5.5.4 DATA stands alone; the mail follows after the 354".into());
        }
        match &self.mail {
            None if self.hello.is_none() => Err("503 5.5.1 Say HELO or EHLO first".into()),
            None => Err("503 5.5.1 Need MAIL before DATA".into()),
            Some(mail) if mail.to.is_empty() => Err("503 5.5.1 Need RCPT before DATA".into()),
            Some(mail) if mail.chunks.is_some() => Err(reply::IN_CHUNKS.into()),
            Some(mail) if mail.parameters.binary => Err("503 5.5.1 A binary mail comes by BDAT only".into()),
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
        if self.drops_in_data() {
            return input.len();
        }
        let Some(incoming) = &mut self.incoming else { return 0 };
        let (taken, ended) = incoming.take(input);
        if ended {
            let body = self.incoming.take().and_then(Incoming::finish);
            let answer = self.accept(body);
            self.answer(answer, out);
        }
        taken
    }
}

impl Conversation for Session {
    fn delay(&self) -> Duration {
        self.slowness()
    }

    fn greet(&mut self, crowded: bool, out: &mut Outbox) {
        if crowded {
            self.course = Course::Over;
            out.line(&format!("421 4.3.2 {} has too many connections, try again", self.name()));
        } else {
            let greeting = self.faulty_greeting();
            let greeting = greeting.unwrap_or_else(|| format!("220 {} ESMTP telepost sandbox ready", self.name()));
            out.octets(&babble::smtp(&self.site, &greeting));
        }
    }

    fn receive(&mut self, input: &[u8], out: &mut Outbox) -> usize {
        let mut used = 0;
        while self.course == Course::Open && used < input.len() && out.len() < FLUSH {
            let rest = &input[used..];
            let taken = match (&self.incoming, &self.chunk) {
                (Some(_), _) => self.take_body(rest, out),
                (_, Some(_)) => self.take_chunk(rest, out),
                (None, None) => self.take_line(rest, out),
            };
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
