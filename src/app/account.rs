//! Where to send and where to read: what the workbench connects to.

use crate::connection::{Protocol, Target};
use crate::wire::{Secret, Side};

/// A pair of servers and who we are there. Made from a URL, a dialog, a profile or the sandbox.
#[derive(Clone, Debug)]
pub struct Account {
    /// Shown in the header.
    pub name: String,
    /// SMTP or LMTP server.
    pub smtp: Option<Target>,
    /// POP3 server.
    pub pop3: Option<Target>,
    /// Name for EHLO, LHLO or HELO.
    pub hello: String,
    /// POP3 user name.
    pub user: Option<String>,
    /// POP3 password, once known.
    pub password: Option<Secret>,
    /// A password may go over a line without TLS.
    pub allow_plain_auth: bool,
    /// Say hello by itself after the greeting. Without it the person does.
    pub greet: bool,
    /// Sender for an empty form.
    pub from: String,
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
    /// An account without servers.
    pub fn empty(hello: impl Into<String>) -> Self {
        Self {
            name: String::new(),
            smtp: None,
            pop3: None,
            hello: hello.into(),
            user: None,
            password: None,
            allow_plain_auth: false,
            greet: true,
            from: String::new(),
            example: None,
        }
    }

    /// The server of a side.
    pub fn target(&self, side: Side) -> Option<&Target> {
        match side {
            Side::Smtp => self.smtp.as_ref(),
            Side::Pop3 => self.pop3.as_ref(),
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
