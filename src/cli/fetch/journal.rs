//! Where the journals of downloads lie, and the keeper that reads and writes one.

use crate::cli::{Status, Trouble};
use crate::config::Paths;
use crate::download::{Destination, Keeper, keeper};

/// Opens the destination and its journal.
pub fn open(destination: &Destination, account: &str) -> Result<Keeper, Trouble> {
    let paths = Paths::find()
        .ok_or_else(|| Trouble::new(Status::Usage, "there is no home folder").advise("set HOME to a folder"))?;
    Keeper::open(destination, account, &paths.fetched())
        .map_err(|error| Trouble::usage(error.to_string(), "nothing was fetched, and nothing was deleted"))
}

/// Refuses, before a connection is made, a place that cannot be the destination.
pub fn examine(destination: &Destination) -> Result<(), Trouble> {
    keeper::examine(destination).map_err(|error| {
        Trouble::usage(error.to_string(), "name another place, or make the folder first; nobody was connected to")
    })
}
