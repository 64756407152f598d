//! `telepost session`: saved sessions for scripts and for those who like the command line: listed, shown, exported, made
//! into scripts, compared, renamed, removed. Nothing here connects.

mod diff;
mod list;

use std::path::{Path, PathBuf};

use super::{Status, Trouble, print};
use crate::config::Paths;
use crate::run::files;
use crate::sessions::{Folder, How, Name, Session, read_file, scripted};
use crate::transcript::Transcript;
use crate::transcript::export::{self, Format};
use crate::transcript::text::entry_text;
use crate::wire::printable;

/// What can be asked about saved sessions.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List the saved sessions, the one that began last first
    List(list::Args),
    /// Print a session, its rows numbered
    Show(Show),
    /// Write a session to a file: .txt, .jsonl, .md, .html, or the mail of it: .eml
    Export(Export),
    /// Print a session as a script that says the same again (telepost run plays it)
    Script(Script),
    /// Compare two sessions: exit status 0 if the same was said, 3 if not
    Diff(diff::Args),
    /// Give a saved session another name; one with a name is never removed by itself
    Rename(Rename),
    /// Remove saved sessions
    Remove(Remove),
}

/// Which session.
#[derive(Debug, clap::Args)]
pub struct Which {
    /// Name of a saved session, `last` for the one that began last, or the path of a .jsonl file
    #[arg(value_name = "SESSION")]
    session: String,
}

/// Options of `show`.
#[derive(Debug, clap::Args)]
pub struct Show {
    #[command(flatten)]
    which: Which,
    /// Leave the times out
    #[arg(long)]
    no_times: bool,
}

/// Options of `export`.
#[derive(Debug, clap::Args)]
pub struct Export {
    #[command(flatten)]
    which: Which,
    /// File to write; its suffix decides. One that is there is left alone
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
}

/// Options of `script`.
#[derive(Debug, clap::Args)]
pub struct Script {
    #[command(flatten)]
    which: Which,
    /// Names, addresses, date and Message-ID become variables
    #[arg(long)]
    adapt: bool,
    /// Stop behind this row, as `show` numbers them
    #[arg(long, value_name = "ROW", value_parser = clap::value_parser!(u64).range(1..))]
    upto: Option<u64>,
    /// File to write instead of standard output; one that is there is left alone
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Options of `rename`.
#[derive(Debug, clap::Args)]
pub struct Rename {
    /// The session
    #[arg(value_name = "SESSION")]
    from: String,
    /// Its new name
    #[arg(value_name = "NAME")]
    to: String,
}

/// Options of `remove`.
#[derive(Debug, clap::Args)]
pub struct Remove {
    /// The sessions
    #[arg(value_name = "SESSION", required = true)]
    sessions: Vec<String>,
}

/// Does what was asked for.
pub fn run(command: &Command) -> Result<Status, Trouble> {
    let done = |()| Status::Done;
    match command {
        Command::List(args) => list::run(args).map(done),
        Command::Show(args) => show(args).map(done),
        Command::Export(args) => export(args).map(done),
        Command::Script(args) => script(args).map(done),
        Command::Diff(args) => diff::run(args),
        Command::Rename(args) => rename(args).map(done),
        Command::Remove(args) => remove(args).map(done),
    }
}

fn folder() -> Result<Folder, Trouble> {
    let paths = Paths::find()
        .ok_or_else(|| Trouble::new(Status::Usage, "there is no home folder").advise("set HOME to a folder"))?;
    Ok(Folder::new(paths.sessions()))
}

/// The saved session that a person calls so.
fn named(folder: &Folder, text: &str) -> Result<Name, Trouble> {
    let failed = |error: std::io::Error| Trouble::new(Status::Usage, format!("the saved sessions: {error}"));
    let found = match folder.find(text).map_err(failed)? {
        None if text == "last" => folder.list().map_err(failed)?.into_iter().next().map(|listed| listed.name),
        found => found,
    };
    found.ok_or_else(|| {
        Trouble::usage(format!("there is no saved session {text}"), "telepost session list names them all")
    })
}

/// The session that an argument names: in the folder, else at a path.
pub(super) fn opened(text: &str) -> Result<Session, Trouble> {
    let path = Path::new(text);
    let is_path = text.contains(std::path::MAIN_SEPARATOR) || path.is_file();
    let read = if is_path {
        read_file(path)
    } else {
        let folder = folder()?;
        folder.open(&named(&folder, text)?)
    };
    read.map_err(|error| Trouble::new(Status::Usage, format!("{text}: {error}")))
}

fn show(args: &Show) -> Result<(), Trouble> {
    let Session { transcript, header } = opened(&args.which.session)?;
    let harmless = |text: &str| printable::text(text).into_owned();
    let mut lines = vec![format!("=== {}", header.started)];
    lines.extend(header.endpoints.iter().map(|endpoint| format!("=== {}", harmless(endpoint))));
    if transcript.cut() != crate::transcript::Cut::default() {
        lines.push(format!("=== {}", transcript.cut()));
    }
    let width = transcript.len().to_string().len();
    for (row, entry) in (1..).zip(transcript.iter()) {
        let text = entry_text(&entry, !args.no_times);
        for (line, text) in text.lines().enumerate() {
            let number = if line == 0 { row.to_string() } else { String::new() };
            lines.push(format!("{number:>width$} {text}"));
        }
    }
    print(&(lines.join("\n") + "\n"))
}

fn export(args: &Export) -> Result<(), Trouble> {
    let Session { transcript, header } = opened(&args.which.session)?;
    let format = Format::from_path(&args.to).ok_or_else(|| {
        Trouble::usage(
            format!("{}: nothing is known of this suffix", args.to.display()),
            format!("there are {}", export::ENDINGS),
        )
    })?;
    let mut bytes = Vec::new();
    // A session may hold no mail, or not all of it.
    export::write(&transcript, format, &mut bytes, &header)
        .map_err(|error| Trouble::new(Status::Usage, format!("{}: not written: {error}", args.to.display())))?;
    write(&args.to, &bytes)
}

fn script(args: &Script) -> Result<(), Trouble> {
    let Session { transcript, .. } = opened(&args.which.session)?;
    let upto = args.upto.map(|row| id_of(&transcript, row)).transpose()?;
    let script = scripted(&transcript, How { adapted: args.adapt, upto }).to_string();
    match &args.out {
        Some(path) => write(path, script.as_bytes()),
        None => print(&script),
    }
}

fn id_of(transcript: &Transcript, row: u64) -> Result<u64, Trouble> {
    let rows = transcript.len() as u64;
    if row > rows {
        return Err(Trouble::usage(format!("there is no row {row}"), format!("the session has {rows} rows")));
    }
    Ok(transcript.first_id() + row - 1)
}

/// A file that was not there before.
fn write(path: &Path, bytes: &[u8]) -> Result<(), Trouble> {
    if path.exists() {
        return Err(Trouble::usage(format!("{} is there already", path.display()), "name a file that is not there"));
    }
    files::write_new(path, bytes).map(drop).map_err(|error| Trouble::file(path, &error))
}

fn rename(args: &Rename) -> Result<(), Trouble> {
    let folder = folder()?;
    let from = named(&folder, &args.from)?;
    let to = Name::given(&args.to).map_err(|why| Trouble::new(Status::Usage, format!("{}: {why}", args.to)))?;
    folder.rename(&from, &to).map_err(|error| Trouble::new(Status::Usage, error.to_string()))
}

fn remove(args: &Remove) -> Result<(), Trouble> {
    let folder = folder()?;
    // All or none: a mistake in the last name must not cost the others.
    let names = args.sessions.iter().map(|text| named(&folder, text)).collect::<Result<Vec<_>, _>>()?;
    names.iter().try_for_each(|name| {
        folder.remove(name).map_err(|error| Trouble::new(Status::Usage, format!("{name}: {error}")))
    })
}
