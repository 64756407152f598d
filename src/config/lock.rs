//! A lock between processes: a private file that one of them holds. It is gone with the process, however that ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::atomic::folder_of;
use super::paths::create_private;
use super::plain;

/// How long another process is waited for, where it is waited for.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two looks whether it is done.
const PAUSE: Duration = Duration::from_millis(10);
/// How often a file that was removed under our hands is opened anew.
const ATTEMPTS: usize = 20;

/// Held until it is dropped; then its file is removed.
#[derive(Debug)]
pub struct Lock {
    file: File,
    path: PathBuf,
}

impl Lock {
    /// Takes the lock whose file is `path`, made if need be. `None`: another process has it.
    pub fn take(path: &Path) -> io::Result<Option<Self>> {
        create_private(folder_of(path))?;
        for _ in 0..ATTEMPTS {
            let file = plain::open(OpenOptions::new().write(true).create(true).truncate(false), path)?;
            match file.try_lock() {
                Ok(()) if is_still(&file, path) => return Ok(Some(Self { file, path: path.to_owned() })),
                // Who had it removed the file between our two steps.
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Takes it, and waits for another process for a few seconds.
    pub fn wait(path: &Path) -> io::Result<Self> {
        let until = Instant::now() + PATIENCE;
        loop {
            match Self::take(path)? {
                Some(lock) => return Ok(lock),
                None if Instant::now() >= until => {
                    return Err(io::Error::new(io::ErrorKind::TimedOut, "another telepost does not end writing it"));
                }
                None => std::thread::sleep(PAUSE),
            }
        }
    }

    /// Whether another process has the lock now. Makes no file.
    pub fn is_taken(path: &Path) -> bool {
        let Ok(file) = plain::open(OpenOptions::new().write(true), path) else { return false };
        match file.try_lock() {
            Ok(()) => {
                let _ = file.unlock();
                false
            }
            Err(_) => true,
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Removed while it is held: whoever waits finds out that its file is no longer the one with the name.
        let _ = std::fs::remove_file(&self.path);
        // Closing is not enough while a program that is just being started still has the handle.
        let _ = self.file.unlock();
    }
}

#[cfg(unix)]
fn is_still(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    let there = std::fs::symlink_metadata(path).map(|about| (about.dev(), about.ino()));
    let ours = file.metadata().map(|about| (about.dev(), about.ino()));
    matches!((there, ours), (Ok(there), Ok(ours)) if there == ours)
}

#[cfg(not(unix))]
fn is_still(_file: &File, _path: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_has_it_and_the_next_gets_it() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("new/one.lock");
        assert!(!Lock::is_taken(&path) && !path.exists());
        let first = Lock::take(&path).unwrap().expect("nobody has it");
        assert!(Lock::is_taken(&path) && Lock::take(&path).unwrap().is_none());
        drop(first);
        assert!(!path.exists());
        assert!(Lock::take(&path).unwrap().is_some());
    }

    #[test]
    fn a_file_that_a_dead_process_left_locks_nobody_out() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("one.lock");
        std::fs::write(&path, "").unwrap();
        assert!(!Lock::is_taken(&path));
        assert!(Lock::take(&path).unwrap().is_some());
    }

    #[test]
    fn many_at_once_go_one_by_one() {
        let place = tempfile::tempdir().unwrap();
        let (path, count) = (place.path().join("one.lock"), place.path().join("count"));
        std::fs::write(&count, "0").unwrap();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..20 {
                        let _lock = Lock::wait(&path).unwrap();
                        let number: u32 = std::fs::read_to_string(&count).unwrap().parse().unwrap();
                        std::fs::write(&count, (number + 1).to_string()).unwrap();
                    }
                });
            }
        });
        assert_eq!(std::fs::read_to_string(&count).unwrap(), "160");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_not_followed() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("one.lock");
        std::os::unix::fs::symlink(place.path().join("target"), &path).unwrap();
        assert!(Lock::take(&path).is_err());
        assert!(!place.path().join("target").exists());
    }
}
