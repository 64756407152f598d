//! What goes along when a mail is sent on: its attachments, or all of it as one.

use crate::mail::decoded;
use crate::mail::draft::{Attachment, Content};
use crate::mail::header::{self, RawField};
use crate::mail::mime::{self, Part};
use crate::mail::part::{Extracted, extract};
use crate::mail::view::View;

/// Most attachments that are taken out one by one.
const ATTACHMENTS: usize = 100;

/// The attachments of `mail`, whose view is `view`.
pub(super) fn of(mail: &[u8], view: &View) -> Vec<Attachment> {
    let tree = mime::parts(mail);
    let taken: Vec<&Part<'_>> = tree.parts.iter().filter(|part| is_taken(part)).collect();
    let sealed = is_sealed(&root_kind(mail)) || tree.parts.iter().any(|part| is_sealed(&part.info.kind));
    if sealed || view.damaged || taken.len() > ATTACHMENTS {
        return vec![whole(mail)];
    }
    let extracted: Option<Vec<Extracted>> = taken.iter().map(|part| extract(mail, &part.path)).collect();
    match extracted {
        Some(parts) if parts.iter().all(|part| !part.damaged) => parts.into_iter().map(attachment).collect(),
        _ => vec![whole(mail)],
    }
}

/// All that the text does not show, but for what is inside an attached mail, which goes along with that.
fn is_taken(part: &Part<'_>) -> bool {
    let text = matches!(part.info.kind.as_str(), "text/plain" | "text/html" | "text") && !part.info.attachment;
    let container = part.info.kind.starts_with("multipart/") && part.taken_apart;
    !part.nested && !text && !container
}

/// A signature or an encryption covers its octets.
fn is_sealed(kind: &str) -> bool {
    matches!(
        kind,
        "multipart/signed"
            | "multipart/encrypted"
            | "application/pkcs7-mime"
            | "application/x-pkcs7-mime"
            | "application/pgp-encrypted"
    )
}

fn root_kind(mail: &[u8]) -> String {
    let fields: Vec<RawField<'_>> = header::fields(header::split(mail).head).collect();
    let kind = fields.iter().find(|field| field.is("Content-Type")).and_then(decoded::content_type);
    kind.map(|kind| format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default()).to_ascii_lowercase())
        .unwrap_or_default()
}

fn whole(mail: &[u8]) -> Attachment {
    Attachment::new("message.eml", "message/rfc822", Content::Bytes(mail.into()))
}

/// Text in a character set that cannot be named again goes as octets, and so does what has no usable type.
fn attachment(part: Extracted) -> Attachment {
    let foreign = part.content_type.starts_with("text/") && std::str::from_utf8(&part.bytes).is_err();
    let usable = crate::mail::build::is_media_type(&part.content_type) && !foreign;
    let content_type = if usable { part.content_type } else { "application/octet-stream".to_owned() };
    Attachment::new(part.name, content_type, Content::Bytes(part.bytes.into()))
}
