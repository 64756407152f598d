//! Finding the servers of a mail address (RFC 6186, RFC 8314 5.1).

use std::net::SocketAddr;

use super::Protocol;
use crate::wire::TlsMode;

/// What to look for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discovery {
    /// A mail address, or a domain alone.
    pub address: String,
    /// The name server to ask instead of the system's.
    pub dns: Option<SocketAddr>,
}

/// A server that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// What it speaks.
    pub protocol: Protocol,
    /// Host name.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// When it speaks TLS.
    pub tls: TlsMode,
    /// Where it was found, such as `SRV _submissions._tcp.example.org`; **not sanitized**.
    pub source: String,
}
