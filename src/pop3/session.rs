//! All transitions of a POP3 conversation, client side (RFC 1939, RFC 2449, RFC 2595, RFC 5034).
//!
//! No socket, no clock, no decision that is the person's: it sends what was submitted when the protocol allows, and
//! says what came back. The parts, one duty each:
//!
//! | file | duty |
//! |---|---|
//! | `outbox` | what is queued, when it goes out, what is in flight |
//! | `block` | lines that go out in one write on purpose |
//! | `greeting` | the first line, and services that are no POP3 |
//! | `answer` | status lines and what each changes |
//! | `multiline` | listings and messages while they arrive |
//! | `plan` | what takes several lines: securing the line, signing in |
//! | `vault` | secrets that were sent, found again in what comes back |
//! | `clock` | deadlines |
//! | `parting` | every way a conversation ends, and the fate of the marks |
//!
//! Rules that hold everywhere: bytes that arrived before a command was written cannot be its answer; the first breach
//! of the protocol ends the conversation; every byte received comes out once, in a chunk or in `pending`, unless chunks
//! are not wanted.

mod answer;
mod block;
mod clock;
mod greeting;
mod multiline;
mod outbox;
mod parting;
mod plan;
mod vault;

#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::time::Instant;

use super::{Capabilities, Command, Notice, State, Violation};
use crate::wire::framing::LineBuffer;
use crate::wire::{Channel, Chunk, ChunkKind, Engine, Output, Timeouts, Wait, limits};
use multiline::Reading;
use outbox::Flight;
use parting::{Farewell, Parting};
use plan::{Asked, Plan, Step};
use vault::Vault;

/// One conversation.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, true or not whatever the others are")]
pub struct Session {
    timeouts: Timeouts,
    deadline: Option<(Instant, Wait)>,
    state: State,
    farewell: Farewell,
    /// PASS, APOP or AUTH was accepted, and the fate of the marks is not yet told.
    signed_in: bool,
    marks: BTreeSet<u32>,
    capabilities: Capabilities,
    /// Whether CAPA was asked on this line, and answered.
    asked: Asked,
    /// What the greeting carried for APOP.
    stamp: Option<String>,
    /// The TLS line, since there is one.
    channel: Option<Channel>,
    /// One try is enough: STLS was refused.
    stls_refused: bool,
    /// TLS was to be had and is not: nothing but QUIT goes out.
    insecure: bool,
    /// A command of several lines under way, and its line that is due.
    plan: Option<Plan>,
    step: Option<Step>,
    vault: Vault,
    /// Challenges in the AUTH exchange under way.
    rounds: u32,
    queue: VecDeque<Command>,
    /// Written and not yet answered whole; the first is the one the next line belongs to.
    flights: VecDeque<Flight>,
    /// The multi-line response to the first flight, once its status line said `+OK`.
    reading: Option<Reading>,
    input: LineBuffer,
    outputs: VecDeque<Output<Notice>>,
    /// Whether what was received comes out in chunks.
    keeps_chunks: bool,
}

impl Session {
    /// A conversation whose line has just been opened: the greeting is awaited from `now`.
    pub fn new(timeouts: Timeouts, now: Instant) -> Self {
        Self {
            timeouts,
            deadline: Some((now + timeouts.greeting, Wait::Greeting)),
            state: State::Greeting,
            farewell: Farewell::Unsaid,
            signed_in: false,
            marks: BTreeSet::new(),
            capabilities: Capabilities::default(),
            asked: Asked::Not,
            stamp: None,
            channel: None,
            stls_refused: false,
            insecure: false,
            plan: None,
            step: None,
            vault: Vault::default(),
            rounds: 0,
            queue: VecDeque::new(),
            flights: VecDeque::new(),
            reading: None,
            input: LineBuffer::new(limits::REPLY_LINE),
            outputs: VecDeque::new(),
            keeps_chunks: true,
        }
    }

    /// From here on answers and bodies do not come out as [`Output::Received`]: nobody keeps a record of them. All
    /// else is as before.
    pub fn without_chunks(&mut self) {
        self.keeps_chunks = false;
    }

    /// Where the conversation stands.
    pub fn state(&self) -> State {
        self.state
    }

    /// What the last CAPA announced.
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// Messages marked by DELE in this session whose fate is still open.
    pub fn marks(&self) -> &BTreeSet<u32> {
        &self.marks
    }

    /// Nothing is queued, in flight or half sent.
    pub fn is_idle(&self) -> bool {
        self.queue.is_empty() && self.flights.is_empty() && self.plan.is_none()
    }

    /// Our side drops the line, without QUIT unless one is written already. Says what became of the marks and of what
    /// was queued; asks for no [`Output::Close`], as the caller does that.
    pub fn dropped(&mut self, _now: Instant) {
        if self.state != State::Closed {
            self.part(Parting::Dropped);
        }
    }

    fn notify(&mut self, notice: Notice) {
        self.outputs.push_back(Output::Notify(notice));
    }

    fn set_state(&mut self, state: State) {
        if self.state != state {
            self.state = state;
            self.notify(Notice::State(state));
        }
    }

    /// The state outside of any exchange.
    fn base_state(&self) -> State {
        if self.signed_in { State::Transaction } else { State::Authorization }
    }

    /// Reads all that is there, up to the end of the conversation or to STLS.
    fn read_all(&mut self, now: Instant) {
        while !matches!(self.state, State::Closed | State::Tls) {
            let went_on = if self.reading.is_some() { self.read_body(now) } else { self.read_line(now) };
            if !went_on {
                break;
            }
        }
    }

    /// Hands on bytes that are nothing of the protocol.
    fn stray(&mut self, bytes: Vec<u8>) {
        if !bytes.is_empty() {
            let secrets = self.vault.find(&bytes);
            let chunk = Chunk { bytes, kind: ChunkKind::Stray, expected: false, secrets };
            self.outputs.push_back(Output::Received(chunk));
        }
    }
}

impl Engine for Session {
    type Command = Command;
    type Notice = Notice;

    fn submit(&mut self, command: Command, now: Instant) {
        self.enqueue(command);
        self.pump(now);
    }

    fn receive(&mut self, bytes: &[u8], now: Instant) {
        if bytes.is_empty() {
            return;
        }
        match self.state {
            State::Closed => self.stray(bytes.to_vec()),
            State::Tls => {
                self.stray(bytes.to_vec());
                self.part(Parting::Broken(Violation::InjectedBeforeTls(bytes.len())));
            }
            _ => {
                self.take_in(bytes, now);
                self.read_all(now);
                self.pump(now);
            }
        }
    }

    /// POP3 has no body from client to server: this engine never asks for one, and passes over what it is given.
    fn body(&mut self, _bytes: &[u8], _last: bool, _now: Instant) {}

    /// As for [`Self::body`]: there is no body that could fail.
    fn body_failed(&mut self, _now: Instant) {}

    fn tls_started(&mut self, channel: Channel, now: Instant) {
        self.channel = Some(channel);
        if self.state == State::Tls {
            self.set_state(self.base_state());
            self.ask_again();
            self.pump(now);
        }
    }

    fn eof(&mut self, _now: Instant) {
        if self.state != State::Closed {
            self.part(Parting::PeerClosed);
        } else if self.farewell == Farewell::Answered {
            self.farewell = Farewell::Done;
            self.notify(Notice::Closed { clean: true });
        }
    }

    fn timeout(&mut self, now: Instant) {
        if let Some((at, wait)) = self.deadline
            && now >= at
        {
            self.part(Parting::TimedOut(wait));
        }
    }

    fn deadline(&self) -> Option<Instant> {
        self.deadline.map(|(at, _)| at)
    }

    fn pending(&self) -> &[u8] {
        self.input.pending()
    }

    fn poll(&mut self) -> Option<Output<Notice>> {
        self.outputs.pop_front()
    }
}

impl fmt::Debug for Session {
    /// Leaves out the buffers: what they hold is not yet masked.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("state", &self.state)
            .field("queued", &self.queue.len())
            .field("in_flight", &self.flights.len())
            .field("marks", &self.marks)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}
