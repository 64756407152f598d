//! Downloads and the mailbox subcommands against a real Dovecot: what arrives is what lies there, octet by octet, and
//! only what was fetched is deleted.

#[expect(dead_code, reason = "each test file uses its part of the support")]
mod support;

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use support::certificates::{Certificates, NAME};
use support::dovecot::{PASSWORD, Speaks};
use support::servers::Servers;
use support::telepost::{Home, Outcome};

/// Dovecot with TLS and a few mails for alice that are not easy to keep.
struct Scene {
    servers: Servers,
    certificates: Certificates,
    home: Home,
}

impl Scene {
    fn open() -> Option<Self> {
        let (servers, certificates) = Servers::start_secure(Speaks::Newest)?;
        for (name, mail) in [("1", mail("plain", "body\n")), ("2", mail("dots", ".\n..\n.x\n")), ("3", large())] {
            servers.mail.put("alice", name, &mail);
        }
        let from = "From the start of a line\n>From a quotation\n\nFrom behind a blank line\n";
        servers.mail.put("alice", "4", &mail("from", from));
        let octets: Vec<u8> = (0x80..=0xff).collect();
        servers.mail.put("alice", "5", &[&mail("8 bit", "")[..], &octets, b"\n\n\n"].concat());
        Some(Self { servers, certificates, home: Home::new() })
    }

    fn call(&self, verb: &[&str], more: &[&str]) -> Outcome {
        let (url, ca) = (self.servers.pop3_url("alice"), self.certificates.authority());
        let fixed = [&url, "--ca", &ca, "--tls-name", NAME, "--tls", "require"];
        self.home.telepost(&[verb, &fixed, more].concat()).env("TELEPOST_PASSWORD", PASSWORD).run()
    }

    fn fetch(&self, more: &[&str]) -> Value {
        self.call(&["fetch"], &[more, &["--json"]].concat()).expect(0).json()
    }

    fn there(&self) -> BTreeSet<Vec<u8>> {
        self.servers.mail.messages("alice").into_iter().collect()
    }

    fn listed(&self, more: &[&str]) -> Vec<Value> {
        let report = self.call(&["mailbox", "list"], &[more, &["--json"]].concat()).expect(0).json();
        report["messages"].as_array().expect("a list of messages").clone()
    }
}

fn mail(subject: &str, body: &str) -> Vec<u8> {
    let date = "Sun, 22 Nov 2026 11:31:02 +0000";
    format!("From: eve@example.org\nSubject: {subject}\nDate: {date}\nMessage-ID: <{}@x>\n\n{body}", subject.len())
        .into_bytes()
}

fn large() -> Vec<u8> {
    mail("large", &format!("{}\n", "0123456789".repeat(7)).repeat(20_000))
}

fn numbers(report: &Value) -> [u64; 3] {
    ["fetched", "deleted", "known"].map(|field| report[field].as_u64().expect("a number"))
}

fn files(folder: &Path) -> BTreeSet<Vec<u8>> {
    let entries = std::fs::read_dir(folder).expect("the folder was made").flatten();
    entries.map(|entry| std::fs::read(entry.path()).expect("a mail")).collect()
}

fn without_cr(mail: &[u8]) -> Vec<u8> {
    let next = mail.iter().skip(1).chain([&0]);
    mail.iter().zip(next).filter(|pair| *pair != (&b'\r', &b'\n')).map(|(octet, _)| *octet).collect()
}

/// What a reader of mboxrd finds.
fn in_mbox(path: &Path) -> BTreeSet<Vec<u8>> {
    let mbox = std::fs::read(path).expect("the mbox was made");
    let mut mails: Vec<Vec<u8>> = Vec::new();
    for line in mbox.split_inclusive(|octet| *octet == b'\n') {
        let behind = line.iter().position(|octet| *octet != b'>').unwrap_or(line.len());
        match mails.last_mut() {
            _ if line.starts_with(b"From ") => mails.push(Vec::new()),
            Some(mail) => mail.extend(&line[usize::from(behind > 0 && line[behind..].starts_with(b"From "))..]),
            None => panic!("it does not begin with a From line"),
        }
    }
    mails.iter().map(|mail| mail.strip_suffix(b"\n").expect("a blank line behind each").to_vec()).collect()
}

#[test]
fn every_kind_of_place_gets_the_octets_that_dovecot_holds() {
    let Some(scene) = Scene::open() else { return };
    let there = scene.there();
    assert_eq!(there.len(), 5);
    for to in [["--maildir", "Mail"], ["--mbox", "inbox"], ["--eml", "letters"]] {
        let report = scene.fetch(&to);
        assert_eq!(numbers(&report), [5, 0, 0], "{to:?}");
        assert!(report["tls"]["version"].is_string() || report["tls"].is_object(), "{report}");
        assert_eq!(numbers(&scene.fetch(&[&to[..], &["--new"]].concat())), [0, 0, 5], "{to:?}");
    }
    assert!(files(&scene.home.path("Mail/new")) == there);
    assert!(in_mbox(&scene.home.path("inbox")) == there);
    let letters = files(&scene.home.path("letters"));
    assert!(letters.iter().map(|letter| without_cr(letter)).collect::<BTreeSet<_>>() == there);
    assert!(scene.there() == there, "nothing is deleted that nobody asked for");
}

#[test]
fn what_is_deleted_is_what_this_run_fetched() {
    let Some(scene) = Scene::open() else { return };
    let there = scene.there();
    assert_eq!(numbers(&scene.fetch(&["--maildir", "Mail", "--limit", "2"])), [2, 0, 0]);
    let before: Vec<Value> = scene.listed(&[]).iter().map(|row| row["uidl"].clone()).collect();
    assert_eq!(numbers(&scene.fetch(&["--maildir", "Mail", "--new", "--delete"])), [3, 3, 2]);
    let after: Vec<Value> = scene.listed(&[]).iter().map(|row| row["uidl"].clone()).collect();
    assert_eq!(after, before[..2], "the same messages, by the same unique-ids");
    assert_eq!(numbers(&scene.fetch(&["--eml", "letters", "--delete"])), [2, 2, 0]);
    assert_eq!((scene.there().len(), scene.listed(&[]).len()), (0, 0));
    assert!(files(&scene.home.path("Mail/new")) == there);
}

#[test]
fn the_newest_are_listed_and_a_mail_that_arrives_is_waited_for() {
    let Some(scene) = Scene::open() else { return };
    let all = scene.listed(&[]);
    let newest = scene.listed(&["--limit", "2"]);
    assert!(newest.len() == 2 && newest[0]["uidl"] != newest[1]["uidl"], "{newest:?}");
    assert!(newest.iter().all(|row| all.contains(row)), "{newest:?}");
    assert!(newest.iter().all(|row| row["number"].as_u64() > Some(3)), "{newest:?}");
    let sent = scene.home.file("sent.eml", mail("waited for", "body\n"));
    scene.servers.mail.put("alice", "6", &mail("waited for", "body\n"));
    let wanted = ["--message-id", "<10@x>", "--sent", &sent, "--within", "10", "--every", "1", "--delete", "--json"];
    let report = scene.call(&["mailbox", "wait"], &wanted).expect(0).json();
    assert_eq!(report["exit"], 0, "{report}");
    assert_eq!(scene.listed(&[]).len(), 5, "it is deleted, and it alone");
}
