//! The command line contract, from outside: exit statuses, streams, and that no secret gets anywhere.

#[expect(dead_code, reason = "each test file uses its part of the support")]
mod support;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use support::pty::Session;
use support::scripted::{Script, Scripted, Step};
use support::telepost::{Home, PROGRAM};
use support::wait::free_port;

const SECRET: &str = "Wunder-land.42";
const MAIL: &str = "From: eve@example.org\r\nSubject: Apples\r\n\r\nbody\r\n";
const ADDRESSES: [&str; 8] = ["--from", "a@example.org", "--to", "b@example.org", "--subject", "s", "--body", "b"];

#[test]
fn wrong_calls_end_with_2_and_say_why() {
    let home = Home::new();
    let calls: [&[&str]; 22] = [
        &["send"],
        &["send", "--no-such-option"],
        &["send", "http://127.0.0.1"],
        &["send", "smtp://"],
        &["send", "smtp://127.0.0.1:99999", "--from", "a@example.org", "--to", "b@example.org"],
        &["send", "smtp://127.0.0.1", "--from", "a@example.org", "--to", "b@example.org", "--tls", "maybe"],
        &["send", "pop3://127.0.0.1", "--from", "a@example.org", "--to", "b@example.org"],
        &["mailbox", "list", "smtp://127.0.0.1"],
        &["mailbox", "delete", "pop3://127.0.0.1"],
        &["mailbox", "burn", "pop3://127.0.0.1"],
        &["completions", "no-such-shell"],
        &["mailbox", "show", "pop3://127.0.0.1"],
        &["mailbox", "list", "pop3://127.0.0.1"],
        &["mailbox", "list", "--profile", "no-such-profile"],
        &["send", "smtps://127.0.0.1", "--from", "a@example.org", "--to", "b@example.org", "--tls", "none"],
        &["send", "smtp://127.0.0.1", "--from", "a@example.org", "--to", "b@example.org", "--pin", "sha256:00"],
        &["send", "smtp://127.0.0.1", "--from", "a@example.org", "--to", "b@example.org", "--keylog"],
        &["send", "smtp://127.0.0.1", "--from", "a@example.org", "--to", "b@example.org", "--auth", "PLAIN"],
        &["send", "smtp://127.0.0.1", "--from", "a@example.org", "--to", "b@example.org", "--stop-after", "auth"],
        &["send", "smtp://127.0.0.1", "--from", "a@example.org", "--to", "b@example.org", "--ca", "no-such.pem"],
        &["probe"],
        &["probe", "ada@example.org"],
    ];
    for call in calls {
        let outcome = home.run(call).expect(2);
        assert!(outcome.stdout.is_empty() && !outcome.stderr.is_empty(), "{call:?}: {outcome:?}");
    }
}

#[test]
fn a_wrong_call_that_asks_for_json_gets_it() {
    for call in [&["send", "--no-such-option", "--json"][..], &["mailbox", "list", "--json"], &["probe", "--json"]] {
        let report = Home::new().run(call).expect(2).json();
        assert_eq!((report["outcome"].as_str(), report["exit"].as_u64()), (Some("failed"), Some(2)), "{report}");
        assert!(report["explanation"].as_str().is_some_and(|words| !words.is_empty()), "{report}");
    }
}

#[test]
fn a_password_in_a_url_is_refused_and_not_repeated() {
    let url = format!("smtp://alice:{SECRET}@127.0.0.1:{}", free_port());
    let outcome = Home::new().run(&[&["send", &url], &ADDRESSES[..]].concat()).expect(2);
    assert!(outcome.err().contains("password"), "{outcome:?}");
    assert!(!outcome.all().contains(SECRET), "{outcome:?}");
}

#[test]
fn a_refused_connection_ends_with_9() {
    let url = format!("smtp://127.0.0.1:{}", free_port());
    let report = Home::new().run(&[&["send", &url, "--json"], &ADDRESSES[..]].concat()).expect(9).json();
    assert_eq!((report["outcome"].as_str(), report["stage"].as_str()), (Some("failed"), Some("connect")));
}

#[test]
fn what_needs_no_server_prints_plain_text() {
    let home = Home::new();
    let folder = home.path("").display().to_string();
    let calls: [(&[&str], &str); 7] = [
        (&["--version"], env!("CARGO_PKG_VERSION")),
        (&["--help"], "telepost"),
        (&["send", "--help"], "--from"),
        (&["keys"], "F5"),
        (&["paths"], &folder),
        (&["man"], ".TH"),
        (&["completions", "bash"], "telepost"),
    ];
    for (call, words) in calls {
        let outcome = home.run(call).expect(0);
        assert!(outcome.out().contains(words), "{call:?} should print {words}: {outcome:?}");
        assert!(!outcome.all().contains('\x1b'), "{call:?} prints escape sequences: {outcome:?}");
    }
}

#[test]
fn no_color_holds_on_a_terminal_too() {
    let server = Scripted::start(Script::pop3(MAIL));
    let home = Home::new();
    let mut environment = home.environment();
    environment
        .extend([("NO_COLOR", "1"), ("TELEPOST_PASSWORD", SECRET)].map(|(name, value)| (name.into(), value.into())));
    let url = server.pop3_url();
    let call = ["mailbox", "list", &url, "--allow-plain-auth", "-v"];
    let ended = Session::start(Path::new(PROGRAM), &call, &environment, (100, 30)).finish();
    let text = String::from_utf8(ended.raw).expect("output is text");
    assert_eq!(ended.status, Ok(0), "{text}");
    assert!(text.contains("Apples"), "{text}");
    assert!(!text.contains('\x1b'), "{text:?}");
}

#[test]
fn results_go_to_standard_output_and_the_live_transcript_to_standard_error() {
    let server = Scripted::start(Script::smtp());
    let url = server.smtp_url();
    let outcome = Home::new().run(&[&["send", &url, "-v", "--json"], &ADDRESSES[..]].concat()).expect(0);
    assert_eq!(outcome.json()["queue_id"], "6AB5150038");
    let err = outcome.err();
    for words in ["220 mx.example.test ESMTP", "MAIL FROM:<a@example.org>", "354 go on", "221 bye"] {
        assert!(err.contains(words), "{words} is missing in\n{err}");
        assert!(!outcome.out().contains(words), "{words} is in {}", outcome.out());
    }
    assert!(err.contains(" -> ") && err.contains("<- "), "{err}");
}

#[test]
fn transcripts_are_written_without_the_password_and_for_their_owner_only() {
    for ending in ["txt", "jsonl", "md"] {
        let server = Scripted::start(Script::pop3(MAIL));
        let (home, url) = (Home::new(), server.pop3_url());
        let file = home.path(&format!("t.{ending}"));
        let name = file.display().to_string();
        let call = home.telepost(&["mailbox", "list", &url, "--allow-plain-auth", "--transcript", &name, "-v"]);
        let outcome = call.env("TELEPOST_PASSWORD", SECRET).run().expect(0);
        let heard = server.heard();
        assert!(heard.contains(&format!("PASS {SECRET}\r\n")), "{heard}");
        let written = std::fs::read_to_string(&file).expect("the transcript was written");
        assert!(written.contains("+OK ready") && written.contains("PASS"), "{ending}: {written}");
        assert!(!(written.clone() + &outcome.all()).contains(SECRET), "{ending}: {written}\n{outcome:?}");
        assert_eq!(std::fs::metadata(&file).expect("just read").permissions().mode() & 0o777, 0o600, "{ending}");
        if ending == "jsonl" {
            assert!(written.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()), "{written}");
        }
    }
}

/// A mailbox of 30 messages that answers questions about the last two, with these capabilities.
fn mailbox_of_30(capabilities: &str) -> Script {
    let head = |number: u32| format!("+OK\r\nFrom: eve@example.org\r\nSubject: Apple {number}\r\n\r\n.\r\n");
    [29, 30].into_iter().fold(
        Script::pop3(MAIL)
            .on("CAPA", [support::scripted::say(format!("+OK\r\nUSER\r\n{capabilities}.\r\n"))])
            .on("STAT", [support::scripted::say("+OK 30 6000\r\n")]),
        |script, number| {
            script
                .on(&format!("LIST {number}"), [support::scripted::say(format!("+OK {number} {number}00\r\n"))])
                .on(&format!("UIDL {number}"), [support::scripted::say(format!("+OK {number} id-{number}\r\n"))])
                .on(&format!("TOP {number} 0"), [support::scripted::say(head(number))])
        },
    )
}

/// Lists the newest two; what was printed, and what the server heard behind STAT.
fn newest_two(script: Script, options: &[&str]) -> (String, String) {
    let server = Scripted::start(script);
    let (home, url) = (Home::new(), server.pop3_url());
    let fixed = ["mailbox", "list", &url, "--allow-plain-auth", "--limit", "2"];
    let call = home.telepost(&[&fixed, options].concat()).env("TELEPOST_PASSWORD", SECRET);
    let printed = call.run().expect(0).out();
    let heard = server.heard();
    (printed, heard.split_once("STAT\r\n").expect("STAT was asked").1.to_owned())
}

#[test]
fn of_the_newest_messages_only_is_anything_asked() {
    let full = ["29\tid-29\t2900\t-\teve@example.org\tApple 29\n", "30\tid-30\t3000\t-\teve@example.org\tApple 30\n"];
    let asked = "LIST 29\r\nUIDL 29\r\nTOP 29 0\r\nLIST 30\r\nUIDL 30\r\nTOP 30 0\r\nQUIT\r\n";
    for capabilities in ["UIDL\r\nTOP\r\nPIPELINING\r\n", "UIDL\r\nTOP\r\n"] {
        let (printed, heard) = newest_two(mailbox_of_30(capabilities), &[]);
        assert_eq!((printed.as_str(), heard.as_str()), (full.concat().as_str(), asked), "{capabilities}");
    }
    let (printed, heard) = newest_two(mailbox_of_30("UIDL\r\nTOP\r\n"), &["--no-headers"]);
    assert_eq!(printed, "29\tid-29\t2900\n30\tid-30\t3000\n");
    assert!(!heard.contains("TOP"), "{heard}");
    let (printed, _) = newest_two(mailbox_of_30("UIDL\r\nTOP\r\n"), &["--json"]);
    let list: serde_json::Value = serde_json::from_str(&printed).expect("one object");
    assert_eq!((list["count"].as_u64(), list["exit"].as_u64()), (Some(2), Some(0)), "{list}");
    assert_eq!(list["messages"][1]["subject"], "Apple 30");
}

#[test]
fn a_list_does_without_what_the_server_has_not() {
    let no = || [support::scripted::say("-ERR what?\r\n")];
    let unknowing = || mailbox_of_30("").on("CAPA", no());
    for (script, printed, unasked) in [
        (mailbox_of_30("UIDL\r\n"), "29\tid-29\t2900\n30\tid-30\t3000\n", "TOP"),
        (mailbox_of_30("TOP\r\n"), "29\t-\t2900\t-\teve@example.org\tApple 29\n", "UIDL"),
        (unknowing().on("UIDL", no()).on("TOP", no()), "29\t-\t2900\n30\t-\t3000\n", "RETR"),
        (mailbox_of_30("UIDL\r\nTOP\r\n").on("LIST 29", no()), "30\tid-30\t3000\t", "RETR"),
    ] {
        let (rows, heard) = newest_two(script, &[]);
        assert!(rows.starts_with(printed), "{rows} for {heard}");
        assert!(!heard.contains(unasked), "{heard}");
    }
    let server = Scripted::start(mailbox_of_30("UIDL\r\n").on("LIST", no()));
    let (home, url) = (Home::new(), server.pop3_url());
    let call = home.telepost(&["mailbox", "list", &url, "--allow-plain-auth", "--limit", "2"]);
    let outcome = call.env("TELEPOST_PASSWORD", SECRET).run().expect(5);
    assert!(outcome.err().contains("-ERR what? to LIST 30"), "{outcome:?}");
}

#[test]
fn the_password_is_not_visible_while_the_program_runs() {
    let home = Home::new();
    let file = home.file("secret", format!("{SECRET}\n"));
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("the file is ours");
    let command = format!("cat {file}");
    for source in [["--password-file", &file], ["--password-command", &command]] {
        let server = Scripted::start(Script::pop3(MAIL).on("PASS", [Step::Silence]));
        let url = server.pop3_url();
        let fixed = ["mailbox", "list", &url, "--allow-plain-auth"];
        let running = home.telepost(&[&fixed, &source[..]].concat()).start();
        server.wait_for(&format!("PASS {SECRET}\r\n"));
        assert!(!running.visible().contains(SECRET), "{}", running.visible());
    }
}

#[test]
fn without_permission_not_even_the_user_name_is_sent_in_clear() {
    let home = Home::new();
    let pop3 = Scripted::start(Script::pop3(MAIL));
    home.telepost(&["mailbox", "list", &pop3.pop3_url()]).env("TELEPOST_PASSWORD", SECRET).run().expect(7);
    let heard = pop3.heard();
    assert!(!heard.contains("USER") && !heard.contains("alice"), "{heard}");

    let offers = Script::smtp().on("EHLO", [support::scripted::say("250-mx\r\n250 AUTH PLAIN LOGIN\r\n")]);
    let smtp = Scripted::start(offers);
    let url = smtp.smtp_url();
    let call = home.telepost(&[&["send", &url, "--user", "alice"], &ADDRESSES[..]].concat());
    call.env("TELEPOST_PASSWORD", SECRET).run().expect(7);
    let heard = smtp.heard();
    assert!(!heard.contains("AUTH") && !heard.contains("alice") && !heard.contains("MAIL"), "{heard}");
}

#[test]
fn a_sign_in_that_is_not_offered_is_not_left_out() {
    let server = Scripted::start(Script::smtp());
    let url = server.smtp_url();
    let fixed = ["send", &url, "--user", "alice", "--allow-plain-auth"];
    let home = Home::new();
    let call = home.telepost(&[&fixed, &ADDRESSES[..]].concat()).env("TELEPOST_PASSWORD", SECRET);
    call.run().expect(7);
    let heard = server.heard();
    assert!(!heard.contains("MAIL"), "{heard}");
}

#[test]
fn tls_that_is_required_and_not_offered_ends_with_8_before_the_mail() {
    let server = Scripted::start(Script::smtp());
    let url = server.smtp_url();
    let call = [&["send", &url, "--tls", "require", "--json"], &ADDRESSES[..]].concat();
    let report = Home::new().run(&call).expect(8).json();
    assert_eq!((report["outcome"].as_str(), report["stage"].as_str()), (Some("failed"), Some("tls")));
    assert!(report["auth"].is_null() && report["advice"].as_str().is_some_and(|advice| !advice.is_empty()));
    let heard = server.heard();
    assert!(!heard.contains("MAIL") && heard.contains("QUIT"), "{heard}");
}

#[test]
fn a_probe_tells_what_is_offered_and_sends_nothing() {
    let offers = Script::smtp().on("EHLO", [support::scripted::say("250-mx\r\n250-SIZE 1000\r\n250 AUTH PLAIN\r\n")]);
    let server = Scripted::start(offers);
    let url = server.smtp_url();
    let report = Home::new().run(&["probe", &url, "--json"]).expect(0).json();
    let found = &report["servers"][0];
    assert_eq!(found["sign_in"]["clear"], serde_json::json!(["PLAIN"]));
    assert!(found["warnings"][0].as_str().is_some_and(|warning| warning.contains("PLAIN without TLS")), "{found}");
    assert!(found["timings"]["connect"].is_number() && found["tls"].is_null(), "{found}");
    let heard = server.heard();
    assert!(!heard.contains("MAIL") && !heard.contains("AUTH") && heard.contains("QUIT"), "{heard}");
}

#[test]
fn a_probe_goes_on_behind_a_server_that_cannot_be_reached() {
    let server = Scripted::start(Script::pop3(MAIL));
    let (closed, open) = (format!("smtp://127.0.0.1:{}", free_port()), server.pop3_url());
    let outcome = Home::new().run(&["probe", &closed, &open]).expect(9);
    let text = outcome.out();
    assert!(text.contains("failed") && text.contains("in clear: USER"), "{text}");
    let heard = server.heard();
    assert!(!heard.contains("USER "), "{heard}");
}

/// The URL for a profile, which has the user under a key of its own.
fn nobody_at(server: &Scripted) -> String {
    let url = server.pop3_url();
    format!("pop3://{}", url.rsplit(['@', '/']).next().expect("there is a host"))
}

#[test]
fn a_probe_looks_at_the_servers_of_a_profile() {
    let server = Scripted::start(Script::pop3(MAIL));
    let home = Home::new();
    std::fs::create_dir_all(home.path("config/telepost")).expect("the home is ours");
    home.file("config/telepost/config.toml", format!("[profiles.work.pop3]\nurl = \"{}\"\n", nobody_at(&server)));
    let report = home.run(&["probe", "--profile", "work", "--json"]).expect(0).json();
    assert_eq!(report["servers"].as_array().map(Vec::len), Some(1), "{report}");
    home.run(&["probe", "--profile", "wrok"]).expect(2);
}

#[test]
fn the_password_command_of_a_profile_may_ask() {
    let server = Scripted::start(Script::pop3(MAIL));
    let home = Home::new();
    std::fs::create_dir_all(home.path("config/telepost")).expect("the home is ours");
    let profile = format!(
        "[profiles.work]\npassword-command = \"read -r typed; echo $typed\"\nallow-plain-auth = true\n\
         [profiles.work.pop3]\nurl = \"{}\"\nuser = \"ada\"\n",
        nobody_at(&server)
    );
    let file = home.file("config/telepost/config.toml", profile);
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).expect("the file is ours");
    let call = home.telepost(&["mailbox", "list", "--profile", "work", "--no-headers"]);
    call.input(format!("{SECRET}\n")).run().expect(0);
    assert!(server.heard().contains(&format!("PASS {SECRET}")));
}

#[test]
fn a_mailbox_that_does_not_open_is_told_with_the_line() {
    let server = Scripted::start(Script::pop3(MAIL));
    let call = ["mailbox", "list", &server.pop3_url(), "--user", "ada", "--tls", "require", "--json"];
    let home = Home::new();
    let report = home.telepost(&call).env("TELEPOST_PASSWORD", SECRET).run().expect(8).json();
    let fields = report.as_object().expect("an object");
    for field in ["outcome", "exit", "explanation", "advice", "tls", "auth"] {
        assert!(fields.contains_key(field), "{field}: {report}");
    }
}

/// `{"status":"401"}`: what XOAUTH2 says of a token that is expired.
const EXPIRED: &str = "eyJzdGF0dXMiOiI0MDEifQ==";

#[test]
fn an_expired_access_token_is_fetched_once_more_and_only_once() {
    let refusal = [
        support::scripted::say(format!("334 {EXPIRED}\r\n")),
        Step::HearOctets(2),
        support::scripted::say("535 5.7.8 no\r\n"),
    ];
    let offers =
        Script::smtp().on("EHLO", [support::scripted::say("250-mx\r\n250 AUTH XOAUTH2\r\n")]).on("AUTH", refusal);
    let server = Scripted::start_many(vec![offers.clone(), offers]);
    let (home, url) = (Home::new(), server.smtp_url());
    let count = home.path("count").display().to_string();
    let command = format!("echo x >> {count}; wc -l < {count}");
    let fixed = ["send", &url, "--user", "ada", "--token", "--password-command", &command, "--allow-plain-auth"];
    let outcome = home.run(&[&fixed, &ADDRESSES[..]].concat()).expect(7);
    assert_eq!(std::fs::read_to_string(&count).expect("the command ran"), "x\nx\n");
    assert!(outcome.err().contains("run once more"), "{outcome:?}");
    for heard in server.finish().iter().map(|heard| String::from_utf8_lossy(heard)) {
        assert!(heard.contains("AUTH XOAUTH2") && heard.ends_with("QUIT\r\n") && !heard.contains("MAIL"), "{heard}");
    }
}

#[test]
fn the_workbench_without_a_terminal_ends_and_writes_no_escapes() {
    let outcome = Home::new().run(&["demo"]);
    assert!(!outcome.all().is_empty(), "not a word: {outcome:?}");
    assert!(!outcome.all().contains('\x1b'), "{outcome:?}");
}
