//! The octets of a mail onto the disk, piece by piece: no mail has to be whole in memory.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::mail::header;
use crate::wire::Segment;
use crate::wire::segment::BASE64_LINE;

/// Of a mail of more octets only the header is kept.
pub const WHOLE: u64 = 64 << 20;
/// Octets of a file read at once; whole lines of base64.
const PIECE: u64 = BASE64_LINE * 1_024;

/// Writes the mail, or its header alone when the mail has more octets than `most`. Returns whether it is whole.
pub(super) fn write(segments: &[Segment], most: u64, out: &mut impl Write) -> io::Result<bool> {
    if octets(segments)? > most {
        if let Some(Segment::Bytes(first)) = segments.first() {
            let split = header::split(first);
            out.write_all(split.head)?;
            out.write_all(b"\r\n")?;
        }
        return Ok(false);
    }
    for segment in segments {
        match segment {
            Segment::Bytes(bytes) => out.write_all(bytes)?,
            Segment::File { path } => drop(io::copy(&mut File::open(path)?.take(most), out)?),
            Segment::Base64 { path, octets } => base64_lines(path, *octets, out)?,
        }
    }
    Ok(true)
}

/// How many octets the mail has.
pub(super) fn octets(segments: &[Segment]) -> io::Result<u64> {
    segments.iter().try_fold(0, |sum: u64, segment| {
        let here = match segment {
            Segment::File { path } => std::fs::metadata(path)?.len(),
            segment => segment.octets(),
        };
        Ok(sum.saturating_add(here))
    })
}

fn base64_lines(path: &Path, octets: u64, out: &mut impl Write) -> io::Result<()> {
    let mut file = BufReader::new(File::open(path)?);
    let (mut piece, mut read) = (Vec::new(), 0);
    loop {
        piece.clear();
        (&mut file).take(PIECE).read_to_end(&mut piece)?;
        read += piece.len() as u64;
        if piece.is_empty() {
            break;
        }
        for line in piece.chunks(usize::try_from(BASE64_LINE).expect("a line is short")) {
            out.write_all(STANDARD.encode(line).as_bytes())?;
            out.write_all(b"\r\n")?;
        }
    }
    let same = read == octets;
    if same { Ok(()) } else { Err(io::Error::other(format!("{} changed since it was sent", path.display()))) }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::mail::build::whole;

    #[test]
    fn the_copy_is_what_was_sent() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("file");
        for length in [0_usize, 1, 56, 57, 58, 57 * 1_024 - 1, 57 * 1_024, 57 * 1_024 + 1, 200_000] {
            std::fs::write(&path, vec![b'x'; length]).unwrap();
            let segments = [
                Segment::Bytes(Arc::from(&b"Subject: x\r\n\r\n"[..])),
                Segment::Base64 { path: path.clone(), octets: length as u64 },
                Segment::File { path: path.clone() },
            ];
            let mut out = Vec::new();
            assert!(write(&segments, WHOLE, &mut out).unwrap());
            assert!(out == whole(&segments).unwrap(), "{length}");
            assert_eq!(octets(&segments).unwrap(), out.len() as u64);
        }
    }

    #[test]
    fn of_a_huge_mail_the_header_is_kept() {
        let segments = [Segment::Bytes(Arc::from(&b"Subject: x\r\nTo: y\r\n\r\nbody"[..]))];
        let mut out = Vec::new();
        assert!(!write(&segments, 10, &mut out).unwrap());
        assert_eq!(out, b"Subject: x\r\nTo: y\r\n\r\n");
    }

    #[test]
    fn a_file_that_changed_is_told() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("file");
        std::fs::write(&path, "four").unwrap();
        let segments = [Segment::Base64 { path, octets: 3 }];
        assert!(write(&segments, WHOLE, &mut Vec::new()).unwrap_err().to_string().contains("changed"));
    }
}
