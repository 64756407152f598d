//! A mail that is made of stretches, put together.

use std::fs;
use std::io;

use crate::wire::Segment;
use crate::wire::segment::BASE64_LINE;

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

/// `bytes` in base64, each line ended by CRLF.
pub(super) fn base64_lines(bytes: &[u8]) -> Vec<u8> {
    const LINE: usize = BASE64_LINE as usize;
    let mut lines = Vec::with_capacity(bytes.len() / LINE * 78 + 80);
    for line in bytes.chunks(LINE) {
        base64_simd::STANDARD.encode_append(line, &mut lines);
        lines.extend_from_slice(b"\r\n");
    }
    lines
}
