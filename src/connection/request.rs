//! What the interface may ask of the connection task.

pub mod discovery;
pub mod tls;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

pub use discovery::{Discovery, Service};
pub use tls::{Authority, Identity, Tls, Trust};

use crate::connection::proxy_header::ProxyHeader;
use crate::wire::{BadLine, Segment, Side, Timeouts, TlsMode};
use crate::{pop3, smtp};

/// What is spoken on a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// RFC 5321.
    Smtp,
    /// RFC 2033.
    Lmtp,
    /// RFC 1939.
    Pop3,
}

impl Protocol {
    /// The side of the task it lives on.
    pub fn side(self) -> Side {
        match self {
            Self::Smtp | Self::Lmtp => Side::Smtp,
            Self::Pop3 => Side::Pop3,
        }
    }

    /// The port registered for it, without TLS.
    pub fn port(self) -> u16 {
        match self {
            Self::Smtp => 25,
            Self::Lmtp => 24,
            Self::Pop3 => 110,
        }
    }

    /// The port registered for it with TLS from the first octet (RFC 8314 7.3); LMTP has none.
    pub fn implicit_tls_port(self) -> Option<u16> {
        match self {
            Self::Smtp => Some(465),
            Self::Lmtp => None,
            Self::Pop3 => Some(995),
        }
    }
}

/// Which addresses of a host are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Family {
    /// All, in the resolver's order.
    #[default]
    Any,
    /// IPv4 only.
    V4,
    /// IPv6 only.
    V6,
}

/// Where to connect, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// What to speak.
    pub protocol: Protocol,
    /// Host name or address, without brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Which addresses to try.
    pub family: Family,
    /// Local address to connect from.
    pub source: Option<IpAddr>,
    /// How long each wait may last.
    pub timeouts: Timeouts,
    /// When and how the line is encrypted.
    pub tls: Tls,
    /// [`Self::host`] is a mail domain: its MX hosts are tried in order of preference (RFC 5321 5.1).
    pub mx: bool,
    /// Through which proxy.
    pub proxy: Option<Proxy>,
    /// The first octets of the line, before TLS: whom this side speaks for, as a proxy would say it.
    pub proxy_header: Option<ProxyHeader>,
    /// The name server to ask instead of the system's resolver.
    pub dns: Option<SocketAddr>,
}

/// A proxy that the connection goes through. The name of the server is resolved there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proxy {
    /// RFC 1928, without a sign-in.
    Socks5 {
        /// Host name or address, without brackets.
        host: String,
        /// TCP port.
        port: u16,
    },
    /// CONNECT of RFC 9110 9.3.6.
    Http {
        /// Host name or address, without brackets.
        host: String,
        /// TCP port.
        port: u16,
    },
}

impl Target {
    /// A server reached directly, TLS when offered, certificates held against the system's roots.
    pub fn new(protocol: Protocol, host: impl Into<String>, port: u16) -> Self {
        Self {
            protocol,
            host: host.into(),
            port,
            family: Family::Any,
            source: None,
            timeouts: Timeouts::default(),
            tls: Tls::default(),
            mx: false,
            proxy: None,
            proxy_header: None,
            dns: None,
        }
    }

    /// The same with TLS in this mode.
    #[must_use]
    pub fn with_tls(mut self, mode: TlsMode) -> Self {
        self.tls.mode = mode;
        self
    }
}

/// Where the octets of a mail come from. Line ends are normalized and dots stuffed on the way out.
#[derive(Clone, Debug)]
pub enum Body {
    /// In memory.
    Bytes(Arc<[u8]>),
    /// Stretches, one behind the other.
    Segments(Arc<[Segment]>),
    /// Read as it is sent; never whole in memory.
    File(PathBuf),
}

/// A command for a link.
#[derive(Clone, Debug)]
pub enum Submission {
    /// For the SMTP side. `body` goes with [`smtp::Command::Mail`] and nothing else.
    Smtp(smtp::Command, Option<Body>),
    /// For the POP3 side.
    Pop3(pop3::Command),
}

impl Submission {
    /// A command line that was written out.
    pub fn line(side: Side, octets: Vec<u8>) -> Result<Self, BadLine> {
        Ok(match side {
            Side::Smtp => Self::Smtp(smtp::Command::Line(smtp::Line::typed(octets)?), None),
            Side::Pop3 => Self::Pop3(pop3::Command::Line(pop3::Line::typed(octets)?)),
        })
    }

    /// A line of a mail's text as on the wire, or the dot that ends it.
    pub fn body_line(octets: Vec<u8>) -> Result<Self, BadLine> {
        Ok(Self::Smtp(smtp::Command::Line(smtp::Line::body(octets)?), None))
    }

    /// Command lines that go out in one write.
    pub fn block(side: Side, lines: Vec<Vec<u8>>) -> Result<Self, BadLine> {
        Ok(match side {
            Side::Smtp => {
                let lines = lines.into_iter().map(smtp::Line::typed).collect::<Result<_, _>>()?;
                Self::Smtp(smtp::Command::Block(lines), None)
            }
            Side::Pop3 => {
                let lines = lines.into_iter().map(pop3::Line::typed).collect::<Result<_, _>>()?;
                Self::Pop3(pop3::Command::Block(lines))
            }
        })
    }

    /// The side it is for.
    pub fn side(&self) -> Side {
        match self {
            Self::Smtp(..) => Side::Smtp,
            Self::Pop3(_) => Side::Pop3,
        }
    }
}

/// Interface → connection task.
#[derive(Clone, Debug)]
pub enum Request {
    /// Open a link on the target's side. A link that is there is dropped first.
    Connect(Box<Target>),
    /// Queue a command. Without a link it is answered by [`super::LinkEvent::NotConnected`].
    Submit(Submission),
    /// Stop what is under way: a connection attempt, or work (then the line is dropped, as nothing else stops a DATA
    /// or a RETR). An idle link stays.
    Abort(Side),
    /// QUIT after what is queued, then close.
    Disconnect(Side),
    /// Close at once, without QUIT: marks are not committed.
    Drop(Side),
    /// Find the servers of a mail address; answered by [`super::Report::Discovered`]. Each step is a record.
    Discover(Discovery),
}
