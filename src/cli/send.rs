//! `telepost send`: one mail, or one many times, over one connection.

mod course;
mod extensions;
mod mail;
mod report;
mod scan;

use std::path::PathBuf;

use clap::ValueEnum;

use super::args::{Connect, Output, Who, announce};
use super::{Status, Trouble, block_on, print, print_json};
use crate::wire::Side;

use course::{Course, Plan};
use extensions::Extensions;
use mail::Source;
use report::Summary;

/// Where a conversation is ended on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Stop {
    /// When TCP stands; nothing is said
    Connect,
    /// After the greeting: QUIT
    Greeting,
    /// After EHLO, LHLO or HELO: QUIT
    Helo,
    /// After STARTTLS and the hello behind it: QUIT
    Tls,
    /// After signing in: QUIT
    Auth,
    /// After MAIL FROM: QUIT
    Mail,
    /// After the last RCPT TO: QUIT
    Rcpt,
    /// After the 354 to DATA: the line is closed without a body, as nothing else keeps the mail from being taken
    Data,
}

/// What is sent, and how.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The server, smtp://, smtps:// or lmtp://, with user@ before the host and :port behind it if wanted
    #[arg(required_unless_present = "profile", conflicts_with = "profile")]
    url: Option<String>,
    #[command(flatten)]
    mail: MailArgs,
    #[command(flatten)]
    extensions: Extensions,
    /// Send it so many times over one connection, each with its own Message-ID
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    count: u64,
    /// End the conversation on purpose at this stage
    #[arg(long, value_enum, value_name = "STAGE", conflicts_with = "count")]
    stop_after: Option<Stop>,
    /// The URL's host is a mail domain: its MX hosts are tried in order
    #[arg(long, help_heading = "Connection")]
    mx: bool,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Output,
}

/// The mail itself.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Mail")]
pub struct MailArgs {
    /// Sender, such as "Ada <ada@example.org>"
    #[arg(long, value_name = "ADDRESS")]
    from: Option<String>,
    /// Recipient; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    to: Vec<String>,
    /// Recipient of a copy; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    cc: Vec<String>,
    /// Recipient that no header names; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    bcc: Vec<String>,
    /// Subject
    #[arg(long, value_name = "TEXT")]
    subject: Option<String>,
    /// The text
    #[arg(long, value_name = "TEXT", conflicts_with = "body_file")]
    body: Option<String>,
    /// Read the text from a file, or from standard input (-)
    #[arg(long, value_name = "FILE")]
    body_file: Option<PathBuf>,
    /// Attach a file; may be repeated
    #[arg(long, value_name = "FILE")]
    attach: Vec<PathBuf>,
    /// A further header, `Name: value`; may be repeated
    #[arg(long, value_name = "HEADER")]
    header: Vec<String>,
    /// Send this whole mail as it is, from a file or from standard input (-)
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["from", "to", "cc", "bcc", "subject", "body", "body_file", "attach", "header"]
    )]
    raw: Option<PathBuf>,
    /// Say this in MAIL FROM; empty for the null sender
    #[arg(long, value_name = "ADDRESS")]
    envelope_from: Option<String>,
    /// Say this in RCPT TO instead of To, Cc and Bcc; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    envelope_to: Vec<String>,
}

/// Sends, tells the outcome, and returns the exit status.
pub fn run(args: &Args) -> Result<Status, Trouble> {
    let summary = match prepare(args) {
        Ok(plan) => block_on(Course::run(plan, &args.output)),
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

/// Everything that can be found wrong before a connection is made. The secret comes last: it may be asked for.
fn prepare(args: &Args) -> Result<Plan, Trouble> {
    let mut server = args.connect.server(Side::Smtp, args.url.as_deref())?;
    server.target.mx |= args.mx;
    if args.stop_after == Some(Stop::Auth) && server.who.is_none() {
        return Err(Trouble::usage("--stop-after auth, and nobody signs in", "give --user NAME"));
    }
    let source = Source::new(&args.mail, &server.hello)?.with_manner(args.extensions.manner()?);
    server.target.proxy_header = args.extensions.proxy_header;
    let xclient = args.extensions.xclient.clone();
    announce(&server.target);
    let signs_in = args.stop_after.is_none_or(|stop| stop >= Stop::Auth);
    let sign_in = server.who.as_ref().filter(|_| signs_in).map(Who::sign_in).transpose()?;
    Ok(Plan { server, sign_in, source, xclient, count: args.count, stop: args.stop_after })
}

fn tell(summary: &Summary, args: &Args) -> Result<Status, Trouble> {
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
