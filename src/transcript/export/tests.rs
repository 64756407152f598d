use proptest::prelude::*;

use super::*;
use crate::transcript::sample::{body, conversation, got, record};
use crate::transcript::{Direction, Limits, Record};
use crate::wire::{ChunkKind, Side};

fn header() -> Header {
    Header {
        version: "0.1.0".to_owned(),
        started: "2026-11-22T14:46:29Z".parse().expect("a sound timestamp"),
        endpoints: vec!["SMTP 127.0.0.1:2525".to_owned()],
        notes: vec!["certificates were not verified".to_owned()],
    }
}

fn export(transcript: &Transcript, format: Format) -> String {
    let mut out = Vec::new();
    write(transcript, format, &mut out, &header()).expect("a Vec takes everything");
    String::from_utf8(out).expect("exports are UTF-8")
}

fn objects(transcript: &Transcript) -> Vec<serde_json::Value> {
    let lines = export(transcript, Format::JsonLines);
    lines.lines().map(|line| serde_json::from_str(line).expect("each line is one object")).collect()
}

#[test]
fn the_extension_names_the_form() {
    for (path, format) in [
        ("a/b.txt", Some(Format::Text)),
        ("b.JSONL", Some(Format::JsonLines)),
        ("ticket.md", Some(Format::Markdown)),
        ("b.eml", None),
        ("txt", None),
    ] {
        assert_eq!(Format::from_path(Path::new(path)), format, "{path}");
    }
}

#[test]
fn plain_text_has_every_line_with_time_and_prefix() {
    let text = export(&conversation(), Format::Text);
    let start = "=== telepost 0.1.0, transcript started 2026-11-22T14:46:29Z\n=== SMTP 127.0.0.1:2525\n\
                 === certificates were not verified\n  \
                 +0.001 === TCP 127.0.0.1:2525 connected\n  +0.002 <-  220 sandbox ESMTP\n";
    assert!(text.starts_with(start), "{text}");
    let mail = "  +0.021  -> Subject: x\n  +0.021  ->\n  +0.021  -> Hi\n  +0.021  -> .\n";
    assert!(text.contains(mail), "{text}");
    assert!(text.contains("  +0.004 <-  250-sandbox\n  +0.004 <-  250-SIZE\n  +0.004 <-  250 AUTH PLAIN\n"), "{text}");
}

#[test]
fn what_is_missing_is_said() {
    let mut transcript = Transcript::new(Limits { entries: 2, ..Limits::default() });
    transcript.push(got(Side::Smtp, "250 dropped", true, true));
    transcript.push(body(Side::Pop3, Direction::Received, b"kept\r\n", 5_006, false));
    transcript.push(got(Side::Smtp, "250-half", true, false));
    let text = export(&transcript, Format::Text);
    assert!(text.contains("=== to bound memory: 1 older row dropped"), "{text}");
    assert!(text.contains("<-  kept\n") && text.contains("[5,000 B of this body are not kept]"), "{text}");
    assert!(text.contains("250-half\n") && text.ends_with("[no end seen]\n"), "{text}");
    let objects = objects(&transcript);
    assert_eq!(objects[0]["dropped_entries"], 1);
    assert_eq!(objects[1]["octets_missing"], 5_000);
    assert_eq!(objects[2]["complete"], false);
}

#[test]
fn json_lines_tell_each_entry() {
    let objects = objects(&conversation());
    assert_eq!((&objects[0]["kind"], &objects[0]["entries"]), (&"header".into(), &23.into()));
    let ehlo = &objects[4];
    assert_eq!(ehlo["text"], "250-sandbox\n250-SIZE\n250 AUTH PLAIN");
    assert_eq!((&ehlo["code"], &ehlo["class"], &ehlo["verb"]), (&250.into(), &"OK".into(), &"EHLO".into()));
    assert_eq!((&ehlo["at_ms"], &ehlo["lapse_ms"]), (&4.0.into(), &2.0.into()));
    assert!(objects.iter().all(|object| object.get("bytes_base64").is_none()));
    assert_eq!(objects[19]["tally"]["octets"], 18);
}

#[test]
fn json_lines_keep_bytes_that_the_text_does_not_tell() {
    for (bytes, told) in [
        (&b"250 ok\r\n"[..], true),
        (b"250 ok\n", false),
        (b"250 ok", false),
        (b"250 \x1b[2J\r\n", false),
        (b"250 \xff\r\n", false),
        (b"250\r\r\n", false),
    ] {
        let mut transcript = Transcript::default();
        transcript.push(record(Side::Smtp, Direction::Received, ChunkKind::Stray, bytes));
        let kept = objects(&transcript)[1]["bytes_base64"].as_str().map(str::to_owned);
        let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes);
        assert_eq!(kept, (!told).then_some(encoded), "{}", bytes.escape_ascii());
    }
}

#[test]
fn markdown_pairs_commands_with_replies() {
    let text = export(&conversation(), Format::Markdown);
    let row = "| +0.019 | SMTP | ` RCPT TO:<eve@sandbox.test> ` | ` 550 5.1.1 no such user ` | 2 ms | PERM |\n";
    assert!(text.contains(row), "{text}");
}

#[test]
fn no_text_breaks_out_of_the_fence_or_a_cell() {
    let mut transcript = Transcript::default();
    for line in ["550 ````` @everyone", "550 a|b \\| `c`", "```"] {
        transcript.push(got(Side::Smtp, line, true, true));
    }
    let text = export(&transcript, Format::Markdown);
    let fences: Vec<&str> = text.lines().filter(|line| line.starts_with("``````")).collect();
    assert_eq!(fences, ["``````text", "``````"], "{text}");
    for row in text.lines().filter(|line| line.starts_with("| +")) {
        assert_eq!(row.matches('|').count(), 7, "{row}");
    }
    assert!(text.contains("`` 550 a¦b \\¦ `c` ``"), "{text}");
}

fn any_record() -> impl Strategy<Value = Record> {
    let kind = prop_oneof![
        Just(ChunkKind::Stray),
        Just(ChunkKind::Body),
        Just(ChunkKind::Reply { first: true, last: true }),
        Just(ChunkKind::Reply { first: true, last: false }),
    ];
    let direction = prop_oneof![Just(Direction::Received), Just(Direction::Event)];
    let hostile = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..40),
        proptest::collection::vec(proptest::sample::select(&b"`|\x1b\r\n\x9b\xc2\x85\x7f\t <"[..]), 0..40),
    ];
    (kind, direction, hostile).prop_map(|(kind, direction, bytes)| record(Side::Pop3, direction, kind, &bytes))
}

proptest! {
    #[test]
    fn hostile_bytes_leave_no_control_character(records in proptest::collection::vec(any_record(), 0..12)) {
        let mut transcript = Transcript::default();
        for record in records {
            transcript.push(record);
        }
        for format in [Format::Text, Format::JsonLines, Format::Markdown] {
            let text = export(&transcript, format);
            prop_assert!(!text.chars().any(|c| c != '\n' && c.is_control()), "{:?}", text);
        }
        prop_assert_eq!(objects(&transcript).len(), transcript.len() + 1);
    }
}
