//! Who signs in, with what, and what is permitted.

use super::Mechanism;
use crate::wire::Secret;

/// What the secret is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum SecretKind {
    /// A password that stays the same.
    #[default]
    Password,
    /// An OAuth 2.0 access token: only for XOAUTH2 and OAUTHBEARER.
    Token,
    /// There is none: EXTERNAL or ANONYMOUS.
    None,
}

/// Who signs in, with what, and what is permitted.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// User name (authentication identity). For ANONYMOUS the trace information, which may be empty.
    pub user: String,
    /// Whom to act as, if somebody else (authorization identity).
    pub authorization: Option<String>,
    /// Password or token; empty for [`SecretKind::None`].
    pub secret: Secret,
    /// What [`Self::secret`] is.
    pub kind: SecretKind,
    /// This one and no other.
    pub mechanism: Option<Mechanism>,
    /// A reusable secret may go over a line without TLS.
    pub allow_plain: bool,
    /// Send the first message along with AUTH where the client speaks first.
    pub initial_response: bool,
    /// Host name and port, for OAUTHBEARER.
    pub server: (String, u16),
    /// Fresh randomness for SCRAM: printable ASCII without a comma, at least 18 characters.
    pub nonce: String,
}

impl SignIn {
    /// With a password, chosen by itself, nothing reusable in clear.
    pub fn with_password(user: impl Into<String>, password: Secret, nonce: impl Into<String>) -> Self {
        Self {
            user: user.into(),
            authorization: None,
            secret: password,
            kind: SecretKind::Password,
            mechanism: None,
            allow_plain: false,
            initial_response: true,
            server: (String::new(), 0),
            nonce: nonce.into(),
        }
    }
}
