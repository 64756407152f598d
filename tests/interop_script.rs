//! The scripts of `tests/scripts` against real servers: what reproduces a guide's dialogue on the sandbox does so with
//! Postfix and Dovecot.

#[expect(dead_code, reason = "each test file uses its part of the support")]
mod support;

use std::path::Path;

use serde_json::Value;

use support::dovecot::PASSWORD;
use support::servers::Servers;
use support::telepost::Home;

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
