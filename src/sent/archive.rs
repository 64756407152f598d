//! The folder of copies: made, listed, read, removed, and kept within bounds.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use super::{Letter, Listed, Name, Parcel, octets};
use crate::config::atomic;
use crate::config::paths::create_private;
use crate::drafts::{fetch_parts, put_parts_by};
use crate::wire::Segment;

/// Octets that all copies may have together; the oldest go.
pub const OCTETS: u64 = 512 << 20;
/// Most octets of a `.json` that is read.
const JSON: u64 = 64 << 20;
/// The files of a copy, and the folder of its large attachments.
const ENDINGS: [&str; 4] = ["json", "txt", "eml", "parts"];

/// The folder of copies.
#[derive(Clone, Debug)]
pub struct Archive {
    folder: PathBuf,
}

impl Archive {
    /// The copies in `folder`. Nothing is opened yet.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Keeps a mail, and the transcript of its delivery. On return it is on disk. Returns whether it is whole; if not,
    /// the copy holds the header alone.
    pub fn keep(&self, parcel: Parcel, transcript: &[u8]) -> io::Result<bool> {
        let Parcel { name, mut letter, segments, most, .. } = parcel;
        create_private(&self.folder)?;
        if self.path(&name, "eml").exists() {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, "there is a copy of that name"));
        }
        let kept = self.write_all(&name, &mut letter, &segments, transcript);
        if kept.is_err() {
            // The error of the write is the one to tell.
            let _ = self.forget(&name);
        }
        kept?;
        self.prune(most, OCTETS);
        Ok(!letter.headers_only)
    }

    fn write_all(&self, name: &Name, letter: &mut Letter, segments: &[Segment], transcript: &[u8]) -> io::Result<()> {
        letter.octets = octets::octets(segments)?;
        let mut whole = true;
        atomic::create(&self.path(name, "eml"), |out| {
            octets::write(segments, octets::WHOLE, out).map(|all| whole = all)
        })?;
        letter.headers_only = !whole;
        atomic::create(&self.path(name, "txt"), |out| out.write_all(transcript))?;
        if let Some(form) = &mut letter.form {
            put_parts_by(&self.path(name, "parts"), &mut form.draft)?;
        }
        let letter = &*letter;
        atomic::create(&self.path(name, "json"), |out| serde_json::to_writer(out, letter).map_err(io::Error::other))?;
        atomic::sync_folder(&self.folder)
    }

    /// All copies, the newest first.
    pub fn list(&self, most: usize) -> io::Result<Vec<Listed>> {
        let mut names = self.names()?;
        names.retain(|_, about| about.listed);
        let newest = names.into_keys().rev().take(most);
        Ok(newest.filter_map(|name| self.glance(name).ok()).collect())
    }

    fn glance(&self, name: Name) -> io::Result<Listed> {
        let letter = self.json(&name)?;
        let (eml, from_form) = (self.path(&name, "eml"), letter.form.is_some());
        Ok(Listed { name, letter: Letter { form: None, ..letter }, from_form, eml })
    }

    /// Everything about a copy, as [`Self::keep`] wrote it.
    pub fn letter(&self, name: &Name) -> io::Result<Letter> {
        let mut letter = self.json(name)?;
        if let Some(form) = &mut letter.form {
            fetch_parts(&self.path(name, "parts"), &mut form.draft);
        }
        Ok(letter)
    }

    fn json(&self, name: &Name) -> io::Result<Letter> {
        let file = File::open(self.path(name, "json"))?;
        Ok(serde_json::from_reader(BufReader::new(file.take(JSON)))?)
    }

    /// The octets of the mail.
    pub fn octets(&self, name: &Name) -> io::Result<Vec<u8>> {
        std::fs::read(self.path(name, "eml"))
    }

    /// The transcript of the delivery.
    pub fn transcript(&self, name: &Name) -> io::Result<String> {
        std::fs::read_to_string(self.path(name, "txt"))
    }

    /// Removes a copy. That there is none is no error.
    pub fn forget(&self, name: &Name) -> io::Result<()> {
        for ending in ENDINGS {
            let path = self.path(name, ending);
            let removed = if ending == "parts" { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
            match removed {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// Removes the oldest copies until no more than these are left. The newest stays, whatever its size.
    fn prune(&self, most: usize, octets: u64) {
        let Ok(names) = self.names() else { return };
        let mut left = octets;
        for (number, (name, about)) in names.into_iter().rev().enumerate() {
            let fits = left.checked_sub(about.octets);
            left = fits.unwrap_or(0);
            if number > 0 && (number >= most || fits.is_none()) {
                // What stays now goes the next time.
                let _ = self.forget(&name);
            }
        }
    }

    /// All names, also of what a crash left unfinished, by time.
    fn names(&self) -> io::Result<BTreeMap<Name, About>> {
        let mut names: BTreeMap<Name, About> = BTreeMap::new();
        let entries = match std::fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(names),
            Err(error) => return Err(error),
        };
        for entry in entries.flatten() {
            let file = entry.file_name();
            let Some((stem, ending)) = file.to_str().and_then(|file| file.rsplit_once('.')) else { continue };
            let Some(name) = Name::parse(stem).filter(|_| ENDINGS.contains(&ending)) else { continue };
            let about = names.entry(name).or_default();
            about.listed |= ending == "json";
            about.octets += octets_of(&entry.path());
        }
        Ok(names)
    }

    fn path(&self, name: &Name, ending: &str) -> PathBuf {
        self.folder.join(format!("{}.{ending}", name.as_str()))
    }
}

#[derive(Default)]
struct About {
    listed: bool,
    octets: u64,
}

fn octets_of(path: &Path) -> u64 {
    match std::fs::symlink_metadata(path) {
        Ok(about) if about.is_dir() => {
            let beside = std::fs::read_dir(path).into_iter().flatten().flatten();
            beside.filter_map(|part| Some(part.metadata().ok()?.len())).sum()
        }
        Ok(about) => about.len(),
        Err(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::drafts::{LARGE, Saved};
    use crate::mail::{Attachment, Content, Draft};

    fn archive() -> (tempfile::TempDir, Archive) {
        let place = tempfile::tempdir().unwrap();
        let archive = Archive::new(place.path().join("data/sent"));
        (place, archive)
    }

    fn parcel(second: u32, octets: &[u8]) -> Parcel {
        let began = format!("2026-11-22T11:42:{second:02}Z").parse().unwrap();
        Parcel {
            name: Name::new(began, 7),
            letter: Letter { subject: format!("mail {second}"), outcome: "sent".into(), began, ..Letter::default() },
            segments: Arc::from([Segment::Bytes(Arc::from(octets))]),
            first_entry: 0,
            most: 1_000,
        }
    }

    #[test]
    fn a_copy_has_three_files_and_comes_back() {
        let (_place, archive) = archive();
        assert!(archive.list(10).unwrap().is_empty());
        let mut parcel = parcel(7, b"Subject: x\r\n\r\nbody\r\n");
        let large = Attachment::new("a", "x/y", Content::Bytes(vec![1; LARGE + 1].into()));
        let draft = Draft { attachments: vec![large], ..Draft::default() };
        parcel.letter.form = Some(Box::new(Saved { draft, ..Saved::default() }));
        let (name, form) = (parcel.name.clone(), parcel.letter.form.clone());
        assert!(archive.keep(parcel, b"MAIL FROM:<>\n").unwrap());
        let listed = archive.list(10).unwrap();
        assert_eq!((listed.len(), listed[0].letter.subject.as_str(), listed[0].letter.octets), (1, "mail 7", 20));
        assert_eq!(archive.letter(&name).unwrap().form, form);
        assert_eq!(archive.octets(&name).unwrap(), b"Subject: x\r\n\r\nbody\r\n");
        assert_eq!(archive.transcript(&name).unwrap(), "MAIL FROM:<>\n");
        archive.forget(&name).unwrap();
        archive.forget(&name).unwrap();
        assert_eq!(std::fs::read_dir(&archive.folder).unwrap().count(), 0);
    }

    #[test]
    fn nothing_that_is_there_is_written_over() {
        let (_place, archive) = archive();
        archive.keep(parcel(1, b"one"), b"").unwrap();
        assert!(archive.keep(parcel(1, b"two"), b"").is_err());
        assert!(atomic::create(&archive.path(&parcel(1, b"").name, "eml"), |out| out.write_all(b"two")).is_err());
        assert_eq!(archive.octets(&parcel(1, b"").name).unwrap(), b"one");
    }

    #[test]
    fn the_oldest_go_by_number_and_by_size() {
        let (_place, archive) = archive();
        for second in 0..8 {
            archive.keep(Parcel { most: 5, ..parcel(second, &[b'x'; 1_000]) }, b"").unwrap();
        }
        let subjects = |archive: &Archive| -> Vec<String> {
            archive.list(10).unwrap().into_iter().map(|listed| listed.letter.subject).collect()
        };
        assert_eq!(subjects(&archive), ["mail 7", "mail 6", "mail 5", "mail 4", "mail 3"]);
        archive.prune(5, 4_500);
        assert_eq!(subjects(&archive), ["mail 7", "mail 6", "mail 5"].map(str::to_owned)[..subjects(&archive).len()]);
        assert!((1..4).contains(&subjects(&archive).len()));
        archive.prune(5, 10);
        assert_eq!(subjects(&archive), ["mail 7"], "the newest stays");
    }

    #[test]
    fn a_copy_that_fails_leaves_nothing_behind() {
        let (_place, archive) = archive();
        let gone = Segment::Base64 { path: "/nonexistent/file".into(), octets: 3 };
        let parcel = Parcel { segments: Arc::from([gone]), ..parcel(1, b"") };
        assert!(archive.keep(parcel, b"").is_err());
        assert_eq!(std::fs::read_dir(&archive.folder).unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn files_and_folder_are_private() {
        use std::os::unix::fs::PermissionsExt;

        let (_place, archive) = archive();
        archive.keep(parcel(1, b"one"), b"").unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&archive.folder), 0o700);
        let files: Vec<_> = std::fs::read_dir(&archive.folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(files.len(), 3);
        assert!(files.iter().all(|path| mode(path) == 0o600));
    }
}
