//! What is remembered of a maildrop between sessions: unique-ids that were seen, and headers. Blocking files in the
//! state folder, private, bounded, whole or not at all, and safe with two programs at once. Losing it loses no mail.
//!
//! Each maildrop has one file in the folder `maildrops`, named by a hash. A visit is added under a lock to what the file
//! holds at that moment, so that nothing another program added is lost; [`recall`] needs no lock, as files are replaced
//! whole. Unique-ids that are empty or over 1,000 octets (RFC 1939 allows 70) are not remembered.
//!
//! What a complete visit forgets: a server lists messages in the order in which they came, and ids stand in the file in
//! that order. An id that was not listed is forgotten when an id behind it in the file was: it stood before a message that
//! is still there, and is gone. Ids behind the last one that was listed may have come after our list was made and been
//! seen by another program; of these the newest 10,000 are kept until a later visit lists something behind them.

mod contents;
mod place;

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::Path;

use self::contents::Contents;
use self::place::Place;
use crate::mail::Summary;

/// Which maildrop.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Maildrop {
    /// Who signs in.
    pub user: String,
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
}

/// What was remembered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Remembered {
    /// Unique-ids that were listed in an earlier visit. Empty at the first visit.
    pub seen: HashSet<Box<str>>,
    /// Headers by unique-id.
    pub headers: HashMap<Box<str>, Summary>,
    /// There was an earlier visit.
    pub visited: bool,
}

/// What a visit adds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Visit {
    /// All unique-ids listed; those remembered and not among these are forgotten, when the list is `complete`.
    pub listed: Vec<Box<str>>,
    /// `listed` is the whole maildrop.
    pub complete: bool,
    /// Headers learned.
    pub headers: Vec<(Box<str>, Summary)>,
}

/// Reads what is remembered of `maildrop` in `folder`, the state folder. What is damaged is passed over; a file of
/// another version counts as none.
pub fn recall(folder: &Path, maildrop: &Maildrop) -> io::Result<Remembered> {
    let place = Place::of(folder, maildrop);
    let Some(bytes) = place.read()? else { return Ok(Remembered::default()) };
    Ok(Contents::parse(&bytes).map_or_else(Remembered::default, Contents::into_remembered))
}

/// Adds a visit to what is remembered. `visit.listed` is in the order of the maildrop. On return it is on disk. Waits up
/// to 5 seconds for another program; a file of another version is left alone, and that is an error.
pub fn remember(folder: &Path, maildrop: &Maildrop, visit: &Visit) -> io::Result<()> {
    let place = Place::of(folder, maildrop);
    let _lock = place.lock()?;
    let before = place.read()?;
    let mut contents = match &before {
        None => Contents::default(),
        Some(bytes) => Contents::parse(bytes).ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidData, "the file was written by another version of telepost")
        })?,
    };
    contents.add(visit);
    let text = contents.to_text();
    if before.is_some_and(|before| before == text.as_bytes()) { Ok(()) } else { place.replace(&text) }
}

#[cfg(test)]
mod tests;
