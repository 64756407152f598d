//! `telepost session` and what the workbench keeps: the real binary, real files.

#[expect(dead_code, reason = "each test file uses its part of the support")]
mod support;

use std::path::PathBuf;

use rustix::process::Signal;
use support::pty::Session;
use support::telepost::Home;
use support::wait;
use telepost::sessions::{Folder, Name};
use telepost::transcript::export::Header;
use telepost::transcript::{Direction, Record, Transcript};
use telepost::wire::{ChunkKind, Side};

const FOLDER: &str = "state/telepost/sessions";

fn kept(home: &Home) -> Vec<PathBuf> {
    let files = std::fs::read_dir(home.path(FOLDER)).into_iter().flatten().flatten().map(|file| file.path());
    files.filter(|path| path.extension().is_some_and(|ending| ending == "jsonl")).collect()
}

/// A home with two sessions that differ in the answer to one command.
fn two() -> Home {
    let home = Home::new();
    let folder = Folder::new(home.path(FOLDER));
    for (name, answer) in [("one", "250 2.1.5 ok"), ("other", "550 5.1.1 no such user")] {
        let mut transcript = Transcript::default();
        let lines = ["> EHLO lab.test", "< 250 mx", "> RCPT TO:<c@d>", answer, "> QUIT", "< 221 bye"];
        for (number, line) in (1..).zip(lines) {
            let text = line.trim_start_matches(['<', '>', ' ']);
            let sent = line.starts_with('>');
            transcript.push(Record {
                number,
                side: Side::Smtp,
                link: 1,
                at: std::time::Duration::from_millis(number),
                lapse: None,
                direction: if sent { Direction::Sent } else { Direction::Received },
                kind: if sent { ChunkKind::Command } else { ChunkKind::Reply { first: true, last: true } },
                expected: true,
                tls: false,
                bytes: format!("{text}\r\n").into_bytes(),
                tally: None,
            });
        }
        transcript.annotate(2, Some("look here".to_owned()));
        let header = Header {
            version: "0.1.0".to_owned(),
            started: "2026-11-22T11:42:07Z".parse().expect("a time"),
            endpoints: vec!["SMTP mx.example:25".to_owned()],
            notes: Vec::new(),
        };
        folder.save(&Name::given(name).expect("a sound name"), &transcript, &header).expect("the home is ours");
    }
    home
}

#[test]
fn sessions_are_listed_and_shown() {
    let home = two();
    let listed = home.run(&["session", "list"]).expect(0).out();
    assert!(listed.lines().count() == 2 && listed.contains("6 rows") && listed.contains("1 note"), "{listed}");
    let json = home.run(&["session", "list", "--json"]).expect(0).json();
    assert_eq!((&json["sessions"][0]["rows"], &json["sessions"][0]["named"]), (&6.into(), &true.into()));
    let shown = home.run(&["session", "show", "one", "--no-times"]).expect(0).out();
    assert!(shown.contains("3  -> RCPT TO:<c@d>\n  === note: look here\n4 <-  250 2.1.5 ok\n"), "{shown}");
    assert!(home.run(&["session", "show", "none"]).expect(2).err().contains("there is no saved session none"));
}

#[test]
fn diff_says_by_its_status_whether_the_same_was_said() {
    let home = two();
    let path = home.path(FOLDER).join("one.jsonl").display().to_string();
    home.run(&["session", "diff", "one", &path]).expect(0);
    let text = home.run(&["session", "diff", "one", "other", "--width", "80"]).expect(3).out();
    assert!(text.contains("1 difference in what was said") && text.contains("CODE   RCPT TO:<c@d>"), "{text}");
    let json = home.run(&["session", "diff", "one", "other", "--json"]).expect(3).json();
    assert_eq!((&json["differences"], &json["pairs"][1]["verdict"]), (&1.into(), &"code".into()));
}

#[test]
fn a_session_without_a_mail_gives_no_mail_and_says_so() {
    let home = two();
    let told = home.run(&["session", "export", "one", "--to", "x.eml"]).expect(2);
    assert!(told.err().contains("no mail is in this transcript"), "{}", told.err());
    home.run(&["session", "export", "one", "--to", "x.html"]).expect(0);
}

#[test]
fn a_session_is_exported_and_becomes_a_script_and_nothing_is_written_over() {
    let home = two();
    let script = home.run(&["session", "script", "one"]).expect(0).out();
    assert!(script.contains("send RCPT TO:<c@d>\nexpect 250 2.1.5\nsend QUIT\n"), "{script}");
    let forked = home.run(&["session", "script", "one", "--upto", "3", "--adapt"]).expect(0).out();
    assert!(forked.ends_with("send RCPT TO:<${to}>\nexpect 250 2.1.5\n"), "{forked}");
    home.run(&["session", "script", "one", "--upto", "7"]).expect(2);
    for file in ["a.txt", "a.md", "a.jsonl"] {
        home.run(&["session", "export", "one", "--to", file]).expect(0);
        let again = home.run(&["session", "export", "other", "--to", file]).expect(2);
        assert!(again.err().contains("is there already"), "{again:?}");
    }
    let back = home.run(&["session", "show", "./a.jsonl", "--no-times"]).expect(0).out();
    assert!(back.contains("note: look here"), "{back}");
    home.run(&["session", "export", "one", "--to", "a.pdf"]).expect(2);
}

#[test]
fn sessions_are_renamed_and_removed() {
    let home = two();
    home.run(&["session", "rename", "one", "other"]).expect(2);
    home.run(&["session", "rename", "one", "../x"]).expect(2);
    home.run(&["session", "rename", "one", "first"]).expect(0);
    home.run(&["session", "remove", "other", "nothing"]).expect(2);
    assert_eq!(kept(&home).len(), 2, "all or none");
    home.run(&["session", "remove", "other", "first"]).expect(0);
    assert!(kept(&home).is_empty());
    assert!(home.run(&["session", "list"]).expect(0).err().contains("no session is saved yet"));
}

#[test]
fn a_broken_file_is_told_with_line_and_column() {
    let home = Home::new();
    let file = home.file("broken.jsonl", "{\"kind\":\"header\",\"started\":\"\x1b[2J\"}\n");
    let error = home.run(&["session", "show", &file]).expect(2).err();
    assert!(error.contains("line 1, column") && !error.contains('\x1b'), "{error}");
}

fn talk(home: &Home) -> Session {
    let mut session = home.open(&["demo"], (100, 30));
    session.wait_for("Compose");
    session.press("F5");
    session.wait_for("queued as");
    session
}

#[test]
fn what_was_said_is_kept_on_every_way_out() {
    for signal in [None, Some(Signal::TERM), Some(Signal::HUP)] {
        let home = Home::new();
        let mut session = talk(&home);
        match signal {
            None => {
                session.send("\x18q");
            }
            Some(signal) => session.signal(signal),
        }
        drop(session.finish());
        let file = wait::until("the session", || kept(&home).into_iter().next());
        assert!(file.display().to_string().ends_with("_127.0.0.1.auto.jsonl"), "{file:?}");
        let shown = home.run(&["session", "show", "last"]).expect(0).out();
        assert!(shown.contains("queued as") && !shown.contains("opensesame"), "{shown}");
    }
}

#[test]
fn nothing_is_kept_where_none_are_wanted_or_nothing_was_said() {
    for (config, talks) in [("keep-sessions = 0\n", true), ("", false)] {
        let home = Home::new();
        std::fs::create_dir_all(home.path("config/telepost")).expect("the home is ours");
        std::fs::write(home.path("config/telepost/config.toml"), config).expect("the home is ours");
        let mut session = if talks { talk(&home) } else { home.open(&["demo"], (100, 30)) };
        session.wait_for("Compose");
        session.send("\x18q");
        drop(session.finish());
        assert!(kept(&home).is_empty(), "{config}");
    }
}
