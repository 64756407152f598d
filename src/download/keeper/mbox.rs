//! mboxrd: one file, each message behind a `From ` line, lines that look like one quoted, a blank line behind.
//!
//! The file is locked while it is open. What is not safe yet lies at its end; [`tail`] knows how much of it is ours.

mod lock;
mod tail;

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use jiff::Timestamp;
use rustix::fs::OFlags;

use super::disk::refused;
use super::form::{Form, Lines};
use super::journal;
use crate::config::atomic::folder_of;
use crate::config::folder::sync_folder;
use crate::config::paths::create_private;
use lock::DotLock;
use tail::Tail;

/// Most octets that wait to be written.
const BUFFER: usize = 64 * 1024;
/// Where Return-Path is looked for: it is the first line of a delivered message (RFC 5321 4.4).
const HEAD: usize = 8 * 1024;

/// An mbox that is open for writing.
#[derive(Debug)]
pub struct Mbox {
    file: File,
    tail: Tail,
    /// Octets in the file; behind them comes `buffer`.
    length: u64,
    buffer: Vec<u8>,
    /// Where the last whole message ends, and up to where all is on the disk.
    whole: u64,
    safe: u64,
    writing: Option<Writing>,
    /// Line ends that the mail of somebody else lacks.
    gap: &'static [u8],
    /// Another program wrote into it: nothing is cut any more.
    foreign: bool,
    _lock: DotLock,
}

#[derive(Debug)]
struct Writing {
    lines: Lines,
    /// Its beginning, until it is known from whom it is.
    head: Option<Vec<u8>>,
}

impl Mbox {
    /// Opens the file at `path`, or makes it, and cuts off what an interrupted run left at its end.
    pub fn open(path: &Path, journals: &Path) -> io::Result<Self> {
        let file = open_or_make(path)?;
        // In this order two programs cannot both take over a dot lock that was left behind.
        lock::lock(&file)?;
        let lock = DotLock::take(path)?;
        create_private(journals)?;
        let mut tail = Tail::open(&journals.join(journal::name(&[path.as_os_str().as_encoded_bytes()]) + ".mbox"))?;
        if let Some(length) = tail.torso(&file)? {
            file.set_len(length)?;
            file.sync_all()?;
        }
        let length = file.metadata()?.len();
        let gap = gap_behind(&file, length)?;
        tail.safe(&file, length, true)?;
        let (buffer, writing) = (Vec::with_capacity(BUFFER), None);
        Ok(Self { file, tail, length, buffer, whole: length, safe: length, writing, gap, foreign: false, _lock: lock })
    }

    pub fn begin(&mut self) {
        self.writing = Some(Writing { lines: Lines::new(Form::Mboxrd), head: Some(Vec::new()) });
    }

    pub fn piece(&mut self, mut piece: &[u8]) -> io::Result<()> {
        let Some(Writing { head, .. }) = &mut self.writing else { return Ok(()) };
        if let Some(start) = head {
            let (first, rest) = piece.split_at(piece.len().min(HEAD - start.len()));
            start.extend_from_slice(first);
            piece = rest;
            if start.len() < HEAD && !is_header_whole(start) {
                return Ok(());
            }
            self.write_head()?;
        }
        self.write_lines(piece)
    }

    pub fn end(&mut self) -> io::Result<()> {
        if self.writing.is_none() {
            return Ok(());
        }
        self.write_head()?;
        let Some(Writing { mut lines, .. }) = self.writing.take() else { return Ok(()) };
        lines.finish(&mut |bytes| self.put(bytes))?;
        self.put(b"\n")?;
        self.whole = self.length + self.buffer.len() as u64;
        self.gap = b"";
        Ok(())
    }

    pub fn discard(&mut self) -> io::Result<()> {
        self.writing = None;
        if let Some(kept) = self.whole.checked_sub(self.length) {
            self.buffer.truncate(usize::try_from(kept).unwrap_or(usize::MAX));
            return Ok(());
        }
        self.buffer.clear();
        self.check_alone()?;
        self.file.set_len(self.whole)?;
        self.length = self.whole;
        self.tail.cut(self.whole)
    }

    /// Makes all whole messages safe.
    pub fn sync(&mut self) -> io::Result<()> {
        if self.whole == self.safe {
            return Ok(());
        }
        self.flush()?;
        self.file.sync_data()?;
        self.tail.safe(&self.file, self.whole, self.length == self.whole)?;
        self.safe = self.whole;
        Ok(())
    }

    /// Cuts off what is not safe. For the way out: what cannot be cut is cut by the next run.
    pub fn abandon(&mut self) {
        self.writing = None;
        let length = self.file.metadata().map(|data| data.len());
        self.foreign |= length.as_ref().is_ok_and(|length| !self.is_ours(*length));
        (self.length, self.whole) = (self.safe, self.safe);
        self.buffer.clear();
        let cut = match length {
            Ok(length) if length > self.safe && !self.foreign => self.file.set_len(self.safe),
            other => other.map(drop),
        };
        if cut.and_then(|()| self.file.sync_all()).is_ok() && !self.foreign {
            // It says no more than that there is nothing to cut.
            let _ = self.tail.close();
        }
    }

    fn write_head(&mut self) -> io::Result<()> {
        let Some(head) = self.writing.as_mut().and_then(|writing| writing.head.take()) else { return Ok(()) };
        let date = Timestamp::now().strftime("%a %b %e %H:%M:%S %Y");
        self.put(self.gap)?;
        self.put(format!("From {} {date}\n", sender(&head)).as_bytes())?;
        self.write_lines(&head)
    }

    fn write_lines(&mut self, piece: &[u8]) -> io::Result<()> {
        let Some(Writing { mut lines, head }) = self.writing.take() else { return Ok(()) };
        let written = lines.push(piece, &mut |bytes| self.put(bytes));
        self.writing = Some(Writing { lines, head });
        written
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        for bytes in bytes.chunks(BUFFER) {
            if self.buffer.len() + bytes.len() > BUFFER {
                self.flush()?;
            }
            self.buffer.extend_from_slice(bytes);
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        self.check_alone()?;
        self.tail.promise(self.length, &self.buffer)?;
        self.file.write_all(&self.buffer)?;
        self.length += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }

    /// Whether a file of this length ends in what was written here: all that was, and perhaps a part of what waits, where
    /// a write broke off.
    fn is_ours(&self, length: u64) -> bool {
        let broken_off = length.checked_sub(self.length).and_then(|more| usize::try_from(more).ok());
        let Some(waiting) = broken_off.and_then(|more| self.buffer.get(..more)) else { return false };
        let mut there = vec![0; waiting.len()];
        self.file.read_exact_at(&mut there, self.length).is_ok() && there == waiting
    }

    fn check_alone(&mut self) -> io::Result<()> {
        self.foreign |= self.file.metadata()?.len() != self.length;
        if self.foreign {
            return Err(refused("another program wrote into it without locking it; nothing more is written"));
        }
        Ok(())
    }
}

/// A plain file, or a link to one; never a device or a pipe, which opening could hang on.
fn open_or_make(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).mode(0o600).custom_flags(OFlags::NONBLOCK.bits().cast_signed());
    let (file, new) = match options.open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => (options.create_new(true).open(path)?, true),
        other => (other?, false),
    };
    if !file.metadata()?.is_file() {
        return Err(refused(format!("{} is no plain file", path.display())));
    }
    if new {
        sync_folder(File::open(folder_of(path))?)?;
    }
    Ok(file)
}

/// The line ends that are missing behind what is there; refuses what is no mbox.
fn gap_behind(file: &File, length: u64) -> io::Result<&'static [u8]> {
    if length == 0 {
        return Ok(b"");
    }
    let mut start = [0; 5];
    if file.read_exact_at(&mut start, 0).is_err() || start != *b"From " {
        return Err(refused("there is something in it that is no mbox (it does not begin with a From line)"));
    }
    let mut end = [0; 2];
    file.read_exact_at(&mut end, length - 2)?;
    Ok(match &end {
        b"\n\n" => b"",
        [_, b'\n'] => b"\n",
        _ => b"\n\n",
    })
}

fn is_header_whole(head: &[u8]) -> bool {
    memchr::memmem::find(head, b"\n\r\n").or_else(|| memchr::memmem::find(head, b"\n\n")).is_some()
}

/// From whom the message is, as its Return-Path says.
fn sender(head: &[u8]) -> &str {
    let header = head.split(|octet| *octet == b'\n').take_while(|line| !line.trim_ascii().is_empty());
    let named = header
        .filter_map(|line| line.split_at_checked(b"return-path:".len()))
        .find(|(name, _)| name.eq_ignore_ascii_case(b"return-path:"))
        .and_then(|(_, value)| std::str::from_utf8(value.trim_ascii()).ok());
    let address = named.map(|value| value.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).unwrap_or(value));
    let usable =
        |address: &&str| (1..=256).contains(&address.len()) && address.bytes().all(|octet| octet.is_ascii_graphic());
    address.filter(usable).unwrap_or("MAILER-DAEMON")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sender_is_taken_from_return_path_and_nothing_odd_is_believed() {
        let cases: [(&[u8], &str); 8] = [
            (b"Return-Path: <ada@example.org>\r\nFrom: x\r\n\r\n", "ada@example.org"),
            (b"From: x\nRETURN-PATH: bob@example.org\n\n", "bob@example.org"),
            (b"Return-Path: <>\r\n\r\n", "MAILER-DAEMON"),
            (b"Return-Path: <a b@example.org>\r\n\r\n", "MAILER-DAEMON"),
            (b"Return-Path: <a\x1b@example.org>\r\n\r\n", "MAILER-DAEMON"),
            (b"Return-Path: <\xff@example.org>\r\n\r\n", "MAILER-DAEMON"),
            (b"\r\nReturn-Path: <body@example.org>\r\n", "MAILER-DAEMON"),
            (b"", "MAILER-DAEMON"),
        ];
        for (head, named) in cases {
            assert_eq!(sender(head), named, "{}", head.escape_ascii());
        }
    }
}
