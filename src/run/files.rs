//! Files a person asked for: made anew, never over another one, readable by their owner only.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Most names tried when a file is there already.
pub(super) const ATTEMPTS: u32 = 1_000;

/// Writes `bytes` to a file that did not exist: `path`, or with `-1`, `-2`… before the extension. Returns its path,
/// once the bytes are on disk. A file that cannot be written whole is removed again.
pub fn write_new(path: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
    let (path, mut file) = create_new(path)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    if written.is_err() {
        // The error of the write is the one to tell.
        let _ = std::fs::remove_file(&path);
    }
    written.map(|()| path)
}

/// Opens a file that did not exist, as [`write_new`] does.
pub fn create_new(path: &Path) -> io::Result<(PathBuf, File)> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    for number in 0..ATTEMPTS {
        let candidate = numbered(path, number);
        match options.open(&candidate) {
            Ok(file) => return Ok((candidate, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, "too many files of that name are there already"))
}

/// `same.txt`, `same-1.txt`, `same-2.txt`.
pub(super) fn numbered(path: &Path, number: u32) -> PathBuf {
    if number == 0 {
        return path.to_owned();
    }
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(format!("-{number}"));
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_written_over() {
        let place = tempfile::tempdir().unwrap();
        let wanted = place.path().join("session.tar.txt");
        for (content, name) in [("a", "session.tar.txt"), ("b", "session.tar-1.txt"), ("c", "session.tar-2.txt")] {
            let path = write_new(&wanted, content.as_bytes()).unwrap();
            assert_eq!(path, place.path().join(name));
        }
        assert_eq!(std::fs::read(wanted).unwrap(), b"a");
        let bare = place.path().join("session");
        write_new(&bare, b"").unwrap();
        assert_eq!(write_new(&bare, b"").unwrap(), place.path().join("session-1"));
    }

    #[test]
    fn a_missing_folder_is_an_error_and_not_made() {
        let place = tempfile::tempdir().unwrap();
        let error = write_new(&place.path().join("no/such.txt"), b"x").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }

    #[cfg(unix)]
    #[test]
    fn files_are_private_and_links_are_not_followed() {
        use std::os::unix::fs::PermissionsExt;

        let place = tempfile::tempdir().unwrap();
        let path = write_new(&place.path().join("a.eml"), b"x").unwrap();
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
        let link = place.path().join("b.eml");
        std::os::unix::fs::symlink(place.path().join("target"), &link).unwrap();
        assert_eq!(write_new(&link, b"x").unwrap(), place.path().join("b-1.eml"));
        assert!(!place.path().join("target").exists());
    }
}
