//! A body in stretches: octets at hand, and files that are encoded while they are read, so that no mail has to be whole
//! in memory.

pub mod reader;

use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Octets of a file that make one line of base64 (RFC 2045 6.8): 76 characters and CRLF.
pub const BASE64_LINE: u64 = 57;

/// A stretch of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// These octets.
    Bytes(Arc<[u8]>),
    /// The octets of a file, as many as it has when it is read.
    File {
        /// The file.
        path: PathBuf,
    },
    /// The octets of a file as lines of base64, each ended by CRLF.
    Base64 {
        /// The file.
        path: PathBuf,
        /// How many octets it has. With more or less, the body cannot be completed.
        octets: u64,
    },
}

impl Segment {
    /// Octets in the body; of a file that goes as it is, none are known.
    pub fn octets(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File { .. } => 0,
            Self::Base64 { octets, .. } => octets.div_ceil(3) * 4 + octets.div_ceil(BASE64_LINE) * 2,
        }
    }

    /// The file that is read for it.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Bytes(_) => None,
            Self::File { path } | Self::Base64 { path, .. } => Some(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_of_a_file_in_base64_is_known_beforehand() {
        let of = |octets| Segment::Base64 { path: PathBuf::new(), octets }.octets();
        assert_eq!([0, 1, 3, 56, 57, 58, 114].map(of), [0, 6, 6, 78, 78, 84, 156]);
        assert_eq!(Segment::Bytes(Arc::from(&b"abc"[..])).octets(), 3);
    }
}
