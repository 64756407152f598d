//! A password from a shell command: the first line that it prints. What the command is, and what it says on standard
//! error, stays out of every message: both may hold a secret.

use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use zeroize::Zeroizing;

use super::{first_line, read_capped};
use crate::wire::Secret;

/// What came of a command: its status, and what it printed or why that cannot be used.
type Outcome = Result<(ExitStatus, Result<Zeroizing<Vec<u8>>, String>), String>;

/// Runs it with the terminal, so that it can ask there.
pub fn run_here(line: &str) -> Result<Secret, String> {
    let child = shell(line).stdin(Stdio::inherit()).stderr(Stdio::inherit()).spawn();
    secret_of(wait(child.map_err(|error| error.to_string())?))
}

/// Runs it without the terminal, as a group of its own that is killed after `patience`.
pub fn run_apart(line: &str, patience: Duration) -> Result<Secret, String> {
    let mut command = shell(line);
    command.stdin(Stdio::null()).stderr(Stdio::null());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let child = command.spawn().map_err(|error| error.to_string())?;
    let group = child.id();
    let (done, outcome) = mpsc::channel();
    std::thread::spawn(move || {
        // Nobody waits for it any more when its time was over.
        let _ = done.send(wait(child));
    });
    if let Ok(outcome) = outcome.recv_timeout(patience) {
        return secret_of(outcome);
    }
    kill(group);
    Err(format!("it took longer than {} seconds and was ended", patience.as_secs_f32()))
}

fn shell(line: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", line]).stdout(Stdio::piped());
    command
}

/// Reads what it prints and waits for its end. One that prints without end loses its pipe and with it its life.
fn wait(mut child: Child) -> Outcome {
    let printed = match child.stdout.take() {
        Some(stdout) => read_capped(stdout),
        None => Err("its output cannot be read".to_owned()),
    };
    let status = child.wait().map_err(|error| error.to_string())?;
    Ok((status, printed))
}

fn secret_of(outcome: Outcome) -> Result<Secret, String> {
    let (status, printed) = outcome?;
    let printed = printed?;
    if !status.success() {
        return Err(format!("it ended with {status}"));
    }
    first_line(&printed).map_err(str::to_owned)
}

#[cfg(unix)]
fn kill(group: u32) {
    use rustix::process::{Pid, Signal, kill_process_group};

    let group = i32::try_from(group).ok().and_then(Pid::from_raw);
    if let Some(group) = group {
        // It may have ended by itself in this moment.
        let _ = kill_process_group(group, Signal::KILL);
    }
}

#[cfg(not(unix))]
fn kill(_group: u32) {}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    #[test]
    fn the_first_line_counts_as_it_is() {
        for run in [run_here, |line: &str| run_apart(line, LONG)] {
            assert_eq!(run("printf 'hunter2\\nuser: ada\\n'").unwrap().expose(), "hunter2");
            assert_eq!(run("printf 'hunter2\\r\\n'").unwrap().expose(), "hunter2");
            assert_eq!(run("printf ' a b '").unwrap().expose(), " a b ");
            for wrong in ["false", "true", "echo", "printf '\\377'", "echo hunter2; exit 3", "kill -9 $$"] {
                assert!(run(wrong).is_err(), "{wrong}");
            }
        }
    }

    #[test]
    fn no_message_repeats_the_command_or_what_it_says() {
        for line in ["hunter2 now", "echo hunter2; exit 1", "echo hunter2 >&2; exit 1", "cat /no/hunter2"] {
            let error = run_apart(line, LONG).unwrap_err();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn it_finds_nothing_on_standard_input() {
        assert_eq!(run_apart("cat; echo hunter2", LONG).unwrap().expose(), "hunter2");
    }

    #[test]
    fn output_without_end_is_cut_and_refused() {
        assert!(run_apart("yes hunter2", LONG).unwrap_err().contains("64 KiB"));
    }

    #[cfg(unix)]
    #[test]
    fn one_that_takes_too_long_is_ended_with_all_it_started() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("pid");
        let started = Instant::now();
        let line = format!("sleep 600 & echo $! > {}; wait", file.display());
        let error = run_apart(&line, Duration::from_millis(300)).unwrap_err();
        assert!(error.contains("longer than"), "{error}");
        assert!(started.elapsed() < LONG);
        let pid = std::fs::read_to_string(&file).unwrap();
        let pid = rustix::process::Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
        let ended = || {
            let state = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
            !cfg!(target_os = "linux") || state.is_empty() || state.contains(") Z")
        };
        while !ended() {
            assert!(started.elapsed() < LONG, "the command's child lives on");
            std::thread::yield_now();
        }
    }
}
