use super::*;
use crate::transcript::sample::conversation;
use crate::wire::Side;

fn hits(filter: &str) -> Vec<u64> {
    let filter = Filter::parse(filter).unwrap_or_else(|fault| panic!("{filter}: {fault}"));
    conversation().iter().filter(|entry| filter.matches(entry)).map(|entry| entry.id()).collect()
}

#[test]
fn each_key_selects_what_it_says() {
    for (filter, ids) in [
        ("class:5", &[16][..]),
        ("class:perm,MORE", &[7, 16, 17]),
        ("dir:event", &[0]),
        ("dir:out side:pop3", &[4, 20]),
        ("DIR:in side:POP3", &[5, 21, 22]),
        ("cmd:rcpt", &[11, 12, 15, 16]),
        ("cmd:DATA", &[13, 17, 18, 19]),
        ("cmd:auth dir:out", &[6, 8]),
        ("tls:yes", &[]),
        ("lapse>1 class:5", &[16]),
        ("lapse>2", &[]),
        ("lapse<0.5s class:5", &[16]),
        ("lapse>2ms", &[]),
        ("kind:body", &[18, 22]),
        ("kind:EVENT,body dir:in", &[22]),
        ("code:550", &[16]),
        ("code:5xx,35", &[16, 17]),
        ("enhanced:5.1.1", &[16]),
        ("enhanced:5.1,2.7", &[9, 16]),
        ("enhanced:5.11", &[]),
        ("arg:EVE@sandbox.test", &[12]),
        ("arg:1 cmd:retr", &[20]),
        ("arg:eve", &[]),
        ("link:1 class:5", &[16]),
        ("link:2", &[]),
        ("before:0.003", &[0, 1]),
        ("after:27ms", &[22]),
        ("-side:smtp -dir:in", &[4, 20]),
        ("kind:reply -class:2 -\"no such\"", &[7, 17]),
        ("note:yes", &[]),
    ] {
        assert_eq!(hits(filter), ids, "{filter}");
    }
    assert_eq!(hits("tls:no").len(), hits("").len());
}

#[test]
fn words_are_all_found_in_any_case() {
    for (filter, ids) in [
        ("SUCH user", &[16][..]),
        ("such nobody", &[]),
        ("\"no such\"", &[16]),
        ("\"such no\"", &[]),
        ("to:<eve", &[12]),
        ("auth dir:in", &[3]),
        ("subject side:smtp", &[18]),
        ("-ERR", &[]),
        ("nobody:at -- class:5", &[]),
        ("-> class:5", &[]),
    ] {
        assert_eq!(hits(filter), ids, "{filter}");
    }
}

#[test]
fn text_beyond_ascii_is_found_as_it_is_shown() {
    use crate::transcript::{Direction, Transcript, sample};
    let mut transcript = Transcript::default();
    let stray = crate::wire::ChunkKind::Stray;
    transcript.push(sample::record(Side::Smtp, Direction::Received, stray, "Grüße\x1b[2J".as_bytes()));
    let entry = transcript.at(0).expect("one entry");
    for (filter, hit) in [("GRÜSSE", false), ("GRÜ", true), ("␛[2j", true), ("grun", false)] {
        assert_eq!(Filter::parse(filter).expect("plain text").matches(&entry), hit, "{filter}");
    }
}

#[test]
fn faults_name_their_place() {
    for (filter, at, about) in [
        ("class:9", 6, "class"),
        ("ü class:4,x", 8, "class"),
        ("dir:up", 4, "dir"),
        ("a side:imap", 7, "side"),
        ("tls:maybe", 4, "tls"),
        ("cmd:", 4, "cmd"),
        ("lapse>fast", 6, "lapse"),
        ("lapse>inf", 6, "lapse"),
        ("lapse:5", 6, "lapse"),
        ("x \"open", 2, "quotation"),
        ("kind:mail", 5, "command, reply, body"),
        ("link:one", 5, "number"),
        ("code:5x0", 5, "code:550"),
        ("enhanced:5.1.1.1", 9, "5.1.1"),
        ("x -code:99999", 8, "code"),
        ("note:", 5, "words"),
        ("before:noon", 7, "seconds"),
        ("x clas:5", 2, "did you mean class:?"),
        ("-lapes:5", 1, "did you mean lapse:?"),
    ] {
        let fault = Filter::parse(filter).expect_err(filter);
        assert_eq!(fault.at, at, "{filter}");
        assert!(fault.message.contains(about), "{filter}: {fault}");
    }
}

#[test]
fn what_is_no_key_and_not_much_like_one_is_text() {
    for filter in ["to:<eve", "size:10", "mode:x", "http://x", "a>b", "-", "--x"] {
        assert!(Filter::parse(filter).is_ok(), "{filter}");
    }
}

#[test]
fn notes_are_found_by_being_there_and_by_their_words() {
    let mut transcript = conversation();
    transcript.annotate(3, Some(String::new()));
    transcript.annotate(16, Some("Ask Bob why".to_owned()));
    let hits = |filter: &str| {
        let filter = Filter::parse(filter).unwrap_or_else(|fault| panic!("{filter}: {fault}"));
        transcript.iter().filter(|entry| filter.matches(entry)).map(|entry| entry.id()).collect::<Vec<_>>()
    };
    assert_eq!((hits("note:yes"), hits("note:bob"), hits("note:\"bob why\"")), (vec![3, 16], vec![16], vec![16]));
    assert_eq!(hits("note:no").len(), transcript.len() - 2);
}

#[test]
fn commands_are_found_by_what_they_are_about() {
    let hits = |verbs: &[&str], argument: Option<&str>| {
        let filter = Filter::commands_about(verbs, argument).of_link(1);
        conversation().iter().filter(|entry| filter.matches(entry)).map(|entry| entry.id()).collect::<Vec<_>>()
    };
    assert_eq!(hits(&["RCPT"], Some("Bob@sandbox.test")), [11]);
    assert_eq!(hits(&["RETR", "TOP"], Some("1")), [20]);
    assert_eq!(hits(&["MAIL"], None), [10]);
}
