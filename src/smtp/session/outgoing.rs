//! Commands out: what is queued, one line at a time and each behind the reply before it, but for a pipelined mail.

use std::time::Instant;

use super::ending::Loss;
use super::line_up::Owner;
use super::signing_in::NOT_SIGNED_IN;
use super::{Asked, Course, Queued, Session, Work};
use crate::smtp::reply::assembler::quoted;
use crate::smtp::{Command, Dialect, Line, Notice, Stage, State, Verb, Violation};
use crate::wire::argument::fits;
use crate::wire::limits::TEXT_LINE;
use crate::wire::{Chunk, ChunkKind, secret};

impl Session {
    /// Sends what may be sent now.
    pub(super) fn advance(&mut self, now: Instant) {
        while self.may_send() {
            if self.body.is_some() {
                return self.pull(now);
            }
            if !self.flight.is_empty() {
                if self.ride(now) {
                    continue;
                }
                return;
            }
            if let Some(why) = self.broken_off.take() {
                return self.give_up(None, why);
            }
            if self.work.is_none() && self.mails.is_empty() && self.queue.is_empty() {
                return;
            }
            if !self.incoming.pending().is_empty() && self.state != State::Body {
                let pending = self.incoming.pending();
                let shown = quoted(&secret::masked(pending, &self.vault.find(pending, 0, &[])));
                return self.broken(Violation::Unsolicited(shown));
            }
            match self.work.take() {
                Some(Work::Hello(name)) => self.hello(Verb::Helo, &name, now),
                Some(Work::Secure(securing)) => self.hello_again(securing, now),
                // Its one line is in flight as long as there is the plan.
                Some(Work::XClient) => {}
                Some(Work::SignIn(plan)) => self.go_on_signing_in(plan, now),
                None if !self.mails.is_empty() => self.deliver(now),
                None => self.begin(now),
            }
        }
    }

    fn may_send(&self) -> bool {
        !self.is_over() && !matches!(self.state, State::Greeting | State::Tls)
    }

    /// Takes the next command from the queue.
    fn begin(&mut self, now: Instant) {
        let Some(Queued { command, in_auth }) = self.queue.pop_front() else { return };
        match command {
            Command::Line(line) => self.begin_line(line, in_auth, now),
            Command::Hello(_) | Command::Mail(_) if self.is_typing() => {
                self.not_now(command, "a body or a sign-in is being typed; end it first");
            }
            Command::Hello(_) | Command::Mail(_) if self.state == State::Ending => {
                self.not_now(command, "the server takes no more commands");
            }
            Command::Mail(_) if self.sign_in_failed => {
                self.dropped(command, Loss { why: NOT_SIGNED_IN, stage: Stage::Auth, reply: None });
            }
            Command::Block(lines) => self.begin_block(lines, in_auth, now),
            Command::Body if self.state == State::Body => self.begin_text(),
            Command::Body => self.not_now(command, "the server did not ask for a text"),
            Command::Hello(name) => self.first_hello(&name, now),
            Command::Secure { mode, hello } => self.begin_secure(mode, hello, now),
            Command::XClient { attributes, hello } => self.begin_xclient(&attributes, hello, now),
            Command::SignIn(sign_in) => self.begin_sign_in(&sign_in, now),
            Command::Mail(mail) => self.begin_mail(mail),
        }
    }

    fn not_now(&mut self, command: Command, why: &str) {
        let stage = self.stage();
        self.dropped(command, Loss { why, stage, reply: None });
    }

    /// A person or a script is inside of a body or a SASL exchange.
    pub(super) fn is_typing(&self) -> bool {
        matches!(self.state, State::Body | State::Auth)
    }

    fn begin_line(&mut self, line: Line, in_auth: bool, now: Instant) {
        match self.place(&line, in_auth) {
            Ok(verb) => {
                let line = Line { verb, ..line };
                let line = if verb == Verb::SaslResponse { line.wholly_secret() } else { line };
                self.send(line, None, now);
            }
            Err((verb, why)) => self.notify(Notice::Dropped { verb, why }),
        }
    }

    /// What a line is in the present state, or why it must not go out.
    pub(super) fn place(&self, line: &Line, in_auth: bool) -> Result<Verb, (Verb, String)> {
        let refused = |verb, why: &str| Err((verb, why.to_owned()));
        match (self.state, line.verb) {
            (State::Auth, _) => Ok(Verb::SaslResponse),
            (_, Verb::SaslResponse) => refused(line.verb, "no AUTH exchange is under way"),
            (State::Body, _) if line.bytes == b"." => Ok(Verb::FinalDot),
            (State::Body, _) => within(line, TEXT_LINE + 2).map(|()| Verb::BodyLine),
            (_, Verb::BodyLine | Verb::FinalDot) => refused(line.verb, "no body is under way"),
            (State::Ending, Verb::Quit) => Ok(Verb::Quit),
            (State::Ending, verb) => refused(verb, "the server takes no more commands"),
            (_, Verb::Unknown) if in_auth && !line.bytes.contains(&b' ') => {
                refused(Verb::SaslResponse, "the AUTH exchange it was meant for is over")
            }
            (_, Verb::Bdat) if line.announces_octets() => {
                let way = "type DATA, or have a whole mail sent by BDAT; BDAT 0 LAST goes out";
                refused(
                    Verb::Bdat,
                    &format!("octets for BDAT cannot be typed, as the next lines would become them: {way}"),
                )
            }
            (_, Verb::Auth) => Ok(Verb::Auth),
            (_, verb) => within(line, line.limit()).map(|()| verb),
        }
    }

    pub(super) fn first_hello(&mut self, name: &str, now: Instant) {
        self.hello(self.hello_verb(), name, now);
    }

    fn hello(&mut self, verb: Verb, name: &str, now: Instant) {
        match Line::hello(verb, name) {
            Ok(line) => {
                self.work = (verb == Verb::Ehlo).then(|| Work::Hello(name.to_owned()));
                self.send(line, None, now);
            }
            Err(bad) => self.notify(Notice::Dropped { verb, why: bad.to_string() }),
        }
    }

    /// Writes a line and notes what is awaited for it.
    pub(super) fn send(&mut self, line: Line, owner: Option<Owner>, now: Instant) {
        let verb = line.verb;
        self.vault.remember(&line, verb);
        let secrets = self.vault.find(&line.bytes, 0, &line.secrets);
        let shown = String::from_utf8_lossy(&secret::masked(&line.bytes, &secrets)).into_owned();
        let kind = match verb {
            Verb::BodyLine => ChunkKind::Body,
            Verb::FinalDot => ChunkKind::BodyEnd,
            _ => ChunkKind::Command,
        };
        let mut bytes = line.bytes;
        bytes.extend_from_slice(b"\r\n");
        self.transmit(Chunk { bytes, kind, expected: true, secrets });
        for _ in 0..self.replies_to(verb, &shown, owner) {
            self.flight.push_back(Asked { verb, shown: shown.clone(), owner, octets: 0, in_block: false });
        }
        if self.deadline.is_none() {
            self.await_reply(now);
        }
        self.hello_said |= matches!(verb, Verb::Helo | Verb::Ehlo | Verb::Lhlo);
        if verb == Verb::Quit {
            self.course = Course::Quitting;
            self.end_behind_block();
        }
    }

    /// How many replies a typed line has: LMTP answers the final dot for each recipient it accepted (RFC 2033 4.2).
    pub(super) fn replies_to(&self, verb: Verb, shown: &str, owner: Option<Owner>) -> usize {
        match verb {
            Verb::BodyLine => 0,
            _ if owner.is_some() => 1,
            Verb::Bdat if self.dialect == Dialect::Lmtp && is_last_chunk(shown) => self.accepted.max(1),
            Verb::FinalDot if self.dialect == Dialect::Lmtp => self.accepted.max(1),
            _ => 1,
        }
    }

    /// A typed AUTH is queued or has not come to its end.
    pub(super) fn awaits_auth(&self) -> bool {
        let queued = |queued: &Queued| matches!(&queued.command, Command::Line(line) if line.verb == Verb::Auth);
        let typed = !matches!(self.work, Some(Work::SignIn(_)));
        (typed && self.is_in_auth()) || self.queue.iter().any(queued)
    }

    /// An AUTH was sent and has not come to its end.
    pub(super) fn is_in_auth(&self) -> bool {
        let is_auth = |verb| matches!(verb, Verb::Auth | Verb::SaslResponse);
        self.state == State::Auth || self.flight.iter().any(|asked| is_auth(asked.verb))
    }
}

/// Whether a typed BDAT ends its mail.
pub(super) fn is_last_chunk(shown: &str) -> bool {
    shown.split_whitespace().nth(2).is_some_and(|word| word.eq_ignore_ascii_case("LAST"))
}

fn within(line: &Line, limit: usize) -> Result<(), (Verb, String)> {
    fits(&line.bytes, limit).map_err(|bad| (line.verb, bad.to_string()))
}
