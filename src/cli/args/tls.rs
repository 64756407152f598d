//! The TLS of a line: when, whom to trust, what to show of ourselves.

use std::path::PathBuf;

use clap::ValueEnum;

use super::parse;
use crate::cli::Trouble;
use crate::config::{Environment, Url};
use crate::connection::{Authority, Identity, Tls, Trust};
use crate::wire::TlsMode;

/// When TLS is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// STARTTLS or STLS when the server offers it
    Auto,
    /// STARTTLS or STLS, or nothing is sent
    Require,
    /// From the first octet
    Implicit,
    /// Never
    None,
}

impl From<When> for TlsMode {
    fn from(when: When) -> Self {
        match when {
            When::Auto => Self::Auto,
            When::Require => Self::Require,
            When::Implicit => Self::Implicit,
            When::None => Self::None,
        }
    }
}

/// How the line is protected.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "TLS")]
pub struct Secure {
    /// When to use TLS [default: auto; implicit for smtps and pop3s]
    #[arg(long, value_enum, value_name = "WHEN")]
    pub tls: Option<When>,
    /// Trust the authorities in this PEM file besides those of the system; may be repeated
    #[arg(long, value_name = "FILE", conflicts_with_all = ["pin", "insecure"])]
    pub ca: Vec<PathBuf>,
    /// Trust exactly the certificate with this SHA-256, sha256:HEX, whatever it says
    #[arg(long, value_name = "FINGERPRINT", value_parser = parse::pin)]
    pub pin: Option<[u8; 32]>,
    /// Verify nothing: anybody may be at the other end
    #[arg(long, conflicts_with = "pin")]
    pub insecure: bool,
    /// The name that the certificate must have [default: the host]
    #[arg(long, value_name = "NAME")]
    pub tls_name: Option<String>,
    /// Show the server this certificate (PEM)
    #[arg(long, value_name = "FILE", requires = "key")]
    pub cert: Option<PathBuf>,
    /// The private key of --cert (PEM)
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub key: Option<PathBuf>,
    /// Write the keys of the session to the file that SSLKEYLOGFILE names, so that a capture can be decrypted
    #[arg(long)]
    pub keylog: bool,
}

impl Secure {
    /// Whether `--tls` and the scheme agree.
    pub fn fits(&self, url: &Url) -> Result<(), Trouble> {
        match self.tls.map(TlsMode::from) {
            Some(mode) if url.tls && mode != TlsMode::Implicit => {
                let scheme = url.scheme();
                let what =
                    format!("{scheme}:// means TLS from the first octet, and --tls {} something else", mode.word());
                let plain = scheme.trim_end_matches('s');
                Err(Trouble::usage(what, format!("write {plain}:// with --tls {}, or leave --tls out", mode.word())))
            }
            _ => Ok(()),
        }
    }

    /// The options that were given, put over what is there.
    pub fn over(&self, tls: Tls, environment: &Environment) -> Result<Tls, Trouble> {
        let mode = self.tls.map_or(tls.mode, TlsMode::from);
        let identity = self.cert.clone().zip(self.key.clone());
        let identity = identity.map(|(certificate, key)| Identity { certificate, key });
        Ok(Tls {
            mode,
            trust: self.trust(tls.trust),
            name: self.tls_name.clone().or(tls.name),
            identity: identity.or(tls.identity),
            key_log: if self.keylog { Some(key_log(environment)?) } else { tls.key_log },
        })
    }

    fn trust(&self, otherwise: Trust) -> Trust {
        match self.pin {
            Some(pin) => Trust::Pin(pin),
            None if self.insecure => Trust::Anybody,
            None if self.ca.is_empty() => otherwise,
            None => Trust::Roots(self.ca.iter().cloned().map(Authority::File).collect()),
        }
    }
}

fn key_log(environment: &Environment) -> Result<PathBuf, Trouble> {
    environment.key_log.clone().ok_or_else(|| {
        let what = "--keylog writes to the file that SSLKEYLOGFILE names, and that variable is not set";
        Trouble::usage(what, "SSLKEYLOGFILE=keys.txt telepost …, or leave --keylog out")
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::Status;

    #[derive(Debug, Parser)]
    struct Only {
        #[command(flatten)]
        secure: Secure,
    }

    fn parsed(options: &str) -> Result<Secure, clap::Error> {
        Only::try_parse_from(std::iter::once("x").chain(options.split_whitespace())).map(|only| only.secure)
    }

    fn tls(options: &str) -> Tls {
        parsed(options).unwrap().over(Tls::default(), &Environment::default()).unwrap()
    }

    #[test]
    fn options_say_when_and_whom() {
        assert_eq!(tls(""), Tls::default());
        assert_eq!(tls("--tls require").mode, TlsMode::Require);
        assert_eq!(tls("--insecure").trust, Trust::Anybody);
        assert_eq!(tls(&format!("--pin sha256:{}", "ff".repeat(32))).trust, Trust::Pin([255; 32]));
        let roots = Trust::Roots(vec![Authority::File("a.pem".into()), Authority::File("b.pem".into())]);
        assert_eq!(tls("--ca a.pem --ca b.pem").trust, roots);
        assert_eq!(tls("--tls-name mx.example").name.as_deref(), Some("mx.example"));
        let identity = Identity { certificate: "c".into(), key: "k".into() };
        assert_eq!(tls("--cert c --key k").identity, Some(identity));
    }

    #[test]
    fn what_is_not_given_stays_as_it_was() {
        let pinned = Tls { mode: TlsMode::Require, trust: Trust::Pin([1; 32]), ..Tls::default() };
        let over = |options: &str| parsed(options).unwrap().over(pinned.clone(), &Environment::default()).unwrap();
        assert_eq!(over(""), pinned);
        assert_eq!(over("--tls implicit"), Tls { mode: TlsMode::Implicit, ..pinned.clone() });
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        let pin = format!("--pin sha256:{}", "00".repeat(32));
        for options in [
            format!("{pin} --insecure"),
            format!("{pin} --ca a"),
            "--ca a --insecure".into(),
            "--cert c".into(),
            "--key k".into(),
        ] {
            assert_eq!(parsed(&options).unwrap_err().exit_code(), 2, "{options}");
        }
    }

    #[test]
    fn a_scheme_with_tls_takes_no_other_mode() {
        let smtps: Url = "smtps://mx.example".parse().unwrap();
        for mode in ["none", "auto", "require"] {
            let trouble = parsed(&format!("--tls {mode}")).unwrap().fits(&smtps).unwrap_err();
            assert_eq!(trouble.status, Status::Usage);
            assert!(trouble.to_string().contains(&format!("smtp:// with --tls {mode}")), "{trouble}");
        }
        assert!(parsed("--tls implicit").unwrap().fits(&smtps).is_ok());
        assert!(parsed("--tls none").unwrap().fits(&"smtp://mx.example".parse().unwrap()).is_ok());
    }

    #[test]
    fn keys_are_logged_only_when_asked_and_only_where_the_variable_says() {
        let set = Environment { key_log: Some("keys.txt".into()), ..Environment::default() };
        let of = |options: &str, environment: &Environment| parsed(options).unwrap().over(Tls::default(), environment);
        assert_eq!(of("", &set).unwrap().key_log, None);
        assert_eq!(of("--keylog", &set).unwrap().key_log, Some("keys.txt".into()));
        assert_eq!(of("--keylog", &Environment::default()).unwrap_err().status, Status::Usage);
    }
}
