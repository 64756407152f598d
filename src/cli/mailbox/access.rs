//! Into the mailbox and out again: greeting, CAPA, USER and PASS, LIST and UIDL, QUIT.

use std::collections::{HashMap, HashSet};

use super::Visit;
use crate::cli::args::Output;
use crate::cli::session::Session;
use crate::cli::{Status, Trouble};
use crate::connection::{LinkEvent, Report, Submission};
use crate::pop3::{Capabilities, Command, Ending, Line, Notice, Response, State, Verb};

/// An open mailbox.
#[derive(Debug)]
pub struct Access {
    session: Session,
    /// What CAPA announced; all no when it is not known there.
    pub capabilities: Capabilities,
    /// Message numbers and octets, in the server's order.
    pub scans: Vec<(u32, u64)>,
    /// Unique-ids by message number; empty when the server has none.
    pub ids: HashMap<u32, String>,
    /// Messages whose unique-id is none by RFC 1939 7: not to be relied upon.
    unreliable: HashSet<u32>,
}

impl Access {
    /// Connects and signs in.
    pub async fn open(visit: Visit, output: &Output) -> Result<Self, Trouble> {
        let session = Session::open(visit.target, output)?;
        let capabilities = Capabilities::default();
        let mut access =
            Self { session, capabilities, scans: Vec::new(), ids: HashMap::new(), unreliable: HashSet::new() };
        access.greeting().await?;
        access.capabilities().await?;
        access.session.submit(Submission::Pop3(Command::Login { user: visit.user, password: visit.password }));
        access.signed_in().await?;
        Ok(access)
    }

    /// The next notice. The end of the line is an error here.
    pub async fn next(&mut self) -> Result<Notice, Trouble> {
        loop {
            match self.session.next().await? {
                Report::Pop3 { notice, .. } => return Ok(notice),
                Report::Link { event: LinkEvent::Closed(Some(failure)), .. } => return Err(Trouble::from(&failure)),
                Report::Link { event: LinkEvent::Closed(None) | LinkEvent::NotConnected, .. } => {
                    return Err(Trouble::new(Status::Broken, "the server closed the line before all was done"));
                }
                Report::Link { .. } | Report::Smtp { .. } | Report::Record(_) => {}
            }
        }
    }

    /// Queues a line.
    pub fn line(&mut self, line: Line) {
        self.session.submit(Submission::Pop3(Command::Line(line)));
    }

    async fn greeting(&mut self) -> Result<(), Trouble> {
        loop {
            if let Notice::Greeting { response, .. } = self.next().await? {
                return if response.is_ok() { Ok(()) } else { Err(refusal("the greeting", &response)) };
            }
        }
    }

    async fn capabilities(&mut self) -> Result<(), Trouble> {
        self.line(Line::bare(Verb::Capa));
        loop {
            match self.next().await? {
                Notice::Capabilities(capabilities) => {
                    self.capabilities = *capabilities;
                    return Ok(());
                }
                Notice::Replied { verb: Verb::Capa, response, .. } if !response.is_ok() => return Ok(()),
                _ => {}
            }
        }
    }

    async fn signed_in(&mut self) -> Result<(), Trouble> {
        loop {
            match self.next().await? {
                Notice::State(State::Transaction) => return Ok(()),
                Notice::Replied { verb: Verb::User | Verb::Pass, response, .. } if !response.is_ok() => {
                    return Err(sign_in_refused(&response));
                }
                Notice::Dropped { why, .. } => return Err(Trouble::new(Status::Usage, why)),
                _ => {}
            }
        }
    }

    /// LIST and UIDL. A server without UIDL is no error.
    pub async fn listing(&mut self) -> Result<(), Trouble> {
        self.line(Line::bare(Verb::List));
        self.line(Line::bare(Verb::Uidl));
        let mut left = 2;
        while left > 0 {
            match self.next().await? {
                Notice::Scans(scans) => self.scans.extend(scans.iter().map(|scan| (scan.number, scan.octets))),
                Notice::UniqueIds(ids) => {
                    self.unreliable.extend(ids.iter().filter(|id| !id.valid).map(|id| id.number));
                    self.ids.extend(ids.into_iter().map(|id| (id.number, id.id)));
                }
                Notice::ListingEnd { complete: true, .. } => left -= 1,
                Notice::ListingEnd { complete: false, verb, .. } => {
                    return Err(Trouble::new(Status::Broken, format!("the answer to {} is incomplete", verb.name())));
                }
                Notice::Replied { verb: Verb::List, response, .. } if !response.is_ok() => {
                    return Err(refusal("LIST", &response));
                }
                Notice::Replied { verb: Verb::Uidl, response, .. } if !response.is_ok() => left -= 1,
                _ => {}
            }
        }
        Ok(())
    }

    /// The message that `name` stands for: a number, else a unique-id that only one message has.
    pub fn find(&self, name: &str) -> Result<u32, Trouble> {
        let is_there = |number: &u32| self.scans.iter().any(|(known, _)| known == number);
        if let Some(number) = name.parse::<u32>().ok().filter(is_there) {
            return Ok(number);
        }
        let mut named = self.ids.iter().filter(|(number, id)| *id == name && is_there(number));
        match (named.next(), named.next()) {
            (Some((number, _)), None) if self.unreliable.contains(number) => {
                let what = format!("the unique-id {name} is not 1 to 70 printable ASCII characters (RFC 1939 7)");
                Err(Trouble::new(Status::Refused, what).advise("name the message by its number"))
            }
            (Some((number, _)), None) => Ok(*number),
            (Some(_), Some(_)) => {
                let what = format!("several messages have the unique-id {name}");
                Err(Trouble::new(Status::Refused, what).advise("name the message by its number"))
            }
            (None, _) => {
                let what = format!("there is no message {name} among the {}", self.scans.len());
                Err(Trouble::new(Status::Refused, what).advise("telepost mailbox list prints numbers and unique-ids"))
            }
        }
    }

    /// QUIT, and what became of the marks. `None` when the session ended without the engine saying so.
    pub async fn quit(mut self) -> Result<Option<Ending>, Trouble> {
        self.session.quit();
        let mut ending = None;
        loop {
            match self.session.next().await? {
                Report::Pop3 { notice: Notice::Ended(told), .. } => ending = Some(told),
                Report::Link { event: LinkEvent::Closed(_) | LinkEvent::NotConnected, .. } => break,
                _ => {}
            }
        }
        self.session.finish()?;
        Ok(ending)
    }

    /// Ends the session without a change in the mailbox, after something went wrong; the transcript is written.
    pub async fn give_up(mut self, trouble: Trouble) -> Trouble {
        self.session.drop_line();
        if self.session.ended().await.is_ok()
            && let Err(second) = self.session.finish()
        {
            return Trouble { what: format!("{}\n{}", trouble.what, second.what), ..trouble };
        }
        trouble
    }
}

/// A `-ERR` in words.
pub fn refusal(what: &str, response: &Response) -> Trouble {
    Trouble::new(Status::of_response(response), format!("the server answered {response} to {what}"))
}

fn sign_in_refused(response: &Response) -> Trouble {
    let trouble = refusal("the sign-in", response);
    match trouble.status {
        Status::Deferred => trouble.advise("the mailbox is busy or the server has a problem: try again in a while"),
        _ => Trouble { status: Status::SignIn, ..trouble }.advise("check user name and password"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_sign_in_is_7_and_a_busy_mailbox_6() {
        for (line, status) in [
            (&b"-ERR no such user"[..], Status::SignIn),
            (b"-ERR [AUTH] wrong", Status::SignIn),
            (b"-ERR [IN-USE] locked", Status::Deferred),
            (b"-ERR [SYS/TEMP] later", Status::Deferred),
        ] {
            let response = Response::parse(line).unwrap();
            assert_eq!(sign_in_refused(&response).status, status, "{response}");
        }
    }
}
