//! The course of one attempt: which hosts, which addresses, which way.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::timeout_at;

use super::super::failure::place;
use super::super::host::Host;
use super::super::request::Proxy;
use super::super::resolve::{Resolver, Unanswered};
use super::super::work::Log;
use super::super::{Failure, FailureKind, Family, Target, proxy};
use super::attempt::attempt;
use super::race::{Won, interleaved, race};
use super::{exchangers, nearest};
use crate::wire::printable;

/// Addresses of one host that are tried.
const MOST_ADDRESSES: usize = 32;

/// A line that stands.
#[derive(Debug)]
pub struct Reached {
    /// The line.
    pub stream: TcpStream,
    /// Who is at its other end, in ASCII.
    pub host: String,
    /// From the start of the attempt that won.
    pub lapse: Duration,
}

/// What an attempt needs on its way.
pub struct Course {
    target: Target,
    resolver: Resolver,
    log: Log,
}

/// A failed host.
enum Missed {
    /// The next one may do better.
    Host(Failure),
    /// The next one would fare the same.
    All(Failure),
}

impl Course {
    /// Nothing happens before [`Self::run`].
    pub fn new(target: Target, log: Log) -> Self {
        let resolver = Resolver::new(target.dns, target.timeouts.connect);
        Self { target, resolver, log }
    }

    /// To the line that stands, or to the end of all hopes.
    pub async fn run(self) -> Result<Reached, Failure> {
        let host = Host::read(&self.target.host).map_err(|why| self.unknown(&self.target.host, why))?;
        if let Some(words) = host.conversion(&self.target.host) {
            self.log.note(words);
        }
        let reached = match &host {
            Host::Name(domain) if self.target.mx => self.any_of(self.exchangers(domain).await?).await,
            Host::Address(_) | Host::Name(_) => self.reach(host).await.map_err(Missed::failure),
        }?;
        self.introduced(reached).await
    }

    /// Says whom the line speaks for, before anything else goes over it.
    async fn introduced(&self, mut reached: Reached) -> Result<Reached, Failure> {
        let Some(header) = self.target.proxy_header else { return Ok(reached) };
        let stream = &mut reached.stream;
        let ends = stream.local_addr().and_then(|local| Ok((local, stream.peer_addr()?)));
        let lost = |error| Failure::lost(&place(&reached.host, self.target.port), &error);
        let (local, peer) = ends.map_err(lost)?;
        stream.write_all(&header.octets(local, peer)).await.map_err(lost)?;
        self.log.note(format!("sent first: {}", header.shown(local, peer)));
        Ok(reached)
    }

    /// The hosts that take the mail of `domain`, in the order in which they are tried; at least one.
    async fn exchangers(&self, domain: &str) -> Result<Vec<Host>, Failure> {
        let shown = printable::text(domain).into_owned();
        self.log.note(format!("looking up the MX of {shown}"));
        let records = match self.resolver.exchangers(domain).await {
            Ok(records) => exchangers::ordered(records, &mut rand::rng()),
            Err(Unanswered::NoRecord) => {
                self.log.note(format!("{shown} has no MX: its own addresses take its mail (implicit MX)"));
                return Ok(vec![Host::Name(domain.to_owned())]);
            }
            Err(why) => return Err(self.unanswered(domain, why)),
        };
        if records.is_empty() {
            let what = format!("{shown} takes no mail: it says so itself with a null MX (RFC 7505)");
            let advice = "Check the spelling of the domain: no server takes mail for this one".to_owned();
            return Err(Failure { advice, ..self.unknown(domain, what) });
        }
        self.log.note(format!("MX of {shown}: {}", exchangers::listed(&records)));
        let hosts: Vec<_> = records.iter().filter_map(|record| self.exchanger(&record.host)).collect();
        if hosts.is_empty() {
            return Err(self.unknown(domain, format!("no MX of {shown} is a host name")));
        }
        Ok(hosts)
    }

    fn exchanger(&self, host: &str) -> Option<Host> {
        Host::read(host).map_err(|why| self.log.trouble(why)).ok()
    }

    /// One host after the other.
    async fn any_of(&self, hosts: Vec<Host>) -> Result<Reached, Failure> {
        let count = hosts.len();
        let mut failures = Vec::new();
        for (index, host) in hosts.into_iter().enumerate() {
            if count > 1 {
                self.log.note(format!("mail host {} of {count}: {}", index + 1, printable::text(&host.plain())));
            }
            match self.reach(host).await {
                Ok(reached) => return Ok(reached),
                Err(Missed::All(failure)) => return Err(failure),
                Err(Missed::Host(failure)) if count == 1 => return Err(failure),
                Err(Missed::Host(failure)) => {
                    self.log.trouble(failure.to_string());
                    failures.push(failure);
                }
            }
        }
        Err(of_hosts(failures))
    }

    async fn reach(&self, host: Host) -> Result<Reached, Missed> {
        match &self.target.proxy {
            None => self.directly(host).await.map_err(Missed::Host),
            Some(proxy) => self.through(proxy, host).await,
        }
    }

    async fn directly(&self, host: Host) -> Result<Reached, Failure> {
        let won = self.dial(&host, self.target.port).await?;
        Ok(Reached { stream: won.stream, host: host.plain(), lapse: won.since.elapsed() })
    }

    async fn through(&self, proxy: &Proxy, host: Host) -> Result<Reached, Missed> {
        let ((name, port), shown) = (proxy.endpoint(), proxy.shown());
        self.log.note(format!("through {shown}"));
        let missed = |what| Failure::new(FailureKind::Proxy, &place(name.trim(), port), what);
        let unreached = |what: String| Missed::All(missed(format!("{shown} is not reached: {what}")));
        let proxy_host = Host::read(name).map_err(unreached)?;
        let won = self.dial(&proxy_host, port).await.map_err(|failure| unreached(failure.what))?;
        let server = place(&host.plain(), self.target.port);
        self.log.note(format!("asking the proxy for {server}"));
        let limit = self.target.timeouts.connect;
        let asking = proxy::ask(proxy, won.stream, &host, self.target.port);
        let answer = timeout_at(won.since + limit, asking).await;
        match answer.unwrap_or_else(|_| Err(format!("gave no line within {:.1} s", limit.as_secs_f64()))) {
            Ok(stream) => Ok(Reached { stream, host: host.plain(), lapse: won.since.elapsed() }),
            Err(why) => Err(Missed::Host(missed(format!("{shown}, asked for {server}, {why}")))),
        }
    }

    /// Looks `host` up and races its addresses.
    async fn dial(&self, host: &Host, port: u16) -> Result<Won<TcpStream>, Failure> {
        let addresses = match host {
            Host::Address(address) => vec![self.literal(*address, port)?],
            Host::Name(name) => self.addresses(name, port).await?,
        };
        let (limit, source) = (self.target.timeouts.connect, self.target.source);
        let won = race(&addresses, &self.log, |address| attempt(address, source, limit)).await;
        won.map_err(|troubles| match (nearest(&troubles), source) {
            ((FailureKind::Io, _), Some(source)) => {
                let what = format!("no connection can be made from {source}");
                let failure = Failure::new(FailureKind::Unreachable, &place(&host.plain(), port), what);
                failure.with_advice("The address to connect from must be one of this machine's: check it")
            }
            ((kind, what), _) => Failure::new(kind, &place(&host.plain(), port), what),
        })
    }

    fn literal(&self, address: IpAddr, port: u16) -> Result<SocketAddr, Failure> {
        if self.fits(address) {
            return Ok(SocketAddr::new(address, port));
        }
        Err(self.unknown(&address.to_string(), format!("{address} is no {} address", self.wanted())))
    }

    /// The addresses of a name that may be tried, in the order in which they are; at least one.
    async fn addresses(&self, name: &str, port: u16) -> Result<Vec<SocketAddr>, Failure> {
        let shown = printable::text(name);
        self.log.note(match self.target.dns {
            None => format!("resolving {shown}"),
            Some(server) => format!("resolving {shown} at {server}"),
        });
        let found = self.resolver.addresses(name, port).await.map_err(|why| self.unanswered(name, why))?;
        if let Some(words) = found.missing {
            self.log.trouble(words);
        }
        let all = found.addresses.len();
        let mut fitting: Vec<_> = found.addresses.into_iter().filter(|address| self.fits(address.ip())).collect();
        let (passed_over, left_out) = (all - fitting.len(), fitting.len().saturating_sub(MOST_ADDRESSES));
        if fitting.is_empty() {
            return Err(self.unknown(name, format!("{shown} has no {} address", self.wanted())));
        }
        fitting.truncate(MOST_ADDRESSES);
        self.log.note(self.listed(&fitting, passed_over, left_out));
        Ok(interleaved(fitting))
    }

    fn listed(&self, addresses: &[SocketAddr], passed_over: usize, left_out: usize) -> String {
        let addresses: Vec<_> = addresses.iter().map(|address| address.ip().to_string()).collect();
        let mut parts = vec![format!("found {}", addresses.join(", "))];
        if passed_over > 0 {
            parts.push(format!("{passed_over} passed over: not {}", self.wanted()));
        }
        if left_out > 0 {
            parts.push(format!("{left_out} more left out"));
        }
        parts.join("; ")
    }

    fn unanswered(&self, name: &str, why: Unanswered) -> Failure {
        let shown = printable::text(name);
        match why {
            Unanswered::NoSuchName => self.unknown(name, format!("the name {shown} does not exist")),
            Unanswered::NoRecord => self.unknown(name, format!("the name {shown} has no address")),
            Unanswered::Trouble(words) => Failure::new(FailureKind::Resolver, &self.place(name), words),
        }
    }

    fn unknown(&self, host: &str, what: String) -> Failure {
        Failure::new(FailureKind::UnknownHost, &self.place(host), what)
    }

    fn place(&self, host: &str) -> String {
        let host = Host::read(host).map_or_else(|_| host.trim().to_owned(), |host| host.plain());
        place(&host, self.target.port)
    }

    fn fits(&self, address: IpAddr) -> bool {
        let of_family = match self.target.family {
            Family::Any => true,
            Family::V4 => address.is_ipv4(),
            Family::V6 => address.is_ipv6(),
        };
        of_family && self.target.source.is_none_or(|source| source.is_ipv4() == address.is_ipv4())
    }

    /// The family that [`Self::fits`] lets pass, for people.
    fn wanted(&self) -> &'static str {
        match (self.target.family, self.target.source) {
            (Family::V4, Some(IpAddr::V6(_))) | (Family::V6, Some(IpAddr::V4(_))) => "matching",
            (Family::V4, _) | (Family::Any, Some(IpAddr::V4(_))) => "IPv4",
            (Family::V6, _) | (Family::Any, Some(IpAddr::V6(_))) => "IPv6",
            (Family::Any, None) => "usable",
        }
    }
}

impl Missed {
    fn failure(self) -> Failure {
        match self {
            Self::Host(failure) | Self::All(failure) => failure,
        }
    }
}

/// Of several hosts the one that came nearest to success is told; there is at least one.
fn of_hosts(mut failures: Vec<Failure>) -> Failure {
    let ranks = [
        FailureKind::Refused,
        FailureKind::ConnectTimeout,
        FailureKind::Unreachable,
        FailureKind::Proxy,
        FailureKind::Io,
        FailureKind::Resolver,
        FailureKind::UnknownHost,
    ];
    let count = failures.len();
    let rank = |failure: &Failure| ranks.iter().position(|kind| *kind == failure.kind).unwrap_or(ranks.len());
    failures.sort_by_key(rank);
    let nearest = failures.swap_remove(0);
    let what = format!("none of the {count} mail hosts could be reached; the nearest to it: {}", nearest.what);
    Failure { what, ..nearest }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_hosts_the_nearest_to_success_is_told() {
        let failure = |kind, what: &str| Failure::new(kind, what, what);
        let (unknown, refused) = (FailureKind::UnknownHost, FailureKind::Refused);
        let told = of_hosts(vec![failure(unknown, "a"), failure(refused, "b"), failure(FailureKind::Resolver, "c")]);
        assert_eq!((told.kind, told.at.as_str()), (FailureKind::Refused, "b"));
        assert_eq!(told.what, "none of the 3 mail hosts could be reached; the nearest to it: b");
    }
}
