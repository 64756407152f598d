//! What is foretold of each command in each state.

use super::*;
use crate::smtp::Reply;

fn offered(lines: &[&str]) -> Capabilities {
    let lines = std::iter::once(&"mx.example").chain(lines).map(|line| (*line).to_owned()).collect();
    Capabilities::parse(&Reply { code: 250, enhanced: None, lines })
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
    let rich = offered(&["CHUNKING", "XCLIENT ADDR", "STARTTLS", "AUTH SCRAM-SHA-256"]);
    for (state, line, words) in [
        (State::Greeted, "MAIL FROM:<a@b>", Some("503: HELO or EHLO")),
        (State::Greeted, "RCPT TO:<a@b>", Some("503: HELO or EHLO")),
        (State::Greeted, "DATA", Some("503: HELO or EHLO")),
        (State::Greeted, "XCLIENT ADDR=a", Some("EHLO")),
        (State::Greeted, "STARTTLS", Some("EHLO comes first")),
        (State::Greeted, "AUTH LOGIN", Some("EHLO comes first")),
        (State::Greeted, "EHLO a", None),
        (State::Greeted, "QUIT", None),
        (State::Ready, "RCPT TO:<a@b>", Some("503: MAIL")),
        (State::Ready, "DATA", Some("503: MAIL")),
        (State::Ready, "BDAT 0 LAST", Some("503: MAIL")),
        (State::Ready, "MAIL FROM:<a@b>", None),
        (State::Ready, "XCLIENT ADDR=a", None),
        (State::Ready, "RSET", None),
        (State::Mail, "DATA", Some("503: RCPT")),
        (State::Mail, "BDAT 0 LAST", Some("503: RCPT")),
        (State::Mail, "MAIL FROM:<a@b>", Some("RSET")),
        (State::Mail, "AUTH LOGIN", Some("inside of a mail")),
        (State::Rcpt, "MAIL FROM:<a@b>", Some("RSET")),
        (State::Rcpt, "XCLIENT ADDR=a", Some("RSET")),
        (State::Rcpt, "BDAT 0 LAST", None),
        (State::Rcpt, "RCPT TO:<a@b>", None),
        (State::Rcpt, "DATA", None),
    ] {
        told(&Facts { state, ..Facts::of(&rich) }, line, words);
    }
    told(&Facts { state: State::Mail, refused: 2, ..Facts::of(&rich) }, "DATA", Some("no recipient was accepted"));
}

#[test]
fn what_would_be_lost_is_said_and_is_no_refusal() {
    let rich = offered(&["STARTTLS"]);
    for line in ["QUIT", "EHLO a", "HELO a", "STARTTLS"] {
        let facts = Facts { state: State::Rcpt, ..Facts::of(&rich) };
        assert!(matches!(outlook(&Line::typed(line).unwrap(), &facts), Some(Outlook::Note(_))), "{line}");
        let facts = Facts { state: State::Ready, ..Facts::of(&rich) };
        assert_eq!(outlook(&Line::typed(line).unwrap(), &facts), None, "{line}");
    }
}

#[test]
fn what_a_server_cannot_take_is_foretold() {
    let (plain, rich) = (offered(&["SIZE"]), offered(&["CHUNKING", "XCLIENT ADDR NAME", "ETRN"]));
    for (line, offered, words) in [
        ("BDAT 5 LAST", &rich, Some("use DATA")),
        ("bdat 5", &plain, Some("use DATA")),
        ("BDAT 0 LAST", &rich, None),
        ("BDAT 0 LAST", &plain, Some("CHUNKING")),
        ("ETRN a", &plain, Some("ETRN")),
        ("ETRN a", &rich, None),
        ("DATA", &plain, None),
        ("DATA now", &plain, Some("stands alone")),
        ("STARTTLS", &plain, Some("does not announce STARTTLS")),
        ("RETR 1", &plain, Some("POP3")),
        ("XYZZY 1", &plain, Some("no command of SMTP")),
    ] {
        told(&Facts { state: State::Rcpt, ..Facts::of(offered) }, line, words);
    }
    told(&Facts::of(&rich), "XCLIENT ADDR=192.0.2.7", None);
    told(&Facts::of(&plain), "XCLIENT ADDR=192.0.2.7", Some("announce XCLIENT"));
}

#[test]
fn tls_and_sign_ins_are_foretold() {
    let both = offered(&["STARTTLS", "AUTH PLAIN SCRAM-SHA-256"]);
    let tls = offered(&["STARTTLS"]);
    let none = offered(&[]);
    let with = |offered, tls, signed_in| Facts { tls, signed_in, ..Facts::of(offered) };
    for (facts, line, words) in [
        (with(&both, true, false), "STARTTLS", Some("encrypted already")),
        (with(&both, false, false), "STARTTLS", None),
        (with(&both, false, false), "STARTTLS x", Some("stands alone")),
        (with(&both, true, true), "AUTH PLAIN", Some("signed in already")),
        (with(&tls, false, false), "AUTH PLAIN", Some("STARTTLS first")),
        (with(&none, false, false), "AUTH PLAIN", Some("does not announce AUTH")),
        (with(&both, true, false), "AUTH LOGIN", Some("offers PLAIN, SCRAM-SHA-256")),
        (with(&both, true, false), "AUTH SCR", None),
        (with(&both, true, false), "AUTH PLAIN", None),
        (with(&both, false, false), "AUTH PLAIN", Some("not encrypted")),
        (with(&both, false, false), "AUTH SCRAM-SHA-256", None),
    ] {
        told(&facts, line, words);
    }
    let insecure = Facts { insecure: true, ..Facts::of(&both) };
    told(&insecure, "EHLO a", Some("nothing but QUIT"));
    told(&insecure, "QUIT", None);
}

#[test]
fn hello_wants_a_name_and_the_right_verb() {
    let none = offered(&[]);
    for (lmtp, line, words) in [
        (false, "HELO", Some("HELO lab.test")),
        (false, "ehlo ", Some("EHLO lab.test")),
        (false, "LHLO a", Some("LMTP")),
        (true, "EHLO a", Some("LHLO")),
        (true, "LHLO a", None),
    ] {
        told(&Facts { lmtp, state: State::Greeted, ..Facts::of(&none) }, line, words);
    }
}

#[test]
fn parameters_are_held_against_what_was_announced() {
    let none = offered(&[]);
    let some = offered(&["SIZE 1000", "8BITMIME", "DSN", "SMTPUTF8"]);
    for (offered, line, words) in [
        (&some, "MAIL FROM:<a@b> SIZE=1000", None),
        (&some, "MAIL FROM:<a@b> SIZE=1001", Some("1,000 octets at most")),
        (&some, "MAIL FROM:<a@b> SIZE=x ", Some("number")),
        (&none, "MAIL FROM:<a@b> SIZE=5", Some("needs SIZE")),
        (&none, "MAIL FROM:<a@b> BODY=8BITMIME", Some("needs 8BITMIME")),
        (&some, "MAIL FROM:<a@b> BODY=8B", None),
        (&some, "MAIL FROM:<a@b> BODY=8B ", Some("BODY is")),
        (&some, "MAIL FROM:<a@b> BODY=BINARYMIME", Some("needs BINARYMIME")),
        (&some, "MAIL FROM:<a@b> RET=HDRS ENVID=x", None),
        (&none, "MAIL FROM:<a@b> RET=HDRS", Some("needs DSN")),
        (&some, "MAIL FROM:<a@b> SIZE=1 SIZE=2", Some("twice")),
        (&some, "MAIL FROM:<a@b> SI", None),
        (&some, "MAIL FROM:<a@b> FOO", Some("FOO is no parameter")),
        (&some, "MAIL FROM:<ü@b>", Some("SMTPUTF8 behind it")),
        (&some, "MAIL FROM:<ü@b> SMTPUTF8", None),
        (&none, "MAIL FROM:<ü@b>", Some("does not announce SMTPUTF8")),
        (&some, "MAIL FROM:<\"a> b\"@c> SIZE=5", None),
        (&some, "MAIL", None),
    ] {
        told(&Facts::of(offered), line, words);
    }
    let limited = offered(&["DSN", "LIMITS RCPTMAX=2"]);
    for (offered, accepted, line, words) in [
        (&some, 0, "RCPT TO:<a@b> NOTIFY=SUCCESS,DELAY", None),
        (&some, 0, "RCPT TO:<a@b> NOTIFY=SUC", None),
        (&some, 0, "RCPT TO:<a@b> NOTIFY=NEVER,DELAY", Some("alone")),
        (&some, 0, "RCPT TO:<a@b> NOTIFY=OFTEN ", Some("NOTIFY is")),
        (&some, 0, "RCPT TO:<a@b> ORCPT=a@b ", Some("rfc822;")),
        (&some, 0, "RCPT TO:<a@b> SIZE=5", Some("no parameter")),
        (&none, 0, "RCPT TO:<a@b> NOTIFY=NEVER", Some("needs DSN")),
        (&limited, 2, "RCPT TO:<a@b>", Some("2 recipients")),
        (&limited, 1, "RCPT TO:<a@b>", None),
        (&some, 0, "RCPT TO:<>", Some("501")),
    ] {
        told(&Facts { state: State::Mail, accepted, ..Facts::of(offered) }, line, words);
    }
}
