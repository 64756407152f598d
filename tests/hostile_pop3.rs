//! telepost against POP3 servers that lie, break off or stall, row by row: it ends in time with the right status, no
//! message but the one named is ever deleted, and what is incomplete never passes for a message.

#[expect(dead_code, reason = "each test file uses its part of the support")]
mod support;

use std::path::Path;
use std::process::Command;

use support::scripted::{Script, Scripted, Step, say};
use support::telepost::{Home, Outcome, PROGRAM};

const MAIL: &str = "From: eve@example.org\r\nSubject: Apples\r\n\r\nbody\r\n";

/// A server, what is asked of it, and the statuses that may follow.
struct Case {
    name: &'static str,
    script: Script,
    call: &'static [&'static str],
    codes: &'static [i32],
}

fn case(name: &'static str, script: Script, call: &'static [&'static str], codes: &'static [i32]) -> Case {
    Case { name, script, call, codes }
}

fn on(command: &str, steps: &[Step]) -> Script {
    Script::pop3(MAIL).on(command, steps.to_vec())
}

/// Two messages, with these unique-ids.
fn two(uidl: &str) -> Script {
    Script::pop3(MAIL)
        .on("STAT", [say("+OK 2 106\r\n")])
        .on("LIST", [say("+OK\r\n1 53\r\n2 53\r\n.\r\n")])
        .on("UIDL", [say(uidl)])
}

/// Calls `telepost mailbox` or `telepost fetch`; the URL comes behind the verb.
fn call(home: &Home, server: &Scripted, words: &[&str]) -> Outcome {
    let verbs = if words[0] == "mailbox" { 2 } else { 1 };
    let url = server.pop3_url();
    let fixed = [&words[..verbs], &[&url, "--allow-plain-auth", "--timeout", "1"], &words[verbs..]].concat();
    home.telepost(&fixed).env("TELEPOST_PASSWORD", "secret").run()
}

/// The DELE lines that the server heard.
fn deleted(heard: &str) -> Vec<&str> {
    heard.lines().filter(|line| line.starts_with("DELE")).collect()
}

/// Plays the cases; only what `deletes` names may be marked, and QUIT makes it final only where the status is 0 or 4.
fn check(cases: Vec<Case>, deletes: &[&str]) {
    for Case { name, script, call: words, codes } in cases {
        let server = Scripted::start(script);
        let outcome = call(&Home::new(), &server, words);
        let code = outcome.code.unwrap_or(-1);
        assert!(codes.contains(&code), "{name}: {outcome:?}");
        assert!(!outcome.err().contains("panicked"), "{name}: {outcome:?}");
        assert!(code == 0 || !outcome.stderr.is_empty(), "{name}: nothing is said: {outcome:?}");
        let heard = server.heard();
        assert!(deleted(&heard).iter().all(|line| deletes.contains(line)), "{name}: {heard}");
    }
}

const LIST: &[&str] = &["mailbox", "list"];
const SHOW: &[&str] = &["mailbox", "show", "1"];
const RAW: &[&str] = &["mailbox", "show", "1", "--raw"];
const DELETE: &[&str] = &["mailbox", "delete", "uid-1"];

#[test]
fn a_lying_list_is_an_error_or_a_row_and_never_a_panic() {
    let list = |lines: &str| on("LIST", &[say(format!("+OK\r\n{lines}.\r\n"))]);
    for words in [LIST, DELETE] {
        check(
            vec![
                case("list-negative", list("1 -5\r\n-1 5\r\n"), words, &[0, 5, 10]),
                case("list-huge", list("1 18446744073709551616\r\n"), words, &[0, 5, 10]),
                case("list-over-32-bits", list("1 4294967400\r\n"), words, &[0]),
                case("list-zero", list("0 0\r\n"), words, &[0, 5, 10]),
                case("list-words", list("one two\r\n\r\n \r\n"), words, &[0, 5, 10]),
                case("list-twice", list("1 5\r\n1 6\r\n"), words, &[0, 10]),
                case("list-gaps", list("1 5\r\n9999999 5\r\n4294967295 5\r\n"), words, &[0, 5, 10]),
                case("list-empty", list(""), words, &[0, 5]),
                case("list-err", on("LIST", &[say("-ERR no\r\n")]), words, &[5]),
                case("list-eof", on("LIST", &[say("+OK\r\n1 5\r\n"), Step::Close]), words, &[10]),
                case("list-rst", on("LIST", &[say("+OK\r\n1 5\r\n"), Step::Reset]), words, &[10]),
                case("list-stall", on("LIST", &[say("+OK\r\n1 5\r\n"), Step::Silence]), words, &[10]),
                case("list-endless", on("LIST", &[say("+OK\r\n"), Step::Flood(b"1 5\r\n".into())]), words, &[10]),
                case("list-endless-line", on("LIST", &[say("+OK\r\n"), Step::Flood(b"1".into())]), words, &[10]),
            ],
            &["DELE 1"],
        );
    }
}

#[test]
fn a_hundred_thousand_rows_are_listed() {
    let rows = (1..=100_000).map(|number| format!("{number} 4000\r\n")).collect::<Vec<_>>().concat();
    let ids = (1..=100_000).map(|number| format!("{number} u{number}\r\n")).collect::<Vec<_>>().concat();
    let script = on("LIST", &[say(format!("+OK\r\n{rows}.\r\n"))]).on("UIDL", [say(format!("+OK\r\n{ids}.\r\n"))]);
    let server = Scripted::start(script);
    let outcome = call(&Home::new(), &server, &["mailbox", "list", "--no-headers"]).expect(0);
    assert_eq!(outcome.out().lines().count(), 100_000);
}

#[test]
fn a_unique_id_that_is_not_one_message_deletes_none() {
    let uidl = |lines: &str| two(&format!("+OK\r\n{lines}.\r\n"));
    let long = format!("1 {}\r\n2 b\r\n", "u".repeat(71));
    check(
        vec![
            case("uidl-dup", uidl("1 uid-1\r\n2 uid-1\r\n"), DELETE, &[5]),
            case("uidl-missing", uidl("2 other\r\n"), DELETE, &[5]),
            case("uidl-empty", uidl("1\r\n2 \r\n"), DELETE, &[5]),
            case("uidl-elsewhere", uidl("7 uid-1\r\n"), DELETE, &[5]),
            case("uidl-long", uidl(&long), DELETE, &[5]),
            case("uidl-hot", uidl("1 uid-1\x1b[2J\r\n2 b\r\n"), DELETE, &[5]),
            case("uidl-err", two("-ERR no such thing\r\n"), DELETE, &[5]),
            case("uidl-eof", on("UIDL", &[say("+OK\r\n1 uid-1\r\n"), Step::Close]), DELETE, &[10]),
            case("uidl-rst", on("UIDL", &[say("+OK\r\n1 uid-1\r\n"), Step::Reset]), DELETE, &[10]),
            case("uidl-stall", on("UIDL", &[say("+OK\r\n1 uid-1\r\n"), Step::Silence]), DELETE, &[10]),
            case("uidl-endless", on("UIDL", &[say("+OK\r\n"), Step::Flood(b"1 uid-1\r\n".into())]), DELETE, &[10]),
        ],
        &[],
    );
}

#[test]
fn numbers_that_change_between_sessions_delete_the_message_named() {
    let first = two("+OK\r\n1 uid-1\r\n2 uid-2\r\n.\r\n");
    let second = two("+OK\r\n1 uid-2\r\n2 uid-1\r\n.\r\n");
    let server = Scripted::start_many(vec![first, second]);
    let home = Home::new();
    let listed = call(&home, &server, &["mailbox", "list", "--no-headers"]).expect(0);
    assert!(listed.out().starts_with("1\tuid-1\t"), "{listed:?}");
    call(&home, &server, DELETE).expect(0);
    let heard = server.heard();
    assert_eq!(deleted(&heard), ["DELE 2"], "{heard}");
}

#[test]
fn a_listing_that_keeps_what_was_deleted_leads_to_no_other_message() {
    // The row of the deleted message stays in LIST, and UIDL does not know it any more.
    let server = Scripted::start(two("+OK\r\n2 uid-2\r\n.\r\n").on("DELE 1", [say("-ERR deleted already\r\n")]));
    call(&Home::new(), &server, DELETE).expect(5);
    let heard = server.heard();
    assert!(deleted(&heard).is_empty(), "{heard}");
}

#[test]
fn announced_sizes_are_for_display_only() {
    let retr = |first: &str| on("RETR", &[say(format!("{first}\r\n{MAIL}.\r\n"))]);
    for (name, script) in [
        ("retr-short", retr("+OK 99999999 octets")),
        ("retr-long", retr("+OK 1 octets")),
        ("retr-negative", retr("+OK -1 octets")),
        ("retr-huge", retr("+OK 99999999999999999999999")),
        ("retr-words", retr("+OK here it comes")),
    ] {
        let server = Scripted::start(script);
        let outcome = call(&Home::new(), &server, RAW).expect(0);
        assert_eq!(outcome.out(), MAIL, "{name}");
    }
}

#[test]
fn only_crlf_dot_crlf_ends_a_message() {
    let text = "Subject: x\r\n\r\nbefore\n.\nbetween\r.\rbetween\n.\r\nafter\r\n";
    let server = Scripted::start(on("RETR", &[say(format!("+OK\r\n{text}.\r\n"))]));
    let outcome = call(&Home::new(), &server, RAW).expect(0);
    assert_eq!(outcome.out(), text, "retr-lf-dot");
}

#[test]
fn a_message_that_does_not_end_is_an_error() {
    let torso = "+OK 99 octets\r\nSubject: Apples\r\n\r\nbody\r\n";
    let retr = |end: &[Step]| on("RETR", &[&[say(torso)], end].concat());
    for words in [SHOW, RAW] {
        check(
            vec![
                case("retr-eof", retr(&[Step::Close]), words, &[10]),
                case("retr-rst", retr(&[Step::Reset]), words, &[10]),
                case("retr-stall", retr(&[Step::Silence]), words, &[10]),
                case("retr-no-dot-eof", retr(&[say("."), Step::Close]), words, &[10]),
                case("retr-half-dot", retr(&[say(".\r"), Step::Close]), words, &[10]),
                case("retr-err", on("RETR", &[say("-ERR gone\r\n")]), words, &[5]),
                case("retr-garbage", on("RETR", &[say("what?\r\n"), Step::Silence]), words, &[10]),
            ],
            &[],
        );
    }
    for (name, end) in [("retr-eof", Step::Close), ("retr-stall", Step::Silence)] {
        let server = Scripted::start(retr(&[end]));
        let outcome = call(&Home::new(), &server, SHOW);
        assert!(outcome.stdout.is_empty(), "{name}: a torso is not shown as a message: {outcome:?}");
    }
}

/// With so little address space that whoever keeps all of an endless answer dies of it.
#[test]
fn an_endless_message_is_refused_in_bounded_memory() {
    for (name, flood) in [("retr-endless", &b"line of text\r\n"[..]), ("retr-one-line", b"x")] {
        let server = Scripted::start(on("RETR", &[say("+OK\r\nA: b\r\n\r\n"), Step::Flood(flood.into())]));
        let home = Home::new();
        let url = server.pop3_url();
        let script = "ulimit -v 600000; exec \"$@\"";
        let outcome = Command::new("sh")
            .args(["-c", script, "sh", PROGRAM, "mailbox", "show", &url, "--allow-plain-auth", "1"])
            .env_clear()
            .envs(home.environment())
            .envs([("TELEPOST_PASSWORD", "secret"), ("MALLOC_ARENA_MAX", "1")])
            .output()
            .expect("every system has a shell");
        let said = String::from_utf8_lossy(&outcome.stderr);
        assert_eq!(outcome.status.code(), Some(2), "{name}: {said}");
        assert!(said.contains("--raw writes a message of any size"), "{name}: {said}");
    }
}

#[test]
fn odd_answers_to_top_leave_rows_without_headers() {
    let top = |steps: &[Step]| on("TOP", steps);
    check(
        vec![
            case("top-err", top(&[say("-ERR no TOP here\r\n")]), LIST, &[0]),
            case("top-empty", top(&[say("+OK\r\n.\r\n")]), LIST, &[0]),
            case("top-garbage", top(&[say(b"+OK\r\n\x00\xff\xfe\r\n\x1b[2J\r\n.\r\n")]), LIST, &[0]),
            case("top-whole", top(&[say(format!("+OK\r\n{MAIL}.\r\n"))]), LIST, &[0]),
            case("top-eof", top(&[say("+OK\r\nSubject: x\r\n"), Step::Close]), LIST, &[10]),
            case("top-rst", top(&[say("+OK\r\nSubject: x\r\n"), Step::Reset]), LIST, &[10]),
            case("top-stall", top(&[say("+OK\r\nSubject: x\r\n"), Step::Silence]), LIST, &[10]),
        ],
        &[],
    );
}

#[test]
fn odd_answers_to_capa_do_not_keep_the_mailbox_shut() {
    let capa = |steps: &[Step]| on("CAPA", steps);
    check(
        vec![
            case("capa-err", capa(&[say("-ERR what?\r\n")]), LIST, &[0]),
            case("capa-empty", capa(&[say("+OK\r\n.\r\n")]), LIST, &[7]),
            case("capa-garbage", capa(&[say(b"+OK\r\nUSER\r\nTOPS\r\n\x1b[2J\xff\r\n \r\nUIDL\r\n.\r\n")]), LIST, &[0]),
            case("capa-lies", capa(&[say("+OK\r\nUSER\r\nTOP\r\n.\r\n")]).on("TOP", [say("-ERR\r\n")]), LIST, &[0]),
            case("capa-eof", capa(&[say("+OK\r\nTOP\r\n"), Step::Close]), LIST, &[10]),
            case("capa-stall", capa(&[say("+OK\r\nTOP\r\n"), Step::Silence]), LIST, &[10]),
            case("capa-endless", capa(&[say("+OK\r\n"), Step::Flood(b"TOP\r\n".into())]), LIST, &[10]),
            case("capa-endless-line", capa(&[say("+OK\r\n"), Step::Flood(b"T".into())]), LIST, &[10]),
        ],
        &[],
    );
}

#[test]
fn a_dele_that_is_not_accepted_ends_without_quit() {
    for (name, steps, code) in [
        ("dele-err", vec![say("-ERR locked\r\n")], 5),
        ("dele-eof", vec![Step::Close], 10),
        ("dele-rst", vec![Step::Reset], 10),
        ("dele-stall", vec![Step::Silence], 10),
        ("dele-garbage", vec![say("yes\r\n"), Step::Silence], 10),
    ] {
        let server = Scripted::start(on("DELE", &steps));
        let outcome = call(&Home::new(), &server, DELETE).expect(code);
        let heard = server.heard();
        assert!(!heard.contains("QUIT"), "{name}: without QUIT nothing is deleted: {heard}");
        assert!(!outcome.out().contains("deleted"), "{name}: {outcome:?}");
    }
}

#[test]
fn what_quit_did_is_told_as_far_as_it_is_known() {
    for (name, steps, code) in [
        ("quit-eof", vec![Step::Close], 4),
        ("quit-rst", vec![Step::Reset], 4),
        ("quit-stall", vec![Step::Silence], 4),
        ("quit-half", vec![say("+O"), Step::Close], 4),
        ("quit-garbage", vec![say("bye\r\n"), Step::Close], 4),
        ("quit-err", vec![say("-ERR some messages were not deleted\r\n"), Step::Close], 5),
        ("quit-busy", vec![say("-ERR [SYS/TEMP] disk\r\n"), Step::Close], 6),
        ("quit-drip", vec![Step::Drip(b"+OK bye\r\n".into()), Step::Close], 0),
    ] {
        let server = Scripted::start(on("QUIT", &steps));
        let outcome = call(&Home::new(), &server, DELETE);
        assert_eq!(outcome.code, Some(code), "{name}: {outcome:?}");
        assert_eq!(outcome.out().contains("deleted 1"), code == 0, "{name}: {outcome:?}");
        let heard = server.heard();
        assert_eq!(deleted(&heard), ["DELE 1"], "{name}: {heard}");
    }
}

/// Files below the folder's `new` and `cur`: what has a final name.
fn delivered(maildir: &Path) -> Vec<Vec<u8>> {
    let inside = |part: &str| std::fs::read_dir(maildir.join(part)).into_iter().flatten().flatten();
    let files = inside("new").chain(inside("cur"));
    files.map(|entry| std::fs::read(entry.path()).expect("the home is ours")).collect()
}

fn fetch(script: Script, more: &[&str]) -> (Outcome, Vec<Vec<u8>>, String) {
    let (server, home) = (Scripted::start(script), Home::new());
    let maildir = home.path("mail").display().to_string();
    let outcome = call(&home, &server, &[&["fetch", "--maildir", &maildir], more].concat());
    (outcome, delivered(&home.path("mail")), server.heard())
}

#[test]
fn a_fetch_gives_no_torso_a_final_name_and_deletes_nothing_for_it() {
    let torso = "+OK 99 octets\r\nSubject: Apples\r\n\r\nbody\r\n";
    for (name, end) in [
        ("retr-eof", vec![Step::Close]),
        ("retr-rst", vec![Step::Reset]),
        ("retr-stall", vec![Step::Silence]),
        ("retr-no-dot-eof", vec![say("."), Step::Close]),
    ] {
        let (outcome, files, heard) = fetch(on("RETR", &[&[say(torso)], &end[..]].concat()), &["--delete"]);
        assert!(outcome.code.is_some_and(|code| ![0, 2, 101].contains(&code)), "{name}: {outcome:?}");
        assert!(files.is_empty(), "{name}: {files:?}");
        assert!(deleted(&heard).is_empty(), "{name}: {heard}");
    }
}

#[test]
fn a_fetch_takes_a_message_as_it_came() {
    let text = "Subject: x\r\n\r\nbefore\n.\nbetween\r\nafter\r\n";
    let (outcome, files, heard) = fetch(on("RETR", &[say(format!("+OK 7\r\n{text}.\r\n"))]), &["--delete"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert_eq!(files.len(), 1);
    let lines = |mail: &[u8]| String::from_utf8_lossy(mail).replace("\r\n", "\n");
    assert_eq!(lines(&files[0]), lines(text.as_bytes()));
    assert_eq!(deleted(&heard), ["DELE 1"], "{heard}");
}

#[test]
fn a_fetch_deletes_nothing_whose_unique_id_stands_for_two() {
    for uidl in ["+OK\r\n1 same\r\n2 same\r\n.\r\n", "-ERR no\r\n", "+OK\r\n1\r\n2 \r\n.\r\n"] {
        let (outcome, _, heard) = fetch(two(uidl), &["--delete"]);
        assert!(outcome.code.is_some_and(|code| ![2, 101].contains(&code)), "{uidl:?}: {outcome:?}");
        assert!(deleted(&heard).is_empty(), "{uidl:?}: {heard}");
    }
}

#[test]
fn a_fetch_that_is_killed_leaves_no_file_under_a_final_name() {
    let half = [say("+OK\r\nSubject: x\r\n\r\n"), say("x".repeat(1 << 20)), Step::Silence];
    let (server, home) = (Scripted::start(on("RETR", &half)), Home::new());
    let (url, maildir) = (server.pop3_url(), home.path("mail").display().to_string());
    let running = home
        .telepost(&["fetch", &url, "--allow-plain-auth", "--maildir", &maildir])
        .env("TELEPOST_PASSWORD", "secret")
        .start();
    server.wait_for("RETR");
    drop(running);
    assert!(delivered(&home.path("mail")).is_empty());
}
