//! The workbench in a real terminal: keys in, screen out, and the terminal as it was when the program is gone.

#[expect(dead_code, reason = "each test file uses its part of the support")]
mod support;

use std::time::Duration;

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
fn many_are_deleted_with_a_summary_taken_back_and_guarded_at_the_end() {
    let home = Home::new();
    let mut session = demo(&home, (80, 24));
    session.press("F5");
    session.wait_for(words::QUEUED);
    session.send("3");
    session.wait_for(words::LISTED);
    session.send("  ");
    session.wait_for("2 selected");
    session.send("d");
    session.wait_for("Mark 2 messages for deletion?");
    session.send("y");
    session.wait_for("2 marked");
    session.send("U");
    session.wait_for("all marks are taken back");
    session.wait_gone("2 marked");
    session.send("gd");
    session.wait_for(words::MARKED);
    session.send("q");
    session.wait_for("server deletes message 4");
    session.send("r");
    let ended = session.finish();
    assert_eq!(ended.status, Ok(0));
    assert_tidy(&ended);
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

#[test]
fn a_draft_outlives_a_kill_and_is_offered_again() {
    let home = Home::new();
    let mut session = demo(&home, (120, 40));
    session.send("Written before the kill. ");
    session.wait_for("draft saved");
    session.signal(Signal::KILL);
    assert_eq!(session.finish().status, Err("Killed".to_owned()));

    let mut session = home.open(&["demo"], (80, 24));
    session.wait_for("An unsent mail was found");
    session.send("r");
    session.wait_for("Written before the kill.");
    session.wait_gone("An unsent mail was found");
}

#[test]
fn without_its_terminal_the_program_saves_the_draft_and_ends() {
    let home = Home::new();
    let mut session = demo(&home, (80, 24));
    session.send("Written at the last moment. ");
    session.wait_for("Written at the last moment.");
    let lapse = session.hang_up();
    assert!(lapse < Duration::from_secs(2), "it went on for {lapse:?}");
    let draft = home.draft().expect("a draft was left");
    assert!(draft.contains("Written at the last moment."), "{draft}");
}

#[test]
fn the_editor_gets_the_body_and_gives_it_back() {
    let home = Home::new();
    let script = home.file("editor", "cp \"$1\" \"$HOME/given\"\necho From the editor. > \"$1\"\n");
    let mut session = home.open_with(&["demo"], (80, 24), &[("EDITOR", &format!("sh {script}"))]);
    session.wait_for(words::COMPOSE);
    session.press("F4");
    session.wait_for("From the editor.");
    session.wait_until("the alternate screen", vt100::Screen::alternate_screen);
    let given = std::fs::read_to_string(home.path("given")).expect("the editor ran");
    assert!(given.starts_with("Hi Bob,\n"), "{given}");
    // The keyboard is the program's again.
    session.send("Typed. ");
    session.wait_for("Typed. From the editor.");
}

#[test]
fn an_export_leaves_a_file_in_the_working_directory() {
    let home = Home::new();
    let mut session = demo(&home, (80, 24));
    session.press("F5");
    session.wait_for(words::QUEUED);
    session.send("x");
    session.wait_for("Write the transcript to");
    session.press("^U");
    session.send("talk.txt");
    session.wait_for("talk.txt");
    session.press("Enter");
    session.wait_for("written: talk.txt");
    let text = std::fs::read_to_string(home.path("talk.txt")).expect("it was written");
    assert!(text.contains("MAIL FROM:<ada@sandbox.test>") && text.contains("queued as"), "{text}");
}

#[test]
fn an_idle_program_writes_nothing() {
    let home = Home::new();
    let mut session = demo(&home, (80, 24));
    session.press("F5");
    session.wait_for(words::QUEUED);
    session.send("3");
    session.wait_for(words::LISTED);
    // Longer than any message stays, a clock would tick, or a caret would blink.
    session.wait_quiet(Duration::from_secs(5));
}

/// Leaves by ^Q; the terminal has to be tidy then.
fn leave(mut session: Session) {
    session.press("^Q");
    let ended = session.finish();
    assert_eq!(ended.status, Ok(0));
    assert_tidy(&ended);
}

#[test]
fn greetings_that_are_none_are_named_and_the_way_out_stays_open() {
    let cases: [(&[Step], &str); 5] = [
        (&[say(b"\x00\xff\xfe\x01 what\r\n"), Step::Silence], "not an SMTP reply"),
        (&[say("HTTP/1.1 400 Bad Request\r\n\r\n"), Step::Silence], "HTTP"),
        (&[Step::Flood(b"220 x".into())], "longer than 8192 octets"),
        (&[Step::Flood(b"220-x\r\n".into())], "a reply has more than"),
        (&[Step::Reset], "reset"),
    ];
    for (steps, words) in cases {
        let server = Scripted::start(Script::smtp().greeting(steps));
        let home = Home::new();
        let mut session = home.open(&[&server.smtp_url()], (120, 40));
        session.wait_for(words);
        session.press("^C");
        session.wait_for("^C again leaves");
        leave(session);
    }
}

/// The workbench with a mail to `server` in its form.
fn with_mail(home: &Home, server: &Scripted) -> Session {
    let mut session = home.open(&[&server.smtp_url(), "--from", "a@example.org"], (120, 40));
    session.wait_for("READY");
    session.send("bob@example.test");
    session.wait_for("RCPT bob@ex");
    session.press("F5");
    session.wait_for("Send anyway");
    session.send("s");
    session
}

#[test]
fn a_server_that_speaks_one_octet_at_a_time_is_understood() {
    let drip = |text: &str| [Step::Drip(text.into())];
    let slow = Script::smtp()
        .greeting(drip("220-mx\r\n220 ESMTP\r\n"))
        .on("EHLO", drip("250-mx\r\n250-SIZE 1000000\r\n250 8BITMIME\r\n"))
        .on("MAIL", drip("250 2.1.0 ok\r\n"))
        .on("RCPT", drip("250-2.1.5\r\n250 2.1.5 ok\r\n"));
    let server = Scripted::start(slow);
    let home = Home::new();
    let mut session = with_mail(&home, &server);
    session.wait_for("queued as 6AB5150038");
    leave(session);
    let heard = server.heard();
    assert!(heard.contains("RCPT TO:<bob@example.test>\r\n") && heard.ends_with("\r\n.\r\nQUIT\r\n"), "{heard}");
}

#[test]
fn a_reset_after_the_dot_is_told_as_unknown_and_the_draft_is_kept() {
    let server = Scripted::start(Script::smtp().on("DATA", [say("354 go\r\n"), Step::HearBody, Step::Reset]));
    let home = Home::new();
    let mut session = with_mail(&home, &server);
    session.wait_for("UNKNOWN");
    session.press("^Q");
    session.wait_for(words::GUARD);
    session.send("q");
    let ended = session.finish();
    assert_eq!(ended.status, Ok(0));
    assert_tidy(&ended);
    assert!(home.draft().is_some_and(|draft| draft.contains("bob@example.test")), "{:?}", home.draft());
}

#[test]
fn a_silent_server_is_left_by_one_key_and_the_program_by_another() {
    let server = Scripted::start(Script::smtp().on("RCPT", [Step::Silence]));
    let home = Home::new();
    let mut session = with_mail(&home, &server);
    session.wait_for("WAITING");
    session.press("^C");
    session.wait_for("not sent");
    session.wait_gone("WAITING");
    session.press("^C");
    session.wait_for(words::GUARD);
    session.send("q");
    let ended = session.finish();
    assert_eq!(ended.status, Ok(0));
    assert_tidy(&ended);
}

#[test]
fn controls_in_a_subject_are_shown_and_not_obeyed() {
    let mail = "From: eve@example.org\r\nSubject: one\x1b]0;pwn\x07two\u{9b}6n\r\n\r\nbody\x1b[2J\r\n";
    let server = Scripted::start(Script::pop3(mail));
    let home = Home::new();
    let arguments = [&server.pop3_url(), "--allow-plain-auth"];
    let mut session = home.open_with(&arguments, (120, 40), &[("TELEPOST_PASSWORD", "secret")]);
    session.wait_for("1 msg ");
    session.wait_for("one␛]0;pwn␇tw");
    session.press("^X");
    session.wait_for(words::LEADER);
    session.send("3");
    session.wait_for(">3 Mailbox");
    session.press("Enter");
    session.wait_for("body␛[2J");
    session.press("^Q");
    let ended = session.finish();
    assert_eq!(ended.status, Ok(0));
    assert_tidy(&ended);
    for control in ["\x1b]0;pwn", "\u{9b}", "body\x1b[2J"] {
        assert!(memchr::memmem::find(&ended.raw, control.as_bytes()).is_none(), "{control:?} got through");
    }
}
