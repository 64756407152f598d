//! Standard input as a body, and as a file that can be read twice.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::NamedTempFile;

use crate::cli::Trouble;
use crate::cli::send::scan::Scan;
use crate::connection::Body;

/// Octets of standard input kept in memory; more goes through a temporary file.
pub(super) const IN_MEMORY: usize = 1024 * 1024;

/// A whole mail from standard input.
pub(super) fn stdin() -> Result<(Body, Scan, Option<NamedTempFile>), Trouble> {
    body(io::stdin().lock()).map_err(|error| Trouble::file(Path::new("standard input"), &error))
}

/// A whole mail from a file: a small one is read once, a big one now and again when it is sent.
pub(super) fn file(path: &Path) -> io::Result<(Body, Scan)> {
    let mut file = File::open(path)?;
    if file.metadata()?.is_file() {
        let mut bytes = Vec::new();
        (&file).take(IN_MEMORY as u64 + 1).read_to_end(&mut bytes)?;
        if bytes.len() <= IN_MEMORY {
            let scan = Scan::of(bytes.as_slice())?;
            return Ok((Body::Bytes(Arc::from(bytes)), scan));
        }
        file.rewind()?;
    }
    Ok((Body::File(path.to_owned()), Scan::of(file)?))
}

/// Small in memory, big in a temporary file that goes when the source goes.
pub(super) fn body(mut input: impl Read) -> io::Result<(Body, Scan, Option<NamedTempFile>)> {
    let mut bytes = Vec::new();
    input.by_ref().take(IN_MEMORY as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() <= IN_MEMORY {
        let scan = Scan::of(bytes.as_slice())?;
        return Ok((Body::Bytes(Arc::from(bytes)), scan, None));
    }
    let mut file = tempfile::Builder::new().prefix("telepost-").suffix(".eml").tempfile()?;
    file.write_all(&bytes)?;
    io::copy(&mut input, &mut file)?;
    let path: PathBuf = file.path().to_owned();
    let scan = Scan::of(File::open(&path)?)?;
    Ok((Body::File(path), scan, Some(file)))
}

/// A file that can be read twice: standard input (`-`) through a temporary one.
pub(super) fn twice(path: &Path) -> Result<File, Trouble> {
    let open = || {
        if path != Path::new("-") {
            return File::open(path);
        }
        let mut file = tempfile::tempfile()?;
        io::copy(&mut io::stdin().lock(), &mut file)?;
        Ok(file)
    };
    open().map_err(|error| Trouble::file(path, &error))
}
