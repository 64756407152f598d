//! What all kept files have in common: written whole, read within a limit, kept aside when they are broken.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Saved, Trouble};
use crate::config::atomic;

/// Most octets of a file that is read.
const MOST: u64 = 256 << 20;

/// What a list shows of a file.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Glance {
    pub(super) subject: String,
    pub(super) to: String,
    pub(super) template: Option<String>,
    pub(super) away: bool,
    pub(super) perhaps_sent: bool,
}

/// What became of reading a file.
pub(super) enum Reading<T> {
    Whole(T),
    /// It is no such file: damaged, or not ours.
    Broken(String),
}

/// Reads a file of JSON.
pub(super) fn read<T: DeserializeOwned>(path: &Path) -> io::Result<Reading<T>> {
    // Before it is opened: a pipe would be waited for.
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no plain file"));
    }
    let file = File::open(path)?;
    let mut reader = BufReader::new(file.take(MOST));
    // A list would pass for an object whose fields all have defaults.
    if !reader.fill_buf()?.trim_ascii_start().starts_with(b"{") {
        return Ok(Reading::Broken("it holds no JSON object".to_owned()));
    }
    match serde_json::from_reader(reader) {
        Ok(value) => Ok(Reading::Whole(value)),
        Err(error) if error.is_io() => Err(error.into()),
        Err(error) => Ok(Reading::Broken(error.to_string())),
    }
}

/// Reads a kept mail. One that cannot be understood stays where it is: another version may.
pub(super) fn read_saved(path: &Path) -> Result<Saved, Trouble> {
    match read(path)? {
        Reading::Whole(saved) => Ok(saved),
        Reading::Broken(why) => Err(Trouble::Other(format!("{}: {why}; the file is left as it is", path.display()))),
    }
}

/// Writes a kept mail. On return it is on disk.
pub(super) fn write_saved(path: &Path, saved: &Saved) -> io::Result<()> {
    atomic::replace(path, serde_json::to_vec(saved).map_err(io::Error::other)?)
}

/// Moves a broken file to a name of its own: `x.json.broken`, `x.json.broken-1`…
pub(super) fn keep_aside(path: &Path) -> io::Result<()> {
    let mut aside = path.with_extension("json.broken");
    let mut number = 1;
    while std::fs::symlink_metadata(&aside).is_ok() {
        aside = path.with_extension(format!("json.broken-{number}"));
        number += 1;
    }
    std::fs::rename(path, aside)
}

/// When a file was changed, and its octets.
pub(super) fn about(path: &Path) -> io::Result<(jiff::Timestamp, u64)> {
    let about = std::fs::metadata(path)?;
    let changed = about.modified().ok().and_then(|time| jiff::Timestamp::try_from(time).ok()).unwrap_or_default();
    Ok((changed, about.len()))
}
