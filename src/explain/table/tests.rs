use std::collections::BTreeSet;

use super::super::said::WORDING;
use super::*;

const FIELDS: [&str; 9] = ["from", "to", "body", "helo", "host", "port", "user", "password", "command"];

fn all_cards() -> Vec<Card> {
    let table = Table::parse().expect("the tables are sound");
    let smtp = table.smtp.iter().map(|entry| {
        let code = entry.codes[0];
        entry.card(code.to_string(), class(if code < 10 { code * 100 } else { code }))
    });
    let pop3 = table.pop3.iter().map(|entry| entry.card("-ERR".to_owned(), "ERR"));
    let failures = table.failures.iter().map(|entry| entry.card("x".to_owned(), "ERR"));
    let alerts = table.alerts.iter().map(|(name, alert)| alert.card(name));
    let enhanced = table.enhanced.iter().flat_map(|((subject, detail), entry)| {
        [(4, "TEMP"), (5, "PERM")].map(|(class, word)| {
            let code = EnhancedCode { class, subject: *subject, detail: *detail };
            entry.card(code, dotted(code), word)
        })
    });
    smtp.chain(pop3).chain(failures).chain(alerts).chain(enhanced).collect()
}

#[test]
fn every_card_has_all_its_texts() {
    for card in all_cards() {
        let named = format!("{} {}", card.code, card.title);
        assert!((3..=60).contains(&card.title.len()) && !card.title.ends_with('.'), "{named}");
        for (text, most) in [(&card.meaning, 170), (&card.next, 200)] {
            assert!((10..=most).contains(&text.len()), "{named}: {} octets: {text}", text.len());
        }
        for sentence in card.causes.iter().chain([&card.meaning, &card.next]) {
            assert!(sentence.ends_with('.') && !sentence.ends_with(".."), "{named}: {sentence}");
            assert!(sentence.starts_with(char::is_uppercase) || sentence.starts_with("8-bit"), "{named}: {sentence}");
            assert!(!sentence.contains("  ") && sentence.len() <= 200, "{named}: {sentence}");
        }
        // XCLIENT is in no RFC.
        let source = if card.rfc.contains("XCLIENT") { "Postfix XCLIENT_README" } else { "RFC " };
        assert!(card.rfc.starts_with(source) && card.rfc.len() <= 50, "{named}: {}", card.rfc);
        let good = card.class == "OK" || card.class == "MORE";
        assert!(good || !card.causes.is_empty() || card.class == "ERR", "{named} has no cause");
    }
}

#[test]
fn keys_and_fields_are_known_names() {
    for card in all_cards() {
        let key = card.key.as_deref().expect("each card says what to press");
        assert!(crate::keymap::Action::from_id(key).is_some(), "{}: there is no action {key}", card.title);
        assert!(card.field.as_deref().is_none_or(|field| FIELDS.contains(&field)), "{}: {:?}", card.title, card.field);
    }
}

#[test]
fn conditions_can_hold() {
    let table = Table::parse().expect("the tables are sound");
    let lower =
        |words: &[String]| words.iter().all(|word| (1..=WORDING).contains(&word.len()) && *word == word.to_lowercase());
    let upper = |verbs: &[String]| verbs.iter().all(|verb| *verb == verb.to_uppercase());
    for entry in &table.smtp {
        assert!(!entry.codes.is_empty() && entry.status.is_none(), "{entry:?}");
        assert!(lower(&entry.words) && upper(&entry.verbs), "{entry:?}");
        assert!(entry.codes.iter().all(|code| matches!(code, 2..=5 | 200..=599)), "{entry:?}");
        assert!(entry.states.iter().all(|state| crate::explain::STATES.contains(&state.as_str())), "{entry:?}");
    }
    for entry in &table.pop3 {
        assert!(entry.status.is_some() == entry.codes.is_empty(), "{entry:?}");
        assert!(lower(&entry.words) && upper(&entry.verbs) && entry.states.is_empty(), "{entry:?}");
    }
}

/// The enhanced codes of the IANA registry, class left out: the last detail of each subject.
const LAST_DETAILS: [(u16, u16); 8] = [(0, 0), (1, 10), (2, 4), (3, 6), (4, 7), (5, 6), (6, 10), (7, 30)];

/// The reply codes of RFC 5321 and its extensions, and those that only the registry of enhanced codes names.
const REPLY_CODES: [u16; 46] = [
    211, 214, 220, 221, 235, 250, 251, 252, 253, 334, 354, 355, 421, 422, 430, 432, 450, 451, 452, 453, 454, 455, 458,
    459, 500, 501, 502, 503, 504, 521, 523, 524, 525, 530, 533, 534, 535, 538, 550, 551, 552, 553, 554, 555, 556, 513,
];

#[test]
fn coverage_of_the_enhanced_codes() {
    let table = Table::parse().expect("the tables are sound");
    let registered: BTreeSet<_> =
        LAST_DETAILS.into_iter().flat_map(|(subject, last)| (0..=last).map(move |detail| (subject, detail))).collect();
    let known: BTreeSet<_> = table.enhanced.keys().copied().collect();
    assert_eq!(known, registered, "no registered code without a card, and none that is not registered");
    let written =
        include_str!("../../../assets/explain/enhanced.toml").lines().filter(|line| line.starts_with('"')).count();
    assert_eq!(table.enhanced.len() + table.success.len(), written, "a key that is no pair of numbers was dropped");
    assert!(table.success.keys().all(|key| known.contains(key)));
    for (&(subject, detail), entry) in &table.enhanced {
        for class in [2, 4, 5] {
            let code = EnhancedCode { class, subject, detail };
            assert!(table.enhanced_card(code).is_some_and(|card| card.code == dotted(code)), "{code:?}");
        }
        for basic in &entry.basic {
            let (class, line) = (basic / 100, format!("{basic} {}.{subject}.{detail} words", basic / 100));
            let question = Question::smtp_line("X", &line).expect("a reply");
            let card = crate::explain::reply(&question).expect("a card");
            let told = card.enhanced.is_some() || card.title == entry.title || class == 2;
            assert!(told, "{line}: nothing says what the enhanced code is about");
        }
    }
}

#[test]
fn coverage_of_the_reply_codes() {
    let table = Table::parse().expect("the tables are sound");
    for code in REPLY_CODES {
        let own = |entry: &Entry<u16>| entry.codes.contains(&code) && entry.words.is_empty() && entry.states.is_empty();
        assert!(table.smtp.iter().any(own), "{code} has no card");
    }
    let known: BTreeSet<u16> =
        table.smtp.iter().flat_map(|entry| entry.codes.iter().copied()).filter(|code| *code > 99).collect();
    for code in known {
        assert!(REPLY_CODES.contains(&code), "{code} is in no list");
    }
    let basic: BTreeSet<u16> = table.enhanced.values().flat_map(|entry| entry.basic.iter().copied()).collect();
    assert!(basic.iter().all(|code| REPLY_CODES.contains(code)), "{basic:?}");
}

#[test]
fn coverage_of_the_response_codes_of_pop3() {
    let table = Table::parse().expect("the tables are sound");
    for code in ["LOGIN-DELAY", "IN-USE", "SYS/TEMP", "SYS/PERM", "AUTH", "UTF8"] {
        assert!(table.pop3.iter().any(|entry| entry.codes.iter().any(|known| known == code)), "{code}");
    }
}

#[test]
fn coverage_of_capabilities_parameters_and_mechanisms() {
    let known = Table::parse().expect("the tables are sound").capabilities;
    let keywords = "SEND SOML SAML EXPN HELP TURN 8BITMIME SIZE VERB ONEX CHUNKING BINARYMIME CHECKPOINT DELIVERBY \
                    PIPELINING DSN ETRN ENHANCEDSTATUSCODES STARTTLS NO-SOLICITING MTRK SUBMITTER ATRN AUTH \
                    FUTURERELEASE CONPERM CONNEG SMTPUTF8 MT-PRIORITY RRVS REQUIRETLS LIMITS BURL UTF8SMTP";
    let tags = "TOP USER SASL RESP-CODES LOGIN-DELAY PIPELINING EXPIRE UIDL IMPLEMENTATION AUTH-RESP-CODE STLS LANG \
                UTF8";
    let mechanisms = "PLAIN LOGIN CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-1-PLUS SCRAM-SHA-256 SCRAM-SHA-256-PLUS \
                      EXTERNAL ANONYMOUS GSSAPI GS2-KRB5 KERBEROS_V4 NTLM OTP SKEY SECURID OAUTHBEARER XOAUTH2 SAML20 \
                      OPENID20";
    let parameters = "SIZE BODY RET ENVID AUTH SMTPUTF8 BY HOLDFOR HOLDUNTIL MT-PRIORITY REQUIRETLS MTRK SOLICIT \
                      SUBMITTER NOTIFY ORCPT RRVS CONNEG CONPERM TRANSID";
    for (list, names) in
        [(&known.smtp, keywords), (&known.pop3, tags), (&known.sasl, mechanisms), (&known.parameters, parameters)]
    {
        for name in names.split_whitespace() {
            assert!(list.contains_key(name), "{name} is not explained");
        }
        for (name, words) in list {
            assert!(words.ends_with('.') && words.len() <= 140 && *name == name.to_uppercase(), "{name}: {words}");
        }
    }
    for fragment in known.products.values().flatten() {
        assert_eq!(*fragment, fragment.to_lowercase(), "wordings are compared in small letters");
    }
}

/// Every card is the answer to each of its samples, so that none is out of reach.
#[test]
fn coverage_each_card_is_chosen_by_its_samples() {
    let table = Table::parse().expect("the tables are sound");
    let mut wrong = Vec::new();
    for entry in &table.smtp {
        judge(&entry.title, &entry.samples, &mut wrong);
    }
    for entry in &table.pop3 {
        judge(&entry.title, &entry.samples, &mut wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn judge(title: &str, samples: &[String], wrong: &mut Vec<String>) {
    if samples.is_empty() {
        wrong.push(format!("{title}: no sample"));
    }
    for sample in samples {
        let (context, line) = sample.split_once(": ").expect("a verb and a reply");
        let (verb, state) = context.split_once(' ').unwrap_or((context, ""));
        let question = Question::smtp_line(verb, line).or_else(|| Question::pop3_line(verb, line));
        let question = question.unwrap_or_else(|| panic!("{sample} is no reply"));
        let question = if state.is_empty() { question } else { question.in_state(state) };
        let card = crate::explain::reply(&question).expect("a card");
        if card.title != title {
            wrong.push(format!("{sample}\n   chooses {:?} instead of {title:?}", card.title));
        }
    }
}

#[test]
fn wordings_are_many_and_none_is_written_twice_in_a_card() {
    let table = Table::parse().expect("the tables are sound");
    let mut count = 0;
    for entry in &table.smtp {
        let different: BTreeSet<&String> = entry.words.iter().collect();
        assert_eq!(different.len(), entry.words.len(), "{}: a wording stands twice", entry.title);
        count += different.len();
    }
    assert!(count > 1_000, "{count}");
}

#[test]
fn a_look_up_takes_no_time_to_speak_of() {
    let long = format!("550 {}", "no mailbox relay spam blocked ".repeat(20_000));
    let question = Question::smtp_line("RCPT", &long).expect("a reply");
    crate::explain::reply(&question).expect("a card");
    let started = std::time::Instant::now();
    for _ in 0..20 {
        crate::explain::reply(&question).expect("a card");
    }
    // Bounded however long the reply is; unoptimized code on a busy machine is slow.
    assert!(started.elapsed() < std::time::Duration::from_secs(5), "{:?}", started.elapsed());
}
