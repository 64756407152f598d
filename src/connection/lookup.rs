//! Single questions for callers that go their own way with the answers: which hosts take the mail of a domain, which
//! addresses a host has. What cannot be answered is an empty list; whoever dials is told why.

use std::net::IpAddr;

use super::dial::ordered;
use super::host::Host;
use super::resolve::Resolver;
use super::tls::Materials;
use super::{Failure, Target, Tls};

/// The hosts that take the mail of the target's host (RFC 5321 5.1), with their preference, the preferred one first.
/// **Not sanitized.** Empty where the domain has no MX, or says that it takes no mail.
pub async fn mail_hosts(target: &Target) -> Vec<(u16, String)> {
    let Ok(Host::Name(domain)) = Host::read(&target.host) else { return Vec::new() };
    let found = Resolver::new(target.dns, target.timeouts.connect).exchangers(&domain).await;
    let records = ordered(found.unwrap_or_default(), &mut rand::rng());
    records.into_iter().map(|record| (record.preference, record.host)).collect()
}

/// The addresses of the target's host, of every family, each once.
pub async fn addresses(target: &Target) -> Vec<IpAddr> {
    let name = match Host::read(&target.host) {
        Ok(Host::Address(address)) => return vec![address],
        Ok(Host::Name(name)) => name,
        Err(_) => return Vec::new(),
    };
    let found = Resolver::new(target.dns, target.timeouts.connect).addresses(&name, target.port).await;
    let mut addresses: Vec<IpAddr> = Vec::new();
    for address in found.map(|found| found.addresses).unwrap_or_default() {
        if !addresses.contains(&address.ip()) {
            addresses.push(address.ip());
        }
    }
    addresses
}

/// Whether the files that TLS needs can be used: authorities, our certificate and its key. Blocks; writes nothing.
pub fn readable(tls: &Tls) -> Result<(), Failure> {
    Materials::read(&Tls { key_log: None, ..tls.clone() }, "").map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::Protocol;
    use crate::connection::names::Names;

    #[tokio::test]
    async fn mail_hosts_come_in_order_and_addresses_once() {
        let names = Names::default()
            .mx("example.test", 20, "second.test")
            .mx("example.test", 10, "first.test")
            .address("second.test", "127.0.0.1")
            .address("second.test", "127.0.0.2")
            .serve()
            .await;
        let target = |host: &str| Target { dns: Some(names.address), ..Target::new(Protocol::Smtp, host, 25) };
        let hosts = mail_hosts(&target("example.test")).await;
        assert_eq!(hosts, [(10, "first.test".to_owned()), (20, "second.test".to_owned())]);
        assert_eq!(mail_hosts(&target("second.test")).await, []);
        let mut found = addresses(&target("second.test")).await;
        found.sort();
        assert_eq!(found, ["127.0.0.1", "127.0.0.2"].map(|address| address.parse::<IpAddr>().expect("an address")));
        assert!(addresses(&target("nobody.test")).await.is_empty());
        assert_eq!(addresses(&target("::1")).await.len(), 1);
    }
}
