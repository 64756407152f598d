use mail_parser::{MessageParser, MimeHeaders};
use proptest::prelude::*;

use super::*;
use crate::mail::lint::Measure;
use crate::mail::{Attachment, Content, Envelope};

fn now() -> Zoned {
    "2001-06-09T12:27:28+01:00[+01:00]".parse().expect("a moment")
}

fn draft() -> Draft {
    Draft {
        from: "Me <user123@example.com>".into(),
        to: "You <test@example.com>".into(),
        subject: "Simple standardised email".into(),
        body: "Hello. Content goes here.\n".into(),
        ..Draft::default()
    }
}

fn build(draft: &Draft) -> Built {
    let built = draft.build(&now(), "client.example").unwrap_or_else(|faults| panic!("{faults:?}"));
    assert_sound(&built);
    built
}

fn octets(built: &Built) -> Vec<u8> {
    whole(&built.segments).expect("all files are there")
}

fn text(built: &Built) -> String {
    String::from_utf8(octets(built)).expect("a built mail is UTF-8")
}

/// What every built mail promises.
fn assert_sound(built: &Built) {
    let measure = Measure::of(&octets(built));
    assert!(!measure.bare_cr && !measure.bare_lf, "{}", octets(built).escape_ascii());
    assert!(measure.longest_line <= 998, "{}", measure.longest_line);
    assert_eq!((built.longest_line, built.lines), (measure.longest_line, measure.lines));
    let whole = octets(built);
    let (head, body) = whole.split_at(built.body_at);
    assert!(head.ends_with(b"\r\n\r\n"));
    assert_eq!(memchr::memmem::find(head, b"\r\n\r\n"), Some(head.len() - 4), "one blank line");
    assert!(!built.eight_bit && body.is_ascii());
    assert_eq!(built.utf8, !head.is_ascii());
    assert!(!head.starts_with(b"Bcc:") && memchr::memmem::find(head, b"\nBcc:").is_none());
}

fn names(built: &Built) -> Vec<String> {
    let bytes = octets(built);
    let head = &bytes[..built.body_at];
    crate::mail::header::fields(head)
        .filter(|field| !field.name.is_empty())
        .map(|field| String::from_utf8_lossy(field.name).into_owned())
        .collect()
}

#[test]
fn the_five_header_mail_of_the_tutorial_comes_out() {
    let draft = Draft { message_id: Some("1@client.example".into()), ..draft() };
    let expected = "Date: Sat, 9 Jun 2001 12:27:28 +0100\r\n\
        From: Me <user123@example.com>\r\n\
        To: You <test@example.com>\r\n\
        Subject: Simple standardised email\r\n\
        Message-ID: <1@client.example>\r\n\
        MIME-Version: 1.0\r\n\
        Content-Type: text/plain; charset=us-ascii\r\n\
        Content-Transfer-Encoding: 7bit\r\n\
        \r\n\
        Hello. Content goes here.\r\n";
    assert_eq!(text(&build(&draft)), expected);
    let envelope = draft.envelope().expect("good addresses");
    assert_eq!(envelope, Envelope { from: "user123@example.com".into(), to: vec!["test@example.com".into()] });
}

#[test]
fn subject_alone_is_enough() {
    let built = build(&Draft { subject: "Hi".into(), ..Draft::default() });
    let expected = ["Date", "Subject", "Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"];
    assert_eq!(names(&built), expected);
    assert_eq!(built.body_at, octets(&built).len());
}

#[test]
fn bcc_is_in_the_envelope_and_nowhere_else() {
    let draft = Draft { bcc: "Secret <hidden@example.net>".into(), ..draft() };
    assert!(!text(&build(&draft)).contains("hidden"));
    assert!(draft.envelope().expect("good").to.contains(&"hidden@example.net".to_owned()));
}

#[test]
fn no_field_can_smuggle_a_header_in() {
    for evil in ["x\r\nBcc: x@y", "x\nBcc: x@y", "x\rBcc: x@y", "x\0y", "x\u{85}Bcc: x@y", "x\r\n\r\nbody"] {
        let address = format!("\"{evil}\" <a@b.example>");
        let drafts = [
            Draft { from: address.clone(), ..draft() },
            Draft { to: address.clone(), ..draft() },
            Draft { cc: format!("<a@b{evil}>"), ..draft() },
            Draft { reply_to: address, ..draft() },
            Draft { subject: evil.into(), ..draft() },
            Draft { headers: vec![("X-A".into(), evil.into())], ..draft() },
            Draft { headers: vec![(evil.into(), "1".into())], ..draft() },
            Draft { message_id: Some(format!("{evil}@x")), ..draft() },
            Draft { attachments: vec![attachment("a", evil, b"1")], ..draft() },
            Draft { attachments: vec![attachment(evil, "text/plain", b"1")], ..draft() },
        ];
        for draft in drafts {
            assert!(draft.build(&now(), "h").is_err(), "{draft:?}");
        }
        assert!(build(&Draft { message_id: None, ..draft() }).message_id.ends_with("@client.example"));
        let host = draft().build(&now(), evil).expect("a bad host is replaced");
        assert!(host.message_id.ends_with("@localhost"), "{}", host.message_id);
    }
}

#[test]
fn extra_headers_stand_last_and_in_order() {
    let mut draft = draft();
    for line in ["X-Two:2", "X-One: 1", "References: <a@b> <c@d>", "Sender: S <s@x.org>", "X-Empty:"] {
        draft.add_header(line).expect("a header");
    }
    let built = build(&draft);
    assert_eq!(names(&built)[8..], ["X-Two", "X-One", "References", "Sender", "X-Empty"]);
    assert!(text(&built).contains("\r\nX-Two: 2\r\nX-One: 1\r\nReferences: <a@b> <c@d>\r\nSender: S <s@x.org>\r\n"));
}

#[test]
fn a_header_of_ones_own_replaces_the_made_one() {
    let mut draft = draft();
    for line in ["Date: yesterday", "message-id: <mine@x>"] {
        draft.add_header(line).expect("a header");
    }
    let built = build(&draft);
    assert_eq!(text(&built).matches("Date:").count(), 1);
    assert_eq!(text(&built).to_lowercase().matches("message-id:").count(), 1);
}

#[test]
fn headers_that_would_contradict_are_refused() {
    for line in [
        "Bcc: a@b",
        "content-type: text/html",
        "Content-Transfer-Encoding: 8bit",
        "Subject: 2",
        "FROM: a@b",
        "a b: c",
        ": x",
    ] {
        let mut draft = draft();
        draft.add_header(line).expect("a header");
        let faults = draft.build(&now(), "h").expect_err(line);
        assert_eq!(faults[0].field, Field::Header(0), "{line}");
    }
}

#[test]
fn all_faults_come_at_once() {
    let bad = Draft { from: "me".into(), cc: "a b".into(), subject: "a\nb".into(), body: "\0".into(), ..draft() };
    let fields: Vec<Field> = bad.build(&now(), "h").expect_err("bad").iter().map(|fault| fault.field).collect();
    assert_eq!(fields, [Field::Subject, Field::Body, Field::From, Field::Cc]);
}

#[test]
fn a_second_build_gives_the_same_mail() {
    let mut draft = Draft { attachments: vec![attachment("a.bin", "image/png", &[0; 300])], ..draft() };
    let first = build(&draft);
    draft.keep(&first);
    let later = "2026-11-22T00:00:00Z[UTC]".parse().expect("a moment");
    let second = draft.build(&later, "other.example").expect("still good");
    assert_eq!(octets(&second), octets(&first));
    assert_ne!(build(&Draft { message_id: None, ..draft }).message_id, first.message_id);
}

#[test]
fn the_body_is_as_plain_as_it_can_be() {
    let long = "x".repeat(999);
    for (body, encoding, charset) in [
        ("", "7bit", "us-ascii"),
        ("plain\n", "7bit", "us-ascii"),
        (&long[1..], "7bit", "us-ascii"),
        ("trailing blank \n.\n", "7bit", "us-ascii"),
        (&long, "quoted-printable", "utf-8"),
        ("Grüße an alle in der Ferne\n", "quoted-printable", "utf-8"),
        ("ソ連はソビエト社会主義共和国連邦\n", "base64", "utf-8"),
    ] {
        let built = build(&Draft { body: body.into(), ..draft() });
        let text = text(&built);
        assert!(text.contains(&format!("Content-Transfer-Encoding: {encoding}\r\n")), "{text}");
        assert!(text.contains(&format!("charset={charset}\r\n")), "{text}");
    }
}

#[test]
fn line_ends_of_any_kind_become_crlf() {
    let built = build(&Draft { body: "a\nb\r\nc\rd\n\n".into(), ..draft() });
    assert_eq!(&octets(&built)[built.body_at..], b"a\r\nb\r\nc\r\nd\r\n\r\n");
}

#[test]
fn an_enormous_line_and_subject_arrive_whole() {
    let (body, subject) = ("y".repeat(100_000), "word ".repeat(1_000));
    let built = build(&Draft { body: body.clone(), subject: subject.clone(), ..draft() });
    let bytes = octets(&built);
    let message = MessageParser::default().parse(&bytes).expect("a mail");
    assert_eq!(message.subject(), Some(subject.trim()));
    assert_eq!(message.body_text(0).expect("text").trim_end(), body);
    let built = build(&Draft { subject: "z".repeat(5_000), ..draft() });
    let bytes = octets(&built);
    let message = MessageParser::default().parse(&bytes).expect("a mail");
    assert_eq!(message.subject().map(str::len), Some(5_000));
}

#[test]
fn many_recipients_are_folded() {
    let to: Vec<String> = (0..300).map(|n| format!("Person Number {n} <person{n}@example.org>")).collect();
    let built = build(&Draft { to: to.join(", "), ..draft() });
    let bytes = octets(&built);
    let head = &bytes[..built.body_at];
    assert!(Measure::of(head).longest_line <= 78);
    let bytes = octets(&built);
    let message = MessageParser::default().parse(&bytes).expect("a mail");
    assert_eq!(message.to().expect("To").iter().count(), 300);
}

#[test]
fn groups_keep_their_name() {
    let built =
        build(&Draft { to: "undisclosed-recipients:;".into(), cc: "Team: a@b.org, C <c@d.org>;".into(), ..draft() });
    let text = text(&built);
    assert!(text.contains("To: \"undisclosed-recipients\":;\r\n"), "{text}");
    assert!(text.contains("Cc: \"Team\": <a@b.org>, \"C\" <c@d.org>;\r\n"), "{text}");
}

#[test]
fn what_needs_smtputf8_is_said() {
    let plain = build(&Draft { to: "Jörg <j@example.org>".into(), subject: "ä".into(), ..draft() });
    assert!(!plain.utf8, "names and text are encoded");
    for to in ["jörg@example.org", "jörg@bücher.example", "a@b.example, 例@bücher.example"] {
        let built = draft_to(to).build(&now(), "h").expect("good");
        assert!(built.utf8, "{to}");
    }
    let mut domain = Draft { from: "Ü <ü@ü.example>".into(), ..draft_to("j@bücher.example, x@XN--4CA.example") };
    assert!(build(&domain).utf8, "the sender needs it");
    domain.from = "Ü <u@ü.example>".into();
    domain.add_header("Sender: s@ü.example").expect("a header");
    let built = build(&domain);
    assert!(!built.utf8, "domains go in ASCII");
    assert!(text(&built).contains("\r\nTo: j@xn--bcher-kva.example, x@XN--4CA.example\r\n"), "{}", text(&built));
    assert!(text(&built).contains("\r\nSender: s@xn--tda.example\r\n"), "{}", text(&built));
    assert_eq!(domain.envelope().expect("good").from, "s@xn--tda.example");
    let hidden = Draft { bcc: "jörg@example.org".into(), ..draft() };
    assert!(hidden.build(&now(), "h").expect("good").utf8, "the envelope counts too");
}

fn draft_to(to: &str) -> Draft {
    Draft { to: to.into(), ..draft() }
}

fn attachment(name: &str, content_type: &str, bytes: &[u8]) -> Attachment {
    Attachment::new(name, content_type, Content::Bytes(bytes.into()))
}

#[test]
fn attachments_arrive_octet_for_octet() {
    let every: Vec<u8> = (0..=255).cycle().take(5_000).collect();
    let cases: [(&str, &str, &[u8]); 7] = [
        ("every.bin", "application/octet-stream", &every),
        ("Grüße.txt", "text/plain", b"unix\nlines\n"),
        ("cr.txt", "text/plain", b"bare\rcr"),
        ("dos.txt", "Text/Plain", b"dos\r\nlines\r\n"),
        ("nul.csv", "text/csv", b"a\0b"),
        ("long.txt", "text/plain", &[b'x'; 5_000]),
        ("empty", "image/png", b""),
    ];
    let attachments = cases.map(|(name, kind, bytes)| attachment(name, kind, bytes)).to_vec();
    let built = build(&Draft { attachments, ..draft() });
    let bytes = octets(&built);
    let message = MessageParser::default().parse(&bytes).expect("a mail");
    let arrived: Vec<_> = message.attachments().collect();
    assert_eq!(arrived.len(), cases.len());
    for (part, (name, _, bytes)) in arrived.iter().zip(cases) {
        assert_eq!((part.attachment_name(), part.contents()), (Some(name), bytes), "{name}");
    }
    assert_eq!(message.body_text(0).expect("text").trim_end(), "Hello. Content goes here.");
}

#[test]
fn an_attached_mail_is_never_encoded() {
    let clean = b"Subject: inner\r\n\r\nHi\r\n";
    let attachments =
        vec![attachment("a.eml", "message/rfc822", clean), attachment("b.eml", "message/rfc822", b"S: \xe4\n")];
    let text = text(&build(&Draft { attachments, ..draft() }));
    assert!(text.contains("\r\n\r\nSubject: inner\r\n\r\nHi\r\n"), "{text}");
    assert!(text.contains("Content-Type: application/octet-stream"), "{text}");
}

#[test]
fn the_boundary_stands_in_no_part() {
    let body = "--=_m.1clientexample\n--=_m.1clientexample--\n";
    let attachments = vec![attachment("a.eml", "message/rfc822", b"A: b\r\n\r\n--=_a.1clientexample_\r\n")];
    let draft = Draft { message_id: Some("1@client.example".into()), body: body.into(), attachments, ..draft() };
    let built = build(&draft);
    let bytes = octets(&built);
    let message = MessageParser::default().parse(&bytes).expect("a mail");
    assert_eq!(message.body_text(0).expect("text").lines().count(), 2);
    assert_eq!(message.attachment_count(), 1);
}

#[test]
fn files_are_read_and_missing_ones_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("note.txt");
    std::fs::write(&path, "from a file\r\n").expect("writable");
    let built = build(&Draft { attachments: vec![Attachment::from_path(&path)], ..draft() });
    assert!(text(&built).contains("from a file"));
    for (bad, what) in [(folder.path().join("gone"), "gone"), (folder.path().to_owned(), "is not a file")] {
        let faults = Draft { attachments: vec![Attachment::from_path(&bad)], ..draft() }.build(&now(), "h");
        let faults = faults.expect_err("unreadable");
        assert!(faults[0].field == Field::Attachment(0) && faults[0].what.contains(what), "{faults:?}");
    }
}

/// A mail-parser that sees one blank where a header has several, as RFC 5322 folding lets it.
fn blanks(text: &str) -> String {
    text.split([' ', '\t']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn one_line() -> impl Strategy<Value = String> {
    prop_oneof!["[ -~]{0,200}", "[^\\p{C}]{0,60}", "([a-z]{1,9} ?){0,60}", " {0,90}[a-z]{0,90}\t{0,3}[äöü中👍]{0,40}"]
        // An encoded word that someone types is sent as typed.
        .prop_filter("no encoded words", |text: &String| !text.contains("=?"))
}

proptest! {
    #[test]
    fn subjects_and_bodies_arrive(subject in one_line(), body in "([^\\p{C}]|\n){0,300}|[ -~\n.]{0,300}") {
        let built = build(&Draft { subject: subject.clone(), body: body.clone(), ..draft() });
        let bytes = octets(&built);
        let message = MessageParser::default().parse(&bytes).expect("a mail");
        prop_assert_eq!(blanks(message.subject().unwrap_or_default()), blanks(&subject), "{}", text(&built));
        let arrived = message.body_text(0).unwrap_or_default().replace("\r\n", "\n");
        prop_assert_eq!(arrived.trim_end_matches('\n'), body.trim_end_matches('\n'), "{}", text(&built));
    }

    #[test]
    fn names_arrive(name in "[^\\p{C}\\p{Z}]([^\\p{C}\\p{Z}]| [^\\p{C}\\p{Z}]){0,80}", n in 1_usize..4) {
        prop_assume!(!name.contains("=?"));
        let mailbox = crate::mail::Mailbox { name: Some(name.clone()), address: "a@b.example".into() };
        let to = vec![mailbox.to_string(); n].join(", ");
        let built = build(&Draft { to, ..draft() });
        let bytes = octets(&built);
        let message = MessageParser::default().parse(&bytes).expect("a mail");
        let arrived: Vec<_> = message.to().expect("To").iter().map(|addr| (addr.name(), addr.address())).collect();
        prop_assert_eq!(arrived, vec![(Some(name.as_str()), Some("a@b.example")); n], "{}", text(&built));
    }

    #[test]
    fn whatever_is_typed_the_mail_is_sound(
        fields in proptest::array::uniform6(any::<String>()),
        header in "[!-~]{0,80}",
        value in one_line(),
    ) {
        let [from, to, cc, reply_to, subject, body] = fields;
        let headers = vec![(header, value)];
        let draft = Draft { from, to, cc, reply_to, subject, body, headers, ..Draft::default() };
        if let Ok(built) = draft.build(&now(), "h") {
            assert_sound(&built);
        }
        let salvaged = Draft { from: String::new(), to: String::new(), cc: String::new(), reply_to: String::new(), ..draft };
        if let Ok(built) = salvaged.build(&now(), "h") {
            assert_sound(&built);
        }
    }
}

mod back;
mod evil;
mod files;
mod flaws;
