use clap::Parser;

use super::spool::{IN_MEMORY, body};
use super::*;
use crate::cli::Status;

#[derive(Debug, Parser)]
struct Only {
    #[command(flatten)]
    many: ManyArgs,
}

fn many(options: &[&str]) -> ManyArgs {
    Only::parse_from([&["x"], options].concat()).many
}

fn source(args: &MailArgs, options: &[&str]) -> Result<Source, Trouble> {
    Source::new(args, &many(options), "lab.test")
}

fn prepare(source: &mut Source, index: u64) -> Prepared {
    source.prepare(index, Manner::default()).unwrap()
}

fn args() -> MailArgs {
    MailArgs {
        from: Some("Ada <ada@a.example>".into()),
        to: vec!["bob@b.example".into()],
        bcc: vec!["eve@c.example".into()],
        subject: Some("Grüße".into()),
        body: Some("Hi\n".into()),
        header: vec!["X-A: 1".into()],
        ..MailArgs::default()
    }
}

fn octets(body: &Body) -> Vec<u8> {
    match body {
        Body::Bytes(bytes) => bytes.to_vec(),
        Body::Segments(segments) => mail::build::whole(segments).unwrap(),
        Body::File(path) => std::fs::read(path).unwrap(),
    }
}

#[test]
fn every_composed_mail_has_its_own_message_id_and_no_bcc() {
    let mut source = source(&args(), &["--count", "3"]).unwrap();
    let mails = [0, 1, 2].map(|index| prepare(&mut source, index));
    let text = mails.each_ref().map(|mail| String::from_utf8(octets(&mail.body)).unwrap());
    let id = |text: &str| text.lines().find(|line| line.starts_with("Message-ID:")).unwrap().to_owned();
    assert!(id(&text[0]) != id(&text[1]) && id(&text[1]) != id(&text[2]));
    assert!(text[0].contains("X-A: 1\r\n") && !text[0].contains("eve@"));
    let transaction = &mails[0].transaction;
    assert_eq!(transaction.to, ["bob@b.example", "eve@c.example"]);
    assert_eq!(transaction.size, Some(text[0].len() as u64));
    assert!(transaction.body == BodyKind::SevenBit && !transaction.utf8);
}

#[test]
fn half_an_envelope_keeps_the_other_half() {
    let from = MailArgs { envelope_from: Some("<>".into()), ..args() };
    let envelope = source(&from, &[]).unwrap().envelope;
    assert_eq!((envelope.from.as_str(), envelope.to.len()), ("", 2));
    let to = MailArgs { envelope_to: vec!["<x@y>".into()], ..args() };
    let envelope = source(&to, &[]).unwrap().envelope;
    assert_eq!((envelope.from.as_str(), envelope.to), ("ada@a.example", vec!["x@y".to_owned()]));
}

#[test]
fn mistakes_are_found_before_anything_is_sent() {
    for wrong in [
        MailArgs { from: None, ..args() },
        MailArgs { to: vec!["bob".into()], ..args() },
        MailArgs { to: Vec::new(), bcc: Vec::new(), ..args() },
        MailArgs { subject: Some("a\r\nBcc: x@y".into()), ..args() },
        MailArgs { header: vec!["nonsense".into()], ..args() },
        MailArgs { attach: vec!["/no/such/file".into()], ..args() },
        MailArgs { body: None, body_file: Some("/no/such/file".into()), ..args() },
        MailArgs { envelope_to: vec!["a@b>\r\nDATA".into()], ..args() },
    ] {
        let trouble = source(&wrong, &[]).unwrap_err();
        assert_eq!(trouble.status, Status::Usage, "{wrong:?}");
    }
}

#[test]
fn a_raw_mail_is_read_as_it_is_sent() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("a.eml");
    std::fs::write(&path, "From: a@b\nTo: c@d\n\nGrüße").unwrap();
    let empty = MailArgs { from: None, to: Vec::new(), bcc: Vec::new(), subject: None, ..args() };
    let raw = MailArgs { body: None, header: Vec::new(), raw: Some(path), ..empty };
    let transaction = prepare(&mut source(&raw, &[]).unwrap(), 0).transaction;
    assert_eq!((transaction.from.as_str(), transaction.to), ("a@b", vec!["c@d".to_owned()]));
    assert_eq!(transaction.size, Some(31));
    assert!(transaction.body == BodyKind::EightBit && !transaction.utf8);
}

#[test]
fn much_input_goes_through_a_file_that_goes_away() {
    let input = vec![b'x'; IN_MEMORY + 5];
    let (body, scan, spool) = body(input.as_slice()).unwrap();
    let Body::File(path) = body else { panic!("it is too much for memory") };
    assert_eq!((std::fs::read(&path).unwrap(), scan.octets), (input, IN_MEMORY as u64 + 7));
    drop(spool);
    assert!(!path.exists());
}

#[test]
fn each_recipient_has_a_mail_of_its_own() {
    let args = MailArgs { cc: vec!["Ada <cc@c.example>".into()], ..args() };
    let mut each = source(&args, &["--each"]).unwrap();
    assert_eq!(each.total(), 3);
    let mails: Vec<_> = (0..3).map(|index| prepare(&mut each, index)).collect();
    for (mail, (header, to)) in mails.iter().zip([
        ("To: bob@b.example\r\n", "bob@b.example"),
        ("To: \"Ada\" <cc@c.example>\r\n", "cc@c.example"),
        ("To: eve@c.example\r\n", "eve@c.example"),
    ]) {
        let text = String::from_utf8(octets(&mail.body)).unwrap();
        assert!(text.replace("To: Ada", "To: \"Ada\"").contains(header) && !text.contains("Cc:"), "{text}");
        assert_eq!(mail.transaction.to, [to]);
    }
    let envelope = MailArgs { envelope_to: vec!["x@y.example".into(), "z@y.example".into()], ..args };
    let mut each = source(&envelope, &["--each", "--count", "2"]).unwrap();
    let to: Vec<_> = (0..each.total()).map(|index| prepare(&mut each, index).transaction.to.concat()).collect();
    assert_eq!(to, ["x@y.example", "z@y.example", "x@y.example", "z@y.example"]);
}

fn table(text: &str, args: &MailArgs) -> (tempfile::TempDir, Result<Source, Trouble>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people.csv");
    std::fs::write(&path, text).unwrap();
    let source = source(args, &["--csv", path.to_str().unwrap()]);
    (folder, source)
}

fn template() -> MailArgs {
    MailArgs { to: vec!["{{mail}}".into()], bcc: Vec::new(), body: Some("Dear {{name}}\n".into()), ..args() }
}

#[test]
fn each_row_is_a_mail() {
    let (_folder, source) = table("mail,name\nbob@b.example,Bob\neve@c.example,Eve\n", &template());
    let mut source = source.unwrap();
    assert_eq!(source.total(), 2);
    for (index, name, to) in [(0, "Dear Bob", "bob@b.example"), (1, "Dear Eve", "eve@c.example")] {
        let mail = prepare(&mut source, index);
        assert!(String::from_utf8(octets(&mail.body)).unwrap().contains(name));
        assert_eq!((mail.transaction.to, mail.row), (vec![to.to_owned()], Some(index + 1)));
    }
}

#[test]
fn a_bad_row_is_found_before_anything_is_sent() {
    let wrong_name = MailArgs { subject: Some("for {{nmae}}".into()), ..template() };
    let in_name = MailArgs { subject: Some("for {{name}}".into()), ..template() };
    for (text, args, words) in [
        ("mail,name\nbob@b.example,Bob\nnobody,Eve\n", template(), "people.csv, line 3: To"),
        ("mail,name\nbob@b.example\n", template(), "people.csv, line 2, column 2: the field \"name\" is missing"),
        ("mail,name\nbob@b.example,Bob\n", wrong_name, "--subject, line 1, column 5: there is no field \"nmae\""),
        ("mail,name\nbob@b.example,\"B\r\nBcc: x@y.example\"\n", in_name, "people.csv, line 2: Subject"),
        ("mail,name\n", template(), "no row"),
    ] {
        let (_folder, source) = table(text, &args);
        let trouble = source.unwrap_err();
        assert_eq!(trouble.status, Status::Usage);
        assert!(trouble.what.contains(words), "{trouble}");
    }
}

#[test]
fn only_mails_that_differ_in_nothing_else_are_copied() {
    let copied = |args: &MailArgs, options: &[&str]| matches!(source(args, options).unwrap().kind, Kind::Copies(_));
    assert!(copied(&args(), &[]));
    assert!(!copied(&args(), &["--each"]));
    assert!(!copied(&MailArgs { fault: vec!["two-dates".into()], ..args() }, &[]));
    let raw = MailArgs { raw: Some("/no/such".into()), fault: vec!["no-date".into()], ..MailArgs::default() };
    assert_eq!(source(&raw, &[]).unwrap_err().status, Status::Usage);
}

/// A raw mail in a file, with a key beside it.
fn to_sign(folder: &tempfile::TempDir, mail: &[u8]) -> MailArgs {
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    let (file, path) = (folder.path().join("key.pem"), folder.path().join("mail.eml"));
    std::fs::write(&file, key.serialize_pem()).unwrap();
    std::fs::write(&path, mail).unwrap();
    MailArgs {
        raw: Some(path),
        dkim_key: Some(file),
        dkim_domain: Some("a.example".into()),
        dkim_selector: Some("s1".into()),
        ..MailArgs::default()
    }
}

#[test]
fn a_raw_mail_is_signed_as_it_goes_out() {
    let folder = tempfile::tempdir().unwrap();
    let args = to_sign(&folder, b"From: a@a.example\nTo: b@b.example\nSubject: S\n\n.Hi\rthere");
    let mut signed = source(&args, &[]).unwrap();
    let mail = prepare(&mut signed, 0);
    let text = String::from_utf8(octets(&mail.body)).unwrap();
    let (field, rest) = text.split_at(text.find("From:").unwrap());
    assert!(field.starts_with("DKIM-Signature:") && field.contains("d=a.example") && field.ends_with("\r\n"), "{text}");
    let lines = "From: a@a.example\r\nTo: b@b.example\r\nSubject: S\r\n\r\n.Hi\r\nthere\r\n";
    assert_eq!(rest, lines);
    let again = mail::build::dkim_signature(lines.as_bytes(), &compose::dkim(&args).unwrap()).unwrap();
    let hash = |field: &str| field.split("bh=").nth(1).unwrap().split(';').next().unwrap().to_owned();
    assert_eq!(hash(field), hash(&String::from_utf8(again).unwrap()), "the body on the wire is the one signed");
    assert_eq!(mail.transaction.size, Some(text.len() as u64));
    assert_eq!(mail.transaction.to, ["b@b.example"]);
}

#[test]
fn a_mail_that_is_too_big_to_sign_is_refused_before_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let args = to_sign(&folder, b"To: b@b.example\n\n");
    let file = std::fs::OpenOptions::new().append(true).open(args.raw.as_ref().unwrap()).unwrap();
    file.set_len(SIGNED + 1).unwrap();
    assert!(source(&args, &[]).unwrap_err().to_string().contains("too many to sign"));
}
