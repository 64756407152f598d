//! Postfix and Dovecot together: what the one delivers, the other shows.

use std::io::Write as _;

use super::certificates::Certificates;
use super::dovecot::{Dovecot, Speaks};
use super::mailboxes::Mailboxes;
use super::postfix::Postfix;

/// Both servers. They end before their folder goes away.
pub struct Servers {
    /// Takes mail for alice and bob @example.test.
    pub smtp: Postfix,
    /// Shows it.
    pub pop3: Dovecot,
    /// Where it lies.
    pub mail: Mailboxes,
}

impl Servers {
    /// Starts both, or says why not. Where `CI=true` promises the servers, their absence is a failure.
    pub fn start() -> Option<Self> {
        if !Self::can_start() {
            return None;
        }
        let mail = Mailboxes::new();
        Some(Self { smtp: Postfix::start(&mail), pop3: Dovecot::start(&mail), mail })
    }

    /// Whether both can be started; says why not.
    pub fn can_start() -> bool {
        if let Some(why) = missing() {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "CI=true, but {why}");
            // Written to the stream itself: what `eprintln!` writes is hidden when a test passes.
            let _ = writeln!(std::io::stderr(), "skipped: {why}");
            return false;
        }
        true
    }

    /// Starts both with TLS and sign-in, `speaks` being Dovecot's; the certificates come with them.
    pub fn start_secure(speaks: Speaks) -> Option<(Self, Certificates)> {
        if !Self::can_start() {
            return None;
        }
        let mail = Mailboxes::new();
        let certificates = Certificates::make(&mail.path().join("certificates"));
        let pop3 = Dovecot::start_secure(&mail, &certificates, "good", speaks);
        let smtp = Postfix::start_secure(&mail, &certificates, &pop3.sasl_socket());
        Some((Self { smtp, pop3, mail }, certificates))
    }

    /// `smtp://127.0.0.1:PORT`
    pub fn smtp_url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.smtp.port)
    }

    /// `pop3://USER@127.0.0.1:PORT`
    pub fn pop3_url(&self, user: &str) -> String {
        format!("pop3://{user}@127.0.0.1:{}", self.pop3.port)
    }
}

/// What keeps the servers from being started.
fn missing() -> Option<&'static str> {
    if !rustix::process::geteuid().is_root() {
        return Some("Postfix and Dovecot start only as root");
    }
    if !Postfix::installed() {
        return Some("Postfix is not installed");
    }
    (!Dovecot::installed()).then_some("Dovecot with POP3 is not installed")
}
