//! The MIME structure of a draft (RFC 2045, 2046): its text alone, in multipart/alternative with HTML, and in
//! multipart/mixed with attachments.

use mail_builder::headers::Header;
use mail_builder::headers::content_type::ContentType;

use super::stretches::Stretches;
use super::{attached, flawed, markdown, text};
use crate::mail::draft::{Draft, Format};
use crate::mail::fault::Fault;

/// Content- headers, and what follows the blank line.
#[derive(Debug)]
pub(super) struct Entity {
    /// Without the blank line.
    pub(super) head: Vec<u8>,
    pub(super) body: Stretches,
}

impl Entity {
    pub(super) fn new(head: Vec<u8>, body: Vec<u8>) -> Self {
        Self { head, body: body.into() }
    }
}

/// Renders text and attachments of `draft`. `seed` makes the boundaries, so that building again gives the same octets.
pub(super) fn render(draft: &Draft, seed: &str, faults: &mut Vec<Fault>) -> Entity {
    let mut texts = vec![flawed::text(draft).unwrap_or_else(|| as_typed(draft))];
    if draft.format == Format::Markdown {
        texts.push(text::part(text::with_crlf(&markdown::html(&draft.body)), "html", draft.eight_bit));
    }
    let mut attachments = Vec::new();
    for (index, attachment) in draft.attachments.iter().enumerate() {
        match attached::part(index, attachment) {
            Ok(part) => attachments.push(part),
            Err(fault) => faults.push(fault),
        }
    }
    let tail = tail(seed, &[&texts, &attachments]);
    let text = match texts.len() {
        1 => texts.remove(0),
        _ => multipart("alternative", &format!("=_a.{tail}"), texts),
    };
    if attachments.is_empty() {
        return text;
    }
    attachments.insert(0, text);
    multipart("mixed", &format!("=_m.{tail}"), attachments)
}

fn as_typed(draft: &Draft) -> Entity {
    text::part(text::with_crlf(&draft.body), "plain", draft.eight_bit)
}

/// The end of all boundaries. With it, one stands in no part: `=_` occurs neither in quoted-printable nor in base64, so
/// that a file need not be read for it.
fn tail(seed: &str, parts: &[&[Entity]]) -> String {
    let mut tail: String = seed.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
    let taken = |tail: &str| {
        ["=_a.", "=_m."].iter().any(|start| {
            let boundary = format!("{start}{tail}");
            parts.iter().copied().flatten().any(|part| part.body.holds(boundary.as_bytes()))
        })
    };
    while taken(&tail) {
        tail.push('_');
    }
    tail
}

fn multipart(subtype: &str, boundary: &str, parts: Vec<Entity>) -> Entity {
    let mut head = b"Content-Type: ".to_vec();
    let kind = ContentType::new(format!("multipart/{subtype}")).attribute("boundary", boundary);
    let column = head.len();
    kind.write_header(&mut head, column);
    let mut whole = Entity::new(head, Vec::new());
    for part in parts {
        whole.body.bytes(format!("--{boundary}\r\n").as_bytes());
        whole.body.bytes(&part.head);
        whole.body.bytes(b"\r\n");
        whole.body.append(part.body);
        // This CRLF is the delimiter's (RFC 2046 5.1.1).
        whole.body.bytes(b"\r\n");
    }
    whole.body.bytes(format!("--{boundary}--\r\n").as_bytes());
    whole
}
