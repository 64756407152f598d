//! The questions that are put to the name service: addresses, mail exchangers and services of a name.
//!
//! Addresses come from the system's resolver, which knows the machine's own names too, unless a name server is given:
//! then that server is asked and nobody else. MX and SRV the system's resolver cannot look up, so those go to the
//! system's name servers. What the answers mean (RFC 5321 5.1, RFC 6186) is not known here.

use std::io;
use std::net::SocketAddr;
use std::sync::OnceLock;
use std::time::Duration;

use futures_util::future::{Either, select};
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use tokio::net::lookup_host;
use tokio::time::timeout;

use super::failure;
use crate::wire::printable;

/// How long a question waits for its answer before it is put again.
const ROUND: Duration = Duration::from_secs(3);
/// How long the addresses of one family wait for those of the other. RFC 8305 3 says 50 ms; who looks at a transcript
/// rather waits a moment longer and sees all.
const OTHER_FAMILY: Duration = Duration::from_millis(500);

/// Why there is no answer to go on with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unanswered {
    /// There is no such name (NXDOMAIN).
    NoSuchName,
    /// The name has no record of that kind, as far as was said.
    NoRecord,
    /// The name service did not do its work: why, sanitized.
    Trouble(String),
}

/// The addresses of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// In the order in which they are to be tried.
    pub addresses: Vec<SocketAddr>,
    /// Why those of one family may be missing, sanitized.
    pub missing: Option<String>,
}

/// An MX record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchanger {
    /// The lowest is tried first.
    pub preference: u16,
    /// In ASCII, escaped as in zone files, without the last dot: empty for the root. From outside.
    pub host: String,
}

/// An SRV record (RFC 2782).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The lowest is tried first.
    pub priority: u16,
    /// Among equal priorities the heaviest is preferred.
    pub weight: u16,
    /// TCP port.
    pub port: u16,
    /// As [`Exchanger::host`].
    pub host: String,
}

/// Asks the name service.
pub struct Resolver {
    server: Option<SocketAddr>,
    limit: Duration,
    /// Made for the first question that needs it: to make it, files are read.
    own: OnceLock<Result<TokioResolver, Unanswered>>,
}

impl Resolver {
    /// `server`: asked instead of the system's resolver. `limit`: how long each question may take.
    pub fn new(server: Option<SocketAddr>, limit: Duration) -> Self {
        Self { server, limit, own: OnceLock::new() }
    }

    /// The addresses of `host` with `port`, in the order in which they are to be tried; at least one.
    pub async fn addresses(&self, host: &str, port: u16) -> Result<Addresses, Unanswered> {
        let found = match self.server {
            None => self.addresses_by_system(host, port).await?,
            Some(_) => self.addresses_by_server(host, port).await?,
        };
        if found.addresses.is_empty() { Err(Unanswered::NoRecord) } else { Ok(found) }
    }

    /// The MX records of `domain`, unordered; at least one.
    pub async fn exchangers(&self, domain: &str) -> Result<Vec<Exchanger>, Unanswered> {
        let records = self.ask(domain, RecordType::MX).await?;
        let exchangers = records.into_iter().filter_map(|record| match record {
            RData::MX(mx) => Some(Exchanger { preference: mx.preference, host: host(&mx.exchange) }),
            _ => None,
        });
        some(exchangers.collect())
    }

    /// The SRV records of `name`, unordered; at least one.
    pub async fn places(&self, name: &str) -> Result<Vec<Place>, Unanswered> {
        let records = self.ask(name, RecordType::SRV).await?;
        let places = records.into_iter().filter_map(|record| match record {
            RData::SRV(srv) => {
                let host = host(&srv.target);
                Some(Place { priority: srv.priority, weight: srv.weight, port: srv.port, host })
            }
            _ => None,
        });
        some(places.collect())
    }

    async fn addresses_by_system(&self, host: &str, port: u16) -> Result<Addresses, Unanswered> {
        match timeout(self.limit, lookup_host((host, port))).await {
            Ok(Ok(addresses)) => Ok(Addresses { addresses: addresses.collect(), missing: None }),
            Ok(Err(error)) if is_resolver_trouble(&error) => {
                Err(Unanswered::Trouble(format!("the name was not looked up: {}", lookup_words(&error))))
            }
            Ok(Err(_)) => Err(Unanswered::NoRecord),
            Err(_) => Err(Unanswered::Trouble("the name service does not answer".to_owned())),
        }
    }

    /// Both families at once. One that has addresses waits for the other only for a moment.
    async fn addresses_by_server(&self, host: &str, port: u16) -> Result<Addresses, Unanswered> {
        let v6 = Box::pin(self.ask(host, RecordType::AAAA));
        let v4 = Box::pin(self.ask(host, RecordType::A));
        let (v6, v4) = match select(v6, v4).await {
            Either::Left((v6, v4)) => {
                let v4 = self.patiently(v6.is_ok(), v4).await;
                (v6, v4)
            }
            Either::Right((v4, v6)) => (self.patiently(v4.is_ok(), v6).await, v4),
        };
        let missing = match (&v6, &v4) {
            (Err(trouble @ Unanswered::Trouble(_)), Err(_)) | (Err(_), Err(trouble @ Unanswered::Trouble(_))) => {
                return Err(trouble.clone());
            }
            (Err(why), Err(_)) => return Err(why.clone()),
            (Err(Unanswered::Trouble(words)), _) => Some(format!("no IPv6 address: {words}")),
            (_, Err(Unanswered::Trouble(words))) => Some(format!("no IPv4 address: {words}")),
            _ => None,
        };
        let records = [v6, v4].into_iter().flatten().flatten();
        let addresses = records.filter_map(|record| Some(SocketAddr::new(record.ip_addr()?, port))).collect();
        Ok(Addresses { addresses, missing })
    }

    /// Waits for the records of one family; not for long when there are addresses of the other.
    async fn patiently(
        &self,
        enough: bool,
        asking: impl Future<Output = Result<Vec<RData>, Unanswered>>,
    ) -> Result<Vec<RData>, Unanswered> {
        if enough { timeout(OTHER_FAMILY, asking).await.unwrap_or_else(|_| Err(self.silent())) } else { asking.await }
    }

    /// The records of one kind, and what aliases led to them.
    async fn ask(&self, name: &str, kind: RecordType) -> Result<Vec<RData>, Unanswered> {
        // A name that cannot be put into a question exists nowhere.
        let Ok(mut name) = Name::from_ascii(name) else { return Err(Unanswered::NoSuchName) };
        name.set_fqdn(true);
        let own = self.own.get_or_init(|| self.build()).as_ref().map_err(Clone::clone)?;
        match timeout(self.limit, own.lookup(name, kind)).await {
            Ok(Ok(found)) => Ok(found.answers().iter().map(|record| record.data.clone()).collect()),
            Ok(Err(error)) => Err(self.unanswered(&error)),
            Err(_) => Err(self.silent()),
        }
    }

    fn build(&self) -> Result<TokioResolver, Unanswered> {
        let mut builder = match self.server {
            Some(server) => {
                let ways = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut way| {
                    way.port = server.port();
                    way
                });
                let server = NameServerConfig::new(server.ip(), true, ways.into());
                let config = ResolverConfig::from_name_servers(vec![server]);
                TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
            }
            None => TokioResolver::builder_tokio().map_err(|error| self.unanswered(&error))?,
        };
        self.bound(builder.options_mut());
        builder.build().map_err(|error| self.unanswered(&error))
    }

    /// No question takes longer than the limit, however often it is put.
    fn bound(&self, options: &mut ResolverOpts) {
        options.timeout = ROUND.min(self.limit);
        options.attempts = 2;
        // A resolver lives for one search.
        options.cache_size = 64;
        options.use_hosts_file = ResolveHosts::Never;
    }

    fn unanswered(&self, error: &NetError) -> Unanswered {
        match error {
            error if error.is_nx_domain() => Unanswered::NoSuchName,
            error if error.is_no_records_found() => Unanswered::NoRecord,
            NetError::Dns(DnsError::ResponseCode(code)) => {
                let code = code.to_str().to_lowercase();
                Unanswered::Trouble(format!("{} answers: {}", self.who(), printable::text(&code)))
            }
            NetError::Timeout | NetError::NoConnections => self.silent(),
            NetError::Io(error) => {
                Unanswered::Trouble(format!("{} cannot be asked: {}", self.who(), failure::in_words(error)))
            }
            other => {
                let words = other.to_string();
                Unanswered::Trouble(format!("{} gives no usable answer: {}", self.who(), printable::text(&words)))
            }
        }
    }

    fn silent(&self) -> Unanswered {
        Unanswered::Trouble(format!("{} does not answer", self.who()))
    }

    fn who(&self) -> String {
        self.server.map_or_else(|| "the name service".to_owned(), |server| format!("the name server {server}"))
    }
}

fn some<T>(records: Vec<T>) -> Result<Vec<T>, Unanswered> {
    if records.is_empty() { Err(Unanswered::NoRecord) } else { Ok(records) }
}

/// A name of the DNS as a host.
fn host(name: &Name) -> String {
    let name = name.to_ascii();
    name.strip_suffix('.').map(str::to_owned).unwrap_or(name)
}

/// Whether looking up failed, rather than said that there is no such name. The standard library hands over the words
/// of `gai_strerror` only.
fn is_resolver_trouble(error: &io::Error) -> bool {
    let words = error.to_string().to_ascii_lowercase();
    ["temporary failure", "try again", "non-recoverable", "system error", "memory"]
        .iter()
        .any(|sign| words.contains(sign))
}

fn lookup_words(error: &io::Error) -> String {
    let words = failure::in_words(error);
    words.rsplit(": ").next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resolver_in_trouble_is_no_unknown_host() {
        for (words, trouble) in [
            ("failed to lookup address information: Temporary failure in name resolution", true),
            ("failed to lookup address information: Try again", true),
            ("failed to lookup address information: Name or service not known", false),
            ("failed to lookup address information: nodename nor servname provided, or not known", false),
            ("failed to lookup address information: No address associated with hostname", false),
        ] {
            assert_eq!(is_resolver_trouble(&io::Error::other(words)), trouble, "{words}");
        }
    }

    #[tokio::test]
    async fn a_name_that_fits_no_question_is_no_name() {
        let nobody = SocketAddr::from(([127, 0, 0, 1], 1));
        let resolver = Resolver::new(Some(nobody), Duration::from_secs(1));
        for name in ["a..b".to_owned(), "a".repeat(64), "a.".repeat(200)] {
            assert_eq!(resolver.exchangers(&name).await, Err(Unanswered::NoSuchName), "{name}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn addresses_of_one_family_do_not_wait_long_for_those_of_the_other() {
        let resolver = Resolver::new(None, Duration::from_secs(10));
        let silence = || std::future::pending::<Result<Vec<RData>, Unanswered>>();
        let began = tokio::time::Instant::now();
        assert_eq!(resolver.patiently(true, silence()).await, Err(resolver.silent()));
        assert_eq!(began.elapsed(), OTHER_FAMILY);
        let waiting = resolver.patiently(false, silence());
        assert!(timeout(Duration::from_mins(1), waiting).await.is_err(), "nothing else is there to go on with");
    }

    #[test]
    fn hosts_from_the_dns_are_escaped_and_end_without_a_dot() {
        for (labels, shown) in [
            (vec![&b"mail"[..], b"example", b"org"], "mail.example.org"),
            (vec![b"a\x1b[31m", b"test"], "a\\033\\[31m.test"),
            (vec![], ""),
        ] {
            assert_eq!(host(&Name::from_labels(labels).unwrap()), shown);
        }
    }
}
