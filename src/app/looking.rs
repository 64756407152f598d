//! Files and folders as attachments need them: what is in a folder, what a file is like. This touches the disk, so it is
//! done beside the loop, for [`super::Effect::ListFolder`] and [`super::Effect::LookAt`].

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// Most entries of a folder that are listed.
pub const ENTRIES: usize = 10_000;

/// Something in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name, as the system has it.
    pub name: OsString,
    /// It is a folder.
    pub is_dir: bool,
    /// How many octets a file has.
    pub octets: u64,
}

/// A file or folder that somebody named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looked {
    /// Where it is, from the root.
    pub path: PathBuf,
    /// It is a folder.
    pub is_dir: bool,
    /// How many octets a file has.
    pub octets: u64,
}

impl Looked {
    /// Looks at a path; `~` is the home folder, and a relative path starts at the working directory. Why not, when there
    /// is nothing that can be read, or something that is neither file nor folder.
    pub fn at(path: &Path) -> Result<Self, String> {
        let look = || {
            let path = std::path::absolute(at_home(path))?;
            let found = fs::metadata(&path)?;
            if found.is_file() {
                // Whether it can be read is seen by trying; a pipe would make this wait.
                File::open(&path)?;
            } else if !found.is_dir() {
                return Err(io::Error::other("neither a file nor a folder"));
            }
            Ok(Self { path, is_dir: found.is_dir(), octets: found.len() })
        };
        look().map_err(|error: io::Error| said(&error))
    }
}

impl Entry {
    /// What is in a folder, folders first, at most [`ENTRIES`]; or why that is not known.
    pub fn list(folder: &Path) -> Result<Vec<Self>, String> {
        let folder = at_home(folder);
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { &folder };
        let found = fs::read_dir(folder).map_err(|error| said(&error))?;
        let mut entries: Vec<Self> = found.filter_map(Result::ok).take(ENTRIES).map(|entry| Self::of(&entry)).collect();
        entries.sort_by_cached_key(|entry| (!entry.is_dir, entry.name.to_string_lossy().to_lowercase()));
        Ok(entries)
    }

    fn of(entry: &fs::DirEntry) -> Self {
        // Through links: a link to a folder is opened like one.
        let found = fs::metadata(entry.path()).ok();
        let is_dir = found.as_ref().is_some_and(fs::Metadata::is_dir);
        Self { name: entry.file_name(), is_dir, octets: found.map_or(0, |found| found.len()) }
    }
}

/// `~` is the home folder.
pub fn at_home(path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), std::env::home_dir()) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.to_owned(),
    }
}

/// An error in words, without its number.
fn said(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "it may not be read".to_owned(),
        io::ErrorKind::NotADirectory => "that is no folder".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_come_first_and_sizes_are_told() {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("b.txt"), b"four").unwrap();
        fs::write(place.path().join("A.txt"), b"").unwrap();
        fs::create_dir(place.path().join("z")).unwrap();
        let entries = Entry::list(place.path()).unwrap();
        let shown: Vec<_> = entries.iter().map(|e| (e.name.to_str().unwrap(), e.is_dir)).collect();
        assert_eq!(shown, [("z", true), ("A.txt", false), ("b.txt", false)]);
        assert_eq!(entries[2].octets, 4);
        assert_eq!(Entry::list(&place.path().join("b.txt")), Err("that is no folder".to_owned()));
    }

    #[test]
    fn what_cannot_be_attached_says_why() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("a b");
        fs::write(&file, b"xyz").unwrap();
        assert_eq!(Looked::at(&file), Ok(Looked { path: file.clone(), is_dir: false, octets: 3 }));
        assert!(Looked::at(place.path()).unwrap().is_dir);
        assert_eq!(Looked::at(&place.path().join("none")), Err("there is no such file".to_owned()));
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_not_opened() {
        assert_eq!(Looked::at(Path::new("/dev/null")), Err("neither a file nor a folder".to_owned()));
    }
}
