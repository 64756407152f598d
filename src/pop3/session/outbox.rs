//! What is queued, when it may go out, and what is in flight.
//!
//! One command at a time, except in the transaction state when CAPA announced PIPELINING (RFC 2449 6.8): then up to
//! [`WINDOW`] commands whose responses have a known shape and change nothing but the maildrop. QUIT may be the last of
//! them. Signing in, STLS, AUTH and unknown verbs always travel alone, but for what a person puts into one `block`.

use std::time::Instant;

use super::parting::OVER;
use super::{Farewell, Parting, Session};
use crate::pop3::{BodyKind, Command, Line, Notice, State, Verb, Violation};
use crate::wire::argument::fits;
use crate::wire::{Chunk, ChunkKind, Output, limits};

/// Most commands in flight at once: with messages of 4 KiB and a round trip of 20 ms, 100 MB a second. Whoever wants
/// fewer octets on their way submits fewer.
const WINDOW: usize = 512;

/// What follows a `+OK`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Line,
    Message(BodyKind),
    Listing,
    /// Capabilities, or the mechanisms that a bare AUTH lists.
    Words,
}

/// A command that is written and not yet answered whole.
#[derive(Debug)]
pub(super) struct Flight {
    pub(super) verb: Verb,
    pub(super) number: Option<u32>,
    pub(super) shape: Shape,
    /// The line, secrets masked.
    pub(super) shown: String,
    /// `+ ` is an answer to it.
    pub(super) may_be_challenged: bool,
    /// It went out in a block: whoever sent it hears when no response comes.
    pub(super) in_block: bool,
}

impl Flight {
    fn of(line: &Line) -> Self {
        let argument = line.has_argument();
        let shape = match line.verb {
            Verb::Retr => Shape::Message(BodyKind::Retr),
            Verb::Top => Shape::Message(BodyKind::Top),
            Verb::List | Verb::Uidl if !argument => Shape::Listing,
            Verb::Capa => Shape::Words,
            Verb::Auth if !argument => Shape::Words,
            _ => Shape::Line,
        };
        let may_be_challenged = match line.verb {
            Verb::Auth => argument,
            Verb::SaslResponse => !line.cancels(),
            _ => false,
        };
        Self { verb: line.verb, number: line.number, shape, shown: line.shown(), may_be_challenged, in_block: false }
    }

    /// Whether a message follows a `+OK`.
    pub(super) fn is_message(&self) -> bool {
        matches!(self.shape, Shape::Message(_))
    }

    /// Whether others may be in flight beside it.
    fn shares(verb: Verb) -> bool {
        matches!(
            verb,
            Verb::Stat
                | Verb::List
                | Verb::Uidl
                | Verb::Top
                | Verb::Retr
                | Verb::Dele
                | Verb::Rset
                | Verb::Noop
                | Verb::Capa
                | Verb::Quit
        )
    }
}

impl Session {
    /// Queues a command, or says why not.
    pub(super) fn enqueue(&mut self, command: Command) {
        let is_over = self.state == State::Closed || self.farewell != Farewell::Unsaid;
        match () {
            () if is_over => self.drop_command(&command, OVER),
            () if self.insecure && command.verb() != Verb::Quit => self.barred(&command),
            () => self.queue.push_back(command),
        }
    }

    /// Sends what may be sent. Called only when everything that arrived has been read.
    pub(super) fn pump(&mut self, now: Instant) {
        while self.may_send() {
            if self.flights.is_empty() && !self.input.pending().is_empty() {
                // These bytes were there before the command: they can be no answer to it.
                let early = self.shown(self.input.pending());
                return self.part(Parting::Broken(Violation::Unsolicited(early)));
            }
            if let Some(step) = self.step.take() {
                self.take_step(&step, now);
            } else if self.must_cancel() {
                self.transmit(&Line::cancel(), now);
            } else if let Some(command) = self.queue.pop_front() {
                self.begin(command, now);
            }
        }
    }

    fn begin(&mut self, command: Command, now: Instant) {
        match command {
            Command::Line(line) => self.send(line, now),
            Command::Block(lines) => self.begin_block(lines, now),
            Command::Secure(mode) => self.begin_secure(mode),
            Command::SignIn(sign_in) => self.begin_sign_in(sign_in),
        }
    }

    fn may_send(&self) -> bool {
        match self.state {
            State::Greeting | State::Tls | State::Update | State::Closed => false,
            _ if self.plan.is_some() => self.flights.is_empty() && self.step.is_some(),
            State::Authorization => self.flights.is_empty() && !self.queue.is_empty(),
            State::Auth => self.flights.is_empty() && (!self.queue.is_empty() || self.must_cancel()),
            State::Transaction => self.queue.front().is_some_and(|next| self.has_room_for(next)),
        }
    }

    fn has_room_for(&self, next: &Command) -> bool {
        let (verb, alone) = (next.verb(), matches!(next, Command::Block(_)));
        // What does not share is alone in flight, so that the first speaks for all.
        self.flights.front().is_none_or(|first| {
            let room = self.capabilities.pipelining && self.flights.len() < WINDOW;
            room && !alone && Flight::shares(verb) && Flight::shares(first.verb)
        })
    }

    /// An AUTH exchange is given up when it goes round too often, or when a command was built that is no part of it.
    fn must_cancel(&self) -> bool {
        let command_waits = || self.queue.front().is_some_and(|command| !command.is_typed());
        self.state == State::Auth && (self.rounds > limits::SASL_ROUNDS || command_waits())
    }

    fn send(&mut self, line: Line, now: Instant) {
        let line = if self.state == State::Auth { line.into_sasl_response() } else { line };
        if line.verb != Verb::SaslResponse
            && let Err(bad) = fits(&line.bytes, line.limit())
        {
            return self.notify_dropped(line.verb, line.number, &bad.to_string());
        }
        self.transmit(&line, now);
        if line.verb == Verb::Quit {
            self.said_goodbye();
        }
    }

    /// QUIT is written.
    pub(super) fn said_goodbye(&mut self) {
        self.farewell = Farewell::Written;
        self.set_state(State::Update);
        self.drop_queue("QUIT went out before it");
    }

    pub(super) fn transmit(&mut self, line: &Line, now: Instant) {
        self.vault.remember(line);
        self.write(line, now);
    }

    /// Sends a line in which nothing is secret that could be quoted.
    pub(super) fn write(&mut self, line: &Line, now: Instant) {
        if line.verb == Verb::Auth {
            self.rounds = 0;
        }
        let bytes = [line.bytes.as_slice(), b"\r\n"].concat();
        let chunk = Chunk { bytes, kind: ChunkKind::Command, expected: true, secrets: line.secrets.clone() };
        self.outputs.push_back(Output::Transmit(chunk));
        self.flights.push_back(Flight::of(line));
        if self.flights.len() == 1 {
            self.rearm(now);
        }
    }

    pub(super) fn drop_command(&mut self, command: &Command, why: &str) {
        self.notify_dropped(command.verb(), command.number(), why);
    }

    pub(super) fn notify_dropped(&mut self, verb: Verb, number: Option<u32>, why: &str) {
        self.notify(Notice::Dropped { verb, number, why: why.to_owned() });
    }
}
