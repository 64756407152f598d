//! What the transcript says of a line that became encrypted.

use std::path::Path;

use jiff::Timestamp;

use super::certificate::short;
use crate::connection::{Certificate, Protection, Verdict};
use crate::wire::printable;

/// The rows, sanitized, in order. `keys`: where the session keys go.
pub fn of(protection: &Protection, keys: Option<&Path>, now: Timestamp) -> Vec<String> {
    let mut rows = vec![line(protection, now)];
    if let Verdict::Unchecked(would_be) = &protection.verdict {
        rows.push(match would_be {
            Some(why) => format!("not verified: --insecure; it would be refused: {why}"),
            None => "not verified: --insecure; it would be trusted".to_owned(),
        });
    }
    if let Some(path) = keys.filter(|_| protection.keys_logged) {
        rows.push(format!("session keys are written to {}", path.display()));
    }
    rows.iter().map(|row| printable::text(row).into_owned()).collect()
}

fn line(protection: &Protection, now: Timestamp) -> String {
    let certificate = protection.chain.first().map_or_else(|| "no certificate".to_owned(), |first| holder(first, now));
    let ours = if protection.client_certificate { "; we showed our certificate" } else { "" };
    format!("{}; {certificate}, {}{ours}", protection.terms(), verdict(&protection.verdict))
}

fn holder(certificate: &Certificate, now: Timestamp) -> String {
    let name = certificate.names.first().map_or_else(|| short(&certificate.subject), String::as_str);
    let issuer = if certificate.self_signed { "itself" } else { short(&certificate.issuer) };
    format!("certificate for {name} by {issuer}, {}", certificate.term(now))
}

fn verdict(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Trusted(roots) => format!("trusted by {roots}"),
        Verdict::Pinned => "the pinned one".to_owned(),
        Verdict::Unchecked(_) => "not verified".to_owned(),
        Verdict::Refused { .. } => "not trusted".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::tls::certificate::parse;
    use crate::connection::tls::samples::{Issuer, leaf};

    fn protection(verdict: Verdict) -> Protection {
        let der = leaf("mx.example.org").valid(2020, 2021).signed(&Issuer::new("Example\u{1b} CA")).der;
        Protection {
            version: "TLS 1.3".into(),
            suite: "TLS_AES_256_GCM_SHA384".into(),
            group: "X25519MLKEM768".into(),
            alpn: None,
            sni: None,
            name: "mx.example.org".into(),
            chain: vec![parse(&der)],
            verdict,
            lapse: std::time::Duration::ZERO,
            client_certificate: false,
            keys_logged: true,
        }
    }

    #[test]
    fn one_row_says_how_and_to_whom() {
        let now: Timestamp = "2020-12-03T00:00:00Z".parse().expect("a time");
        let rows = of(&protection(Verdict::Trusted("the system's roots".into())), None, now);
        assert_eq!(
            rows,
            [
                "TLS 1.3, TLS_AES_256_GCM_SHA384, X25519MLKEM768; certificate for mx.example.org by Example␛ CA, 29 days \
              left, trusted by the system's roots"
            ]
        );
    }

    #[test]
    fn what_is_not_verified_and_keys_on_disk_have_rows_of_their_own() {
        let now: Timestamp = "2021-01-03T00:00:01Z".parse().expect("a time");
        let rows = of(&protection(Verdict::Unchecked(Some("it is old".into()))), Some(Path::new("keys.log")), now);
        assert!(rows[0].ends_with("ended 2 days ago, not verified"), "{rows:?}");
        assert_eq!(rows[1], "not verified: --insecure; it would be refused: it is old");
        assert_eq!(rows[2], "session keys are written to keys.log");
    }
}
