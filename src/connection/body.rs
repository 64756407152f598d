//! Bodies of mails on their way into an engine: from memory, or from a file of which two blocks at most are held.

use std::collections::VecDeque;
use std::io;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::task::JoinHandle;

use super::Body;
use crate::smtp::{BodyOf, MailId};
use crate::wire::Segment;
use crate::wire::segment::reader::Reader;

/// The mails that are submitted and not done, each with its body, and the texts behind a typed DATA, in the order of
/// submission.
#[derive(Debug, Default)]
pub struct Bodies {
    held: VecDeque<(BodyOf, Option<Source>)>,
    /// How many of them are of no mail.
    typed: usize,
}

impl Bodies {
    /// A mail or a text was submitted. One without a body keeps its place, so that it never gets the body of another.
    pub fn push(&mut self, id: BodyOf, body: Option<Body>) {
        self.typed += usize::from(id == BodyOf::Typed);
        self.held.push_back((id, body.map(Source::new)));
    }

    /// The mail came to its end.
    pub fn done(&mut self, id: MailId) {
        self.remove(BodyOf::Mail(id));
    }

    /// Texts behind a typed DATA that are held.
    pub fn typed(&self) -> usize {
        self.typed
    }

    /// Of these texts only the last `count` may still be asked for.
    pub fn keep_typed(&mut self, count: usize) {
        while self.typed > count {
            self.remove(BodyOf::Typed);
            self.typed -= 1;
        }
    }

    fn remove(&mut self, id: BodyOf) {
        if let Some(at) = self.held.iter().position(|(held, _)| *held == id) {
            self.held.remove(at);
        }
    }

    /// This body. What is asked for is with the oldest.
    pub fn of(&mut self, id: BodyOf) -> Option<&mut Source> {
        self.held.iter_mut().find(|(held, _)| *held == id).and_then(|(_, source)| source.as_mut())
    }
}

/// One body.
#[derive(Debug)]
pub struct Source {
    block: Block,
    /// Octets of `block` that were taken.
    taken: usize,
    file: FileState,
    /// Behind the block and the file.
    rest: VecDeque<Segment>,
    /// Of the file that was opened last.
    path: PathBuf,
}

/// The file that the block comes from.
#[derive(Debug)]
enum FileState {
    /// There is none, or nothing of it is left behind the block.
    None,
    Reading(JoinHandle<io::Result<(Reader, Vec<u8>)>>),
    /// An error was given out.
    Failed,
}

/// What is in memory of a body.
#[derive(Debug)]
enum Block {
    Whole(Arc<[u8]>),
    OfFile(Vec<u8>),
}

impl Block {
    /// Its memory, to be used again.
    fn into_spare(self) -> Vec<u8> {
        match self {
            Self::Whole(_) => Vec::new(),
            Self::OfFile(bytes) => bytes,
        }
    }
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
        let rest = match body {
            Body::Bytes(bytes) => VecDeque::from([Segment::Bytes(bytes)]),
            Body::Segments(segments) => segments.iter().cloned().collect(),
            Body::File(path) => VecDeque::from([Segment::File { path }]),
        };
        Self { block: Block::OfFile(Vec::new()), taken: 0, file: FileState::None, rest, path: PathBuf::new() }
    }

    /// The next piece, of at most `most` octets; `None` when [`Self::ready`] has to be awaited first.
    pub fn piece(&mut self, most: usize) -> Option<Piece<'_>> {
        while self.taken == self.block.len()
            && matches!(self.file, FileState::None)
            && let Some(Segment::Bytes(bytes)) = self.rest.front()
        {
            self.block = Block::Whole(Arc::clone(bytes));
            self.taken = 0;
            self.rest.pop_front();
        }
        if self.is_dry() {
            return None;
        }
        let from = self.taken;
        self.taken = self.block.len().min(from + most.max(1));
        Some(Piece { bytes: &self.block[from..self.taken], last: self.taken == self.block.len() && self.is_last() })
    }

    /// The file it is read from; empty for one in memory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether [`Self::ready`] has to be awaited before the next piece.
    pub fn is_dry(&self) -> bool {
        let at_hand = matches!((&self.file, self.rest.front()), (FileState::None, Some(Segment::Bytes(_))));
        self.taken == self.block.len() && !at_hand && !self.is_last()
    }

    /// Nothing follows the block.
    fn is_last(&self) -> bool {
        matches!(self.file, FileState::None) && self.rest.is_empty()
    }

    /// Waits for the next block of a file and starts reading the one behind it. Cancel-safe. Never ready when nothing
    /// is left to wait for.
    pub async fn ready(&mut self) -> io::Result<()> {
        if let FileState::None = self.file
            && let Some(segment) = self.rest.pop_front_if(|segment| segment.path().is_some())
        {
            self.path = segment.path().map(Path::to_owned).unwrap_or_default();
            self.file = reading(Vec::new(), move || Reader::open(&segment));
        }
        let FileState::Reading(read) = &mut self.file else { return std::future::pending().await };
        let read = read.await.unwrap_or_else(|lost| Err(io::Error::other(lost)));
        self.file = FileState::Failed;
        let (reader, block) = read?;
        let spent = std::mem::replace(&mut self.block, Block::OfFile(block));
        self.file = if reader.has_ended() { FileState::None } else { reading(spent.into_spare(), move || Ok(reader)) };
        self.taken = 0;
        Ok(())
    }
}

/// Starts reading the next block of what `open` gives, into the memory of one that is spent.
fn reading(spare: Vec<u8>, open: impl FnOnce() -> io::Result<Reader> + Send + 'static) -> FileState {
    FileState::Reading(tokio::task::spawn_blocking(move || {
        let mut reader = open()?;
        let block = reader.block(spare)?;
        Ok((reader, block))
    }))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::wire::segment::reader::{BLOCK, ENCODED_BLOCK, base64_lines};

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
    async fn a_file_between_other_stretches_comes_as_lines_of_base64() {
        for size in [0, 1, 57, 58, ENCODED_BLOCK, ENCODED_BLOCK + 1] {
            let bytes: Vec<u8> = (0..size).map(|n| (n % 251) as u8).collect();
            let mut file = tempfile::NamedTempFile::new().unwrap();
            file.write_all(&bytes).unwrap();
            let encoded = Segment::Base64 { path: file.path().to_owned(), octets: size as u64 };
            let expected = [b"head".to_vec(), base64_lines(&bytes), b"foot".to_vec()].concat();
            assert_eq!(encoded.octets() as usize, expected.len() - 8, "{size} octets");
            let stretches = [Segment::Bytes(Arc::from(&b"head"[..])), encoded, Segment::Bytes(Arc::from(&b"foot"[..]))];
            let mut source = Source::new(Body::Segments(Arc::from(stretches)));
            assert!(pieces(&mut source, 60_000).await == expected, "{size} octets");
        }
    }

    #[tokio::test]
    async fn a_file_that_grew_or_shrank_is_an_error() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"abc").unwrap();
        for octets in [2, 4] {
            let segment = Segment::Base64 { path: file.path().to_owned(), octets };
            let mut source = Source::new(Body::Segments(Arc::from([segment])));
            assert_eq!(source.piece(10), None);
            assert!(source.ready().await.unwrap_err().to_string().contains("as long as"));
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
    fn each_mail_gets_its_own_body_until_it_is_done() {
        let mut bodies = Bodies::default();
        for id in 1..=3 {
            bodies.push(BodyOf::Mail(MailId(id)), Some(Body::Bytes(vec![id as u8].into())));
        }
        for id in [3, 1] {
            let piece = bodies.of(BodyOf::Mail(MailId(id))).unwrap().piece(10);
            assert_eq!(piece, Some(Piece { bytes: &[id as u8], last: true }));
            bodies.done(MailId(id));
            assert!(bodies.of(BodyOf::Mail(MailId(id))).is_none());
        }
        assert!(bodies.of(BodyOf::Mail(MailId(2))).is_some());
    }

    #[test]
    fn a_mail_without_a_body_does_not_get_the_next_one() {
        let mut bodies = Bodies::default();
        let (first, second) = (BodyOf::Mail(MailId(1)), BodyOf::Mail(MailId(2)));
        bodies.push(first, None);
        bodies.push(second, Some(Body::Bytes(Arc::new([]))));
        assert!(bodies.of(first).is_none());
        assert!(bodies.of(second).is_some());
    }

    #[test]
    fn texts_without_a_mail_are_let_go_of_in_order_and_mails_are_not() {
        let mut bodies = Bodies::default();
        for (id, octet) in [(BodyOf::Typed, b'a'), (BodyOf::Mail(MailId(1)), b'b'), (BodyOf::Typed, b'c')] {
            bodies.push(id, Some(Body::Bytes(Arc::new([octet]))));
        }
        for (count, left) in [(2, Some(b'a')), (1, Some(b'c')), (0, None)] {
            bodies.keep_typed(count);
            let first = bodies.of(BodyOf::Typed).and_then(|source| source.piece(1)).map(|piece| piece.bytes[0]);
            assert_eq!(first, left);
            assert!(bodies.of(BodyOf::Mail(MailId(1))).is_some());
        }
    }
}
