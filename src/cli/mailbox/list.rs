//! `telepost mailbox list`: a line for each message, printed as the headers arrive.

use std::collections::HashMap;
use std::io::IsTerminal;

use serde_json::{Value, json};

use super::Common;
use super::access::Access;
use crate::cli::{Trouble, block_on, print, print_json};
use crate::mail::summary::Summary;
use crate::pop3::{BodyKind, Line, Notice, Verb};
use crate::wire::printable;

/// TOP commands handed over ahead; the engine sends them at once only where PIPELINING is announced.
const AHEAD: usize = 64;
/// Octets kept of one header.
const HEADER: usize = 1024 * 1024;

/// Which columns.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The server, pop3:// or pop3s://, with user@ before the host and :port behind it if wanted
    #[arg(required_unless_present = "profile", conflicts_with = "profile")]
    url: Option<String>,
    #[command(flatten)]
    pub(super) common: Common,
    /// Number, UIDL and size only: nothing is asked about single messages
    #[arg(long)]
    no_headers: bool,
}

/// Prints the list.
pub fn run(args: &Args) -> Result<(), Trouble> {
    let visit = args.common.visit(args.url.as_deref())?;
    block_on(async {
        let mut access = Access::open(visit, &args.common.output).await?;
        let mut table = Table::new(args.common.output.json);
        match fill(&mut access, &mut table, !args.no_headers).await {
            Ok(()) => {
                let facts = access.facts();
                access.quit().await?;
                table.end(facts)
            }
            Err(trouble) => Err(access.give_up(trouble).await),
        }
    })
}

async fn fill(access: &mut Access, table: &mut Table, headers: bool) -> Result<(), Trouble> {
    access.listing().await?;
    let scans = access.scans.clone();
    if !headers {
        for scan in scans {
            table.row(access, scan, None);
        }
        return table.show();
    }
    let mut collected = Headers::default();
    let (mut asked, mut printed) = (0, 0);
    while printed < scans.len() {
        while asked < scans.len() && asked - printed < AHEAD {
            access.line(Line::top(scans[asked].0, 0));
            asked += 1;
        }
        collected.take(access.next().await?);
        while let Some(scan) = scans.get(printed).filter(|scan| collected.done.contains_key(&scan.0)) {
            let summary = collected.done.remove(&scan.0).flatten();
            table.row(access, *scan, summary);
            printed += 1;
        }
        table.show()?;
    }
    Ok(())
}

/// Headers on their way in, and those that are there; `None` where the server gave none.
#[derive(Default)]
struct Headers {
    arriving: HashMap<u32, Vec<u8>>,
    done: HashMap<u32, Option<Summary>>,
}

impl Headers {
    fn take(&mut self, notice: Notice) {
        match notice {
            Notice::Body { kind: BodyKind::Top, number, bytes } => {
                let held = self.arriving.entry(number).or_default();
                let room = HEADER.saturating_sub(held.len()).min(bytes.len());
                held.extend_from_slice(&bytes[..room]);
            }
            Notice::BodyEnd { kind: BodyKind::Top, number, .. } => {
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
    }
}

/// Rows on the way out: aligned for people, with tabs between the columns for programs, or gathered for JSON.
struct Table {
    aligned: bool,
    json: Option<Vec<Value>>,
    /// Rows that are not printed yet: those that came together go out in one write.
    rows: String,
}

impl Table {
    fn new(json: bool) -> Self {
        Self { aligned: std::io::stdout().is_terminal(), json: json.then(Vec::new), rows: String::new() }
    }

    fn row(&mut self, access: &Access, (number, octets): (u32, u64), summary: Option<Summary>) {
        let uidl = access.ids.get(&number).map(|id| printable::text(id).into_owned());
        match &mut self.json {
            Some(rows) => rows.push(json_row(number, uidl.as_deref(), octets, summary)),
            None => self.rows.push_str(&text_row(self.aligned, number, uidl, octets, summary)),
        }
    }

    fn show(&mut self) -> Result<(), Trouble> {
        let rows = std::mem::take(&mut self.rows);
        if rows.is_empty() { Ok(()) } else { print(&rows) }
    }

    fn end(self, mut facts: Value) -> Result<(), Trouble> {
        let Some(messages) = self.json else { return Ok(()) };
        facts["outcome"] = json!("done");
        facts["exit"] = json!(0);
        facts["count"] = json!(messages.len());
        facts["messages"] = json!(messages);
        print_json(&facts)
    }
}

fn text_row(aligned: bool, number: u32, uidl: Option<String>, octets: u64, summary: Option<Summary>) -> String {
    let uidl = uidl.unwrap_or_else(|| "-".to_owned());
    let Some(summary) = summary else {
        return if aligned {
            format!("{number:>5}  {uidl:<20}  {octets:>9}\n")
        } else {
            format!("{number}\t{uidl}\t{octets}\n")
        };
    };
    let date = summary.date.map_or_else(|| "-".to_owned(), local_minute);
    let (from, subject) = (summary.from, summary.subject);
    if aligned {
        format!("{number:>5}  {uidl:<20}  {octets:>9}  {date:<16}  {from:<30}  {subject}\n")
    } else {
        format!("{number}\t{uidl}\t{octets}\t{date}\t{from}\t{subject}\n")
    }
}

fn local_minute(date: jiff::Timestamp) -> String {
    date.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string()
}

fn json_row(number: u32, uidl: Option<&str>, octets: u64, summary: Option<Summary>) -> Value {
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
    fn rows_for_programs_have_tabs_only_between_columns() {
        let summary = Summary::from_headers(b"From: a@b\r\nSubject: x\ty\r\nDate: nonsense\r\n\r\n");
        let row = text_row(false, 3, Some(printable::text("u\ti").into_owned()), 512, Some(summary));
        assert_eq!(row.matches('\t').count(), 5, "{row:?}");
        assert!(row.starts_with("3\tu") && row.contains("\t512\t-\ta@b\t"), "{row:?}");
        assert_eq!(text_row(false, 3, None, 512, None), "3\t-\t512\n");
    }

    #[test]
    fn headers_come_together_from_pieces_in_any_order() {
        let body = |number, bytes: &[u8]| Notice::Body { kind: BodyKind::Top, number, bytes: bytes.to_vec() };
        let end = |number| Notice::BodyEnd { kind: BodyKind::Top, number, octets: 0, complete: true };
        let mut headers = Headers::default();
        for notice in [body(1, b"Subj"), body(1, b"ect: one\r\n\r\n"), end(1), body(2, b"Subject: two\r\n\r\n"), end(2)]
        {
            headers.take(notice);
        }
        let subject = |number| headers.done[&number].as_ref().unwrap().subject.clone();
        assert_eq!((subject(1).as_str(), subject(2).as_str()), ("one", "two"));
    }
}
