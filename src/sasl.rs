//! Signing in: SASL mechanisms as pure challenge → response (RFC 4422), without sockets, clocks and randomness.
//!
//! | file | duty |
//! |---|---|
//! | `mechanism` | the names, and what each gives away |
//! | `sign_in` | who signs in, with what, and what is permitted |
//! | `choice` | the strongest mechanism that is safe on a line, and why |
//! | `exchange` | one exchange, message by message, each decoded for the eye |
//! | `progress` | what an engine tells of it |
//!
//! USER/PASS and APOP of POP3 are no SASL, but two more ways to sign in, so they are chosen from here too. How a message
//! travels (base64, `334`, `+ `) is the engines' business, except for the base64 itself.

pub mod choice;
pub mod exchange;
pub mod mechanism;
pub mod progress;
pub mod sign_in;

pub use choice::{Choice, Impossible, choose, offers_plus};
pub use exchange::{Exchange, Message, Misfit, Turn};
pub use mechanism::Mechanism;
pub use progress::Progress;
pub use sign_in::{SecretKind, SignIn};
