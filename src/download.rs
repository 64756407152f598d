//! Taking a maildrop home: which messages, in which order, and onto the disk so that nothing is ever lost.
//!
//! [`course`] is a state machine without socket, disk and clock: notices of the POP3 engine and answers of the keeper go
//! in, command lines and orders come out. [`keeper`] writes: Maildir, mboxrd, single files, and the journal that makes
//! every crash either "still on the server" or "complete on disk". Both shells (command line and workbench) drive the
//! same two.

pub mod course;
pub mod keeper;
pub mod order;

pub use course::{Cause, Course, Outcome, Progress, Step};
pub use keeper::{Keeper, Worker};
pub use order::{Destination, Kept, Order, Wanted};
