//! `telepost send` from outside, for many mails: lists, tables, connections, results, signals and lost lines; and that
//! no field and no text says more to the server than it should.

#[expect(dead_code, reason = "each test file uses its part of the support")]
mod support;

use rustix::process::Signal;
use serde_json::Value;
use support::scripted::{Script, Scripted, Step, say};
use support::telepost::{Home, Outcome};
use telepost::sandbox::{Options, Sandbox};
use tokio::runtime::Runtime;

/// The embedded server with an empty mailbox for bob.
struct Server {
    sandbox: Sandbox,
    _runtime: Runtime,
}

impl Server {
    fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let options = Options { samples: false, ..Options::default() };
        let sandbox = runtime.block_on(Sandbox::start(options)).expect("free ports on loopback");
        Self { sandbox, _runtime: runtime }
    }

    fn send(&self, home: &Home, options: &[&str]) -> Outcome {
        let url = format!("smtp://{}", self.sandbox.smtp());
        home.run(&[&["send", &url, "--tls", "none", "--from", "Ada <ada@sandbox.test>"], options].concat())
    }

    fn mails(&self, user: &str) -> Vec<String> {
        let letters = self.sandbox.mailbox(user);
        letters.iter().map(|letter| String::from_utf8_lossy(&letter.to_vec()).into_owned()).collect()
    }
}

fn lines(home: &Home, name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(home.path(name)).expect("the results are there");
    text.lines().map(|line| serde_json::from_str(line).expect("one object a line")).collect()
}

#[test]
fn each_address_of_a_list_gets_a_mail_of_its_own() {
    let (home, server) = (Home::new(), Server::start());
    let list = home.file("list", "# friends\nBob <bob@sandbox.test>\n\nada@sandbox.test\r\n");
    let options = ["--to-file", &list, "--each", "--subject", "S", "--body", "Hi", "--results", "r.jsonl", "--json"];
    let json = server.send(&home, &options).expect(0).json();
    assert_eq!((json["outcome"].as_str(), json["mails"]["sent"].as_u64()), (Some("sent"), Some(2)), "{json}");
    for (user, to) in [("bob", "To: Bob <bob@sandbox.test>"), ("ada", "To: ada@sandbox.test")] {
        let mails = server.mails(user);
        assert_eq!(mails.len(), 1);
        assert!(mails[0].contains(to), "{}", mails[0]);
    }
    let results = lines(&home, "r.jsonl");
    let ids: Vec<_> = results.iter().map(|line| line["message_id"].as_str().expect("it has one")).collect();
    assert_ne!(ids[0], ids[1]);
    assert_eq!(results[1]["recipients"][0]["address"], "ada@sandbox.test");
    assert_eq!((results[0]["index"].as_u64(), results[1]["index"].as_u64()), (Some(1), Some(2)));
}

#[test]
fn a_list_gives_the_envelope_alone_and_comes_from_standard_input_too() {
    let (home, server) = (Home::new(), Server::start());
    let url = format!("smtp://{}", server.sandbox.smtp());
    let call = ["send", &url, "--tls", "none", "--from", "a@b.example", "--to", "team@c.example", "--body", "Hi"];
    let call = [&call[..], &["--envelope-to-file", "-"]].concat();
    home.telepost(&call).input("bob@sandbox.test\nada@sandbox.test\n").run().expect(0);
    assert!(server.mails("bob")[0].contains("To: team@c.example"));
    assert_eq!(server.mails("ada").len(), 1);
}

#[test]
fn each_row_of_a_table_is_a_mail() {
    let (home, server) = (Home::new(), Server::start());
    let table = home.file("people.csv", "mail,name\r\nbob@sandbox.test,\"Lovelace, Bob\"\r\nada@sandbox.test,Åsa\r\n");
    let options = [
        "--csv",
        &table,
        "--to",
        "{{name}} <{{mail}}>",
        "--subject",
        "For {{name}}",
        "--body",
        "Dear {{name}}\n",
        "--header",
        "X-For: {{mail}}",
        "--results",
        "r.jsonl",
    ];
    server.send(&home, &options).expect(0);
    let bob = server.mails("bob").concat();
    for words in ["To: \"Lovelace, Bob\" <bob@sandbox.test>", "Subject: For Lovelace, Bob", "X-For: bob@sandbox.test"] {
        assert!(bob.contains(words), "{words}\n{bob}");
    }
    assert_eq!(server.mails("ada").len(), 1);
    let rows: Vec<_> = lines(&home, "r.jsonl").iter().map(|line| line["row"].as_u64()).collect();
    assert_eq!(rows, [Some(1), Some(2)]);
}

#[test]
fn what_is_wrong_with_any_mail_is_found_before_connecting() {
    let home = Home::new();
    let list = home.file("list", "bob@sandbox.test\nnobody\n");
    let table = home.file("people.csv", "mail,name\nbob@sandbox.test,Bob\nnobody,Eve\n");
    let short = home.file("short.csv", "mail,name\nbob@sandbox.test\n");
    let there = home.file("there", "");
    let mail = ["--to", "bob@sandbox.test"];
    let calls: [(&[&str], &str); 9] = [
        (&["--to-file", &list], "line 2, column"),
        (&["--to", "a@b.example", "--envelope-to-file", &list], "line 2, column"),
        (&["--csv", &table, "--to", "{{mail}}"], "line 3: To"),
        (&["--csv", &short, "--to", "{{mail}}"], "line 2, column 2: the field \"name\" is missing"),
        (&["--csv", &table, "--to", "x@y.example", "--body", "a\n {{nmae}}"], "line 2, column 2: there is no field"),
        (&[&mail[..], &["--results", &there]].concat(), "exists"),
        (&[&mail[..], &["--to-file", "-", "--body-file", "-"]].concat(), "only once"),
        (&[&mail[..], &["--rate", "fast"]].concat(), "N/s"),
        (&[&mail[..], &["--fault", "no-such"]].concat(), "two-dates"),
    ];
    for (options, words) in calls {
        let outcome = home.run(&[&["send", "smtp://127.0.0.1:1", "--from", "a@b.example"], options].concat()).expect(2);
        assert!(outcome.err().contains(words), "{words}\n{outcome:?}");
    }
}

#[test]
fn several_connections_share_the_mails() {
    let (home, server) = (Home::new(), Server::start());
    let options = ["--to", "bob@sandbox.test", "--count", "50", "--connections", "5", "--results", "r.jsonl", "--json"];
    let json = server.send(&home, &options).expect(0).json();
    assert_eq!((json["sent"].as_u64(), json["stages"]["connect"]["count"].as_u64()), (Some(50), Some(5)), "{json}");
    assert_eq!(server.mails("bob").len(), 50);
    let order: Vec<_> = lines(&home, "r.jsonl").iter().map(|line| line["index"].as_u64()).collect();
    assert_eq!(order, (1..=50).map(Some).collect::<Vec<_>>());
}

#[test]
fn a_connection_carries_so_many_mails_and_then_comes_another() {
    let (home, server) = (Home::new(), Server::start());
    let options = ["--to", "bob@sandbox.test", "--count", "7", "--per-connection", "3", "--json"];
    let json = server.send(&home, &options).expect(0).json();
    assert_eq!((json["sent"].as_u64(), json["stages"]["connect"]["count"].as_u64()), (Some(7), Some(3)), "{json}");
    let limited = || Script::smtp().on("EHLO", [say("250-mx.example.test\r\n250 LIMITS MAILMAX=2\r\n")]);
    let server = Scripted::start_many(vec![limited(), limited(), limited()]);
    let call = ["send", &server.smtp_url(), "--from", "a@b.example", "--to", "c@d.example", "--count", "5"];
    home.run(&call).expect(0);
    let heard = server.finish();
    let counts: Vec<_> =
        heard.iter().map(|bytes| String::from_utf8_lossy(bytes).matches("MAIL FROM").count()).collect();
    assert_eq!(counts, [2, 2, 1]);
}

#[test]
fn what_a_lost_connection_left_unsent_goes_over_another() {
    let home = Home::new();
    // The first connection breaks at MAIL; the second takes everything.
    let server = Scripted::start_many(vec![Script::smtp().on("MAIL", [Step::Reset]), Script::smtp()]);
    let call = ["send", &server.smtp_url(), "--from", "a@b.example", "--to", "c@d.example", "--count", "6"];
    let more = ["--connections", "2", "--results", "r.jsonl", "--json"];
    let outcome = home.run(&[&call[..], &more].concat()).expect(0);
    assert_eq!(outcome.json()["mails"]["sent"], 6, "{outcome:?}");
    assert_eq!(server.heard().matches("Message-ID: ").count(), 6, "each once");
    let order: Vec<_> = lines(&home, "r.jsonl").iter().map(|line| line["index"].as_u64()).collect();
    assert_eq!(order, (1..=6).map(Some).collect::<Vec<_>>());
}

#[test]
fn a_mail_whose_fate_is_unknown_is_never_sent_again() {
    let home = Home::new();
    let lost = Script::smtp().on("DATA", [say("354 go on\r\n"), Step::HearBody, Step::Reset]);
    let server = Scripted::start_many(vec![lost, Script::smtp()]);
    let call = ["send", &server.smtp_url(), "--from", "a@b.example", "--to", "c@d.example", "--count", "4"];
    let outcome = home.run(&[&call[..], &["--connections", "2", "--json"]].concat()).expect(4);
    let json = outcome.json();
    assert_eq!((json["outcome"].as_str(), json["mails"]["unknown"].as_u64()), (Some("unknown"), Some(1)), "{json}");
    assert_eq!(json["mails"]["sent"], 3, "{json}");
    assert_eq!(server.heard().matches("Message-ID: ").count(), 4, "each once");
}

#[test]
fn of_many_mails_the_refused_are_told_one_by_one() {
    let (home, server) = (Home::new(), Server::start());
    let list = home.file("list", "bob@sandbox.test\nnobody@sandbox.test\nada@sandbox.test\n");
    let outcome = server.send(&home, &["--to-file", &list, "--each", "--body", "x", "--json"]).expect(3);
    let json = outcome.json();
    assert_eq!((json["outcome"].as_str(), json["mails"]["refused"].as_u64()), (Some("partial"), Some(1)), "{json}");
    assert_eq!(
        (json["failures"][0]["index"].as_u64(), &json["failures"][0]["address"]),
        (Some(2), &"nobody@sandbox.test".into())
    );
    assert!(outcome.err().contains("mail 2, nobody@sandbox.test: 550"), "{outcome:?}");
}

#[test]
fn a_signal_stops_the_hand_out_and_what_is_known_is_told() {
    let home = Home::new();
    let silent = Script::smtp().on("DATA", [say("354 go on\r\n"), Step::HearBody, Step::Silence]);
    let server = Scripted::start(silent);
    let call = ["send", &server.smtp_url(), "--from", "a@b.example", "--to", "c@d.example", "--count", "100"];
    let running = home.telepost(&[&call[..], &["--json"]].concat()).start();
    server.wait_for("\r\n.\r\n");
    running.signal(Signal::INT);
    running.signal(Signal::TERM);
    let outcome = running.finish().expect(130);
    let json = outcome.json();
    assert_eq!((json["outcome"].as_str(), json["mails"]["unknown"].as_u64()), (Some("unknown"), Some(1)), "{json}");
    assert_eq!(json["unsent"], 99, "{json}");
    assert!(outcome.err().contains("99 not sent"), "{outcome:?}");
}

#[test]
fn a_rate_spreads_the_mails() {
    let (home, server) = (Home::new(), Server::start());
    let options = ["--to", "bob@sandbox.test", "--count", "4", "--rate", "20/s", "--connections", "2", "--json"];
    let json = server.send(&home, &options).expect(0).json();
    assert_eq!(json["sent"], 4, "{json}");
    assert!(json["seconds"].as_f64().expect("a number") >= 0.15, "three pauses of 50 ms: {json}");
}

/// The wrong ways to end a mail that some servers fell for.
const ENDINGS: [&str; 10] =
    ["\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r.\r\n", "\r\n.\r", "\n.\r", "\r.\n", "\r\n\0.\r\n", "\r\n.\0\r\n"];

#[test]
fn no_ending_of_a_line_ends_the_mail() {
    let home = Home::new();
    for ending in ENDINGS {
        let body = format!("one{ending}MAIL FROM:<evil@x.example>\r\nRCPT TO:<bob@sandbox.test>\r\nDATA\r\ntwo");
        let raw = format!("Subject: s\r\n\r\n{body}");
        let file = home.file("body", &body);
        let whole = home.file("raw", &raw);
        let of_args = ["--from", "a@b.example", "--to", "bob@sandbox.test"];
        let of_raw = ["--envelope-from", "a@b.example", "--envelope-to", "bob@sandbox.test"];
        let nul = ending.contains('\0');
        let mut calls: Vec<(Vec<&str>, &str)> = vec![
            ([&of_args[..], &["--body-file", &file]].concat(), ""),
            ([&of_args[..], &["--body-file", "-"]].concat(), &body),
            ([&of_raw[..], &["--raw", &whole]].concat(), ""),
            ([&of_raw[..], &["--raw", "-"]].concat(), &raw),
        ];
        if !nul {
            calls.push(([&of_args[..], &["--body", &body]].concat(), ""));
        }
        for (options, input) in calls {
            let server = Scripted::start(Script::smtp());
            let url = server.smtp_url();
            let call = [&["send", &url], &options[..]].concat();
            let outcome = home.telepost(&call).input(input).run();
            let heard = server.heard();
            if outcome.code == Some(2) {
                assert!(nul && !heard.contains("DATA"), "{options:?} {ending:?}\n{outcome:?}");
                continue;
            }
            let outcome = outcome.expect(0);
            let (_, body) = heard.split_once("DATA\r\n").expect("DATA was said");
            let (_, rest) = body.split_once("\r\n.\r\n").expect("the mail was ended");
            assert_eq!(rest, "QUIT\r\n", "{options:?} {ending:?}\n{outcome:?}");
            let clean = body.replace("\r\n", "");
            assert!(!clean.contains(['\r', '\n']), "bare line ends: {body:?}");
        }
    }
}

#[test]
fn no_field_adds_a_header_or_a_recipient() {
    let home = Home::new();
    for bad in ["\r", "\n", "\r\n", "\u{85}", "\u{2028}", "\u{560a}\u{560d}"] {
        let value = format!("x{bad}Bcc: evil@x.example");
        let address = format!("bob@sandbox.test{bad}evil@x.example");
        let name = format!("Bob{bad}evil@x.example <bob@sandbox.test>");
        let header = format!("X-A: {value}");
        let options: [(&str, &str); 12] = [
            ("--from", &address),
            ("--to", &address),
            ("--to", &name),
            ("--cc", &address),
            ("--bcc", &address),
            ("--reply-to", &address),
            ("--subject", &value),
            ("--header", &header),
            ("--envelope-from", &address),
            ("--envelope-to", &address),
            ("--helo", &value),
            ("--body", &value),
        ];
        for (option, value) in options {
            let server = Scripted::start(Script::smtp());
            let url = server.smtp_url();
            let mut call = vec!["send", &url, option, value];
            for (fixed, default) in [("--from", "a@b.example"), ("--to", "bob@sandbox.test")] {
                if option != fixed {
                    call.extend([fixed, default]);
                }
            }
            let outcome = home.run(&call);
            let heard = server.heard();
            let head = heard
                .split_once("DATA\r\n")
                .and_then(|(_, mail)| mail.split_once("\r\n\r\n"))
                .map_or("", |(head, _)| head);
            assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{option} {bad:?}: {heard}");
            assert!(!heard.contains("RCPT TO:<evil@"), "{option} {bad:?}: {heard}");
            assert!(heard.matches("RCPT TO").count() <= 1, "{option} {bad:?}: {heard}");
            let control = bad.contains(char::is_control) && !matches!(option, "--body" | "--helo");
            assert!(!control || (outcome.code == Some(2) && heard.is_empty()), "{option} {bad:?}: {outcome:?}");
        }
    }
}

#[test]
fn the_wrong_endings_of_a_conversation_are_made_on_purpose() {
    let home = Home::new();
    let stages = ["connect", "greeting", "helo", "mail", "rcpt", "data", "body", "dot"];
    for (option, stages) in [("--stop-after", &stages[..6]), ("--drop-after", &stages[..])] {
        for stage in stages {
            let server = Scripted::start(Script::smtp());
            let call = ["send", &server.smtp_url(), "--from", "a@b.example", "--to", "c@d.example", option, stage];
            let outcome = home.run(&[&call[..], &["--body", "one\ntwo", "--json"]].concat()).expect(0);
            let (json, heard) = (outcome.json(), server.heard());
            assert_eq!((json["outcome"].as_str(), json["stage"].as_str()), (Some("stopped"), Some(*stage)), "{json}");
            let quits = option == "--stop-after" && !matches!(*stage, "connect" | "data");
            assert_eq!(heard.ends_with("QUIT\r\n"), quits, "{option} {stage}: {heard}");
            for (verb, from) in [("EHLO", 2), ("MAIL", 3), ("RCPT", 4), ("DATA\r\n", 5)] {
                let reached = stages.iter().position(|one| one == stage).expect("it is one of them") >= from;
                assert_eq!(heard.contains(verb), reached, "{option} {stage}: {heard}");
            }
            assert_eq!(heard.contains("\r\n.\r\n"), *stage == "dot", "{option} {stage}: {heard}");
        }
    }
}

#[test]
fn a_dry_run_prints_what_would_be_sent_and_connects_to_nobody() {
    let home = Home::new();
    let call = ["send", "smtp://127.0.0.1:1", "--from", "a@b.example", "--to", "c@d.example", "--body", ".dot\n"];
    let outcome = home.run(&[&call[..], &["--count", "2", "--dry-run"]].concat()).expect(0);
    let printed = outcome.out();
    assert!(printed.starts_with("MAIL FROM:<a@b.example> SIZE="), "{printed}");
    assert!(printed.contains("RCPT TO:<c@d.example>") && printed.contains("\r\n..dot\r\n.\r\n"), "{printed}");
    assert_eq!(printed.matches("\r\n.\r\n").count(), 2);
}

#[test]
fn faults_are_said_aloud() {
    let (home, server) = (Home::new(), Server::start());
    let outcome = server.send(&home, &["--to", "bob@sandbox.test", "--fault", "oversize,unstuffed"]).expect(0);
    assert!(outcome.err().contains("wrong on purpose: unstuffed, oversize"), "{outcome:?}");
}

#[test]
fn many_mails_go_out_of_the_workbench_beside_its_own_lines() {
    let home = Home::new();
    let mut session = home.open(&["demo"], (120, 40));
    session.wait_for("Compose");
    session.press("^X");
    session.send("gm");
    session.wait_for("How often");
    session.press("^U");
    session.send("50");
    session.press("Down");
    session.press("Down");
    session.press("^U");
    session.send("3");
    session.press("Enter");
    session.wait_for("sent 50 of 50 mails");
    session.wait_for("in as ada");
    session.wait_for("Esc closes, y copies");
    session.press("Esc");
    session.wait_gone("y copies");
    session.press("^X");
    session.send("3");
    session.wait_for("53 msgs");
}

#[test]
fn a_shown_command_connects_to_nothing_and_does_the_same() {
    let (home, server) = (Home::new(), Server::start());
    let call = ["--to", "bob@sandbox.test", "--subject=-x", "--body", "Grüße", "--eight-bit"];
    let shown = server.send(&home, &[&call[..], &["--show-command", "telepost"]].concat()).expect(0).out();
    assert!(server.mails("bob").is_empty(), "nothing was sent");
    let words = shlex::split(&shown.replace(" \\\n", " ")).expect("it is a whole command");
    home.run(&words[1..].iter().map(String::as_str).collect::<Vec<_>>()).expect(0);
    let mails = server.mails("bob");
    assert!(
        mails.len() == 1 && mails[0].contains("Subject: -x\r\n") && mails[0].contains("\r\nGrüße\r\n"),
        "{mails:?}"
    );
    let swaks = server.send(&home, &[&call[..], &["--show-command", "swaks"]].concat()).expect(0).out();
    assert!(
        swaks.replace(" \\\n  ", " ").contains("swaks --server 127.0.0.1") && server.mails("bob").len() == 1,
        "{swaks}"
    );
}
