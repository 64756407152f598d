//! Where the file of a maildrop lies, and how it is opened, locked and replaced. Links and things that are no plain file
//! are refused.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::Maildrop;
use super::contents::FILE;
use crate::config::{atomic, paths};

/// How long another program is waited for.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two looks whether it is done.
const PAUSE: Duration = Duration::from_millis(10);

/// The files of one maildrop.
pub(super) struct Place {
    folder: PathBuf,
    file: PathBuf,
    lock: PathBuf,
}

impl Place {
    /// Names are made of a hash only: users and hosts may hold anything.
    pub(super) fn of(state: &Path, maildrop: &Maildrop) -> Self {
        let mut hash = Sha256::new();
        for text in [&maildrop.user, &maildrop.host.to_ascii_lowercase()] {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        }
        hash.update(maildrop.port.to_be_bytes());
        let name = hash.finalize().iter().take(16).fold(String::with_capacity(32), |name, byte| {
            let digit = |value: u8| char::from_digit(u32::from(value), 16).expect("four bits are a digit");
            name + digit(byte >> 4).encode_utf8(&mut [0; 1]) + digit(byte & 15).encode_utf8(&mut [0; 1])
        });
        let folder = state.join("maildrops");
        Self { file: folder.join(&name), lock: folder.join(format!("{name}.lock")), folder }
    }

    /// The octets of the file; `None` if there is none.
    pub(super) fn read(&self) -> io::Result<Option<Vec<u8>>> {
        self.check_folder()?;
        let file = match open(OpenOptions::new().read(true), &self.file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let mut bytes = Vec::new();
        file.take(FILE).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    /// Replaces the file. On return it is on disk.
    pub(super) fn replace(&self, text: &str) -> io::Result<()> {
        atomic::replace(&self.file, text)
    }

    /// Waits until no other program writes about this maildrop, and keeps others out until the lock is dropped.
    pub(super) fn lock(&self) -> io::Result<File> {
        paths::create_private(&self.folder)?;
        self.check_folder()?;
        let file = open(OpenOptions::new().write(true).create(true).truncate(false), &self.lock)?;
        let until = Instant::now() + PATIENCE;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::Error(error)) => return Err(error),
                Err(TryLockError::WouldBlock) if Instant::now() >= until => {
                    return Err(io::Error::new(io::ErrorKind::TimedOut, "another telepost does not end writing it"));
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
            }
        }
    }

    fn check_folder(&self) -> io::Result<()> {
        match std::fs::symlink_metadata(&self.folder) {
            Ok(about) if !about.is_dir() => Err(refused(&self.folder, "is no folder")),
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// Opens a plain file, made readable by its owner only. A pipe or a terminal in its place must not keep us waiting.
#[cfg(unix)]
fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;

    use rustix::fs::OFlags;

    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY).bits();
    let file = options.mode(0o600).custom_flags(flags.cast_signed()).open(path).map_err(|error| {
        if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) {
            refused(path, "is a link")
        } else {
            error
        }
    })?;
    plain(file, path)
}

#[cfg(not(unix))]
fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    if std::fs::symlink_metadata(path).is_ok_and(|about| !about.is_file()) {
        return Err(refused(path, "is a link"));
    }
    plain(options.open(path)?, path)
}

fn plain(file: File, path: &Path) -> io::Result<File> {
    if file.metadata()?.is_file() { Ok(file) } else { Err(refused(path, "is no plain file")) }
}

fn refused(path: &Path, why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("{} {why}", path.display()))
}
