//! The newest messages and nothing else: STAT, then LIST, UIDL and TOP of each, in as few round trips as the server
//! allows.

use std::collections::VecDeque;

use super::{Headers, Table};
use crate::cli::mailbox::access::{Access, refusal};
use crate::cli::{Status, Trouble};
use crate::mail::summary::Summary;
use crate::pop3::{BodyKind, Line, Notice, Response, Scan, UniqueId, Verb};

/// Messages asked for ahead of the one that is printed next.
const AHEAD: usize = 256;

/// A message that is asked for.
#[derive(Debug)]
struct Row {
    number: u32,
    /// Answers still due.
    due: usize,
    /// Octets, where LIST named them.
    octets: Option<u64>,
    summary: Option<Summary>,
    /// LIST does not know it.
    refused: Option<Response>,
}

/// Prints the newest `limit` messages, oldest of them first.
pub async fn fill(access: &mut Access, table: &mut Table, limit: u32, headers: bool) -> Result<(), Trouble> {
    let last = access.count().await?;
    let mut numbers = (last.saturating_sub(limit) + 1..=last).peekable();
    let verbs = verbs(access, headers);
    let (mut rows, mut collected) = (VecDeque::new(), Headers::default());
    let (mut printed, mut refused) = (0, None);
    loop {
        if rows.len() <= AHEAD / 2 {
            while rows.len() < AHEAD
                && let Some(number) = numbers.next()
            {
                rows.push_back(ask(access, &verbs, number));
                if numbers.peek().is_none() {
                    access.leave_behind();
                }
            }
        }
        let Some(row) = rows.front() else { break };
        if row.due > 0 {
            let notice = access.next().await?;
            take(access, &mut rows, &mut collected, notice)?;
        } else if let Some(row) = rows.pop_front() {
            if let Some(response) = row.refused {
                refused = Some((row.number, response));
            } else {
                printed += 1;
                table.row(row.number, access.ids.get(row.number), row.octets, row.summary);
            }
            table.show_when(access.is_waiting())?;
        }
    }
    match refused {
        Some((number, response)) if printed == 0 => Err(refusal(&format!("LIST {number}"), &response)),
        _ => Ok(()),
    }
}

/// What is asked of each message.
fn verbs(access: &Access, headers: bool) -> Vec<Verb> {
    let wanted = |verb: &Verb| *verb != Verb::Top || headers;
    [Verb::List, Verb::Uidl, Verb::Top].into_iter().filter(|verb| wanted(verb) && access.may_have(*verb)).collect()
}

fn ask(access: &mut Access, verbs: &[Verb], number: u32) -> Row {
    for verb in verbs {
        access.line(if *verb == Verb::Top { Line::top(number, 0) } else { Line::numbered(*verb, number) });
    }
    Row { number, due: verbs.len(), octets: None, summary: None, refused: None }
}

fn take(access: &mut Access, rows: &mut VecDeque<Row>, collected: &mut Headers, notice: Notice) -> Result<(), Trouble> {
    match notice {
        Notice::Replied { verb, number: Some(number), response, .. } => {
            let Some(row) = row_of(rows, number) else { return Ok(()) };
            match verb {
                Verb::List if response.is_ok() => row.octets = octets(number, &response),
                Verb::List => row.refused = Some(response),
                Verb::Uidl if response.is_ok() => {
                    let id = UniqueId::parse(response.text.as_bytes()).filter(|id| id.number == number);
                    access.ids.extend(id);
                }
                // The header follows.
                Verb::Top if response.is_ok() => return Ok(()),
                _ => {}
            }
            row.due -= 1;
        }
        Notice::BodyEnd { kind: BodyKind::Top, number, complete: true, .. } => {
            collected.take(notice)?;
            if let Some(row) = row_of(rows, number) {
                row.summary = collected.take_out(number);
                row.due -= 1;
            }
        }
        Notice::Dropped { why, .. } => return Err(Trouble::new(Status::Broken, why)),
        other => collected.take(other)?,
    }
    Ok(())
}

/// Answers come in order, so that it is near the front.
fn row_of(rows: &mut VecDeque<Row>, number: u32) -> Option<&mut Row> {
    rows.iter_mut().find(|row| row.number == number)
}

fn octets(number: u32, response: &Response) -> Option<u64> {
    Scan::parse(response.text.as_bytes()).filter(|scan| scan.number == number).map(|scan| scan.octets)
}
