//! A program in a terminal: keys go in, a screen comes out, and every byte that it wrote is kept.

use std::io::{Read as _, Write};
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, SlavePty, native_pty_system};
use rustix::fs::{Mode, OFlags};
use rustix::process::{Pid, Signal, kill_process};

use super::wait;

/// How often a wait looks whether the program is still there; news from the screen wakes it at once.
const GLANCE: Duration = Duration::from_millis(50);

/// How long the last output of a program that has ended is waited for.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Columns and rows.
pub type Size = (u16, u16);

/// What the terminal has seen.
struct Seen {
    raw: Vec<u8>,
    parser: vt100::Parser,
    /// Nobody looks any more: the terminal is to be closed.
    closing: bool,
}

/// A program that runs in a terminal of its own.
pub struct Session {
    child: Box<dyn Child + Send + Sync>,
    // Held open so that the terminal keeps its modes when the program is gone.
    slave: Option<Box<dyn SlavePty + Send>>,
    // None once the terminal is closed, as is the keyboard.
    master: Option<Box<dyn MasterPty + Send>>,
    keyboard: Option<Box<dyn Write + Send>>,
    tty: PathBuf,
    modes: String,
    seen: Arc<(Mutex<Seen>, Condvar)>,
    reader: Option<JoinHandle<()>>,
}

/// What is left when the program has ended.
pub struct Ended {
    /// The exit status, or the name of the signal that ended the program.
    pub status: Result<u32, String>,
    /// Everything it wrote.
    pub raw: Vec<u8>,
    /// The terminal as it was left.
    pub screen: vt100::Screen,
    /// The modes of the line (as `stty -a` shows them) before the start.
    pub modes_before: String,
    /// The same after the end.
    pub modes_after: String,
}

impl Session {
    /// Starts a program with just this environment.
    pub fn start(program: &Path, arguments: &[&str], environment: &[(String, String)], size: Size) -> Self {
        let pair = native_pty_system().openpty(pty_size(size)).expect("the system has terminals");
        let tty = pair.master.tty_name().expect("a terminal has a name");
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env_clear();
        command.cwd("/");
        for (name, value) in environment {
            command.env(name, value);
            if name == "HOME" {
                command.cwd(value);
            }
        }
        let modes = modes(&tty);
        let child = pair.slave.spawn_command(command).expect("the program can be started");
        let seen =
            Arc::new((Mutex::new(Seen { raw: Vec::new(), parser: parser(size), closing: false }), Condvar::new()));
        let reader = read_on(pair.master.as_ref(), Arc::clone(&seen));
        let keyboard = Some(pair.master.take_writer().expect("taken once"));
        let (slave, master, reader) = (Some(pair.slave), Some(pair.master), Some(reader));
        Self { child, slave, master, keyboard, tty, modes, seen, reader }
    }

    /// Sends bytes as if they were typed.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let keyboard = self.keyboard.as_mut().expect("the terminal is open");
        keyboard.write_all(bytes.as_ref()).expect("the terminal is open");
        keyboard.flush().expect("the terminal is open");
    }

    /// Sends a key by its name, see [`key`].
    pub fn press(&mut self, name: &str) {
        self.send(key(name));
    }

    /// Sends text the way a terminal pastes it.
    pub fn paste(&mut self, text: &str) {
        self.send(format!("\x1b[200~{text}\x1b[201~"));
    }

    /// Waits until the screen meets the condition. Fails with a picture of the screen.
    pub fn wait_until(&mut self, what: &str, condition: impl Fn(&vt100::Screen) -> bool) {
        let end = Instant::now() + wait::DEADLINE;
        let seen = Arc::clone(&self.seen);
        let mut guard = lock(&seen.0);
        // What a program wrote last may still be on its way when the program has gone.
        let mut last_words = None;
        while !condition(guard.parser.screen()) {
            let gone = self.child.try_wait().ok().flatten();
            if gone.is_some() {
                last_words.get_or_insert_with(|| Instant::now() + LAST_WORDS);
            }
            let late = |end: &Instant| Instant::now() > *end;
            if late(&end) || last_words.as_ref().is_some_and(late) {
                let state = gone.map_or_else(|| "is still running".to_owned(), |status| format!("ended: {status}"));
                panic!("waited in vain for {what}; the program {state}\n{}", picture(&guard));
            }
            guard = seen.1.wait_timeout(guard, GLANCE).expect("no holder panics").0;
        }
    }

    /// Waits until a row of the screen holds the text.
    pub fn wait_for(&mut self, text: &str) {
        self.wait_until(&format!("the text {text:?}"), |screen| screen.contents().contains(text));
    }

    /// Waits until no row of the screen holds the text.
    pub fn wait_gone(&mut self, text: &str) {
        self.wait_until(&format!("the text {text:?} to go"), |screen| !screen.contents().contains(text));
    }

    /// The text on the screen, rows separated by line feeds.
    pub fn text(&self) -> String {
        lock(&self.seen.0).parser.screen().contents()
    }

    /// Everything written so far.
    pub fn raw(&self) -> Vec<u8> {
        lock(&self.seen.0).raw.clone()
    }

    /// Waits until the program has written more than that many bytes.
    pub fn wait_output(&mut self, before: usize) {
        wait::until("the program to write something", || (lock(&self.seen.0).raw.len() > before).then_some(()));
    }

    /// What everyone on the machine can see of the program: its arguments and its environment.
    pub fn visible(&self) -> String {
        let id = self.child.process_id().expect("a process has a number");
        let file = |name| std::fs::read(format!("/proc/{id}/{name}")).expect("Linux shows processes");
        [file("cmdline"), file("environ")].map(|bytes| String::from_utf8_lossy(&bytes).replace('\0', "\n")).concat()
    }

    /// The most memory that the program had so far (`VmHWM`), in KiB.
    pub fn peak(&self) -> u64 {
        let id = self.child.process_id().expect("a process has a number");
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).expect("Linux shows processes");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a process has memory");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    /// Gives the terminal another size.
    pub fn resize(&mut self, size: Size) {
        // The screen first: what the program draws for the new size must find it in place.
        let (columns, rows) = cells(size);
        lock(&self.seen.0).parser.screen_mut().set_size(rows, columns);
        self.master.as_ref().expect("the terminal is open").resize(pty_size(size)).expect("the terminal is open");
    }

    /// Closes the terminal under the program, as when its window is closed. Gives how long the program went on.
    pub fn hang_up(mut self) -> Duration {
        lock(&self.seen.0).closing = true;
        // What the program draws for another size wakes the reader, which then lets go of the terminal.
        self.resize((61, 19));
        if let Some(reader) = self.reader.take() {
            reader.join().expect("the reader does not panic");
        }
        let since = Instant::now();
        (self.slave, self.keyboard, self.master) = (None, None, None);
        wait::until("the program to end without a terminal", || {
            self.child.try_wait().expect("the program is our child").map(|_| since.elapsed())
        })
    }

    /// Waits until the program has written nothing for that long.
    pub fn wait_quiet(&mut self, pause: Duration) {
        let mut last = (lock(&self.seen.0).raw.len(), Instant::now());
        wait::until(&format!("the program to write nothing for {pause:?}"), || {
            let written = lock(&self.seen.0).raw.len();
            if written != last.0 {
                last = (written, Instant::now());
            }
            (last.1.elapsed() >= pause).then_some(())
        });
    }

    /// Sends a signal to the program.
    pub fn signal(&self, signal: Signal) {
        let pid =
            self.child.process_id().and_then(|id| Pid::from_raw(id.cast_signed())).expect("a process has a number");
        kill_process(pid, signal).expect("the program is there");
    }

    /// Waits until the program is stopped, as by Ctrl-Z.
    pub fn wait_stopped(&mut self) {
        let stat = format!("/proc/{}/stat", self.child.process_id().expect("a process has a number"));
        wait::until("the program to stop", || {
            let line = std::fs::read_to_string(&stat).ok()?;
            line.rsplit_once(") ")?.1.starts_with('T').then_some(())
        });
    }

    /// The modes of the line now, as text to compare.
    pub fn modes(&self) -> String {
        modes(&self.tty)
    }

    /// The same before the program was started.
    pub fn modes_before(&self) -> &str {
        &self.modes
    }

    /// Waits for the end of the program.
    pub fn finish(mut self) -> Ended {
        let status = wait::poll(|| self.child.try_wait().expect("the program is our child"));
        let status = status.unwrap_or_else(|| panic!("the program does not end\n{}", picture(&lock(&self.seen.0))));
        let modes_after = self.modes();
        // With the last holder gone, the reader gets what is still on its way and then the end.
        self.slave = None;
        if let Some(reader) = self.reader.take() {
            reader.join().expect("the reader does not panic");
        }
        let seen = lock(&self.seen.0);
        Ended {
            status: status.signal().map_or(Ok(status.exit_code()), |name| Err(name.to_owned())),
            raw: seen.raw.clone(),
            screen: seen.parser.screen().clone(),
            modes_before: self.modes.clone(),
            modes_after,
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

impl Ended {
    /// Whether the terminal is as the program found it. Gives what is wrong.
    pub fn untidy(&self) -> Vec<String> {
        let screen = &self.screen;
        let faults = [
            (self.modes_before != self.modes_after, "the modes of the line"),
            (screen.alternate_screen(), "the alternate screen"),
            (screen.hide_cursor(), "the hidden cursor"),
            (screen.bracketed_paste(), "bracketed paste"),
            (screen.mouse_protocol_mode() != vt100::MouseProtocolMode::None, "the mouse"),
            (screen.application_keypad() || screen.application_cursor(), "the keypad"),
        ];
        faults.iter().filter(|(fault, _)| *fault).map(|(_, what)| format!("left behind: {what}")).collect()
    }
}

/// What a terminal sends for a key: `F1` to `F12`, the named ones, `^X` for Ctrl-X.
pub fn key(name: &str) -> Vec<u8> {
    let code = match name {
        "Enter" => "\r",
        "Tab" => "\t",
        "Shift-Tab" => "\x1b[Z",
        "Esc" => "\x1b",
        "Backspace" => "\x7f",
        "Up" => "\x1b[A",
        "Down" => "\x1b[B",
        "Right" => "\x1b[C",
        "Left" => "\x1b[D",
        "Home" => "\x1b[H",
        "End" => "\x1b[F",
        "PageUp" => "\x1b[5~",
        "PageDown" => "\x1b[6~",
        "Delete" => "\x1b[3~",
        "F1" => "\x1bOP",
        "F2" => "\x1bOQ",
        "F3" => "\x1bOR",
        "F4" => "\x1bOS",
        "F5" => "\x1b[15~",
        "F6" => "\x1b[17~",
        "F7" => "\x1b[18~",
        "F8" => "\x1b[19~",
        "F9" => "\x1b[20~",
        "F10" => "\x1b[21~",
        "F11" => "\x1b[23~",
        "F12" => "\x1b[24~",
        other => return control(other),
    };
    code.as_bytes().to_vec()
}

/// `^X` → 0x18.
fn control(name: &str) -> Vec<u8> {
    match name.as_bytes() {
        [b'^', letter] => vec![letter.to_ascii_uppercase() & 0x1f],
        _ => panic!("no key is called {name:?}"),
    }
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().expect("no holder panics")
}

/// Reads what the program writes until the terminal closes.
fn read_on(master: &dyn MasterPty, seen: Arc<(Mutex<Seen>, Condvar)>) -> JoinHandle<()> {
    let mut output = master.try_clone_reader().expect("the terminal is open");
    std::thread::spawn(move || {
        let mut bytes = vec![0; 65_536];
        // A closed terminal reads as an error on Linux.
        while let Ok(count @ 1..) = output.read(&mut bytes) {
            let mut guard = lock(&seen.0);
            guard.raw.extend_from_slice(&bytes[..count]);
            guard.parser.process(&bytes[..count]);
            seen.1.notify_all();
            if guard.closing {
                break;
            }
        }
    })
}

/// The screen in a frame, and the last bytes that were written.
fn picture(seen: &Seen) -> String {
    let screen = seen.parser.screen();
    let (rows, columns) = screen.size();
    let edge = "-".repeat(usize::from(columns.get()));
    let lines: Vec<String> = screen.rows(0, columns.get()).map(|row| format!("|{row}")).collect();
    let lines = lines.join("\n");
    let tail = &seen.raw[seen.raw.len().saturating_sub(400)..];
    let total = seen.raw.len();
    format!("+{edge} {columns}x{rows}\n{lines}\n+{edge}\nlast of {total} bytes written: {}", tail.escape_ascii())
}

/// The modes of the line of a terminal.
fn modes(tty: &Path) -> String {
    // NOCTTY: to look at a terminal must not make it ours.
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = rustix::fs::open(tty, flags, Mode::empty()).expect("the terminal is open");
    format!("{:?}", rustix::termios::tcgetattr(file).expect("a terminal has modes"))
}

fn parser(size: Size) -> vt100::Parser {
    let (columns, rows) = cells(size);
    vt100::Parser::new(rows, columns, 0)
}

fn cells((columns, rows): Size) -> (NonZeroU16, NonZeroU16) {
    (NonZeroU16::new(columns).expect("a terminal has columns"), NonZeroU16::new(rows).expect("a terminal has rows"))
}

fn pty_size((columns, rows): Size) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}
