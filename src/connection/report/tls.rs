//! What is to be seen of a TLS line: version, ciphers, certificates, and whether they are believed.

use std::time::Duration;

use jiff::Timestamp;

/// How a line is protected, as the handshake left it. All text is **not sanitized**: certificates are the server's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protection {
    /// `TLS 1.3` or `TLS 1.2`; empty when the handshake did not come so far.
    pub version: String,
    /// Cipher suite, by its IANA name; may be empty.
    pub suite: String,
    /// Key exchange group, by its IANA name; may be empty.
    pub group: String,
    /// The protocol agreed by ALPN; we offer none by default.
    pub alpn: Option<String>,
    /// The name we asked for; `None` for an address.
    pub sni: Option<String>,
    /// The name or address that the certificate was held against.
    pub name: String,
    /// What the server showed: its own certificate first.
    pub chain: Vec<Certificate>,
    /// What we make of it.
    pub verdict: Verdict,
    /// From the first octet of the handshake to its end.
    pub lapse: Duration,
    /// We showed a certificate of our own.
    pub client_certificate: bool,
    /// The keys of this line are written to a file.
    pub keys_logged: bool,
}

impl Protection {
    /// Such as `TLS 1.3, TLS_AES_256_GCM_SHA384, X25519`; empty when the handshake did not come so far.
    pub fn terms(&self) -> String {
        let parts = [&self.version, &self.suite, &self.group].map(String::as_str);
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }

    /// Whether the line may be used.
    pub fn is_trusted(&self) -> bool {
        !matches!(self.verdict, Verdict::Refused { .. })
    }
}

/// What we make of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It leads to a root we trust, for this name and now. Which: `the system's roots`, or the name of those that were given.
    Trusted(String),
    /// It is the one that was pinned.
    Pinned,
    /// Nobody looked; why it would have been refused, if it would.
    Unchecked(Option<String>),
    /// Not believed.
    Refused {
        /// Such as `the certificate is for other.example, not for mail.example`.
        why: String,
        /// What to try, one sentence.
        advice: String,
        /// Trusting this one certificate would mend it (false where the handshake itself failed).
        can_be_trusted: bool,
    },
}

/// One certificate (RFC 5280).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Distinguished name of its holder.
    pub subject: String,
    /// Distinguished name of who issued it.
    pub issuer: String,
    /// Subject alternative names: DNS names and addresses, in its order.
    pub names: Vec<String>,
    /// Valid from.
    pub not_before: Timestamp,
    /// Valid until.
    pub not_after: Timestamp,
    /// Serial number, hexadecimal.
    pub serial: String,
    /// Such as `ECDSA P-256` or `RSA 2048`.
    pub key: String,
    /// Signature algorithm, such as `ecdsa-with-SHA256`.
    pub signature: String,
    /// SHA-256 over the whole certificate: its fingerprint.
    pub sha256: [u8; 32],
    /// Issued by itself.
    pub self_signed: bool,
    /// May issue others.
    pub is_ca: bool,
}

impl Certificate {
    /// Whole days until it ends; negative once it has.
    pub fn days_left(&self, now: Timestamp) -> i64 {
        (self.not_after.as_second() - now.as_second()).div_euclid(86_400)
    }

    /// How long it lasts, or since when it is over: such as `61 days left` or `ended 1 day ago`.
    pub fn term(&self, now: Timestamp) -> String {
        let days = |count: i64| if count == 1 { "1 day".to_owned() } else { format!("{count} days") };
        match self.days_left(now) {
            _ if self.not_before > now => "not valid yet".to_owned(),
            // The day that is not over yet counts for what is left, not for what is gone.
            -1 => "ended less than a day ago".to_owned(),
            left @ ..0 => format!("ended {} ago", days(-1 - left)),
            0 => "ends within a day".to_owned(),
            left => format!("{} left", days(left)),
        }
    }

    /// The fingerprint as hexadecimal octets with colons between.
    pub fn fingerprint(&self) -> String {
        let octets: Vec<String> = self.sha256.iter().map(|octet| format!("{octet:02X}")).collect();
        octets.join(":")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_term_says_how_long_it_lasts_or_since_when_it_is_over() {
        let certificate = Certificate {
            subject: String::new(),
            issuer: String::new(),
            names: Vec::new(),
            not_before: "2020-01-01T00:00:00Z".parse().unwrap(),
            not_after: "2021-01-01T00:00:00Z".parse().unwrap(),
            serial: String::new(),
            key: String::new(),
            signature: String::new(),
            sha256: [0; 32],
            self_signed: false,
            is_ca: false,
        };
        for (now, words) in [
            ("2019-12-31T00:00:00Z", "not valid yet"),
            ("2020-12-03T00:00:00Z", "29 days left"),
            ("2020-12-31T00:00:00Z", "1 day left"),
            ("2020-12-31T00:00:01Z", "ends within a day"),
            ("2021-01-01T00:00:01Z", "ended less than a day ago"),
            ("2021-01-03T00:00:01Z", "ended 2 days ago"),
        ] {
            assert_eq!(certificate.term(now.parse().unwrap()), words, "{now}");
        }
    }
}
