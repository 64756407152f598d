//! Copying: which ways there are from here, in which order, and the bytes of each.
//!
//! Over SSH, or without a display, only the terminal itself can reach the person's clipboard (OSC 52); a local desktop
//! is asked directly, as it has no limit of size; what fits nowhere becomes a file.

use std::fmt::Write;
use std::sync::mpsc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::sync::oneshot;

use crate::config::Environment;

/// Most octets of base64 in an OSC 52; terminals cut or drop more.
pub const OSC_52_LIMIT: usize = 74_994;

/// A way to the clipboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// The clipboard of this desktop.
    Native,
    /// OSC 52 to the terminal; inside tmux its buffer too, with which it does the same.
    Terminal {
        /// Whether tmux is in between.
        tmux: bool,
    },
    /// A file in the state folder.
    File,
}

/// The routes for a text of `octets`, best first. The last one is always a file.
pub fn routes(environment: &Environment, octets: usize) -> Vec<Route> {
    let mut routes = Vec::with_capacity(3);
    if environment.display && !environment.ssh {
        routes.push(Route::Native);
    }
    if base64_len(octets) <= OSC_52_LIMIT {
        routes.push(Route::Terminal { tmux: environment.tmux });
    }
    routes.push(Route::File);
    routes
}

/// The escape sequence that copies `text`.
pub fn osc_52(text: &str) -> Vec<u8> {
    let mut sequence = String::with_capacity(base64_len(text.len()) + 9);
    sequence.push_str("\x1b]52;c;");
    STANDARD.encode_string(text, &mut sequence);
    sequence.push_str("\x1b\\");
    sequence.into_bytes()
}

/// What the person is told: how much, and which way.
pub fn told(octets: usize, way: &str) -> String {
    let mut told = format!("copied {octets} B by {way}");
    if way.contains("OSC 52") {
        write!(told, "; nothing arrived? x writes a file").expect("writing to a String cannot fail");
    }
    told
}

fn base64_len(octets: usize) -> usize {
    octets.div_ceil(3) * 4
}

/// The desktop's clipboard. On X11 and Wayland the program that copied must serve the text for as long as it runs, so
/// one thread holds it; the thread starts with the first copy.
#[derive(Debug, Default)]
pub struct Native {
    worker: Option<mpsc::Sender<Job>>,
}

/// A text to copy, and where the answer goes.
type Job = (String, oneshot::Sender<Result<(), String>>);

impl Native {
    /// Copies `text`. The answer comes when the desktop took it, or with the reason why not.
    pub fn copy(&mut self, text: String) -> oneshot::Receiver<Result<(), String>> {
        let (answer, receiver) = oneshot::channel();
        let worker = self.worker.get_or_insert_with(spawn_worker);
        if worker.send((text, answer)).is_err() {
            // The worker died; the receiver tells it, and the next copy starts another.
            self.worker = None;
        }
        receiver
    }
}

fn spawn_worker() -> mpsc::Sender<Job> {
    let (sender, jobs) = mpsc::channel::<Job>();
    std::thread::spawn(move || {
        let mut clipboard = None;
        for (text, answer) in jobs {
            // The person may have left before the desktop answered.
            let _ = answer.send(set_text(&mut clipboard, text));
        }
    });
    sender
}

fn set_text(clipboard: &mut Option<arboard::Clipboard>, text: String) -> Result<(), String> {
    let opened = match clipboard.take() {
        Some(opened) => opened,
        None => arboard::Clipboard::new().map_err(|error| error.to_string())?,
    };
    clipboard.insert(opened).set_text(text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_depends_on_where_one_sits() {
        let local = Environment { display: true, ..Environment::default() };
        let remote = Environment { ssh: true, ..local.clone() };
        let bare = Environment { tmux: true, ..Environment::default() };
        let terminal = Route::Terminal { tmux: false };
        assert_eq!(routes(&local, 10), [Route::Native, terminal, Route::File]);
        assert_eq!(routes(&remote, 10), [terminal, Route::File]);
        assert_eq!(routes(&bare, 10), [Route::Terminal { tmux: true }, Route::File]);
    }

    #[test]
    fn what_a_terminal_would_cut_goes_another_way() {
        let remote = Environment { ssh: true, ..Environment::default() };
        // 56,244 octets are 74,992 of base64; one more would be 74,996.
        assert_eq!(routes(&remote, 56_244).len(), 2);
        assert_eq!(routes(&remote, 56_245), [Route::File]);
        let local = Environment { display: true, ..Environment::default() };
        assert_eq!(routes(&local, 1_000_000), [Route::Native, Route::File]);
    }

    #[test]
    fn the_sequence_is_osc_52_in_base64() {
        assert_eq!(osc_52("250 Grüße\r\n"), b"\x1b]52;c;MjUwIEdyw7zDn2UNCg==\x1b\\");
        for length in 0..10 {
            assert_eq!(osc_52(&"x".repeat(length)).len(), base64_len(length) + 9);
        }
    }
}
