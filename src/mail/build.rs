//! Draft → octets (RFC 5322, 2045–2049, 2231): CRLF line ends, no line over 998 octets, a 7-bit body unless an 8-bit one
//! is asked for.
//!
//! MIME headers, encodings and encoded words are mail-builder's work; here is decided what is encoded at all, and in
//! which order headers stand. Bcc never becomes a header, a control character never passes a header; only a [`Flaw`]
//! that is switched on breaks one of these promises. Opens attached files, and reads small texts and what is signed;
//! other files are read when the mail goes out.

mod attached;
mod flawed;
mod head;
mod header_line;
mod markdown;
mod part;
mod resent;
mod signed;
mod stretches;
mod text;
mod whole;

use std::sync::Arc;

use jiff::Zoned;

pub(crate) use attached::is_media_type;
pub use resent::resent;
pub use signed::dkim_signature;
pub use whole::whole;

use self::header_line::Words;
use self::stretches::Stretches;
use super::draft::Draft;
use super::fault::{Fault, Field, control};
use super::flaw::{Flaw, Flaws};
use crate::wire::Segment;

/// A mail ready for DATA, before dot-stuffing.
#[derive(Clone, Debug, PartialEq)]
pub struct Built {
    /// The mail, with CRLF line ends. The first stretch holds the headers.
    pub segments: Arc<[Segment]>,
    /// Where the body starts in the first stretch, behind the blank line.
    pub body_at: usize,
    /// How many octets it has.
    pub octets: u64,
    /// Some octet of the body is over 127: it needs 8BITMIME. So it is only where [`Draft::eight_bit`] or a flaw asks
    /// for it.
    pub eight_bit: bool,
    /// A header or address is not ASCII: it needs SMTPUTF8. What only [`Flaw::RawHeader`] leaves unencoded does not
    /// count: that nothing declares it is the flaw.
    pub utf8: bool,
    /// Line ends and NULs are wrong on purpose, and have to go out as they are.
    pub raw_line_ends: bool,
    /// Message-ID without angle brackets.
    pub message_id: String,
    /// What the Date header says.
    pub date: Zoned,
    /// Octets of the longest line, without CRLF.
    pub longest_line: usize,
    /// How many lines it has.
    pub lines: usize,
}

impl Built {
    /// Octets that it holds in memory, files not counted.
    pub fn in_memory(&self) -> usize {
        let held = |segment: &Segment| if let Segment::Bytes(bytes) = segment { bytes.len() } else { 0 };
        self.segments.iter().map(held).sum()
    }
}

impl Draft {
    /// The mail as it goes out. A date and Message-ID that [`Draft::keep`] fixed are used again; otherwise the date is
    /// `now` and the Message-ID new, at `message_id_host`. Blocks: attached files and the key are opened.
    pub fn build(&self, now: &Zoned, message_id_host: &str) -> Result<Built, Vec<Fault>> {
        let mut faults = Vec::new();
        self.check_text(&mut faults);
        self.check_headers(&mut faults);
        let date = self.date.as_ref().unwrap_or(now).clone();
        let message_id = self.message_id.clone().unwrap_or_else(|| message_id(&date, rand::random(), message_id_host));
        if !is_message_id(&message_id) {
            faults.push(Fault::new(Field::MessageId, 0, "not a Message-ID", "write left@right, without blanks"));
        }
        let words = if self.flaws.contains(&Flaw::RawHeader) { Words::Raw } else { Words::Encoded };
        let head = self.head(&date, &message_id, words, &mut faults);
        let part = part::render(self, &message_id, &mut faults);
        if !faults.is_empty() {
            return Err(faults);
        }
        let built = self.assemble(head, part, words, date, message_id);
        match &self.dkim {
            None => Ok(built),
            Some(key) => signed::signed(built, key).map_err(|fault| vec![fault]),
        }
    }

    fn check_text(&self, faults: &mut Vec<Fault>) {
        faults.extend(control(Field::Subject, &self.subject, true));
        let nul = self.body.chars().position(|c| c == '\0').filter(|_| !self.flaws.contains(&Flaw::Nul));
        faults
            .extend(nul.map(|at| Fault::new(Field::Body, at, "a NUL in the text", "remove it: no mail may carry one")));
    }

    fn assemble(&self, mut open: Vec<u8>, part: part::Entity, words: Words, date: Zoned, message_id: String) -> Built {
        if !part.head.is_empty() && !self.extra("MIME-Version") {
            header_line::plain(&mut open, "MIME-Version", "1.0");
        }
        open.extend_from_slice(&part.head);
        self.extra_headers(&mut open, words);
        let utf8 = self.needs_smtputf8(&open, words);
        open.extend_from_slice(b"\r\n");
        let body_at = open.len();
        let eight_bit = !part.body.is_ascii();
        let mut mail = Stretches::from(open);
        mail.append(part.body);
        let figures = mail.figures();
        Built {
            segments: mail.segments(),
            body_at,
            octets: figures.octets,
            eight_bit,
            utf8,
            raw_line_ends: has_raw_line_ends(&self.flaws),
            message_id,
            date,
            longest_line: figures.longest_line,
            lines: figures.lines,
        }
    }

    /// Whether `head`, or the envelope, takes SMTPUTF8 (RFC 6531 3.4).
    fn needs_smtputf8(&self, head: &[u8], words: Words) -> bool {
        let header = match words {
            Words::Encoded => !head.is_ascii(),
            Words::Raw => !self.addresses_are_ascii(),
        };
        header || self.envelope().is_ok_and(|envelope| !is_ascii(&envelope))
    }
}

fn is_ascii(envelope: &super::Envelope) -> bool {
    envelope.from.is_ascii() && envelope.to.iter().all(|path| path.is_ascii())
}

fn has_raw_line_ends(flaws: &Flaws) -> bool {
    [Flaw::BareLf, Flaw::BareCr, Flaw::Nul].iter().any(|flaw| flaws.contains(flaw))
}

/// A Message-ID without angle brackets. `random` makes it unique among those of the same millisecond.
pub fn message_id(date: &Zoned, random: u64, host: &str) -> String {
    let usable =
        !host.is_empty() && host.len() <= 253 && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
    let host = if usable { host } else { "localhost" };
    format!("{}.{:016x}@{host}", date.timestamp().as_millisecond(), random)
}

fn is_message_id(id: &str) -> bool {
    let visible = |b: u8| b.is_ascii_graphic() && !b"<>()\",;:\\".contains(&b);
    let halves = id.split_once('@').is_some_and(|(left, right)| !left.is_empty() && !right.is_empty());
    halves && id.len() <= 512 && id.bytes().all(visible)
}

#[cfg(test)]
mod tests;
