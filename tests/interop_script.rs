//! The scripts of `tests/scripts` against real servers: what reproduces a guide's dialogue on the sandbox does so with
//! Postfix and Dovecot.

#[expect(dead_code, reason = "each test file uses its part of the support")]
mod support;

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use telepost::sandbox::{Options, Sandbox};
use tokio::runtime::Runtime;

use support::dovecot::PASSWORD;
use support::mailboxes::without_trace;
use support::servers::Servers;
use support::telepost::{Home, Outcome};

fn play(servers: &Servers, name: &str, more: &[&str]) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts").join(format!("{name}.telepost"));
    let (path, smtp) = (path.display().to_string(), servers.smtp_url());
    let pop3 = format!("pop3://127.0.0.1:{}", servers.pop3.port);
    let addresses = ["--set", "from=eve@example.org", "--set", "to=alice@example.test", "--set", "user=alice"];
    let fixed = ["run", &path, &smtp, &pop3, "--helo", "lab.test", "--json"];
    Home::new().run(&[&fixed[..], &addresses, more].concat()).expect(0).json()
}

fn codes(report: &Value) -> String {
    let rows = report["plays"][0]["rows"].as_array().expect("rows");
    rows.iter().filter_map(|row| row["code"].as_str()).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_guides_hold_on_postfix() {
    let Some(servers) = Servers::start() else { return };
    assert_eq!(codes(&play(&servers, "listing", &[])), "220 250 250 250 354 250 221");
    let two = codes(&play(&servers, "step-by-step", &[]));
    assert_eq!(two, "220 250 250 250 354 250 503 250 250 354 250 221");
    play(&servers, "headers", &["--set", "copy=bob@example.test"]);
    play(&servers, "problems", &[]);
    // One of the listing, two step by step, one with headers, one behind the problems.
    let mails = servers.mail.wait_for("alice", 5);
    let dot = b"\n.a line that begins with a dot";
    assert!(mails.iter().any(|mail| mail.windows(dot.len()).any(|window| window == dot)));
}

#[test]
fn a_mailbox_is_read_by_hand_at_dovecot() {
    let Some(servers) = Servers::start() else { return };
    servers.mail.put("alice", "one", b"Subject: seen before\n\ntext\n");
    let text = "connect pop3\nexpect +OK\nsend USER alice\nexpect +OK\nsend PASS ${password}\nexpect +OK\nsend STAT\n\
                expect +OK /^1 /\nsend LIST\nexpect +OK /(?m)^1 [0-9]+$/\nsend RETR 1\nexpect +OK /Subject: seen before/\n\
                send DELE 1\nexpect +OK\nsend QUIT\nexpect +OK\nexpect close\n";
    let pop3 = format!("pop3://127.0.0.1:{}", servers.pop3.port);
    let password = format!("password={PASSWORD}");
    Home::new().telepost(&["run", "-", &pop3, "--set", &password]).input(text).run().expect(0);
    assert!(servers.mail.messages("alice").is_empty(), "QUIT deletes what is marked");
}

/// Plays a text against both servers.
fn typed(servers: &Servers, script: &str, more: &[&str]) -> Outcome {
    let (smtp, pop3) = (servers.smtp_url(), format!("pop3://127.0.0.1:{}", servers.pop3.port));
    let fixed = ["run", "-", &smtp, &pop3, "--helo", "lab.test"];
    let home = Home::new();
    let call = home.telepost(&[&fixed[..], more].concat()).input(script);
    call.env("TELEPOST_PASSWORD", PASSWORD).run()
}

#[test]
fn the_second_guide_holds_on_both_servers() {
    let Some(servers) = Servers::start() else { return };
    servers.mail.put("alice", "one", b"Subject: seen before\n\ntext\n");
    let report = play(&servers, "mailbox", &["--set", &format!("password={PASSWORD}")]);
    let expected = "220 250 250 250 354 250 250 554 221 +OK +OK +OK +OK +OK +OK +OK";
    // A delivery that takes its time is nobody's fault; then nothing is deleted.
    let late = report.to_string().contains("the newest is another mail");
    assert_eq!(codes(&report), if late { expected.to_owned() } else { format!("{expected} +OK") });
    assert!(!report.to_string().contains(PASSWORD), "{report}");
    let left = servers.mail.wait_for("alice", if late { 2 } else { 1 });
    assert!(left.contains(&b"Subject: seen before\n\ntext\n".to_vec()) && left.len() == 1 + usize::from(late));
}

#[test]
fn troubles_of_the_guides_have_the_codes_of_postfix_and_dovecot() {
    let Some(servers) = Servers::start() else { return };
    let mail = "connect smtp\nsend EHLO x\nsend MAIL FROM:<eve@example.org>\nexpect 250 2.1.0\n";
    for (script, status) in [
        (format!("{mail}send RCPT TO:<mail@otherdomain.example>\nexpect 554 5.7.1 /Relay access denied/"), 0),
        (format!("{mail}send RCPT TO:<nobody@example.test>\nexpect 550 5.1.1 /User unknown/"), 0),
        ("connect smtp\nsend HELO x\nsend RCPT TO:<alice@example.test>\nexpect 503 5.5.1 /need MAIL/".to_owned(), 0),
        (
            "connect smtp\nsend HELO x\nsend MAIL FROM:<>\nexpect 250\nsend RCPT TO:<alice@example.test>\nexpect 250"
                .to_owned(),
            0,
        ),
        // A refused AUTH, then what always works; a wrong password, then the right one.
        ("connect pop3\nsend AUTH NTLM\nexpect -ERR\nauth USER alice\nsend STAT\nexpect +OK /^0 0/".to_owned(), 0),
        (
            "connect pop3\nsend USER alice\nsend PASS no\nexpect -ERR\nauth USER alice\nsend STAT\nexpect +OK"
                .to_owned(),
            0,
        ),
        // Before anybody signed in, and after the goodbye.
        ("connect pop3\nsend STAT\nexpect -ERR\nsend QUIT\nexpect +OK\nexpect close".to_owned(), 0),
        // What came instead is the exit status.
        (format!("{mail}send RCPT TO:<nobody@example.test>\nexpect 250"), 5),
        ("connect pop3\nsend STAT\nexpect +OK".to_owned(), 5),
        ("connect pop3\nauth USER carol".to_owned(), 7),
        ("connect smtp\nsend EHLO x\nauth alice".to_owned(), 7),
        ("connect smtp\nsend EHLO x\nstarttls".to_owned(), 8),
        ("connect smtp\nsend QUIT\nexpect 221\nsend NOOP".to_owned(), 10),
        ("connect smtp\nexpect 554".to_owned(), 10),
        ("connect smtp\nexpect 999".to_owned(), 2),
    ] {
        let outcome = typed(&servers, &script, &["--allow-plain-auth"]);
        assert_eq!(outcome.code, Some(status), "{script}\n{outcome:?}");
    }
}

#[test]
fn what_was_recorded_is_played_again_and_nothing_differs() {
    let Some(servers) = Servers::start() else { return };
    servers.mail.put("alice", "one", b"Subject: seen before\n\ntext\n");
    let home = Home::new();
    let (smtp, pop3) = (servers.smtp_url(), servers.pop3_url("alice"));
    let send = ["send", &smtp, "--from", "eve@example.org", "--to", "bob@example.test", "--body", "one\n.two"];
    let list = ["mailbox", "list", &pop3, "--allow-plain-auth"];
    for (name, call, url) in [("send", &send[..], &smtp), ("list", &list[..], &pop3)] {
        let [first, second] = ["first", "second"].map(|run| format!("{name}-{run}.jsonl"));
        let with_password = |arguments: &[&str]| home.telepost(arguments).env("TELEPOST_PASSWORD", PASSWORD).run();
        with_password(&[call, &["--transcript", &first]].concat()).expect(0);
        let script = home.run(&["session", "script", &first]).expect(0).out();
        assert!(!script.contains(PASSWORD), "{script}");
        let script = home.file(&format!("{name}.telepost"), script);
        with_password(&["run", &script, url, "--allow-plain-auth", "--transcript", &second]).expect(0);
        let report = home.run(&["session", "diff", &first, &second, "--json"]).expect(0).json();
        assert_eq!(report["differences"], 0, "{report}");
        assert!(report["pairs"].as_array().is_some_and(|pairs| pairs.len() >= 6), "{report}");
    }
    let mails = servers.mail.wait_for("bob", 2);
    assert_eq!(without_trace(&mails[0]), without_trace(&mails[1]), "as it was written, octet for octet");
}

#[test]
fn the_replies_of_real_servers_get_cards_that_fit() {
    let Some(servers) = Servers::start() else { return };
    let smtp = "connect smtp\nsend RCPT TO:<alice@example.test>\nsend HELLO x\nsend MAIL FROM:<eve@example.org>\n\
                send MAIL FROM:<eve@example.org>\nsend DATA\nsend RCPT TO:<nobody@example.test>\n\
                send RCPT TO:<x@example.com>\nsend RCPT TO:<alice@example.test>\nsend DATA\nbody\nhi\n.\nsend QUIT";
    let pop3 = "connect pop3\nsend STAT\nsend AUTH NTLM\nauth USER alice\nsend STAT\nsend RETR 99\nsend DELE 1\n\
                send RETR 1\nsend QUIT";
    servers.mail.put("alice", "one", b"Subject: one\n\ntext\n");
    for (script, expected) in [
        (
            smtp,
            &[
                ("GREETING", "Ready"),
                ("RCPT", "MAIL before RCPT"),
                ("HELLO", "Command not recognised"),
                ("MAIL", "Sender accepted"),
                ("MAIL", "A mail is begun already"),
                ("DATA", "RCPT before DATA"),
                ("RCPT", "Recipient unknown"),
                ("RCPT", "Relaying denied"),
                ("RCPT", "Recipient accepted"),
                ("DATA", "Send the mail now"),
                (".", "Mail accepted"),
                ("QUIT", "Closing"),
            ][..],
        ),
        (
            pop3,
            &[
                ("GREETING", "Ready"),
                ("STAT", "Wrong order"),
                ("AUTH", "Way of logging in not offered"),
                ("CAPA", "What the server offers"),
                ("USER", "Name taken"),
                ("PASS", "Logged in"),
                ("STAT", "Messages and octets"),
                ("RETR", "No such message"),
                ("DELE", "Marked for deletion"),
                ("RETR", "No such message"),
                ("QUIT", "Closed cleanly"),
            ],
        ),
    ] {
        let dialogue = typed(&servers, script, &["-v", "--allow-plain-auth"]).expect(0).err();
        let call = Home::new().telepost(&["explain", "-", "--json"]).input(dialogue).run().expect(0).json();
        let cards = call["explanations"].as_array().expect("explanations");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let found: Vec<_> = cards.iter().map(|it| (text(&it["verb"]), text(&it["cards"][0]["title"]))).collect();
        let found: Vec<(&str, &str)> = found.iter().map(|(verb, title)| (&**verb, &**title)).collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn postfix_beside_the_sandbox_is_reported_as_a_build_server_reads_it() {
    let Some(servers) = Servers::start() else { return };
    let runtime = Runtime::new().expect("a runtime");
    let options = Options { name: "example.test".to_owned(), ..Options::default() };
    let sandbox = runtime.block_on(Sandbox::start(options)).expect("loopback has free ports");
    let (home, url, other) = (Home::new(), servers.smtp_url(), format!("smtp://{}", sandbox.smtp()));
    let script = "connect smtp\nsend EHLO x\nsend MAIL FROM:<eve@example.org>\nexpect 250\nsend RCPT TO:<a@b.example>\n\
                  expect 5yz\nsend RCPT TO:<bob@example.test>\nexpect 250\nsend DATA\nexpect 354\nbody\n\nhi & <bye>\n.\n\
                  expect 250\nsend QUIT\nexpect 554";
    let arguments = ["run", "-", &url, "--against", &other, "--report", "report.xml", "--json"];
    let report = home.telepost(&arguments).input(script).run().expect(10).json();
    assert_eq!(report["plays"].as_array().map(Vec::len), Some(2));
    let read = "import sys, xml.etree.ElementTree as E\n\
                root = E.parse(sys.argv[1]).getroot()\n\
                suites = list(root.iter('testsuite'))\n\
                print(root.tag, len(suites), root.get('failures'), [len(list(s.iter('testcase'))) for s in suites])\n\
                print([f.get('message') for f in root.iter('failure')])";
    let python = Command::new("python3").args(["-c", read]).arg(home.path("report.xml")).output().expect("python3");
    let out = String::from_utf8_lossy(&python.stdout).into_owned();
    assert!(out.starts_with("testsuites 2 2 [8, 8]\n") && out.matches("expected 554, came 221").count() == 2, "{out}");
}
