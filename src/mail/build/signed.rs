//! DKIM signatures (RFC 6376, RFC 8463) for test mails, with a key from a file. The cryptography is mail-auth's.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use mail_auth::common::crypto::{DkimKey as Key, Ed25519Key, RsaKey, Sha256};
use mail_auth::common::headers::HeaderWriter;
use mail_auth::dkim::DkimSigner;
use x509_parser::pem::Pem;
use zeroize::Zeroizing;

use super::{Built, stretches, whole};
use crate::mail::draft::DkimKey;
use crate::mail::fault::{Fault, Field};
use crate::mail::header::{self, RawField};
use crate::wire::Segment;
use crate::wire::idn::domain_in_ascii;

/// Most octets of a mail that is signed: it has to be whole in memory.
const SIGNED: u64 = 64 * 1024 * 1024;
/// Most octets of a file with a key.
const KEY_FILE: u64 = 64 * 1024;
/// Longest domain name in octets, and longest selector.
const NAME: usize = 253;

/// The fields that are signed where they are there (RFC 6376 5.4.1).
const FIELDS: [&str; 14] = [
    "From",
    "Reply-To",
    "Subject",
    "Date",
    "To",
    "Cc",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Sender",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "Content-Disposition",
];

/// `built` with a signature in front. Its files are read.
pub(super) fn signed(built: Built, key: &DkimKey) -> Result<Built, Fault> {
    if built.octets > SIGNED {
        let what = format!("{} octets are too many to sign", built.octets);
        return Err(fault(what, "send it unsigned, or take attachments off: 64 MiB is the most"));
    }
    let mail = whole(&built.segments).map_err(|error| fault(error.to_string(), "look at the attached files"))?;
    if mail.len() as u64 != built.octets {
        return Err(fault("an attached file changes while it is read", "wait until it is whole"));
    }
    let field = dkim_signature(&mail, key)?;
    let figures = stretches::of_bytes(&field);
    Ok(Built {
        body_at: built.body_at + field.len(),
        octets: built.octets + figures.octets,
        longest_line: built.longest_line.max(figures.longest_line),
        lines: built.lines + figures.lines,
        segments: Arc::from([Segment::Bytes(Arc::from([field, mail].concat()))]),
        ..built
    })
}

/// The DKIM-Signature field of a whole `mail`, with its CRLF, to be put in front of it. Reads the key.
pub fn dkim_signature(mail: &[u8], key: &DkimKey) -> Result<Vec<u8>, Fault> {
    let domain = domain(&key.domain)?;
    let selector = selector(&key.selector)?;
    let signer = DkimSigner::from_key(read(&key.file)?).domain(domain).selector(selector);
    let signer = signer.headers(present(mail));
    let signature = signer.sign(mail).map_err(|error| fault(error.to_string(), "sign with another key"))?;
    // Folding does not change what is signed (RFC 6376 3.4.2), and the library leaves the first line long.
    Ok(signature.to_header().replacen("; d=", ";\r\n\td=", 1).into_bytes())
}

/// Those of [`FIELDS`] that the mail has. A list may add the others.
fn present(mail: &[u8]) -> Vec<&'static str> {
    let fields: Vec<RawField<'_>> = header::fields(header::split(mail).head).collect();
    FIELDS.into_iter().filter(|name| fields.iter().any(|field| field.is(name))).collect()
}

fn fault(what: impl Into<String>, advice: &str) -> Fault {
    Fault::new(Field::Dkim, 0, what, advice)
}

fn domain(typed: &str) -> Result<String, Fault> {
    let ascii = domain_in_ascii(typed.trim()).filter(|name| name.len() <= NAME);
    ascii.ok_or_else(|| fault(format!("{} is no domain", typed.escape_debug()), "write for example example.org"))
}

fn selector(typed: &str) -> Result<String, Fault> {
    let ascii = domain_in_ascii(typed.trim()).filter(|name| name.len() <= NAME);
    ascii.ok_or_else(|| {
        fault(format!("{} is no selector", typed.escape_debug()), "it is the label before ._domainkey in the DNS")
    })
}

/// The private key in `file`.
fn read(file: &Path) -> Result<Key, Fault> {
    let shown = file.display().to_string();
    let unreadable = |error: io::Error| {
        fault(format!("{}: {error}", shown.escape_debug()), "name the file of the private key, in PEM")
    };
    let open = std::fs::metadata(file)
        .and_then(|about| if about.is_file() { File::open(file) } else { Err(io::Error::other("is not a file")) });
    let mut text = Zeroizing::new(Vec::new());
    open.map_err(unreadable)?.take(KEY_FILE).read_to_end(&mut text).map_err(unreadable)?;
    key(&text).map_err(|advice| fault(format!("{} holds no key that can sign", shown.escape_debug()), advice))
}

/// The first private key in PEM; the error says what to do.
fn key(text: &[u8]) -> Result<Key, &'static str> {
    const MADE_BY: &str = "make one with: openssl genpkey -algorithm ed25519";
    let blocks = Pem::iter_from_buffer(text).filter_map(Result::ok);
    let mut blocks = blocks.map(|block| (block.label, Zeroizing::new(block.contents)));
    let Some((label, der)) = blocks.find(|(label, _)| label.ends_with("PRIVATE KEY")) else { return Err(MADE_BY) };
    if label.starts_with("ENCRYPTED") {
        return Err("it is encrypted: write it without a passphrase with openssl pkey");
    }
    if let Ok(key) = Ed25519Key::from_pkcs8_maybe_unchecked_der(&der) {
        return Ok(Key::Ed25519(key));
    }
    let der = der.as_slice().try_into().map_err(|_| MADE_BY)?;
    let key = RsaKey::<Sha256>::from_key_der(der).map_err(|_| "RSA of 2048 bits or more and Ed25519 can sign")?;
    Ok(Key::Rsa(key))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::mail::Draft;

    const MAIL: &[u8] = b"From: a@a.example\r\nX-Other: 1\r\nSubject: Hi\r\n\r\nText\r\n";

    fn key_file(folder: &tempfile::TempDir, text: &str) -> PathBuf {
        let path = folder.path().join("key.pem");
        std::fs::write(&path, text).unwrap();
        path
    }

    fn pem(algorithm: &'static rcgen::SignatureAlgorithm) -> String {
        rcgen::KeyPair::generate_for(algorithm).unwrap().serialize_pem()
    }

    fn key(file: PathBuf) -> DkimKey {
        DkimKey { file, domain: "bücher.example".into(), selector: "s1".into() }
    }

    #[test]
    fn both_kinds_of_keys_sign_and_say_what_they_covered() {
        let folder = tempfile::tempdir().unwrap();
        for (algorithm, name) in [(&rcgen::PKCS_ED25519, "ed25519-sha256"), (&rcgen::PKCS_RSA_SHA256, "rsa-sha256")] {
            let text = format!("Some words first\n{}", pem(algorithm));
            let field = dkim_signature(MAIL, &key(key_file(&folder, &text))).unwrap();
            let field = String::from_utf8(field).unwrap();
            assert!(field.starts_with(&format!("DKIM-Signature: v=1; a={name}; s=s1;\r\n\td=xn--bcher-kva.example; ")));
            assert!(field.contains("h=Subject:From;") || field.contains("h=From:Subject;"), "{field}");
            assert!(field.ends_with("\r\n") && field.lines().all(|line| line.len() <= 78), "{field}");
        }
    }

    #[test]
    fn a_signed_mail_has_the_figures_of_its_octets() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("data.bin");
        std::fs::write(&file, [7; 1_000]).unwrap();
        let draft = Draft {
            from: "ada@a.example".into(),
            body: "Hi\n".into(),
            attachments: vec![crate::mail::Attachment::from_path(file)],
            dkim: Some(key(key_file(&folder, &pem(&rcgen::PKCS_ED25519)))),
            ..Draft::default()
        };
        let built = draft.build(&"2026-11-22T14:46:17Z[UTC]".parse().unwrap(), "h").unwrap();
        let mail = whole(&built.segments).unwrap();
        let figures = stretches::of_bytes(&mail);
        assert_eq!(
            (built.octets, built.lines, built.longest_line),
            (figures.octets, figures.lines, figures.longest_line)
        );
        assert!(mail.starts_with(b"DKIM-Signature: ") && mail[..built.body_at].ends_with(b"\r\n\r\n"));
        assert_eq!(built.segments.len(), 1, "what is sent is what was signed");
    }

    #[test]
    fn what_cannot_sign_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let good = pem(&rcgen::PKCS_ED25519);
        let encrypted = good.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
        let public = good.replace("PRIVATE KEY", "PUBLIC KEY");
        let broken = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
        for (text, advice) in [
            ("", "openssl genpkey"),
            ("nonsense", "openssl genpkey"),
            (public.as_str(), "openssl genpkey"),
            (encrypted.as_str(), "openssl pkey"),
            (broken, "openssl genpkey"),
            (pem(&rcgen::PKCS_ECDSA_P256_SHA256).as_str(), "RSA of 2048 bits"),
        ] {
            let fault = dkim_signature(MAIL, &key(key_file(&folder, text))).unwrap_err();
            assert!(fault.field == Field::Dkim && fault.advice.contains(advice), "{fault}");
            assert!(!fault.to_string().contains("BEGIN"), "{fault}");
        }
        for path in [folder.path().join("absent"), folder.path().to_owned(), "/dev/zero".into()] {
            let fault = dkim_signature(MAIL, &key(path)).unwrap_err();
            assert!(fault.advice.contains("name the file of the private key"), "{fault}");
        }
        let named = key(key_file(&folder, &good));
        for (domain, selector) in [("", "s"), ("a b", "s"), ("a.example", ""), ("a.example", "s;x"), ("a..b", "s")] {
            let named = DkimKey { domain: domain.into(), selector: selector.into(), ..named.clone() };
            assert_eq!(dkim_signature(MAIL, &named).unwrap_err().field, Field::Dkim, "{domain} {selector}");
        }
    }

    #[test]
    fn a_mail_that_is_too_large_is_not_signed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("disk.img");
        File::create(&file).and_then(|file| file.set_len(SIGNED)).unwrap();
        let attachments = vec![crate::mail::Attachment::from_path(file)];
        let dkim = Some(key(key_file(&folder, &pem(&rcgen::PKCS_ED25519))));
        let draft = Draft { from: "ada@a.example".into(), attachments, dkim, ..Draft::default() };
        let faults = draft.build(&"2026-11-22T14:46:17Z[UTC]".parse().unwrap(), "h").unwrap_err();
        assert!(faults[0].field == Field::Dkim && faults[0].what.contains("too many to sign"), "{faults:?}");
    }
}
