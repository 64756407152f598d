//! A mail as SMTP took it, before it lies in any mailbox.

use std::net::IpAddr;

use jiff::Timestamp;

use crate::sandbox::smtp::parameters::RcptParameters;

/// Octets of a mail as the sender wrote them, shared by the letters of all its recipients.
#[derive(Debug)]
pub struct Body {
    octets: Vec<u8>,
    dotted: bool,
}

impl Body {
    /// `octets` after unstuffing; a CRLF is added when the last line has none. `dotted`: a line may begin with a dot.
    pub fn new(mut octets: Vec<u8>, dotted: bool) -> Self {
        if !octets.is_empty() && !octets.ends_with(b"\r\n") {
            octets.extend_from_slice(b"\r\n");
        }
        if octets.capacity() - octets.len() > octets.len() / 4 {
            octets.shrink_to_fit();
        }
        Self { octets, dotted }
    }

    /// The octets: empty, or ending with CRLF.
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// Whether a line may begin with a dot, so that POP3 has to look for it.
    pub fn is_dotted(&self) -> bool {
        self.dotted
    }
}

/// How a mail came, for the Received field (RFC 5321 4.4, RFC 3848, RFC 6531 4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// After HELO.
    Smtp,
    /// After EHLO.
    Esmtp {
        /// Inside TLS.
        tls: bool,
        /// From somebody who signed in.
        signed_in: bool,
    },
    /// With SMTPUTF8.
    Utf8Smtp {
        /// Inside TLS.
        tls: bool,
        /// From somebody who signed in.
        signed_in: bool,
    },
}

impl Protocol {
    /// After EHLO, in clear, from anybody.
    pub const ESMTP: Self = Self::Esmtp { tls: false, signed_in: false };
}

/// One recipient of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// Whose mailbox; `None`: it would be passed on, and as nothing is sent on from here, it goes nowhere.
    pub mailbox: Option<usize>,
    /// The address of that mailbox, or the one that was given.
    pub address: String,
    /// The address that the client gave, which may be another name for it.
    pub given: String,
    /// What was asked for with it.
    pub parameters: RcptParameters,
}

impl Recipient {
    /// Of whom nothing is asked.
    pub fn new(mailbox: usize, address: String, given: String) -> Self {
        Self { mailbox: Some(mailbox), address, given, parameters: RcptParameters::default() }
    }

    /// Somebody who has no mailbox here.
    pub fn elsewhere(given: String) -> Self {
        Self { mailbox: None, address: given.clone(), given, parameters: RcptParameters::default() }
    }
}

/// A mail that was taken, before it is delivered.
#[derive(Debug)]
pub struct Mail {
    /// Reverse-path without angle brackets; empty for the null sender.
    pub from: String,
    /// Whom to deliver to.
    pub to: Vec<Recipient>,
    /// What the client called itself.
    pub helo: String,
    /// The address it came from.
    pub peer: IpAddr,
    /// How it came.
    pub protocol: Protocol,
    /// The mail itself.
    pub body: Body,
    /// What was asked for with it, as it was said behind MAIL.
    pub asked: Vec<String>,
    /// Its name in reports.
    pub envid: Option<String>,
    /// Nobody sees it before then.
    pub hold_until: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_ends_with_a_line_end() {
        assert_eq!(Body::new(b"a".to_vec(), false).octets(), b"a\r\n");
        assert_eq!(Body::new(b"a\n".to_vec(), false).octets(), b"a\n\r\n");
        assert_eq!(Body::new(Vec::new(), false).octets(), b"");
    }
}
