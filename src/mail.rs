//! Mail as people write and read it: a [`Draft`] becomes RFC 5322 octets, octets become a [`View`].
//!
//! No sockets and no protocol here. Everything meant for the screen has passed `wire::printable`; everything meant for
//! the wire has CRLF line ends and no line over 998 octets.

pub mod address;
pub mod arrival;
pub mod build;
pub mod claims;
pub mod compare;
pub mod danger;
pub mod draft;
pub mod fault;
pub mod file_name;
pub mod flaw;
pub mod header;
pub mod links;
pub mod lint;
pub mod part;
pub mod raw;
pub mod reply;
pub mod route;
pub mod summary;
pub mod view;

mod body_text;
mod decoded;
mod mime;
mod tokens;
mod transfer;

pub use address::{AddressList, Entry, Mailbox, idn};
pub use arrival::{Origin, added_by_server};
pub use build::{Built, message_id};
pub use claims::{Claim, claims};
pub use compare::{Comparison, Difference, Kind};
pub use danger::{Danger, danger};
pub use draft::{Attachment, Content, DkimKey, Draft, Envelope, Format};
pub use fault::{Fault, Field};
pub use file_name::safe_file_name;
pub use flaw::{Flaw, Flaws};
pub use links::Link;
pub use lint::Lint;
pub use part::{Extracted, extract, extract_each};
pub use raw::raw;
pub use route::{Hop, hops};
pub use summary::Summary;
pub use view::{HeaderLine, PartInfo, View};
