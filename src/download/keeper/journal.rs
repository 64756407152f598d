//! The journal of one maildrop and one destination: which messages are complete there, and what was about to be.
//!
//! Lines: `H` what it is for, `R` a run that may have left temporary files, `I` a file about to get its final name,
//! `F` a message that is safe. An `I` without its `F` is settled when the journal is opened.

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::log::Log;
use crate::config::paths::create_private;
use crate::wire::printable;

/// Most unique-ids remembered; the newest stay.
const MOST: usize = 1_000_000;
/// Lines that may be dead before the file is written anew.
const DEAD: usize = 1_000;

/// A file about to get its final name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// The message.
    pub uid: Box<str>,
    /// Octets of the file.
    pub octets: u64,
    /// The file, whatever its name.
    pub inode: u64,
    /// The final name.
    pub name: String,
}

/// The journal, for this program alone while it is open.
#[derive(Debug)]
pub struct Journal {
    log: Log,
    fetched: HashSet<Box<str>>,
    /// Runs that may have left something.
    runs: Vec<String>,
    intents: Vec<Intent>,
    /// What is kept when the file is written anew: the order of `fetched`.
    order: Vec<Box<str>>,
    lines: usize,
    /// A run has begun: `order` is of no more use.
    begun: bool,
    header: String,
}

impl Journal {
    /// Opens that of `account` and the destination at `path`, which is the one true path, in `folder`.
    pub fn open(folder: &Path, kind: &str, account: &str, path: &Path) -> io::Result<Self> {
        create_private(folder)?;
        let name = name(&[kind.as_bytes(), account.as_bytes(), path.as_os_str().as_encoded_bytes()]);
        let mut read = Read::default();
        let log = Log::open(&folder.join(format!("{name}.journal")), |line| read.line(line))?;
        let header = format!("H 1 {kind} {} {}", printable::text(account), printable::text(&path.to_string_lossy()));
        let Read { order, fetched, runs, intents, lines } = read;
        let intents = intents.into_values().collect();
        Ok(Self { log, fetched, runs, intents, order, lines, begun: false, header })
    }

    pub fn fetched(&self) -> &HashSet<Box<str>> {
        &self.fetched
    }

    /// Runs of the past that may have left temporary files.
    pub fn runs(&self) -> &[String] {
        &self.runs
    }

    /// What was about to get its final name when a run ended.
    pub fn take_intents(&mut self) -> Vec<Intent> {
        std::mem::take(&mut self.intents)
    }

    /// A run begins; what older ones left is gone. Writes the file anew when most of it is dead.
    pub fn begin(&mut self, run: &str) -> io::Result<()> {
        let live = self.fetched.len() + 2;
        let order = std::mem::take(&mut self.order);
        self.begun = true;
        if self.lines > live * 2 + DEAD || order.len() > MOST + DEAD {
            let old = order.len().saturating_sub(MOST);
            for uid in &order[..old] {
                self.fetched.remove(uid);
            }
            let kept = order[old..].iter().map(|uid| format!("F {uid}"));
            self.log.replace([self.header.clone(), format!("R {run}")].into_iter().chain(kept))?;
        } else {
            if self.lines == 0 {
                self.log.add(&self.header);
            }
            self.log.add(&format!("R {run}"));
            self.log.sync()?;
        }
        self.runs.clear();
        Ok(())
    }

    /// Files are about to get their final names.
    pub fn intend(&mut self, intents: &[Intent]) -> io::Result<()> {
        for Intent { uid, octets, inode, name } in intents {
            self.log.add(&format!("I {uid} {octets} {inode} {name}"));
        }
        if intents.is_empty() { Ok(()) } else { self.log.sync() }
    }

    /// These messages are safe where they belong.
    pub fn safe(&mut self, uids: impl Iterator<Item = Box<str>>) -> io::Result<()> {
        let before = self.fetched.len();
        for uid in uids {
            self.log.add(&format!("F {uid}"));
            if !self.begun {
                self.order.push(uid.clone());
            }
            self.fetched.insert(uid);
        }
        if self.fetched.len() == before { self.log.write() } else { self.log.sync() }
    }
}

/// Whether a unique-id is one (RFC 1939 7) and so can stand in a line.
pub fn is_uid(uid: &str) -> bool {
    (1..=crate::wire::limits::UIDL).contains(&uid.len()) && uid.bytes().all(|octet| octet.is_ascii_graphic())
}

/// A file name made from what tells one journal from another.
pub fn name(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let hash: [u8; 32] = hash.finalize().into();
    format!("{:032x}", hash.iter().take(16).fold(0u128, |all, octet| all << 8 | u128::from(*octet)))
}

/// What the lines of a journal add up to.
#[derive(Default)]
struct Read {
    order: Vec<Box<str>>,
    fetched: HashSet<Box<str>>,
    runs: Vec<String>,
    intents: HashMap<Box<str>, Intent>,
    lines: usize,
}

impl Read {
    fn line(&mut self, line: &str) {
        self.lines += 1;
        match line.split_once(' ') {
            Some(("F", uid)) => {
                self.intents.remove(uid);
                if self.fetched.insert(uid.into()) {
                    self.order.push(uid.into());
                }
            }
            Some(("I", rest)) => {
                if let Some(intent) = intent(rest) {
                    self.intents.insert(intent.uid.clone(), intent);
                }
            }
            Some(("R", run)) => self.runs.push(run.to_owned()),
            _ => {}
        }
    }
}

fn intent(text: &str) -> Option<Intent> {
    let mut words = text.splitn(4, ' ');
    let (uid, octets, inode, name) = (words.next()?, words.next()?, words.next()?, words.next()?);
    Some(Intent { uid: uid.into(), octets: octets.parse().ok()?, inode: inode.parse().ok()?, name: name.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(folder: &Path) -> Journal {
        Journal::open(folder, "maildir", "bob@h:110", Path::new("/m")).unwrap()
    }

    fn uids(range: std::ops::Range<usize>) -> impl Iterator<Item = Box<str>> {
        range.map(|number| format!("u{number}").into_boxed_str())
    }

    #[test]
    fn an_intent_is_settled_by_its_message_being_safe() {
        let place = tempfile::tempdir().unwrap();
        let mut journal = open(place.path());
        journal.begin("run1").unwrap();
        let intent = |uid: &str| Intent { uid: uid.into(), octets: 5, inode: 7, name: format!("name of {uid}") };
        journal.intend(&[intent("a"), intent("b")]).unwrap();
        journal.safe(["a".into()].into_iter()).unwrap();
        drop(journal);
        let mut journal = open(place.path());
        assert_eq!(journal.take_intents(), [intent("b")]);
        assert_eq!(journal.fetched().iter().map(AsRef::as_ref).collect::<Vec<&str>>(), ["a"]);
        assert_eq!(journal.runs(), ["run1"]);
    }

    #[test]
    fn what_is_settled_before_a_run_is_not_forgotten_when_the_file_is_written_anew() {
        let place = tempfile::tempdir().unwrap();
        let mut journal = open(place.path());
        for run in 0..DEAD + 50 {
            journal.log.add(&format!("R run{run}"));
        }
        journal.log.sync().unwrap();
        drop(journal);
        let mut journal = open(place.path());
        journal.safe(uids(0..1)).unwrap();
        journal.begin("new").unwrap();
        drop(journal);
        let journal = open(place.path());
        assert!(journal.lines < 10 && journal.fetched().contains("u0"), "{} lines", journal.lines);
    }

    #[test]
    fn what_is_mostly_dead_is_written_anew_and_forgets_nothing() {
        let place = tempfile::tempdir().unwrap();
        let mut journal = open(place.path());
        journal.begin("run0").unwrap();
        journal.safe(uids(0..10)).unwrap();
        drop(journal);
        for run in 0..DEAD + 30 {
            let mut journal = open(place.path());
            journal.begin(&format!("run{run}")).unwrap();
        }
        let journal = open(place.path());
        assert!(journal.lines < 100, "{}", journal.lines);
        assert_eq!(*journal.fetched(), uids(0..10).collect());
    }

    #[test]
    fn each_maildrop_and_each_destination_has_its_own() {
        let place = tempfile::tempdir().unwrap();
        let others = [("mbox", "a", "/m"), ("maildir", "b", "/m"), ("maildir", "a", "/n"), ("maildir", "a", "/m")];
        let open: Vec<_> = others
            .iter()
            .map(|(kind, account, path)| Journal::open(place.path(), kind, account, Path::new(path)).unwrap())
            .collect();
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), open.len());
    }

    #[test]
    fn only_what_can_stand_in_a_line_is_a_unique_id() {
        assert!(is_uid("QhdPYR:00WBw1Ph7x7"));
        for bad in ["", "a b", "a\nF b", "\u{e9}", &"x".repeat(71)] {
            assert!(!is_uid(bad), "{bad:?}");
        }
    }
}
