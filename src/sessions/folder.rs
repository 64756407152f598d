//! The folder of saved sessions: one file each, private, whole or not at all, never over another one, and no link
//! followed.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};

use jiff::{Timestamp, Zoned};

use super::Name;
use super::name::host_of;
use crate::config::paths::create_private;
use crate::config::{atomic, folder, plain};
use crate::transcript::export::{self, Header};
use crate::transcript::import::{self, BadSession};
use crate::transcript::{Direction, Transcript};

/// Most octets of a file; of more the newest rows are kept.
pub const OCTETS: usize = 16 << 20;
/// Most files that are listed.
const LISTED: usize = 2_000;
/// Most names tried for sessions of one second.
const NUMBERS: u32 = 1_000;

/// A session that was read.
#[derive(Debug)]
pub struct Session {
    /// All that was said, masked.
    pub transcript: Transcript,
    /// When, and with whom.
    pub header: Header,
}

/// A session in the folder.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its name.
    pub name: Name,
    /// When it began; when the file was changed last, if that cannot be read.
    pub started: Timestamp,
    /// Who spoke with whom; **not sanitized**.
    pub endpoints: Vec<String>,
    /// Rows.
    pub entries: u64,
    /// Rows with a note or a bookmark.
    pub annotated: u64,
    /// Of the file.
    pub octets: u64,
    /// Why it cannot be opened; sanitized.
    pub trouble: Option<String>,
}

/// The folder.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// The sessions in the folder at `path`. Nothing is opened yet.
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Where the file of a session lies.
    pub fn file(&self, name: &Name) -> PathBuf {
        self.path.join(name.file())
    }

    /// All sessions, the one that began last first.
    pub fn list(&self) -> io::Result<Vec<Listed>> {
        let mut listed: Vec<Listed> = self.names()?.into_iter().filter_map(|name| self.glance(name)).collect();
        listed.sort_by_key(|session| std::cmp::Reverse((session.started, session.name.clone())));
        Ok(listed)
    }

    fn names(&self) -> io::Result<Vec<Name>> {
        let entries = match std::fs::read_dir(&self.path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let name = |entry: std::fs::DirEntry| Name::of_file(entry.file_name().to_str()?);
        Ok(entries.flatten().filter_map(name).take(LISTED).collect())
    }

    /// What its header says. `None`: it is gone, or no file of ours.
    fn glance(&self, name: Name) -> Option<Listed> {
        let file = self.opened(&name).ok()?;
        let about = file.metadata().ok()?;
        let changed = about.modified().ok().and_then(|time| Timestamp::try_from(time).ok()).unwrap_or_default();
        let empty = Listed {
            name,
            started: changed,
            endpoints: Vec::new(),
            entries: 0,
            annotated: 0,
            octets: about.len(),
            trouble: None,
        };
        Some(match import::glance(&mut BufReader::new(file)) {
            Ok(glance) => Listed {
                started: glance.header.started,
                endpoints: glance.header.endpoints,
                entries: glance.entries,
                annotated: glance.annotated,
                ..empty
            },
            Err(error) => Listed { trouble: Some(error.to_string()), ..empty },
        })
    }

    /// The session that a person calls `text`; a name they gave goes before one that was made.
    pub fn find(&self, text: &str) -> io::Result<Option<Name>> {
        let mut names: Vec<Name> = self.names()?.into_iter().filter(|name| name.as_str() == text).collect();
        names.sort_by_key(|name| !name.is_given());
        Ok(names.into_iter().next())
    }

    /// Reads a session.
    pub fn open(&self, name: &Name) -> Result<Session, BadSession> {
        read(self.opened(name)?)
    }

    fn opened(&self, name: &Name) -> io::Result<File> {
        plain::open(OpenOptions::new().read(true), &self.file(name))
    }

    /// Keeps a session under a name that is free. On return it is on disk.
    pub fn save(&self, name: &Name, transcript: &Transcript, header: &Header) -> io::Result<()> {
        self.put(name, &octets(transcript, header)?)
    }

    /// The same with the octets of the file, as [`octets`] makes them.
    pub fn put(&self, name: &Name, octets: &[u8]) -> io::Result<()> {
        create_private(&self.path)?;
        if self.find(name.as_str())?.is_some() {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("there is a session {name} already")));
        }
        atomic::create(&self.file(name), |out| out.write_all(octets))?;
        atomic::sync_folder(&self.path)
    }

    /// Puts the notes of a session in place of those in its file.
    pub fn annotate(&self, name: &Name, notes: &[(u64, String)]) -> Result<(), BadSession> {
        let Session { mut transcript, header } = self.open(name)?;
        let before: Vec<u64> = transcript.annotated().collect();
        for id in before {
            transcript.annotate(id, None);
        }
        for (id, note) in notes {
            transcript.annotate(*id, Some(note.clone()));
        }
        atomic::replace(&self.file(name), octets(&transcript, &header)?)?;
        Ok(())
    }

    /// Gives a session another name, which becomes one that a person gave.
    pub fn rename(&self, from: &Name, to: &Name) -> io::Result<()> {
        let other = |name: &Name| name != from || name.is_given();
        if self.find(to.as_str())?.is_some_and(|name| other(&name)) {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("there is a session {to} already")));
        }
        let here = folder::open_folder(&self.path, true)?;
        folder::move_to_free_name(&here, &from.file(), &here, &to.file())?;
        folder::sync_folder(&here)
    }

    /// Removes a session. That there is none is no error.
    pub fn remove(&self, name: &Name) -> io::Result<()> {
        match folder::open_folder(&self.path, true) {
            Ok(here) => folder::remove(&here, name.file()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// What is done when a conversation ends with the program: one that has a name goes there, every other one gets a
    /// name from time and server, and of those the newest `most` are left. Of a conversation in which nothing was said
    /// nothing is kept. The name that it has.
    pub fn leave(
        &self,
        transcript: &Transcript,
        header: &Header,
        saved_as: Option<&Name>,
        started: &Zoned,
        most: usize,
    ) -> io::Result<Option<Name>> {
        let said = |direction| matches!(direction, Direction::Sent | Direction::Received);
        if !transcript.iter().any(|entry| said(entry.direction())) {
            return Ok(None);
        }
        if let Some(name) = saved_as {
            atomic::replace(&self.file(name), octets(transcript, header)?)?;
            return Ok(Some(name.clone()));
        }
        if most == 0 {
            return Ok(None);
        }
        let kept = self.keep(&octets(transcript, header)?, header, started)?;
        self.prune(most);
        Ok(Some(kept))
    }

    fn keep(&self, octets: &[u8], header: &Header, started: &Zoned) -> io::Result<Name> {
        let server = header.endpoints.first().map(|endpoint| host_of(endpoint)).unwrap_or_default();
        for number in 0..NUMBERS {
            let name = Name::made(started, server, number);
            match self.put(&name, octets) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                done => return done.map(|()| name),
            }
        }
        Err(io::Error::new(io::ErrorKind::AlreadyExists, "too many sessions began in that second"))
    }

    /// Removes the oldest of those that nobody named until so many are left. Their names begin with the time.
    fn prune(&self, most: usize) {
        let mut made: Vec<Name> = self.names().unwrap_or_default();
        made.retain(|name| !name.is_given());
        made.sort();
        for name in made.iter().rev().skip(most) {
            // What stays now goes the next time.
            let _ = self.remove(name);
        }
    }
}

/// The file of a session: at most about [`OCTETS`].
pub fn octets(transcript: &Transcript, header: &Header) -> io::Result<Vec<u8>> {
    let mut octets = Vec::new();
    export::newest(transcript, &mut octets, header, OCTETS)?;
    Ok(octets)
}

/// Reads the export at any path.
pub fn read_file(path: &Path) -> Result<Session, BadSession> {
    read(File::open(path)?)
}

fn read(file: File) -> Result<Session, BadSession> {
    let (transcript, header) = import::read(&mut BufReader::new(file))?;
    Ok(Session { transcript, header })
}

#[cfg(test)]
mod tests;
