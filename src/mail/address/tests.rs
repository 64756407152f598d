use proptest::prelude::*;

use super::check::LONGEST;
use super::*;

fn parsed(text: &str) -> Vec<(Option<String>, String)> {
    let list = AddressList::parse(Field::To, text).unwrap_or_else(|faults| panic!("{text}: {faults:?}"));
    list.mailboxes().map(|mailbox| (mailbox.name.clone(), mailbox.address.clone())).collect()
}

#[test]
fn what_people_type_is_understood() {
    for (text, expected) in [
        ("", &[][..]),
        (" , ;, ", &[]),
        ("a@b", &[(None, "a@b")]),
        ("<a@b>", &[(None, "a@b")]),
        ("Me <user123@example.com>", &[(Some("Me"), "user123@example.com")]),
        ("Ann  Lee <a@b>, c@d", &[(Some("Ann Lee"), "a@b"), (None, "c@d")]),
        ("a@b; c@d;e@f", &[(None, "a@b"), (None, "c@d"), (None, "e@f")]),
        ("\"Quoted, Name\" <a@b>", &[(Some("Quoted, Name"), "a@b")]),
        ("\"a \\\" \\\\ b\" <a@b>", &[(Some("a \" \\ b"), "a@b")]),
        ("a@b (Ann (the first) Lee)", &[(Some("Ann (the first) Lee"), "a@b")]),
        ("(no) Ann (really) <a@b>", &[(Some("Ann"), "a@b")]),
        ("Friends: a@b, \"C\" <c@d>;, e@f", &[(None, "a@b"), (Some("C"), "c@d"), (None, "e@f")]),
        ("undisclosed-recipients:;", &[]),
        ("mailto:a@b", &[(None, "a@b")]),
        ("\"john doe\"@example.org", &[(None, "\"john doe\"@example.org")]),
        ("\"a@b\"@example.org", &[(None, "\"a@b\"@example.org")]),
        ("a@[192.0.2.1], b@[IPv6:2001:db8::1]", &[(None, "a@[192.0.2.1]"), (None, "b@[IPv6:2001:db8::1]")]),
        ("Jörg <j@bücher.example>", &[(Some("Jörg"), "j@bücher.example")]),
        ("Postmaster", &[(None, "Postmaster")]),
        ("o'neil+tag=x@b-c.example", &[(None, "o'neil+tag=x@b-c.example")]),
    ] {
        let expected: Vec<_> = expected.iter().map(|(n, a)| (n.map(str::to_owned), (*a).to_owned())).collect();
        assert_eq!(parsed(text), expected, "{text}");
    }
}

#[test]
fn faults_say_where_and_what_to_try() {
    for (text, at, what) in [
        ("user", 0, "no @"),
        ("a@b, user", 5, "no @"),
        ("Ann <user>", 5, "no @"),
        ("a b@c d@e", 6, "two addresses without a comma"),
        ("joe @x.org", 3, "a space inside"),
        ("joe@ x.org", 4, "a space inside"),
        ("<jo e@x.org>", 3, "a space inside"),
        ("Joe joe@x.org", 4, "a name and an address without"),
        ("a@b@c", 3, "two @"),
        ("a@b <c@d>x", 9, "two addresses"),
        ("<a@b> <c@d>", 6, "two addresses"),
        ("<>", 1, "an empty address"),
        ("@x.org", 0, "nothing before"),
        ("a@", 2, "nothing behind"),
        ("a@b..c", 2, "an empty label"),
        ("a@b,c@.d", 6, "an empty label"),
        ("a@b!c", 3, "! cannot stand in a domain"),
        ("a@b:25", 3, ": cannot stand"),
        ("ö@ü\u{ff1e}.example", 2, "not an internationalized domain"),
        ("\"Ann <a@b>", 0, "a quote that is not closed"),
        ("Ann <a@b", 4, "a < that is not closed"),
        ("a@b (x", 4, "a ( that is not closed"),
        ("a@[1.2", 2, "an address literal"),
        ("a\r\nBcc: x@y", 1, "a line break"),
        ("a@b\u{85}c", 3, "the control character U+0085"),
        ("a@b\u{2028}c", 3, "a space inside"),
    ] {
        let faults = AddressList::parse(Field::Cc, text).expect_err(text);
        assert_eq!((faults[0].field, faults[0].at), (Field::Cc, at), "{text}: {faults:?}");
        assert!(faults[0].what.starts_with(what), "{text}: {faults:?}");
        assert!(!faults[0].advice.is_empty());
    }
}

#[test]
fn every_bad_entry_is_reported_and_good_ones_can_be_salvaged() {
    let text = "a@b, nobody, x@y@z, c@d";
    assert_eq!(AddressList::parse(Field::To, text).expect_err("two are bad").len(), 2);
    assert_eq!(AddressList::salvage(text).to_string(), "a@b, c@d");
}

#[test]
fn an_address_over_the_limit_is_refused() {
    let long = format!("{}@example.org", "x".repeat(LONGEST));
    let faults = AddressList::parse(Field::To, &long).expect_err("too long");
    assert!(faults[0].what.contains("over 254"), "{faults:?}");
}

#[test]
fn nesting_costs_no_stack_and_no_time() {
    for text in
        ["(".repeat(500_000), "[".repeat(300_000), "a:".repeat(300_000), "<".repeat(300_000), "\"".repeat(300_001)]
    {
        let deep =
            std::thread::Builder::new().stack_size(256 * 1024).spawn(move || AddressList::salvage(&text).is_empty());
        deep.expect("a thread can be started").join().expect("no overflow");
    }
}

fn mailbox() -> impl Strategy<Value = Mailbox> {
    let name = proptest::option::of("[^\\p{C}]{1,20}|[A-Za-z]{1,8}( [A-Za-z]{1,8}){0,2}| x|x |a  b");
    let address =
        "([a-z0-9!#$+=_.ü-]{1,12}|\"[a-z @,<>()]{1,8}\")@([a-z0-9é-]{1,8}(\\.[a-z]{1,5}){0,2}|\\[IPv6:::1\\])";
    (name, address).prop_map(|(name, address)| Mailbox { name, address })
}

fn entry() -> impl Strategy<Value = Entry> {
    prop_oneof![
        4 => mailbox().prop_map(Entry::Mailbox),
        1 => ("[^\\p{C}]{1,9}", proptest::collection::vec(mailbox(), 0..3))
            .prop_filter("mailto: is no group", |(name, _)| !name.eq_ignore_ascii_case("mailto"))
            .prop_map(|(name, members)| Entry::Group { name, members }),
    ]
}

proptest! {
    #[test]
    fn parsing_undoes_formatting(entries in proptest::collection::vec(entry(), 0..5)) {
        let list = AddressList(entries);
        let text = list.to_string();
        prop_assert_eq!(AddressList::parse(Field::To, &text), Ok(list), "{}", text);
    }

    #[test]
    fn any_text_is_parsed_without_panic(text in "[\"\\\\()<>@,;:\\[\\]a. \\PC]{0,60}") {
        let accepted = AddressList::salvage(&text);
        for mailbox in accepted.mailboxes() {
            prop_assert!(!mailbox.address.contains(['\r', '\n', '\0']));
        }
    }
}
