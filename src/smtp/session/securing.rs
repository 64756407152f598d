//! The plan that protects the line: STARTTLS where it is offered, and the same hello again inside TLS (RFC 3207).
//!
//! It goes on in clear only where the mode allows it and the server does not offer TLS. A server that offers it and then
//! refuses is not believed: somebody on the way may speak for it. The handshake is the driver's.

use std::time::Instant;

use super::ending::Loss;
use super::{Session, Work};
use crate::smtp::{Class, Command, Dialect, Line, Notice, Reply, Stage, State, Verb, Violation};
use crate::wire::security::{UNPROTECTED, insecure};
use crate::wire::{Secured, TlsMode};

/// A plan to protect the line that was begun.
#[derive(Debug)]
pub(super) struct Securing {
    hello: String,
    /// What was announced in clear.
    before: Vec<String>,
}

impl Session {
    pub(super) fn begin_secure(&mut self, mode: TlsMode, hello: String, now: Instant) {
        if self.state == State::Greeted && !self.hello_said && (mode != TlsMode::Implicit || self.channel.is_some()) {
            self.hello_said = true;
            self.queue.push_front(Command::Secure { mode, hello: hello.clone() }.into());
            return self.first_hello(&hello, now);
        }
        let why = match () {
            () if mode == TlsMode::None => return self.notify(Notice::Secured(Secured::NotWanted)),
            () if self.channel.is_some() => return self.notify(Notice::Secured(Secured::Already)),
            () if mode == TlsMode::Implicit => "TLS was to begin with the first octet, and the line is in clear",
            () if self.is_typing() => "a body or a sign-in is being typed; TLS cannot begin inside of it",
            () if self.state == State::Ending => "the server takes no more commands",
            () if self.capabilities.starttls => return self.ask_for_tls(hello, now),
            () if mode == TlsMode::Auto => return self.notify(Notice::Secured(Secured::NotOffered)),
            () => "TLS is required, and the server does not offer STARTTLS",
        };
        self.insecure(why, None);
    }

    fn ask_for_tls(&mut self, hello: String, now: Instant) {
        self.work = Some(Work::Secure(Securing { hello, before: self.capabilities.lines.clone() }));
        self.send(Line::bare(Verb::StartTls), None, now);
    }

    /// Inside TLS: the hello again, without a way back to HELO.
    pub(super) fn hello_again(&mut self, securing: Securing, now: Instant) {
        match Line::hello(self.hello_verb(), &securing.hello) {
            Ok(line) => {
                self.work = Some(Work::Secure(securing));
                self.send(line, None, now);
            }
            Err(bad) => self.insecure(&bad.to_string(), None),
        }
    }

    /// A reply to a line of the plan.
    pub(super) fn secure_answered(&mut self, securing: Securing, verb: Verb, reply: &Reply) {
        match (verb, reply.class()) {
            (Verb::StartTls, _) if self.state == State::Tls => self.work = Some(Work::Secure(securing)),
            (Verb::StartTls, class) => {
                self.insecure(&format!("the server offers STARTTLS and refuses it: {reply}"), Some(reply));
                if matches!(class, Class::Ok | Class::More) {
                    self.broken(Violation::WrongCode { verb, code: reply.code });
                }
            }
            (_, Class::Ok) => {
                let told = Secured::started(&securing.before, &self.capabilities.lines);
                self.notify(Notice::Secured(told));
            }
            _ => self.insecure(&format!("the server refused {} inside TLS: {reply}", verb.name()), Some(reply)),
        }
    }

    /// TLS was to be had and is not: nothing more is sent, but QUIT.
    fn insecure(&mut self, why: &str, reply: Option<&Reply>) {
        self.notify(Notice::Insecure(insecure(why)));
        self.insecure = true;
        let loss = Loss { why: UNPROTECTED, stage: Stage::Tls, reply };
        if self.is_typing() {
            // There, QUIT would be a line of the body or a response.
            self.drop_queued(loss, |_| false);
        } else {
            self.drop_all_but_quit(loss);
        }
    }

    /// What becomes of a command on such a line: who asks for TLS again gets the same answer again.
    pub(super) fn barred(&mut self, command: Command) {
        if matches!(command, Command::Secure { .. }) {
            return self.notify(Notice::Insecure(UNPROTECTED.to_owned()));
        }
        self.dropped(command, Loss { why: UNPROTECTED, stage: Stage::Tls, reply: None });
    }

    pub(super) fn hello_verb(&self) -> Verb {
        if self.dialect == Dialect::Lmtp { Verb::Lhlo } else { Verb::Ehlo }
    }

    /// Whether a command may still be queued on a line that could not be protected: QUIT, and what ends a body or an
    /// exchange that somebody was typing.
    pub(super) fn is_barred(&self, command: &Command) -> bool {
        let may_pass = |line: &Line| line.verb == Verb::Quit || self.is_typing();
        self.insecure && !matches!(command, Command::Line(line) if may_pass(line))
    }
}
