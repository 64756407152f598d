//! Parts of a message on their way out: read by themselves, saved into a folder, handed to the system's program.
//!
//! A file is made anew inside the folder that was named, through that folder's own descriptor: nothing is written over
//! and no link is followed, whatever happens to the folder meanwhile. What is only to be opened lies in a private
//! folder among the temporary files, which goes when the program ends.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tempfile::TempDir;
use tokio::sync::mpsc;

use super::effects::Answer;
use super::files::{ATTEMPTS, numbered};
use crate::app::Message;
use crate::config::folder;
use crate::mail::{self, Danger, Extracted, View};

/// What is done with parts, beside the loop.
pub struct Parts {
    answers: mpsc::UnboundedSender<Answer>,
    /// Where opened files lie, once there is one.
    opened: Arc<Mutex<Option<TempDir>>>,
}

impl Parts {
    /// What comes back goes into `answers`.
    pub fn new(answers: mpsc::UnboundedSender<Answer>) -> Self {
        Self { answers, opened: Arc::default() }
    }

    /// Takes one part apart.
    pub fn parse(&self, raw: Arc<Vec<u8>>, path: String) {
        let answers = self.answers.clone();
        tokio::task::spawn_blocking(move || {
            if let Some(view) = View::of_part(&raw, &path).map(Box::new) {
                // The loop may have ended.
                let _ = answers.send(Answer::Message(Message::PartParsed { raw, path, view }));
            }
        });
    }

    /// Saves parts, and opens the first if that is asked for.
    pub fn save(&self, raw: Arc<Vec<u8>>, paths: Vec<String>, folder: Option<PathBuf>, open: bool) {
        let (answers, opened) = (self.answers.clone(), Arc::clone(&self.opened));
        tokio::task::spawn_blocking(move || {
            let saved =
                folder.map_or_else(|| private_folder(&opened), Ok).and_then(|to| save_parts(&raw, &paths, &to, open));
            let first = saved.as_ref().ok().and_then(|files| files.first().cloned());
            let _ = answers.send(Answer::Message(Message::PartsSaved(saved)));
            if let Some(file) = first.filter(|_| open) {
                let result = opener::open(&file).map_err(|error| format!("{}: {error}", file.display()));
                let _ = answers.send(Answer::Message(Message::Opened(result)));
            }
        });
    }
}

/// The folder of this run for files that are only opened.
fn private_folder(opened: &Mutex<Option<TempDir>>) -> Result<PathBuf, String> {
    let mut folder = opened.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(folder) = &*folder {
        return Ok(folder.path().to_owned());
    }
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    let made = builder.prefix("telepost-").tempdir();
    let made = made.map_err(|error| format!("no folder for the file can be made: {error}"))?;
    Ok(folder.insert(made).path().to_owned())
}

/// Saves parts in a folder that is there and returns their paths. `open`: what is a program by its first octets is
/// refused.
pub fn save_parts(raw: &[u8], paths: &[String], to: &Path, open: bool) -> Result<Vec<PathBuf>, String> {
    let wanted: HashSet<&str> = paths.iter().map(String::as_str).collect();
    let told = |error: &io::Error| format!("{}: {error}", to.display());
    // A folder that is named may be a link to one; nothing below it is.
    let directory = folder::open_folder(to, true).map_err(|error| told(&error))?;
    let mut saved = Vec::new();
    for part in mail::extract_each(raw, |path| wanted.contains(path)) {
        if open
            && mail::danger(&part.name, &part.content_type, &part.bytes[..part.bytes.len().min(512)])
                == Some(Danger::Program)
        {
            return Err(format!(
                "{} is a program or a script by what it holds: it is not opened from here; s saves it",
                part.name
            ));
        }
        let name = write(&directory, &part).map_err(|error| {
            let before =
                if saved.is_empty() { String::new() } else { format!(" ({} files were written before)", saved.len()) };
            format!("{}: {error}{before}", to.join(&part.name).display())
        })?;
        saved.push(to.join(name));
    }
    if saved.is_empty() {
        return Err("there is no such part in the message".to_owned());
    }
    folder::sync_folder(&directory).map_err(|error| told(&error))?;
    Ok(saved)
}

/// Writes a part under its name or, if that is taken, under one with a number. The name it got.
fn write(directory: &OwnedFd, part: &Extracted) -> io::Result<PathBuf> {
    let (name, mut file) = create(directory, &part.name)?;
    let written = file.write_all(&part.bytes).and_then(|()| file.sync_all());
    if written.is_err() {
        // The error of the write is the one to tell.
        let _ = folder::remove(directory, &name);
    }
    written.map(|()| name)
}

fn create(directory: &OwnedFd, name: &str) -> io::Result<(PathBuf, File)> {
    for number in 0..ATTEMPTS {
        let candidate = numbered(Path::new(name), number);
        match folder::create_new(directory, &candidate) {
            Ok(file) => return Ok((candidate, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, "too many files of that name are there already"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    const MAIL: &[u8] = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntext\r\n\
        --b\r\nContent-Disposition: attachment; filename=\"../same.txt\"\r\n\r\none\r\n\
        --b\r\nContent-Disposition: attachment; filename=same.txt\r\nContent-Transfer-Encoding: base64\r\n\r\ndHdv\r\n\
        --b\r\nContent-Disposition: attachment; filename=holiday.png\r\n\r\n#!/bin/sh\r\n--b--\r\n";

    fn paths(paths: &[&str]) -> Vec<String> {
        paths.iter().map(|path| (*path).to_owned()).collect()
    }

    #[test]
    fn parts_get_names_of_their_own_and_are_private() {
        let place = tempfile::tempdir().unwrap();
        let inner = place.path().join("inner");
        std::fs::create_dir(&inner).unwrap();
        let saved = save_parts(MAIL, &paths(&["2", "3"]), &inner, false).unwrap();
        assert_eq!(saved, [inner.join("same.txt"), inner.join("same-1.txt")]);
        let read: Vec<String> = saved.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
        assert_eq!(read, ["one", "two"]);
        assert_eq!(std::fs::metadata(&saved[0]).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1, "nothing outside the folder");
    }

    #[test]
    fn links_in_the_place_of_a_file_are_not_followed() {
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("target");
        symlink(&target, place.path().join("same.txt")).unwrap();
        let saved = save_parts(MAIL, &paths(&["2"]), place.path(), false).unwrap();
        assert_eq!(saved, [place.path().join("same-1.txt")]);
        assert!(!target.exists());
    }

    #[test]
    fn a_folder_that_is_missing_or_none_is_refused_and_not_made() {
        let place = tempfile::tempdir().unwrap();
        let missing = place.path().join("missing");
        assert!(save_parts(MAIL, &paths(&["2"]), &missing, false).unwrap_err().contains("No such file"));
        assert!(!missing.exists());
        std::fs::write(&missing, b"").unwrap();
        assert!(save_parts(MAIL, &paths(&["2"]), &missing, false).unwrap_err().contains("Not a directory"));
        assert!(save_parts(MAIL, &paths(&["9"]), place.path(), false).unwrap_err().contains("no such part"));
    }

    #[test]
    fn a_script_in_disguise_is_saved_but_not_opened() {
        let place = tempfile::tempdir().unwrap();
        let why = save_parts(MAIL, &paths(&["4"]), place.path(), true).unwrap_err();
        assert!(why.contains("holiday.png is a program"), "{why}");
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
        assert_eq!(save_parts(MAIL, &paths(&["4"]), place.path(), false).unwrap().len(), 1);
    }

    #[test]
    fn the_private_folder_is_one_for_the_run_and_goes_with_it() {
        let opened = Mutex::default();
        let folder = private_folder(&opened).unwrap();
        assert_eq!(private_folder(&opened).unwrap(), folder);
        assert_eq!(std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
        drop(opened);
        assert!(!folder.exists());
    }
}
