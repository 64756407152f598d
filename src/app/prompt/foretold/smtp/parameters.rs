//! Forecasts for the paths and parameters of MAIL and RCPT: RFC 5321 4.1.1.11, and of SIZE (RFC 1870), 8BITMIME
//! (RFC 6152), SMTPUTF8 (RFC 6531), DSN (RFC 3461), BINARYMIME (RFC 3030), DELIVERBY (RFC 2852), FUTURERELEASE
//! (RFC 4865), REQUIRETLS (RFC 8689), MT-PRIORITY (RFC 6710).

use super::{Facts, Outlook, announces, begins_one, grouped, note, refused};
use crate::smtp::{Capabilities, path_and_rest};
use crate::wire::printable;

/// Keywords of MAIL, and the extension that each belongs to.
const OF_MAIL: [(&str, &str); 12] = [
    ("SIZE", "SIZE"),
    ("BODY", "8BITMIME"),
    ("SMTPUTF8", "SMTPUTF8"),
    ("RET", "DSN"),
    ("ENVID", "DSN"),
    ("AUTH", "AUTH"),
    ("BY", "DELIVERBY"),
    ("HOLDFOR", "FUTURERELEASE"),
    ("HOLDUNTIL", "FUTURERELEASE"),
    ("REQUIRETLS", "REQUIRETLS"),
    ("MT-PRIORITY", "MT-PRIORITY"),
    ("TRANSID", "CHECKPOINT"),
];
/// Those of RCPT.
const OF_RCPT: [(&str, &str); 3] = [("NOTIFY", "DSN"), ("ORCPT", "DSN"), ("RRVS", "RRVS")];

/// One parameter as it is typed.
struct Parameter<'a> {
    keyword: String,
    value: &'a str,
    /// More of it may be on its way.
    unfinished: bool,
}

pub(super) fn mail(text: &str, facts: &Facts<'_>) -> Option<Outlook> {
    let (path, parameters) = parts(text)?;
    let found = unusable(&parameters, &OF_MAIL, facts.offered)
        .or_else(|| parameters.iter().find_map(|parameter| mail_value(parameter, facts)));
    let utf8 = parameters.iter().any(|parameter| parameter.keyword == "SMTPUTF8");
    found.or_else(|| not_ascii(path, utf8, facts.offered))
}

pub(super) fn rcpt(text: &str, facts: &Facts<'_>) -> Option<Outlook> {
    let (path, parameters) = parts(text)?;
    if path.trim().is_empty() && text.contains('>') {
        return refused("expect 501: <> is a sender only; a recipient has an address");
    }
    let full = facts.offered.rcpt_max().filter(|most| facts.accepted >= *most);
    let full = full.map(|most| Outlook::Refused(format!("expect 452: the server takes {most} recipients at once")));
    full.or_else(|| unusable(&parameters, &OF_RCPT, facts.offered)).or_else(|| parameters.iter().find_map(rcpt_value))
}

/// The path of a line, and its parameters.
fn parts(text: &str) -> Option<(&str, Vec<Parameter<'_>>)> {
    let (path, rest) = path_and_rest(text)?;
    let open = !rest.ends_with([' ', '\t']);
    let words: Vec<&str> = rest.split_ascii_whitespace().collect();
    let last = words.len();
    let parameters = words.into_iter().enumerate().map(|(index, word)| {
        let (keyword, value) = word.split_once('=').unwrap_or((word, ""));
        Parameter { keyword: keyword.to_ascii_uppercase(), value, unfinished: open && index + 1 == last }
    });
    Some((path, parameters.collect()))
}

/// The first parameter that nobody knows, that was not announced, or that stands there twice.
fn unusable(parameters: &[Parameter<'_>], known: &[(&str, &str)], offered: &Capabilities) -> Option<Outlook> {
    parameters.iter().enumerate().find_map(|(index, parameter)| {
        let shown = printable::text(&parameter.keyword);
        if parameters[..index].iter().any(|before| before.keyword == parameter.keyword) {
            return refused(format!("expect 501 or 555: {shown} stands there twice"));
        }
        let Some((_, extension)) = known.iter().find(|(keyword, _)| *keyword == parameter.keyword) else {
            let grows = parameter.unfinished && begins_one(&parameter.keyword, known.iter().map(|(word, _)| *word));
            let words = format!("expect 555: {shown} is no parameter that this server announced");
            return (!grows).then_some(Outlook::Refused(words));
        };
        let is_there = announces(offered, extension) || (*extension == "AUTH" && !offered.auth.is_empty());
        let words = || format!("expect 555: {shown} needs {extension}, which the server does not announce");
        (!is_there).then(|| Outlook::Refused(words()))
    })
}

fn mail_value(parameter: &Parameter<'_>, facts: &Facts<'_>) -> Option<Outlook> {
    let offered = facts.offered;
    let value = parameter.value.to_ascii_uppercase();
    let whole = !parameter.unfinished;
    match parameter.keyword.as_str() {
        "SIZE" => size(&value, whole, offered),
        "BODY" => {
            let fits = |word: &str| value == word || (!whole && begins_one(&value, [word]));
            match value.as_str() {
                "BINARYMIME" if !offered.binary_mime => {
                    refused("expect 555: BODY=BINARYMIME needs BINARYMIME, which the server does not announce")
                }
                "BINARYMIME" => note("allowed, but a binary mail goes by BDAT only: DATA is refused behind it"),
                _ if ["7BIT", "8BITMIME", "BINARYMIME"].into_iter().any(fits) => None,
                _ => refused("expect 501: BODY is 7BIT, 8BITMIME or BINARYMIME"),
            }
        }
        "RET" => one_of(&value, whole, &["FULL", "HDRS"], "RET is FULL or HDRS"),
        "REQUIRETLS" if !facts.tls => refused("expect 530: REQUIRETLS wants an encrypted line to begin with"),
        _ => None,
    }
}

fn size(value: &str, whole: bool, offered: &Capabilities) -> Option<Outlook> {
    if value.is_empty() && !whole {
        return None;
    }
    let Ok(octets) = value.parse::<u64>() else {
        return refused("expect 501: SIZE is a number of octets");
    };
    let most = offered.size.flatten().filter(|most| octets > *most)?;
    refused(format!("expect 552: the server takes {} octets at most", grouped(most)))
}

fn rcpt_value(parameter: &Parameter<'_>) -> Option<Outlook> {
    let value = parameter.value.to_ascii_uppercase();
    let whole = !parameter.unfinished;
    match parameter.keyword.as_str() {
        "NOTIFY" => {
            let words: Vec<&str> = value.split(',').collect();
            if words.len() > 1 && words.contains(&"NEVER") {
                return refused("expect 501: NOTIFY=NEVER stands alone");
            }
            let (last, before) = words.split_last()?;
            let known = ["NEVER", "SUCCESS", "FAILURE", "DELAY"];
            let why = "NOTIFY is NEVER, or of SUCCESS, FAILURE and DELAY with commas";
            before.iter().find_map(|word| one_of(word, true, &known, why)).or_else(|| one_of(last, whole, &known, why))
        }
        "ORCPT" if whole && !value.contains(';') => refused("expect 501: ORCPT is a type and an address: rfc822;a@b"),
        _ => None,
    }
}

fn one_of(value: &str, whole: bool, words: &[&str], why: &str) -> Option<Outlook> {
    let fits = words.contains(&value) || (!whole && begins_one(value, words.iter().copied()));
    (!fits).then(|| Outlook::Refused(format!("expect 501: {why}")))
}

/// An address that is not ASCII needs a word of it in MAIL (RFC 6531 3.4).
fn not_ascii(path: &str, said: bool, offered: &Capabilities) -> Option<Outlook> {
    match (path.is_ascii() || said, offered.smtputf8) {
        (true, _) => None,
        (false, true) => refused("expect 553: such an address needs SMTPUTF8 behind it"),
        (false, false) => refused("expect 553 or 501: the server does not announce SMTPUTF8, so addresses are ASCII"),
    }
}
