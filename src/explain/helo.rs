//! The reply to HELO held against the name given with it.
//!
//! No look-up in DNS happens here: only what the server itself says is compared (RFC 5321 4.1.4 lets it check, and
//! forbids it to refuse for that alone).

use std::net::IpAddr;

/// What does not go together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The name or address that the server saw, if it told; **not sanitized**.
    pub seen: Option<String>,
    /// What that means, a sentence or two in our words.
    pub hint: &'static str,
}

const OTHER_ADDRESS: &str = "The server sees another address than the one given with HELO. A router or VPN may stand \
                             between; give the address it sees, or the name that DNS has for it.";
const OTHER_NAME: &str = "The server knows your address by another name than the one given with HELO. Strict servers \
                          refuse mail for that; give the name it tells.";
const FORGED: &str = "The server could not match the name given with HELO to your address. Strict servers refuse mail \
                      for that; give the full name that DNS has for your outside address.";
const SHORT: &str = "The name given with HELO is no full name. Strict servers want one such as host.example.org, or \
                     the address in brackets.";

/// Compares `claimed`, the argument of HELO or EHLO, with the words of the 250 (its first line, without the code).
pub fn helo_mismatch(claimed: &str, reply: &str) -> Option<Mismatch> {
    let claimed = claimed.trim();
    let seen = reply.split_whitespace().find_map(address);
    if let Some(own) = address(claimed) {
        let other = seen.filter(|seen| *seen != own)?;
        return Some(Mismatch { seen: Some(other.to_string()), hint: OTHER_ADDRESS });
    }
    let named = name_before_address(reply).filter(|name| !same_name(name, claimed));
    if let Some(name) = named {
        return Some(Mismatch { seen: Some(name.to_owned()), hint: OTHER_NAME });
    }
    let seen = seen.map(|seen| seen.to_string());
    if reply.to_ascii_lowercase().contains("may be forged") {
        return Some(Mismatch { seen, hint: FORGED });
    }
    (!claimed.trim_end_matches('.').contains('.')).then_some(Mismatch { seen, hint: SHORT })
}

/// An address, bare or as a literal, with whatever punctuation is around it.
fn address(word: &str) -> Option<IpAddr> {
    let bare = match word.split_once('[').and_then(|(_, rest)| rest.split_once(']')) {
        Some((literal, _)) => literal.strip_prefix("IPv6:").unwrap_or(literal),
        None => word.trim_matches(|c: char| !c.is_ascii_hexdigit()),
    };
    bare.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

/// The host name right before the address in brackets, as in `Hello lab.example.org [192.0.2.1]`.
fn name_before_address(reply: &str) -> Option<&str> {
    let words: Vec<&str> = reply.split_whitespace().collect();
    let pair =
        words.windows(2).find(|pair| pair[1].trim_start_matches('(').starts_with('[') && address(pair[1]).is_some())?;
    let name = pair[0].trim_matches(|c: char| !c.is_ascii_alphanumeric());
    (name.contains('.') && address(name).is_none()).then_some(name)
}

fn same_name(one: &str, other: &str) -> bool {
    one.trim_end_matches('.').eq_ignore_ascii_case(other.trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_claimed_name_is_held_against_what_the_server_saw() {
        for (claimed, reply, expected) in [
            ("lab.example.org", "mx.example Hello lab.example.org [192.0.2.1], pleased to meet you", None),
            ("LAB.example.org.", "mx.example Hello lab.example.org [192.0.2.1]", None),
            (
                "lab.example.org",
                "mx.example Hello dsl-7.isp.example [192.0.2.7]",
                Some((Some("dsl-7.isp.example"), OTHER_NAME)),
            ),
            ("[192.0.2.1]", "mx.example Hello [192.0.2.1]", None),
            ("[192.0.2.1]", "mx.example Hello [198.51.100.9], nice", Some((Some("198.51.100.9"), OTHER_ADDRESS))),
            ("192.0.2.1", "Hello 192.0.2.1", None),
            ("[IPv6:2001:db8::1]", "Hello [IPv6:2001:db8::1]", None),
            ("[IPv6:2001:db8::1]", "Hello [IPv6:2001:db8::2]:", Some((Some("2001:db8::2"), OTHER_ADDRESS))),
            ("[192.0.2.1]", "Hello [::ffff:192.0.2.1]", None),
            ("dell01", "HELO 217.120.215.201, How can I help you?", Some((Some("217.120.215.201"), SHORT))),
            ("lab.example.org", "HELO 217.120.215.201, How can I help you?", None),
            (
                "lab.example.org",
                "x Hello lab.example.org [192.0.2.1] (may be forged)",
                Some((Some("192.0.2.1"), FORGED)),
            ),
            ("lab.example.org", "", None),
        ] {
            let found = helo_mismatch(claimed, reply);
            let expected = expected.map(|(seen, hint)| Mismatch { seen: seen.map(str::to_owned), hint });
            assert_eq!(found, expected, "{claimed} / {reply}");
        }
    }
}
