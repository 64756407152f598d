//! The program under test, in a home of its own and with an end to its time.

use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

use super::pty::{Session, Size};
use super::wait;

/// The program.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_telepost");

/// A home folder for the program, empty at first; nothing of the real user's is read or written.
pub struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    /// An empty home.
    pub fn new() -> Self {
        Self { folder: tempfile::Builder::new().prefix("telepost-home-").tempdir().expect("a temporary folder") }
    }

    /// The path of a file in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts a file into it and gives its path as an argument.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        std::fs::write(self.path(name), content).expect("the home is ours");
        self.path(name).display().to_string()
    }

    /// What the program finds in its environment: this home, and nothing of the tests'.
    pub fn environment(&self) -> Vec<(String, String)> {
        let folders = ["HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"];
        let home = self.folder.path().display().to_string();
        let mut all: Vec<(String, String)> = folders
            .iter()
            .map(|name| {
                let inside = name.strip_prefix("XDG_").and_then(|name| name.strip_suffix("_HOME"));
                let path = inside.map_or_else(|| home.clone(), |part| format!("{home}/{}", part.to_lowercase()));
                ((*name).to_owned(), path)
            })
            .collect();
        let path = std::env::var("PATH").unwrap_or_default();
        let fixed = [("PATH", path.as_str()), ("TERM", "xterm-256color"), ("LANG", "C.UTF-8"), ("TZ", "UTC")];
        all.extend(fixed.map(|(name, value)| (name.to_owned(), value.to_owned())));
        all
    }

    /// A call of the program, not yet made.
    pub fn telepost(&self, arguments: &[&str]) -> Call {
        let mut command = Command::new(PROGRAM);
        command.args(arguments).env_clear().envs(self.environment()).current_dir(self.folder.path());
        Call { command, input: Vec::new() }
    }

    /// Runs the program to its end.
    pub fn run(&self, arguments: &[&str]) -> Outcome {
        self.telepost(arguments).run()
    }

    /// Starts the program in a terminal.
    pub fn open(&self, arguments: &[&str], size: Size) -> Session {
        self.open_with(arguments, size, &[])
    }

    /// Starts the program in a terminal with more in its environment.
    pub fn open_with(&self, arguments: &[&str], size: Size, more: &[(&str, &str)]) -> Session {
        let mut environment = self.environment();
        environment.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Session::start(Path::new(PROGRAM), arguments, &environment, size)
    }

    /// The drafts that the program left, one below the other, if it left any.
    pub fn draft(&self) -> Option<String> {
        let files = std::fs::read_dir(self.path("data/telepost/drafts")).ok()?.flatten().map(|file| file.path());
        let drafts = files.filter(|path| path.extension().is_some_and(|ending| ending == "json"));
        let texts: Vec<String> = drafts.filter_map(|path| std::fs::read_to_string(path).ok()).collect();
        (!texts.is_empty()).then(|| texts.join("\n"))
    }
}

/// A call of the program, not yet made.
pub struct Call {
    command: Command,
    input: Vec<u8>,
}

impl Call {
    /// Adds to the environment.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// What it reads on standard input.
    pub fn input(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.input = bytes.as_ref().to_vec();
        self
    }

    /// Starts it.
    pub fn start(mut self) -> Running {
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().expect("the program was built");
        let mut stdin = child.stdin.take().expect("piped");
        // On its own thread: a program that does not read must not hold up the test.
        std::thread::spawn(move || {
            let _ = stdin.write_all(&self.input);
        });
        let stdout = collect(child.stdout.take().expect("piped"));
        let stderr = collect(child.stderr.take().expect("piped"));
        Running { child, stdout: Some(stdout), stderr: Some(stderr) }
    }

    /// Runs it to its end.
    pub fn run(self) -> Outcome {
        self.start().finish()
    }
}

/// The program while it runs. It is ended when it goes out of scope.
pub struct Running {
    child: Child,
    stdout: Option<JoinHandle<Vec<u8>>>,
    stderr: Option<JoinHandle<Vec<u8>>>,
}

impl Running {
    /// What everyone on the machine can see of it: its arguments and its environment.
    pub fn visible(&self) -> String {
        let file = |name| std::fs::read(format!("/proc/{}/{name}", self.child.id())).expect("Linux shows processes");
        [file("cmdline"), file("environ")].map(|bytes| String::from_utf8_lossy(&bytes).replace('\0', "\n")).concat()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: rustix::process::Signal) {
        let process = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(process, signal).expect("it still runs");
    }

    /// Waits for its end. A program that does not end is killed, and the test fails with what it said.
    pub fn finish(mut self) -> Outcome {
        let status = wait::poll(|| self.child.try_wait().expect("the program is our child"));
        if status.is_none() {
            let _ = self.child.kill();
        }
        let [stdout, stderr] = [self.stdout.take(), self.stderr.take()]
            .map(|thread| thread.expect("taken once").join().expect("the reader does not panic"));
        let outcome = Outcome { code: status.and_then(|status| status.code()), stdout, stderr };
        assert!(status.is_some(), "the program does not end\n{outcome:?}");
        outcome
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn collect(mut stream: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        bytes
    })
}

/// What a call left behind.
pub struct Outcome {
    /// The exit status; `None` if a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
}

impl Outcome {
    /// Standard output as text.
    pub fn out(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Standard error as text.
    pub fn err(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }

    /// Both streams as text.
    pub fn all(&self) -> String {
        self.out() + &self.err()
    }

    /// The one JSON object on standard output.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.stdout).unwrap_or_else(|error| panic!("no JSON object: {error}\n{self:?}"))
    }

    /// Fails the test unless the program ended with this status.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert!(self.code == Some(code), "exit status should be {code}\n{self:?}");
        self
    }
}

impl std::fmt::Debug for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (out, err) = (self.stdout.escape_ascii().to_string(), self.stderr.escape_ascii().to_string());
        let lines = |text: String| text.replace("\\n", "\n  ");
        write!(f, "exit status {:?}\nstdout:\n  {}\nstderr:\n  {}", self.code, lines(out), lines(err))
    }
}
