//! The one file `draft.json` of versions that knew one draft, and a few put aside for it.

use std::path::Path;

use serde::Deserialize;

use super::files::{self, Reading};
use super::{Id, Saved, Trouble};
use crate::mail::Draft;

#[derive(Debug, Deserialize)]
struct Older {
    #[serde(flatten)]
    saved: Saved,
    /// The latest last.
    #[serde(default)]
    aside: Vec<Draft>,
}

/// The mails in it, in the order in which they were put aside, each over the one before. A broken file is kept aside
/// and holds none.
pub(super) fn read(path: &Path) -> Result<Vec<(Id, Saved)>, Trouble> {
    let older: Older = match files::read(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
        Ok(Reading::Broken(_)) => {
            files::keep_aside(path)?;
            return Ok(Vec::new());
        }
        Ok(Reading::Whole(older)) => older,
    };
    let aside = older.aside.into_iter().map(|draft| Saved { draft, away: true, ..Saved::default() });
    let mut over = None;
    let all = aside.chain([older.saved]).map(|saved| {
        let id = Id::new(rand::random());
        let saved = Saved { over: over.replace(id.clone()), ..saved };
        (id, saved)
    });
    Ok(all.collect())
}
