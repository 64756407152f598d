use proptest::prelude::*;

use super::*;
use crate::mail::{Attachment, Content, Draft, Summary};

fn view(mail: &str) -> View {
    View::parse(mail.as_bytes())
}

fn paths(view: &View) -> Vec<(&str, &str)> {
    view.parts.iter().map(|part| (part.path.as_str(), part.content_type.as_str())).collect()
}

#[test]
fn a_plain_mail_is_shown() {
    let view = view(
        "Received: from x\r\n\tby y\r\nSubject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\nTo: a@b, =?utf-8?B?w6Q=?= <c@d>\r\n\
         From: \"a@real.example\" <b@other.example>\r\nDate: Sat, 9 Jun 2001 12:27:28 +0100\r\n\r\nHello\r\n\r\n.dot\r\n",
    );
    let short: Vec<(&str, &str)> = view.headers_short.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let expected = [
        ("From", "\"a@real.example\" <b@other.example>"),
        ("To", "a@b, ä <c@d>"),
        ("Subject", "Grüße"),
        ("Date", "Sat, 9 Jun 2001 12:27:28 +0100"),
    ];
    assert_eq!(short, expected);
    assert_eq!(view.headers_all[0].raw, ["Received: from x", "␉by y"]);
    assert_eq!(view.headers_all[0].decoded, "from x by y");
    assert_eq!(view.text, ["Hello", "", ".dot"]);
    assert_eq!(paths(&view), [("1", "text/plain")]);
    assert!(!view.damaged && !view.has_attachments && view.notes.is_empty(), "{view:?}");
}

const MIXED: &str = "Content-Type: multipart/mixed; boundary=\"out\"\r\n\r\npreamble\r\n\
    --out\r\nContent-Type: multipart/alternative; boundary=out.in\r\n\r\n\
    --out.in\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
    gr=FCn=\r\n!\r\n\
    --out.in\r\nContent-Type: text/html\r\n\r\n<p>green</p>\r\n--out.in--\r\n\
    --out\r\nContent-Type: image/png; name=\"../../x.png\"\r\nContent-Transfer-Encoding: BASE64\r\n\
    Content-Disposition: attachment\r\n\r\naGVsbG8=\r\n\
    --out\r\n\r\nsecond text\r\n--out--\r\nepilogue\r\n";

#[test]
fn plain_text_is_preferred_and_parts_are_numbered() {
    let view = view(MIXED);
    assert_eq!(view.text, ["grün!", "", "second text"]);
    let expected = [
        ("1", "multipart/alternative"),
        ("1.1", "text/plain"),
        ("1.2", "text/html"),
        ("2", "image/png"),
        ("3", "text/plain"),
    ];
    assert_eq!(paths(&view), expected);
    let image = &view.parts[3];
    assert_eq!((image.name.as_deref(), image.encoding.as_str(), image.size), (Some("x.png"), "base64", 8));
    assert!(view.has_attachments && !view.damaged, "{:?}", view.notes);
}

#[test]
fn html_alone_becomes_text_with_its_links() {
    let html = view(
        "Content-Type: text/html\r\n\r\n<p>See <a href=\"https://example.org/x\">this</a></p><script>evil()</script>\r\n",
    );
    let text = html.text.join("\n");
    assert!(text.contains("See this [1]") && !text.contains("evil"), "{text}");
    assert_eq!(html.links, [Link { target: "https://example.org/x".into(), warning: None }]);
    let empty = MIXED.replace("gr=FCn=\r\n!\r\n", " \r\n");
    assert_eq!(view(&empty).text, ["green", "", "second text"], "a blank plain text is no choice");
}

#[test]
fn mails_inside_mails_are_taken_apart() {
    let outer = "Content-Type: multipart/digest; boundary=d\r\n\r\n--d\r\n\r\nSubject: one\r\n\r\nfirst\r\n\
        --d\r\n\r\nContent-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\n\r\nsecond\r\n--i--\r\n--d--\r\n";
    let view = view(outer);
    let expected = [("1", "message/rfc822"), ("1.1", "text/plain"), ("2", "message/rfc822"), ("2.1", "text/plain")];
    assert_eq!(paths(&view), expected);
    assert_eq!(view.text, ["first", "", "second"]);
    assert!(view.notes[0].contains("inside another mail"), "{:?}", view.notes);
}

#[test]
fn a_delivery_report_is_readable() {
    let view = view(
        "Content-Type: multipart/report; boundary=r\r\n\r\n--r\r\n\r\nSorry.\r\n--r\r\n\
         Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nStatus: 5.1.1\r\n--r\r\n\
         Content-Type: message/rfc822\r\n\r\nSubject: mine\r\n\r\nbody\r\n--r--\r\n",
    );
    assert_eq!(view.text, ["Sorry.", "", "Reporting-MTA: dns; x", "", "Status: 5.1.1"]);
}

#[test]
fn damage_is_noted_and_everything_still_shown() {
    for (mail, note, text) in [
        ("no header here\r\nat all\r\n", "no header", "no header here"),
        ("Subject: x\r\n", "no blank line", ""),
        ("Subject: x\r\nbad\r\n\r\nbody", "no header", "body"),
        ("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nopen end", "closing boundary", "open end"),
        ("Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\ntext\r\n--b--", "closing boundary", "--b"),
        ("Content-Transfer-Encoding: base64\r\n\r\n###\r\n", "part 1 is no good base64", "###"),
    ] {
        let view = view(mail);
        assert!(view.notes.iter().any(|found| found.contains(note)), "{mail}: {:?}", view.notes);
        assert_eq!(view.text.first().map_or("", String::as_str), text, "{mail}");
    }
    assert!(view("Subject: x\r\n").damaged);
}

/// Runs on the stack a tokio worker has.
fn on_a_small_stack(mail: Vec<u8>) -> View {
    let worker = std::thread::Builder::new().stack_size(2 * 1024 * 1024).spawn(move || View::parse(&mail));
    worker.expect("a thread can be started").join().expect("no panic")
}

#[test]
fn mails_nested_without_end_do_not_overflow_the_stack() {
    let messages = "Content-Type: message/rfc822\r\n\r\n".repeat(40_000);
    let view = on_a_small_stack(messages.into_bytes());
    assert!(view.damaged && view.notes.iter().any(|note| note.contains("too deeply nested")), "{:?}", view.notes);
    assert_eq!(view.parts.len(), mime::DEPTH + 1);
    assert!(view.text[0].starts_with("Content-Type: message/rfc822"), "the rest is shown as it came");
}

#[test]
fn multiparts_nested_without_end_do_not_overflow_the_stack() {
    let level = |n: usize| format!("Content-Type: multipart/mixed; boundary=b{n}x\r\n\r\n--b{n}x\r\n");
    let mail: String = (0..10_000).map(level).collect();
    let view = on_a_small_stack(mail.into_bytes());
    assert!(view.damaged && view.parts.len() <= mime::DEPTH + 1);
    let same = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n".repeat(10_000);
    assert!(on_a_small_stack(same.into_bytes()).damaged);
    let digest = "Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\n".repeat(10_000);
    assert!(on_a_small_stack(digest.into_bytes()).damaged);
}

#[test]
fn an_encoded_mail_inside_is_not_taken_apart() {
    use base64::Engine;
    let inner = "Content-Type: message/rfc822\r\n\r\n".repeat(40_000);
    let inner = base64::engine::general_purpose::STANDARD.encode(inner);
    let mail = format!("Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n{inner}\r\n");
    assert_eq!(paths(&on_a_small_stack(mail.into_bytes())), [("1", "message/rfc822")]);
}

#[test]
fn parts_and_headers_without_end_are_cut() {
    let mail = format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n{}", "--b\r\n\r\n".repeat(50_000));
    let view = View::parse(mail.as_bytes());
    assert!(view.parts.len() <= mime::PARTS && view.notes.iter().any(|note| note.contains("over 10000 parts")));
    let view = View::parse("X: y\r\n".repeat(400_000).as_bytes());
    assert!(view.headers_all.len() <= header::FIELDS && view.damaged);
    let view = View::parse(&vec![b'x'; 3_000_000]);
    assert!(view.text.iter().all(|line| line.chars().count() <= 2_000));
}

/// Some of mail-parser's scans take quadratic time, so it must not see long values.
#[test]
fn long_header_values_are_decoded_in_part_only() {
    let names = (0..90_000).map(|n| format!("a{n}*1=b;")).collect::<Vec<_>>().concat();
    let values = ["=?ab?q?", "=?utf-8?b?", "a*0=b;", "(", "\"", "<", "a*1*=x'y'z;", "@,", ":;"];
    let values = values.map(|value| value.repeat(1_000_000 / value.len()));
    for value in values.iter().chain([&names]) {
        for name in ["Subject", "To", "Content-Type", "Date", "Content-Disposition"] {
            let mail = format!("{name}: {value}\r\n\r\nx");
            let view = View::parse(mail.as_bytes());
            assert!(view.headers_all[0].decoded.len() < 64 * 1024, "{name}: {}", &value[..8]);
            assert_eq!(view.headers_all[0].raw[0].len(), name.len() + 2 + value.len());
            assert!(Summary::from_headers(mail.as_bytes()).subject.len() < 64 * 1024);
        }
    }
    let view = view(&format!("Subject: {}\r\n\r\n", "word ".repeat(10_000)));
    assert!(view.headers_all[0].decoded.ends_with('…'));
}

#[test]
fn long_text_is_cut_with_a_note() {
    let mail = format!("Subject: x\r\n\r\n{}", "\t\t\t\t\t\t\t\tline\r\n".repeat(500_000));
    let view = View::parse(mail.as_bytes());
    assert!(view.notes.iter().any(|note| note.contains("the text is cut")), "{:?}", view.notes);
    let html = format!("Content-Type: text/html\r\n\r\n{}", "<a href=".repeat(40_000));
    let view = View::parse(html.as_bytes());
    assert!(view.notes.iter().any(|note| note.contains("64 KiB")), "{:?}", view.notes);
}

#[test]
fn hostile_characters_are_shown_and_not_obeyed() {
    let view = View::parse(
        b"Subject: =?utf-8?B?G1syShtdMDt4Bw==?=\r\nFrom: =?utf-8?Q?=E2=80=AEevil?= <a@b\x9b31m>\r\nX-\x1b: \x9b\r\n\
          Content-Type: text/\x1bplain\r\n\r\n\x1b[31mred\x08\r\n",
    );
    assert_printable(&view);
    assert_eq!(view.headers_short[1].1, "␛[2J␛]0;x␇");
}

#[test]
fn names_of_files_are_safe() {
    let mail = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Disposition: attachment;\r\n \
        filename*=utf-8''%2e%2e%2f%E2%80%AEtxt.exe\r\n\r\n--b--\r\n";
    assert_eq!(view(mail).parts[0].name.as_deref(), Some("txt.exe"));
}

#[test]
fn what_is_built_can_be_viewed() {
    let attachments = vec![Attachment::new("ä.bin", "x/y", Content::Bytes(vec![0; 100].into()))];
    let draft = Draft {
        from: "Jörg <a@b.c>".into(),
        subject: "Größe".into(),
        body: "süß\n".into(),
        attachments,
        ..Draft::default()
    };
    let now = "2001-06-09T12:27:28Z[UTC]".parse().expect("a moment");
    let view =
        View::parse(&crate::mail::build::whole(&draft.build(&now, "h").expect("good").segments).expect("in memory"));
    assert_eq!(view.headers_short[0], ("From".into(), "Jörg <a@b.c>".into()));
    assert_eq!(view.text, ["süß"]);
    assert_eq!(view.parts[1].name.as_deref(), Some("ä.bin"));
    assert!(view.has_attachments && !view.damaged, "{:?}", view.notes);
}

fn assert_printable(view: &View) {
    let short = view.headers_short.iter().flat_map(|(name, value)| [name, value]);
    let all = view.headers_all.iter().flat_map(|line| line.raw.iter().chain([&line.name, &line.decoded]));
    let parts = view.parts.iter().flat_map(|p| [&p.path, &p.content_type, &p.encoding].into_iter().chain(&p.name));
    for shown in short.chain(all).chain(parts).chain(&view.text).chain(&view.notes) {
        assert_eq!(printable::text(shown), *shown, "not fit for the screen");
    }
}

fn mail_like() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just("Content-Type: multipart/mixed; boundary=b\r\n".to_owned()),
        Just("Content-Type: multipart/alternative; boundary=\"b\"\r\n".to_owned()),
        Just("Content-Type: message/rfc822\r\n".to_owned()),
        Just("Content-Type: text/html; charset=iso-2022-jp\r\n".to_owned()),
        Just("Content-Transfer-Encoding: base64\r\n".to_owned()),
        Just("Content-Transfer-Encoding: quoted-printable\r\n".to_owned()),
        Just("Content-Disposition: attachment; filename*0*=utf-8''%2f;filename*1=x\r\n".to_owned()),
        Just("--b\r\n".to_owned()),
        Just("--b--\n".to_owned()),
        Just("\r\n".to_owned()),
        Just("=?utf-8?Q?=FF=1B?= <a@b>, \"c".to_owned()),
        "[ -~\\PC]{0,30}\n",
        "(From|To|Date|Subject|Sender): [ -~\\PC]{0,60}\r\n",
    ];
    let text = proptest::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat().into_bytes());
    (text, proptest::collection::vec(any::<u8>(), 0..20)).prop_map(|(text, noise)| [text, noise].concat())
}

proptest! {
    #[test]
    fn any_octets_give_a_printable_view(mail in proptest::collection::vec(any::<u8>(), 0..500)) {
        assert_printable(&View::parse(&mail));
    }

    #[test]
    fn anything_like_a_mail_gives_a_printable_view(mail in mail_like()) {
        let view = View::parse(&mail);
        assert_printable(&view);
        prop_assert_eq!(View::parse(&mail), view);
    }

    #[test]
    fn parts_agree_with_mail_parser(kinds in proptest::collection::vec(0_usize..3, 1..6)) {
        let mut mail = "Content-Type: multipart/mixed; boundary=o\r\n\r\n".to_owned();
        for (index, kind) in kinds.iter().enumerate() {
            let part = match kind {
                0 => format!("Content-Type: text/plain\r\n\r\ntext {index}\r\n"),
                1 => "Content-Type: image/png\r\n\r\npng\r\n".to_owned(),
                _ => format!("Content-Type: message/rfc822\r\n\r\nSubject: s\r\n\r\ninner {index}\r\n"),
            };
            mail.extend(["--o\r\n", &part]);
        }
        mail.push_str("--o--\r\n");
        let view = View::parse(mail.as_bytes());
        let message = mail_parser::MessageParser::default().parse(mail.as_bytes()).expect("a mail");
        let top: Vec<_> = view.parts.iter().filter(|part| !part.path.contains('.')).collect();
        prop_assert_eq!(top.len(), message.parts.len() - 1);
        let expected: Vec<_> = message.text_bodies().filter(|part| part.is_text()).filter_map(|part| part.text_contents()).collect();
        let shown: Vec<_> = view.text.iter().filter(|line| !line.is_empty()).map(String::as_str).collect();
        if kinds.contains(&0) {
            prop_assert_eq!(shown, expected);
        }
    }
}
