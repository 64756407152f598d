//! What can go wrong with a link, in a form that can be shown, cloned and acted upon.

use std::io;
use std::path::Path;

use crate::wire::{TlsMode, Wait, printable};

/// The kind of a failure; each has advice of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// The name has no address.
    UnknownHost,
    /// The resolver itself failed.
    Resolver,
    /// Nothing listens on the port.
    Refused,
    /// No answer to the connection attempt (a firewall, often).
    ConnectTimeout,
    /// No route.
    Unreachable,
    /// The peer closed without 221, 421 or +OK to QUIT.
    ClosedEarly,
    /// The peer reset the line.
    Reset,
    /// A wait ran out.
    TimedOut(Wait),
    /// The peer broke the protocol.
    Protocol,
    /// The TLS handshake failed, or the certificate is not believed.
    Tls,
    /// The line ended without the goodbye of TLS: what came last may be cut short (RFC 8446 6.1).
    Truncated,
    /// Another mode or protocol is spoken on that port than the one that was tried.
    WrongMode,
    /// The proxy refused, or speaks something else.
    Proxy,
    /// The body of a mail could not be read.
    Body,
    /// Stopped by the person.
    Aborted,
    /// Anything else of the operating system.
    Io,
}

/// What, where, why, and what to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// For decisions.
    pub kind: FailureKind,
    /// Where: `host:port`.
    pub at: String,
    /// What happened, one sentence without a full stop; sanitized.
    pub what: String,
    /// What to try, one sentence.
    pub advice: String,
    /// What would mend it and takes one key, if anything is known to.
    pub remedy: Option<Remedy>,
}

/// What mends a failure with one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Connect again with TLS in this mode.
    Tls(TlsMode),
    /// Trust the certificate with this SHA-256 for this program's life, and connect again.
    Trust([u8; 32]),
}

impl FailureKind {
    /// What to try, one sentence.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::UnknownHost => "Check the spelling of the host name, or give an address such as 127.0.0.1",
            Self::Resolver => "The name service of this machine does not work: check the network, or give an address",
            Self::Refused => {
                "Check the port (25, 587 and 2525 are usual for SMTP, 110 for POP3), and that the server runs"
            }
            Self::ConnectTimeout => {
                "A firewall on the way drops the packets, most likely (many networks block port 25: try 587), or the \
                 machine is off"
            }
            Self::Unreachable => "There is no way to that address: check the network, and whether it has IPv6 at all",
            Self::ClosedEarly => "The last reply often says why; else look into the server's log, and connect again",
            Self::Reset => "The server or a firewall on the way cut the line: wait a little and connect again",
            Self::TimedOut(wait) => wait_advice(*wait),
            Self::Protocol => "Check host and port: another kind of server may be listening there",
            Self::Tls => "Look at the certificate and the reason: often the name, the date or the issuer does not fit",
            Self::Truncated => "Do not rely on what came last: connect again and repeat it",
            Self::WrongMode => "Connect again in the mode that the port speaks",
            Self::Proxy => "Check the proxy's address and port, and that it may connect to this server",
            Self::Body => "Check that the file is there and can be read, then send again",
            Self::Aborted => "Connect again to go on",
            Self::Io => "The operating system's words say what is wrong; connect again when that is settled",
        }
    }
}

fn wait_advice(wait: Wait) -> &'static str {
    match wait {
        Wait::Greeting => {
            "The server took the call and says nothing: it may be busy, delay its greeting on purpose, or expect TLS \
             from the first octet (ports 465 and 995)"
        }
        Wait::Handshake => {
            "The server took the call and does not finish the TLS handshake: it may be busy, or speak no TLS on that port"
        }
        Wait::Reply => "The server is slow or hangs: connect again, and allow more time if it is known to be slow",
        Wait::Body => "The line or the server got stuck in the middle of the message: connect again and repeat it",
        Wait::FinalDot => "The mail may have been accepted: ask the recipient or the server's log before sending again",
        Wait::Quit => "What was answered before is done; only the goodbye is missing",
    }
}

fn wait_name(wait: Wait) -> &'static str {
    match wait {
        Wait::Greeting => "the greeting",
        Wait::Handshake => "the end of the TLS handshake",
        Wait::Reply => "the reply",
        Wait::Body => "the next part of the message",
        Wait::FinalDot => "the reply to the final dot",
        Wait::Quit => "the reply to QUIT",
    }
}

impl Failure {
    /// `at`: `host:port`, sanitized. `what`: sanitized.
    pub fn new(kind: FailureKind, at: &str, what: impl Into<String>) -> Self {
        let advice = kind.advice().to_owned();
        Self { kind, at: at.to_owned(), what: what.into(), advice, remedy: None }
    }

    /// Time ran out.
    pub fn timed_out(at: &str, wait: Wait) -> Self {
        Self::new(FailureKind::TimedOut(wait), at, format!("timed out waiting for {}", wait_name(wait)))
    }

    /// Whether it is [`FailureKind::TimedOut`].
    pub fn is_lateness(&self) -> bool {
        matches!(self.kind, FailureKind::TimedOut(_))
    }

    /// The peer broke the protocol; `violation` in words, not sanitized.
    pub fn protocol(at: &str, violation: &str) -> Self {
        Self::new(FailureKind::Protocol, at, printable::text(violation))
    }

    /// Somebody on the way may have put in what the server never said; `what` not sanitized.
    pub fn tampered(at: &str, what: &str) -> Self {
        Self::protocol(at, what).with_advice(
            "Nothing was sent inside TLS. Do not sign in over this network before you know who spoke: try another \
             network, or the port with TLS from the first octet",
        )
    }

    /// The peer closed without saying so. `refused`: it had refused us in its greeting.
    pub fn closed_early(at: &str, refused: bool) -> Self {
        if refused {
            let what = "the server refused us in its greeting and closed the line";
            let advice = "Its greeting says why: often it takes no mail from this address, or is too busy just now";
            Self { advice: advice.to_owned(), ..Self::new(FailureKind::ClosedEarly, at, what) }
        } else {
            Self::new(FailureKind::ClosedEarly, at, "the server closed the line without a goodbye")
        }
    }

    /// The operating system reported `error` on a line that stood.
    pub fn lost(at: &str, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe => {
                Self::new(FailureKind::Reset, at, "the line was reset by the other side")
            }
            io::ErrorKind::TimedOut => Self::new(FailureKind::Reset, at, "the other side no longer answers"),
            io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable | io::ErrorKind::NetworkDown => {
                Self::new(FailureKind::Unreachable, at, "the network went away")
            }
            _ => Self::new(FailureKind::Io, at, in_words(error)),
        }
    }

    /// The handshake failed, or a line inside TLS broke; `why` sanitized.
    pub fn tls(at: &str, why: &str) -> Self {
        Self::new(FailureKind::Tls, at, why)
    }

    /// The line inside TLS ended without its goodbye while something was still to come.
    pub fn truncated(at: &str) -> Self {
        let what = "the line ended without the goodbye of TLS: what came last may be cut short";
        Self::new(FailureKind::Truncated, at, what)
    }

    /// The port wants another mode; `what` sanitized.
    pub fn wrong_mode(at: &str, what: &str) -> Self {
        Self::new(FailureKind::WrongMode, at, what)
    }

    /// The port of a line in clear speaks TLS.
    pub fn speaks_tls(at: &str) -> Self {
        let failure = Self::wrong_mode(at, "the port speaks TLS from the first octet");
        failure.with_remedy(Remedy::Tls(TlsMode::Implicit))
    }

    /// Another protocol is spoken on the port, and no mode of ours fits; `what` not sanitized.
    pub fn wrong_service(at: &str, what: &str) -> Self {
        let failure = Self::new(FailureKind::WrongMode, at, printable::text(what));
        failure.with_advice("Check host and port: another kind of server is listening there")
    }

    /// The same with other advice.
    #[must_use]
    pub fn with_advice(self, advice: &str) -> Self {
        Self { advice: advice.to_owned(), ..self }
    }

    /// The same with what mends it.
    #[must_use]
    pub fn with_remedy(self, remedy: Remedy) -> Self {
        Self { remedy: Some(remedy), ..self }
    }

    /// The file of a body could not be read.
    pub fn unreadable_body(at: &str, path: &Path, error: &io::Error) -> Self {
        let path = path.to_string_lossy();
        let what = format!("{} cannot be read: {}", printable::text(&path), in_words(error));
        Self::new(FailureKind::Body, at, what)
    }

    /// A mail was submitted without its body.
    pub fn missing_body(at: &str) -> Self {
        let what = "the mail came without its text";
        Self { advice: "Send it again from the draft".to_owned(), ..Self::new(FailureKind::Body, at, what) }
    }

    /// Stopped by the person.
    pub fn aborted(at: &str, what: &str) -> Self {
        Self::new(FailureKind::Aborted, at, what)
    }
}

/// An error of the operating system, without the number behind it.
pub(super) fn in_words(error: &io::Error) -> String {
    let words = error.to_string();
    let words = words.split(" (os error").next().unwrap_or_default();
    printable::text(words).to_lowercase()
}

/// `host:port`, an IPv6 address in brackets, sanitized.
pub(super) fn place(host: &str, port: u16) -> String {
    let host = printable::text(host);
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.at, self.what)
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_advice_of_its_own() {
        let waits = [Wait::Greeting, Wait::Handshake, Wait::Reply, Wait::Body, Wait::FinalDot, Wait::Quit];
        let waits = waits.map(FailureKind::TimedOut);
        let kinds = [
            FailureKind::UnknownHost,
            FailureKind::Resolver,
            FailureKind::Refused,
            FailureKind::ConnectTimeout,
            FailureKind::Unreachable,
            FailureKind::ClosedEarly,
            FailureKind::Reset,
            FailureKind::Protocol,
            FailureKind::Tls,
            FailureKind::Truncated,
            FailureKind::WrongMode,
            FailureKind::Proxy,
            FailureKind::Body,
            FailureKind::Aborted,
            FailureKind::Io,
        ];
        let advice: Vec<_> = kinds.iter().chain(&waits).map(FailureKind::advice).collect();
        let different: std::collections::HashSet<_> = advice.iter().collect();
        assert_eq!(different.len(), advice.len());
        assert!(advice.iter().all(|advice| !advice.ends_with('.') && advice.len() > 20));
    }

    #[test]
    fn what_comes_from_outside_is_sanitized() {
        let failure = Failure::protocol(&place("a\x1bb", 25), "x\x1b[31m");
        assert_eq!(failure.to_string(), "a␛b:25: x␛[31m");
        assert_eq!(place("::1", 110), "[::1]:110");
        let error = io::Error::from_raw_os_error(2);
        let failure = Failure::unreadable_body("h:1", Path::new("a\nb"), &error);
        assert!(!failure.what.contains('\n') && !failure.what.contains("os error"), "{}", failure.what);
    }
}
