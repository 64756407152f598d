//! Options: what a mail asks of the server, how it travels, how it is written and signed.

use super::{State, Switch, Used};
use crate::app::compose::Compose;
use crate::mail::{AddressList, DkimKey, Format};
use crate::smtp::{DeliverBy, Dsn, Hold, Late, Notify, Pace, Ret, Transfer};

/// Longest ENVID, in characters (RFC 3461 4.4).
const ENVID: usize = 100;

pub(super) fn label(switch: Switch) -> &'static str {
    match switch {
        Switch::Markdown => "Markdown, with HTML",
        Switch::Bdat => "BDAT instead of DATA",
        Switch::Lockstep => "One command at a time",
        Switch::NotifySuccess => "DSN: on success",
        Switch::NotifyFailure => "DSN: on failure",
        Switch::NotifyDelay => "DSN: on delay",
        Switch::NotifyNever => "DSN: never",
        Switch::ReturnFull => "DSN: return the mail",
        Switch::ReturnHeaders => "DSN: return the headers",
        Switch::EnvelopeId => "DSN: ENVID",
        Switch::OriginalRecipient => "DSN: ORCPT",
        Switch::DeliverBy => "DELIVERBY",
        Switch::Hold => "Hold (FUTURERELEASE)",
        Switch::RequireTls => "REQUIRETLS",
        Switch::DkimKey => "DKIM: key file",
        Switch::DkimDomain => "DKIM: domain",
        Switch::DkimSelector => "DKIM: selector",
        Switch::AllOff | Switch::Flaw(_) | Switch::Wire(_) | Switch::Halt(..) => "",
    }
}

pub(super) fn explanation(switch: Switch) -> &'static str {
    match switch {
        Switch::Markdown => "The text goes as it is, and as HTML beside it: multipart/alternative (RFC 2046 5.1.4)",
        Switch::Bdat => "The mail goes in counted blocks where CHUNKING is announced: no dots, no 354 (RFC 3030)",
        Switch::Lockstep => "Each command waits for the reply to the one before, PIPELINING or not (RFC 2920)",
        Switch::NotifySuccess => "A report when it is delivered (RFC 3461 4.1)",
        Switch::NotifyFailure => "A report when it is given up; also without asking (RFC 3461 4.1)",
        Switch::NotifyDelay => "A report while it is not delivered yet (RFC 3461 4.1)",
        Switch::NotifyNever => "No report in any case; shuts out the three above (RFC 3461 4.1)",
        Switch::ReturnFull => "A report of failure carries the whole mail (RFC 3461 4.3)",
        Switch::ReturnHeaders => "A report of failure carries its headers only (RFC 3461 4.3)",
        Switch::EnvelopeId => "A name of yours that every report repeats (RFC 3461 4.4)",
        Switch::OriginalRecipient => "Reports name each recipient as it was written here (RFC 3461 4.2)",
        Switch::DeliverBy => "Deliver within some seconds, or tell or return it (RFC 2852)",
        Switch::Hold => "The server keeps it for some seconds or until a moment (RFC 4865)",
        Switch::RequireTls => "Every hop has to use TLS with a verified name, or bounce it (RFC 8689)",
        Switch::DkimKey => "The mail is signed with this private key, RSA or Ed25519 in PEM (RFC 6376)",
        Switch::DkimDomain => "d= of the signature: where the public key is looked up (RFC 6376 3.5)",
        Switch::DkimSelector => "s= of the signature: selector._domainkey.domain has the public key (RFC 6376 3.5)",
        Switch::AllOff | Switch::Flaw(_) | Switch::Wire(_) | Switch::Halt(..) => "",
    }
}

pub(super) fn state(form: &Compose, switch: Switch) -> State {
    let (manner, dsn) = (&form.manner, &form.manner.requests.dsn);
    let on = match switch {
        Switch::Markdown => form.format == Format::Markdown,
        Switch::Bdat => manner.transfer == Transfer::Bdat,
        Switch::Lockstep => form.pace == Pace::Lockstep,
        Switch::NotifySuccess => cases(dsn)[0],
        Switch::NotifyFailure => cases(dsn)[1],
        Switch::NotifyDelay => cases(dsn)[2],
        Switch::NotifyNever => dsn.notify == Some(Notify::Never),
        Switch::ReturnFull => dsn.ret == Some(Ret::Full),
        Switch::ReturnHeaders => dsn.ret == Some(Ret::Hdrs),
        Switch::OriginalRecipient => dsn.orcpt,
        Switch::RequireTls => manner.requests.require_tls,
        _ => return State::Text(text(form, switch)),
    };
    if on { State::On } else { State::Off }
}

fn text(form: &Compose, switch: Switch) -> String {
    let requests = &form.manner.requests;
    let key = |part: fn(&DkimKey) -> String| form.dkim.as_ref().map(part).unwrap_or_default();
    match switch {
        Switch::EnvelopeId => requests.dsn.envid.clone().unwrap_or_default(),
        Switch::DeliverBy => requests.deliver_by.map(deliver_by).unwrap_or_default(),
        Switch::Hold => match &requests.hold {
            Some(Hold::For(seconds)) => seconds.to_string(),
            Some(Hold::Until(moment)) => moment.clone(),
            None => String::new(),
        },
        Switch::DkimKey => key(|key| key.file.display().to_string()),
        Switch::DkimDomain => key(|key| key.domain.clone()),
        Switch::DkimSelector => key(|key| key.selector.clone()),
        _ => String::new(),
    }
}

fn deliver_by(by: DeliverBy) -> String {
    let late = if by.late == Late::Return { "R" } else { "N" };
    format!("{};{late}{}", by.seconds, if by.trace { "T" } else { "" })
}

/// Success, failure, delay.
fn cases(dsn: &Dsn) -> [bool; 3] {
    match dsn.notify {
        Some(Notify::On { success, failure, delay }) => [success, failure, delay],
        Some(Notify::Never) | None => [false; 3],
    }
}

pub(super) fn flip(form: &mut Compose, switch: Switch) -> Used {
    let (requests, transfer) = (&mut form.manner.requests, &mut form.manner.transfer);
    let dsn = &mut requests.dsn;
    match switch {
        Switch::Markdown => {
            form.format = if form.format == Format::Plain { Format::Markdown } else { Format::Plain };
        }
        Switch::Bdat => *transfer = if *transfer == Transfer::Data { Transfer::Bdat } else { Transfer::Data },
        Switch::Lockstep => {
            form.pace = if form.pace == Pace::Lockstep { Pace::Pipelined } else { Pace::Lockstep };
        }
        Switch::NotifySuccess => flip_case(dsn, 0),
        Switch::NotifyFailure => flip_case(dsn, 1),
        Switch::NotifyDelay => flip_case(dsn, 2),
        Switch::NotifyNever => dsn.notify = flipped(dsn.notify, Notify::Never),
        Switch::ReturnFull => dsn.ret = flipped(dsn.ret, Ret::Full),
        Switch::ReturnHeaders => dsn.ret = flipped(dsn.ret, Ret::Hdrs),
        Switch::OriginalRecipient => dsn.orcpt = !dsn.orcpt,
        Switch::RequireTls => requests.require_tls = !requests.require_tls,
        _ => return Used::Asks(hint(switch), text(form, switch)),
    }
    Used::Switched
}

fn flipped<T: Copy + PartialEq>(present: Option<T>, wanted: T) -> Option<T> {
    (present != Some(wanted)).then_some(wanted)
}

fn flip_case(dsn: &mut Dsn, case: usize) {
    let mut cases = cases(dsn);
    cases[case] = !cases[case];
    let [success, failure, delay] = cases;
    dsn.notify = cases.contains(&true).then_some(Notify::On { success, failure, delay });
}

fn hint(switch: Switch) -> &'static str {
    match switch {
        Switch::EnvelopeId => "At most 100 visible ASCII characters. Empty: none.",
        Switch::DeliverBy => {
            "Seconds, then ;R to have it returned or ;N to be told, T for a trace: 3600;R. Empty: none."
        }
        Switch::Hold => "Seconds, or a moment in UTC: 2026-12-24T18:00:00Z. Empty: not held.",
        Switch::DkimKey => "A file with a private key in PEM. Empty: the mail is not signed.",
        Switch::DkimDomain => "For example the domain of From.",
        _ => "The name under _domainkey in DNS, for example test.",
    }
}

pub(super) fn set(form: &mut Compose, switch: Switch, text: &str) -> Result<(), String> {
    let given = (!text.is_empty()).then_some(text);
    let requests = &mut form.manner.requests;
    match switch {
        Switch::EnvelopeId => requests.dsn.envid = given.map(envid).transpose()?,
        Switch::DeliverBy => requests.deliver_by = given.map(parse_deliver_by).transpose()?,
        Switch::Hold => requests.hold = given.map(hold).transpose()?,
        Switch::DkimKey => set_key_file(form, given),
        Switch::DkimDomain => key(form).domain = domain(text)?,
        Switch::DkimSelector => key(form).selector = domain(text)?,
        _ => {}
    }
    if form.dkim.as_ref().is_some_and(|key| key.file.as_os_str().is_empty() && key.domain.is_empty()) {
        form.dkim = form.dkim.take().filter(|key| !key.selector.is_empty());
    }
    Ok(())
}

fn key(form: &mut Compose) -> &mut DkimKey {
    let empty = || DkimKey { file: std::path::PathBuf::new(), domain: String::new(), selector: String::new() };
    form.dkim.get_or_insert_with(empty)
}

/// A key is useless without domain and selector: the usual ones stand there until others are given.
fn set_key_file(form: &mut Compose, file: Option<&str>) {
    let Some(file) = file else {
        form.dkim = None;
        return;
    };
    let from = AddressList::salvage(&form.addressed().from);
    let from = from.mailboxes().next().and_then(|mailbox| mailbox.address.rsplit_once('@'));
    let from = from.map(|(_, domain)| domain.to_owned()).unwrap_or_default();
    let key = key(form);
    key.file = file.into();
    if key.domain.is_empty() {
        key.domain = from;
    }
    if key.selector.is_empty() {
        "test".clone_into(&mut key.selector);
    }
}

fn envid(text: &str) -> Result<String, String> {
    let good = text.len() <= ENVID && text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    if good { Ok(text.to_owned()) } else { Err("at most 100 visible ASCII characters".to_owned()) }
}

fn parse_deliver_by(text: &str) -> Result<DeliverBy, String> {
    let wrong = || "write seconds;R or seconds;N, for example 3600;R".to_owned();
    let (seconds, mode) = text.split_once(';').unwrap_or((text, "N"));
    let seconds: i32 = seconds.trim().parse().map_err(|_| wrong())?;
    let mode = mode.trim().to_ascii_uppercase();
    let (late, trace) = match mode.as_str() {
        "N" => (Late::Notify, false),
        "NT" => (Late::Notify, true),
        "R" => (Late::Return, false),
        "RT" => (Late::Return, true),
        _ => return Err(wrong()),
    };
    // RFC 2852 4: no time that is over can be kept, and ten digits are not to be had.
    if seconds <= 0 && late == Late::Return || seconds.unsigned_abs() > 999_999_999 {
        return Err("between 1 and 999999999 seconds; with ;N they may be over".to_owned());
    }
    Ok(DeliverBy { seconds, late, trace })
}

fn hold(text: &str) -> Result<Hold, String> {
    if let Ok(seconds) = text.parse::<u32>() {
        let held = seconds > 0 && seconds <= 999_999_999;
        return if held { Ok(Hold::For(seconds)) } else { Err("between 1 and 999999999 seconds".to_owned()) };
    }
    match text.parse::<jiff::Timestamp>() {
        Ok(moment) => Ok(Hold::Until(moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())),
        Err(_) => Err("write seconds, or a moment such as 2026-12-24T18:00:00Z".to_owned()),
    }
}

fn domain(text: &str) -> Result<String, String> {
    let good = text.len() <= 253 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    if good { Ok(text.to_owned()) } else { Err("letters, digits, hyphens and dots".to_owned()) }
}
