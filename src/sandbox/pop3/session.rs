//! All transitions of a POP3 session, server side. Bytes in, responses out; no socket, no clock.
//!
//! The maildrop is locked at PASS and is what it was then until QUIT; letters marked by DELE go at QUIT and at no
//! other end (RFC 1939 6). STLS is refused, so what is pipelined behind it is in clear and stays in clear.

use std::io::Write;
use std::net::IpAddr;
use std::sync::Arc;

use memchr::memchr;

use super::command::{self, Verb};
use super::retrieval;
use crate::sandbox::Site;
use crate::sandbox::accounts::PASSWORD;
use crate::sandbox::outbox::Outbox;
use crate::sandbox::server::{Conversation, FLUSH};
use crate::sandbox::store::{Letter, Maildrop};

/// Most octets of a command line, line end included: more than the 255 of RFC 2449 4.
const LINE: usize = 1024;

/// One session.
#[derive(Debug)]
pub struct Session {
    site: Arc<Site>,
    state: State,
    /// Inside a line that is too long.
    skipping: bool,
    /// Failed logins.
    faults: u32,
    over: bool,
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
        Self { site, state: State::Authorization { user: None }, skipping: false, faults: 0, over: false }
    }

    /// One line of input, if it is there. Returns how much of `input` it was.
    fn take_line(&mut self, input: &[u8], out: &mut Outbox) -> usize {
        let Some(end) = memchr(b'\n', input) else {
            self.skipping |= input.len() >= LINE;
            return if self.skipping { input.len() } else { 0 };
        };
        let line = crate::wire::framing::without_line_end(&input[..=end]);
        let answer = if std::mem::take(&mut self.skipping) || end >= LINE {
            Err(format!("line too long; the limit is {LINE} octets"))
        } else {
            self.command(line, out)
        };
        match answer {
            Ok(Some(text)) => out.line(&format!("+OK {text}")),
            Ok(None) => {}
            Err(text) => out.line(&format!("-ERR {text}")),
        }
        end + 1
    }

    fn command(&mut self, line: &[u8], out: &mut Outbox) -> Answer {
        let line = std::str::from_utf8(line).map_err(|_| "the line is not UTF-8".to_owned())?;
        let (verb, argument) = command::split(line);
        match verb {
            Verb::Capa => {
                out.text().extend_from_slice(CAPABILITIES);
                Ok(None)
            }
            Verb::Quit => self.quit(argument),
            Verb::NotHere => Err("not implemented here; log in with USER and PASS".to_owned()),
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
                self.log_in(&user, argument)
            }
            _ => Err("log in first: USER, then PASS".to_owned()),
        }
    }

    fn log_in(&mut self, user: &str, password: &str) -> Answer {
        let Some(mailbox) = self.site.accounts.mailbox(user).filter(|_| password == PASSWORD) else {
            self.faults += 1;
            self.over = self.faults > self.site.limits.errors;
            return Err("[AUTH] wrong user name or password".to_owned());
        };
        let maildrop = self.site.store.lock(mailbox).ok_or("[IN-USE] another session has this mailbox open")?;
        let count = maildrop.letters().len();
        let octets: usize = maildrop.letters().iter().map(|letter| letter.octets()).sum();
        self.state = State::Transaction { marked: vec![false; count], maildrop };
        Ok(Some(format!("{count} messages ({octets} octets)")))
    }

    fn quit(&mut self, argument: &str) -> Answer {
        alone(argument)?;
        self.over = true;
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
    fn greet(&mut self, crowded: bool, out: &mut Outbox) {
        if crowded {
            self.over = true;
            out.line("-ERR [SYS/TEMP] too many connections, try again");
        } else {
            out.line("+OK telepost sandbox POP3 ready");
        }
    }

    fn receive(&mut self, input: &[u8], out: &mut Outbox) -> usize {
        let mut used = 0;
        while !self.over && used < input.len() && out.len() < FLUSH {
            match self.take_line(&input[used..], out) {
                0 => break,
                taken => used += taken,
            }
        }
        if self.over { input.len() } else { used }
    }

    /// RFC 1939 3: the line is closed without a response, and nothing is deleted.
    fn timed_out(&mut self, _out: &mut Outbox) {
        self.over = true;
    }

    fn is_over(&self) -> bool {
        self.over
    }
}

const CAPABILITIES: &[u8] = b"+OK what this server can do\r\nTOP\r\nUSER\r\nUIDL\r\nPIPELINING\r\nRESP-CODES\r\n\
    AUTH-RESP-CODE\r\nEXPIRE NEVER\r\nIMPLEMENTATION telepost-sandbox\r\n.\r\n";

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
