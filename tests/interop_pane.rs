//! The compose pane of the real program, in a terminal, against Postfix and Dovecot: from the form to the octets that
//! arrive, and back into the same pane.

#[expect(dead_code, reason = "each test file uses its part of the support")]
mod support;

use std::fs;
use std::path::PathBuf;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use support::dovecot::{Dovecot, PASSWORD};
use support::judge::judged;
use support::mailboxes::{Mailboxes, without_trace};
use support::postfix::Postfix;
use support::pty::Session;
use support::servers::Servers;
use support::telepost::Home;

/// Both servers and a home. The servers end before their folder goes away.
struct Lab {
    smtp: Postfix,
    pop3: Dovecot,
    mail: Mailboxes,
    home: Home,
}

impl Lab {
    fn start() -> Option<Self> {
        if !Servers::can_start() {
            return None;
        }
        let mail = Mailboxes::new();
        Some(Self { smtp: Postfix::start_open(&mail), pop3: Dovecot::start(&mail), mail, home: Home::new() })
    }

    /// The workbench on both, alice writing and bob's mailbox beside it.
    fn open(&self) -> Session {
        let smtp = format!("smtp://127.0.0.1:{}", self.smtp.port);
        let pop3 = format!("pop3://bob@127.0.0.1:{}", self.pop3.port);
        let arguments = [&*smtp, &*pop3, "--from", "Alice <alice@example.test>", "--allow-plain-auth"];
        let mut session = self.home.open_with(&arguments, (160, 45), &[("TELEPOST_PASSWORD", PASSWORD)]);
        session.wait_for("READY");
        session
    }

    /// The files of the one mail that is kept as sent, by their ending.
    fn kept(&self, ending: &str) -> Vec<u8> {
        let files = fs::read_dir(self.home.path("data/telepost/sent")).expect("the folder of sent mails");
        let paths: Vec<PathBuf> = files.map(|file| file.expect("it can be listed").path()).collect();
        let mut those = paths.iter().filter(|path| path.extension().is_some_and(|found| found == ending));
        let path = those.next().unwrap_or_else(|| panic!("no .{ending} among {paths:?}"));
        assert!(those.next().is_none(), "one mail was sent: {paths:?}");
        fs::read(path).expect("it is ours")
    }
}

/// Types a text where the caret is, and waits until it stands there.
fn fill(session: &mut Session, text: &str) {
    session.send(text);
    session.wait_for(text);
}

/// Presses keys one after the other.
fn press(session: &mut Session, keys: &[&str]) {
    for key in keys {
        if key.len() == 1 { session.send(key) } else { session.press(key) }
    }
}

/// Switches on what stands so many lines down on the Options tab, and waits for the mark.
fn switch(session: &mut Session, down: usize, name: &str) {
    for _ in 0..down {
        session.press("Down");
    }
    session.send(" ");
    session.wait_for(&format!("[x] {name}"));
}

/// Attaches a file by typing its whole path.
fn attach(session: &mut Session, path: &str, name: &str) {
    press(session, &["^X", "a"]);
    session.wait_for("Attach a file");
    session.paste(path);
    session.wait_for(path);
    session.press("Enter");
    session.wait_gone("Attach a file");
    session.wait_for(name);
}

fn sha256(octets: &[u8]) -> Value {
    BASE64_STANDARD.encode(Sha256::digest(octets)).into()
}

fn with_crlf(mail: &[u8]) -> String {
    String::from_utf8(mail.to_vec()).expect("the mail is text").replace('\n', "\r\n")
}

#[test]
fn a_whole_mail_goes_from_the_form_through_postfix_and_dovecot_back_into_the_pane() {
    let Some(lab) = Lab::start() else { return };
    let (typed, browsed) = (b"typed\n".as_slice(), [0, 1, 2, b'\r', b'\n', b'.', 255].repeat(4_000));
    fs::create_dir(lab.home.path("folder")).expect("the home is ours");
    let typed_path = lab.home.file("typed.txt", typed);
    lab.home.file("folder/browsed.bin", &browsed);

    let mut session = lab.open();
    fill(&mut session, "Bob <bob@example.test>");
    session.wait_for("RCPT bob@example.test");
    session.press("Tab");
    fill(&mut session, "Anna <alice@example.test>");
    session.press("Tab");
    // Seen by the envelope alone.
    fill(&mut session, "bob+hidden@example.test");
    session.press("Tab");
    fill(&mut session, "Grüße, 日本");
    session.press("Tab");
    session.send("# Plan\r\r*Grüße*\r.dot\r");
    session.wait_for(".dot");
    for _ in 0..5 {
        session.press("Shift-Tab");
    }
    fill(&mut session, "answers@example.test");
    session.wait_for("Reply-To answers@example.test");

    attach(&mut session, &typed_path, "typed.txt");
    press(&mut session, &["^X", "a"]);
    session.wait_for("folder/");
    press(&mut session, &["Down", "Enter"]);
    session.wait_for("browsed.bin");
    press(&mut session, &["Down", "Enter"]);
    session.wait_gone("Attach a file");
    session.wait_for("2 browsed.bin");

    for tab in ["[Headers]", "[Envelope]", "[Options]"] {
        press(&mut session, &["^X", "]"]);
        session.wait_for(tab);
    }
    switch(&mut session, 0, "Markdown, with HTML");
    switch(&mut session, 3, "DSN: on success");

    session.press("F5");
    session.wait_for("queued as");
    let arrived = lab.mail.wait_for("bob", 2);
    press(&mut session, &["^X", "d", "W"]);
    session.wait_for("body identical,");
    session.wait_for("octet for octet");
    session.send("q");
    assert_eq!(session.finish().status, Ok(0));

    let sent = String::from_utf8(lab.kept("eml")).expect("the mail is text");
    for mail in &arrived {
        assert_eq!(with_crlf(without_trace(mail)), sent, "as it was sent, but for the trace");
    }
    assert!(!sent.contains("hidden"), "{sent}");
    let transcript = String::from_utf8(lab.kept("txt")).expect("the transcript is text");
    assert!(transcript.contains("NOTIFY=SUCCESS") && transcript.contains("queued as"), "{transcript}");

    let seen = judged(&[lab.home.file("arrived.eml", with_crlf(&arrived[0])).into()]).remove(0);
    assert_eq!((&seen["defects"], &seen["subject"]), (&json!([]), &json!("Grüße, 日本")), "{seen}");
    let people = [
        ("from", json!([["Alice", "alice@example.test"]])),
        ("to", json!([["Bob", "bob@example.test"]])),
        ("cc", json!([["Anna", "alice@example.test"]])),
        ("reply-to", json!([["", "answers@example.test"]])),
    ];
    for (field, those) in people {
        assert_eq!(seen["people"][field], those, "{field}");
    }
    assert_eq!(seen["structure"], json!(["multipart/mixed", "multipart/alternative"]));
    let part = |at: usize, name: &str| seen["parts"][at][name].clone();
    assert!(part(1, "text").as_str().is_some_and(|html| html.contains("<h1>Plan</h1>")), "{seen}");
    assert_eq!((part(2, "name"), part(2, "sha256")), (json!("typed.txt"), sha256(typed)), "{seen}");
    assert_eq!((part(3, "name"), part(3, "sha256")), (json!("browsed.bin"), sha256(&browsed)), "{seen}");

    // Alice has the copy, and a report for each recipient that it was delivered.
    let alices = lab.mail.wait_for("alice", 2);
    let report =
        alices.iter().map(|mail| String::from_utf8_lossy(mail)).find(|mail| mail.contains("Action: delivered"));
    assert!(report.is_some_and(|report| report.contains("rfc822; bob@example.test")), "{alices:?}");
}

#[test]
fn the_pane_sends_a_large_mail_by_bdat_and_by_data_in_little_memory() {
    let Some(lab) = Lab::start() else { return };
    let octets: Vec<u8> = (0..20_u32 << 15).flat_map(|block| Sha256::digest(block.to_be_bytes())).collect();
    let file = lab.home.file("large.bin", &octets);
    for (count, (bdat, name)) in [(true, "bdat="), (false, "data=1")].into_iter().enumerate() {
        let mut session = lab.open();
        fill(&mut session, "bob@example.test");
        session.wait_for("RCPT bob@example.test");
        press(&mut session, &["Tab", "Tab", "Tab"]);
        fill(&mut session, "Large");
        session.press("Tab");
        fill(&mut session, "attached");
        attach(&mut session, &file, "large.bin");
        for tab in ["[Headers]", "[Envelope]", "[Options]"] {
            press(&mut session, &["^X", "]"]);
            session.wait_for(tab);
        }
        if bdat {
            switch(&mut session, 1, "BDAT instead of DATA");
        }
        session.press("F5");
        session.wait_for("queued as");
        let peak = session.peak();
        assert!(peak < 60 << 10, "{name}: {peak} KiB");
        session.press("Esc");
        press(&mut session, &["^X", "q"]);
        assert_eq!(session.finish().status, Ok(0));
        let connections = lab.smtp.wait_for_connections(count + 1);
        assert!(connections[count].contains(name), "{connections:?}");
        let mail = lab.mail.wait_for("bob", count + 1).remove(count);
        let seen = judged(&[lab.home.file("arrived.eml", with_crlf(&mail)).into()]).remove(0);
        let part = seen["parts"].as_array().and_then(|parts| parts.last()).expect("it has parts");
        assert_eq!((&part["name"], &part["sha256"]), (&json!("large.bin"), &sha256(&octets)), "{name}");
    }
}
