//! What reads, and what is said of the rest.

use super::*;
use crate::sasl::Mechanism;
use crate::wire::Side;

fn text(octets: &str) -> Text {
    if octets.is_empty() { Text::default() } else { Text(vec![Piece::Octets(octets.as_bytes().to_vec())]) }
}

fn only(line: &str) -> What {
    let mut statements = read(line).statements;
    assert_eq!(statements.len(), 1, "{line}");
    statements.remove(0).what
}

#[test]
fn each_statement_reads_in_any_letter_case() {
    let pattern = |reply, text: Option<&str>| Pattern { reply, text: text.map(str::to_owned) };
    for (line, what) in [
        ("# words ", What::Remark("words".into())),
        ("SEND  NOOP ", What::Send(text("NOOP"))),
        ("send", What::Send(text(""))),
        ("set to=bob", What::Set { name: "to".into(), value: text("bob") }),
        ("Set to = ", What::Set { name: "to".into(), value: text("") }),
        ("connect POP3", What::Connect { side: Side::Pop3, url: None }),
        ("connect smtp://a:25", What::Connect { side: Side::Smtp, url: Some(text("smtp://a:25")) }),
        ("pop3", What::On(Side::Pop3)),
        ("body mail.eml", What::Body(Body::File(text("mail.eml")))),
        ("expect 250 or 251", What::Expect(vec![pattern(Reply::Code(250), None), pattern(Reply::Code(251), None)])),
        ("expect 5YZ /no (?<why>.*)\\/x/", What::Expect(vec![pattern(Reply::Class(5), Some("no (?<why>.*)/x"))])),
        ("expect 550 5.1.1", What::Expect(vec![pattern(Reply::Enhanced(550, (5, 1, 1)), None)])),
        ("expect +ok or -err", What::Expect(vec![pattern(Reply::Ok(true), None), pattern(Reply::Ok(false), None)])),
        ("expect /a or b/", What::Expect(vec![pattern(Reply::Any, Some("a or b"))])),
        ("expect close", What::Expect(vec![pattern(Reply::Close, None)])),
        ("wait 200 ms", What::Wait(std::time::Duration::from_millis(200))),
        ("wait 60m", What::Wait(WAIT)),
        ("StartTLS", What::StartTls),
        ("auth", What::Auth { mechanism: None, user: None }),
        ("auth plain ada", What::Auth { mechanism: Some(Mechanism::Plain), user: Some(text("ada")) }),
        ("auth ada", What::Auth { mechanism: None, user: Some(text("ada")) }),
        ("note all is well", What::Note(text("all is well"))),
        ("stop", What::Stop),
        ("drop", What::Drop),
    ] {
        assert_eq!(only(line), what, "{line}");
    }
}

#[test]
fn texts_have_gaps_and_escapes() {
    let What::Send(text) = only("send a\\\\b\\x20\\tc${to}$1 \\x24{x}") else { panic!("it is a send") };
    let pieces =
        vec![Piece::Octets(b"a\\b \tc".to_vec()), Piece::Variable("to".into()), Piece::Octets(b"$1 ${x}".to_vec())];
    assert_eq!(text, Text(pieces));
}

#[test]
fn blocks_bodies_and_branches_nest() {
    let script = "if not offered PIPELINING\n  block\n    RSET\n    # aside\n    \\x65nd\n  end\nelse\nbody\n# no remark\n  x \n..\n.\nend\n";
    let What::If { condition, then, otherwise } = only(script) else { panic!("it is an if") };
    assert_eq!(condition, Condition::Not(Box::new(Condition::Offered(text("PIPELINING")))));
    assert_eq!(then[0].what, What::Block(vec![text("RSET"), text("end")]));
    assert_eq!((then[0].line, otherwise[0].line), (2, 8));
    let lines = ["# no remark", "  x ", ".."].map(text).to_vec();
    assert_eq!(otherwise[0].what, What::Body(Body::Lines(lines)));
}

#[test]
fn every_fault_has_its_place_and_what_would_be_right() {
    for (script, place, words) in [
        ("sned NOOP", (1, 1), "did you mean send?"),
        ("\n  RCPT TO:<a>", (2, 3), "did you mean send RCPT?"),
        ("ehlo: x", (1, 1), "send EHLO"),
        ("expect 25", (1, 8), "is no reply"),
        ("expect 650", (1, 8), "is no reply"),
        ("expect 250 and 251", (1, 12), "cannot stand here"),
        ("expect 250 /[/", (1, 12), "regular expression"),
        ("expect 250 /x", (1, 12), "not closed"),
        ("expect", (1, 7), "a reply is missing"),
        ("expect cloes", (1, 8), "did you mean close?"),
        ("send ${to", (1, 6), "not closed"),
        ("send ${a b}", (1, 6), "is no name"),
        ("send a\\qb", (1, 7), "is no escape"),
        ("send a\\x0d\\x0aDATA", (1, 7), "CR or LF"),
        ("set = x", (1, 5), "is no name"),
        ("set x y", (1, 7), "equals sign"),
        ("connect", (1, 8), "connect what?"),
        ("connect smpt", (1, 9), "did you mean smtp?"),
        ("connect http://a", (1, 9), "is no server"),
        ("connect smtp://ada:secret@a", (1, 9), "holds a password"),
        ("wait 5", (1, 6), "no time to wait"),
        ("wait 61m", (1, 6), "an hour at most"),
        ("auth PLIAN ada", (1, 6), "did you mean PLAIN?"),
        ("stop now", (1, 6), "alone on its line"),
        ("if 250\nsend x", (1, 1), "has no end"),
        ("end", (1, 1), "nothing to close"),
        ("if offerd X\nend", (1, 4), "did you mean offered?"),
        ("if 250\nelse\nelse\nend", (1, 1), "second else"),
        ("block\nRSET", (1, 1), "the block has no end"),
        ("block\nend", (1, 1), "is empty"),
        ("body\nx", (1, 1), "the body has no end"),
        ("body\nok\n.x\n.", (3, 1), "RFC 5321 4.5.2"),
    ] {
        let faults = Script::parse(script).unwrap_err();
        assert_eq!((faults[0].line, faults[0].column), place, "{script}: {}", told(&faults));
        assert!(told(&faults[..1]).contains(words), "{script}: {}", told(&faults));
    }
}

#[test]
fn all_faults_are_told_at_once_and_a_secret_is_not() {
    let faults = Script::parse("connect smtp://ada:hunter2@a\nfoo\nsend ok\nexpect 1\nwait x").unwrap_err();
    assert_eq!(faults.iter().map(|fault| fault.line).collect::<Vec<_>>(), [1, 2, 4, 5]);
    assert!(!told(&faults).contains("hunter2"));
    assert_eq!(Script::parse(&"foo\n".repeat(500)).unwrap_err().len(), fault::MOST);
}

#[test]
fn size_nesting_and_line_length_are_bounded() {
    assert!(told(&Script::parse(&"#".repeat(TEXT + 1)).unwrap_err()).contains("octets"));
    assert!(told(&Script::parse(&format!("send {}", "x".repeat(LINE))).unwrap_err()).contains("octets"));
    let deep = |depth| "if 250\n".repeat(depth) + &"end\n".repeat(depth);
    assert!(Script::parse(&deep(NESTING)).is_ok());
    assert!(told(&Script::parse(&deep(NESTING + 1)).unwrap_err()).contains("inside of each other"));
    assert!(Script::parse(&deep(100_000)).is_err());
    assert!(Script::parse(&format!("if {}250\nend", "not ".repeat(3000))).is_err());
}

#[test]
fn variables_that_nobody_sets_are_found_before_anything_is_done() {
    let source =
        "set a = 1\nsend ${a} ${helo}\nexpect 250 /as (?<id>\\w+)/\nnote ${id}\nbody\nx\nyy ${idd}\n.\nif b == x\nend";
    let faults = read(source).unknown_variables(&["helo"], Some(source));
    let places: Vec<_> = faults.iter().map(|fault| (fault.line, fault.column)).collect();
    assert_eq!(places, [(7, 4), (9, 4)]);
    assert_eq!(faults[0].nearest.as_deref(), Some("id"));
    assert!(read("set x = ${x}").unknown_variables(&[], None)[0].what.contains("\"x\""));
}

#[test]
fn secrets_that_are_written_out_are_found_and_masked() {
    let script =
        read("send PASS hunter2\nsend PASS ${p}\nif tls\n  send AUTH PLAIN AGFkYQBodW50ZXIy\nend\nsend AUTH LOGIN");
    let found = script.secrets();
    assert_eq!(found.iter().map(|it| it.line).collect::<Vec<_>>(), [1, 4]);
    assert!(found.iter().all(|it| it.shown.contains("****") && !it.shown.contains("hunter2")), "{found:?}");
}
