use proptest::prelude::*;

use super::*;
use crate::transcript::export::{self, Format};
use crate::transcript::sample::{body, conversation, got, record, sent};

fn header() -> Header {
    Header {
        version: "0.1.0".to_owned(),
        started: "2026-11-22T14:46:29.25Z".parse().expect("a sound timestamp"),
        endpoints: vec!["SMTP 127.0.0.1:2525".to_owned()],
        notes: vec!["certificates were not verified".to_owned()],
    }
}

fn exported(transcript: &Transcript, header: &Header) -> String {
    let mut out = Vec::new();
    export::write(transcript, Format::JsonLines, &mut out, header).expect("a Vec takes everything");
    String::from_utf8(out).expect("exports are UTF-8")
}

fn imported(text: &str) -> Result<(Transcript, Header), BadSession> {
    read(&mut text.as_bytes())
}

#[track_caller]
fn comes_back(transcript: &Transcript) {
    let before = exported(transcript, &header());
    let (read, header) = imported(&before).expect("it is an export");
    assert_eq!(exported(&read, &header), before);
    for (before, after) in transcript.iter().zip(read.iter()) {
        assert_eq!((before.id(), before.raw(), before.answers()), (after.id(), after.raw(), after.answers()));
        assert_eq!((before.took(), before.cut(), before.verb()), (after.took(), after.cut(), after.verb()));
        assert_eq!((before.summary(), before.marks()), (after.summary(), after.marks()));
    }
}

#[test]
fn a_conversation_comes_back_with_its_notes() {
    let mut transcript = conversation();
    transcript.annotate(3, Some("the list that matters".to_owned()));
    transcript.annotate(5, Some(String::new()));
    comes_back(&transcript);
    let (read, _) = imported(&exported(&transcript, &header())).unwrap();
    assert_eq!(read.annotated().collect::<Vec<_>>(), [3, 5]);
    assert_eq!(read.get(3).and_then(|entry| entry.note().map(str::to_owned)).unwrap(), "the list that matters");
}

#[test]
fn what_was_dropped_is_still_dropped_and_ids_go_on() {
    let limits = Limits { entries: 4, bodies: 10, ..Limits::default() };
    let mut transcript = Transcript::new(limits);
    for number in 0..9 {
        transcript.push(got(Side::Smtp, &format!("250 {number}"), true, true));
    }
    transcript.push(body(Side::Pop3, Direction::Received, b"0123456789abcdef\r\n", 40, true));
    comes_back(&transcript);
    let (read, _) = imported(&exported(&transcript, &header())).unwrap();
    assert_eq!((read.first_id(), read.cut()), (transcript.first_id(), transcript.cut()));
}

#[test]
fn the_newest_entries_fit_and_the_header_says_what_is_left_out() {
    let mut transcript = conversation();
    transcript.annotate(1, Some("left out".to_owned()));
    let mut out = Vec::new();
    export::newest(&transcript, &mut out, &header(), 1_000).unwrap();
    assert!(out.len() < 1_600, "{}", out.len());
    let (read, _) = super::read(&mut &out[..]).unwrap();
    assert!(read.len() > 2 && read.end_id() == transcript.end_id(), "{}", read.len());
    assert_eq!(read.cut().entries, read.first_id());
    assert_eq!(glance(&mut &out[..]).unwrap().annotated, 0);
    out.clear();
    export::newest(&transcript, &mut out, &header(), 0).unwrap();
    assert_eq!(super::read(&mut &out[..]).unwrap().0.len(), 1);
}

#[test]
fn an_older_file_tells_what_answers_what_by_its_order() {
    let text = exported(&conversation(), &header());
    let old = text
        .lines()
        .map(|line| {
            let mut object: serde_json::Value = serde_json::from_str(line).unwrap();
            let fields = object.as_object_mut().unwrap();
            for new in ["form", "annotated", "answers", "took_ms", "cut", "note"] {
                fields.remove(new);
            }
            object.to_string()
        })
        .collect::<Vec<_>>()
        .join("\n");
    let (read, _) = imported(&old).unwrap();
    let answers = |transcript: &Transcript| transcript.iter().map(|entry| entry.answers()).collect::<Vec<_>>();
    assert_eq!(answers(&read), answers(&conversation()));
}

#[test]
fn mistakes_are_told_with_line_and_column() {
    let text = exported(&conversation(), &header());
    let (head, row) = (text.lines().next().unwrap(), text.lines().nth(1).unwrap());
    let changed = |from: &str, to: &str| format!("{head}\n{}\n", row.replacen(from, to, 1));
    for (file, told) in [
        (String::new(), "line 1, column 1: the file is empty"),
        ("{}".to_owned(), "line 1, column 2: missing field `kind`"),
        (head.replace("header", "haeder"), "line 1, column 2: kind: the first line is no header"),
        (changed("\"smtp\"", "\"sntp\""), "line 2, column 13: side: \"sntp\" is none of smtp, pop3"),
        (changed("\"event\"", "7"), "line 2, column"),
        (changed("\"at_ms\":", "\"at_ms\":-"), "at_ms: no time is this long"),
        (changed("\"text\":", "\"bytes_base64\":\"%\",\"text\":"), "bytes_base64: this is no base64"),
        (changed("\"text\":", "\"verb\":\"\u{e9}\",\"text\":"), "verb: no verb is written so"),
        (format!("{head}\n{row}\n{}", &row[..20]), "line 3, column 20: EOF while parsing"),
        (head.replace("\"dropped_entries\":0", "\"dropped_entries\":9999999999999999"), "no transcript had so many"),
    ] {
        let error = imported(&file).unwrap_err().to_string();
        assert!(error.contains(told), "{error}\n{file}");
    }
}

#[test]
fn a_line_without_an_end_is_no_reason_to_read_on() {
    let endless = std::io::repeat(b'{');
    let error = super::read(&mut std::io::BufReader::new(endless)).unwrap_err().to_string();
    assert!(error.contains("longer than 1048576 octets"), "{error}");
}

#[test]
fn control_bytes_in_a_mistake_are_made_visible() {
    let head = exported(&Transcript::default(), &header());
    let error = imported(&format!("{head}{{\"number\":\"\\u001b[2J\"}}")).unwrap_err().to_string();
    assert!(error.starts_with("line 2") && !error.contains('\u{1b}'), "{error:?}");
}

fn any_record() -> impl Strategy<Value = Record> {
    use ChunkKind::{Body, BodyEnd, Command, Reply, Stray};
    let kind = prop_oneof![
        Just(Command),
        Just(Stray),
        Just(Body),
        Just(BodyEnd),
        (any::<bool>(), any::<bool>()).prop_map(|(first, last)| Reply { first, last }),
    ];
    let direction = prop_oneof![
        3 => Just(Direction::Sent),
        3 => Just(Direction::Received),
        1 => Just(Direction::Event),
        1 => Just(Direction::Error),
    ];
    let bytes = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..30),
        "(AUTH PLAIN|RCPT TO:<a@b>|334 |250-x|250 ok|\\+OK 2|-ERR no)?(\r\n)?".prop_map(String::into_bytes),
    ];
    let tally = proptest::option::of((0..5_000_u64).prop_map(|octets| Tally { octets, lines: 3, ..Tally::default() }));
    let rest = (any::<bool>(), any::<bool>(), 1..3_u32, 0..10_000_000_000_u64, proptest::option::of(0..9_000_000_u64));
    (kind, direction, bytes, tally, any::<bool>(), rest).prop_map(
        |(kind, direction, bytes, tally, pop3, (expected, tls, link, at, lapse))| Record {
            expected,
            tls,
            link,
            at: Duration::from_micros(at),
            lapse: lapse.map(Duration::from_micros),
            tally,
            ..record(if pop3 { Side::Pop3 } else { Side::Smtp }, direction, kind, &bytes)
        },
    )
}

proptest! {
    #[test]
    fn every_transcript_comes_back(
        records in proptest::collection::vec(any_record(), 0..30),
        notes in proptest::collection::vec((0..30_u64, "[a-z\u{1b}\n]{0,4}"), 0..4),
        entries in prop_oneof![Just(5_usize), Just(1_000)],
    ) {
        let mut transcript = Transcript::new(Limits { entries, bodies: 50, ..Limits::default() });
        for (number, record) in (1..).zip(records) {
            transcript.push(Record { number, ..record });
        }
        for (id, note) in notes {
            transcript.annotate(id, Some(note));
        }
        comes_back(&transcript);
    }

    #[test]
    fn hostile_files_never_panic(
        at in 0..4_000_usize,
        with in proptest::collection::vec(any::<u8>(), 0..6),
        gone in 0..40_usize,
    ) {
        let mut transcript = conversation();
        transcript.annotate(2, Some("x".to_owned()));
        transcript.push(sent(Side::Smtp, "QUIT"));
        let mut bytes = exported(&transcript, &header()).into_bytes();
        let from = at.min(bytes.len());
        bytes.splice(from..(from + gone).min(bytes.len()), with);
        if let Ok((transcript, header)) = super::read(&mut &bytes[..]) {
            let _ = exported(&transcript, &header);
            let _ = transcript.iter().map(|entry| entry.summary().len()).sum::<usize>();
        }
    }
}
