//! The report: for people, for programs, for a build server. All texts of servers are sanitized here.

pub mod json;
mod junit;

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::compare::{Pair, pairs};
use super::played::{Outcome, Played};
use crate::cli::Trouble;
use crate::script::{Row, Verdict};
use crate::wire::printable;

/// Columns of a recording beside what came.
const COLUMNS: usize = 100;
/// Most columns of a statement that are padded to.
const STATEMENT: usize = 40;

/// For people: a line a statement, and the end.
pub fn text(outcome: &Outcome) -> String {
    let mut text: String = match outcome.plays.as_slice() {
        [one, other] => side_by_side(one, other),
        plays => plays.iter().map(alone).collect(),
    };
    if let Some(recording) = &outcome.recording {
        let name = printable::text(&outcome.script);
        text.push('\n');
        text.push_str(&crate::sessions::report::text(recording, [&name, "this run"], COLUMNS));
    }
    text
}

fn alone(play: &Played) -> String {
    let width = width(play.report.rows.iter());
    let mut text = String::new();
    for row in &play.report.rows {
        let words = if row.note.is_empty() { said(row) } else { row.note.replace('\n', " ") };
        let line = format!(
            "{:>4}  {:<width$}  {:<10}  {:>9}  {:<6}  {}",
            row.line,
            printable::text(&row.what),
            printable::text(&reply(row)),
            lapse(row),
            verdict(row.verdict),
            printable::text(&words),
        );
        text.push_str(line.trim_end());
        text.push('\n');
    }
    // A string takes what is written.
    let _ = writeln!(text, "{}", printable::text(&play.words()));
    text
}

fn side_by_side(one: &Played, other: &Played) -> String {
    let pairs = pairs(&one.report.rows, &other.report.rows);
    let width = width(pairs.iter().filter_map(Pair::any));
    let mut text = format!("first   {}\nsecond  {}\n", printable::text(&one.servers), printable::text(&other.servers));
    let mut differ = 0;
    for pair in &pairs {
        let Some(row) = pair.any() else { continue };
        let marks: Vec<&str> = pair.differences().into_iter().map(super::compare::Difference::word).collect();
        differ += usize::from(!marks.is_empty());
        let half = |row: Option<&Row>| row.map_or(("-".to_owned(), String::new()), |row| (reply(row), lapse(row)));
        let ((one, one_lapse), (other, other_lapse)) = (half(pair.one), half(pair.other));
        let what = printable::text(&row.what);
        let (one, other) = (printable::text(&one), printable::text(&other));
        let line = format!(
            "{:>4}  {what:<width$}  {one:<10}  {one_lapse:>9}  |  {other:<10}  {other_lapse:>9}  {}",
            row.line,
            marks.join(", "),
        );
        text.push_str(line.trim_end());
        text.push('\n');
        if marks.contains(&"text") {
            for (name, row) in [("first", pair.one), ("second", pair.other)] {
                let said = row.map(said).unwrap_or_default();
                let _ = writeln!(text, "      {name:<6}  {}", printable::text(&said));
            }
        }
    }
    for (name, play) in [("first", one), ("second", other)] {
        let _ = writeln!(text, "{name}: {}", printable::text(&play.words()));
    }
    let _ = writeln!(text, "{differ} of {} statements differ", pairs.len());
    text
}

fn width<'a>(rows: impl Iterator<Item = &'a Row>) -> usize {
    rows.map(|row| printable::text(&row.what).chars().count()).max().unwrap_or(0).min(STATEMENT)
}

/// Code and enhanced code; **not sanitized**.
fn reply(row: &Row) -> String {
    let Some(said) = &row.reply else { return String::new() };
    let enhanced = said.enhanced.as_ref().map(|enhanced| format!(" {enhanced}")).unwrap_or_default();
    format!("{}{enhanced}", said.code)
}

/// The first line of the reply's text, and how many follow; **not sanitized**.
fn said(row: &Row) -> String {
    let Some(said) = &row.reply else { return String::new() };
    let mut lines = said.text.lines();
    let first = lines.next().unwrap_or_default();
    match lines.count() {
        0 => first.to_owned(),
        1 => format!("{first} (and 1 more line)"),
        more => format!("{first} (and {more} more lines)"),
    }
}

fn lapse(row: &Row) -> String {
    row.lapse.map(|lapse| format!("{} ms", lapse.as_millis())).unwrap_or_default()
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Done => "",
        Verdict::Held => "ok",
        Verdict::Failed => "FAILED",
    }
}

/// Where a report goes, and in which form: a file beside the place until it is whole.
#[derive(Debug)]
pub struct Place {
    path: PathBuf,
    form: fn(&Outcome) -> String,
    aside: NamedTempFile,
}

impl Place {
    /// Takes the place, so that nothing is sent when it cannot be written.
    pub fn take(path: &Path) -> Result<Self, Trouble> {
        let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
        let form: fn(&Outcome) -> String = match ending.as_deref() {
            Some("txt") => text,
            Some("json") => |outcome| format!("{:#}\n", json::of(outcome)),
            Some("xml") => junit::of,
            _ => {
                let what = format!("{}: the form of a report follows from its name", path.display());
                return Err(Trouble::usage(what, "end it in .txt, .json or .xml"));
            }
        };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let aside = tempfile::Builder::new().prefix(".report-").tempfile_in(folder);
        let aside = aside.map_err(|error| Trouble::file(path, &error))?;
        Ok(Self { path: path.to_owned(), form, aside })
    }

    /// Writes the report there.
    pub fn write(mut self, outcome: &Outcome) -> Result<(), Trouble> {
        let written = self.aside.write_all((self.form)(outcome).as_bytes());
        let written = written.and_then(|()| self.aside.persist(&self.path).map(drop).map_err(|error| error.error));
        written.map_err(|error| Trouble::file(&self.path, &error))
    }
}
