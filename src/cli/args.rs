//! Options that several subcommands share, and the way from them to a [`Target`].

mod parse;
mod server;
mod tls;

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use jiff::tz::TimeZone;

use super::{Status, Trouble};
use crate::config::{Environment, Url};
use crate::connection::{Family, Proxy, Target};
use crate::sasl::Mechanism;
use crate::wire::{Side, TlsMode};

pub use server::{Connect, Server, Who, announce, no_user, profile_named, profiles, readable};
use tls::Secure;

/// How to connect.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Connection")]
pub struct Net {
    /// Name for EHLO, LHLO or HELO [default: the name of this machine]
    #[arg(long, value_name = "NAME")]
    pub helo: Option<String>,
    /// Local address to connect from
    #[arg(long, value_name = "ADDR")]
    pub source: Option<IpAddr>,
    /// IPv4 only
    #[arg(short = '4', conflicts_with = "ipv6")]
    pub ipv4: bool,
    /// IPv6 only
    #[arg(short = '6', id = "ipv6")]
    pub ipv6: bool,
    /// Go through this proxy: socks5://HOST:PORT or http://HOST:PORT; it looks up the server's name
    #[arg(long, value_name = "URL", value_parser = parse::proxy)]
    pub proxy: Option<Proxy>,
    /// Ask this name server instead of the system's resolver: ADDR or ADDR:PORT
    #[arg(long, value_name = "ADDR", value_parser = parse::name_server)]
    pub dns: Option<SocketAddr>,
    /// Upper bound of every single wait
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub timeout: Option<u64>,
    #[command(flatten)]
    secure: Secure,
}

/// Who signs in, and where the secret comes from.
#[derive(Clone, clap::Args)]
#[command(next_help_heading = "Signing in")]
pub struct SignIn {
    /// User name; without one nobody signs in
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// The first line that this shell command prints is the password
    #[arg(long, value_name = "CMD", conflicts_with = "password_file")]
    pub password_command: Option<String>,
    /// The first line of this file is the password; nobody else may be able to read it
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// Permit a password over a connection without TLS; without this nothing of it is sent, not even the user name
    #[arg(long)]
    pub allow_plain_auth: bool,
}

/// Without the command that prints the secret: it may hold one itself.
impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let command = self.password_command.as_ref().map(|_| "****");
        f.debug_struct("SignIn")
            .field("user", &self.user)
            .field("password_command", &command)
            .field("password_file", &self.password_file)
            .field("allow_plain_auth", &self.allow_plain_auth)
            .finish()
    }
}

/// How to sign in.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Signing in")]
pub struct Auth {
    /// This mechanism and no other, such as SCRAM-SHA-256 [default: the strongest offered that is safe here]
    #[arg(long = "auth", value_name = "MECHANISM", value_parser = parse::mechanism)]
    pub mechanism: Option<Mechanism>,
    /// The secret is an OAuth 2.0 access token (XOAUTH2, OAUTHBEARER)
    #[arg(long)]
    pub token: bool,
    /// Wait for the server before the first message of the exchange
    #[arg(long)]
    pub no_initial_response: bool,
    /// Act as somebody else (authorization identity)
    #[arg(long, value_name = "NAME")]
    pub authzid: Option<String>,
}

/// What is told, and where.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Output")]
pub struct Output {
    /// Write the transcript, secrets masked: .txt, .jsonl, .md or .html; or the mail of it: .eml
    #[arg(long, value_name = "FILE")]
    pub transcript: Option<PathBuf>,
    /// The live transcript on standard error
    #[arg(short, long)]
    pub verbose: bool,
    /// One JSON object on standard output at the end, also on failure
    #[arg(long)]
    pub json: bool,
}

impl Net {
    /// What to connect to.
    pub fn target(&self, url: &Url) -> Result<Target, Trouble> {
        self.secure.fits(url)?;
        let mode = if url.tls { TlsMode::Implicit } else { TlsMode::Auto };
        let target = Target::new(url.protocol, url.host.clone(), url.port).with_tls(mode);
        self.over(target, &Environment::read())
    }

    /// The options that were given, put over a target.
    pub fn over(&self, target: Target, environment: &Environment) -> Result<Target, Trouble> {
        let timeouts = target.timeouts;
        Ok(Target {
            family: self.family().unwrap_or(target.family),
            source: self.source.or(target.source),
            timeouts: self.timeout.map_or(timeouts, |seconds| timeouts.at_most(Duration::from_secs(seconds))),
            proxy: self.proxy.clone().or(target.proxy),
            dns: self.dns.or(target.dns),
            tls: self.secure.over(target.tls, environment)?,
            ..target
        })
    }

    fn family(&self) -> Option<Family> {
        match (self.ipv4, self.ipv6) {
            (true, _) => Some(Family::V4),
            (_, true) => Some(Family::V6),
            _ => None,
        }
    }

    /// The name to say hello with.
    pub fn hello(&self) -> String {
        self.helo.clone().unwrap_or_else(host_name)
    }
}

/// This machine's name, or `localhost` when it has none that can be said.
pub fn host_name() -> String {
    let name = gethostname::gethostname().into_string().unwrap_or_default();
    let sayable = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    if !name.is_empty() && name.bytes().all(sayable) { name } else { "localhost".to_owned() }
}

/// The local time zone. Where `TZ` is not set it is read from the system's own copy: to find out its name, the whole
/// database of zones would be walked, and that takes longer than sending a mail.
pub fn local_zone() -> TimeZone {
    let copy = || std::fs::read("/etc/localtime").ok().and_then(|bytes| TimeZone::tzif("Local", &bytes).ok());
    let zone = if Environment::read().time_zone { None } else { copy() };
    zone.unwrap_or_else(TimeZone::system)
}

/// Reads a URL for one side.
pub fn url_for(side: Side, text: &str) -> Result<Url, Trouble> {
    let url: Url = url(text)?;
    if url.protocol.side() == side {
        return Ok(url);
    }
    let wanted = match side {
        Side::Smtp => "smtp://, smtps:// or lmtp://",
        Side::Pop3 => "pop3:// or pop3s://",
    };
    Err(Trouble::usage(format!("{url} is of the wrong kind for this command"), format!("give a URL with {wanted}")))
}

/// Reads a URL.
pub fn url(text: &str) -> Result<Url, Trouble> {
    text.parse().map_err(|error| match error {
        // The text itself is not repeated: it may hold a password.
        crate::config::BadUrl::Password => Trouble::new(Status::Usage, error.to_string()),
        _ => Trouble::new(Status::Usage, format!("{text}: {error}")),
    })
}

/// Randomness for SCRAM, as [`crate::sasl::SignIn::nonce`] wants it.
pub fn nonce() -> String {
    format!("{:032x}", rand::random::<u128>())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::wire::Timeouts;

    #[derive(Parser)]
    struct Only {
        #[command(flatten)]
        net: Net,
    }

    fn net(options: &str) -> Net {
        Only::try_parse_from(std::iter::once("x").chain(options.split_whitespace())).unwrap().net
    }

    #[test]
    fn options_reach_the_target() {
        let url = "smtp://mx.example:2525".parse().unwrap();
        let target = net("-6 --timeout 7 --source ::1").target(&url).unwrap();
        assert_eq!((target.family, target.port), (Family::V6, 2525));
        assert_eq!(target.source, Some("::1".parse().unwrap()));
        assert_eq!(target.timeouts.final_dot, Duration::from_secs(7));
        assert_eq!(target.timeouts.quit, Timeouts::default().quit);
        assert_eq!(net("").target(&url).unwrap().timeouts, Timeouts::default());
    }

    #[test]
    fn the_local_zone_is_the_one_of_the_system() {
        let now = jiff::Timestamp::now();
        assert_eq!(local_zone().to_offset(now), TimeZone::system().to_offset(now));
    }

    #[test]
    fn proxy_and_name_server_reach_the_target() {
        let url = "smtp://mx.example".parse().unwrap();
        let target = net("--proxy socks5://[::1]:1080 --dns 127.0.0.1:5353").target(&url).unwrap();
        assert_eq!(target.proxy, Some(Proxy::Socks5 { host: "::1".into(), port: 1080 }));
        assert_eq!(target.dns, Some("127.0.0.1:5353".parse().unwrap()));
        let target = net("").over(target, &Environment::default()).unwrap();
        assert!(target.proxy.is_some() && target.dns.is_some(), "what is not given stays");
    }

    #[test]
    fn nonces_are_fit_for_scram_and_different() {
        let (one, two) = (nonce(), nonce());
        assert!(one.len() >= 18 && one.bytes().all(|byte| byte.is_ascii_graphic() && byte != b','));
        assert_ne!(one, two);
    }

    #[test]
    fn a_url_of_the_other_side_is_refused() {
        assert!(url_for(Side::Smtp, "lmtp://a").is_ok());
        assert!(url_for(Side::Pop3, "smtp://a").unwrap_err().advice.unwrap().contains("pop3://"));
        let trouble = url("pop3://ada:hunter2@a").unwrap_err();
        assert!(!trouble.to_string().contains("hunter2"), "{trouble}");
    }
}
