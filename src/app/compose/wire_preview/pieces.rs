//! The body of a mail in pieces, as far as it is shown: what is at hand whole, of files the beginning and the end.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use crate::app::grouped;
use crate::wire::segment::BASE64_LINE;
use crate::wire::segment::reader::base64_lines;
use crate::wire::{Segment, printable};

/// Lines of base64 that are shown of the beginning of a file, and of its end.
const HEAD: u64 = 8;
const TAIL: u64 = 4;
/// Octets that are shown of a file that goes as it is.
const PLAIN: u64 = 64 * 1024;

/// A stretch of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Octets(Arc<[u8]>),
    /// Octets on the wire that are not read.
    Gap {
        octets: u64,
        what: String,
    },
}

impl Piece {
    /// Octets of it that are not read.
    pub(super) fn left_out(&self) -> u64 {
        match self {
            Self::Octets(_) => 0,
            Self::Gap { octets, .. } => *octets,
        }
    }
}

/// The pieces of a body. Reads files.
pub(super) fn of(segments: &[Segment]) -> io::Result<VecDeque<Piece>> {
    let mut pieces = VecDeque::new();
    for segment in segments {
        match segment {
            Segment::Bytes(bytes) => pieces.push_back(Piece::Octets(Arc::clone(bytes))),
            Segment::File { path } => plain(path, &mut pieces)?,
            Segment::Base64 { path, octets } => base64(path, *octets, &mut pieces)?,
        }
    }
    Ok(pieces)
}

fn plain(path: &Path, pieces: &mut VecDeque<Piece>) -> io::Result<()> {
    let mut file = File::open(path)?;
    let whole = file.metadata()?.len();
    let mut start = Vec::new();
    file.by_ref().take(PLAIN).read_to_end(&mut start)?;
    if whole > PLAIN {
        // What is shown ends with a line.
        start.truncate(memchr::memrchr(b'\n', &start).map_or(start.len(), |at| at + 1));
    }
    let left = whole.saturating_sub(start.len() as u64);
    pieces.push_back(Piece::Octets(start.into()));
    if left > 0 {
        pieces.push_back(Piece::Gap { octets: left, what: format!("{} octets of {}", grouped(left), name(path)) });
    }
    Ok(())
}

fn base64(path: &Path, octets: u64, pieces: &mut VecDeque<Piece>) -> io::Result<()> {
    let mut file = File::open(path)?;
    let lines = octets.div_ceil(BASE64_LINE);
    let (head, tail) = if lines <= HEAD + TAIL { (lines, 0) } else { (HEAD, TAIL) };
    pieces.push_back(encoded(&mut file, head)?);
    if tail > 0 {
        let left_out = (lines - head - tail) * BASE64_LINE;
        let what = format!("{} octets of {} in base64", grouped(left_out), name(path));
        pieces.push_back(Piece::Gap { octets: left_out / BASE64_LINE * 78, what });
        file.seek(SeekFrom::Start((lines - tail) * BASE64_LINE))?;
        pieces.push_back(encoded(&mut file, tail)?);
    }
    Ok(())
}

/// So many lines of base64 from where the file stands.
fn encoded(file: &mut File, lines: u64) -> io::Result<Piece> {
    let mut octets = Vec::new();
    file.take(lines * BASE64_LINE).read_to_end(&mut octets)?;
    Ok(Piece::Octets(base64_lines(&octets).into()))
}

fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    printable::text(&name).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(octets: usize) -> (tempfile::TempDir, Segment) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.pdf");
        std::fs::write(&path, (0..octets).map(|at| at as u8).collect::<Vec<u8>>()).unwrap();
        let octets = octets as u64;
        (folder, Segment::Base64 { path, octets })
    }

    #[test]
    fn a_small_file_is_shown_whole_and_of_a_large_one_both_ends() {
        for octets in [0, 1, 57, 58, 684, 685, 1_000_000] {
            let (_folder, segment) = file(octets);
            let whole = crate::mail::build::whole(std::slice::from_ref(&segment)).unwrap();
            let pieces = of(&[segment]).unwrap();
            let length = |piece: &Piece| match piece {
                Piece::Octets(octets) => octets.len() as u64,
                Piece::Gap { octets, .. } => *octets,
            };
            assert_eq!(pieces.iter().map(length).sum::<u64>(), whole.len() as u64, "{octets}");
            let Some(Piece::Octets(first)) = pieces.front() else { panic!("{pieces:?}") };
            let Some(Piece::Octets(last)) = pieces.back() else { panic!("{pieces:?}") };
            assert!(whole.starts_with(first) && whole.ends_with(last));
            assert_eq!(pieces.len(), if octets > 684 { 3 } else { 1 });
        }
        let (_folder, segment) = file(1_000_000);
        let Piece::Gap { what, .. } = &of(&[segment]).unwrap()[1] else { panic!("a gap") };
        assert_eq!(what, "999,324 octets of report.pdf in base64");
    }

    #[test]
    fn a_file_that_is_not_there_is_an_error() {
        assert!(of(&[Segment::Base64 { path: "no/such/file".into(), octets: 9 }]).is_err());
    }
}
