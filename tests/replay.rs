//! What was said becomes a script that says the same: recorded from the real binary against a sandbox, printed, read
//! back, played against a fresh one, and held against the recording; and against one that answers one thing otherwise.

#[expect(dead_code, reason = "each test file uses its part of the support")]
mod support;

use std::path::Path;

use serde_json::Value;
use telepost::sandbox::{Options, PASSWORD, Sandbox};
use telepost::script::Script;
use telepost::sessions::{How, read_file, scripted};
use tokio::runtime::Runtime;

use support::telepost::{Call, Home, Outcome};

/// A sandbox on a runtime of its own.
struct Server {
    sandbox: Sandbox,
    _runtime: Runtime,
}

impl Server {
    fn new() -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let sandbox = runtime.block_on(Sandbox::start(Options::default())).expect("loopback has free ports");
        Self { sandbox, _runtime: runtime }
    }

    fn smtp(&self) -> String {
        format!("smtp://ada@{}", self.sandbox.smtp())
    }

    fn pop3(&self) -> String {
        format!("pop3://bob@{}", self.sandbox.pop3())
    }
}

/// A home with the certificate authority of a server in it.
struct Desk {
    home: Home,
    file: String,
}

impl Desk {
    fn new() -> Self {
        let home = Home::new();
        let file = home.path("session.jsonl").display().to_string();
        Self { home, file }
    }

    fn call(&self, server: &Server, args: &[&str]) -> Call {
        let authority = self.home.file("ca.pem", server.sandbox.ca_pem());
        let options = ["--ca", &authority].map(str::to_owned);
        let all: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).chain(options).collect();
        self.home.telepost(&all.iter().map(String::as_str).collect::<Vec<_>>()).env("TELEPOST_PASSWORD", PASSWORD)
    }

    /// The session, once it was found that it is the same when it was printed and read again.
    fn script(&self) -> String {
        let session = read_file(Path::new(&self.file)).expect("it was just written");
        for adapted in [false, true] {
            let script = scripted(&session.transcript, How { adapted, upto: None });
            assert_eq!(Script::parse(&script.to_string()).as_ref(), Ok(&script));
        }
        scripted(&session.transcript, How::default()).to_string()
    }

    /// Plays the session against a server and holds it against the recording.
    fn replay(&self, server: &Server, urls: &[&str], more: &[&str]) -> Outcome {
        let args = [&["run", &self.file][..], urls, &["--differences", "--json"], more].concat();
        self.call(server, &args).run()
    }
}

fn differing(json: &Value) -> Vec<String> {
    let pairs = json["recording"]["pairs"].as_array().expect("there are pairs");
    let differs = |pair: &&Value| !matches!(pair["verdict"].as_str(), Some("same" | "time"));
    pairs.iter().filter(differs).map(|pair| format!("{} {}", pair["verdict"], pair)).collect()
}

/// Records what these arguments say against a fresh server, and gives its script.
fn record(desk: &Desk, args: &[&str]) -> (Server, String) {
    let server = Server::new();
    let (smtp, pop3) = (server.smtp(), server.pop3());
    let place = |arg: &&str| match *arg {
        "SMTP" => smtp.clone(),
        "POP3" => pop3.clone(),
        arg => arg.to_owned(),
    };
    let args: Vec<String> = args.iter().map(place).collect();
    let mut all: Vec<&str> = args.iter().map(String::as_str).collect();
    all.extend(["--transcript", desk.file.as_str(), "--helo", "lab.test"]);
    desk.call(&server, &all).run().expect(0);
    let script = desk.script();
    (server, script)
}

const MAIL: [&str; 11] = [
    "send",
    "SMTP",
    "--from",
    "ada@sandbox.test",
    "--to",
    "bob@sandbox.test",
    "--subject",
    "Hello",
    "--body",
    ".dot\nAda",
    "--tls=require",
];

#[test]
fn a_mail_with_tls_and_sign_in_is_sent_again_without_a_difference() {
    let desk = Desk::new();
    let (_, script) = record(&desk, &MAIL);
    for line in ["starttls", "auth ", "send RCPT TO:<bob@sandbox.test>", "..dot"] {
        assert!(script.contains(line), "{line}: {script}");
    }
    let fresh = Server::new();
    let json = desk.replay(&fresh, &[&fresh.smtp()], &["--tls", "require"]).expect(0).json();
    assert_eq!(differing(&json), [""; 0], "{json:#}");
    assert_eq!(fresh.sandbox.delivered(), 1);
}

#[test]
fn one_reply_that_is_another_is_that_difference_and_the_exit_status_says_so() {
    let desk = Desk::new();
    record(&desk, &MAIL);
    let fresh = Server::new();
    fresh.sandbox.set_faults(&["defer-all".parse().expect("a fault")]);
    let json = desk.replay(&fresh, &[&fresh.smtp()], &["--tls", "require", "--through"]).expect(3).json();
    let differing = differing(&json);
    assert!(differing.len() == 1 && differing[0].contains("451"), "{differing:#?}");
}

#[test]
fn a_dialogue_by_hand_is_said_again_line_by_line() {
    let desk = Desk::new();
    desk.home.file(
        "dialogue",
        "connect smtp\nsend HELO x\nsend mail from:<ada@sandbox.test>\nsend RCPT TO:<nobody@sandbox.test>\nsend FOO\n\
         send RSET\nsend VRFY bob\nsend \\x09x\nsend QUIT\nexpect close\n",
    );
    let dialogue = desk.home.path("dialogue").display().to_string();
    let (_, script) = record(&desk, &["run", &dialogue, "SMTP", "--tls", "none"]);
    assert!(script.contains("send mail from:<ada@sandbox.test>"), "{script}");
    let fresh = Server::new();
    let json = desk.replay(&fresh, &[&fresh.smtp()], &["--tls", "none"]).expect(0).json();
    assert_eq!(differing(&json), [""; 0], "{json:#}");
}

#[test]
fn a_visit_that_deletes_is_made_again() {
    let desk = Desk::new();
    let (before, script) = record(&desk, &["mailbox", "delete", "POP3", "1", "--tls", "require"]);
    assert!(script.contains("send DELE 1") && script.contains("send QUIT"), "{script}");
    let fresh = Server::new();
    let all = fresh.sandbox.mailbox("bob").len();
    let json = desk.replay(&fresh, &[&fresh.pop3()], &["--tls", "require"]).expect(0).json();
    assert_eq!(differing(&json), [""; 0], "{json:#}");
    assert_eq!(fresh.sandbox.mailbox("bob").len(), all - 1);
    assert_eq!(before.sandbox.mailbox("bob").len(), all - 1);
}

#[test]
fn an_adapted_session_names_what_is_missing_before_anything_connects() {
    let desk = Desk::new();
    record(&desk, &MAIL);
    let fresh = Server::new();
    let smtp = fresh.smtp();
    let args = ["run", desk.file.as_str(), smtp.as_str(), "--adapt", "--differences"];
    let told = desk.call(&fresh, &args).run().expect(2).err();
    assert!(told.contains("there is no variable \"to\"") && told.contains("--to ADDRESS"), "{told}");
    let more =
        ["--helo", "lab.test", "--adapt", "--to", "bob@sandbox.test", "--from", "ada@sandbox.test", "--tls", "require"];
    desk.replay(&fresh, &[&smtp], &more).expect(0);
    assert_eq!(fresh.sandbox.delivered(), 1);
    for wrong in [&["--to", "<bob@x>"][..], &["--from", "a b"]] {
        desk.replay(&fresh, &[&smtp], wrong).expect(2);
    }
}

#[test]
fn a_saved_session_is_played_by_its_name() {
    let desk = Desk::new();
    record(&desk, &MAIL);
    let folder = desk.home.path("state/telepost/sessions");
    std::fs::create_dir_all(&folder).expect("the home is ours");
    std::fs::copy(&desk.file, folder.join("hello.jsonl")).expect("it was recorded");
    let fresh = Server::new();
    let smtp = fresh.smtp();
    let text = desk.call(&fresh, &["run", "--session", "hello", &smtp, "--differences"]).run().expect(0).out();
    assert!(text.contains("no difference in what was said") && text.contains("hello"), "{text}");
    assert!(desk.call(&fresh, &["run", "--session", "none", &smtp]).run().expect(2).err().contains("none"));
    desk.home.file("x.script", "connect smtp\n");
    let told = desk.call(&fresh, &["run", "x.script", &smtp, "--differences"]).run().expect(2).err();
    assert!(told.contains("is a script"), "{told}");
}
