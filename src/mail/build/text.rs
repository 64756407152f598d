//! One text as a MIME part: as plain as its octets allow (RFC 2045 6).

use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::raw::Raw;
use mail_builder::mime::{BodyPart, MimePart};
use memchr::memmem;

use super::part::Entity;
use crate::mail::lint::Measure;

/// Longest line that is sent as it is, in octets.
pub(super) const TEXT_LINE: usize = 998;

/// Every CR, LF and CRLF as CRLF, and one at the end unless there is no text.
pub(super) fn with_crlf(text: &str) -> String {
    let unix = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut wire = unix.replace('\n', "\r\n");
    if !wire.is_empty() && !wire.ends_with("\r\n") {
        wire.push_str("\r\n");
    }
    wire
}

/// `text`, which has CRLF line ends, as `text/<subtype>`: 7bit when it is that, 8bit where asked for, otherwise
/// quoted-printable or base64, whichever is shorter.
pub(super) fn part(text: String, subtype: &str, eight_bit: bool) -> Entity {
    let short = Measure::of(text.as_bytes()).longest_line <= TEXT_LINE;
    match (text.is_ascii(), eight_bit) {
        (true, _) if short => as_is(text.into_bytes(), subtype, "us-ascii", "7bit"),
        (false, true) if short => as_is(text.into_bytes(), subtype, "utf-8", "8bit"),
        _ => {
            let kind = Raw::new(content_type(subtype, "utf-8"));
            let (head, body) = cut(MimePart::raw(text).header("Content-Type", kind));
            Entity::new(head, body)
        }
    }
}

/// `octets` without any encoding.
pub(super) fn as_is(octets: Vec<u8>, subtype: &str, charset: &str, encoding: &str) -> Entity {
    let kind = content_type(subtype, charset);
    Entity::new(format!("Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n").into_bytes(), octets)
}

fn content_type(subtype: &str, charset: &str) -> String {
    format!("text/{subtype}; charset={charset}")
}

/// `octets` of a text file in an encoding in which they arrive as they are: its header field, and they in it.
pub(super) fn exactly(octets: &[u8]) -> (Vec<u8>, Vec<u8>) {
    // Of an attachment mail-builder keeps the line ends.
    let headers = [("Content-Type", "text/plain"), ("Content-Disposition", "attachment")];
    let headers = headers.map(|(name, value)| (name.into(), ContentType::new(value).into())).to_vec();
    let (head, body) = cut(MimePart { headers, contents: BodyPart::Binary(octets.into()) });
    let field = memmem::find(&head, b"Content-Transfer-Encoding").expect("mail-builder encodes what has none");
    (head[field..].to_vec(), body)
}

/// Writes `part` and cuts it at the blank line, which none of its headers can hold.
fn cut(part: MimePart<'_>) -> (Vec<u8>, Vec<u8>) {
    let mut head = Vec::new();
    part.write_part(&mut head);
    let blank = memmem::find(&head, b"\r\n\r\n").expect("a part has headers and a blank line behind them");
    let body = head.split_off(blank + 4);
    head.truncate(blank + 2);
    (head, body)
}
