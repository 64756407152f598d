use proptest::prelude::*;

use super::*;
use crate::transcript::sample::{body, conversation, got, record, sent};
use crate::wire::Side;
use Side::{Pop3, Smtp};

fn filled(limits: Limits, records: impl IntoIterator<Item = Record>) -> Transcript {
    let mut transcript = Transcript::new(limits);
    for record in records {
        transcript.push(record);
    }
    transcript
}

fn summaries(transcript: &Transcript) -> Vec<String> {
    transcript.iter().map(|entry| format!("{} {}", entry.marks(), entry.summary())).collect()
}

#[test]
fn interleaved_sides_are_joined_apart() {
    assert_eq!(
        summaries(&conversation()),
        [
            "=== TCP 127.0.0.1:2525 connected",
            "<-  220 sandbox ESMTP",
            " -> EHLO lab.test",
            "<-  250-sandbox (+2 lines)",
            " -> STAT",
            "<-  +OK 2 320",
            " -> AUTH PLAIN",
            "<-  334 ",
            " -> ****(24 B)",
            "<-  235 2.7.0 accepted",
            " -> MAIL FROM:<ada@sandbox.test>",
            " -> RCPT TO:<bob@sandbox.test>",
            " -> RCPT TO:<eve@sandbox.test>",
            " -> DATA",
            "<-  250 2.1.0 ok",
            "<-  250 2.1.5 ok",
            "<-  550 5.1.1 no such user",
            "<-  354 go on",
            " -> [-] body 1 line 18 B  longest 8",
            "<-  250 2.0.0 queued as 7F3A",
            " -> RETR 1",
            "<-  +OK 120 octets",
            "<-  [-] body 1 line 12 B  longest 8",
        ]
    );
}

#[test]
fn the_octets_of_a_chunk_are_a_body_of_their_own_and_the_reply_is_to_bdat() {
    let chunk = |octets| {
        [
            body(Smtp, Direction::Sent, b"one\r\n", octets, false),
            Record { tally: None, ..body(Smtp, Direction::Sent, b"", octets, true) },
        ]
    };
    let records = [
        vec![sent(Smtp, "RCPT TO:<bob@sandbox.test>"), sent(Smtp, "BDAT 5")],
        chunk(5).to_vec(),
        vec![sent(Smtp, "BDAT 5 LAST")],
        chunk(5).to_vec(),
        vec![sent(Smtp, "RSET")],
        ["250 rcpt", "250 first", "250 last", "250 reset"].map(|line| got(Smtp, line, true, true)).to_vec(),
    ];
    let transcript = filled(Limits::default(), records.concat());
    let answered: Vec<String> = transcript
        .iter()
        .filter(|entry| entry.direction() == Direction::Received)
        .map(|entry| entry.answers().and_then(|id| transcript.get(id)).map_or(String::new(), |asked| asked.summary()))
        .collect();
    assert_eq!(answered, ["RCPT TO:<bob@sandbox.test>", "BDAT 5", "BDAT 5 LAST", "RSET"]);
    let bodies: Vec<_> = transcript.iter().filter(|entry| entry.kind() == EntryKind::Body).collect();
    assert_eq!(bodies.iter().map(crate::transcript::Entry::verb).collect::<Vec<_>>(), ["BDAT", "BDAT"]);
    assert!(
        bodies.iter().all(|entry| !crate::transcript::text::entry_text(entry, false).contains("-> .")),
        "there is no dot"
    );
    assert!(transcript.iter().all(|entry| !transcript.is_open(entry.id)), "every row is closed");
}

#[test]
fn replies_know_what_they_answer() {
    let transcript = conversation();
    let pairs: Vec<(String, &str, String)> = transcript
        .iter()
        .filter(|entry| entry.direction() == Direction::Received)
        .map(|entry| {
            let asked =
                entry.answers().and_then(|id| transcript.get(id)).map_or(String::new(), |asked| asked.summary());
            (entry.lines().next().unwrap_or_default(), entry.verb(), asked)
        })
        .collect();
    let expected = [
        ("220 sandbox ESMTP", "GREETING", ""),
        ("250-sandbox", "EHLO", "EHLO lab.test"),
        ("+OK 2 320", "STAT", "STAT"),
        ("334 ", "AUTH", "AUTH PLAIN"),
        ("235 2.7.0 accepted", "AUTH", "****(24 B)"),
        ("250 2.1.0 ok", "MAIL", "MAIL FROM:<ada@sandbox.test>"),
        ("250 2.1.5 ok", "RCPT", "RCPT TO:<bob@sandbox.test>"),
        ("550 5.1.1 no such user", "RCPT", "RCPT TO:<eve@sandbox.test>"),
        ("354 go on", "DATA", "DATA"),
        ("250 2.0.0 queued as 7F3A", ".", "[-] body 1 line 18 B  longest 8"),
        ("+OK 120 octets", "RETR", "RETR 1"),
        ("Subject: y", "RETR", "RETR 1"),
    ];
    let expected = expected.map(|(line, verb, asked)| (line.to_owned(), verb, asked.to_owned()));
    assert_eq!(pairs, expected);
}

#[test]
fn a_new_link_answers_nothing_of_the_old_one() {
    let old = [got(Smtp, "220 a", true, true), sent(Smtp, "EHLO x"), got(Smtp, "250-a", true, false)];
    let new = Record { link: 2, ..got(Smtp, "220 b", true, true) };
    let transcript = filled(Limits::default(), old.into_iter().chain([new]));
    let torso = transcript.at(2).expect("four entries");
    assert!(!torso.complete() && torso.lines().eq(["250-a"]));
    let greeting = transcript.at(3).expect("four entries");
    assert_eq!((greeting.verb(), greeting.answers(), greeting.link()), ("GREETING", None, 2));
}

#[test]
fn lmtp_answers_one_final_dot_many_times() {
    let records = [
        body(Smtp, Direction::Sent, b"x\r\n", 3, true),
        got(Smtp, "250 one", true, true),
        got(Smtp, "550 two", true, true),
    ];
    let transcript = filled(Limits::default(), records);
    assert_eq!(transcript.iter().map(|entry| entry.answers()).collect::<Vec<_>>(), [None, Some(0), Some(0)]);
}

#[test]
fn the_rest_of_a_reply_that_was_dropped_takes_no_other_command() {
    let limits = Limits { entries: 2, ..Limits::default() };
    let records = [
        sent(Smtp, "EHLO x"),
        sent(Smtp, "NOOP"),
        got(Smtp, "250-a", true, false),
        sent(Pop3, "STAT"),
        sent(Pop3, "LIST"),
        got(Smtp, "250 b", false, true),
        got(Smtp, "250 c", true, true),
    ];
    let transcript = filled(limits, records);
    let answered: Vec<_> = transcript.iter().map(|entry| (entry.summary(), entry.verb().to_owned())).collect();
    assert_eq!(answered, [("250 b", "EHLO"), ("250 c", "NOOP")].map(|(line, verb)| (line.to_owned(), verb.to_owned())));
}

#[test]
fn codes_and_classes_are_read_from_the_first_line() {
    let transcript = conversation();
    let told: Vec<_> = transcript.iter().filter_map(|entry| Some((entry.code(), entry.class()?.word()))).collect();
    assert_eq!(told[..3], [(Some(220), "OK"), (Some(250), "OK"), (None, "OK")]);
    assert!(told.contains(&(Some(550), "PERM")) && told.contains(&(Some(354), "MORE")));
}

#[test]
fn a_body_keeps_its_figures_when_its_bytes_are_given_up() {
    let limits = Limits { bodies: 100, ..Limits::default() };
    let mail = |octets| body(Pop3, Direction::Received, &[b'x'; 60], octets, false);
    let end = |octets| body(Pop3, Direction::Received, b".\r\n", octets, true);
    let transcript = filled(limits, [mail(60), end(60), mail(60), end(900)]);
    let (first, second) = (transcript.at(0).expect("two bodies"), transcript.at(1).expect("two bodies"));
    assert_eq!((first.raw().len(), first.cut(), first.octets_missing(), first.line_count()), (0, true, 60, 0));
    assert_eq!(first.tally().map(|tally| tally.octets), Some(60));
    assert_eq!((second.raw().len(), second.cut(), second.octets_missing(), second.line_count()), (60, false, 840, 1));
    assert_eq!(transcript.cut(), Cut { entries: 0, bodies: 1, octets: 60 });
    assert_eq!(transcript.cut().to_string(), "60 B of 1 body dropped");
}

#[test]
fn text_is_bounded_in_octets_too() {
    let limits = Limits { text: 1_000, ..Limits::default() };
    let transcript = filled(limits, (0..50).map(|n| sent(Smtp, &format!("NOOP {n:093}"))));
    assert_eq!((transcript.len(), transcript.first_id()), (10, 40));
    assert!(transcript.get(39).is_none());
    assert_eq!(transcript.get(40).map(|entry| entry.summary()), Some(format!("NOOP {:093}", 40)));
    assert_eq!(transcript.cut().to_string(), "40 older rows dropped");
}

#[test]
fn one_entry_cannot_take_more_than_a_reply_may_have() {
    let flood = record(Smtp, Direction::Received, ChunkKind::Stray, &vec![b'x'; 2 * ENTRY_TEXT]);
    let line = "250-".to_owned() + &"y".repeat(8_000);
    let reply = (0..20).map(|n| got(Smtp, &line, n == 0, n == 19));
    let transcript = filled(Limits::default(), [flood].into_iter().chain(reply));
    assert_eq!(transcript.len(), 2);
    for entry in transcript.iter() {
        assert!(entry.raw().len() == ENTRY_TEXT && entry.cut() && entry.complete());
    }
}

#[test]
fn a_short_row_costs_little_memory() {
    let rows = 100_000;
    let transcript = filled(Limits::default(), (0..rows).map(|_| sent(Smtp, "RCPT TO:<somebody@sandbox.test>")));
    let packed: usize = transcript.blocks.iter().map(|block| block.allocated()).sum();
    assert!(packed / rows <= 100, "{} octets a row", packed / rows);
}

#[test]
fn a_clone_goes_on_apart() {
    let mut transcript = filled(Limits::default(), (0..3).map(|_| sent(Smtp, "NOOP")));
    transcript.push(got(Smtp, "250-one", true, false));
    let before = transcript.clone();
    let shown = summaries(&transcript);
    transcript.push(got(Smtp, "250 two", false, true));
    transcript.push(sent(Smtp, "QUIT"));
    transcript.annotate(0, Some("mine".to_owned()));
    assert_eq!(summaries(&before), shown);
    assert!(before.at(0).is_some_and(|entry| entry.note().is_none()));
    assert_eq!((before.len(), transcript.len()), (4, 5));
}

#[test]
fn event_text_of_many_lines_unfolds() {
    let event = record(Smtp, Direction::Event, ChunkKind::Stray, b"TLS 1.3\nname mx.example\n90 days left");
    let transcript = filled(Limits::default(), [event]);
    let entry = transcript.at(0).expect("one entry");
    assert_eq!(entry.summary(), "TLS 1.3 (+2 lines)");
    assert!(entry.lines_from(1).eq(["name mx.example", "90 days left"]));
}

fn any_record() -> impl Strategy<Value = Record> {
    let side = prop_oneof![Just(Smtp), Just(Pop3)];
    let bytes = proptest::collection::vec(any::<u8>(), 0..24);
    (side, bytes, 0_u8..9, 1_u32..3, any::<bool>(), any::<bool>()).prop_map(|(side, bytes, what, link, first, last)| {
        let (direction, kind) = match what {
            0 => (Direction::Event, ChunkKind::Stray),
            1 => (Direction::Error, ChunkKind::Stray),
            2 => (Direction::Received, ChunkKind::Stray),
            3 => (Direction::Sent, ChunkKind::Command),
            4 => (Direction::Sent, ChunkKind::Body),
            5 => (Direction::Received, ChunkKind::BodyEnd),
            6 => (Direction::Received, ChunkKind::Body),
            _ => (Direction::Received, ChunkKind::Reply { first, last }),
        };
        Record { link, ..record(side, direction, kind, &bytes) }
    })
}

proptest! {
    #[test]
    fn a_ring_that_has_cut_still_gives_the_right_entries(
        records in proptest::collection::vec(any_record(), 0..700), entries in 1_usize..600,
    ) {
        let mut ring = Transcript::new(Limits { entries, ..Limits::default() });
        let mut model = std::collections::BTreeMap::<u64, Vec<u8>>::new();
        for record in records {
            let text = if record.kind == ChunkKind::BodyEnd { Vec::new() } else { record.bytes.clone() };
            model.entry(ring.push(record)).or_default().extend(text);
        }
        prop_assert_eq!(ring.end_id(), model.len() as u64);
        prop_assert_eq!(ring.len(), model.len().min(entries));
        prop_assert_eq!(ring.cut().entries, ring.first_id());
        for (index, entry) in ring.iter().enumerate() {
            prop_assert_eq!(entry.id(), ring.first_id() + index as u64);
            prop_assert_eq!(entry.raw(), &model[&entry.id()][..]);
            prop_assert_eq!(entry.line_count(), entry.lines().count());
        }
    }

    #[test]
    fn no_row_shows_a_control_character(records in proptest::collection::vec(any_record(), 0..60)) {
        let transcript = filled(Limits::default(), records);
        for entry in transcript.iter() {
            prop_assert!(!entry.summary().chars().any(char::is_control));
            prop_assert!(!entry.lines().any(|line| line.chars().any(char::is_control)));
        }
    }
}
