//! The mails to send: composed from options, made of the rows of a table, or a whole one read as it is. What is wrong
//! with any of them is found here, before anything is sent.

mod rows;
mod spool;

use std::path::Path;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use tempfile::NamedTempFile;

use super::compose::{self, of_faults};
use super::options::{MailArgs, ManyArgs};
use super::scan::Scan;
use crate::batch::{Copies, Halves};
use crate::cli::Trouble;
use crate::cli::args::local_zone;
use crate::connection::Body;
use crate::mail::{self, AddressList, Built, DkimKey, Draft, Envelope, Field, Flaws};
use crate::smtp::{BodyKind, MailId, MailReport, Manner, Transaction};
use crate::wire::stuffing::{Form, Stuffer};
use rows::Table;

/// Octets of a copy beside its head.
const COPY: usize = 512;
/// Octets of a raw mail that is signed, at most: it is held in memory for that.
const SIGNED: u64 = 64 * 1024 * 1024;

/// Where mails come from.
#[derive(Debug)]
pub struct Source {
    kind: Kind,
    /// Of a mail that is for all.
    envelope: Envelope,
    /// One mail for each of them; empty: one for all.
    each: Vec<String>,
    count: u64,
    flaws: Flaws,
    manner: Manner,
    host: String,
    zone: TimeZone,
}

#[derive(Debug)]
enum Kind {
    Raw {
        body: Body,
        scan: Scan,
        message_id: Option<String>,
        _spool: Option<NamedTempFile>,
    },
    Copies(Box<Copies>),
    /// Every mail has something of its own beside its identifier.
    Anew {
        draft: Box<Draft>,
        halves: Halves,
        first: Option<Box<Built>>,
    },
    Rows(Box<Table>),
}

/// One mail, ready for the engine.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// Its envelope and properties.
    pub transaction: Transaction,
    /// Its octets.
    pub body: Body,
    /// Octets held in memory for it alone.
    pub held: usize,
    /// Its Message-ID without angle brackets.
    pub message_id: Option<String>,
    /// The number of its row, of mails made of rows.
    pub row: Option<u64>,
    /// What became of it on a connection that was lost.
    pub lost: Option<Box<MailReport>>,
}

impl Source {
    /// Reads what the options name and looks for mistakes. `host`: for Message-IDs.
    pub fn new(args: &MailArgs, many: &ManyArgs, host: &str) -> Result<Self, Trouble> {
        compose::one_reader(args, many.csv.as_deref())?;
        match &args.raw {
            Some(path) => Self::raw(args, many, path, host),
            None => Self::composed(args, many, host),
        }
    }

    /// How many there are.
    pub fn total(&self) -> u64 {
        match &self.kind {
            Kind::Rows(table) => table.total(),
            _ => self.count * self.each.len().max(1) as u64,
        }
    }

    /// The envelope of a mail that is for all.
    pub fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// What is wrong with their octets on purpose.
    pub fn flaws(&self) -> &Flaws {
        &self.flaws
    }

    /// The manner that a template asks for.
    pub fn manner(&self) -> &Manner {
        &self.manner
    }

    /// The next mail, with a Message-ID of its own when it is composed. `index` goes up by one from call to call.
    pub fn prepare(&mut self, index: u64, manner: Manner) -> Result<Prepared, Trouble> {
        let id = MailId(index);
        let now = || Timestamp::now().to_zoned(self.zone.clone());
        match &mut self.kind {
            Kind::Raw { body, scan, message_id, .. } => {
                let envelope = envelope_of(&self.envelope, &self.each, index);
                let utf8 = scan.utf8;
                let kind = if scan.eight_bit { BodyKind::EightBit } else { BodyKind::SevenBit };
                let size = Some(scan.octets);
                let transaction = Transaction { size, body: kind, utf8, manner, ..of_envelope(id, envelope) };
                let (body, message_id) = (body.clone(), message_id.clone());
                Ok(Prepared { transaction, body, held: 0, message_id, row: None, lost: None })
            }
            Kind::Copies(copies) => {
                let envelope = envelope_of(&self.envelope, &self.each, index);
                let built = if index == 0 { copies.original().clone() } else { copy(copies, &now(), &self.host) };
                let held = if index == 0 { built.in_memory() } else { built.body_at + COPY };
                Ok(Prepared { held, ..of_built(id, built, envelope, manner) })
            }
            Kind::Anew { draft, halves, first } => {
                let kept = first.take().filter(|_| index == 0).map(|built| *built);
                let entry = self.each.get(usize::try_from(index % self.each.len().max(1) as u64).unwrap_or(0));
                let mut draft = draft.clone();
                if let Some(entry) = entry {
                    address_to(&mut draft, halves, entry)?;
                }
                let envelope = draft.envelope().map_err(|faults| of_faults(&faults))?;
                let built = kept.map_or_else(|| draft.build(&now(), &self.host), Ok);
                Ok(of_built(id, built.map_err(|faults| of_faults(&faults))?, envelope, manner))
            }
            Kind::Rows(table) => {
                let (row, draft) = table.row()?;
                let envelope = draft.envelope().map_err(|faults| rows::of_faults(table.name(), &row, &faults))?;
                let built = draft.build(&now(), &self.host);
                let built = built.map_err(|faults| rows::of_faults(table.name(), &row, &faults))?;
                Ok(Prepared { row: Some(row.number), ..of_built(id, built, envelope, manner) })
            }
        }
    }

    fn composed(args: &MailArgs, many: &ManyArgs, host: &str) -> Result<Self, Trouble> {
        let (mut draft, manner) = compose::draft(args)?;
        let halves = compose::halves(args, draft.envelope.take())?;
        Self::of_draft(draft, halves, manner, many, host)
    }

    /// Of this draft, whose envelope is in `halves`. `host`: for Message-IDs.
    pub fn of_draft(
        mut draft: Draft,
        halves: Halves,
        manner: Manner,
        many: &ManyArgs,
        host: &str,
    ) -> Result<Self, Trouble> {
        let (flaws, zone) = (draft.flaws.clone(), local_zone());
        let now = Timestamp::now().to_zoned(zone.clone());
        let mut envelope = Envelope::default();
        let mut each = Vec::new();
        let kind = if let Some(path) = &many.csv {
            Kind::Rows(Box::new(Table::open(path, draft, &halves, &now, host)?))
        } else {
            if halves.from.is_some() || halves.to.is_some() {
                let whole = draft.envelope_with(halves.from.clone(), halves.to.clone());
                draft.envelope = Some(whole.map_err(|faults| of_faults(&faults))?);
            }
            envelope = draft.envelope().map_err(|faults| of_faults(&faults))?;
            if many.each {
                each = recipients(&draft, &halves)?;
            }
            let mut first = draft.clone();
            if let Some(entry) = each.first() {
                address_to(&mut first, &halves, entry)?;
            }
            // Mistakes in headers and missing files come to light here, before a connection is made.
            let built = first.build(&now, host).map_err(|faults| of_faults(&faults))?;
            let alike = (each.is_empty() || halves.to.is_some()) && draft.dkim.is_none() && draft.flaws.is_empty();
            match Copies::of(built.clone()).filter(|_| alike) {
                Some(copies) => Kind::Copies(Box::new(copies)),
                None => Kind::Anew { draft: Box::new(draft), halves, first: Some(Box::new(built)) },
            }
        };
        Ok(Self { kind, envelope, each, count: many.count, flaws, manner, host: host.to_owned(), zone })
    }

    fn raw(args: &MailArgs, many: &ManyArgs, path: &Path, host: &str) -> Result<Self, Trouble> {
        let (body, scan, spool) = if path == Path::new("-") {
            spool::stdin()?
        } else {
            let (body, scan) = spool::file(path).map_err(|error| Trouble::file(path, &error))?;
            (body, scan, None)
        };
        let (body, scan) = match compose::dkim(args) {
            Some(key) => signed(&body, &scan, path, &key)?,
            None => (body, scan),
        };
        let flaws = super::faults::of_mail(&args.fault);
        if let Some(flaw) = flaws.first() {
            let what = format!("--fault {} is a fault of a composed mail, and --raw sends one as it is", flaw.id());
            return Err(Trouble::usage(what, "put the fault into the file"));
        }
        let Halves { from, to } = compose::halves(args, None)?;
        let of_headers = mail::raw(&scan.head);
        let envelope = Envelope { from: from.unwrap_or(of_headers.from), to: to.unwrap_or(of_headers.to) };
        if envelope.to.is_empty() {
            let what = "the mail names no recipient in To, Cc or Bcc";
            return Err(Trouble::usage(what, "give --envelope-to ADDRESS"));
        }
        let envelope = Draft { envelope: Some(envelope), ..Draft::default() }.envelope();
        let envelope = envelope.map_err(|faults| of_faults(&faults))?;
        let message_id = Some(mail::Summary::from_headers(&scan.head).message_id).filter(|id| !id.is_empty());
        let each = if many.each { envelope.to.clone() } else { Vec::new() };
        let kind = Kind::Raw { body, scan, message_id, _spool: spool };
        let (host, zone, manner) = (host.to_owned(), TimeZone::UTC, Manner::default());
        Ok(Self { kind, envelope, each, count: many.count, flaws, manner, host, zone })
    }
}

/// A whole mail with a DKIM signature in front, in memory. Its line ends are made CRLF first, as they are on the wire:
/// that is what the receiver checks.
fn signed(body: &Body, scan: &Scan, path: &Path, key: &DkimKey) -> Result<(Body, Scan), Trouble> {
    if scan.octets > SIGNED {
        let what = format!("{}: {} octets are too many to sign, 64 MiB is the most", path.display(), scan.octets);
        return Err(Trouble::usage(what, "send it unsigned"));
    }
    let unreadable = |error: std::io::Error| Trouble::file(path, &error);
    let octets = match body {
        Body::Bytes(bytes) => bytes.to_vec(),
        Body::File(path) => std::fs::read(path).map_err(unreadable)?,
        Body::Segments(segments) => mail::build::whole(segments).map_err(unreadable)?,
    };
    let (mut lines, mut stuffer) = (Vec::with_capacity(octets.len()), Stuffer::new(Form::LINES));
    stuffer.push(&octets, &mut lines);
    stuffer.end_line(&mut lines);
    let field = mail::build::dkim_signature(&lines, key).map_err(|fault| of_faults(&[fault]))?;
    let whole = [field, lines].concat();
    let scan = Scan::of(whole.as_slice()).map_err(unreadable)?;
    Ok((Body::Bytes(whole.into()), scan))
}

/// For whom one mail each is made: the addresses of the envelope where it is given, else the recipients with names.
fn recipients(draft: &Draft, halves: &Halves) -> Result<Vec<String>, Trouble> {
    if let Some(to) = &halves.to {
        return Ok(to.clone());
    }
    let mut all = Vec::new();
    for (field, text) in [(Field::To, &draft.to), (Field::Cc, &draft.cc), (Field::Bcc, &draft.bcc)] {
        let list = AddressList::parse(field, text).map_err(|faults| of_faults(&faults))?;
        all.extend(list.mailboxes().map(ToString::to_string));
    }
    Ok(all)
}

/// Makes it a mail for one recipient alone: by its headers, or by its envelope where that is given.
fn address_to(draft: &mut Draft, halves: &Halves, entry: &str) -> Result<(), Trouble> {
    if halves.to.is_none() {
        entry.clone_into(&mut draft.to);
        draft.cc.clear();
        draft.bcc.clear();
    }
    if halves.from.is_some() || halves.to.is_some() {
        let to = halves.to.as_ref().map(|_| vec![entry.to_owned()]);
        let envelope = draft.envelope_with(halves.from.clone(), to);
        draft.envelope = Some(envelope.map_err(|faults| of_faults(&faults))?);
    }
    Ok(())
}

fn copy(copies: &Copies, now: &Zoned, host: &str) -> Built {
    copies.copy(now, mail::message_id(now, rand::random(), host))
}

/// The envelope of a mail whose octets are the same for all.
fn envelope_of(all: &Envelope, each: &[String], index: u64) -> Envelope {
    let at = usize::try_from(index % each.len().max(1) as u64).unwrap_or(0);
    match each.get(at) {
        Some(one) => Envelope { from: all.from.clone(), to: vec![one.clone()] },
        None => all.clone(),
    }
}

fn of_envelope(id: MailId, envelope: Envelope) -> Transaction {
    Transaction::new(id, envelope.from, envelope.to)
}

fn of_built(id: MailId, built: Built, envelope: Envelope, manner: Manner) -> Prepared {
    let utf8 = built.utf8;
    let mut manner = manner;
    manner.flaws.line_ends |= built.raw_line_ends;
    let body = if built.eight_bit { BodyKind::EightBit } else { BodyKind::SevenBit };
    let transaction = Transaction { size: Some(built.octets), body, utf8, manner, ..of_envelope(id, envelope) };
    let (held, message_id) = (built.in_memory(), Some(built.message_id));
    Prepared { transaction, body: Body::Segments(built.segments), held, message_id, row: None, lost: None }
}

#[cfg(test)]
mod tests;
