//! One exchange, message by message. Messages here are what SASL means by them, before base64.
//!
//! | file | mechanisms |
//! |---|---|
//! | `simple` | PLAIN, EXTERNAL, ANONYMOUS: the client says all at once |
//! | `login` | LOGIN |
//! | `oauth` | OAUTHBEARER, XOAUTH2 |
//! | `cram` | CRAM-MD5, and the digest of APOP |
//! | `scram` | SCRAM-SHA-1, SCRAM-SHA-256 and their `-PLUS` |

mod cram;
mod login;
mod oauth;
mod scram;
mod simple;

#[cfg(test)]
mod tests;

use zeroize::Zeroizing;

use super::{Mechanism, SignIn};
use crate::wire::Channel;

/// Stands where a secret was.
const MASK: &str = "****";

/// A message for the server.
pub struct Message {
    /// Its octets; secret as a whole.
    pub octets: Zeroizing<Vec<u8>>,
    /// What it says, without the secret: `user name "ada", password ****`. Not sanitized.
    pub told: String,
}

/// What a challenge led to.
#[derive(Debug)]
pub struct Turn {
    /// What the challenge said, decoded. Not sanitized, and a server may quote a secret in it: look for those first.
    pub heard: String,
    /// Our answer.
    pub answer: Message,
}

/// Why an exchange cannot go on: the server's message does not fit, or it could not prove who it is. Cancel it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Misfit {
    /// In words; **not sanitized**.
    pub why: String,
    /// The server said in words of the mechanism that the token is expired or wrong.
    pub stale_token: bool,
}

/// One exchange of one mechanism, client side.
pub struct Exchange {
    steps: Box<dyn Steps + Send + Sync>,
    /// The first message, until it is taken.
    initial: Option<Message>,
    /// Why the server refuses, in its own words of the mechanism.
    refusal: Option<Misfit>,
}

/// What a mechanism does behind its first message.
trait Steps {
    /// Answers a challenge.
    fn answer(&mut self, challenge: &[u8]) -> Result<Step, Misfit>;

    /// Why the server's word that we are in cannot be believed.
    fn unproven(&self) -> Option<&'static str> {
        None
    }
}

/// What a challenge meant.
enum Step {
    Turn(Turn),
    /// The server says why it refuses, and wants the answer all the same.
    Refusal(Turn, Misfit),
}

impl Exchange {
    /// Begins. Fails when user name or secret cannot be said in the mechanism (controls, NUL, `SASLprep`), or when it is
    /// none of SASL. `channel`: the TLS line, if there is one; `plus_offered`: the server offers a `-PLUS` form of it.
    pub fn new(
        mechanism: Mechanism,
        sign_in: &SignIn,
        channel: Option<&Channel>,
        plus_offered: bool,
    ) -> Result<Self, Misfit> {
        let (steps, initial): (Box<dyn Steps + Send + Sync>, _) = match mechanism {
            Mechanism::Plain => (Box::new(simple::AllSaid), Some(simple::plain(sign_in)?)),
            Mechanism::External => (Box::new(simple::AllSaid), Some(simple::external(sign_in)?)),
            Mechanism::Anonymous => (Box::new(simple::AllSaid), Some(simple::anonymous(sign_in)?)),
            Mechanism::Login => (Box::new(login::Login::new(sign_in)?), None),
            Mechanism::CramMd5 => (Box::new(cram::Cram::new(sign_in)?), None),
            Mechanism::OAuthBearer => (Box::new(oauth::Bearer::new(b"\x01")), Some(oauth::oauthbearer(sign_in)?)),
            Mechanism::XOAuth2 => (Box::new(oauth::Bearer::new(b"")), Some(oauth::xoauth2(sign_in)?)),
            Mechanism::ScramSha1 | Mechanism::ScramSha256 | Mechanism::ScramSha1Plus | Mechanism::ScramSha256Plus => {
                let (scram, first) = scram::Scram::begin(mechanism, sign_in, channel, plus_offered)?;
                (Box::new(scram), Some(first))
            }
            Mechanism::UserPass | Mechanism::Apop => {
                return Err(Misfit::new(format!("{mechanism} is no SASL mechanism")));
            }
        };
        Ok(Self { steps, initial, refusal: None })
    }

    /// The first message, if the client speaks first in this mechanism. To be asked for once; when it is not asked for,
    /// it is the answer to the first challenge.
    pub fn initial(&mut self) -> Option<Message> {
        self.initial.take()
    }

    /// Answers a decoded challenge.
    pub fn answer(&mut self, challenge: &[u8]) -> Result<Turn, Misfit> {
        if let Some(answer) = self.initial.take() {
            return Ok(Turn { heard: invitation(challenge), answer });
        }
        match self.steps.answer(challenge)? {
            Step::Turn(turn) => Ok(turn),
            Step::Refusal(turn, refusal) => {
                self.refusal = Some(refusal);
                Ok(turn)
            }
        }
    }

    /// What the server gave as the reason in a challenge, when its refusal is still to come (RFC 7628 3.2.3).
    pub fn refusal(&self) -> Option<&Misfit> {
        self.refusal.as_ref()
    }

    /// The server says that we are in. Fails when the mechanism wants a proof of the server that did not come.
    pub fn finish(&mut self) -> Result<(), Misfit> {
        if let Some(refusal) = &self.refusal {
            return Err(refusal.clone());
        }
        match self.steps.unproven() {
            None => Ok(()),
            Some(why) => Err(Misfit::new(why)),
        }
    }
}

pub use cram::apop_digest;

/// Base64 as SASL wants it on a line.
pub fn encode(octets: &[u8]) -> Zeroizing<Vec<u8>> {
    use base64::Engine as _;
    Zeroizing::new(base64::engine::general_purpose::STANDARD.encode(octets).into_bytes())
}

/// The octets of a challenge; `None` when it is no base64.
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text.trim_ascii()).ok()
}

/// What stands in a challenge that only says that it is our turn.
fn invitation(challenge: &[u8]) -> String {
    match challenge {
        [] => "go on".to_owned(),
        said => format!("go on: {:?}", String::from_utf8_lossy(said)),
    }
}

/// `text`, if it can be said: `NUL` parts the fields of most mechanisms.
fn without_nul<'a>(what: &str, text: &'a str) -> Result<&'a str, Misfit> {
    if text.contains('\0') {
        return Err(Misfit::new(format!("{what} holds a NUL, which this mechanism cannot say")));
    }
    Ok(text)
}

/// As [`without_nul`], and not empty.
fn something<'a>(what: &str, text: &'a str) -> Result<&'a str, Misfit> {
    if text.is_empty() {
        return Err(Misfit::new(format!("{what} is empty, which this mechanism cannot say")));
    }
    without_nul(what, text)
}

/// `acts as "bob", `, or nothing.
fn acting(sign_in: &SignIn) -> String {
    sign_in.authorization.as_deref().map_or_else(String::new, |whom| format!("acts as \"{whom}\", "))
}

impl Message {
    /// It holds a secret, and not only names and numbers.
    pub fn holds_a_secret(&self) -> bool {
        self.told.contains(MASK)
    }

    fn new(octets: impl Into<Vec<u8>>, told: impl Into<String>) -> Self {
        Self { octets: Zeroizing::new(octets.into()), told: told.into() }
    }
}

impl Misfit {
    fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), stale_token: false }
    }
}

impl std::fmt::Debug for Exchange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Exchange")
    }
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Message({})", self.told)
    }
}
