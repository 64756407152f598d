//! A server that says whatever a test wants: well-behaved by default, with single answers replaced by odd or hostile
//! ones. It keeps every byte that the client sent.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use super::wait;

/// An endless answer ends here, should the client really read on and on.
const FLOOD_LIMIT: usize = 256 << 20;

/// One thing that the server does.
#[derive(Clone, Debug)]
pub enum Step {
    /// Sends bytes.
    Say(Vec<u8>),
    /// Sends bytes one at a time, each in a packet of its own.
    Drip(Vec<u8>),
    /// Sends the same bytes over and over until the client closes.
    Flood(Vec<u8>),
    /// Reads up to and including the line with the single dot.
    HearBody,
    /// Reads that many octets.
    HearOctets(usize),
    /// Says nothing more and reads until the client closes.
    Silence,
    /// Closes the connection as a program does that ends well (FIN).
    Close,
    /// Breaks the connection off (RST).
    Reset,
}

/// Sends `text`.
pub fn say(text: impl AsRef<[u8]>) -> Step {
    Step::Say(text.as_ref().to_vec())
}

/// What the server does in one connection.
#[derive(Clone, Debug)]
pub struct Script {
    greeting: Vec<Step>,
    /// Start of a command in capitals, and what follows it. The last one that fits counts.
    answers: Vec<(String, Vec<Step>)>,
    otherwise: Vec<u8>,
}

impl Script {
    /// A mail server without extensions that takes everything.
    pub fn smtp() -> Self {
        let ok = || vec![say("250 ok\r\n")];
        let data = vec![say("354 go on\r\n"), Step::HearBody, say("250 2.0.0 Ok: queued as 6AB5150038\r\n")];
        Self {
            greeting: vec![say("220 mx.example.test ESMTP\r\n")],
            answers: vec![],
            otherwise: b"500 what?\r\n".into(),
        }
        .on("EHLO", [say("250 mx.example.test\r\n")])
        .on("HELO", [say("250 mx.example.test\r\n")])
        .on("MAIL", ok())
        .on("RCPT", ok())
        .on("RSET", ok())
        .on("NOOP", ok())
        .on("DATA", data)
        .on("QUIT", [say("221 bye\r\n"), Step::Close])
    }

    /// A mailbox with one message, `message` with CRLF line ends and without the final dot.
    pub fn pop3(message: &str) -> Self {
        let octets = message.len();
        let head = message.split_once("\r\n\r\n").map_or(message, |(head, _)| head);
        let ok = || vec![say("+OK\r\n")];
        Self { greeting: vec![say("+OK ready\r\n")], answers: vec![], otherwise: b"-ERR what?\r\n".into() }
            .on("CAPA", [say("+OK\r\nUSER\r\nUIDL\r\nTOP\r\n.\r\n")])
            .on("USER", ok())
            .on("PASS", ok())
            .on("STAT", [say(format!("+OK 1 {octets}\r\n"))])
            .on("LIST", [say(format!("+OK\r\n1 {octets}\r\n.\r\n"))])
            .on("LIST ", [say(format!("+OK 1 {octets}\r\n"))])
            .on("UIDL", [say("+OK\r\n1 uid-1\r\n.\r\n")])
            .on("UIDL ", [say("+OK 1 uid-1\r\n")])
            .on("TOP", [say(format!("+OK\r\n{head}\r\n\r\n.\r\n"))])
            .on("RETR", [say(format!("+OK {octets} octets\r\n{message}.\r\n"))])
            .on("DELE", ok())
            .on("RSET", ok())
            .on("NOOP", ok())
            .on("QUIT", [say("+OK bye\r\n"), Step::Close])
    }

    /// Other first words.
    pub fn greeting(mut self, steps: impl Into<Vec<Step>>) -> Self {
        self.greeting = steps.into();
        self
    }

    /// Another answer to commands that start with `command` (capitals).
    pub fn on(mut self, command: &str, steps: impl Into<Vec<Step>>) -> Self {
        self.answers.push((command.to_owned(), steps.into()));
        self
    }

    fn answer(&self, line: &[u8]) -> Vec<Step> {
        let line = String::from_utf8_lossy(line).to_ascii_uppercase();
        let fits = self.answers.iter().rev().find(|(start, _)| line.starts_with(&start.to_ascii_uppercase()));
        fits.map_or_else(|| vec![Step::Say(self.otherwise.clone())], |(_, steps)| steps.clone())
    }
}

/// A running server.
pub struct Scripted {
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    heard: Arc<Mutex<Vec<Vec<u8>>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Scripted {
    /// Plays one script for one connection; more connections are refused.
    pub fn start(script: Script) -> Self {
        Self::start_many(vec![script])
    }

    /// Plays the scripts, one for each connection in turn.
    pub fn start_many(scripts: Vec<Script>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
        let port = listener.local_addr().expect("a bound listener has an address").port();
        listener.set_nonblocking(true).expect("a listener can be asked");
        let heard = Arc::new(Mutex::new(Vec::new()));
        let stop = Arc::new(AtomicBool::new(false));
        let (record, stopped) = (Arc::clone(&heard), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            for script in scripts {
                let Some(stream) = accept(&listener, &stopped) else { return };
                record.lock().expect("no holder panics").push(Vec::new());
                // A connection that the client breaks off is what many tests are about.
                let _ = Conversation { stream, record: &record }.play(&script);
            }
        });
        Self { port, heard, stop, thread: Some(thread) }
    }

    /// `smtp://127.0.0.1:PORT`
    pub fn smtp_url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// `pop3://alice@127.0.0.1:PORT`
    pub fn pop3_url(&self) -> String {
        format!("pop3://alice@127.0.0.1:{}", self.port)
    }

    /// Waits until the client sent `text`, while it still runs.
    pub fn wait_for(&self, text: &str) {
        wait::until(&format!("the client to send {text:?}"), || {
            let heard = self.heard.lock().expect("no holder panics");
            heard.iter().any(|bytes| String::from_utf8_lossy(bytes).contains(text)).then_some(())
        });
    }

    /// Whether every connection it waited for has come and gone.
    pub fn is_left(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Ends the server and gives what the client sent, all connections in one.
    pub fn heard(self) -> String {
        self.finish().iter().map(|bytes| String::from_utf8_lossy(bytes)).collect()
    }

    /// Ends the server and gives what the client sent, connection by connection.
    pub fn finish(mut self) -> Vec<Vec<u8>> {
        self.end();
        std::mem::take(&mut *self.heard.lock().expect("no holder panics"))
    }

    fn end(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.end();
    }
}

/// The next connection; `None` when the test is over.
fn accept(listener: &TcpListener, stop: &AtomicBool) -> Option<TcpStream> {
    let stream = wait::poll(|| match listener.accept() {
        Ok((stream, _)) => Some(Some(stream)),
        Err(_) => stop.load(Ordering::Relaxed).then_some(None),
    })??;
    stream.set_nonblocking(false).ok()?;
    stream.set_nodelay(true).ok()?;
    stream.set_read_timeout(Some(wait::DEADLINE)).ok()?;
    stream.set_write_timeout(Some(wait::DEADLINE)).ok()?;
    Some(stream)
}

/// One connection being served.
struct Conversation<'a> {
    stream: TcpStream,
    record: &'a Mutex<Vec<Vec<u8>>>,
}

impl Conversation<'_> {
    fn play(mut self, script: &Script) -> io::Result<()> {
        let mut steps = script.greeting.clone();
        loop {
            for step in steps {
                self.act(step)?;
            }
            steps = script.answer(&self.line()?);
        }
    }

    fn act(&mut self, step: Step) -> io::Result<()> {
        match step {
            Step::Say(bytes) => self.stream.write_all(&bytes),
            Step::Drip(bytes) => bytes.iter().try_for_each(|&byte| {
                // The pause is the oddity under test, not a wait for something.
                std::thread::sleep(Duration::from_millis(1));
                self.stream.write_all(&[byte])
            }),
            Step::Flood(bytes) => {
                let block = bytes.repeat(65_536 / bytes.len() + 1);
                (0..FLOOD_LIMIT / block.len()).try_for_each(|_| self.stream.write_all(&block))
            }
            Step::HearBody => {
                while self.line()? != b".\r\n" {}
                Ok(())
            }
            Step::HearOctets(count) => (0..count).try_for_each(|_| self.octet().map(|_| ())),
            Step::Silence => loop {
                self.octet()?;
            },
            Step::Close => Err(io::ErrorKind::ConnectionAborted.into()),
            Step::Reset => {
                socket2::SockRef::from(&self.stream).set_linger(Some(Duration::ZERO))?;
                Err(io::ErrorKind::ConnectionReset.into())
            }
        }
    }

    /// Reads one line, its line end included.
    fn line(&mut self) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        while line.last() != Some(&b'\n') {
            line.push(self.octet()?);
        }
        Ok(line)
    }

    fn octet(&mut self) -> io::Result<u8> {
        let mut byte = [0];
        self.stream.read_exact(&mut byte)?;
        if let Some(last) = self.record.lock().expect("no holder panics").last_mut() {
            last.push(byte[0]);
        }
        Ok(byte[0])
    }
}
