//! The mechanisms spoken here, and what each gives away.

use std::str::FromStr;

/// A way to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mechanism {
    /// RFC 7677, with channel binding (RFC 5802 6).
    ScramSha256Plus,
    /// RFC 7677.
    ScramSha256,
    /// RFC 5802, with channel binding.
    ScramSha1Plus,
    /// RFC 5802.
    ScramSha1,
    /// RFC 7628.
    OAuthBearer,
    /// Google's and Microsoft's form of a bearer token.
    XOAuth2,
    /// RFC 4616.
    Plain,
    /// User name and password, each behind a challenge; never standardized, widely spoken.
    Login,
    /// USER and PASS of POP3 (RFC 1939 7); no SASL.
    UserPass,
    /// RFC 2195; obsolete, only when asked for.
    CramMd5,
    /// APOP of POP3 (RFC 1939 7); no SASL, obsolete, only when asked for.
    Apop,
    /// RFC 4422 A: who one is follows from the line, such as a client certificate.
    External,
    /// RFC 4505.
    Anonymous,
}

impl Mechanism {
    /// The strongest first.
    pub const ALL: [Self; 13] = [
        Self::ScramSha256Plus,
        Self::ScramSha256,
        Self::ScramSha1Plus,
        Self::ScramSha1,
        Self::OAuthBearer,
        Self::XOAuth2,
        Self::Plain,
        Self::Login,
        Self::UserPass,
        Self::CramMd5,
        Self::Apop,
        Self::External,
        Self::Anonymous,
    ];

    /// The registered name; `USER` and `APOP` for the two of POP3.
    pub fn name(self) -> &'static str {
        match self {
            Self::ScramSha256Plus => "SCRAM-SHA-256-PLUS",
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::ScramSha1Plus => "SCRAM-SHA-1-PLUS",
            Self::ScramSha1 => "SCRAM-SHA-1",
            Self::OAuthBearer => "OAUTHBEARER",
            Self::XOAuth2 => "XOAUTH2",
            Self::Plain => "PLAIN",
            Self::Login => "LOGIN",
            Self::UserPass => "USER",
            Self::CramMd5 => "CRAM-MD5",
            Self::Apop => "APOP",
            Self::External => "EXTERNAL",
            Self::Anonymous => "ANONYMOUS",
        }
    }

    /// Whoever reads the line can sign in afterwards: the password or token itself goes over it.
    pub fn reveals_the_secret(self) -> bool {
        matches!(self, Self::Plain | Self::Login | Self::UserPass | Self::XOAuth2 | Self::OAuthBearer)
    }

    /// Ties the sign-in to the TLS line.
    pub fn binds_the_channel(self) -> bool {
        matches!(self, Self::ScramSha256Plus | Self::ScramSha1Plus)
    }

    /// Spoken with AUTH, unlike the two of POP3's own.
    pub fn is_sasl(self) -> bool {
        !matches!(self, Self::UserPass | Self::Apop)
    }
}

impl FromStr for Mechanism {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|mechanism| mechanism.name().eq_ignore_ascii_case(name));
        known.ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            format!("the sign-in mechanism {name:?} is not spoken here; there are {names}")
        })
    }
}

impl std::fmt::Display for Mechanism {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_in_any_letter_case() {
        for mechanism in Mechanism::ALL {
            assert_eq!(mechanism.name().to_ascii_lowercase().parse(), Ok(mechanism));
        }
        assert!("NTLM".parse::<Mechanism>().unwrap_err().contains("SCRAM-SHA-256"));
    }
}
