//! The mail to send: composed from options, or a whole one read as it is. Found wrong here, nothing is sent.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tempfile::NamedTempFile;

use super::MailArgs;
use super::scan::Scan;
use crate::cli::args::local_zone;
use crate::cli::{Status, Trouble};
use crate::connection::Body;
use crate::mail::{self, Attachment, Draft, Envelope, Fault};
use crate::smtp::{BodyKind, MailId, Manner, Transaction};

/// Octets of standard input kept in memory; more goes through a temporary file.
const IN_MEMORY: usize = 1024 * 1024;

/// Where mails come from.
#[derive(Debug)]
pub struct Source {
    envelope: Envelope,
    kind: Kind,
    manner: Manner,
}

#[derive(Debug)]
enum Kind {
    Composed { draft: Box<Draft>, host: String, zone: TimeZone },
    Raw { body: Body, scan: Scan, _spool: Option<NamedTempFile> },
}

/// One mail, ready for the engine.
#[derive(Debug)]
pub struct Prepared {
    /// Its envelope and properties.
    pub transaction: Transaction,
    /// Its octets.
    pub body: Body,
    /// Octets held in memory for it.
    pub held: usize,
    /// Its Message-ID without angle brackets; of a mail that is sent as it is, only told for the first.
    pub message_id: Option<String>,
}

impl Source {
    /// Reads what the options name and looks for mistakes. `host`: for Message-IDs.
    pub fn new(args: &MailArgs, host: &str) -> Result<Self, Trouble> {
        match &args.raw {
            Some(path) => Self::raw(args, path),
            None => Self::composed(args, host),
        }
    }

    /// The same, sent in this manner.
    #[must_use]
    pub fn with_manner(self, manner: Manner) -> Self {
        Self { manner, ..self }
    }

    /// Who it is from and for.
    pub fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// The next mail. A composed one has a Message-ID of its own.
    pub fn prepare(&self, id: MailId) -> Result<Prepared, Trouble> {
        let Envelope { from, to } = self.envelope.clone();
        let mut raw_line_ends = false;
        let (body, size, eight_bit, utf8, held, message_id) = match &self.kind {
            Kind::Raw { body, scan, .. } => {
                let message_id = (id == MailId(0)).then(|| mail::Summary::from_headers(&scan.head).message_id);
                let message_id = message_id.filter(|id| !id.is_empty());
                (body.clone(), scan.octets, scan.eight_bit, scan.utf8, 0, message_id)
            }
            Kind::Composed { draft, host, zone } => {
                let now = Timestamp::now().to_zoned(zone.clone());
                let built = draft.build(&now, host).map_err(|faults| of_faults(&faults))?;
                raw_line_ends = built.raw_line_ends;
                let held = built.in_memory();
                let message_id = Some(built.message_id);
                (Body::Segments(built.segments), built.octets, built.eight_bit, built.utf8, held, message_id)
            }
        };
        let kind = if eight_bit { BodyKind::EightBit } else { BodyKind::SevenBit };
        let mut manner = self.manner.clone();
        manner.flaws.line_ends |= raw_line_ends;
        let transaction = Transaction { size: Some(size), body: kind, utf8, manner, ..Transaction::new(id, from, to) };
        Ok(Prepared { transaction, body, held, message_id })
    }

    fn composed(args: &MailArgs, host: &str) -> Result<Self, Trouble> {
        let mut draft = Draft {
            from: args.from.clone().unwrap_or_default(),
            to: args.to.join(", "),
            cc: args.cc.join(", "),
            bcc: args.bcc.join(", "),
            subject: args.subject.clone().unwrap_or_default(),
            body: text(args)?,
            attachments: args.attach.iter().map(Attachment::from_path).collect(),
            ..Draft::default()
        };
        for header in &args.header {
            draft.add_header(header).map_err(|fault| of_faults(&[fault]))?;
        }
        draft.envelope = overridden(args, || draft.envelope().map_err(|faults| of_faults(&faults)))?;
        let envelope = draft.envelope().map_err(|faults| of_faults(&faults))?;
        let kind = Kind::Composed { draft: Box::new(draft), host: host.to_owned(), zone: local_zone() };
        let source = Self { envelope, kind, manner: Manner::default() };
        // Mistakes in headers and missing files come to light here, before a connection is made.
        source.prepare(MailId(0))?;
        Ok(source)
    }

    fn raw(args: &MailArgs, path: &Path) -> Result<Self, Trouble> {
        let (body, scan, spool) = if path == Path::new("-") {
            spool(io::stdin().lock()).map_err(|error| Trouble::file(Path::new("standard input"), &error))?
        } else {
            let scan = File::open(path).and_then(Scan::of).map_err(|error| Trouble::file(path, &error))?;
            (Body::File(path.to_owned()), scan, None)
        };
        let from_headers = || Ok(mail::raw::raw(&scan.head));
        let envelope = overridden(args, from_headers)?.map_or_else(from_headers, Ok)?;
        if envelope.to.is_empty() {
            let what = "the mail names no recipient in To, Cc or Bcc";
            return Err(Trouble::usage(what, "give --envelope-to ADDRESS"));
        }
        let envelope = Draft { envelope: Some(envelope), ..Draft::default() }.envelope();
        let envelope = envelope.map_err(|faults| of_faults(&faults))?;
        Ok(Self { envelope, kind: Kind::Raw { body, scan, _spool: spool }, manner: Manner::default() })
    }
}

/// The envelope of the options, its missing half from `derived`; `None` when no option says anything.
fn overridden(
    args: &MailArgs,
    derived: impl FnOnce() -> Result<Envelope, Trouble>,
) -> Result<Option<Envelope>, Trouble> {
    Ok(match (&args.envelope_from, args.envelope_to.is_empty()) {
        (None, true) => None,
        (Some(from), false) => Some(Envelope { from: bare(from), to: bare_all(&args.envelope_to) }),
        (Some(from), true) => Some(Envelope { from: bare(from), ..derived()? }),
        (None, false) => Some(Envelope { to: bare_all(&args.envelope_to), ..derived()? }),
    })
}

/// An address may be written with its angle brackets.
fn bare(path: &str) -> String {
    path.strip_prefix('<').and_then(|path| path.strip_suffix('>')).unwrap_or(path).to_owned()
}

fn bare_all(paths: &[String]) -> Vec<String> {
    paths.iter().map(|path| bare(path)).collect()
}

fn text(args: &MailArgs) -> Result<String, Trouble> {
    match (&args.body, &args.body_file) {
        (Some(text), _) => Ok(text.clone()),
        (None, Some(path)) => {
            let read = if path == Path::new("-") {
                let mut text = String::new();
                io::stdin().read_to_string(&mut text).map(|_| text)
            } else {
                std::fs::read_to_string(path)
            };
            read.map_err(|error| match error.kind() {
                io::ErrorKind::InvalidData => {
                    let what = format!("{}: the text is not UTF-8", path.display());
                    Trouble::usage(what, "convert it, or send a whole mail with --raw")
                }
                _ => Trouble::file(path, &error),
            })
        }
        (None, None) => Ok(String::new()),
    }
}

fn of_faults(faults: &[Fault]) -> Trouble {
    let lines: Vec<String> = faults.iter().map(Fault::to_string).collect();
    Trouble::new(Status::Usage, lines.join("\n"))
}

/// Standard input as a body: small in memory, big in a temporary file that goes when the source goes.
fn spool(mut input: impl Read) -> io::Result<(Body, Scan, Option<NamedTempFile>)> {
    let mut bytes = Vec::new();
    input.by_ref().take(IN_MEMORY as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() <= IN_MEMORY {
        let scan = Scan::of(bytes.as_slice())?;
        return Ok((Body::Bytes(Arc::from(bytes)), scan, None));
    }
    let mut file = tempfile::Builder::new().prefix("telepost-").suffix(".eml").tempfile()?;
    file.write_all(&bytes)?;
    io::copy(&mut input, &mut file)?;
    let path: PathBuf = file.path().to_owned();
    let scan = Scan::of(File::open(&path)?)?;
    Ok((Body::File(path), scan, Some(file)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args() -> MailArgs {
        MailArgs {
            from: Some("Ada <ada@a.example>".into()),
            to: vec!["bob@b.example".into()],
            cc: Vec::new(),
            bcc: vec!["eve@c.example".into()],
            subject: Some("Grüße".into()),
            body: Some("Hi\n".into()),
            body_file: None,
            attach: Vec::new(),
            header: vec!["X-A: 1".into()],
            raw: None,
            envelope_from: None,
            envelope_to: Vec::new(),
        }
    }

    fn octets(body: &Body) -> Vec<u8> {
        match body {
            Body::Bytes(bytes) => bytes.to_vec(),
            Body::Segments(segments) => mail::build::whole(segments).unwrap(),
            Body::File(path) => std::fs::read(path).unwrap(),
        }
    }

    #[test]
    fn every_composed_mail_has_its_own_message_id_and_no_bcc() {
        let source = Source::new(&args(), "lab.test").unwrap();
        let mails = [0, 1].map(|id| source.prepare(MailId(id)).unwrap());
        let text = mails.each_ref().map(|mail| String::from_utf8(octets(&mail.body)).unwrap());
        let id = |text: &str| text.lines().find(|line| line.starts_with("Message-ID:")).unwrap().to_owned();
        assert_ne!(id(&text[0]), id(&text[1]));
        assert!(text[0].contains("X-A: 1\r\n") && !text[0].contains("eve@"));
        let transaction = &mails[0].transaction;
        assert_eq!(transaction.to, ["bob@b.example", "eve@c.example"]);
        assert_eq!(transaction.size, Some(text[0].len() as u64));
        assert!(transaction.body == BodyKind::SevenBit && !transaction.utf8);
    }

    #[test]
    fn half_an_envelope_keeps_the_other_half() {
        let from = MailArgs { envelope_from: Some("<>".into()), ..args() };
        let envelope = Source::new(&from, "h").unwrap().envelope;
        assert_eq!((envelope.from.as_str(), envelope.to.len()), ("", 2));
        let to = MailArgs { envelope_to: vec!["<x@y>".into()], ..args() };
        let envelope = Source::new(&to, "h").unwrap().envelope;
        assert_eq!((envelope.from.as_str(), envelope.to), ("ada@a.example", vec!["x@y".to_owned()]));
    }

    #[test]
    fn mistakes_are_found_before_anything_is_sent() {
        for wrong in [
            MailArgs { from: None, ..args() },
            MailArgs { to: vec!["bob".into()], ..args() },
            MailArgs { to: Vec::new(), bcc: Vec::new(), ..args() },
            MailArgs { subject: Some("a\r\nBcc: x@y".into()), ..args() },
            MailArgs { header: vec!["nonsense".into()], ..args() },
            MailArgs { attach: vec!["/no/such/file".into()], ..args() },
            MailArgs { body: None, body_file: Some("/no/such/file".into()), ..args() },
            MailArgs { envelope_to: vec!["a@b>\r\nDATA".into()], ..args() },
        ] {
            let trouble = Source::new(&wrong, "lab.test").unwrap_err();
            assert_eq!(trouble.status, Status::Usage, "{wrong:?}");
        }
    }

    #[test]
    fn a_raw_mail_is_read_as_it_is_sent() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("a.eml");
        std::fs::write(&path, "From: a@b\nTo: c@d\n\nGrüße").unwrap();
        let empty = MailArgs { from: None, to: Vec::new(), bcc: Vec::new(), subject: None, ..args() };
        let raw = MailArgs { body: None, header: Vec::new(), raw: Some(path), ..empty };
        let transaction = Source::new(&raw, "h").unwrap().prepare(MailId(0)).unwrap().transaction;
        assert_eq!((transaction.from.as_str(), transaction.to), ("a@b", vec!["c@d".to_owned()]));
        assert_eq!(transaction.size, Some(31));
        assert!(transaction.body == BodyKind::EightBit && !transaction.utf8);
    }

    #[test]
    fn much_input_goes_through_a_file_that_goes_away() {
        let input = vec![b'x'; IN_MEMORY + 5];
        let (body, scan, spool) = spool(input.as_slice()).unwrap();
        let Body::File(path) = body else { panic!("it is too much for memory") };
        assert_eq!((std::fs::read(&path).unwrap(), scan.octets), (input, IN_MEMORY as u64 + 7));
        drop(spool);
        assert!(!path.exists());
    }
}
