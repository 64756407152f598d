//! TLS on a link (RFC 8446, RFC 5246): whom to believe, the handshake, and what is to be seen of it.
//!
//! | file | duty |
//! |---|---|
//! | `materials` | files read before connecting: roots, our own certificate, the key log |
//! | `handshake` | from a plain stream to an encrypted one, within its time |
//! | `breakage` | why a handshake came to nothing |
//! | `verifier` | judges the server's certificate and records what it saw |
//! | `certificate`, `hello` | certificates and the first octets of the server, taken apart |
//! | `channel` | what ties a sign-in to the line |
//! | `identity`, `key_log` | our own certificate; session keys to a file |
//! | `probe` | asks a silent port whether it speaks TLS |
//! | `words`, `rows` | every trouble in plain words; rows of the transcript |
//!
//! Which mode is wanted is decided elsewhere: by the request for TLS from the first octet, by the engine for STARTTLS.

mod breakage;
mod certificate;
mod channel;
mod handshake;
mod hello;
mod identity;
mod key_log;
mod materials;
pub mod probe;
mod rows;
#[cfg(test)]
pub mod samples;
mod verifier;
mod words;

use std::sync::Arc;

use rustls::crypto::CryptoProvider;

pub use handshake::{Handshake, Setup, Shaken, Start};
pub use hello::First;
pub use materials::Materials;
pub use words::of_line as words_of_line;

/// The one provider of cryptography.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}
