//! Giving the terminal away and taking it back: for the editor, the pager, a sleep, and for good.

use anyhow::Context;
use crossterm::event::{Event, EventStream};
use futures_util::{FutureExt, StreamExt};

use super::signals::{self, Wish};
use super::{Ending, Workbench, clock, effects, hangup};
use crate::app::Message;

impl Workbench {
    pub(super) fn take_signal(&mut self, wish: Wish) -> anyhow::Result<()> {
        match wish {
            Wish::End(number) => self.terminate(number),
            Wish::Stop if self.hands.foreground.is_some() => signals::stop_here()?,
            Wish::Stop => self.suspend_or_end(),
            // The shell may have set the terminal its own way meanwhile. After `suspend` this comes once more; one
            // frame too many does no harm. Reading goes on as it was: when the terminal has gone, crossterm's reader
            // keeps its lock for ever, and to ask for another one would hang.
            Wish::Woken if self.hands.foreground.is_none() => {
                let _ = self.hands.screen.leave();
                if self.draw_anew().is_err() {
                    self.terminal_gone();
                }
            }
            Wish::Woken => {}
        }
        Ok(())
    }

    pub(super) fn terminate(&mut self, signal: i32) {
        self.update(Message::Terminate, clock());
        self.ending = Some(Ending::Signal(signal));
    }

    pub(super) fn terminal_gone(&mut self) {
        self.events = None;
        self.terminate(rustix::process::Signal::HUP.as_raw());
    }

    pub(super) fn suspend(&mut self) -> anyhow::Result<()> {
        self.release_terminal();
        signals::stop_here()?;
        self.take_terminal()
    }

    pub(super) fn take_foreground_end(
        &mut self,
        status: std::io::Result<std::process::ExitStatus>,
    ) -> anyhow::Result<()> {
        let outcome = self.hands.foreground.take().map(|running| running.finish(status));
        self.take_terminal()?;
        if let Some(message) = outcome.and_then(effects::message_of) {
            self.update(message, clock());
        }
        Ok(())
    }

    /// Stops reading events and gives the terminal back.
    pub(super) fn release_terminal(&mut self) {
        if let Some(mut events) = self.events.take() {
            // The reader must be waiting when the stream is dropped: a wake-up that nobody waits for stays behind, and
            // crossterm forgets the first keys that come together with it.
            let _ = events.next().now_or_never();
        }
        // Somebody else needs it now, in whatever state it is.
        let _ = self.hands.screen.leave();
    }

    pub(super) fn take_terminal(&mut self) -> anyhow::Result<()> {
        if hangup::is_gone() {
            self.terminal_gone();
            return Ok(());
        }
        self.draw_anew()?;
        self.events = Some(EventStream::new());
        Ok(())
    }

    fn draw_anew(&mut self) -> anyhow::Result<()> {
        self.hands.screen.resume().context("the terminal cannot be switched")?;
        let (width, height) = self.hands.screen.size().context("the terminal's size cannot be read")?;
        self.dirty = true;
        self.drawn = None;
        self.update(Message::Event(Event::Resize(width, height)), clock());
        Ok(())
    }
}
