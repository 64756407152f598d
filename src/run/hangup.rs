//! Notices that the terminal is gone.
//!
//! The event reader of the terminal library never reports it, and SIGHUP goes to the session leader only, which may
//! live on. So a thread sleeps in `poll` for a hang-up and for nothing else; it ends with the process.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use tokio::sync::oneshot;

/// How long the loop has to save the draft and end once the terminal is gone.
const GRACE: Duration = Duration::from_secs(5);

/// Answers once the terminal that input comes from is gone.
pub fn watch() -> io::Result<oneshot::Receiver<()>> {
    let terminal = input()?;
    let (sender, receiver) = oneshot::channel();
    std::thread::Builder::new().name("hangup".to_owned()).spawn(move || {
        wait(&terminal);
        // The loop may have ended already.
        let _ = sender.send(());
        // The event reader may hold the loop all the same: nothing may spin for ever behind a closed window.
        std::thread::sleep(GRACE);
        std::process::exit(128 + rustix::process::Signal::HUP.as_raw());
    })?;
    Ok(receiver)
}

/// Whether it is gone already. The event reader must not be started again then: it would never let go.
pub fn is_gone() -> bool {
    // A terminal that hung up does not even count as one any more.
    input().map_or(true, |terminal| is_hung_up(&terminal))
}

fn is_hung_up(terminal: &OwnedFd) -> bool {
    let mut watched = [PollFd::new(terminal, PollFlags::empty())];
    let at_once = rustix::event::Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut watched, Some(&at_once)).is_ok() && !watched[0].revents().is_empty()
}

/// Standard input when it is a terminal, else the controlling terminal: where the events come from too.
fn input() -> io::Result<OwnedFd> {
    let stdin = io::stdin();
    if stdin.is_terminal() { stdin.as_fd().try_clone_to_owned() } else { Ok(File::open("/dev/tty")?.into()) }
}

/// Hang-ups and errors are reported without being asked for.
fn wait(terminal: &OwnedFd) {
    loop {
        let mut watched = [PollFd::new(terminal, PollFlags::empty())];
        match poll(&mut watched, None) {
            Ok(_) if watched[0].revents().is_empty() => {}
            Err(rustix::io::Errno::INTR) => {}
            _ => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn input_wakes_nobody_and_the_end_does() {
        let pty = portable_pty::native_pty_system().openpty(portable_pty::PtySize::default()).unwrap();
        let name = pty.master.tty_name().unwrap();
        let terminal: OwnedFd = File::open(name).unwrap().into();
        let second = terminal.try_clone().unwrap();
        assert!(!is_hung_up(&second));
        let (sender, receiver) = std::sync::mpsc::channel();
        let waiting = std::thread::spawn(move || {
            wait(&terminal);
            sender.send(()).unwrap();
        });
        let mut writer = pty.master.take_writer().unwrap();
        writer.write_all(b"typed\n").unwrap();
        assert!(receiver.try_recv().is_err());
        drop((writer, pty));
        receiver.recv_timeout(std::time::Duration::from_secs(5)).unwrap();
        waiting.join().unwrap();
        assert!(is_hung_up(&second));
    }
}
