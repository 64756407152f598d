//! Replaces a file so that a crash at any moment leaves the old text or the new one whole: written aside, flushed, then
//! renamed over it. File and folder are readable by their owner only, whatever the umask says.

use std::io::{self, Write};
use std::path::Path;

use super::paths::create_private;

/// Replaces the file at `path`, or makes it. On return it is on disk.
pub fn replace(path: &Path, text: &str) -> io::Result<()> {
    let folder = folder_of(path);
    create_private(folder)?;
    // A named temporary file is made with mode 0600 and O_EXCL.
    let mut aside = tempfile::Builder::new().prefix(".telepost-").tempfile_in(folder)?;
    aside.write_all(text.as_bytes())?;
    aside.as_file().sync_all()?;
    aside.persist(path).map_err(|error| error.error)?;
    sync_folder(folder)
}

/// Where `path` lies.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Without this a crash of the machine can take the rename back.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    std::fs::File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}
