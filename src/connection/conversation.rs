//! What the driver has to know of an engine beyond the [`Engine`] trait: the one place where the two protocols differ
//! for this room.

mod telling;

use std::time::Instant;

use super::{Protocol, Report, Target};
use crate::smtp::{BodyOf, MailId};
use crate::wire::{Engine, Side, Wait};
use crate::{pop3, smtp};

/// An engine that a link can drive.
pub trait Conversation: Engine<Command: Send, Notice: Send> + Send + Sized {
    /// The side it lives on.
    const SIDE: Side;

    /// The line to `target` stands since `now`.
    fn open(target: &Target, now: Instant) -> Self;
    /// Nobody keeps a record of the line: what was received need not come out in chunks.
    fn without_chunks(&mut self) {}
    /// QUIT.
    fn quit() -> Self::Command;
    /// Whose body a command needs.
    fn needs(command: &Self::Command) -> Option<BodyOf>;
    /// Whose body the engine asked for or is going to ask for next.
    fn body_of(&self) -> Option<BodyOf>;
    /// How many bodies without a mail may still be asked for: the last so many that were submitted.
    fn typed_bodies(&self) -> usize;
    /// Nothing is queued, in flight or half sent.
    fn is_idle(&self) -> bool;
    /// The line was given up on our side.
    fn give_up(&mut self, now: Instant);
    /// What a notice says that the driver acts upon.
    fn sign(notice: &Self::Notice) -> Sign;
    /// The fate of a command that never met a line.
    fn unsent(command: Self::Command, why: &str) -> Option<Self::Notice>;
    /// A notice on its way to the interface.
    fn report(link: u32, notice: Self::Notice) -> Report;
}

/// What a notice says that the driver acts upon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sign {
    /// Nothing.
    Other,
    /// The greeting refused us.
    Refused,
    /// The body of this mail is not wanted any more.
    MailDone(MailId),
    /// The protocol was broken; how, in words.
    Broken(String),
    /// Somebody on the way may have put in what the server never said; what, in words.
    Tampered(String),
    /// Another service is behind the port: its name, and that in words.
    WrongService(&'static str, String),
    /// Worth a row of the transcript, sanitized.
    Tell(String),
    /// Worth a row of the transcript as an error, sanitized.
    Complain(String),
    /// Time ran out.
    TimedOut(Wait),
    /// The server closed the line, announced or not.
    Closed {
        /// Announced.
        clean: bool,
    },
}

impl Conversation for smtp::Session {
    const SIDE: Side = Side::Smtp;

    fn open(target: &Target, now: Instant) -> Self {
        let dialect = match target.protocol {
            Protocol::Lmtp => smtp::Dialect::Lmtp,
            Protocol::Smtp | Protocol::Pop3 => smtp::Dialect::Smtp,
        };
        Self::new(dialect, target.timeouts, now)
    }

    fn quit() -> smtp::Command {
        smtp::Command::Line(smtp::Line::bare(smtp::Verb::Quit))
    }

    fn needs(command: &smtp::Command) -> Option<BodyOf> {
        match command {
            smtp::Command::Mail(mail) => Some(BodyOf::Mail(mail.id)),
            smtp::Command::Body => Some(BodyOf::Typed),
            smtp::Command::Line(_)
            | smtp::Command::Block(_)
            | smtp::Command::Hello(_)
            | smtp::Command::Secure { .. }
            | smtp::Command::XClient { .. }
            | smtp::Command::SignIn(_) => None,
        }
    }

    fn body_of(&self) -> Option<BodyOf> {
        self.body_of()
    }

    fn typed_bodies(&self) -> usize {
        self.typed_bodies()
    }

    fn is_idle(&self) -> bool {
        self.is_idle()
    }

    fn give_up(&mut self, now: Instant) {
        self.eof(now);
    }

    fn sign(notice: &smtp::Notice) -> Sign {
        match notice {
            smtp::Notice::Greeting(reply) if reply.code >= 400 => Sign::Refused,
            smtp::Notice::MailDone(report) => Sign::MailDone(report.id),
            smtp::Notice::Broken(violation @ smtp::Violation::WrongService(name)) => {
                Sign::WrongService(name, violation.to_string())
            }
            smtp::Notice::Secured(secured) => telling::of_security(secured),
            smtp::Notice::Insecure(why) => telling::of_insecurity(why),
            smtp::Notice::SignIn(progress) => telling::of_sign_in(progress),
            smtp::Notice::Broken(violation @ smtp::Violation::InjectedBeforeTls(_)) => {
                Sign::Tampered(violation.to_string())
            }
            smtp::Notice::Broken(violation) => Sign::Broken(violation.to_string()),
            smtp::Notice::TimedOut(wait) => Sign::TimedOut(*wait),
            smtp::Notice::Closed { clean } => Sign::Closed { clean: *clean },
            _ => Sign::Other,
        }
    }

    fn unsent(command: smtp::Command, why: &str) -> Option<smtp::Notice> {
        match command {
            smtp::Command::Mail(mail) => Some(smtp::Notice::MailDone(Box::new(never_tried(mail, why)))),
            smtp::Command::Line(line) => Some(smtp::Notice::Dropped { verb: line.verb(), why: why.to_owned() }),
            smtp::Command::Block(lines) => {
                let verb = lines.first().map_or(smtp::Verb::Unknown, smtp::Line::verb);
                Some(smtp::Notice::Dropped { verb, why: why.to_owned() })
            }
            smtp::Command::Body => Some(smtp::Notice::Dropped { verb: smtp::Verb::FinalDot, why: why.to_owned() }),
            smtp::Command::Hello(_)
            | smtp::Command::Secure { .. }
            | smtp::Command::XClient { .. }
            | smtp::Command::SignIn(_) => None,
        }
    }

    fn report(link: u32, notice: smtp::Notice) -> Report {
        Report::Smtp { link, notice }
    }
}

fn never_tried(mail: smtp::Transaction, why: &str) -> smtp::MailReport {
    let untried = |address| smtp::RecipientReport { address, outcome: smtp::RecipientOutcome::Untried, reply: None };
    smtp::MailReport {
        id: mail.id,
        outcome: smtp::MailOutcome::Failed,
        stage: smtp::Stage::Connect,
        recipients: mail.to.into_iter().map(untried).collect(),
        reply: None,
        queue_id: None,
        why: Some(why.to_owned()),
    }
}

impl Conversation for pop3::Session {
    const SIDE: Side = Side::Pop3;

    fn open(target: &Target, now: Instant) -> Self {
        Self::new(target.timeouts, now)
    }

    fn without_chunks(&mut self) {
        self.without_chunks();
    }

    fn quit() -> pop3::Command {
        pop3::Command::Line(pop3::Line::bare(pop3::Verb::Quit))
    }

    fn needs(_: &pop3::Command) -> Option<BodyOf> {
        None
    }

    fn body_of(&self) -> Option<BodyOf> {
        None
    }

    fn typed_bodies(&self) -> usize {
        0
    }

    fn is_idle(&self) -> bool {
        self.is_idle()
    }

    fn give_up(&mut self, now: Instant) {
        self.dropped(now);
    }

    fn sign(notice: &pop3::Notice) -> Sign {
        match notice {
            pop3::Notice::Greeting { response, .. } if response.status == pop3::Status::Err => Sign::Refused,
            pop3::Notice::Broken(violation @ pop3::Violation::WrongService(name)) => {
                Sign::WrongService(name, violation.to_string())
            }
            pop3::Notice::Secured(secured) => telling::of_security(secured),
            pop3::Notice::Insecure(why) => telling::of_insecurity(why),
            pop3::Notice::SignIn(progress) => telling::of_sign_in(progress),
            pop3::Notice::Broken(violation @ pop3::Violation::InjectedBeforeTls(_)) => {
                Sign::Tampered(violation.to_string())
            }
            pop3::Notice::Broken(violation) => Sign::Broken(violation.to_string()),
            pop3::Notice::TimedOut(wait) => Sign::TimedOut(*wait),
            pop3::Notice::Closed { clean } => Sign::Closed { clean: *clean },
            _ => Sign::Other,
        }
    }

    fn unsent(command: pop3::Command, why: &str) -> Option<pop3::Notice> {
        match command {
            pop3::Command::Line(line) => {
                Some(pop3::Notice::Dropped { verb: line.verb(), number: line.number(), why: why.to_owned() })
            }
            pop3::Command::Block(lines) => {
                let verb = lines.first().map_or(pop3::Verb::Unknown, pop3::Line::verb);
                Some(pop3::Notice::Dropped { verb, number: None, why: why.to_owned() })
            }
            pop3::Command::Secure(_) => None,
            pop3::Command::SignIn(_) => {
                Some(pop3::Notice::Dropped { verb: pop3::Verb::Auth, number: None, why: why.to_owned() })
            }
        }
    }

    fn report(link: u32, notice: pop3::Notice) -> Report {
        Report::Pop3 { link, notice }
    }
}
