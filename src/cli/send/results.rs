//! The result of each mail, as a line of JSON in a file of its own.

use std::fs::{File, OpenOptions};
use std::io::{LineWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::desk::Ended;
use super::report::recipient_json;
use crate::batch::tally;
use crate::cli::Trouble;
use crate::smtp::MailOutcome;
use crate::wire::printable;

/// The file.
#[derive(Debug)]
pub struct Results {
    path: PathBuf,
    file: LineWriter<File>,
}

impl Results {
    /// A new file for its owner only. One that is there is left alone.
    pub fn create(path: &Path) -> Result<Self, Trouble> {
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
        let file = file.map_err(|error| Trouble::file(path, &error))?;
        Ok(Self { path: path.to_owned(), file: LineWriter::new(file) })
    }

    /// Adds a line.
    pub fn add(&mut self, ended: &Ended) -> Result<(), Trouble> {
        writeln!(self.file, "{}", line(ended)).map_err(|error| Trouble::file(&self.path, &error))
    }
}

fn line(ended: &Ended) -> Value {
    let report = &ended.report;
    let lost = tally::rank(report.outcome) > tally::rank(MailOutcome::Partial);
    let recipients: Vec<Value> = report.recipients.iter().map(|one| recipient_json(one, lost)).collect();
    json!({
        "index": ended.index + 1,
        "row": ended.row,
        "message_id": ended.message_id.as_deref().map(printable::text),
        "outcome": report.outcome.word(),
        "stage": report.stage.word(),
        "queue_id": report.queue_id.as_deref().map(printable::text),
        "recipients": recipients,
        "why": report.why.as_deref().map(printable::text),
        "ms": (ended.took.as_secs_f64() * 1e6).round() / 1e3,
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_file_is_new_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("results.jsonl");
        drop(Results::create(&path).unwrap());
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(Results::create(&path).is_err(), "it is there");
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("nowhere", &link).unwrap();
        assert!(Results::create(&link).is_err() && !folder.path().join("nowhere").exists());
    }
}
