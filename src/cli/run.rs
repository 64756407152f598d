//! `telepost run`: plays a script against a server, or against two at once.
//!
//! | file | duty |
//! |---|---|
//! | `source` | from the argument to a script, and all that can be found wrong before anything connects |
//! | `places` | which server for which side, of one play or two |
//! | `driver` | acts become requests, reports become what was heard |
//! | `played` | what came of a play, and the exit status of it |
//! | `compare` | two plays of one script side by side |
//! | `report` | for people, for programs, for a build server |

mod compare;
mod driver;
mod places;
mod played;
mod report;
mod source;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;

use futures_util::future::try_join_all;
use tokio::sync::Mutex;

use super::args::{Connect, Output, local_zone};
use super::{Status, Trouble, block_on, print, print_json};
use crate::script::{Script, is_name};
use crate::sessions::compare::compare_exchanges;
use crate::wire::printable;

use places::Places;
use played::{Outcome, Played};

/// What is played, and against which servers.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct Args {
    /// The script, or a recorded session (.jsonl); - reads a script from standard input
    #[arg(value_name = "SCRIPT", required_unless_present = "session")]
    script: Option<String>,
    /// Server of the side that its scheme names; a second one of the same kind is played at the same time
    #[arg(value_name = "URL")]
    urls: Vec<String>,
    /// Play against this server too, at the same time, and tell where the replies differ
    #[arg(long, value_name = "URL")]
    against: Vec<String>,
    /// Play a saved session, by its name, or `last`
    #[arg(long, value_name = "NAME", help_heading = "Sessions")]
    session: Option<String>,
    /// Put names, addresses, date and Message-ID of this run in place of those of the session
    #[arg(long, help_heading = "Sessions")]
    adapt: bool,
    /// Compare what came with the session: exit status 3 if something else was said
    #[arg(long, conflicts_with_all = ["against", "check"], help_heading = "Sessions")]
    differences: bool,
    /// Note what is not as expected, and go on all the same
    #[arg(long)]
    through: bool,
    /// The variable `from`: who sends
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    from: Option<String>,
    /// The variable `to`, and given again `to_2`, `to_3`: who is sent to
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    to: Vec<String>,
    /// Set a variable of the script; may be given again
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = assignment)]
    variables: Vec<(String, String)>,
    /// Read the script, tell what is wrong with it, and connect to nothing
    #[arg(long)]
    check: bool,
    /// Write the report: .txt, .json, or .xml for build servers
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    report: Option<PathBuf>,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Output,
}

const AFTER_HELP: &str = "\
A script has one statement a line: connect smtp, send LINE, expect 250, body, starttls, auth, if, wait, set and others. \
Variables that are always there: helo, from, date, message_id, unique, host. docs/scripts.md tells all of it. \
A recorded session is played as it was said; --adapt has a message_id, date, helo and from of this run, and wants --to.
Exit status: 0 when all that was expected came; 5 or 6 where a refusal came instead, for good or for now; 10 where it was \
another reply; 4 where the line was lost behind the final dot; 3 where --differences finds any; 2 for a script that \
cannot be read.
  telepost run hello.telepost smtp://127.0.0.1:2525 --set to=bob@sandbox.test
  telepost run hello.telepost smtp://127.0.0.1:2525 --against smtp://127.0.0.1:2626
  telepost run hello.telepost smtp://127.0.0.1:2525 --report result.xml";

/// `NAME=VALUE`.
fn assignment(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    if !is_name(name) {
        return Err("a name has letters, digits and _".to_owned());
    }
    if value.contains(['\r', '\n']) {
        return Err("a value cannot hold a line end".to_owned());
    }
    Ok((name.to_owned(), value.to_owned()))
}

/// An address as MAIL FROM and RCPT TO have it, without the angle brackets.
fn address(text: &str) -> Result<String, String> {
    if text.contains(|character: char| character.is_control() || matches!(character, '<' | '>' | ' ')) {
        return Err("write an address such as bob@mail.example, without brackets".to_owned());
    }
    Ok(text.to_owned())
}

/// Plays, tells, and returns the exit status.
pub fn run(args: &Args) -> Result<Status, Trouble> {
    let done = source::of(args).and_then(|source| {
        let known = known(args);
        let script = source.script(&known.iter().map(String::as_str).collect::<Vec<_>>())?;
        if args.check { checked(args, &source, &script) } else { play(args, &source, &script) }
    });
    if let Err(trouble) = &done
        && args.output.json
    {
        print_json(&report::json::of_trouble(trouble))?;
    }
    done
}

/// Names that are set from outside.
fn known(args: &Args) -> Vec<String> {
    let always = ["helo", "from", "date", "message_id", "unique", "host"].map(str::to_owned);
    always.into_iter().chain(args.given().map(|(name, _)| name)).collect()
}

impl Args {
    /// Variables of the command line; of two with one name the later counts.
    fn given(&self) -> impl Iterator<Item = (String, String)> {
        let from = self.from.iter().map(|from| ("from".to_owned(), from.clone()));
        let to = (1..)
            .zip(&self.to)
            .map(|(number, to)| (if number == 1 { "to".to_owned() } else { format!("to_{number}") }, to.clone()));
        from.chain(to).chain(self.variables.iter().cloned())
    }

    /// The URLs; where a session is named, what stands in the place of the script is one.
    fn urls(&self) -> impl Iterator<Item = &String> {
        self.script.iter().filter(|_| self.session.is_some()).chain(&self.urls)
    }
}

fn checked(args: &Args, source: &source::Source, script: &Script) -> Result<Status, Trouble> {
    let count = script.statements.len();
    if args.output.json {
        print_json(&serde_json::json!({ "outcome": "checked", "exit": 0, "statements": count, "faults": [] }))?;
    } else {
        print(&format!("{}: {count} statements, no fault\n", printable::text(&source.name)))?;
    }
    Ok(Status::Done)
}

fn play(args: &Args, source: &source::Source, script: &Script) -> Result<Status, Trouble> {
    let place = args.report.as_deref().map(report::Place::take).transpose()?;
    let places = places::of(args, script)?;
    if args.differences && places.len() > 1 {
        return Err(Trouble::usage("--differences holds one play against its session", "give one server of a kind"));
    }
    warn(args, script);
    let plays = block_on(async {
        // Only one may ask on the terminal at a time.
        let asking = Mutex::new(());
        let plays = places.iter().enumerate().map(|(number, servers)| one(args, script, number, servers, &asking));
        try_join_all(plays).await
    })?;
    let came = plays.first().and_then(|play| play.came.clone());
    let recording = source.recorded().zip(came).filter(|_| args.differences);
    let recording = recording.map(|(recorded, came)| compare_exchanges(recorded, came));
    let outcome = Outcome { script: source.name.clone(), plays, recording };
    if let Some(place) = place {
        place.write(&outcome)?;
    }
    if args.output.json {
        print_json(&report::json::of(&outcome))?;
    } else {
        print(&report::text(&outcome))?;
    }
    match outcome.trouble() {
        // The object on standard output is there already.
        Some(trouble) if args.output.json => {
            super::print_trouble(trouble);
            Ok(trouble.status)
        }
        Some(trouble) => Err(trouble.clone()),
        None => Ok(outcome.status()),
    }
}

async fn one(
    args: &Args,
    script: &Script,
    number: usize,
    places: &Places,
    asking: &Mutex<()>,
) -> Result<Played, Trouble> {
    let output = output_of(&args.output, number);
    let variables = variables(args, places);
    driver::Driver::new(args, script, places, variables, &output, asking)?.play().await
}

/// The second of two plays has a transcript of its own: `name-2.txt` beside `name.txt`.
fn output_of(output: &Output, number: usize) -> Output {
    let beside = |path: &PathBuf| {
        let (stem, ending) = (path.file_stem().unwrap_or_default(), path.extension().unwrap_or_default());
        let name = format!("{}-{}.{}", stem.to_string_lossy(), number + 1, ending.to_string_lossy());
        if number == 0 { path.clone() } else { path.with_file_name(name) }
    };
    Output { transcript: output.transcript.as_ref().map(beside), ..output.clone() }
}

/// Those that are always there, and over them those of the command line.
fn variables(args: &Args, places: &Places) -> BTreeMap<String, Vec<u8>> {
    let hello = places.hello().unwrap_or_else(|| args.connect.hello());
    let user = places.user().unwrap_or_else(|| "telepost".to_owned());
    let from = if user.contains('@') { user } else { format!("{user}@{hello}") };
    let now = jiff::Timestamp::now().to_zoned(local_zone());
    let built_in = [
        // A year that RFC 5322 cannot write has no date.
        ("date", jiff::fmt::rfc2822::to_string(&now).unwrap_or_default()),
        ("from", from),
        ("unique", format!("{}.{:08x}", now.timestamp().as_millisecond(), rand::random::<u32>())),
        ("host", places.host().unwrap_or_default()),
        ("helo", hello),
    ];
    let built_in = built_in.into_iter().map(|(name, value)| (name.to_owned(), value));
    built_in.chain(args.given()).map(|(name, value)| (name, value.into_bytes())).collect()
}

/// Says on standard error what a person should not overlook.
fn warn(args: &Args, script: &Script) {
    let mut warnings: Vec<String> = script
        .secrets()
        .into_iter()
        .map(|it| format!("line {} has its secret written out ({}): auth takes it from elsewhere", it.line, it.shown))
        .collect();
    if args.connect.asks_to_sign_in() && !script.signs_in() {
        warnings.push("the script does not say auth: nobody signs in".to_owned());
    }
    for warning in warnings {
        // There is no other place to tell that standard error is closed.
        let _ = writeln!(io::stderr(), "telepost: {}", printable::text(&warning));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_a_name_and_a_value() {
        assert_eq!(assignment("to=a=b"), Ok(("to".into(), "a=b".into())));
        for text in ["to", "=x", "a b=x", "a=x\ny"] {
            assert!(assignment(text).is_err(), "{text}");
        }
    }

    #[test]
    fn each_play_has_a_transcript_of_its_own() {
        let output = Output { transcript: Some("logs/t.jsonl".into()), verbose: false, json: false };
        assert_eq!(output_of(&output, 0).transcript.unwrap(), PathBuf::from("logs/t.jsonl"));
        assert_eq!(output_of(&output, 1).transcript.unwrap(), PathBuf::from("logs/t-2.jsonl"));
    }
}
