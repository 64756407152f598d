//! `telepost fetch --delete` ended by SIGKILL at single system calls, or told by them that the disk fails: each message
//! is on the server or complete on disk under a final name, and the next run brings the rest.
//!
//! It wants `strace`, which ends the program where the test says.

#[expect(dead_code, reason = "each test file uses its part of the support")]
mod support;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use support::telepost::{Home, PROGRAM};
use telepost::sandbox::{Options, PASSWORD, Sandbox};
use tokio::runtime::Runtime;

const KINDS: [(&str, &str); 3] = [("--maildir", "Mail"), ("--mbox", "inbox"), ("--eml", "letters")];
/// Mails in each mailbox.
const MAILS: usize = 3;

/// Whether there is a `strace` that may trace; says why not.
fn can_trace() -> bool {
    let probe = Command::new("strace").args(["-o", "/dev/null", "true"]).stdin(Stdio::null()).output();
    if probe.as_ref().is_ok_and(|probe| probe.status.success()) {
        return true;
    }
    let promised = std::env::var("CI").as_deref() == Ok("true");
    assert!(probe.is_ok() || !promised, "CI=true, but strace is not installed");
    // Written to the stream itself: what `eprintln!` writes is hidden when a test passes.
    let _ = writeln!(std::io::stderr(), "skipped: strace is not installed, or may not trace");
    false
}

/// A server whose only mails are bob's, and the folder of the program that fetches them.
struct Scene {
    home: Home,
    sandbox: Sandbox,
    to: (&'static str, &'static str),
    _runtime: Runtime,
}

impl Scene {
    fn new(to: (&'static str, &'static str)) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let options = Options { samples: false, ..Options::default() };
        let sandbox = runtime.block_on(Sandbox::start(options)).expect("free ports on loopback");
        let scene = Self { home: Home::new(), sandbox, to, _runtime: runtime };
        let url = format!("smtp://{}", scene.sandbox.smtp());
        // The second does not fit into what is buffered.
        for lines in [1, 1_700, 20] {
            let body = format!("From here\n.dot\n{}", format!("{}\n", "x".repeat(70)).repeat(lines));
            let to = ["--from", "eve@example.org", "--to", "bob@sandbox.test", "--subject", "Pears", "--body", &body];
            scene.home.run(&[&["send", &url, "--tls", "none"], &to[..]].concat()).expect(0);
        }
        scene
    }

    fn call(&self, more: &[&str]) -> Vec<String> {
        let (option, place) = self.to;
        let url = format!("pop3://bob@{}", self.sandbox.pop3());
        let fixed = ["fetch", &url, "--tls", "none", "--allow-plain-auth", "--delete", option, place];
        [&fixed, more].concat().into_iter().map(str::to_owned).collect()
    }

    /// Fetches, and lets `strace` put this into the way. Whether the program came to its end all the same.
    fn fetch_with(&self, call: &str, injected: &str) -> bool {
        let (trace, inject) = (format!("trace={call}"), format!("inject={call}:{injected}"));
        let mut command = Command::new("strace");
        command.args(["-f", "-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject, PROGRAM]).args(self.call(&[]));
        command.env_clear().envs(self.home.environment()).env("TELEPOST_PASSWORD", PASSWORD);
        command.current_dir(self.home.path("")).stdin(Stdio::null());
        command.output().expect("strace was there a moment ago").status.success()
    }

    fn fetch(&self) {
        let call = self.call(&["--new"]);
        let call: Vec<&str> = call.iter().map(String::as_str).collect();
        // A server that lost its client frees the mailbox when it notices.
        let done = || {
            let outcome = self.home.telepost(&call).env("TELEPOST_PASSWORD", PASSWORD).run();
            let busy = outcome.code != Some(0) && outcome.err().contains("IN-USE");
            (!busy).then_some(outcome)
        };
        support::wait::until("the mailbox to be free", || done().map(|outcome| outcome.expect(0)));
    }

    /// What is on the server, as it would lie on this disk.
    fn on_server(&self) -> Vec<String> {
        let letters = self.sandbox.mailbox("bob");
        letters.iter().map(|letter| String::from_utf8_lossy(&letter.to_vec()).replace("\r\n", "\n")).collect()
    }

    /// What is on disk under final names. In an mbox a torso counts as one until the next run cuts it off.
    fn on_disk(&self) -> Vec<String> {
        let path = self.home.path(self.to.1);
        match self.to.0 {
            "--mbox" => messages_of(&std::fs::read_to_string(path).unwrap_or_default()),
            "--maildir" => ["new", "cur"].iter().flat_map(|part| files(&path.join(part))).collect(),
            _ => files(&path),
        }
    }
}

fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let shown = entries.filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'));
    shown.map(|entry| std::fs::read_to_string(entry.path()).expect("a mail").replace("\r\n", "\n")).collect()
}

/// What a reader of mboxrd finds.
fn messages_of(mbox: &str) -> Vec<String> {
    let unquoted = |line: &str| line.strip_prefix('>').filter(|rest| rest.starts_with("From ")).map(str::to_owned);
    let mut messages: Vec<String> = Vec::new();
    for line in mbox.split_inclusive('\n') {
        match messages.last_mut() {
            _ if line.starts_with("From ") => messages.push(String::new()),
            Some(last) => last.push_str(&unquoted(line).unwrap_or_else(|| line.to_owned())),
            None => panic!("it does not begin with a From line: {line:?}"),
        }
    }
    // The blank line behind each.
    messages.iter().map(|message| message.strip_suffix('\n').unwrap_or(message).to_owned()).collect()
}

fn counted(mails: Vec<String>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for mail in mails {
        *counts.entry(mail).or_default() += 1;
    }
    counts
}

/// One run that is disturbed, and one behind it. Whether the first came to its end all the same.
fn disturbed(to: (&'static str, &'static str), call: &str, injected: &str) -> bool {
    let scene = Scene::new(to);
    let all = scene.on_server();
    assert_eq!(all.len(), MAILS);
    let ended = scene.fetch_with(call, injected);
    let (server, disk) = (scene.on_server(), scene.on_disk());
    let told = format!("{} {call} {injected}", to.0);
    for mail in &all {
        assert!(server.contains(mail) || disk.contains(mail), "{told}: a message is lost");
    }
    let torsos = disk.iter().filter(|mail| !all.contains(mail)).count();
    assert!(torsos == 0 || to.0 == "--mbox" && torsos == 1, "{told}: {torsos} are not whole under their final names");
    scene.fetch();
    let found = counted(scene.on_disk());
    assert!(found.keys().eq(counted(all).keys()), "{told}: {} messages in the end", found.len());
    // A crash between an mbox and its journal may cost a second copy, and never more.
    let most = if to.0 == "--mbox" { 2 } else { 1 };
    assert!(found.values().all(|copies| *copies <= most), "{told}: {:?}", found.into_values().collect::<Vec<_>>());
    for left in ["Mail/tmp", "letters"] {
        let entries = std::fs::read_dir(scene.home.path(left)).into_iter().flatten().flatten();
        let rubbish = |name: &String| left == "Mail/tmp" || name.starts_with('.');
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        assert_eq!(names.filter(rubbish).collect::<Vec<_>>(), Vec::<String>::new(), "{told}");
    }
    ended
}

/// All kinds of places at the same time.
fn for_each_kind(test: impl Fn((&'static str, &'static str)) + std::marker::Sync) {
    std::thread::scope(|scope| {
        let test = &test;
        for kind in KINDS {
            scope.spawn(move || test(kind));
        }
    });
}

#[test]
fn killed_at_any_system_call_that_touches_the_disk() {
    if !can_trace() {
        return;
    }
    for_each_kind(|kind| {
        for (call, first, most) in [("write", 3, 16), ("fsync", 1, 4), ("fdatasync", 1, 5), ("renameat2", 1, 4)] {
            for nth in first..=most {
                if disturbed(kind, call, &format!("signal=KILL:when={nth}")) {
                    assert!(nth > first || call == "renameat2" && kind.0 == "--mbox", "{} {call}: none", kind.0);
                    break;
                }
            }
        }
    });
}

#[test]
fn a_disk_that_fails_loses_nothing_and_deletes_nothing_that_is_not_safe() {
    if !can_trace() {
        return;
    }
    for_each_kind(|kind| {
        for (call, injected) in [
            ("write", "error=ENOSPC:when=8+"),
            ("write", "error=ENOSPC:when=4"),
            ("fsync", "error=EIO:when=2+"),
            ("fdatasync", "error=EIO:when=2+"),
            ("renameat2", "error=EIO:when=2+"),
            ("openat", "error=EROFS:when=40+"),
        ] {
            disturbed(kind, call, injected);
        }
    });
}

/// Whether a line with both `then` comes behind the last one with all of `what`.
fn follows(trace: &[&str], what: [&str; 2], then: [&str; 2]) -> bool {
    let has = |line: &&str, words: [&str; 2]| words.iter().all(|word| line.contains(word));
    let last = trace.iter().rposition(|line| has(line, what)).expect("it is done at all");
    trace[last + 1..].iter().any(|line| has(line, then))
}

#[test]
fn the_disk_has_all_of_it_before_the_server_hears_dele() {
    if !can_trace() {
        return;
    }
    for_each_kind(|kind| {
        let scene = Scene::new(kind);
        let log = scene.home.path("trace");
        let mut command = Command::new("strace");
        command.args([
            "-f",
            "-y",
            "-s",
            "99",
            "-e",
            "trace=fsync,fdatasync,renameat2,write,writev,sendto,sendmsg",
            "-o",
        ]);
        command.arg(&log).arg(PROGRAM).args(scene.call(&[]));
        command.env_clear().envs(scene.home.environment()).env("TELEPOST_PASSWORD", PASSWORD);
        let outcome = command.current_dir(scene.home.path("")).output().expect("strace was there a moment ago");
        assert!(outcome.status.success(), "{outcome:?}");
        let trace = std::fs::read_to_string(log).expect("strace wrote it");
        let before = trace.split_once("\"DELE 1\\r\\n").expect("it deletes").0;
        let lines: Vec<&str> = before.lines().collect();
        assert!(follows(&lines, ["write(", ".journal>"], ["fdatasync(", ".journal>"]), "{before}");
        let (aside, place) = match kind.0 {
            "--mbox" => {
                assert!(follows(&lines, ["write(", "/inbox>"], ["fdatasync(", "/inbox>"]), "{before}");
                return;
            }
            "--maildir" => ("/Mail/tmp", "/Mail/new>"),
            _ => ("/letters", "/letters>"),
        };
        assert!(follows(&lines, ["renameat2(", place], ["fsync(", place]), "{before}");
        let first = lines.iter().position(|line| line.contains("renameat2(")).expect("they get their names");
        let names = lines.iter().filter(|line| line.contains("renameat2(")).filter_map(|line| line.split('"').nth(1));
        for name in names {
            let synced = |line: &&str| line.contains("fsync(") && line.contains(&format!("{aside}/{name}>"));
            assert!(lines[..first].iter().any(synced), "{name} is not on the disk\n{before}");
        }
    });
}
