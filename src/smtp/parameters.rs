//! What is said behind MAIL FROM and RCPT TO, and why a mail is not to be offered to a server at all (RFC 5321 4.1.1.11).
//!
//! Nothing that a mail asks for is silently left out: where the server does not announce the extension, the mail is
//! refused here, in words. Writes no lines and knows no session.

mod address;
mod asked;
mod limits;
#[cfg(test)]
mod tests;

use super::{BodyKind, Capabilities, Transaction};
use crate::wire::Channel;

/// How far the line to the server is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cover {
    /// In clear.
    #[default]
    Clear,
    /// Encrypted; nobody vouches for the server's certificate.
    Unverified,
    /// Encrypted, and the certificate is believed.
    Trusted,
}

impl Cover {
    /// Of a line; `None` is one without TLS.
    pub fn of(channel: Option<&Channel>) -> Self {
        match channel {
            None => Self::Clear,
            Some(channel) if channel.trusted => Self::Trusted,
            Some(_) => Self::Unverified,
        }
    }
}

/// The envelope as one server hears it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// Reverse-path without angle brackets.
    pub from: String,
    /// What stands behind it: `KEY` or `KEY=VALUE`.
    pub mail: Vec<String>,
    /// Each forward-path without angle brackets, and what stands behind it.
    pub recipients: Vec<(String, Vec<String>)>,
}

/// The envelope of `mail` for a server with `capabilities`. The error says why the server would not or must not take the
/// mail, and what to try; **not sanitized**.
pub fn parameters(mail: &Transaction, capabilities: &Capabilities, cover: Cover) -> Result<Parameters, String> {
    limits::check(mail, capabilities)?;
    let (from, to) = address::envelope(mail, capabilities)?;
    let mut said = size(mail, capabilities)?;
    said.extend(body(mail, capabilities)?);
    if mail.utf8 || !from.is_ascii() || !to.iter().all(|to| to.is_ascii()) {
        said.extend(smtputf8(mail, capabilities)?);
    }
    said.extend(asked::of_mail(mail, capabilities, cover)?);
    let dsn = &mail.manner.requests.dsn;
    let recipients = to.into_iter().map(|to| asked::of_recipient(dsn, &to).map(|said| (to, said)));
    Ok(Parameters { from, mail: said, recipients: recipients.collect::<Result<_, _>>()? })
}

/// SIZE (RFC 1870).
fn size(mail: &Transaction, capabilities: &Capabilities) -> Result<Vec<String>, String> {
    let (Some(size), Some(limit)) = (mail.size, capabilities.size) else { return Ok(Vec::new()) };
    match limit.filter(|limit| size > *limit && !mail.manner.flaws.oversize) {
        Some(limit) => Err(format!(
            "the mail has {size} octets and the server takes at most {limit} (SIZE, RFC 1870); make it smaller, or send \
             parts of it"
        )),
        None => Ok(vec![format!("SIZE={size}")]),
    }
}

/// BODY (RFC 6152, RFC 3030).
fn body(mail: &Transaction, capabilities: &Capabilities) -> Result<Option<String>, String> {
    let may_pass = mail.manner.flaws.unannounced;
    match mail.body {
        BodyKind::SevenBit => Ok(None),
        BodyKind::EightBit if capabilities.eight_bit_mime => Ok(Some("BODY=8BITMIME".to_owned())),
        BodyKind::Binary if capabilities.binary_mime && capabilities.chunking => Ok(Some("BODY=BINARYMIME".to_owned())),
        BodyKind::EightBit | BodyKind::Binary if may_pass => Ok(None),
        BodyKind::EightBit => {
            Err("the mail has octets above 127 and the server does not announce 8BITMIME (RFC 6152); \
             send its text as quoted-printable or base64"
                .to_owned())
        }
        BodyKind::Binary => {
            Err("the mail is binary and the server does not announce BINARYMIME with CHUNKING (RFC 3030); \
             send it as base64"
                .to_owned())
        }
    }
}

/// SMTPUTF8 (RFC 6531).
fn smtputf8(mail: &Transaction, capabilities: &Capabilities) -> Result<Option<String>, String> {
    match capabilities.smtputf8 {
        true => Ok(Some("SMTPUTF8".to_owned())),
        false if mail.manner.flaws.unannounced => Ok(None),
        false => {
            Err("a header of the mail needs SMTPUTF8 (RFC 6531) and the server does not announce it; use addresses \
             in ASCII"
                .to_owned())
        }
    }
}
