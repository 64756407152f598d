//! Which reply answers which command: replies come in the order of commands (RFC 5321 4.1.4, RFC 2920, RFC 1939).

use std::collections::VecDeque;

use super::Class;
use super::row::Verb;

/// Commands under way that are remembered; more are under way only if the peer answers none.
const WAITING: usize = 4096;

/// A command or body that can be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) id: u64,
    pub(super) verb: Verb,
}

/// The open questions of one side.
#[derive(Clone, Debug, Default)]
pub(super) struct Pairing {
    link: u32,
    waiting: VecDeque<Asked>,
    last: Option<Asked>,
    /// Of the command sent last, answered or not.
    sent: Verb,
    /// The last reply asked for more, so the next line is part of the same exchange (AUTH).
    exchange: bool,
}

impl Pairing {
    /// A command line went out; its verb.
    pub(super) fn command(&mut self, link: u32, id: u64, text: &[u8]) -> Verb {
        self.follow(link);
        let verb = match self.last {
            Some(asked) if self.exchange => asked.verb,
            _ => Verb::of(text),
        };
        self.exchange = false;
        self.sent = verb;
        self.ask(Asked { id, verb });
        verb
    }

    /// What a body that goes out now belongs to: the BDAT before it, or a final dot of its own.
    pub(super) fn body_verb(&mut self, link: u32) -> Verb {
        self.follow(link);
        if self.sent == Verb::BDAT { Verb::BDAT } else { Verb::DOT }
    }

    /// A body went out whole. One behind BDAT is a part of that command, and the reply is to that.
    pub(super) fn body_sent(&mut self, link: u32, id: u64) {
        if self.body_verb(link) == Verb::DOT {
            self.ask(Asked { id, verb: Verb::DOT });
        }
    }

    /// A reply begins; what it answers. `None` for what nobody asked for.
    pub(super) fn reply(&mut self, link: u32, class: Option<Class>, expected: bool) -> Option<Asked> {
        self.follow(link);
        let asked = match self.waiting.pop_front() {
            Some(asked) => Some(asked),
            // LMTP answers one final dot once for each recipient.
            None if expected => self.last,
            None => None,
        };
        if asked.is_some() {
            self.last = asked;
            self.exchange = class == Some(Class::More) && asked.is_some_and(|asked| asked.verb.as_str() == "AUTH");
        }
        asked
    }

    /// The command whose reply came last: what a body that arrives belongs to.
    pub(super) fn last(&mut self, link: u32) -> Option<Asked> {
        self.follow(link);
        self.last
    }

    fn ask(&mut self, asked: Asked) {
        if self.waiting.len() == WAITING {
            self.waiting.pop_front();
        }
        self.waiting.push_back(asked);
    }

    fn follow(&mut self, link: u32) {
        if self.link != link {
            *self = Self { link, ..Self::default() };
        }
    }
}
