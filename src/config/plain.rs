//! Opening files of ours that others could have replaced: a link is not followed, and a pipe or a terminal in the place
//! of the file does not keep us waiting.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// Opens the plain file at `path`. One that is made is readable by its owner only. A link and what is no plain file are
/// `InvalidInput`.
#[cfg(unix)]
pub fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
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

/// As above, where links cannot be refused while a file is opened.
#[cfg(not(unix))]
pub fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
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
