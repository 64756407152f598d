//! `telepost mailbox wait`: the loop from the sender back to the mailbox, timed and compared.
//!
//! A session after the other is opened until the newest messages hold the Message-ID, as POP3 shows new mail in a new
//! session only. With --transcript the last session is kept.

mod report;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::access::{Access, refusal};
use super::{Common, Visit, delete};
use crate::cli::{Status, Trouble, args, block_on};
use crate::mail::Summary;
use crate::pop3::{BodyKind, Line, Notice, Verb};
use crate::sasl::SignIn;
use crate::wire::limits;
use report::Arrival;

/// The newest messages looked at in each session.
const NEWEST: usize = 50;
/// Octets kept of one header.
const HEADER: usize = 1024 * 1024;

/// What is waited for.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The server, pop3:// or pop3s://, with user@ before the host and :port behind it if wanted
    #[arg(required_unless_present = "profile", conflicts_with = "profile")]
    url: Option<String>,
    /// The Message-ID, as `telepost send --json` tells it
    #[arg(long, value_name = "ID")]
    message_id: String,
    /// Compare what arrives with this mail as it was sent: exit status 3 if the body differs
    #[arg(long, value_name = "FILE")]
    sent: Option<PathBuf>,
    /// Give up after so long
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(0..=86_400))]
    within: u64,
    /// Between two looks
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    every: u64,
    /// Delete it, by its UIDL in the same session; with --sent only if the body is the same
    #[arg(long)]
    delete: bool,
    /// With --sent: fetch even though the server says that it deletes what was read (EXPIRE 0)
    #[arg(long, requires = "sent")]
    accept_expire: bool,
    #[command(flatten)]
    pub(super) common: Common,
}

/// Waits for it, and tells what arrived.
pub fn run(args: &Args) -> Result<Status, Trouble> {
    let sent = args.sent.as_deref().map(as_sent).transpose()?;
    let visit = args.common.visit(args.url.as_deref(), "mailbox wait")?;
    let arrival = block_on(wait(args, &visit, sent.as_deref()))?;
    report::tell(&arrival, args.common.output.json)?;
    Ok(arrival.status())
}

/// The mail with the line ends that it is sent with: CRLF everywhere, and one at the end.
fn as_sent(path: &Path) -> Result<Vec<u8>, Trouble> {
    let read = std::fs::read(path).map_err(|error| Trouble::file(path, &error))?;
    let mut mail = Vec::with_capacity(read.len() + 2);
    let mut last = 0;
    for byte in read {
        match (last, byte) {
            (b'\r', b'\n') => {}
            (_, b'\r' | b'\n') => mail.extend(b"\r\n"),
            _ => mail.push(byte),
        }
        last = byte;
    }
    if !mail.ends_with(b"\n") {
        mail.extend(b"\r\n");
    }
    Ok(mail)
}

async fn wait(args: &Args, visit: &Visit, sent: Option<&[u8]>) -> Result<Arrival, Trouble> {
    let (began, within, every) = (Instant::now(), Duration::from_secs(args.within), Duration::from_secs(args.every));
    let mut looked = HashSet::new();
    for looks in 1.. {
        // SCRAM wants fresh randomness for each exchange.
        let sign_in = SignIn { nonce: args::nonce(), ..visit.sign_in.clone() };
        let visit = Visit { sign_in, ..visit.clone() };
        match look(args, visit, sent, &mut looked, began).await {
            Ok(Some(mut arrival)) => {
                arrival.looks = looks;
                return Ok(arrival);
            }
            Ok(None) => {}
            // Locked by somebody else, or asked too often: that is no answer yet.
            Err(trouble) if trouble.status == Status::Deferred && began.elapsed() < within => {}
            Err(trouble) => return Err(trouble),
        }
        let left = within.saturating_sub(began.elapsed());
        if left.is_zero() {
            break;
        }
        tokio::time::sleep(every.min(left)).await;
    }
    let what = format!("no message with this Message-ID arrived within {} s", args.within);
    Err(Trouble::new(Status::Broken, what).advise("--within SECONDS waits longer"))
}

/// One session.
async fn look(
    args: &Args,
    visit: Visit,
    sent: Option<&[u8]>,
    looked: &mut HashSet<String>,
    began: Instant,
) -> Result<Option<Arrival>, Trouble> {
    let mut access = Access::open(visit, &args.common.output).await?;
    let seen = see(&mut access, args, sent, looked, began).await;
    match seen {
        Ok(None) => access.quit().await.map(|_| None),
        Ok(Some(mut arrival)) => {
            arrival.facts = access.facts();
            let ending = access.quit().await?;
            if arrival.deleted {
                delete::verdict(ending.as_ref())?;
            }
            Ok(Some(arrival))
        }
        Err(trouble) => Err(access.give_up(trouble).await),
    }
}

/// Finds it among the newest, and does with it what was asked for. On any error the caller drops the line.
async fn see(
    access: &mut Access,
    args: &Args,
    sent: Option<&[u8]>,
    looked: &mut HashSet<String>,
    began: Instant,
) -> Result<Option<Arrival>, Trouble> {
    access.listing().await?;
    let wanted = args.message_id.trim().trim_matches(['<', '>']);
    let Some((number, head)) = find(access, wanted, looked).await? else { return Ok(None) };
    let seconds = began.elapsed().as_secs_f64();
    if sent.is_some() {
        let advice = "give --accept-expire, or leave out --sent";
        super::expire::allowed(access.capabilities.as_deref(), args.accept_expire, advice)?;
    }
    let mail = if sent.is_some() { Some(retrieve(access, number).await?) } else { None };
    let uidl = access.ids.get(number).map(str::to_owned);
    let mut arrival = Arrival::new(number, uidl, seconds, &head, sent.zip(mail.as_deref()));
    if args.delete && arrival.status() == Status::Done {
        mark(access, &arrival).await?;
        arrival.deleted = true;
    }
    Ok(Some(arrival))
}

/// The number and header of the newest message with this Message-ID.
async fn find(
    access: &mut Access,
    wanted: &str,
    looked: &mut HashSet<String>,
) -> Result<Option<(u32, Vec<u8>)>, Trouble> {
    let newest = access.scans.iter().rev().take(NEWEST).map(|(number, _)| *number);
    let fresh = newest.filter(|number| access.ids.get(*number).is_none_or(|id| !looked.contains(id)));
    let fresh: Vec<u32> = fresh.collect();
    for number in &fresh {
        access.line(Line::top(*number, 0));
    }
    let headers = headers(access, fresh.len()).await?;
    let is_it =
        |number: &&u32| headers.get(number).is_some_and(|head| Summary::from_headers(head).message_id == wanted);
    let found = fresh.iter().find(is_it).copied();
    looked.extend(fresh.iter().filter_map(|number| access.ids.get(*number).map(str::to_owned)));
    Ok(found.and_then(|number| headers.get(&number).map(|head| (number, head.clone()))))
}

/// The headers that `count` TOP commands gave.
async fn headers(access: &mut Access, count: usize) -> Result<HashMap<u32, Vec<u8>>, Trouble> {
    let (mut headers, mut left, mut refused) = (HashMap::<u32, Vec<u8>>::new(), count, None);
    while left > 0 {
        match access.next().await? {
            Notice::Body { kind: BodyKind::Top, number, bytes } => {
                let head = headers.entry(number).or_default();
                if head.len() + bytes.len() > HEADER {
                    return Err(Trouble::new(Status::Broken, format!("the header of message {number} does not end")));
                }
                head.extend_from_slice(&bytes);
            }
            Notice::BodyEnd { kind: BodyKind::Top, complete: true, .. } => left -= 1,
            Notice::BodyEnd { kind: BodyKind::Top, complete: false, .. } => {
                return Err(Trouble::new(Status::Broken, "the line went away within the headers"));
            }
            Notice::Replied { verb: Verb::Top, response, .. } if !response.is_ok() => {
                left -= 1;
                refused = Some(response);
            }
            Notice::Dropped { why, .. } => return Err(Trouble::new(Status::Internal, why)),
            _ => {}
        }
    }
    match refused {
        Some(response) if headers.is_empty() => {
            Err(refusal("TOP", &response).advise("without TOP a message cannot be found by its Message-ID"))
        }
        _ => Ok(headers),
    }
}

/// The whole message.
async fn retrieve(access: &mut Access, number: u32) -> Result<Vec<u8>, Trouble> {
    access.line(Line::numbered(Verb::Retr, number));
    let mut mail = Vec::new();
    loop {
        match access.next().await? {
            Notice::Body { bytes, .. } if mail.len() + bytes.len() <= limits::MESSAGE_IN_MEMORY => mail.extend(bytes),
            Notice::Body { .. } => {
                let what = format!("the message is bigger than the {} octets compared", limits::MESSAGE_IN_MEMORY);
                return Err(Trouble::usage(what, "leave --sent out, and compare files"));
            }
            Notice::BodyEnd { complete: true, .. } => return Ok(mail),
            Notice::BodyEnd { complete: false, octets, .. } => {
                let what = format!("the line went away after {octets} octets: message {number} is incomplete");
                return Err(Trouble::new(Status::Broken, what));
            }
            Notice::Replied { verb: Verb::Retr, response, .. } if !response.is_ok() => {
                return Err(refusal(&format!("RETR {number}"), &response));
            }
            Notice::Dropped { why, .. } => return Err(Trouble::new(Status::Internal, why)),
            _ => {}
        }
    }
}

/// DELE, once its unique-id stands for this message and no other.
async fn mark(access: &mut Access, arrival: &Arrival) -> Result<(), Trouble> {
    let Some(uidl) = &arrival.uidl else {
        return Err(Trouble::new(Status::Refused, "the message has no unique-id: it is not deleted"));
    };
    if access.find(uidl)? != arrival.number {
        let what = format!("the unique-id {uidl} does not stand for message {}: it is not deleted", arrival.number);
        return Err(Trouble::new(Status::Refused, what));
    }
    access.line(Line::numbered(Verb::Dele, arrival.number));
    loop {
        match access.next().await? {
            Notice::Marked(number) if number == arrival.number => return Ok(()),
            Notice::Replied { verb: Verb::Dele, response, .. } if !response.is_ok() => {
                return Err(refusal(&format!("DELE {}", arrival.number), &response));
            }
            Notice::Dropped { why, .. } => return Err(Trouble::new(Status::Internal, why)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_read_with_the_line_ends_that_go_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.eml");
        for (file, sent) in [("a\nb", "a\r\nb\r\n"), ("a\r\nb\r\n", "a\r\nb\r\n"), ("a\rb\n\n", "a\r\nb\r\n\r\n")] {
            std::fs::write(&path, file).unwrap();
            assert_eq!(as_sent(&path).unwrap(), sent.as_bytes(), "{file:?}");
        }
        assert_eq!(as_sent(&folder.path().join("none")).unwrap_err().status, Status::Usage);
    }
}
