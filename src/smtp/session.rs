//! All transitions of an SMTP or LMTP conversation, client side (RFC 5321, RFC 2033).
//!
//! One session is one line, from the greeting to the close. What comes in is cut and judged in `incoming`, what a
//! reply means is in `transitions`, what goes out and when in `outgoing`, a whole mail in `delivery` and `body`, several of
//! them in `line_up`, a mail that is broken off on purpose in `halting`, TLS in `securing`, XCLIENT in `xclient`, a sign-in
//! in `signing_in`, lines in one write in `block`, and every way a conversation can end in `ending`.

mod block;
mod body;
mod delivery;
mod ending;
mod expectation;
mod halting;
mod incoming;
mod line_up;
mod outgoing;
mod securing;
mod service;
mod signing_in;
#[cfg(test)]
mod tests;
mod transitions;
mod vault;
mod xclient;

use std::collections::VecDeque;
use std::time::Instant;

pub use self::body::BodyOf;
use self::body::Sending;
pub(crate) use self::delivery::chunking::CHUNK;
use self::delivery::{Delivery, Step};
use self::ending::Loss;
use self::line_up::{LineUp, Owner};
use self::securing::Securing;
use self::signing_in::SigningIn;
use self::vault::Vault;
use super::reply::assembler::Assembler;
use super::{Capabilities, Command, Notice, State, Verb};
use crate::wire::framing::LineBuffer;
use crate::wire::limits::REPLY_LINE;
use crate::wire::{Channel, Chunk, Engine, Output, Timeouts, Wait};

/// SMTP or LMTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// RFC 5321.
    Smtp,
    /// RFC 2033.
    Lmtp,
}

/// One conversation.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of the conversation of its own")]
#[derive(Debug)]
pub struct Session {
    dialect: Dialect,
    timeouts: Timeouts,
    state: State,
    capabilities: Capabilities,
    incoming: LineBuffer,
    assembler: Assembler,
    /// Not begun.
    queue: VecDeque<Queued>,
    /// The plan that was begun.
    work: Option<Work>,
    /// The mails that were begun; none while there is another plan.
    mails: LineUp,
    /// Sent, and its reply still to come; in order.
    flight: VecDeque<Asked>,
    /// Octets of chunks in flight.
    unanswered: usize,
    /// The body of the last mail under way is being sent, or without a mail the text behind a typed DATA.
    body: Option<Sending>,
    /// That body cannot be sent to its end: when nothing is in flight, the line is given up.
    broken_off: Option<&'static str>,
    deadline: Option<(Instant, Wait)>,
    outputs: VecDeque<Output<Notice>>,
    vault: Vault,
    /// The TLS line, once it is one.
    channel: Option<Channel>,
    /// A hello went out on the line as it is now.
    hello_said: bool,
    /// TLS was to be had and is not: nothing but QUIT goes out.
    insecure: bool,
    /// As whom; empty when the sign-in was typed.
    signed_in: Option<String>,
    /// A planned sign-in failed, and none came through since: no mail goes out.
    sign_in_failed: bool,
    /// The text of the challenge that a planned sign-in has to answer, unmasked.
    challenge: Vec<u8>,
    /// Where an AUTH exchange goes back to, and its challenges so far.
    before_auth: State,
    challenges: u32,
    /// Recipients accepted in the transaction that is open.
    accepted: usize,
    /// A plan left a transaction without a final reply: RSET goes before the next one.
    unclean: bool,
    course: Course,
}

/// How far the conversation is on its way to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Course {
    Open,
    /// QUIT was sent: nothing else will be.
    Quitting,
    /// Broken off from either side; nothing is sent any more.
    GivenUp,
    /// The server said that it closes; nothing is sent any more.
    Announced,
}

/// A command that waits for its turn.
#[derive(Debug)]
struct Queued {
    command: Command,
    /// Submitted behind an AUTH that had not come to its end: a response, and not to be sent elsewhere.
    in_auth: bool,
}

/// Submitted by a plan, or put back in front of the queue.
impl From<Command> for Queued {
    fn from(command: Command) -> Self {
        Self { command, in_auth: false }
    }
}

/// A plan under way that is no mail. While there is one, all that is in flight belongs to it.
#[derive(Debug)]
enum Work {
    /// EHLO was sent; HELO follows with this name if it is refused.
    Hello(String),
    /// STARTTLS or the hello behind it was sent.
    Secure(Securing),
    /// XCLIENT was sent; the hello behind it is queued.
    XClient,
    SignIn(Box<SigningIn>),
}

/// A command whose reply is awaited.
#[derive(Debug)]
struct Asked {
    verb: Verb,
    shown: String,
    /// The step of a mail that it is.
    owner: Option<Owner>,
    /// Of the chunk that it announced.
    octets: usize,
    /// It went out in a block, or is the dot behind a text that was handed in: whoever sent it hears when no reply comes.
    in_block: bool,
}

impl Asked {
    /// It ends a mail, or in LMTP a mail for one recipient.
    fn is_final(&self) -> bool {
        self.verb == Verb::FinalDot || matches!(self.owner, Some((_, Step::Dot(_))))
    }

    /// It is the final step of the same mail, for another recipient.
    fn ends_with(&self, other: &Self) -> bool {
        let ticket = |asked: &Self| asked.owner.map(|(ticket, _)| ticket);
        self.is_final() && self.verb == other.verb && ticket(self) == ticket(other)
    }
}

impl Session {
    /// A conversation whose line has just been opened: the greeting is awaited from `now`.
    pub fn new(dialect: Dialect, timeouts: Timeouts, now: Instant) -> Self {
        Self {
            dialect,
            timeouts,
            state: State::Greeting,
            capabilities: Capabilities::default(),
            incoming: LineBuffer::new(REPLY_LINE),
            assembler: Assembler::default(),
            queue: VecDeque::new(),
            work: None,
            mails: LineUp::default(),
            flight: VecDeque::new(),
            unanswered: 0,
            body: None,
            broken_off: None,
            deadline: Some((now + timeouts.greeting, Wait::Greeting)),
            outputs: VecDeque::new(),
            vault: Vault::default(),
            channel: None,
            hello_said: false,
            insecure: false,
            signed_in: None,
            sign_in_failed: false,
            challenge: Vec::new(),
            before_auth: State::Greeted,
            challenges: 0,
            accepted: 0,
            unclean: false,
            course: Course::Open,
        }
    }

    /// Where the conversation stands.
    pub fn state(&self) -> State {
        self.state
    }

    /// What the last EHLO or LHLO announced.
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// Nothing is queued, in flight or half sent.
    pub fn is_idle(&self) -> bool {
        let half_way = matches!(self.state, State::Greeting | State::Body | State::Auth | State::Tls);
        self.is_over() || (!half_way && !self.is_busy() && self.queue.is_empty())
    }

    /// A plan, a mail or a line is under way.
    fn is_busy(&self) -> bool {
        self.work.is_some() || !self.mails.is_empty() || !self.flight.is_empty()
    }

    /// Nothing is sent any more, and nothing that comes is believed.
    fn is_over(&self) -> bool {
        matches!(self.course, Course::GivenUp | Course::Announced)
    }

    /// Nothing that was said before the handshake counts any more (RFC 3207 4.2), or before XCLIENT.
    fn forget(&mut self) {
        self.capabilities = Capabilities::default();
        self.accepted = 0;
        self.unclean = false;
        self.hello_said = false;
        self.signed_in = None;
        self.sign_in_failed = false;
    }

    fn notify(&mut self, notice: Notice) {
        self.outputs.push_back(Output::Notify(notice));
    }

    fn transmit(&mut self, chunk: Chunk) {
        self.outputs.push_back(Output::Transmit(chunk));
    }

    /// Changes the state and says so.
    fn enter(&mut self, state: State) {
        if self.state != state {
            self.state = state;
            self.notify(Notice::State(state));
        }
    }

    /// Starts the clock of the next reply in flight, or else of the piece of a body that was asked for; stops it when
    /// there is neither.
    fn await_reply(&mut self, now: Instant) {
        let body = self.body.as_ref().filter(|sending| sending.asked);
        self.deadline = match self.flight.front() {
            Some(asked) => Some(match asked.verb {
                Verb::FinalDot => (now + self.timeouts.final_dot, Wait::FinalDot),
                Verb::Bdat if asked.is_final() => (now + self.timeouts.final_dot, Wait::FinalDot),
                Verb::Quit => (now + self.timeouts.quit, Wait::Quit),
                _ => (now + self.timeouts.reply, Wait::Reply),
            }),
            None => body.map(|_| (now + self.timeouts.reply, Wait::Body)),
        };
    }
}

impl Engine for Session {
    type Command = Command;
    type Notice = Notice;

    fn submit(&mut self, command: Command, now: Instant) {
        let in_auth = self.awaits_auth();
        if self.course != Course::Open {
            let stage = self.stage();
            return self.dropped(command, Loss { why: "the conversation is over", stage, reply: None });
        }
        if self.is_barred(&command) {
            return self.barred(command);
        }
        self.queue.push_back(Queued { command, in_auth });
        self.advance(now);
    }

    fn receive(&mut self, bytes: &[u8], now: Instant) {
        self.read(bytes, now);
        self.advance(now);
    }

    fn body(&mut self, bytes: &[u8], last: bool, now: Instant) {
        self.send_body(bytes, last, now);
    }

    fn body_failed(&mut self, now: Instant) {
        if let Some(sending) = self.body.take() {
            let why = "the body could not be read to its end";
            if sending.typed {
                self.notify(Notice::Dropped { verb: Verb::FinalDot, why: why.to_owned() });
            }
            // Replies to the mails before it may be on their way.
            self.broken_off = Some(why);
            self.advance(now);
        }
    }

    fn tls_started(&mut self, channel: Channel, now: Instant) {
        let nothing_came = self.incoming.pending().is_empty() && self.assembler.is_empty();
        match self.state {
            State::Greeting if nothing_came => self.channel = Some(channel),
            State::Tls => {
                self.channel = Some(channel);
                self.forget();
                self.enter(State::Greeted);
                self.advance(now);
            }
            _ => {}
        }
    }

    fn eof(&mut self, _now: Instant) {
        self.closed_by_peer();
    }

    fn timeout(&mut self, now: Instant) {
        if let Some((_, wait)) = self.deadline.filter(|(deadline, _)| *deadline <= now) {
            self.timed_out(wait);
        }
    }

    fn deadline(&self) -> Option<Instant> {
        self.deadline.map(|(deadline, _)| deadline)
    }

    fn pending(&self) -> &[u8] {
        self.incoming.pending()
    }

    fn poll(&mut self) -> Option<Output<Notice>> {
        self.outputs.pop_front()
    }
}
