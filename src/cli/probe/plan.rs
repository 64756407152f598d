//! What is looked at: every address of a URL's host on a line of its own; for a domain every host that takes its mail,
//! and every one that its SRV records name.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use futures_util::future::join_all;

use super::Args;
use crate::cli::Trouble;
use crate::cli::args;
use crate::cli::session::Session;
use crate::config::{Environment, Url};
use crate::connection::{self, Discovery, Family, Report, Request, Service, Target};
use crate::wire::TlsMode;

/// What was asked for.
#[derive(Debug)]
pub enum Wish {
    /// This server.
    Server(Target),
    /// Whatever serves the mail of this domain. The target is that of its MX.
    Domain(Target),
}

/// One line to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Where to.
    pub target: Target,
    /// The server as a person would write it; not sanitized.
    pub name: String,
    /// Where its name was found; empty when it was given. Not sanitized.
    pub source: String,
    /// The address, where it was looked up here.
    pub address: Option<IpAddr>,
    /// How long that took.
    pub lookup: Option<Duration>,
}

#[cfg(test)]
impl Default for Line {
    fn default() -> Self {
        let target = Target::new(crate::connection::Protocol::Smtp, "mx.example", 25);
        Self { target, name: String::new(), source: String::new(), address: None, lookup: None }
    }
}

/// Reads the arguments.
pub fn wishes(args: &Args) -> Result<Vec<Wish>, Trouble> {
    let of_profile = args.profile.as_deref().map(|name| of_profile(name, args)).transpose()?;
    let of_places = args.places.iter().map(|place| wish(place, args));
    of_profile.into_iter().flatten().map(Ok).chain(of_places).collect()
}

/// The servers of a profile, with the options over it.
fn of_profile(name: &str, args: &Args) -> Result<Vec<Wish>, Trouble> {
    let (profiles, environment) = (args::profiles()?, Environment::read());
    let profile = args::profile_named(name, &profiles)?;
    let servers = [&profile.smtp, &profile.pop3].into_iter().flatten();
    servers.map(|server| args::readable(args.net.over(server.clone(), &environment)?).map(Wish::Server)).collect()
}

fn wish(place: &str, args: &Args) -> Result<Wish, Trouble> {
    if place.contains("://") {
        let mut target = args::readable(args.net.target(&args::url(place)?)?)?;
        target.mx |= args.mx;
        return Ok(Wish::Server(target));
    }
    // The rules for a domain are those for the host of a URL.
    let url: Url = format!("smtp://{place}").parse().map_err(|error| {
        let what = format!("{place}: {error}");
        Trouble::usage(what, "give a URL such as smtp://mail.example, or a domain such as example.org")
    })?;
    if place.contains([':', '@', '/']) {
        return Err(Trouble::usage(
            format!("{place} is neither a URL nor a domain"),
            "write smtp://HOST:PORT or pop3://HOST:PORT, or the domain alone",
        ));
    }
    let mut target = args::readable(args.net.target(&url)?)?;
    target.mx = true;
    Ok(Wish::Domain(target))
}

/// Finds the lines, in the order of the wishes; and, in words, what was not to be found.
pub async fn lines(wishes: Vec<Wish>, session: &mut Session) -> Result<(Vec<Line>, Vec<String>), Trouble> {
    let (mut lines, mut notes) = (Vec::new(), Vec::new());
    for wish in wishes {
        let target = match wish {
            Wish::Server(target) => {
                lines.extend(of_server(target).await);
                continue;
            }
            Wish::Domain(target) => target,
        };
        let services = match discover(&target, session).await? {
            Ok(services) => services,
            Err(why) => {
                notes.push(why);
                Vec::new()
            }
        };
        lines.extend(of_mail_hosts(target.clone()).await);
        for service in services {
            lines.extend(of_host(of_service(&target, &service), service.source.clone()).await);
        }
    }
    Ok((lines, notes))
}

async fn discover(target: &Target, session: &mut Session) -> Result<Result<Vec<Service>, String>, Trouble> {
    session.request(Request::Discover(Discovery { address: target.host.clone(), dns: target.dns }));
    loop {
        match session.next().await? {
            Report::Discovered(Ok(services)) => return Ok(Ok(services)),
            Report::Discovered(Err(failure)) => return Ok(Err(failure.to_string())),
            Report::Link { .. } | Report::Smtp { .. } | Report::Pop3 { .. } | Report::Record(_) => {}
        }
    }
}

/// The options of the domain's probe, for a server that was found. Its own mode holds, unless TLS is switched off.
fn of_service(domain: &Target, service: &Service) -> Target {
    let mut target = domain.clone();
    (target.protocol, target.host, target.port) = (service.protocol, service.host.clone(), service.port);
    target.mx = false;
    if domain.tls.mode != TlsMode::None {
        target.tls.mode = service.tls;
    }
    target
}

async fn of_server(target: Target) -> Vec<Line> {
    if target.mx { of_mail_hosts(target).await } else { of_host(target, String::new()).await }
}

/// A line for every address of every host that takes the mail of a domain. One for the domain where there are none: the
/// connection task goes on by its rules, or says why not, in its words.
async fn of_mail_hosts(target: Target) -> Vec<Line> {
    let hosts = connection::mail_hosts(&target).await;
    let lines = join_all(hosts.into_iter().map(|(preference, host)| {
        let source = format!("MX {preference} of {}", target.host);
        of_host(Target { host, mx: false, ..target.clone() }, source)
    }));
    let lines = lines.await.concat();
    let source = format!("MX of {}", target.host);
    if lines.is_empty() { vec![plain(target, source)] } else { lines }
}

/// A line for every address of the host; one for the host where it is not looked up here, or cannot be.
async fn of_host(target: Target, source: String) -> Vec<Line> {
    if target.proxy.is_some() || target.host.parse::<IpAddr>().is_ok() {
        return vec![plain(target, source)];
    }
    let since = Instant::now();
    let mut addresses = connection::addresses(&target).await;
    let took = since.elapsed();
    addresses.retain(|address| match target.family {
        Family::Any => true,
        Family::V4 => address.is_ipv4(),
        Family::V6 => address.is_ipv6(),
    });
    if addresses.is_empty() {
        // The connection task says why, in its words.
        return vec![plain(target, source)];
    }
    addresses.into_iter().map(|address| at(&target, &source, address, took)).collect()
}

/// The address is dialled, and the certificate held against the name.
fn at(named: &Target, source: &str, address: IpAddr, took: Duration) -> Line {
    let mut target = named.clone();
    target.tls.name.get_or_insert_with(|| named.host.clone());
    target.host = address.to_string();
    Line { target, name: name_of(named), source: source.to_owned(), address: Some(address), lookup: Some(took) }
}

fn plain(target: Target, source: String) -> Line {
    let address = target.host.parse().ok();
    Line { name: name_of(&target), target, source, address, lookup: None }
}

/// The URL of a server.
fn name_of(target: &Target) -> String {
    let tls = target.tls.mode == TlsMode::Implicit;
    Url { protocol: target.protocol, tls, user: None, host: target.host.clone(), port: target.port }.to_string()
}

#[cfg(test)]
mod tests {
    use super::super::tests::args;
    use super::*;
    use crate::cli::Status;
    use crate::connection::Protocol;

    #[test]
    fn a_url_is_a_server_and_a_bare_name_a_domain() {
        let wishes = wishes(&args("smtps://mx.example example.org pop3://[::1]:1100")).unwrap();
        let told: Vec<_> = wishes
            .iter()
            .map(|wish| match wish {
                Wish::Server(target) => (false, name_of(target), target.mx),
                Wish::Domain(target) => (true, name_of(target), target.mx),
            })
            .collect();
        let expected = [
            (false, "smtps://mx.example:465".to_owned(), false),
            (true, "smtp://example.org:25".to_owned(), true),
            (false, "pop3://[::1]:1100".to_owned(), false),
        ];
        assert_eq!(told, expected);
        for wrong in ["imap://a", "ada@example.org", "mx.example:25", "a/b", "a b", "smtp://"] {
            let mut args = args("x");
            args.places = vec![wrong.to_owned()];
            assert_eq!(super::wishes(&args).unwrap_err().status, Status::Usage, "{wrong}");
        }
    }

    #[tokio::test]
    async fn every_address_is_a_line_of_its_own_with_the_name_for_the_certificate() {
        let target = Target::new(Protocol::Smtp, "localhost", 2525);
        let lines = of_host(target.clone(), "given".into()).await;
        assert!(!lines.is_empty());
        for line in lines {
            let address = line.address.expect("localhost has addresses");
            assert!(address.is_loopback() && line.target.host == address.to_string());
            assert_eq!(
                (line.target.tls.name.as_deref(), line.name.as_str()),
                (Some("localhost"), "smtp://localhost:2525")
            );
            assert!(line.lookup.is_some() && line.source == "given");
        }
        let only = of_host(Target { family: Family::V4, ..target.clone() }, String::new()).await;
        assert!(only.iter().all(|line| line.address.is_some_and(|address| address.is_ipv4())));
        let proxy = crate::connection::Proxy::Http { host: "127.0.0.1".into(), port: 1 };
        let lines = of_host(Target { proxy: Some(proxy), ..target }, String::new()).await;
        assert_eq!((lines.len(), lines[0].target.host.as_str(), lines[0].address), (1, "localhost", None));
    }

    #[test]
    fn a_server_that_was_found_keeps_its_mode_and_the_options() {
        let mut domain = Target::new(Protocol::Smtp, "example.org", 25);
        (domain.mx, domain.family) = (true, Family::V6);
        let service = Service {
            protocol: Protocol::Pop3,
            host: "pop.example.org".into(),
            port: 995,
            tls: TlsMode::Implicit,
            source: "SRV _pop3s._tcp.example.org".into(),
        };
        let target = of_service(&domain, &service);
        assert_eq!(
            (name_of(&target).as_str(), target.mx, target.family),
            ("pop3s://pop.example.org:995", false, Family::V6)
        );
        domain.tls.mode = TlsMode::None;
        assert_eq!(of_service(&domain, &service).tls.mode, TlsMode::None);
    }
}
