//! Lessons: data files with steps, moved on by what the protocol tells; how far each is; what is told about it.
//!
//! A [`Lesson`] is read by [`read::parse`] and looked over by [`check::faults`]. A [`Course`] is a lesson that is on: what
//! [`Happened`] goes in, what is to be [`Told`] comes out. A [`Watcher`] makes what happened out of a transcript. Nothing
//! here draws, reads a clock or opens a file. The format is described in `docs/lessons.md`.

pub mod check;
pub mod course;
pub mod format;
pub mod happened;
pub mod progress;
pub mod read;
pub mod sheet;
pub mod shelf;
pub mod watcher;
pub mod words;

pub use check::Known;
pub use course::{Course, Told};
pub use format::Lesson;
pub use happened::Happened;
pub use progress::{Book, Progress};
pub use watcher::Watcher;
pub use words::Words;
