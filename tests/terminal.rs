//! The workbench in a real terminal: keys in, screen out, and the terminal as it was when the program is gone.

#[expect(dead_code, reason = "each test file uses its part of the support")]
mod support;

use rustix::process::Signal;
use support::pty::{Ended, Session, Size};
use support::scripted::{Script, Scripted, Step, say};
use support::telepost::Home;

/// The words on the screen that the tests wait for.
mod words {
    /// The compose form is there.
    pub const COMPOSE: &str = "Compose";
    /// The sandbox took the mail.
    pub const QUEUED: &str = "queued as";
    /// The mailbox is open and has a message.
    pub const LISTED: &str = "4 msgs";
    /// The message is open.
    pub const OPENED: &str = "3 Message 4";
    /// A message is marked for deletion.
    pub const MARKED: &str = "1 marked";
    /// The quit guard asks.
    pub const GUARD: &str = "Leave";
    /// The leader popup is open.
    pub const LEADER: &str = "Ctrl-X, then";
}

/// Puts the terminal back to the normal screen.
const NORMAL_SCREEN: &[u8] = b"\x1b[?1049l";

fn demo(home: &Home, size: Size) -> Session {
    let mut session = home.open(&["demo"], size);
    session.wait_for(words::COMPOSE);
    session
}

#[track_caller]
fn assert_tidy(ended: &Ended) {
    assert_eq!(ended.untidy(), [""; 0]);
    assert!(memchr::memmem::find(&ended.raw, NORMAL_SCREEN).is_some(), "the normal screen was not restored");
}

#[test]
fn a_newcomer_sends_reads_deletes_and_leaves() {
    for size in [(80, 24), (120, 40)] {
        let home = Home::new();
        let mut session = demo(&home, size);
        session.press("F5");
        session.wait_for(words::QUEUED);
        session.send("3");
        session.wait_for(words::LISTED);
        session.press("Enter");
        session.wait_for(words::OPENED);
        session.send("d");
        session.wait_for(words::MARKED);
        session.send("q");
        session.wait_for(words::GUARD);
        session.send("q");
        let ended = session.finish();
        assert_eq!(ended.status, Ok(0));
        assert_tidy(&ended);
    }
}

#[test]
fn every_step_has_a_way_through_the_leader() {
    let home = Home::new();
    let mut session = demo(&home, (80, 24));
    for (key, wait) in [("s", words::QUEUED), ("3", words::LISTED)] {
        session.press("^X");
        session.wait_for(words::LEADER);
        session.send(key);
        session.wait_for(wait);
    }
    session.press("^X");
    session.wait_for(words::LEADER);
    session.send("dd");
    session.wait_for(words::MARKED);
    session.press("^X");
    session.wait_for(words::LEADER);
    session.send("q");
    session.wait_for(words::GUARD);
    session.press("Esc");
    session.wait_gone(words::GUARD);
    session.wait_for(words::LISTED);
}

#[test]
fn a_signal_ends_the_program_and_restores_the_terminal() {
    let signals = [(Signal::TERM, 143, "Terminated"), (Signal::HUP, 129, "Hangup"), (Signal::INT, 130, "Interrupt")];
    for (signal, code, name) in signals {
        let home = Home::new();
        let session = demo(&home, (80, 24));
        session.signal(signal);
        let ended = session.finish();
        let status = ended.status.clone();
        assert!(status == Ok(code) || status == Err(name.to_owned()), "{name}: {status:?}");
        assert_tidy(&ended);
    }
}

#[test]
fn a_suspended_program_gives_the_terminal_back_and_takes_it_again() {
    let home = Home::new();
    let mut session = demo(&home, (80, 24));
    let busy = session.modes();
    session.press("^Z");
    session.wait_stopped();
    assert_ne!(session.modes(), busy, "the terminal is still raw");
    session.wait_until("the normal screen", |screen| !screen.alternate_screen());
    session.resize((100, 30));
    session.signal(Signal::CONT);
    session.wait_until("the alternate screen", vt100::Screen::alternate_screen);
    session.wait_for(words::COMPOSE);
    session.signal(Signal::TERM);
    assert_tidy(&session.finish());
}

#[test]
fn any_size_is_drawn() {
    let home = Home::new();
    let mut session = demo(&home, (80, 24));
    for size in [(200, 60), (59, 15), (20, 5), (2, 2), (300, 10), (10, 100), (120, 40), (40, 12), (100, 30)] {
        let before = session.raw().len();
        session.resize(size);
        session.wait_output(before);
    }
    session.resize((80, 24));
    session.wait_for(words::COMPOSE);
    session.signal(Signal::TERM);
    assert_tidy(&session.finish());
}

#[test]
fn controls_from_a_server_do_not_reach_the_terminal() {
    let payloads: [&[u8]; 5] =
        [b"\x1b]0;pwn\x07", b"\x1b[6npwn", b"\x1b]52;c;pwn\x07", b"\x1bP$qpwn\x1b\\", b"\xc2\x9b6npwn"];
    for payload in payloads {
        let greeting = [b"220 hot ", payload, b" end-of-greeting\r\n"].concat();
        let server = Scripted::start(Script::smtp().greeting([Step::Say(greeting)]).on("EHLO", [say("250 mx\r\n")]));
        let url = server.smtp_url();
        let home = Home::new();
        let mut session = home.open(&[&url], (120, 40));
        session.wait_for(words::COMPOSE);
        session.wait_for("end-of-greeting");
        session.signal(Signal::TERM);
        let ended = session.finish();
        let found = memchr::memmem::find(&ended.raw, payload);
        assert!(found.is_none(), "\"{}\" got through", payload.escape_ascii());
        assert_tidy(&ended);
    }
}
