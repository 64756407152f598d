//! Internationalized domains of addresses (IDNA, RFC 5890) in both forms. The part before the @ has one form only.

use std::borrow::Cow;

use crate::wire::idn::domain_in_ascii;

/// `address` with its domain in Unicode, and in ASCII. `None` when both are the same, or the domain is none.
pub fn idn(address: &str) -> Option<(String, String)> {
    let (local, domain) = address.rsplit_once('@')?;
    let ascii = domain_in_ascii(domain)?;
    let (unicode, sound) = idna::domain_to_unicode(&ascii);
    (sound.is_ok() && unicode != ascii).then(|| (format!("{local}@{unicode}"), format!("{local}@{ascii}")))
}

/// `address` as it stands in headers and envelopes: with the domain in ASCII, so that SMTPUTF8 is not needed for it,
/// unless what is before the @ needs it anyway.
pub fn on_the_wire(address: &str) -> Cow<'_, str> {
    match address.rsplit_once('@') {
        Some((local, domain)) if local.is_ascii() && !domain.is_ascii() => match domain_in_ascii(domain) {
            Some(ascii) => Cow::Owned(format!("{local}@{ascii}")),
            None => Cow::Borrowed(address),
        },
        _ => Cow::Borrowed(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_internationalized_domain_has_two_forms() {
        let both = |unicode: &str, ascii: &str| Some((unicode.to_owned(), ascii.to_owned()));
        for (address, forms) in [
            ("j@bücher.example", both("j@bücher.example", "j@xn--bcher-kva.example")),
            ("j@XN--BCHER-KVA.example", both("j@bücher.example", "j@xn--bcher-kva.example")),
            ("jörg@bücher.example", both("jörg@bücher.example", "jörg@xn--bcher-kva.example")),
            ("ada@例え.テスト", both("ada@例え.テスト", "ada@xn--r8jz45g.xn--zckzah")),
            ("j@a.example", None),
            ("jörg@a.example", None),
            ("j@[192.0.2.1]", None),
            ("j@xn--\u{fffd}", None),
            ("no address", None),
            ("j@", None),
        ] {
            assert_eq!(idn(address), forms, "{address}");
        }
    }

    #[test]
    fn only_a_local_part_that_is_not_ascii_keeps_its_domain() {
        for (address, wire) in [
            ("j@bücher.example", "j@xn--bcher-kva.example"),
            ("jörg@bücher.example", "jörg@bücher.example"),
            ("J@A.example", "J@A.example"),
            ("\"a@ü\"@b.example", "\"a@ü\"@b.example"),
        ] {
            assert_eq!(on_the_wire(address), wire);
        }
    }
}
