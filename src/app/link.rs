//! What the workbench knows of its two links, from reports alone.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::connection::report::{Protection, Verdict};
use crate::connection::{Failure, LinkEvent};
use crate::sasl::Mechanism;
use crate::transcript::{Direction, Record};
use crate::wire::{ChunkKind, Secured, Side, Timeouts};
use crate::{pop3, smtp};

/// How far a link is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Phase {
    /// There is none, or it is gone; the failure that ended it.
    #[default]
    None,
    /// It ended, and why.
    Failed(Box<Failure>),
    /// It ended as it should.
    Ended,
    /// Addresses are being tried.
    Dialling,
    /// TCP stands.
    Open,
}

/// Something the server owes.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    pub(crate) since: Instant,
    pub(crate) what: String,
    /// After this long it is given up.
    pub(crate) limit: Duration,
}

/// One link as far as both protocols share it.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own; no two make up a state")]
pub(crate) struct Link {
    pub(crate) number: u32,
    pub(crate) phase: Phase,
    pub(crate) server: String,
    pub(crate) peer: Option<SocketAddr>,
    pub(crate) opened: Option<Instant>,
    /// Since when the server owes something, and what was asked.
    pub(crate) waiting: Option<Waiting>,
    /// How long each wait may last.
    pub(crate) timeouts: Timeouts,
    /// TLS comes first, before the greeting.
    implicit: bool,
    /// Octets of a body written so far.
    pub(crate) written: u64,
    /// How it is encrypted, as its own handshake told; `None`: not at all.
    pub(crate) protection: Option<Box<Protection>>,
    /// What its handshake showed and nobody believed.
    pub(crate) refused: Option<Box<Protection>>,
    /// What became of the plan to encrypt it.
    pub(crate) secured: Option<Secured>,
    /// How, and as whom, we are signed in.
    pub(crate) signed_in: Option<(Mechanism, String)>,
    /// TLS was asked for on this line.
    pub(crate) tls_asked: bool,
    /// TLS was a must and could not be had: nothing but QUIT goes over this line.
    pub(crate) insecure: bool,
    /// A sign-in was asked for on this line, or made by hand.
    pub(crate) sign_in_asked: bool,
}

impl Link {
    pub(crate) fn is_up(&self) -> bool {
        matches!(self.phase, Phase::Dialling | Phase::Open)
    }

    /// How the line is protected, in a word or two; as the line is, not as it was meant to be.
    pub(crate) fn protection_word(&self) -> String {
        let Some(protection) = &self.protection else { return "plain".to_owned() };
        let version = crate::wire::printable::text(&protection.version).replace(' ', "");
        let verdict = match protection.verdict {
            Verdict::Trusted(_) => "",
            Verdict::Pinned => " pinned",
            Verdict::Unchecked(_) => " unverified",
            Verdict::Refused { .. } => " REFUSED",
        };
        let logged = if protection.keys_logged { " keys logged" } else { "" };
        format!("{version}{verdict}{logged}")
    }

    fn wait(&mut self, since: Instant, what: &str, limit: Duration) {
        self.waiting = Some(Waiting { since, what: what.to_owned(), limit });
    }

    fn event(&mut self, number: u32, event: &LinkEvent, now: Instant) {
        match event {
            LinkEvent::Dialling { host, port, .. } => {
                let server = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
                let (timeouts, implicit) = (self.timeouts, self.implicit);
                let what = format!("connecting to {server}");
                let waiting = Some(Waiting { since: now, what, limit: timeouts.connect });
                // When the task reports the line that a connect asked for, what was asked of it since waits there.
                let (tls_asked, sign_in_asked) =
                    if number == self.number { (false, false) } else { (self.tls_asked, self.sign_in_asked) };
                let fresh = Self { number, server, waiting, timeouts, implicit, ..Self::default() };
                *self = Self { phase: Phase::Dialling, tls_asked, sign_in_asked, ..fresh };
            }
            LinkEvent::Connected { peer, .. } => {
                self.phase = Phase::Open;
                self.peer = Some(*peer);
                self.opened = Some(now);
                if self.implicit {
                    self.handshake(now);
                } else {
                    self.wait(now, "the greeting", self.timeouts.greeting);
                }
            }
            LinkEvent::BodyProgress { written } => self.written = *written,
            LinkEvent::Closed(failure) => {
                self.phase = failure.clone().map_or(Phase::Ended, |failure| Phase::Failed(Box::new(failure)));
                self.waiting = None;
            }
            LinkEvent::Tls(protection) if !protection.is_trusted() => self.refused = Some(protection.clone()),
            LinkEvent::Tls(protection) => self.encrypted(protection, now),
            LinkEvent::NotConnected => {}
        }
    }

    fn handshake(&mut self, since: Instant) {
        self.wait(since, "the TLS handshake", self.timeouts.handshake);
    }

    fn encrypted(&mut self, protection: &Protection, now: Instant) {
        self.protection = Some(Box::new(protection.clone()));
        self.waiting = None;
        if self.implicit {
            self.wait(now, "the greeting", self.timeouts.greeting);
        }
        if self.signed_in.take().is_some() {
            self.sign_in_asked = false;
        }
    }

    fn record(&mut self, record: &Record, now: Instant) {
        match (record.direction, record.kind) {
            (Direction::Sent, ChunkKind::Command) => {
                let line = crate::wire::framing::without_line_end(&record.bytes);
                let verb: Vec<u8> = line.iter().copied().take_while(|byte| *byte != b' ').take(12).collect();
                self.written = 0;
                let verb = crate::wire::printable::bytes(&verb);
                let quits = verb.eq_ignore_ascii_case("QUIT");
                let limit = if quits { self.timeouts.quit } else { self.timeouts.reply };
                self.wait(now, &verb, limit);
            }
            (Direction::Sent, ChunkKind::BodyEnd) => self.wait(now, "the final dot", self.timeouts.final_dot),
            (Direction::Sent, ChunkKind::Body) if self.waiting.is_none() => {
                self.wait(now, "the body", self.timeouts.reply);
            }
            (Direction::Received, ChunkKind::Reply { last: true, .. } | ChunkKind::BodyEnd) => self.waiting = None,
            (Direction::Received, ChunkKind::Body) if self.waiting.is_none() => {
                self.wait(now, "the rest of the body", self.timeouts.reply);
            }
            _ => {}
        }
    }
}

/// Both links.
#[derive(Debug)]
pub(crate) struct Links {
    pub(crate) smtp: Link,
    pub(crate) smtp_state: smtp::State,
    pub(crate) smtp_capabilities: smtp::Capabilities,
    pub(crate) pop3: Link,
    pub(crate) pop3_state: pop3::State,
    pub(crate) pop3_capabilities: Option<pop3::Capabilities>,
}

impl Default for Links {
    fn default() -> Self {
        Self {
            smtp: Link::default(),
            smtp_state: smtp::State::Closed,
            smtp_capabilities: smtp::Capabilities::default(),
            pop3: Link::default(),
            pop3_state: pop3::State::Closed,
            pop3_capabilities: None,
        }
    }
}

impl Links {
    pub(crate) fn of(&self, side: Side) -> &Link {
        match side {
            Side::Smtp => &self.smtp,
            Side::Pop3 => &self.pop3,
        }
    }

    pub(super) fn of_mut(&mut self, side: Side) -> &mut Link {
        match side {
            Side::Smtp => &mut self.smtp,
            Side::Pop3 => &mut self.pop3,
        }
    }

    pub(crate) fn event(&mut self, side: Side, number: u32, event: &LinkEvent, now: Instant) {
        self.of_mut(side).event(number, event, now);
        // What was announced before the handshake is not to be believed after it (RFC 3207 4.2).
        if matches!(event, LinkEvent::Tls(protection) if protection.is_trusted()) {
            match side {
                Side::Smtp => self.smtp_capabilities = smtp::Capabilities::default(),
                Side::Pop3 => self.pop3_capabilities = None,
            }
        }
        if matches!(event, LinkEvent::Dialling { .. } | LinkEvent::Closed(_)) {
            let fresh = matches!(event, LinkEvent::Dialling { .. });
            match side {
                Side::Smtp => {
                    self.smtp_state = if fresh { smtp::State::Greeting } else { smtp::State::Closed };
                    self.smtp_capabilities = smtp::Capabilities::default();
                }
                Side::Pop3 => {
                    self.pop3_state = if fresh { pop3::State::Greeting } else { pop3::State::Closed };
                    self.pop3_capabilities = None;
                }
            }
        }
    }

    pub(crate) fn record(&mut self, record: &Record, now: Instant) {
        let link = self.of_mut(record.side);
        if link.number == record.link && link.is_up() {
            link.record(record, now);
        }
    }

    /// The longest wait there is.
    pub(crate) fn waiting(&self) -> Option<(Side, &Waiting)> {
        [Side::Smtp, Side::Pop3]
            .into_iter()
            .filter_map(|side| self.of(side).waiting.as_ref().map(|waiting| (side, waiting)))
            .min_by_key(|(_, waiting)| waiting.since)
    }

    /// A link is about to be opened with these limits. `implicit`: with TLS from the first octet.
    pub(crate) fn limit(&mut self, side: Side, timeouts: Timeouts, implicit: bool) {
        let link = self.of_mut(side);
        (link.timeouts, link.implicit) = (timeouts, implicit);
    }

    /// The server agreed to TLS: the handshake is under way.
    pub(crate) fn shakes_hands(&mut self, side: Side, now: Instant) {
        let link = self.of_mut(side);
        if link.is_up() && link.waiting.is_none() {
            link.handshake(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::Protocol;

    #[test]
    fn what_was_asked_of_a_line_is_remembered_until_another_is_asked_for() {
        let (mut link, now) = (Link::default(), Instant::now());
        let dialling = LinkEvent::Dialling { protocol: Protocol::Smtp, host: "mail.example".to_owned(), port: 25 };
        link.event(0, &dialling, now);
        (link.tls_asked, link.sign_in_asked) = (true, true);
        link.event(1, &dialling, now);
        assert!(link.tls_asked && link.sign_in_asked, "a second sign-in would only be refused");
        link.event(1, &dialling, now);
        assert!(!link.tls_asked && !link.sign_in_asked);
    }
}
