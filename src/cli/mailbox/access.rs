//! Into the mailbox and out again: greeting, CAPA and TLS, sign-in, LIST and UIDL, QUIT.

use futures_util::FutureExt;

use super::Visit;
use super::ids::Ids;
use crate::cli::args::Output;
use crate::cli::attempt::Attempt;
use crate::cli::session::Session;
use crate::cli::{Status, Trouble, protection};
use crate::connection::{LinkEvent, Protection, Report, Submission, Target};
use crate::pop3::{Capabilities, Command, Ending, Line, Maildrop, Notice, Response, Verb};
use crate::sasl::{Progress, SignIn};

/// An open mailbox.
#[derive(Debug)]
pub struct Access {
    session: Session,
    command: &'static str,
    /// Message numbers and octets, in the server's order.
    pub scans: Vec<(u32, u64)>,
    /// Unique-ids by message number; empty when the server has none.
    pub ids: Ids,
    /// What the server says that it can do; `None`: it does not know CAPA.
    pub capabilities: Option<Box<Capabilities>>,
    /// QUIT is on its way.
    leaving: bool,
    protection: Option<Box<Protection>>,
    attempt: Attempt,
}

impl Access {
    /// Connects, protects the line as asked for, and signs in; with a fresh access token a second time, where the
    /// server wants one and a command can make it.
    pub async fn open(visit: Visit, output: &Output) -> Result<Self, Trouble> {
        let Visit { server, who, sign_in, command } = visit;
        let session = Session::idle(output)?;
        let mut access = Self {
            session,
            command,
            scans: Vec::new(),
            ids: Ids::default(),
            capabilities: None,
            leaving: false,
            protection: None,
            attempt: Attempt::default(),
        };
        match access.enter(&server.target, sign_in).await {
            Ok(()) => return Ok(access),
            Err(Outside { stale_token: true, .. }) if who.can_be_refreshed() => {}
            Err(Outside { trouble, .. }) => return Err(access.leave(trouble).await),
        }
        access.session.quit();
        access.session.ended().await?;
        let sign_in = who.again().await?;
        match access.enter(&server.target, sign_in).await {
            Ok(()) => Ok(access),
            Err(Outside { trouble, .. }) => Err(access.leave(trouble).await),
        }
    }

    async fn enter(&mut self, target: &Target, sign_in: SignIn) -> Result<(), Outside> {
        self.session.connect(target.clone());
        self.session.submit(Submission::Pop3(Command::Secure(target.tls.mode)));
        self.session.submit(Submission::Pop3(Command::SignIn(Box::new(sign_in))));
        loop {
            if let Some(end) = entrance(self.next().await?) {
                return end;
            }
        }
    }

    /// Says goodbye to a server that lets us not in; the transcript is written.
    async fn leave(mut self, trouble: Trouble) -> Trouble {
        self.session.quit();
        self.end(trouble).await
    }

    /// The next notice. The end of the line is an error here.
    pub async fn next(&mut self) -> Result<Notice, Trouble> {
        loop {
            match self.session.next().await? {
                Report::Pop3 { notice, .. } => {
                    match &notice {
                        Notice::SignIn(progress) => self.attempt.take(progress.clone()),
                        Notice::Capabilities(capabilities) => self.capabilities = Some(capabilities.clone()),
                        _ => {}
                    }
                    return Ok(notice);
                }
                Report::Link { event: LinkEvent::Tls(protection), .. } => self.protection = Some(protection),
                Report::Link { event: LinkEvent::Closed(Some(failure)), .. } => {
                    return Err(Trouble::of_failure(&failure, self.command));
                }
                Report::Link { event: LinkEvent::Closed(None) | LinkEvent::NotConnected, .. } => {
                    return Err(Trouble::new(Status::Broken, "the server closed the line before all was done"));
                }
                Report::Link { .. } | Report::Smtp { .. } | Report::Record(_) | Report::Discovered(_) => {}
            }
        }
    }

    /// As [`Self::next`], if it need not be waited for.
    pub fn next_that_lies_there(&mut self) -> Option<Result<Notice, Trouble>> {
        self.next().now_or_never()
    }

    /// Nothing has come that [`Self::next`] did not give.
    pub fn is_waiting(&self) -> bool {
        self.session.is_waiting()
    }

    /// Queues a line.
    pub fn line(&mut self, line: Line) {
        self.session.submit(Submission::Pop3(Command::Line(line)));
    }

    /// Whether UIDL or TOP are worth asking for: not, when the server says what it can do and leaves them out.
    pub fn may_have(&self, verb: Verb) -> bool {
        self.capabilities.as_ref().is_none_or(|announced| match verb {
            Verb::Uidl => announced.uidl,
            Verb::Top => announced.top,
            _ => true,
        })
    }

    /// STAT: how many messages there are.
    pub async fn count(&mut self) -> Result<u32, Trouble> {
        self.line(Line::bare(Verb::Stat));
        loop {
            match self.next().await? {
                Notice::Replied { verb: Verb::Stat, response, .. } => {
                    let maildrop = Maildrop::parse(response.text.as_bytes()).filter(|_| response.is_ok());
                    return maildrop.map(|maildrop| maildrop.messages).ok_or_else(|| refusal("STAT", &response));
                }
                Notice::Dropped { why, .. } => return Err(Trouble::new(Status::Broken, why)),
                _ => {}
            }
        }
    }

    /// LIST and UIDL. A server without UIDL is no error.
    pub async fn listing(&mut self) -> Result<(), Trouble> {
        self.line(Line::bare(Verb::List));
        let mut left = 1;
        if self.may_have(Verb::Uidl) {
            self.line(Line::bare(Verb::Uidl));
            left += 1;
        }
        while left > 0 {
            match self.next().await? {
                Notice::Scans(scans) => self.scans.extend(scans.iter().map(|scan| (scan.number, scan.octets))),
                Notice::UniqueIds(ids) => self.ids.extend(ids),
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
        self.ids.settle();
        Ok(())
    }

    /// The message that `name` stands for: a number, else a unique-id that only one message has.
    pub fn find(&self, name: &str) -> Result<u32, Trouble> {
        let is_there = |number: &u32| self.scans.iter().any(|(known, _)| known == number);
        // `007` and `+7` are no numbers as this program writes them: they can be unique-ids only.
        let is_plain = |number: &u32| number.to_string() == name;
        if let Some(number) = name.parse::<u32>().ok().filter(is_plain).filter(is_there) {
            return Ok(number);
        }
        let mut named = self.ids.named(name).filter(is_there);
        match (named.next(), named.next()) {
            (Some(number), None) if !self.ids.is_valid(number) => {
                let what = format!("the unique-id {name} is not 1 to 70 printable ASCII characters (RFC 1939 7)");
                Err(Trouble::new(Status::Refused, what).advise("name the message by its number"))
            }
            (Some(number), None) => Ok(number),
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
    /// How the line is protected and who signed in: fields for an object of JSON.
    pub fn facts(&self) -> serde_json::Value {
        let tls = self.protection.as_ref().map(|it| protection::json(it, jiff::Timestamp::now()));
        serde_json::json!({ "tls": tls, "auth": self.attempt.json() })
    }

    /// QUIT behind what is asked already, so that its answer costs no round trip of its own. Nothing can be asked
    /// afterwards; [`Self::quit`] is still to be called.
    pub fn leave_behind(&mut self) {
        self.leaving = true;
        self.session.quit();
    }

    /// QUIT, and what became of the marks. `None` when the session ended without the engine saying so.
    pub async fn quit(mut self) -> Result<Option<Ending>, Trouble> {
        if !self.leaving {
            self.session.quit();
        }
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
        self.end(trouble).await
    }

    async fn end(mut self, trouble: Trouble) -> Trouble {
        let trouble = Trouble { line: Some(self.facts()), ..trouble };
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

/// Why the mailbox did not open.
#[derive(Debug)]
struct Outside {
    trouble: Trouble,
    /// A fresh access token may do.
    stale_token: bool,
}

impl From<Trouble> for Outside {
    fn from(trouble: Trouble) -> Self {
        Self { trouble, stale_token: false }
    }
}

/// What a notice means for somebody who wants in; `None`: it is not decided yet.
fn entrance(notice: Notice) -> Option<Result<(), Outside>> {
    let trouble = match notice {
        Notice::SignIn(Progress::Accepted { .. }) => return Some(Ok(())),
        Notice::SignIn(end) if end.is_end() => {
            let stale_token = matches!(end, Progress::Refused { stale_token: true, .. });
            return Some(Err(Outside { trouble: Trouble::of_sign_in(&end), stale_token }));
        }
        Notice::Greeting { response, .. } if !response.is_ok() => refusal("the greeting", &response),
        Notice::Insecure(why) => Trouble::insecure(&why),
        _ => return None,
    };
    Some(Err(trouble.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sasl::Mechanism;
    use crate::wire::Secured;

    #[test]
    fn a_refused_sign_in_is_7_and_a_busy_mailbox_6() {
        let refused = |temporary, stale_token| {
            let why = "-ERR no".into();
            Notice::SignIn(Progress::Refused { mechanism: Mechanism::UserPass, why, temporary, stale_token })
        };
        let greeting = |line: &[u8]| Notice::Greeting { response: Response::parse(line).unwrap(), stamp: None };
        for (notice, status, stale) in [
            (refused(false, false), Status::SignIn, false),
            (refused(true, false), Status::Deferred, false),
            (refused(false, true), Status::SignIn, true),
            (Notice::SignIn(Progress::Impossible { why: "PASS in clear".into() }), Status::SignIn, false),
            (Notice::Insecure("no STLS".into()), Status::Tls, false),
            (greeting(b"-ERR [SYS/TEMP] later"), Status::Deferred, false),
            (greeting(b"-ERR go away"), Status::Refused, false),
        ] {
            let outside = entrance(notice).unwrap().unwrap_err();
            assert_eq!((outside.trouble.status, outside.stale_token), (status, stale), "{}", outside.trouble);
        }
    }

    #[test]
    fn steps_on_the_way_decide_nothing() {
        let chosen = Progress::Chosen { mechanism: Mechanism::ScramSha256, why: "strongest".into() };
        let greeting = Notice::Greeting { response: Response::parse(b"+OK").unwrap(), stamp: None };
        for notice in [Notice::SignIn(chosen), greeting, Notice::Secured(Secured::NotOffered)] {
            assert!(entrance(notice).is_none());
        }
        let accepted = Progress::Accepted { mechanism: Mechanism::ScramSha256, user: "ada".into() };
        assert!(matches!(entrance(Notice::SignIn(accepted)), Some(Ok(()))));
    }
}
