//! What the dialogues cannot see of the plans for TLS and signing in: marks on chunks, clocks, and when a line counts as
//! encrypted.

use super::Talk;
use crate::sasl::{Progress, SignIn};
use crate::smtp::{Command, Notice, State};
use crate::wire::secret::masked;
use crate::wire::{Channel, Engine, Secret, TlsMode};

fn sign_in() -> Command {
    Command::SignIn(Box::new(SignIn::with_password("ada", Secret::new("hunter22"), "noncenoncenoncenonce")))
}

fn hello() -> Command {
    Command::Hello("desk.test".to_owned())
}

/// Encrypted from its first octet, greeted, and offered `mechanisms`.
fn encrypted(mechanisms: &str) -> Talk {
    let mut talk = Talk::new();
    talk.session.tls_started(Channel::default(), talk.now);
    talk.submit(hello());
    talk.server("220 sandbox.test ESMTP\r\n");
    talk.server(&format!("250-sandbox.test\r\n250 AUTH {mechanisms}\r\n"));
    talk
}

/// All that went over the line, as it may be shown.
fn shown(talk: &Talk) -> String {
    let chunks = talk.seen.transmitted.iter().chain(&talk.seen.received);
    let shown: Vec<Vec<u8>> = chunks.map(|chunk| masked(&chunk.bytes, &chunk.secrets)).collect();
    String::from_utf8(shown.concat()).unwrap()
}

#[test]
fn a_planned_sign_in_is_marked_in_both_directions() {
    let mut talk = encrypted("LOGIN");
    talk.submit(sign_in());
    // `hunter22?`, which no search for the password finds in base64.
    talk.server("334 eCBodW50ZXIyMj8=\r\n");
    talk.server("334 UGFzc3dvcmQ6\r\n");
    talk.server("535 hunter22 (aHVudGVyMjI=, AGFkYQBodW50ZXIyMg==)\r\n");
    let text = shown(&talk);
    for line in
        ["334 ****(16 B)\r\n", "****(4 B)\r\n", "334 UGFzc3dvcmQ6\r\n", "****(12 B)\r\n", "535 ****(8 B) (****(12 B), "]
    {
        assert!(text.contains(line), "{line:?} in {text}");
    }
    assert!(!text.contains("hunter") && !text.contains("aHVu") && !text.contains("AGFk"), "{text}");
    assert!(talk.seen.written().ends_with(b"AUTH LOGIN\r\nYWRh\r\naHVudGVyMjI=\r\n"));
}

#[test]
fn each_reply_of_a_plan_has_its_deadline_and_the_line_is_busy() {
    let mut talk = encrypted("LOGIN");
    assert!(talk.session.is_idle());
    talk.submit(sign_in());
    assert_eq!((talk.deadline(), talk.session.is_idle()), (Some(60), false));
    talk.sleep(10);
    talk.server("334 VXNlcm5hbWU6\r\n");
    assert_eq!((talk.deadline(), talk.session.state()), (Some(70), State::Auth));
    talk.sleep(60);
    talk.session.timeout(talk.now);
    talk.seen.drain(&mut talk.session);
    let end = |notice: &&Notice| matches!(notice, Notice::SignIn(progress) if progress.is_end());
    let ends: Vec<&Notice> = talk.seen.notices.iter().filter(end).collect();
    assert!(matches!(ends[..], [Notice::SignIn(Progress::Refused { temporary: true, .. })]), "{ends:?}");
    assert!(talk.seen.closed);
}

#[test]
fn a_line_is_not_encrypted_from_its_first_octet_when_octets_came_before() {
    for came in ["2", "220-hi\r\n"] {
        let mut talk = Talk::new();
        talk.server(came);
        talk.session.tls_started(Channel::default(), talk.now);
        assert_eq!(talk.session.channel, None, "{came:?}");
    }
    let mut greeted = Talk::greeted();
    greeted.session.tls_started(Channel::default(), greeted.now);
    assert_eq!(greeted.session.channel, None);
}

#[test]
fn what_is_known_in_clear_is_forgotten_inside_tls() {
    let mut talk = Talk::greeted();
    talk.submit(hello());
    talk.server("250-sandbox.test\r\n250-STARTTLS\r\n250 AUTH PLAIN SCRAM-SHA-256\r\n");
    talk.typed("AUTH X");
    talk.server("235 in\r\n");
    talk.submit(Command::Secure { mode: TlsMode::Require, hello: "desk.test".to_owned() });
    talk.server("220 go ahead\r\n");
    assert_eq!(talk.deadline(), None, "the handshake has its own clock");
    talk.session.tls_started(Channel::default(), talk.now);
    talk.seen.drain(&mut talk.session);
    assert!(talk.session.capabilities().auth.is_empty() && talk.session.signed_in.is_none());
    talk.server("250-sandbox.test\r\n250 AUTH PLAIN\r\n");
    talk.submit(sign_in());
    assert!(talk.seen.written().ends_with(b"AUTH PLAIN AGFkYQBodW50ZXIyMg==\r\n"));
}
