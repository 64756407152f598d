//! Candidates for SMTP and LMTP.

use super::{Candidate, Offer, addresses};
use crate::app::prompt::foretold::smtp::{Facts, outlook};
use crate::mail::Envelope;
use crate::smtp::{Line, State, path_of};
use crate::wire::printable;

/// What candidates are made from, besides the state of the conversation.
pub(in crate::app::prompt) struct Material<'a> {
    pub(in crate::app::prompt) facts: Facts<'a>,
    /// The envelope of the form.
    pub(in crate::app::prompt) envelope: &'a Envelope,
    /// Addresses used before, and the person's own.
    pub(in crate::app::prompt) known: &'a [&'a str],
}

/// A verb, what is put in for it, a line to try the forecast with, and what it is for.
type Row = (&'static str, &'static str, &'static str);

const VERBS: [Row; 17] = [
    ("MAIL FROM:<", "MAIL FROM:<>", "begins a mail with its sender, in brackets"),
    ("RCPT TO:<", "RCPT TO:<a@b>", "names one recipient, in brackets; again for each"),
    ("DATA", "DATA", "the mail itself comes next, up to a line with a single dot"),
    ("STARTTLS", "STARTTLS", "the line is encrypted from here on; EHLO is said again"),
    ("AUTH ", "AUTH", "signs in; the mechanism comes behind it"),
    ("QUIT", "QUIT", "ends the conversation"),
    ("RSET", "RSET", "drops the mail that is begun"),
    ("NOOP", "NOOP", "does nothing; the server says 250"),
    ("VRFY ", "VRFY a", "asks whether an address is known; many servers say 252 or 502"),
    ("EXPN ", "EXPN a", "asks who is on a list; most servers refuse"),
    ("HELP", "HELP", "asks what the server knows"),
    ("BDAT 0 LAST", "BDAT 0 LAST", "an empty mail in a chunk; octets cannot be typed"),
    ("XCLIENT ", "XCLIENT NAME=a", "names the real client; for proxies that are trusted"),
    ("ETRN ", "ETRN a", "asks for waiting mail to be sent on"),
    ("EHLO ", "EHLO a", "says who we are; the server answers with what it offers"),
    ("HELO ", "HELO a", "says who we are, the old way: no extensions"),
    ("LHLO ", "LHLO a", "says who we are, in LMTP"),
];

/// What may stand at the end of this line.
pub(in crate::app::prompt) fn offer(line: &str, of: &Material<'_>) -> Offer {
    if matches!(of.facts.state, State::Body | State::Auth | State::Tls | State::Ending | State::Closed) {
        return Offer::default();
    }
    let upper = line.to_ascii_uppercase();
    let word = line.rfind(' ').map_or(0, |at| at + 1);
    match upper.split(' ').next().unwrap_or_default() {
        "MAIL" if upper.starts_with("MAIL FROM:") && line.contains('<') => mail(line, of),
        "RCPT" if upper.starts_with("RCPT TO:") && line.contains('<') => rcpt(line, of),
        "AUTH" if word == 5 => Offer::of(line, word, mechanisms(of)),
        "XCLIENT" if word > 0 => attributes(line, word, of),
        "VRFY" | "EXPN" if word == 5 => {
            let found = addresses(&line[word..], people(of));
            Offer::of(line, word, found.into_iter().map(|address| Candidate::new(address, "an address known here")))
        }
        _ => Offer::of(line, 0, verbs(of)),
    }
}

/// What the verb of a line is for.
pub(in crate::app::prompt) fn purpose(line: &str) -> Option<&'static str> {
    let word = line.split([' ', ':']).next().unwrap_or_default();
    let is = |verb: &str| verb.split(' ').next().is_some_and(|verb| verb.eq_ignore_ascii_case(word));
    VERBS.iter().find(|(verb, ..)| is(verb)).map(|(.., note)| *note)
}

/// All verbs, those that are in order first.
fn verbs(of: &Material<'_>) -> Vec<Candidate> {
    let facts = &of.facts;
    let hello = |verb: &str| matches!(verb, "EHLO " | "HELO " | "LHLO ");
    let mut rows: Vec<Row> = VERBS.to_vec();
    if facts.state == State::Greeted {
        rows.sort_by_key(|(verb, ..)| !hello(verb));
    }
    let (mut fitting, mut others) = (Vec::new(), Vec::new());
    for (verb, probe, note) in rows {
        let text = if hello(verb) { format!("{verb}{}", facts.hello) } else { verb.to_owned() };
        let forecast = Line::typed(probe).ok().and_then(|line| outlook(&line, facts));
        match forecast.filter(super::super::foretold::Outlook::is_refusal) {
            None => fitting.push(Candidate::new(text, note)),
            Some(forecast) => others.push(Candidate::new(text, forecast.text())),
        }
    }
    fitting.extend(others);
    fitting
}

fn mail(line: &str, of: &Material<'_>) -> Offer {
    if let Some(from) = open_path(line) {
        let own = std::iter::once(of.envelope.from.as_str()).chain(of.known.iter().copied());
        let found = addresses(&line[from..], own.chain(people(of)).filter(|address| !address.is_empty()));
        let note = |address: &&str| if **address == of.envelope.from { "the sender in the form" } else { "known here" };
        let found = found.iter().map(|address| Candidate::new(format!("{address}>"), note(address)));
        let empty = Candidate::new(">", "no sender: for mail that nobody is to answer, such as bounces");
        return with_inner(line, from, found.chain([empty]));
    }
    let offered = &of.facts.offered;
    let has = |keyword: &str| super::super::foretold::smtp::announces(offered, keyword);
    let mut words: Vec<(String, &str)> = Vec::new();
    let mut add = |there: bool, word: &str, note: &'static str| {
        if there {
            words.push((word.to_owned(), note));
        }
    };
    add(offered.size.is_some(), "SIZE=", "octets of the mail, so that too big a one is refused at once");
    add(offered.eight_bit_mime, "BODY=8BITMIME", "the mail holds octets above 127");
    add(offered.eight_bit_mime, "BODY=7BIT", "the mail is ASCII");
    add(offered.binary_mime, "BODY=BINARYMIME", "the mail is binary, and goes by BDAT");
    add(offered.smtputf8, "SMTPUTF8", "an address or a header is not ASCII");
    add(offered.dsn, "RET=HDRS", "a report quotes the header only");
    add(offered.dsn, "RET=FULL", "a report quotes the whole mail");
    add(offered.dsn, "ENVID=", "a name of yours for the mail, quoted in reports");
    add(!offered.auth.is_empty(), "AUTH=<>", "who handed it in is not known");
    add(offered.deliver_by.is_some(), "BY=", "seconds in which it is to be delivered, and ;R or ;N");
    add(offered.future_release.is_some(), "HOLDFOR=", "seconds that the server keeps it");
    add(offered.future_release.is_some(), "HOLDUNTIL=", "the moment until which the server keeps it");
    add(offered.require_tls, "REQUIRETLS", "only over lines with TLS, all the way");
    add(has("MT-PRIORITY"), "MT-PRIORITY=", "from -9 to 9");
    parameters(line, words)
}

fn rcpt(line: &str, of: &Material<'_>) -> Offer {
    if let Some(from) = open_path(line) {
        let named = of.envelope.to.iter().skip(of.facts.accepted).chain(&of.envelope.to).map(String::as_str);
        let found = addresses(&line[from..], named.chain(people(of)));
        let in_form = |address: &&str| of.envelope.to.iter().any(|to| to == *address);
        let note = |address: &&str| if in_form(address) { "a recipient in the form" } else { "known here" };
        return with_inner(
            line,
            from,
            found.iter().map(|address| Candidate::new(format!("{address}>"), note(address))),
        );
    }
    let address = path_of(line);
    let words = if of.facts.offered.dsn {
        vec![
            ("NOTIFY=FAILURE".to_owned(), "a report when it cannot be delivered"),
            ("NOTIFY=SUCCESS,FAILURE,DELAY".to_owned(), "a report whatever happens"),
            ("NOTIFY=NEVER".to_owned(), "no report at all"),
            (format!("ORCPT=rfc822;{address}"), "the recipient as it was first written"),
        ]
    } else {
        Vec::new()
    };
    parameters(line, words)
}

/// Where an address begins that is not closed yet.
fn open_path(line: &str) -> Option<usize> {
    let from = line.find('<')? + 1;
    (!line[from..].contains('>')).then_some(from)
}

/// As [`Offer::of`], for addresses that may hold what is typed somewhere inside.
fn with_inner(line: &str, from: usize, candidates: impl Iterator<Item = Candidate>) -> Offer {
    Offer { from, candidates: candidates.filter(|candidate| candidate.text.len() > line.len() - from).collect() }
}

/// Words behind a path that do not stand there yet.
fn parameters(line: &str, words: Vec<(String, &str)>) -> Offer {
    let from = line.rfind([' ', '>']).map_or(line.len(), |at| at + 1);
    let gap = if line[..from].ends_with('>') { " " } else { "" };
    let upper = line.to_ascii_uppercase();
    let keyword = |word: &str| word.split('=').next().unwrap_or_default().to_owned();
    let there = |word: &str| upper[..from].split(' ').any(|other| other.split('=').next() == Some(&keyword(word)));
    let free = words.into_iter().filter(|(word, _)| !there(word));
    Offer::of(line, from, free.map(|(word, note)| Candidate::new(format!("{gap}{word}"), note)))
}

fn mechanisms(of: &Material<'_>) -> Vec<Candidate> {
    let helped = |name: &str| if matches!(name, "PLAIN" | "LOGIN") { "name and password are asked for" } else { "" };
    let offered = of.facts.offered.auth.iter().filter(|name| name.bytes().all(|byte| byte.is_ascii_graphic()));
    offered.map(|name| Candidate::new(name, helped(name))).collect()
}

fn attributes(line: &str, word: usize, of: &Material<'_>) -> Offer {
    let upper = line.to_ascii_uppercase();
    let there = |name: &str| upper[..word].contains(&format!(" {name}="));
    let offered = of.facts.offered.xclient.iter().filter(|name| name.bytes().all(|byte| byte.is_ascii_graphic()));
    let free = offered.filter(|name| !there(name));
    Offer::of(line, word, free.map(|name| Candidate::new(format!("{name}="), printable::text("as xtext"))))
}

/// All addresses there are, recipients of the form first.
fn people<'a>(of: &'a Material<'_>) -> impl Iterator<Item = &'a str> + Clone {
    of.envelope.to.iter().map(String::as_str).chain(of.known.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smtp::{Capabilities, Reply};

    fn offered(lines: &[&str]) -> Capabilities {
        let lines = std::iter::once(&"mx.example").chain(lines).map(|line| (*line).to_owned()).collect();
        Capabilities::parse(&Reply { code: 250, enhanced: None, lines })
    }

    fn texts(line: &str, state: State, offered: &Capabilities) -> Vec<String> {
        let envelope = Envelope { from: "ada@a.example".to_owned(), to: vec!["bob@b.example".to_owned()] };
        let facts = Facts { state, hello: "lab.test", tls: true, ..Facts::of(offered) };
        let known = ["eve@c.example", "bob@b.example"];
        let offer = offer(line, &Material { facts, envelope: &envelope, known: &known });
        offer.candidates.iter().map(|candidate| offer.line_with(line, candidate)).collect()
    }

    #[test]
    fn verbs_in_order_come_first() {
        let plain = offered(&[]);
        for (state, first) in
            [(State::Greeted, "EHLO lab.test"), (State::Ready, "MAIL FROM:<"), (State::Mail, "RCPT TO:<")]
        {
            let all = texts("", state, &plain);
            assert_eq!(all[0], first, "{state:?}");
            assert_eq!(all.len(), VERBS.len(), "the others can be had too");
        }
        assert_eq!(texts("d", State::Rcpt, &plain), ["DATA"]);
        assert!(texts("", State::Body, &plain).is_empty() && texts("", State::Auth, &plain).is_empty());
        let all = texts("r", State::Rcpt, &plain);
        assert_eq!(all, ["RCPT TO:<", "RSET"]);
    }

    #[test]
    fn parameters_are_those_that_were_announced_and_not_given_yet() {
        let line = "MAIL FROM:<a@b> ";
        assert!(texts(line, State::Ready, &offered(&[])).is_empty());
        let some = offered(&["SIZE 1000", "8BITMIME"]);
        assert_eq!(
            texts(line, State::Ready, &some),
            ["SIZE=", "BODY=8BITMIME", "BODY=7BIT"].map(|word| format!("{line}{word}"))
        );
        assert_eq!(texts("MAIL FROM:<a@b> size=5 b", State::Ready, &some).len(), 2);
        assert_eq!(texts("MAIL FROM:<a@b> BODY=7BIT ", State::Ready, &some), ["MAIL FROM:<a@b> BODY=7BIT SIZE="]);
        assert_eq!(texts("MAIL FROM:<a@b>", State::Ready, &some)[0], "MAIL FROM:<a@b> SIZE=");
        let dsn = offered(&["DSN"]);
        assert_eq!(
            texts("RCPT TO:<bob@b.example> o", State::Mail, &dsn),
            ["RCPT TO:<bob@b.example> ORCPT=rfc822;bob@b.example"]
        );
        assert!(texts("RCPT TO:<bob@b.example> o", State::Mail, &some).is_empty());
    }

    #[test]
    fn addresses_are_those_of_the_form_and_those_known() {
        let plain = offered(&[]);
        assert_eq!(texts("MAIL FROM:<", State::Ready, &plain)[0], "MAIL FROM:<ada@a.example>");
        assert_eq!(texts("rcpt to:<", State::Mail, &plain), ["rcpt to:<bob@b.example>", "rcpt to:<eve@c.example>"]);
        assert_eq!(texts("RCPT TO:<EV", State::Mail, &plain), ["RCPT TO:<eve@c.example>"]);
        assert_eq!(texts("VRFY e", State::Ready, &plain)[0], "VRFY eve@c.example");
    }

    #[test]
    fn mechanisms_and_attributes_are_the_servers_and_no_secret_is_ever_offered() {
        let rich = offered(&["AUTH PLAIN SCRAM-SHA-256", "XCLIENT NAME ADDR"]);
        assert_eq!(texts("AUTH ", State::Ready, &rich), ["AUTH PLAIN", "AUTH SCRAM-SHA-256"]);
        assert_eq!(texts("auth s", State::Ready, &rich), ["auth SCRAM-SHA-256"]);
        assert!(texts("AUTH PLAIN ", State::Ready, &rich).is_empty());
        assert_eq!(texts("XCLIENT NAME=a ", State::Ready, &rich), ["XCLIENT NAME=a ADDR="]);
    }

    #[test]
    fn odd_lines_offer_nothing_and_do_no_harm() {
        let rich = offered(&["AUTH PLAIN", "DSN", "SIZE"]);
        for line in
            ["ü", "MAIL FROM:<ü", "MAIL FROM:<ü> ß", "RCPT TO:<\"a b\"@c> ", "AUTH ü", "XCLIENT ü ", "\0", "> <"]
        {
            texts(line, State::Ready, &rich);
        }
    }
}
