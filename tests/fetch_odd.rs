//! `telepost fetch` and `mailbox delete` where places and unique-ids are not what one would wish: nothing outside the
//! place is touched, nothing that is there is written over, and no message but the one named goes.

#[expect(dead_code, reason = "each test file uses its part of the support")]
mod support;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use rustix::process::Signal;
use support::scripted::{Script, Scripted, Step, say};
use support::telepost::{Home, Outcome, Running};

const MAIL: &str = "From: eve@example.org\r\nSubject: Apples\r\n\r\nbody\r\n";

fn start(home: &Home, server: &Scripted, verb: &[&str], more: &[&str]) -> Running {
    let url = server.pop3_url();
    let call = [verb, &[&url, "--tls", "none", "--allow-plain-auth"], more].concat();
    home.telepost(&call).env("TELEPOST_PASSWORD", "secret").start()
}

fn fetch(home: &Home, script: Script, more: &[&str]) -> Outcome {
    start(home, &Scripted::start(script), &["fetch"], more).finish()
}

/// Two messages, with these unique-ids.
fn two(uidl: [&str; 2]) -> Script {
    Script::pop3(MAIL)
        .on("LIST", [say("+OK\r\n1 53\r\n2 53\r\n.\r\n")])
        .on("UIDL", [say(format!("+OK\r\n1 {}\r\n2 {}\r\n.\r\n", uidl[0], uidl[1]))])
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Everything below a folder, by path.
fn tree(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { tree(&path) } else { vec![path] }).collect()
}

#[test]
fn links_that_somebody_planted_lead_nowhere() {
    for planted in ["tmp", "new", "cur"] {
        let home = Home::new();
        fs::create_dir_all(home.path("elsewhere")).expect("the home is ours");
        fs::create_dir_all(home.path("Mail")).expect("the home is ours");
        symlink(home.path("elsewhere"), home.path("Mail").join(planted)).expect("the folder is ours");
        fetch(&home, two(["a", "b"]), &["--maildir", "Mail"]);
        assert_eq!(names(&home.path("elsewhere")), Vec::<String>::new(), "{planted}");
    }
    let home = Home::new();
    symlink(home.path("not-there"), home.path("inbox")).expect("the home is ours");
    fetch(&home, two(["a", "b"]), &["--mbox", "inbox"]).expect(2);
    assert!(!home.path("not-there").exists());
    fs::write(home.path("notes"), "no mbox").expect("the home is ours");
    symlink(home.path("notes"), home.path("linked")).expect("the home is ours");
    fetch(&home, two(["a", "b"]), &["--mbox", "linked"]).expect(2);
    assert_eq!(fs::read_to_string(home.path("notes")).expect("it was there"), "no mbox");
}

#[test]
fn places_that_cannot_be_are_refused_before_anything_is_fetched() {
    let home = Home::new();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        home.path("pipe"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        0,
    )
    .expect("the home is ours");
    fs::write(home.path("file"), "x").expect("the home is ours");
    for place in [["--mbox", "pipe"], ["--mbox", "/dev/null"], ["--maildir", "file"], ["--eml", "file"]] {
        let server = Scripted::start(two(["a", "b"]));
        let outcome = start(&home, &server, &["fetch"], &[&place[..], &["--delete"]].concat()).finish();
        assert!(outcome.err().contains("nobody was connected to"), "{place:?} {outcome:?}");
        assert_eq!(outcome.code, Some(2), "{place:?} {outcome:?}");
        assert!(!server.heard().contains("RETR"), "{place:?}");
    }
    assert_eq!(fs::read_to_string(home.path("file")).expect("it was there"), "x");
}

#[test]
fn without_a_place_for_the_journal_nothing_is_fetched() {
    let home = Home::new();
    fs::create_dir_all(home.path("state")).expect("the home is ours");
    fs::write(home.path("state/telepost"), "a file where the folder would be").expect("the home is ours");
    let server = Scripted::start(two(["a", "b"]));
    let outcome = start(&home, &server, &["fetch"], &["--maildir", "Mail", "--delete"]).finish();
    assert_ne!(outcome.code, Some(0), "{outcome:?}");
    let heard = server.heard();
    assert!(!heard.contains("RETR") && !heard.contains("DELE"), "{heard}");
}

#[test]
fn what_a_server_says_never_becomes_a_path_or_a_line_of_its_own() {
    let sender = "Return-Path: <x y\u{1b}[31m\rFrom root@here>\r\nSubject: x\r\n\r\nbody\r\n";
    let home = Home::new();
    fs::create_dir_all(home.path("box")).expect("the home is ours");
    for (option, place) in [("--eml", "letters"), ("--maildir", "Mail"), ("--mbox", "box/inbox")] {
        let script = Script::pop3(sender)
            .on("LIST", [say("+OK\r\n1 18446744073709551615\r\n2 99999999999999999999\r\n2 0\r\n.\r\n")])
            .on("UIDL", [say("+OK\r\n1 ../../escaped\r\n2 /etc/x;rm\r\n.\r\n")]);
        fetch(&home, script, &[option, place]).expect(0);
    }
    let made = tree(&home.path(""));
    for path in &made {
        let inside = ["letters/", "Mail/new/", "box/", "state/"].iter().any(|part| path.starts_with(home.path(part)));
        assert!(inside && !path.to_string_lossy().contains("escaped"), "{}", path.display());
    }
    assert_eq!(names(&home.path("letters")).len(), 2);
    let mbox = fs::read_to_string(home.path("box/inbox")).expect("it was made");
    let from: Vec<&str> = mbox.lines().filter(|line| line.starts_with("From ")).collect();
    assert!(from.len() == 2 && from.iter().all(|line| line.starts_with("From MAILER-DAEMON ")), "{from:?}");
}

/// One that is held up in a message, and another one beside it.
fn two_at_once(place: [&str; 2]) -> (Outcome, Outcome, Home) {
    let home = Home::new();
    let held = Scripted::start(two(["a", "b"]).on("RETR 2", [Step::Silence]));
    let first = start(&home, &held, &["fetch"], &[&place[..], &["--delete"]].concat());
    held.wait_for("RETR 2");
    let outcome = start(&home, &Scripted::start(two(["c", "d"])), &["fetch"], &place).finish();
    first.signal(Signal::INT);
    let stopped = || {
        first.signal(Signal::TERM);
        held.is_left().then_some(())
    };
    support::wait::until("the line to be dropped", stopped);
    (first.finish(), outcome, home)
}

#[test]
fn two_accounts_share_a_folder_at_the_same_time_and_an_mbox_one_after_the_other() {
    for place in [["--maildir", "Mail"], ["--eml", "letters"]] {
        let (first, second, home) = two_at_once(place);
        assert_eq!((first.code, second.code), (Some(130), Some(0)), "{first:?} {second:?}");
        let folder = if place[0] == "--eml" { "letters" } else { "Mail/new" };
        assert_eq!(names(&home.path(folder)).len(), 3, "two of the one, and the whole one of the other");
        assert_eq!(names(&home.path("Mail/tmp")), Vec::<String>::new());
    }
    let (first, second, home) = two_at_once(["--mbox", "inbox"]);
    assert_eq!(first.code, Some(130), "{first:?}");
    assert!(second.code == Some(2) && second.err().contains("lock"), "{second:?}");
    let mbox = fs::read_to_string(home.path("inbox")).expect("it was made");
    assert_eq!(mbox.lines().filter(|line| line.starts_with("From ")).count(), 1, "{mbox}");
    assert!(!home.path("inbox.lock").exists());
}

#[test]
fn a_number_that_is_also_another_messages_unique_id_names_neither() {
    for (uidl, name, deleted, code) in [
        (["2", "1"], "1", "", 5),
        (["x", "1"], "1", "", 5),
        (["x", "y"], "1", "DELE 1\r\n", 0),
        (["1", "y"], "1", "DELE 1\r\n", 0),
        (["x", "001"], "001", "DELE 2\r\n", 0),
        (["x", "+1"], "+1", "DELE 2\r\n", 0),
        (["x", "y"], "001", "", 5),
    ] {
        let server = Scripted::start(two(uidl));
        let outcome = start(&Home::new(), &server, &["mailbox", "delete"], &[name]).finish();
        assert_eq!(outcome.code, Some(code), "{uidl:?} {name} {outcome:?}");
        let heard = server.heard();
        let dele: String = heard.split_inclusive('\n').filter(|line| line.starts_with("DELE")).collect();
        assert_eq!(dele, deleted, "{uidl:?} {name}");
    }
}
