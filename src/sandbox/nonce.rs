//! Numbers that are used once: the stamps of APOP and CRAM-MD5, the nonces and salts of SCRAM.
//!
//! Under a clock that stands still they are the same in every run, as pictures need it.

use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};

use super::clock::Clock;

/// Where they come from.
pub struct Nonces {
    seed: [u8; 32],
    count: AtomicU64,
}

impl Nonces {
    /// Random ones, unless `clock` stands still.
    pub fn new(clock: Clock) -> Self {
        let seed = match clock {
            Clock::System => rand::random(),
            Clock::Fixed(_) => Sha256::digest(clock.run().to_be_bytes()).into(),
        };
        Self { seed, count: AtomicU64::new(0) }
    }

    /// 24 characters of hexadecimal, never given before.
    pub fn fresh(&self) -> String {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let octets = self.derive(&[b"nonce", &number.to_be_bytes()]);
        hexadecimal(&octets[..12])
    }

    /// The salt of `user`: the same in each of the user's sign-ins, whether such a user exists or not.
    pub fn salt(&self, user: &str) -> [u8; 16] {
        let octets = self.derive(&[b"salt", user.to_ascii_lowercase().as_bytes()]);
        octets[..16].try_into().expect("SHA-256 is longer")
    }

    fn derive(&self, parts: &[&[u8]]) -> [u8; 32] {
        let start = Sha256::new().chain_update(self.seed);
        parts.iter().fold(start, Digest::chain_update).finalize().into()
    }
}

/// Lower-case hexadecimal.
pub fn hexadecimal(octets: &[u8]) -> String {
    let halves = octets.iter().flat_map(|octet| [octet >> 4, octet & 15]);
    halves.map(|half| char::from_digit(half.into(), 16).expect("half an octet is below 16")).collect()
}

impl std::fmt::Debug for Nonces {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Nonces")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_comes_twice_and_only_a_fixed_clock_repeats_itself() {
        let fixed = || Nonces::new(Clock::Fixed("2026-11-22T11:42:07Z".parse().unwrap()));
        let (one, same, other) = (fixed(), fixed(), Nonces::new(Clock::System));
        let first = one.fresh();
        assert_eq!((first.len(), &first), (24, &same.fresh()));
        assert!(one.fresh() != first && other.fresh() != first);
        assert_eq!(one.salt("Ada"), same.salt("ada"));
        assert!(one.salt("ada") != one.salt("bob") && one.salt("ada") != other.salt("ada"));
    }
}
