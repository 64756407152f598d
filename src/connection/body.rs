//! Bodies of mails on their way into an engine: from memory, or from a file of which two blocks at most are held.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64_simd::AsOut;
use tokio::task::JoinHandle;

use super::Body;
use crate::smtp::MailId;
use crate::wire::Segment;
use crate::wire::segment::BASE64_LINE;

/// Octets read from a file at once.
const BLOCK: usize = 256 * 1024;
/// Octets of a file that make one line of base64.
const LINE: usize = BASE64_LINE as usize;
/// Octets read at once from a file that is encoded: whole lines.
const RAW: usize = 4 * 1024 * LINE;

/// The mails that are submitted and not done, each with its body, in the order of submission.
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

    /// The body of this mail. What is asked for is with the oldest.
    pub fn of(&mut self, id: MailId) -> Option<&mut Source> {
        self.0.iter_mut().find(|(held, _)| *held == id).and_then(|(_, source)| source.as_mut())
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
            && let Some(path) = self.rest.front().and_then(Segment::path)
        {
            path.clone_into(&mut self.path);
            let segment = self.rest.pop_front();
            self.file =
                FileState::Reading(tokio::task::spawn_blocking(move || Reader::open(segment)?.block(Vec::new())));
        }
        let FileState::Reading(reading) = &mut self.file else { return std::future::pending().await };
        let read = reading.await.unwrap_or_else(|lost| Err(io::Error::other(lost)));
        self.file = FileState::Failed;
        let (reader, block) = read?;
        self.taken = 0;
        let spent = std::mem::replace(&mut self.block, Block::OfFile(block));
        self.file = if reader.ended {
            FileState::None
        } else {
            FileState::Reading(tokio::task::spawn_blocking(move || reader.block(spent.into_spare())))
        };
        Ok(())
    }
}

/// A file on its way into a body.
#[derive(Debug)]
struct Reader {
    file: File,
    /// Octets that are to come, of a file that is encoded.
    encoded: Option<u64>,
    /// Memory for what is read of such a file.
    raw: Vec<u8>,
    ended: bool,
}

impl Reader {
    fn open(segment: Option<Segment>) -> io::Result<Self> {
        let (path, encoded) = match segment {
            Some(Segment::File { path }) => (path, None),
            Some(Segment::Base64 { path, octets }) => (path, Some(octets)),
            Some(Segment::Bytes(_)) | None => return Err(io::ErrorKind::InvalidInput.into()),
        };
        Ok(Self { file: File::open(path)?, encoded, raw: Vec::new(), ended: false })
    }

    /// The next block as it goes into the body. `spare`: memory to put it into.
    fn block(mut self, spare: Vec<u8>) -> io::Result<(Self, Vec<u8>)> {
        let size = if self.encoded.is_some() { RAW } else { BLOCK };
        let (mut block, spare) =
            if self.encoded.is_some() { (std::mem::take(&mut self.raw), spare) } else { (spare, Vec::new()) };
        block.resize(size, 0);
        let filled = fill(&mut self.file, &mut block)?;
        block.truncate(filled);
        self.ended = filled < size;
        if let Some(left) = &mut self.encoded {
            let changed = || io::Error::other("the file is not as long as it was when the mail was made");
            *left = left.checked_sub(block.len() as u64).ok_or_else(changed)?;
            if self.ended && *left > 0 {
                return Err(changed());
            }
            let lines = base64_lines(&block, spare);
            self.raw = std::mem::replace(&mut block, lines);
        }
        Ok((self, block))
    }
}

/// Reads until `block` is full or the file ends; how much there is. `read_to_end` would ask in far smaller steps.
fn fill(file: &mut File, block: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < block.len() {
        match file.read(&mut block[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Each line is written in its place, so that the octets are gone over once. `lines`: memory to put them into.
fn base64_lines(bytes: &[u8], mut lines: Vec<u8>) -> Vec<u8> {
    let size = bytes.len().div_ceil(3) * 4 + bytes.len().div_ceil(LINE) * 2;
    lines.resize(size, 0);
    let places = lines.chunks_mut(LINE / 3 * 4 + 2);
    for (line, place) in bytes.chunks(LINE).zip(places) {
        let (text, end) = place.split_at_mut(place.len() - 2);
        let _ = base64_simd::STANDARD.encode(line, text.as_out());
        end.copy_from_slice(b"\r\n");
    }
    lines
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
    async fn a_file_between_other_stretches_comes_as_lines_of_base64() {
        for size in [0, 1, 57, 58, RAW, RAW + 1] {
            let bytes: Vec<u8> = (0..size).map(|n| (n % 251) as u8).collect();
            let mut file = tempfile::NamedTempFile::new().unwrap();
            file.write_all(&bytes).unwrap();
            let encoded = Segment::Base64 { path: file.path().to_owned(), octets: size as u64 };
            let expected = [b"head".to_vec(), base64_lines(&bytes, Vec::new()), b"foot".to_vec()].concat();
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
            bodies.push(MailId(id), Some(Body::Bytes(vec![id as u8].into())));
        }
        for id in [3, 1] {
            let piece = bodies.of(MailId(id)).unwrap().piece(10);
            assert_eq!(piece, Some(Piece { bytes: &[id as u8], last: true }));
            bodies.done(MailId(id));
            assert!(bodies.of(MailId(id)).is_none());
        }
        assert!(bodies.of(MailId(2)).is_some());
    }

    #[test]
    fn lines_of_base64_are_those_of_a_plain_encoder() {
        use base64::Engine;
        for size in [0, 1, 2, 3, 56, 57, 58, 113, 114, 115, 1000] {
            let bytes: Vec<u8> = (0..size).map(|n: usize| u8::try_from(n * 7 % 256).unwrap()).collect();
            let plain = base64::engine::general_purpose::STANDARD;
            let expected: String = bytes.chunks(57).map(|line| plain.encode(line) + "\r\n").collect();
            assert_eq!(String::from_utf8(base64_lines(&bytes, b"before".to_vec())).unwrap(), expected, "{size} octets");
        }
    }

    #[test]
    fn a_mail_without_a_body_does_not_get_the_next_one() {
        let mut bodies = Bodies::default();
        bodies.push(MailId(1), None);
        bodies.push(MailId(2), Some(Body::Bytes(Arc::new([]))));
        assert!(bodies.of(MailId(1)).is_none());
        assert!(bodies.of(MailId(2)).is_some());
    }
}
