//! Why a handshake came to nothing, as a failure with what mends it.

use std::io;

use rustls::Error;

use super::handshake::Start;
use super::hello::clear_service;
use super::words;
use crate::connection::{Failure, Protection, Protocol, Remedy, Verdict};
use crate::wire::{TlsMode, Wait, printable};

/// What stopped it, certificates aside.
pub enum Broken {
    /// Its time is up.
    Late,
    /// The line, or TLS itself.
    Line(io::Error),
}

/// What is known of a handshake that broke.
pub struct Breakage<'a> {
    /// `host:port`.
    pub at: &'a str,
    /// What was to be spoken inside.
    pub protocol: Protocol,
    /// What the handshake followed.
    pub start: Start,
    /// The first octets that came.
    pub first: &'a [u8],
    /// The server asked for a certificate of ours.
    pub asked: bool,
}

impl Breakage<'_> {
    /// The certificate is refused, by the verdict of `shown`.
    pub fn not_believed(&self, shown: &Protection) -> Failure {
        let Verdict::Refused { why, advice, can_be_trusted } = &shown.verdict else {
            return Failure::tls(self.at, "the certificate is not believed");
        };
        let failure = Failure::tls(self.at, &printable::text(why)).with_advice(advice);
        match shown.chain.first() {
            Some(certificate) if *can_be_trusted => failure.with_remedy(Remedy::Trust(certificate.sha256)),
            _ => failure,
        }
    }

    /// It failed for what is no question of trust.
    pub fn explained(&self, broken: Broken) -> Failure {
        if let Some(service) = clear_service(self.first) {
            return self.in_clear(service);
        }
        match broken {
            Broken::Late => self.late(),
            Broken::Line(error) => match words::inside(&error) {
                Some(error) => self.of_tls(error),
                None => self.of_line(&error),
            },
        }
    }

    fn late(&self) -> Failure {
        let failure = Failure::timed_out(self.at, Wait::Handshake);
        let silent = if self.first.is_empty() { ": the server says nothing" } else { "" };
        Failure { what: format!("{}{silent}", failure.what), ..failure }
    }

    fn of_tls(&self, error: &Error) -> Failure {
        let trouble = words::of_error(error, self.asked);
        let what = format!("the TLS handshake failed: {}", printable::text(&trouble.why));
        Failure::tls(self.at, &what).with_advice(trouble.advice)
    }

    fn of_line(&self, error: &io::Error) -> Failure {
        let what = match error.kind() {
            io::ErrorKind::UnexpectedEof => "the server closed the line in the middle of the TLS handshake",
            io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe => {
                "the server cut the line in the middle of the TLS handshake"
            }
            io::ErrorKind::InvalidInput => "the line is encrypted already",
            _ => return Failure::lost(self.at, error),
        };
        let advice = match self.start {
            Start::Connect => {
                "The port may not speak TLS from the first octet, or the server refuses us: its log says more"
            }
            Start::GoAhead => "The server's TLS is broken, or it refuses us: its log says more",
        };
        Failure::tls(self.at, what).with_advice(advice)
    }

    fn in_clear(&self, service: &'static str) -> Failure {
        match self.start {
            Start::Connect => match self.own(service) {
                Some(service) => {
                    let what = format!("the port speaks {service} in clear, not TLS from the first octet");
                    Failure::wrong_mode(self.at, &what).with_remedy(Remedy::Tls(TlsMode::Require))
                }
                None => Failure::wrong_service(self.at, &format!("the port speaks {service} in clear, not TLS")),
            },
            Start::GoAhead => {
                let what = "the server goes on in clear where the TLS handshake was due";
                let advice = "Its TLS is broken, or somebody is in between: do not go on in clear";
                Failure::tls(self.at, what).with_advice(advice)
            }
        }
    }

    /// The name of the protocol that was wanted, if that is the service.
    fn own(&self, service: &str) -> Option<&'static str> {
        match (service, self.protocol) {
            ("POP3", Protocol::Pop3) => Some("POP3"),
            ("SMTP", Protocol::Smtp) => Some("SMTP"),
            ("SMTP", Protocol::Lmtp) => Some("LMTP"),
            _ => None,
        }
    }
}
