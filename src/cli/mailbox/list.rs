//! `telepost mailbox list`: a line for each message, printed as the headers arrive.

mod newest;

use std::collections::HashMap;
use std::io::{IsTerminal, Write};

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::Common;
use super::access::Access;
use crate::cli::args::local_zone;
use crate::cli::{Status, Trouble, block_on, print};
use crate::mail::summary::Summary;
use crate::pop3::{BodyKind, Line, Notice, Verb};
use crate::wire::{limits, printable};

/// TOP commands handed over ahead; the engine sends them at once only where PIPELINING is announced.
const AHEAD: usize = 512;
/// Octets of rows that wait to be printed at most.
const BLOCK: usize = 64 * 1024;
/// Octets kept of one header.
const HEADER: usize = 1024 * 1024;

/// Which columns.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The server, pop3:// or pop3s://, with user@ before the host and :port behind it if wanted
    #[arg(required_unless_present = "profile", conflicts_with = "profile")]
    url: Option<String>,
    /// Number, UIDL and size only: nothing is asked about single messages
    #[arg(long)]
    no_headers: bool,
    /// The newest N messages only; the others are not even asked for
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    #[command(flatten)]
    pub(super) common: Common,
}

/// Prints the list.
pub fn run(args: &Args) -> Result<(), Trouble> {
    let visit = args.common.visit(args.url.as_deref(), "mailbox list")?;
    block_on(async {
        let mut access = Access::open(visit, &args.common.output).await?;
        let mut table = Table::new(args.common.output.json);
        let headers = !args.no_headers && access.may_have(Verb::Top);
        tell_what_lacks(&access, !args.no_headers);
        let filled = match args.limit {
            Some(limit) => newest::fill(&mut access, &mut table, limit, headers).await,
            None => fill(&mut access, &mut table, headers).await,
        };
        match filled {
            Ok(()) => {
                let facts = access.facts();
                access.quit().await?;
                table.end(facts)
            }
            Err(trouble) => Err(access.give_up(trouble).await),
        }
    })
}

/// Why columns stay empty, on standard error.
fn tell_what_lacks(access: &Access, headers: bool) {
    let missing = [(Verb::Uidl, "unique-ids", true), (Verb::Top, "dates, senders and subjects", headers)];
    for (verb, what, wanted) in missing {
        if wanted && !access.may_have(verb) {
            // There is no other place to tell that standard error is closed.
            let _ = writeln!(std::io::stderr(), "telepost: the server has no {}: no {what} are shown", verb.name());
        }
    }
}

async fn fill(access: &mut Access, table: &mut Table, headers: bool) -> Result<(), Trouble> {
    access.listing().await?;
    let scans = std::mem::take(&mut access.scans);
    if !headers {
        for (number, octets) in scans {
            table.row(number, access.ids.get(number), Some(octets), None);
            table.show_when(false)?;
        }
        return Ok(());
    }
    let mut collected = Headers::default();
    let (mut asked, mut printed) = (0, 0);
    while printed < scans.len() {
        if asked - printed <= AHEAD / 2 {
            // Refilled by the half, so that lines leave in few writes.
            for (number, _) in &scans[asked..scans.len().min(printed + AHEAD)] {
                access.line(Line::top(*number, 0));
                asked += 1;
                if asked == scans.len() {
                    access.leave_behind();
                }
            }
        }
        collected.take(access.next().await?)?;
        while let Some((number, octets)) = scans.get(printed).filter(|scan| collected.done.contains_key(&scan.0)) {
            let summary = collected.take_out(*number);
            table.row(*number, access.ids.get(*number), Some(*octets), summary);
            printed += 1;
        }
        table.show_when(access.is_waiting())?;
    }
    Ok(())
}

/// Headers on their way in, and those that are there; `None` where the server gave none.
#[derive(Default)]
struct Headers {
    arriving: HashMap<u32, Vec<u8>>,
    /// Octets of the answer that is arriving.
    octets: usize,
    done: HashMap<u32, Option<Summary>>,
}

impl Headers {
    /// That of a message, once.
    fn take_out(&mut self, number: u32) -> Option<Summary> {
        self.done.remove(&number).flatten()
    }

    fn take(&mut self, notice: Notice) -> Result<(), Trouble> {
        match notice {
            Notice::Body { kind: BodyKind::Top, number, bytes } => {
                self.octets += bytes.len();
                if self.octets > limits::MESSAGE_IN_MEMORY {
                    return Err(Trouble::new(Status::Broken, format!("the header of message {number} does not end"))
                        .advise("--no-headers lists without asking for headers"));
                }
                let held = self.arriving.entry(number).or_default();
                let room = HEADER.saturating_sub(held.len()).min(bytes.len());
                held.extend_from_slice(&bytes[..room]);
            }
            Notice::BodyEnd { kind: BodyKind::Top, number, complete: true, .. } => {
                self.octets = 0;
                let header = self.arriving.remove(&number).unwrap_or_default();
                self.done.insert(number, Some(Summary::from_headers(&header)));
            }
            Notice::Replied { verb: Verb::Top, number: Some(number), response, .. } if !response.is_ok() => {
                self.done.insert(number, None);
            }
            Notice::Dropped { number: Some(number), .. } => {
                self.done.insert(number, None);
            }
            _ => {}
        }
        Ok(())
    }
}

/// Rows on the way out: aligned for people, with tabs between the columns for programs, or gathered for JSON.
struct Table {
    aligned: bool,
    /// The rows as JSON, with commas between, which take a tenth of the room of the values; and how many.
    json: Option<(String, usize)>,
    /// Rows that are not printed yet.
    rows: String,
    zone: TimeZone,
}

impl Table {
    fn new(json: bool) -> Self {
        let aligned = std::io::stdout().is_terminal();
        Self { aligned, json: json.then(Default::default), rows: String::new(), zone: local_zone() }
    }

    fn row(&mut self, number: u32, uidl: Option<&str>, octets: Option<u64>, summary: Option<Summary>) {
        let uidl = uidl.map(printable::text);
        if let Some((rows, count)) = &mut self.json {
            if *count > 0 {
                rows.push(',');
            }
            rows.push_str(&json_row(number, uidl.as_deref(), octets, summary).to_string());
            *count += 1;
        } else {
            let date = summary.as_ref().and_then(|summary| summary.date).map(|date| local_minute(date, &self.zone));
            self.rows.push_str(&text_row(self.aligned, number, uidl.as_deref(), octets, date, summary));
        }
    }

    /// Prints what is there: `now`, or once it is a block. Rows that came together go out in one write.
    fn show_when(&mut self, now: bool) -> Result<(), Trouble> {
        if self.rows.is_empty() || !(now || self.rows.len() >= BLOCK) {
            return Ok(());
        }
        let printed = print(&self.rows);
        self.rows.clear();
        printed
    }

    fn end(mut self, mut facts: Value) -> Result<(), Trouble> {
        self.show_when(true)?;
        let Some((messages, count)) = self.json else { return Ok(()) };
        facts["outcome"] = json!("done");
        facts["exit"] = json!(0);
        facts["count"] = json!(count);
        facts["explanation"] = json!("");
        facts["advice"] = Value::Null;
        let facts = facts.to_string();
        // It has fields, so that a comma is due.
        let open = facts.strip_suffix('}').unwrap_or(&facts);
        for part in [open, ",\"messages\":[", &messages, "]}\n"] {
            print(part)?;
        }
        Ok(())
    }
}

fn text_row(
    aligned: bool,
    number: u32,
    uidl: Option<&str>,
    octets: Option<u64>,
    date: Option<String>,
    summary: Option<Summary>,
) -> String {
    let uidl = uidl.unwrap_or("-");
    let octets = octets.map_or_else(|| "-".to_owned(), |octets| octets.to_string());
    let Some(summary) = summary else {
        return if aligned {
            format!("{number:>5}  {uidl:<20}  {octets:>9}\n")
        } else {
            format!("{number}\t{uidl}\t{octets}\n")
        };
    };
    let date = date.unwrap_or_else(|| "-".to_owned());
    let (from, subject) = (summary.from, summary.subject);
    if aligned {
        format!("{number:>5}  {uidl:<20}  {octets:>9}  {date:<16}  {from:<30}  {subject}\n")
    } else {
        format!("{number}\t{uidl}\t{octets}\t{date}\t{from}\t{subject}\n")
    }
}

fn local_minute(date: jiff::Timestamp, zone: &TimeZone) -> String {
    date.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
}

fn json_row(number: u32, uidl: Option<&str>, octets: Option<u64>, summary: Option<Summary>) -> Value {
    let mut row = json!({ "number": number, "uidl": uidl, "size": octets });
    if let Some(summary) = summary {
        row["date"] = json!(summary.date.map(|date| date.to_string()));
        row["from"] = json!(summary.from);
        row["subject"] = json!(summary.subject);
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_to_top_that_does_not_end_is_an_error() {
        let mut headers = Headers::default();
        let piece = || Notice::Body { kind: BodyKind::Top, number: 1, bytes: vec![b'x'; 1024 * 1024] };
        let most = limits::MESSAGE_IN_MEMORY / (1024 * 1024);
        assert!((0..most).all(|_| headers.take(piece()).is_ok()));
        assert_eq!(headers.arriving[&1].len(), HEADER);
        assert_eq!(headers.take(piece()).unwrap_err().status, Status::Broken);
    }

    #[test]
    fn rows_for_programs_have_tabs_only_between_columns() {
        let summary = Summary::from_headers(b"From: a@b\r\nSubject: x\ty\r\nDate: nonsense\r\n\r\n");
        let row = text_row(false, 3, Some(&printable::text("u\ti")), Some(512), None, Some(summary));
        assert_eq!(row.matches('\t').count(), 5, "{row:?}");
        assert!(row.starts_with("3\tu") && row.contains("\t512\t-\ta@b\t"), "{row:?}");
        assert_eq!(text_row(false, 3, None, Some(512), None, None), "3\t-\t512\n");
    }

    #[test]
    fn headers_come_together_from_pieces_in_any_order() {
        let body = |number, bytes: &[u8]| Notice::Body { kind: BodyKind::Top, number, bytes: bytes.to_vec() };
        let end = |number| Notice::BodyEnd { kind: BodyKind::Top, number, octets: 0, complete: true };
        let mut headers = Headers::default();
        for notice in [body(1, b"Subj"), body(1, b"ect: one\r\n\r\n"), end(1), body(2, b"Subject: two\r\n\r\n"), end(2)]
        {
            headers.take(notice).unwrap();
        }
        let subject = |number| headers.done[&number].as_ref().unwrap().subject.clone();
        assert_eq!((subject(1).as_str(), subject(2).as_str()), ("one", "two"));
    }
}
