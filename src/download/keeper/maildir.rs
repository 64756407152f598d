//! Maildir: a folder of three. A message is written in `tmp`, and moved to `new` when it is on the disk.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::disk::refused;
use super::folder::{Folder, Naming};
use super::form::Form;
use super::journal::{Intent, Journal};
use super::names::{Run, is_of};
use crate::config::atomic::folder_of;
use crate::config::folder::{open_folder, sync_folder};
use crate::config::paths::create_private;

/// Refuses what is at `path` if that is something else. Nothing is made.
pub fn examine(path: &Path) -> io::Result<()> {
    match std::fs::read_dir(path) {
        Ok(entries) => {
            let names: Vec<_> = entries.map(|entry| Ok(entry?.file_name())).collect::<io::Result<_>>()?;
            let ours = |name: &str| names.iter().any(|there| there == name);
            let only_ours = names.iter().all(|name| name == "tmp" || name == "new" || name == "cur");
            let is_maildir = ours("new") && ours("cur");
            if !(only_ours || is_maildir) {
                return Err(refused(format!(
                    "{} is a folder with other things in it, and no Maildir (it has no new and cur): name a new folder",
                    path.display()
                )));
            }
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) if error.kind() == ErrorKind::NotADirectory => {
            return Err(refused(format!("{} is a file, and a Maildir is a folder", path.display())));
        }
        Err(error) => return Err(error),
    }
    Ok(())
}

/// Makes the folder at `path` if it is not there; refuses one that is something else.
pub fn prepare(path: &Path) -> io::Result<()> {
    examine(path)?;
    for name in ["tmp", "new", "cur"] {
        create_private(&path.join(name))?;
    }
    sync_folder(File::open(path)?)?;
    sync_folder(File::open(folder_of(path))?)
}

/// Opens the one at `path`, which is prepared: clears up what the journal's runs left and settles its intents.
pub fn open(path: &Path, journal: &mut Journal) -> io::Result<Folder> {
    let (aside, place) = (open_folder(&path.join("tmp"), false)?, open_folder(&path.join("new"), false)?);
    clear(&path.join("tmp"), journal.runs())?;
    let places = [path.join("new"), path.join("cur")];
    settle(journal, &place, |intent| find(&places, intent))?;
    let run = Run::new();
    journal.begin(run.id())?;
    Ok(Folder::new(aside, place, Naming::Maildir, Form::Lf, run))
}

/// Removes the temporary files of these runs, and no others.
pub fn clear(folder: &Path, runs: &[String]) -> io::Result<()> {
    if runs.is_empty() {
        return Ok(());
    }
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_str().is_some_and(|name| is_of(runs, name)) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// A file that reached its final name was on the disk before: its message counts, once the folder is on the disk too.
pub fn settle(journal: &mut Journal, place: &OwnedFd, found: impl Fn(&Intent) -> Option<PathBuf>) -> io::Result<()> {
    let mut there = Vec::new();
    for intent in journal.take_intents() {
        let data = found(&intent).and_then(|path| std::fs::symlink_metadata(path).ok());
        if data.is_some_and(|data| data.is_file() && (data.len(), data.ino()) == (intent.octets, intent.inode)) {
            there.push(intent.uid);
        }
    }
    sync_folder(place)?;
    journal.safe(there.into_iter())
}

/// The file of this name, also when a mail program moved it to `cur` and put flags behind the name.
fn find(places: &[PathBuf], intent: &Intent) -> Option<PathBuf> {
    let flagged = format!("{}:", intent.name);
    let [new, cur] = places else { return None };
    let path = new.join(&intent.name);
    if path.symlink_metadata().is_ok() {
        return Some(path);
    }
    let ours = |name: &str| name == intent.name || name.starts_with(&flagged);
    let entries = std::fs::read_dir(cur).ok()?;
    entries.flatten().find(|entry| entry.file_name().to_str().is_some_and(ours)).map(|entry| entry.path())
}
