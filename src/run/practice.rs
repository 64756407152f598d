//! The account that goes with the sandbox: what a newcomer finds filled in.

use std::net::{IpAddr, Ipv4Addr};

use crate::app::{Account, Example};
use crate::connection::request::{Authority, Tls, Trust};
use crate::connection::{Protocol, Target};
use crate::sandbox::Sandbox;
use crate::wire::{Secret, TlsMode};

/// The account that goes with a running sandbox: Ada writes, Bob reads. Both sign in, inside TLS only, and the
/// sandbox's own authority vouches for its certificate.
pub fn account(sandbox: &Sandbox) -> Account {
    let authority = Authority::Pem { pem: sandbox.ca_pem().to_owned(), name: "the sandbox".to_owned() };
    let tls = Tls { mode: TlsMode::Require, trust: Trust::Roots(vec![authority]), ..Tls::default() };
    let target = |protocol, port| Target {
        tls: tls.clone(),
        ..Target::new(protocol, IpAddr::from(Ipv4Addr::LOCALHOST).to_string(), port)
    };
    let domain = sandbox.name();
    Account {
        name: "sandbox".to_owned(),
        smtp: Some(target(Protocol::Smtp, sandbox.smtp().port())),
        pop3: Some(target(Protocol::Pop3, sandbox.pop3().port())),
        user: Some("bob".to_owned()),
        smtp_user: Some("ada".to_owned()),
        password: Some(Secret::new(sandbox.password())),
        allow_plain_auth: false,
        from: format!("Ada Lovelace <ada@{domain}>"),
        example: Some(Example {
            to: format!("bob@{domain}"),
            subject: "Hello from the sandbox".to_owned(),
            body: EXAMPLE.to_owned(),
        }),
        ..Account::empty("localhost")
    }
}

const EXAMPLE: &str = "Hi Bob,

this mail never leaves your machine: the sandbox takes it over SMTP and keeps it in memory, where you can read it \
                       over POP3.

.A line that starts with a dot gets a second one on the way. Watch for it.

Ada
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::Options;
    use crate::wire::Side;

    #[tokio::test]
    async fn the_account_fits_the_sandbox() {
        let sandbox = Sandbox::start(Options::default()).await.unwrap();
        let account = account(&sandbox);
        assert_eq!(account.target(Side::Smtp).unwrap().port, sandbox.smtp().port());
        assert_eq!(account.target(Side::Pop3).unwrap().port, sandbox.pop3().port());
        assert!(account.from.contains("<ada@sandbox.test>"));
        for user in [account.user, account.smtp_user] {
            let user = user.unwrap();
            assert!(sandbox.users().iter().any(|known| known.name == user), "{user}");
        }
    }

    #[tokio::test]
    async fn nothing_goes_in_clear_and_only_the_sandbox_is_trusted() {
        let sandbox = Sandbox::start(Options::default()).await.unwrap();
        let account = account(&sandbox);
        assert!(!account.allow_plain_auth);
        for side in [Side::Smtp, Side::Pop3] {
            let tls = &account.target(side).unwrap().tls;
            assert_eq!(tls.mode, TlsMode::Require, "{side:?}");
            let Trust::Roots(authorities) = &tls.trust else { panic!("{:?}", tls.trust) };
            assert!(matches!(&authorities[..], [Authority::Pem { pem, .. }] if pem == sandbox.ca_pem()), "{side:?}");
        }
    }
}
