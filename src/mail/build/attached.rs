//! An attachment as a MIME part (RFC 2045, 2183, 2231). Of files only small texts are read; the others become base64 on
//! their way.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use mail_builder::headers::Header;
use mail_builder::headers::content_type::ContentType;

use super::part::Entity;
use super::text::{TEXT_LINE, exactly};
use crate::mail::draft::{Attachment, Content};
use crate::mail::fault::{Fault, Field, control};
use crate::mail::lint::Measure;
use crate::wire::segment::reader::base64_lines;

/// Most octets of a file that is read, so that a text can go as text.
const SMALL_TEXT: u64 = 256 * 1024;

type Objection = (String, &'static str);

/// Where the octets are.
enum Octets<'a> {
    Here(Cow<'a, [u8]>),
    /// In the file, so many.
    File(&'a Path, u64),
}

/// The attachment with this index as a part.
pub(super) fn part(index: usize, attachment: &Attachment) -> Result<Entity, Fault> {
    let field = Field::Attachment(index);
    if let Some(fault) = control(field, &attachment.name, false) {
        return Err(Fault { advice: "give it another name".into(), ..fault });
    }
    rendered(attachment).map_err(|(what, advice)| Fault::new(field, 0, what, advice))
}

fn rendered(attachment: &Attachment) -> Result<Entity, Objection> {
    let kind = attachment.content_type.trim();
    if !is_media_type(kind) {
        return Err((format!("{} is not a media type", kind.escape_debug()), "write for example application/pdf"));
    }
    let kind = kind.to_ascii_lowercase();
    let bytes = match octets(&attachment.content, &kind)? {
        Octets::File(path, octets) => {
            let mut part = Entity::new(base64_head(&kind, attachment), Vec::new());
            part.body.file(path.to_owned(), octets);
            return Ok(part);
        }
        Octets::Here(bytes) => bytes,
    };
    if is_mail(&kind) && can_go_as_is(&bytes) {
        let head = head(ContentType::new(kind), attachment, b"Content-Transfer-Encoding: 7bit\r\n");
        return Ok(Entity::new(head, bytes.into_owned()));
    }
    if is_text(&kind) && !bytes.contains(&0) && !Measure::of(&bytes).bare_cr {
        let (encoding, body) = exactly(&bytes);
        let mut kind = ContentType::new(kind);
        if !bytes.is_ascii() && std::str::from_utf8(&bytes).is_ok() {
            kind = kind.attribute("charset", "utf-8");
        }
        return Ok(Entity::new(head(kind, attachment, &encoding), body));
    }
    Ok(Entity::new(base64_head(&kind, attachment), base64_lines(&bytes)))
}

fn is_mail(kind: &str) -> bool {
    kind.starts_with("message/")
}

fn is_text(kind: &str) -> bool {
    kind.starts_with("text/")
}

/// RFC 2046 5.2.1 forbids to encode a message/rfc822, so one that has to be encoded goes as a plain file.
fn base64_head(kind: &str, attachment: &Attachment) -> Vec<u8> {
    let kind = if is_mail(kind) { "application/octet-stream" } else { kind };
    head(ContentType::new(kind), attachment, b"Content-Transfer-Encoding: base64\r\n")
}

fn head(kind: ContentType<'_>, attachment: &Attachment, encoding: &[u8]) -> Vec<u8> {
    let disposition = ContentType::new(if attachment.inline { "inline" } else { "attachment" });
    let mut head = Vec::with_capacity(256);
    for (name, value, parameter) in
        [("Content-Type: ", kind, "name"), ("Content-Disposition: ", disposition, "filename")]
    {
        head.extend_from_slice(name.as_bytes());
        let named = attachment.name.is_empty();
        let value = if named { value } else { value.attribute(parameter, attachment.name.as_str()) };
        value.write_header(&mut head, name.len());
    }
    head.extend_from_slice(encoding);
    head
}

fn can_go_as_is(bytes: &[u8]) -> bool {
    let measure = Measure::of(bytes);
    bytes.is_ascii() && !bytes.contains(&0) && !measure.bare_cr && !measure.bare_lf && measure.longest_line <= TEXT_LINE
}

/// `type/subtype`; parameters would need quoting rules of their own, and a multipart a structure.
pub(crate) fn is_media_type(kind: &str) -> bool {
    let token =
        |half: &str| !half.is_empty() && half.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&b));
    kind.len() <= 127
        && kind
            .split_once('/')
            .is_some_and(|(kind, subtype)| token(kind) && token(subtype) && !kind.eq_ignore_ascii_case("multipart"))
}

fn octets<'a>(content: &'a Content, kind: &str) -> Result<Octets<'a>, Objection> {
    let path = match content {
        Content::Bytes(bytes) => return Ok(Octets::Here(Cow::Borrowed(bytes))),
        Content::Path(path) => path,
    };
    let shown = path.display().to_string();
    let failed = |error: io::Error| (format!("{}: {error}", shown.escape_debug()), "check the path, or take it off");
    // Opening a pipe would wait for its other end.
    let regular = |about: &fs::Metadata| {
        let advice = "attach a file, or pack the folder first";
        if about.is_file() { Ok(()) } else { Err((format!("{} is not a file", shown.escape_debug()), advice)) }
    };
    regular(&fs::metadata(path).map_err(failed)?)?;
    let file = File::open(path).map_err(failed)?;
    let about = file.metadata().map_err(failed)?;
    regular(&about)?;
    if about.len() > SMALL_TEXT || !(is_text(kind) || is_mail(kind)) {
        return Ok(Octets::File(path, about.len()));
    }
    let mut bytes = Vec::new();
    file.take(about.len()).read_to_end(&mut bytes).map_err(failed)?;
    Ok(Octets::Here(bytes.into()))
}
