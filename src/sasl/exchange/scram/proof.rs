//! SCRAM's arithmetic (RFC 5802 3), for both hashes.

use hmac::{EagerHash, Hmac, KeyInit, Mac};
use sha1::{Digest, Sha1};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::sasl::Mechanism;

type Octets = Zeroizing<Vec<u8>>;

#[derive(Clone, Copy)]
pub(super) enum Hash {
    Sha1,
    Sha256,
}

impl Hash {
    pub(super) fn of(mechanism: Mechanism) -> Self {
        match mechanism {
            Mechanism::ScramSha1 | Mechanism::ScramSha1Plus => Self::Sha1,
            _ => Self::Sha256,
        }
    }
}

/// What either side shows the other.
pub(super) struct Signatures {
    /// `ClientProof`.
    pub(super) client: Octets,
    /// `ServerSignature`.
    pub(super) server: Octets,
}

impl Signatures {
    /// `message`: the `AuthMessage`, all that was said so far.
    pub(super) fn new(hash: Hash, password: &[u8], salt: &[u8], iterations: u32, message: &[u8]) -> Self {
        match hash {
            Hash::Sha1 => Self::with::<Sha1>(password, salt, iterations, message),
            Hash::Sha256 => Self::with::<Sha256>(password, salt, iterations, message),
        }
    }

    fn with<D: EagerHash + Digest>(password: &[u8], salt: &[u8], iterations: u32, message: &[u8]) -> Self {
        let mut salted = Zeroizing::new(vec![0; <D as Digest>::output_size()]);
        pbkdf2::pbkdf2_hmac::<D>(password, salt, iterations, &mut salted);
        let client_key = keyed::<D>(&salted, b"Client Key");
        let stored_key = Zeroizing::new(<D as Digest>::digest(client_key.as_slice()).to_vec());
        let signature = keyed::<D>(&stored_key, message);
        let client = client_key.iter().zip(signature.iter()).map(|(key, signature)| key ^ signature).collect();
        let server_key = keyed::<D>(&salted, b"Server Key");
        Self { client: Zeroizing::new(client), server: keyed::<D>(&server_key, message) }
    }
}

fn keyed<D: EagerHash>(key: &[u8], message: &[u8]) -> Octets {
    let mut mac = Hmac::<D>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(message);
    Zeroizing::new(mac.finalize().into_bytes().to_vec())
}
