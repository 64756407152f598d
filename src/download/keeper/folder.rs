//! A file for each message: written under a temporary name, on the disk before it gets its final one.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::form::{Form, Lines};
use super::journal::{Intent, Journal, is_uid};
use super::names::{Run, numbered};
use crate::config::folder::{create_new, move_to_free_name, remove, sync_folder};

/// Most octets that wait to be written.
const BUFFER: usize = 64 * 1024;
/// Most files held open until they are made safe.
const OPEN: usize = 256;
/// Files that wait for the disk at the same time: it answers them together.
const AT_ONCE: usize = 16;
/// A disk that takes longer than this for one file is worth threads, when it does so several times: once may be a
/// process that had to wait for its turn.
const SLOW: Duration = Duration::from_micros(100);
const TIMES: usize = 3;

/// What the two kinds differ in.
#[derive(Debug)]
pub enum Naming {
    /// From `tmp` to `new` under the same name.
    Maildir,
    /// In one folder, numbered from here.
    Numbered(u32),
}

/// A destination with a file for each message.
#[derive(Debug)]
pub struct Folder {
    /// Where files are written, and where they belong.
    aside: OwnedFd,
    place: OwnedFd,
    naming: Naming,
    form: Form,
    run: Run,
    buffer: Vec<u8>,
    writing: Option<Writing>,
    whole: Vec<Whole>,
    open: usize,
}

#[derive(Debug)]
struct Writing {
    aside: String,
    file: File,
    lines: Lines,
    octets: u64,
    uid: Option<Box<str>>,
}

/// A message that is whole, under its temporary name.
#[derive(Debug)]
struct Whole {
    aside: String,
    /// Open until it is on the disk.
    file: Option<File>,
    octets: u64,
    inode: u64,
    uid: Option<Box<str>>,
    name: String,
}

impl Folder {
    pub fn new(aside: OwnedFd, place: OwnedFd, naming: Naming, form: Form, run: Run) -> Self {
        let (buffer, whole) = (Vec::with_capacity(BUFFER), Vec::new());
        Self { aside, place, naming, form, run, buffer, writing: None, whole, open: 0 }
    }

    pub fn begin(&mut self, uid: Option<Box<str>>) -> io::Result<()> {
        let aside = match self.naming {
            Naming::Maildir => self.run.maildir_name(),
            Naming::Numbered(_) => self.run.hidden_name(),
        };
        let file = create_new(&self.aside, &aside)?;
        let uid = uid.filter(|uid| is_uid(uid));
        self.writing = Some(Writing { aside, file, lines: Lines::new(self.form), octets: 0, uid });
        Ok(())
    }

    pub fn piece(&mut self, piece: &[u8]) -> io::Result<()> {
        let Some(Writing { file, lines, octets, .. }) = &mut self.writing else { return Ok(()) };
        let buffer = &mut self.buffer;
        lines.push(piece, &mut |bytes| put(buffer, file, octets, bytes))
    }

    pub fn end(&mut self) -> io::Result<()> {
        let Some(Writing { aside, mut file, mut lines, mut octets, uid }) = self.writing.take() else { return Ok(()) };
        let buffer = &mut self.buffer;
        let written = lines.finish(&mut |bytes| put(buffer, &mut file, &mut octets, bytes));
        let written = written.and_then(|()| file.write_all(&self.buffer));
        octets += self.buffer.len() as u64;
        self.buffer.clear();
        // A message without unique-id is never looked for again.
        let inode = if uid.is_some() { file.metadata().map(|data| data.ino()) } else { Ok(0) };
        let name = self.name_for(&aside, uid.as_deref());
        let (inode, failed) = match written.and(inode) {
            Ok(inode) => (inode, None),
            Err(error) => (0, Some(error)),
        };
        self.whole.push(Whole { aside, file: Some(file), octets, inode, uid, name });
        self.open += 1;
        match failed {
            Some(error) => Err(error),
            None if self.open >= OPEN => self.secure(),
            None => Ok(()),
        }
    }

    pub fn discard(&mut self) -> io::Result<()> {
        self.buffer.clear();
        let Some(writing) = self.writing.take() else { return Ok(()) };
        remove(&self.aside, &writing.aside)
    }

    /// Makes all whole messages safe, under their final names.
    pub fn sync(&mut self, journal: &mut Journal) -> io::Result<()> {
        if self.whole.is_empty() {
            return Ok(());
        }
        self.secure()?;
        let intents: Vec<Intent> = self.whole.iter().filter_map(Whole::intent).collect();
        journal.intend(&intents)?;
        let Self { aside, place, naming, whole, .. } = self;
        while let Some(message) = whole.last_mut() {
            while let Err(error) = move_to_free_name(&aside, &message.aside, &place, &message.name) {
                if error.kind() != ErrorKind::AlreadyExists {
                    return Err(error);
                }
                message.name = match naming {
                    Naming::Maildir => self.run.maildir_name(),
                    Naming::Numbered(next) => next_number(next, message.uid.as_deref()),
                };
                journal.intend(&message.intent().into_iter().collect::<Vec<_>>())?;
            }
            whole.pop();
        }
        sync_folder(&self.place)
    }

    /// Removes all that has no final name. For the way out: what cannot be removed stays for the next run to clear.
    pub fn abandon(&mut self) {
        let writing = self.writing.take().map(|writing| writing.aside);
        for aside in writing.into_iter().chain(self.whole.drain(..).map(|message| message.aside)) {
            let _ = remove(&self.aside, &aside);
        }
    }

    fn name_for(&mut self, aside: &str, uid: Option<&str>) -> String {
        match &mut self.naming {
            Naming::Maildir => aside.to_owned(),
            Naming::Numbered(next) => next_number(next, uid),
        }
    }

    /// What is whole is on the disk, though not under its final name.
    fn secure(&mut self) -> io::Result<()> {
        let files: Vec<File> = self.whole.iter_mut().filter_map(|message| message.file.take()).collect();
        self.open = 0;
        secure_all(&files)
    }
}

impl Whole {
    fn intent(&self) -> Option<Intent> {
        let (octets, inode, name) = (self.octets, self.inode, self.name.clone());
        self.uid.clone().map(|uid| Intent { uid, octets, inode, name })
    }
}

fn next_number(next: &mut u32, uid: Option<&str>) -> String {
    *next = next.saturating_add(1);
    numbered(*next, uid)
}

fn put(buffer: &mut Vec<u8>, file: &mut File, octets: &mut u64, bytes: &[u8]) -> io::Result<()> {
    if buffer.len() + bytes.len() > BUFFER {
        file.write_all(buffer)?;
        *octets += buffer.len() as u64;
        buffer.clear();
    }
    if bytes.len() >= BUFFER {
        file.write_all(bytes)?;
        *octets += bytes.len() as u64;
    } else {
        buffer.extend_from_slice(bytes);
    }
    Ok(())
}

/// fsync of each file. One after the other each waits for a turn of the disk; at the same time they share it. (Here 200
/// files of 4 KiB on ext4: 320 to 500 ms one by one, 20 to 35 ms on eight threads; `syncfs` takes as long as that and
/// waits for the files of everybody else too.)
fn secure_all(files: &[File]) -> io::Result<()> {
    let (mut rest, mut slow) = (files.iter(), 0);
    for file in rest.by_ref() {
        let before = Instant::now();
        file.sync_all()?;
        slow = if before.elapsed() > SLOW { slow + 1 } else { 0 };
        if slow == TIMES {
            break;
        }
    }
    let rest = rest.as_slice();
    if rest.is_empty() {
        return Ok(());
    }
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(file) = rest.get(next.fetch_add(1, Ordering::Relaxed)) {
            file.sync_all()?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let others: Vec<_> =
            (1..AT_ONCE.min(rest.len())).map(|_| std::thread::Builder::new().spawn_scoped(scope, work)).collect();
        let ours = work();
        // A thread that could not be had is no loss: the others do its work.
        let theirs = others.into_iter().flatten().map(|thread| thread.join().expect("it does not panic"));
        theirs.fold(ours, io::Result::and)
    })
}
