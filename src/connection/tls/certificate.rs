//! A certificate taken apart for people (RFC 5280). Its octets are the server's and may be anything: what cannot be read is
//! left out, what is long is cut.

use std::net::{Ipv4Addr, Ipv6Addr};

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;
use x509_parser::time::ASN1Time;
use x509_parser::x509::{AlgorithmIdentifier, SubjectPublicKeyInfo, X509Name};

use crate::connection::Certificate;

/// Certificates of one chain that are looked at.
pub const CHAIN: usize = 10;
/// Names of one certificate that are kept.
const NAMES: usize = 100;
/// Characters of one name that are kept.
const NAME: usize = 256;
/// Octets of a serial number that are kept; RFC 5280 4.1.2.2 allows 20.
const SERIAL: usize = 32;

/// Takes `der` apart. What is no certificate is one without names.
pub fn parse(der: &[u8]) -> Certificate {
    match X509Certificate::from_der(der) {
        Ok((_, certificate)) => of(&certificate, der),
        Err(_) => unreadable(der),
    }
}

fn of(certificate: &X509Certificate<'_>, der: &[u8]) -> Certificate {
    let (subject, issuer) = (certificate.subject(), certificate.issuer());
    let validity = certificate.validity();
    Certificate {
        subject: distinguished(subject),
        issuer: distinguished(issuer),
        names: names(certificate),
        not_before: time(validity.not_before),
        not_after: time(validity.not_after),
        serial: hexadecimal(&certificate.raw_serial()[..certificate.raw_serial().len().min(SERIAL)]),
        key: key(certificate.public_key()),
        signature: signature(&certificate.signature_algorithm),
        sha256: Sha256::digest(der).into(),
        self_signed: subject.as_raw() == issuer.as_raw(),
        is_ca: certificate.is_ca(),
    }
}

fn unreadable(der: &[u8]) -> Certificate {
    Certificate {
        subject: "unreadable".to_owned(),
        issuer: "unreadable".to_owned(),
        names: Vec::new(),
        not_before: Timestamp::MIN,
        not_after: Timestamp::MAX,
        serial: String::new(),
        key: String::new(),
        signature: String::new(),
        sha256: Sha256::digest(der).into(),
        self_signed: false,
        is_ca: false,
    }
}

/// The part of a distinguished name that people know it by: common name, else organization, else all of it.
pub fn short(distinguished: &str) -> &str {
    let part = |kind: &str| {
        let parts = distinguished.split(SEPARATOR).filter_map(|part| part.strip_prefix(kind));
        parts.map(|part| part.trim_start_matches('=')).find(|part| !part.is_empty())
    };
    part("CN=").or_else(|| part("O=")).unwrap_or(distinguished)
}

const SEPARATOR: &str = ", ";

/// `CN=mail.example, O=Example`; commas within a value lose the space behind them, so that none looks like a separator.
fn distinguished(name: &X509Name<'_>) -> String {
    let mut parts = Vec::new();
    for attribute in name.iter_attributes().take(NAMES) {
        let oid = attribute.attr_type().to_id_string();
        let kind = ATTRIBUTES.iter().find(|(known, _)| *known == oid).map_or(oid.as_str(), |(_, kind)| kind);
        let value = match attribute.as_str() {
            Ok(value) => value.to_owned(),
            Err(_) => String::from_utf8_lossy(attribute.as_slice()).into_owned(),
        };
        parts.push(format!("{kind}={}", cut(&value.replace(SEPARATOR, ","))));
    }
    cut(&parts.join(SEPARATOR))
}

/// Attribute types with a short name (RFC 4514 3), and the address of RFC 2985.
const ATTRIBUTES: [(&str, &str); 9] = [
    ("2.5.4.3", "CN"),
    ("2.5.4.6", "C"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "ST"),
    ("2.5.4.9", "STREET"),
    ("2.5.4.10", "O"),
    ("2.5.4.11", "OU"),
    ("0.9.2342.19200300.100.1.25", "DC"),
    ("1.2.840.113549.1.9.1", "emailAddress"),
];

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else { return Vec::new() };
    extension.value.general_names.iter().filter_map(host).take(NAMES).collect()
}

fn host(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some(cut(name)),
        GeneralName::IPAddress(octets) => {
            let four = <[u8; 4]>::try_from(*octets).map(|octets| Ipv4Addr::from(octets).to_string());
            four.or_else(|_| <[u8; 16]>::try_from(*octets).map(|octets| Ipv6Addr::from(octets).to_string())).ok()
        }
        _ => None,
    }
}

/// Times outside of what can be counted become the first or last that can.
fn time(time: ASN1Time) -> Timestamp {
    let seconds = time.timestamp().clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
}

fn key(info: &SubjectPublicKeyInfo<'_>) -> String {
    let algorithm = info.algorithm.algorithm.to_id_string();
    match (algorithm.as_str(), info.parsed()) {
        (_, Ok(PublicKey::RSA(key))) => format!("RSA {}", key.key_size()),
        (_, Ok(PublicKey::EC(_))) => format!("ECDSA {}", curve(&info.algorithm)),
        ("1.3.101.112", _) => "Ed25519".to_owned(),
        ("1.3.101.113", _) => "Ed448".to_owned(),
        (_, Ok(PublicKey::DSA(_))) => "DSA".to_owned(),
        (algorithm, _) => algorithm.to_owned(),
    }
}

fn curve(algorithm: &AlgorithmIdentifier<'_>) -> String {
    let oid = algorithm.parameters.as_ref().and_then(|parameters| parameters.as_oid().ok());
    let oid = oid.map(|oid| oid.to_id_string()).unwrap_or_default();
    match oid.as_str() {
        "1.2.840.10045.3.1.7" => "P-256".to_owned(),
        "1.3.132.0.34" => "P-384".to_owned(),
        "1.3.132.0.35" => "P-521".to_owned(),
        _ => oid,
    }
}

fn signature(algorithm: &AlgorithmIdentifier<'_>) -> String {
    let oid = algorithm.algorithm.to_id_string();
    let known = SIGNATURES.iter().find(|(known, _)| *known == oid);
    known.map_or(oid.clone(), |(_, name)| (*name).to_owned())
}

/// Names of RFC 3279, RFC 4055, RFC 5758 and RFC 8410.
const SIGNATURES: [(&str, &str); 14] = [
    ("1.2.840.113549.1.1.4", "md5WithRSAEncryption"),
    ("1.2.840.113549.1.1.5", "sha1WithRSAEncryption"),
    ("1.2.840.113549.1.1.10", "RSASSA-PSS"),
    ("1.2.840.113549.1.1.11", "sha256WithRSAEncryption"),
    ("1.2.840.113549.1.1.12", "sha384WithRSAEncryption"),
    ("1.2.840.113549.1.1.13", "sha512WithRSAEncryption"),
    ("1.2.840.113549.1.1.14", "sha224WithRSAEncryption"),
    ("1.2.840.10045.4.1", "ecdsa-with-SHA1"),
    ("1.2.840.10045.4.3.1", "ecdsa-with-SHA224"),
    ("1.2.840.10045.4.3.2", "ecdsa-with-SHA256"),
    ("1.2.840.10045.4.3.3", "ecdsa-with-SHA384"),
    ("1.2.840.10045.4.3.4", "ecdsa-with-SHA512"),
    ("1.3.101.112", "Ed25519"),
    ("1.3.101.113", "Ed448"),
];

fn hexadecimal(octets: &[u8]) -> String {
    let octets: Vec<_> = octets.iter().map(|octet| format!("{octet:02X}")).collect();
    octets.join(":")
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(NAME) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::tls::samples::{Issuer, leaf};

    #[test]
    fn everything_for_the_eye_is_taken_out() {
        let issuer = Issuer::with_algorithm("Example CA", &rcgen::PKCS_ECDSA_P384_SHA384);
        let der = leaf("mail.example").valid(2020, 2021).signed(&issuer).der;
        let certificate = parse(&der);
        assert_eq!((certificate.subject.as_str(), certificate.issuer.as_str()), ("CN=mail.example", "CN=Example CA"));
        assert_eq!(certificate.names, ["mail.example"]);
        assert_eq!(certificate.not_before.to_string(), "2020-01-01T00:00:00Z");
        assert_eq!(certificate.not_after.to_string(), "2021-01-01T00:00:00Z");
        assert_eq!((certificate.key.as_str(), certificate.signature.as_str()), ("ECDSA P-256", "ecdsa-with-SHA384"));
        assert!(!certificate.self_signed && !certificate.is_ca && certificate.serial.len() > 10);
        let sum: [u8; 32] = Sha256::digest(&der).into();
        assert_eq!(certificate.sha256, sum);
        assert!(parse(&leaf("::1").self_signed().der).self_signed);
        assert_eq!(parse(&leaf("::1").self_signed().der).names, ["::1"]);
    }

    #[test]
    fn hostile_octets_neither_panic_nor_grow() {
        let der = leaf("mail.example").self_signed().der;
        for at in 0..der.len() {
            let mut changed = der.clone();
            changed[at] ^= 0xff;
            parse(&changed);
            parse(&der[..at]);
        }
        let long = parse(&leaf(&"a.".repeat(2_000)).self_signed().der);
        assert!(long.subject.chars().count() <= NAME + 1 && long.names[0].chars().count() <= NAME + 1);
        assert_eq!(parse(b"").subject, "unreadable");
    }

    #[test]
    fn a_value_cannot_pass_for_another_attribute() {
        let name = parse(&leaf("x, CN=bank.example").self_signed().der).subject;
        assert_eq!(name, "CN=x,CN=bank.example");
        assert_eq!(short(&name), "x,CN=bank.example");
        assert_eq!(short("C=US, O=Example, OU=y"), "Example");
        assert_eq!(short("DC=example"), "DC=example");
    }

    #[test]
    fn names_beyond_the_limit_are_left_out_and_long_ones_cut() {
        let many = |it: &mut rcgen::CertificateParams| {
            let names =
                std::iter::once("y".repeat(10_000)).chain((0..1_000).map(|number| format!("h{number}.example")));
            it.subject_alt_names = names.map(|name| rcgen::SanType::DnsName(name.try_into().unwrap())).collect();
        };
        let names = parse(&leaf("x.example").with(many).self_signed().der).names;
        assert_eq!((names.len(), names[1].as_str()), (NAMES, "h0.example"));
        assert!(names[0].chars().count() <= NAME + 1, "{}", names[0]);
    }
}
