//! The folder of drafts: `<id>.json` for each, `<id>.parts/` for its large attachments, and `<id>.lock` while a process
//! has it in its form.

use std::path::{Path, PathBuf};

use super::files::{self, Glance, Reading};
use super::{Id, LISTED, Listed, Saved, Trouble, older, parts};
use crate::config::lock::Lock;

/// The folder, and the draft that this process has open.
#[derive(Debug)]
pub struct Desk {
    folder: PathBuf,
    mine: Option<(Id, Lock)>,
}

impl Desk {
    /// The drafts in `folder`. Nothing is opened yet.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, mine: None }
    }

    /// Takes over the one file that older versions kept, at `path`: each mail in it becomes a draft. Where they cannot be
    /// saved the file stays, for another time.
    pub fn take_over(&mut self, path: &Path) -> Result<(), Trouble> {
        let saved = older::read(path)?.into_iter().try_for_each(|(id, saved)| self.save(&id, saved));
        self.mine = None;
        if saved.is_err() {
            return Ok(());
        }
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Saves a draft. On return it is on disk. It is held against other processes until another one is opened or saved,
    /// unless it is put away.
    pub fn save(&mut self, id: &Id, mut saved: Saved) -> Result<(), Trouble> {
        let lock = if self.holds(id) { None } else { Some(self.lock(id)?) };
        parts::put_by(&self.parts(id), &mut saved.draft)?;
        files::write_saved(&self.file(id), &saved)?;
        match lock {
            _ if saved.away => self.release(id),
            Some(lock) => self.mine = Some((id.clone(), lock)),
            None => {}
        }
        Ok(())
    }

    /// Reads a draft, and holds it against other processes.
    pub fn open(&mut self, id: &Id) -> Result<Saved, Trouble> {
        if !self.file(id).exists() {
            return Err(Trouble::Gone);
        }
        let lock = if self.holds(id) { None } else { Some(self.lock(id)?) };
        let mut saved = files::read_saved(&self.file(id))?;
        parts::fetch(&self.parts(id), &mut saved.draft);
        if let Some(lock) = lock {
            self.mine = Some((id.clone(), lock));
        }
        Ok(saved)
    }

    /// Removes a draft. That there is none is no trouble.
    pub fn forget(&mut self, id: &Id) -> Result<(), Trouble> {
        let held = if self.holds(id) { None } else { Some(self.lock(id)?) };
        let gone = |result: std::io::Result<()>| match result {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Trouble::from(error)),
            _ => Ok(()),
        };
        gone(std::fs::remove_file(self.file(id)))?;
        gone(std::fs::remove_dir_all(self.parts(id)))?;
        drop(held);
        self.release(id);
        Ok(())
    }

    /// All drafts, the newest first. A broken file is kept aside and not listed.
    pub fn list(&self) -> Result<Vec<Listed<Id>>, Trouble> {
        let entries = match std::fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        let mut listed: Vec<Listed<Id>> = entries.flatten().filter_map(|entry| self.look(&entry.path())).collect();
        listed.sort_by(|a, b| b.changed.cmp(&a.changed).then_with(|| a.name.as_str().cmp(b.name.as_str())));
        listed.truncate(LISTED);
        Ok(listed)
    }

    /// The draft that the program was last ended with: the newest that nobody put away and no other process has open.
    pub fn left_open(&mut self) -> Result<Option<(Id, Saved)>, Trouble> {
        let left = self.list()?.into_iter().find(|draft| !draft.elsewhere && !draft.away);
        let Some(draft) = left else { return Ok(None) };
        let saved = match self.open(&draft.name) {
            Err(Trouble::Taken | Trouble::Gone) => return Ok(None),
            saved => saved?,
        };
        self.mine = None;
        Ok(Some((draft.name, saved)))
    }

    fn look(&self, path: &Path) -> Option<Listed<Id>> {
        let stem = path.file_name()?.to_str()?.strip_suffix(".json")?;
        let id = Id::try_from(stem.to_owned()).ok()?;
        let glance: Glance = match files::read(path).ok()? {
            Reading::Whole(glance) => glance,
            Reading::Broken(_) => {
                // Where it cannot be moved it stays, and is passed over again next time.
                let _ = files::keep_aside(path);
                return None;
            }
        };
        let (changed, octets) = files::about(path).ok()?;
        let beside = std::fs::read_dir(self.parts(&id)).into_iter().flatten().flatten();
        let beside: u64 = beside.filter_map(|part| Some(part.metadata().ok()?.len())).sum();
        Some(Listed {
            elsewhere: !self.holds(&id) && Lock::is_taken(&self.lock_file(&id)),
            name: id,
            subject: glance.subject,
            to: glance.to,
            changed,
            octets: octets + beside,
            template: glance.template,
            away: glance.away,
            perhaps_sent: glance.perhaps_sent,
        })
    }

    fn holds(&self, id: &Id) -> bool {
        self.mine.as_ref().is_some_and(|(mine, _)| mine == id)
    }

    fn release(&mut self, id: &Id) {
        self.mine.take_if(|(mine, _)| mine == id);
    }

    fn lock(&self, id: &Id) -> Result<Lock, Trouble> {
        Lock::take(&self.lock_file(id))?.ok_or(Trouble::Taken)
    }

    fn file(&self, id: &Id) -> PathBuf {
        self.folder.join(format!("{}.json", id.as_str()))
    }

    fn parts(&self, id: &Id) -> PathBuf {
        self.folder.join(format!("{}.parts", id.as_str()))
    }

    fn lock_file(&self, id: &Id) -> PathBuf {
        self.folder.join(format!("{}.lock", id.as_str()))
    }
}

#[cfg(test)]
mod tests;
