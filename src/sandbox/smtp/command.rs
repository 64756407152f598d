//! Command lines: the verb, the argument, and a hint where a verb is misspelt.

/// What a client asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the verbs themselves")]
pub enum Verb {
    Helo,
    Ehlo,
    Mail,
    Rcpt,
    Data,
    Bdat,
    Rset,
    Noop,
    Vrfy,
    Help,
    Quit,
    Starttls,
    Auth,
    XClient,
    /// A verb of the standards that this server does not have.
    NotHere,
    /// A verb of HTTP: a browser or a script has the wrong port.
    Http,
    Unknown,
}

const VERBS: [(&str, Verb); 29] = [
    ("HELO", Verb::Helo),
    ("EHLO", Verb::Ehlo),
    ("MAIL", Verb::Mail),
    ("RCPT", Verb::Rcpt),
    ("DATA", Verb::Data),
    ("RSET", Verb::Rset),
    ("NOOP", Verb::Noop),
    ("VRFY", Verb::Vrfy),
    ("HELP", Verb::Help),
    ("QUIT", Verb::Quit),
    ("EXPN", Verb::NotHere),
    ("STARTTLS", Verb::Starttls),
    ("AUTH", Verb::Auth),
    ("BDAT", Verb::Bdat),
    ("XCLIENT", Verb::XClient),
    ("ETRN", Verb::NotHere),
    ("ATRN", Verb::NotHere),
    ("TURN", Verb::NotHere),
    ("SEND", Verb::NotHere),
    ("SOML", Verb::NotHere),
    ("SAML", Verb::NotHere),
    ("LHLO", Verb::NotHere),
    ("GET", Verb::Http),
    ("POST", Verb::Http),
    ("PUT", Verb::Http),
    ("HEAD", Verb::Http),
    ("OPTIONS", Verb::Http),
    ("CONNECT", Verb::Http),
    ("DELETE", Verb::Http),
];

/// Slips that people make, with what they meant.
const SLIPS: [(&str, &str); 20] = [
    ("HELLO", "HELO"),
    ("HALO", "HELO"),
    ("HEHLO", "EHLO"),
    ("EHELO", "EHLO"),
    ("EHLLO", "EHLO"),
    ("EHELLO", "EHLO"),
    ("FROM", "MAIL FROM:<address>"),
    ("FROM:", "MAIL FROM:<address>"),
    ("MAILFROM", "MAIL FROM:<address>"),
    ("MAILFROM:", "MAIL FROM:<address>"),
    ("TO", "RCPT TO:<address>"),
    ("TO:", "RCPT TO:<address>"),
    ("RCPTTO", "RCPT TO:<address>"),
    ("RCPTTO:", "RCPT TO:<address>"),
    ("RECPT", "RCPT TO:<address>"),
    ("DATE", "DATA"),
    ("SUBJECT:", "DATA first, then the header"),
    ("RESET", "RSET"),
    ("EXIT", "QUIT"),
    ("BYE", "QUIT"),
];

/// Splits a line, without its line end, into verb and argument. The argument has no space around it.
pub fn split(line: &str) -> (Verb, &str, &str) {
    let line = line.trim_matches([' ', '\t']);
    let (word, argument) = line.split_at(line.find([' ', '\t']).unwrap_or(line.len()));
    let known = VERBS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
    (known.map_or(Verb::Unknown, |(_, verb)| *verb), word, argument.trim_matches([' ', '\t']))
}

/// What the user of an unknown verb may have meant.
pub fn hint(word: &str) -> Option<&'static str> {
    SLIPS.iter().find(|(slip, _)| slip.eq_ignore_ascii_case(word)).map(|(_, meant)| *meant)
}

/// What follows `FROM:` or `TO:`, in any letter case.
pub fn after_keyword<'a>(argument: &'a str, keyword: &str) -> Option<&'a str> {
    let (start, rest) = argument.split_at_checked(keyword.len())?;
    start.eq_ignore_ascii_case(keyword).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_come_in_any_case() {
        for (line, verb, argument) in [
            ("helo lab.test", Verb::Helo, "lab.test"),
            ("  eHLo\tlab ", Verb::Ehlo, "lab"),
            ("MAIL FROM: <a@b>", Verb::Mail, "FROM: <a@b>"),
            ("DATA", Verb::Data, ""),
            ("starttls", Verb::Starttls, ""),
            ("Auth PLAIN =", Verb::Auth, "PLAIN ="),
            ("etrn", Verb::NotHere, ""),
            ("POST / HTTP/1.1", Verb::Http, "/ HTTP/1.1"),
            ("DATAX", Verb::Unknown, ""),
            ("", Verb::Unknown, ""),
        ] {
            let (found, _, rest) = split(line);
            assert_eq!((found, rest), (verb, argument), "{line}");
        }
    }

    #[test]
    fn slips_have_a_hint_and_garbage_has_none() {
        assert_eq!(hint("hello"), Some("HELO"));
        assert_eq!(hint("From:"), Some("MAIL FROM:<address>"));
        assert_eq!(hint("xyzzy"), None);
        assert!(SLIPS.iter().all(|(slip, _)| split(slip).0 == Verb::Unknown));
    }
}
