//! What the driver has to know of an engine beyond the [`Engine`] trait: the one place where the two protocols differ
//! for this room.

mod telling;

use std::time::Instant;

use super::{Protocol, Report, Target};
use crate::smtp::MailId;
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
    /// The mail whose body a command needs.
    fn mail(command: &Self::Command) -> Option<MailId>;
    /// The mail whose body the engine asked for or is going to ask for next.
    fn body_of(&self) -> Option<MailId>;
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

    fn mail(command: &smtp::Command) -> Option<MailId> {
        match command {
            smtp::Command::Mail(mail) => Some(mail.id),
            smtp::Command::Line(_)
            | smtp::Command::Block(_)
            | smtp::Command::Body
            | smtp::Command::Hello(_)
            | smtp::Command::Secure { .. }
            | smtp::Command::XClient { .. }
            | smtp::Command::SignIn(_) => None,
        }
    }

    fn body_of(&self) -> Option<MailId> {
        self.body_of()
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
            smtp::Command::Block(_)
            | smtp::Command::Body
            | smtp::Command::Hello(_)
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

    fn mail(_: &pop3::Command) -> Option<MailId> {
        None
    }

    fn body_of(&self) -> Option<MailId> {
        None
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
            pop3::Command::Secure(_) | pop3::Command::Block(_) => None,
            pop3::Command::SignIn(_) => {
                Some(pop3::Notice::Dropped { verb: pop3::Verb::Auth, number: None, why: why.to_owned() })
            }
        }
    }

    fn report(link: u32, notice: pop3::Notice) -> Report {
        Report::Pop3 { link, notice }
    }
}
