//! Command lines: the verb, the argument, the parameters of MAIL, and a hint where a verb is misspelt.

/// What a client asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the verbs themselves")]
pub enum Verb {
    Helo,
    Ehlo,
    Mail,
    Rcpt,
    Data,
    Rset,
    Noop,
    Vrfy,
    Help,
    Quit,
    Starttls,
    Auth,
    /// A verb of the standards that this server does not have.
    NotHere,
    /// A verb of HTTP: a browser or a script has the wrong port.
    Http,
    Unknown,
}

const VERBS: [(&str, Verb); 28] = [
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
    ("BDAT", Verb::NotHere),
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

/// The parameters of MAIL that this server announces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MailParameters {
    /// SIZE= (RFC 1870).
    pub size: Option<usize>,
    /// SMTPUTF8 (RFC 6531).
    pub utf8: bool,
}

/// Why parameters are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadParameter<'a> {
    /// Never announced.
    Unknown(&'a str),
    /// Announced, but not with this value, or given twice.
    Malformed(&'a str),
}

/// Reads the parameters of MAIL.
pub fn mail_parameters(text: &str) -> Result<MailParameters, BadParameter<'_>> {
    let mut parameters = MailParameters::default();
    let (mut body, mut author) = (false, false);
    for word in text.split_ascii_whitespace() {
        let (key, value) = word.split_once('=').map_or((word, None), |(key, value)| (key, Some(value)));
        let again = if key.eq_ignore_ascii_case("SIZE") {
            let size = value.and_then(octets).ok_or(BadParameter::Malformed(word))?;
            parameters.size.replace(size).is_some()
        } else if key.eq_ignore_ascii_case("BODY") {
            let is_known = |name: &str| ["7BIT", "8BITMIME"].iter().any(|known| known.eq_ignore_ascii_case(name));
            value.filter(|name| is_known(name)).ok_or(BadParameter::Malformed(word))?;
            std::mem::replace(&mut body, true)
        } else if key.eq_ignore_ascii_case("AUTH") {
            // Nobody here trusts a client with it, which is as if it were `<>` (RFC 4954 5).
            value.filter(|name| !name.is_empty()).ok_or(BadParameter::Malformed(word))?;
            std::mem::replace(&mut author, true)
        } else if key.eq_ignore_ascii_case("SMTPUTF8") && value.is_none() {
            std::mem::replace(&mut parameters.utf8, true)
        } else {
            return Err(BadParameter::Unknown(word));
        };
        if again {
            return Err(BadParameter::Malformed(word));
        }
    }
    Ok(parameters)
}

/// Up to 20 digits; what does not fit the type is certainly too much.
fn octets(digits: &str) -> Option<usize> {
    let is_number = (1..=20).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(usize::MAX))
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

    #[test]
    fn only_announced_parameters_pass() {
        let read = |size, utf8| Ok(MailParameters { size, utf8 });
        for (text, result) in [
            ("", read(None, false)),
            (" SIZE=5 BODY=8bitmime smtputf8", read(Some(5), true)),
            ("body=7BIT", read(None, false)),
            ("SIZE=99999999999999999999", read(Some(usize::MAX), false)),
            ("SIZE=-1", Err(BadParameter::Malformed("SIZE=-1"))),
            ("SIZE", Err(BadParameter::Malformed("SIZE"))),
            ("SIZE=", Err(BadParameter::Malformed("SIZE="))),
            ("SIZE=1 SIZE=2", Err(BadParameter::Malformed("SIZE=2"))),
            ("BODY=BINARYMIME", Err(BadParameter::Malformed("BODY=BINARYMIME"))),
            ("SMTPUTF8=1", Err(BadParameter::Unknown("SMTPUTF8=1"))),
            ("AUTH=<>", read(None, false)),
            ("AUTH=", Err(BadParameter::Malformed("AUTH="))),
            ("AUTH=<> AUTH=a@b", Err(BadParameter::Malformed("AUTH=a@b"))),
            ("RET=HDRS", Err(BadParameter::Unknown("RET=HDRS"))),
        ] {
            assert_eq!(mail_parameters(text), result, "{text}");
        }
    }
}
