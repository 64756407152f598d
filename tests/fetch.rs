//! `telepost fetch` from outside: every destination, what is fetched twice and what is not, what is deleted and when,
//! signals, and servers that refuse, cut and lie.

#[expect(dead_code, reason = "each test file uses its part of the support")]
mod support;

use std::path::{Path, PathBuf};

use rustix::process::Signal;
use serde_json::Value;
use support::scripted::{Script, Scripted, Step, say};
use support::telepost::{Home, Outcome, Running};
use telepost::sandbox::{Options, PASSWORD, Sandbox};
use tokio::runtime::Runtime;

const MAIL: &str = "From: eve@example.org\r\nSubject: Apples\r\n\r\nbody\r\n";

/// The embedded server with mails for bob, who has no others.
struct Server {
    sandbox: Sandbox,
    _runtime: Runtime,
}

impl Server {
    fn with(home: &Home, mails: usize) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let options = Options { samples: false, ..Options::default() };
        let sandbox = runtime.block_on(Sandbox::start(options)).expect("free ports on loopback");
        let server = Self { sandbox, _runtime: runtime };
        server.deliver(home, mails);
        server
    }

    /// Sends bob so many mails more.
    fn deliver(&self, home: &Home, mails: usize) {
        let (url, count) = (format!("smtp://{}", self.sandbox.smtp()), mails.to_string());
        let to = ["--from", "eve@example.org", "--to", "bob@sandbox.test", "--subject", "Apples", "--body", ".dot\n"];
        if mails > 0 {
            home.run(&[&["send", &url, "--tls", "none", "--count", &count], &to[..]].concat()).expect(0);
        }
    }

    fn url(&self) -> String {
        format!("pop3://bob@{}", self.sandbox.pop3())
    }

    /// What lies in bob's mailbox.
    fn mails(&self) -> Vec<Vec<u8>> {
        self.sandbox.mailbox("bob").iter().map(|letter| letter.to_vec()).collect()
    }

    fn fetch(&self, home: &Home, options: &[&str]) -> Outcome {
        start(home, &self.url(), options).finish()
    }
}

fn start(home: &Home, url: &str, options: &[&str]) -> Running {
    let call = [&["fetch", url, "--tls", "none", "--allow-plain-auth"], options].concat();
    home.telepost(&call).env("TELEPOST_PASSWORD", PASSWORD).start()
}

/// Runs it against a script; what it said, and what the server heard.
fn fetch(script: Script, options: &[&str]) -> (Outcome, String, Home) {
    let (home, server) = (Home::new(), Scripted::start(script));
    let outcome = start(&home, &server.pop3_url(), options).finish();
    (outcome, server.heard(), home)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.is_file()).collect()
}

/// Everything below a folder that could pass for a mail.
fn mails_in(folder: &Path) -> Vec<Vec<u8>> {
    let read = |path: PathBuf| std::fs::read(path).expect("a mail that was fetched");
    ["", "new", "cur"].iter().flat_map(|part| files(&folder.join(part))).map(read).collect()
}

/// Line ends as this system has them, in any order.
fn sorted(mails: Vec<Vec<u8>>) -> Vec<String> {
    let text = |mail: Vec<u8>| String::from_utf8(mail).expect("the mails are text").replace("\r\n", "\n");
    let mut all: Vec<String> = mails.into_iter().map(text).collect();
    all.sort();
    all
}

fn counts(report: &Value) -> [u64; 4] {
    ["exit", "fetched", "deleted", "known"].map(|field| report[field].as_u64().expect("a number"))
}

/// Three messages with these unique-ids.
fn three(ids: [&str; 3]) -> Script {
    let octets = MAIL.len();
    let uidl = format!("+OK\r\n1 {}\r\n2 {}\r\n3 {}\r\n.\r\n", ids[0], ids[1], ids[2]);
    Script::pop3(MAIL)
        .on("LIST", [say(format!("+OK\r\n1 {octets}\r\n2 {octets}\r\n3 {octets}\r\n.\r\n"))])
        .on("UIDL", [say(uidl)])
}

#[test]
fn each_destination_gets_every_message_byte_for_byte() {
    let home = Home::new();
    let server = Server::with(&home, 5);
    for (option, folder) in [("--maildir", "Mail"), ("--eml", "mails")] {
        let outcome = server.fetch(&home, &[option, folder]).expect(0);
        assert!(outcome.out().starts_with("5 messages, "), "{outcome:?}");
        assert_eq!(sorted(mails_in(&home.path(folder))), sorted(server.mails()), "{option}");
    }
    server.fetch(&home, &["--mbox", "inbox"]).expect(0);
    let mbox = std::fs::read_to_string(home.path("inbox")).expect("the file was made");
    assert_eq!(mbox.lines().filter(|line| line.starts_with("From ")).count(), 5);
    assert_eq!(server.mails().len(), 5, "nothing is deleted that nobody asked for");
}

#[test]
fn what_was_fetched_is_not_new() {
    let home = Home::new();
    let server = Server::with(&home, 3);
    let fetch = || counts(&server.fetch(&home, &["--maildir", "Mail", "--new", "--json"]).expect(0).json());
    assert_eq!(fetch(), [0, 3, 0, 0]);
    assert_eq!(fetch(), [0, 0, 0, 3]);
    server.deliver(&home, 2);
    assert_eq!(fetch(), [0, 2, 0, 3]);
    assert_eq!(mails_in(&home.path("Mail")).len(), 5);
}

#[test]
fn delete_empties_the_mailbox_of_what_this_run_fetched() {
    let home = Home::new();
    let server = Server::with(&home, 4);
    let to = ["--eml", "mails", "--json", "--new"];
    assert_eq!(counts(&server.fetch(&home, &to).expect(0).json()), [0, 4, 0, 0]);
    server.deliver(&home, 2);
    let report = server.fetch(&home, &[&to[..], &["--delete"]].concat()).expect(0).json();
    assert_eq!(counts(&report), [0, 2, 2, 4]);
    assert_eq!(server.mails().len(), 4, "what an earlier run fetched stays");
    let elsewhere = ["--eml", "elsewhere", "--json", "--new", "--delete", "--delete-fetched", "--limit", "1"];
    assert_eq!(counts(&server.fetch(&home, &elsewhere).expect(0).json()), [0, 1, 1, 0], "another place has its own");
    let report = server.fetch(&home, &[&to[..], &["--delete", "--delete-fetched"]].concat()).expect(0).json();
    assert_eq!(counts(&report), [0, 0, 3, 3]);
    assert!(server.mails().is_empty());
}

#[test]
fn the_limit_takes_the_oldest() {
    let home = Home::new();
    let server = Server::with(&home, 4);
    let outcome = server.fetch(&home, &["--eml", "mails", "--limit", "3", "--since", "1d", "--json"]).expect(0);
    assert_eq!(counts(&outcome.json()), [0, 3, 0, 0]);
    assert_eq!(sorted(mails_in(&home.path("mails"))), sorted(server.mails()[..3].to_vec()));
}

#[test]
fn nothing_older_than_asked_for_is_fetched() {
    let old = "Date: Mon, 1 Jan 2001 00:00:00 +0000\r\nSubject: Apples\r\n\r\nbody\r\n";
    let (outcome, heard, _home) = fetch(Script::pop3(old), &["--eml", "mails", "--since", "2020-01-01"]);
    assert!(outcome.expect(0).out().starts_with("0 messages"));
    assert!(heard.contains("TOP 1 0") && !heard.contains("RETR"), "{heard}");
}

#[test]
fn without_unique_ids_new_and_delete_are_refused_before_anything_is_fetched() {
    for option in ["--new", "--delete"] {
        let script = Script::pop3(MAIL).on("UIDL", [say("-ERR no UIDL here\r\n")]);
        let (outcome, heard, _home) = fetch(script, &["--eml", "mails", option, "--json"]);
        let report = outcome.expect(5).json();
        assert!(report["explanation"].as_str().is_some_and(|words| words.contains("UIDL")), "{report}");
        assert!(!heard.contains("RETR") && !heard.contains("DELE"), "{heard}");
    }
}

#[test]
fn a_server_that_deletes_what_was_read_is_left_alone_unless_that_is_accepted() {
    let script = || Script::pop3(MAIL).on("CAPA", [say("+OK\r\nUSER\r\nUIDL\r\nTOP\r\nEXPIRE 0\r\n.\r\n")]);
    let (outcome, heard, _home) = fetch(script(), &["--eml", "mails"]);
    assert!(outcome.expect(5).err().contains("EXPIRE 0"));
    assert!(!heard.contains("RETR"), "{heard}");
    let (outcome, heard, _home) = fetch(script(), &["--eml", "mails", "--accept-expire"]);
    assert!(outcome.expect(0).err().contains("EXPIRE 0") && heard.contains("RETR 1"), "{heard}");
}

#[test]
fn a_doubtful_unique_id_is_fetched_and_not_deleted() {
    let (outcome, heard, home) = fetch(three(["a", "same", "same"]), &["--eml", "mails", "--delete", "--json"]);
    let report = outcome.expect(3).json();
    assert_eq!((counts(&report), report["without_uidl"].as_u64()), ([3, 3, 1, 0], Some(2)), "{report}");
    assert!(heard.contains("DELE 1\r\n") && !heard.contains("DELE 2") && !heard.contains("DELE 3"), "{heard}");
    assert_eq!(mails_in(&home.path("mails")).len(), 3);
}

#[test]
fn a_message_that_is_refused_makes_it_partial() {
    let script = three(["a", "b", "c"]).on("RETR 2", [say("-ERR it is gone\r\n")]);
    let (outcome, _heard, home) = fetch(script, &["--maildir", "Mail", "--json"]);
    let report = outcome.expect(3).json();
    assert_eq!((report["outcome"].as_str(), report["fetched"].as_u64()), (Some("partial"), Some(2)));
    assert_eq!(report["refused"][0]["number"], 2, "{report}");
    assert_eq!(mails_in(&home.path("Mail")).len(), 2);
}

#[test]
fn a_line_cut_in_a_message_leaves_no_torso_and_deletes_nothing() {
    let torso = [say("+OK\r\nSubject: half\r\n\r\nha"), Step::Close];
    let script = three(["a", "b", "c"]).on("RETR 2", torso);
    let (outcome, heard, home) = fetch(script, &["--maildir", "Mail", "--delete", "--json"]);
    let report = outcome.expect(10).json();
    assert_eq!((counts(&report), report["left"].as_u64()), ([10, 1, 0, 0], Some(2)), "{report}");
    assert!(report["advice"].as_str().is_some_and(|words| words.contains("--new")), "{report}");
    assert!(!heard.contains("QUIT"), "{heard}");
    assert_eq!(sorted(mails_in(&home.path("Mail"))), sorted(vec![MAIL.into()]));
    assert_eq!(files(&home.path("Mail/tmp")), Vec::<PathBuf>::new());
}

#[test]
fn no_answer_to_quit_leaves_it_unknown_only_where_something_was_marked() {
    for (option, status, word) in [("--delete", 4, "unknown"), ("--accept-expire", 0, "done")] {
        let script = Script::pop3(MAIL).on("QUIT", [Step::Close]);
        let (outcome, _heard, _home) = fetch(script, &["--eml", "mails", "--json", option]);
        assert_eq!(outcome.expect(status).json()["outcome"], word);
    }
}

#[test]
fn an_interrupt_finishes_what_is_under_way_and_asks_for_no_more() {
    // Each is announced to be larger than what is asked for ahead, so that one alone is under way.
    let octets = 64 * 1024 * 1024;
    let slow = format!("+OK\r\nSubject: slow\r\n\r\n{}\r\n.\r\n", "x".repeat(1_500));
    let script = three(["a", "b", "c"])
        .on("LIST", [say(format!("+OK\r\n1 {octets}\r\n2 {octets}\r\n3 {octets}\r\n.\r\n"))])
        .on("RETR", [Step::Drip(slow.into_bytes())]);
    let (home, server) = (Home::new(), Scripted::start(script));
    let running = start(&home, &server.pop3_url(), &["--eml", "mails", "--delete", "--json"]);
    server.wait_for("RETR 1");
    running.signal(Signal::INT);
    let outcome = running.finish().expect(130);
    let report = outcome.json();
    assert_eq!((counts(&report), report["left"].as_u64()), ([130, 1, 1, 0], Some(2)), "{report}");
    assert!(outcome.err().contains("stopping") && outcome.err().contains("--new"), "{outcome:?}");
    let heard = server.heard();
    assert!(heard.ends_with("DELE 1\r\nQUIT\r\n") && !heard.contains("RETR 2"), "{heard}");
    assert_eq!(mails_in(&home.path("mails")).len(), 1);
}

#[test]
fn a_second_interrupt_drops_the_line() {
    let (home, server) = (Home::new(), Scripted::start(Script::pop3(MAIL).on("RETR", [Step::Silence])));
    let running = start(&home, &server.pop3_url(), &["--eml", "mails", "--delete", "--json"]);
    server.wait_for("RETR 1");
    running.signal(Signal::INT);
    // Two signals that come together are one: the first must have been taken.
    let stopped = || {
        running.signal(Signal::TERM);
        server.is_left().then_some(())
    };
    support::wait::until("the line to be dropped", stopped);
    let report = running.finish().expect(130).json();
    assert_eq!((report["outcome"].as_str(), counts(&report)), (Some("stopped"), [130, 0, 0, 0]));
    assert_eq!(mails_in(&home.path("mails")), Vec::<Vec<u8>>::new());
}

#[test]
fn an_interrupt_while_quit_waits_leaves_it_unknown_only_where_something_was_marked() {
    for (option, status, word) in [("--delete", 4, "unknown"), ("--accept-expire", 130, "stopped")] {
        let (home, server) = (Home::new(), Scripted::start(Script::pop3(MAIL).on("QUIT", [Step::Silence])));
        let running = start(&home, &server.pop3_url(), &["--eml", "mails", "--json", option]);
        server.wait_for("QUIT");
        running.signal(Signal::INT);
        let report = running.finish().expect(status).json();
        assert_eq!((report["outcome"].as_str(), report["fetched"].as_u64()), (Some(word), Some(1)), "{report}");
    }
}

#[test]
fn the_bar_is_drawn_on_a_terminal_and_nowhere_else() {
    let slow = format!("+OK\r\nSubject: slow\r\n\r\n{}\r\n.\r\n", "x".repeat(500));
    for (option, no_color, drawn) in [("--json", "", true), ("--verbose", "", false), ("--json", "1", false)] {
        let server = Scripted::start(Script::pop3(MAIL).on("RETR", [Step::Drip(slow.clone().into_bytes())]));
        let url = server.pop3_url();
        let call = ["fetch", &url, "--tls", "none", "--allow-plain-auth", "--eml", "mails", option];
        let environment = [("TELEPOST_PASSWORD", PASSWORD), ("NO_COLOR", no_color)];
        let ended = Home::new().open_with(&call, (120, 30), &environment).finish();
        let text = String::from_utf8_lossy(&ended.raw);
        assert_eq!(ended.status, Ok(0), "{text}");
        assert_eq!((text.contains("/1 messages, "), text.contains('\x1b')), (drawn, drawn), "{option} {text:?}");
    }
}

#[test]
fn a_place_that_cannot_be_is_told_before_anybody_is_connected_to() {
    let home = Home::new();
    let file = home.file("file", "Dear diary\n");
    std::fs::create_dir_all(home.path("folder/photos")).expect("a folder");
    let folder = home.path("folder").display().to_string();
    let nowhere = home.path("none/mail").display().to_string();
    let server = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    server.set_nonblocking(true).expect("a socket that answers at once");
    let url = format!("pop3://bob@{}", server.local_addr().expect("it is bound"));
    for (option, place, why) in [
        ("--maildir", &file, "is a file"),
        ("--maildir", &folder, "other things"),
        ("--maildir", &nowhere, "there is no folder"),
        ("--mbox", &folder, "is a folder"),
        ("--mbox", &nowhere, "there is no folder"),
        ("--eml", &file, "is a file"),
        ("--eml", &nowhere, "there is no folder"),
    ] {
        let outcome = start(&home, &url, &[option, place]).finish().expect(2);
        assert!(outcome.err().contains(why), "{option} {place}: {outcome:?}");
        let called = server.accept().map_err(|error| error.kind());
        assert_eq!(called.err(), Some(std::io::ErrorKind::WouldBlock), "{option} {place}");
    }
    assert!(!home.path("none").exists(), "nothing is made");
}

#[test]
fn wrong_calls_end_with_2_and_an_object() {
    let home = Home::new();
    for call in [
        &["fetch", "pop3://ada@127.0.0.1", "--json"][..],
        &["fetch", "pop3://ada@127.0.0.1", "--maildir", "a", "--mbox", "b", "--json"],
        &["fetch", "smtp://ada@127.0.0.1", "--maildir", "a", "--json"],
        &["fetch", "pop3://127.0.0.1", "--maildir", "a", "--json"],
        &["fetch", "pop3://ada@127.0.0.1", "--maildir", "a", "--since", "lunch", "--json"],
    ] {
        let report = home.run(call).expect(2).json();
        assert_eq!((report["outcome"].as_str(), report["exit"].as_u64()), (Some("failed"), Some(2)), "{call:?}");
    }
}
