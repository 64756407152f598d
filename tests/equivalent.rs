//! The commands that are copied, really run: each tool must bring the sandbox the same envelope, subject and text.

#[expect(dead_code, reason = "each test file uses its part of the support")]
mod support;

use std::io::Write as _;
use std::process::Command;

use support::scripted::{Script, Scripted, Step, say};
use support::telepost::{Home, PROGRAM};
use telepost::connection::{Protocol, Target};
use telepost::equivalent::{Line, Mail, Sending, Tool, smtp};
use telepost::mail::{Draft, Envelope};
use telepost::smtp::Manner;
use telepost::wire::TlsMode;

/// Text that a shell, a tool or a protocol could get wrong.
const BODY: &str = "Hi Bob,\n\n.a line that starts with a dot\n..two\nEND\nit's $HOME `id` \"quoted\" !\nlast";

fn draft() -> Draft {
    Draft {
        from: "Ada Lovelace <ada@a.test>".to_owned(),
        to: "bob@b.test".to_owned(),
        cc: "\"C, D\" <cy@b.test>".to_owned(),
        bcc: "eve@c.test".to_owned(),
        subject: "It's \"here\" & $now".to_owned(),
        body: BODY.to_owned(),
        headers: vec![("X-Ticket".to_owned(), "42 #1".to_owned())],
        ..Draft::default()
    }
}

/// A server that takes one mail; with DATA it hears the body.
fn server() -> Scripted {
    let hello = [say("250-mx.example.test\r\n250 8BITMIME\r\n")];
    Scripted::start(Script::smtp().on("EHLO", hello).on("DATA", [say("354 go\r\n"), Step::HearBody, say("250 ok\r\n")]))
}

/// Runs a command in a shell, where `telepost` is the program under test. `None`: the tool is not installed.
fn run(home: &Home, tool: Tool, command: &str) -> Option<()> {
    let installed = Command::new("sh").args(["-c", &format!("command -v {}", tool.name())]).output().expect("a shell");
    if tool != Tool::Telepost && !installed.status.success() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "CI=true, but {} is not installed", tool.name());
        // Written to the stream itself: what `eprintln!` writes is hidden when a test passes.
        let _ = writeln!(std::io::stderr(), "skipped: {} is not installed", tool.name());
        return None;
    }
    let command = command.replacen("telepost send", &format!("{PROGRAM} send"), 1);
    let mut shell = Command::new("sh");
    shell.args(["-c", &command]).env_clear().envs(home.environment()).current_dir(home.path("."));
    let done = shell.output().expect("a shell");
    let said = String::from_utf8_lossy(&done.stderr).into_owned() + &String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "{command}\n{said}");
    Some(())
}

/// What a server heard: the envelope lines, and header and body of the mail with dots undone.
fn heard(heard: &str) -> (Vec<String>, String, String) {
    let path = |line: &str| line.split_inclusive('>').next().unwrap_or(line).to_ascii_uppercase();
    let envelope = heard.lines().filter(|line| line.starts_with("MAIL FROM") || line.starts_with("RCPT TO"));
    let envelope = envelope.map(path).collect();
    let (_, mail) = heard.split_once("DATA\r\n").expect("a mail was sent");
    let (mail, _) = mail.split_once("\r\n.\r\n").expect("it came to its end");
    let (header, body) = mail.split_once("\r\n\r\n").expect("it has a body");
    let body = format!("\r\n{body}").replace("\r\n.", "\r\n");
    (envelope, header.to_owned(), body[2..].to_owned())
}

#[test]
fn each_command_brings_the_same_envelope_subject_and_text() {
    let (draft, manner, home) = (draft(), Manner::default(), Home::new());
    let to = ["bob@b.test", "cy@b.test", "eve@c.test"].map(str::to_owned).to_vec();
    let envelope = Envelope { from: "ada@a.test".to_owned(), to };
    for tool in [Tool::Swaks, Tool::Curl, Tool::Telepost] {
        let server = server();
        let target = Target::new(Protocol::Smtp, "127.0.0.1", server.port).with_tls(TlsMode::None);
        let line = Line { target: &target, user: None, mechanism: None, allow_plain_auth: false, hello: "lab.test" };
        let sending = Sending { envelope: &envelope, mail: Mail::Draft(&draft), manner: &manner };
        let command = smtp(tool, &line, &sending);
        let Some(()) = run(&home, tool, &command) else { continue };
        let all = server.heard();
        assert!(all.contains("EHLO lab.test\r\n"), "{command}\n{all}");
        let (envelope, header, body) = heard(&all);
        let expected =
            ["MAIL FROM:<ADA@A.TEST>", "RCPT TO:<BOB@B.TEST>", "RCPT TO:<CY@B.TEST>", "RCPT TO:<EVE@C.TEST>"];
        assert_eq!(envelope, expected, "{}", tool.name());
        for field in ["Subject: It's \"here\" & $now", "Cc: \"C, D\" <cy@b.test>", "X-Ticket: 42 #1"] {
            assert!(header.lines().any(|line| line == field), "{}: {field} in\n{header}", tool.name());
        }
        assert!(!all.contains("Bcc"), "{all}");
        assert_eq!(body.replace("\r\n", "\n").trim_end(), BODY, "{}", tool.name());
    }
}

#[test]
fn a_file_goes_as_it_is() {
    let (manner, home) = (Manner::default(), Home::new());
    home.file("own mail.eml", "From: ada@a.test\r\nSubject: of a file\r\n\r\n.dot\r\nGr\u{fc}\u{df}e\r\n");
    let envelope = Envelope { from: String::new(), to: vec!["bob@b.test".to_owned()] };
    for tool in [Tool::Swaks, Tool::Curl, Tool::Telepost] {
        let server = server();
        let target = Target::new(Protocol::Smtp, "127.0.0.1", server.port).with_tls(TlsMode::None);
        let line = Line { target: &target, user: None, mechanism: None, allow_plain_auth: false, hello: "lab.test" };
        let sending = Sending { envelope: &envelope, mail: Mail::File("own mail.eml"), manner: &manner };
        let command = smtp(tool, &line, &sending);
        let Some(()) = run(&home, tool, &command) else { continue };
        let (envelope, header, body) = heard(&server.heard());
        assert_eq!(envelope, ["MAIL FROM:<>", "RCPT TO:<BOB@B.TEST>"], "{}", tool.name());
        assert!(header.contains("Subject: of a file"), "{}: {header}", tool.name());
        assert_eq!(body.trim_end(), ".dot\r\nGr\u{fc}\u{df}e", "{}", tool.name());
    }
}
