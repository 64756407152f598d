//! The text of a mail that is wrong on purpose. What comes from here keeps none of the promises of [`super`], and it
//! comes only when a flaw of the text is switched on.

use super::part::Entity;
use super::text::{TEXT_LINE, as_is, with_crlf};
use crate::mail::draft::Draft;
use crate::mail::flaw::{Flaw, Flaws};

/// The flaws that keep a text from being encoded.
const OF_TEXT: [Flaw; 5] = [Flaw::RawBody, Flaw::LongLine, Flaw::BareLf, Flaw::BareCr, Flaw::Nul];

/// The text of `draft` with its flaws; `None` when none of them is switched on.
pub(super) fn text(draft: &Draft) -> Option<Entity> {
    if !OF_TEXT.iter().any(|flaw| draft.flaws.contains(flaw)) {
        return None;
    }
    let octets = octets(&with_crlf(&draft.body), &draft.flaws);
    if draft.flaws.contains(&Flaw::RawBody) {
        return Some(Entity::new(Vec::new(), octets));
    }
    let (charset, encoding) = if octets.is_ascii() { ("us-ascii", "7bit") } else { ("utf-8", "8bit") };
    Some(as_is(octets, "plain", charset, encoding))
}

fn octets(text: &str, flaws: &Flaws) -> Vec<u8> {
    let on = |flaw| flaws.contains(&flaw);
    let mut text = if on(Flaw::LongLine) { in_one_line(text) } else { text.to_owned() };
    if on(Flaw::Nul) {
        text.insert(0, '\0');
    }
    let ends: &[&str] = match (on(Flaw::BareLf), on(Flaw::BareCr)) {
        (false, false) => return text.into_bytes(),
        (true, false) => &["\n"],
        (false, true) => &["\r"],
        (true, true) => &["\n", "\r"],
    };
    with_line_ends(&text, ends)
}

/// The lines with blanks between them, over and over until the line is too long.
fn in_one_line(text: &str) -> String {
    let line = text.split("\r\n").filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    let line = if line.is_empty() { "x".to_owned() } else { line };
    let times = TEXT_LINE / (line.len() + 1) + 1;
    let mut long = vec![line.as_str(); times].join(" ");
    if long.len() <= TEXT_LINE {
        long = format!("{long} {line}");
    }
    long + "\r\n"
}

/// The lines of `text` with these line ends in turn. A CRLF follows, so that the final dot has a line of its own.
fn with_line_ends(text: &str, ends: &[&str]) -> Vec<u8> {
    let lines = text.strip_suffix("\r\n").unwrap_or(text).split("\r\n");
    let mut octets = Vec::with_capacity(text.len() + 2);
    for (line, end) in lines.zip(ends.iter().cycle()) {
        octets.extend_from_slice(line.as_bytes());
        octets.extend_from_slice(end.as_bytes());
    }
    // Behind a CR, the LF of CRLF alone would make it whole.
    octets.extend_from_slice(b"\r\n");
    octets
}
