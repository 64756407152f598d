//! The parameters of MAIL and RCPT that this server announces: read, checked, and kept for the trace. What becomes of them
//! is the session's business.

use jiff::Timestamp;

use crate::wire::xtext;

/// Longest ENVID, and longest ORCPT, in octets (RFC 3461 4.4, 4.2).
const ENVID: usize = 100;
const ORCPT: usize = 500;

/// Of MAIL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailParameters {
    /// SIZE= (RFC 1870).
    pub size: Option<usize>,
    /// SMTPUTF8 (RFC 6531).
    pub utf8: bool,
    /// BODY=BINARYMIME (RFC 3030).
    pub binary: bool,
    /// ENVID= (RFC 3461), out of its xtext.
    pub envid: Option<String>,
    /// HOLDFOR= or HOLDUNTIL= (RFC 4865).
    pub hold: Option<Hold>,
    /// RET, ENVID, BY, HOLDFOR, HOLDUNTIL and REQUIRETLS as they were given.
    pub asked: Vec<String>,
}

/// Until when a mail is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// Seconds from now.
    For(u32),
    /// This moment.
    Until(Timestamp),
}

/// Of RCPT (RFC 3461 4.1, 4.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RcptParameters {
    /// NOTIFY as it was given.
    pub notify: Option<String>,
    /// A report is wanted when the mail is delivered.
    pub success: bool,
    /// ORCPT: its type, `;`, and the address out of its xtext.
    pub original: Option<String>,
}

/// Why parameters are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadParameter<'a> {
    /// Never announced.
    Unknown(&'a str),
    /// Announced, but not with this value, or given twice.
    Malformed(&'a str),
}

/// Reads the parameters of MAIL. `tls`: REQUIRETLS is announced.
pub fn mail(text: &str, tls: bool) -> Result<MailParameters, BadParameter<'_>> {
    let mut parameters = MailParameters::default();
    each(text, |key, value| parameters.take(key, value, tls))?;
    Ok(parameters)
}

/// Reads the parameters of RCPT.
pub fn rcpt(text: &str) -> Result<RcptParameters, BadParameter<'_>> {
    let mut parameters = RcptParameters::default();
    each(text, |key, value| parameters.take(key, value))?;
    Ok(parameters)
}

/// `None`: no such parameter; `Some(None)`: not with this value.
type Taken = Option<Option<()>>;

/// Each parameter once, its key in capitals. HOLDFOR and HOLDUNTIL count as one (RFC 4865 3).
fn each(text: &str, mut take: impl FnMut(&str, Option<&str>) -> Taken) -> Result<(), BadParameter<'_>> {
    let mut seen: Vec<String> = Vec::new();
    for word in text.split_ascii_whitespace() {
        let (key, value) = word.split_once('=').map_or((word, None), |(key, value)| (key, Some(value)));
        let key = key.to_ascii_uppercase();
        take(&key, value).ok_or(BadParameter::Unknown(word))?.ok_or(BadParameter::Malformed(word))?;
        let key = if key.starts_with("HOLD") { "HOLD".to_owned() } else { key };
        if seen.contains(&key) {
            return Err(BadParameter::Malformed(word));
        }
        seen.push(key);
    }
    Ok(())
}

impl MailParameters {
    fn take(&mut self, key: &str, value: Option<&str>, tls: bool) -> Taken {
        let taken = match (key, value) {
            ("SIZE", value) => value.and_then(octets).map(|size| self.size = Some(size)),
            ("BODY", value) => value.and_then(body).map(|binary| self.binary = binary),
            // Nobody here trusts a client with it, which is as if it were `<>` (RFC 4954 5).
            ("AUTH", value) => value.filter(|name| !name.is_empty()).map(|_| ()),
            ("SMTPUTF8", None) => {
                self.utf8 = true;
                Some(())
            }
            ("RET", value) => value.filter(|part| is_one_of(part, &["FULL", "HDRS"])).map(|_| ()),
            ("ENVID", value) => value.and_then(envelope_id).map(|envid| self.envid = Some(envid)),
            ("BY", value) => value.filter(|by| is_time(by)).map(|_| ()),
            ("HOLDFOR", value) => value.and_then(seconds).map(|seconds| self.hold = Some(Hold::For(seconds))),
            ("HOLDUNTIL", value) => {
                value.and_then(|until| until.parse().ok()).map(|until| self.hold = Some(Hold::Until(until)))
            }
            ("REQUIRETLS", None) if tls => Some(()),
            _ => return None,
        };
        let is_asked = !matches!(key, "SIZE" | "BODY" | "AUTH" | "SMTPUTF8");
        if taken.is_some() && is_asked {
            self.asked.push(value.map_or_else(|| key.to_owned(), |value| format!("{key}={value}")));
        }
        Some(taken)
    }
}

impl RcptParameters {
    fn take(&mut self, key: &str, value: Option<&str>) -> Taken {
        Some(match key {
            "NOTIFY" => value.and_then(notify).map(|success| {
                self.success = success;
                self.notify = value.map(|value| format!("NOTIFY={}", value.to_ascii_uppercase()));
            }),
            "ORCPT" => value.and_then(original).map(|original| self.original = Some(original)),
            _ => return None,
        })
    }
}

/// Up to 20 digits; what does not fit the type is certainly too much.
pub fn octets(digits: &str) -> Option<usize> {
    let is_number = (1..=20).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(usize::MAX))
}

/// Whether BODY is the binary kind.
fn body(kind: &str) -> Option<bool> {
    is_one_of(kind, &["7BIT", "8BITMIME", "BINARYMIME"]).then(|| kind.eq_ignore_ascii_case("BINARYMIME"))
}

fn envelope_id(value: &str) -> Option<String> {
    xtext::decode(value).filter(|id| (1..=ENVID).contains(&value.len()) && is_printable(id))
}

/// `seconds;N`, `seconds;R`, each with `T` if wanted; what is returned when late has a time above 0 (RFC 2852 4).
fn is_time(value: &str) -> bool {
    let Some((time, mode)) = value.split_once(';') else { return false };
    let digits = time.trim_start_matches(['+', '-']);
    let is_number = time.len() <= digits.len() + 1 && seconds_of(digits).is_some();
    let returns = mode.get(..1).is_some_and(|mode| mode.eq_ignore_ascii_case("R"));
    let late = returns && (time.starts_with('-') || seconds_of(digits) == Some(0));
    is_number && !late && is_one_of(mode, &["N", "R", "NT", "RT"])
}

/// Above 0.
fn seconds(digits: &str) -> Option<u32> {
    seconds_of(digits).filter(|seconds| *seconds > 0)
}

/// Up to nine digits.
fn seconds_of(digits: &str) -> Option<u32> {
    let is_number = (1..=9).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit());
    digits.parse().ok().filter(|_| is_number)
}

/// Whether success is among the cases.
fn notify(value: &str) -> Option<bool> {
    if value.eq_ignore_ascii_case("NEVER") {
        return Some(false);
    }
    let cases: Vec<&str> = value.split(',').collect();
    let known = cases.iter().all(|case| is_one_of(case, &["SUCCESS", "FAILURE", "DELAY"]));
    known.then(|| cases.iter().any(|case| case.eq_ignore_ascii_case("SUCCESS")))
}

/// A UTF-8 address stays in the form that RFC 6533 3 gives it.
fn original(value: &str) -> Option<String> {
    let (kind, address) = value.split_once(';').filter(|_| value.len() <= ORCPT)?;
    let is_kind = !kind.is_empty() && kind.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let address = if kind.eq_ignore_ascii_case("utf-8") {
        Some(address.to_owned())
    } else {
        xtext::decode(address).filter(|address| is_printable(address))
    };
    address.filter(|address| is_kind && !address.is_empty()).map(|address| format!("{kind};{address}"))
}

fn is_one_of(word: &str, known: &[&str]) -> bool {
    known.iter().any(|known| known.eq_ignore_ascii_case(word))
}

fn is_printable(text: &str) -> bool {
    text.chars().all(|character| matches!(character, ' '..='~'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn only_announced_parameters_of_mail_pass() {
        let plain = MailParameters::default;
        let until = Hold::Until("2026-11-23T00:00:00Z".parse().unwrap());
        for (text, read) in [
            ("", plain()),
            (" SIZE=5 BODY=8bitmime smtputf8", MailParameters { size: Some(5), utf8: true, ..plain() }),
            ("body=7BIT", plain()),
            ("BODY=BinaryMime", MailParameters { binary: true, ..plain() }),
            ("SIZE=99999999999999999999", MailParameters { size: Some(usize::MAX), ..plain() }),
            ("AUTH=<>", plain()),
            (
                "ret=HDRS ENVID=a+20b",
                MailParameters { envid: Some("a b".to_owned()), asked: asked(&["RET=HDRS", "ENVID=a+20b"]), ..plain() },
            ),
            ("BY=-5;N", MailParameters { asked: asked(&["BY=-5;N"]), ..plain() }),
            ("BY=120;rt", MailParameters { asked: asked(&["BY=120;rt"]), ..plain() }),
            ("HOLDFOR=60", MailParameters { hold: Some(Hold::For(60)), asked: asked(&["HOLDFOR=60"]), ..plain() }),
            (
                "HOLDUNTIL=2026-11-23T00:00:00Z",
                MailParameters { hold: Some(until), asked: asked(&["HOLDUNTIL=2026-11-23T00:00:00Z"]), ..plain() },
            ),
            ("REQUIRETLS", MailParameters { asked: asked(&["REQUIRETLS"]), ..plain() }),
        ] {
            assert_eq!(mail(text, true), Ok(read), "{text}");
        }
        assert_eq!(mail("REQUIRETLS", false), Err(BadParameter::Unknown("REQUIRETLS")));
    }

    #[test]
    fn what_is_malformed_or_given_twice_is_named() {
        for text in [
            "SIZE=-1",
            "SIZE",
            "SIZE=",
            "BODY=9BIT",
            "AUTH=",
            "RET=SOME",
            "RET",
            "ENVID=",
            "ENVID=a=b",
            "ENVID=+0D+0A",
            "BY=5",
            "BY=0;R",
            "BY=-1;R",
            "BY=1234567890;N",
            "BY=--1;N",
            "BY=5;X",
            "HOLDFOR=0",
            "HOLDFOR=x",
            "HOLDUNTIL=tomorrow",
        ] {
            assert_eq!(mail(text, true), Err(BadParameter::Malformed(text)), "{text}");
        }
        for (text, again) in [
            ("SIZE=1 SIZE=2", "SIZE=2"),
            ("AUTH=<> AUTH=a@b", "AUTH=a@b"),
            ("HOLDFOR=1 HOLDUNTIL=2026-11-23T00:00:00Z", "HOLDUNTIL=2026-11-23T00:00:00Z"),
        ] {
            assert_eq!(mail(text, true), Err(BadParameter::Malformed(again)), "{text}");
        }
        for text in ["SMTPUTF8=1", "NOTIFY=NEVER", "X", "REQUIRETLS=1"] {
            assert_eq!(mail(text, true), Err(BadParameter::Unknown(text)), "{text}");
        }
    }

    #[test]
    fn parameters_of_rcpt_are_those_of_dsn() {
        let read = |notify: Option<&str>, success, original: Option<&str>| RcptParameters {
            notify: notify.map(str::to_owned),
            success,
            original: original.map(str::to_owned),
        };
        for (text, parameters) in [
            ("", read(None, false, None)),
            ("NOTIFY=never", read(Some("NOTIFY=NEVER"), false, None)),
            ("NOTIFY=SUCCESS,DELAY", read(Some("NOTIFY=SUCCESS,DELAY"), true, None)),
            ("ORCPT=rfc822;b+2Bc@d", read(None, false, Some("rfc822;b+c@d"))),
            ("ORCPT=utf-8;jürgen\\x{2B}@d", read(None, false, Some("utf-8;jürgen\\x{2B}@d"))),
        ] {
            assert_eq!(rcpt(text), Ok(parameters), "{text}");
        }
        for text in
            ["NOTIFY=", "NOTIFY=NEVER,SUCCESS", "NOTIFY", "ORCPT=b@d", "ORCPT=;b", "ORCPT=rfc822;+0A", "ORCPT=rfc822;"]
        {
            assert_eq!(rcpt(text), Err(BadParameter::Malformed(text)), "{text}");
        }
        assert_eq!(rcpt("RET=FULL"), Err(BadParameter::Unknown("RET=FULL")));
    }
}
