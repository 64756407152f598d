//! Options that several subcommands share, and the way from them to a [`Target`].

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;
use jiff::tz::TimeZone;

use super::{Status, Trouble};
use crate::config::{Environment, Url};
use crate::connection::{Family, Target};
use crate::wire::{Side, Timeouts};

/// When TLS is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Tls {
    /// When the server offers it
    Auto,
    /// Refuse to go on without
    Require,
    /// From the first octet
    Implicit,
    /// Never
    None,
}

/// How to connect.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Connection")]
pub struct Net {
    /// When to use TLS; this version speaks without it and refuses `require` and `implicit`
    #[arg(long, value_enum, value_name = "WHEN")]
    pub tls: Option<Tls>,
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
    /// Upper bound of every single wait
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub timeout: Option<u64>,
}

/// Who signs in.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Signing in")]
pub struct SignIn {
    /// User name
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

/// What is told, and where.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Output")]
pub struct Output {
    /// Write the transcript, secrets masked: .txt, .jsonl or .md
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
    /// What to connect to. Refused: what needs TLS.
    pub fn target(&self, url: &Url) -> Result<Target, Trouble> {
        let asked = match self.tls {
            Some(Tls::Require) => Some("--tls require"),
            Some(Tls::Implicit) => Some("--tls implicit"),
            _ if url.tls => Some(url.scheme()),
            _ => None,
        };
        if let Some(asked) = asked {
            let what = format!("{asked} asks for TLS, which this version does not speak yet; nothing was sent");
            return Err(Trouble::usage(what, "use smtp:// or pop3:// where a line in clear text will do"));
        }
        let timeouts = Timeouts::default();
        Ok(Target {
            protocol: url.protocol,
            host: url.host.clone(),
            port: url.port,
            family: self.family(),
            source: self.source,
            timeouts: self.timeout.map_or(timeouts, |seconds| timeouts.at_most(Duration::from_secs(seconds))),
        })
    }

    fn family(&self) -> Family {
        match (self.ipv4, self.ipv6) {
            (true, _) => Family::V4,
            (_, true) => Family::V6,
            _ => Family::Any,
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

/// Reads a URL for one side. Signing in over SMTP is refused, not forgotten.
pub fn url_for(side: Side, text: &str) -> Result<Url, Trouble> {
    let url: Url = url(text)?;
    if url.protocol.side() == side {
        return Ok(url);
    }
    let wanted = match side {
        Side::Smtp => "smtp:// or lmtp://",
        Side::Pop3 => "pop3://",
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

/// Why a user name for SMTP is refused for now.
pub fn no_smtp_sign_in() -> Trouble {
    Trouble::new(Status::SignIn, "signing in over SMTP is not spoken by this version yet; nothing was sent")
        .advise("leave the user name out to send without signing in")
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

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
    fn tls_is_refused_and_never_left_out_silently() {
        let plain: Url = "smtp://mx.example".parse().unwrap();
        for (options, url) in [
            ("--tls require", plain.clone()),
            ("--tls implicit", plain.clone()),
            ("", "smtps://mx.example".parse().unwrap()),
            ("--tls none", "pop3s://mx.example".parse().unwrap()),
        ] {
            let trouble = net(options).target(&url).unwrap_err();
            assert_eq!(trouble.status, Status::Usage);
            assert!(trouble.what.contains("TLS"), "{trouble}");
        }
        assert!(net("--tls auto").target(&plain).is_ok() && net("--tls none").target(&plain).is_ok());
    }

    #[test]
    fn a_url_of_the_other_side_is_refused() {
        assert!(url_for(Side::Smtp, "lmtp://a").is_ok());
        assert!(url_for(Side::Pop3, "smtp://a").unwrap_err().advice.unwrap().contains("pop3://"));
        let trouble = url("pop3://ada:hunter2@a").unwrap_err();
        assert!(!trouble.to_string().contains("hunter2"), "{trouble}");
    }
}
