//! A folder of `.eml` files: `NNNNNN-<hash of the unique-id>.eml` by order of arrival, octets exactly as they came.

use std::fs::File;
use std::io;
use std::path::Path;

use super::disk::refused;
use super::folder::{Folder, Naming};
use super::form::Form;
use super::journal::Journal;
use super::maildir::{clear, settle};
use super::names::{Run, number_of};
use crate::config::atomic::folder_of;
use crate::config::folder::{open_folder, sync_folder};
use crate::config::paths::create_private;

/// Refuses what is at `path` if that is no folder. Nothing is made.
pub fn examine(path: &Path) -> io::Result<()> {
    if path.exists() && !path.is_dir() {
        return Err(refused(format!("{} is a file, and .eml files need a folder", path.display())));
    }
    Ok(())
}

/// Makes the folder at `path` if it is not there.
pub fn prepare(path: &Path) -> io::Result<()> {
    examine(path)?;
    create_private(path)?;
    sync_folder(File::open(folder_of(path))?)
}

/// Opens the one at `path`, which is prepared: clears up what the journal's runs left and settles its intents.
pub fn open(path: &Path, journal: &mut Journal) -> io::Result<Folder> {
    let (aside, place) = (open_folder(path, true)?, open_folder(path, true)?);
    clear(path, journal.runs())?;
    settle(journal, &place, |intent| Some(path.join(&intent.name)))?;
    let mut last = 0;
    for entry in std::fs::read_dir(path)? {
        last = last.max(entry?.file_name().to_str().and_then(number_of).unwrap_or(0));
    }
    let run = Run::new();
    journal.begin(run.id())?;
    Ok(Folder::new(aside, place, Naming::Numbered(last), Form::Exact, run))
}
