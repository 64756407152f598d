//! Scripts in the pane: played over the links of the account, stopped, refused where they would talk in between;
//! sessions played again and compared, or up to a row. What is asked of the shell is done as the workbench does it.

use std::path::PathBuf;
use std::time::Duration;

use telepost::app::{Account, Effect, Message};
use telepost::connection::Request;
use telepost::run::scripts;
use telepost::wire::Side;

use super::otherwise::Otherwise;
use crate::support::stage::{Stage, account, secure_account, settings};

/// A stage and a folder for scripts.
struct Scene {
    stage: Stage,
    place: tempfile::TempDir,
}

impl Scene {
    fn of(stage: Stage) -> Self {
        Self { stage, place: tempfile::tempdir().expect("a temporary folder") }
    }

    fn demo() -> Self {
        Self::of(Stage::demo((120, 40)))
    }

    fn with(account: Account) -> Self {
        Self::of(Stage::open((120, 40), settings(Some(account))))
    }

    fn press(&mut self, keys: &[&str]) {
        for key in keys {
            self.stage.press(&[key]);
            self.do_all();
        }
    }

    fn do_all(&mut self) {
        while let Some(at) = self.stage.others.iter().position(|effect| matches!(effect, Effect::Running(_))) {
            let Effect::Running(ask) = self.stage.others.remove(at) else { unreachable!("it was just looked at") };
            self.stage.tell(Message::Running(scripts::answer(ask)));
        }
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.place.path().join(name);
        std::fs::write(&path, text).expect("the folder is ours");
        path
    }

    /// Plays a script from a file.
    fn run(&mut self, text: &str) {
        let path = self.file("a.script", text);
        self.press(&["^X", "g", "x"]);
        self.stage.type_text(&path.display().to_string());
        self.press(&["Enter"]);
    }

    fn replay(&mut self, answer: &str) {
        self.press(&["^X", "g", "p", answer]);
    }

    fn lines_sent(&self) -> Vec<String> {
        let sent = |entry: &telepost::transcript::Entry<'_>| {
            (entry.direction() == telepost::transcript::Direction::Sent).then(|| entry.summary())
        };
        self.stage.app.live().iter().filter_map(|entry| sent(&entry)).collect()
    }
}

/// The next SMTP server says `to` where the sandbox says `from`.
fn says_otherwise(scene: &mut Scene, from: &'static str, to: &'static str) {
    scene.stage.understudy = Some(Box::new(Otherwise { inner: scene.stage.server(), from, to }));
}

const HELLO: &str = "connect smtp\nexpect 220\nsend EHLO ${helo}\nexpect 250\n";

#[test]
fn a_script_is_played_over_the_links_of_the_account_and_its_verdict_told() {
    let mut scene = Scene::demo();
    scene.run(&format!("{HELLO}send NOOP\nexpect 250\nsend QUIT\nexpect 221\n"));
    scene.stage.sees("a.script: all that was expected came");
    assert_eq!(scene.lines_sent(), ["EHLO lab.test", "NOOP", "QUIT"]);
    assert_eq!(scene.stage.dialled.len(), 1);
}

#[test]
fn what_is_not_as_expected_ends_it_politely_and_is_on_a_card() {
    let mut scene = Scene::demo();
    scene.run(&format!("{HELLO}send NOOP\nexpect 5yz\nsend VRFY bob\n"));
    scene.stage.sees("Failed at line 6: expected 5yz, came 250");
    scene.stage.sees("FAILED  NOOP -> 250");
    assert_eq!(scene.lines_sent(), ["EHLO lab.test", "NOOP", "QUIT"]);
}

#[test]
fn faults_are_on_a_card_with_line_and_column_and_nothing_is_sent() {
    let mut scene = Scene::demo();
    scene.run("connect smtp\nsned EHLO x\nexpect 1\n");
    scene.stage.sees("a.script cannot be played");
    scene.stage.sees("2:1: ");
    scene.stage.sees("you mean send?");
    scene.stage.sees("3:8: ");
    assert!(scene.stage.dialled.is_empty());
}

#[test]
fn a_file_that_is_not_there_is_said_to_be() {
    let mut scene = Scene::demo();
    scene.press(&["^X", "g", "x"]);
    scene.stage.type_text("/no/such.script");
    scene.press(&["Enter"]);
    scene.stage.sees("such.script: No such file");
}

#[test]
fn variables_that_nobody_sets_are_asked_for_and_the_form_knows_the_recipient() {
    let mut scene = Scene::demo();
    scene.run(&format!("{HELLO}send MAIL FROM:<${{from}}>\nsend RCPT TO:<${{to}}>\nexpect 250\nsend NOOP ${{word}}\n"));
    scene.stage.sees("to of a.script");
    scene.stage.sees("bob@sandbox.test");
    scene.press(&["Enter"]);
    scene.stage.sees("word of a.script");
    scene.press(&["Enter"]);
    scene.stage.sees("a value is needed");
    scene.stage.type_text("x");
    scene.press(&["Enter"]);
    let sent = scene.lines_sent();
    assert_eq!(sent[1..4], ["MAIL FROM:<ada@sandbox.test>", "RCPT TO:<bob@sandbox.test>", "NOOP x"]);
}

#[test]
fn another_server_is_not_gone_to_with_the_accounts_secret() {
    for text in ["connect smtp://elsewhere.test:2525\nauth\n", "if tls\nconnect pop3://127.0.0.1:9\nend\n"] {
        let mut scene = Scene::demo();
        scene.run(text);
        scene.stage.sees("the script connects to");
        assert!(scene.stage.dialled.is_empty());
    }
    let mut scene = Scene::demo();
    scene.run("set host = elsewhere.test\nconnect smtp://${host}:2525\nexpect 220\n");
    scene.stage.sees("the script connects to");
    assert!(scene.stage.dialled.is_empty(), "known only when it is played");
    let mut scene = Scene::demo();
    scene.run("connect smtp://127.0.0.1:2525\nexpect 220\n");
    scene.stage.sees("all that was expected came");
}

#[test]
fn a_script_waits_by_the_clock_and_is_shown_while_it_does() {
    let mut scene = Scene::demo();
    scene.run(&format!("{HELLO}wait 5s\nsend NOOP\nexpect 250\n"));
    scene.stage.sees("SCRIPT a.script line 5/7");
    let due = scene.stage.app.wake_at().expect("it waits");
    assert!(due <= scene.stage.now().instant + Duration::from_secs(5));
    scene.stage.tell_after(Duration::from_secs(4), Message::Wake);
    assert_eq!(scene.lines_sent(), ["EHLO lab.test"]);
    scene.stage.tell_after(Duration::from_secs(1), Message::Wake);
    assert_eq!(scene.lines_sent(), ["EHLO lab.test", "NOOP", "QUIT"]);
    scene.stage.lacks("SCRIPT a.script");
    assert!(scene.stage.app.take_dirty());
}

#[test]
fn what_would_talk_in_between_is_refused_with_the_reason() {
    for keys in [&["F5"][..], &["F8"], &["^X", "c"], &["^X", "C"], &["^X", "d", "r"], &["^X", "g", "x"], &["F7"]] {
        let mut scene = Scene::demo();
        scene.run(&format!("{HELLO}wait 5s\n"));
        scene.press(keys);
        scene.stage.sees("a script is running: ^C stops it");
        assert_eq!(scene.lines_sent(), ["EHLO lab.test"], "{keys:?}");
    }
    let mut scene = Scene::demo();
    scene.run(&format!("{HELLO}wait 5s\n"));
    scene.press(&["^X", "4"]);
    scene.stage.type_text("NOOP");
    scene.press(&["Enter"]);
    scene.stage.sees("not sent: a script is running");
    scene.stage.sees("SMTP> NOOP");
    assert_eq!(scene.lines_sent(), ["EHLO lab.test"]);
}

#[test]
fn ctrl_c_stops_it_with_quit() {
    let mut scene = Scene::demo();
    scene.run(&format!("{HELLO}wait 5s\nsend NOOP\n"));
    scene.press(&["^C"]);
    scene.stage.sees("Failed at line 5: it was stopped");
    assert_eq!(scene.lines_sent(), ["EHLO lab.test", "QUIT"]);
    scene.press(&["Esc", "F5"]);
    scene.stage.sees("queued as");
}

#[test]
fn it_does_not_begin_beside_other_work_or_over_marked_messages() {
    let mut scene = Scene::demo();
    scene.press(&["^X", "3", "d", "^X", "g", "x"]);
    scene.stage.sees("messages are marked for deletion");
    scene.stage.lacks("Play the script");
}

#[test]
fn a_line_that_stands_is_left_with_quit_before_the_script_opens_its_own() {
    let mut scene = Scene::demo();
    scene.press(&["F5"]);
    let before = scene.lines_sent().len();
    scene.run(&format!("{HELLO}send QUIT\nexpect 221\n"));
    assert_eq!(scene.lines_sent()[before..], ["QUIT", "EHLO lab.test", "QUIT"]);
    assert_eq!(scene.stage.dialled.len(), 2);
}

#[test]
fn a_script_signs_in_with_the_secret_of_the_account_and_asks_for_it_where_it_is_not_known() {
    let text = "connect smtp\nexpect 220\nsend EHLO ${helo}\nstarttls\nauth\nexpect 235\nsend QUIT\n";
    let mut scene = Scene::with(secure_account());
    scene.run(text);
    scene.stage.sees("all that was expected came");
    let unknown = Account { password: None, ..secure_account() };
    let mut scene = Scene::with(unknown.clone());
    scene.run(text);
    scene.stage.sees("Password of");
    scene.stage.type_text("opensesame");
    scene.press(&["Enter"]);
    scene.stage.sees("all that was expected came");
    let mut scene = Scene::with(unknown);
    scene.run(text);
    scene.press(&["Esc"]);
    scene.stage.sees("the secret of the account was not given");
    let sent = scene.lines_sent();
    assert!(!sent.iter().any(|line| line.starts_with("AUTH")) && sent.last().is_some_and(|line| line == "QUIT"));
}

#[test]
fn a_secret_is_for_its_own_user() {
    let mut scene = Scene::demo();
    scene.run("connect pop3\nexpect +OK\nauth USER mallory\n");
    scene.stage.sees("the script signs in as mallory");
    assert!(!scene.lines_sent().iter().any(|line| line.starts_with("USER")));
}

#[test]
fn a_session_played_again_is_no_difference_and_that_is_said() {
    for (secure, keys) in [(false, &["F5"][..]), (true, &["F5"]), (false, &["^X", "3"]), (true, &["^X", "3"])] {
        let mut scene = if secure { Scene::with(secure_account()) } else { Scene::demo() };
        scene.press(keys);
        scene.replay("w");
        scene.stage.sees("Two sessions compared");
        scene.stage.sees("no difference in what was said");
        scene.stage.sees("all that was expected came");
    }
}

#[test]
fn one_changed_reply_is_that_difference_and_ends_it_there_or_not() {
    for (answer, quits) in [("w", false), ("t", true), ("a", false), ("e", true)] {
        let mut scene = Scene::demo();
        scene.press(&["F5", "^X", "C"]);
        says_otherwise(&mut scene, "250 2.1.5", "251 2.1.5");
        scene.replay(answer);
        if matches!(answer, "a" | "e") {
            scene.stage.sees("to of this session");
            scene.press(&["Enter"]);
        }
        scene.stage.sees(">CODE   RCPT TO:<bob@sandbox.test>");
        scene.stage.sees("expected 250 2.1.5, came 251 2.1.5");
        scene.press(&["Esc"]);
        let letters = scene.stage.letters(1).len();
        assert_eq!(letters, if quits { 5 } else { 4 }, "{answer}: the mail goes again only where it goes through");
    }
}

#[test]
fn an_adapted_replay_has_a_message_id_of_its_own() {
    let mut scene = Scene::demo();
    scene.press(&["F5"]);
    scene.replay("a");
    scene.press(&["Enter"]);
    scene.stage.sees("no difference in what was said");
    let letters = scene.stage.letters(1);
    let id = |letter: &[u8]| {
        let text = String::from_utf8_lossy(letter).into_owned();
        text.lines().find(|line| line.starts_with("Message-ID:")).map(str::to_owned).expect("there is one")
    };
    assert_ne!(id(&letters[letters.len() - 2]), id(&letters[letters.len() - 1]));
}

#[test]
fn before_a_replay_it_is_said_where_it_goes_and_what_is_for_good() {
    let mut scene = Scene::demo();
    scene.press(&["F5", "^X", "3", "d", "Q", "q", "^X", "g", "p"]);
    scene.stage.sees("It goes to SMTP 127.0.0.1:2525, POP3 127.0.0.1:2110 (sandbox).");
    scene.stage.sees("It sends 1 mail for good.");
    scene.stage.sees("It marks 1 message for deletion, by number; QUIT deletes them.");
    let dialled = scene.stage.dialled.len();
    scene.press(&["Enter"]);
    assert_eq!(scene.stage.dialled.len(), dialled, "No is the default");
}

#[test]
fn a_fork_leaves_the_line_where_the_cursor_was_to_the_prompt() {
    let mut scene = Scene::demo();
    scene.press(&["F5", "^X", "2", "/"]);
    scene.stage.type_text("cmd:RCPT");
    scene.press(&["Enter", "^X", "g", "F"]);
    scene.stage.sees("up to the row under the cursor?");
    scene.press(&["w"]);
    scene.stage.sees("the line is yours");
    scene.stage.type_text("RSET");
    scene.press(&["Enter"]);
    let sent = scene.lines_sent();
    let last: Vec<&str> = sent.iter().rev().take(4).map(|line| line.split(' ').next().unwrap_or_default()).collect();
    assert_eq!(last, ["RSET", "RCPT", "MAIL", "EHLO"]);
    assert_eq!(scene.stage.letters(1).len(), 4, "the mail went once");
}

#[test]
fn a_recorded_file_is_offered_like_a_session_that_is_shown() {
    let mut scene = Scene::demo();
    scene.press(&["F5"]);
    let header = telepost::transcript::export::Header {
        version: "0.1.0".to_owned(),
        started: "2026-11-22T11:42:07Z".parse().expect("a time"),
        endpoints: Vec::new(),
        notes: Vec::new(),
    };
    let octets = telepost::sessions::octets(scene.stage.app.live(), &header).expect("it can be written");
    let path = scene.file("old.jsonl", &String::from_utf8(octets).expect("it is JSON"));
    let mut other = Scene::with(account());
    other.press(&["^X", "g", "x"]);
    other.stage.type_text(&path.display().to_string());
    other.press(&["Enter"]);
    other.stage.sees("Play old.jsonl again?");
    other.press(&["w"]);
    other.stage.sees("no difference in what was said");
    other.stage.sees("old.jsonl");
}

#[test]
fn other_servers_end_it() {
    let mut scene = Scene::demo();
    scene.run(&format!("{HELLO}wait 5s\nconnect smtp\n"));
    scene.stage.tell(Message::Sandbox(Ok(Box::new(account()))));
    scene.stage.lacks("SCRIPT a.script");
    let dialled = scene.stage.dialled.len();
    scene.stage.tell_after(Duration::from_secs(6), Message::Wake);
    assert_eq!(scene.stage.dialled.len(), dialled);
}

#[test]
fn a_line_that_is_lost_fails_the_script() {
    let mut scene = Scene::demo();
    scene.run(&format!("{HELLO}wait 5s\nsend NOOP\nexpect 250\n"));
    scene.stage.cut(Side::Smtp);
    scene.stage.tell_after(Duration::from_secs(6), Message::Wake);
    scene.stage.sees("the line is closed");
}

#[test]
fn a_request_that_is_lost_ends_the_script() {
    let mut scene = Scene::demo();
    scene.run(&format!("{HELLO}wait 5s\n"));
    scene.stage.tell(Message::RequestLost(Box::new(Request::Disconnect(Side::Smtp))));
    scene.stage.sees("could not be passed on");
}

#[test]
fn a_recipient_who_is_refused_this_time_is_the_difference() {
    let mut scene = Scene::demo();
    scene.press(&["F5"]);
    scene.stage.misbehave(&[telepost::sandbox::Fault::MailboxFull]);
    scene.replay("w");
    scene.stage.sees(">CODE   RCPT TO:<bob@sandbox.test>");
    scene.stage.sees("552 5.2.2");
}
