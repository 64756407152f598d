//! The name service as the library asks it, and its silence in words.

use std::net::SocketAddr;
use std::time::Duration;

use mail_auth::MessageAuthenticator;
use mail_auth::hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use mail_auth::hickory_resolver::system_conf::read_system_conf;
use tokio::time::{Instant, timeout_at};

/// Asks until the time is up.
pub(super) struct Names {
    pub(super) library: MessageAuthenticator,
    deadline: Instant,
}

impl Names {
    /// `server`: asked instead of the system's name servers. `answer`: how long one question may take.
    pub(super) fn new(server: Option<SocketAddr>, answer: Duration, deadline: Instant) -> Result<Self, String> {
        let none = |error: &dyn std::fmt::Display| {
            let error = crate::wire::printable::text(&error.to_string()).into_owned();
            format!("the system names no name server that could be asked ({error}): --dns names one")
        };
        let (config, mut options) = match server {
            Some(server) => (only(server), ResolverOpts::default()),
            None => read_system_conf().map_err(|error| none(&error))?,
        };
        options.timeout = answer;
        options.attempts = 1;
        options.cache_size = 256;
        options.use_hosts_file = ResolveHosts::Never;
        let library = MessageAuthenticator::new(config, options).map_err(|error| none(&error))?;
        Ok(Self { library, deadline })
    }

    /// What `asking` comes to; `None`: the time for everything is up.
    pub(super) async fn in_time<T>(&self, asking: impl Future<Output = T>) -> Option<T> {
        timeout_at(self.deadline, asking).await.ok()
    }
}

/// A configuration of this server alone, over UDP and, for long answers, TCP.
fn only(server: SocketAddr) -> ResolverConfig {
    let ways = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut way| {
        way.port = server.port();
        way
    });
    ResolverConfig::from_name_servers(vec![NameServerConfig::new(server.ip(), true, ways.into())])
}
