//! The transcript: every byte of both conversations in order, bounded, searchable, exportable.
//!
//! [`Record`]s go in, [`Entry`]s come out: an entry is one row of the pane when folded. Nothing here opens a file,
//! reads a clock or masks a secret: records come stamped and masked, and exports go to a writer that the caller opened.

mod body;
pub mod budget;
pub mod entry;
pub mod exchange;
pub mod export;
pub mod filter;
pub mod import;
mod pairing;
pub mod record;
mod row;
#[cfg(test)]
mod sample;
pub mod store;
pub mod text;
pub mod view;
pub mod waterfall;

pub use budget::Budget;
pub use entry::{Class, Entry, EntryKind};
pub use filter::{BadFilter, Filter};
pub use record::{Direction, Record, Tally};
pub use store::{Cut, Limits, Transcript};
pub use view::{Found, Search, Searched, View};
