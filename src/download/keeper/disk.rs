//! What all destinations do with the disk: paths made plain, and errors in words.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

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
