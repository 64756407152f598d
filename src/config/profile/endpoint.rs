//! The server of one side: `[profiles.NAME.smtp]` and `[profiles.NAME.pop3]`.

use std::net::IpAddr;
use std::path::PathBuf;

use super::{place, text};
use crate::config::Url;
use crate::config::proxy;
use crate::config::reader::{At, Fault, Table};
use crate::connection::request::Identity;
use crate::connection::{Authority, Family, Target, Tls, Trust};
use crate::wire::{Side, TlsMode};

/// Who signs in at this server.
#[derive(Debug, PartialEq, Eq)]
pub enum Who {
    /// The profile's user.
    Same,
    /// Somebody else.
    Other(String),
    /// Nobody.
    Nobody,
}

/// Reads a server out of its table.
pub fn read(side: Side, mut table: Table<'_>) -> Result<(Target, Who), Fault> {
    let url = url(side, &mut table)?;
    let mode = mode(&url.value, &mut table)?;
    let mut target = Target::new(url.value.protocol, url.value.host, url.value.port);
    let standard_port = target.port == target.protocol.port();
    if let (TlsMode::Implicit, false, true) = (mode, url.value.tls, standard_port) {
        target.port = target.protocol.implicit_tls_port().unwrap_or(target.port);
    }
    target.tls = Tls {
        mode,
        trust: trust(&mut table)?,
        name: table.line("tls-name")?.map(|name| name.value),
        identity: identity(&mut table)?,
        key_log: None,
    };
    target.proxy = table.line("proxy")?.map(|text| text.read(|text| proxy::parse(&text))).transpose()?;
    target.source = table.parsed::<IpAddr>("source")?.map(|address| address.value);
    target.family = family(&mut table)?;
    if side == Side::Smtp {
        target.mx = table.flag("mx")?.is_some_and(|flag| flag.value);
    }
    let who = who(&mut table)?;
    table.finish(super::read::refusal)?;
    Ok((target, who))
}

fn url(side: Side, table: &mut Table<'_>) -> Result<At<Url>, Fault> {
    let url = table.parsed::<Url>("url")?;
    let url = url.ok_or_else(|| table.fault("the url is missing, such as url = \"smtps://mail.example.org\""))?;
    if url.value.protocol.side() != side {
        let wanted = match side {
            Side::Smtp => "smtp://, smtps:// or lmtp://",
            Side::Pop3 => "pop3:// or pop3s://",
        };
        return Err(url.fault(format!("this is a server of the other kind; here stands a URL with {wanted}")));
    }
    if url.value.user.is_some() {
        return Err(url.fault("the user name does not stand in the URL but under the key user"));
    }
    Ok(url)
}

/// `smtps` and `pop3s` say it already; another mode beside them is a contradiction.
fn mode(url: &Url, table: &mut Table<'_>) -> Result<TlsMode, Fault> {
    let mode = table.parsed::<TlsMode>("tls")?;
    match mode {
        Some(mode) if url.tls && mode.value != TlsMode::Implicit => {
            let (scheme, word) = (url.scheme(), mode.value.word());
            Err(mode.fault(format!("{scheme}:// is TLS from the first octet, and tls = {word:?} contradicts it")))
        }
        Some(mode) => Ok(mode.value),
        None if url.tls => Ok(TlsMode::Implicit),
        None => Ok(TlsMode::default()),
    }
}

fn trust(table: &mut Table<'_>) -> Result<Trust, Fault> {
    let authorities = table.texts("ca")?;
    let pin = table.line("pin")?;
    match pin {
        Some(pin) if !authorities.is_empty() => {
            Err(pin.fault("a pin trusts one certificate alone, so ca beside it would do nothing; keep one of the two"))
        }
        Some(pin) => pin.read(|pin| pin_of(&pin)).map(Trust::Pin),
        None => {
            let files = authorities.into_iter().map(|file| file.read(|file| place::parse(&file)).map(Authority::File));
            files.collect::<Result<_, _>>().map(Trust::Roots)
        }
    }
}

/// `sha256:` and 64 hexadecimal digits; colons between them are passed over.
fn pin_of(text: &str) -> Result<[u8; 32], &'static str> {
    const FORM: &str = "a pin is sha256: and 64 hexadecimal digits, the SHA-256 of the certificate";
    let digits = text.strip_prefix("sha256:").ok_or(FORM)?;
    let mut digits = digits.chars().filter(|character| *character != ':').map(|character| character.to_digit(16));
    let mut pin = [0; 32];
    for octet in &mut pin {
        let mut digit = || digits.next().flatten().and_then(|digit| u8::try_from(digit).ok()).ok_or(FORM);
        *octet = digit()? << 4 | digit()?;
    }
    if digits.next().is_none() { Ok(pin) } else { Err(FORM) }
}

/// The form that [`pin_of`] reads.
pub fn pin_text(pin: &[u8; 32]) -> String {
    use std::fmt::Write;

    pin.iter().fold("sha256:".to_owned(), |mut text, octet| {
        write!(text, "{octet:02x}").expect("writing to a String cannot fail");
        text
    })
}

fn identity(table: &mut Table<'_>) -> Result<Option<Identity>, Fault> {
    let certificate = path(table, "cert")?;
    let key = path(table, "key")?;
    match (certificate, key) {
        (None, None) => Ok(None),
        (Some(certificate), Some(key)) => Ok(Some(Identity { certificate: certificate.value, key: key.value })),
        (Some(certificate), None) => Err(certificate.fault("cert without key: the private key is needed too")),
        (None, Some(key)) => Err(key.fault("key without cert: the certificate is needed too")),
    }
}

fn path(table: &mut Table<'_>, key: &'static str) -> Result<Option<At<PathBuf>>, Fault> {
    let Some(text) = table.line(key)? else { return Ok(None) };
    let at = text.at;
    Ok(Some(At { at, value: text.read(|text| place::parse(&text))? }))
}

fn family(table: &mut Table<'_>) -> Result<Family, Fault> {
    let Some(word) = table.line("family")? else { return Ok(Family::Any) };
    word.read(|word| match word.as_str() {
        text::ANY => Ok(Family::Any),
        text::V4 => Ok(Family::V4),
        text::V6 => Ok(Family::V6),
        _ => Err("family is \"any\", \"4\" or \"6\""),
    })
}

fn who(table: &mut Table<'_>) -> Result<Who, Fault> {
    let other = table.line("user")?;
    let sign_in = table.flag("sign-in")?;
    match (other, sign_in) {
        (Some(_), Some(flag)) if !flag.value => Err(flag.fault("sign-in = false, and yet a user is named here")),
        (Some(other), _) => Ok(Who::Other(other.value)),
        (None, Some(flag)) if !flag.value => Ok(Who::Nobody),
        (None, _) => Ok(Who::Same),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_reads_back_and_takes_colons() {
        let pin = std::array::from_fn(|index| u8::try_from(index * 8).unwrap());
        assert_eq!(pin_of(&pin_text(&pin)), Ok(pin));
        let mut colons = pin_text(&pin).to_uppercase().replace("SHA256:", "sha256:");
        colons.insert(9, ':');
        assert_eq!(pin_of(&colons), Ok(pin));
        let whole = pin_text(&pin);
        for wrong in ["", "sha256:", "sha1:00", &whole[..whole.len() - 1], &format!("{whole}0"), &whole[7..]] {
            assert!(pin_of(wrong).is_err(), "{wrong}");
        }
    }
}
