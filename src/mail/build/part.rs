//! The MIME structure of a draft: its text alone, or text and attachments in multipart/mixed (RFC 2045, 2046).

use std::fs;
use std::io;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::raw::Raw;
use mail_builder::mime::{BodyPart, MimePart};
use memchr::memmem;

use crate::mail::draft::{Attachment, Content, Draft};
use crate::mail::fault::{Fault, Field};
use crate::mail::lint::Measure;

/// Longest text line that is sent as it is, in octets.
const TEXT_LINE: usize = 998;
/// Most octets of one attachment.
const ATTACHMENT: u64 = 32 * 1024 * 1024;
/// Octets that make one line of base64.
const BASE64_LINE: usize = 57;

/// Content- headers and what follows the blank line.
pub(super) struct Rendered {
    pub(super) head: Vec<u8>,
    pub(super) body: Vec<u8>,
}

/// Renders text and attachments of `draft`. `seed` makes the boundary, so that building again gives the same octets.
pub(super) fn render(draft: &Draft, seed: &str, faults: &mut Vec<Fault>) -> Rendered {
    let text = with_crlf(&draft.body);
    if draft.attachments.is_empty() {
        return cut(text_part(text));
    }
    let boundary = boundary(seed, draft);
    let mut parts = vec![text_part(text)];
    for (index, attachment) in draft.attachments.iter().enumerate() {
        match attached(attachment) {
            Ok(part) => parts.push(part),
            Err((what, advice)) => faults.push(Fault::new(Field::Attachment(index), 0, what, advice)),
        }
    }
    cut(MimePart::new(ContentType::new("multipart/mixed").attribute("boundary", boundary), parts))
}

/// Every CR, LF and CRLF as CRLF, and one at the end unless there is no text.
fn with_crlf(text: &str) -> String {
    let unix = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut wire = unix.replace('\n', "\r\n");
    if !wire.is_empty() && !wire.ends_with("\r\n") {
        wire.push_str("\r\n");
    }
    wire
}

fn text_part(text: String) -> MimePart<'static> {
    if text.is_ascii() && Measure::of(text.as_bytes()).longest_line <= TEXT_LINE {
        return MimePart::raw(text)
            .header("Content-Type", Raw::new("text/plain; charset=us-ascii"))
            .transfer_encoding("7bit");
    }
    MimePart::raw(text).header("Content-Type", Raw::new("text/plain; charset=utf-8"))
}

/// A boundary that stands in no part: `=_` occurs neither in quoted-printable nor in base64.
fn boundary(seed: &str, draft: &Draft) -> String {
    let safe: String = seed.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
    let mut boundary = format!("=_{safe}");
    while draft.body.contains(&boundary) || draft.attachments.iter().any(|attachment| holds(attachment, &boundary)) {
        boundary.push('_');
    }
    boundary
}

fn holds(attachment: &Attachment, boundary: &str) -> bool {
    match &attachment.content {
        Content::Bytes(bytes) => memmem::find(bytes, boundary.as_bytes()).is_some(),
        // Only a mail is sent unencoded, and from a file one gets the safe form.
        Content::Path(_) => false,
    }
}

type Objection = (String, &'static str);

fn attached(attachment: &Attachment) -> Result<MimePart<'_>, Objection> {
    let kind = attachment.content_type.trim();
    if !is_media_type(kind) {
        return Err((format!("{} is not a media type", kind.escape_debug()), "write for example application/pdf"));
    }
    let bytes = read(&attachment.content)?;
    let is_mail = kind.to_ascii_lowercase().starts_with("message/");
    let in_memory = matches!(attachment.content, Content::Bytes(_));
    if is_mail && in_memory && can_go_as_is(&bytes) {
        return Ok(named(MimePart::raw(bytes).header("Content-Type", ContentType::new(kind)), attachment)
            .transfer_encoding("7bit"));
    }
    // RFC 2046 5.2.1 forbids to encode a message/rfc822, so one that has to be encoded goes as a plain file.
    let kind = if is_mail { "application/octet-stream" } else { kind };
    let content_type = ContentType::new(kind).attribute("name", attachment.name.as_str());
    if kind.starts_with("text/") && !bytes.contains(&0) && !Measure::of(&bytes).bare_cr {
        let text = ContentType::new(kind.to_ascii_lowercase()).attribute("name", attachment.name.as_str());
        return Ok(named(
            MimePart { headers: vec![("Content-Type".into(), text.into())], contents: BodyPart::Binary(bytes.into()) },
            attachment,
        ));
    }
    Ok(named(MimePart::raw(base64_lines(&bytes)).header("Content-Type", content_type), attachment)
        .transfer_encoding("base64"))
}

fn named<'a>(part: MimePart<'a>, attachment: &'a Attachment) -> MimePart<'a> {
    part.attachment(attachment.name.as_str())
}

fn can_go_as_is(bytes: &[u8]) -> bool {
    let measure = Measure::of(bytes);
    bytes.is_ascii() && !bytes.contains(&0) && !measure.bare_cr && !measure.bare_lf && measure.longest_line <= TEXT_LINE
}

pub(super) fn base64_lines(bytes: &[u8]) -> Vec<u8> {
    let mut lines = Vec::with_capacity(bytes.len() / BASE64_LINE * 78 + 80);
    for line in bytes.chunks(BASE64_LINE) {
        lines.extend_from_slice(STANDARD.encode(line).as_bytes());
        lines.extend_from_slice(b"\r\n");
    }
    lines
}

/// `type/subtype`; parameters would need quoting rules of their own, and a multipart a structure.
pub(in crate::mail) fn is_media_type(kind: &str) -> bool {
    let token =
        |half: &str| !half.is_empty() && half.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&b));
    kind.len() <= 127
        && kind
            .split_once('/')
            .is_some_and(|(kind, subtype)| token(kind) && token(subtype) && !kind.eq_ignore_ascii_case("multipart"))
}

fn read(content: &Content) -> Result<Vec<u8>, Objection> {
    let path = match content {
        Content::Bytes(bytes) => return Ok(bytes.clone()),
        Content::Path(path) => path,
    };
    let shown = path.display().to_string();
    let failed = |error: io::Error| (format!("{}: {error}", shown.escape_debug()), "check the path, or take it off");
    let about = fs::metadata(path).map_err(failed)?;
    if !about.is_file() {
        return Err((format!("{} is not a file", shown.escape_debug()), "attach a file, or pack the folder first"));
    }
    if about.len() > ATTACHMENT {
        return Err((format!("{} is over 32 MiB", shown.escape_debug()), "send a link instead"));
    }
    fs::read(path).map_err(failed)
}

/// Writes `part` and cuts it at the blank line, which none of its headers can hold.
fn cut(part: MimePart<'_>) -> Rendered {
    let mut bytes = Vec::new();
    part.write_part(&mut bytes);
    let blank = memmem::find(&bytes, b"\r\n\r\n").expect("a part has headers and a blank line behind them");
    let body = bytes.split_off(blank + 4);
    bytes.truncate(blank + 2);
    Rendered { head: bytes, body }
}
