use mail_parser::MessageParser;
use proptest::prelude::*;

use super::*;
use crate::mail::AddressList;
use crate::mail::build::whole;
use crate::mail::{Attachment, Content, message_id};

fn now() -> jiff::Zoned {
    "2026-11-22T14:46:17+01:00[Europe/Berlin]".parse().unwrap()
}

fn own() -> Vec<String> {
    vec!["Bob <bob@B.example>".to_owned()]
}

fn mail(head: &str, text: &str) -> Vec<u8> {
    format!("{head}\r\n\r\n{text}").into_bytes()
}

#[test]
fn an_answer_goes_where_it_is_wanted() {
    let from = "From: =?utf-8?q?J=C3=B6rg?= <j@a.example>";
    for (head, all, to, cc) in [
        (from.to_owned(), false, "Jörg <j@a.example>", ""),
        (format!("{from}\r\nReply-To: r@a.example"), false, "r@a.example", ""),
        (format!("{from}\r\nTo: bob@b.EXAMPLE, c@c.example"), false, "Jörg <j@a.example>", ""),
        (
            format!("{from}\r\nTo: bob@b.EXAMPLE, c@c.example,\r\n\tj@A.example\r\nCc: D <d@d.example>, c@c.example"),
            true,
            "Jörg <j@a.example>",
            "c@c.example, D <d@d.example>",
        ),
        ("From: bob@b.example\r\nTo: c@c.example, bob@b.example".to_owned(), false, "c@c.example", ""),
        ("From: bob@b.example\r\nTo: bob@b.example".to_owned(), true, "bob@b.example", ""),
        ("From: nobody\r\nTo: undisclosed:;".to_owned(), true, "", ""),
        ("From: \"a, b\" <x@a.example>".to_owned(), false, "\"a, b\" <x@a.example>", ""),
    ] {
        let draft = reply(&mail(&head, "hi"), &own(), all);
        assert_eq!((draft.to.as_str(), draft.cc.as_str()), (to, cc), "{head}");
    }
}

#[test]
fn one_prefix_stands_before_the_subject() {
    for (subject, again, on) in [
        ("Lunch", "Re: Lunch", "Fwd: Lunch"),
        ("Re: AW:re[2]: Antw :Lunch", "Re: Lunch", "Fwd: Re: AW:re[2]: Antw :Lunch"),
        ("FW: fwd: Lunch", "Re: FW: fwd: Lunch", "Fwd: Lunch"),
        ("Report: Re", "Re: Report: Re", "Fwd: Report: Re"),
        ("", "Re: ", "Fwd: "),
    ] {
        let mail = mail(&format!("Subject: {subject}"), "x");
        assert_eq!((reply(&mail, &[], false).subject, forward(&mail).subject), (again.to_owned(), on.to_owned()));
    }
}

#[test]
fn the_text_is_quoted_without_the_signature() {
    let head = "From: Ada <ada@x>\r\nDate: Sat, 9 Jun 2001 12:27:28 +0100 (BST)";
    let draft = reply(&mail(head, "Hi\r\n\r\n> old\r\n  far in\r\n\r\n-- \r\nAda\r\n"), &[], false);
    assert_eq!(draft.body, "On Sat, 9 Jun 2001 at 12:27 +0100, Ada wrote:\n> Hi\n>\n>> old\n>   far in\n");
    for (head, first) in [
        ("From: ada@x\r\nDate: nonsense", "ada@x wrote:"),
        ("Subject: x", "somebody wrote:"),
        ("From: a@x\r\nDate: Foo, 9 Jun 2001 12:27:28 GMT", "On Sat, 9 Jun 2001 at 12:27 +0000, a@x wrote:"),
    ] {
        assert_eq!(reply(&mail(head, ""), &[], false).body.lines().next(), Some(first), "{head}");
    }
}

#[test]
fn what_is_too_long_is_left_out_and_said() {
    let draft = reply(&mail("From: a@x", &"line\r\n".repeat(LINES + 7)), &[], false);
    assert_eq!(draft.body.lines().count(), LINES + 2);
    assert!(draft.body.ends_with("[7 more lines are left out.]\n"));
    let many: Vec<String> = (0..9_000).map(|n| format!("person{n}@x.example")).collect();
    let draft = reply(&mail(&format!("From: a@x\r\nTo: {}", many.join(",\r\n ")), ""), &[], true);
    assert!(draft.body.starts_with("[The list of recipients is too long"), "{}", &draft.body[..60]);
    assert!(draft.cc.len() < 80_000 && draft.envelope_with(Some(String::new()), None).is_ok());
}

#[test]
fn a_mail_sent_on_says_whose_it_was() {
    let head = "From: Ada <ada@x>\r\nTo: bob@x\r\nDate: Sat, 9 Jun 2001 12:27:28 +0100\r\nSubject: Lunch";
    let draft = forward(&mail(head, "Hi\r\n-- \r\nAda\r\n"));
    let expected = "\n\n---------- Forwarded message ----------\nFrom: Ada <ada@x>\n\
        Date: Sat, 9 Jun 2001 12:27:28 +0100\nSubject: Lunch\nTo: bob@x\n\nHi\n-- \nAda\n";
    assert_eq!(draft.body, expected);
    assert!(draft.to.is_empty() && draft.attachments.is_empty());
}

#[test]
fn a_sealed_or_damaged_mail_goes_along_whole() {
    for kind in
        ["multipart/signed; boundary=b", "multipart/encrypted; boundary=b", "multipart/mixed", "Application/PKCS7-mime"]
    {
        let mail = mail(&format!("From: a@x\r\nContent-Type: {kind}"), "--b\r\n\r\nHi\r\n--b--\r\n");
        let attachment = Attachment::new("message.eml", "message/rfc822", Content::Bytes(mail.as_slice().into()));
        assert_eq!(forward(&mail).attachments, [attachment], "{kind}");
    }
}

#[test]
fn attachments_are_kept_octet_for_octet() {
    let part = |kind: &str, name: &str, encoded: &str| {
        format!(
            "--b\r\nContent-Type: {kind}\r\nContent-Disposition: attachment; filename=\"{name}\"\r\n\
            Content-Transfer-Encoding: base64\r\n\r\n{encoded}\r\n"
        )
    };
    let text = [
        "--b\r\n\r\nHi\r\n".to_owned(),
        part("application/pdf", "a.pdf", "AP8K"),
        part("text/plain; charset=iso-8859-1", "b.txt", "5A=="),
        part("what ever", "c", "QQ=="),
        "--b--\r\n".to_owned(),
    ]
    .concat();
    let draft = forward(&mail("From: a@x\r\nContent-Type: multipart/mixed; boundary=b", &text));
    let found: Vec<_> = draft.attachments.iter().map(|file| (file.content_type.as_str(), &file.content)).collect();
    let bytes = [&b"\0\xff\n"[..], b"\xe4", b"A"].map(|bytes| Content::Bytes(bytes.into()));
    assert_eq!(found[0], ("application/pdf", &bytes[0]));
    assert_eq!(found[1], ("application/octet-stream", &bytes[1]));
    assert_eq!(found[2].1, &bytes[2]);
    let built = Draft { from: "b@x".into(), to: "c@x".into(), ..draft }.build(&now(), "h").expect("a mail");
    let bytes = whole(&built.segments).unwrap();
    assert_eq!(MessageParser::default().parse(&bytes).unwrap().attachment_count(), 3);
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>().prop_map(|text| text.replace(['\r', '\n'], "")),
        "(=\\?utf-8\\?q\\?[a-z]{0,3}=0D=0ABcc:_evil@x\\?= )?<?[a-z\"(),;:<>@.]{0,20}@[a-z.]{1,9}>?",
        "(=\\?utf-8\\?b\\?DQpCY2M6IGV2aWxAeA0K\\?= <[a-z]{1,5}@b[.]example>, ){1,4}",
        "(<[ -~]{0,30}> ?){0,30}",
        "[ -~]{0,2000}",
    ]
}

proptest! {
    #[test]
    fn hostile_fields_give_a_draft_that_builds_and_adds_nothing(
        values in proptest::collection::vec((0_usize..8, value()), 0..10),
        text in any::<String>(),
        all in any::<bool>(),
    ) {
        let names = ["From", "To", "Cc", "Reply-To", "Subject", "Message-ID", "References", "In-Reply-To"];
        let head = values.iter().map(|(at, value)| format!("{}: {value}\r\n", names[*at])).collect::<Vec<_>>().concat();
        // Whatever charset: mail comes as octets.
        let mail = format!("{head}\r\n{text}").into_bytes();
        for draft in [reply(&mail, &own(), all), forward(&mail)] {
            let known: std::collections::HashSet<String> = raw_addresses(&values);
            let draft = Draft { from: "bob@b.example".into(), message_id: Some(message_id(&now(), 1, "h")), ..draft };
            let built = draft.build(&now(), "h");
            let built = built.unwrap_or_else(|faults| panic!("{faults:?}\n{head}"));
            if let Ok(envelope) = draft.envelope() {
                for path in envelope.to {
                    let there = known.iter().any(|value| value.contains(&path) || names_on_the_wire(value, &path));
                    prop_assert!(there, "{} {}", path, head);
                }
            }
            let bytes = whole(&built.segments).unwrap();
            let split = header::split(&bytes);
            for field in header::fields(split.head) {
                let name = String::from_utf8_lossy(field.name).into_owned();
                let allowed = ["Date", "From", "To", "Cc", "Subject", "Message-ID", "MIME-Version", "Content-Type",
                    "Content-Transfer-Encoding", "In-Reply-To", "References"];
                prop_assert!(allowed.contains(&name.as_str()), "{}", String::from_utf8_lossy(split.head));
            }
            prop_assert!(header::lines(&bytes).all(|line| line.len() <= 1_000));
        }
    }
}

/// Whether an address of `value` is this one with its domain as A-labels.
fn names_on_the_wire(value: &str, path: &str) -> bool {
    let list = AddressList::salvage(value);
    list.mailboxes().any(|mailbox| crate::mail::address::on_the_wire(&mailbox.address) == path)
}

/// What the address fields hold, without the white space that may stand inside an address.
fn raw_addresses(values: &[(usize, String)]) -> std::collections::HashSet<String> {
    values.iter().filter(|(at, _)| *at < 4).map(|(_, value)| value.clone()).collect()
}
