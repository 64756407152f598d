//! All transitions of a POP3 session, server side. Bytes in, responses out; no socket, no clock.
//!
//! The maildrop is locked at the sign-in and is what it was then until QUIT; letters marked by DELE go at QUIT and at no
//! other end (RFC 1939 6). STLS, AUTH and APOP are in `secure`, what is done wrong on purpose in `faulty`, but for
//! what belongs to TLS and sign-ins.

mod faulty;
mod secure;

use std::io::Write;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use memchr::memchr;

use super::command::{self, Verb};
use super::retrieval;
use crate::sandbox::auth::Exchange;
use crate::sandbox::outbox::Outbox;
use crate::sandbox::server::{Conversation, Course, FLUSH};
use crate::sandbox::store::{Letter, Maildrop};
use crate::sandbox::{Site, babble};
use crate::wire::Channel;

/// Most octets of a command line, line end included: more than the 255 of RFC 2449 4.
const LINE: usize = 1024;

/// One session.
#[derive(Debug)]
pub struct Session {
    site: Arc<Site>,
    state: State,
    /// The stamp in the greeting, which APOP's digest is over.
    stamp: String,
    /// Inside a line that is too long.
    skipping: bool,
    /// Failed sign-ins.
    refusals: u32,
    /// The TLS line.
    channel: Option<Channel>,
    /// A sign-in under way.
    exchange: Option<Exchange>,
    course: Course,
}

#[derive(Debug)]
enum State {
    /// AUTHORIZATION, with the name that USER gave.
    Authorization { user: Option<String> },
    /// TRANSACTION.
    Transaction { maildrop: Maildrop, marked: Vec<bool> },
}

/// A single line of response, or `None` when the response is in the outbox already. `Err` is the text after `-ERR`.
type Answer = Result<Option<String>, String>;

impl Session {
    /// A session with a client; where it is does not matter.
    pub fn new(site: Arc<Site>, _peer: IpAddr) -> Self {
        let stamp = format!("<{}@{}>", site.nonces.fresh(), site.accounts.domain());
        Self {
            site,
            state: State::Authorization { user: None },
            stamp,
            skipping: false,
            refusals: 0,
            channel: None,
            exchange: None,
            course: Course::Open,
        }
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
            Err(format!("line too long; the limit is {limit} octets"))
        } else if let Some(exchange) = self.exchange.take() {
            self.continue_auth(exchange, line, out)
        } else {
            self.command(line, out)
        };
        match answer {
            Ok(Some(text)) => out.octets(&babble::pop3(&self.site, &format!("+OK {text}"))),
            Ok(None) => {}
            Err(text) => out.octets(&babble::pop3(&self.site, &format!("-ERR {text}"))),
        }
        end + 1
    }

    fn command(&mut self, line: &[u8], out: &mut Outbox) -> Answer {
        let line = std::str::from_utf8(line).map_err(|_| "the line is not UTF-8".to_owned())?;
        let (verb, argument) = command::split(line);
        if let Some(answer) = self.faulty_answer(verb, argument, out) {
            return answer;
        }
        match verb {
            Verb::Capa => {
                self.capabilities(out);
                Ok(None)
            }
            Verb::Quit => self.quit(argument),
            Verb::Stls => self.stls(argument),
            Verb::Auth => self.auth(argument, out),
            Verb::Apop => self.apop(argument),
            Verb::NotHere => Err("not implemented here; CAPA tells what there is".to_owned()),
            Verb::Smtp => Err("this is POP3; SMTP is on the other port".to_owned()),
            Verb::Unknown => Err("unknown command; CAPA tells what there is".to_owned()),
            verb => match &mut self.state {
                State::Authorization { .. } => self.authorization(verb, argument),
                State::Transaction { maildrop, marked } => transaction(maildrop.letters(), marked, verb, argument, out),
            },
        }
    }

    fn authorization(&mut self, verb: Verb, argument: &str) -> Answer {
        let State::Authorization { user } = &mut self.state else { return Err("already logged in".to_owned()) };
        match verb {
            Verb::User if argument.trim().is_empty() => Err("write USER and your name".to_owned()),
            Verb::User => {
                *user = Some(argument.trim().to_owned());
                Ok(Some("now PASS and the password".to_owned()))
            }
            Verb::Pass => {
                let user = user.take().ok_or("USER comes first")?;
                let right = self.site.accounts.password(&user) == Some(argument);
                self.judge(&user, right, argument)
            }
            _ => Err("log in first: USER, then PASS".to_owned()),
        }
    }

    /// Opens the maildrop of a user who signed in.
    fn open(&mut self, mailbox: usize) -> Answer {
        self.faulty_login()?;
        let maildrop = self.site.store.lock(mailbox).ok_or("[IN-USE] another session has this mailbox open")?;
        let count = maildrop.letters().len();
        let octets: usize = maildrop.letters().iter().map(|letter| letter.octets()).sum();
        self.state = State::Transaction { marked: vec![false; count], maildrop };
        Ok(Some(format!("{count} messages ({octets} octets)")))
    }

    fn quit(&mut self, argument: &str) -> Answer {
        alone(argument)?;
        self.course = Course::Over;
        match std::mem::replace(&mut self.state, State::Authorization { user: None }) {
            State::Authorization { .. } => Ok(Some("goodbye".to_owned())),
            State::Transaction { maildrop, marked } => {
                let deleted = marked.iter().filter(|marked| **marked).count();
                let left = maildrop.update(&marked);
                Ok(Some(format!("goodbye ({deleted} deleted, {left} left)")))
            }
        }
    }
}

impl Conversation for Session {
    fn delay(&self) -> Duration {
        self.slowness()
    }

    fn greet(&mut self, crowded: bool, out: &mut Outbox) {
        if crowded {
            self.course = Course::Over;
            out.line("-ERR [SYS/TEMP] too many connections, try again");
        } else {
            let greeting = format!("+OK telepost sandbox POP3 ready {}", self.stamp);
            out.octets(&babble::pop3(&self.site, &greeting));
        }
    }

    fn receive(&mut self, input: &[u8], out: &mut Outbox) -> usize {
        let mut used = 0;
        while self.course == Course::Open && used < input.len() && out.len() < FLUSH {
            match self.take_line(&input[used..], out) {
                0 => break,
                taken => used += taken,
            }
        }
        if self.course == Course::Open { used } else { input.len() }
    }

    /// RFC 1939 3: the line is closed without a response, and nothing is deleted.
    fn timed_out(&mut self, _out: &mut Outbox) {
        self.course = Course::Over;
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

fn transaction(letters: &[Arc<Letter>], marked: &mut [bool], verb: Verb, argument: &str, out: &mut Outbox) -> Answer {
    match verb {
        Verb::Stat => {
            alone(argument)?;
            let (count, octets) = totals(letters, marked);
            Ok(Some(format!("{count} {octets}")))
        }
        Verb::List => listing(letters, marked, argument, out, |letter, out| write!(out, "{}", letter.octets())),
        Verb::Uidl => listing(letters, marked, argument, out, |letter, out| write!(out, "{}", letter.uid())),
        Verb::Retr => {
            let [number] = command::numbers(argument).ok_or("write RETR and a message number")?;
            let letter = &letters[index(marked, number)?];
            out.line(&format!("+OK {} octets", letter.octets()));
            retrieval::whole(letter, out);
            Ok(None)
        }
        Verb::Top => {
            let [number, lines] = command::numbers(argument).ok_or("write TOP, a message number and lines")?;
            let letter = &letters[index(marked, number)?];
            out.line("+OK the top of the message follows");
            retrieval::top(letter, lines, out);
            Ok(None)
        }
        Verb::Dele => {
            let [number] = command::numbers(argument).ok_or("write DELE and a message number")?;
            let index = index(marked, number)?;
            marked[index] = true;
            Ok(Some(format!("message {number} goes at QUIT; RSET keeps it")))
        }
        Verb::Rset => {
            alone(argument)?;
            marked.fill(false);
            let (count, octets) = totals(letters, marked);
            Ok(Some(format!("{count} messages ({octets} octets)")))
        }
        Verb::Noop => alone(argument).map(|()| Some("nothing done".to_owned())),
        _ => Err("already logged in".to_owned()),
    }
}

fn alone(argument: &str) -> Result<(), String> {
    if argument.trim().is_empty() { Ok(()) } else { Err("this command stands alone".to_owned()) }
}

/// The place of message `number`, if it is there and not marked.
fn index(marked: &[bool], number: usize) -> Result<usize, String> {
    match number.checked_sub(1).and_then(|index| marked.get(index).map(|marked| (index, *marked))) {
        Some((index, false)) => Ok(index),
        Some((_, true)) => Err(format!("message {number} is marked as deleted; RSET brings it back")),
        None => Err(format!("no such message; there are {}", marked.len())),
    }
}

/// Messages not marked.
fn present<'a>(letters: &'a [Arc<Letter>], marked: &'a [bool]) -> impl Iterator<Item = (usize, &'a Arc<Letter>)> {
    letters
        .iter()
        .zip(marked)
        .enumerate()
        .filter(|(_, (_, marked))| !**marked)
        .map(|(at, (letter, _))| (at + 1, letter))
}

fn totals(letters: &[Arc<Letter>], marked: &[bool]) -> (usize, usize) {
    present(letters, marked).fold((0, 0), |(count, octets), (_, letter)| (count + 1, octets + letter.octets()))
}

/// LIST and UIDL: one line for a number, else all.
fn listing(
    letters: &[Arc<Letter>],
    marked: &[bool],
    argument: &str,
    out: &mut Outbox,
    entry: impl Fn(&Letter, &mut Vec<u8>) -> std::io::Result<()>,
) -> Answer {
    const VEC: &str = "writing to a Vec cannot fail";
    if argument.trim().is_empty() {
        let (count, octets) = totals(letters, marked);
        out.line(&format!("+OK {count} messages ({octets} octets)"));
        for (number, letter) in present(letters, marked) {
            write!(out.text(), "{number} ").expect(VEC);
            entry(letter, out.text()).expect(VEC);
            out.text().extend_from_slice(b"\r\n");
        }
        out.line(".");
        return Ok(None);
    }
    let [number] = command::numbers(argument).ok_or("that is no message number")?;
    let letter = &letters[index(marked, number)?];
    write!(out.text(), "+OK {number} ").expect(VEC);
    entry(letter, out.text()).expect(VEC);
    out.text().extend_from_slice(b"\r\n");
    Ok(None)
}

#[cfg(test)]
mod tests;
