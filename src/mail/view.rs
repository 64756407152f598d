//! A mail for the message pane: headers, text and list of parts, all fit for the screen.
//!
//! Takes any octets and never fails: what is broken is shown as it is, with a note. Nothing is fetched, run or saved.

use super::body_text::Lines;
use super::header::{self, RawField};
use super::mime::{self, Part, Tree};
use super::{Link, decoded, part, safe_file_name, transfer};
use crate::wire::printable;

/// The fields at the top of the pane, in this order.
const SHORT: [&str; 7] = ["From", "Sender", "To", "Cc", "Reply-To", "Subject", "Date"];

/// A mail as shown. Every string in it has passed `wire::printable`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// Name and decoded value of From, To, Cc, Subject, Date and their like, as far as they are there.
    pub headers_short: Vec<(String, String)>,
    /// Every header field, in order.
    pub headers_all: Vec<HeaderLine>,
    /// The text: plain if there is any, else HTML turned into text.
    pub text: Vec<String>,
    /// The links of HTML, in the order of their numbers in the text.
    pub links: Vec<Link>,
    /// The parts, as IMAP numbers them; a mail without MIME structure has one.
    pub parts: Vec<PartInfo>,
    /// What was odd, and what was left out.
    pub notes: Vec<String>,
    /// Some part is meant to be saved rather than read.
    pub has_attachments: bool,
    /// The mail breaks rules badly enough that something may be missing.
    pub damaged: bool,
}

/// One header field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderLine {
    /// Its name as spelled there; empty for a line that is no header.
    pub name: String,
    /// Its lines as they came.
    pub raw: Vec<String>,
    /// Its value on one line, encoded words decoded.
    pub decoded: String,
}

/// One part of the MIME structure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartInfo {
    /// Number such as `1.2`.
    pub path: String,
    /// `type/subtype`.
    pub content_type: String,
    /// Octets it takes in the mail, encoded.
    pub size: usize,
    /// The file name it suggests, safe to use inside a folder.
    pub name: Option<String>,
    /// Content-Transfer-Encoding, `7bit` if none is named.
    pub encoding: String,
    /// Octets it has once the encoding is undone.
    pub decoded: usize,
    /// The character set it names.
    pub charset: Option<String>,
    /// `inline`, `attachment`, or empty if the mail does not say.
    pub disposition: String,
    /// The name that it is saved under: its own, or one made from number and type.
    pub file_name: String,
    /// It is meant to be saved rather than read.
    pub attachment: bool,
}

impl View {
    /// The view of `mail`.
    pub fn parse(mail: &[u8]) -> Self {
        let split = header::split(mail);
        let fields: Vec<RawField<'_>> = header::fields(split.head).collect();
        let tree = mime::parts(mail);
        let mut view = Self {
            headers_short: SHORT
                .iter()
                .flat_map(|name| fields.iter().filter(|f| f.is(name)).take(20).map(short))
                .collect(),
            headers_all: fields.iter().map(header_line).collect(),
            parts: tree.parts.iter().map(part_info).collect(),
            has_attachments: tree.parts.iter().any(is_attachment),
            ..Self::default()
        };
        view.note_header(&split, &fields);
        view.note_structure(&tree);
        view.take_text(&tree);
        view
    }

    /// The view of one part of `mail`: of a message inside it all, of others the text, or a note that there is none.
    /// `None`: there is no such part.
    pub fn of_part(mail: &[u8], path: &str) -> Option<Self> {
        let tree = mime::parts(mail);
        let part = tree.parts.iter().find(|part| part.path == path)?;
        if part.taken_apart && part.info.kind.starts_with("message/") {
            return Some(Self::parse(part.body));
        }
        let mut view = Self { parts: vec![part_info(part)], ..Self::default() };
        let encoded_message = part.info.kind == "message/rfc822" && !part.too_deep;
        if is_text(part) && !encoded_message {
            view.take(&[part]);
        } else {
            let kind = part::content_type(part);
            view.notes.push(format!("{kind} is not shown as text: save it or open it"));
        }
        Some(view)
    }

    fn note_header(&mut self, split: &header::Split<'_>, fields: &[RawField<'_>]) {
        if split.head.is_empty() {
            self.damage("no header: all of it is shown as text");
        } else if !split.ended && split.body.is_empty() {
            self.damage("no blank line behind the header");
        } else if !split.ended {
            self.damage("the header is over 1 MiB: the rest of it is shown as text");
        }
        if fields.len() >= header::FIELDS {
            self.damage("over 10000 header fields: the rest is left out");
        }
        if fields.iter().any(|field| field.name.is_empty() && !field.raw.starts_with(b"From ")) {
            self.damage("a line in the header is no header");
        }
    }

    fn note_structure(&mut self, tree: &Tree<'_>) {
        if tree.parts.iter().any(|part| part.too_deep) {
            self.damage("too deeply nested to take apart: the innermost part is shown as it came");
        }
        if tree.too_many {
            self.damage("over 10000 parts: the rest is left out");
        }
        if tree.broken {
            self.damage("a multipart without its closing boundary: something may be missing");
        }
    }

    fn damage(&mut self, note: &str) {
        self.damaged = true;
        self.notes.push(note.into());
    }

    fn take_text(&mut self, tree: &Tree<'_>) {
        let mut chosen = texts(tree, false);
        if chosen.is_empty() {
            chosen = texts(tree, true);
            if let Some(first) = chosen.first() {
                self.notes.push(format!("the text is that of part {}, inside another mail", first.path));
            }
        }
        self.take(&chosen);
    }

    fn take(&mut self, parts: &[&Part<'_>]) {
        let mut lines = Lines::new();
        for part in parts {
            lines.add(part, part.too_deep);
        }
        self.text = lines.shown;
        self.links = lines.links;
        self.notes.append(&mut lines.notes);
    }
}

/// The parts to read: of alternatives the plain ones if they hold anything, attachments never.
fn texts<'t, 'a>(tree: &'t Tree<'a>, nested: bool) -> Vec<&'t Part<'a>> {
    let readable: Vec<&Part<'_>> =
        tree.parts.iter().filter(|part| part.nested == nested && is_readable(part)).collect();
    let plain: std::collections::HashSet<usize> = readable
        .iter()
        .filter(|part| part.info.kind == "text/plain" && !part.body.trim_ascii().is_empty())
        .filter_map(|part| part.alternative)
        .collect();
    let is_chosen = |part: &&Part<'_>| match part.alternative {
        Some(group) => (part.info.kind == "text/plain") == plain.contains(&group),
        None => true,
    };
    readable.into_iter().filter(is_chosen).collect()
}

/// Plain text, HTML, and reports such as message/delivery-status.
fn is_readable(part: &Part<'_>) -> bool {
    let kind = part.info.kind.as_str();
    let report = kind.starts_with("message/") && !matches!(kind, "message/rfc822" | "message/global");
    let unstructured = kind.starts_with("multipart/") && !part.taken_apart;
    let text = matches!(kind, "text/plain" | "text/html" | "text") || report || unstructured;
    part.too_deep || text && !part.info.attachment
}

/// Some kind of text, whether or not it is meant to be saved.
fn is_text(part: &Part<'_>) -> bool {
    let kind = part.info.kind.as_str();
    part.too_deep || ["text", "message", "multipart"].contains(&kind.split('/').next().unwrap_or_default())
}

fn is_attachment(part: &Part<'_>) -> bool {
    let message = part.info.kind == "message/rfc822" && !part.too_deep;
    let file = !part.info.kind.starts_with("text/") && part.info.name.is_some();
    !part.nested && (part.info.attachment || message || file)
}

fn short(field: &RawField<'_>) -> (String, String) {
    let name = SHORT.iter().find(|name| field.is(name)).copied().unwrap_or_default();
    (name.to_owned(), value(field))
}

fn value(field: &RawField<'_>) -> String {
    let addresses = ["From", "Sender", "To", "Cc", "Bcc", "Reply-To"].iter().any(|name| field.is(name));
    if addresses { decoded::addresses(field) } else { decoded::text(field) }
}

fn header_line(field: &RawField<'_>) -> HeaderLine {
    HeaderLine {
        name: printable::bytes(field.name),
        raw: header::lines(field.raw).map(|line| printable::bytes(header::without_end(line))).collect(),
        decoded: value(field),
    }
}

fn part_info(part: &Part<'_>) -> PartInfo {
    let encoding = part.info.encoding_name.to_ascii_lowercase();
    PartInfo {
        path: part.path.clone(),
        content_type: part::content_type(part),
        size: part.body.len(),
        decoded: transfer::decoded_size(part.body, part.decoding()),
        charset: part.info.charset.as_deref().map(word),
        disposition: word(&part.info.disposition),
        file_name: part::file_name(part),
        attachment: is_attachment(part),
        name: part.info.name.as_deref().map(safe_file_name),
        encoding: if encoding.is_empty() { "7bit".into() } else { word(&encoding) },
    }
}

/// A word out of a header, fit for the screen and not endless.
fn word(text: &str) -> String {
    printable::text(&text.chars().take(40).collect::<String>()).into_owned()
}

#[cfg(test)]
mod tests;
