//! Faults by name: what can be wrong with a server, done on purpose, so that one can see what a client makes of it.

use std::str::FromStr;

/// One thing that the sandbox does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// STARTTLS and STLS are neither announced nor known.
    NoStarttls,
    /// STARTTLS and STLS are announced and refused for now.
    Starttls454,
    /// The certificate ended a day ago.
    CertExpired,
    /// The certificate is for another host.
    CertWrongHost,
    /// The certificate is signed by its own key.
    CertSelfSigned,
    /// The handshake is never answered.
    TlsStall,
    /// Octets in clear right behind the go-ahead (CVE-2011-0411 seen from the client).
    TlsInject,
    /// TCP ends without `close_notify` behind the reply to EHLO or CAPA inside TLS.
    TlsTruncate,
    /// Inside TLS the capabilities are others.
    CapsChange,
    /// Every sign-in is refused.
    Auth535,
    /// Every sign-in is refused for now.
    Auth454,
    /// Every answer is followed by one more challenge.
    AuthEndless,
    /// Every sign-in is refused with what the client sent.
    AuthEcho,
    /// SMTP takes no mail without a sign-in.
    AuthRequired,
}

impl Fault {
    /// In the order in which they are listed for people.
    pub const ALL: [Self; 14] = [
        Self::NoStarttls,
        Self::Starttls454,
        Self::CertExpired,
        Self::CertWrongHost,
        Self::CertSelfSigned,
        Self::TlsStall,
        Self::TlsInject,
        Self::TlsTruncate,
        Self::CapsChange,
        Self::Auth535,
        Self::Auth454,
        Self::AuthEndless,
        Self::AuthEcho,
        Self::AuthRequired,
    ];

    /// The word on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoStarttls => "no-starttls",
            Self::Starttls454 => "starttls-454",
            Self::CertExpired => "cert-expired",
            Self::CertWrongHost => "cert-wrong-host",
            Self::CertSelfSigned => "cert-self-signed",
            Self::TlsStall => "tls-stall",
            Self::TlsInject => "tls-inject",
            Self::TlsTruncate => "tls-truncate",
            Self::CapsChange => "caps-change",
            Self::Auth535 => "auth-535",
            Self::Auth454 => "auth-454",
            Self::AuthEndless => "auth-endless",
            Self::AuthEcho => "auth-echo",
            Self::AuthRequired => "auth-required",
        }
    }

    /// What it does, in one line for people.
    pub fn summary(self) -> &'static str {
        match self {
            Self::NoStarttls => "STARTTLS and STLS are not offered",
            Self::Starttls454 => "STARTTLS and STLS are offered, then refused for now",
            Self::CertExpired => "the certificate ended yesterday",
            Self::CertWrongHost => "the certificate is for another host",
            Self::CertSelfSigned => "the certificate is signed by itself, not by the sandbox's CA",
            Self::TlsStall => "the TLS handshake is never answered",
            Self::TlsInject => "a reply in clear is put right behind the go-ahead for TLS",
            Self::TlsTruncate => "inside TLS the line is cut without close_notify after EHLO or CAPA",
            Self::CapsChange => "inside TLS a smaller SIZE, no PIPELINING, and only PLAIN to sign in",
            Self::Auth535 => "every sign-in is refused",
            Self::Auth454 => "every sign-in is refused for now",
            Self::AuthEndless => "signing in never ends: each answer gets one more challenge",
            Self::AuthEcho => "every sign-in is refused, quoting what the client sent",
            Self::AuthRequired => "SMTP takes no mail before a sign-in",
        }
    }
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|fault| fault.name() == name).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            format!("there is no fault {name:?}; there are {names}")
        })
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_and_is_told_apart_from_the_others() {
        for fault in Fault::ALL {
            assert_eq!(fault.name().parse(), Ok(fault));
            assert!(!fault.summary().is_empty() && !fault.summary().contains('\n'), "{fault}");
        }
        let mut names = Fault::ALL.map(Fault::name);
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
        assert!("no-such".parse::<Fault>().unwrap_err().contains("tls-stall"));
    }
}
