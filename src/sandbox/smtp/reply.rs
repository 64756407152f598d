//! The refusals and fixed replies of the SMTP server, each with its enhanced code (RFC 3463).

use std::borrow::Cow;

use super::address::Address;
use super::command;
use super::parameters::BadParameter;
use crate::sandbox::accounts::Route;
use crate::sandbox::auth::{Denied, Refusal};

/// The store has no room.
pub const NO_ROOM: &str = "452 4.3.1 The sandbox is full; delete some mail over POP3 and try again";

/// Nothing but BDAT and RSET goes on from here.
pub const IN_CHUNKS: &str = "503 5.5.1 A mail in pieces is under way; BDAT goes on, RSET starts over";

/// The reply to HELP.
pub const HELP: &str = "214-2.0.0 HELO EHLO MAIL RCPT DATA BDAT RSET NOOP VRFY HELP QUIT STARTTLS AUTH\r\n\
    214-2.0.0 A mail: EHLO name, MAIL FROM:<you@domain>, RCPT TO:<bob@...>, DATA,\r\n\
    214-2.0.0 header, empty line, text, a line with a single dot, QUIT\r\n\
    214 2.0.0 greylist@ and full@ are refused on purpose (451, 452)";

/// The mailbox, or the refusal that the route stands for.
pub fn deliverable(route: Route, address: &str) -> Result<usize, Cow<'static, str>> {
    Err(match route {
        Route::Mailbox(mailbox) => return Ok(mailbox),
        Route::Unknown => format!("550 5.1.1 <{address}>... no such user here").into(),
        Route::Foreign => format!("550 5.7.1 <{address}>... Relaying denied").into(),
        Route::Greylisted => format!("451 4.7.1 <{address}>... greylisted, come back later").into(),
        Route::Full => format!("452 4.2.2 <{address}>... mailbox full").into(),
    })
}

/// Refuses an address beyond ASCII unless SMTPUTF8 was asked for (RFC 6531 3.5).
pub fn check_ascii(address: &Address, utf8: bool) -> Result<(), Cow<'static, str>> {
    if utf8 || address.text.is_ascii() {
        Ok(())
    } else {
        Err("553 5.6.7 An address beyond ASCII needs SMTPUTF8 behind MAIL FROM".into())
    }
}

/// The refusal of a parameter.
pub fn bad_parameter(bad: BadParameter<'_>) -> Cow<'static, str> {
    match bad {
        BadParameter::Unknown(word) => format!("555 5.5.4 Parameter not known here: {}", shown(word)).into(),
        BadParameter::Malformed(word) => format!("501 5.5.4 Parameter not understood: {}", shown(word)).into(),
    }
}

/// The refusal of a mail over the limit (RFC 1870 6).
pub fn too_big(limit: usize) -> Cow<'static, str> {
    format!("552 5.3.4 The mail is too big; the limit is {limit} octets").into()
}

/// Why AUTH does not begin (RFC 4954 4, 6).
pub fn denied(denied: Denied) -> Cow<'static, str> {
    match denied {
        Denied::Unknown => "504 5.5.4 That mechanism is not known here; EHLO lists them".into(),
        Denied::NeedsTls => "538 5.7.11 Encryption required for that mechanism; STARTTLS first".into(),
    }
}

/// A failed sign-in (RFC 4954 6).
pub fn refused(refusal: Refusal) -> Cow<'static, str> {
    match refusal {
        Refusal::Wrong => "535 5.7.8 User name or secret is wrong".into(),
        Refusal::Temporary => "454 4.7.0 Signing in fails for now, try again later".into(),
        Refusal::Quoting(sent) => format!("535 5.7.8 Not taken, you sent: {sent}").into(),
    }
}

/// The refusal of an unknown verb, with a hint where one is known.
pub fn unknown(word: &str) -> Cow<'static, str> {
    match command::hint(word) {
        Some(meant) => format!("500 5.5.1 {}: unknown command; did you mean {meant}?", shown(word)).into(),
        None if word.is_empty() => "500 5.5.2 An empty line is no command; HELP lists them".into(),
        None => format!("500 5.5.1 {}: unknown command; HELP lists them", shown(word)).into(),
    }
}

/// A word of the client's, fit to be said back.
fn shown(word: &str) -> &str {
    if word.is_ascii() && word.len() <= 80 { word } else { "that" }
}
