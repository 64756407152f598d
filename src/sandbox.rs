//! The embedded practice server: SMTP and POP3 on loopback, one store in memory, nothing on disk, nothing sent on.
//!
//! A mail that SMTP takes lies in the recipient's POP3 mailbox at once. The conversations are state machines without
//! sockets ([`smtp::Session`], [`pop3::Session`]); [`server`] gives them sockets and TLS, with certificates made at the
//! start. No address beyond loopback is ever listened on. Signing in is possible and nowhere needed to send.
//!
//! Two addresses misbehave on purpose: `greylist@` is always told to come back later, `full@` has no room left. What else
//! can be wrong with a server has names: [`Fault`].

pub mod accounts;
pub mod auth;
mod babble;
pub mod certificate;
pub mod clock;
pub mod fault;
pub mod nonce;
pub mod outbox;
pub mod pop3;
mod report;
mod samples;
pub mod scram;
pub mod server;
pub mod smtp;
pub mod store;
pub mod tls;
mod trace;

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinSet;

pub use accounts::{PASSWORD, TOKEN, User};
pub use fault::{Fault, Faults};
pub use store::{Letter, Store};

use accounts::Accounts;
use clock::Clock;
use nonce::Nonces;
use server::{Conversation, Door};
use tls::Tls;

/// What a sandbox is started with.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where SMTP listens; loopback only. Port 0 takes a free one.
    pub smtp: SocketAddr,
    /// Where POP3 listens; loopback only. Port 0 takes a free one.
    pub pop3: SocketAddr,
    /// Where SMTP listens with TLS from the first octet; loopback only. Port 0 takes a free one.
    pub smtps: SocketAddr,
    /// Where POP3 listens with TLS from the first octet; loopback only. Port 0 takes a free one.
    pub pop3s: SocketAddr,
    /// The name in the greeting and the domain of all mailboxes.
    pub name: String,
    /// Whether the mailboxes start with a few sample mails.
    pub samples: bool,
    /// How much is kept and for how long a silent client is.
    pub limits: Limits,
    /// A clock that stands still, for pictures and snapshots: dates (those of certificates too), queue ids, unique-ids
    /// and nonces are then the same in every run. `None`: the system's clock.
    pub clock: Option<jiff::Timestamp>,
    /// What it does wrong on purpose from the start.
    pub faults: Vec<Fault>,
    /// Whether every client may name another one with XCLIENT.
    pub xclient: bool,
}

impl Default for Options {
    fn default() -> Self {
        let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            smtp: any_port,
            pop3: any_port,
            smtps: any_port,
            pop3s: any_port,
            name: "sandbox.test".to_owned(),
            samples: true,
            limits: Limits::default(),
            clock: None,
            faults: Vec::new(),
            xclient: false,
        }
    }
}

/// The server's bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most octets of one mail, announced as SIZE.
    pub message: usize,
    /// Most messages in all mailboxes together.
    pub messages: usize,
    /// Most octets in all mailboxes together.
    pub octets: usize,
    /// Most recipients of one mail.
    pub recipients: usize,
    /// Most faulty commands in a row, or failed sign-ins in one session, before the line is closed.
    pub errors: u32,
    /// Most connections at a time on each port.
    pub connections: usize,
    /// How long a client may be silent (RFC 1939 3 asks for at least 10 minutes).
    pub idle: Duration,
    /// How long a TLS handshake may take.
    pub handshake: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message: 32 * 1024 * 1024,
            messages: 20_000,
            octets: 256 * 1024 * 1024,
            recipients: 100,
            errors: 25,
            connections: 100,
            idle: Duration::from_mins(10),
            handshake: Duration::from_secs(30),
        }
    }
}

/// What every conversation of one sandbox shares.
#[derive(Debug)]
pub struct Site {
    /// Who has a mailbox.
    pub accounts: Accounts,
    /// The bounds.
    pub limits: Limits,
    /// The mail.
    pub store: Arc<Store>,
    /// Numbers used once.
    pub nonces: Nonces,
    /// What is wrong on purpose now.
    pub faults: Arc<Faults>,
    /// XCLIENT is announced and obeyed.
    pub xclient: bool,
}

impl Site {
    /// The shared part of a sandbox with `options`, without sockets. Refused when the name is no domain.
    pub fn new(options: &Options) -> io::Result<Self> {
        if !smtp::address::is_domain(&options.name) {
            return Err(invalid(format!("'{}' is no domain name", options.name.escape_debug())));
        }
        let accounts = Accounts::new(&options.name);
        let clock = options.clock.map_or(Clock::System, Clock::Fixed);
        let store = Arc::new(Store::new(accounts.users().len(), options.limits, clock));
        let (nonces, faults) = (Nonces::new(clock), Arc::new(Faults::new(&options.faults)));
        let xclient = options.xclient;
        let site = Self { accounts, limits: options.limits, store, nonces, faults, xclient };
        if options.samples {
            samples::deliver(&site, clock.now());
        }
        Ok(site)
    }

    /// Whether this is done wrong on purpose.
    pub fn has(&self, fault: Fault) -> bool {
        self.faults.has(fault)
    }
}

/// A running server. Dropping it closes the ports and every conversation.
#[derive(Debug)]
pub struct Sandbox {
    smtp: SocketAddr,
    pop3: SocketAddr,
    smtps: SocketAddr,
    pop3s: SocketAddr,
    site: Arc<Site>,
    tls: Arc<Tls>,
    /// The listening tasks; each owns the tasks of its conversations.
    _listeners: JoinSet<()>,
}

impl Sandbox {
    /// Makes certificates, binds the four ports and starts to serve, on the runtime of the caller.
    ///
    /// Fails when a port is taken, an address is not loopback, or the name is no domain.
    pub async fn start(options: Options) -> io::Result<Self> {
        let site = Arc::new(Site::new(&options)?);
        let now = options.clock.unwrap_or_else(jiff::Timestamp::now);
        let tls = Arc::new(Tls::new(&options.name, now, Arc::clone(&site.faults))?);
        let mut listeners = Listeners { site, tls, tasks: JoinSet::new() };
        Ok(Self {
            smtp: listeners.add(options.smtp, false, smtp::Session::new).await?,
            pop3: listeners.add(options.pop3, false, pop3::Session::new).await?,
            smtps: listeners.add(options.smtps, true, smtp::Session::new).await?,
            pop3s: listeners.add(options.pop3s, true, pop3::Session::new).await?,
            site: listeners.site,
            tls: listeners.tls,
            _listeners: listeners.tasks,
        })
    }

    /// Where SMTP listens.
    pub fn smtp(&self) -> SocketAddr {
        self.smtp
    }

    /// Where POP3 listens.
    pub fn pop3(&self) -> SocketAddr {
        self.pop3
    }

    /// Where SMTP listens with TLS from the first octet.
    pub fn smtps(&self) -> SocketAddr {
        self.smtps
    }

    /// Where POP3 listens with TLS from the first octet.
    pub fn pop3s(&self) -> SocketAddr {
        self.pop3s
    }

    /// The certificate to trust, in PEM: that of the authority which signed the server's.
    pub fn ca_pem(&self) -> &str {
        self.tls.ca_pem()
    }

    /// What it does wrong on purpose now.
    pub fn faults(&self) -> Vec<Fault> {
        self.site.faults.list()
    }

    /// Does these things wrong from now on, and nothing else. Conversations under way meet them with their next step,
    /// those of TLS with their next handshake.
    pub fn set_faults(&self, faults: &[Fault]) {
        self.site.faults.set(faults);
    }

    /// The name of the server and the domain of its mailboxes.
    pub fn name(&self) -> &str {
        self.site.accounts.domain()
    }

    /// The practice password, the same for every user, and no secret.
    pub fn password(&self) -> &'static str {
        PASSWORD
    }

    /// Who has a mailbox.
    pub fn users(&self) -> &[User] {
        self.site.accounts.users()
    }

    /// The store: counts, and waiting for mail to arrive.
    pub fn store(&self) -> &Arc<Store> {
        &self.site.store
    }

    /// How many mails SMTP has taken since the start; samples do not count.
    pub fn delivered(&self) -> u64 {
        self.site.store.delivered()
    }

    /// The letters of `user` now, oldest first; none for a user who does not exist.
    pub fn mailbox(&self, user: &str) -> Vec<Arc<Letter>> {
        self.site.accounts.mailbox(user).map(|index| self.site.store.letters(index)).unwrap_or_default()
    }
}

/// Listening tasks to be.
struct Listeners {
    site: Arc<Site>,
    tls: Arc<Tls>,
    tasks: JoinSet<()>,
}

impl Listeners {
    /// Binds one port and serves it. Returns where that is.
    async fn add<C: Conversation>(
        &mut self,
        address: SocketAddr,
        implicit: bool,
        open: fn(Arc<Site>, IpAddr) -> C,
    ) -> io::Result<SocketAddr> {
        let listener = bind(address).await?;
        let bound = listener.local_addr()?;
        let door = Door { tls: Arc::clone(&self.tls), implicit };
        self.tasks.spawn(server::serve(listener, Arc::clone(&self.site), Some(door), open));
        Ok(bound)
    }
}

async fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    if !address.ip().is_loopback() {
        return Err(invalid(format!("the sandbox listens on loopback only, not on {}", address.ip())));
    }
    TcpListener::bind(address).await.map_err(|error| io::Error::new(error.kind(), format!("{address}: {error}")))
}

fn invalid(why: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_loopback_and_only_a_domain() {
        let open = Options { smtp: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)), ..Options::default() };
        assert_eq!(Sandbox::start(open).await.unwrap_err().kind(), io::ErrorKind::InvalidInput);
        for name in ["", "a b", "x\r\n250 y", "-", "a..b"] {
            let odd = Options { name: name.to_owned(), ..Options::default() };
            assert_eq!(Sandbox::start(odd).await.unwrap_err().kind(), io::ErrorKind::InvalidInput, "{name:?}");
        }
    }

    #[tokio::test]
    async fn a_taken_port_is_named_and_dropping_gives_it_back() {
        let sandbox = Sandbox::start(Options::default()).await.unwrap();
        let taken = sandbox.smtp();
        let error = Sandbox::start(Options { smtp: taken, ..Options::default() }).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
        assert!(error.to_string().contains(&taken.to_string()), "{error}");
        drop(sandbox);
        let again = async {
            while let Err(error) = Sandbox::start(Options { smtp: taken, ..Options::default() }).await {
                assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_mins(1), again).await.expect("the port is given back");
    }
}
