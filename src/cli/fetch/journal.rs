//! Where the journals of downloads lie, and the keeper that reads and writes one.

use crate::cli::{Status, Trouble};
use crate::config::Paths;
use crate::download::{Destination, Keeper};

/// Opens the destination and its journal.
pub fn open(destination: &Destination, account: &str) -> Result<Keeper, Trouble> {
    let paths = Paths::find()
        .ok_or_else(|| Trouble::new(Status::Usage, "there is no home folder").advise("set HOME to a folder"))?;
    Keeper::open(destination, account, &paths.fetched()).map_err(|error| {
        Trouble::file(destination.path(), &error).advise("nothing was fetched, and nothing was deleted")
    })
}
