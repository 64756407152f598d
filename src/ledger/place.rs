//! Where the file of a maildrop lies, and how it is opened, locked and replaced. Links and things that are no plain file
//! are refused.

use std::fs::OpenOptions;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::Maildrop;
use super::contents::FILE;
use crate::config::lock::Lock;
use crate::config::{atomic, plain};

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
        let file = match plain::open(OpenOptions::new().read(true), &self.file) {
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
    pub(super) fn lock(&self) -> io::Result<Lock> {
        self.check_folder()?;
        Lock::wait(&self.lock)
    }

    fn check_folder(&self) -> io::Result<()> {
        match std::fs::symlink_metadata(&self.folder) {
            Ok(about) if !about.is_dir() => Err(refused(&self.folder, "is no folder")),
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

fn refused(path: &Path, why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("{} {why}", path.display()))
}
