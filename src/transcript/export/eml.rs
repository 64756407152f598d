//! The last mail of a transcript as it was before it went over the wire: dots undone, nothing added.

use std::io;

use crate::transcript::text::grouped;
use crate::transcript::{Direction, Entry, EntryKind, Transcript};
use crate::wire::stuffing::Unstuffer;

/// The octets of the mail that DATA, BDAT or RETR carried last; or why there is none to be had whole.
pub(super) fn mail(transcript: &Transcript) -> Result<Vec<u8>, String> {
    let last = transcript.iter().rev().find(is_mail);
    let last = last.ok_or("no mail is in this transcript: nothing was sent by DATA or BDAT nor fetched by RETR")?;
    let pieces = if last.verb() == "BDAT" { chunks(transcript, &last) } else { vec![last] };
    let missing: u64 = pieces.iter().map(Entry::octets_missing).sum();
    if missing > 0 {
        return Err(format!("{} B of the last mail were not kept in the transcript", grouped(missing)));
    }
    if pieces.iter().any(|piece| !piece.complete()) {
        return Err("the last mail did not come to its end".to_owned());
    }
    let mut mail = Vec::new();
    for piece in pieces {
        if piece.verb() == "BDAT" {
            mail.extend_from_slice(piece.raw());
        } else {
            unstuffed(piece.raw(), &mut mail);
        }
    }
    Ok(mail)
}

pub(super) fn write(transcript: &Transcript, out: &mut dyn io::Write) -> io::Result<()> {
    out.write_all(&mail(transcript).map_err(io::Error::other)?)
}

fn is_mail(entry: &Entry<'_>) -> bool {
    entry.kind() == EntryKind::Body
        && match entry.direction() {
            Direction::Sent => matches!(entry.verb(), "." | "BDAT"),
            _ => entry.verb() == "RETR",
        }
}

/// All chunks of the mail that `last` ends, in order.
fn chunks<'a>(transcript: &'a Transcript, last: &Entry<'a>) -> Vec<Entry<'a>> {
    let before = (transcript.first_id()..last.id()).rev().filter_map(|id| transcript.get(id));
    let here = before.filter(|entry| {
        (entry.side(), entry.link()) == (last.side(), last.link()) && entry.direction() == Direction::Sent
    });
    let mut pieces: Vec<Entry<'a>> =
        here.take_while(|entry| entry.verb() == "BDAT").filter(|entry| entry.kind() == EntryKind::Body).collect();
    pieces.reverse();
    pieces.push(*last);
    pieces
}

fn unstuffed(wire: &[u8], mail: &mut Vec<u8>) {
    let mut unstuffer = Unstuffer::default();
    let progress = unstuffer.push(wire, mail);
    // What waits for more octets gets none: the line of the final dot is not kept.
    mail.extend_from_slice(&wire[progress.consumed..]);
}
