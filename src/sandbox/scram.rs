//! The server's side of SCRAM (RFC 5802, RFC 7677), with and without channel binding. Messages here are plain, not base64.
//!
//! Nothing tells an unknown user from a wrong password: both get a salt, and both fail at the proof.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{EagerHash, Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::wire::Channel;

/// The least that RFC 5802 5.1 and RFC 7677 4 allow.
pub const ITERATIONS: u32 = 4096;

/// Which hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// RFC 5802.
    Sha1,
    /// RFC 7677.
    Sha256,
}

impl Hash {
    fn digest(self, octets: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => Sha1::digest(octets).to_vec(),
            Self::Sha256 => Sha256::digest(octets).to_vec(),
        }
    }

    fn keyed(self, key: &[u8], octets: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => mac::<Sha1>(key, octets),
            Self::Sha256 => mac::<Sha256>(key, octets),
        }
    }

    fn salted(self, password: &str, salt: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => pbkdf2::pbkdf2_hmac_array::<Sha1, 20>(password.as_bytes(), salt, ITERATIONS).to_vec(),
            Self::Sha256 => pbkdf2::pbkdf2_hmac_array::<Sha256, 32>(password.as_bytes(), salt, ITERATIONS).to_vec(),
        }
    }
}

/// HMAC of `octets`.
pub fn mac<D: EagerHash>(key: &[u8], octets: &[u8]) -> Vec<u8> {
    let mut mac = <Hmac<D> as KeyInit>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(octets);
    mac.finalize().into_bytes().to_vec()
}

/// Why a message is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fail {
    /// It does not follow the grammar.
    Malformed,
    /// It does, and something in it is wrong: the proof, the binding, a downgrade.
    Wrong,
}

/// What the line offers to SCRAM.
#[derive(Clone, Copy, Debug)]
pub struct Binding<'a> {
    /// The mechanism is a `-PLUS` one.
    pub wanted: bool,
    /// `-PLUS` is announced here: a client that says `y` has been lied to (RFC 5802 6).
    pub announced: bool,
    /// The TLS line.
    pub channel: Option<&'a Channel>,
}

/// The client's first message, and what is needed to check the last one.
pub struct First {
    /// Who signs in.
    pub user: String,
    /// Whom to act as; empty: nobody else.
    pub authorization: String,
    hash: Hash,
    bare: String,
    nonce: String,
    /// What `c=` must hold.
    bound: Vec<u8>,
}

impl First {
    /// Reads the client's first message.
    pub fn read(hash: Hash, message: &[u8], binding: Binding<'_>) -> Result<Self, Fail> {
        let text = std::str::from_utf8(message).map_err(|_| Fail::Malformed)?;
        let (flag, rest) = text.split_once(',').ok_or(Fail::Malformed)?;
        let (authorization, bare) = rest.split_once(',').ok_or(Fail::Malformed)?;
        let header = &text[..text.len() - bare.len()];
        let bound = [header.as_bytes(), bound_data(flag, binding)?].concat();
        let authorization = match authorization {
            "" => String::new(),
            name => sasl_name(name.strip_prefix("a=").ok_or(Fail::Malformed)?)?,
        };
        let mut attributes = bare.split(',');
        // `m=` in front of the name is an extension that must be understood, and none is.
        let user = attributes.next().and_then(|name| name.strip_prefix("n=")).ok_or(Fail::Malformed)?;
        let nonce = attributes.next().and_then(|nonce| nonce.strip_prefix("r=")).ok_or(Fail::Malformed)?;
        if nonce.is_empty() || !nonce.bytes().all(|octet| octet.is_ascii_graphic()) {
            return Err(Fail::Malformed);
        }
        let (user, nonce) = (sasl_name(user)?, nonce.to_owned());
        Ok(Self { user, authorization, hash, bare: bare.to_owned(), nonce, bound })
    }

    /// Our first message, and what waits for the client's last one. `password`: the user's, or one that nobody has.
    pub fn challenge(self, password: &str, salt: &[u8], nonce: &str) -> (String, Last) {
        let nonce = format!("{}{nonce}", self.nonce);
        let message = format!("r={nonce},s={},i={ITERATIONS}", STANDARD.encode(salt));
        let salted = self.hash.salted(password, salt);
        let known = format!("{},{message},", self.bare);
        (message, Last { hash: self.hash, salted, known, nonce, bound: self.bound })
    }
}

/// What waits for the client's last message.
pub struct Last {
    hash: Hash,
    salted: Vec<u8>,
    /// The beginning of `AuthMessage`.
    known: String,
    nonce: String,
    bound: Vec<u8>,
}

impl Last {
    /// Checks the client's last message. Returns our last one, which proves that we know the password too.
    pub fn check(&self, message: &[u8]) -> Result<String, Fail> {
        let text = std::str::from_utf8(message).map_err(|_| Fail::Malformed)?;
        let (without_proof, proof) = text.rsplit_once(",p=").ok_or(Fail::Malformed)?;
        let proof = STANDARD.decode(proof).map_err(|_| Fail::Malformed)?;
        let mut attributes = without_proof.split(',');
        let bound = attributes.next().and_then(|bound| bound.strip_prefix("c=")).ok_or(Fail::Malformed)?;
        let bound = STANDARD.decode(bound).map_err(|_| Fail::Malformed)?;
        let nonce = attributes.next().and_then(|nonce| nonce.strip_prefix("r=")).ok_or(Fail::Malformed)?;
        let known = format!("{}{without_proof}", self.known);
        let right = self.is_proof(&proof, &known) & bool::from(bound.ct_eq(&self.bound));
        if !right || nonce != self.nonce {
            return Err(Fail::Wrong);
        }
        let server_key = self.hash.keyed(&self.salted, b"Server Key");
        Ok(format!("v={}", STANDARD.encode(self.hash.keyed(&server_key, known.as_bytes()))))
    }

    /// `ClientProof` XOR `ClientSignature` is the client's key, and its hash is `StoredKey` (RFC 5802 3).
    fn is_proof(&self, proof: &[u8], auth_message: &str) -> bool {
        let stored = self.hash.digest(&self.hash.keyed(&self.salted, b"Client Key"));
        let signature = self.hash.keyed(&stored, auth_message.as_bytes());
        if proof.len() != signature.len() {
            return false;
        }
        let key: Vec<u8> = proof.iter().zip(&signature).map(|(a, b)| a ^ b).collect();
        self.hash.digest(&key).ct_eq(&stored).into()
    }
}

/// What has to follow the header in `c=` (RFC 5802 6).
fn bound_data<'a>(flag: &str, binding: Binding<'a>) -> Result<&'a [u8], Fail> {
    match flag.split_once('=') {
        Some(("p", name)) if binding.wanted => {
            let channel = binding.channel.ok_or(Fail::Wrong)?;
            let data = match name {
                "tls-exporter" => channel.exporter.as_deref(),
                "tls-server-end-point" => channel.end_point.as_deref(),
                _ => None,
            };
            data.ok_or(Fail::Wrong)
        }
        Some(("p", _)) => Err(Fail::Wrong),
        None if flag == "n" || flag == "y" => {
            let downgraded = flag == "y" && binding.announced;
            if binding.wanted || downgraded { Err(Fail::Wrong) } else { Ok(&[]) }
        }
        _ => Err(Fail::Malformed),
    }
}

/// `=2C` is a comma and `=3D` an equals sign (RFC 5802 5.1).
fn sasl_name(name: &str) -> Result<String, Fail> {
    let mut parts = name.split('=');
    let mut read = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (mark, rest) = part.split_at_checked(2).ok_or(Fail::Malformed)?;
        read.push(match mark {
            "2C" => ',',
            "3D" => '=',
            _ => return Err(Fail::Malformed),
        });
        read.push_str(rest);
    }
    if read.is_empty() || read.contains('\0') { Err(Fail::Malformed) } else { Ok(read) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLEAR: Binding<'static> = Binding { wanted: false, announced: false, channel: None };

    /// The whole exchange with the server's nonce cut off the client's.
    fn last(hash: Hash, first: &str, salt: &str, server: &str) -> (String, Last) {
        let first = First::read(hash, first.as_bytes(), CLEAR).unwrap_or_else(|fail| panic!("{fail:?}"));
        assert_eq!(first.user, "user");
        first.challenge("pencil", &STANDARD.decode(salt).unwrap(), server)
    }

    #[test]
    fn the_example_of_rfc_5802() {
        let (challenge, last) =
            last(Hash::Sha1, "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL", "QSXCR+Q6sek8bf92", "3rfcNHYJY1ZVvWVs7j");
        assert_eq!(challenge, "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096");
        let answer = b"c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=";
        assert_eq!(last.check(answer).as_deref(), Ok("v=rmF9pqV8S7suAoZWja4dJRkFsKQ="));
    }

    #[test]
    fn the_example_of_rfc_7677_and_each_part_of_it_counts() {
        let (challenge, last) =
            last(Hash::Sha256, "n,,n=user,r=rOprNGfwEbeRWgbNEkqO", "W22ZaJ0SNY7soEsUEjb6gQ==", SERVER);
        assert_eq!(challenge, "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
        assert_eq!(last.check(ANSWER.as_bytes()).as_deref(), Ok("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
        for (part, other, fail) in [
            ("c=biws", "c=eSws", Fail::Wrong),
            ("k0,p", "k1,p", Fail::Wrong),
            ("p=dHz", "p=dHy", Fail::Wrong),
            ("p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", "p=", Fail::Wrong),
            ("p=d", "p=*", Fail::Malformed),
            (",p=", ",q=", Fail::Malformed),
            ("c=", "d=", Fail::Malformed),
            (",r=", ",s=", Fail::Malformed),
        ] {
            assert_eq!(last.check(ANSWER.replace(part, other).as_bytes()), Err(fail), "{part}");
        }
    }

    const SERVER: &str = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
    const ANSWER: &str = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
                          p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";

    #[test]
    fn the_first_message_is_held_against_grammar_and_line() {
        let channel = Channel { exporter: Some(vec![7; 32]), end_point: None, ..Channel::default() };
        let tls = |wanted| Binding { wanted, announced: true, channel: Some(&channel) };
        for (message, binding, result) in [
            ("n,,n=ada,r=x", CLEAR, Ok(("ada", ""))),
            ("y,,n=ada,r=x", CLEAR, Ok(("ada", ""))),
            ("n,a=bob,n=a=2Cd=3Da,r=x,ext=1", CLEAR, Ok(("a,d=a", "bob"))),
            ("p=tls-exporter,,n=ada,r=x", tls(true), Ok(("ada", ""))),
            ("p=tls-server-end-point,,n=ada,r=x", tls(true), Err(Fail::Wrong)),
            ("p=tls-unique,,n=ada,r=x", tls(true), Err(Fail::Wrong)),
            ("n,,n=ada,r=x", tls(true), Err(Fail::Wrong)),
            ("y,,n=ada,r=x", tls(false), Err(Fail::Wrong)),
            ("n,,n=ada,r=x", tls(false), Ok(("ada", ""))),
            ("p=tls-exporter,,n=ada,r=x", tls(false), Err(Fail::Wrong)),
            ("x,,n=ada,r=x", CLEAR, Err(Fail::Malformed)),
            ("n,bob,n=ada,r=x", CLEAR, Err(Fail::Malformed)),
            ("n,,m=1,n=ada,r=x", CLEAR, Err(Fail::Malformed)),
            ("n,,n=,r=x", CLEAR, Err(Fail::Malformed)),
            ("n,,n=a=2,r=x", CLEAR, Err(Fail::Malformed)),
            ("n,,n=a=2c,r=x", CLEAR, Err(Fail::Malformed)),
            ("n,,n=a=\u{e4}\u{e4},r=x", CLEAR, Err(Fail::Malformed)),
            ("n,,n=ada,r=", CLEAR, Err(Fail::Malformed)),
            ("n,,n=ada", CLEAR, Err(Fail::Malformed)),
            ("", CLEAR, Err(Fail::Malformed)),
        ] {
            let read = First::read(Hash::Sha256, message.as_bytes(), binding);
            let read = read.as_ref().map(|first| (first.user.as_str(), first.authorization.as_str()));
            assert_eq!(read, result.as_ref().map(|names| *names), "{message} {binding:?}");
        }
    }
}
