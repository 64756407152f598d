use super::*;
use crate::transcript::sample::conversation;

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
    ] {
        let fault = Filter::parse(filter).expect_err(filter);
        assert_eq!(fault.at, at, "{filter}");
        assert!(fault.message.contains(about), "{filter}: {fault}");
    }
}
