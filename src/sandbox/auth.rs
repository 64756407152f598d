//! Signing in with SASL, server side: which mechanisms a line offers, and one exchange of one mechanism (RFC 4422).
//!
//! How a challenge travels (`334 `, `+ `) and what a refusal is called is the sessions' business; the base64 is done here.
//! A refusal never tells a wrong user name from a wrong secret.

mod message;

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;

use super::fault::Fault;
use super::nonce::hexadecimal;
use super::scram::{self, Binding, Fail, First, Hash, Last};
use super::{Site, TOKEN};
use crate::sasl::Mechanism;
use crate::wire::{Channel, Side};

/// Most octets of a line of an exchange, line end included (RFC 4954 4).
pub const LINE: usize = 12_288;
/// Most characters said back under [`Fault::AuthEcho`].
const QUOTE: usize = 400;
/// Safe where others can listen: no secret goes over the line.
const IN_CLEAR: [Mechanism; 3] = [Mechanism::ScramSha256, Mechanism::ScramSha1, Mechanism::CramMd5];

/// Who somebody has proved to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// The user with this index.
    User(usize),
    /// Nobody in particular (RFC 4505).
    Anonymous,
}

/// Why a sign-in is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// User name or secret is wrong.
    Wrong,
    /// Not now.
    Temporary,
    /// Wrong, and this is what was sent.
    Quoting(String),
}

/// Why an exchange does not begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// No such mechanism here.
    Unknown,
    /// Only inside TLS.
    NeedsTls,
}

/// What an exchange says next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A challenge, in base64.
    Challenge(String),
    /// Signed in.
    Accepted(Identity),
    /// Not signed in.
    Refused(Refusal),
    /// The message cannot be read; why.
    Unreadable(&'static str),
    /// The client gave up.
    Cancelled,
}

/// What is announced on a line, the strongest first. `tls`: it is encrypted.
pub fn offered(site: &Site, tls: bool, side: Side) -> Vec<Mechanism> {
    if !tls {
        return IN_CLEAR.to_vec();
    }
    if site.has(Fault::CapsChange) {
        return vec![Mechanism::Plain];
    }
    let fits =
        |mechanism: &Mechanism| mechanism.is_sasl() && (side == Side::Smtp || *mechanism != Mechanism::Anonymous);
    Mechanism::ALL.into_iter().filter(fits).collect()
}

/// The names of what is announced, one space between.
pub fn names(site: &Site, tls: bool, side: Side) -> String {
    offered(site, tls, side).into_iter().map(Mechanism::name).collect::<Vec<_>>().join(" ")
}

/// What becomes of a sign-in that `found` somebody, or nobody; the faults have the last word. `sent`: what the client
/// sent, fit to be said back.
pub fn verdict(site: &Site, found: Option<Identity>, sent: &str) -> Result<Identity, Refusal> {
    if site.has(Fault::Auth454) {
        Err(Refusal::Temporary)
    } else if site.has(Fault::Auth535) {
        Err(Refusal::Wrong)
    } else if site.has(Fault::AuthEcho) {
        Err(Refusal::Quoting(fit_to_say(sent)))
    } else {
        found.ok_or(Refusal::Wrong)
    }
}

fn fit_to_say(text: &str) -> String {
    let plain = |character: char| if character.is_control() { ' ' } else { character };
    text.chars().take(QUOTE).map(plain).collect()
}

/// One exchange.
pub struct Exchange {
    site: Arc<Site>,
    channel: Option<Channel>,
    side: Side,
    mechanism: Mechanism,
    state: State,
    /// All that the client said, for [`Fault::AuthEcho`].
    sent: String,
}

/// What is waited for.
enum State {
    /// The client's first message.
    First,
    /// LOGIN: the password of this user.
    Password(String),
    /// CRAM-MD5: the digest over this.
    Digest(String),
    /// SCRAM: the proof, for this user if there is one.
    Proof(Box<Last>, Option<Identity>),
    /// SCRAM: the empty answer to our own proof.
    Proved(Identity),
    /// A bearer token was wrong: the answer to the error (RFC 7628 3.2.3).
    Dismissed,
}

/// What a message led to.
enum Next {
    Challenge(Vec<u8>, State),
    End(Option<Identity>),
}

impl Exchange {
    /// Begins an exchange of the mechanism called `name`, in any letter case. `channel`: the TLS line, if there is one.
    pub fn new(site: &Arc<Site>, channel: Option<&Channel>, side: Side, name: &str) -> Result<Self, Denied> {
        let mechanism: Mechanism = name.parse().map_err(|_| Denied::Unknown)?;
        if !offered(site, channel.is_some(), side).contains(&mechanism) {
            let with_tls = channel.is_none() && offered(site, true, side).contains(&mechanism);
            return Err(if with_tls { Denied::NeedsTls } else { Denied::Unknown });
        }
        let (site, channel) = (Arc::clone(site), channel.cloned());
        Ok(Self { site, channel, side, mechanism, state: State::First, sent: String::new() })
    }

    /// The first step. `initial`: what came along with AUTH, `=` when it is empty.
    pub fn start(&mut self, initial: Option<&str>) -> Step {
        match initial {
            None => Step::Challenge(STANDARD.encode(self.opening())),
            Some(_) if self.mechanism == Mechanism::CramMd5 => {
                Step::Unreadable("the server begins CRAM-MD5, nothing goes along with AUTH")
            }
            Some("=") => self.take(b""),
            Some(text) => self.read(text.as_bytes()),
        }
    }

    /// The step after the client's next line.
    pub fn answer(&mut self, line: &[u8]) -> Step {
        if line.trim_ascii() == b"*" { Step::Cancelled } else { self.read(line) }
    }

    /// What the server says when nothing came along with AUTH.
    fn opening(&mut self) -> Vec<u8> {
        match self.mechanism {
            Mechanism::Login => b"Username:".to_vec(),
            Mechanism::CramMd5 => {
                let challenge = format!("<{}@{}>", self.site.nonces.fresh(), self.site.accounts.domain());
                self.state = State::Digest(challenge.clone());
                challenge.into_bytes()
            }
            _ => Vec::new(),
        }
    }

    fn read(&mut self, line: &[u8]) -> Step {
        let line = line.trim_ascii();
        let Ok(message) = STANDARD.decode(line) else {
            return Step::Unreadable("that is no base64");
        };
        if self.site.has(Fault::AuthEcho) {
            let (raw, decoded) = (String::from_utf8_lossy(line), String::from_utf8_lossy(&message));
            self.sent = format!("{}{raw} ({decoded}) ", self.sent);
        }
        self.take(&message)
    }

    fn take(&mut self, message: &[u8]) -> Step {
        if self.site.has(Fault::AuthEndless) {
            return Step::Challenge(STANDARD.encode("and then?"));
        }
        match self.advance(message) {
            Ok(Next::Challenge(challenge, state)) => {
                self.state = state;
                Step::Challenge(STANDARD.encode(challenge))
            }
            Ok(Next::End(found)) => self.end(found),
            Err(Fail::Wrong) => self.end(None),
            Err(Fail::Malformed) => Step::Unreadable("that is no message of this mechanism"),
        }
    }

    fn end(&self, found: Option<Identity>) -> Step {
        match verdict(&self.site, found, self.sent.trim_end()) {
            Ok(identity) => Step::Accepted(identity),
            Err(refusal) => Step::Refused(refusal),
        }
    }

    fn advance(&mut self, message: &[u8]) -> Result<Next, Fail> {
        match std::mem::replace(&mut self.state, State::First) {
            State::First => self.first(message),
            State::Password(user) => {
                let password = self.site.accounts.password(&user);
                let right = password.is_some_and(|password| password.as_bytes() == message);
                Ok(Next::End(self.user(&user, "").filter(|_| right)))
            }
            State::Digest(challenge) => self.digest(&challenge, message),
            State::Proof(last, identity) => {
                let proof = last.check(message)?;
                let identity = identity.ok_or(Fail::Wrong)?;
                Ok(Next::Challenge(proof.into_bytes(), State::Proved(identity)))
            }
            State::Proved(identity) if message.is_empty() => Ok(Next::End(Some(identity))),
            State::Proved(_) => Err(Fail::Malformed),
            State::Dismissed => Ok(Next::End(None)),
        }
    }

    /// The client's first message.
    fn first(&self, message: &[u8]) -> Result<Next, Fail> {
        match self.mechanism {
            Mechanism::ScramSha256Plus | Mechanism::ScramSha256 => self.scram(Hash::Sha256, message),
            Mechanism::ScramSha1Plus | Mechanism::ScramSha1 => self.scram(Hash::Sha1, message),
            Mechanism::Plain => {
                let [authorization, user, password] = message::plain(message).ok_or(Fail::Malformed)?;
                let right = self.site.accounts.password(user) == Some(password);
                Ok(Next::End(self.user(user, authorization).filter(|_| right)))
            }
            Mechanism::Login => {
                let user = message::name(message).ok_or(Fail::Malformed)?;
                Ok(Next::Challenge(b"Password:".to_vec(), State::Password(user.to_owned())))
            }
            Mechanism::XOAuth2 => Ok(self.token(message::xoauth2(message).ok_or(Fail::Malformed)?)),
            Mechanism::OAuthBearer => Ok(self.token(message::oauth_bearer(message).ok_or(Fail::Malformed)?)),
            Mechanism::External => {
                let name = std::str::from_utf8(message).map_err(|_| Fail::Malformed)?;
                Ok(Next::End(self.user(name, "")))
            }
            Mechanism::Anonymous => {
                let trace = std::str::from_utf8(message).map_err(|_| Fail::Malformed)?;
                if trace.chars().count() > 255 {
                    Err(Fail::Malformed)
                } else {
                    Ok(Next::End(Some(Identity::Anonymous)))
                }
            }
            // CRAM-MD5 waits for a digest from its beginning, and the two of POP3 are no SASL.
            Mechanism::CramMd5 | Mechanism::UserPass | Mechanism::Apop => Err(Fail::Malformed),
        }
    }

    fn scram(&self, hash: Hash, message: &[u8]) -> Result<Next, Fail> {
        let announced = offered(&self.site, self.channel.is_some(), self.side);
        let binding = Binding {
            wanted: self.mechanism.binds_the_channel(),
            announced: announced.into_iter().any(Mechanism::binds_the_channel),
            channel: self.channel.as_ref(),
        };
        let first = First::read(hash, message, binding)?;
        let identity = self.user(&first.user, &first.authorization);
        let nobodys = self.site.nonces.fresh();
        let password = self.site.accounts.password(&first.user).unwrap_or(&nobodys);
        let salt = self.site.nonces.salt(&first.user);
        let (challenge, last) = first.challenge(password, &salt, &self.site.nonces.fresh());
        Ok(Next::Challenge(challenge.into_bytes(), State::Proof(Box::new(last), identity)))
    }

    fn digest(&self, challenge: &str, message: &[u8]) -> Result<Next, Fail> {
        let message = std::str::from_utf8(message).map_err(|_| Fail::Malformed)?;
        let (user, digest) = message.rsplit_once(' ').ok_or(Fail::Malformed)?;
        let password = self.site.accounts.password(user).unwrap_or_default();
        let expected = hexadecimal(&scram::mac::<Md5>(password.as_bytes(), challenge.as_bytes()));
        Ok(Next::End(self.user(user, "").filter(|_| digest == expected)))
    }

    fn token(&self, bearer: message::Bearer<'_>) -> Next {
        match self.user(bearer.user, "") {
            Some(identity) if bearer.token == TOKEN => Next::End(Some(identity)),
            _ => {
                let status = if self.mechanism == Mechanism::XOAuth2 { "401" } else { "invalid_token" };
                let error = format!(r#"{{"status":"{status}","schemes":"bearer","scope":"mail"}}"#);
                Next::Challenge(error.into_bytes(), State::Dismissed)
            }
        }
    }

    /// The user called `name`, if `authorization` names nobody else.
    fn user(&self, name: &str, authorization: &str) -> Option<Identity> {
        let accounts = &self.site.accounts;
        let index = accounts.mailbox(name)?;
        let same = authorization.is_empty() || accounts.mailbox(authorization) == Some(index);
        same.then_some(Identity::User(index))
    }
}

impl std::fmt::Debug for Exchange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Exchange({})", self.mechanism)
    }
}

#[cfg(test)]
mod tests;
