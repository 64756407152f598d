//! From a plain stream to an encrypted one: the handshake within its time, and what is to be told of it.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustls::client::Resumption;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ProtocolVersion};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout_at};

use super::breakage::{Breakage, Broken};
use super::hello::{First, ServerHello, group_name, suite_name};
use super::identity::Showing;
use super::materials::Materials;
use super::verifier::Recording;
use super::{channel, rows};
use crate::connection::failure::place;
use crate::connection::request::Tls;
use crate::connection::stream::{Encrypted, Stream};
use crate::connection::{Failure, Protection, Protocol, Target, Verdict};
use crate::wire::{Channel, Wait, printable};

/// Everything a handshake on one link needs to know.
#[derive(Clone, Debug)]
pub struct Setup {
    tls: Tls,
    materials: Materials,
    host: String,
    at: String,
    protocol: Protocol,
    limit: Duration,
}

/// What the handshake follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// The connect: TLS from the first octet.
    Connect,
    /// The go-ahead to STARTTLS or STLS.
    GoAhead,
}

/// The end of a handshake.
#[derive(Debug)]
pub struct Shaken {
    /// The encrypted stream and what ties a sign-in to it.
    pub result: Result<(Stream, Channel), Failure>,
    /// Something to show, if it came so far.
    pub protection: Option<Box<Protection>>,
}

/// A handshake under way. Dropping it drops the line.
pub type Handshake = Pin<Box<dyn Future<Output = Shaken> + Send>>;

impl Setup {
    /// For the line to `host`, which may be one of several of `target`.
    pub fn new(target: &Target, host: &str, materials: Materials) -> Self {
        let host = host.trim();
        let host = host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(host);
        Self {
            tls: target.tls.clone(),
            materials,
            host: host.to_owned(),
            at: place(host, target.port),
            protocol: target.protocol,
            limit: target.timeouts.handshake,
        }
    }

    /// Rows of the transcript for a line that is encrypted now.
    pub fn rows(&self, protection: &Protection) -> Vec<String> {
        rows::of(protection, self.tls.key_log.as_deref(), Timestamp::now())
    }

    /// Whether we have a certificate to show.
    pub fn shows_certificates(&self) -> bool {
        self.materials.identity.is_some()
    }

    /// Starts a handshake on `stream`; its time runs from the first poll.
    pub fn handshake(&self, stream: Stream, start: Start) -> Handshake {
        let setup = self.clone();
        Box::pin(async move { Attempt::new(setup, start).run(stream).await })
    }

    fn server_name(&self) -> Result<ServerName<'static>, Failure> {
        let name = self.tls.name.as_deref().map_or(self.host.as_str(), str::trim);
        if let Ok(address) = name.parse::<IpAddr>() {
            return Ok(address.into());
        }
        let ascii = idna::domain_to_ascii(name.trim_end_matches('.')).ok();
        let known = ascii.and_then(|ascii| ServerName::try_from(ascii).ok());
        known.ok_or_else(|| {
            let what = format!("{} is no name that a certificate can have", printable::text(name));
            Failure::tls(&self.at, &what).with_advice("Give the name that the server's certificate has")
        })
    }
}

/// One handshake, with what its parts leave behind.
struct Attempt {
    setup: Setup,
    start: Start,
    begun: Instant,
    first: First,
    showing: Arc<Showing>,
}

impl Attempt {
    fn new(setup: Setup, start: Start) -> Self {
        let showing = Arc::new(Showing::new(setup.materials.identity.clone()));
        Self { setup, start, begun: Instant::now(), first: First::default(), showing }
    }

    async fn run(self, stream: Stream) -> Shaken {
        let name = match self.setup.server_name() {
            Ok(name) => name,
            Err(failure) => return Shaken { result: Err(failure), protection: None },
        };
        let Some(verifier) = self.verifier().await else {
            let failure = Failure::timed_out(&self.setup.at, Wait::Handshake);
            return Shaken { result: Err(failure), protection: None };
        };
        let deadline = self.begun + self.setup.limit;
        let upgrade = stream.upgrade(self.config(&verifier), name.clone(), self.first.clone());
        match timeout_at(deadline, upgrade).await {
            Ok(Ok(stream)) => self.done(*stream, &verifier, &name),
            Ok(Err(error)) => self.broken(Broken::Line(error), &verifier, &name),
            Err(_) => self.broken(Broken::Late, &verifier, &name),
        }
    }

    /// Reading the system's roots takes time too.
    async fn verifier(&self) -> Option<Arc<Recording>> {
        let (trust, roots) = (self.setup.tls.trust.clone(), self.setup.materials.roots.clone());
        if Recording::is_at_hand(&trust, &roots) {
            return Some(Arc::new(Recording::new(trust, roots)));
        }
        let loading = spawn_blocking(move || Arc::new(Recording::new(trust, roots)));
        timeout_at(self.begun + self.setup.limit, loading).await.ok()?.ok()
    }

    fn config(&self, verifier: &Arc<Recording>) -> Arc<ClientConfig> {
        let mut config = config(verifier.clone(), self.showing.clone());
        if let Some(file) = &self.setup.materials.key_log {
            config.key_log = file.clone();
        }
        Arc::new(config)
    }

    fn done(&self, stream: Encrypted, verifier: &Recording, name: &ServerName<'_>) -> Shaken {
        let hello = ServerHello::parse(&self.first.octets()).unwrap_or_default();
        let seen = verifier.seen();
        let session = stream.session();
        let mut channel = channel::bindings(session, seen.end_entity.as_deref(), hello.extended_master_secret);
        channel.trusted = matches!(seen.verdict, Some(Verdict::Trusted(_) | Verdict::Pinned));
        let mut protection = self.protection(verifier, name);
        protection.version = session.protocol_version().map(version_name).unwrap_or_default();
        protection.suite = session.negotiated_cipher_suite().map(|suite| suite_name(suite.suite())).unwrap_or_default();
        protection.group =
            session.negotiated_key_exchange_group().map(|group| group_name(group.name())).unwrap_or_default();
        protection.alpn = session.alpn_protocol().map(|alpn| String::from_utf8_lossy(alpn).into_owned());
        Shaken { result: Ok((Stream::Tls(Box::new(stream)), channel)), protection: Some(Box::new(protection)) }
    }

    fn broken(&self, broken: Broken, verifier: &Recording, name: &ServerName<'_>) -> Shaken {
        let mut protection = self.protection(verifier, name);
        let breakage = Breakage {
            at: &self.setup.at,
            protocol: self.setup.protocol,
            start: self.start,
            first: &self.first.octets(),
            asked: self.showing.was_asked(),
        };
        let refused = verifier.seen().verdict.is_some() && !protection.is_trusted();
        let failure = if refused { breakage.not_believed(&protection) } else { breakage.explained(broken) };
        if !refused {
            let (why, advice) = (failure.what.clone(), failure.advice.clone());
            protection.verdict = Verdict::Refused { why, advice, can_be_trusted: false };
        }
        let worth_showing = !protection.version.is_empty() || !protection.chain.is_empty();
        Shaken { result: Err(failure), protection: worth_showing.then(|| Box::new(protection)) }
    }

    /// What is known by now; the verdict is a refusal as long as there is none.
    fn protection(&self, verifier: &Recording, name: &ServerName<'_>) -> Protection {
        let seen = verifier.seen();
        let hello = ServerHello::parse(&self.first.octets()).unwrap_or_default();
        let none = || Verdict::Refused { why: String::new(), advice: String::new(), can_be_trusted: false };
        Protection {
            version: hello.version,
            suite: hello.suite,
            group: hello.group,
            alpn: None,
            sni: matches!(name, ServerName::DnsName(_)).then(|| name.to_str().into_owned()),
            name: name.to_str().into_owned(),
            chain: seen.chain,
            verdict: seen.verdict.unwrap_or_else(none),
            lapse: self.begun.elapsed(),
            client_certificate: self.showing.was_shown(),
            keys_logged: self.setup.materials.key_log.is_some(),
        }
    }
}

/// TLS 1.2 and 1.3, each handshake a whole one.
pub fn config(verifier: Arc<Recording>, showing: Arc<Showing>) -> ClientConfig {
    let builder = ClientConfig::builder_with_provider(super::provider());
    let builder = builder.with_safe_default_protocol_versions().expect("the provider has suites of both versions");
    let mut config = builder.dangerous().with_custom_certificate_verifier(verifier).with_client_cert_resolver(showing);
    config.resumption = Resumption::disabled();
    config
}

fn version_name(version: ProtocolVersion) -> String {
    match version {
        ProtocolVersion::TLSv1_2 => "TLS 1.2".to_owned(),
        ProtocolVersion::TLSv1_3 => "TLS 1.3".to_owned(),
        other => other.as_str().unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_the_hosts_unless_another_is_given() {
        for (host, given, name) in [
            ("mail.example.", None, Some("mail.example")),
            ("bücher.example", None, Some("xn--bcher-kva.example")),
            ("[::1]", None, Some("::1")),
            ("127.0.0.1", Some("mail.example"), Some("mail.example")),
            ("mail.example", Some("127.0.0.1"), Some("127.0.0.1")),
            ("a b", None, None),
        ] {
            let mut target = Target::new(Protocol::Smtp, host, 25);
            target.tls.name = given.map(str::to_owned);
            let found = Setup::new(&target, host, Materials::default()).server_name();
            assert_eq!(found.ok().map(|name| name.to_str().into_owned()).as_deref(), name, "{host}");
        }
    }
}
