//! What all destinations do with the disk: private files and folders, moves that replace nothing, and errors in words.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Mode, OFlags};
use rustix::io::Errno;

use crate::config::atomic::folder_of;
use crate::wire::printable;

/// What went wrong with `path`, for people.
pub fn told(path: &Path, error: &io::Error) -> String {
    let words = match error.kind() {
        ErrorKind::StorageFull => "the disk is full".to_owned(),
        ErrorKind::QuotaExceeded => "the quota of this person on the disk is used up".to_owned(),
        ErrorKind::ReadOnlyFilesystem => "the file system is read-only".to_owned(),
        ErrorKind::FileTooLarge => "the file may not grow larger (a limit of the system or of ulimit -f)".to_owned(),
        ErrorKind::PermissionDenied if error.raw_os_error().is_some() => "writing there is not permitted".to_owned(),
        _ if error.raw_os_error() == Some(Errno::IO.raw_os_error()) => "the disk reports an error (EIO)".to_owned(),
        _ if error.raw_os_error() == Some(Errno::MFILE.raw_os_error()) => {
            "too many files are open (ulimit -n)".to_owned()
        }
        _ => printable::text(&error.to_string()).into_owned(),
    };
    let path = path.display().to_string();
    if words.contains(&path) { words } else { format!("{}: {words}", printable::text(&path)) }
}

/// A refusal with its reason.
pub fn refused(why: impl Into<String>) -> io::Error {
    io::Error::other(why.into())
}

/// Opens a folder that is no link, to work in it by handle.
pub fn open_folder(path: &Path, follow: bool) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let flags = if follow { flags } else { flags | OFlags::NOFOLLOW };
    Ok(rustix::fs::openat(CWD, path, flags, Mode::empty())?)
}

/// Makes a private file that was not there.
pub fn create_new(folder: impl AsFd, name: &str) -> io::Result<File> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(File::from(rustix::fs::openat(folder, name, flags, Mode::RUSR | Mode::WUSR)?))
}

/// Moves a file to a name that must be free: [`ErrorKind::AlreadyExists`] if it is not.
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
pub fn remove(folder: impl AsFd, name: &str) -> io::Result<()> {
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

/// The one true path of something that may not be there yet; its folder must be.
pub fn canonical(path: &Path) -> io::Result<PathBuf> {
    match path.canonicalize() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let name = path.file_name().ok_or_else(|| refused("it names no file or folder"))?;
            Ok(folder_of(path).canonicalize()?.join(name))
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
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
