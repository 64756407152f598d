//! Exit statuses, and the error that ends a subcommand.

use std::fmt;
use std::io;

use crate::connection::{Failure, FailureKind};
use crate::{pop3, smtp};

/// The exit status of a subcommand. The numbers are a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// All done.
    Done = 0,
    /// A mistake of this program, or its output could not be written.
    Internal = 1,
    /// Usage or configuration.
    Usage = 2,
    /// Some recipients refused.
    Partial = 3,
    /// The line went away after the final dot, or after QUIT with marked messages.
    Unknown = 4,
    /// 5yz, `-ERR`.
    Refused = 5,
    /// 4yz, `[SYS/TEMP]`, `[IN-USE]`.
    Deferred = 6,
    /// Could not sign in.
    SignIn = 7,
    /// TLS failed, or refused by policy.
    Tls = 8,
    /// Could not connect.
    Connect = 9,
    /// Protocol broken, connection lost or waited too long.
    Broken = 10,
}

impl Status {
    /// The number.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// Of a link that failed.
    pub fn of_failure(kind: &FailureKind) -> Self {
        match kind {
            FailureKind::UnknownHost
            | FailureKind::Resolver
            | FailureKind::Refused
            | FailureKind::ConnectTimeout
            | FailureKind::Unreachable => Self::Connect,
            FailureKind::Tls => Self::Tls,
            FailureKind::Body => Self::Usage,
            FailureKind::ClosedEarly
            | FailureKind::Reset
            | FailureKind::TimedOut(_)
            | FailureKind::Protocol
            | FailureKind::Aborted
            | FailureKind::Io => Self::Broken,
        }
    }

    /// Of an SMTP reply that refuses.
    pub fn of_reply(reply: &smtp::Reply) -> Self {
        match reply.class() {
            smtp::Class::Permanent => Self::Refused,
            smtp::Class::Temporary => Self::Deferred,
            smtp::Class::Ok | smtp::Class::More => Self::Broken,
        }
    }

    /// Of a POP3 `-ERR`.
    pub fn of_response(response: &pop3::Response) -> Self {
        match response.code.as_deref() {
            Some("IN-USE" | "SYS/TEMP" | "LOGIN-DELAY") => Self::Deferred,
            _ => Self::Refused,
        }
    }
}

/// What went wrong, in plain words, and the status it ends with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The exit status.
    pub status: Status,
    /// What and where; not sanitized.
    pub what: String,
    /// What to try.
    pub advice: Option<String>,
}

impl Trouble {
    /// Without advice.
    pub fn new(status: Status, what: impl Into<String>) -> Self {
        Self { status, what: what.into(), advice: None }
    }

    /// A mistake in arguments or settings.
    pub fn usage(what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { status: Status::Usage, what: what.into(), advice: Some(advice.into()) }
    }

    /// Standard output cannot be written. A reader that left, as `head` does, is no news: nothing is printed.
    pub fn output(error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::new(Status::Internal, "");
        }
        Self::new(Status::Internal, format!("standard output: {error}"))
    }

    /// A file of the person's cannot be used.
    pub fn file(path: &std::path::Path, error: &io::Error) -> Self {
        Self::new(Status::Usage, format!("{}: {error}", path.display()))
    }

    /// The same with advice.
    #[must_use]
    pub fn advise(self, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..self }
    }
}

impl From<&Failure> for Trouble {
    fn from(failure: &Failure) -> Self {
        Self::new(Status::of_failure(&failure.kind), failure.to_string()).advise(failure.advice.clone())
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        match &self.advice {
            Some(advice) => write!(f, "\n{advice}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Trouble {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Wait;

    #[test]
    fn the_numbers_are_those_of_the_contract() {
        let all = [
            Status::Done,
            Status::Internal,
            Status::Usage,
            Status::Partial,
            Status::Unknown,
            Status::Refused,
            Status::Deferred,
            Status::SignIn,
            Status::Tls,
            Status::Connect,
            Status::Broken,
        ];
        assert_eq!(all.map(Status::code), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    }

    #[test]
    fn failures_have_their_status() {
        for (kind, status) in [
            (FailureKind::UnknownHost, Status::Connect),
            (FailureKind::Resolver, Status::Connect),
            (FailureKind::Refused, Status::Connect),
            (FailureKind::ConnectTimeout, Status::Connect),
            (FailureKind::Unreachable, Status::Connect),
            (FailureKind::ClosedEarly, Status::Broken),
            (FailureKind::Reset, Status::Broken),
            (FailureKind::TimedOut(Wait::Greeting), Status::Broken),
            (FailureKind::Protocol, Status::Broken),
            (FailureKind::Tls, Status::Tls),
            (FailureKind::Body, Status::Usage),
            (FailureKind::Io, Status::Broken),
        ] {
            assert_eq!(Status::of_failure(&kind), status, "{kind:?}");
        }
    }

    #[test]
    fn refusals_have_their_status() {
        let reply = |code| smtp::Reply { code, enhanced: None, lines: vec![String::new()] };
        assert_eq!(Status::of_reply(&reply(550)), Status::Refused);
        assert_eq!(Status::of_reply(&reply(421)), Status::Deferred);
        assert_eq!(Status::of_reply(&reply(250)), Status::Broken);
        let response = |code: Option<&str>| pop3::Response {
            status: pop3::Status::Err,
            code: code.map(str::to_owned),
            text: String::new(),
        };
        assert_eq!(Status::of_response(&response(None)), Status::Refused);
        assert_eq!(Status::of_response(&response(Some("SYS/PERM"))), Status::Refused);
        for code in ["IN-USE", "SYS/TEMP", "LOGIN-DELAY"] {
            assert_eq!(Status::of_response(&response(Some(code))), Status::Deferred, "{code}");
        }
    }
}
