//! A profile: two servers and who we are there, as `config.toml` keeps it under `[profiles.NAME]`.

mod endpoint;
pub mod last;
mod place;
mod read;
mod text;
pub mod write;

pub(super) use read::{profiles, refusal};

use super::secret::Source;
use crate::connection::Target;
use crate::sasl::Mechanism;

/// Two servers and who we are there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// Its key in `config.toml`.
    pub name: String,
    /// Where mail is sent.
    pub smtp: Option<Target>,
    /// Where mail is read.
    pub pop3: Option<Target>,
    /// Who signs in to POP3.
    pub user: Option<String>,
    /// Who signs in to SMTP; `None`: nobody.
    pub smtp_user: Option<String>,
    /// Where the password or token of both comes from.
    pub source: Source,
    /// It is an OAuth 2.0 access token.
    pub token: bool,
    /// This mechanism and no other.
    pub mechanism: Option<Mechanism>,
    /// A password may go over a line without TLS.
    pub allow_plain_auth: bool,
    /// Our name in EHLO.
    pub hello: Option<String>,
    /// Sender for an empty form.
    pub from: Option<String>,
    /// Put below the body of an empty form.
    pub signature: Option<String>,
}

/// The servers of a big provider, as they are published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preset {
    /// Its name for people.
    pub name: String,
    /// Mail domains it serves, lower case.
    pub domains: Vec<String>,
    /// Where mail is sent.
    pub smtp: Option<Target>,
    /// Where mail is read.
    pub pop3: Option<Target>,
    /// It takes OAuth 2.0 tokens only, no passwords.
    pub token: bool,
    /// What a person has to know or do there, one sentence; may be empty.
    pub note: String,
}

#[cfg(test)]
mod tests;
