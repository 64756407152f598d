//! What servers on the way say they checked: Authentication-Results (RFC 8601) and Received-SPF (RFC 7208 9.1).
//!
//! Nothing is checked here. Anybody can write such a field; only those of one's own server are worth something.

use super::header::{self, RawField};
use super::tokens::{self, Token, tokens, unquoted};
use crate::wire::printable;

/// Most fields that are looked at.
const FIELDS: usize = 50;
/// Most claims that are kept.
const CLAIMS: usize = 200;
/// Most characters of a text that are kept.
const TEXT: usize = 400;

/// One result that a server tells. Every text has passed `wire::printable`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claim {
    /// Who says so: the authserv-id; empty where the field does not tell.
    pub by: String,
    /// `spf`, `dkim`, `dmarc`, …; in lower case.
    pub method: String,
    /// `pass`, `fail`, `none`, …; in lower case.
    pub result: String,
    /// Reason, properties and comments, as they came.
    pub details: String,
    /// The name of the field.
    pub field: &'static str,
}

/// The claims in the header of `mail`, from the top: those of the last station first.
pub fn claims(mail: &[u8]) -> Vec<Claim> {
    let mut found = Vec::new();
    let fields = header::fields(header::split(mail).head).filter_map(|field| {
        let reader: fn(&RawField<'_>) -> Vec<Claim> = match () {
            () if field.is("Authentication-Results") => results,
            () if field.is("Received-SPF") => received_spf,
            () => return None,
        };
        Some(reader(&field))
    });
    for claims in fields.take(FIELDS) {
        found.extend(claims);
    }
    found.truncate(CLAIMS);
    found
}

/// The claims of an Authentication-Results field.
fn results(field: &RawField<'_>) -> Vec<Claim> {
    let value = tokens::value(field.value);
    let tokens = tokens(&value);
    let mut sections = tokens.split(|token| matches!(token, Token::Semicolon(_)));
    let first = sections.next().unwrap_or_default();
    // Exchange Online leaves the authserv-id out and begins with a result.
    let (by, ahead) = match first.iter().find_map(as_word) {
        Some(word) if word.contains('=') => (String::new(), Some(first)),
        Some(word) => (shown(&unquoted(word)), None),
        None => (String::new(), None),
    };
    ahead.into_iter().chain(sections).filter_map(|section| result(section, &by)).take(CLAIMS).collect()
}

fn as_word<'a>(token: &Token<'a>) -> Option<&'a str> {
    match token {
        Token::Word(word) => Some(word),
        Token::Comment(_) | Token::Semicolon(_) => None,
    }
}

/// `dkim=pass (2048-bit key) header.d=example.org`. Blanks around the `=` and a version behind the method are allowed.
fn result(section: &[Token<'_>], by: &str) -> Option<Claim> {
    let (mut head, mut rest) = (String::new(), section);
    while let [token, more @ ..] = rest
        && !complete(&head)
    {
        head.push_str(as_word(token).unwrap_or_default());
        rest = more;
    }
    let (method, result) = head.split_once('=')?;
    let method = method.split('/').next().unwrap_or_default();
    let (method, result) = (shown(method).to_lowercase(), shown(&unquoted(result)).to_lowercase());
    let details = details(rest);
    (!method.is_empty()).then(|| Claim { by: by.to_owned(), method, result, details, field: "Authentication-Results" })
}

/// Both sides of the `=` are there.
fn complete(head: &str) -> bool {
    head.len() > TEXT || head.split_once('=').is_some_and(|(_, result)| !result.is_empty())
}

/// Words and comments as they came, on one line.
fn details(tokens: &[Token<'_>]) -> String {
    let mut text = String::new();
    for token in tokens {
        if text.len() > 4 * TEXT {
            break;
        }
        if !text.is_empty() {
            text.push(' ');
        }
        match token {
            Token::Word(word) => text.push_str(word),
            Token::Comment(comment) => text.extend(["(", comment, ")"]),
            Token::Semicolon(_) => text.push(';'),
        }
    }
    shown(&text)
}

/// `Received-SPF: pass (mx.example: domain of …) client-ip=192.0.2.1; receiver=mx.example; …`.
fn received_spf(field: &RawField<'_>) -> Vec<Claim> {
    let value = tokens::value(field.value);
    let tokens = tokens(&value);
    let Some(at) = tokens.iter().position(|token| as_word(token).is_some()) else { return Vec::new() };
    let result = as_word(&tokens[at]).unwrap_or_default();
    let receiver = tokens.iter().filter_map(as_word).find_map(|word| {
        let (name, value) = word.split_once('=')?;
        name.eq_ignore_ascii_case("receiver").then(|| unquoted(value))
    });
    vec![Claim {
        by: shown(&receiver.unwrap_or_default()),
        method: "spf".to_owned(),
        result: shown(result.trim_end_matches(':')).to_lowercase(),
        details: details(&tokens[at + 1..]),
        field: "Received-SPF",
    }]
}

fn shown(text: &str) -> String {
    let mut short: String = text.chars().take(TEXT).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    printable::text(&short).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(fields: &str) -> Vec<(String, String, String, String)> {
        let mail = format!("{fields}\r\n\r\nAuthentication-Results: body; spf=pass\r\n");
        claims(mail.as_bytes()).into_iter().map(|claim| (claim.by, claim.method, claim.result, claim.details)).collect()
    }

    #[test]
    fn results_of_many_servers_are_read() {
        for (fields, expected) in [
            (
                "Authentication-Results: mx.example.net 1;\r\n\tdkim=pass (2048-bit key; secure) header.d=a.example \
                 header.i=@a.example;\r\n\tspf=softfail reason=\"not; listed\" smtp.mailfrom=ada@a.example",
                vec![
                    ("mx.example.net", "dkim", "pass", "(2048-bit key; secure) header.d=a.example header.i=@a.example"),
                    ("mx.example.net", "spf", "softfail", "reason=\"not; listed\" smtp.mailfrom=ada@a.example"),
                ],
            ),
            (
                "Authentication-Results: spf=pass (sender IP is 192.0.2.1)\r\n smtp.mailfrom=a.example; dmarc=pass \
                 action=none header.from=a.example;compauth=pass reason=100",
                vec![
                    ("", "spf", "pass", "(sender IP is 192.0.2.1) smtp.mailfrom=a.example"),
                    ("", "dmarc", "pass", "action=none header.from=a.example"),
                    ("", "compauth", "pass", "reason=100"),
                ],
            ),
            (
                "Authentication-Results: \"mx (1)\" (c); DKIM/1 = Fail header.b=x",
                vec![("mx (1)", "dkim", "fail", "header.b=x")],
            ),
            ("Authentication-Results: mx.example; none", vec![]),
            ("Authentication-Results: ;;;=;=x;(", vec![]),
            (
                "Received-SPF: Pass (mx.example.net: domain of ada@a.example designates 192.0.2.1)\r\n \
                 receiver=mx.example.net; client-ip=192.0.2.1",
                vec![(
                    "mx.example.net",
                    "spf",
                    "pass",
                    "(mx.example.net: domain of ada@a.example designates 192.0.2.1) receiver=mx.example.net ; \
                     client-ip=192.0.2.1",
                )],
            ),
            ("Received-SPF: none", vec![("", "spf", "none", "")]),
            ("Received-SPF:", vec![]),
        ] {
            let expected: Vec<_> = expected
                .into_iter()
                .map(|(by, method, result, details)| {
                    (by.to_owned(), method.to_owned(), result.to_owned(), details.to_owned())
                })
                .collect();
            assert_eq!(of(fields), expected, "{fields}");
        }
    }

    #[test]
    fn a_flood_of_claims_is_cut() {
        let many = format!("Authentication-Results: mx{}\r\n", ";a=b".repeat(1_000)).repeat(200);
        assert_eq!(claims(many.as_bytes()).len(), CLAIMS);
        let long = format!("Received-SPF: pass {}\r\n", "x".repeat(7_000));
        assert_eq!(claims(long.as_bytes())[0].details.chars().count(), TEXT + 1);
    }

    proptest! {
        #[test]
        fn any_octets_give_printable_claims(value in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mail = [b"Authentication-Results: mx; a=".as_slice(), &value, b"\r\nReceived-SPF: ", &value, b"\r\n\r\n"];
            for claim in claims(&mail.concat()) {
                let text = [claim.by, claim.method, claim.result, claim.details].concat();
                prop_assert!(!text.chars().any(char::is_control), "{:?}", text);
            }
        }
    }
}
