//! What a person typed as a host: an address, or a name in the form that is looked up (RFC 5891, UTS 46).

use std::net::IpAddr;

use crate::wire::printable;

/// A host, ready to be looked up or dialled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// Needs no lookup.
    Address(IpAddr),
    /// In ASCII, without white space or control characters.
    Name(String),
}

impl Host {
    /// Reads what was typed, an address with or without brackets. Why it cannot be a host otherwise, sanitized.
    pub fn read(typed: &str) -> Result<Self, String> {
        let typed = typed.trim();
        let typed = typed.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(typed);
        if let Ok(address) = typed.parse() {
            return Ok(Self::Address(address));
        }
        let name = to_ascii(typed)?;
        // Full-width digits become an address.
        if let Ok(address) = name.parse() {
            return Ok(Self::Address(address));
        }
        match name.as_str() {
            "" => Err("no host was given".to_owned()),
            name if !name.bytes().all(|byte| byte.is_ascii_graphic()) => Err(no_name(typed)),
            name if is_never_a_host(name) => Err(format!("the name {} has no address", printable::text(name))),
            _ => Ok(Self::Name(name)),
        }
    }

    /// The host as a certificate names it: without the dot that ends an absolute name.
    pub fn plain(&self) -> String {
        match self {
            Self::Address(address) => address.to_string(),
            Self::Name(name) => name.strip_suffix('.').unwrap_or(name).to_owned(),
        }
    }

    /// How the name that was typed is looked up, when it is not looked up as typed.
    pub fn conversion(&self, typed: &str) -> Option<String> {
        let typed = typed.trim();
        (!typed.is_ascii()).then(|| format!("{} is {} in ASCII (IDNA)", printable::text(typed), self.plain()))
    }
}

/// Names in ASCII stay as they are, whatever IDNA thinks of them: a workbench asks for what was typed.
fn to_ascii(typed: &str) -> Result<String, String> {
    if typed.is_ascii() {
        return Ok(typed.to_owned());
    }
    match idna::domain_to_ascii(typed) {
        Ok(name) if name.is_empty() => Err(no_name(typed)),
        Ok(name) => Ok(name),
        Err(_) => Err(format!(
            "the name {} cannot be written in ASCII: IDNA forbids a character or an order of characters in {}",
            printable::text(typed),
            printable::text(culprit(typed))
        )),
    }
}

/// The first label that cannot be converted on its own.
fn culprit(typed: &str) -> &str {
    typed.split('.').find(|label| idna::domain_to_ascii(label).is_err()).unwrap_or(typed)
}

fn no_name(typed: &str) -> String {
    format!("{} is no host name", printable::text(typed))
}

/// Names that no resolver may be asked for: those under `invalid` (RFC 6761 6.4).
fn is_never_a_host(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    name.is_empty() || name == "invalid" || name.ends_with(".invalid")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_becomes_an_address_or_a_name() {
        for (typed, host, plain) in [
            ("127.0.0.1", Host::Address([127, 0, 0, 1].into()), "127.0.0.1"),
            (" [::1] ", Host::Address(IpAddr::V6(std::net::Ipv6Addr::LOCALHOST)), "::1"),
            ("１２７.0.0.1", Host::Address([127, 0, 0, 1].into()), "127.0.0.1"),
            ("mail.example.org.", Host::Name("mail.example.org.".to_owned()), "mail.example.org"),
            ("Mail_1.example", Host::Name("Mail_1.example".to_owned()), "Mail_1.example"),
            ("bücher.example", Host::Name("xn--bcher-kva.example".to_owned()), "xn--bcher-kva.example"),
            ("例え。テスト", Host::Name("xn--r8jz45g.xn--zckzah".to_owned()), "xn--r8jz45g.xn--zckzah"),
        ] {
            let read = Host::read(typed);
            assert_eq!(read, Ok(host), "{typed}");
            assert_eq!(read.unwrap().plain(), plain, "{typed}");
        }
    }

    #[test]
    fn what_no_resolver_may_be_asked_for_is_no_host() {
        for (typed, why) in [
            ("", "no host was given"),
            (" ", "no host was given"),
            ("invalid", "the name invalid has no address"),
            ("mail.INVALID", "the name mail.INVALID has no address"),
            ("mail.invalid.", "the name mail.invalid. has no address"),
            (".", "the name . has no address"),
            ("a b", "a b is no host name"),
            ("a\r\nEvil: x", "a␍␊Evil: x is no host name"),
            ("\u{ad}", "‹U+00AD› is no host name"),
        ] {
            assert_eq!(Host::read(typed), Err(why.to_owned()), "{typed:?}");
        }
    }

    #[test]
    fn a_name_that_idna_forbids_is_told_with_the_label() {
        let why = Host::read("mail.a\u{5d0}b.example").unwrap_err();
        assert!(why.starts_with("the name mail.a") && why.ends_with("in a\u{5d0}b"), "{why}");
    }

    #[test]
    fn both_forms_of_a_converted_name_are_shown() {
        let host = Host::read("bücher.example").unwrap();
        let shown = host.conversion("bücher.example");
        assert_eq!(shown.as_deref(), Some("bücher.example is xn--bcher-kva.example in ASCII (IDNA)"));
        assert_eq!(Host::read("mail.example").unwrap().conversion("mail.example"), None);
    }
}
