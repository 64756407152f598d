//! Nothing that a field or an option of a draft holds adds a header or a recipient, or ends DATA.

use super::*;
use crate::mail::{DkimKey, Format};
use crate::wire::stuffing::{Stuffer, Unstuffer};

const BREAKS: [&str; 12] = [
    "\r",
    "\n",
    "\r\n",
    "\0",
    "\u{85}",
    "\u{2028}",
    "\u{2029}",
    "\u{560a}\u{560d}",
    "\r\n.\r\n",
    "\n.\n",
    "\r.\r",
    "\u{b}\u{c}",
];

/// A key file that can sign.
fn key(folder: &tempfile::TempDir) -> std::path::PathBuf {
    let path = folder.path().join("key.pem");
    let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).expect("a key");
    std::fs::write(&path, pair.serialize_pem()).expect("writable");
    path
}

/// A draft for each field and option, with `text` in it.
fn everywhere(text: &str, key: &std::path::Path) -> Vec<(&'static str, Draft)> {
    let quoted = format!("\"{text}\" <a@b.example>");
    let sign = |domain: &str, selector: &str| {
        Some(DkimKey { file: key.to_owned(), domain: domain.into(), selector: selector.into() })
    };
    let envelope = |from: &str, to: &str| Some(Envelope { from: from.into(), to: vec![to.into()] });
    let attached = |attachment| vec![attachment];
    vec![
        ("from", Draft { from: quoted.clone(), ..draft() }),
        ("from address", Draft { from: format!("a{text}@b.example"), ..draft() }),
        ("to", Draft { to: quoted.clone(), ..draft() }),
        ("to domain", Draft { to: format!("a@b{text}.example"), ..draft() }),
        ("to comment", Draft { to: format!("a@b.example ({text})"), ..draft() }),
        ("cc", Draft { cc: quoted.clone(), ..draft() }),
        ("cc group", Draft { cc: format!("\"{text}\": a@b.example;"), ..draft() }),
        ("bcc", Draft { bcc: quoted.clone(), ..draft() }),
        ("bcc local part", Draft { bcc: format!("\"{text}\"@b.example"), ..draft() }),
        ("reply-to", Draft { reply_to: quoted.clone(), ..draft() }),
        ("subject", Draft { subject: text.into(), ..draft() }),
        ("body", Draft { body: text.into(), ..draft() }),
        ("8-bit body", Draft { body: format!("ä{text}"), eight_bit: true, ..draft() }),
        ("markdown", Draft { body: format!("# {text}\n[a]({text})"), format: Format::Markdown, ..draft() }),
        ("header name", Draft { headers: vec![(format!("X{text}"), "1".into())], ..draft() }),
        ("header value", Draft { headers: vec![("X-A".into(), text.into())], ..draft() }),
        ("list header", Draft { headers: vec![("Sender".into(), quoted)], ..draft() }),
        ("attachment name", Draft { attachments: attached(attachment(text, "image/png", b"1")), ..draft() }),
        (
            "attachment type",
            Draft { attachments: attached(attachment("a", &format!("image/{text}"), b"1")), ..draft() },
        ),
        ("attachment", Draft { attachments: attached(attachment("a", "text/plain", text.as_bytes())), ..draft() }),
        ("mail", Draft { attachments: attached(attachment("a", "message/rfc822", text.as_bytes())), ..draft() }),
        ("path", Draft { attachments: attached(Attachment::from_path(text)), ..draft() }),
        ("dkim domain", Draft { dkim: sign(&format!("a{text}.example"), "s"), ..draft() }),
        ("dkim selector", Draft { dkim: sign("a.example", &format!("s{text}")), ..draft() }),
        ("sender path", Draft { envelope: envelope(&format!("a@b{text}"), "c@d"), ..draft() }),
        ("recipient path", Draft { envelope: envelope("a@b", &format!("c@d{text}")), ..draft() }),
        ("message-id", Draft { message_id: Some(format!("a{text}@b")), ..draft() }),
    ]
}

/// The mail as DATA takes it, read as a server does.
fn delivered(mail: &[u8]) -> Vec<u8> {
    let (mut wire, mut read) = (Vec::new(), Vec::new());
    let mut stuffer = Stuffer::default();
    stuffer.push(mail, &mut wire);
    assert_eq!(stuffer.finish(&mut wire), 3, "a mail ends with a line end");
    let progress = Unstuffer::default().push(&wire, &mut read);
    assert!(progress.ended && progress.consumed + 3 == wire.len(), "the only end of DATA is the last");
    read
}

fn sorted_names(built: &Built) -> Vec<String> {
    let mut names = names(built);
    names.sort();
    names
}

#[test]
fn no_field_adds_a_header_or_a_recipient_or_ends_data() {
    let folder = tempfile::tempdir().expect("a folder");
    let key = key(&folder);
    for flaws in [Flaws::new(), Flaws::from([Flaw::RawHeader, Flaw::BccHeader, Flaw::TwoFroms, Flaw::RawBody])] {
        for broken in BREAKS {
            let text = format!("x{broken}Bcc: x@y.example{broken}{broken}RCPT TO:<x@y.example>{broken}");
            for ((what, evil), (_, good)) in everywhere(&text, &key).into_iter().zip(everywhere("x", &key)) {
                let (evil, good) = (Draft { flaws: flaws.clone(), ..evil }, Draft { flaws: flaws.clone(), ..good });
                check(what, broken, &evil, &good);
            }
        }
    }
}

fn check(what: &str, broken: &str, evil: &Draft, good: &Draft) {
    if let Ok(envelope) = evil.envelope() {
        let paths = || std::iter::once(&envelope.from).chain(&envelope.to);
        assert!(paths().all(|path| !path.contains(char::is_control)), "{what} {broken:?}: {envelope:?}");
        let expected = good.envelope().map(|envelope| envelope.to.len());
        assert_eq!(Ok(envelope.to.len()), expected, "{what} {broken:?}: {envelope:?}");
    }
    let built = evil.build(&now(), "h");
    let free = ["body", "8-bit body", "markdown", "attachment", "mail", "bcc", "bcc local part"];
    let elsewhere = ["sender path", "recipient path"];
    if broken.contains(char::is_control) && !free.contains(&what) && !elsewhere.contains(&what) {
        assert!(built.is_err(), "{what} {broken:?}");
    }
    let Ok(built) = built else { return };
    let mail = octets(&built);
    let measure = Measure::of(&mail);
    assert!(!measure.bare_cr && !measure.bare_lf, "{what} {broken:?}: {}", mail.escape_ascii());
    assert!(delivered(&mail) == mail, "{what} {broken:?}");
    if let Ok(good) = good.build(&now(), "h") {
        assert_eq!(sorted_names(&built), sorted_names(&good), "{what} {broken:?}: {}", mail.escape_ascii());
    }
}

proptest! {
    #[test]
    fn a_mail_arrives_as_it_was_built(body in "([.]|\r|\n|\r\n|[a-z.]{0,5}|ä){0,60}", eight_bit: bool, cut in 0_usize..500) {
        let built = build_of(&Draft { body, eight_bit, ..draft() });
        let mail = octets(&built);
        prop_assert_eq!(&delivered(&mail), &mail);
        let (mut whole, mut pieces) = (Vec::new(), Vec::new());
        Stuffer::default().push(&mail, &mut whole);
        let mut stuffer = Stuffer::default();
        let (front, back) = mail.split_at(cut.min(mail.len()));
        stuffer.push(front, &mut pieces);
        stuffer.push(back, &mut pieces);
        prop_assert_eq!(whole, pieces);
    }
}

/// As `build`, for mails that may be 8-bit.
fn build_of(draft: &Draft) -> Built {
    draft.build(&now(), "client.example").unwrap_or_else(|faults| panic!("{faults:?}"))
}
