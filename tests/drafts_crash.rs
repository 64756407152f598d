//! The workbench killed, started twice, and on a disk that takes nothing: what was written is still there, and no mail
//! goes twice.

#[expect(dead_code, reason = "each test file uses its part of the support")]
mod support;

use rustix::process::Signal;
use support::pty::Session;
use support::scripted::{Script, Scripted, Step, say};
use support::telepost::Home;
use support::wait;

const SIZE: (u16, u16) = (120, 40);
fn open(home: &Home, server: &Scripted) -> Session {
    home.open(&[&server.smtp_url(), "--from", "a@example.org"], SIZE)
}

/// A server that takes a mail whole and then says nothing.
fn mute_after_the_dot() -> Scripted {
    Scripted::start(Script::smtp().on("DATA", [say("354 go\r\n"), Step::HearBody, Step::Silence]))
}

/// How soon it is saved, tests/flows holds on a clock of its own.
#[test]
fn typing_without_a_pause_is_saved_all_the_same_and_survives_a_kill() {
    let home = Home::new();
    let mut session = home.open(&["demo"], SIZE);
    session.wait_for("Compose");
    let (mut typed, mut saved) = (0, 0);
    wait::until("two saves while somebody types", || {
        session.send(format!("w{typed} "));
        typed += 1;
        let draft = home.draft().unwrap_or_default();
        let words = (0..typed).take_while(|word| draft.contains(&format!("w{word} "))).count();
        let again = saved > 0 && words > saved;
        saved = saved.max(words);
        again.then_some(())
    });
    session.signal(Signal::KILL);
    session.finish();
    let draft = home.draft().expect("it was saved");
    let lost: Vec<usize> = (0..saved).filter(|word| !draft.contains(&format!("w{word} "))).collect();
    assert!(lost.is_empty(), "{lost:?} of {typed} words\n{draft}");
}

#[test]
fn a_kill_between_the_dot_and_its_reply_is_asked_about_and_nothing_is_sent_again() {
    let server = mute_after_the_dot();
    let home = Home::new();
    let mut session = open(&home, &server);
    session.wait_for("READY");
    session.send("bob@example.test");
    session.wait_for("RCPT bob@ex");
    session.press("F5");
    session.wait_for("no subject");
    session.send("s");
    session.wait_for("[-] body");
    session.signal(Signal::KILL);
    session.finish();
    let draft = home.draft().expect("it was saved before the mail went");
    assert!(draft.contains("\"perhaps_sent\":true") && draft.contains("\"message_id\":\""), "{draft}");

    let heard = server.heard();
    assert!(heard.ends_with("\r\n.\r\n"), "{heard}");
    let other = Scripted::start(Script::smtp());
    let mut session = open(&home, &other);
    session.wait_for("This mail may have been sent");
    session.send("r");
    session.wait_for("RCPT bob@ex");
    session.press("F5");
    session.wait_for("Send it again?");
    session.press("Enter");
    session.wait_gone("Send it again?");
    session.press("F5");
    session.wait_for("Send it again?");
    session.send("y");
    session.wait_for("no subject");
    session.send("s");
    session.wait_for("queued as");
    session.signal(Signal::KILL);
    session.finish();
    let id = heard.lines().find(|line| line.starts_with("Message-ID:")).expect("it has one");
    let again = other.heard();
    assert!(again.contains(id), "the same mail: {id}\n{again}");
    assert_eq!(again.matches("MAIL FROM").count(), 1, "{again}");
}

#[test]
fn two_at_once_do_not_write_the_same_draft() {
    let home = Home::new();
    let mut first = home.open(&["demo"], SIZE);
    first.wait_for("Compose");
    first.send("Of the first. ");
    first.wait_for("draft saved");
    let mut second = home.open(&["demo"], SIZE);
    second.wait_for("Compose");
    second.send("Of the second. ");
    second.wait_for("draft saved");
    for session in [&first, &second] {
        session.signal(Signal::KILL);
    }
    first.finish();
    second.finish();
    let drafts = home.draft().expect("both were saved");
    assert!(drafts.contains("Of the first.") && drafts.contains("Of the second."), "{drafts}");
    let mut third = home.open(&["demo"], SIZE);
    third.wait_for("An unsent mail was found");
    third.send("r");
    third.wait_for("Of the second.");
    third.press("^X");
    third.wait_for("Ctrl-X, then");
    third.send("D");
    third.wait_for("Drafts: 2");
}

#[test]
fn where_nothing_can_be_kept_the_mail_goes_and_both_are_told() {
    let home = Home::new();
    // A file where a folder is wanted: it holds for whoever runs the test.
    std::fs::create_dir_all(home.path("data")).expect("the home is ours");
    home.file("data/telepost", "");
    let mut session = home.open(&["demo"], SIZE);
    session.wait_for("Compose");
    session.send("Not kept. ");
    session.wait_for("the draft could not be saved");
    session.press("F5");
    session.wait_for("sent, but the copy could not be kept");
}

#[test]
fn the_draft_of_an_older_version_is_offered_and_a_broken_one_kept_aside() {
    let home = Home::new();
    std::fs::create_dir_all(home.path("state/telepost")).expect("the home is ours");
    home.file("state/telepost/draft.json", "{\"subject\":\"From long ago\",\"manner\":{}}");
    let mut session = home.open(&["demo"], SIZE);
    session.wait_for("An unsent mail was found");
    session.send("r");
    session.wait_for("From long ago");
    session.signal(Signal::KILL);
    session.finish();
    assert!(!home.path("state/telepost/draft.json").exists());

    let broken = home.file("data/telepost/drafts/00000000000000aa.json", "{\"subject\":\"to");
    let mut session = home.open(&["demo"], SIZE);
    session.wait_for("An unsent mail was found");
    assert_eq!(std::fs::read(format!("{broken}.broken")).expect("it is kept"), b"{\"subject\":\"to");
}
