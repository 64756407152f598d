//! Command lines: the verb and its arguments (RFC 1939 3).

/// What a client asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the verbs themselves")]
pub enum Verb {
    User,
    Pass,
    Stat,
    List,
    Uidl,
    Top,
    Retr,
    Dele,
    Rset,
    Noop,
    Capa,
    Quit,
    Apop,
    Auth,
    Stls,
    /// A verb of the standards that this server does not have.
    NotHere,
    /// A verb of SMTP: the wrong port, most likely.
    Smtp,
    Unknown,
}

const VERBS: [(&str, Verb); 21] = [
    ("USER", Verb::User),
    ("PASS", Verb::Pass),
    ("STAT", Verb::Stat),
    ("LIST", Verb::List),
    ("UIDL", Verb::Uidl),
    ("TOP", Verb::Top),
    ("RETR", Verb::Retr),
    ("DELE", Verb::Dele),
    ("RSET", Verb::Rset),
    ("NOOP", Verb::Noop),
    ("CAPA", Verb::Capa),
    ("QUIT", Verb::Quit),
    ("APOP", Verb::Apop),
    ("AUTH", Verb::Auth),
    ("STLS", Verb::Stls),
    ("UTF8", Verb::NotHere),
    ("LANG", Verb::NotHere),
    ("HELO", Verb::Smtp),
    ("EHLO", Verb::Smtp),
    ("MAIL", Verb::Smtp),
    ("RCPT", Verb::Smtp),
];

/// Splits a line, without its line end, at the first space. The argument is the whole rest: a password may hold spaces.
pub fn split(line: &str) -> (Verb, &str) {
    let (word, argument) = line.split_once(' ').unwrap_or((line, ""));
    let known = VERBS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
    (known.map_or(Verb::Unknown, |(_, verb)| *verb), argument)
}

/// Exactly `N` decimal numbers apart by spaces.
pub fn numbers<const N: usize>(argument: &str) -> Option<[usize; N]> {
    let mut words = argument.split_ascii_whitespace();
    let mut numbers = [0; N];
    for number in &mut numbers {
        let word = words.next().filter(|word| word.bytes().all(|byte| byte.is_ascii_digit()))?;
        *number = word.parse().unwrap_or(usize::MAX);
    }
    words.next().is_none().then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_come_in_any_case_and_passwords_keep_their_spaces() {
        for (line, verb, argument) in [
            ("user ada", Verb::User, "ada"),
            ("PaSs  two words ", Verb::Pass, " two words "),
            ("QUIT", Verb::Quit, ""),
            ("stls", Verb::Stls, ""),
            ("utf8", Verb::NotHere, ""),
            ("RETRO 1", Verb::Unknown, "1"),
            ("", Verb::Unknown, ""),
        ] {
            assert_eq!(split(line), (verb, argument), "{line}");
        }
    }

    #[test]
    fn numbers_are_counted() {
        assert_eq!(numbers("1"), Some([1]));
        assert_eq!(numbers(" 2  30 "), Some([2, 30]));
        assert_eq!(numbers("99999999999999999999999"), Some([usize::MAX]));
        for bad in ["", "1 2", "x", "-1", "+1", "1.0"] {
            assert_eq!(numbers::<1>(bad), None, "{bad}");
        }
    }
}
