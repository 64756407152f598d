//! What ties a sign-in to its TLS line: `tls-exporter` (RFC 9266) and `tls-server-end-point` (RFC 5929 4.1).

use rustls::{ClientConnection, ProtocolVersion};
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use x509_parser::prelude::FromDer;
use x509_parser::signature_algorithm::SignatureAlgorithm;
use x509_parser::x509::AlgorithmIdentifier;

use crate::wire::Channel;

/// The bindings of a line whose handshake is done. `end_entity`: the server's certificate. `extended`: TLS 1.2 with
/// extended master secret (RFC 7627); without it an exporter does not name one line only.
pub fn bindings(session: &ClientConnection, end_entity: Option<&[u8]>, extended: bool) -> Channel {
    let unique = session.protocol_version() == Some(ProtocolVersion::TLSv1_3) || extended;
    let export = || session.export_keying_material(vec![0; 32], b"EXPORTER-Channel-Binding", Some(&[])).ok();
    let exporter = if unique { export() } else { None };
    Channel { exporter, end_point: end_entity.and_then(end_point), trusted: false }
}

/// The hash of a certificate by the hash of its signature; MD5 and SHA-1 give way to SHA-256. `None` where the signature
/// names no hash.
fn end_point(der: &[u8]) -> Option<Vec<u8>> {
    let (_, certificate) = x509_parser::certificate::X509Certificate::from_der(der).ok()?;
    Some(match hash_of(&certificate.signature_algorithm)? {
        Hash::Sha224 => Sha224::digest(der).to_vec(),
        Hash::Sha256 => Sha256::digest(der).to_vec(),
        Hash::Sha384 => Sha384::digest(der).to_vec(),
        Hash::Sha512 => Sha512::digest(der).to_vec(),
    })
}

#[derive(Debug, PartialEq, Eq)]
enum Hash {
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

fn hash_of(algorithm: &AlgorithmIdentifier<'_>) -> Option<Hash> {
    if let Ok(SignatureAlgorithm::RSASSA_PSS(parameters)) = SignatureAlgorithm::try_from(algorithm) {
        return by_name(&parameters.hash_algorithm_oid().to_id_string());
    }
    by_name(&algorithm.algorithm.to_id_string())
}

/// Hashes themselves, and signatures with RSA or ECDSA over them (RFC 3279, RFC 4055, RFC 5758).
fn by_name(oid: &str) -> Option<Hash> {
    Some(match oid {
        "2.16.840.1.101.3.4.2.4" | "1.2.840.113549.1.1.14" | "1.2.840.10045.4.3.1" => Hash::Sha224,
        MD5_WITH_RSA | SHA1 | SHA1_WITH_RSA | SHA1_WITH_ECDSA | SHA256 | SHA256_WITH_RSA | SHA256_WITH_ECDSA => {
            Hash::Sha256
        }
        "2.16.840.1.101.3.4.2.2" | "1.2.840.113549.1.1.12" | "1.2.840.10045.4.3.3" => Hash::Sha384,
        "2.16.840.1.101.3.4.2.3" | "1.2.840.113549.1.1.13" | "1.2.840.10045.4.3.4" => Hash::Sha512,
        _ => return None,
    })
}

const MD5_WITH_RSA: &str = "1.2.840.113549.1.1.4";
const SHA1: &str = "1.3.14.3.2.26";
const SHA1_WITH_RSA: &str = "1.2.840.113549.1.1.5";
const SHA1_WITH_ECDSA: &str = "1.2.840.10045.4.1";
const SHA256: &str = "2.16.840.1.101.3.4.2.1";
const SHA256_WITH_RSA: &str = "1.2.840.113549.1.1.11";
const SHA256_WITH_ECDSA: &str = "1.2.840.10045.4.3.2";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::tls::samples::{Issuer, leaf};

    #[test]
    fn the_end_point_is_the_hash_of_its_signature_at_least_sha_256() {
        for (oid, hash) in [
            ("1.2.840.113549.1.1.4", Some(Hash::Sha256)),
            ("1.2.840.113549.1.1.5", Some(Hash::Sha256)),
            ("1.2.840.113549.1.1.12", Some(Hash::Sha384)),
            ("1.2.840.10045.4.3.4", Some(Hash::Sha512)),
            ("1.3.101.112", None),
        ] {
            assert_eq!(by_name(oid), hash, "{oid}");
        }
        let issuer = Issuer::with_algorithm("Example CA", &rcgen::PKCS_ECDSA_P384_SHA384);
        let der = leaf("mail.example").signed(&issuer).der;
        assert_eq!(end_point(&der), Some(Sha384::digest(&der).to_vec()));
        assert_eq!(end_point(b"no certificate"), None);
    }
}
