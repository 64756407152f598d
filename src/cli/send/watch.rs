//! A person at a terminal: signals stop it, and a bar shows how far it is.

use super::crew::Watcher;
use super::note;
use crate::batch::Counts;
use crate::cli::Trouble;
use crate::cli::bar::Bar;
use crate::cli::signals::Signals;

/// Standard error, and SIGINT and SIGTERM.
#[derive(Debug)]
pub struct AtTerminal {
    signals: Signals,
    bar: Bar,
    stopping: bool,
}

impl AtTerminal {
    /// From here on no signal ends the process. `verbose`: the live transcript is there instead of the bar.
    pub fn new(verbose: bool) -> Result<Self, Trouble> {
        Ok(Self { signals: Signals::listen()?, bar: Bar::new(verbose), stopping: false })
    }

    /// Takes the bar away.
    pub fn clear(&self) {
        self.bar.clear();
    }
}

const STOPPING: &str = "stopping: replies to what is under way are awaited; once more drops the line at once";
const DROPPING: &str = "the line is given up";

impl Watcher for AtTerminal {
    async fn stop(&mut self) {
        self.signals.next().await;
        let again = std::mem::replace(&mut self.stopping, true);
        self.bar.beside(|| note(if again { DROPPING } else { STOPPING }));
    }

    fn looks(&self) -> bool {
        self.bar.is_shown()
    }

    fn progress(&self, counts: Counts) {
        self.bar.show(&counts);
    }
}
