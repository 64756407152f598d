//! Forecasts for POP3 (RFC 1939, RFC 2449, RFC 2595, RFC 5034).

use super::{Outlook, begins_one, note, refused, shows_password};
use crate::app::mailbox::Mailbox;
use crate::pop3::{Capabilities, Line, State, Verb};
use crate::wire::printable;

/// What is known of the conversation.
#[derive(Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub(crate) state: State,
    /// USER was accepted.
    pub(crate) named: bool,
    /// What CAPA told; `None`: it was not asked.
    pub(crate) offered: Option<&'a Capabilities>,
    pub(crate) tls: bool,
    /// TLS was a must and could not be had.
    pub(crate) insecure: bool,
    pub(crate) mailbox: &'a Mailbox,
}

/// What to expect of a line; `None` when nothing speaks against it.
pub(crate) fn outlook(line: &Line, facts: &Facts<'_>) -> Option<Outlook> {
    let verb = line.verb();
    if facts.insecure && verb != Verb::Quit {
        return refused("not sent: TLS was a must here, and nothing but QUIT goes over this line");
    }
    let text = String::from_utf8_lossy(line.bytes());
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    early(facts, verb).or_else(|| unannounced(facts, verb)).or_else(|| match verb {
        Verb::User | Verb::Pass if words.len() < 2 => {
            refused(format!("expect -ERR: something comes behind {}", verb.name()))
        }
        Verb::Apop if words.len() < 3 => refused("expect -ERR: APOP is a name and a digest"),
        Verb::Pass if !facts.tls => {
            note("allowed, but this line is not encrypted: anyone on its way reads the password")
        }
        Verb::Auth => auth(facts, words.get(1).copied(), text.ends_with(' ')),
        Verb::Retr | Verb::Dele | Verb::Top | Verb::List | Verb::Uidl => numbered(facts, verb, &words),
        Verb::Stat | Verb::Rset | Verb::Noop | Verb::Capa | Verb::Stls | Verb::Quit if words.len() > 1 => {
            refused(format!("expect -ERR: {} stands alone", verb.name()))
        }
        Verb::Quit if facts.state == State::Transaction => deleting(facts),
        Verb::Unknown => unknown(facts, &text),
        _ => None,
    })
}

/// A verb that comes too early or too late.
pub(crate) fn early(facts: &Facts<'_>, verb: Verb) -> Option<Outlook> {
    match (facts.state, verb) {
        (
            State::Authorization,
            Verb::Stat | Verb::List | Verb::Uidl | Verb::Top | Verb::Retr | Verb::Dele | Verb::Rset | Verb::Noop,
        ) => refused("expect -ERR: USER and PASS come first"),
        (State::Authorization, Verb::Pass) if !facts.named => refused("expect -ERR: USER comes first"),
        (State::Transaction, Verb::User | Verb::Pass | Verb::Apop | Verb::Auth) => {
            refused("expect -ERR: you are signed in already")
        }
        (State::Transaction, Verb::Stls) => refused("expect -ERR: STLS comes before the sign-in"),
        _ => None,
    }
}

/// A capability that the server did not announce, or that was used already.
fn unannounced(facts: &Facts<'_>, verb: Verb) -> Option<Outlook> {
    if verb == Verb::Stls && facts.tls {
        return refused("expect -ERR: the line is encrypted already");
    }
    let offered = facts.offered?;
    let lacks = match verb {
        Verb::Stls => !offered.stls,
        Verb::Top => !offered.top,
        Verb::Uidl => !offered.uidl,
        Verb::User => !offered.user,
        Verb::Auth => offered.sasl.is_empty(),
        _ => false,
    };
    let name = if verb == Verb::Auth { "SASL" } else { verb.name() };
    lacks.then(|| Outlook::Refused(format!("expect -ERR: CAPA does not announce {name}")))
}

fn auth(facts: &Facts<'_>, mechanism: Option<&str>, whole: bool) -> Option<Outlook> {
    let wanted = mechanism?.to_ascii_uppercase();
    if let Some(offered) = facts.offered.map(|offered| &offered.sasl)
        && !offered.contains(&wanted)
    {
        let grows = !whole && begins_one(&wanted, offered.iter().map(String::as_str));
        let words = || format!("expect -ERR: the server offers {}", printable::text(&offered.join(", ")));
        return (!grows).then(|| Outlook::Refused(words()));
    }
    (!facts.tls && shows_password(&wanted)).then(|| {
        Outlook::Note(format!("allowed, but this line is not encrypted, and base64 hides nothing: AUTH {wanted}"))
    })
}

/// A command about a message.
fn numbered(facts: &Facts<'_>, verb: Verb, words: &[&str]) -> Option<Outlook> {
    let name = verb.name();
    let Some(word) = words.get(1) else {
        let wants = matches!(verb, Verb::Retr | Verb::Dele | Verb::Top);
        return wants.then(|| Outlook::Refused(format!("expect -ERR: the number of a message comes behind {name}")));
    };
    let Some(number) = word.parse::<u32>().ok().filter(|number| *number > 0) else {
        return refused(format!("expect -ERR: a message has a number from 1 on, not {}", printable::text(word)));
    };
    let most = if verb == Verb::Top { 3 } else { 2 };
    if facts.mailbox.exists(number) == Some(false) {
        return refused(match facts.mailbox.count() {
            0 => "expect -ERR: the mailbox is empty".to_owned(),
            count => format!("expect -ERR: there is no message {number}; {count} are listed"),
        });
    }
    if facts.mailbox.row(number).marked {
        return refused(format!("expect -ERR: message {number} is marked as deleted; RSET takes all marks back"));
    }
    match words.get(2) {
        _ if words.len() > most => refused(format!("expect -ERR: too many words behind {name}")),
        None if verb == Verb::Top => refused("expect -ERR: TOP wants a number of lines too: TOP 1 0 is the header"),
        Some(lines) if lines.parse::<u32>().is_err() => refused("expect -ERR: the second number is one of lines"),
        _ => None,
    }
}

fn deleting(facts: &Facts<'_>) -> Option<Outlook> {
    match facts.mailbox.marks().count() {
        0 => None,
        1 => note("allowed: QUIT deletes the message that is marked; RSET first keeps it"),
        marks => note(format!("allowed: QUIT deletes the {marks} messages that are marked; RSET first keeps them")),
    }
}

fn unknown(facts: &Facts<'_>, text: &str) -> Option<Outlook> {
    let verb = text.split_whitespace().next()?;
    let theirs = crate::smtp::Line::typed(verb).ok()?.verb();
    if !matches!(theirs, crate::smtp::Verb::Unknown) {
        return refused(format!("expect -ERR: {} is a command of SMTP; ^X O goes to the other line", theirs.name()));
    }
    let announced = |line: &String| line.split(' ').next().is_some_and(|word| word.eq_ignore_ascii_case(verb));
    let known = facts.offered.is_some_and(|offered| offered.lines.iter().any(announced));
    (text.contains(' ') && !known).then(|| Outlook::Refused("expect -ERR: this is no command of POP3".to_owned()))
}

#[cfg(test)]
mod tests;
