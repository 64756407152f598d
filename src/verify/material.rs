//! The mail as it is given to the library: without what would take it too long.

use std::borrow::Cow;

use crate::mail::header::{self, RawField};

/// Most signatures that are checked.
pub(super) const SIGNATURES: usize = 10;
/// Most octets of a signature.
const SIGNATURE: usize = 16 * 1024;
/// Most octets of a From field: addresses are parsed in quadratic time.
const FROM: usize = 8 * 1024;

/// What is looked at.
pub(super) struct Material<'a> {
    pub(super) mail: Cow<'a, [u8]>,
    /// Signatures that are left out.
    pub(super) passed_over: usize,
}

/// `mail` with so many signatures of such length as can be checked. An error when its header is beyond all measure.
pub(super) fn bounded(mail: &[u8]) -> Result<Material<'_>, String> {
    let split = header::split(mail);
    if split.head.is_empty() {
        return Err("the mail has no header: there is nothing to check".to_owned());
    }
    if !split.ended && !split.body.is_empty() {
        return Err(format!("the header is larger than {} MiB: it is not checked", header::BLOCK / (1024 * 1024)));
    }
    let fields: Vec<RawField<'_>> = header::fields(split.head).collect();
    if fields.len() == header::FIELDS {
        return Err(format!("the header has {} fields or more: it is not checked", header::FIELDS));
    }
    if fields.iter().any(|field| field.is("From") && field.raw.len() > FROM) {
        return Err(format!("the From field is longer than {} KiB: the mail is not checked", FROM / 1024));
    }
    Ok(without_surplus(mail, split.head.len(), &fields))
}

/// Leaves surplus signatures out. The mail is copied only then.
fn without_surplus<'a>(mail: &'a [u8], head: usize, fields: &[RawField<'a>]) -> Material<'a> {
    let mut kept = 0;
    let surplus: Vec<bool> = fields
        .iter()
        .map(|field| {
            let signature = is_signature(field);
            let fits = field.raw.len() <= SIGNATURE && kept < SIGNATURES;
            kept += usize::from(signature && fits);
            signature && !fits
        })
        .collect();
    let passed_over = surplus.iter().filter(|surplus| **surplus).count();
    if passed_over == 0 {
        return Material { mail: Cow::Borrowed(mail), passed_over };
    }
    let mut reduced = Vec::with_capacity(mail.len());
    for (field, _) in fields.iter().zip(&surplus).filter(|(_, surplus)| !**surplus) {
        reduced.extend_from_slice(field.raw);
    }
    reduced.extend_from_slice(&mail[head..]);
    Material { mail: Cow::Owned(reduced), passed_over }
}

/// What the library takes apart by itself, and hashes the body for.
fn is_signature(field: &RawField<'_>) -> bool {
    ["DKIM-Signature", "DKIM2-Signature", "Message-Instance"].iter().any(|name| field.is(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surplus_signatures_are_left_out_and_nothing_else() {
        let mail = format!("A: b\r\n{}From: a@b\r\n\r\nDKIM-Signature: body\r\n", "dkim-signature: x\r\n".repeat(12));
        let material = bounded(mail.as_bytes()).unwrap_or_else(|error| panic!("{error}"));
        let expected =
            format!("A: b\r\n{}From: a@b\r\n\r\nDKIM-Signature: body\r\n", "dkim-signature: x\r\n".repeat(10));
        assert_eq!((String::from_utf8_lossy(&material.mail).into_owned(), material.passed_over), (expected, 2));
        let long = format!("From: a@b\r\nDKIM-Signature: {}\r\n\r\n", "x".repeat(SIGNATURE));
        let material = bounded(long.as_bytes()).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((&*material.mail, material.passed_over), (&b"From: a@b\r\n\r\n"[..], 1));
    }

    #[test]
    fn a_mail_beyond_measure_is_refused() {
        for (mail, why) in [
            (String::new(), "no header"),
            ("just text".to_owned(), "no header"),
            (format!("From: {}\r\n\r\n", "a,".repeat(FROM)), "the From field"),
            ("A: b\r\n".repeat(header::FIELDS), "fields or more"),
            (format!("A: {}\r\n", "x".repeat(header::BLOCK)).repeat(2), "larger than 1 MiB"),
        ] {
            let error = bounded(mail.as_bytes()).map(|_| ()).expect_err("it is refused");
            assert!(error.contains(why), "{error}");
        }
    }
}
