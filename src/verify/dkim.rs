//! DKIM signatures: whether each holds, what it covers, and why it does not hold.

use jiff::Timestamp;
use mail_auth::common::crypto::{Algorithm, CryptoError};
use mail_auth::dkim::{DkimError, Signature};
use mail_auth::{AuthenticatedMessage, DkimOutput, DkimResult, DnsError, Error};

use super::Check;
use super::names::Names;
use crate::wire::printable;

/// Most names of covered fields that are told.
const COVERED: usize = 15;
/// Most characters of a name from the mail that are told.
const NAME: usize = 260;

/// A message for each signature, so that each is judged by itself and none waits for another.
pub(super) fn singles<'a>(message: &AuthenticatedMessage<'a>) -> Vec<AuthenticatedMessage<'a>> {
    let alone = AuthenticatedMessage { dkim_headers: Vec::new(), errors: Vec::new(), ..message.clone() };
    let single = |header: &mail_auth::common::headers::Header<'a, Signature>| {
        let mut header = header.clone();
        // Reports and third-party signing would ask more names; nobody here sends reports.
        header.header.r = false;
        header.header.atps = None;
        AuthenticatedMessage { dkim_headers: vec![header], ..alone.clone() }
    };
    message.dkim_headers.iter().map(single).collect()
}

/// What came of each signature.
pub(super) async fn verify<'a>(names: &Names, singles: &'a [AuthenticatedMessage<'a>]) -> Vec<DkimOutput<'a>> {
    let each = singles.iter().map(async |single| {
        let signature = &single.dkim_headers[0].header;
        if !covers(signature, "From") {
            return DkimOutput::perm_err(Error::NotAligned).with_signature(signature);
        }
        let late = || DkimOutput::temp_err(Error::Dns(DnsError::Resolver(String::new()))).with_signature(signature);
        let outputs = names.in_time(names.library.verify_dkim(single)).await;
        outputs.and_then(|outputs| outputs.into_iter().next()).unwrap_or_else(late)
    });
    futures_util::future::join_all(each).await
}

/// One for each signature, or one that says there is none.
pub(super) fn checks(message: &AuthenticatedMessage<'_>, outputs: &[DkimOutput<'_>], passed_over: usize) -> Vec<Check> {
    let check = |result, detail| Check { name: "DKIM", result, detail };
    let mut checks: Vec<Check> = outputs
        .iter()
        .filter_map(|output| {
            let signature = output.signature()?;
            let result = told_apart(output.result(), signature);
            Some(check(word(&result), detail(signature, &result)))
        })
        .collect();
    let unreadable = message.errors.iter().filter(|error| error.name.eq_ignore_ascii_case(b"DKIM-Signature"));
    checks.extend(
        unreadable
            .map(|error| check("permerror", format!("a signature cannot be read: {}", reason(&error.header, None)))),
    );
    if passed_over > 0 {
        check_passed_over(&mut checks, passed_over);
    }
    if checks.is_empty() {
        checks.push(check("none", "the mail carries no DKIM signature".to_owned()));
    }
    checks
}

fn check_passed_over(checks: &mut Vec<Check>, count: usize) {
    let most = super::material::SIGNATURES;
    let detail = format!("{count} more signatures were passed over: at most {most}, of sensible length, are checked");
    checks.push(Check { name: "DKIM", result: "policy", detail });
}

/// The library names every Ed25519 signature that does not fit a failure of the cryptography.
fn told_apart(result: &DkimResult, signature: &Signature) -> DkimResult {
    match result {
        DkimResult::Fail(Error::Crypto(CryptoError::Library(_))) if signature.a == Algorithm::Ed25519Sha256 => {
            DkimResult::Fail(Error::Crypto(CryptoError::FailedVerification))
        }
        other => other.clone(),
    }
}

/// The result in the words of RFC 8601 2.7.1. The library calls neutral what does not hold for good.
fn word(result: &DkimResult) -> &'static str {
    match result {
        DkimResult::Pass => "pass",
        DkimResult::Neutral(Error::Dkim(DkimError::FailedBodyHashMatch | DkimError::SignatureExpired))
        | DkimResult::Fail(Error::Crypto(CryptoError::FailedVerification)) => "fail",
        DkimResult::Neutral(_) | DkimResult::Fail(_) | DkimResult::PermError(_) => "permerror",
        DkimResult::TempError(_) => "temperror",
        DkimResult::None => "none",
    }
}

fn detail(signature: &Signature, result: &DkimResult) -> String {
    let (domain, selector) = (name(&signature.d), name(&signature.s));
    let mut detail = format!("{domain}, selector {selector}, {}", algorithm(signature.a));
    match result {
        DkimResult::Pass | DkimResult::None => {}
        DkimResult::Neutral(error)
        | DkimResult::Fail(error)
        | DkimResult::PermError(error)
        | DkimResult::TempError(error) => detail.extend([": ", &reason(error, Some(signature))]),
    }
    detail.extend(["; covers ", &covered(signature)]);
    if signature.l > 0 {
        let length = signature.l.to_string();
        detail.extend(["; warning: it covers only the first ", &length, " octets of the body (l=): "]);
        detail.push_str("anybody may have added what follows");
    }
    if signature.a == Algorithm::RsaSha1 {
        detail.push_str("; warning: rsa-sha1 is no longer safe (RFC 8301)");
    }
    detail
}

fn algorithm(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::RsaSha1 => "rsa-sha1",
        Algorithm::RsaSha256 => "rsa-sha256",
        Algorithm::Ed25519Sha256 => "ed25519-sha256",
    }
}

fn covers(signature: &Signature, field: &str) -> bool {
    signature.h.iter().any(|name| name.trim().eq_ignore_ascii_case(field))
}

/// The fields it was made over, each once, and which of those a reader sees are missing.
fn covered(signature: &Signature) -> String {
    let mut fields: Vec<String> = Vec::new();
    for field in &signature.h {
        if fields.len() <= COVERED && !fields.iter().any(|known| known.eq_ignore_ascii_case(field)) {
            fields.push(name(field));
        }
    }
    let more = fields.len() > COVERED;
    fields.truncate(COVERED);
    let mut text = fields.join(", ");
    if more {
        text.push_str(", …");
    }
    let open: Vec<&str> = ["Subject", "Date", "To"].into_iter().filter(|field| !covers(signature, field)).collect();
    if !open.is_empty() {
        text.extend([", but not ", &open.join(", ")]);
    }
    text
}

/// Why, and what a reader can make of it.
fn reason(error: &Error, signature: Option<&Signature>) -> String {
    let record = || match signature {
        Some(signature) => format!("{}._domainkey.{}", name(&signature.s), name(&signature.d)),
        None => "its name".to_owned(),
    };
    match error {
        Error::Dkim(DkimError::FailedBodyHashMatch) => {
            "body hash differs: the body was changed after signing (mailing lists and virus scanners do that)"
                .to_owned()
        }
        Error::Crypto(CryptoError::FailedVerification) => {
            "the signature does not fit: a signed header field was changed, or another key made it".to_owned()
        }
        Error::Dkim(DkimError::SignatureExpired) => expired(signature),
        Error::Dkim(DkimError::RevokedPublicKey) => {
            format!("the key was revoked: the record {} holds an empty one", record())
        }
        Error::Dns(DnsError::RecordNotFound(_)) => {
            format!("no key record: {} has none in the DNS (any more)", record())
        }
        Error::Dns(DnsError::InvalidRecordType) => format!("the record {} is no DKIM key", record()),
        Error::Dns(DnsError::Resolver(why)) => silence(why),
        Error::ParseError => format!("{} is no name of the DNS", record()),
        Error::NotAligned => "it does not cover the From field, so it says nothing (RFC 6376 5.4)".to_owned(),
        Error::Dkim(DkimError::FailedAuidMatch) => "its identity (i=) is outside its domain (d=)".to_owned(),
        Error::MissingParameters => "a tag is missing (a=, b=, bh=, d=, h= and s= are needed)".to_owned(),
        Error::Base64 => "its octets are no base64".to_owned(),
        Error::Crypto(CryptoError::IncompatibleAlgorithms) => {
            format!("the key of {} is of another algorithm", record())
        }
        Error::Crypto(CryptoError::Library(_)) => {
            format!("the key of {} cannot be used: it is broken, too short or too long", record())
        }
        other => name(&other.to_string()),
    }
}

fn expired(signature: Option<&Signature>) -> String {
    let moment = |seconds: u64| i64::try_from(seconds).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    match signature.and_then(|signature| moment(signature.x)) {
        Some(end) => format!("the signature expired at {end}; it may have held when the mail arrived"),
        None => "the signature expired".to_owned(),
    }
}

/// Why the name service gave no answer.
pub(super) fn silence(why: &str) -> String {
    let why = if why.is_empty() { String::new() } else { format!(" ({})", name(why)) };
    format!("the name service gave no answer{why}: look at the network, or try again later")
}

/// Text from the mail or the DNS, fit for the screen and short.
pub(super) fn name(text: &str) -> String {
    let mut short: String = text.trim().chars().take(NAME).collect();
    if short.len() < text.trim().len() {
        short.push('…');
    }
    printable::text(&short).into_owned()
}
