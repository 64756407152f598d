//! What is foretold of each command in each state.

use super::*;
use crate::pop3::{Notice, Scan};

/// Three messages, the second of them marked.
fn mailbox() -> Mailbox {
    let mut mailbox = Mailbox::default();
    mailbox.notice(Notice::Scans((1..=3).map(|number| Scan { number, octets: 500 }).collect()));
    mailbox.notice(Notice::ListingEnd { verb: Verb::List, complete: true, bad: 0 });
    mailbox.notice(Notice::Marked(2));
    mailbox
}

fn facts(state: State, mailbox: &Mailbox) -> Facts<'_> {
    Facts { state, named: false, offered: None, tls: true, insecure: false, mailbox }
}

#[track_caller]
fn told(facts: &Facts<'_>, line: &str, words: Option<&str>) {
    let found = outlook(&Line::typed(line).unwrap(), facts);
    let text = found.as_ref().map(Outlook::text);
    assert_eq!(text.is_some(), words.is_some(), "{:?} {line}: {text:?}", facts.state);
    assert!(words.is_none_or(|words| text.is_some_and(|text| text.contains(words))), "{line}: {text:?}");
}

#[test]
fn a_verb_out_of_order_is_foretold() {
    let mailbox = mailbox();
    let outside = facts(State::Authorization, &mailbox);
    for verb in ["STAT", "LIST", "UIDL", "TOP 1 0", "RETR 1", "DELE 1", "RSET", "NOOP"] {
        told(&outside, verb, Some("USER and PASS come first"));
    }
    for free in ["USER ada", "CAPA", "STLS", "AUTH", "APOP ada c4c9", "QUIT"] {
        let outside = Facts { tls: free != "STLS", ..outside };
        told(&outside, free, None);
    }
    told(&outside, "PASS x", Some("USER comes first"));
    told(&Facts { named: true, ..outside }, "PASS x", None);
    let inside = facts(State::Transaction, &mailbox);
    for verb in ["USER a", "PASS a", "APOP a b", "AUTH PLAIN"] {
        told(&inside, verb, Some("signed in already"));
    }
    told(&Facts { tls: false, ..inside }, "STLS", Some("before the sign-in"));
}

#[test]
fn messages_that_do_not_exist_or_are_marked_are_foretold() {
    let mailbox = mailbox();
    let inside = facts(State::Transaction, &mailbox);
    for (line, words) in [
        ("RETR 1", None),
        ("RETR 4", Some("no message 4; 3 are listed")),
        ("RETR 2", Some("marked as deleted")),
        ("DELE 2", Some("RSET")),
        ("TOP 1 0", None),
        ("TOP 1", Some("TOP 1 0")),
        ("TOP 1 x", Some("lines")),
        ("RETR", Some("number of a message")),
        ("RETR x", Some("from 1 on")),
        ("DELE 0", Some("from 1 on")),
        ("RETR 1 2", Some("too many")),
        ("LIST", None),
        ("LIST 3", None),
        ("UIDL 9", Some("no message 9")),
        ("STAT 1", Some("stands alone")),
        ("QUIT", Some("deletes the message")),
        ("EHLO a", Some("SMTP")),
        ("XYZZY 1", Some("no command of POP3")),
    ] {
        told(&inside, line, words);
    }
    let unknown = Mailbox::default();
    told(&facts(State::Transaction, &unknown), "RETR 9", None);
    told(&facts(State::Transaction, &unknown), "QUIT", None);
}

#[test]
fn what_was_not_announced_is_foretold() {
    let mailbox = Mailbox::default();
    let lines = ["UIDL", "SASL SCRAM-SHA-256 PLAIN", "XTRA"].map(str::to_owned);
    let offered = Capabilities::parse(lines.to_vec());
    let outside = Facts { offered: Some(&offered), ..facts(State::Authorization, &mailbox) };
    told(&outside, "USER a", Some("does not announce USER"));
    told(&Facts { tls: false, ..outside }, "STLS", Some("does not announce STLS"));
    told(&outside, "STLS", Some("encrypted already"));
    told(&outside, "AUTH LOGIN", Some("offers SCRAM-SHA-256, PLAIN"));
    told(&outside, "AUTH SCR", None);
    told(&outside, "XTRA 1", None);
    told(&Facts { tls: false, ..outside }, "AUTH PLAIN", Some("not encrypted"));
    let inside = Facts { state: State::Transaction, ..outside };
    told(&inside, "TOP 1 0", Some("does not announce TOP"));
    told(&Facts { named: true, tls: false, ..outside }, "PASS x", Some("not encrypted"));
    told(&Facts { insecure: true, ..outside }, "CAPA", Some("nothing but QUIT"));
}
