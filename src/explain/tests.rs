use super::*;
use crate::pop3::Status;

fn smtp(verb: &str, line: &str) -> Card {
    let question = Question::smtp_line(verb, line).unwrap_or_else(|| panic!("{line} is a reply"));
    reply(&question).unwrap_or_else(|| panic!("no card for {verb}: {line}"))
}

fn pop3(verb: &str, line: &str) -> Card {
    let question = Question::pop3_line(verb, line).unwrap_or_else(|| panic!("{line} is a response"));
    reply(&question).unwrap_or_else(|| panic!("no card for {verb}: {line}"))
}

#[test]
fn every_registered_code_has_a_card_of_its_own() {
    let codes = [
        211, 214, 220, 221, 235, 250, 251, 252, 253, 334, 354, 421, 432, 450, 451, 452, 454, 455, 458, 459, 500, 501,
        502, 503, 504, 521, 530, 534, 535, 538, 550, 551, 552, 553, 554, 555, 556,
    ];
    for code in codes {
        let own = smtp("X", &format!("{code} words"));
        let class = smtp("X", &format!("{} words", code / 100 * 100 + 99));
        assert_ne!(own.meaning, class.meaning, "{code}");
        assert!(own.line().starts_with(&format!("{code} {}: ", own.class)), "{}", own.line());
    }
    assert_eq!(reply(&Question::smtp_line("X", "199 words").expect("three digits")), None);
}

#[test]
fn the_wordings_that_people_meet_have_cards_of_their_own() {
    for (verb, line, title, key, field) in [
        (
            "MAIL",
            "501 a@b.c... Sender domain must exist",
            "The sender's domain must exist",
            "next-command",
            Some("from"),
        ),
        (
            "MAIL",
            "451 4.1.8 Domain of sender address a@b does not resolve",
            "The sender's domain must exist",
            "next-command",
            Some("from"),
        ),
        ("RCPT", "503 Need MAIL before RCPT", "MAIL before RCPT", "next-command", Some("from")),
        ("RCPT", "503 5.5.1 Error: need MAIL command", "MAIL before RCPT", "next-command", Some("from")),
        ("RCPT", "550 bob@x.test... Relaying Denied", "Relaying denied", "prompt", Some("from")),
        ("RCPT", "554 5.7.1 <bob@x.test>: Relay access denied", "Relaying denied", "prompt", Some("from")),
        (
            "RCPT",
            "550 relay not permitted, authentication required",
            "Authentication required",
            "connect",
            Some("user"),
        ),
        ("MAIL", "530 5.7.0 Authentication required", "Authentication required", "connect", Some("user")),
        ("MAIL", "530 5.7.1 no", "Log in first", "connect", Some("user")),
        ("AUTH", "530 5.7.0 Must issue a STARTTLS command first", "TLS required", "connect", None),
        (
            "MAIL",
            "553 5.7.1 Sender address rejected: not owned by user ada",
            "Sender of a foreign domain",
            "next-command",
            Some("from"),
        ),
        ("MAIL", "501 blank sender is not allowed", "Blank sender refused", "next-command", Some("from")),
        (
            "RCPT",
            "550 5.1.1 <x@y>: Recipient address rejected: User unknown in local recipient table",
            "Recipient unknown",
            "next-command",
            Some("to"),
        ),
        (
            "RCPT",
            "550 No such user, will be sent to the postmaster",
            "Unknown recipient, mail goes to the postmaster",
            "prompt",
            Some("to"),
        ),
        ("RCPT", "450 4.2.0 Greylisted, see http://x", "Greylisting", "send", None),
        ("RCPT", "451 4.7.1 Please try again in 60 s", "Greylisting", "send", None),
        ("RCPT", "552 5.2.2 Mailbox full", "Mailbox full", "next-command", None),
        (".", "552 5.3.4 Message size exceeds fixed limit", "Mail too big", "send", Some("body")),
        ("HELO", "501 Invalid domain name", "HELO name does not fit", "next-command", Some("helo")),
        ("MAIL", "503 Polite people say HELO first", "Greeting is missing", "next-command", Some("helo")),
        ("GREETING", "554 5.7.1 blocked using zen.example", "Your address is blocked", "connect", None),
        ("NOOP", "421 4.4.2 closing", "Service closing", "connect", None),
        ("HELLO", "500 what", "Command not recognised", "next-command", Some("command")),
        ("AUTH", "535 5.7.8 bad", "User name or password wrong", "connect", Some("password")),
    ] {
        let card = smtp(verb, line);
        let found = (card.title.as_str(), card.key.as_deref(), card.field.as_deref());
        assert_eq!(found, (title, Some(key), field), "{verb}: {line}");
    }
}

#[test]
fn what_extensions_refuse_has_cards_of_its_own() {
    for (verb, line, title) in [
        ("BDAT", "250 2.0.0 86 octets", "Octets taken"),
        ("BDAT", "503 5.5.1 A piece of this mail was refused; RSET starts over", "BDAT not possible here"),
        ("BDAT", "503 5.5.1 Need RCPT before BDAT", "RCPT before DATA"),
        ("BDAT", "554 no", "Mail refused after its text"),
        ("BDAT", "552 5.3.4 Message size exceeds fixed limit", "Mail too big"),
        ("DATA", "503 5.5.1 Error: DATA after BDAT", "BDAT is under way"),
        ("DATA", "503 5.5.1 A binary mail comes by BDAT only", "A binary mail needs BDAT"),
        ("XCLIENT", "220 sandbox.test ESMTP", "Greeted anew"),
        ("XCLIENT", "550 5.7.0 XCLIENT is for trusted clients", "You may not name another client"),
        ("XCLIENT", "501 5.5.4 Bad XCLIENT attribute name: X", "XCLIENT not understood here"),
        ("XCLIENT", "503 5.5.1 Not in the middle of a mail", "XCLIENT not understood here"),
        ("MAIL", "555 5.5.4 Unsupported option: FOO=1", "Parameters of MAIL or RCPT not known"),
        ("RCPT", "501 5.5.4 Bad NOTIFY parameter syntax", "Request for a report refused"),
        ("MAIL", "555 5.5.4 Unsupported option: RET=HDRS", "Request for a report refused"),
        ("MAIL", "501 5.5.4 DELIVERBY time too short", "Time limit for delivery refused"),
        ("MAIL", "501 5.5.4 A mail is held for 86400 seconds at most", "Later release refused"),
        ("MAIL", "530 5.7.0 REQUIRETLS needs TLS", "REQUIRETLS cannot be kept"),
        (".", "550 5.7.30 no", "REQUIRETLS cannot be kept"),
        ("MAIL", "552 5.3.4 no", "Mail too big for the system"),
        ("RCPT", "451 4.7.1 <a@b>... greylisted, come back later", "Greylisting"),
        ("RCPT", "450 4.7.1 Greylisted for 300 seconds", "Greylisting"),
        ("MAIL", "553 5.6.7 no", "Addresses beyond ASCII not taken"),
        ("MAIL", "553 5.6.7 An address beyond ASCII needs SMTPUTF8", "Characters beyond ASCII"),
        (".", "550 5.6.9 no", "UTF-8 headers cannot be passed on"),
        ("RCPT", "452 4.5.3 no", "Too many recipients"),
        ("MAIL", "421 4.7.0 MAILMAX reached", "Over an announced limit"),
    ] {
        assert_eq!(smtp(verb, line).title, title, "{verb}: {line}");
    }
    let wait = smtp("RCPT", "450 4.7.1 Greylisted for 300 seconds").next;
    assert!(wait.contains("as long as the words say"), "{wait}");
}

#[test]
fn the_causes_of_refused_relaying_are_those_of_the_guides() {
    let card = smtp("RCPT", "550 Relaying denied");
    let told = card.text();
    for part in ["not on this provider's network", "not one of this provider's", "Log in first"] {
        assert!(told.contains(part), "{part}: {told}");
    }
}

#[test]
fn an_accepted_recipient_is_not_a_delivered_mail() {
    assert_eq!(smtp("rcpt", "250 2.1.5 ok").meaning, "Accepted, not yet delivered; a bounce may follow.");
    assert_ne!(smtp("MAIL", "250 ok").meaning, smtp("RCPT", "250 ok").meaning);
}

#[test]
fn the_same_code_means_different_things_after_different_verbs() {
    let titles: std::collections::BTreeSet<String> =
        ["GREETING", "HELO", "MAIL", "RCPT", "DATA"].iter().map(|verb| smtp(verb, "554 no").title).collect();
    assert_eq!(titles.len(), 5, "{titles:?}");
    assert_eq!(smtp("", "220 hi"), smtp("GREETING", "220 hi"));
}

#[test]
fn an_enhanced_code_says_more_than_its_basic_code() {
    let card = smtp("RCPT", "550 5.1.10 no");
    assert_eq!((card.title.as_str(), card.code.as_str()), ("The domain takes no mail", "550 5.1.10"));
    let later = smtp("RCPT", "451 4.4.3 no");
    assert!(later.next.starts_with("Wait, then try again"), "{}", later.next);
    let vague = smtp("RCPT", "550 5.0.0 no");
    assert_eq!(vague.title, "Recipient refused");
    assert!(vague.enhanced.is_some_and(|text| text.starts_with("5.0.0: ")));
    assert_eq!(smtp("MAIL", "250 2.1.0 ok").title, "Sender accepted");
}

#[test]
fn a_second_mail_without_its_sender_is_explained() {
    let question = Question::smtp_line("RCPT", "503 5.5.1 bad sequence").expect("a reply").in_state(SECOND_MAIL);
    assert_eq!(reply(&question).map(|card| card.title).as_deref(), Some("The second mail needs its own MAIL FROM"));
}

#[test]
fn wording_is_found_at_word_starts_only() {
    assert_eq!(smtp("RCPT", "550 misspf is not a wording").title, "Recipient refused");
    assert_eq!(smtp("RCPT", "550 SPF: no").title, "Sender check failed");
    assert_eq!(smtp("RCPT", "250 no such user, but welcome").title, "Recipient accepted");
}

#[test]
fn pop3_is_explained_by_verb_code_and_wording() {
    for (verb, line, title) in [
        ("GREETING", "+OK ready", "Ready"),
        ("GREETING", "-ERR go away", "No POP3 for you here"),
        ("PASS", "-ERR [IN-USE] wait", "Maildrop in use"),
        ("PASS", "-ERR [in-use/other] wait", "Maildrop in use"),
        ("PASS", "-ERR [LOGIN-DELAY] wait", "Too soon after the last login"),
        ("PASS", "-ERR [SYS/TEMP] disk", "Trouble at the server, for now"),
        ("PASS", "-ERR [SYS/PERM] disk", "Trouble at the server, for good"),
        ("PASS", "-ERR [AUTH] no", "User name or password wrong"),
        ("PASS", "-ERR [UNHEARD-OF] no", "Password refused, or maildrop locked"),
        ("PASS", "-ERR Your account is not enabled for POP access", "No POP3 for this account"),
        ("USER", "-ERR Plaintext authentication disallowed on non-secure connections", "TLS required"),
        ("DELE", "+OK message 1 deleted", "Marked for deletion"),
        ("XYZ", "-ERR Unknown command", "Command not known"),
        ("QUIT", "-ERR some deleted messages not removed", "Not all marks carried out"),
        ("AUTH", "+ PDE4", "Login goes on"),
        ("XYZ", "+OK", "Done"),
        ("XYZ", "-ERR", "Refused"),
    ] {
        assert_eq!(pop3(verb, line).title, title, "{verb}: {line}");
    }
}

#[test]
fn every_verb_of_pop3_has_an_answer_both_ways() {
    for verb in [
        "USER", "PASS", "APOP", "STAT", "LIST", "UIDL", "TOP", "RETR", "DELE", "RSET", "NOOP", "CAPA", "STLS", "AUTH",
        "QUIT",
    ] {
        let good = pop3(verb, "+OK");
        assert_ne!(good.title, "Done", "{verb}");
        assert_eq!((good.class, good.code.as_str()), ("OK", "+OK"));
        assert_eq!(pop3(verb, "-ERR").class, "ERR");
    }
}

#[test]
fn engine_types_can_be_asked_about() {
    let found = crate::smtp::Reply { code: 550, enhanced: None, lines: vec!["no".into(), "relaying denied".into()] };
    assert_eq!(reply(&Question::smtp("RCPT", &found)).map(|card| card.title).as_deref(), Some("Relaying denied"));
    let response = crate::pop3::Response { status: Status::Err, code: Some("IN-USE".into()), text: String::new() };
    let card = reply(&Question::pop3("PASS", &response)).expect("a card");
    assert_eq!(card.code, "-ERR [IN-USE]");
}

#[test]
fn capabilities_are_told_in_plain_words() {
    assert!(smtp_capability("size 35882577").is_some_and(|words| words.contains("largest")));
    assert!(smtp_capability("AUTH=LOGIN").is_some_and(|words| words.contains("login")));
    assert!(pop3_capability("SASL PLAIN").is_some());
    assert_eq!(pop3_capability("SIZE"), None);
    assert_eq!(smtp_capability(""), None);
}
