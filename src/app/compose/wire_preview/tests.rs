//! What the engine sends is what is shown.

use super::*;
use crate::app::grouped;
use crate::smtp::{BodyKind, Manner, Reply, Transfer};

fn segment(text: &str) -> Segment {
    Segment::Bytes(text.as_bytes().into())
}

fn mail(size: u64) -> Transaction {
    Transaction {
        size: Some(size),
        ..Transaction::new(MailId(0), "a@b".to_owned(), vec!["c@d".to_owned(), "e@f".to_owned()])
    }
}

fn announcing(lines: &[&str]) -> Capabilities {
    let lines = std::iter::once("preview").chain(lines.iter().copied()).map(str::to_owned).collect();
    Capabilities::parse(&Reply { code: 250, enhanced: None, lines })
}

fn shown(preview: &Preview) -> Vec<String> {
    let noted = |line: &Line| line.text() + &line.note.as_ref().map(|note| format!(" <- {note}")).unwrap_or_default();
    preview.lines.iter().map(noted).collect()
}

#[test]
fn every_octet_is_there_with_what_the_engine_adds() {
    let body = "Subject: s\r\n\r\n.dot\r\nend";
    let known = announcing(&["SIZE 1000", "PIPELINING"]);
    let sight = Sight { dialect: Dialect::Smtp, capabilities: Some(&known), bcc: &["e@f".to_owned()] };
    let preview = Preview::make(&sight, &mail(24), &[segment(body)], Instant::now());
    let expected = [
        "MAIL FROM:<a@b> SIZE=24\\r\\n",
        "RCPT TO:<c@d>\\r\\n",
        "RCPT TO:<e@f>\\r\\n <- from Bcc",
        "DATA\\r\\n",
        "Subject: s\\r\\n",
        "\\r\\n",
        "..dot\\r\\n <- stuffed dot",
        "end",
        "\\r\\n.\\r\\n <- end of data",
    ];
    assert_eq!(shown(&preview), expected);
    assert_eq!((preview.octets, preview.longest, preview.stuffed), (26, 10, 1));
    assert!(!preview.eight_bit && !preview.assumed && preview.problem.is_none());
}

#[test]
fn a_server_that_was_not_asked_yet_is_taken_for_one_that_takes_everything() {
    let sight = Sight { dialect: Dialect::Smtp, capabilities: None, bcc: &[] };
    let mail = Transaction { body: BodyKind::EightBit, ..mail(9) };
    let preview = Preview::make(&sight, &mail, &[segment("ä\r\n")], Instant::now());
    assert!(preview.assumed && preview.eight_bit);
    assert_eq!(shown(&preview)[0], "MAIL FROM:<a@b> SIZE=9 BODY=8BITMIME\\r\\n");
}

#[test]
fn what_the_engine_refuses_is_said_in_its_words() {
    let known = announcing(&["SIZE 1000"]);
    let sight = Sight { dialect: Dialect::Lmtp, capabilities: Some(&known), bcc: &[] };
    let preview = Preview::make(&sight, &mail(1_001), &[segment("x\r\n")], Instant::now());
    assert!(preview.problem.is_some_and(|why| why.contains("at most 1000")));
    assert!(preview.lines.is_empty());
}

#[test]
fn of_a_large_file_both_ends_are_shown_and_all_of_it_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.pdf");
    std::fs::write(&path, vec![7; 5_700]).unwrap();
    let file = Segment::Base64 { path, octets: 5_700 };
    let size = file.octets() + 4;
    let sight = Sight { dialect: Dialect::Smtp, capabilities: None, bcc: &[] };
    let preview = Preview::make(&sight, &mail(size), &[segment("\r\n"), file, segment("\r\n")], Instant::now());
    let lines = shown(&preview);
    assert_eq!(lines[13], "... 5,016 octets of report.pdf in base64", "{lines:#?}");
    assert_eq!((preview.octets, preview.longest), (size, 76));
    assert_eq!(lines.len(), 4 + 1 + 8 + 1 + 4 + 1 + 1);
}

#[test]
fn a_mail_of_many_lines_is_cut_and_says_so() {
    let sight = Sight { dialect: Dialect::Smtp, capabilities: None, bcc: &[] };
    let body = "line\r\n".repeat(6_000);
    let preview = Preview::make(&sight, &mail(36_000), &[segment(&body)], Instant::now());
    assert_eq!(preview.octets, 36_000);
    assert!(shown(&preview).last().is_some_and(|last| last.ends_with("1004 more lines")), "MAIL and its company too");
}

/// A mail in blocks, with a file of so many octets.
fn in_blocks(octets: u64) -> (u64, Preview) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("film.bin");
    std::fs::File::create(&path).unwrap().set_len(octets).unwrap();
    let file = Segment::Base64 { path, octets };
    let start = "Subject: s\r\n\r\n..x\r\n.\r\n";
    let size = start.len() as u64 + file.octets() + 5;
    let mail = Transaction { manner: Manner { transfer: Transfer::Bdat, ..Manner::default() }, ..mail(size) };
    let sight = Sight { dialect: Dialect::Smtp, capabilities: None, bcc: &[] };
    (size, Preview::make(&sight, &mail, &[segment(start), file, segment("end\r\n")], Instant::now()))
}

#[test]
fn bdat_announces_the_octets_of_the_whole_mail_and_what_is_left_out_stands_behind_it() {
    for octets in [90, 5_700, 570_000] {
        let (size, preview) = in_blocks(octets);
        let lines = shown(&preview);
        assert_eq!(
            lines[3..8],
            [&format!("BDAT {size} LAST\\r\\n"), "Subject: s\\r\\n", "\\r\\n", "..x\\r\\n", ".\\r\\n"]
        );
        assert_eq!(lines.iter().position(|line| line.contains("of film.bin")), (octets > 684).then_some(16));
        assert_eq!(lines.last().map(String::as_str), Some("end\\r\\n"), "{lines:#?}");
        assert_eq!((preview.octets, preview.stuffed), (size, 0));
    }
    let (size, preview) = in_blocks(200 << 20);
    let lines = shown(&preview);
    let blocks = "... BDAT for each block of 1,048,576 octets or a little more, the last with LAST: ";
    assert_eq!(lines[3], format!("{blocks}{} in all", grouped(size)));
    assert_eq!(preview.octets, size);
}
