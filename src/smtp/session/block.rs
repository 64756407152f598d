//! Lines that a person sends in one write on purpose, whether PIPELINING is announced or not (RFC 2920).
//!
//! Each has its own reply, in order. A block is sent whole or not at all: no line in it may change what the octets behind
//! it are.

use std::time::Instant;

use super::{Asked, Course, Session};
use crate::smtp::{Dialect, Line, Notice, State, Verb};

impl Session {
    /// Sends all of `lines`, or none.
    pub(super) fn begin_block(&mut self, lines: Vec<Line>, in_auth: bool, now: Instant) {
        match self.placed(&lines, in_auth) {
            Ok(verbs) => {
                for (line, verb) in lines.into_iter().zip(verbs) {
                    self.send_in_block(Line { verb, ..line }, now);
                }
            }
            Err((verb, why)) => {
                self.notify(Notice::Dropped { verb, why: format!("nothing of the block was sent: {why}") });
            }
        }
    }

    /// What each line is where it stands, or why none of them must go out.
    fn placed(&self, lines: &[Line], in_auth: bool) -> Result<Vec<Verb>, (Verb, String)> {
        if lines.is_empty() {
            return Err((Verb::Unknown, "it has no lines".to_owned()));
        }
        let place = |(index, line): (usize, &Line)| {
            let shown = |verb: Verb, why: &str| (verb, format!("line {}, {}: {why}", index + 1, verb.name()));
            let verb = self.place(line, in_auth).map_err(|(verb, why)| shown(verb, &why))?;
            match self.misplaced(verb, line, index, index + 1 == lines.len()) {
                Some(why) => Err(shown(verb, why)),
                None => Ok(verb),
            }
        };
        lines.iter().enumerate().map(place).collect()
    }

    fn misplaced(&self, verb: Verb, line: &Line, index: usize, is_last: bool) -> Option<&'static str> {
        match verb {
            Verb::SaslResponse => Some("a sign-in goes on one line at a time"),
            Verb::Auth => Some("what follows it would be taken for the answers to its challenges"),
            Verb::StartTls => Some("what follows it would have to be encrypted"),
            Verb::Data if !is_last => Some("what follows it would be taken for the text, or not, as the reply decides"),
            Verb::FinalDot if !is_last => Some("the text ends here, and what follows would be commands"),
            Verb::Quit if !is_last => Some("the conversation ends here, and what follows would not be answered"),
            // How often a last chunk is answered depends on the replies before it (RFC 2033 4.3).
            Verb::Bdat
                if self.dialect == Dialect::Lmtp && index > 0 && super::outgoing::is_last_chunk(&line.shown()) =>
            {
                Some("LMTP answers it for each recipient, and who they are is not known yet")
            }
            _ => None,
        }
    }

    fn send_in_block(&mut self, line: Line, now: Instant) {
        let before = self.flight.len();
        self.send(line, None, now);
        for asked in self.flight.iter_mut().skip(before) {
            asked.in_block = true;
        }
    }

    /// QUIT went out behind lines that are still answered: once they are, only its own reply is left.
    pub(super) fn end_behind_block(&mut self) {
        let is_next = self.flight.front().is_some_and(|asked| asked.verb == Verb::Quit);
        if self.course == Course::Quitting && is_next {
            self.enter(State::Ending);
        }
    }

    /// The conversation is over for these lines of a block, and nobody knows what they did.
    pub(super) fn left_unanswered(&mut self, lines: impl IntoIterator<Item = Asked>, why: &str) {
        for asked in lines.into_iter().filter(|asked| asked.in_block) {
            self.notify(Notice::Unanswered { verb: asked.verb, why: why.to_owned() });
        }
    }
}
