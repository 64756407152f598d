//! The sandbox's SMTP server (RFC 5321 with SIZE, 8BITMIME, PIPELINING, ENHANCEDSTATUSCODES, SMTPUTF8), without
//! sockets: [`session`] holds every transition, [`command`] and [`address`] are what it reads.

pub mod address;
pub mod body;
pub mod command;
pub mod reply;
pub mod session;

pub use session::Session;
