//! `telepost fetch`: download a POP3 mailbox (RFC 1939) to a Maildir, an mbox file or single files.
//!
//! Which messages, and what is allowed, is decided here; how they come is the course's and the keeper's of
//! [`crate::download`]. A message is deleted on the server only by the session that fetched it, and only when it is safe
//! on disk.

mod choice;
mod drive;
mod journal;
mod since;
mod summary;

use std::io::{self, Write};
use std::path::PathBuf;

use super::mailbox::access::Access;
use super::mailbox::{Common, Visit};
use super::{Status, Trouble, block_on, print, print_json};
use crate::download::order::maildrop;
use crate::download::{Cause, Destination, Keeper};
use crate::wire::printable;
use choice::Choice;
use drive::{Drive, End};
use since::Since;
use summary::{Goodbye, Summary};

/// Which messages, and where to.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct Args {
    /// The server, pop3:// or pop3s://, with user@ before the host and :port behind it if wanted
    #[arg(required_unless_present = "profile", conflicts_with = "profile")]
    url: Option<String>,
    #[command(flatten)]
    to: To,
    /// Only messages that an earlier run has not put there; told by their UIDLs
    #[arg(long)]
    new: bool,
    /// Delete on the server what this run fetched, each message once it is safe on disk
    #[arg(long)]
    delete: bool,
    /// With --new --delete: delete on the server also what an earlier run put there
    #[arg(long, requires_all = ["new", "delete"])]
    delete_fetched: bool,
    /// At most so many messages, in the server's order
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    /// Only messages since then by their Date field: 2026-01-31, 2026-01-31T12:00, or 7d, 2w, 12h ago
    #[arg(long, value_name = "DATE", value_parser = since::parse)]
    since: Option<Since>,
    /// Fetch even though the server says that it deletes what was read (EXPIRE 0)
    #[arg(long)]
    accept_expire: bool,
    #[command(flatten)]
    common: Common,
}

/// Exactly one of them.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct To {
    /// Put the messages into this Maildir; it is made if it is not there
    #[arg(long, value_name = "DIR")]
    maildir: Option<PathBuf>,
    /// Append the messages to this file, in mboxrd form
    #[arg(long, value_name = "FILE")]
    mbox: Option<PathBuf>,
    /// Put each message into a file of its own, ending in .eml, in this folder
    #[arg(long, value_name = "DIR")]
    eml: Option<PathBuf>,
}

const AFTER_HELP: &str = "\
With --new --delete only what this run fetched is deleted; what an earlier run fetched stays on the server, unless \
--delete-fetched is given. It goes by the journal of that run: whether its file is still there is not looked at. A message \
whose UIDL is missing, not valid or given to several messages is fetched, but never deleted. A message without a \
readable Date field is taken by every --since.
Ctrl-C finishes and makes safe what is under way, and ends with status 130; a second one drops the line at once. \
Whatever ends a run, the same call with --new goes on where it stopped.";

impl To {
    fn destination(&self) -> Result<Destination, Trouble> {
        match (&self.maildir, &self.mbox, &self.eml) {
            (Some(folder), None, None) => Ok(Destination::Maildir(folder.clone())),
            (None, Some(file), None) => Ok(Destination::Mbox(file.clone())),
            (None, None, Some(folder)) => Ok(Destination::Eml(folder.clone())),
            _ => Err(Trouble::usage("there is no one place for the messages", "give --maildir, --mbox or --eml")),
        }
    }
}

/// Does it and returns the exit status.
pub fn run(args: &Args) -> Result<Status, Trouble> {
    let result = fetch(args);
    let json = args.common.output.json;
    match result {
        Ok(summary) => tell(&summary, json),
        Err(trouble) => {
            if json {
                print_json(&summary::json_of_trouble(&trouble))?;
            }
            Err(trouble)
        }
    }
}

fn tell(summary: &Summary, json: bool) -> Result<Status, Trouble> {
    if json {
        print_json(&summary.json())?;
    } else {
        print(&summary.text())?;
    }
    for line in summary.notes() {
        note(&line);
    }
    summary.trouble().map_or(Ok(summary.status()), Err)
}

fn fetch(args: &Args) -> Result<Summary, Trouble> {
    let destination = args.to.destination()?;
    journal::examine(&destination)?;
    let visit = args.common.visit(args.url.as_deref(), "fetch")?;
    let account = account(&visit);
    block_on(async {
        let mut access = Access::open(visit, &args.common.output).await?;
        let ready = prepare(&mut access, args, &destination, &account).await;
        let (keeper, choice) = match ready {
            Ok(ready) => ready,
            Err(trouble) => return Err(access.give_up(trouble).await),
        };
        let mut summary = Summary::new(&destination, args.delete, choice.known.len());
        match Drive::start(&mut access, keeper, choice, args) {
            Ok(drive) => {
                let end = drive.run().await?;
                leave(access, end, &mut summary).await?;
                Ok(summary)
            }
            Err(trouble) => Err(access.give_up(trouble).await),
        }
    })
}

/// A line for the person, on standard error.
fn note(line: &str) {
    // There is no other place to tell that standard error is closed.
    let _ = writeln!(io::stderr(), "telepost: {}", printable::text(line));
}

/// The name of the maildrop in the journal.
fn account(visit: &Visit) -> String {
    let target = &visit.server.target;
    maildrop(&visit.sign_in.user, &target.host, target.port)
}

/// Looks what there is, refuses what cannot be done, and chooses.
async fn prepare(
    access: &mut Access,
    args: &Args,
    destination: &Destination,
    account: &str,
) -> Result<(Keeper, Choice), Trouble> {
    access.listing().await?;
    choice::allowed(access, args)?;
    let keeper = journal::open(destination, account)?;
    let limit = args.limit.map_or(usize::MAX, |limit| limit as usize);
    let mut choice = Choice::of(access, args.new.then(|| keeper.fetched()));
    // The listing of a large mailbox is not kept for the length of a download.
    drop((std::mem::take(&mut access.scans), std::mem::take(&mut access.ids)));
    match &args.since {
        Some(since) => choice.wanted = since::sift(access, choice.wanted, since.moment()?, limit).await?,
        None => choice.wanted.truncate(limit),
    }
    Ok((keeper, choice))
}

/// Says goodbye as it befits the end, and tells the summary what came of it.
async fn leave(access: Access, end: End, summary: &mut Summary) -> Result<(), Trouble> {
    let End { outcome, interrupted, lost, signals } = end;
    summary.facts = access.facts();
    let in_vain = outcome.cause == Cause::Disk && outcome.marked.is_empty();
    let goodbye = if lost.is_some() || outcome.cause == Cause::Line || in_vain {
        let why = lost.unwrap_or_else(|| Trouble::new(Status::Broken, outcome.why.clone().unwrap_or_default()));
        Goodbye::Unsaid(access.give_up(why).await)
    } else {
        match drive::unless_interrupted(access.quit(), signals).await {
            Some(ending) => Goodbye::Said(ending?),
            None => Goodbye::LetGo,
        }
    };
    let interrupted = interrupted > 0 || matches!(goodbye, Goodbye::LetGo);
    summary.ended(outcome, interrupted, goodbye);
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Only {
        #[command(flatten)]
        args: Args,
    }

    fn args(line: &str) -> Result<Args, clap::Error> {
        Only::try_parse_from(std::iter::once("x").chain(line.split_whitespace())).map(|only| only.args)
    }

    #[test]
    fn there_is_exactly_one_destination() {
        for (line, destination) in [
            ("pop3://a --maildir M", Destination::Maildir("M".into())),
            ("pop3://a --mbox f", Destination::Mbox("f".into())),
            ("--profile work --eml d", Destination::Eml("d".into())),
        ] {
            assert_eq!(args(line).unwrap().to.destination(), Ok(destination), "{line}");
        }
        for line in ["pop3://a", "pop3://a --maildir M --mbox f", "pop3://a --mbox f --eml d", "--mbox f"] {
            assert_eq!(args(line).unwrap_err().exit_code(), 2, "{line}");
        }
    }

    #[test]
    fn the_account_names_user_host_and_port() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "secret\n").unwrap();
        let line = format!("pop3s://ada@mail.example --mbox f --password-file {}", file.path().display());
        let visit = args(&line).unwrap().common.visit(Some("pop3s://ada@mail.example"), "fetch").unwrap();
        assert_eq!(account(&visit), "ada@mail.example:995");
    }

    #[test]
    fn nothing_can_be_limited_to_no_message() {
        for line in ["--limit 0", "--limit many", "--since lunch", "--since"] {
            assert!(args(&format!("pop3://a --mbox f {line}")).is_err(), "{line}");
        }
    }
}
