//! The prompt and step mode of the real program, in a terminal, against Postfix and Dovecot: what is done by hand there
//! arrives, and what is deleted by hand is gone.

#[expect(dead_code, reason = "each test file uses its part of the support")]
mod support;

use sha2::{Digest as _, Sha256};
use support::certificates::NAME;
use support::dovecot::{Dovecot, PASSWORD, Speaks};
use support::judge::judged;
use support::mailboxes::{Mailboxes, without_trace};
use support::postfix::Postfix;
use support::pty::Session;
use support::servers::Servers;
use support::telepost::Home;

const SIZE: (u16, u16) = (140, 45);

/// Types a line at the prompt, sends it, and waits for what answers it.
fn say(session: &mut Session, line: &str, answer: &str) {
    session.send(line);
    session.wait_for(line);
    session.press("Enter");
    session.wait_for(answer);
}

/// Does the next step, and waits until it is answered: before that Enter sends no other.
fn step(session: &mut Session, line: &str) {
    session.wait_for(&format!("│ > {line}"));
    session.press("Enter");
    session.wait_for(&format!("│ + {line}"));
}

/// To the prompt, from anywhere.
fn to_prompt(session: &mut Session) {
    session.press("^X");
    session.wait_for("Ctrl-X, then");
    session.send("4");
    session.wait_for("COMMAND LINE");
}

/// Turns the prompt to the other side.
fn turn(session: &mut Session, prompt: &str) {
    session.press("^X");
    session.wait_for("Ctrl-X, then");
    session.send("O");
    session.wait_for(prompt);
}

fn leave(mut session: Session) {
    session.press("^X");
    session.wait_for("Ctrl-X, then");
    session.send("q");
    assert_eq!(session.finish().status, Ok(0));
}

#[test]
fn a_mail_is_typed_by_hand_with_tls_and_sign_in() {
    let Some((servers, certificates)) = Servers::start_secure(Speaks::Newest) else { return };
    let smtp = format!("smtp://127.0.0.1:{}", servers.smtp.door("starttls"));
    let (home, ca) = (Home::new(), certificates.authority());
    let mut session = home.open(&[&smtp, "--ca", &ca, "--tls-name", NAME], SIZE);
    session.wait_for("READY");
    to_prompt(&mut session);
    // The line that the start made says goodbye; the next one is bare.
    say(&mut session, "QUIT", "closed by the server, as agreed");
    session.press("F8");
    session.wait_for("[EHLO]");
    say(&mut session, "EHLO lab.test", "EHLO+");
    say(&mut session, "STARTTLS", ">SMTP~>");
    say(&mut session, "EHLO inside.test", "EHLO+ TLS+");
    // AUTH is helped: nobody writes base64.
    say(&mut session, "AUTH", "AUTH: sign in?");
    session.send("p");
    session.wait_for("User name for AUTH PLAIN");
    session.send("alice\r");
    session.wait_for("Password of alice");
    session.send(format!("{PASSWORD}\r"));
    session.wait_for("AUTH+");
    say(&mut session, "MAIL FROM:<eve@example.org>", "[RCPT]");
    say(&mut session, "RCPT TO:<bob@example.test>", "[DATA]");
    say(&mut session, "DATA", "End data with");
    for line in ["Subject: by hand", "", "typed, line by line", ".a dot in front"] {
        session.send(line);
        session.wait_for(line);
        session.press("Enter");
    }
    say(&mut session, ".", "queued as");
    say(&mut session, "QUIT", "221 2.0.0");
    assert!(!session.text().contains(PASSWORD));
    let raw = session.raw();
    assert!(!raw.windows(PASSWORD.len()).any(|window| window == PASSWORD.as_bytes()), "it was never on the screen");
    leave(session);
    let mail = servers.mail.wait_for("bob", 1).remove(0);
    let text = String::from_utf8_lossy(without_trace(&mail)).into_owned();
    assert!(
        text.starts_with("Subject: by hand\n") && text.contains("\n\ntyped, line by line\n.a dot in front\n"),
        "{text}"
    );
    let log = servers.smtp.log();
    assert!(log.contains("sasl_method=PLAIN, sasl_username=alice"), "{log}");
}

/// Both servers without TLS, Postfix taking mail from anybody, and a mailbox with three messages for alice.
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
        for (name, subject) in [("1", "Apples"), ("2", "Pears"), ("3", "Plums")] {
            mail.put("alice", name, format!("From: eve@example.org\nSubject: {subject}\n\n{name}\n").as_bytes());
        }
        Some(Self { smtp: Postfix::start_open(&mail), pop3: Dovecot::start(&mail), mail, home: Home::new() })
    }

    fn open(&self) -> Session {
        let smtp = format!("smtp://127.0.0.1:{}", self.smtp.port);
        let pop3 = format!("pop3://alice@127.0.0.1:{}", self.pop3.port);
        let arguments = [&*smtp, &*pop3, "--from", "eve@example.org", "--allow-plain-auth"];
        let mut session = self.home.open_with(&arguments, SIZE, &[("TELEPOST_PASSWORD", PASSWORD)]);
        session.wait_for("READY");
        session.wait_for("3 msgs");
        session
    }

    /// Subjects of what alice has, sorted.
    fn subjects(&self) -> Vec<String> {
        let subject = |mail: &Vec<u8>| {
            let text = String::from_utf8_lossy(mail).into_owned();
            text.lines().find_map(|line| line.strip_prefix("Subject: ").map(str::to_owned)).unwrap_or_default()
        };
        let mut all: Vec<String> = self.mail.messages("alice").iter().map(subject).collect();
        all.sort();
        all
    }
}

#[test]
fn blocks_go_to_postfix_and_dovecot_in_one_write() {
    let Some(lab) = Lab::start() else { return };
    let mut session = lab.open();
    to_prompt(&mut session);
    if session.text().contains(">POP3") {
        turn(&mut session, ">SMTP");
    }
    session.paste("MAIL FROM:<eve@example.org>\nRCPT TO:<nobody@example.test>\nRCPT TO:<bob@example.test>\nDATA\n");
    session.wait_for("4 lines were pasted into the prompt");
    session.send("p");
    session.wait_for("End data with");
    session.wait_for("550 5.1.1");
    for line in ["Subject: block", "", "sent behind a block"] {
        session.send(line);
        session.wait_for(line);
        session.press("Enter");
    }
    say(&mut session, ".", "queued as");
    let mail = lab.mail.wait_for("bob", 1).remove(0);
    assert_eq!(without_trace(&mail), b"Subject: block\n\nsent behind a block\n");

    turn(&mut session, ">POP3");
    session.paste("STAT\nLIST 2\nDELE 2\nDELE 9\nNOOP\n");
    session.wait_for("5 lines were pasted into the prompt");
    session.send("p");
    session.wait_for("no message 9");
    session.wait_for("1 marked");
    session.send("RSET\r");
    session.wait_gone("1 marked");
    leave(session);
    assert_eq!(lab.subjects(), ["Apples", "Pears", "Plums"], "RSET took the mark back");
}

#[test]
fn a_visit_step_by_step_deletes_at_dovecot_what_was_taken_in() {
    let Some(lab) = Lab::start() else { return };
    let mut session = lab.open();
    to_prompt(&mut session);
    if session.text().contains(">SMTP") {
        turn(&mut session, ">POP3");
    }
    session.press("F7");
    session.wait_for("Steps of the visit");
    session.wait_for("│ > RETR 3");
    session.press("Down");
    session.wait_for("marks it for deletion");
    session.send("s");
    session.wait_gone("left out");
    session.press("Up");
    step(&mut session, "RETR 3");
    step(&mut session, "DELE 3");
    assert_eq!(lab.subjects().len(), 3, "DELE alone deletes nothing");
    session.press("Enter");
    session.wait_for("the server deleted 1 message");
    leave(session);
    assert_eq!(lab.subjects(), ["Apples", "Pears"]);
}

#[test]
fn lesson_one_is_done_on_servers_of_ones_own() {
    let Some(lab) = Lab::start() else { return };
    let smtp = format!("smtp://127.0.0.1:{}", lab.smtp.port);
    let mut session = lab.home.open(&[&smtp, "--from", "bob@example.test"], SIZE);
    session.wait_for("READY");
    session.press("^X");
    session.wait_for("Ctrl-X, then");
    session.send("G");
    session.wait_for("At its end");
    session.press("Enter");
    session.wait_for("on which server?");
    session.send("t");
    session.wait_for("from bob@example.test to bob@example.test");
    session.wait_for("RCPT bob@example.test");
    session.press("F5");
    session.wait_for("the server has the mail now");
    session.wait_for("step 2/3");
    session.press("^X");
    session.wait_for("Ctrl-X, then");
    session.send("2");
    session.wait_for("step 3/3");
    session.press("^X");
    session.wait_for("Ctrl-X, then");
    session.send("C");
    session.wait_for("Done: Send a mail");
    let mail = lab.mail.wait_for("bob", 1).remove(0);
    let text = String::from_utf8_lossy(without_trace(&mail)).into_owned();
    assert!(text.contains("\nSubject: Send a mail\n") && text.contains("\n\nA mail to myself"), "{text}");
}

#[test]
fn a_large_mail_goes_step_by_step_and_arrives_octet_for_octet() {
    let Some(lab) = Lab::start() else { return };
    let octets: Vec<u8> = (0..20_u32 << 15).flat_map(|block| Sha256::digest(block.to_be_bytes())).collect();
    let file = lab.home.file("large.bin", &octets);
    let mut session = lab.open();
    session.send("bob@example.test");
    session.wait_for("RCPT bob@example.test");
    for key in ["^X", "a"] {
        if key.len() == 1 { session.send(key) } else { session.press(key) }
    }
    session.wait_for("Attach a file");
    session.paste(&file);
    session.wait_for(&file);
    session.press("Enter");
    session.wait_gone("Attach a file");
    session.wait_for("large.bin");
    session.press("F7");
    session.wait_for("Steps of the send");
    for line in ["MAIL FROM:<eve@example.org> SIZE=", "RCPT TO:<bob@example.test>"] {
        step(&mut session, line);
    }
    // A mail without a subject is asked about once.
    session.press("Enter");
    session.wait_for("Send it like this?");
    session.send("s");
    session.wait_for("│ + DATA");
    // And all that is left.
    session.send("a");
    session.wait_for("that was the last step");
    session.wait_for("queued as");
    let peak = session.peak();
    assert!(peak < 60 << 10, "{peak} KiB");
    leave(session);
    let mail = lab.mail.wait_for("bob", 1).remove(0);
    let crlf = String::from_utf8(mail).expect("the mail is text").replace('\n', "\r\n");
    let seen = judged(&[lab.home.file("arrived.eml", crlf).into()]).remove(0);
    let part = seen["parts"].as_array().and_then(|parts| parts.last()).expect("it has parts");
    let expected = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, Sha256::digest(&octets));
    assert_eq!((part["name"].as_str(), part["sha256"].as_str()), (Some("large.bin"), Some(&*expected)));
}
