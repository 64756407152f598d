//! How much may be looked at before somebody else must have a turn: rows and octets, not time, for nothing here reads a
//! clock.

use super::Entry;

/// What looking at a row costs, whatever is in it, in octets searched.
const ROW: usize = 64;
/// What one slice may cost: 30,000 short rows, two milliseconds or so. The largest entry is a body of 64 KiB.
const SLICE: usize = 2 << 20;

/// Work that may still be done now.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    left: usize,
    looked_at: usize,
}

impl Budget {
    /// What is done between two keys.
    pub fn slice() -> Self {
        Self { left: SLICE, looked_at: 0 }
    }

    /// Without an end: for commands that nobody waits at.
    pub fn endless() -> Self {
        Self { left: usize::MAX, looked_at: 0 }
    }

    /// Nothing more is to be looked at now.
    pub fn is_spent(&self) -> bool {
        self.left == 0
    }

    /// Entries looked at.
    pub fn looked_at(&self) -> usize {
        self.looked_at
    }

    pub(super) fn spend(&mut self, entry: &Entry<'_>) {
        self.looked_at += 1;
        self.left = self.left.saturating_sub(ROW + entry.raw().len());
    }
}
