//! Status lines, and what each changes.

use std::borrow::Cow;
use std::ops::Range;
use std::time::Instant;

use super::multiline::Reading;
use super::outbox::{Flight, Shape};
use super::{Asked, Farewell, Parting, Session};
use crate::pop3::{Capabilities, Maildrop, Notice, Response, Scan, State, Status, UniqueId, Verb, Violation};
use crate::sasl::exchange::decode;
use crate::wire::framing::without_line_end;
use crate::wire::secret::masked;
use crate::wire::{Chunk, ChunkKind, Output, limits, printable};

/// Characters of an offending line that a violation quotes.
const QUOTED: usize = 120;
/// Octets of a challenge around its base64: `+ ` and CRLF.
const CHALLENGE_FRAME: usize = 4;

impl Session {
    /// Reads one line. False when there is none.
    pub(super) fn read_line(&mut self, now: Instant) -> bool {
        let greeting = self.state == State::Greeting && self.farewell == Farewell::Unsaid;
        if greeting && self.tls_record_came() {
            self.part(Parting::Broken(Violation::WrongService("TLS")));
            return false;
        }
        let limit = self.line_limit();
        self.input.set_limit(limit);
        match self.input.next_line() {
            None => return false,
            Some(Err(_overlong)) => self.part(Parting::Broken(Violation::LineTooLong(limit))),
            Some(Ok(line)) if greeting => self.greet(line, now),
            Some(Ok(line)) if self.flights.is_empty() => self.not_asked_for(line),
            Some(Ok(line)) => self.answer(&line, now),
        }
        true
    }

    /// Challenges may be longer than any other line.
    fn line_limit(&self) -> usize {
        let challenge = self.flights.front().is_some_and(|flight| flight.may_be_challenged);
        if challenge { limits::AUTH_LINE + CHALLENGE_FRAME } else { limits::REPLY_LINE }
    }

    fn not_asked_for(&mut self, line: Vec<u8>) {
        let shown = self.shown(&line);
        if Response::parse(&line).is_some() {
            self.received_response(&line, false);
        } else {
            self.stray(line);
        }
        self.part(Parting::Broken(Violation::Unsolicited(shown)));
    }

    /// Takes the line as the answer to the first command in flight.
    pub(super) fn answer(&mut self, line: &[u8], now: Instant) {
        let mut flight = self.flights.pop_front().expect("an answer is looked for only when something is in flight");
        let response = self.response_of(line);
        let Some(response) = response.filter(|it| it.status != Status::Continue || flight.may_be_challenged) else {
            let shown = self.shown(line);
            self.stray(line.to_vec());
            return self.part(Parting::Broken(Violation::NotAResponse(shown)));
        };
        let (verb, number, status) = (flight.verb, flight.number, response.status);
        let kept = (status == Status::Err || verb == Verb::Quit).then(|| response.clone());
        self.received_response(line, true);
        self.notify(Notice::Replied { verb, number, line: std::mem::take(&mut flight.shown), response });
        match (status, kept) {
            (Status::Continue, _) => self.challenged(text_of(line)),
            (_, Some(response)) => self.closing_answer(verb, status, response),
            (_, None) => self.accepted(flight, text_of(line)),
        }
        self.rearm(now);
    }

    /// An answer whose words still count: every `-ERR`, and whatever QUIT is answered with.
    fn closing_answer(&mut self, verb: Verb, status: Status, response: Response) {
        match status {
            Status::Ok => self.part(Parting::Answered(response)),
            Status::Err | Status::Continue => self.refused(verb, response),
        }
    }

    fn challenged(&mut self, said: &[u8]) {
        self.rounds += 1;
        self.set_state(State::Auth);
        self.answer_challenge(said);
    }

    fn refused(&mut self, verb: Verb, response: Response) {
        match verb {
            Verb::User | Verb::Pass | Verb::Apop => self.sign_in_refused(&response),
            Verb::Auth | Verb::SaslResponse => {
                self.set_state(self.base_state());
                self.sign_in_refused(&response);
            }
            Verb::Capa => self.capabilities_refused(),
            Verb::Stls => self.stls_refused(&response),
            Verb::Quit => self.part(Parting::Answered(response)),
            _ => {}
        }
    }

    fn accepted(&mut self, flight: Flight, said: &[u8]) {
        if flight.shape != Shape::Line {
            self.reading = Some(Reading::of(&flight));
            return self.flights.push_front(flight);
        }
        match flight.verb {
            Verb::User => self.user_accepted(),
            Verb::Pass | Verb::Apop | Verb::Auth | Verb::SaslResponse => self.welcomed(),
            Verb::Stls => self.start_tls(),
            Verb::Stat => self.notify_some(Maildrop::parse(said).map(Notice::Maildrop)),
            Verb::List => self.notify_some(Scan::parse(said).map(|scan| Notice::Scans(vec![scan]))),
            Verb::Uidl => self.notify_some(UniqueId::parse(said).map(|id| Notice::UniqueIds(vec![id]))),
            Verb::Dele => {
                self.marks.extend(flight.number);
                self.notify_some(flight.number.map(Notice::Marked));
            }
            Verb::Rset => {
                self.marks.clear();
                self.notify(Notice::MarksCleared);
            }
            _ => {}
        }
    }

    fn notify_some(&mut self, notice: Option<Notice>) {
        self.outputs.extend(notice.map(Output::Notify));
    }

    /// Nothing that came in clear may be believed inside TLS (RFC 2595 4).
    fn start_tls(&mut self) {
        self.capabilities = Capabilities::default();
        self.asked = Asked::Not;
        self.set_state(State::Tls);
        match self.input.pending().len() {
            0 => self.outputs.push_back(Output::StartTls),
            injected => self.part(Parting::Broken(Violation::InjectedBeforeTls(injected))),
        }
    }

    /// The response a line carries, secrets masked.
    fn response_of(&self, line: &[u8]) -> Option<Response> {
        let (status, _) = Status::of(without_line_end(line))?;
        let said = text_of(line);
        let secrets = self.secrets_said(status, said);
        let said = if secrets.is_empty() { Cow::Borrowed(said) } else { Cow::Owned(masked(said, &secrets)) };
        Some(Response::of_parts(status, &said))
    }

    /// Hands on a status line.
    pub(super) fn received_response(&mut self, bytes: &[u8], expected: bool) {
        if !self.keeps_chunks {
            return;
        }
        let (status, start) = Status::of(without_line_end(bytes)).unwrap_or((Status::Err, 0));
        let mut secrets = self.secrets_said(status, &bytes[start..]);
        for secret in &mut secrets {
            *secret = secret.start + start..secret.end + start;
        }
        let (bytes, kind) = (bytes.to_vec(), ChunkKind::Reply { first: true, last: true });
        self.outputs.push_back(Output::Received(Chunk { bytes, kind, expected, secrets }));
    }

    /// Where secrets stand in what came behind the indicator. A challenge is secret as a whole when base64 hides one, or
    /// when it is SCRAM's proof of the server, on which passwords can be tried at leisure.
    fn secrets_said(&self, status: Status, said: &[u8]) -> Vec<Range<usize>> {
        let hidden = |clear: &[u8]| clear.starts_with(b"v=") || !self.vault.find(clear).is_empty();
        let text = said.trim_ascii();
        if status == Status::Continue && decode(text).is_some_and(|clear| hidden(&clear)) {
            let start = said.len() - said.trim_ascii_start().len();
            return vec![start..start + text.len()];
        }
        self.vault.find(said)
    }

    /// A line as a violation quotes it: printable, secrets masked, shortened.
    pub(super) fn shown(&self, line: &[u8]) -> String {
        let line = without_line_end(line);
        let shown = printable::bytes(&masked(line, &self.vault.find(line)));
        match shown.char_indices().nth(QUOTED) {
            Some((end, _)) => format!("{}…", &shown[..end]),
            None => shown,
        }
    }
}

/// What stands behind the status indicator, without line end.
fn text_of(line: &[u8]) -> &[u8] {
    let line = without_line_end(line);
    Status::of(line).map_or(line, |(_, length)| &line[length..])
}
