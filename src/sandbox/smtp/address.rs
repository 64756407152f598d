//! Mail addresses as they stand in MAIL and RCPT (RFC 5321 4.1.2, RFC 6531 3.3): checked, split, not looked up.

/// Most octets of a local part (RFC 5321 4.5.3.1.1).
const LOCAL: usize = 64;
/// Most octets of a domain (RFC 5321 4.5.3.1.2).
const DOMAIN: usize = 255;

/// A mailbox address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Before the `@`, without quotes.
    pub local: String,
    /// After the `@`; `None` only for a bare name.
    pub domain: Option<String>,
    /// As it was given, without angle brackets and source route.
    pub text: String,
}

/// The text is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadAddress;

impl Address {
    /// Reads `local@domain`, or a bare `local`.
    pub fn parse(text: &str) -> Result<Self, BadAddress> {
        let (local, domain) = match text.rsplit_once('@') {
            Some((local, domain)) if is_domain_or_literal(domain) => (local, Some(domain.to_owned())),
            Some(_) => return Err(BadAddress),
            None => (text, None),
        };
        if local.len() > LOCAL {
            return Err(BadAddress);
        }
        let local = local_part(local).ok_or(BadAddress)?;
        Ok(Self { local, domain, text: text.to_owned() })
    }
}

/// What follows `FROM:` or `TO:`: the path, and the parameters behind it.
#[derive(Debug, PartialEq, Eq)]
pub struct Path<'a> {
    /// The address; `None` for the null path `<>`.
    pub address: Option<Address>,
    /// `KEY` and `KEY=VALUE`, apart by spaces.
    pub parameters: &'a str,
}

/// Reads a path with or without angle brackets and with or without a space in front; a source route is taken off
/// (RFC 5321 3.6.1 and appendix C ask to ignore it).
pub fn path(text: &str) -> Result<Path<'_>, BadAddress> {
    let text = text.trim_start_matches([' ', '\t']);
    let (address, parameters) = match text.strip_prefix('<') {
        Some(inside) => bracketed(inside).ok_or(BadAddress)?,
        None => text.split_at(text.find([' ', '\t']).unwrap_or(text.len())),
    };
    if !parameters.is_empty() && !parameters.starts_with([' ', '\t']) {
        return Err(BadAddress);
    }
    let address = match address {
        "" if text.starts_with('<') => None,
        address => Some(Address::parse(without_route(address))?),
    };
    Ok(Path { address, parameters })
}

/// Splits at the `>` that is not quoted.
fn bracketed(inside: &str) -> Option<(&str, &str)> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, character) in inside.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '>' if !quoted => return Some((&inside[..at], &inside[at + 1..])),
            _ => {}
        }
    }
    None
}

fn without_route(address: &str) -> &str {
    match address.split_once(':') {
        Some((route, address)) if route.starts_with('@') => address,
        _ => address,
    }
}

/// The local part without its quotes, if it is a dot-string or a quoted string.
fn local_part(text: &str) -> Option<String> {
    if let Some(inside) = text.strip_prefix('"') {
        return unquoted(inside.strip_suffix('"')?);
    }
    let atoms = text.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atext));
    atoms.then(|| text.to_owned())
}

fn unquoted(inside: &str) -> Option<String> {
    let mut plain = String::with_capacity(inside.len());
    let mut characters = inside.chars();
    while let Some(character) = characters.next() {
        let character = match character {
            '"' => return None,
            '\\' => characters.next()?,
            character => character,
        };
        if character.is_control() {
            return None;
        }
        plain.push(character);
    }
    Some(plain)
}

fn is_atext(character: char) -> bool {
    character.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(character) || is_international(character)
}

fn is_international(character: char) -> bool {
    !character.is_ascii() && !character.is_control() && !character.is_whitespace()
}

/// A domain (underscores are let pass, as everywhere) or an address literal.
pub fn is_domain_or_literal(text: &str) -> bool {
    match text.strip_prefix('[') {
        Some(inside) => inside.strip_suffix(']').is_some_and(is_literal),
        None => is_domain(text),
    }
}

/// Labels of letters, digits and hyphens, none empty, none with a hyphen at an end.
pub fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_' || is_international(c))
    };
    text.len() <= DOMAIN && text.split('.').all(is_label)
}

fn is_literal(inside: &str) -> bool {
    !inside.is_empty()
        && inside.len() <= DOMAIN
        && inside.bytes().all(|byte| byte.is_ascii_graphic() && !b"[]\\<>".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(Option<String>, &str), BadAddress> {
        path(text).map(|path| (path.address.map(|address| address.text), path.parameters))
    }

    #[test]
    fn paths_come_strict_and_as_people_type_them() {
        for (text, address, parameters) in [
            ("<ada@sandbox.test>", Some("ada@sandbox.test"), ""),
            (" <ada@sandbox.test> SIZE=5", Some("ada@sandbox.test"), " SIZE=5"),
            ("ada@sandbox.test", Some("ada@sandbox.test"), ""),
            (" ada@sandbox.test BODY=8BITMIME", Some("ada@sandbox.test"), " BODY=8BITMIME"),
            ("<>", None, ""),
            ("<> SIZE=1", None, " SIZE=1"),
            ("<@a.test,@b.test:ada@c.test>", Some("ada@c.test"), ""),
            ("<\"a > b\\\"\"@c.test>", Some("\"a > b\\\"\"@c.test"), ""),
            ("<\"a@b\"@c.test>", Some("\"a@b\"@c.test"), ""),
            ("<ada@[IPv6:::1]>", Some("ada@[IPv6:::1]"), ""),
            ("<j\u{fc}rgen@ex\u{e4}mple.test>", Some("j\u{fc}rgen@ex\u{e4}mple.test"), ""),
            ("<postmaster>", Some("postmaster"), ""),
        ] {
            assert_eq!(read(text), Ok((address.map(str::to_owned), parameters)), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long_local = format!("<{}@a.test>", "x".repeat(65));
        let long_domain = format!("<a@{}test>", "x.".repeat(130));
        for text in [
            "",
            " ",
            "<",
            "<a",
            "<a@b",
            "a@",
            "@b",
            "<@b>",
            "<a@b>x",
            "<a b@c>",
            "<a@b c>",
            "<a@-b>",
            "<a@b..c>",
            "<a@b.>",
            "<.a@b>",
            "<a.@b>",
            "<a..b@c>",
            "<\"a\"b@c>",
            "<\"a@c>",
            "<a@b@c>",
            "<a@[]>",
            "<a@[1>",
            "<a,b@c>",
            "<a(x)@b>",
            "<a:b@c>",
            "<\"\u{1}\"@c>",
            "<a\u{2028}@c>",
            &long_local,
            &long_domain,
        ] {
            assert_eq!(read(text), Err(BadAddress), "{text}");
        }
    }

    #[test]
    fn quotes_are_no_part_of_the_name() {
        let address = Address::parse(r#""a\"\\ b"@c.test"#).unwrap();
        assert_eq!(address.local, "a\"\\ b");
        assert_eq!(address.domain.as_deref(), Some("c.test"));
    }
}
