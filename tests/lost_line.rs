//! A line that is lost after each stage, closed well (FIN) or broken off (RST): what `telepost send` says of the mail,
//! and what the pane says. Only after the final dot nobody knows; everywhere else nothing was delivered.

#[path = "support/actor.rs"]
mod actor;
#[path = "support/stage.rs"]
#[expect(dead_code, reason = "the lines need a part of the stage")]
mod stage;
#[expect(dead_code, reason = "each test file uses its part of the support")]
mod support;

use actor::Actor;
use stage::Stage;
use support::scripted::{Script, Scripted, Step, say};
use support::telepost::{Home, Outcome};

/// Where the line is lost, and what must be said of the mail.
struct Case {
    /// The stage that was completed last.
    after: &'static str,
    /// The script up to there; `end` is how the server leaves.
    script: fn(end: Step) -> Script,
    options: &'static [&'static str],
    outcome: &'static str,
    stage: &'static str,
    exit: i32,
    /// Part of the explanation.
    words: &'static str,
}

/// A server with sign-in and STARTTLS.
fn server() -> Script {
    Script::smtp().on("EHLO", [say("250-mx.example.test\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n")])
}

const PLAIN: &[&str] = &["--tls", "none"];
const SIGNED_IN: &[&str] = &["--tls", "none", "--user", "ada", "--allow-plain-auth"];

const CASES: &[Case] = &[
    Case {
        after: "connect",
        script: |end| server().greeting([end]),
        options: PLAIN,
        outcome: "failed",
        stage: "greeting",
        exit: 10,
        words: "",
    },
    Case {
        after: "greeting",
        script: |end| server().on("EHLO", [end]),
        options: PLAIN,
        outcome: "failed",
        stage: "helo",
        exit: 10,
        words: "line",
    },
    Case {
        after: "ehlo",
        script: |end| server().on("MAIL", [end]),
        options: PLAIN,
        outcome: "failed",
        stage: "mail",
        exit: 10,
        words: "closed the line",
    },
    Case {
        after: "starttls",
        script: |end| server().on("STARTTLS", [say("220 go\r\n"), end]),
        options: &["--tls", "require", "--insecure"],
        outcome: "failed",
        stage: "tls",
        exit: 8,
        words: "in the middle of the TLS handshake",
    },
    Case {
        after: "auth",
        script: |end| server().on("AUTH", [say("235 in\r\n")]).on("MAIL", [end]),
        options: SIGNED_IN,
        outcome: "failed",
        stage: "mail",
        exit: 10,
        words: "closed the line",
    },
    Case {
        after: "mail",
        script: |end| server().on("RCPT", [end]),
        options: PLAIN,
        outcome: "failed",
        stage: "rcpt",
        exit: 10,
        words: "closed the line",
    },
    Case {
        after: "rcpt",
        script: |end| server().on("DATA", [end]),
        options: PLAIN,
        outcome: "failed",
        stage: "data",
        exit: 10,
        words: "closed the line",
    },
    Case {
        after: "data",
        script: |end| server().on("DATA", [say("354 go\r\n"), end]),
        options: PLAIN,
        outcome: "unknown",
        stage: "dot",
        exit: 4,
        words: "closed the line",
    },
    Case {
        after: "half of the body",
        script: |end| server().on("DATA", [say("354 go\r\n"), Step::HearOctets(10_000), end]),
        options: PLAIN,
        outcome: "failed",
        stage: "body",
        exit: 10,
        words: "line",
    },
    Case {
        after: "dot",
        script: |end| server().on("DATA", [say("354 go\r\n"), Step::HearBody, end]),
        options: PLAIN,
        outcome: "unknown",
        stage: "dot",
        exit: 4,
        words: "closed the line",
    },
    Case {
        after: "the 250 to the dot",
        script: |end| server().on("QUIT", [end]),
        options: PLAIN,
        outcome: "sent",
        stage: "done",
        exit: 0,
        words: "",
    },
];

fn send(script: Script, options: &[&str], body: &str) -> Outcome {
    let (home, server) = (Home::new(), Scripted::start(script));
    let body = home.file("body.txt", body);
    let url = server.smtp_url();
    let mail = ["send", &url, "--from", "ada@a.test", "--to", "bob@b.test", "--subject", "Hi", "--body-file", &body];
    let arguments = [&mail[..], &["--json"], options].concat();
    home.telepost(&arguments).env("TELEPOST_PASSWORD", "opensesame").run()
}

/// A body that no socket takes in one go, where the line is lost in the middle of it.
fn body(case: &Case) -> String {
    if case.stage == "body" { "One line of many.\n".repeat(1 << 20) } else { "Hi\n".to_owned() }
}

#[test]
fn after_each_stage_the_outcome_the_stage_and_the_status_are_told() {
    let mut wrong = Vec::new();
    for case in CASES {
        for (how, end) in [("FIN", Step::Close), ("RST", Step::Reset)] {
            let told = send((case.script)(end), case.options, &body(case));
            let report = told.json();
            let (outcome, stage) = (report["outcome"].as_str(), report["stage"].as_str());
            let explained = report["explanation"].as_str().unwrap_or_default();
            let right = (outcome, stage, told.code) == (Some(case.outcome), Some(case.stage), Some(case.exit));
            if !right || !explained.contains(case.words) {
                wrong
                    .push(format!("after {} ({how}): {outcome:?} {stage:?} {:?} {explained:?}", case.after, told.code));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// A line heard by the server of the stage, and its answer; after the last one it goes away.
const TALK: &[(&str, &str)] = &[
    ("EHLO lab.test", "250 mx.example.test"),
    ("MAIL FROM:<ada@sandbox.test>", "250 ok"),
    ("RCPT TO:<bob@sandbox.test>", "250 ok"),
    ("DATA", "354 go"),
    (".", "250 2.0.0 Ok: queued as 6AB5150038"),
];

#[test]
fn the_pane_says_the_same_in_its_words() {
    for (answered, title, toast) in [
        (0, "not sent", ""),
        (1, "not sent", "not sent: the server closed the line; the draft is kept"),
        (2, "not sent", "not sent: the server closed the line; the draft is kept"),
        (3, "not sent", "not sent: the server closed the line; the draft is kept"),
        (4, "UNKNOWN", "It may have been accepted"),
        (5, "sent", "queued as 6AB5150038"),
    ] {
        let mut stage = Stage::demo((120, 40));
        let mut part = TALK[..answered].to_vec();
        // An empty answer: the server goes away instead.
        part.extend(TALK.get(answered).map(|(line, _)| (*line, "")));
        stage.understudy = Some(Actor::playing("220 mx.example.test", &part));
        stage.press(&["F5"]);
        let screen = stage.screen();
        let compose = screen.lines().find(|line| line.contains("1 Compose")).expect("the pane is on the screen");
        assert!(compose.contains(title), "{answered} answers: {title:?} is not in {compose:?}\n{screen}");
        stage.press(&["^X", "L"]);
        stage.sees(toast);
        assert_eq!(stage.dialled.len(), 1, "nothing is sent again by itself");
    }
}
