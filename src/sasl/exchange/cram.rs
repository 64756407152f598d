//! CRAM-MD5 (RFC 2195) and the digest of APOP (RFC 1939 7): keyed MD5, obsolete both.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use zeroize::Zeroizing;

use super::{MASK, Message, Misfit, Step, Steps, Turn, something, without_nul};
use crate::sasl::SignIn;
use crate::wire::Secret;

pub(super) struct Cram {
    user: String,
    /// Until it was used: one challenge is answered.
    password: Option<Secret>,
}

impl Cram {
    pub(super) fn new(sign_in: &SignIn) -> Result<Self, Misfit> {
        let user = something("the user name", &sign_in.user)?.to_owned();
        without_nul("the password", sign_in.secret.expose())?;
        Ok(Self { user, password: Some(sign_in.secret.clone()) })
    }
}

impl Steps for Cram {
    fn answer(&mut self, challenge: &[u8]) -> Result<Step, Misfit> {
        let password = self.password.take().ok_or_else(|| Misfit::new("the server challenges a second time"))?;
        if challenge.is_empty() {
            return Err(Misfit::new("the challenge is empty: its digest would serve for ever"));
        }
        let key = password.expose().as_bytes();
        let mut mac = Hmac::<Md5>::new_from_slice(key).expect("HMAC takes keys of any length");
        mac.update(challenge);
        let digest = hexadecimal(&mac.finalize().into_bytes());
        let octets = Zeroizing::new([self.user.as_str(), " ", &digest].concat().into_bytes());
        let answer = Message { octets, told: format!("user name \"{}\", digest {MASK}", self.user) };
        let heard = format!("challenge \"{}\"", String::from_utf8_lossy(challenge));
        Ok(Step::Turn(Turn { heard, answer }))
    }
}

/// APOP's digest (RFC 1939 7): lower-case hexadecimal MD5 over `stamp` and password.
pub fn apop_digest(stamp: &str, sign_in: &SignIn) -> Zeroizing<String> {
    let mut hash = Md5::new();
    hash.update(stamp.as_bytes());
    hash.update(sign_in.secret.expose().as_bytes());
    hexadecimal(&hash.finalize())
}

fn hexadecimal(octets: &[u8]) -> Zeroizing<String> {
    // Room from the start, so that no copy of a part is left behind.
    let mut text = Zeroizing::new(String::with_capacity(octets.len() * 2));
    for octet in octets {
        write!(text, "{octet:02x}").expect("a string takes all that is written to it");
    }
    text
}
