//! `telepost session diff`.

use super::opened;
use crate::cli::{Status, Trouble, print, print_json};
use crate::sessions::{compare, report};
use crate::wire::printable;

/// Options.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Queue ids, dates, times, ports, addresses in brackets, digests and Message-IDs in the texts of \
replies are no differences, nor is a command that was written otherwise.\n\
Exit status: 0 the same was said, 3 something else was said, 2 a session cannot be read."
)]
pub struct Args {
    /// One session: a name, `last`, or the path of a .jsonl file
    #[arg(value_name = "A")]
    left: String,
    /// The other session
    #[arg(value_name = "B")]
    right: String,
    /// Waits that differ (twice as long, and 50 ms) count as differences too
    #[arg(long)]
    times: bool,
    /// Columns of the text
    #[arg(long, value_name = "COLUMNS", default_value_t = 100, value_parser = clap::value_parser!(u16).range(40..=1000))]
    width: u16,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Prints how they differ.
pub fn run(args: &Args) -> Result<Status, Trouble> {
    let (left, right) = (opened(&args.left)?, opened(&args.right)?);
    let comparison = compare(&left.transcript, &right.transcript);
    if args.json {
        print_json(&report::json(&comparison))?;
    } else {
        let [left, right] = [&args.left, &args.right].map(|name| printable::text(name).into_owned());
        print(&report::text(&comparison, [&left, &right], args.width.into()))?;
    }
    let differs = comparison.differences() > 0 || args.times && comparison.waits() > 0;
    Ok(if differs { Status::Partial } else { Status::Done })
}
