//! Lines that a person sends in one write on purpose, whether PIPELINING is announced or not (RFC 2449 6.8).
//!
//! Each has its own response, in order. A block is sent whole or not at all: no line in it may change what the octets
//! behind it are.

use std::time::Instant;

use super::Session;
use crate::pop3::{Line, Notice, State, Verb};
use crate::wire::argument::fits;

impl Session {
    /// Sends all of `lines`, or none.
    pub(super) fn begin_block(&mut self, lines: Vec<Line>, now: Instant) {
        if let Some((verb, number, why)) = self.unfit(&lines) {
            return self.notify_dropped(verb, number, &format!("nothing of the block was sent: {why}"));
        }
        let says_goodbye = lines.last().is_some_and(|line| line.verb == Verb::Quit);
        for line in lines {
            self.transmit(&line, now);
            if let Some(flight) = self.flights.back_mut() {
                flight.in_block = true;
            }
        }
        if says_goodbye {
            self.said_goodbye();
        }
    }

    /// The first line that must not go out, and why.
    fn unfit(&self, lines: &[Line]) -> Option<(Verb, Option<u32>, String)> {
        let misfit = |(index, line): (usize, &Line)| {
            let why = match fits(&line.bytes, line.limit()) {
                Err(bad) => bad.to_string(),
                Ok(()) => self.misplaced(line.verb, index + 1 == lines.len())?.to_owned(),
            };
            Some((line.verb, line.number, format!("line {}, {}: {why}", index + 1, line.verb.name())))
        };
        if lines.is_empty() {
            return Some((Verb::Unknown, None, "it has no lines".to_owned()));
        }
        lines.iter().enumerate().find_map(misfit)
    }

    fn misplaced(&self, verb: Verb, is_last: bool) -> Option<&'static str> {
        match verb {
            _ if self.state == State::Auth => Some("a sign-in goes on one line at a time"),
            Verb::SaslResponse => Some("no AUTH exchange is under way"),
            Verb::Auth => Some("what follows it would be taken for the answers to its challenges"),
            Verb::Stls => Some("what follows it would have to be encrypted"),
            Verb::Quit if !is_last => Some("the conversation ends here, and what follows would not be answered"),
            _ => None,
        }
    }

    /// The conversation is over, and nobody knows what the lines of a block did that have no response.
    pub(super) fn left_unanswered(&mut self, why: &str) {
        for flight in std::mem::take(&mut self.flights).into_iter().filter(|flight| flight.in_block) {
            self.notify(Notice::Unanswered { verb: flight.verb, number: flight.number, why: why.to_owned() });
        }
    }
}
