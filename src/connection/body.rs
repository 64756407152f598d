//! Bodies of mails on their way into an engine: from memory, or from a file of which two blocks at most are held.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::task::JoinHandle;

use super::Body;
use crate::smtp::MailId;

/// Octets read from a file at once.
const BLOCK: usize = 256 * 1024;

/// The mails that are submitted and not done, each with its body, in the order of submission: the first is under way.
#[derive(Debug, Default)]
pub struct Bodies(VecDeque<(MailId, Option<Source>)>);

impl Bodies {
    /// A mail was submitted. One without a body keeps its place, so that it never gets the body of another.
    pub fn push(&mut self, id: MailId, body: Option<Body>) {
        self.0.push_back((id, body.map(Source::new)));
    }

    /// The mail came to its end.
    pub fn done(&mut self, id: MailId) {
        if let Some(at) = self.0.iter().position(|(held, _)| *held == id) {
            self.0.remove(at);
        }
    }

    /// The body of the mail under way.
    pub fn under_way(&mut self) -> Option<&mut Source> {
        self.0.front_mut().and_then(|(_, source)| source.as_mut())
    }
}

/// One body.
#[derive(Debug)]
pub struct Source {
    block: Block,
    /// Octets of `block` that were taken.
    taken: usize,
    path: PathBuf,
    file: FileState,
}

/// Where the rest behind the block is.
#[derive(Debug)]
enum FileState {
    Unopened,
    Reading(JoinHandle<io::Result<(File, Vec<u8>)>>),
    /// Nothing follows the block.
    Ended,
    /// An error was given out.
    Failed,
}

/// What is in memory of a body.
#[derive(Debug)]
enum Block {
    Whole(Arc<[u8]>),
    OfFile(Vec<u8>),
}

impl Deref for Block {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Whole(bytes) => bytes,
            Self::OfFile(bytes) => bytes,
        }
    }
}

/// A piece of a body.
#[derive(Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    /// Its octets.
    pub bytes: &'a [u8],
    /// Nothing follows.
    pub last: bool,
}

impl Source {
    fn new(body: Body) -> Self {
        match body {
            Body::Bytes(bytes) => {
                Self { block: Block::Whole(bytes), taken: 0, path: PathBuf::new(), file: FileState::Ended }
            }
            Body::File(path) => Self { block: Block::OfFile(Vec::new()), taken: 0, path, file: FileState::Unopened },
        }
    }

    /// The next piece, of at most `most` octets; `None` when [`Self::ready`] has to be awaited first.
    pub fn piece(&mut self, most: usize) -> Option<Piece<'_>> {
        if self.is_dry() {
            return None;
        }
        let ended = matches!(self.file, FileState::Ended);
        let from = self.taken;
        self.taken = self.block.len().min(from + most.max(1));
        Some(Piece { bytes: &self.block[from..self.taken], last: ended && self.taken == self.block.len() })
    }

    /// The file it is read from; empty for one in memory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether [`Self::ready`] has to be awaited before the next piece.
    pub fn is_dry(&self) -> bool {
        self.taken == self.block.len() && !matches!(self.file, FileState::Ended)
    }

    /// Waits for the next block of a file and starts reading the one behind it. Cancel-safe. Never ready when nothing
    /// is left to wait for.
    pub async fn ready(&mut self) -> io::Result<()> {
        if let FileState::Unopened = self.file {
            let path = self.path.clone();
            self.file = FileState::Reading(tokio::task::spawn_blocking(move || read_block(File::open(path)?)));
        }
        let FileState::Reading(reading) = &mut self.file else { return std::future::pending().await };
        let read = reading.await.unwrap_or_else(|lost| Err(io::Error::other(lost)));
        self.file = FileState::Failed;
        let (file, block) = read?;
        self.file = if block.len() < BLOCK {
            FileState::Ended
        } else {
            FileState::Reading(tokio::task::spawn_blocking(move || read_block(file)))
        };
        self.block = Block::OfFile(block);
        self.taken = 0;
        Ok(())
    }
}

/// A block that is full unless the file ends in it.
fn read_block(mut file: File) -> io::Result<(File, Vec<u8>)> {
    let mut block = Vec::with_capacity(BLOCK);
    file.by_ref().take(BLOCK as u64).read_to_end(&mut block)?;
    Ok((file, block))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    async fn pieces(source: &mut Source, most: usize) -> Vec<u8> {
        let mut whole = Vec::new();
        loop {
            match source.piece(most) {
                None => source.ready().await.unwrap(),
                Some(piece) => {
                    assert!(piece.bytes.len() <= most);
                    whole.extend_from_slice(piece.bytes);
                    if piece.last {
                        return whole;
                    }
                }
            }
        }
    }

    #[tokio::test]
    async fn a_file_comes_whole_whatever_its_size() {
        for size in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK] {
            let bytes: Vec<u8> = (0..size).map(|n| (n % 251) as u8).collect();
            let mut file = tempfile::NamedTempFile::new().unwrap();
            file.write_all(&bytes).unwrap();
            let mut source = Source::new(Body::File(file.path().to_owned()));
            assert!(pieces(&mut source, 60_000).await == bytes, "{size} octets");
        }
    }

    #[tokio::test]
    async fn bytes_come_whole_and_the_last_piece_says_so() {
        let mut source = Source::new(Body::Bytes(Arc::from(&b"abcdef"[..])));
        assert_eq!(source.piece(4), Some(Piece { bytes: b"abcd", last: false }));
        assert_eq!(source.piece(4), Some(Piece { bytes: b"ef", last: true }));
        let mut empty = Source::new(Body::Bytes(Arc::from(&b""[..])));
        assert_eq!(empty.piece(4), Some(Piece { bytes: b"", last: true }));
    }

    #[tokio::test]
    async fn a_file_that_is_not_there_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let mut source = Source::new(Body::File(folder.path().join("absent")));
        assert_eq!(source.piece(10), None);
        assert_eq!(source.ready().await.unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn the_mail_under_way_is_the_oldest_not_done() {
        let mut bodies = Bodies::default();
        for id in 1..=3 {
            bodies.push(MailId(id), Some(Body::Bytes(vec![id as u8].into())));
        }
        bodies.done(MailId(2));
        bodies.done(MailId(1));
        let third = bodies.under_way().unwrap().piece(10);
        assert_eq!(third, Some(Piece { bytes: &[3], last: true }));
        bodies.done(MailId(3));
        assert!(bodies.under_way().is_none());
    }

    #[test]
    fn a_mail_without_a_body_does_not_get_the_next_one() {
        let mut bodies = Bodies::default();
        bodies.push(MailId(1), None);
        bodies.push(MailId(2), Some(Body::Bytes(Arc::new([]))));
        assert!(bodies.under_way().is_none());
        bodies.done(MailId(1));
        assert!(bodies.under_way().is_some());
    }
}
