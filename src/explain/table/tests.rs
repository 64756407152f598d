use std::collections::BTreeSet;

use super::*;

const FIELDS: [&str; 9] = ["from", "to", "body", "helo", "host", "port", "user", "password", "command"];

fn all_cards() -> Vec<Card> {
    let table = Table::parse().expect("the tables are sound");
    let smtp = table.smtp.iter().map(|entry| {
        let code = entry.codes[0];
        entry.card(code.to_string(), class(if code < 10 { code * 100 } else { code }))
    });
    let pop3 = table.pop3.iter().map(|entry| entry.card("-ERR".to_owned(), "ERR"));
    let enhanced = table.enhanced.iter().flat_map(|((subject, detail), entry)| {
        [(4, "TEMP"), (5, "PERM")].map(|(class, word)| {
            let code = EnhancedCode { class, subject: *subject, detail: *detail };
            entry.card(code, dotted(code), word)
        })
    });
    smtp.chain(pop3).chain(enhanced).collect()
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
    let lower = |words: &[String]| words.iter().all(|word| !word.is_empty() && *word == word.to_lowercase());
    let upper = |verbs: &[String]| verbs.iter().all(|verb| *verb == verb.to_uppercase());
    for entry in &table.smtp {
        assert!(!entry.codes.is_empty() && entry.status.is_none(), "{entry:?}");
        assert!(lower(&entry.words) && upper(&entry.verbs), "{entry:?}");
        assert!(entry.codes.iter().all(|code| matches!(code, 2..=5 | 200..=599)), "{entry:?}");
        assert!(entry.states.iter().all(|state| state == crate::explain::SECOND_MAIL), "{entry:?}");
    }
    for entry in &table.pop3 {
        assert!(entry.status.is_some() == entry.codes.is_empty(), "{entry:?}");
        assert!(lower(&entry.words) && upper(&entry.verbs) && entry.states.is_empty(), "{entry:?}");
    }
}

#[test]
fn the_enhanced_codes_are_all_there() {
    let table = Table::parse().expect("the tables are sound");
    let last_of_each = [(0, 0), (1, 8), (2, 4), (3, 5), (4, 7), (5, 5), (6, 5), (7, 7)];
    let base: BTreeSet<_> =
        last_of_each.into_iter().flat_map(|(subject, last)| (0..=last).map(move |d| (subject, d))).collect();
    for code in &base {
        assert!(table.enhanced.contains_key(code), "{code:?}");
    }
    let written =
        include_str!("../../../assets/explain/enhanced.toml").lines().filter(|line| line.starts_with('"')).count();
    assert_eq!(table.enhanced.len(), written, "a key that is no pair of numbers was dropped");
}
