//! What TLS needs from files, read before anything is connected: roots of one's own, our certificate, the key log.

use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use super::key_log::KeyFile;
use crate::connection::failure::in_words;
use crate::connection::request::{Authority, Identity, Tls, Trust};
use crate::connection::{Failure, FailureKind};
use crate::wire::printable;

/// Roots of one's own, under one name.
#[derive(Clone, Debug)]
pub struct Roots {
    /// A file, or what the request calls them.
    pub name: String,
    /// Judges by them alone.
    pub verifier: Arc<WebPkiServerVerifier>,
    /// The certificates themselves.
    pub certificates: Vec<CertificateDer<'static>>,
}

/// What was read.
#[derive(Clone, Debug, Default)]
pub struct Materials {
    /// Roots beside the system's.
    pub roots: Vec<Roots>,
    /// Our own certificate and its key.
    pub identity: Option<Arc<CertifiedKey>>,
    /// Where session keys go.
    pub key_log: Option<Arc<KeyFile>>,
}

impl Materials {
    /// Whether [`Self::read`] has anything to do.
    pub fn are_asked_for(tls: &Tls) -> bool {
        let authorities = matches!(&tls.trust, Trust::Roots(authorities) if !authorities.is_empty());
        authorities || tls.identity.is_some() || tls.key_log.is_some()
    }

    /// Reads everything; blocks. `at`: for the failure.
    pub fn read(tls: &Tls, at: &str) -> Result<Self, Failure> {
        let read = || -> Result<Self, Trouble> {
            let authorities: &[Authority] = match &tls.trust {
                Trust::Roots(authorities) => authorities,
                Trust::Pin(_) | Trust::Anybody => &[],
            };
            Ok(Self {
                roots: authorities.iter().map(roots).collect::<Result<_, _>>()?,
                identity: tls.identity.as_ref().map(identity).transpose()?.map(Arc::new),
                key_log: tls.key_log.as_deref().map(key_log).transpose()?.map(Arc::new),
            })
        };
        read().map_err(|trouble| {
            let failure = Failure::new(FailureKind::Tls, at, printable::text(&trouble.what));
            failure.with_advice(trouble.advice)
        })
    }
}

struct Trouble {
    what: String,
    advice: &'static str,
}

fn roots(authority: &Authority) -> Result<Roots, Trouble> {
    let advice = "Give a file of certificates in PEM (-----BEGIN CERTIFICATE-----), that of the issuer";
    let (name, certificates) = match authority {
        Authority::File(path) => (shown(path), certificates(path, "the CA file", advice)?),
        Authority::Pem { pem, name } => {
            let parsed: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
            (name.clone(), some(parsed, name, advice)?)
        }
    };
    let mut store = RootCertStore::empty();
    for certificate in &certificates {
        let added = store.add(certificate.clone());
        added.map_err(|error| unusable(&format!("a certificate of {name} cannot be used"), &error, advice))?;
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(store), super::provider()).build();
    let verifier = verifier.map_err(|error| unusable(&format!("{name} cannot be used"), &error, advice))?;
    Ok(Roots { name, verifier, certificates })
}

fn identity(identity: &Identity) -> Result<CertifiedKey, Trouble> {
    let advice = "Give the certificate and its private key, both in PEM, the key without a passphrase";
    let chain = certificates(&identity.certificate, "the client certificate", advice)?;
    let name = shown(&identity.key);
    let key = PrivateKeyDer::from_pem_file(&identity.key)
        .map_err(|error| unreadable(&format!("the key {name}"), &error, "private key", advice))?;
    CertifiedKey::from_der(chain, key, &super::provider()).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => {
            let what = format!("the key {name} does not belong to the certificate {}", shown(&identity.certificate));
            Trouble { what, advice }
        }
        error => unusable(&format!("the key {name} cannot be used"), &error, advice),
    })
}

fn key_log(path: &Path) -> Result<KeyFile, Trouble> {
    KeyFile::open(path).map_err(|error| Trouble {
        what: format!("the session keys cannot be written to {}: {}", shown(path), in_words(&error)),
        advice: "Give another file, or connect without writing the keys",
    })
}

fn certificates(path: &Path, role: &str, advice: &'static str) -> Result<Vec<CertificateDer<'static>>, Trouble> {
    let name = format!("{role} {}", shown(path));
    let parsed = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    some(parsed, &name, advice)
}

fn some(
    parsed: Result<Vec<CertificateDer<'static>>, pem::Error>,
    name: &str,
    advice: &'static str,
) -> Result<Vec<CertificateDer<'static>>, Trouble> {
    let certificates =
        parsed.and_then(|found| if found.is_empty() { Err(pem::Error::NoItemsFound) } else { Ok(found) });
    certificates.map_err(|error| unreadable(name, &error, "certificate", advice))
}

fn unreadable(name: &str, error: &pem::Error, item: &str, advice: &'static str) -> Trouble {
    let what = match error {
        pem::Error::NoItemsFound => format!("{name} holds no {item} in PEM"),
        pem::Error::Io(error) => format!("{name} cannot be read: {}", in_words(error)),
        _ => format!("{name} is no proper PEM"),
    };
    Trouble { what, advice }
}

fn unusable(what: &str, error: &dyn Display, advice: &'static str) -> Trouble {
    Trouble { what: format!("{what}: {error}"), advice }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::tls::samples::{Issuer, leaf};

    fn refusal(tls: &Tls) -> Failure {
        Materials::read(tls, "h:1").expect_err("these cannot be used")
    }

    fn trusting(authority: Authority) -> Tls {
        Tls { trust: Trust::Roots(vec![authority]), ..Tls::default() }
    }

    #[test]
    fn a_file_that_is_no_use_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let absent = folder.path().join("absent.pem");
        let failure = refusal(&trusting(Authority::File(absent)));
        assert!(failure.what.contains("absent.pem cannot be read: no such file"), "{failure}");
        let empty = folder.path().join("empty.pem");
        std::fs::write(&empty, "nothing here\n").expect("written");
        let failure = refusal(&trusting(Authority::File(empty)));
        assert!(failure.what.ends_with("empty.pem holds no certificate in PEM"), "{failure}");
        let pem = Authority::Pem { pem: String::new(), name: "the sandbox".into() };
        assert_eq!(refusal(&trusting(pem)).what, "the sandbox holds no certificate in PEM");
        let nowhere = Tls { key_log: Some(folder.path().join("no/such/folder")), ..Tls::default() };
        assert!(refusal(&nowhere).what.starts_with("the session keys cannot be written to"));
    }

    #[test]
    fn a_key_of_another_certificate_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let issuer = Issuer::new("Example CA");
        let (ours, other) = (leaf("ada").signed(&issuer), leaf("bob").signed(&issuer));
        let (certificate, key) = (folder.path().join("c.pem"), folder.path().join("k.pem"));
        std::fs::write(&certificate, &ours.pem).expect("written");
        std::fs::write(&key, &other.key_pem).expect("written");
        let tls = |key| Tls { identity: Some(Identity { certificate: certificate.clone(), key }), ..Tls::default() };
        assert!(refusal(&tls(key.clone())).what.contains("does not belong to the certificate"));
        std::fs::write(&key, &ours.key_pem).expect("written");
        assert!(Materials::read(&tls(key), "h:1").expect("they fit").identity.is_some());
    }

    #[test]
    fn without_files_there_is_nothing_to_read() {
        assert!(!Materials::are_asked_for(&Tls::default()));
        assert!(!Materials::are_asked_for(&Tls { trust: Trust::Anybody, ..Tls::default() }));
        let pem = Authority::Pem { pem: Issuer::new("Example CA").pem(), name: "the sandbox".into() };
        let tls = trusting(pem);
        assert!(Materials::are_asked_for(&tls));
        assert_eq!(Materials::read(&tls, "h:1").expect("a good root").roots[0].name, "the sandbox");
    }
}
