//! Session keys to a file, in the NSS key log format, so that a capture can be decrypted. Only when asked for.

use std::fmt::{self, Write as _};
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rustls::KeyLog;

/// The file that keys are appended to.
pub struct KeyFile {
    file: Mutex<File>,
}

impl KeyFile {
    /// Opens the file for appending; a new one is for its owner alone.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(Self { file: Mutex::new(options.open(path)?) })
    }
}

impl KeyLog for KeyFile {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        let mut line = format!("{label} ");
        hexadecimal(client_random, &mut line);
        line.push(' ');
        hexadecimal(secret, &mut line);
        line.push('\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        // A full disk costs the decryption of a capture and must not cost the connection.
        let _ = file.write_all(line.as_bytes());
    }
}

fn hexadecimal(octets: &[u8], line: &mut String) {
    for octet in octets {
        write!(line, "{octet:02x}").expect("a string takes everything");
    }
}

impl fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyFile").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_appended_to_a_file_of_the_owner() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("keys.log");
        for _ in 0..2 {
            KeyFile::open(&path).expect("it opens").log("CLIENT_RANDOM", &[0, 255], &[1, 2, 3]);
        }
        let line = "CLIENT_RANDOM 00ff 010203\n";
        assert_eq!(std::fs::read_to_string(&path).expect("it is there"), line.repeat(2));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&path).expect("it is there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
}
