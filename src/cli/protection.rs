//! How a line was protected, in words and as JSON. Everything a certificate says is sanitized here.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::connection::{Certificate, Protection, Verdict};
use crate::wire::printable;

/// Such as `TLS 1.3, TLS_AES_256_GCM_SHA384, X25519; trusted by the system's roots`.
pub fn words(protection: &Protection) -> String {
    let terms = protection.terms();
    let line = if terms.is_empty() { "no TLS came about" } else { &terms };
    printable::text(&format!("{line}; {}", verdict_words(&protection.verdict))).into_owned()
}

fn verdict_words(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Trusted(roots) => format!("certificate trusted by {roots}"),
        Verdict::Pinned => "it is the pinned certificate".to_owned(),
        Verdict::Unchecked(None) => "CERTIFICATE NOT VERIFIED".to_owned(),
        Verdict::Unchecked(Some(why)) => format!("CERTIFICATE NOT VERIFIED ({why})"),
        Verdict::Refused { why, .. } => format!("REFUSED: {why}"),
    }
}

/// Such as `mx.example, *.mx.example, 61 days left, by CN=R11`.
pub fn certificate_words(certificate: &Certificate, now: Timestamp) -> String {
    let names = if certificate.names.is_empty() { &certificate.subject } else { &certificate.names.join(", ") };
    let term = certificate.term(now);
    let issuer = if certificate.self_signed { "itself" } else { &certificate.issuer };
    printable::text(&format!("{names}, {term}, issued by {issuer}")).into_owned()
}

/// The object of the contract: version, suite, group, verdict, and the server's own certificate.
pub fn json(protection: &Protection, now: Timestamp) -> Value {
    let (verdict, why) = match &protection.verdict {
        Verdict::Trusted(roots) => ("trusted", Some(roots)),
        Verdict::Pinned => ("pinned", None),
        Verdict::Unchecked(why) => ("unchecked", why.as_ref()),
        Verdict::Refused { why, .. } => ("refused", Some(why)),
    };
    json!({
        "version": text(&protection.version),
        "suite": text(&protection.suite),
        "group": text(&protection.group),
        "verdict": verdict,
        "why": why.map(|why| text(why)),
        "name": text(&protection.name),
        "certificate": protection.chain.first().map(|certificate| certificate_json(certificate, now)),
    })
}

fn certificate_json(certificate: &Certificate, now: Timestamp) -> Value {
    json!({
        "subject": text(&certificate.subject),
        "issuer": text(&certificate.issuer),
        "names": certificate.names.iter().map(|name| text(name)).collect::<Vec<_>>(),
        "not_after": certificate.not_after.to_string(),
        "days_left": certificate.days_left(now),
        "sha256": certificate.fingerprint(),
    })
}

fn text(text: &str) -> String {
    printable::text(text).into_owned()
}

/// A line as a handshake might leave it, for tests.
#[cfg(test)]
pub mod sample {
    use std::time::Duration;

    use super::*;

    /// The moment that the samples are looked at.
    pub fn now() -> Timestamp {
        "2026-11-22T12:00:00Z".parse().unwrap()
    }

    /// TLS 1.3 with a certificate for mx.example that ends in 30 days.
    pub fn protection(verdict: Verdict) -> Protection {
        Protection {
            version: "TLS 1.3".into(),
            suite: "TLS_AES_128_GCM_SHA256".into(),
            group: "X25519".into(),
            alpn: None,
            sni: Some("mx.example".into()),
            name: "mx.example".into(),
            chain: vec![Certificate {
                subject: "CN=mx.example".into(),
                issuer: "CN=Tests\x1b[31m".into(),
                names: vec!["mx.example".into(), "mail.example".into()],
                not_before: "2026-01-01T00:00:00Z".parse().unwrap(),
                not_after: "2026-12-22T13:00:00Z".parse().unwrap(),
                serial: "01".into(),
                key: "ECDSA P-256".into(),
                signature: "ecdsa-with-SHA256".into(),
                sha256: [0xab; 32],
                self_signed: false,
                is_ca: false,
            }],
            verdict,
            lapse: Duration::from_millis(7),
            client_certificate: false,
            keys_logged: false,
        }
    }

    /// Not believed.
    pub fn refused() -> Verdict {
        Verdict::Refused { why: "it is expired".into(), advice: "renew it".into(), can_be_trusted: true }
    }
}

#[cfg(test)]
mod tests {
    use super::sample::{now, protection, refused};
    use super::*;

    #[test]
    fn the_verdict_is_said_with_version_and_suite() {
        for (verdict, said) in [
            (Verdict::Trusted("the system's roots".into()), "trusted by the system's roots"),
            (Verdict::Pinned, "pinned"),
            (Verdict::Unchecked(None), "NOT VERIFIED"),
            (Verdict::Unchecked(Some("expired".into())), "NOT VERIFIED (expired)"),
            (refused(), "REFUSED: it is expired"),
        ] {
            let words = words(&protection(verdict));
            assert!(words.starts_with("TLS 1.3, TLS_AES_128_GCM_SHA256, X25519; ") && words.contains(said), "{words}");
        }
    }

    #[test]
    fn a_certificate_is_told_without_its_control_characters() {
        let protection = protection(Verdict::Pinned);
        let words = certificate_words(&protection.chain[0], now());
        assert!(words.starts_with("mx.example, mail.example, 30 days left, issued by CN=Tests"), "{words}");
        assert!(!words.contains(char::is_control));
        assert!(!json(&protection, now()).to_string().contains("\\u001b"));
    }

    #[test]
    fn the_object_has_the_fields_of_the_contract() {
        let json = json(&protection(refused()), now());
        assert_eq!((json["version"].as_str(), json["verdict"].as_str()), (Some("TLS 1.3"), Some("refused")));
        assert_eq!((json["why"].as_str(), json["group"].as_str()), (Some("it is expired"), Some("X25519")));
        let certificate = &json["certificate"];
        for field in ["subject", "issuer", "names", "not_after", "days_left", "sha256"] {
            assert!(!certificate[field].is_null(), "{field}");
        }
        assert_eq!(certificate["days_left"], 30);
        assert!(certificate["sha256"].as_str().unwrap().starts_with("AB:AB:"));
    }
}
