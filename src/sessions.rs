//! Saved sessions on disk: made, listed, read, named, pruned; one of them as a script; two of them compared.
//!
//! What is said is masked before it comes here. Nothing here talks to a server or knows a screen.

pub mod compare;
pub mod exchange;
mod folder;
mod name;
pub mod report;
pub mod scripted;
mod volatile;

pub use compare::{Comparison, Pair, Verdict, compare};
pub use exchange::{Exchange, Exchanges, Heard};
pub use folder::{Folder, Listed, OCTETS, Session, octets, read_file};
pub use name::Name;
pub use scripted::{How, scripted};
