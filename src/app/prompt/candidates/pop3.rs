//! Candidates for POP3.

use super::{Candidate, MOST, Offer};
use crate::app::grouped;
use crate::app::mailbox::Mailbox;
use crate::app::prompt::foretold::{
    Outlook,
    pop3::{Facts, outlook},
};
use crate::pop3::{Line, State};
use crate::wire::printable;

/// What is put in for a verb, a line to try the forecast with, and what it is for.
type Row = (&'static str, &'static str, &'static str);

const VERBS: [Row; 15] = [
    ("USER ", "USER a", "says whose mailbox; PASS comes next"),
    ("PASS ", "PASS a", "the password; it is hidden here, but not on a line without TLS"),
    ("STLS", "STLS", "the line is encrypted from here on"),
    ("AUTH ", "AUTH", "signs in; the mechanism comes behind it"),
    ("APOP ", "APOP a b", "signs in with a digest of the greeting and the password"),
    ("STAT", "STAT", "how many messages there are, and their octets together"),
    ("LIST", "LIST", "the octets of each message"),
    ("UIDL", "UIDL", "a name for each message that stays the same"),
    ("RETR ", "", "fetches a message"),
    ("TOP ", "", "fetches the header and some lines of a message"),
    ("DELE ", "", "marks a message; QUIT deletes it"),
    ("RSET", "RSET", "takes all marks back"),
    ("NOOP", "NOOP", "does nothing; the server says +OK"),
    ("CAPA", "CAPA", "asks what the server can do"),
    ("QUIT", "QUIT", "ends the conversation and deletes what is marked"),
];

/// What may stand at the end of this line. `user`: whose mailbox it is.
pub(in crate::app::prompt) fn offer(line: &str, facts: &Facts<'_>, user: Option<&str>) -> Offer {
    if !matches!(facts.state, State::Greeting | State::Authorization | State::Transaction) {
        return Offer::default();
    }
    let word = line.rfind(' ').map_or(0, |at| at + 1);
    let words: Vec<String> = line.split(' ').map(str::to_ascii_uppercase).collect();
    match (words[0].as_str(), words.len()) {
        (_, 1) => Offer::of(line, 0, verbs(facts, user)),
        ("USER", 2) => Offer::of(line, word, user.map(|user| Candidate::new(user, "the user of the profile"))),
        ("AUTH", 2) => Offer::of(line, word, mechanisms(facts)),
        (verb @ ("RETR" | "DELE" | "TOP" | "LIST" | "UIDL"), 2) => {
            let behind = if verb == "TOP" { " " } else { "" };
            let numbers = numbers(&line[word..], facts.mailbox);
            let candidate = |number: u32| Candidate::new(format!("{number}{behind}"), subject(number, facts.mailbox));
            Offer { from: word, candidates: numbers.into_iter().map(candidate).collect() }
        }
        ("TOP", 3) => {
            Offer::of(line, word, [Candidate::new("0", "the header"), Candidate::new("10", "ten lines more")])
        }
        _ => Offer::default(),
    }
}

/// What the verb of a line is for.
pub(in crate::app::prompt) fn purpose(line: &str) -> Option<&'static str> {
    let word = line.split(' ').next().unwrap_or_default();
    VERBS.iter().find(|(verb, ..)| verb.trim_end().eq_ignore_ascii_case(word)).map(|(.., note)| *note)
}

/// All verbs, those that are in order first.
fn verbs(facts: &Facts<'_>, user: Option<&str>) -> Vec<Candidate> {
    let (mut fitting, mut others) = (Vec::new(), Vec::new());
    for (verb, probe, note) in VERBS {
        let text = match (verb, user) {
            ("USER ", Some(user)) => format!("{verb}{user}"),
            _ => verb.to_owned(),
        };
        // A number is still to come: only the state counts.
        let early = probe.is_empty() && facts.state != State::Transaction;
        let forecast = Line::typed(if early { "STAT" } else { probe }).ok().and_then(|line| outlook(&line, facts));
        match forecast.filter(Outlook::is_refusal) {
            None => fitting.push(Candidate::new(text, note)),
            Some(forecast) => others.push(Candidate::new(text, forecast.text())),
        }
    }
    fitting.extend(others);
    fitting
}

fn mechanisms(facts: &Facts<'_>) -> Vec<Candidate> {
    let helped = |name: &str| if matches!(name, "PLAIN" | "LOGIN") { "name and password are asked for" } else { "" };
    let offered = facts.offered.map_or(&[][..], |offered| &offered.sasl);
    let offered = offered.iter().filter(|name| name.bytes().all(|byte| byte.is_ascii_graphic()));
    offered.map(|name| Candidate::new(name, helped(name))).collect()
}

/// Numbers of messages that begin with these digits, in order, as many as are offered.
fn numbers(typed: &str, mailbox: &Mailbox) -> Vec<u32> {
    let last = mailbox.last();
    let exists = |number: &u32| mailbox.exists(*number) == Some(true);
    if typed.is_empty() {
        return (1..=last).filter(exists).take(MOST).collect();
    }
    let Some(begun) = typed.parse::<u32>().ok().filter(|number| *number > 0 && number.to_string() == typed) else {
        return Vec::new();
    };
    // With one more digit each time: ten times as many numbers, from a start ten times as high.
    let spans = std::iter::successors(Some((begun.checked_mul(10), 10_u32)), |(start, span)| {
        Some(((*start)?.checked_mul(10), span.checked_mul(10)?))
    });
    let spans = spans.map_while(|(start, span)| Some((start.filter(|start| *start <= last)?, span)));
    spans.flat_map(|(start, span)| start..=start.saturating_add(span - 1).min(last)).filter(exists).take(MOST).collect()
}

fn subject(number: u32, mailbox: &Mailbox) -> String {
    let row = mailbox.row(number);
    let octets = row.octets.map(|octets| format!("{} B", grouped(octets))).unwrap_or_default();
    let mark = if row.marked { "marked  " } else { "" };
    let subject = row.summary.map_or("", |summary| summary.subject.as_str());
    printable::text(&format!("{mark}{octets}  {subject}")).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pop3::{Notice, Scan, Verb};

    fn mailbox(sizes: &[u32]) -> Mailbox {
        let mut mailbox = Mailbox::default();
        let scans = sizes.iter().map(|number| Scan { number: *number, octets: 500 }).collect();
        mailbox.notice(Notice::Scans(scans));
        mailbox.notice(Notice::ListingEnd { verb: Verb::List, complete: true, bad: 0 });
        mailbox
    }

    fn texts(line: &str, state: State, mailbox: &Mailbox) -> Vec<String> {
        let facts = Facts { state, named: false, offered: None, tls: true, insecure: false, mailbox };
        let offer = offer(line, &facts, Some("bob"));
        offer.candidates.iter().map(|candidate| offer.line_with(line, candidate)).collect()
    }

    #[test]
    fn verbs_in_order_come_first() {
        let mailbox = mailbox(&[1]);
        assert_eq!(texts("", State::Authorization, &mailbox)[0], "USER bob");
        let inside = texts("", State::Transaction, &mailbox);
        assert_eq!((inside[0].as_str(), inside.len()), ("STAT", VERBS.len()));
        assert_eq!(inside[inside.len() - 1], "APOP ");
        assert_eq!(texts("re", State::Transaction, &mailbox), ["RETR "]);
        assert!(texts("", State::Auth, &mailbox).is_empty());
    }

    #[test]
    fn numbers_are_those_that_exist() {
        let some: Vec<u32> = (1..=3).chain(10..=12).chain([100, 105]).collect();
        let mailbox = mailbox(&some);
        assert_eq!(texts("RETR ", State::Transaction, &mailbox).len(), 8);
        assert_eq!(
            texts("dele 1", State::Transaction, &mailbox),
            ["dele 10", "dele 11", "dele 12", "dele 100", "dele 105"]
        );
        assert_eq!(texts("TOP 10", State::Transaction, &mailbox), ["TOP 100 ", "TOP 105 "]);
        assert_eq!(texts("TOP 1 ", State::Transaction, &mailbox), ["TOP 1 0", "TOP 1 10"]);
        for odd in ["RETR 0", "RETR 01", "RETR x", "RETR 99999999999", "RETR 1 ", "PASS "] {
            assert!(texts(odd, State::Transaction, &mailbox).is_empty(), "{odd}");
        }
    }

    #[test]
    fn a_million_messages_offer_no_more_than_a_screen_can_use() {
        let many: Vec<u32> = (1..=100_000).collect();
        assert_eq!(texts("RETR 9", State::Transaction, &mailbox(&many)).len(), MOST);
    }
}
