//! Exit statuses, and the error that ends a subcommand.

use std::fmt;
use std::io;

use crate::connection::{Failure, FailureKind, Remedy};
use crate::sasl::Progress;
use crate::wire::TlsMode;
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
    /// Some recipients refused; two sessions differ.
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
    /// A signal ended it, politely: 128 and the number of SIGINT, as shells count.
    Interrupted = 130,
}

impl Status {
    /// The number.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// Of a link that failed.
    pub fn of_failure(failure: &Failure) -> Self {
        match failure.kind {
            // Another service altogether, which no mode of ours fits.
            FailureKind::WrongMode if failure.remedy.is_none() => Self::Broken,
            FailureKind::UnknownHost
            | FailureKind::Resolver
            | FailureKind::Refused
            | FailureKind::ConnectTimeout
            | FailureKind::Unreachable
            | FailureKind::Proxy => Self::Connect,
            FailureKind::Tls | FailureKind::WrongMode => Self::Tls,
            FailureKind::Body => Self::Usage,
            FailureKind::ClosedEarly
            | FailureKind::Reset
            | FailureKind::Truncated
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

    /// Of the end of a sign-in.
    pub fn of_sign_in(end: &Progress) -> Self {
        match end {
            Progress::Refused { temporary: true, .. } => Self::Deferred,
            Progress::Refused { .. } | Progress::BrokenOff { .. } | Progress::Impossible { .. } => Self::SignIn,
            Progress::Chosen { .. } | Progress::Decoded { .. } | Progress::Accepted { .. } => Self::Done,
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
    /// How the line was protected and who signed in, as far as it came: fields of an object of JSON.
    pub line: Option<serde_json::Value>,
}

impl Trouble {
    /// Without advice.
    pub fn new(status: Status, what: impl Into<String>) -> Self {
        Self { status, what: what.into(), advice: None, line: None }
    }

    /// A mistake in arguments or settings.
    pub fn usage(what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { status: Status::Usage, what: what.into(), advice: Some(advice.into()), line: None }
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

    /// A link failed. `command`: the subcommand, for the option that mends it.
    pub fn of_failure(failure: &Failure, command: &str) -> Self {
        Self::new(Status::of_failure(failure), failure.to_string()).advise(advice(failure, command))
    }

    /// TLS was required and cannot be had; `why` in the engine's words.
    pub fn insecure(why: &str) -> Self {
        Self::new(Status::Tls, why).advise(INSECURE)
    }

    /// A sign-in came to nothing.
    pub fn of_sign_in(end: &Progress) -> Self {
        let what = match end {
            Progress::Impossible { why } => format!("nobody signed in, and nothing of it was sent: {why}"),
            Progress::BrokenOff { mechanism, why } => format!("the sign-in with {mechanism} was broken off: {why}"),
            Progress::Refused { mechanism, why, .. } => format!("the sign-in with {mechanism} was refused: {why}"),
            _ => "the sign-in came to no end".to_owned(),
        };
        Self::new(Status::of_sign_in(end), what).advise(sign_in_advice(end))
    }

    /// The same with advice.
    #[must_use]
    pub fn advise(self, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..self }
    }
}

/// What to try where TLS is required and cannot be had.
pub const INSECURE: &str = "Nothing but the goodbye was sent. Try the port with TLS from the first octet (smtps://, pop3s://), or \
     --tls auto where a line in clear text will do";

/// The advice of a failure, and the option that mends it.
pub fn advice(failure: &Failure, command: &str) -> String {
    let advice = failure.advice.trim_end_matches('.');
    match failure.remedy.as_ref().map(remedy) {
        None => advice.to_owned(),
        Some((options, condition)) => format!("{advice}; try: telepost {command} {options}{condition}"),
    }
}

/// Options, and what to do before they are used.
fn remedy(remedy: &Remedy) -> (String, &'static str) {
    match remedy {
        Remedy::Tls(TlsMode::Implicit) => ("--tls implicit".to_owned(), ""),
        Remedy::Tls(mode) => {
            (format!("--tls {}", mode.word()), " (with smtp:// or pop3:// in front of the server's name)")
        }
        Remedy::Trust(sha256) => {
            let hex = sha256.map(|octet| format!("{octet:02X}")).concat();
            (format!("--pin sha256:{hex}"), " (after checking that this is really your server's certificate)")
        }
    }
}

/// What to try after a sign-in that came to nothing.
pub fn sign_in_advice(end: &Progress) -> &'static str {
    match end {
        Progress::Impossible { .. } => {
            "telepost probe shows what is offered in clear and inside TLS; --auth asks for a mechanism by name. On a line \
             without TLS, --tls require protects it, and --allow-plain-auth permits a password in clear text where you \
             trust every machine on the way"
        }
        Progress::BrokenOff { .. } => {
            "The password was not judged: check that this is your server, or ask for another mechanism with --auth"
        }
        Progress::Refused { temporary: true, .. } => {
            "The server asks to come back: the account is busy or the server has a problem; try again in a while"
        }
        Progress::Refused { stale_token: true, .. } => "The access token is expired or wrong: fetch a new one",
        _ => "Check user name and password; some providers want a password of its own for each program",
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
            Status::Interrupted,
        ];
        assert_eq!(all.map(Status::code), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 130]);
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
            assert_eq!(Status::of_failure(&Failure::new(kind.clone(), "h:1", "")), status, "{kind:?}");
        }
    }

    #[test]
    fn a_remedy_becomes_the_option_that_mends_it() {
        let failure = |remedy| Failure {
            kind: FailureKind::Tls,
            at: "h:25".into(),
            what: "w".into(),
            advice: "Look at it.".into(),
            remedy,
        };
        for (remedy, words) in [
            (None, "Look at it".to_owned()),
            (Some(Remedy::Tls(TlsMode::Implicit)), "try: telepost send --tls implicit".to_owned()),
            (Some(Remedy::Tls(TlsMode::Auto)), "--tls auto (with smtp://".to_owned()),
            (
                Some(Remedy::Trust([0xab; 32])),
                format!("telepost send --pin sha256:{} (after checking", "AB".repeat(32)),
            ),
        ] {
            let trouble = Trouble::of_failure(&failure(remedy), "send");
            assert!(trouble.advice.as_ref().unwrap().contains(&words), "{trouble}");
            assert_eq!(trouble.status, Status::Tls);
        }
    }

    #[test]
    fn sign_ins_have_their_status_and_advice() {
        let refused = |temporary, stale_token| Progress::Refused {
            mechanism: crate::sasl::Mechanism::Plain,
            why: "no".into(),
            temporary,
            stale_token,
        };
        let impossible = Progress::Impossible { why: "PLAIN would go in clear".into() };
        let of = |end: &Progress| Trouble::of_sign_in(end);
        assert_eq!(of(&refused(false, false)).status, Status::SignIn);
        assert_eq!(of(&refused(true, false)).status, Status::Deferred);
        assert!(of(&refused(false, true)).to_string().contains("token"));
        let trouble = of(&impossible);
        assert_eq!(trouble.status, Status::SignIn);
        assert!(trouble.what.contains("PLAIN would go in clear"), "{trouble}");
        // The reason knows whether the line has TLS; the options are named for either case.
        let advice = trouble.advice.expect("there are options that mend it");
        assert!(advice.contains("On a line without TLS, --tls require") && advice.contains("--allow-plain-auth"));
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
