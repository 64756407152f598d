//! What the engines say, as a script sees it. The one place where notices become [`Heard`].
//!
//! What comes from links (a connection, a handshake, a close) is not known in this room: whoever drives a link makes
//! [`Event::Dialled`], [`Event::Encrypted`] and [`Event::Closed`].

use crate::sasl::Progress;
use crate::wire::{Secured, Side};
use crate::{pop3, smtp};

/// Most octets of a POP3 answer of several lines that a script looks at.
pub const ANSWER: usize = 64 * 1024;

/// A whole reply. **Not sanitized.**
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Of SMTP or LMTP.
    Smtp(smtp::Reply),
    /// Of POP3: the status line, and the first [`ANSWER`] octets of the lines behind it.
    Pop3(pop3::Response, String),
}

impl Answer {
    /// Code, or status indicator, as it stands in front: `250`, `+OK`.
    pub fn code(&self) -> String {
        match self {
            Self::Smtp(reply) => reply.code.to_string(),
            Self::Pop3(response, _) => response.status.name().to_owned(),
        }
    }

    /// The enhanced code, or the response code in brackets: `5.1.1`, `[IN-USE]`.
    pub fn enhanced(&self) -> Option<String> {
        match self {
            Self::Smtp(reply) => reply.enhanced.map(|code| code.to_string()),
            Self::Pop3(response, _) => response.code.as_ref().map(|code| format!("[{code}]")),
        }
    }

    /// The text behind, lines joined by LF.
    pub fn text(&self) -> String {
        match self {
            Self::Smtp(reply) => reply.lines.join("\n"),
            Self::Pop3(response, more) if more.is_empty() => response.text.clone(),
            Self::Pop3(response, more) => format!("{}\n{more}", response.text),
        }
    }

    /// It refuses: 4yz, 5yz, `-ERR`.
    pub fn refuses(&self) -> bool {
        match self {
            Self::Smtp(reply) => reply.code >= 400,
            Self::Pop3(response, _) => response.status == pop3::Status::Err,
        }
    }

    /// On one line.
    pub fn words(&self) -> String {
        match self {
            Self::Smtp(reply) => reply.to_string(),
            Self::Pop3(response, _) => response.to_string(),
        }
    }
}

/// What a reply answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// The greeting answers nothing.
    Nothing,
    /// A command of SMTP.
    Smtp(smtp::Verb),
    /// A command of POP3.
    Pop3(pop3::Verb),
}

/// Something that happened on one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Where.
    pub side: Side,
    /// What.
    pub event: Event,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A line is being made to this host.
    Dialled(String),
    /// The greeting, or a reply.
    Answered {
        /// What it answers.
        asked: Asked,
        /// The command line as sent, secrets masked.
        line: String,
        /// The reply.
        answer: Answer,
        /// Lines are to follow, up to [`Event::Whole`].
        more: bool,
    },
    /// Lines behind a status line of POP3.
    More(String),
    /// These lines came to their end.
    Whole,
    /// What EHLO or CAPA announced, line by line.
    Offered(Vec<String>),
    /// The line is encrypted from here on.
    Encrypted,
    /// A plan for TLS came to its end: whether there is TLS, or why not.
    Secured(Result<(), String>),
    /// A sign-in came to its end.
    SignedIn(Progress),
    /// A line cannot be made or sent here, and why.
    Unfit(String),
    /// A line that was handed on was not sent, and why.
    NotSent(String),
    /// A line was sent, and no answer to it will come.
    Unanswered(String),
    /// The line is closed, or never came about: why, where it was not meant to.
    Closed(Option<String>),
}

/// A notice of the SMTP engine.
pub fn of_smtp(notice: &smtp::Notice) -> Vec<Heard> {
    use smtp::Notice;
    let event = match notice {
        Notice::Greeting(reply) => answered(Asked::Nothing, "", Answer::Smtp(reply.clone())),
        Notice::Replied { verb, line, reply, .. } => answered(Asked::Smtp(*verb), line, Answer::Smtp(reply.clone())),
        Notice::Capabilities(found) => Event::Offered(found.lines.clone()),
        Notice::Secured(secured) => Event::Secured(of_security(secured)),
        Notice::Insecure(why) => Event::Secured(Err(why.clone())),
        Notice::SignIn(progress) if progress.is_end() => Event::SignedIn(progress.clone()),
        Notice::Dropped { why, .. } => Event::NotSent(why.clone()),
        Notice::Unanswered { verb, why } => {
            Event::Unanswered(format!("{} was sent, and not answered: {why}", verb.name()))
        }
        Notice::State(_)
        | Notice::Recipient { .. }
        | Notice::MailDone(_)
        | Notice::SignIn(_)
        | Notice::Broken(_)
        | Notice::TimedOut(_)
        | Notice::Closed { .. } => return Vec::new(),
    };
    vec![Heard { side: Side::Smtp, event }]
}

/// A notice of the POP3 engine.
pub fn of_pop3(notice: &pop3::Notice) -> Vec<Heard> {
    use pop3::Notice;
    let lines = |lines: Vec<String>| Event::More(lines.join("\n") + "\n");
    let events = match notice {
        Notice::Greeting { response, .. } => {
            vec![answered(Asked::Nothing, "", Answer::Pop3(response.clone(), String::new()))]
        }
        Notice::Replied { verb, line, response, .. } => vec![Event::Answered {
            asked: Asked::Pop3(*verb),
            line: line.clone(),
            answer: Answer::Pop3(response.clone(), String::new()),
            more: response.is_ok() && has_more(*verb, line),
        }],
        Notice::Capabilities(found) => {
            vec![Event::Offered(found.lines.clone()), lines(found.lines.clone()), Event::Whole]
        }
        Notice::Scans(scans) => {
            vec![lines(scans.iter().map(|scan| format!("{} {}", scan.number, scan.octets)).collect())]
        }
        Notice::UniqueIds(ids) => vec![lines(ids.iter().map(|it| format!("{} {}", it.number, it.id)).collect())],
        Notice::Body { bytes, .. } => vec![Event::More(String::from_utf8_lossy(bytes).into_owned())],
        Notice::ListingEnd { complete: true, .. } | Notice::BodyEnd { complete: true, .. } => vec![Event::Whole],
        Notice::Secured(secured) => vec![Event::Secured(of_security(secured))],
        Notice::Insecure(why) => vec![Event::Secured(Err(why.clone()))],
        Notice::SignIn(progress) if progress.is_end() => vec![Event::SignedIn(progress.clone())],
        Notice::Dropped { why, .. } => vec![Event::NotSent(why.clone())],
        Notice::Unanswered { verb, why, .. } => {
            vec![Event::Unanswered(format!("{} was sent, and not answered: {why}", verb.name()))]
        }
        // The lines of a listing or a message that was cut are no answer: the end of the line follows, and says so.
        Notice::ListingEnd { .. }
        | Notice::BodyEnd { .. }
        | Notice::State(_)
        | Notice::Maildrop(_)
        | Notice::Marked(_)
        | Notice::MarksCleared
        | Notice::SignIn(_)
        | Notice::Ended(_)
        | Notice::Broken(_)
        | Notice::TimedOut(_)
        | Notice::Closed { .. } => return Vec::new(),
    };
    events.into_iter().map(|event| Heard { side: Side::Pop3, event }).collect()
}

fn answered(asked: Asked, line: &str, answer: Answer) -> Event {
    Event::Answered { asked, line: line.to_owned(), answer, more: false }
}

/// Whether lines follow a `+OK` to this (RFC 1939 3, RFC 2449 5).
fn has_more(verb: pop3::Verb, line: &str) -> bool {
    match verb {
        pop3::Verb::Retr | pop3::Verb::Top | pop3::Verb::Capa => true,
        pop3::Verb::List | pop3::Verb::Uidl => line.split_whitespace().nth(1).is_none(),
        _ => false,
    }
}

fn of_security(secured: &Secured) -> Result<(), String> {
    match secured {
        Secured::Already | Secured::Started { .. } => Ok(()),
        Secured::NotOffered => Err("the server does not offer TLS".to_owned()),
        Secured::NotWanted => Err("TLS is not wanted".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_lines_behind_it_waits_for_them() {
        for (verb, line, more) in [
            (pop3::Verb::List, "LIST", true),
            (pop3::Verb::List, "list  ", true),
            (pop3::Verb::List, "LIST 1", false),
            (pop3::Verb::Uidl, "UIDL x", false),
            (pop3::Verb::Retr, "RETR 1", true),
            (pop3::Verb::Stat, "STAT", false),
        ] {
            assert_eq!(has_more(verb, line), more, "{line}");
        }
    }

    #[test]
    fn a_torso_is_not_whole() {
        for complete in [true, false] {
            let ended = pop3::Notice::ListingEnd { verb: pop3::Verb::List, complete, bad: 0 };
            assert_eq!(of_pop3(&ended).len(), usize::from(complete));
        }
    }

    #[test]
    fn an_answer_shows_its_parts() {
        let smtp = Answer::Smtp("550-5.7.1 no\r\n550 5.7.1 relay".parse().unwrap());
        assert_eq!((smtp.code().as_str(), smtp.enhanced().as_deref()), ("550", Some("5.7.1")));
        assert_eq!((smtp.text().as_str(), smtp.refuses()), ("no\nrelay", true));
        let pop3 = Answer::Pop3(pop3::Response::parse(b"-ERR [IN-USE] busy").unwrap(), String::new());
        assert_eq!((pop3.code().as_str(), pop3.enhanced().as_deref()), ("-ERR", Some("[IN-USE]")));
        assert_eq!(pop3.words(), "-ERR [IN-USE] busy");
    }
}
