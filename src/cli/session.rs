//! One conversation for a subcommand: requests in, reports out, the transcript on the way.

use std::collections::{BTreeSet, VecDeque};
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use tokio::sync::mpsc;

use super::args::Output;
use super::{Status, Trouble};
use crate::connection::{self, LinkEvent, Recording, Report, Request, Submission, Target, Trust};
use crate::run::endpoints::Endpoints;
use crate::transcript::export::{self, Format};
use crate::transcript::{Transcript, text};
use crate::wire::Side;

/// A conversation under way.
#[derive(Debug)]
pub struct Session {
    requests: mpsc::Sender<Request>,
    reports: mpsc::Receiver<Report>,
    /// Requests that found the channel full; it is emptied while reports are read, so neither side waits for ever.
    waiting: VecDeque<Request>,
    /// Of the line that was asked for last.
    side: Side,
    /// Where there is a line, or one is being made.
    open: BTreeSet<Side>,
    log: Log,
}

impl Session {
    /// Starts the connection task on this runtime and begins to connect. The transcript's place is taken first: when
    /// it cannot be written, nothing is sent.
    pub fn open(target: Target, output: &Output) -> Result<Self, Trouble> {
        let mut session = Self::idle(output)?;
        session.connect(target);
        Ok(session)
    }

    /// The same without a line yet.
    pub fn idle(output: &Output) -> Result<Self, Trouble> {
        Ok(Self::starting(Log::new(output)?))
    }

    /// The same, and [`Self::transcript`] has all that is said.
    pub fn kept(output: &Output) -> Result<Self, Trouble> {
        let mut log = Log::new(output)?;
        log.kept.get_or_insert_default();
        Ok(Self::starting(log))
    }

    fn starting(log: Log) -> Self {
        let connection::Handle { requests, reports } = connection::spawn_with(log.recording());
        Self { requests, reports, waiting: VecDeque::new(), side: Side::Smtp, open: BTreeSet::new(), log }
    }

    /// What was said so far, if it is kept.
    pub fn transcript(&self) -> Option<&Transcript> {
        self.log.kept.as_ref()
    }

    /// Begins to connect; the line before it on that side is to be over.
    pub fn connect(&mut self, target: Target) {
        self.side = target.protocol.side();
        self.open.insert(self.side);
        self.log.notes(&target);
        self.request(Request::Connect(Box::new(target)));
    }

    /// Passes a request on, now or while reports are read.
    pub fn request(&mut self, request: Request) {
        self.waiting.push_back(request);
        while let Some(request) = self.waiting.pop_front() {
            if let Err(error) = self.requests.try_send(request) {
                self.waiting.push_front(error.into_inner());
                return;
            }
        }
    }

    /// Queues a command.
    pub fn submit(&mut self, submission: Submission) {
        self.request(Request::Submit(submission));
    }

    /// QUIT after what is queued.
    pub fn quit(&mut self) {
        self.request(Request::Disconnect(self.side));
    }

    /// Closes the line at once.
    pub fn drop_line(&mut self) {
        self.request(Request::Drop(self.side));
    }

    /// The next report that is no record; records go into the transcript.
    pub async fn next(&mut self) -> Result<Report, Trouble> {
        loop {
            let report = tokio::select! {
                Ok(permit) = self.requests.reserve(), if !self.waiting.is_empty() => {
                    if let Some(request) = self.waiting.pop_front() {
                        permit.send(request);
                    }
                    continue;
                }
                report = self.reports.recv() => report,
            };
            let report = report.ok_or_else(|| Trouble::new(Status::Internal, "the connection task ended by itself"))?;
            if let Some(report) = self.heard(report) {
                return Ok(report);
            }
        }
    }

    /// What [`Self::next`] would give at once, if there is anything.
    pub fn next_at_hand(&mut self) -> Option<Report> {
        loop {
            let report = self.reports.try_recv().ok()?;
            if let Some(report) = self.heard(report) {
                return Some(report);
            }
        }
    }

    /// Keeps what belongs to the transcript. Gives the report back when it is for the caller.
    fn heard(&mut self, report: Report) -> Option<Report> {
        self.log.take(&report);
        match report {
            Report::Link { side, event: LinkEvent::Closed(_), .. } => {
                self.open.remove(&side);
            }
            // The answer to a command for the line before this one.
            Report::Link { side, event: LinkEvent::NotConnected, .. } if self.open.contains(&side) => return None,
            _ => {}
        }
        (!matches!(report, Report::Record(_))).then_some(report)
    }

    /// Nothing has come that [`Self::next`] did not give.
    pub fn is_waiting(&self) -> bool {
        self.reports.is_empty()
    }

    /// Waits for the end of the line, passing over what else comes.
    pub async fn ended(&mut self) -> Result<(), Trouble> {
        loop {
            if self.open.is_empty() {
                return Ok(());
            }
            if let Report::Link { event: LinkEvent::Closed(_) | LinkEvent::NotConnected, .. } = self.next().await? {
                return Ok(());
            }
        }
    }

    /// Writes the transcript to its place.
    pub fn finish(self) -> Result<(), Trouble> {
        self.log.finish()
    }
}

/// What is kept and shown of a conversation.
#[derive(Debug)]
struct Log {
    verbose: bool,
    endpoints: Endpoints,
    /// What every export says first.
    notes: Vec<String>,
    started: jiff::Timestamp,
    place: Option<Place>,
    kept: Option<Transcript>,
}

impl Log {
    fn new(output: &Output) -> Result<Self, Trouble> {
        let place = output.transcript.as_deref().map(Place::take).transpose()?;
        Ok(Self {
            verbose: output.verbose,
            endpoints: Endpoints::default(),
            notes: Vec::new(),
            started: jiff::Timestamp::now(),
            kept: place.as_ref().map(|_| Transcript::default()),
            place,
        })
    }

    /// Whether anybody will see a record.
    fn recording(&self) -> Recording {
        if self.verbose || self.kept.is_some() { Recording::Full } else { Recording::Off }
    }

    /// What a reader of the transcript has to know of this target.
    fn notes(&mut self, target: &Target) {
        let note = format!("{}:{}: no certificate was verified", target.host, target.port);
        if target.tls.trust == Trust::Anybody && !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    fn take(&mut self, report: &Report) {
        let Report::Record(record) = report else { return self.endpoints.follow(report) };
        if self.verbose
            && let Some(line) = text::live_line(record, true)
        {
            // There is no other place to tell that standard error is closed.
            let _ = writeln!(io::stderr(), "{line}");
        }
        if let Some(transcript) = &mut self.kept {
            transcript.push(record.clone());
        }
    }

    fn finish(self) -> Result<(), Trouble> {
        let (Some(place), Some(transcript)) = (self.place, self.kept) else { return Ok(()) };
        let header = export::Header {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started: self.started,
            endpoints: self.endpoints.names().to_vec(),
            notes: self.notes,
        };
        place.write(|format, out| export::write(&transcript, format, out, &header))
    }
}

/// Where a transcript goes: a file beside the place until it is whole, or something that is no file.
#[derive(Debug)]
struct Place {
    path: PathBuf,
    format: Format,
    to: To,
}

#[derive(Debug)]
enum To {
    Aside(NamedTempFile),
    Stream(File),
}

impl Place {
    fn take(path: &Path) -> Result<Self, Trouble> {
        let format = Format::from_path(path).ok_or_else(|| {
            let what = format!("{}: the form of a transcript follows from its name", path.display());
            Trouble::usage(what, format!("end it in {}", export::ENDINGS))
        })?;
        let to = Self::open(path).map_err(|error| Trouble::file(path, &error))?;
        Ok(Self { path: path.to_owned(), format, to })
    }

    fn open(path: &Path) -> io::Result<To> {
        if std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
            return OpenOptions::new().write(true).open(path).map(To::Stream);
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        tempfile::Builder::new().prefix(".transcript-").tempfile_in(folder).map(To::Aside)
    }

    fn write(self, export: impl FnOnce(Format, &mut dyn Write) -> io::Result<()>) -> Result<(), Trouble> {
        let write = |file: &File| {
            let mut out = BufWriter::new(file);
            export(self.format, &mut out)?;
            out.flush()
        };
        let written = match self.to {
            To::Stream(file) => write(&file),
            To::Aside(aside) => {
                write(aside.as_file()).and_then(|()| aside.persist(&self.path).map(drop).map_err(|error| error.error))
            }
        };
        written.map_err(|error| Trouble::file(&self.path, &error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transcript_appears_whole_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("session.txt");
        std::fs::write(&path, "old").unwrap();
        let place = Place::take(&path).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        place.write(|format, out| write!(out, "{format:?}")).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"Text");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_line_that_nobody_verified_is_noted_once() {
        let output = Output { transcript: None, verbose: false, json: false };
        let mut log = Log::new(&output).unwrap();
        let mut target = Target::new(connection::Protocol::Smtp, "mx.example", 25);
        log.notes(&target);
        assert!(log.notes.is_empty());
        target.tls.trust = Trust::Anybody;
        log.notes(&target);
        log.notes(&target);
        assert_eq!(log.notes, ["mx.example:25: no certificate was verified"]);
    }

    #[test]
    fn a_place_that_cannot_be_written_is_found_out_at_once() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["session", "session.pdf", "no/such/folder.txt"] {
            assert_eq!(Place::take(&folder.path().join(name)).unwrap_err().status, Status::Usage, "{name}");
        }
    }
}
