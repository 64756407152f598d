//! Bytes in: lines out of them, replies out of the lines, and the breaches that show before a reply is whole.

use std::ops::Range;
use std::time::Instant;

use super::{Session, Work, expectation, service};
use crate::sasl;
use crate::smtp::reply::assembler::quoted;
use crate::smtp::{State, Verb, Violation};
use crate::wire::framing::without_line_end;
use crate::wire::limits::{AUTH_LINE, REPLY_LINE};
use crate::wire::{Chunk, ChunkKind, Output, secret};

/// Longest line with a challenge: its base64 as long as a line of ours may be (RFC 4954 4), and `334 ` with the line end.
const CHALLENGE_LINE: usize = AUTH_LINE + 6;
/// The code in front of a challenge.
const CHALLENGE: u16 = 334;
/// Octets of a reply line before its text; no secret begins there.
const CODE: usize = 4;

impl Session {
    /// Takes bytes, and reads as many replies out of them as there are. Nothing is sent on the way: a reply that was
    /// there before its command went out answers nothing.
    pub(super) fn read(&mut self, bytes: &[u8], now: Instant) {
        if self.is_over() {
            return self.stray(bytes.to_vec());
        }
        self.incoming.push(bytes);
        while !self.is_over() {
            if self.state == State::Tls {
                return self.still_clear();
            }
            let begins = self.state == State::Greeting && self.assembler.is_empty();
            if begins && let Some(name) = service::recognised(self.incoming.pending()) {
                return self.broken(Violation::WrongService(name));
            }
            let limit = self.line_limit();
            self.incoming.set_limit(limit);
            match self.incoming.next_line() {
                None => return,
                Some(Ok(line)) => self.line(line, now),
                Some(Err(_)) => self.broken(Violation::LineTooLong(limit)),
            }
        }
    }

    /// Longest line that is accepted now.
    fn line_limit(&self) -> usize {
        if self.is_in_auth() { CHALLENGE_LINE } else { REPLY_LINE }
    }

    /// After the go-ahead to STARTTLS: what came in clear before the handshake is nobody's word (RFC 3207 6).
    fn still_clear(&mut self) {
        let octets = self.incoming.pending().len();
        if octets > 0 {
            self.broken(Violation::InjectedBeforeTls(octets));
        }
    }

    fn line(&mut self, line: Vec<u8>, now: Instant) {
        let text = without_line_end(&line);
        let secrets = self.secrets_in(&line, text.len());
        let read = match self.assembler.line(text, line.len(), &secrets) {
            Ok(read) => read,
            Err(violation) => {
                self.stray(line);
                return self.broken(violation);
            }
        };
        if self.is_unsolicited(read.code) {
            let shown = quoted(&secret::masked(text, &secrets));
            self.received(line, ChunkKind::Reply { first: read.first, last: read.last }, false, secrets);
            return self.broken(Violation::Unsolicited(shown));
        }
        if read.code == CHALLENGE && matches!(self.work, Some(Work::SignIn(_))) {
            text.get(CODE..).unwrap_or_default().clone_into(&mut self.challenge);
        }
        let expected = self.calls_for(read.code);
        self.received(line, ChunkKind::Reply { first: read.first, last: read.last }, expected, secrets);
        if let Some(reply) = self.assembler.finish(self.has_enhanced_codes()) {
            self.replied(reply, now);
        }
    }

    /// Where secrets stand in a line. Base64 hides a quoted secret from a search, and the signature at the end of SCRAM
    /// lets a reader try passwords, so a challenge with either is secret as a whole.
    fn secrets_in(&self, line: &[u8], text_end: usize) -> Vec<Range<usize>> {
        let challenge = line[..text_end].strip_prefix(b"334 ").and_then(sasl::exchange::decode);
        let tells = |said: &Vec<u8>| said.starts_with(b"v=") || !self.vault.find(said, 0, &[]).is_empty();
        match challenge.filter(tells) {
            Some(_) => vec![CODE..text_end],
            None => self.vault.find(line, CODE, &[]),
        }
    }

    /// A code that nothing asked for. 421 may come at any time (RFC 5321 3.8), a refusal before a body is through.
    fn is_unsolicited(&self, code: u16) -> bool {
        let early = self.mails.last().is_some_and(super::Delivery::may_end_early);
        let legal = code == 421 || (self.state == State::Body && (early || expectation::is_refusal(code)));
        self.state != State::Greeting && self.flight.is_empty() && !legal
    }

    fn calls_for(&self, code: u16) -> bool {
        match self.flight.front() {
            Some(asked) => expectation::allows(asked.verb, code),
            None => self.state == State::Greeting && (code == 220 || expectation::is_refusal(code)),
        }
    }

    /// RFC 2034 4: neither the greeting nor the reply to HELO, EHLO or LHLO carries one.
    fn has_enhanced_codes(&self) -> bool {
        let asked = self.flight.front().map(|asked| asked.verb);
        self.state != State::Greeting && !matches!(asked, Some(Verb::Helo | Verb::Ehlo | Verb::Lhlo))
    }

    /// Hands on bytes that are no line of the protocol.
    pub(super) fn stray(&mut self, bytes: Vec<u8>) {
        if !bytes.is_empty() {
            let secrets = self.vault.find(&bytes, 0, &[]);
            self.received(bytes, ChunkKind::Stray, false, secrets);
        }
    }

    fn received(&mut self, bytes: Vec<u8>, kind: ChunkKind, expected: bool, secrets: Vec<Range<usize>>) {
        self.outputs.push_back(Output::Received(Chunk { bytes, kind, expected, secrets }));
    }
}
