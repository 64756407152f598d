//! Where a secret comes from: the key ring, a command, a file, a variable, or whoever sits at the keyboard. Never from
//! an argument, and never into a file of ours.

mod command;
mod ring;

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use zeroize::Zeroizing;

use super::paths;
use crate::wire::Secret;

pub use ring::{forget, keep};

/// Longest password file or output of a command that is taken, in octets.
const LONGEST: usize = 64 * 1024;
/// How long a command may take while the workbench waits for it.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where the secret of a profile comes from.
#[derive(Clone, PartialEq, Eq, Default)]
pub enum Source {
    /// It is asked for.
    #[default]
    Prompt,
    /// The first line that this shell command prints. The command itself is not shown in errors: it may hold a secret.
    Command(String),
    /// The first line of this file, which nobody else may be able to read.
    File(PathBuf),
    /// This environment variable.
    Variable(String),
    /// The key ring of the desktop, under `telepost` and [`key`].
    KeyRing,
}

/// A command may hold a secret itself.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Prompt => f.write_str("Prompt"),
            Self::Command(_) => f.write_str("Command(****)"),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Variable(name) => f.debug_tuple("Variable").field(name).finish(),
            Self::KeyRing => f.write_str("KeyRing"),
        }
    }
}

/// The name of an entry in the key ring: who, and where.
pub fn key(user: &str, host: &str) -> String {
    format!("{user}@{host}")
}

/// Fetches the secret while the workbench has the terminal: a command reads and shows nothing there, and has 30 seconds.
/// Blocks. `None`: it has to be asked for (the source is [`Source::Prompt`], or the key ring has no such entry). `key`:
/// as [`key`] makes it.
pub fn fetch(source: &Source, key: &str) -> Result<Option<Secret>, String> {
    fetch_with(source, key, |line| command::run_apart(line, PATIENCE))
}

/// Fetches the secret as [`fetch`] does, but a command may ask on the terminal, and as long as it likes.
pub fn fetch_on_terminal(source: &Source, key: &str) -> Result<Option<Secret>, String> {
    fetch_with(source, key, command::run_here)
}

fn fetch_with(
    source: &Source,
    key: &str,
    run: impl FnOnce(&str) -> Result<Secret, String>,
) -> Result<Option<Secret>, String> {
    match source {
        Source::Prompt => Ok(None),
        Source::Command(line) => run(line).map(Some).map_err(|why| format!("the command for the password: {why}")),
        Source::File(path) => of_file(path).map(Some).map_err(|why| format!("{}: {why}", path.display())),
        Source::Variable(name) => of_variable(name).map(Some),
        Source::KeyRing => ring::fetch(key),
    }
}

fn of_variable(name: &str) -> Result<Secret, String> {
    match std::env::var(name) {
        Ok(value) if value.is_empty() => Err(format!("the variable {name} for the password is empty")),
        Ok(value) => Ok(Secret::new(value)),
        // The error would repeat the value.
        Err(std::env::VarError::NotUnicode(_)) => Err(format!("the password in the variable {name} is not UTF-8")),
        Err(std::env::VarError::NotPresent) => Err(format!("the variable {name} for the password is not set")),
    }
}

/// The rights are those of the open file, so that nobody can exchange it in between.
fn of_file(path: &Path) -> Result<Secret, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let mode = paths::mode(&file).map_err(|error| error.to_string())?;
    if mode & 0o077 != 0 {
        let advice = format!("mend it: chmod 600 {}", path.display());
        return Err(format!("others can read this password file (mode {mode:03o}); it was not used; {advice}"));
    }
    first_line(&read_capped(file)?).map_err(str::to_owned)
}

/// Reads to the end, at most [`LONGEST`] octets, into one buffer that never moves and is wiped.
fn read_capped(source: impl Read) -> Result<Zeroizing<Vec<u8>>, String> {
    // With room to spare the end is found without growing, which would leave a copy behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST + 1024));
    let limit = u64::try_from(LONGEST + 1).unwrap_or(u64::MAX);
    source.take(limit).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() > LONGEST { Err(format!("more than {} KiB are no password", LONGEST / 1024)) } else { Ok(bytes) }
}

fn first_line(bytes: &[u8]) -> Result<Secret, &'static str> {
    let line = bytes.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    match std::str::from_utf8(line) {
        Ok("") => Err("there is no password in it"),
        Ok(line) => Ok(Secret::new(line)),
        Err(_) => Err("the password is not UTF-8"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;

        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("password");
        std::fs::write(&path, "hunter2\nuser: ada\n").unwrap();
        let of = |mode| {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            fetch(&Source::File(path.clone()), "")
        };
        assert_eq!(of(0o600).unwrap().unwrap().expose(), "hunter2");
        assert_eq!(of(0o400).unwrap().unwrap().expose(), "hunter2");
        for mode in [0o644, 0o640, 0o604, 0o660] {
            let error = of(mode).unwrap_err();
            assert!(error.contains("chmod 600") && !error.contains("hunter2"), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_is_too_long_or_holds_nothing_is_refused() {
        use std::os::unix::fs::PermissionsExt;

        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("password");
        let of = |content: &[u8]| {
            std::fs::write(&path, content).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
            fetch(&Source::File(path.clone()), "").map(Option::unwrap)
        };
        assert_eq!(of(&vec![b'x'; LONGEST]).unwrap().expose().len(), LONGEST);
        for wrong in [vec![b'x'; LONGEST + 1].as_slice(), b"", b"\nhunter2", b"\xff"] {
            assert!(of(wrong).is_err());
        }
        std::fs::remove_file(&path).unwrap();
        assert!(fetch(&Source::File(path), "").is_err());
    }

    #[test]
    fn a_variable_is_read_when_it_is_set() {
        let path = fetch(&Source::Variable("PATH".into()), "").unwrap().unwrap();
        assert_eq!(path.expose(), std::env::var("PATH").unwrap());
        let error = fetch(&Source::Variable("TELEPOST_NO_SUCH_VARIABLE".into()), "").unwrap_err();
        assert!(error.contains("TELEPOST_NO_SUCH_VARIABLE"), "{error}");
    }

    #[test]
    fn a_prompt_is_not_answered_here() {
        assert!(fetch(&Source::Prompt, "ada@b").unwrap().is_none());
    }

    #[test]
    fn debug_output_hides_the_command() {
        assert_eq!(format!("{:?}", Source::Command("echo hunter2".into())), "Command(****)");
    }
}
