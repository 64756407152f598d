//! A folder that is worked in by its handle, whatever happens to its path meanwhile: private files made anew, moves that
//! replace nothing, and what is in it made to last.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Mode, OFlags};
use rustix::io::Errno;
use rustix::path::Arg;

/// Opens the folder at `path`; one that is a link only if `follow` says so.
pub fn open_folder(path: &Path, follow: bool) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let flags = if follow { flags } else { flags | OFlags::NOFOLLOW };
    Ok(rustix::fs::openat(CWD, path, flags, Mode::empty())?)
}

/// Makes a private file that was not there.
pub fn create_new(folder: impl AsFd, name: impl Arg) -> io::Result<File> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(File::from(rustix::fs::openat(folder, name, flags, Mode::RUSR | Mode::WUSR)?))
}

/// Moves a file to a name that must be free: [`io::ErrorKind::AlreadyExists`] if it is not.
pub fn move_to_free_name(from: impl AsFd, name: &str, into: impl AsFd, free: &str) -> io::Result<()> {
    #[cfg(any(target_os = "linux", target_vendor = "apple"))]
    match rustix::fs::renameat_with(&from, name, &into, free, rustix::fs::RenameFlags::NOREPLACE) {
        // Not every file system can; all that know links can do it in two steps.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {}
        done => return Ok(done?),
    }
    rustix::fs::linkat(&from, name, &into, free, AtFlags::empty())?;
    Ok(rustix::fs::unlinkat(&from, name, AtFlags::empty())?)
}

/// Removes a file; that it is gone already is no error.
pub fn remove(folder: impl AsFd, name: impl Arg) -> io::Result<()> {
    match rustix::fs::unlinkat(folder, name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// What is in a folder: after this its entries survive a loss of power.
pub fn sync_folder(folder: impl AsFd) -> io::Result<()> {
    match rustix::fs::fsync(folder) {
        // Some network file systems know no such thing for folders.
        Ok(()) | Err(Errno::INVAL) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use super::*;

    #[test]
    fn what_is_there_is_neither_opened_nor_written_over_nor_followed() {
        let place = tempfile::tempdir().unwrap();
        let folder = open_folder(place.path(), false).unwrap();
        std::fs::write(place.path().join("taken"), "theirs").unwrap();
        std::os::unix::fs::symlink(place.path().join("elsewhere"), place.path().join("link")).unwrap();
        for name in ["taken", "link"] {
            assert_eq!(create_new(&folder, name).unwrap_err().kind(), ErrorKind::AlreadyExists, "{name}");
        }
        drop(create_new(&folder, "ours").unwrap());
        for name in ["taken", "link"] {
            let why = move_to_free_name(&folder, "ours", &folder, name).unwrap_err();
            assert_eq!(why.kind(), ErrorKind::AlreadyExists, "{name}");
        }
        assert_eq!(std::fs::read_to_string(place.path().join("taken")).unwrap(), "theirs");
        assert!(place.path().join("ours").exists() && !place.path().join("elsewhere").exists());
    }
}
