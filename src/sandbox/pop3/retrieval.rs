//! Letters on their way out: RETR and TOP, dots stuffed at line starts (RFC 1939 3), bodies by reference.
//!
//! Only CRLF makes a line here as on the way in, so that what was sent comes back octet for octet.

use std::ops::Range;
use std::sync::Arc;

use memchr::memmem;

use crate::sandbox::outbox::Outbox;
use crate::sandbox::store::{Body, Letter};

/// The whole letter and the final dot.
pub fn whole(letter: &Letter, out: &mut Outbox) {
    send(letter, letter.body().octets().len(), out);
}

/// The header, the empty line, at most `lines` lines of the text, and the final dot.
pub fn top(letter: &Letter, lines: usize, out: &mut Outbox) {
    send(letter, top_end(letter, lines), out);
}

/// The fields that delivery added and the first half of the lines, without an end.
pub fn half(letter: &Letter, out: &mut Outbox) {
    let octets = letter.body().octets();
    let end = memmem::rfind(&octets[..octets.len() / 2], b"\r\n").map_or(0, |at| at + 2);
    out.text().extend_from_slice(letter.trace());
    stuff(letter.body(), 0..end, out);
}

fn send(letter: &Letter, end: usize, out: &mut Outbox) {
    out.text().extend_from_slice(letter.trace());
    stuff(letter.body(), 0..end, out);
    out.line(".");
}

/// Where in the body the wanted part ends.
fn top_end(letter: &Letter, lines: usize) -> usize {
    let octets = letter.body().octets();
    let text = if letter.trace().ends_with(b"\r\n\r\n") {
        0
    } else if octets.starts_with(b"\r\n") {
        2
    } else {
        memmem::find(octets, b"\r\n\r\n").map_or(octets.len(), |at| at + 4)
    };
    if lines == 0 {
        return text;
    }
    memmem::find_iter(&octets[text..], b"\r\n").nth(lines - 1).map_or(octets.len(), |at| text + at + 2)
}

/// `range` starts and ends between two lines.
fn stuff(body: &Arc<Body>, range: Range<usize>, out: &mut Outbox) {
    let octets = &body.octets()[..range.end];
    if !body.is_dotted() {
        return out.share(body, range);
    }
    let mut from = range.start;
    if octets[from..].starts_with(b".") {
        out.text().push(b'.');
    }
    for found in memmem::find_iter(&octets[range.start..], b"\r\n.") {
        let dot = range.start + found + 2;
        out.share(body, from..dot);
        out.text().push(b'.');
        from = dot;
    }
    out.share(body, from..range.end);
}
