//! What is unfinished at the end of an mbox, so that after a crash exactly that is cut off and nothing else.
//!
//! Lines: `P` device, inode and length up to which all is safe; `W` octets about to be written behind it, with their
//! checksums; `T` all behind this length was taken back. An empty file says that nothing is unfinished.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

use super::super::disk::refused;
use super::super::log::Log;

/// Writes break off between blocks of this size, if at all: each has its own checksum.
const BLOCK: u64 = 4096;

/// The account of what is being written.
#[derive(Debug)]
pub struct Tail {
    log: Log,
    found: Found,
}

/// What an earlier run left.
#[derive(Debug, Default)]
struct Found {
    file: Option<(u64, u64)>,
    safe: u64,
    /// Beginning, end, checksum; in order.
    blocks: Vec<(u64, u64, u32)>,
    /// The length when the last write began or the file was cut: where it still ends, nothing was added since.
    last: u64,
}

impl Tail {
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut found = Found::default();
        let log = Log::open(path, |line| found.line(line))?;
        Ok(Self { log, found })
    }

    /// The length to which `file` is to be cut, if an earlier run left something unfinished in it. Refuses when it
    /// cannot be told for sure that all behind it is ours.
    pub fn torso(&mut self, file: &File) -> io::Result<Option<u64>> {
        let found = std::mem::take(&mut self.found);
        let data = file.metadata()?;
        let (safe, length) = (found.safe, data.len());
        if found.file != Some((data.dev(), data.ino())) || length <= safe {
            return Ok(None);
        }
        // The file only grows: if the last octets are ours, all before them are.
        let last = found.blocks.iter().find(|(_, end, _)| *end == length);
        let ours = match last {
            _ if length == found.last => true,
            Some((begin, end, sum)) => {
                let mut block = vec![0; usize::try_from(end - begin).unwrap_or_default()];
                file.read_exact_at(&mut block, *begin)?;
                crc32fast::hash(&block) == *sum
            }
            None => false,
        };
        if ours {
            return Ok(Some(safe));
        }
        Err(refused(format!(
            "a download into it broke off behind octet {safe}, and what follows there may be another program's mail, so \
             nothing is cut: mend its end by hand, then remove {} and start again",
            self.log.path().display()
        )))
    }

    /// All up to `safe` is on the disk; `idle`: and nothing is behind it.
    pub fn safe(&mut self, file: &File, safe: u64, idle: bool) -> io::Result<()> {
        let data = file.metadata()?;
        if idle {
            self.log.clear()?;
        }
        self.log.add(&format!("P {} {} {safe}", data.dev(), data.ino()));
        self.log.sync()
    }

    /// These octets are about to be written at this place.
    pub fn promise(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let mut line = format!("W {at} {}", bytes.len());
        let (mut at, mut rest) = (at, bytes);
        while !rest.is_empty() {
            let room = usize::try_from(BLOCK - at % BLOCK).unwrap_or(rest.len());
            let (block, behind) = rest.split_at(room.min(rest.len()));
            line.extend([" ".to_owned(), format!("{:x}", crc32fast::hash(block))]);
            at += block.len() as u64;
            rest = behind;
        }
        self.log.add(&line);
        self.log.write()
    }

    /// All behind this length was cut off again.
    pub fn cut(&mut self, at: u64) -> io::Result<()> {
        self.log.add(&format!("T {at}"));
        self.log.write()
    }

    /// Nothing is unfinished.
    pub fn close(&mut self) -> io::Result<()> {
        self.log.clear()
    }
}

impl Found {
    fn line(&mut self, line: &str) {
        let mut words = line.split(' ');
        let kind = words.next();
        let mut number = || words.next().and_then(|word| word.parse::<u64>().ok());
        match kind {
            Some("P") => {
                if let (Some(device), Some(inode), Some(safe)) = (number(), number(), number()) {
                    (self.file, self.safe) = (Some((device, inode)), safe);
                }
            }
            Some("T") => {
                if let Some(at) = number() {
                    self.cut(at);
                }
            }
            Some("W") => {
                if let (Some(at), Some(octets)) = (number(), number()) {
                    self.promised(at, octets, words);
                }
            }
            _ => {}
        }
    }

    fn cut(&mut self, at: u64) {
        self.last = at;
        self.blocks.retain(|(_, end, _)| *end <= at);
    }

    fn promised<'a>(&mut self, at: u64, octets: u64, sums: impl Iterator<Item = &'a str>) {
        self.cut(at);
        let (mut begin, end) = (at, at.saturating_add(octets));
        for sum in sums {
            let next = (begin + BLOCK - begin % BLOCK).min(end);
            if let Ok(sum) = u32::from_str_radix(sum, 16) {
                self.blocks.push((begin, next, sum));
            }
            begin = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// An mbox of 100 safe octets and 20,000 unfinished ones.
    fn broken_off(place: &Path) -> (File, std::path::PathBuf) {
        let mut file = File::options().append(true).read(true).create(true).open(place.join("mbox")).unwrap();
        file.write_all(&[b's'; 100]).unwrap();
        let path = place.join("tail");
        let mut tail = Tail::open(&path).unwrap();
        tail.safe(&file, 100, true).unwrap();
        let text: Vec<u8> = (0..20_000u32).map(|at| (at % 251) as u8).collect();
        for piece in text.chunks(7_000) {
            tail.promise(file.metadata().unwrap().len(), piece).unwrap();
            file.write_all(piece).unwrap();
        }
        (file, path)
    }

    fn torso(path: &Path, file: &File) -> io::Result<Option<u64>> {
        Tail::open(path).unwrap().torso(file)
    }

    #[test]
    fn what_is_ours_is_cut_at_any_block() {
        let place = tempfile::tempdir().unwrap();
        let (file, path) = broken_off(place.path());
        for length in [20_100, 16_384, 14_100, 12_288, 8_192, 7_100, 4_096] {
            file.set_len(length).unwrap();
            assert_eq!(torso(&path, &file).unwrap(), Some(100), "{length}");
        }
        for length in [100, 50, 0] {
            file.set_len(length).unwrap();
            assert_eq!(torso(&path, &file).unwrap(), None, "{length}");
        }
    }

    #[test]
    fn what_another_program_put_there_is_never_cut() {
        for length in [20_100, 16_384, 7_100, 4_096] {
            for foreign in [1, 4_096, 5_000] {
                let place = tempfile::tempdir().unwrap();
                let (mut file, path) = broken_off(place.path());
                file.set_len(length).unwrap();
                file.write_all(&vec![b'f'; foreign]).unwrap();
                let why = torso(&path, &file).unwrap_err().to_string();
                assert!(why.contains("another program") && why.contains("octet 100"), "{why}");
            }
        }
    }

    #[test]
    fn another_file_under_the_name_and_a_closed_account_are_left_alone() {
        let place = tempfile::tempdir().unwrap();
        let (_file, path) = broken_off(place.path());
        let other = File::options().append(true).read(true).create(true).open(place.path().join("other")).unwrap();
        other.set_len(20_100).unwrap();
        assert_eq!(torso(&path, &other).unwrap(), None);
        let (file, path) = broken_off(tempfile::tempdir_in(place.path()).unwrap().path());
        let _ = (file, path);
        let again = tempfile::tempdir().unwrap();
        let (file, path) = broken_off(again.path());
        Tail::open(&path).unwrap().close().unwrap();
        assert_eq!(torso(&path, &file).unwrap(), None);
    }

    #[test]
    fn a_cut_in_the_middle_of_a_block_is_known() {
        let place = tempfile::tempdir().unwrap();
        let (mut file, path) = broken_off(place.path());
        let mut tail = Tail::open(&path).unwrap();
        file.set_len(5_000).unwrap();
        tail.cut(5_000).unwrap();
        drop(tail);
        assert_eq!(torso(&path, &file).unwrap(), Some(100));
        file.write_all(b"f").unwrap();
        assert!(torso(&path, &file).is_err());
    }

    #[test]
    fn what_was_taken_back_and_written_over_counts_as_it_is_now() {
        let place = tempfile::tempdir().unwrap();
        let (mut file, path) = broken_off(place.path());
        let mut tail = Tail::open(&path).unwrap();
        file.set_len(5_000).unwrap();
        tail.cut(5_000).unwrap();
        tail.promise(5_000, &[b'n'; 100]).unwrap();
        file.write_all(&[b'n'; 100]).unwrap();
        drop(tail);
        assert_eq!(torso(&path, &file).unwrap(), Some(100));
        file.write_all(&[b'f'; 2_000]).unwrap();
        assert!(torso(&path, &file).is_err());
    }
}
