//! The POP3 client engine (RFC 1939, RFC 2449), without sockets.
//!
//! [`session`] holds every transition; the other files are the words it speaks.

pub mod capability;
pub mod command;
pub mod listing;
pub mod notice;
pub mod response;
pub mod session;

pub use capability::Capabilities;
pub use command::{Command, Line, Verb};
pub use listing::{Maildrop, Scan, UniqueId};
pub use notice::{BodyKind, Ending, Notice, State, Verdict, Violation};
pub use response::{Response, Status};
pub use session::Session;
