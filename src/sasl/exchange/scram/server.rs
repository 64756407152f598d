//! The server's two messages, taken apart (RFC 5802 5.1 and 7). Nothing in them is believed before it is checked.

use super::{FEW, Misfit};
use crate::sasl::exchange::decode;

/// More would only keep us busy, and with us the line: so many take 60 to 250 ms, with and without the processor's help.
const MOST_ITERATIONS: u32 = 500_000;

/// Nonce, salt, iterations.
#[derive(Debug)]
pub(super) struct First<'a> {
    pub(super) text: &'a str,
    pub(super) nonce: &'a str,
    pub(super) salt: Vec<u8>,
    pub(super) iterations: u32,
}

/// The proof, or why there is none.
#[derive(Debug)]
pub(super) enum Last {
    Proof(Vec<u8>),
    Refused(String),
}

impl<'a> First<'a> {
    /// `ours`: the nonce that the server's must go on from.
    pub(super) fn read(challenge: &'a [u8], ours: &str) -> Result<Self, Misfit> {
        let text = text(challenge)?;
        let mut fields = text.split(',');
        let mut next = |name: &str| field(fields.next().unwrap_or_default(), name);
        let nonce = next("r=")?;
        let salt = decode(next("s=")?.as_bytes()).filter(|salt| !salt.is_empty());
        let salt = salt.ok_or_else(|| Misfit::new("the salt is empty or no base64"))?;
        let iterations = iterations(next("i=")?)?;
        if !nonce.starts_with(ours) || nonce.len() == ours.len() || !nonce.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Misfit::new(
                "the server's nonce does not go on from ours: the answer may be to another sign-in",
            ));
        }
        Ok(Self { text, nonce, salt, iterations })
    }

    pub(super) fn told(&self) -> String {
        let few = if self.iterations < FEW { ", which are few: at least 4096 are due" } else { "" };
        format!("nonce {}, salt {} octets, {} iterations{few}", self.nonce, self.salt.len(), self.iterations)
    }
}

impl Last {
    pub(super) fn read(challenge: &[u8]) -> Result<Self, Misfit> {
        let first = text(challenge)?.split(',').next().unwrap_or_default();
        if let Some(error) = first.strip_prefix("e=") {
            return Ok(Self::Refused(error.to_owned()));
        }
        let proof = decode(field(first, "v=")?.as_bytes());
        proof.map(Self::Proof).ok_or_else(|| Misfit::new("the server's proof is no base64"))
    }
}

fn text(challenge: &[u8]) -> Result<&str, Misfit> {
    std::str::from_utf8(challenge).map_err(|_| Misfit::new("the server's message is no UTF-8"))
}

fn field<'a>(field: &'a str, name: &str) -> Result<&'a str, Misfit> {
    if let Some(value) = field.strip_prefix(name) {
        return Ok(value);
    }
    Err(Misfit::new(match field.split_at_checked(2) {
        Some(("m=", _)) => "the server asks for an extension that is not known here".to_owned(),
        Some(("e=", error)) => format!("the server refuses: {error}"),
        _ => format!("{name} is missing in the server's message"),
    }))
}

fn iterations(digits: &str) -> Result<u32, Misfit> {
    let number = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten();
    match number {
        Some(number @ 1..=MOST_ITERATIONS) => Ok(number),
        _ => Err(Misfit::new(format!("{digits:?} iterations: between 1 and {MOST_ITERATIONS} are believed"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_refused() {
        for (challenge, why) in [
            ("", "r= is missing"),
            ("s=QQ==,r=abcX,i=1", "r= is missing"),
            ("m=x,r=abcX,s=QQ==,i=1", "extension"),
            ("e=other-error", "refuses: other-error"),
            ("r=abcX,s=,i=1", "the salt"),
            ("r=abcX,s=!,i=1", "the salt"),
            ("r=abcX,s=QQ==", "i= is missing"),
            ("r=abcX,s=QQ==,i=0", "iterations"),
            ("r=abcX,s=QQ==,i=+5", "iterations"),
            ("r=abcX,s=QQ==,i=", "iterations"),
            ("r=abcX,s=QQ==,i=500001", "iterations"),
            ("r=abcX,s=QQ==,i=99999999999", "iterations"),
            ("r=abc,s=QQ==,i=1", "nonce"),
            ("r=abX,s=QQ==,i=1", "nonce"),
            ("r=xabcX,s=QQ==,i=1", "nonce"),
            ("r=abc\u{e4},s=QQ==,i=1", "nonce"),
        ] {
            let misfit = First::read(challenge.as_bytes(), "abc").unwrap_err();
            assert!(misfit.why.contains(why), "{challenge}: {}", misfit.why);
        }
        assert!(First::read(b"r=abcX\xff", "abc").unwrap_err().why.contains("UTF-8"));
    }

    #[test]
    fn few_iterations_are_accepted_and_told() {
        let few = First::read(b"r=abcX,s=QQ==,i=4095,x=later", "abc").unwrap();
        assert_eq!(few.told(), "nonce abcX, salt 1 octets, 4095 iterations, which are few: at least 4096 are due");
        let usual = First::read(b"r=abcX,s=QQ==,i=500000", "abc").unwrap();
        assert_eq!(usual.told(), "nonce abcX, salt 1 octets, 500000 iterations");
    }

    #[test]
    fn the_last_message_is_a_proof_or_a_reason() {
        assert!(matches!(Last::read(b"v=QQ==,x=1"), Ok(Last::Proof(proof)) if proof == b"A"));
        assert!(matches!(Last::read(b"e=unknown-user"), Ok(Last::Refused(error)) if error == "unknown-user"));
        for bad in [&b""[..], b"v=!", b"x=QQ==", b"v=\xff"] {
            assert!(Last::read(bad).is_err(), "{bad:?}");
        }
    }
}
