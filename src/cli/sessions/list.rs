//! `telepost session list`.

use serde_json::{Value, json};

use super::folder;
use crate::cli::{Status, Trouble, print, print_json};
use crate::sessions::Listed;
use crate::transcript::text::grouped;
use crate::wire::printable;

/// Options.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Prints them all.
pub fn run(args: &Args) -> Result<(), Trouble> {
    let listed =
        folder()?.list().map_err(|error| Trouble::new(Status::Usage, format!("the saved sessions: {error}")))?;
    if args.json {
        return print_json(&json!({ "sessions": listed.iter().map(object).collect::<Vec<_>>() }));
    }
    if listed.is_empty() {
        eprintln!("telepost: no session is saved yet; the workbench keeps the last ones when it is left");
    }
    let longest = listed.iter().map(|session| session.name.as_str().chars().count()).max().unwrap_or(0);
    let zone = jiff::tz::TimeZone::system();
    print(&listed.iter().map(|session| row(session, longest, &zone)).collect::<String>())
}

fn row(session: &Listed, longest: usize, zone: &jiff::tz::TimeZone) -> String {
    let at = session.started.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string();
    let rest = match &session.trouble {
        Some(why) => format!("cannot be opened: {why}"),
        None => session.endpoints.join(", "),
    };
    let notes = match session.annotated {
        0 => String::new(),
        1 => "1 note  ".to_owned(),
        many => format!("{} notes  ", grouped(many)),
    };
    let rows = grouped(session.entries);
    let rest = printable::text(&rest);
    format!(
        "{:<longest$}  {at}  {rows:>6} rows  {:>10} B  {notes}{rest}\n",
        session.name.as_str(),
        grouped(session.octets)
    )
}

fn object(session: &Listed) -> Value {
    let harmless = |text: &String| printable::text(text).into_owned();
    json!({
        "name": session.name.as_str(),
        "named": session.name.is_given(),
        "started": session.started.to_string(),
        "endpoints": session.endpoints.iter().map(harmless).collect::<Vec<_>>(),
        "rows": session.entries,
        "notes": session.annotated,
        "octets": session.octets,
        "trouble": session.trouble,
    })
}
