//! Where to send and where to read: what the workbench connects to.

use crate::config::Profile;
use crate::config::secret::Source;
use crate::connection::{Protocol, Target};
use crate::sasl::Mechanism;
use crate::wire::{Secret, Side};

/// A pair of servers and who we are there. Made from a URL, a dialog, a profile or the sandbox.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub struct Account {
    /// Shown in the header.
    pub name: String,
    /// SMTP or LMTP server.
    pub smtp: Option<Target>,
    /// POP3 server.
    pub pop3: Option<Target>,
    /// Name for EHLO, LHLO or HELO.
    pub hello: String,
    /// Who signs in to POP3.
    pub user: Option<String>,
    /// Who signs in to SMTP; `None`: nobody.
    pub smtp_user: Option<String>,
    /// The password or token of both, once known.
    pub password: Option<Secret>,
    /// Where it comes from.
    pub source: Source,
    /// It is an OAuth 2.0 access token.
    pub token: bool,
    /// This mechanism and no other.
    pub mechanism: Option<Mechanism>,
    /// A password may go over a line without TLS.
    pub allow_plain_auth: bool,
    /// Say hello by itself after the greeting. Without it the person does.
    pub greet: bool,
    /// Sender for an empty form.
    pub from: String,
    /// Put below the body of an empty form.
    pub signature: String,
    /// It is kept in `config.toml` under [`Self::name`].
    pub kept: bool,
    /// Recipient, subject and body for an empty form (the sandbox fills them in).
    pub example: Option<Example>,
}

/// The mail a newcomer finds in the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// Recipient.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// Body.
    pub body: String,
}

impl Account {
    /// The servers are the sandbox's.
    pub(crate) fn is_practice(&self) -> bool {
        self.example.is_some()
    }

    /// An account without servers.
    pub fn empty(hello: impl Into<String>) -> Self {
        Self {
            name: String::new(),
            smtp: None,
            pop3: None,
            hello: hello.into(),
            user: None,
            smtp_user: None,
            password: None,
            source: Source::default(),
            token: false,
            mechanism: None,
            allow_plain_auth: false,
            greet: true,
            from: String::new(),
            signature: String::new(),
            kept: false,
            example: None,
        }
    }

    /// The account of a profile; its secret is not fetched yet. `hello`: the name for EHLO where the profile has none.
    pub fn of_profile(profile: &Profile, hello: &str) -> Self {
        Self {
            name: profile.name.clone(),
            smtp: profile.smtp.clone(),
            pop3: profile.pop3.clone(),
            hello: profile.hello.clone().unwrap_or_else(|| hello.to_owned()),
            user: profile.user.clone(),
            smtp_user: profile.smtp_user.clone(),
            source: profile.source.clone(),
            token: profile.token,
            mechanism: profile.mechanism,
            allow_plain_auth: profile.allow_plain_auth,
            from: profile.from.clone().unwrap_or_default(),
            signature: profile.signature.clone().unwrap_or_default(),
            kept: true,
            ..Self::empty(hello)
        }
    }

    /// The server of a side.
    pub fn target(&self, side: Side) -> Option<&Target> {
        match side {
            Side::Smtp => self.smtp.as_ref(),
            Side::Pop3 => self.pop3.as_ref(),
        }
    }

    /// The server of a side, to change it.
    pub fn target_mut(&mut self, side: Side) -> Option<&mut Target> {
        match side {
            Side::Smtp => self.smtp.as_mut(),
            Side::Pop3 => self.pop3.as_mut(),
        }
    }

    /// Who signs in on a side.
    pub fn user_of(&self, side: Side) -> Option<&str> {
        match side {
            Side::Smtp => self.smtp_user.as_deref(),
            Side::Pop3 => self.user.as_deref(),
        }
    }

    /// The name of its secret in the key ring: one for both sides, as there is but one secret.
    pub fn secret_key(&self) -> String {
        let named = |side| Some((self.user_of(side)?, self.target(side)?));
        let (user, host) = named(Side::Smtp).or_else(|| named(Side::Pop3)).map_or(("", ""), |(u, t)| (u, &t.host));
        crate::config::secret::key(user, host)
    }

    /// Nothing secret is needed to sign in.
    pub fn needs_no_secret(&self) -> bool {
        matches!(self.mechanism, Some(Mechanism::External | Mechanism::Anonymous))
    }

    /// The profile that keeps this account, without its secret.
    pub fn profile(&self) -> Profile {
        let filled = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Profile {
            name: self.name.clone(),
            smtp: self.smtp.clone(),
            pop3: self.pop3.clone(),
            user: self.user.clone(),
            smtp_user: self.smtp_user.clone(),
            source: self.source.clone(),
            token: self.token,
            mechanism: self.mechanism,
            allow_plain_auth: self.allow_plain_auth,
            hello: filled(&self.hello),
            from: filled(&self.from),
            signature: filled(&self.signature),
        }
    }

    /// Sets the server of the target's side.
    pub fn set_target(&mut self, target: Target) {
        match target.protocol {
            Protocol::Smtp | Protocol::Lmtp => self.smtp = Some(target),
            Protocol::Pop3 => self.pop3 = Some(target),
        }
    }
}
