//! The sandbox's POP3 server (RFC 1939, RFC 2449), without sockets: [`session`] holds every transition,
//! [`command`] is what it reads, [`retrieval`] puts letters on the wire.

pub mod command;
pub mod retrieval;
pub mod session;

pub use session::Session;
