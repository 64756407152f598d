//! Every trouble of TLS in plain words, with what to try.

use std::io;

use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError, Error, InvalidMessage, PeerIncompatible};

use super::certificate::short;
use crate::connection::Certificate;

/// Why something was refused, and what to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// One clause; **not sanitized**.
    pub why: String,
    /// One sentence.
    pub advice: &'static str,
    /// Trusting this one certificate would mend it.
    pub can_be_trusted: bool,
}

impl Trouble {
    fn new(why: impl Into<String>, advice: &'static str) -> Self {
        Self { why: why.into(), advice, can_be_trusted: false }
    }

    fn of_trust(why: impl Into<String>, advice: &'static str) -> Self {
        Self { can_be_trusted: true, ..Self::new(why, advice) }
    }
}

const ISSUER: &str = "Give the issuer's certificate as a CA file, or, if the fingerprint is known to be right, trust this \
                      one certificate";
const OTHER_CERTIFICATE: &str =
    "The server needs another certificate: tell its administrator, and do not go on before that";
const ADMINISTRATOR: &str = "The server's TLS is broken or not made for this: its log says more";

/// Why a certificate is not believed. `name`: what it was held against. `chain`: what the server showed.
pub fn of_certificate(error: &CertificateError, name: &str, chain: &[Certificate]) -> Trouble {
    use CertificateError as E;
    let first = chain.first();
    match error {
        E::Expired | E::ExpiredContext { .. } => ended(error, first),
        E::NotValidYet | E::NotValidYetContext { .. } => not_yet(error, first),
        E::NotValidForName | E::NotValidForNameContext { .. } => wrong_name(name, first),
        E::UnknownIssuer | E::Other(_) if first.is_some_and(|first| first.self_signed) => {
            Trouble::of_trust("the certificate is self-signed: only the server itself vouches for it", ISSUER)
        }
        E::UnknownIssuer => unknown_issuer(chain),
        E::Revoked => Trouble::new("its issuer has revoked the certificate", OTHER_CERTIFICATE),
        E::UnknownRevocationStatus | E::ExpiredRevocationList | E::ExpiredRevocationListContext { .. } => {
            Trouble::new("it cannot be told whether the certificate was revoked", OTHER_CERTIFICATE)
        }
        E::BadSignature => Trouble::new("the signature of the certificate is wrong: it was altered", OTHER_CERTIFICATE),
        E::UnsupportedSignatureAlgorithmContext { .. } | E::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            Trouble::new("the certificate has a weak or unknown signature or key", OTHER_CERTIFICATE)
        }
        E::BadEncoding | E::UnhandledCriticalExtension => {
            Trouble::new("the certificate cannot be read", OTHER_CERTIFICATE)
        }
        E::InvalidPurpose | E::InvalidPurposeContext { .. } => {
            Trouble::new("the certificate is not made for servers", OTHER_CERTIFICATE)
        }
        error => Trouble::new(format!("the certificate is refused: {error}"), OTHER_CERTIFICATE),
    }
}

fn ended(error: &CertificateError, first: Option<&Certificate>) -> Trouble {
    let advice = "Check the clock of this machine; else the server's certificate must be renewed";
    let when = match (error, first) {
        (CertificateError::ExpiredContext { not_after, .. }, _) => day(*not_after),
        (_, Some(first)) => first.not_after.strftime("%Y-%m-%d").to_string(),
        _ => return Trouble::of_trust("the certificate has expired", advice),
    };
    Trouble::of_trust(format!("the certificate expired on {when}"), advice)
}

fn not_yet(error: &CertificateError, first: Option<&Certificate>) -> Trouble {
    let advice = "Check the clock of this machine, and then that of the server";
    let when = match (error, first) {
        (CertificateError::NotValidYetContext { not_before, .. }, _) => day(*not_before),
        (_, Some(first)) => first.not_before.strftime("%Y-%m-%d").to_string(),
        _ => return Trouble::of_trust("the certificate is not valid yet", advice),
    };
    Trouble::of_trust(format!("the certificate is not valid before {when}"), advice)
}

fn day(time: UnixTime) -> String {
    let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::MAX).strftime("%Y-%m-%d").to_string()
}

/// Names that are told of a certificate with many.
const TOLD: usize = 5;

fn wrong_name(name: &str, first: Option<&Certificate>) -> Trouble {
    let advice = "Connect by a name that the certificate has, or check that this is the right server";
    let names = first.map_or(&[][..], |first| &first.names);
    let why = match names.len() {
        0 => format!("the certificate names no host, and so not {name}"),
        count if count > TOLD => {
            let told = names[..TOLD].join(", ");
            format!("the certificate is for {told} and {} others, not for {name}", count - TOLD)
        }
        _ => format!("the certificate is for {}, not for {name}", names.join(", ")),
    };
    Trouble::of_trust(why, advice)
}

fn unknown_issuer(chain: &[Certificate]) -> Trouble {
    let Some(last) = chain.last() else { return Trouble::of_trust("the issuer of the certificate is unknown", ISSUER) };
    let issuer = short(&last.issuer);
    Trouble::of_trust(format!("the certificate leads to {issuer}, which is not among the trusted roots"), ISSUER)
}

/// Nothing to judge a certificate by.
pub fn no_roots(why: &str) -> Trouble {
    let advice = "Install the system's root certificates (often the package ca-certificates), or give a CA file";
    Trouble::of_trust(format!("this machine has no trusted roots: {why}"), advice)
}

/// The certificate is not the pinned one. `theirs`: its fingerprint.
pub fn other_than_pinned(theirs: &str) -> Trouble {
    let advice = "If the server's certificate was renewed, pin the new one; else somebody may be in between";
    Trouble::new(format!("the certificate is not the pinned one: its SHA-256 is {theirs}"), advice)
}

/// Why a handshake failed, or a line inside TLS. `asked`: the server asked for a certificate of ours.
pub fn of_error(error: &Error, asked: bool) -> Trouble {
    match error {
        Error::AlertReceived(alert) => of_alert(*alert, asked),
        Error::PeerIncompatible(what) => incompatible(what),
        Error::DecryptError => Trouble::new(
            "a bad record came: it was altered on the way, or one side has other keys",
            "Connect again; if it comes again, something on the way alters the line",
        ),
        Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            Trouble::new("what the server sent is no TLS", "Check host and port, and when TLS is to begin")
        }
        Error::InvalidMessage(_) | Error::PeerSentOversizedRecord => {
            Trouble::new("a bad record came: it breaks the rules of TLS", ADMINISTRATOR)
        }
        Error::InvalidCertificate(CertificateError::BadSignature) => Trouble::new(
            "the server does not hold the key of its certificate: its signature is wrong",
            "Do not go on: somebody may be in between, or the server's key and certificate do not belong together",
        ),
        Error::NoCertificatesPresented => Trouble::new("the server showed no certificate", ADMINISTRATOR),
        Error::PeerMisbehaved(_) | Error::InappropriateMessage { .. } | Error::InappropriateHandshakeMessage { .. } => {
            Trouble::new("the server breaks the rules of TLS", ADMINISTRATOR)
        }
        error => Trouble::new(error.to_string(), ADMINISTRATOR),
    }
}

const VERSIONS: &str = "The server is too old or set up too strictly: it needs TLS 1.2 or 1.3";
const CIPHERS: &str =
    "The server needs cipher suites with forward secrecy: this program has neither RSA key exchange nor DHE";

fn incompatible(what: &PeerIncompatible) -> Trouble {
    use PeerIncompatible as P;
    match what {
        P::ServerDoesNotSupportTls12Or13
        | P::ServerTlsVersionIsDisabledByOurConfig
        | P::Tls12NotOffered
        | P::Tls12NotOfferedOrEnabled
        | P::SupportedVersionsExtensionRequired => {
            Trouble::new("no common version: this program speaks TLS 1.2 and 1.3 only", VERSIONS)
        }
        P::NoCipherSuitesInCommon | P::NoKxGroupsInCommon | P::NoSignatureSchemesInCommon => {
            Trouble::new("the server and this program have no cipher suite in common", CIPHERS)
        }
        _ => Trouble::new("the server lacks a part of TLS that this program needs", ADMINISTRATOR),
    }
}

fn of_alert(alert: AlertDescription, asked: bool) -> Trouble {
    use AlertDescription as A;
    let ours = "Give a client certificate that the server knows, with its key";
    match alert {
        A::ProtocolVersion => {
            Trouble::new("no common version: this program speaks TLS 1.2 and 1.3 only (protocol_version)", VERSIONS)
        }
        A::CertificateRequired => Trouble::new("the server wants a certificate from us (certificate_required)", ours),
        A::HandshakeFailure if asked => {
            Trouble::new("the server broke off after asking for a certificate of ours (handshake_failure)", ours)
        }
        A::HandshakeFailure | A::InsufficientSecurity => {
            Trouble::new(format!("the server found nothing in common with us ({})", name(alert)), CIPHERS)
        }
        A::UnrecognisedName => Trouble::new(
            "the server does not know the name we asked for (unrecognized_name)",
            "Connect by the name that the server has, or give the name that its certificate has",
        ),
        A::BadCertificate
        | A::UnsupportedCertificate
        | A::CertificateRevoked
        | A::CertificateExpired
        | A::CertificateUnknown
        | A::UnknownCA
        | A::AccessDenied => {
            let whose = if asked { "the server refuses our certificate" } else { "the server refuses us" };
            Trouble::new(format!("{whose} ({})", name(alert)), ours)
        }
        A::BadRecordMac | A::DecryptError | A::DecodeError => Trouble::new(
            format!("the server got a bad record ({})", name(alert)),
            "Connect again; if it comes again, something on the way alters the line",
        ),
        alert => Trouble::new(format!("the server broke off with the alert {}", name(alert)), ADMINISTRATOR),
    }
}

/// The name of an alert in RFC 8446 6, near enough: words of small letters.
fn name(alert: AlertDescription) -> String {
    let Some(name) = alert.as_str() else { return u8::from(alert).to_string() };
    let mut words = String::new();
    let mut after_small = false;
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && after_small {
            words.push('_');
        }
        after_small = letter.is_ascii_lowercase();
        words.push(letter.to_ascii_lowercase());
    }
    words
}

/// The error of TLS inside an error of the stream.
pub fn inside(error: &io::Error) -> Option<&Error> {
    error.get_ref().and_then(|inner| inner.downcast_ref())
}

/// Why a line inside TLS broke, if TLS is why. `asked`: as for [`of_error`].
pub fn of_line(error: &io::Error, asked: bool) -> Option<(String, &'static str)> {
    let trouble = of_error(inside(error)?, asked);
    Some((trouble.why, trouble.advice))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::tls::certificate::parse;
    use crate::connection::tls::samples::{Issuer, leaf};

    fn chain() -> Vec<Certificate> {
        vec![parse(&leaf("mail.example").valid(2020, 2021).signed(&Issuer::new("Example CA")).der)]
    }

    #[test]
    fn name_date_and_issuer_can_be_trusted_and_nothing_else() {
        use CertificateError as E;
        let signed = chain();
        let own = vec![parse(&leaf("mail.example").self_signed().der)];
        for (error, chain, words, can_be_trusted) in [
            (E::Expired, &signed, "expired on 2021-01-01", true),
            (E::NotValidYet, &signed, "not valid before 2020-01-01", true),
            (E::NotValidForName, &signed, "is for mail.example, not for other.example", true),
            (E::UnknownIssuer, &signed, "leads to Example CA, which", true),
            (E::UnknownIssuer, &own, "self-signed", true),
            (E::Revoked, &signed, "revoked", false),
            (E::BadSignature, &signed, "altered", false),
            (E::BadEncoding, &own, "cannot be read", false),
        ] {
            let trouble = of_certificate(&error, "other.example", chain);
            assert!(trouble.why.contains(words), "{}", trouble.why);
            assert_eq!(trouble.can_be_trusted, can_be_trusted, "{error:?}");
        }
    }

    #[test]
    fn of_many_names_some_are_told() {
        let mut chain = chain();
        chain[0].names = (1..=9).map(|n| format!("h{n}.example")).collect();
        let why = of_certificate(&CertificateError::NotValidForName, "x.example", &chain).why;
        assert!(why.contains("h5.example and 4 others, not for x.example"), "{why}");
        chain[0].names.clear();
        let why = of_certificate(&CertificateError::NotValidForName, "x.example", &chain).why;
        assert!(why.contains("names no host"), "{why}");
    }

    #[test]
    fn alerts_and_old_servers_are_told_in_words() {
        use AlertDescription as A;
        for (error, asked, words) in [
            (Error::AlertReceived(A::ProtocolVersion), false, "TLS 1.2 and 1.3 only"),
            (Error::AlertReceived(A::CertificateRequired), true, "wants a certificate from us"),
            (Error::AlertReceived(A::HandshakeFailure), true, "asking for a certificate of ours"),
            (Error::AlertReceived(A::HandshakeFailure), false, "nothing in common with us (handshake_failure)"),
            (Error::AlertReceived(A::UnrecognisedName), false, "does not know the name"),
            (Error::AlertReceived(A::UnknownCA), true, "refuses our certificate (unknown_ca)"),
            (Error::AlertReceived(A::InternalError), false, "alert internal_error"),
            (Error::PeerIncompatible(PeerIncompatible::ServerDoesNotSupportTls12Or13), false, "1.2 and 1.3 only"),
            (Error::DecryptError, false, "bad record"),
            (Error::InvalidMessage(InvalidMessage::InvalidContentType), false, "no TLS"),
        ] {
            let trouble = of_error(&error, asked);
            assert!(trouble.why.contains(words), "{}", trouble.why);
            assert!(!trouble.can_be_trusted, "a broken handshake is no question of trust");
        }
    }
}
