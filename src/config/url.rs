//! `scheme://[user@]host[:port]` (RFC 3986 3 in shape; the schemes as this program defines them).
//!
//! A password is refused: a URL ends up in shell histories and process lists. Nothing is resolved here.

use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

use crate::connection::Protocol;

/// Where to connect, as written on a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    /// What is spoken.
    pub protocol: Protocol,
    /// TLS from the first byte (`smtps`, `pop3s`).
    pub tls: bool,
    /// User name, percent-decoded.
    pub user: Option<String>,
    /// Host name or address, without brackets.
    pub host: String,
    /// TCP port; the scheme's own when none is written.
    pub port: u16,
}

/// Why a URL was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadUrl {
    /// No `scheme://`.
    #[error("this is no URL; write for example smtp://mail.example or pop3://ada@mail.example:110")]
    NoScheme,
    /// A scheme this program does not speak.
    #[error("the scheme {0:?} is not spoken here; use smtp, smtps, lmtp, pop3 or pop3s")]
    Scheme(String),
    /// A password in the URL.
    #[error(
        "a password in a URL would be seen in the process list and in shell histories; use the prompt, \
         --password-command, --password-file or TELEPOST_PASSWORD"
    )]
    Password,
    /// Nothing between `://` and the end.
    #[error("the host is missing")]
    NoHost,
    /// A character a host name or user name cannot have here.
    #[error("{what} holds {shown}, which cannot stand there")]
    Character {
        /// Host, user name.
        what: &'static str,
        /// The character.
        shown: String,
    },
    /// An opening bracket and no IPv6 address in it.
    #[error("the brackets must hold an IPv6 address, as in smtp://[::1]:2525")]
    Address,
    /// An IPv6 address without brackets.
    #[error("an IPv6 address stands in brackets, as in smtp://[::1]:2525")]
    Brackets,
    /// No number from 1 to 65535.
    #[error("the port {0:?} is no number from 1 to 65535")]
    Port(String),
    /// A path, query or fragment.
    #[error("nothing may follow host and port, but {0:?} does")]
    Trailing(String),
    /// A `%` without two hexadecimal digits, or bytes that are no UTF-8.
    #[error("the user name has a broken % sequence")]
    Percent,
}

impl FromStr for Url {
    type Err = BadUrl;

    fn from_str(text: &str) -> Result<Self, BadUrl> {
        let (scheme, rest) = text.split_once("://").ok_or(BadUrl::NoScheme)?;
        let (protocol, tls, default_port) = scheme_of(scheme)?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, trailing) = rest.split_at(end);
        // Part of a password may stand there, so it is not shown.
        if authority.contains(':') && trailing.contains('@') {
            return Err(BadUrl::Password);
        }
        let (user, host_and_port) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(user_name(user)?), host),
            None => (None, authority),
        };
        if !matches!(trailing, "" | "/") {
            return Err(BadUrl::Trailing(trailing.to_owned()));
        }
        let (host, port) = host_and_port_of(host_and_port)?;
        Ok(Self { protocol, tls, user, host, port: port.unwrap_or(default_port) })
    }
}

impl Url {
    /// The scheme as written.
    pub fn scheme(&self) -> &'static str {
        match (self.protocol, self.tls) {
            (Protocol::Smtp, false) => "smtp",
            (Protocol::Smtp, true) => "smtps",
            (Protocol::Lmtp, _) => "lmtp",
            (Protocol::Pop3, false) => "pop3",
            (Protocol::Pop3, true) => "pop3s",
        }
    }
}

/// Without the user name: for messages and headers.
impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let brackets = self.host.contains(':');
        let (open, close) = if brackets { ("[", "]") } else { ("", "") };
        write!(f, "{}://{open}{}{close}:{}", self.scheme(), self.host, self.port)
    }
}

fn scheme_of(scheme: &str) -> Result<(Protocol, bool, u16), BadUrl> {
    match scheme.to_ascii_lowercase().as_str() {
        "smtp" => Ok((Protocol::Smtp, false, Protocol::Smtp.port())),
        "smtps" => Ok((Protocol::Smtp, true, 465)),
        "lmtp" => Ok((Protocol::Lmtp, false, Protocol::Lmtp.port())),
        "pop3" => Ok((Protocol::Pop3, false, Protocol::Pop3.port())),
        "pop3s" => Ok((Protocol::Pop3, true, 995)),
        _ => Err(BadUrl::Scheme(scheme.to_owned())),
    }
}

fn user_name(user: &str) -> Result<String, BadUrl> {
    if user.contains(':') {
        return Err(BadUrl::Password);
    }
    let user = percent_decoded(user)?;
    match user.chars().find(|character| character.is_control()) {
        Some(character) => Err(bad_character("the user name", character)),
        None => Ok(user),
    }
}

/// `host[:port]`, the host without brackets.
pub(super) fn host_and_port_of(text: &str) -> Result<(String, Option<u16>), BadUrl> {
    if let Some(rest) = text.strip_prefix('[') {
        let (address, rest) = rest.split_once(']').ok_or(BadUrl::Address)?;
        address.parse::<Ipv6Addr>().map_err(|_| BadUrl::Address)?;
        let port = match rest.strip_prefix(':') {
            Some(port) => port_of(port)?,
            None if rest.is_empty() => None,
            None => return Err(BadUrl::Trailing(rest.to_owned())),
        };
        return Ok((address.to_owned(), port));
    }
    if text.matches(':').count() > 1 {
        return Err(BadUrl::Brackets);
    }
    let (host, port) = match text.split_once(':') {
        Some((host, port)) => (host, port_of(port)?),
        None => (text, None),
    };
    if host.is_empty() {
        return Err(BadUrl::NoHost);
    }
    match host.chars().find(|character| !is_host_character(*character)) {
        Some(character) => Err(bad_character("the host", character)),
        None => Ok((host.to_owned(), port)),
    }
}

/// Letters of any script pass (the resolver decides about international names); what ends words, commands or URLs not.
fn is_host_character(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '-' | '.' | '_')
}

fn port_of(text: &str) -> Result<Option<u16>, BadUrl> {
    if text.is_empty() {
        return Ok(None);
    }
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse::<u16>() {
        Ok(port) if digits && port > 0 => Ok(Some(port)),
        _ => Err(BadUrl::Port(text.to_owned())),
    }
}

/// Text with `%41` as `A`; an error where that is no UTF-8 or no two digits follow.
pub(crate) fn percent_decoded(text: &str) -> Result<String, BadUrl> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let [high, low, tail @ ..] = tail else { return Err(BadUrl::Percent) };
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let (high, low) = (digit(*high).ok_or(BadUrl::Percent)?, digit(*low).ok_or(BadUrl::Percent)?);
        bytes.push(high << 4 | low);
        rest = tail;
    }
    String::from_utf8(bytes).map_err(|_| BadUrl::Percent)
}

fn bad_character(what: &'static str, character: char) -> BadUrl {
    let mut utf8 = [0; 4];
    let shown = crate::wire::printable::text(character.encode_utf8(&mut utf8)).into_owned();
    BadUrl::Character { what, shown: format!("{shown:?}") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_scheme_has_its_port() {
        for (text, protocol, tls, port) in [
            ("smtp://mail.example", Protocol::Smtp, false, 25),
            ("smtps://mail.example", Protocol::Smtp, true, 465),
            ("lmtp://mail.example", Protocol::Lmtp, false, 24),
            ("pop3://mail.example", Protocol::Pop3, false, 110),
            ("pop3s://mail.example", Protocol::Pop3, true, 995),
            ("SMTP://mail.example:2525/", Protocol::Smtp, false, 2525),
            ("smtp://mail.example:", Protocol::Smtp, false, 25),
        ] {
            let url: Url = text.parse().unwrap();
            assert_eq!((url.protocol, url.tls, url.port, url.host.as_str()), (protocol, tls, port, "mail.example"));
        }
    }

    #[test]
    fn users_and_addresses_are_taken_apart() {
        for (text, user, host, port) in [
            ("pop3://ada@mail.example:1110", Some("ada"), "mail.example", 1110),
            ("pop3://ada%40sandbox.test@[::1]:2110", Some("ada@sandbox.test"), "::1", 2110),
            ("pop3://ada@sandbox.test@mail.example", Some("ada@sandbox.test"), "mail.example", 110),
            ("smtp://[2001:db8::1]", None, "2001:db8::1", 25),
            ("smtp://127.0.0.1:2525", None, "127.0.0.1", 2525),
        ] {
            let url: Url = text.parse().unwrap();
            assert_eq!((url.user.as_deref(), url.host.as_str(), url.port), (user, host, port), "{text}");
        }
        assert_eq!("pop3://ada@[::1]".parse::<Url>().unwrap().to_string(), "pop3://[::1]:110");
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_the_reason() {
        for (text, error) in [
            ("mail.example", BadUrl::NoScheme),
            ("imap://mail.example", BadUrl::Scheme("imap".into())),
            ("pop3://ada:secret@mail.example", BadUrl::Password),
            ("smtp://", BadUrl::NoHost),
            ("smtp://:25", BadUrl::NoHost),
            ("smtp://[::1", BadUrl::Address),
            ("smtp://[mail.example]", BadUrl::Address),
            ("smtp://::1", BadUrl::Brackets),
            ("smtp://a:0", BadUrl::Port("0".into())),
            ("smtp://a:+25", BadUrl::Port("+25".into())),
            ("smtp://a:99999", BadUrl::Port("99999".into())),
            ("smtp://a/inbox", BadUrl::Trailing("/inbox".into())),
            ("smtp://a?x", BadUrl::Trailing("?x".into())),
            ("pop3://a%4@b", BadUrl::Percent),
            ("pop3://a%ff@b", BadUrl::Percent),
        ] {
            assert_eq!(text.parse::<Url>(), Err(error), "{text}");
        }
    }

    #[test]
    fn control_characters_are_refused_and_shown_harmless() {
        for text in ["smtp://a\r\nb", "pop3://a%0d%0aDELE@b", "smtp://a\u{1b}[31m"] {
            let error = text.parse::<Url>().unwrap_err();
            assert!(matches!(error, BadUrl::Character { .. }), "{error:?}");
            assert!(!error.to_string().chars().any(char::is_control));
        }
    }

    #[test]
    fn the_password_is_not_repeated_in_the_refusal() {
        for text in ["pop3://ada:hunter2@mail.example", "pop3://ada:x/hunter2@mail.example", "smtp://ada:#hunter2@a"] {
            let error = text.parse::<Url>().unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"));
        }
    }

    proptest! {
        #[test]
        fn any_text_is_taken_or_refused_and_what_is_taken_reads_back(text in ".{0,40}", host in "[a-z][a-z0-9.-]{0,20}", port in 1_u16..) {
            let _ = text.parse::<Url>();
            let _ = format!("smtp://{text}").parse::<Url>();
            let url: Url = format!("lmtp://{host}:{port}").parse().unwrap();
            prop_assert_eq!(url.to_string().parse::<Url>().unwrap(), url);
        }
    }
}
