//! Bearer tokens: OAUTHBEARER (RFC 7628), and XOAUTH2, which Google and Microsoft had before it.
//!
//! A refusal comes in two steps: a challenge with JSON that says why, which is to be answered, and then the refusal of
//! the protocol.

use serde_json::Value;
use zeroize::Zeroizing;

use super::scram::escaped;
use super::{MASK, Message, Misfit, Step, Steps, Turn, something};
use crate::sasl::SignIn;

/// Awaits the server's error.
pub(super) struct Bearer {
    /// What the error is answered with.
    acknowledgement: &'static [u8],
    refused: bool,
}

impl Bearer {
    pub(super) fn new(acknowledgement: &'static [u8]) -> Self {
        Self { acknowledgement, refused: false }
    }
}

impl Steps for Bearer {
    fn answer(&mut self, challenge: &[u8]) -> Result<Step, Misfit> {
        if std::mem::replace(&mut self.refused, true) {
            return Err(Misfit::new("the server asks on, though everything was said"));
        }
        let refusal = refusal(challenge);
        let answer = Message::new(self.acknowledgement, "error understood");
        Ok(Step::Refusal(Turn { heard: refusal.why.clone(), answer }, refusal))
    }
}

/// The server's error (RFC 7628 3.2.2), for the eye.
fn refusal(challenge: &[u8]) -> Misfit {
    let Ok(Value::Object(fields)) = serde_json::from_slice(challenge) else {
        return Misfit::new(format!("an error that is no JSON: \"{}\"", String::from_utf8_lossy(challenge)));
    };
    let said: Vec<String> = fields.iter().map(|(name, value)| format!("{name} {}", bare(value))).collect();
    let status = fields.get("status").map(bare).unwrap_or_default();
    let stale_token = ["400", "401", "invalid_token"].iter().any(|stale| status.eq_ignore_ascii_case(stale));
    Misfit { why: format!("error: {}", said.join(", ")), stale_token }
}

fn bare(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

pub(super) fn oauthbearer(sign_in: &SignIn) -> Result<Message, Misfit> {
    let token = token(sign_in)?;
    let user = user(sign_in)?;
    let (host, port) = &sign_in.server;
    let host = printable("the host name", host)?;
    let whom = if user.is_empty() { String::new() } else { format!("a={}", escaped(user)) };
    let place = if host.is_empty() { String::new() } else { format!("host={host}\x01port={port}\x01") };
    let octets = [&format!("n,{whom},\x01{place}auth=Bearer "), token, "\x01\x01"].concat();
    let place = if host.is_empty() { String::new() } else { format!(", for {host} port {port}") };
    Ok(Message {
        octets: Zeroizing::new(octets.into_bytes()),
        told: format!("user name \"{user}\"{place}, token {MASK}"),
    })
}

pub(super) fn xoauth2(sign_in: &SignIn) -> Result<Message, Misfit> {
    let token = token(sign_in)?;
    let user = something("the user name", user(sign_in)?)?;
    let octets = ["user=", user, "\x01auth=Bearer ", token, "\x01\x01"].concat();
    Ok(Message { octets: Zeroizing::new(octets.into_bytes()), told: format!("user name \"{user}\", token {MASK}") })
}

/// Whose mailbox it is: both mechanisms have one name only.
fn user(sign_in: &SignIn) -> Result<&str, Misfit> {
    printable("the user name", sign_in.authorization.as_deref().unwrap_or(&sign_in.user))
}

fn token(sign_in: &SignIn) -> Result<&str, Misfit> {
    let token = something("the token", sign_in.secret.expose())?;
    if token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(token);
    }
    Err(Misfit::new(
        "the token holds blanks, controls or letters beyond ASCII, so it is no bearer token (RFC 6750 2.1)",
    ))
}

/// The fields are parted by U+0001, so no control may stand in one.
fn printable<'a>(what: &str, text: &'a str) -> Result<&'a str, Misfit> {
    if text.chars().any(char::is_control) {
        return Err(Misfit::new(format!("{what} holds a control character, which this mechanism cannot say")));
    }
    Ok(text)
}
