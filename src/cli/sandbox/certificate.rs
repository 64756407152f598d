//! `--ca-file`: the certificate to trust, for clients that take it from a file.
//!
//! A file that is there already is written over only if it holds the certificate of an earlier sandbox and nothing else:
//! a slip must not replace somebody's key or the system's roots.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use super::super::{Status, Trouble};
use crate::sandbox::{Sandbox, certificate};

/// More than any certificate of a sandbox.
const MOST: u64 = 16 * 1024;

/// Writes the sandbox's certificate to `path`, whole or not at all, readable by everybody.
pub fn write(path: &Path, sandbox: &Sandbox) -> Result<(), Trouble> {
    let taken = || io::Error::new(io::ErrorKind::AlreadyExists, "there is another file of that name");
    let written = match is_ours(path) {
        Ok(Some(false)) => Err(taken()),
        Ok(found) => put(path, sandbox.ca_pem(), found.is_some()),
        Err(error) => Err(error),
    };
    written.map_err(|error| {
        let what = format!("{}: {error}", path.display());
        Trouble::new(Status::Usage, what).advise("name a file that does not exist yet")
    })
}

/// Whether the file holds a sandbox's certificate and nothing else; `None` when there is no file.
fn is_ours(path: &Path) -> io::Result<Option<bool>> {
    match std::fs::symlink_metadata(path) {
        Ok(facts) if facts.is_file() => {}
        Ok(_) => return Ok(Some(false)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    }
    let mut content = Vec::new();
    File::open(path)?.take(MOST).read_to_end(&mut content)?;
    Ok(Some(certificate::is_authority(&content)))
}

fn put(path: &Path, pem: &str, over: bool) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(pem.as_bytes())?;
    let placed = if over { file.persist(path) } else { file.persist_noclobber(path) };
    placed.map(|_| ()).map_err(|error| error.error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::Options;

    #[tokio::test]
    async fn only_an_earlier_sandbox_is_written_over() {
        let sandbox = Sandbox::start(Options::default()).await.unwrap();
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("ca.pem");
        write(&path, &sandbox).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), sandbox.ca_pem());
        let other = Sandbox::start(Options::default()).await.unwrap();
        write(&path, &other).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), other.ca_pem());

        std::fs::write(&path, format!("{}mine\n", other.ca_pem())).unwrap();
        let refused = write(&path, &sandbox).unwrap_err();
        assert_eq!(refused.status, Status::Usage);
        assert!(std::fs::read_to_string(&path).unwrap().ends_with("mine\n"));
        assert!(write(place.path(), &sandbox).is_err(), "a folder");
        assert!(write(&place.path().join("no/such.pem"), &sandbox).is_err());
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn everybody_may_read_it_and_links_are_not_followed() {
        use std::os::unix::fs::PermissionsExt;

        let sandbox = Sandbox::start(Options::default()).await.unwrap();
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("ca.pem");
        write(&path, &sandbox).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o644);
        let link = place.path().join("link.pem");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(write(&link, &sandbox).is_err());
    }
}
