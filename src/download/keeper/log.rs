//! A private file of lines, each with a checksum, for one program at a time: what a crash tore is not believed.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, OFlags};

use super::disk::refused;
use crate::config::atomic::folder_of;
use crate::config::folder::sync_folder;

/// The file, locked as long as this lives.
#[derive(Debug)]
pub struct Log {
    file: File,
    path: PathBuf,
    /// Lines that are not in the file yet.
    waiting: Vec<u8>,
}

impl Log {
    /// Opens or makes it, and passes each whole line to `each`.
    pub fn open(path: &Path, mut each: impl FnMut(&str)) -> io::Result<Self> {
        let file = open_locked(path)?;
        let (mut reader, mut line, mut whole) = (BufReader::new(&file), Vec::new(), 0);
        loop {
            line.clear();
            let read = reader.read_until(b'\n', &mut line)?;
            if read == 0 || !line.ends_with(b"\n") {
                break;
            }
            whole += read as u64;
            if let Some(text) = checked(&line[..read - 1]) {
                each(text);
            }
        }
        if line.last().is_some_and(|last| *last != b'\n') {
            file.set_len(whole)?;
        }
        Ok(Self { file, path: path.to_owned(), waiting: Vec::new() })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds a line; [`Self::write`] or [`Self::sync`] puts it into the file.
    pub fn add(&mut self, text: &str) {
        self.waiting.extend_from_slice(sealed(text).as_bytes());
    }

    /// What was added survives the end of this process.
    pub fn write(&mut self) -> io::Result<()> {
        self.file.write_all(&self.waiting)?;
        self.waiting.clear();
        Ok(())
    }

    /// What was added survives a loss of power.
    pub fn sync(&mut self) -> io::Result<()> {
        self.write()?;
        self.file.sync_data()
    }

    /// Empties it.
    pub fn clear(&mut self) -> io::Result<()> {
        self.waiting.clear();
        self.file.set_len(0)
    }

    /// Puts these lines in place of all there are: a crash leaves the old ones or the new ones.
    pub fn replace(&mut self, lines: impl Iterator<Item = String>) -> io::Result<()> {
        let folder = folder_of(&self.path);
        let mut aside = tempfile::Builder::new().prefix(".telepost-").append(true).tempfile_in(folder)?;
        lock(aside.as_file())?;
        let mut out = io::BufWriter::new(&mut aside);
        for line in lines {
            out.write_all(sealed(&line).as_bytes())?;
        }
        out.flush()?;
        drop(out);
        aside.as_file().sync_all()?;
        self.file = aside.persist(&self.path).map_err(|error| error.error)?;
        self.waiting.clear();
        File::open(folder)?.sync_all()
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        // Closing is not enough while a program that is just being started still has the handle.
        let _ = rustix::fs::flock(&self.file, FlockOperation::Unlock);
    }
}

fn sealed(text: &str) -> String {
    format!("{:08x} {text}\n", crc32fast::hash(text.as_bytes()))
}

fn checked(line: &[u8]) -> Option<&str> {
    let (sum, text) = std::str::from_utf8(line).ok()?.split_once(' ')?;
    (u32::from_str_radix(sum, 16).ok()? == crc32fast::hash(text.as_bytes())).then_some(text)
}

fn open_locked(path: &Path) -> io::Result<File> {
    // Another program may put a new file in place between our opening and our locking: then again.
    for _ in 0..8 {
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true).mode(0o600);
        let file = options.custom_flags(OFlags::NOFOLLOW.bits().cast_signed()).open(path)?;
        lock(&file)?;
        let (ours, there) = (file.metadata()?, std::fs::symlink_metadata(path));
        if there.is_ok_and(|there| (there.dev(), there.ino()) == (ours.dev(), ours.ino())) {
            if ours.len() == 0 {
                // It may be new: a loss of power must not leave what it tells of without it.
                sync_folder(File::open(folder_of(path))?)?;
            }
            return Ok(file);
        }
    }
    Err(refused(format!("{} is being replaced again and again", path.display())))
}

fn lock(file: &File) -> io::Result<()> {
    rustix::fs::flock(file, FlockOperation::NonBlockingLockExclusive).map_err(|error| match io::Error::from(error) {
        error if error.kind() == ErrorKind::WouldBlock => {
            refused("another telepost downloads into this place; wait until it is done")
        }
        error => error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &Path) -> Vec<String> {
        let mut lines = Vec::new();
        Log::open(path, |line| lines.push(line.to_owned())).unwrap();
        lines
    }

    #[test]
    fn lines_come_back_and_torn_or_changed_ones_do_not() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("log");
        let mut log = Log::open(&path, |_| panic!("it is empty")).unwrap();
        for line in ["one", "two", "three"] {
            log.add(line);
        }
        log.sync().unwrap();
        drop(log);
        assert_eq!(read(&path), ["one", "two", "three"]);
        let whole = std::fs::read(&path).unwrap();
        for cut in 0..whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let lines = read(&path);
            assert_eq!(lines.len(), memchr::memchr_iter(b'\n', &whole[..cut]).count());
            let mut log = Log::open(&path, |_| {}).unwrap();
            log.add("more");
            log.sync().unwrap();
            drop(log);
            assert_eq!(read(&path).last().unwrap(), "more", "cut at {cut}");
        }
        std::fs::write(&path, String::from_utf8(whole).unwrap().replace("two", "twp")).unwrap();
        assert_eq!(read(&path), ["one", "three"]);
    }

    #[test]
    fn it_is_private_and_for_one_at_a_time_also_when_replaced() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("log");
        let mut log = Log::open(&path, |_| {}).unwrap();
        log.add("old");
        log.sync().unwrap();
        for _ in 0..2 {
            let why = Log::open(&path, |_| {}).unwrap_err().to_string();
            assert!(why.contains("another telepost"), "{why}");
            assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
            log.replace(["new".to_owned()].into_iter()).unwrap();
        }
        log.add("newer");
        log.sync().unwrap();
        drop(log);
        assert_eq!(read(&path), ["new", "newer"]);
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_link_in_its_place_is_not_followed() {
        let place = tempfile::tempdir().unwrap();
        let (path, other) = (place.path().join("log"), place.path().join("other"));
        std::os::unix::fs::symlink(&other, &path).unwrap();
        assert!(Log::open(&path, |_| {}).is_err());
        assert!(!other.exists());
    }
}
