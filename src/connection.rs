//! The one connection task: it owns at most one link a side and nothing else touches a socket.
//!
//! The interface sends [`Request`]s and gets [`Report`]s, both over bounded channels.
//!
//! | file | duty |
//! |---|---|
//! | `task` | the loop: requests to links, reports out |
//! | `link` | one link from dialling to its end; `link/live` drives the line that stands |
//! | `dial` | look up, race the addresses, try the next mail host |
//! | `host`, `resolve`, `proxy` | what was typed as a host, questions to the name service, the way through a proxy |
//! | `proxy_header` | the first octets of a line that speaks for somebody else |
//! | `discover` | the servers of a mail address |
//! | `lookup` | single questions for callers that go their own way with the answers |
//! | `work` | work that tells what it does, step by step |
//! | `stream` | the octets, in clear or inside TLS |
//! | `tls` | the handshake, whom to believe, what is to be seen of it |
//! | `conversation` | where the two engines differ for this room |
//! | `body`, `outgoing` | bodies on their way into an engine, octets on their way out |
//! | `recorder`, `outbox` | chunks into records, reports into the channel |
//! | `request`, `report`, `failure` | what crosses to the interface |
//!
//! No protocol is known here, and nothing is decided that is the person's: what fails is reported, never tried again.

mod body;
mod conversation;
mod dial;
mod discover;
pub mod failure;
mod host;
mod link;
mod lookup;
mod outbox;
mod outgoing;
mod proxy;
mod proxy_header;
mod recorder;
pub mod report;
pub mod request;
mod resolve;
mod stream;
mod task;
mod tls;
mod work;

pub use lookup::{addresses, mail_hosts, readable};

pub use failure::{Failure, FailureKind, Remedy};
pub use proxy_header::{ProxyEnds, ProxyHeader, ProxyVersion};
pub use report::{Certificate, LinkEvent, Protection, Report, Verdict};
pub use request::{
    Authority, Body, Discovery, Family, Identity, Protocol, Proxy, Request, Service, Submission, Target, Tls, Trust,
};

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

/// Whether the dialogue is told word for word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recording {
    /// Each chunk and each event is a [`Report::Record`].
    Full,
    /// Nobody reads records: none is made. All other reports come as ever.
    Off,
}

/// Starts the task, with records, on the current tokio runtime, of whatever flavour.
///
/// A name lookup cannot be interrupted in most systems: a runtime that is to end at once while one may be under way
/// ends with `shutdown_background`.
pub fn spawn() -> Handle {
    spawn_with(Recording::Full)
}

/// As [`spawn`], with or without records.
pub fn spawn_with(recording: Recording) -> Handle {
    let (requests, incoming) = mpsc::channel(REQUESTS);
    let (outgoing, reports) = mpsc::channel(REPORTS);
    tokio::spawn(task::Task::new(incoming, outgoing, recording).run());
    Handle { requests, reports }
}

#[cfg(test)]
#[expect(dead_code, reason = "the tests here ask for less than those beside the program")]
#[path = "../tests/reach/names.rs"]
mod names;
