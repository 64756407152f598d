//! What a run leaves behind is for its owner only, and no core file is part of it.

#[expect(dead_code, reason = "each test file uses its part of the support")]
mod support;

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use support::pty::Session;
use support::scripted::{Script, Scripted, Step, say};
use support::telepost::{Home, PROGRAM};
use support::wait;

const SECRET: &str = "Wunder-land.42";

/// Runs the program, whose name and arguments follow, with core files wanted and no mask on the rights of new files.
const CARELESS: &str = "ulimit -c unlimited 2>/dev/null; umask 000; exec \"$0\" \"$@\"";

#[test]
fn an_aborted_run_leaves_no_core() {
    let server = Scripted::start(Script::pop3("").on("USER", [Step::Silence]));
    let (home, url) = (Home::new(), server.pop3_url());
    let mut command = Command::new("sh");
    command.args(["-c", CARELESS, PROGRAM, "mailbox", "list", &url, "--allow-plain-auth"]);
    command.env_clear().envs(home.environment()).env("TELEPOST_PASSWORD", SECRET).current_dir(home.path(""));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut running = command.spawn().expect("there is a shell");
    let limits = wait::until("the limits of the program", || {
        let process = PathBuf::from(format!("/proc/{}", running.id()));
        let is_program = std::fs::read_to_string(process.join("comm")).is_ok_and(|name| name.trim() == "telepost");
        let limits = std::fs::read_to_string(process.join("limits")).unwrap_or_default();
        (is_program && limits.lines().any(forbids_cores)).then_some(limits)
    });
    assert!(limits.contains("Max core file size"), "{limits}");
    let pid = Pid::from_child(&running);
    kill_process(pid, Signal::ABORT).expect("it runs");
    let status = wait::until("the end of the program", || running.try_wait().expect("it is our child"));
    assert_eq!(status.signal(), Some(6), "{status:?}");
    assert!(!status.core_dumped());
    let left: Vec<PathBuf> = all_below(&home.path("")).into_iter().filter(|path| path.is_file()).collect();
    assert!(left.is_empty(), "{left:?}");
}

/// `Max core file size        0                    0                    bytes`
fn forbids_cores(line: &str) -> bool {
    line.strip_prefix("Max core file size").is_some_and(|limits| limits.split_whitespace().take(2).eq(["0", "0"]))
}

#[test]
fn everything_a_run_makes_is_private_without_any_mask() {
    let script = Script::smtp().on("DATA", [say("354 go\r\n"), Step::HearBody, say("250 queued as 7\r\n")]);
    let server = Scripted::start(script);
    let home = Home::new();
    let config = home.path("config/telepost");
    std::fs::create_dir_all(&config).expect("the home is ours");
    let profile = format!("[profiles.work.smtp]\nurl = \"{}\"\ntls = \"none\"\n", server.smtp_url());
    std::fs::write(config.join("config.toml"), profile).expect("the home is ours");
    let before = all_below(&home.path(""));
    let call = ["-c", CARELESS, PROGRAM, "--profile", "work", "--from", "ada@example.org"];
    let mut session = Session::start(Path::new("/bin/sh"), &call, &home.environment(), (100, 30));
    session.wait_for("Compose");
    session.send("bob@example.org");
    let state = home.path("state/telepost");
    wait::until("the draft", || home.draft());
    wait::until("the name of the profile", || {
        let name = std::fs::read_to_string(state.join("last-profile")).ok()?;
        (name == "work\n").then_some(())
    });
    let made = || all_below(&home.path("")).into_iter().filter(|path| !before.contains(path)).collect::<Vec<_>>();
    let with_draft = made();
    session.press("F5");
    session.wait_for("no subject");
    session.send("s");
    let ending = |wanted: &str| made().iter().any(|path| path.to_string_lossy().ends_with(wanted));
    wait::until("the copy", || (ending(".eml") && ending(".txt")).then_some(()));
    wait::until("the addresses", || ending("addresses.json").then_some(()));
    wait::until("the end of the draft", || home.draft().is_none().then_some(()));
    let made: Vec<PathBuf> = with_draft.into_iter().chain(made()).filter(|path| path.exists()).collect();
    assert!(made.len() >= 10, "{made:?}");
    for path in made {
        let meta = std::fs::metadata(&path).expect("it was just there");
        let wanted = if meta.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(meta.permissions().mode() & 0o777, wanted, "{}", path.display());
    }
}

fn all_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder is ours").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(all_below(&path));
        }
        found.push(path);
    }
    found
}
