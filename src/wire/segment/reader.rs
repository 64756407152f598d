//! The files of a body, read block by block in the form in which they go into it. Reading blocks.

use std::fs::File;
use std::io::{self, Read, Write};

use base64_simd::AsOut;

use super::{BASE64_LINE, Segment};

/// Octets of a file that make one line of base64.
const LINE: usize = BASE64_LINE as usize;
/// Octets read at once from a file that goes as it is.
pub const BLOCK: usize = 256 * 1024;
/// Octets read at once from a file that is encoded: whole lines.
pub const ENCODED_BLOCK: usize = 4 * 1024 * LINE;

/// A file on its way into a body.
#[derive(Debug)]
pub struct Reader {
    file: File,
    /// Octets that are to come, of a file that is encoded.
    encoded: Option<u64>,
    /// Memory for what is read of such a file.
    raw: Vec<u8>,
    ended: bool,
}

impl Reader {
    /// Opens the file of a segment. Octets at hand have none: `InvalidInput`.
    pub fn open(segment: &Segment) -> io::Result<Self> {
        let (path, encoded) = match segment {
            Segment::Bytes(_) => return Err(io::ErrorKind::InvalidInput.into()),
            Segment::File { path } => (path, None),
            Segment::Base64 { path, octets } => (path, Some(*octets)),
        };
        Ok(Self { file: File::open(path)?, encoded, raw: Vec::new(), ended: false })
    }

    /// Nothing follows.
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// The next block as it goes into the body; the last one may be empty. An encoded file whose length is not the one
    /// of its segment is an error, for the length of the body was told before. `spare` is memory to put it into.
    pub fn block(&mut self, mut spare: Vec<u8>) -> io::Result<Vec<u8>> {
        let Some(left) = &mut self.encoded else {
            self.ended = fill(&mut self.file, &mut spare, BLOCK)?;
            return Ok(spare);
        };
        self.ended = fill(&mut self.file, &mut self.raw, ENCODED_BLOCK)?;
        let changed = || io::Error::other("the file is not as long as it was when the mail was made");
        *left = left.checked_sub(self.raw.len() as u64).ok_or_else(changed)?;
        if self.ended && *left > 0 {
            return Err(changed());
        }
        encode(&self.raw, &mut spare);
        Ok(spare)
    }
}

/// Writes a whole body. Errors of a file name it.
pub fn copy(segments: &[Segment], out: &mut impl Write) -> io::Result<()> {
    for segment in segments {
        match segment {
            Segment::Bytes(bytes) => out.write_all(bytes)?,
            Segment::File { path } | Segment::Base64 { path, .. } => {
                let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
                let mut reader = Reader::open(segment).map_err(named)?;
                let mut block = Vec::new();
                while !reader.ended {
                    block = reader.block(block).map_err(named)?;
                    out.write_all(&block)?;
                }
            }
        }
    }
    Ok(())
}

/// Reads `size` octets or to the end of the file, which it tells. `read_to_end` would ask in far smaller steps.
fn fill(file: &mut File, block: &mut Vec<u8>, size: usize) -> io::Result<bool> {
    let mut filled = 0;
    block.resize(size, 0);
    while filled < size {
        match file.read(&mut block[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    block.truncate(filled);
    Ok(filled < size)
}

/// `bytes` as lines of base64, each ended by CRLF (RFC 2045 6.8).
pub fn base64_lines(bytes: &[u8]) -> Vec<u8> {
    let mut lines = Vec::new();
    encode(bytes, &mut lines);
    lines
}

fn encode(bytes: &[u8], lines: &mut Vec<u8>) {
    let size = bytes.len().div_ceil(3) * 4 + bytes.len().div_ceil(LINE) * 2;
    lines.resize(size, 0);
    // Each line is written in its place, so that the octets are gone over once.
    let places = lines.chunks_mut(LINE / 3 * 4 + 2);
    for (line, place) in bytes.chunks(LINE).zip(places) {
        let (text, end) = place.split_at_mut(place.len() - 2);
        let _ = base64_simd::STANDARD.encode(line, text.as_out());
        end.copy_from_slice(b"\r\n");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn lines_of_base64_are_those_of_a_plain_encoder() {
        use base64::Engine;
        for size in [0, 1, 2, 3, 56, 57, 58, 113, 114, 115, 1000] {
            let bytes: Vec<u8> = (0..size).map(|n: usize| u8::try_from(n * 7 % 256).unwrap()).collect();
            let plain = base64::engine::general_purpose::STANDARD;
            let expected: String = bytes.chunks(57).map(|line| plain.encode(line) + "\r\n").collect();
            assert_eq!(String::from_utf8(base64_lines(&bytes)).unwrap(), expected, "{size} octets");
        }
    }

    #[test]
    fn a_body_is_copied_whole_whatever_the_size_of_its_files() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("file");
        for size in [0, 1, 57, 58, ENCODED_BLOCK, ENCODED_BLOCK + 1, BLOCK, BLOCK + 1] {
            let bytes: Vec<u8> = (0..size).map(|n| (n % 251) as u8).collect();
            std::fs::write(&path, &bytes).unwrap();
            let segments = [
                Segment::Bytes(Arc::from(&b"head"[..])),
                Segment::Base64 { path: path.clone(), octets: size as u64 },
                Segment::File { path: path.clone() },
            ];
            let mut out = Vec::new();
            copy(&segments, &mut out).unwrap();
            assert!(out == [&b"head"[..], &base64_lines(&bytes), &bytes].concat(), "{size} octets");
        }
    }

    #[test]
    fn a_file_that_changed_or_is_gone_is_named() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("file");
        let copied = |octets| copy(&[Segment::Base64 { path: path.clone(), octets }], &mut Vec::new());
        assert_eq!(copied(3).unwrap_err().kind(), io::ErrorKind::NotFound);
        std::fs::write(&path, "abc").unwrap();
        for octets in [2, 4] {
            let error = copied(octets).unwrap_err().to_string();
            assert!(error.contains("file: the file is not as long as it was"), "{error}");
        }
    }
}
