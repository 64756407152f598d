//! Where the journals of downloads lie, and the keeper that reads and writes one.

use crate::cli::{Status, Trouble};
use crate::config::{Paths, paths};
use crate::download::{Destination, Keeper};

/// Opens the destination and its journal.
pub fn open(destination: &Destination, account: &str) -> Result<Keeper, Trouble> {
    let paths = Paths::find()
        .ok_or_else(|| Trouble::new(Status::Usage, "there is no home folder").advise("set HOME to a folder"))?;
    let journals = paths.state.join("fetched");
    paths::create_private(&journals).map_err(|error| Trouble::file(&journals, &error))?;
    Keeper::open(destination, account, &journals).map_err(|error| {
        Trouble::file(place(destination), &error).advise("nothing was fetched, and nothing was deleted")
    })
}

/// The folder or file of a destination.
pub fn place(destination: &Destination) -> &std::path::Path {
    match destination {
        Destination::Maildir(path) | Destination::Mbox(path) | Destination::Eml(path) => path,
    }
}
