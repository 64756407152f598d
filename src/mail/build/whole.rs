//! A mail that is made of stretches, put together.

use std::io;

use crate::wire::Segment;
use crate::wire::segment::reader;

/// All octets of `segments`; files are read.
pub fn whole(segments: &[Segment]) -> io::Result<Vec<u8>> {
    let mut octets = Vec::new();
    reader::copy(segments, &mut octets)?;
    Ok(octets)
}
