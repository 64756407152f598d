//! Forecasts for SMTP and LMTP (RFC 5321 4.1.4, 4.3.2, and the extensions that have parameters).

mod parameters;

use super::{Outlook, begins_one, note, refused, shows_password};
use crate::app::grouped;
use crate::smtp::{Capabilities, Line, State, Verb};
use crate::wire::printable;

/// What is known of the conversation.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own; no two make up a state")]
pub(crate) struct Facts<'a> {
    pub(crate) state: State,
    pub(crate) lmtp: bool,
    /// Our name.
    pub(crate) hello: &'a str,
    /// What the last EHLO announced.
    pub(crate) offered: &'a Capabilities,
    pub(crate) tls: bool,
    pub(crate) signed_in: bool,
    /// TLS was a must and could not be had.
    pub(crate) insecure: bool,
    /// Recipients of the mail that is begun.
    pub(crate) accepted: usize,
    pub(crate) refused: usize,
}

#[cfg(test)]
impl<'a> Facts<'a> {
    pub(in crate::app::prompt) fn of(offered: &'a Capabilities) -> Self {
        let (lmtp, tls, signed_in, insecure) = (false, false, false, false);
        let (state, hello) = (State::Ready, "lab.test");
        Self { state, lmtp, hello, offered, tls, signed_in, insecure, accepted: 0, refused: 0 }
    }
}

/// What to expect of a line; `None` when nothing speaks against it.
pub(crate) fn outlook(line: &Line, facts: &Facts<'_>) -> Option<Outlook> {
    let verb = line.verb();
    if facts.insecure && verb != Verb::Quit {
        return refused("not sent: TLS was a must here, and nothing but QUIT goes over this line");
    }
    if line.announces_octets() {
        return refused("octets behind BDAT cannot be typed: use DATA, or send the form");
    }
    let text = String::from_utf8_lossy(line.bytes());
    let argument = text.trim_start().split_once([' ', '\t']).map_or("", |(_, rest)| rest.trim());
    early(facts, verb).or_else(|| unannounced(facts, verb)).or_else(|| match verb {
        Verb::Helo | Verb::Ehlo | Verb::Lhlo => hello(facts, verb, argument),
        Verb::StartTls | Verb::Data | Verb::Rset | Verb::Quit if !argument.is_empty() => {
            refused(format!("expect 501: {} stands alone", verb.name()))
        }
        Verb::StartTls => dropping(facts, "STARTTLS makes the server forget the mail that is begun"),
        Verb::Quit => dropping(facts, "QUIT drops the mail that is begun"),
        Verb::Auth => auth(facts, argument),
        Verb::Mail => parameters::mail(&text, facts),
        Verb::Rcpt => parameters::rcpt(&text, facts),
        Verb::Vrfy | Verb::Expn | Verb::Etrn if argument.is_empty() => {
            refused(format!("expect 501: something comes behind {}", verb.name()))
        }
        Verb::Unknown => unknown(&text),
        _ => None,
    })
}

/// A verb that comes too early or too late.
pub(crate) fn early(facts: &Facts<'_>, verb: Verb) -> Option<Outlook> {
    match (facts.state, verb) {
        (State::Greeted, Verb::Mail | Verb::Rcpt | Verb::Data | Verb::Bdat) if facts.lmtp => {
            refused("expect 503: LHLO comes first")
        }
        (State::Greeted, Verb::Mail | Verb::Rcpt | Verb::Data | Verb::Bdat) => {
            refused("expect 503: HELO or EHLO comes first")
        }
        (State::Greeted, Verb::XClient) => refused("expect 503: EHLO comes first, and says whether XCLIENT is taken"),
        (State::Greeted, Verb::StartTls) if facts.tls => refused("expect 503: the line is encrypted already"),
        (State::Greeted, Verb::StartTls | Verb::Auth) => {
            refused(format!("expect 503: EHLO comes first, and says whether {} is taken", verb.name()))
        }
        (State::Ready, Verb::Rcpt | Verb::Data | Verb::Bdat) => refused("expect 503: MAIL comes first"),
        (State::Mail, Verb::Data | Verb::Bdat) if facts.refused > 0 => {
            refused("expect 503 or 554: no recipient was accepted; another RCPT comes first")
        }
        (State::Mail, Verb::Data | Verb::Bdat) => refused("expect 503: RCPT comes first"),
        (State::Mail | State::Rcpt, Verb::Mail) => refused("expect 503: a mail is begun already; RSET drops it"),
        (State::Mail | State::Rcpt, Verb::Auth) => {
            refused("expect 503: no sign-in inside of a mail; RSET drops what is begun")
        }
        (State::Mail | State::Rcpt, Verb::XClient) => {
            refused("expect 503: XCLIENT is for between two mails; RSET first")
        }
        _ => None,
    }
}

/// An extension that the server did not announce, or that was used already.
fn unannounced(facts: &Facts<'_>, verb: Verb) -> Option<Outlook> {
    let offered = facts.offered;
    match verb {
        Verb::Bdat if !offered.chunking => refused("expect 500 or 502: the server does not announce CHUNKING"),
        Verb::XClient if offered.xclient.is_empty() => {
            refused("expect a refusal: the server does not announce XCLIENT to you")
        }
        Verb::StartTls if facts.tls => refused("expect 503: the line is encrypted already"),
        Verb::StartTls if !offered.starttls => refused("expect 500 or 502: the server does not announce STARTTLS"),
        Verb::Auth if facts.signed_in => refused("expect 503: you are signed in already, and once is all there is"),
        Verb::Auth if offered.auth.is_empty() && offered.starttls && !facts.tls => {
            refused("expect 503 or 530: no AUTH is offered here; STARTTLS first may bring it")
        }
        Verb::Auth if offered.auth.is_empty() => refused("expect 500 to 503: the server does not announce AUTH"),
        Verb::Etrn if !announces(offered, "ETRN") => refused("expect 500 or 502: the server does not announce ETRN"),
        _ => None,
    }
}

pub(in crate::app::prompt) fn announces(offered: &Capabilities, keyword: &str) -> bool {
    offered
        .lines
        .iter()
        .any(|line| line.split_ascii_whitespace().next().is_some_and(|word| word.eq_ignore_ascii_case(keyword)))
}

fn hello(facts: &Facts<'_>, verb: Verb, argument: &str) -> Option<Outlook> {
    let name = verb.name();
    match (facts.lmtp, verb) {
        (true, Verb::Helo | Verb::Ehlo) => return refused("expect 500: LMTP begins with LHLO"),
        (false, Verb::Lhlo) => return refused("expect 500: LHLO is for LMTP; here it is EHLO"),
        _ => {}
    }
    if argument.is_empty() {
        return refused(format!("expect 501: a name comes behind {name}, as in {name} {}", facts.hello));
    }
    dropping(facts, &format!("{name} drops the mail that is begun, as RSET does"))
}

fn dropping(facts: &Facts<'_>, what: &str) -> Option<Outlook> {
    matches!(facts.state, State::Mail | State::Rcpt).then(|| Outlook::Note(what.to_owned()))
}

fn auth(facts: &Facts<'_>, argument: &str) -> Option<Outlook> {
    let wanted = argument.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
    let offered = &facts.offered.auth;
    if wanted.is_empty() || offered.contains(&wanted) {
        return (!facts.tls && shows_password(&wanted)).then(|| {
            Outlook::Note(format!("allowed, but this line is not encrypted, and base64 hides nothing: AUTH {wanted}"))
        });
    }
    if argument == argument.trim_end() && begins_one(&wanted, offered.iter().map(String::as_str)) {
        return None;
    }
    refused(format!("expect 504: the server offers {}", printable::text(&offered.join(", "))))
}

fn unknown(text: &str) -> Option<Outlook> {
    let verb = text.split_whitespace().next()?;
    let theirs = crate::pop3::Line::typed(verb).ok()?.verb();
    if theirs != crate::pop3::Verb::Unknown {
        return refused(format!("expect 500: {} is a command of POP3; ^X O goes to the other line", theirs.name()));
    }
    text.contains(' ').then(|| Outlook::Refused("expect 500: this is no command of SMTP".to_owned()))
}

#[cfg(test)]
mod tests;
