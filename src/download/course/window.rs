//! How far ahead it is asked: octets in flight, as LIST announced them, that grow while full windows are answered
//! quickly and shrink where one takes long.
//!
//! Only the time a polite stop takes, and the use of the line, depend on it: what the sizes announce may be a lie.

use std::time::{Duration, Instant};

/// Octets in flight at first: the most commands of ordinary mails.
const START: u64 = 2 * 1024 * 1024;
/// Least octets in flight.
const FLOOR: u64 = 128 * 1024;
/// Most octets in flight.
const CEILING: u64 = 32 * 1024 * 1024;
/// Most RETR in flight.
const COMMANDS: usize = 512;
/// What a message counts for that LIST said nothing of.
const UNKNOWN: u64 = 4 * 1024;
/// What any message counts for at least: its status line and the server's work.
const LEAST: u64 = 64;
/// A full window that is answered within this makes the next one larger.
const QUICK: Duration = Duration::from_secs(1);
/// One that takes longer than this makes the next one smaller.
const SLOW: Duration = Duration::from_secs(4);

/// What a message counts for, whatever is announced.
pub(super) fn weight(announced: Option<u64>) -> u64 {
    announced.unwrap_or(UNKNOWN).clamp(LEAST, 1 << 40)
}

/// Octets in flight, and how many there may be.
#[derive(Debug)]
pub(super) struct Window {
    size: u64,
    in_flight: u64,
    /// Octets still to be answered of the window that is watched, and since when.
    watched: Option<(u64, Instant)>,
}

impl Default for Window {
    fn default() -> Self {
        Self { size: START, in_flight: 0, watched: None }
    }
}

impl Window {
    /// Whether a message of that weight may be asked for beside `commands` others; it is counted then. A message larger
    /// than the window goes out when nothing else is in flight.
    pub(super) fn admits(&mut self, commands: usize, weight: u64, now: Instant) -> bool {
        let fits = self.in_flight + weight <= self.size;
        if commands > 0 && (commands >= COMMANDS || !fits) {
            // The window is full: how long it takes tells whether it is too large.
            self.watched.get_or_insert((self.in_flight, now));
            return false;
        }
        self.in_flight += weight;
        true
    }

    /// So many octets of what is in flight arrived.
    pub(super) fn arrived(&mut self, octets: u64) {
        self.in_flight = self.in_flight.saturating_sub(octets);
        if let Some((left, _)) = &mut self.watched {
            *left = left.saturating_sub(octets);
        }
    }

    /// A message is answered; `rest`: what it was counted for and did not bring.
    pub(super) fn answered(&mut self, rest: u64, now: Instant) {
        self.arrived(rest);
        let Some((0, since)) = self.watched else { return };
        self.watched = None;
        let lasted = now.saturating_duration_since(since);
        if lasted <= QUICK {
            self.size = (self.size * 2).min(CEILING);
        } else if lasted >= SLOW {
            self.size = (self.size / 2).max(FLOOR);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(window: &mut Window, weight: u64, now: Instant) -> usize {
        (0..10_000).find(|commands| !window.admits(*commands, weight, now)).unwrap()
    }

    fn answer(window: &mut Window, messages: usize, weight: u64, now: Instant) {
        for _ in 0..messages {
            window.answered(weight, now);
        }
    }

    #[test]
    fn it_grows_while_full_windows_are_answered_quickly_and_shrinks_when_one_takes_long() {
        let (start, mib) = (Instant::now(), 1024 * 1024);
        let mut window = Window::default();
        let mut sizes = Vec::new();
        for seconds in [0, 0, 0, 0, 0, 2, 5, 5, 5, 5] {
            let messages = fill(&mut window, mib / 4, start);
            sizes.push(messages / 4);
            answer(&mut window, messages, mib / 4, start + Duration::from_secs(seconds));
        }
        assert_eq!(sizes, [2, 4, 8, 16, 32, 32, 32, 16, 8, 4]);
    }

    #[test]
    fn small_messages_are_limited_by_their_number_and_large_ones_go_alone() {
        let now = Instant::now();
        assert_eq!(fill(&mut Window::default(), LEAST, now), COMMANDS);
        let mut window = Window::default();
        assert_eq!(fill(&mut window, u64::MAX >> 24, now), 1);
        window.arrived((u64::MAX >> 24) - 10);
        assert!(window.admits(1, 4096, now), "behind the rest of the large one there is room");
    }

    #[test]
    fn lies_have_bounds() {
        assert_eq!([weight(None), weight(Some(0)), weight(Some(u64::MAX))], [UNKNOWN, LEAST, 1 << 40]);
    }
}
