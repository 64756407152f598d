//! The keeper: what arrives goes onto the disk, whole or not at all, and the journal remembers what is safe.
//!
//! A message gets its final place only when all of it is on the disk: `folder` moves files there, `mbox` knows where
//! the safe part ends. In a Maildir and an mbox CRLF becomes LF, as delivery agents do; `.eml` files keep every octet.

mod disk;
mod eml;
mod folder;
mod form;
mod journal;
mod log;
mod maildir;
mod mbox;
mod names;
mod worker;

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use super::order::{Destination, Kept, Order, Wanted};
use crate::config::atomic::folder_of;
use crate::config::paths::create_private;
use folder::Folder;
use journal::{Journal, is_uid};
use mbox::Mbox;
pub use worker::Worker;

/// What can be told of a destination before there is anything to put there: that it is of another kind, that the folder
/// to make it in is missing, that writing is not permitted. Nothing is made. The error says all there is to say.
pub fn examine(destination: &Destination) -> io::Result<()> {
    let (path, parent) = (destination.path(), folder_of(destination.path()));
    if !parent.is_dir() {
        return Err(disk::refused(format!("{}: there is no folder {}", path.display(), parent.display())));
    }
    let kind = match destination {
        Destination::Maildir(path) => maildir::examine(path),
        Destination::Eml(path) => eml::examine(path),
        Destination::Mbox(path) if path.is_dir() => {
            Err(disk::refused(format!("{} is a folder, and an mbox is one file", path.display())))
        }
        Destination::Mbox(path) if path.exists() && !path.is_file() => {
            Err(disk::refused(format!("{} is no plain file", path.display())))
        }
        Destination::Mbox(_) => Ok(()),
    };
    let written_to = if path.exists() { path } else { parent };
    let permitted = || rustix::fs::access(written_to, rustix::fs::Access::WRITE_OK).map_err(io::Error::from);
    kind.and_then(|()| permitted()).map_err(|error| io::Error::new(error.kind(), disk::told(path, &error)))
}

/// Writes messages to a destination. Blocking; one order at a time. When dropped it discards an unfinished message and
/// makes whole ones safe.
#[derive(Debug)]
pub struct Keeper {
    path: PathBuf,
    store: Store,
    journal: Journal,
    current: Option<Wanted>,
    /// Whole and not safe yet.
    whole: Vec<Wanted>,
    failed: bool,
}

#[derive(Debug)]
enum Store {
    Folder(Box<Folder>),
    Mbox(Box<Mbox>),
}

impl Keeper {
    /// Opens the destination, clears up what an interrupted run left, and reads the journal in `journals`, a private
    /// folder. `account` names the maildrop (`user@host:port`). The error says all there is to say.
    pub fn open(destination: &Destination, account: &str, journals: &Path) -> io::Result<Self> {
        let path = destination.path();
        Self::open_or_refuse(destination, account, journals)
            .map_err(|error| io::Error::new(error.kind(), disk::told(path, &error)))
    }

    fn open_or_refuse(destination: &Destination, account: &str, journals: &Path) -> io::Result<Self> {
        let kind = destination.kind();
        match destination {
            Destination::Maildir(path) => maildir::prepare(path)?,
            Destination::Eml(path) => eml::prepare(path)?,
            Destination::Mbox(path) => create_private(folder_of(path))?,
        }
        let path = disk::canonical(destination.path())?;
        let mut journal = Journal::open(journals, kind, account, &path)?;
        let store = match destination {
            Destination::Maildir(_) => Store::Folder(Box::new(maildir::open(&path, &mut journal)?)),
            Destination::Eml(_) => Store::Folder(Box::new(eml::open(&path, &mut journal)?)),
            Destination::Mbox(_) => {
                journal.begin("mbox")?;
                Store::Mbox(Box::new(Mbox::open(&path, journals)?))
            }
        };
        Ok(Self { path, store, journal, current: None, whole: Vec::new(), failed: false })
    }

    /// Unique-ids of the messages that are complete in this destination.
    pub fn fetched(&self) -> &HashSet<Box<str>> {
        self.journal.fetched()
    }

    /// Does what is ordered. `Some` with the answer to [`Order::Sync`], or when nothing more can be written.
    pub fn take(&mut self, order: Order) -> Option<Kept> {
        if self.failed {
            return None;
        }
        match self.carry_out(order) {
            Ok(safe) => safe.map(Kept::Safe),
            Err(error) => {
                self.failed = true;
                self.store.abandon();
                Some(Kept::Failed(disk::told(&self.path, &error)))
            }
        }
    }

    fn carry_out(&mut self, order: Order) -> io::Result<Option<Vec<u32>>> {
        match order {
            Order::Begin(wanted) => {
                if self.current.take().is_some() {
                    self.store.discard()?;
                }
                self.store.begin(&wanted)?;
                self.current = Some(wanted);
            }
            Order::Piece(bytes) => self.store.piece(&bytes)?,
            Order::End => {
                self.store.end()?;
                self.whole.extend(self.current.take());
            }
            Order::Discard => {
                self.current = None;
                self.store.discard()?;
            }
            Order::Sync => return self.sync().map(Some),
        }
        Ok(None)
    }

    fn sync(&mut self) -> io::Result<Vec<u32>> {
        match &mut self.store {
            Store::Folder(folder) => folder.sync(&mut self.journal)?,
            Store::Mbox(mbox) => mbox.sync()?,
        }
        let (numbers, uids): (Vec<u32>, Vec<_>) =
            self.whole.drain(..).map(|wanted| (wanted.number, wanted.uid)).unzip();
        self.journal.safe(uids.into_iter().flatten().filter(|uid| is_uid(uid)))?;
        Ok(numbers)
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        // Nobody is left to be told: what did not become safe stays on the server.
        let _ = self.take(Order::Discard);
        let _ = self.take(Order::Sync);
        self.store.abandon();
    }
}

impl Store {
    fn begin(&mut self, wanted: &Wanted) -> io::Result<()> {
        match self {
            Self::Folder(folder) => folder.begin(wanted.uid.clone()),
            Self::Mbox(mbox) => {
                mbox.begin();
                Ok(())
            }
        }
    }

    fn piece(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Folder(folder) => folder.piece(bytes),
            Self::Mbox(mbox) => mbox.piece(bytes),
        }
    }

    fn end(&mut self) -> io::Result<()> {
        match self {
            Self::Folder(folder) => folder.end(),
            Self::Mbox(mbox) => mbox.end(),
        }
    }

    fn discard(&mut self) -> io::Result<()> {
        match self {
            Self::Folder(folder) => folder.discard(),
            Self::Mbox(mbox) => mbox.discard(),
        }
    }

    fn abandon(&mut self) {
        match self {
            Self::Folder(folder) => folder.abandon(),
            Self::Mbox(mbox) => mbox.abandon(),
        }
    }
}

#[cfg(test)]
mod tests;
