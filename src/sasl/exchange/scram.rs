//! SCRAM (RFC 5802, RFC 7677): either side proves that it knows the password, or what is derived from it, without saying
//! it; the `-PLUS` forms tie that to the TLS line.
//!
//! | file | duty |
//! |---|---|
//! | `binding` | the gs2 header and the channel binding |
//! | `server` | the server's two messages, taken apart |
//! | `proof` | the arithmetic |

mod binding;
mod proof;
mod server;

use zeroize::Zeroizing;

use super::{MASK, Message, Misfit, Step, Steps, Turn, acting, encode};
use crate::sasl::{Mechanism, SignIn};
use crate::wire::{Channel, Secret};
use binding::Binding;
use proof::{Hash, Signatures};
use server::{First, Last};

/// Fewer are said to be few (RFC 7677 4).
const FEW: u32 = 4096;

/// The client's side.
pub(super) struct Scram {
    hash: Hash,
    password: Secret,
    binding: Binding,
    nonce: String,
    /// The first message without its gs2 header.
    bare: String,
    stage: Stage,
}

enum Stage {
    /// The first message is on its way.
    First,
    /// Our proof is on its way; the server's is to be this.
    Proof(Zeroizing<Vec<u8>>),
    /// The server has proved itself.
    Proved,
    /// It went wrong.
    Over,
}

impl Scram {
    pub(super) fn begin(
        mechanism: Mechanism,
        sign_in: &SignIn,
        channel: Option<&Channel>,
        plus_offered: bool,
    ) -> Result<(Self, Message), Misfit> {
        let hash = Hash::of(mechanism);
        let user = prepared("the user name", &sign_in.user)?;
        let password = Secret::new(prepared("the password", sign_in.secret.expose())?.as_str());
        let whom = sign_in.authorization.as_deref().map(|whom| prepared("the name to act as", whom)).transpose()?;
        let binding = Binding::new(mechanism, channel, plus_offered, whom.as_deref().map(String::as_str))?;
        let nonce = sign_in.nonce.clone();
        if nonce.is_empty() || !nonce.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',') {
            return Err(Misfit::new("the nonce is empty, or has a comma or something unprintable in it"));
        }
        let bare = format!("n={},r={nonce}", escaped(&user));
        let told = format!("{}user name \"{}\", nonce {nonce}, {}", acting(sign_in), *user, binding.told());
        let first = Message::new(format!("{}{bare}", binding.header()), told);
        Ok((Self { hash, password, binding, nonce, bare, stage: Stage::First }, first))
    }

    /// Proves that we know the password.
    fn prove(&mut self, challenge: &[u8]) -> Result<Turn, Misfit> {
        let first = First::read(challenge, &self.nonce)?;
        let bound = String::from_utf8_lossy(&encode(&self.binding.octets())).into_owned();
        let without_proof = format!("c={bound},r={}", first.nonce);
        let message = format!("{},{},{without_proof}", self.bare, first.text);
        let password = self.password.expose().as_bytes();
        let signatures = Signatures::new(self.hash, password, &first.salt, first.iterations, message.as_bytes());
        let proof = encode(&signatures.client);
        let octets = Zeroizing::new([without_proof.as_bytes(), b",p=", &proof].concat());
        let told = format!("{}, nonce {}, proof {MASK}", self.binding.told(), first.nonce);
        self.stage = Stage::Proof(signatures.server);
        Ok(Turn { heard: first.told(), answer: Message { octets, told } })
    }

    /// Holds the server's proof against what it must be.
    fn check(&mut self, expected: &[u8], challenge: &[u8]) -> Result<Turn, Misfit> {
        use subtle::ConstantTimeEq as _;
        match Last::read(challenge)? {
            Last::Refused(error) => Err(Misfit::new(format!("the server refuses: {error}"))),
            Last::Proof(proof) if bool::from(proof.ct_eq(expected)) => {
                self.stage = Stage::Proved;
                let heard = format!("the server's proof {MASK}: it knows the password too");
                Ok(Turn { heard, answer: Message::new("", "") })
            }
            Last::Proof(_) => Err(Misfit::new(
                "the server's proof is wrong: it does not know the password, so it may be another than it says",
            )),
        }
    }
}

impl Steps for Scram {
    fn answer(&mut self, challenge: &[u8]) -> Result<Step, Misfit> {
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::First => self.prove(challenge),
            Stage::Proof(expected) => self.check(&expected, challenge),
            Stage::Proved | Stage::Over => Err(Misfit::new("the server asks on, though everything was said")),
        }
        .map(Step::Turn)
    }

    fn unproven(&self) -> Option<&'static str> {
        match self.stage {
            Stage::Proved => None,
            _ => Some("the server says that we are in, and has not proved that it knows the password"),
        }
    }
}

/// `text` by `SASLprep` (RFC 4013). The reason quotes nothing of it, as it may be the password.
fn prepared(what: &str, text: &str) -> Result<Zeroizing<String>, Misfit> {
    let prepared = stringprep::saslprep(text).map(|text| Zeroizing::new(text.into_owned()));
    match prepared {
        Ok(text) if !text.is_empty() && !text.contains('\0') => Ok(text),
        Ok(_) => Err(Misfit::new(format!("{what} is empty for SASLprep, so SCRAM cannot say it"))),
        Err(_) => {
            Err(Misfit::new(format!("{what} has characters that SASLprep forbids (RFC 4013), so SCRAM cannot say it")))
        }
    }
}

/// A `saslname` (RFC 5802 5.1).
pub(super) fn escaped(name: &str) -> String {
    name.replace('=', "=3D").replace(',', "=2C")
}
