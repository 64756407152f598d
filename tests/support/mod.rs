//! What the tests that look at telepost from outside share: the program in a home of its own, a terminal to run it
//! in, real mail servers on loopback, and a scripted server that says what no real one would.

pub mod aiosmtpd;
pub mod certificates;
pub mod daemon;
pub mod dovecot;
pub mod imports;
pub mod judge;
pub mod mailboxes;
pub mod postfix;
pub mod pty;
pub mod scripted;
pub mod servers;
pub mod source;
pub mod telepost;
pub mod wait;
