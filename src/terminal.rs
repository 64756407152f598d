//! The terminal: raw mode, alternate screen, mouse, bracketed paste, title, and giving all of it back.
//!
//! Everything goes out through one [`Output`], so that a frame is one write inside one synchronized update. The screen
//! is given back by [`Screen::leave`], by dropping it, and by a panic hook; each of them may come twice.

mod modes;
mod output;

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};

use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use ratatui::backend::CrosstermBackend;
use ratatui::{Frame, Terminal};

pub use output::Output;

use crate::wire::printable;

/// Longest title, in characters; some terminals misbehave beyond.
const TITLE: usize = 200;

/// A terminal in our hands.
#[derive(Debug)]
pub struct Screen {
    terminal: Terminal<CrosstermBackend<Output>>,
    /// Shared with the panic hook: whether there is something to give back.
    taken: Arc<AtomicBool>,
    mouse: bool,
    /// What panics of other threads said; told once the screen is given back.
    panics: mpsc::Receiver<String>,
}

impl Screen {
    /// Takes the terminal. Fails, leaving it as it was, when it cannot be switched.
    pub fn enter(mouse: bool) -> io::Result<Self> {
        let terminal = Terminal::new(CrosstermBackend::new(Output::stdout()))?;
        let taken = Arc::new(AtomicBool::new(false));
        let (sender, panics) = mpsc::channel();
        install_panic_hook(Arc::clone(&taken), sender);
        let mut screen = Self { terminal, taken, mouse, panics };
        screen.resume()?;
        Ok(screen)
    }

    /// Takes the terminal again after [`Self::leave`]; the next draw paints everything.
    pub fn resume(&mut self) -> io::Result<()> {
        if self.taken.swap(true, Ordering::SeqCst) {
            return Ok(());
        }
        let switched = enable_raw_mode().and_then(|()| self.send(&modes::enter(self.mouse)));
        if switched.is_err() {
            // The error that made it fail is the one to tell.
            let _ = self.leave();
        }
        switched?;
        self.forget_content();
        Ok(())
    }

    /// Gives the terminal back. Does nothing when it is given back already.
    pub fn leave(&mut self) -> io::Result<()> {
        if !self.taken.swap(false, Ordering::SeqCst) {
            return Ok(());
        }
        let written = self.send(modes::LEAVE);
        disable_raw_mode().and(written)
    }

    /// Columns and rows.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        self.terminal.size().map(|size| (size.width, size.height))
    }

    /// Paints what changed, as one synchronized update.
    pub fn draw(&mut self, render: impl FnOnce(&mut Frame)) -> io::Result<()> {
        self.terminal.backend_mut().write_all(output::BEGIN)?;
        let drawn = self.terminal.draw(render).map(|_| ());
        self.terminal.backend_mut().write_all(output::END)?;
        Write::flush(self.terminal.backend_mut())?;
        drawn
    }

    /// Clears the screen; the next draw paints everything. It asks the terminal nothing, so it may run beside an
    /// event stream.
    pub fn clear(&mut self) -> io::Result<()> {
        self.forget_content();
        self.terminal.backend_mut().write_all(modes::CLEAR)
    }

    /// Takes or frees the mouse.
    pub fn set_mouse(&mut self, mouse: bool) -> io::Result<()> {
        self.mouse = mouse;
        self.send(if mouse { modes::MOUSE_ON } else { modes::MOUSE_OFF })
    }

    /// Sets the title. Control characters are made visible first.
    pub fn set_title(&mut self, title: &str) -> io::Result<()> {
        let title: String = printable::text(title).chars().take(TITLE).collect();
        self.send(&modes::title(&title))
    }

    /// Writes bytes that move nothing on the screen, such as a copy to the clipboard.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.terminal.backend_mut().write_all(bytes)?;
        Write::flush(self.terminal.backend_mut())
    }

    /// What panics of other threads said since the last call.
    pub fn take_panics(&mut self) -> Vec<String> {
        self.panics.try_iter().collect()
    }

    /// Makes the next draw paint every cell. Swapping leaves both of the buffers empty.
    fn forget_content(&mut self) {
        self.terminal.swap_buffers();
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // There is nobody left to tell.
        let _ = self.leave();
    }
}

/// On a panic of this thread the screen is given back before the report is printed. A panic of another thread may be
/// survived, and its report would tear the screen: it is kept for later.
fn install_panic_hook(taken: Arc<AtomicBool>, reports: mpsc::Sender<String>) {
    let owner = std::thread::current().id();
    let previous = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if std::thread::current().id() != owner {
            if taken.load(Ordering::SeqCst) && reports.send(info.to_string()).is_ok() {
                return;
            }
        } else if taken.swap(false, Ordering::SeqCst) {
            let mut stdout = io::stdout();
            let _ = stdout.write_all(modes::LEAVE).and_then(|()| stdout.flush());
            let _ = disable_raw_mode();
        }
        previous(info);
    }));
}
