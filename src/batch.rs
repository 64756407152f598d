//! Many mails: which ones there are, when each may start, and what became of them.
//!
//! Pure parts: no socket, no clock, nothing drawn, and no memory that grows with the number of mails. Who carries them
//! out keeps the connections and hands in the time.

pub mod copies;
pub mod counts;
pub mod histogram;
pub mod in_order;
pub mod queue;
pub mod rows;
pub mod schedule;
pub mod tally;
pub mod template;

pub use copies::Copies;
pub use counts::Counts;
pub use histogram::Histogram;
pub use in_order::InOrder;
pub use queue::{Job, Queue, Take};
pub use rows::{BadTable, Row, Rows};
pub use schedule::{Rate, Schedule};
pub use tally::{Failed, Lap, Tally};
pub use template::{BadText, Form, Halves};
