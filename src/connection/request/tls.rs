//! When a line is encrypted, and whom it trusts.

use std::path::PathBuf;

use crate::wire::TlsMode;

/// The TLS of one link.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// When.
    pub mode: TlsMode,
    /// Whom to believe.
    pub trust: Trust,
    /// The name the certificate must have, and SNI; `None`: the host's.
    pub name: Option<String>,
    /// Our own certificate.
    pub identity: Option<Identity>,
    /// Write the session's keys here (NSS key log format), so that a capture can be decrypted. Said on screen.
    pub key_log: Option<PathBuf>,
}

/// Whom to believe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// The system's roots, and these.
    Roots(Vec<Authority>),
    /// Exactly the certificate with this SHA-256, whatever it says.
    Pin([u8; 32]),
    /// Anybody. Said on screen and in every export.
    Anybody,
}

impl Default for Trust {
    fn default() -> Self {
        Self::Roots(Vec::new())
    }
}

/// A root of one's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authority {
    /// A file of certificates in PEM.
    File(PathBuf),
    /// Certificates in PEM, and what to call them.
    Pem {
        /// The certificates.
        pem: String,
        /// Such as `the sandbox`.
        name: String,
    },
}

/// Our own certificate (TLS client authentication).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// PEM: the certificate, and those it was issued by.
    pub certificate: PathBuf,
    /// PEM: its private key.
    pub key: PathBuf,
}
