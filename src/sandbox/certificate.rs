//! The sandbox's certificates, made at its start: an authority of its own, and server certificates signed by it, one for
//! each way in which they can be wrong.
//!
//! The authority's key is dropped once it has signed, so nobody can misuse a CA file that somebody trusts for good.

use std::io;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use super::fault::Fault;

/// The name of the authority.
const AUTHORITY: &str = "telepost sandbox CA";
/// The host that [`Fault::CertWrongHost`] is for.
const ELSEWHERE: &str = "mail.elsewhere.test";
const DAY: Duration = Duration::from_hours(24);
/// How long certificates last.
const LIFE: Duration = Duration::from_hours(30 * 24);

/// What TLS needs.
pub struct Issued {
    /// The authority's certificate in PEM.
    pub ca_pem: String,
    /// The server's certificates, by [`which`].
    pub certificates: [CertificateDer<'static>; 8],
    /// Their key.
    pub key: PrivateKeyDer<'static>,
}

/// The faults of certificates, which may come together.
const WRONG: [Fault; 3] = [Fault::CertExpired, Fault::CertWrongHost, Fault::CertSelfSigned];

/// The place of the certificate that has the faults which are `on`.
pub fn which(on: impl Fn(Fault) -> bool) -> usize {
    WRONG.iter().enumerate().map(|(bit, fault)| usize::from(on(*fault)) << bit).sum()
}

/// Certificates for the server called `name`, for localhost and for the loopback addresses. The clock stands at `now`.
pub fn issue(name: &str, now: Timestamp) -> io::Result<Issued> {
    make(name, now).map_err(|error| io::Error::other(format!("certificates: {error}")))
}

fn make(name: &str, now: Timestamp) -> Result<Issued, rcgen::Error> {
    let ca_key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let mut ca = authority();
    // Older than the certificate that has ended.
    (ca.not_before, ca.not_after) = (dates(now, true)[0].into(), (SystemTime::from(now) + LIFE).into());
    let ca_pem = ca.self_signed(&ca_key)?.pem();
    let authority = Issuer::new(ca, ca_key);

    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let mut certificates = Vec::with_capacity(1 << WRONG.len());
    for place in 0..1 << WRONG.len() {
        let [expired, elsewhere, alone] = [0, 1, 2].map(|bit| place >> bit & 1 == 1);
        let mut leaf = server(if elsewhere { ELSEWHERE } else { name })?;
        let [from, until] = dates(now, expired);
        (leaf.not_before, leaf.not_after) = (from.into(), until.into());
        let made = if alone { leaf.self_signed(&key)? } else { leaf.signed_by(&key, &authority)? };
        certificates.push(made.into());
    }
    let certificates = certificates.try_into().expect("there is one for each set of three faults");
    let der = PrivatePkcs8KeyDer::from(key.serialize_der());
    Ok(Issued { ca_pem, certificates, key: der.into() })
}

/// From when until when the server's certificate is good.
fn dates(now: Timestamp, expired: bool) -> [SystemTime; 2] {
    let now = SystemTime::from(now);
    if expired { [now - DAY - LIFE, now - DAY] } else { [now - DAY, now + LIFE] }
}

fn authority() -> CertificateParams {
    let mut ca = CertificateParams::default();
    ca.distinguished_name.push(DnType::CommonName, AUTHORITY);
    ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    ca
}

fn server(name: &str) -> Result<CertificateParams, rcgen::Error> {
    let mut names = vec![name.to_owned()];
    if name != ELSEWHERE {
        names.extend(["localhost", "127.0.0.1", "::1"].map(str::to_owned));
    }
    let mut leaf = CertificateParams::new(names)?;
    leaf.distinguished_name.push(DnType::CommonName, name);
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    leaf.use_authority_key_identifier_extension = true;
    Ok(leaf)
}

/// Whether `file` holds the certificate of a sandbox's authority and nothing else, so that another sandbox may
/// write over it.
pub fn is_authority(file: &[u8]) -> bool {
    let Ok((rest, pem)) = x509_parser::pem::parse_x509_pem(file) else { return false };
    let starts = file.trim_ascii_start().starts_with(b"-----BEGIN CERTIFICATE-----");
    let alone = starts && rest.trim_ascii().is_empty();
    alone
        && pem.parse_x509().is_ok_and(|certificate| {
            certificate.subject().iter_common_name().any(|name| name.as_str() == Ok(AUTHORITY))
        })
}

#[cfg(test)]
mod tests {
    use x509_parser::extensions::GeneralName;
    use x509_parser::prelude::{FromDer, X509Certificate};

    use super::*;

    const NOW: &str = "2026-11-22T11:42:07Z";

    fn issued() -> Issued {
        issue("sandbox.test", NOW.parse().unwrap()).unwrap()
    }

    /// The certificate's names, days from now until its first and its last, and whether it names the authority as its issuer.
    fn facts(issued: &Issued, faults: &[Fault]) -> (Vec<String>, [i64; 2], bool) {
        let certificate = &issued.certificates[which(|fault| faults.contains(&fault))];
        let (_, leaf) = X509Certificate::from_der(certificate).unwrap();
        let (_, pem) = x509_parser::pem::parse_x509_pem(issued.ca_pem.as_bytes()).unwrap();
        let ca = pem.parse_x509().unwrap();
        let names = leaf.subject_alternative_name().unwrap().unwrap().value.general_names.iter();
        let names = names.map(|name| match name {
            GeneralName::DNSName(name) => (*name).to_owned(),
            GeneralName::IPAddress(octets) => format!("{} octets", octets.len()),
            other => panic!("{other}"),
        });
        let now = NOW.parse::<Timestamp>().unwrap().as_second();
        let days = [leaf.validity().not_before, leaf.validity().not_after].map(|at| (at.timestamp() - now) / 86_400);
        (names.collect(), days, leaf.issuer() == ca.subject())
    }

    #[test]
    fn the_certificate_is_for_loopback_and_issued_by_the_authority_unless_a_fault_says_else() {
        let own = ["sandbox.test", "localhost", "4 octets", "16 octets"].map(str::to_owned).to_vec();
        let issued = issued();
        assert_eq!(facts(&issued, &[]), (own.clone(), [-1, 30], true));
        assert_eq!(facts(&issued, &[Fault::CertExpired]), (own.clone(), [-31, -1], true));
        assert_eq!(facts(&issued, &[Fault::CertSelfSigned]), (own, [-1, 30], false));
        let elsewhere = vec!["mail.elsewhere.test".to_owned()];
        assert_eq!(facts(&issued, &[Fault::CertWrongHost]), (elsewhere.clone(), [-1, 30], true));
        assert_eq!(facts(&issued, &WRONG), (elsewhere, [-31, -1], false));
    }

    #[test]
    fn only_a_sandbox_authority_is_known_again() {
        let pem = issued().ca_pem;
        let other = CertificateParams::default().self_signed(&KeyPair::generate().unwrap()).unwrap().pem();
        assert!(is_authority(pem.as_bytes()));
        for file in ["", "text", &other, &format!("{pem}{other}"), &format!("{pem}secret"), &format!("secret\n{pem}")] {
            assert!(!is_authority(file.as_bytes()), "{file}");
        }
    }
}
