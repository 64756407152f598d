//! `telepost run` as a person calls it: the scripts of `tests/scripts` and others against the sandbox, exit statuses,
//! reports; and the examples of `docs/scripts.md`.

#[expect(dead_code, reason = "each test file uses its part of the support")]
mod support;

use std::path::{Path, PathBuf};

use serde_json::Value;
use telepost::sandbox::{Fault, Options, PASSWORD, Sandbox};
use telepost::script::Script;
use tokio::runtime::Runtime;

use support::scripted::{Script as ServerScript, Scripted, Step, say};
use support::telepost::{Call, Home};

/// A sandbox on a runtime of its own.
struct Stage {
    sandbox: Sandbox,
    _runtime: Runtime,
    home: Home,
}

impl Stage {
    fn new() -> Self {
        Self::with(&[])
    }

    fn with(faults: &[Fault]) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let options = Options { faults: faults.to_vec(), ..Options::default() };
        let sandbox = runtime.block_on(Sandbox::start(options)).expect("loopback has free ports");
        Self { sandbox, _runtime: runtime, home: Home::new() }
    }

    fn smtp(&self) -> String {
        format!("smtp://{}", self.sandbox.smtp())
    }

    fn pop3(&self) -> String {
        format!("pop3://{}", self.sandbox.pop3())
    }

    /// Plays a text from standard input against SMTP.
    fn call(&self, script: &str, more: &[&str]) -> Call {
        let smtp = self.smtp();
        self.home.telepost(&[&["run", "-", &smtp, "--helo", "lab.test"], more].concat()).input(script)
    }

    fn golden(&self, name: &str, more: &[&str]) -> Value {
        let (path, smtp, pop3) = (golden(name), self.smtp(), self.pop3());
        let fixed = ["run", &path, &smtp, &pop3, "--helo", "lab.test", "--json"];
        self.home.run(&[&fixed, more].concat()).expect(0).json()
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts")
}

fn golden(name: &str) -> String {
    folder().join(format!("{name}.telepost")).display().to_string()
}

/// The codes of a play, in order.
fn codes(report: &Value) -> Vec<String> {
    let rows = report["plays"][0]["rows"].as_array().expect("rows");
    rows.iter().filter_map(|row| row["code"].as_str().map(str::to_owned)).collect()
}

#[test]
fn the_listing_gives_its_seven_codes() {
    let report = Stage::new().golden("listing", &[]);
    assert_eq!(codes(&report), ["220", "250", "250", "250", "354", "250", "221"]);
    assert_eq!((&report["outcome"], &report["exit"]), (&"held".into(), &0.into()));
}

#[test]
fn a_session_that_was_saved_is_run_as_a_script_and_says_the_same() {
    let stage = Stage::new();
    let smtp = stage.smtp();
    let first = ["run", &golden("listing"), &smtp, "--helo", "lab.test", "--transcript", "first.jsonl"];
    stage.home.run(&first).expect(0);
    for options in [&[][..], &["--adapt"]] {
        let script = stage.home.run(&[&["session", "script", "./first.jsonl"], options].concat()).expect(0).out();
        let to = ["--set", "from=ada@sandbox.test", "--set", "to=bob@sandbox.test"];
        let again = stage.call(&script, &[&["--transcript", "again.jsonl"][..], &to].concat()).run();
        again.expect(0);
        stage.home.run(&["session", "diff", "./first.jsonl", "./again.jsonl"]).expect(0);
        std::fs::remove_file(stage.home.path("again.jsonl")).expect("it was written");
    }
}

#[test]
fn step_by_step_sends_two_mails_of_which_the_second_needs_mail_from_again() {
    let stage = Stage::new();
    let report = stage.golden("step-by-step", &[]);
    let expected = "220 250 250 250 354 250 503 250 250 354 250 221";
    assert_eq!(codes(&report).join(" "), expected);
}

#[test]
fn headers_arrive_as_they_were_written() {
    let stage = Stage::new();
    stage.golden("headers", &["--set", "to=bob@sandbox.test"]);
    let look = format!(
        "connect pop3\nsend USER bob\nsend PASS {PASSWORD}\nsend STAT\nexpect +OK /^(?<n>\\d+)/\nsend RETR ${{n}}\nexpect +OK /(?s)Message-ID: <.+@lab\\.test>\\nFrom: Ada <ada@sandbox.test>.*\\n\\.a line that begins/\nsend QUIT"
    );
    let pop3 = stage.pop3();
    stage.home.telepost(&["run", "-", &pop3]).input(&look).run().expect(0);
}

#[test]
fn what_goes_wrong_most_often_has_its_codes() {
    let report = Stage::new().golden("problems", &[]);
    let expected = "220 250 503 501 500 501 250 550 503 250 250 250 354 250 221";
    assert_eq!(codes(&report).join(" "), expected);
}

#[test]
fn a_mail_is_sent_and_read_by_hand_on_both_sides() {
    let stage = Stage::new();
    let report = stage.golden("mailbox", &["--set", &format!("password={PASSWORD}")]);
    let rows = report["plays"][0]["rows"].as_array().expect("rows");
    assert!(rows.iter().any(|row| row["side"] == "POP3" && row["code"] == "+OK"));
    assert!(!report.to_string().contains(PASSWORD), "{report}");
}

#[test]
fn each_golden_script_reads_and_prints_back() {
    let files: Vec<PathBuf> = std::fs::read_dir(folder()).expect("the folder").flatten().map(|it| it.path()).collect();
    assert!(files.len() >= 5);
    for path in files {
        let text = std::fs::read_to_string(&path).expect("a script");
        let script = Script::parse(&text).unwrap_or_else(|faults| panic!("{}: {faults:?}", path.display()));
        let printed = script.to_string();
        let again = Script::parse(&printed).expect("what is printed reads");
        assert_eq!(again.to_string(), printed, "{}", path.display());
    }
}

#[test]
fn every_example_of_the_documentation_reads() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/scripts.md");
    let text = std::fs::read_to_string(path).expect("the document");
    let examples: Vec<&str> = text.split("```telepost\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(examples.len() >= 6, "{}", examples.len());
    for example in examples {
        assert!(Script::parse(example).is_ok(), "{example}\n{:?}", Script::parse(example));
    }
}

#[test]
fn the_exit_status_says_what_came_instead() {
    let stage = Stage::new();
    let to = |address: &str, code: &str| {
        let mail = "connect smtp\nsend EHLO ${helo}\nsend MAIL FROM:<ada@sandbox.test>";
        format!("{mail}\nsend RCPT TO:<{address}>\nexpect {code}")
    };
    for (script, status) in [
        (to("bob@sandbox.test", "250"), 0),
        (to("bob@example.net", "250"), 5),
        (to("greylist@sandbox.test", "2yz"), 6),
        (to("bob@sandbox.test", "550"), 10),
        ("connect smtp\nfail enough".to_owned(), 10),
        ("connect smtp\nauth PLAIN ada".to_owned(), 7),
        ("connect smtp\nsend EHLO x\nstarttls".to_owned(), 8),
        ("send NOOP".to_owned(), 2),
        ("sned NOOP".to_owned(), 2),
        ("send ${nothing}".to_owned(), 2),
        ("connect pop3".to_owned(), 2),
        ("connect smtp\nconnect smtp://a:b".to_owned(), 2),
        ("connect smtp\nsend EHLO x\nauth ada".to_owned(), 0),
    ] {
        let outcome = stage.call(&script, &[]).env("TELEPOST_PASSWORD", PASSWORD).run();
        assert_eq!(outcome.code, Some(status), "{script}\n{outcome:?}");
    }
    stage.home.telepost(&["run", "-", "smtp://127.0.0.1:1"]).input("connect smtp").run().expect(9);
}

#[test]
fn faults_are_told_with_line_and_column_and_nothing_is_connected() {
    let stage = Stage::new();
    let outcome = stage.call("connect smtp\n  sned NOOP\nexpect 25", &["--check"]).run().expect(2);
    assert!(outcome.err().contains("standard input:2:3: ") && outcome.err().contains("standard input:3:8: "));
    let report = stage.call("sned", &["--json"]).run().expect(2).json();
    assert_eq!((&report["faults"][0]["column"], &report["faults"][0]["nearest"]), (&1.into(), &"send".into()));
    let checked = stage.call("connect smtp\nsend NOOP", &["--check"]).run().expect(0);
    assert!(checked.out().contains("2 statements, no fault"), "{checked:?}");
}

#[test]
fn reports_have_the_form_of_their_names_and_transcripts_are_written() {
    let stage = Stage::new();
    let script = "connect smtp\nsend NOOP\nexpect 250\nsend RCPT TO:<x@y>\nexpect 250";
    for (name, words) in [
        ("r.txt", "failed at line 5: expected 250, came 503"),
        ("r.json", "\"exit\": 5"),
        ("r.xml", "<failure message=\"expected 250, came 503"),
    ] {
        let path = stage.home.path(name).display().to_string();
        stage.call(script, &["--report", &path]).run().expect(5);
        let report = std::fs::read_to_string(&path).expect("a report");
        assert!(report.contains(words), "{name}: {report}");
    }
    let path = stage.home.path("t.txt").display().to_string();
    stage.call(script, &["--transcript", &path]).run().expect(5);
    assert!(std::fs::read_to_string(&path).expect("a transcript").contains("RCPT TO:<x@y>"));
    stage.call(script, &["--report", "r.pdf"]).run().expect(2);
}

#[test]
fn two_servers_are_played_at_once_and_differences_are_marked() {
    let (stage, other) = (Stage::new(), Stage::new());
    let url = other.smtp();
    let script = "connect smtp\nsend EHLO ${helo}\nsend VRFY bob";
    let report = stage.call(script, &["--against", &url, "--json"]).run().expect(0).json();
    assert_eq!(report["plays"].as_array().map(Vec::len), Some(2));
    let pop3 = stage.pop3();
    let both = stage.call("connect smtp\nsend NOOP\nsend QUIT", &[&url, &pop3]).run().expect(0).out();
    assert!(both.starts_with("first ") && both.contains(" | "), "{both}");
}

#[test]
fn tls_and_sign_in_are_statements() {
    let stage = Stage::new();
    let script = "connect smtp\nsend EHLO ${helo}\nif offered STARTTLS\n  starttls\nend\nauth ada\nif not tls\n  fail in clear\nend\nsend MAIL FROM:<ada@sandbox.test>\nexpect 250";
    let call = stage.call(script, &["--insecure", "--tls", "require"]).env("TELEPOST_PASSWORD", PASSWORD);
    let outcome = call.run().expect(0);
    assert!(outcome.out().contains("signed in as ada") && !outcome.all().contains(PASSWORD), "{outcome:?}");
    stage.call("connect smtp\nsend MAIL FROM:<>", &["--tls", "require"]).run().expect(8);
}

#[test]
fn a_secret_that_is_written_out_is_warned_of_and_masked() {
    let stage = Stage::new();
    let pop3 = stage.pop3();
    let script = format!("connect pop3\nsend USER bob\nsend PASS {PASSWORD}\nexpect +OK");
    let outcome = stage.home.telepost(&["run", "-", &pop3, "-v"]).input(script).run().expect(0);
    assert!(outcome.err().contains("line 3 has its secret written out"), "{outcome:?}");
    assert!(!outcome.all().contains(PASSWORD), "{outcome:?}");
}

#[test]
fn no_spelling_of_a_sign_in_shows_the_password_in_any_report() {
    let stage = Stage::new();
    for (number, report) in ["r.txt", "r.json", "r.xml"].into_iter().enumerate() {
        let transcript = format!("t.{}", ["txt", "jsonl", "md"][number]);
        let script = "connect smtp\nsend EHLO x\nsend PSAS ${pw}\nsend pass ${pw}\nsend PASS${pw}\nsend AUHT PLAIN ${pw}\n\
                      send AUTH PLAIN ${b64}\nsend ${b64}\nexpect 250";
        let b64 = format!("b64={}", "b3BlbnNlc2FtZTE=");
        let more = ["--set", "pw=Looking-Glass7", "--set", &b64, "-v", "--report", report, "--transcript", &transcript];
        let outcome = stage.call(script, &more).run();
        let written = |name: &str| std::fs::read_to_string(stage.home.path(name)).expect("it was written");
        let all = outcome.all() + &written(report) + &written(&transcript);
        assert!(all.contains("PSAS ****") && !all.contains("Glass7") && !all.contains("b3BlbnNlc2"), "{all}");
    }
    for script in ["auth PLAIN ada hunter2", "PASShunter2", "connect smpt://ada:hunter2@mx", "smtp PASS hunter2"] {
        let outcome = stage.call(script, &["--json"]).run().expect(2);
        assert!(!outcome.all().contains("hunter2"), "{script}: {}", outcome.all());
    }
}

#[test]
fn a_line_lost_behind_the_final_dot_or_behind_quit_is_unknown() {
    let home = Home::new();
    let path = home.file("mail.eml", "Subject: x\n\nx\n");
    let head = "connect smtp\nsend EHLO x\nsend MAIL FROM:<a@b>\nsend RCPT TO:<c@d>\nsend DATA\nexpect 354\n";
    for (body, steps, exit) in [
        ("body\nHi\n.\nexpect 250", vec![say("354 go\r\n"), Step::HearBody, Step::Close], 4),
        ("send Hi\nsend .\nexpect 250", vec![say("354 go\r\n"), Step::HearBody, Step::Reset], 4),
        (&format!("body {path}"), vec![say("354 go\r\n"), Step::HearBody, Step::Close], 4),
        ("body\nHi\n.\nexpect 250", vec![say("354 go\r\n"), Step::HearBody, say("451 no\r\n")], 6),
    ] {
        let server = Scripted::start(ServerScript::smtp().on("DATA", steps));
        let outcome = home.telepost(&["run", "-", &server.smtp_url(), "--json"]).input(format!("{head}{body}")).run();
        let report = outcome.expect(exit).json();
        assert_eq!(report["outcome"], if exit == 4 { "unknown" } else { "failed" }, "{report:#}");
    }
    let dele = "connect pop3\nsend USER a\nsend PASS b\nsend DELE 1\nexpect +OK";
    for (script, quit, exit) in [
        (dele.to_owned(), Step::Close, 4),
        (format!("{dele}\nsend QUIT"), Step::Reset, 4),
        (dele.to_owned(), say("-ERR not all\r\n"), 5),
        (dele.replace("DELE 1", "NOOP"), Step::Close, 0),
    ] {
        let server = Scripted::start(ServerScript::pop3("Subject: x\r\n\r\n").on("QUIT", [quit, Step::Close]));
        let outcome = home.telepost(&["run", "-", &server.pop3_url()]).input(&script).run();
        outcome.expect(exit);
    }
}

#[test]
fn a_body_that_is_no_plain_file_is_refused_at_once() {
    let stage = Stage::new();
    for path in ["/dev/zero", "/proc", "${nothing}/none"] {
        let script = format!(
            "set nothing = /nowhere\nconnect smtp\nsend EHLO x\nsend MAIL FROM:<ada@sandbox.test>\n\
             send RCPT TO:<bob@sandbox.test>\nsend DATA\nbody {path}"
        );
        stage.call(&script, &[]).run().expect(2);
    }
}

#[test]
fn what_set_says_goes_before_the_script() {
    let stage = Stage::new();
    let script = "set to = nobody@sandbox.test\nconnect smtp\nsend EHLO x\nsend MAIL FROM:<ada@sandbox.test>\nsend RCPT TO:<${to}>\nexpect 250";
    stage.call(script, &[]).run().expect(5);
    stage.call(script, &["--set", "to=bob@sandbox.test"]).run().expect(0);
}

#[test]
fn a_body_comes_from_a_file_with_any_line_ends() {
    let stage = Stage::new();
    let path = stage.home.file("mail.eml", "Subject: from a file\n\n.dot\rlast");
    let script = format!(
        "connect smtp\nsend EHLO x\nsend MAIL FROM:<ada@sandbox.test>\nsend RCPT TO:<bob@sandbox.test>\nsend DATA\nbody {path}\nexpect 250\nsend QUIT"
    );
    stage.call(&script, &[]).run().expect(0);
    let look = "connect pop3\nauth USER bob\nsend STAT\nexpect +OK /^(?<n>\\d+)/\nsend RETR ${n}\n\
                expect +OK /Subject: from a file\\n\\n\\.dot\\nlast\\n$/";
    let pop3 = stage.pop3();
    let call = stage.home.telepost(&["run", "-", &pop3, "--allow-plain-auth"]).input(look);
    call.env("TELEPOST_PASSWORD", PASSWORD).run().expect(0);
}

/// What a sandbox with these faults says to a script, as codes; the script holds.
fn said_with(faults: &[Fault], script: &str) -> String {
    let stage = Stage::with(faults);
    let (smtp, pop3) = (stage.smtp(), stage.pop3());
    let password = format!("password={PASSWORD}");
    let arguments = ["run", "-", &smtp, &pop3, "--helo", "lab.test", "--json", "--set", &password];
    let report = stage.home.telepost(&arguments).input(script).run().expect(0).json();
    codes(&report).join(" ")
}

/// A mail up to its recipient.
fn addressed(from: &str, to: &str) -> String {
    format!(
        "connect smtp\nexpect 220\nsend HELO ${{helo}}\nexpect 250\nsend MAIL FROM:<{from}>\n# here\nsend RCPT TO:<{to}>\n"
    )
}

#[test]
fn the_problems_and_their_fixes_of_the_fifth_guide() {
    let to_bob = addressed("ada@sandbox.test", "bob@sandbox.test");
    let unsent = to_bob.replace("send MAIL FROM:<ada@sandbox.test>\n", "");
    let cases: [(&[Fault], String, &str); 4] = [
        (
            &[Fault::SenderDomain],
            "connect smtp\nsend HELO x\nsend MAIL FROM:<user@nosuchplace.example>\nexpect 501 /must exist/\n\
             send MAIL FROM:<ada@sandbox.test>\nexpect 250\nsend QUIT\nexpect 221\nexpect close"
                .to_owned(),
            "220 250 501 250 221",
        ),
        (&[], unsent + "expect 503 /(?i)need MAIL/\n", "220 250 503"),
        (
            &[Fault::RelayDenied],
            addressed("ada@sandbox.test", "mail@otherdomain.example") + "expect 550 /(?i)relaying denied/\n",
            "220 250 250 550",
        ),
        (
            &[Fault::RelayLogin],
            "connect smtp\nsend EHLO x\nsend MAIL FROM:<ada@sandbox.test>\nsend RCPT TO:<mail@otherdomain.example>\n\
             expect 550\nsend RSET\nsend QUIT\nexpect 221"
                .to_owned(),
            "220 250 250 550 250 221",
        ),
    ];
    for (faults, script, expected) in cases {
        assert_eq!(said_with(faults, &script), expected, "{faults:?}");
    }
}

#[test]
fn troubles_of_the_second_guide_have_their_codes() {
    let cases: [(&[Fault], String, &str); 8] = [
        (
            &[Fault::Pop3NoLogin],
            "connect pop3\nexpect +OK\nsend USER bob\nexpect +OK or -ERR\nsend PASS ${password}\n\
             expect -ERR /(?i)not enabled/\nsend QUIT\nexpect +OK"
                .to_owned(),
            "+OK +OK -ERR +OK",
        ),
        (
            &[],
            "connect pop3\nsend AUTH NTLM\nexpect -ERR\nsend USER bob\nexpect +OK\nsend PASS ${password}\nexpect +OK\n\
             send STAT\nexpect +OK /^[0-9]+ [0-9]+$/"
                .to_owned(),
            "+OK -ERR +OK +OK +OK",
        ),
        (
            &[],
            "connect pop3\nsend USER bob\nsend PASS no\nexpect -ERR\nsend USER bob\nsend PASS ${password}\nexpect +OK"
                .to_owned(),
            "+OK +OK -ERR +OK +OK",
        ),
        (
            &[Fault::BlankSender],
            "connect smtp\nsend HELO x\nsend MAIL FROM:<>\nexpect 5yz\nsend MAIL FROM:<ada@sandbox.test>\nexpect 250"
                .to_owned(),
            "220 250 550 250",
        ),
        (&[], addressed("ada@sandbox.test", "nobody@sandbox.test") + "expect 550 5.1.1 or 550\n", "220 250 250 550"),
        (
            &[Fault::Greylist],
            addressed("ada@sandbox.test", "bob@sandbox.test")
                + "expect 451\nsend RCPT TO:<bob@sandbox.test>\nexpect 250\n",
            "220 250 250 451 250",
        ),
        (
            &[Fault::Oversize],
            "connect smtp\nsend EHLO x\nif not offered SIZE 1000\n  fail it keeps its size for itself\nend\n\
             send MAIL FROM:<ada@sandbox.test> SIZE=1001\nexpect 552\nsend MAIL FROM:<ada@sandbox.test> SIZE=900\nexpect 250"
                .to_owned(),
            "220 250 552 250",
        ),
        (
            &[Fault::Service421],
            "connect smtp\nsend EHLO x\nsend MAIL FROM:<ada@sandbox.test>\nexpect 421\nexpect close".to_owned(),
            "220 250 421",
        ),
    ];
    for (faults, script, expected) in cases {
        assert_eq!(said_with(faults, &script), expected, "{faults:?} {script}");
    }
}

#[test]
fn a_line_lost_behind_the_dot_or_the_quit_leaves_the_outcome_unknown() {
    let mail = format!("{}send DATA\nexpect 354\nbody\nhi\n.\n", addressed("ada@sandbox.test", "bob@sandbox.test"));
    for (fault, script, status) in [
        (Fault::DropAfterDot, format!("{mail}expect 250"), 4),
        (Fault::DropAfterDot, mail, 4),
        (Fault::Pop3DropInRetr, "connect pop3\nauth bob\nsend RETR 2\nexpect +OK".to_owned(), 10),
    ] {
        let stage = Stage::with(&[fault]);
        let (smtp, pop3) = (stage.smtp(), stage.pop3());
        let call = stage.home.telepost(&["run", "-", &smtp, &pop3, "--allow-plain-auth"]).input(script);
        let outcome = call.env("TELEPOST_PASSWORD", PASSWORD).run().expect(status);
        assert_eq!(outcome.out().contains("unknown at line"), status == 4, "{outcome:?}");
    }
}
