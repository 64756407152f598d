//! A question as a person writes it: a reply, a code by itself, a capability, a command, the name of a failure.

use std::borrow::Cow;

use super::failure;
use super::question::enhanced_code;
use super::table::table;
use super::{Answer, Card, Question, command, mechanism, parameter, pop3_capability, reply, smtp_capability};
use crate::smtp::EnhancedCode;
use crate::wire::Side;

/// What is known of where the words came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct About<'a> {
    /// The verb they answer; it is guessed where none is given.
    pub verb: Option<&'a str>,
    /// One of the [`super::STATES`].
    pub state: Option<&'a str>,
    /// The protocol; both are tried where none is given.
    pub side: Option<Side>,
}

/// The cards for what somebody asks, the one that fits best first. Empty when nothing of it is known.
pub fn asked(text: &str, about: About<'_>) -> Vec<Card> {
    let text = text.trim();
    if let Some(question) = replied(text, about) {
        return of_reply(&question, text);
    }
    if let Some(card) = coded(text, about) {
        return vec![card];
    }
    let mut cards = named(text, about.side);
    if cards.is_empty() {
        cards.extend(failure::named(text));
    }
    cards
}

/// The question about a reply of either protocol, in its whole or by its response code alone (`[IN-USE]`).
fn replied<'a>(text: &'a str, about: About<'a>) -> Option<Question<'a>> {
    let verb = about.verb.unwrap_or_else(|| likely_verb(text));
    let smtp = || Question::smtp_line(verb, text).filter(|_| about.side != Some(Side::Pop3));
    let pop3 = || Question::pop3_line(about.verb.unwrap_or("?"), text).filter(|_| about.side != Some(Side::Smtp));
    let question = smtp().or_else(pop3).or_else(|| response_code(text))?;
    Some(match about.state {
        Some(state) => question.in_state(state),
        None => question,
    })
}

fn response_code(text: &str) -> Option<Question<'_>> {
    let code = text.strip_prefix('[')?.split_once(']')?.0;
    let answer = Answer::Pop3 { status: crate::pop3::Status::Err, code: Some(code) };
    Some(Question { verb: "?", state: None, answer, text: Cow::Borrowed("") })
}

/// The card of the reply, and what its lines announce if they are those of EHLO.
fn of_reply(question: &Question<'_>, text: &str) -> Vec<Card> {
    let mut cards: Vec<Card> = reply(question).into_iter().collect();
    if let Some(line) = text.strip_prefix("250-").or_else(|| text.strip_prefix("250 "))
        && line.starts_with(|letter: char| letter.is_ascii_uppercase() || letter.is_ascii_digit())
        && let Some(words) = smtp_capability(line)
    {
        cards.insert(0, name_card(line, "announced by EHLO", words));
    }
    cards
}

/// An enhanced code alone, or in front of words.
fn coded(text: &str, about: About<'_>) -> Option<Card> {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    let code = enhanced_code(word.trim_start_matches('#').trim_matches(['(', ')', ':']))?;
    if rest.trim().is_empty() && about.verb.is_none() {
        return table().enhanced_card(code);
    }
    let EnhancedCode { class, .. } = code;
    let verb = about.verb.unwrap_or_else(|| likely_verb(text));
    let answer = Answer::Smtp { code: u16::from(class) * 100 + 50, enhanced: Some(code) };
    let card = reply(&Question { verb, state: about.state, answer, text: Cow::Borrowed(rest) })?;
    Some(Card { code: word.to_owned(), ..card })
}

/// The cards of capabilities, commands, parameters and mechanisms of that name.
fn named(text: &str, side: Option<Side>) -> Vec<Card> {
    let stripped = text.strip_prefix("EHLO ").or_else(|| text.strip_prefix("CAPA "));
    let text = stripped.filter(|rest| !rest.contains('.') && smtp_capability(rest).is_some()).unwrap_or(text);
    let on = |wanted: Side| side.is_none_or(|side| side == wanted);
    let verb = text.split([' ', ':']).next().unwrap_or_default();
    let found = [
        ("announced by EHLO", smtp_capability(text).filter(|_| on(Side::Smtp))),
        ("announced by CAPA", pop3_capability(text).filter(|_| on(Side::Pop3))),
        ("command of SMTP", command(Side::Smtp, verb).filter(|_| on(Side::Smtp))),
        ("command of POP3", command(Side::Pop3, verb).filter(|_| on(Side::Pop3))),
        ("parameter of MAIL or RCPT", parameter(text).filter(|_| on(Side::Smtp))),
        ("way of logging in (SASL)", mechanism(text)),
    ];
    let mut cards: Vec<Card> = found
        .into_iter()
        .filter_map(|(title, words)| Some(name_card(verb.split('=').next()?, title, words?)))
        .collect();
    let behind = text.split_whitespace().skip(1);
    cards.extend(behind.filter_map(|word| part_card(word, verb)));
    cards
}

/// What stands behind a name: parameters, or mechanisms behind AUTH and SASL.
fn part_card(word: &str, verb: &str) -> Option<Card> {
    let name = word.split('=').next()?;
    if verb.eq_ignore_ascii_case("AUTH") || verb.eq_ignore_ascii_case("SASL") {
        return Some(name_card(name, "way of logging in (SASL)", mechanism(word)?));
    }
    Some(name_card(name, "parameter of MAIL or RCPT", parameter(word)?))
}

/// `words`: of the tables, with the source in brackets at the end.
fn name_card(name: &str, title: &str, words: &str) -> Card {
    let (meaning, source) = match words.rsplit_once(" (RFC ") {
        Some((meaning, source)) => (meaning, format!("RFC {}", source.trim_end_matches(").").trim_end_matches(')'))),
        None => (words.trim_end_matches('.'), String::new()),
    };
    let mut letters = meaning.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    Card {
        code: name.to_ascii_uppercase(),
        title: title.to_owned(),
        class: "",
        meaning: format!("{first}{}.", letters.as_str().trim_end_matches('.')),
        causes: Vec::new(),
        next: String::new(),
        key: None,
        field: None,
        rfc: source,
        enhanced: None,
        temporary: None,
        product: None,
        background: None,
    }
}

/// Fragments that tell which command a reply answers, in small letters.
const TRACES: [(&str, &str); 22] = [
    ("in reply to mail from", "MAIL"),
    ("in reply to rcpt to", "RCPT"),
    ("in reply to end of data", "."),
    ("in reply to data", "DATA"),
    ("in reply to ehlo", "EHLO"),
    ("in reply to helo", "HELO"),
    ("after mail from", "MAIL"),
    ("after rcpt to", "RCPT"),
    ("after end of data", "."),
    ("after data", "."),
    ("after pipelined end of data", "."),
    ("sender address", "MAIL"),
    ("sender domain", "MAIL"),
    ("sender ok", "MAIL"),
    ("recipient", "RCPT"),
    ("user unknown", "RCPT"),
    ("no such user", "RCPT"),
    ("relay", "RCPT"),
    ("authenticat", "AUTH"),
    ("queued", "."),
    ("message accepted", "."),
    ("esmtp", "GREETING"),
];

/// The verb that a reply most likely answers, from its words and codes; `?` when nothing tells.
pub(super) fn likely_verb(text: &str) -> &'static str {
    let small = text[..text.floor_char_boundary(1_000)].to_lowercase();
    if let Some((_, verb)) = TRACES.iter().find(|(trace, _)| small.contains(trace)) {
        return verb;
    }
    match small.get(..3).unwrap_or_default() {
        "235" | "334" | "534" | "535" | "538" | "432" | "454" => return "AUTH",
        "354" => return "DATA",
        "221" => return "QUIT",
        "220" => return "GREETING",
        _ => {}
    }
    // 550-5.7.1 comes as one word.
    let enhanced = small.split([' ', '-']).take(2).find_map(enhanced_code);
    match enhanced.map(|code| (code.subject, code.detail)) {
        Some((1, 7 | 8)) => "MAIL",
        Some((1, _) | (2, 1 | 2)) => "RCPT",
        _ => "?",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn titles(text: &str) -> Vec<String> {
        asked(text, About::default()).into_iter().map(|card| card.title).collect()
    }

    #[test]
    fn questions_are_understood_as_people_write_them() {
        for (text, title) in [
            ("550 5.7.1 <bob@x>: Relay access denied", "Relaying denied"),
            ("550", "Mailbox not available"),
            ("5.7.1", "Not permitted"),
            ("#5.1.1", "No such mailbox"),
            ("5.2.2 The mailbox is over quota", "Mailbox full"),
            ("-ERR [IN-USE] busy", "Maildrop in use"),
            ("-ERR [IN-USE]", "Maildrop in use"),
            ("[SYS/PERM]", "Trouble at the server, for good"),
            ("STARTTLS", "announced by EHLO"),
            ("starttls", "announced by EHLO"),
            ("EHLO PIPELINING", "announced by EHLO"),
            ("250-SIZE 35882577", "announced by EHLO"),
            ("UIDL", "announced by CAPA"),
            ("NOTIFY=NEVER", "parameter of MAIL or RCPT"),
            ("SCRAM-SHA-256", "way of logging in (SASL)"),
            ("certificate_unknown", "certificate_unknown"),
            ("NXDOMAIN", "The host name does not exist"),
            ("2.1.5", "Good news"),
            ("501 sender domain must exist", "The sender's domain must exist"),
        ] {
            assert_eq!(titles(text).first().map(String::as_str), Some(title), "{text}");
        }
        assert!(titles("lorem ipsum").is_empty() && titles("").is_empty());
    }

    #[test]
    fn what_stands_behind_a_name_is_explained_too() {
        let codes = |text| asked(text, About::default()).into_iter().map(|card| card.code).collect::<Vec<_>>();
        assert_eq!(codes("AUTH PLAIN XOAUTH2"), ["AUTH", "AUTH", "AUTH", "AUTH", "AUTH", "PLAIN", "XOAUTH2"]);
        assert!(codes("MAIL FROM:<a@b> BODY=8BITMIME").contains(&"BODY".to_owned()));
    }

    #[test]
    fn verb_and_state_that_are_given_count() {
        let card = |verb, state| {
            asked("554 no", About { verb: Some(verb), state, side: None }).into_iter().next().expect("a card").title
        };
        assert_eq!(card("DATA", None), "No recipient yet");
        assert_eq!(card("GREETING", None), "No service for you");
        let about = About { verb: Some("RCPT"), state: Some(super::super::SIGNED_IN), side: None };
        let relay = asked("554 Relay access denied", about);
        assert_eq!(relay[0].title, "Relaying denied although you are logged in");
    }

    #[test]
    fn the_other_protocol_is_left_out_when_one_is_named() {
        let about = About { side: Some(Side::Pop3), ..About::default() };
        assert!(asked("STARTTLS", about).is_empty());
        assert!(asked("550 no", about).is_empty());
        assert_eq!(asked("PIPELINING", about)[0].title, "announced by CAPA");
    }

    #[test]
    fn hostile_questions_do_no_harm() {
        for text in ["ü", "55ü", "4.", "4.7.1000000", "[", "[]", "alert ", "alert 999", "250-", "\u{1b}[31m", "=", ":"]
        {
            asked(text, About::default());
        }
    }
}
