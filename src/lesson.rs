//! Lessons: their files, how one moves on by what the protocol tells, what was reached.
