//! What a mail asks for beyond being taken: DSN (RFC 3461), DELIVERBY (RFC 2852), FUTURERELEASE (RFC 4865), REQUIRETLS
//! (RFC 8689).

use jiff::Timestamp;

use super::Cover;
use crate::smtp::{Capabilities, DeliverBy, Dsn, Hold, Late, Notify, Ret, Transaction};
use crate::wire::xtext;

/// Longest ENVID in octets, as xtext (RFC 3461 4.4).
const ENVID: usize = 100;
/// Longest ORCPT in octets, its type included (RFC 3461 4.2).
const ORCPT: usize = 500;
/// Longest times in seconds: nine digits (RFC 2852 4, RFC 4865 3).
const SECONDS: i32 = 999_999_999;

/// Of MAIL.
pub(super) fn of_mail(mail: &Transaction, capabilities: &Capabilities, cover: Cover) -> Result<Vec<String>, String> {
    let requests = &mail.manner.requests;
    let on_purpose = mail.manner.flaws.unannounced;
    let mut said = dsn(&requests.dsn, capabilities.dsn || on_purpose)?;
    if let Some(wanted) = &requests.deliver_by {
        if capabilities.deliver_by.is_none() && !on_purpose {
            return Err(missing("delivery within a time (DELIVERBY, RFC 2852)"));
        }
        said.push(deliver_by(*wanted, capabilities.deliver_by.flatten())?);
    }
    if let Some(hold) = &requests.hold {
        said.push(held(hold, capabilities, on_purpose)?);
    }
    if requests.require_tls {
        said.push(require_tls(capabilities.require_tls, cover, on_purpose)?);
    }
    Ok(said)
}

/// Of the RCPT of one recipient.
pub(super) fn of_recipient(dsn: &Dsn, address: &str) -> Result<Vec<String>, String> {
    let mut said = Vec::new();
    said.extend(dsn.notify.map(|notify| format!("NOTIFY={}", notify_words(notify))));
    if dsn.orcpt {
        let original = original(address);
        let octets = original.len();
        if octets > ORCPT {
            return Err(format!(
                "{address} has {octets} octets as original recipient; the limit is {ORCPT} (ORCPT, RFC 3461 4.2); send \
                 it without ORCPT"
            ));
        }
        said.push(format!("ORCPT={original}"));
    }
    Ok(said)
}

fn dsn(dsn: &Dsn, announced: bool) -> Result<Vec<String>, String> {
    if *dsn == Dsn::default() {
        return Ok(Vec::new());
    }
    if !announced {
        return Err(missing("delivery reports (DSN, RFC 3461)"));
    }
    if dsn.notify == Some(Notify::On { success: false, failure: false, delay: false }) {
        return Err("NOTIFY names no case (RFC 3461 4.1); say never, or one of success, failure and delay".to_owned());
    }
    let mut said = Vec::new();
    said.extend(dsn.ret.map(|ret| format!("RET={}", ret_word(ret))));
    if let Some(envid) = &dsn.envid {
        said.push(format!("ENVID={}", envelope_id(envid)?));
    }
    Ok(said)
}

fn envelope_id(envid: &str) -> Result<String, String> {
    if envid.is_empty() || !envid.chars().all(|character| matches!(character, ' '..='~')) {
        return Err("the envelope id is not of printable ASCII characters (ENVID, RFC 3461 4.4)".to_owned());
    }
    let xtext = xtext::encode(envid);
    if xtext.len() > ENVID {
        let octets = xtext.len();
        return Err(format!(
            "the envelope id has {octets} octets as xtext; the limit is {ENVID} (ENVID, RFC 3461 4.4)"
        ));
    }
    Ok(xtext)
}

fn notify_words(notify: Notify) -> String {
    let Notify::On { success, failure, delay } = notify else { return "NEVER".to_owned() };
    let cases = [(success, "SUCCESS"), (failure, "FAILURE"), (delay, "DELAY")];
    cases.into_iter().filter(|(wanted, _)| *wanted).map(|(_, word)| word).collect::<Vec<_>>().join(",")
}

fn ret_word(ret: Ret) -> &'static str {
    match ret {
        Ret::Full => "FULL",
        Ret::Hdrs => "HDRS",
    }
}

/// The original recipient with its type (RFC 3461 4.2, RFC 6533 3).
fn original(address: &str) -> String {
    if address.is_ascii() {
        format!("rfc822;{}", xtext::encode(address))
    } else {
        format!("utf-8;{}", xtext::encode_utf8(address))
    }
}

/// `least`: the shortest time that the server takes, in seconds.
fn deliver_by(wanted: DeliverBy, least: Option<u32>) -> Result<String, String> {
    let DeliverBy { seconds, late, trace } = wanted;
    if seconds.unsigned_abs() > SECONDS.unsigned_abs() {
        return Err(format!("{seconds} s is beyond the nine digits of DELIVERBY (RFC 2852 4)"));
    }
    if late == Late::Return && seconds <= 0 {
        return Err("a mail that is returned when late needs a time above 0 s (DELIVERBY, RFC 2852 4)".to_owned());
    }
    if let Some(least) = least.filter(|least| late == Late::Return && i64::from(seconds) < i64::from(*least)) {
        return Err(format!(
            "the mail is to be delivered within {seconds} s and the server promises nothing below {least} s (DELIVERBY, \
             RFC 2852); give it more time, or ask for a notice in place of its return"
        ));
    }
    let (late, trace) = (if late == Late::Return { "R" } else { "N" }, if trace { "T" } else { "" });
    Ok(format!("BY={seconds};{late}{trace}"))
}

fn held(hold: &Hold, capabilities: &Capabilities, on_purpose: bool) -> Result<String, String> {
    let limits = match &capabilities.future_release {
        Some(limits) => limits.clone(),
        None if on_purpose => crate::smtp::FutureRelease::default(),
        None => return Err(missing("release at a later time (FUTURERELEASE, RFC 4865)")),
    };
    match hold {
        Hold::For(seconds) => {
            if *seconds == 0 || *seconds > SECONDS.unsigned_abs() {
                return Err("a mail is held for 1 to 999999999 s (FUTURERELEASE, RFC 4865)".to_owned());
            }
            match limits.seconds.filter(|most| seconds > most && !on_purpose) {
                Some(most) => Err(format!(
                    "the mail is to be held for {seconds} s and the server holds none for more than {most} s \
                     (FUTURERELEASE, RFC 4865); ask for less"
                )),
                None => Ok(format!("HOLDFOR={seconds}")),
            }
        }
        Hold::Until(moment) => held_until(moment, limits.until.filter(|_| !on_purpose).as_deref()),
    }
}

fn held_until(moment: &str, latest: Option<&str>) -> Result<String, String> {
    let Ok(wanted) = moment.parse::<Timestamp>() else {
        return Err(format!("{moment} is no moment as RFC 3339 writes it; write 2026-11-22T11:42:07Z (FUTURERELEASE)"));
    };
    let latest = latest.and_then(|latest| latest.parse::<Timestamp>().ok());
    match latest.filter(|latest| wanted > *latest) {
        Some(latest) => Err(format!(
            "the mail is to be held until {wanted} and the server holds none beyond {latest} (FUTURERELEASE, RFC 4865); \
             ask for an earlier time"
        )),
        None => Ok(format!("HOLDUNTIL={wanted}")),
    }
}

fn require_tls(announced: bool, cover: Cover, on_purpose: bool) -> Result<String, String> {
    match cover {
        _ if on_purpose => {}
        Cover::Clear => {
            return Err(
                "the mail is for TLS on its whole way (REQUIRETLS, RFC 8689), and this line has none; connect with \
                 TLS"
                .to_owned(),
            );
        }
        Cover::Unverified => {
            return Err(
                "the mail is for TLS on its whole way (REQUIRETLS, RFC 8689), and nobody vouches for this server's \
                 certificate; have it checked"
                    .to_owned(),
            );
        }
        Cover::Trusted if announced => {}
        Cover::Trusted => return Err(missing("TLS on the whole way (REQUIRETLS, RFC 8689)")),
    }
    Ok("REQUIRETLS".to_owned())
}

fn missing(what: &str) -> String {
    format!("the mail asks for {what}, which the server does not announce; send it without, or by another server")
}
