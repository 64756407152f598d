//! A body in blocks (BDAT, RFC 3030) of which not every octet was read: the octets that are announced are those of the
//! whole mail, and what was left out stands where it is in the body.

use std::collections::VecDeque;

use super::Played;
use super::pieces::Piece;
use crate::app::grouped;
use crate::smtp::CHUNK;
use crate::wire::{Chunk, ChunkKind};

/// What was played without the octets that were not read, as it is with them. What goes after DATA stays as it is.
pub(super) fn whole(played: Vec<Played>, pieces: VecDeque<Piece>) -> Vec<Played> {
    let left_out: u64 = pieces.iter().map(Piece::left_out).sum();
    let sent: u64 = played.iter().filter_map(announced).sum();
    if left_out == 0 || !played.iter().any(|it| announced(it).is_some()) {
        return played;
    }
    let (mut before, mut behind) = (Vec::new(), Vec::new());
    let mut begun = false;
    for it in played {
        begun |= announced(&it).is_some();
        match it {
            Played::Gap { .. } => {}
            Played::Sent(chunk) if begun && chunk.kind != ChunkKind::BodyEnd => {}
            it if begun => behind.push(it),
            it => before.push(it),
        }
    }
    before.push(announcement(sent + left_out));
    before.extend(pieces.into_iter().map(|piece| match piece {
        Piece::Octets(octets) => Played::Sent(Chunk::new(octets.to_vec(), ChunkKind::Body)),
        Piece::Gap { octets, what } => Played::Gap { octets, what },
    }));
    before.extend(behind);
    before
}

/// The octets that a BDAT command announces.
fn announced(played: &Played) -> Option<u64> {
    let Played::Sent(Chunk { kind: ChunkKind::Command, bytes, .. }) = played else { return None };
    let count = bytes.strip_prefix(b"BDAT ")?;
    std::str::from_utf8(count).ok()?.split_ascii_whitespace().next()?.parse().ok()
}

fn announcement(octets: u64) -> Played {
    if octets < CHUNK as u64 {
        return Played::Sent(Chunk::new(format!("BDAT {octets} LAST\r\n"), ChunkKind::Command));
    }
    let (each, all) = (grouped(CHUNK as u64), grouped(octets));
    let what = format!("BDAT for each block of {each} octets or a little more, the last with LAST: {all} in all");
    Played::Gap { octets: 0, what }
}
