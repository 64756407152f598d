//! How long each stage of a connection and of its mails took, as the replies came in.

use std::time::{Duration, Instant};

use crate::batch::Lap;

/// Stages of a mail, in order.
const OF_MAIL: [Lap; 4] = [Lap::Mail, Lap::Rcpt, Lap::Data, Lap::Dot];

/// A clock with laps.
#[derive(Clone, Debug)]
pub(super) struct Clock {
    last: Instant,
    /// When it was the turn of the mail under way.
    turn: Instant,
    of_mail: [Option<Duration>; OF_MAIL.len()],
}

impl Clock {
    pub fn new(now: Instant) -> Self {
        Self { last: now, turn: now, of_mail: [None; OF_MAIL.len()] }
    }

    /// Time since the last lap.
    pub fn lap(&mut self, now: Instant) -> Duration {
        let took = now.saturating_duration_since(self.last);
        self.last = now;
        took
    }

    /// A mail goes out, and none is under way.
    pub fn turn(&mut self, now: Instant) {
        (self.last, self.turn) = (now, now);
    }

    /// A reply of the mail under way; several of one stage add up.
    pub fn replied(&mut self, lap: Lap, now: Instant) {
        let took = self.lap(now);
        if let Some(at) = OF_MAIL.iter().position(|known| *known == lap) {
            *self.of_mail[at].get_or_insert_default() += took;
        }
    }

    /// The mail under way is done, and it is the turn of the next one. Gives how long it took.
    pub fn done(&mut self, now: Instant) -> Duration {
        let took = now.saturating_duration_since(self.turn);
        self.turn = now;
        took
    }

    /// The stages of the mail that is done; they are forgotten.
    pub fn laps(&mut self) -> impl Iterator<Item = (Lap, Duration)> + use<> {
        let of_mail = std::mem::take(&mut self.of_mail);
        OF_MAIL.into_iter().zip(of_mail).filter_map(|(lap, took)| Some((lap, took?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_add_up_to_the_mail() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut clock = Clock::new(start);
        clock.turn(at(10));
        for (lap, ms) in [(Lap::Mail, 12), (Lap::Rcpt, 13), (Lap::Rcpt, 16), (Lap::Data, 17), (Lap::Dot, 20)] {
            clock.replied(lap, at(ms));
        }
        assert_eq!(clock.done(at(20)), Duration::from_millis(10));
        let laps: Vec<_> = clock.laps().map(|(lap, took)| (lap, took.as_millis())).collect();
        assert_eq!(laps, [(Lap::Mail, 2), (Lap::Rcpt, 4), (Lap::Data, 1), (Lap::Dot, 3)]);
        assert_eq!((clock.laps().count(), clock.done(at(25))), (0, Duration::from_millis(5)));
    }
}
