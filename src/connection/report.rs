//! What the connection task tells the interface.

pub mod tls;

use std::net::SocketAddr;
use std::time::Duration;

pub use tls::{Certificate, Protection, Verdict};

use super::request::Service;
use super::{Failure, Protocol};
use crate::transcript::Record;
use crate::wire::Side;
use crate::{pop3, smtp};

/// The life of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkEvent {
    /// Looking up the host and trying its addresses.
    Dialling {
        /// What will be spoken.
        protocol: Protocol,
        /// As asked for.
        host: String,
        /// As asked for.
        port: u16,
    },
    /// TCP stands.
    Connected {
        /// The address that answered.
        peer: SocketAddr,
        /// Ours.
        local: SocketAddr,
        /// How long the attempt took that made it stand, a proxy's part included; what lies between
        /// [`Self::Dialling`] and its start is the lookup, and attempts at other addresses.
        lapse: Duration,
    },
    /// A TLS handshake came so far that there is something to show: the line is encrypted from here on, or, when
    /// [`Protection::is_trusted`] says no, it was given up and [`Self::Closed`] follows.
    Tls(Box<Protection>),
    /// So many octets of the body of the mail under way are written.
    BodyProgress {
        /// Octets handed to the network so far.
        written: u64,
    },
    /// The link is gone, or never came. `None`: ended as it should (QUIT answered), or dropped on request.
    Closed(Option<Failure>),
    /// A command came while there was no link; nothing was sent.
    NotConnected,
}

/// Connection task → interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// One more record for the transcript.
    Record(Record),
    /// The life of a link. `link` numbers the connections of this process.
    Link {
        /// Which side.
        side: Side,
        /// Which connection.
        link: u32,
        /// What happened.
        event: LinkEvent,
    },
    /// What [`super::Request::Discover`] found, the best of each protocol first; or why nothing was.
    Discovered(Result<Vec<Service>, Failure>),
    /// The SMTP engine understood something.
    Smtp {
        /// Which connection.
        link: u32,
        /// What.
        notice: smtp::Notice,
    },
    /// The POP3 engine understood something.
    Pop3 {
        /// Which connection.
        link: u32,
        /// What.
        notice: pop3::Notice,
    },
}
