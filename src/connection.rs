//! The one connection task: it owns at most one link a side and nothing else touches a socket.
//!
//! The interface sends [`Request`]s and gets [`Report`]s, both over bounded channels.
//!
//! | file | duty |
//! |---|---|
//! | `task` | the loop: requests to links, reports out |
//! | `link` | one link from dialling to its end; `link/live` drives the line that stands |
//! | `dial` | look up, try every address |
//! | `stream` | the octets, and the seam for TLS |
//! | `conversation` | where the two engines differ for this room |
//! | `body`, `outgoing` | bodies on their way into an engine, octets on their way out |
//! | `recorder`, `outbox` | chunks into records, reports into the channel |
//! | `request`, `report`, `failure` | what crosses to the interface |
//!
//! No protocol is known here, and nothing is decided that is the person's: what fails is reported, never tried again.

mod body;
mod conversation;
mod dial;
pub mod failure;
mod link;
mod outbox;
mod outgoing;
mod recorder;
pub mod report;
pub mod request;
mod stream;
mod task;

pub use failure::{Failure, FailureKind};
pub use report::{LinkEvent, Report};
pub use request::{Body, Family, Protocol, Request, Submission, Target};

use tokio::sync::mpsc;

/// Requests that may wait for the task. The interface uses `try_send`.
pub const REQUESTS: usize = 256;
/// Reports that may wait for the interface. When they are full the task stops reading from the network.
pub const REPORTS: usize = 1024;

/// The interface's end of the connection task. Dropping `requests` ends the task: links are dropped without QUIT.
#[derive(Debug)]
pub struct Handle {
    /// Interface → task.
    pub requests: mpsc::Sender<Request>,
    /// Task → interface.
    pub reports: mpsc::Receiver<Report>,
}

/// Starts the task on the current tokio runtime, of whatever flavour.
///
/// A name lookup cannot be interrupted in most systems: a runtime that is to end at once while one may be under way
/// ends with `shutdown_background`.
pub fn spawn() -> Handle {
    let (requests, incoming) = mpsc::channel(REQUESTS);
    let (outgoing, reports) = mpsc::channel(REPORTS);
    tokio::spawn(task::Task::new(incoming, outgoing).run());
    Handle { requests, reports }
}
