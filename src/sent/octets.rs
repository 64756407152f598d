//! The octets of a mail onto the disk, piece by piece: no mail has to be whole in memory.

use std::io::{self, Write};

use crate::mail::header;
use crate::wire::Segment;
use crate::wire::segment::reader;

/// Of a mail of more octets only the header is kept.
pub const WHOLE: u64 = 64 << 20;

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
    reader::copy(segments, out)?;
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::mail::build::whole;

    #[test]
    fn the_copy_is_what_was_sent() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("file");
        std::fs::write(&path, vec![b'x'; 200_000]).unwrap();
        let segments = [
            Segment::Bytes(Arc::from(&b"Subject: x\r\n\r\n"[..])),
            Segment::Base64 { path: path.clone(), octets: 200_000 },
            Segment::File { path },
        ];
        let mut out = Vec::new();
        assert!(write(&segments, WHOLE, &mut out).unwrap());
        assert!(out == whole(&segments).unwrap());
        assert_eq!(octets(&segments).unwrap(), out.len() as u64);
    }

    #[test]
    fn of_a_huge_mail_the_header_is_kept() {
        let segments = [Segment::Bytes(Arc::from(&b"Subject: x\r\nTo: y\r\n\r\nbody"[..]))];
        let mut out = Vec::new();
        assert!(!write(&segments, 10, &mut out).unwrap());
        assert_eq!(out, b"Subject: x\r\nTo: y\r\n\r\n");
    }
}
