//! How a line is protected, in lines for people: the TLS panel and the certificate in short. All text is sanitized.

use jiff::Timestamp;

use crate::connection::report::{Certificate, Protection, Verdict};
use crate::transcript::text::lapse;
use crate::wire::{Secured, printable};

/// Names shown of one certificate.
const NAMES: usize = 12;

/// The panel of a line without TLS.
pub(super) fn plain(secured: Option<&Secured>) -> Vec<String> {
    let mut lines = vec!["plain: nothing is encrypted; whoever sees the packets can read and change them".to_owned()];
    match secured {
        Some(Secured::NotOffered) => {
            lines.push("TLS was wanted if offered, and the server does not offer it".to_owned());
        }
        Some(Secured::NotWanted) => {
            lines.push("TLS is switched off for this server (connect form: TLS none)".to_owned());
        }
        _ => {}
    }
    lines
}

/// The panel of a line with TLS: how, with whom, and what TLS changed.
pub(super) fn panel(shown: &Protection, secured: Option<&Secured>, now: Timestamp) -> Vec<String> {
    let mut lines = vec![
        row("verdict", &verdict(&shown.verdict)),
        row("version", &shown.version),
        row("cipher", &shown.suite),
        row("key exch.", &shown.group),
        row("ALPN", shown.alpn.as_deref().unwrap_or("none agreed")),
        row("SNI", shown.sni.as_deref().unwrap_or("none sent: an address has none")),
        row("held to", &shown.name),
        row("handshake", &lapse(shown.lapse)),
    ];
    if let Verdict::Refused { advice, .. } = &shown.verdict {
        lines.insert(1, row("advice", advice));
    }
    lines.retain(|line| line.len() > 11);
    if shown.client_certificate {
        lines.push(row("ours", "a certificate of our own was shown to the server"));
    }
    if shown.keys_logged {
        lines.push(row("key log", "the keys of this line are written to a file: whoever has it can read a capture"));
    }
    lines.extend(changes(secured));
    for (index, certificate) in shown.chain.iter().enumerate() {
        lines.push(String::new());
        let whose = if index == 0 { "the server's own" } else { "issuer of the one before" };
        lines.push(format!("Certificate {} of {}: {whose}", index + 1, shown.chain.len()));
        lines.extend(in_full(certificate, now));
    }
    lines
}

fn row(name: &str, text: &str) -> String {
    format!("{name:<10} {}", printable::text(text))
}

fn verdict(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Trusted(roots) => format!("trusted: leads to {roots}, fits the name, and is in date"),
        Verdict::Pinned => "pinned: it is the one certificate that is trusted here".to_owned(),
        Verdict::Unchecked(None) => "not verified, as was asked for; it would have been trusted".to_owned(),
        Verdict::Unchecked(Some(why)) => format!("not verified, as was asked for; it would have been refused: {why}"),
        Verdict::Refused { why, .. } => format!("refused: {why}"),
    }
}

/// What the server announced behind TLS only, and in clear only.
fn changes(secured: Option<&Secured>) -> Vec<String> {
    let Some(Secured::Started { gained, lost }) = secured else { return Vec::new() };
    if gained.is_empty() && lost.is_empty() {
        return vec![row("offers", "the same before and behind TLS")];
    }
    let signed = |sign: &'static str, lines: &[String]| -> Vec<String> {
        lines.iter().map(|line| format!("  {sign} {}", printable::text(line))).collect()
    };
    let mut lines =
        vec![String::new(), "What the server offers changed with TLS (+ only behind it, - only before):".to_owned()];
    lines.extend(signed("+", gained));
    lines.extend(signed("-", lost));
    lines
}

/// A certificate in the few lines that a decision needs.
pub(super) fn in_short(certificate: &Certificate, now: Timestamp) -> Vec<String> {
    let mut lines = vec![row("  for", &names(certificate)), row("  issuer", &issuer(certificate))];
    lines.push(row("  valid", &validity(certificate, now)));
    lines.extend(fingerprint(certificate));
    lines
}

fn in_full(certificate: &Certificate, now: Timestamp) -> Vec<String> {
    let mut lines = vec![row("  subject", &certificate.subject)];
    if !certificate.names.is_empty() {
        lines.push(row("  names", &names(certificate)));
    }
    lines.extend([
        row("  issuer", &issuer(certificate)),
        row("  valid", &validity(certificate, now)),
        row("  key", &certificate.key),
        row("  signed", &certificate.signature),
        row("  serial", &certificate.serial),
    ]);
    lines.extend(fingerprint(certificate));
    if certificate.is_ca {
        lines.push(row("  may", "issue other certificates"));
    }
    lines
}

fn names(certificate: &Certificate) -> String {
    let more = certificate.names.len().saturating_sub(NAMES);
    let listed = certificate.names.iter().take(NAMES).map(String::as_str).collect::<Vec<_>>().join(", ");
    match (listed.is_empty(), more) {
        (true, _) => certificate.subject.clone(),
        (false, 0) => listed,
        (false, more) => format!("{listed} and {more} more"),
    }
}

fn issuer(certificate: &Certificate) -> String {
    if certificate.self_signed { "itself (self-signed)".to_owned() } else { certificate.issuer.clone() }
}

fn validity(certificate: &Certificate, now: Timestamp) -> String {
    let day = |moment: Timestamp| moment.strftime("%Y-%m-%d").to_string();
    format!("{} to {} ({})", day(certificate.not_before), day(certificate.not_after), certificate.term(now))
}

/// The fingerprint in two halves, so that it fits the narrowest screen.
fn fingerprint(certificate: &Certificate) -> [String; 2] {
    let whole = certificate.fingerprint();
    let (first, second) = whole.split_at(whole.len().div_ceil(2).min(whole.len()));
    [row("  SHA-256", first), row("", second)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate() -> Certificate {
        let date = |text: &str| text.parse::<Timestamp>().unwrap();
        Certificate {
            subject: "CN=mail.example\u{1b}[31m".to_owned(),
            issuer: "CN=Example CA".to_owned(),
            names: vec!["mail.example".to_owned(), "smtp.example".to_owned()],
            not_before: date("2026-01-01T00:00:00Z"),
            not_after: date("2026-03-01T00:00:00Z"),
            serial: "0a".to_owned(),
            key: "ECDSA P-256".to_owned(),
            signature: "ecdsa-with-SHA256".to_owned(),
            sha256: [0xAB; 32],
            self_signed: false,
            is_ca: false,
        }
    }

    #[test]
    fn the_validity_says_how_long_it_lasts_or_since_when_it_is_over() {
        for (now, words) in [
            ("2026-02-01T00:00:00Z", "28 days left"),
            ("2026-02-28T00:00:01Z", "ends within a day"),
            ("2026-03-01T01:00:00Z", "ended less than a day ago"),
            ("2026-03-02T12:00:00Z", "ended 1 day ago"),
            ("2026-03-03T01:00:00Z", "ended 2 days ago"),
            ("2025-12-31T00:00:00Z", "not valid yet"),
        ] {
            let text = validity(&certificate(), now.parse().unwrap());
            assert!(text.starts_with("2026-01-01 to 2026-03-01") && text.contains(words), "{text}");
        }
    }

    #[test]
    fn what_certificates_say_is_sanitized_and_the_whole_fingerprint_is_there() {
        let lines = in_full(&certificate(), "2026-02-01T00:00:00Z".parse().unwrap());
        assert!(lines.iter().all(|line| !line.contains('\u{1b}')), "{lines:?}");
        assert_eq!(lines.concat().matches("AB").count(), 32, "{lines:?}");
    }

    #[test]
    fn what_tls_changed_is_told_both_ways() {
        let secured = Secured::Started { gained: vec!["AUTH PLAIN".to_owned()], lost: vec!["STARTTLS".to_owned()] };
        let text = changes(Some(&secured)).join("\n");
        assert!(text.contains("+ AUTH PLAIN") && text.contains("- STARTTLS"), "{text}");
        assert!(plain(None)[0].starts_with("plain: nothing is encrypted"));
    }
}
