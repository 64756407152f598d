//! Signals: who asks to end, to stop, and tells of having been woken.

use std::io;

use rustix::process::{Signal, getpid, kill_process};
use tokio::signal::unix::{Signal as Stream, SignalKind, signal};

/// What a signal wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Save, restore, end; with this number the process dies.
    End(i32),
    /// As Ctrl-Z.
    Stop,
    /// We slept and were woken.
    Woken,
}

/// All the signals this program listens to.
#[derive(Debug)]
pub struct Signals {
    terminate: Stream,
    hangup: Stream,
    interrupt: Stream,
    quit: Stream,
    stop: Stream,
    woken: Stream,
}

impl Signals {
    /// Starts to listen. From here on none of them has its ordinary effect.
    pub fn listen() -> io::Result<Self> {
        let other = |wanted: Signal| signal(SignalKind::from_raw(wanted.as_raw()));
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            stop: other(Signal::TSTP)?,
            woken: other(Signal::CONT)?,
        })
    }

    /// The next one. While another program has the terminal (`lent`), Ctrl-C and Ctrl-\ typed there are meant for it.
    pub async fn next(&mut self, lent: bool) -> Wish {
        loop {
            // A terminal that goes sends SIGHUP and SIGCONT together: the end comes first.
            let (wish, typed) = tokio::select! {
                biased;
                _ = self.terminate.recv() => (Wish::End(SignalKind::terminate().as_raw_value()), false),
                _ = self.hangup.recv() => (Wish::End(SignalKind::hangup().as_raw_value()), false),
                _ = self.interrupt.recv() => (Wish::End(SignalKind::interrupt().as_raw_value()), true),
                _ = self.quit.recv() => (Wish::End(SignalKind::quit().as_raw_value()), true),
                _ = self.stop.recv() => (Wish::Stop, false),
                _ = self.woken.recv() => (Wish::Woken, false),
            };
            if !(typed && lent) {
                return wish;
            }
        }
    }
}

/// Sleeps until somebody sends SIGCONT; the shell sees a stopped job. SIGSTOP and not SIGTSTP, which we listen to.
pub fn stop_here() -> io::Result<()> {
    kill_process(getpid(), Signal::STOP)?;
    Ok(())
}
