use super::*;
use crate::transcript::sample::{body, got, record, sent};
use crate::transcript::{Direction, Record};
use crate::wire::ChunkKind;

fn at(milliseconds: u64, record: Record) -> Record {
    Record { at: Duration::from_millis(milliseconds), ..record }
}

fn event(words: &str) -> Record {
    record(Side::Smtp, Direction::Event, ChunkKind::Stray, words.as_bytes())
}

fn reply(line: &str, lapse: u64) -> Record {
    Record { lapse: Some(Duration::from_millis(lapse)), ..got(Side::Smtp, line, true, true) }
}

/// A line that is made, encrypted, and left alone for four seconds before a mail.
fn session() -> Transcript {
    let mut transcript = Transcript::default();
    for record in [
        at(0, event("looking up the MX of example.org")),
        at(20, event("trying 192.0.2.1:25")),
        at(50, event("connected to 192.0.2.1:25")),
        at(80, reply("220 mx", 30)),
        at(80, sent(Side::Smtp, "STARTTLS")),
        at(90, reply("220 go", 10)),
        at(130, event("TLS 1.3, trusted")),
        at(130, event("TLS 1.3 certificate of mx.example.org")),
        at(4_130, sent(Side::Smtp, "MAIL FROM:<a@b>")),
        at(4_140, reply("250 ok", 10)),
        at(4_140, body(Side::Smtp, Direction::Sent, b"x", 1, false)),
        at(4_200, record(Side::Smtp, Direction::Sent, ChunkKind::BodyEnd, b".\r\n")),
        at(9_200, reply("250 queued", 5_000)),
        at(9_300, Record { link: 2, ..event("trying 192.0.2.1:25") }),
        at(9_900, Record { link: 2, direction: Direction::Error, ..event("refused") }),
    ] {
        transcript.push(record);
    }
    transcript
}

#[test]
fn every_stretch_of_a_connection_has_its_stage() {
    let (lanes, cut) = lanes(&session());
    let told = |lane: &Lane| {
        let stage = |stage: &Stage| (stage.label.clone(), stage.from.as_millis(), stage.took.as_millis());
        lane.stages.iter().map(stage).collect::<Vec<_>>()
    };
    let expected = [
        ("lookup", 0, 20),
        ("TCP", 20, 30),
        ("greeting", 50, 30),
        ("STARTTLS", 80, 10),
        ("TLS", 90, 40),
        ("pause", 130, 4_000),
        ("MAIL", 4_130, 10),
        ("body", 4_140, 60),
        ("dot", 4_200, 5_000),
    ];
    assert_eq!(told(&lanes[0]), expected.map(|(label, from, took)| (label.to_owned(), from, took)));
    assert_eq!((lanes[0].total().as_millis(), lanes.len(), cut), (9_200, 2, false));
    assert_eq!((told(&lanes[1]), lanes[1].total().as_millis()), (vec![], 600));
}

#[test]
fn the_slowest_wait_is_marked_and_no_line_is_wider_than_asked() {
    let (lanes, _) = lanes(&session());
    for width in [60, 72, 92] {
        let lines = draw(&lanes, width, '#');
        let slowest: Vec<&String> = lines.iter().filter(|line| line.ends_with("slowest")).collect();
        assert!(slowest.len() == 1 && slowest[0].starts_with("dot "), "{lines:#?}");
        assert!(lines.iter().skip(1).all(|line| line.len() <= width || line.contains("connection")), "{lines:#?}");
    }
}

#[test]
fn of_many_stages_the_longest_are_drawn_and_the_others_counted() {
    let mut transcript = Transcript::default();
    for number in 0..100 {
        transcript.push(at(number * 10, sent(Side::Smtp, "NOOP")));
        transcript.push(at(number * 10 + 5, reply("250 ok", 5)));
    }
    let lines = draw(&lanes(&transcript).0, 80, '#');
    assert!(lines.len() == 42 && lines[41].starts_with("and 60 shorter ones: 300 ms"), "{lines:#?}");
}
