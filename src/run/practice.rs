//! The account that goes with the sandbox: what a newcomer finds filled in.

use std::net::{IpAddr, Ipv4Addr};

use crate::app::{Account, Example};
use crate::connection::{Family, Protocol, Target};
use crate::sandbox::Sandbox;
use crate::wire::{Secret, Timeouts};

/// The account that goes with a running sandbox: Ada writes, Bob reads.
pub fn account(sandbox: &Sandbox) -> Account {
    let target = |protocol, port| Target {
        protocol,
        host: IpAddr::from(Ipv4Addr::LOCALHOST).to_string(),
        port,
        family: Family::Any,
        source: None,
        timeouts: Timeouts::default(),
    };
    let domain = sandbox.name();
    Account {
        name: "sandbox".to_owned(),
        smtp: Some(target(Protocol::Smtp, sandbox.smtp().port())),
        pop3: Some(target(Protocol::Pop3, sandbox.pop3().port())),
        hello: "localhost".to_owned(),
        user: Some("bob".to_owned()),
        password: Some(Secret::new(sandbox.password())),
        allow_plain_auth: true,
        greet: true,
        from: format!("Ada Lovelace <ada@{domain}>"),
        example: Some(Example {
            to: format!("bob@{domain}"),
            subject: "Hello from the sandbox".to_owned(),
            body: EXAMPLE.to_owned(),
        }),
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
        let reader = account.user.unwrap();
        assert!(sandbox.users().iter().any(|user| user.name == reader));
    }
}
