//! Many mails and large ones to Postfix.

use std::collections::BTreeSet;
use std::process::Command;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rustix::process::Signal;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::header;
use super::support::judge::judged;
use super::support::mailboxes::Mailboxes;
use super::support::postfix::Postfix;
use super::support::servers::Servers;
use super::support::telepost::{Home, PROGRAM};
use super::support::wait;

/// A Postfix that takes mail from anybody. It ends before its folder goes away.
struct Open {
    smtp: Postfix,
    mail: Mailboxes,
    home: Home,
}

impl Open {
    fn start() -> Option<Self> {
        if !Servers::can_start() {
            return None;
        }
        let mail = Mailboxes::new();
        Some(Self { smtp: Postfix::start_open(&mail), mail, home: Home::new() })
    }

    fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.smtp.port)
    }

    /// The Message-IDs of all mails that arrived, sorted; a mail that arrived twice is there twice.
    fn delivered(&self) -> Vec<String> {
        let mails = [self.mail.messages("alice"), self.mail.messages("bob")].concat();
        let id = |mail: &Vec<u8>| {
            let mail = String::from_utf8_lossy(mail).into_owned();
            header(&mail, "Message-ID").expect("each has one").trim_matches(['<', '>']).to_owned()
        };
        let mut ids: Vec<String> = mails.iter().map(id).collect();
        ids.sort();
        ids
    }
}

/// A table with so many rows, for alice and bob in turn.
fn table(rows: usize) -> String {
    let user = |row: usize| if row.is_multiple_of(2) { "alice" } else { "bob" };
    let rows: Vec<String> = (0..rows).map(|row| format!("{}@example.test,\"Nr. {row}\"\r\n", user(row))).collect();
    let rows = rows.concat();
    "mail,name\r\n".to_owned() + &rows
}

const OF_A_ROW: [&str; 8] = [
    "--from",
    "eve@example.org",
    "--to",
    "{{name}} <{{mail}}>",
    "--subject",
    "For {{name}}",
    "--body",
    "Dear {{name}}\n",
];

/// The Message-IDs of the results with this outcome, sorted.
fn told(home: &Home, outcome: &str) -> Vec<String> {
    let text = std::fs::read_to_string(home.path("r.jsonl")).expect("the results are there");
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("one object a line"));
    let those = lines.filter(|line| line["outcome"] == outcome);
    let id = |line: Value| line["message_id"].as_str().expect("it has one").trim_matches(['<', '>']).to_owned();
    let mut ids: Vec<String> = those.map(id).collect();
    ids.sort();
    ids
}

#[test]
fn two_hundred_rows_over_four_connections_arrive_each_once() {
    let Some(open) = Open::start() else { return };
    let rows = open.home.file("rows.csv", table(200));
    let url = open.url();
    let call = ["send", &url, "--csv", &rows, "--connections", "4", "--results", "r.jsonl", "--json"];
    let json = open.home.run(&[&call[..], &OF_A_ROW].concat()).expect(0).json();
    assert_eq!((json["mails"]["sent"].as_u64(), json["unsent"].as_u64().unwrap_or(0)), (Some(200), 0), "{json}");
    assert_eq!(json["stages"]["connect"]["count"], 4, "{json}");
    for stage in ["connect", "helo", "mail", "dot", "whole"] {
        let times = ["p50", "p90", "p99", "max"].map(|name| json["stages"][stage][name].as_f64().unwrap_or(-1.0));
        assert!(times[0] >= 0.0 && times.is_sorted(), "{stage}: {json}");
    }
    open.mail.wait_for("alice", 100);
    open.mail.wait_for("bob", 100);
    let (delivered, sent) = (open.delivered(), told(&open.home, "sent"));
    assert_eq!(delivered.iter().collect::<BTreeSet<_>>().len(), 200, "no Message-ID twice");
    assert_eq!(delivered, sent);
    let connections = open.smtp.wait_for_connections(4);
    assert_eq!(connections.len(), 4, "{connections:?}");
    let bob = String::from_utf8(open.mail.messages("bob").remove(0)).expect("it is text");
    let name = header(&bob, "Subject").and_then(|subject| subject.strip_prefix("For ")).expect("the name of the row");
    assert!(bob.ends_with(&format!("\n\nDear {name}\n")), "{bob}");
    assert_eq!(header(&bob, "To"), Some(&*format!("\"{name}\" <bob@example.test>")), "{bob}");
}

#[test]
fn a_rate_holds_over_all_connections() {
    let Some(open) = Open::start() else { return };
    let rows = open.home.file("rows.csv", table(12));
    let url = open.url();
    let call = ["send", &url, "--csv", &rows, "--connections", "3", "--rate", "20/s", "--json"];
    let json = open.home.run(&[&call[..], &OF_A_ROW].concat()).expect(0).json();
    let seconds = json["seconds"].as_f64().expect("a number");
    assert!(json["sent"] == 12 && seconds >= 0.54, "eleven pauses of 50 ms: {json}");
    open.mail.wait_for("alice", 6);
    open.mail.wait_for("bob", 6);
}

#[test]
fn after_ctrl_c_exactly_what_is_told_as_sent_has_arrived() {
    let Some(open) = Open::start() else { return };
    let rows = open.home.file("rows.csv", table(4_000));
    let url = open.url();
    let call =
        ["send", &url, "--csv", &rows, "--connections", "4", "--rate", "200/s", "--results", "r.jsonl", "--json"];
    let running = open.home.telepost(&[&call[..], &OF_A_ROW].concat()).start();
    open.mail.wait_for("bob", 10);
    running.signal(Signal::INT);
    let outcome = running.finish().expect(130);
    let sent = told(&open.home, "sent");
    let json = outcome.json();
    assert!(sent.len() >= 20 && sent.len() < 4_000, "{outcome:?}");
    assert_eq!(json["mails"]["sent"].as_u64(), Some(sent.len() as u64), "{outcome:?}");
    assert_eq!(json["unsent"].as_u64(), Some(4_000 - sent.len() as u64), "{outcome:?}");
    assert_eq!(told(&open.home, "unknown"), [""; 0], "who is asked to stop lets what is under way come to its end");
    wait::until("all of them to arrive", || (open.delivered().len() >= sent.len()).then_some(()));
    assert_eq!(open.delivered(), sent);
}

/// Runs what follows, and tells behind it how much memory it took at most, in KiB.
const MEASURE: &str = "
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
";

#[test]
fn a_large_attachment_arrives_whole_by_data_and_by_bdat_in_little_memory() {
    let Some(open) = Open::start() else { return };
    // Octets of no pattern: each block is the hash of its number.
    let octets: Vec<u8> = (0..20_u32 << 15).flat_map(|block| Sha256::digest(block.to_be_bytes())).collect();
    let file = open.home.file("large.bin", &octets);
    let url = open.url();
    for (count, more) in [&["--data"][..], &["--bdat"]].iter().enumerate() {
        let call = ["send", &url, "--from", "eve@example.org", "--to", "bob@example.test", "--attach", &file];
        let measured = Command::new("/usr/bin/python3")
            .args(["-c", MEASURE, PROGRAM])
            .args(call)
            .args(*more)
            .env_clear()
            .envs(open.home.environment())
            .output()
            .expect("Python is there");
        assert!(measured.status.success(), "{}", String::from_utf8_lossy(&measured.stderr));
        let said = String::from_utf8_lossy(&measured.stdout).into_owned();
        let peak: u64 = said.trim().lines().last().and_then(|line| line.parse().ok()).expect("a number");
        assert!(peak < 60 << 10, "{more:?}: {peak} KiB");
        open.mail.wait_for("bob", count + 1);
    }
    let digest = BASE64_STANDARD.encode(Sha256::digest(&octets));
    for (count, mail) in open.mail.messages("bob").iter().enumerate() {
        let path = open.home.file(&format!("{count}.eml"), String::from_utf8_lossy(mail).replace('\n', "\r\n"));
        let seen = judged(&[path.into()]).remove(0);
        assert_eq!((&seen["parts"][1]["sha256"], &seen["defects"]), (&digest.clone().into(), &serde_json::json!([])));
    }
    let connections = open.smtp.wait_for_connections(2);
    assert!(connections[0].contains("data=1") && connections[1].contains("bdat="), "{connections:?}");
}
