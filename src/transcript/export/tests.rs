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
        ("page.html", Some(Format::Html)),
        ("b.eml", Some(Format::Mail)),
        ("b.pdf", None),
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
fn reports_tell_the_servers_the_encryption_and_the_notes() {
    let mut transcript = conversation();
    transcript.push(record(Side::Smtp, Direction::Event, ChunkKind::Stray, b"TLS 1.3, trusted"));
    transcript.annotate(1, Some(String::new()));
    transcript.annotate(16, Some("ask `Bob` <now>".to_owned()));
    let markdown = export(&transcript, Format::Markdown);
    for line in [
        "- telepost ` 0.1.0 `\n",
        "- server ` SMTP 127.0.0.1:2525 `\n",
        "- TLS ` SMTP connection 1: TLS 1.3, trusted `\n",
        "- TLS ` POP3 connection 1: not encrypted `\n",
        "- note ` certificates were not verified `\n",
        "- +0.002 ` 220 sandbox ESMTP `: bookmark\n",
        "- +0.019 ` 550 5.1.1 no such user `: `` ask `Bob` <now> ``\n",
    ] {
        assert!(markdown.contains(line), "{line}{markdown}");
    }
    let html = export(&transcript, Format::Html);
    for part in [
        "<dt>TLS</dt><dd>SMTP connection 1: TLS 1.3, trusted</dd>",
        "<p class=\"note\">bookmark</p>",
        "<p class=\"note\">note: ask `Bob` &lt;now&gt;</p>",
        "<td class=\"text\">RCPT TO:&lt;eve@sandbox.test&gt;</td>",
        "<details><summary>250-sandbox (+2 lines)</summary><pre>\n250-sandbox\n250-SIZE\n250 AUTH PLAIN</pre></details>",
        "<td class=\"PERM\">PERM</td>",
    ] {
        assert!(html.contains(part), "{part}\n{html}");
    }
    let text = export(&transcript, Format::Text);
    assert!(text.contains("550 5.1.1 no such user\n  +0.019 === note: ask `Bob` <now>\n"), "{text}");
    assert!(text.contains("220 sandbox ESMTP\n  +0.002 === bookmark\n"), "{text}");
}

#[test]
fn a_mail_comes_out_as_it_went_in() {
    let mail = |transcript: &Transcript| {
        let mut out = Vec::new();
        write(transcript, Format::Mail, &mut out, &header()).map(|()| out).map_err(|error| error.to_string())
    };
    assert!(mail(&Transcript::default()).unwrap_err().starts_with("no mail is in this transcript"));
    let mut transcript = conversation();
    assert_eq!(mail(&transcript).unwrap(), b"Subject: y\r\n", "what was fetched last");
    let sent = |bytes: &[u8], octets, ends| body(Side::Smtp, Direction::Sent, bytes, octets, ends);
    let dots = b"Subject: x\r\n\r\n..a\r\n.. .\r\nb.\r\n";
    transcript.push(sent(dots, dots.len() as u64, false));
    assert!(mail(&transcript).unwrap_err().contains("did not come to its end"));
    transcript.push(sent(b"", dots.len() as u64, true));
    assert_eq!(mail(&transcript).unwrap(), b"Subject: x\r\n\r\n.a\r\n. .\r\nb.\r\n");
    transcript.push(sent(b"x\r\n", 5_003, true));
    transcript.push(sent(b"x\r\n", 5_003, false));
    transcript.push(sent(b"", 5_003, true));
    assert_eq!(mail(&transcript).unwrap_err(), "5,000 B of the last mail were not kept in the transcript");
}

#[test]
fn chunks_are_put_together_and_their_dots_left_alone() {
    let mut transcript = Transcript::default();
    for (command, bytes) in [("BDAT 6", &b".a\r\n.\r"[..]), ("BDAT 4 LAST", b"\n..b")] {
        transcript.push(crate::transcript::sample::sent(Side::Smtp, command));
        transcript.push(body(Side::Smtp, Direction::Sent, bytes, bytes.len() as u64, false));
        transcript.push(body(Side::Smtp, Direction::Sent, b"", bytes.len() as u64, true));
        transcript.push(got(Side::Smtp, "250 ok", true, true));
    }
    let mut out = Vec::new();
    write(&transcript, Format::Mail, &mut out, &header()).unwrap();
    assert_eq!(out, b".a\r\n.\r\n..b");
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
        proptest::collection::vec(proptest::sample::select(&b"`|\x1b\r\n\x9b\xc2\x85\x7f\t <>&\"'/s"[..]), 0..40),
    ];
    (kind, direction, hostile).prop_map(|(kind, direction, bytes)| record(Side::Pop3, direction, kind, &bytes))
}

/// All tags that a page may have: none of them is made of what a peer said.
fn is_our_tag(tag: &str) -> bool {
    let (name, rest) = tag.split_once(' ').unwrap_or((tag, ""));
    let names = [
        "!DOCTYPE", "html", "head", "meta", "title", "style", "body", "h1", "dl", "dt", "dd", "table", "thead",
        "tbody", "tr", "th", "td", "details", "summary", "pre", "p",
    ];
    let classes = [
        "sent", "received", "event", "error", "time", "text", "lapse", "note", "", "OK", "MORE", "TEMP", "PERM", "ERR",
    ];
    let class = rest.strip_prefix("class=\"").and_then(|rest| rest.strip_suffix('"'));
    let plain = rest.is_empty() || class.is_some_and(|class| classes.contains(&class));
    names.contains(&name.trim_start_matches('/')) && (plain || matches!(name, "!DOCTYPE" | "html" | "meta"))
}

proptest! {
    #[test]
    fn no_byte_of_a_peer_or_a_note_is_markup(
        records in proptest::collection::vec(any_record(), 1..8),
        note in "[<>&\"' a-z/]{0,20}",
    ) {
        let mut transcript = Transcript::default();
        for record in records {
            transcript.push(record);
        }
        transcript.annotate(0, Some(note));
        let page = export(&transcript, Format::Html);
        let body = page.split_once("</style>").expect("the style is there").1;
        for piece in body.split('<').skip(1) {
            let (tag, text) = piece.split_once('>').expect("each tag is closed");
            prop_assert!(is_our_tag(tag), "{:?}", tag);
            prop_assert!(!text.contains('>'), "{:?}", text);
        }
        prop_assert_eq!(body.matches("<tr").count(), transcript.len() + 1);
    }

    #[test]
    fn hostile_bytes_leave_no_control_character(records in proptest::collection::vec(any_record(), 0..12)) {
        let mut transcript = Transcript::default();
        for record in records {
            transcript.push(record);
        }
        for format in [Format::Text, Format::JsonLines, Format::Markdown, Format::Html] {
            let text = export(&transcript, format);
            prop_assert!(!text.chars().any(|c| c != '\n' && c.is_control()), "{:?}", text);
        }
        prop_assert_eq!(objects(&transcript).len(), transcript.len() + 1);
    }
}
