//! Draft → octets → mail-parser gives the draft back.

use mail_parser::MessagePart;

use super::*;
use crate::mail::{Format, Mailbox};

/// Text that a header keeps as it is: blanks at its ends, and encoded words that somebody typed, are none.
fn phrase() -> impl Strategy<Value = String> {
    let texts = prop_oneof!["[ -~]{1,120}", "[^\\p{C}\\p{Z}]{1,40}", "[a-zäöü中👍\"\\\\;,()<>@%*' ]{1,60}"];
    texts
        .prop_map(|text| text.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "))
        .prop_filter("no encoded words, something left", |text| !text.is_empty() && !text.contains("=?"))
}

fn people() -> impl Strategy<Value = Vec<Mailbox>> {
    let one = (proptest::option::of(phrase()), "[a-z0-9]{1,12}", "[a-z]{1,12}")
        .prop_map(|(name, local, domain)| Mailbox { name, address: format!("{local}@{domain}.example") });
    proptest::collection::vec(one, 0..5)
}

fn attached() -> impl Strategy<Value = Attachment> {
    let text = "([ -~äö中]|\n|\r\n){0,200}".prop_map(|text| ("text/plain", text.into_bytes()));
    let octets = proptest::collection::vec(any::<u8>(), 0..300).prop_map(|bytes| ("application/x-thing", bytes));
    (phrase(), prop_oneof![text, octets], any::<bool>()).prop_map(|(name, (kind, bytes), inline)| Attachment {
        inline,
        ..Attachment::new(name, kind, Content::Bytes(bytes.into()))
    })
}

fn list(people: &[Mailbox]) -> String {
    people.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn read(address: Option<&mail_parser::Address<'_>>) -> Vec<Mailbox> {
    let one = |addr: &mail_parser::Addr<'_>| Mailbox {
        name: addr.name().map(str::to_owned),
        address: addr.address().unwrap_or_default().to_owned(),
    };
    address.map(|address| address.iter().map(one).collect()).unwrap_or_default()
}

fn is_inline(part: &MessagePart<'_>) -> bool {
    part.content_disposition().is_some_and(mail_parser::ContentType::is_inline)
}

fn lines(text: &str) -> Vec<String> {
    text.replace("\r\n", "\n").trim_end_matches('\n').split('\n').map(str::to_owned).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn every_field_comes_back(
        people in proptest::array::uniform4(people()),
        subject in phrase(),
        body in "([^\\p{C}]|\n){0,200}|[ -~\n]{0,200}",
        header in phrase(),
        attachments in proptest::collection::vec(attached(), 0..4),
        format in prop_oneof![Just(Format::Plain), Just(Format::Markdown)],
        eight_bit: bool,
    ) {
        let [from, to, cc, reply_to] = &people;
        let draft = Draft {
            from: list(from), to: list(to), cc: list(cc), reply_to: list(reply_to), subject: subject.clone(),
            body: body.clone(), headers: vec![("X-Kept".into(), header.clone())], attachments: attachments.clone(),
            format, eight_bit, message_id: Some("1@h.example".into()), ..Draft::default()
        };
        let built = draft.build(&now(), "h").unwrap_or_else(|faults| panic!("{faults:?}"));
        let mail = octets(&built);
        let shown = String::from_utf8_lossy(&mail).into_owned();
        prop_assert!(built.longest_line <= 998 && built.octets == mail.len() as u64);
        let message = MessageParser::default().parse(&mail).expect("a mail");
        for (read, typed) in [
            (read(message.from()), from), (read(message.to()), to),
            (read(message.cc()), cc), (read(message.reply_to()), reply_to),
        ] {
            prop_assert_eq!(&read, typed, "{}", shown);
        }
        prop_assert_eq!(message.subject(), Some(subject.as_str()), "{}", shown);
        prop_assert_eq!(message.message_id(), Some("1@h.example"));
        prop_assert_eq!(message.date().map(mail_parser::DateTime::to_timestamp), Some(now().timestamp().as_second()));
        let other = MessageParser::new().header_text(mail_parser::HeaderName::Other("X-Kept".into()));
        let other = other.parse(&mail).expect("a mail");
        let kept = other.header("X-Kept").and_then(|value| value.as_text()).map(str::trim);
        prop_assert_eq!(kept, Some(header.as_str()), "{}", shown);
        let plain = message.parts.iter().find(|part| part.is_text()).expect("the text");
        prop_assert_eq!(lines(&String::from_utf8_lossy(plain.contents())), lines(&body), "{}", shown);
        if format == Format::Markdown {
            prop_assert!(message.parts.iter().any(MessagePart::is_text_html), "{}", shown);
        }
        let named: Vec<&MessagePart<'_>> =
            message.parts.iter().filter(|part| part.attachment_name().is_some()).collect();
        prop_assert_eq!(named.len(), attachments.len(), "{}", shown);
        for (part, attachment) in named.into_iter().zip(&attachments) {
            let Content::Bytes(bytes) = &attachment.content else { unreachable!("all are in memory") };
            // Of a quoted name with escapes, mail-parser keeps a fold (RFC 5322 3.2.4 lets one stand there).
            let name = part.attachment_name().unwrap_or_default().replace("\r\n", "");
            prop_assert_eq!(&name, &attachment.name, "{}", shown);
            prop_assert_eq!((part.contents(), is_inline(part)), (&bytes[..], attachment.inline), "{}", shown);
        }
    }
}

#[test]
fn eight_bit_text_goes_as_it_is_only_when_asked() {
    let draft = Draft { body: "Grüße\n.\n".into(), ..draft() };
    assert!(!build(&draft).eight_bit);
    let built = Draft { eight_bit: true, ..draft.clone() }.build(&now(), "h").expect("good");
    assert!(built.eight_bit && text(&built).contains("charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"));
    assert_eq!(&octets(&built)[built.body_at..], "Grüße\r\n.\r\n".as_bytes());
    let long = Draft { body: "ü".repeat(500), eight_bit: true, ..draft.clone() };
    assert!(!build(&long).eight_bit, "a line over 998 octets is encoded all the same");
    assert!(!build(&Draft { body: "plain\n".into(), eight_bit: true, ..draft }).eight_bit);
}

#[test]
fn markdown_goes_as_typed_and_as_html() {
    let markdown = |attachments| Draft {
        body: "# Plan\n\n*Soon* <b>\n".into(),
        format: Format::Markdown,
        message_id: Some("1@h".into()),
        attachments,
        ..draft()
    };
    let alone = text(&build(&markdown(Vec::new())));
    assert!(alone.contains("Content-Type: multipart/alternative; boundary=\"=_a.1h\"\r\n"), "{alone}");
    assert!(alone.contains("\r\n\r\n# Plan\r\n\r\n*Soon* <b>\r\n\r\n--=_a.1h\r\nContent-Type: text/html; "), "{alone}");
    assert!(alone.contains("<h1>Plan</h1>\r\n<p><em>Soon</em> &lt;b&gt;</p>\r\n"), "{alone}");
    let beside = text(&build(&markdown(vec![attachment("a", "image/png", b"1")])));
    let mixed = beside.find("multipart/mixed").expect("outside");
    assert!(mixed < beside.find("multipart/alternative").expect("inside"), "{beside}");
    assert!(beside.ends_with("--=_m.1h--\r\n"), "{beside}");
}
