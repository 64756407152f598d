//! `telepost send`: one mail or many, over one connection or several.

mod compose;
mod course;
mod crew;
mod desk;
mod dry;
mod extensions;
mod faults;
mod lists;
mod mail;
mod options;
mod pane;
mod report;
mod results;
mod scan;
mod shown;
mod watch;

use std::io::{self, Write};

use super::args::{Connect, Output, Server, Who, announce};
use super::{Status, Trouble, block_on, print, print_json};
use crate::smtp::{Manner, Stage, Transfer};
use crate::wire::{Side, printable};

use course::Plan;
use desk::Desk;
use extensions::Extensions;
use mail::Source;
pub use pane::run as from_workbench;

use options::{EndArgs, MailArgs, ManyArgs};
use report::Summary;
use results::Results;
use watch::AtTerminal;

/// What is sent, and how.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP, group = clap::ArgGroup::new("transfer").args(["data", "bdat"]))]
pub struct Args {
    /// The server, smtp://, smtps:// or lmtp://, with user@ before the host and :port behind it if wanted
    #[arg(required_unless_present = "profile", conflicts_with = "profile")]
    url: Option<String>,
    #[command(flatten)]
    mail: MailArgs,
    #[command(flatten)]
    extensions: Extensions,
    #[command(flatten)]
    many: ManyArgs,
    #[command(flatten)]
    end: EndArgs,
    /// Print the command of this tool that does the same, and connect to nothing; no secret is in it
    #[arg(
        long,
        value_enum,
        value_name = "TOOL",
        conflicts_with_all = ["json", "dry_run", "count", "each", "csv", "xclient"]
    )]
    show_command: Option<shown::Tool>,
    /// The URL's host is a mail domain: its MX hosts are tried in order
    #[arg(long, help_heading = "Connection")]
    mx: bool,
    #[command(flatten)]
    connect: Connect,
    /// Print the commands and octets of every mail as they would be sent, and connect to nothing
    #[arg(long, help_heading = "Output", conflicts_with_all = ["json", "results", "stop_after", "drop_after"])]
    dry_run: bool,
    #[command(flatten)]
    output: Output,
}

const AFTER_HELP: &str = "\
Examples (start `telepost sandbox --smtp-port 2525 --ca-file ca.pem` first):
  telepost send smtp://127.0.0.1:2525 --ca ca.pem --from ada@sandbox.test \\
    --to bob@sandbox.test --subject Hello --body Hi --attach ca.pem
  telepost send smtp://127.0.0.1:2525 --ca ca.pem --from ada@sandbox.test \\
    --to bob@sandbox.test --body Hi --dsn-notify success,failure --bdat -v
  telepost send smtp://127.0.0.1:2525 --ca ca.pem --from ada@sandbox.test \\
    --to bob@sandbox.test --body Hi --count 1000 --connections 4

Every mail is checked before a connection is made. What is asked for under Extensions has to be announced by the \
server, or the mail is refused before MAIL; --bdat alone does without.
A mail that is known not to have been sent when its connection was lost goes over another one; one whose fate is \
unknown is never sent again.
Ctrl-C waits up to ten seconds for the replies to what is under way, and ends with status 130; a second one drops the \
lines at once.
Exit status: 0 sent, 2 wrong usage, 3 sent in part, 4 unknown, 5 refused, 6 not now, 7 sign-in, 8 TLS, 9 no \
connection, 10 connection lost; `telepost man send` says more.

A line of --results has index (from 1), row (of the table), message_id, outcome, stage, queue_id, recipients (address, \
outcome, code, enhanced, text), why, and ms (from the mail's turn to its last reply).
With several mails the object of --json also has mails (how many by outcome), unsent, octets, seconds, rate (mails a \
second that went to anybody), stages (p50, p90, p99, max in ms from the reply before, so that of commands sent \
together the first has the wait; and count) and failures (index, address, reply; the first \
20).";

/// Sends, tells the outcome, and returns the exit status.
pub fn run(args: &Args) -> Result<Status, Trouble> {
    let summary = match prepare(args) {
        Ok((server, mut source, manner)) if args.dry_run => {
            return dry::run(&mut source, &manner, &server).map(|()| Status::Done);
        }
        Ok((server, source, manner)) if args.show_command.is_some() => {
            let shown = args.show_command.map(|tool| shown::run(tool, args, &server, &source, manner));
            return shown.transpose().map(|_| Status::Done);
        }
        Ok((server, source, manner)) => send(args, server, source, manner),
        Err(trouble) => Err(trouble),
    };
    match summary {
        Ok(summary) => tell(&summary, args),
        Err(trouble) => {
            if args.output.json {
                print_json(&report::json_of_trouble(&trouble))?;
            }
            Err(trouble)
        }
    }
}

/// Everything that can be found wrong before a connection is made.
fn prepare(args: &Args) -> Result<(Server, Source, Manner), Trouble> {
    let mut server = args.connect.server(Side::Smtp, args.url.as_deref())?;
    server.target.mx |= args.mx;
    if args.end.halt().is_some_and(|halt| halt.after == Stage::Auth) && server.who.is_none() {
        return Err(Trouble::usage("it ends after the sign-in, and nobody signs in", "give --user NAME"));
    }
    let source = Source::new(&args.mail, &args.many, &server.hello)?;
    server.target.proxy_header = args.extensions.proxy_header;
    let manner = manner(args, &source)?;
    if let Some(words) = faults::words(source.flaws(), manner.flaws) {
        note(&words);
    }
    Ok((server, source, manner))
}

/// How every mail is sent, but for what the server's announcements decide.
fn manner(args: &Args, source: &Source) -> Result<Manner, Trouble> {
    let kept = source.manner().clone();
    let asked = args.extensions.manner()?;
    let flaws = faults::on_the_way(&args.mail.fault, source.flaws(), kept.flaws);
    let transfer = match (args.many.data, asked.transfer) {
        (true, _) => Transfer::Data,
        (false, Transfer::Bdat) => Transfer::Bdat,
        (false, Transfer::Data) => kept.transfer,
    };
    Ok(Manner { requests: asked.requests.or(kept.requests), flaws, transfer, halt: None })
}

/// The secret comes last: it may be asked for.
fn send(args: &Args, server: Server, source: Source, manner: Manner) -> Result<Summary, Trouble> {
    let total = source.total();
    let results = args.many.results.as_deref().map(Results::create).transpose()?;
    announce(&server.target);
    let halt = args.end.halt();
    let signs_in = halt.is_none_or(|halt| halt.after >= Stage::Auth);
    let sign_in = server.who.as_ref().filter(|_| signs_in).map(Who::sign_in).transpose()?;
    let bdat = total > 1 && !args.many.data;
    let xclient = args.extensions.xclient.clone();
    let plan = Plan { server, sign_in, manner, bdat, halt, per_connection: args.many.per_connection, xclient };
    let connections = connections(args.many.connections, total);
    let desk = Desk::new(source, args.many.rate, results, connections);
    block_on(async {
        let mut terminal = AtTerminal::new(args.output.verbose)?;
        let summary = crew::run(plan, desk, connections, &args.output, &mut terminal).await;
        terminal.clear();
        summary
    })
}

/// No more connections than mails.
fn connections(asked: u16, total: u64) -> usize {
    usize::from(asked).min(usize::try_from(total).unwrap_or(usize::MAX))
}

fn tell(summary: &Summary, args: &Args) -> Result<Status, Trouble> {
    summary.others().iter().for_each(|line| note(line));
    if args.output.json {
        print_json(&summary.json())?;
    } else {
        print(&summary.text())?;
    }
    match summary.trouble() {
        Some(trouble) => Err(trouble),
        None => Ok(summary.status()),
    }
}

/// A line for the person, on standard error.
fn note(line: &str) {
    // There is no other place to tell that standard error is closed.
    let _ = writeln!(io::stderr(), "telepost: {}", printable::text(line));
}
