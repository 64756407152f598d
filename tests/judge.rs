//! Python's email parser reads every kind of mail that is built, and finds what was put in and no defect. A verifier
//! finds that DKIM signatures hold.
#![expect(clippy::unwrap_used, reason = "in a test a panic is the message")]

#[path = "support/judge.rs"]
mod judge;
#[path = "reach/names.rs"]
#[expect(dead_code, reason = "only TXT records are wanted here")]
mod names;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hickory_resolver::proto::rr::rdata::TXT;
use hickory_resolver::proto::rr::{Name, RData};
use judge::judged;
use names::Names;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use telepost::mail::address::on_the_wire;
use telepost::mail::build::whole;
use telepost::mail::{AddressList, Attachment, Built, Content, DkimKey, Draft, Field, Format};
use telepost::verify::verify;

fn draft() -> Draft {
    Draft {
        from: "Ada <ada@a.example>".into(),
        to: "bob@b.example".into(),
        subject: "Plan".into(),
        body: "Hello Bob,\nthe plan.\n".into(),
        message_id: Some("1767.00ff@client.example".into()),
        ..Draft::default()
    }
}

fn built(draft: &Draft) -> Built {
    let now = "2026-11-22T14:46:17+01:00[Europe/Berlin]".parse().unwrap();
    draft.build(&now, "client.example").unwrap_or_else(|faults| panic!("{faults:?}\n{draft:#?}"))
}

fn attached(name: &str, kind: &str, bytes: &[u8]) -> Attachment {
    Attachment::new(name, kind, Content::Bytes(bytes.into()))
}

fn with(attachments: Vec<Attachment>) -> Draft {
    Draft { attachments, ..draft() }
}

/// Drafts whose names, subjects and texts are unusual, one for each.
fn worded() -> Vec<Draft> {
    let long_name = "A very long name of a person ".repeat(8);
    let subjects = ["", "Grüße", "日本語の件名", "👍", "a \"quoted\" \\ subject", "=? no word", "tab\there"];
    let mut drafts: Vec<Draft> = subjects.map(|subject| Draft { subject: subject.into(), ..draft() }).to_vec();
    drafts.extend(
        ["word ".repeat(400), "ä".repeat(400), format!("{} ü {}", "x".repeat(200), "y ".repeat(100))]
            .map(|subject| Draft { subject: subject.trim().into(), ..draft() }),
    );
    drafts.extend(
        [
            "Jörg Müller <j@b.example>".to_owned(),
            "\"Bob, the \\\"builder\\\"\" <b@b.example>, c@c.example".to_owned(),
            format!("{} <l@b.example>", long_name.trim()),
            (0..60).map(|n| format!("Person {n} <p{n}@b.example>")).collect::<Vec<_>>().join(", "),
            "Team: a@b.example, Ü <c@d.example>;, x@y.example".to_owned(),
            "山田太郎 <y@例え.テスト>, j@bücher.example".to_owned(),
            "jörg@bücher.example".to_owned(),
            "\"odd local\"@b.example".to_owned(),
        ]
        .map(|to| Draft { to, ..draft() }),
    );
    let bodies =
        ["", "ä\n", "日本語\n", "From here\n.\n..\n\ntrailing \n", "no end", "\u{85}\u{2028}\u{560a}\u{560d}\n"];
    drafts.extend(bodies.map(|body| Draft { body: body.into(), ..draft() }));
    drafts.extend(["x".repeat(998), "x".repeat(20_000), "ü ".repeat(5_000)].map(|body| Draft { body, ..draft() }));
    drafts.extend(["Grüße\n.\n".to_owned(), "中".repeat(300)].map(|body| Draft { body, eight_bit: true, ..draft() }));
    drafts.extend(["plain", "ä", &"long words ".repeat(100), "日本"].map(|value| Draft {
        headers: vec![("X-Kept".into(), value.trim().into()), ("Sender".into(), "S <s@ü.example>".into())],
        cc: "C <c@c.example>".into(),
        reply_to: "R Ö <r@r.example>".into(),
        bcc: "hidden@h.example".into(),
        ..draft()
    }));
    drafts
}

/// Drafts with attachments and other structure.
fn structured(folder: &Path) -> Vec<Draft> {
    let every: Vec<u8> = (0..=255).cycle().take(3_000).collect();
    let names = [
        "plain.bin".to_owned(),
        "with space; and = signs.bin".to_owned(),
        "q\"uo\\te's.bin".to_owned(),
        "Grüße und 100% mehr.bin".to_owned(),
        "👍🏽 emoji.bin".to_owned(),
        "日本語のファイル名".repeat(12) + ".bin",
        "long ".repeat(50) + ".bin",
        "..".to_owned(),
        "a quoted \\ name that is \"folded\" between its words, as it has no room.bin".to_owned(),
        "a/b\\c.bin".to_owned(),
        "\u{202e}gpj.exe".to_owned(),
    ];
    let mut drafts: Vec<Draft> =
        names.iter().map(|name| with(vec![attached(name, "application/octet-stream", &every)])).collect();
    drafts.push(with(names.iter().map(|name| attached(name, "image/png", name.as_bytes())).collect()));
    let texts: [&[u8]; 7] =
        [b"", b"unix\nlines\n", b"dos\r\n", b"no end", "Grüße\n".as_bytes(), b"\xe4 latin\n", b"bare\rcr\0"];
    drafts.extend(texts.map(|bytes| with(vec![attached("a.txt", "text/plain", bytes), attached("b", "x/y", b"b")])));
    drafts.push(with(vec![attached("in.eml", "message/rfc822", b"Subject: in\r\nFrom: a@b\r\n\r\nHi\r\n")]));
    drafts.push(with(vec![
        Attachment { inline: true, ..attached("p.png", "image/png", &every) },
        Attachment { inline: true, ..attached("n.txt", "text/plain", b"note\n") },
    ]));
    drafts.extend([0, 1, 57, 58, 300_000].map(|size| {
        let path = folder.join(format!("Größe {size}.dat"));
        std::fs::write(&path, every.iter().copied().cycle().take(size).collect::<Vec<u8>>()).unwrap();
        with(vec![Attachment::from_path(path), attached("behind", "a/b", b"c")])
    }));
    let body = "# Plan\n\n- *Grüße*\n- <script>\n\n[x](https://x.example)\n".to_owned();
    let markdown = Draft { body, format: Format::Markdown, ..draft() };
    drafts.push(markdown.clone());
    drafts.push(Draft { eight_bit: true, ..markdown.clone() });
    let attachments = vec![attached("a", "image/png", b"1")];
    drafts.push(Draft { attachments, dkim: Some(key(folder, &rcgen::PKCS_ED25519).0), ..markdown });
    drafts.push(Draft { dkim: Some(key(folder, &rcgen::PKCS_RSA_SHA256).0), ..draft() });
    drafts
}

/// A key in a file, and its record in the DNS.
fn key(folder: &Path, algorithm: &'static rcgen::SignatureAlgorithm) -> (DkimKey, String) {
    let pair = rcgen::KeyPair::generate_for(algorithm).unwrap();
    let rsa = algorithm == &rcgen::PKCS_RSA_SHA256;
    let file = folder.join(if rsa { "rsa.pem" } else { "ed25519.pem" });
    std::fs::write(&file, pair.serialize_pem()).unwrap();
    let kind = if rsa { "rsa" } else { "ed25519" };
    let record = format!("v=DKIM1; k={kind}; p={}", BASE64_STANDARD.encode(pair.public_key_raw()));
    (DkimKey { file, domain: "a.example".into(), selector: "s1".into() }, record)
}

fn sha256(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(Sha256::digest(bytes))
}

fn contents(attachment: &Attachment) -> Vec<u8> {
    match &attachment.content {
        Content::Path(path) => std::fs::read(path).unwrap(),
        Content::Bytes(bytes) => bytes.to_vec(),
    }
}

/// What a parser has to see of the parts. Of HTML and of an attached mail, their octets are not held against anything.
fn parts(draft: &Draft) -> Vec<Value> {
    let mut text = draft.body.replace("\r\n", "\n").replace('\n', "\r\n");
    if !text.is_empty() && !text.ends_with("\r\n") {
        text.push_str("\r\n");
    }
    let none = Value::Null;
    let mut parts =
        vec![json!({"type": "text/plain", "name": none, "disposition": none, "sha256": sha256(text.as_bytes())})];
    if draft.format == Format::Markdown {
        parts.push(json!({"type": "text/html", "name": none, "disposition": none, "sha256": none}));
    }
    parts.extend(draft.attachments.iter().map(|attachment| {
        let disposition = if attachment.inline { "inline" } else { "attachment" };
        let mail = attachment.content_type == "message/rfc822";
        let digest = if mail { Value::Null } else { json!(sha256(&contents(attachment))) };
        json!({"type": attachment.content_type, "name": attachment.name, "disposition": disposition, "sha256": digest})
    }));
    parts
}

fn people(text: &str) -> Value {
    let list = AddressList::parse(Field::To, text).unwrap();
    let one = |mailbox: &telepost::mail::Mailbox| {
        json!([mailbox.name.clone().unwrap_or_default(), on_the_wire(&mailbox.address)])
    };
    list.mailboxes().map(one).collect()
}

/// What the parser sees otherwise than it was put in.
fn differences(draft: &Draft, seen: &Value) -> Vec<String> {
    let mut found = seen["parts"].as_array().unwrap().clone();
    for part in &mut found {
        let text = part.as_object_mut().unwrap().remove("text").unwrap();
        if let Some(html) = text.as_str() {
            assert!(html.contains("<h1>Plan</h1>") && html.contains("&lt;script&gt;"), "{html}");
            part["sha256"] = Value::Null;
        }
    }
    let kept = draft.headers.iter().find(|(name, _)| name == "X-Kept").map(|(_, value)| value.as_str());
    let pairs = [
        ("defects", seen["defects"].clone(), json!([])),
        ("subject", json!(seen["subject"].as_str().unwrap_or_default()), json!(draft.subject)),
        ("from", seen["people"]["from"].clone(), people(&draft.from)),
        ("to", seen["people"]["to"].clone(), people(&draft.to)),
        ("cc", seen["people"]["cc"].clone(), people(&draft.cc)),
        ("reply-to", seen["people"]["reply-to"].clone(), people(&draft.reply_to)),
        ("date", seen["date"].clone(), json!("2026-11-22T14:46:17+01:00")),
        ("id", seen["id"].clone(), json!("<1767.00ff@client.example>")),
        ("kept", seen["kept"].clone(), json!(kept)),
        ("names", seen["names"].clone(), json!(names(draft))),
        ("parts", json!(found), json!(parts(draft))),
        ("structure", seen["structure"].clone(), json!(structure(draft))),
    ];
    let differing = pairs.into_iter().filter(|(_, seen, meant)| seen != meant);
    differing.map(|(what, seen, meant)| format!("{what}: seen {seen}, meant {meant}")).collect()
}

/// The headers in order, Content- ones left out; Bcc is none of them.
fn names(draft: &Draft) -> Vec<&str> {
    let fields = [
        (draft.dkim.is_some(), "DKIM-Signature"),
        (true, "Date"),
        (true, "From"),
        (true, "To"),
        (!draft.cc.is_empty(), "Cc"),
        (!draft.reply_to.is_empty(), "Reply-To"),
        (!draft.subject.is_empty(), "Subject"),
        (true, "Message-ID"),
        (true, "MIME-Version"),
    ];
    let made = fields.into_iter().filter(|(there, _)| *there).map(|(_, name)| name);
    made.chain(draft.headers.iter().map(|(name, _)| name.as_str())).collect()
}

fn structure(draft: &Draft) -> Vec<&str> {
    let mixed = (!draft.attachments.is_empty(), "multipart/mixed");
    let alternative = (draft.format == Format::Markdown, "multipart/alternative");
    [mixed, alternative].into_iter().filter(|(there, _)| *there).map(|(_, kind)| kind).collect()
}

#[test]
fn another_parser_sees_what_was_put_in_and_no_defect() {
    let folder = tempfile::tempdir().unwrap();
    let drafts: Vec<Draft> = [worded(), structured(folder.path())].concat();
    assert!(drafts.len() > 50);
    let mails: Vec<Vec<u8>> = drafts.iter().map(|draft| whole(&built(draft).segments).unwrap()).collect();
    let paths: Vec<PathBuf> = (0..mails.len()).map(|n| folder.path().join(format!("{n}.eml"))).collect();
    for (path, mail) in paths.iter().zip(&mails) {
        std::fs::write(path, mail).unwrap();
    }
    let seen = judged(&paths);
    assert_eq!(seen.len(), drafts.len());
    let mut faults = Vec::new();
    for ((draft, mail), seen) in drafts.iter().zip(&mails).zip(&seen) {
        let differences = differences(draft, seen);
        if !differences.is_empty() {
            let shown: String = String::from_utf8_lossy(mail).chars().take(1_500).collect();
            faults.push(format!("{}\n{shown}\n", differences.join("\n")));
        }
    }
    assert!(faults.is_empty(), "{} of {} mails:\n{}", faults.len(), drafts.len(), faults.join("\n"));
}

#[tokio::test]
async fn a_signature_holds_and_breaks_when_the_mail_is_changed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data.bin");
    std::fs::write(&file, [0, 1, 2, 255]).unwrap();
    for algorithm in [&rcgen::PKCS_ED25519, &rcgen::PKCS_RSA_SHA256] {
        let (key, record) = key(folder.path(), algorithm);
        let pieces = record.as_bytes().chunks(255).map(|piece| String::from_utf8_lossy(piece).into_owned());
        let name = Name::from_ascii("s1._domainkey.a.example.").unwrap();
        let server = Names::default().record(name, RData::TXT(TXT::new(pieces.collect()))).serve().await;
        for shape in [
            draft(),
            with(vec![Attachment::from_path(&file)]),
            Draft { body: "# Grüße  \n\n\n".into(), format: Format::Markdown, ..draft() },
            Draft { subject: "Grüße ".repeat(60), body: "ä \n".into(), eight_bit: true, ..draft() },
        ] {
            let mail = whole(&built(&Draft { dkim: Some(key.clone()), ..shape }).segments).unwrap();
            let result = async |mail: Vec<u8>| {
                let findings = verify(Arc::new(mail), Some(server.address)).await.unwrap();
                let check = findings.checks.iter().find(|check| check.name == "DKIM").unwrap().clone();
                (check.result, check.detail)
            };
            assert_eq!(result(mail.clone()).await.0, "pass", "{}", String::from_utf8_lossy(&mail));
            let changed = String::from_utf8_lossy(&mail).replace("To: bob@", "To: eve@").into_bytes();
            assert_eq!(result(changed).await.0, "fail");
        }
    }
}
