//! Files that are there whole or not at all, whenever a crash comes: written aside, flushed, then given their name. File
//! and folder are readable by their owner only, whatever the umask says.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use super::folder;
use super::paths::create_private;

/// Replaces the file at `path`, or makes it. On return it is on disk.
pub fn replace(path: &Path, content: impl AsRef<[u8]>) -> io::Result<()> {
    create_private(folder_of(path))?;
    let aside = aside(folder_of(path), |out| out.write_all(content.as_ref()))?;
    aside.persist(path).map_err(|error| error.error)?;
    sync_folder(folder_of(path))
}

/// Makes the file at `path` of what `fill` writes; that one is there is an error. Its folder has to be there, and wants
/// [`sync_folder`] when all of its files are made.
pub fn create(path: &Path, fill: impl FnOnce(&mut BufWriter<&File>) -> io::Result<()>) -> io::Result<()> {
    let aside = aside(folder_of(path), fill)?;
    aside.persist_noclobber(path).map(drop).map_err(|error| error.error)
}

/// A file of another name whose octets are on disk. tempfile makes it with mode 0600 and `O_EXCL`.
fn aside(folder: &Path, fill: impl FnOnce(&mut BufWriter<&File>) -> io::Result<()>) -> io::Result<NamedTempFile> {
    let aside = tempfile::Builder::new().prefix(".telepost-").tempfile_in(folder)?;
    let mut out = BufWriter::new(aside.as_file());
    fill(&mut out)?;
    out.flush()?;
    drop(out);
    aside.as_file().sync_all()?;
    Ok(aside)
}

/// Where `path` lies.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Without this a crash of the machine can take a new name back.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    folder::sync_folder(File::open(path)?)
}
