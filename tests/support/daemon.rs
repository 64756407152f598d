//! A server as a child process: in a process group of its own, ended with all its children when it goes out of scope.

use std::io::{self, Read as _};
use std::net::TcpStream;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use super::wait;

/// Becomes the server, with a guard beside it: when the tests are killed and no destructor runs, the pipe that they
/// hold breaks, and the guard ends the group, in the end by force, as a server that is just starting may miss a signal.
/// The limit spares servers closing a million descriptors that nobody opened.
const GUARD: &str = r#"ulimit -n 1024; exec 3<&0 </dev/null
(trap '' TERM; read -r _; kill -TERM 0; sleep 1; kill -KILL 0) <&3 &
exec 3<&-; exec "$@""#;

/// A running server.
pub struct Daemon {
    child: Child,
    group: Pid,
}

impl Daemon {
    /// Starts a program that stays in the foreground.
    pub fn start(program: &str, arguments: &[&str], log: &Path) -> io::Result<Self> {
        let log = std::fs::File::create(log)?;
        let child = Command::new("sh")
            .args(["-c", GUARD, "sh", program])
            .args(arguments)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let group = Pid::from_child(&child);
        Ok(Self { child, group })
    }

    /// Whether the process is there no more.
    pub fn ended(&self) -> bool {
        let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        !matches!(waitid(WaitId::Pid(self.group), look), Ok(None))
    }

    /// Waits until a greeting that holds `token` is heard on the port. `false`: the server ended, or someone else
    /// has the port.
    pub fn greets(&self, port: u16, token: &str) -> bool {
        let heard = wait::poll(|| {
            if self.ended() {
                return Some(false);
            }
            greeting(port).map(|text| text.contains(token))
        });
        heard == Some(true)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = kill_process_group(self.group, Signal::TERM);
        wait::poll(|| self.ended().then_some(()));
        // The leader is not yet reaped, so the number of the group cannot have gone to someone else.
        let _ = kill_process_group(self.group, Signal::KILL);
        let _ = self.child.wait();
    }
}

/// The first line that the server on the port says.
fn greeting(port: u16) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(wait::DEADLINE)).ok()?;
    let mut line = Vec::new();
    let mut byte = [0];
    while line.last() != Some(&b'\n') && stream.read(&mut byte).ok()? == 1 {
        line.push(byte[0]);
    }
    Some(String::from_utf8_lossy(&line).into_owned())
}

/// Starts a server on a free port, and on another one when someone was quicker. `start` gets the port and a token
/// that the greeting must hold.
pub fn on_free_port<T>(name: &str, mut start: impl FnMut(u16, &str) -> (T, Daemon)) -> (T, Daemon, u16) {
    for _ in 0..5 {
        let port = wait::free_port();
        let token = format!("{name}-{}-{port}", std::process::id());
        let (thing, daemon) = start(port, &token);
        if daemon.greets(port, &token) {
            return (thing, daemon, port);
        }
    }
    panic!("{name} did not start in five attempts")
}
