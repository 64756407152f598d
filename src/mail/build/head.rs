//! The headers that come from the fields of a draft, and which further ones may stand beside them (RFC 5322 3.6).

use jiff::Zoned;

use super::header_line::{self, Words};
use crate::mail::address::{self, AddressList};
use crate::mail::draft::Draft;
use crate::mail::fault::{Fault, Field, control};
use crate::mail::flaw::Flaw;

/// Longest name of an extra header, in octets.
const LONGEST_NAME: usize = 70;

impl Draft {
    pub(super) fn check_headers(&self, faults: &mut Vec<Fault>) {
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

    pub(super) fn extra(&self, name: &str) -> bool {
        self.headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(name))
    }

    /// The headers in front of MIME-Version.
    pub(super) fn head(&self, date: &Zoned, message_id: &str, words: Words, faults: &mut Vec<Fault>) -> Vec<u8> {
        let mut out = Vec::with_capacity(512);
        match jiff::fmt::rfc2822::to_string(date) {
            Ok(date) => {
                for _ in 0..self.times("Date", Flaw::NoDate, Flaw::TwoDates) {
                    header_line::plain(&mut out, "Date", &date);
                }
            }
            Err(_) if self.extra("Date") => {}
            Err(_) => faults.push(Fault::new(Field::Date, 0, "a date beyond the year 9999", "set the clock")),
        }
        self.address_headers(&mut out, words, faults);
        // Only blanks go: other white space may be meant.
        let subject = self.subject.trim_matches([' ', '\t']);
        if !subject.is_empty() {
            header_line::unstructured(&mut out, "Subject", subject, words);
        }
        for _ in 0..self.times("Message-ID", Flaw::NoMessageId, Flaw::TwoMessageIds) {
            header_line::plain(&mut out, "Message-ID", &format!("<{message_id}>"));
        }
        out
    }

    fn address_headers(&self, out: &mut Vec<u8>, words: Words, faults: &mut Vec<Fault>) {
        for (field, text) in self.address_fields() {
            let times = match field {
                Field::From => self.times("From", Flaw::NoFrom, Flaw::TwoFroms),
                Field::Bcc => usize::from(self.flaws.contains(&Flaw::BccHeader)),
                _ => 1,
            };
            match AddressList::parse(field, text) {
                Ok(list) => (0..times).for_each(|_| header_line::addresses(out, field.name(), &list, words)),
                // A field that makes no header is the envelope's concern.
                Err(_) if field == Field::Bcc && times == 0 => {}
                Err(found) => faults.extend(found),
            }
        }
    }

    fn address_fields(&self) -> [(Field, &str); 5] {
        [
            (Field::From, &self.from),
            (Field::To, &self.to),
            (Field::Cc, &self.cc),
            (Field::Bcc, &self.bcc),
            (Field::ReplyTo, &self.reply_to),
        ]
    }

    /// How often a header is written that is made here. One of the same name among the extra headers replaces it, or
    /// makes the second.
    fn times(&self, name: &str, none: Flaw, two: Flaw) -> usize {
        if self.flaws.contains(&none) {
            return 0;
        }
        let wanted = if self.flaws.contains(&two) { 2 } else { 1 };
        wanted - usize::from(self.extra(name))
    }

    /// The extra headers, without those that a flaw takes away.
    pub(super) fn extra_headers(&self, out: &mut Vec<u8>, words: Words) {
        let without = [(Flaw::NoDate, "Date"), (Flaw::NoFrom, "From"), (Flaw::NoMessageId, "Message-ID")];
        let gone = |name: &str| {
            without.iter().any(|(flaw, other)| self.flaws.contains(flaw) && name.eq_ignore_ascii_case(other))
        };
        for (name, value) in self.headers.iter().filter(|(name, _)| !gone(name)) {
            header_line::extra(out, name, value.trim_matches([' ', '\t']), words);
        }
    }

    /// Whether every address that stands in a header can be written in ASCII.
    pub(super) fn addresses_are_ascii(&self) -> bool {
        let fields = self.address_fields().into_iter().filter(|(field, _)| *field != Field::Bcc);
        let extras = self.headers.iter().filter(|(name, _)| header_line::is_list(name));
        let texts = fields.map(|(_, text)| text).chain(extras.map(|(_, value)| value.as_str()));
        texts
            .map(AddressList::salvage)
            .all(|list| list.mailboxes().all(|mailbox| address::on_the_wire(&mailbox.address).is_ascii()))
    }
}
