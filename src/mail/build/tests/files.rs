//! Attached files: exact figures without reading, and nothing of them in memory.

use std::fs::File;
use std::io::Write;

use super::*;
use crate::wire::segment::BASE64_LINE;

/// A file of this name that holds `bytes`, and its attachment.
fn file(folder: &tempfile::TempDir, name: &str, bytes: &[u8]) -> Attachment {
    let path = folder.path().join(name);
    File::create(&path).and_then(|mut file| file.write_all(bytes)).expect("writable");
    Attachment::from_path(path)
}

fn arrived(built: &Built) -> Vec<(String, String, Vec<u8>)> {
    let bytes = octets(built);
    let message = MessageParser::default().parse(&bytes).expect("a mail");
    let part = |part: &mail_parser::MessagePart<'_>| {
        let kind = part.content_type().map(|kind| format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default()));
        (part.attachment_name().unwrap_or_default().to_owned(), kind.unwrap_or_default(), part.contents().to_vec())
    };
    message.attachments().map(part).collect()
}

#[test]
fn a_file_of_any_size_is_a_stretch_that_nobody_reads() {
    const SIZE: u64 = 3 * 1024 * 1024 * 1024 + 1;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("disk.img");
    File::create(&path).and_then(|file| file.set_len(SIZE)).expect("a sparse file");
    let built = Draft { attachments: vec![Attachment::from_path(&path)], ..draft() }.build(&now(), "h");
    let built = built.expect("no size is too large");
    let encoded = SIZE.div_ceil(3) * 4 + SIZE.div_ceil(BASE64_LINE) * 2;
    assert_eq!(built.octets, encoded + built.in_memory() as u64);
    assert!(built.in_memory() < 2_000 && built.longest_line <= 78 && !built.eight_bit);
    let kinds: Vec<bool> = built.segments.iter().map(|segment| matches!(segment, Segment::Base64 { .. })).collect();
    assert_eq!(kinds, [false, true, false]);
}

#[test]
fn a_small_text_goes_as_text_and_a_clean_mail_as_a_mail() {
    let folder = tempfile::tempdir().expect("a folder");
    let large = "y\n".repeat(140_000);
    let cases: [(&str, &[u8], &str, &str); 6] = [
        ("note.txt", b"plain\r\n", "text/plain", "7bit"),
        ("unix.md", "- A sentence, and Grüße\n".as_bytes(), "text/markdown", "quoted-printable"),
        ("large.log", large.as_bytes(), "text/plain", "base64"),
        ("inner.eml", b"Subject: in\r\n\r\nHi\r\n", "message/rfc822", "7bit"),
        ("unix.eml", b"Subject: in\n\nHi\n", "application/octet-stream", "base64"),
        ("a.PNG", b"\x89PNG", "image/png", "base64"),
    ];
    for (name, bytes, kind, encoding) in cases {
        let built = build(&Draft { attachments: vec![file(&folder, name, bytes)], ..draft() });
        let text = text(&built);
        let part = text.split("--=_m.").nth(2).expect("the attachment");
        assert!(part.contains(&format!("\r\nContent-Type: {kind}; ")), "{name}: {part:.300}");
        assert!(part.contains(&format!("\r\nContent-Transfer-Encoding: {encoding}\r\n")), "{name}: {part:.300}");
        if kind != "message/rfc822" {
            assert_eq!(arrived(&built), [(name.to_owned(), kind.to_owned(), bytes.to_vec())]);
        }
    }
}

#[test]
fn text_says_its_character_set_where_it_is_known() {
    let of = |bytes: &[u8]| text(&build(&Draft { attachments: vec![attachment("a", "text/csv", bytes)], ..draft() }));
    assert!(of("ä;ö\n".as_bytes()).contains("Content-Type: text/csv; charset=\"utf-8\"; name=\"a\"\r\n"));
    assert!(!of(b"a;b\n").contains("charset=\"utf-8\"") && !of(b"\xe4;\n").contains("charset=\"utf-8\""));
}

#[test]
fn what_is_no_regular_file_is_a_fault_and_nobody_waits_for_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let socket = folder.path().join("socket.txt");
    let _bound = std::os::unix::net::UnixListener::bind(&socket).expect("a socket");
    for path in [socket, folder.path().to_owned(), "/dev/zero".into(), "/dev/tty".into()] {
        let faults = Draft { attachments: vec![Attachment::from_path(&path)], ..draft() }.build(&now(), "h");
        let faults = faults.expect_err("no file");
        assert!(faults[0].field == Field::Attachment(0) && faults[0].what.ends_with("is not a file"), "{faults:?}");
    }
}

#[test]
fn an_inline_attachment_says_so_and_keeps_its_octets() {
    let inline = |name, kind, bytes| Attachment { inline: true, ..attachment(name, kind, bytes) };
    let attachments = vec![inline("a.png", "image/png", b"\x89PNG"), inline("b.txt", "text/plain", b"unix\nlines  \n")];
    let built = build(&Draft { attachments, ..draft() });
    let text = text(&built);
    for line in ["Content-Disposition: inline; filename=\"a.png\"", "Content-Disposition: inline; filename=\"b.txt\""] {
        assert!(text.contains(&format!("\r\n{line}\r\n")), "{text}");
    }
    assert!(text.contains("unix=0Alines"), "its line ends are its own: {text}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn figures_of_files_are_exact(files in proptest::collection::vec((any::<bool>(), 0_usize..400, any::<u8>()), 0..5)) {
        let folder = tempfile::tempdir().expect("a folder");
        let attachments: Vec<Attachment> = files.iter().enumerate().map(|(index, (text, size, byte))| {
            let bytes: Vec<u8> = (0..*size).map(|n| byte.wrapping_mul(n as u8)).collect();
            let name = if *text { format!("{index}.txt") } else { format!("{index}.bin") };
            file(&folder, &name, &bytes)
        }).collect();
        let contents: Vec<Vec<u8>> = attachments.iter().map(|attachment| match &attachment.content {
            Content::Path(path) => std::fs::read(path).expect("just written"),
            Content::Bytes(bytes) => bytes.to_vec(),
        }).collect();
        let built = build(&Draft { attachments, ..draft() });
        prop_assert_eq!(built.octets, octets(&built).len() as u64);
        let mail = octets(&built);
        let message = MessageParser::default().parse(&mail).expect("a mail");
        prop_assert_eq!(message.attachment_count(), contents.len());
        for (part, bytes) in message.attachments().zip(&contents) {
            // Text in no character set that is named is shown as well as it can be.
            let kind_is_text = part.content_type().is_some_and(|kind| kind.ctype() == "text");
            if !kind_is_text || std::str::from_utf8(bytes).is_ok() {
                prop_assert_eq!(part.contents(), bytes.as_slice());
            }
        }
    }
}
