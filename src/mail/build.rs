//! Draft → octets (RFC 5322, 2045–2049, 2231): CRLF line ends, no line over 998 octets, a 7-bit body.
//!
//! MIME and encoded words are mail-builder's work; here is decided what is encoded at all, and in which order headers
//! stand. Bcc never becomes a header, a control character never passes a header. Reads attached files.

mod header_line;
mod part;
mod resent;
mod whole;

use std::sync::Arc;

use jiff::Zoned;

pub(super) use part::is_media_type;
pub use resent::resent;
pub use whole::whole;

use super::address::AddressList;
use super::draft::Draft;
use super::fault::{Fault, Field, control};
use super::lint::Measure;
use crate::wire::Segment;

/// Longest name of an extra header, in octets.
const LONGEST_NAME: usize = 70;

/// A mail ready for DATA, before dot-stuffing.
#[derive(Clone, Debug, PartialEq)]
pub struct Built {
    /// The mail, with CRLF line ends. The first stretch holds the headers.
    pub segments: Arc<[Segment]>,
    /// Where the body starts in the first stretch, behind the blank line.
    pub body_at: usize,
    /// How many octets it has.
    pub octets: u64,
    /// Some octet of the body is over 127: it needs 8BITMIME. A built body never does.
    pub eight_bit: bool,
    /// A header or address is not ASCII: it needs SMTPUTF8.
    pub utf8: bool,
    /// Message-ID without angle brackets.
    pub message_id: String,
    /// What the Date header says.
    pub date: Zoned,
    /// Octets of the longest line, without CRLF.
    pub longest_line: usize,
    /// How many lines it has.
    pub lines: usize,
}

impl Draft {
    /// The mail as it goes out. A date and Message-ID that [`Draft::keep`] fixed are used again; otherwise the date is
    /// `now` and the Message-ID new, at `message_id_host`. Attached files are read here.
    pub fn build(&self, now: &Zoned, message_id_host: &str) -> Result<Built, Vec<Fault>> {
        let mut faults = Vec::new();
        self.check_text(&mut faults);
        self.check_headers(&mut faults);
        let date = self.date.as_ref().unwrap_or(now).clone();
        let message_id = self.message_id.clone().unwrap_or_else(|| message_id(&date, rand::random(), message_id_host));
        if !is_message_id(&message_id) {
            faults.push(Fault::new(Field::MessageId, 0, "not a Message-ID", "write left@right, without blanks"));
        }
        let head = self.head(&date, &message_id, &mut faults);
        let part = part::render(self, &message_id, &mut faults);
        if faults.is_empty() { Ok(self.assemble(head, &part, date, message_id)) } else { Err(faults) }
    }

    fn check_text(&self, faults: &mut Vec<Fault>) {
        faults.extend(control(Field::Subject, &self.subject, true));
        if let Some(at) = self.body.chars().position(|c| c == '\0') {
            faults.push(Fault::new(Field::Body, at, "a NUL in the text", "remove it: no mail may carry one"));
        }
    }

    fn check_headers(&self, faults: &mut Vec<Fault>) {
        for (index, (name, value)) in self.headers.iter().enumerate() {
            let field = Field::Header(index);
            faults.extend(control(field, value, true));
            if let Some((what, advice)) = self.objection(name) {
                faults.push(Fault::new(field, 0, what, advice));
            }
        }
    }

    /// Why an extra header of this name cannot be sent.
    fn objection(&self, name: &str) -> Option<(String, &'static str)> {
        let same = |other: &str| name.eq_ignore_ascii_case(other);
        if name.is_empty() || name.len() > LONGEST_NAME || name.bytes().any(|b| !b.is_ascii_graphic() || b == b':') {
            return Some(("not a header name".into(), "letters, digits and hyphens, then a colon"));
        }
        if same("Bcc") {
            return Some(("Bcc as a header shows it to everyone".into(), "use the Bcc field"));
        }
        if same("Content-Type") || same("Content-Transfer-Encoding") {
            return Some((format!("{name} follows from the text and attachments"), "send a raw mail to choose it"));
        }
        let taken = [("From", &self.from), ("To", &self.to), ("Cc", &self.cc), ("Reply-To", &self.reply_to)];
        let taken = taken.into_iter().chain([("Subject", &self.subject)]);
        let double = taken.into_iter().any(|(field, text)| same(field) && !text.trim().is_empty());
        double.then(|| (format!("{name} is there twice"), "keep the field of the form or the header"))
    }

    fn extra(&self, name: &str) -> bool {
        self.headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(name))
    }

    /// The headers in front of the Content- ones.
    fn head(&self, date: &Zoned, message_id: &str, faults: &mut Vec<Fault>) -> Vec<u8> {
        let mut out = Vec::with_capacity(512);
        if !self.extra("Date") {
            match jiff::fmt::rfc2822::to_string(date) {
                Ok(date) => header_line::plain(&mut out, "Date", &date),
                Err(_) => faults.push(Fault::new(Field::Date, 0, "a date beyond the year 9999", "set the clock")),
            }
        }
        let fields = [(Field::From, &self.from), (Field::To, &self.to), (Field::Cc, &self.cc)];
        for (field, text) in fields.into_iter().chain([(Field::ReplyTo, &self.reply_to)]) {
            match AddressList::parse(field, text) {
                Ok(list) => header_line::addresses(&mut out, field.name(), &list),
                Err(found) => faults.extend(found),
            }
        }
        // Only blanks go: other white space may be meant.
        let subject = self.subject.trim_matches([' ', '\t']);
        if !subject.is_empty() {
            header_line::unstructured(&mut out, "Subject", subject);
        }
        if !self.extra("Message-ID") {
            header_line::plain(&mut out, "Message-ID", &format!("<{message_id}>"));
        }
        if !self.extra("MIME-Version") {
            header_line::plain(&mut out, "MIME-Version", "1.0");
        }
        out
    }

    fn assemble(&self, mut bytes: Vec<u8>, part: &part::Rendered, date: Zoned, message_id: String) -> Built {
        bytes.extend_from_slice(&part.head);
        for (name, value) in &self.headers {
            header_line::extra(&mut bytes, name, value.trim_matches([' ', '\t']));
        }
        let utf8 = !bytes.is_ascii() || self.envelope().is_ok_and(|envelope| !is_ascii(&envelope));
        bytes.extend_from_slice(b"\r\n");
        let body_at = bytes.len();
        bytes.extend_from_slice(&part.body);
        let measure = Measure::of(&bytes);
        let eight_bit = !bytes[body_at..].is_ascii();
        let (longest_line, lines) = (measure.longest_line, measure.lines);
        let octets = bytes.len() as u64;
        let segments = Arc::from([Segment::Bytes(Arc::from(bytes))]);
        Built { segments, body_at, octets, eight_bit, utf8, message_id, date, longest_line, lines }
    }
}

fn is_ascii(envelope: &super::Envelope) -> bool {
    envelope.from.is_ascii() && envelope.to.iter().all(|path| path.is_ascii())
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
