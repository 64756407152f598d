//! The line language of sessions: one statement a line, readable by whoever knows SMTP.
//!
//! A script is read by [`Script::parse`], which names line and column of what it does not understand, and printed by
//! `Display`; both fit each other.

pub mod statement;

pub use statement::{Body, Condition, Pattern, Piece, Reply, Statement, Text, What};

/// A script as it was read or made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// In order.
    pub statements: Vec<Statement>,
}
