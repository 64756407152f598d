//! A mail that is made of stretches, put together.

use std::fs;
use std::io;

use super::part::base64_lines;
use crate::wire::Segment;

/// All octets of `segments`; files are read.
pub fn whole(segments: &[Segment]) -> io::Result<Vec<u8>> {
    let mut octets = Vec::new();
    for segment in segments {
        match segment {
            Segment::Bytes(bytes) => octets.extend_from_slice(bytes),
            Segment::File { path } => octets.extend_from_slice(&fs::read(path)?),
            Segment::Base64 { path, .. } => octets.extend_from_slice(&base64_lines(&fs::read(path)?)),
        }
    }
    Ok(octets)
}
