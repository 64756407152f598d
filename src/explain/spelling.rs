//! Typing errors in commands, found before they are sent. They may be sent all the same.

use crate::wire::{Side, slips};

/// Every verb of SMTP and LMTP that telepost knows.
const SMTP: [&str; 18] = [
    "HELO", "EHLO", "LHLO", "MAIL", "RCPT", "DATA", "RSET", "NOOP", "VRFY", "EXPN", "HELP", "ETRN", "QUIT", "STARTTLS",
    "AUTH", "BDAT", "TURN", "XCLIENT",
];

/// Every verb of POP3 that telepost knows.
const POP3: [&str; 17] = [
    "USER", "PASS", "APOP", "STAT", "LIST", "UIDL", "TOP", "RETR", "DELE", "CAPA", "STLS", "LANG", "UTF8", "RSET",
    "NOOP", "QUIT", "AUTH",
];

/// Words that people try and that are too far from the verb to look like a slip.
const OTHER_WORDS: [(&str, &str); 20] = [
    ("BYE", "QUIT"),
    ("CLOSE", "QUIT"),
    ("DEL", "DELE"),
    ("DELETE", "DELE"),
    ("EXIT", "QUIT"),
    ("FETCH", "RETR"),
    ("FROM", "MAIL"),
    ("GET", "RETR"),
    ("HI", "HELO"),
    ("LOGIN", "AUTH"),
    ("LOGOUT", "QUIT"),
    ("PASSWORD", "PASS"),
    ("RECIPIENT", "RCPT"),
    ("RETREIVE", "RETR"),
    ("RETRIEVE", "RETR"),
    ("STARTTLS", "STLS"),
    ("STATUS", "STAT"),
    ("STLS", "STARTTLS"),
    ("TO", "RCPT"),
    ("USERNAME", "USER"),
];

/// Letters that a verb may have too many at its end.
const TAIL: usize = 4;

/// A line that will likely be refused, and how it should read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The line corrected.
    pub right: String,
    /// What is wrong, one sentence in our words.
    pub why: String,
}

/// The verb that was meant by a word which is none; `None` for a verb, and for what resembles none.
pub fn spelling(word: &str) -> Option<&'static str> {
    resembled(word, &[&SMTP, &POP3])
}

/// As [`spelling`], among the verbs of one protocol.
pub fn spelling_on(side: Side, word: &str) -> Option<&'static str> {
    resembled(word, &[verbs(side)])
}

/// Whether a word is a verb of this protocol, or the beginning of one.
pub fn is_begun(side: Side, word: &str) -> bool {
    let begins = |verb: &&str| verb.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    verbs(side).iter().any(begins)
}

fn verbs(side: Side) -> &'static [&'static str] {
    match side {
        Side::Smtp => &SMTP,
        Side::Pop3 => &POP3,
    }
}

fn resembled(word: &str, lists: &[&[&'static str]]) -> Option<&'static str> {
    let word = word.to_ascii_uppercase();
    let verbs = || lists.iter().flat_map(|list| list.iter().copied());
    if word.is_empty() || word.len() > 16 || !word.is_ascii() || verbs().any(|verb| verb == word) {
        return None;
    }
    let meant = OTHER_WORDS.iter().find(|(other, _)| *other == word).map(|(_, verb)| *verb);
    let with_tail = |verb: &&str| verb.len() > 3 && word.starts_with(verb) && word.len() <= verb.len() + TAIL;
    if let Some(verb) = meant.filter(|meant| verbs().any(|verb| verb == *meant)).or_else(|| verbs().find(with_tail)) {
        return Some(verb);
    }
    let allowed = if word.len() < 4 { 1 } else { 2 };
    let near = verbs().map(|verb| (slips(word.as_bytes(), verb.as_bytes()), verb));
    let (least, verb) = near.min_by_key(|(slips, _)| *slips)?;
    let most = if verb.len() > 4 { allowed } else { 1 };
    (least <= most).then_some(verb)
}

/// What is wrong with a line about to be sent, if it looks like a slip: a misspelt verb, or a missing or mistaken part
/// of MAIL FROM and RCPT TO. A blank behind the colon and missing brackets are common and let be.
pub fn command_hint(side: Side, line: &str) -> Option<Hint> {
    let line = line.trim_end();
    let (word, rest) = line.split_at(line.find([' ', ':', '<']).unwrap_or(line.len()));
    let upper = word.to_ascii_uppercase();
    let joined = [("MAILFROM", "MAIL"), ("RCPTTO", "RCPT")].into_iter().find(|(joined, _)| *joined == upper);
    let verb = match joined {
        Some((_, verb)) => verb,
        None => spelling_on(side, word).unwrap_or(&upper),
    };
    if side == Side::Smtp && !SMTP.contains(&verb) || side == Side::Pop3 && !POP3.contains(&verb) {
        return None;
    }
    let right = match verb {
        "MAIL" => path_command("MAIL FROM:", ["FROM", "TO", "FORM", "FRM"], joined.is_some(), rest),
        "RCPT" => path_command("RCPT TO:", ["TO", "FROM", "OT", "FOR"], joined.is_some(), rest),
        verb if rest.starts_with(':') => format!("{verb} {}", rest.trim_start_matches(':').trim_start()),
        verb => format!("{verb}{rest}"),
    };
    let right = right.trim_end().to_owned();
    let why = if verb != upper {
        format!("The server knows {verb}, not this word.")
    } else if strict_start(&right, line) {
        return None;
    } else if !matches!(verb, "MAIL" | "RCPT") {
        format!("A blank comes behind {verb}, no colon.")
    } else {
        format!("It is {}<address>.", &right[..=right.find(':')?])
    };
    Some(Hint { right, why })
}

/// Whether `line` starts as `right` does up to the colon, so that only what servers let pass may differ.
fn strict_start(right: &str, line: &str) -> bool {
    let Some(colon) = right.find(':').filter(|_| right.starts_with("MAIL FROM:") || right.starts_with("RCPT TO:"))
    else {
        return right.eq_ignore_ascii_case(line);
    };
    line.get(..=colon).is_some_and(|start| start.eq_ignore_ascii_case(&right[..=colon]))
}

/// `start` and the address in `rest`, which may lack or mistake the keyword and the colon.
fn path_command(start: &str, keywords: [&str; 4], joined: bool, rest: &str) -> String {
    let mut rest = rest.trim_start().trim_start_matches(':').trim_start();
    let word = &rest[..rest.find([' ', ':', '<']).unwrap_or(rest.len())];
    if !joined && keywords.iter().any(|keyword| keyword.eq_ignore_ascii_case(word)) {
        rest = &rest[word.len()..];
    }
    let path = rest.trim_start().trim_start_matches(':').trim_start();
    if path.is_empty() || path.starts_with('<') {
        return format!("{start}{path}");
    }
    let (address, parameters) = path.split_at(path.find(' ').unwrap_or(path.len()));
    format!("{start}<{address}>{parameters}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_told_from_verbs_and_from_noise() {
        for (word, verb) in [
            ("hello", Some("HELO")),
            ("ehol", Some("EHLO")),
            ("helol", Some("HELO")),
            ("recpt", Some("RCPT")),
            ("mial", Some("MAIL")),
            ("quti", Some("QUIT")),
            ("quite", Some("QUIT")),
            ("retrieve", Some("RETR")),
            ("delete", Some("DELE")),
            ("startls", Some("STARTTLS")),
            ("start-tls", Some("STARTTLS")),
            ("exit", Some("QUIT")),
            ("HeLo", None),
            ("XCLIENT", None),
            ("stls", None),
            ("retrive", Some("RETR")),
            ("deleted", Some("DELE")),
            ("rctp", Some("RCPT")),
            ("frobnicate", None),
            ("****", None),
            ("", None),
            ("ü", None),
        ] {
            assert_eq!(spelling(word), verb, "{word}");
        }
    }

    #[test]
    fn lines_are_corrected() {
        for (line, right) in [
            ("hello dell01", Some("HELO dell01")),
            ("MAIL FROM ada@example.org", Some("MAIL FROM:<ada@example.org>")),
            ("mail form:<ada@example.org>", Some("MAIL FROM:<ada@example.org>")),
            ("MAILFROM:<ada@example.org>", Some("MAIL FROM:<ada@example.org>")),
            ("MAIL ada@example.org SIZE=5", Some("MAIL FROM:<ada@example.org> SIZE=5")),
            ("MAIL TO:<ada@example.org>", Some("MAIL FROM:<ada@example.org>")),
            ("RCPT bob@example.org", Some("RCPT TO:<bob@example.org>")),
            ("RCPT FROM:<bob@example.org>", Some("RCPT TO:<bob@example.org>")),
            ("RCTP TO:<bob@example.org>", Some("RCPT TO:<bob@example.org>")),
            ("rcpt to bob@example.org", Some("RCPT TO:<bob@example.org>")),
            ("MAIL", Some("MAIL FROM:")),
            ("to: bob@example.org", Some("RCPT TO:<bob@example.org>")),
            ("RCPT: TO", Some("RCPT TO:")),
            ("RCPT: TO:<bob@example.org>", Some("RCPT TO:<bob@example.org>")),
            ("rctp to:<bob@example.org>", Some("RCPT TO:<bob@example.org>")),
            ("MAIL FROM <a@b>", Some("MAIL FROM:<a@b>")),
            ("MAIL FORM:", Some("MAIL FROM:")),
            ("ehlo:", Some("EHLO")),
            ("ehlo: lab.test", Some("EHLO lab.test")),
            ("mail from: webmaster@example.org", None),
            ("RCPT TO: <bob@example.org>", None),
            ("MAIL FROM:<>", None),
            ("EHLO lab.test", None),
            ("quit ", None),
            ("XYZZY ü", None),
            ("", None),
        ] {
            assert_eq!(command_hint(Side::Smtp, line).map(|hint| hint.right).as_deref(), right, "{line}");
        }
    }

    #[test]
    fn each_protocol_has_its_own_verbs() {
        for (line, right) in [
            ("retrive 1", Some("RETR 1")),
            ("delete 2", Some("DELE 2")),
            ("quti", Some("QUIT")),
            ("starttls", Some("STLS")),
            ("user: ada", Some("USER ada")),
            ("capa:", Some("CAPA")),
            ("DELE 1", None),
            ("hello lab.test", None),
            ("MAIL ada@example.org", None),
            ("mailfrom:<a@b>", None),
            ("LIST", None),
        ] {
            assert_eq!(command_hint(Side::Pop3, line).map(|hint| hint.right).as_deref(), right, "{line}");
        }
        assert_eq!(command_hint(Side::Smtp, "stls").map(|hint| hint.right).as_deref(), Some("STARTTLS"));
        assert_eq!(command_hint(Side::Smtp, "delete 2"), None);
        assert!(is_begun(Side::Smtp, "mai") && is_begun(Side::Pop3, "dele") && is_begun(Side::Pop3, ""));
        assert!(!is_begun(Side::Smtp, "dele") && !is_begun(Side::Smtp, "ü") && !is_begun(Side::Pop3, "retri"));
    }
}
