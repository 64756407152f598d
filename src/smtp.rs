//! The SMTP and LMTP client engine (RFC 5321, RFC 2033), without sockets.
//!
//! [`session`] holds every transition; the other files are the words it speaks.

pub mod capability;
pub mod command;
pub mod notice;
pub mod parameters;
pub mod path;
pub mod queue_id;
pub mod reply;
pub mod requests;
pub mod session;
pub mod waterfall;

pub use capability::{Capabilities, FutureRelease};
pub use command::{Command, Line, MailId, Pace, Transaction, Verb};
pub use notice::{MailOutcome, MailReport, Notice, RecipientOutcome, RecipientReport, Stage, State, Violation};
pub use parameters::{Cover, Parameters, parameters};
pub use path::{path_and_rest, path_of};
pub use reply::{Class, EnhancedCode, NotEnhanced, Reply};
pub use requests::{
    BodyKind, DeliverBy, Dsn, Halt, Hold, Late, Leave, Manner, Notify, Requests, Ret, Transfer, WireFlaws,
};
pub(crate) use session::CHUNK;
pub use session::{BodyOf, Dialect, Session};
pub use waterfall::Waterfall;
