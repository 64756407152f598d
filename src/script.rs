//! The line language of sessions: one statement a line, readable by whoever knows SMTP.
//!
//! A script is read by [`Script::parse`], which names line and column of what it does not understand, and printed by
//! `Display`; both fit each other. [`Runner`] plays one: acts come out, what was heard goes in.
//!
//! | file | duty |
//! |---|---|
//! | `statement` | what a script is made of |
//! | `parse`, `print`, `fault` | text to statements, statements to text, what is wrong with a text |
//! | `check` | variables that nobody sets, secrets that are written out |
//! | `program`, `values` | statements in a row with jumps, variables and texts with gaps |
//! | `heard` | what the engines say, as a script sees it |
//! | `runner`, `report` | the course of a script, and what came of it |
//!
//! Nothing here opens a socket or a file, or reads a clock. The language is told in `docs/scripts.md`.

mod check;
pub mod fault;
pub mod heard;
mod parse;
mod print;
mod program;
pub mod report;
pub mod runner;
pub mod statement;
#[cfg(test)]
mod tests;
mod values;

pub use fault::Fault;
pub use heard::{Answer, Event, Heard};
pub use parse::is_name;
pub use report::{End, Failed, Kind, Report, Row, Verdict};
pub use runner::{Act, Runner, Setting};
pub use statement::{Body, Condition, Pattern, Piece, Reply, Statement, Text, What};

/// Most octets of a script's text.
pub const TEXT: usize = 1024 * 1024;
/// Most octets of one of its lines: the longest line that SASL knows (RFC 4954 4), and room for a keyword.
pub const LINE: usize = 12_288 + 128;
/// Most `if` inside of each other.
pub const NESTING: usize = 16;
/// The longest `wait`.
pub const WAIT: std::time::Duration = std::time::Duration::from_hours(1);

/// A script as it was read or made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// In order.
    pub statements: Vec<Statement>,
}

impl Script {
    /// Reads a script. All that is wrong with it is told, in order, up to [`fault::MOST`] faults.
    pub fn parse(text: &str) -> Result<Self, Vec<Fault>> {
        parse::script(text)
    }
}
