//! Our own certificate (TLS client authentication): shown when the server asks, and it is noted whether it did.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::sign::CertifiedKey;

/// Shows our certificate, if we have one.
#[derive(Debug)]
pub struct Showing {
    ours: Option<Arc<CertifiedKey>>,
    asked: AtomicBool,
    shown: AtomicBool,
}

impl Showing {
    /// With the certificate to show.
    pub fn new(ours: Option<Arc<CertifiedKey>>) -> Self {
        Self { ours, asked: AtomicBool::new(false), shown: AtomicBool::new(false) }
    }

    /// The server asked for a certificate.
    pub fn was_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    /// The server was given ours.
    pub fn was_shown(&self) -> bool {
        self.shown.load(Ordering::Relaxed)
    }
}

impl ResolvesClientCert for Showing {
    fn resolve(&self, _roots: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.asked.store(true, Ordering::Relaxed);
        let ours = self.ours.as_ref().filter(|ours| ours.key.choose_scheme(schemes).is_some())?;
        self.shown.store(true, Ordering::Relaxed);
        Some(ours.clone())
    }

    fn has_certs(&self) -> bool {
        self.ours.is_some()
    }
}
