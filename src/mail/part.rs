//! One part of a mail, decoded, for saving and showing.

use super::mime::{self, Part};
use super::{safe_file_name, transfer};
use crate::wire::printable;

/// Longest type that is told, in characters.
const TYPE: usize = 100;

/// A part taken out of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extracted {
    /// Its number, such as `1.2`.
    pub path: String,
    /// `type/subtype`, printable.
    pub content_type: String,
    /// A file name that is safe inside a folder; made up from number and type where the mail names none.
    pub name: String,
    /// Its octets, transfer encoding undone; character sets are left as they are.
    pub bytes: Vec<u8>,
    /// The encoding was broken: what could not be decoded is missing or as it came.
    pub damaged: bool,
}

/// The part with this number. `None`: there is no such part.
pub fn extract(mail: &[u8], path: &str) -> Option<Extracted> {
    extract_each(mail, |here| here == path).next()
}

/// The parts whose number is wanted, in order, each decoded when it is asked for. The mail is taken apart once.
pub fn extract_each<'m>(mail: &'m [u8], wanted: impl Fn(&str) -> bool + 'm) -> impl Iterator<Item = Extracted> {
    mime::parts(mail).parts.into_iter().filter(move |part| wanted(&part.path)).map(|part| extracted(&part))
}

fn extracted(part: &Part<'_>) -> Extracted {
    let (bytes, damaged) = transfer::decoded(part.body, part.decoding());
    Extracted {
        path: part.path.clone(),
        content_type: content_type(part),
        name: file_name(part),
        bytes,
        damaged: damaged || part.too_deep,
    }
}

/// `type/subtype`, fit for the screen and not endless.
pub(super) fn content_type(part: &Part<'_>) -> String {
    let kind: String = part.info.kind.chars().take(TYPE).collect();
    printable::text(&kind).into_owned()
}

/// A safe name: the one the mail gives, or one made from number and type.
pub(super) fn file_name(part: &Part<'_>) -> String {
    let given = part.info.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
    let made_up = || format!("part-{}.{}", part.path, suffix(&part.info.kind));
    safe_file_name(&given.map_or_else(made_up, str::to_owned))
}

/// The usual suffix of a type.
fn suffix(kind: &str) -> &'static str {
    const SUFFIXES: [(&str, &str); 22] = [
        ("application/gzip", "gz"),
        ("application/json", "json"),
        ("application/msword", "doc"),
        ("application/pdf", "pdf"),
        ("application/pgp-signature", "asc"),
        ("application/pkcs7-mime", "p7m"),
        ("application/pkcs7-signature", "p7s"),
        ("application/xml", "xml"),
        ("application/zip", "zip"),
        ("audio/mpeg", "mp3"),
        ("image/gif", "gif"),
        ("image/jpeg", "jpg"),
        ("image/png", "png"),
        ("image/svg+xml", "svg"),
        ("image/webp", "webp"),
        ("message/global", "eml"),
        ("message/rfc822", "eml"),
        ("text/calendar", "ics"),
        ("text/csv", "csv"),
        ("text/html", "html"),
        ("text/vcard", "vcf"),
        ("video/mp4", "mp4"),
    ];
    let text = if kind.starts_with("text/") || kind.starts_with("message/") { "txt" } else { "bin" };
    SUFFIXES.iter().find(|(known, _)| *known == kind).map_or(text, |(_, suffix)| suffix)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(head: &str, body: &str) -> Extracted {
        extract(format!("{head}\r\n\r\n{body}").as_bytes(), "1").unwrap()
    }

    #[test]
    fn parts_are_found_by_number_and_decoded() {
        let mail = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntext\r\n--b\r\n\
            Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n--b\r\n\
            Content-Type: message/rfc822\r\n\r\nSubject: s\r\n\r\ninner\r\n--b--\r\n";
        let of = |path| extract(mail, path).map(|part| (part.name, part.bytes, part.damaged));
        assert_eq!(of("1"), Some(("part-1.txt".into(), b"text".to_vec(), false)));
        assert_eq!(of("2"), Some(("part-2.pdf".into(), b"hello".to_vec(), false)));
        assert_eq!(of("3"), Some(("part-3.eml".into(), b"Subject: s\r\n\r\ninner".to_vec(), false)));
        assert_eq!(of("3.1"), Some(("part-3.1.txt".into(), b"inner".to_vec(), false)));
        assert_eq!([of("4"), of(""), of("1.1")], [None, None, None]);
        assert_eq!(extract_each(mail, |path| path != "2").count(), 3);
    }

    #[test]
    fn broken_encodings_give_what_they_hold() {
        let broken = part("Content-Transfer-Encoding: base64", "aGVs*bG8");
        assert_eq!((broken.bytes.as_slice(), broken.damaged), (&b"hello"[..], true));
        let whole = part("Content-Transfer-Encoding: x-unknown", "=41");
        assert_eq!((whole.bytes.as_slice(), whole.damaged), (&b"=41"[..], false));
    }

    #[test]
    fn names_come_in_all_forms_and_stay_in_the_folder() {
        for (parameter, name) in [
            ("filename=\"../../etc/passwd\"", "passwd"),
            ("filename=\"/etc/shadow\"", "shadow"),
            ("filename*=utf-8''%e2%82%ac%20rates.txt", "€ rates.txt"),
            ("filename*0=long-;\r\n filename*1=name.txt", "long-name.txt"),
            ("filename*0*=utf-8''%C3%A4;\r\n filename*1=b.txt", "äb.txt"),
            ("filename=\"=?utf-8?B?w6QudHh0?=\"", "ä.txt"),
            ("filename=\"a\0b\u{202e}fdp.exe\"", "abfdp.exe"),
            ("filename=\"CON.txt\"", "_CON.txt"),
            ("filename=\"\"", "part-1.txt"),
            ("filename=\"...\"", "attachment"),
            ("x=y", "part-1.txt"),
        ] {
            assert_eq!(part(&format!("Content-Disposition: attachment; {parameter}"), "").name, name, "{parameter}");
        }
        let long = part(&format!("Content-Disposition: attachment; filename=\"{}\"", "x".repeat(200_000)), "");
        assert!(!long.name.is_empty() && long.name.len() <= 200);
    }
}
