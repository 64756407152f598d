//! Locks of an mbox: the dot lock beside it and the record lock on it, as mail programs take both.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use rustix::fs::FlockOperation;
use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};

use super::super::disk::refused;
use crate::config::atomic::folder_of;

/// `FILE.lock`, removed when dropped.
#[derive(Debug)]
pub struct DotLock {
    /// `None` where no file can be made beside the mbox: then the record lock alone counts.
    path: Option<PathBuf>,
}

impl DotLock {
    /// Takes the lock beside `mbox`. One whose process is gone is taken over.
    pub fn take(mbox: &Path) -> io::Result<Self> {
        let mut name = mbox.as_os_str().to_owned();
        name.push(".lock");
        let path = PathBuf::from(name);
        match create(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                still_held(&path)?;
                std::fs::remove_file(&path)?;
                create(&path)?;
            }
            Err(error) if matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) => {
                return Ok(Self { path: None });
            }
            other => other?,
        }
        Ok(Self { path: Some(path) })
    }
}

impl Drop for DotLock {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            // A lock that stays is told and taken over at the next start.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Under its name it names its process at once: one that a crash left without would lock the mbox for ever.
fn create(path: &Path) -> io::Result<()> {
    let mut aside = tempfile::Builder::new().prefix(".telepost-lock-").tempfile_in(folder_of(path))?;
    writeln!(aside, "{}", std::process::id())?;
    aside.persist_noclobber(path).map(drop).map_err(|error| error.error)
}

/// Refuses unless the process named in the lock is gone.
fn still_held(path: &Path) -> io::Result<()> {
    let shown = path.display();
    let named = std::fs::read_to_string(path).unwrap_or_default();
    let pid = named.trim().parse().ok().filter(|pid| *pid > 0).and_then(Pid::from_raw);
    match pid.map(|pid| (pid, test_kill_process(pid))) {
        Some((_, Err(Errno::SRCH))) => Ok(()),
        Some((pid, _)) => Err(refused(format!("it is locked: process {} holds {shown}", pid.as_raw_nonzero()))),
        None => Err(refused(format!(
            "it is locked: {shown} is there and names no process; remove it if no mail program is at work"
        ))),
    }
}

/// The record lock of the whole file.
pub fn lock(file: &File) -> io::Result<()> {
    rustix::fs::fcntl_lock(file, FlockOperation::NonBlockingLockExclusive).map_err(|error| match error {
        Errno::AGAIN | Errno::ACCESS => refused("another program has locked it; try again when it is done"),
        error => error.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_held_told_and_given_back() {
        let place = tempfile::tempdir().unwrap();
        let (mbox, lock) = (place.path().join("mbox"), place.path().join("mbox.lock"));
        let held = DotLock::take(&mbox).unwrap();
        let why = DotLock::take(&mbox).unwrap_err().to_string();
        assert!(why.contains(&std::process::id().to_string()), "{why}");
        drop(held);
        assert!(!lock.exists());
        for of_somebody in ["0", "", "procmail"] {
            std::fs::write(&lock, of_somebody).unwrap();
            let why = DotLock::take(&mbox).unwrap_err().to_string();
            assert!(why.contains("mbox.lock") && why.contains("remove it"), "{why}");
        }
        // A process that has ended and was waited for is gone.
        let mut child = std::process::Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        std::fs::write(&lock, format!("{}\n", child.id())).unwrap();
        drop(DotLock::take(&mbox).unwrap());
        assert!(!lock.exists());
    }
}
