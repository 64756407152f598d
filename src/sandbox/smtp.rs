//! The sandbox's SMTP server (RFC 5321 with SIZE, 8BITMIME, PIPELINING, ENHANCEDSTATUSCODES, SMTPUTF8, DSN,
//! CHUNKING, BINARYMIME, DELIVERBY, FUTURERELEASE, REQUIRETLS, LIMITS and, if wanted, XCLIENT), without sockets:
//! [`session`] holds every transition, [`command`], [`address`] and [`parameters`] are what it reads.
//!
//! A mail that is to be held is kept out of its mailboxes until its time; one with a time limit is delivered at once,
//! and so in time; one for TLS only goes nowhere else.

pub mod address;
pub mod body;
pub mod command;
pub mod parameters;
pub mod reply;
pub mod session;

pub use session::Session;
