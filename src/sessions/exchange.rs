//! A conversation as exchanges: each command with what was said to it, in the order of the commands. Greetings,
//! handshakes, mails and failures are exchanges of their own.

use std::collections::HashMap;
use std::ops::Range;
use std::time::Duration;

use crate::pop3::Response;
use crate::smtp;
use crate::transcript::text::grouped;
use crate::transcript::{Direction, Entry, EntryKind, Transcript};
use crate::wire::{Side, printable};

/// Most exchanges that are looked at of one side of one session, the newest.
pub const MOST: usize = 4_000;
/// Most lines of a reply that are kept.
const LINES: usize = 200;

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The entry.
    pub id: u64,
    /// `250`, `+OK`; empty for what is no reply.
    pub code: String,
    /// `5.1.1`, or what stands in brackets behind `-ERR`.
    pub enhanced: Option<String>,
    /// The text, without codes; sanitized.
    pub lines: Vec<String>,
    /// From the last octet sent to the first of this.
    pub lapse: Option<Duration>,
}

/// A command and what was said to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// Which conversation.
    pub side: Side,
    /// The entry that began it.
    pub id: u64,
    /// What kind of exchange it is: a verb, `GREETING`, `.` for a mail, `TLS`, `ERROR`.
    pub verb: String,
    /// The command, sanitized; words in brackets where there was none.
    pub command: String,
    /// In order. Of a sign-in the last alone.
    pub replies: Vec<Heard>,
    /// What EHLO or CAPA announced; sanitized.
    pub capabilities: Vec<String>,
}

impl Exchange {
    /// The answer that counts: the last.
    pub fn reply(&self) -> Option<&Heard> {
        self.replies.last()
    }

    /// The longest wait.
    pub fn lapse(&self) -> Option<Duration> {
        self.replies.iter().filter_map(|reply| reply.lapse).max()
    }

    /// It is EHLO, LHLO or CAPA.
    pub fn lists(&self) -> bool {
        matches!(self.verb.as_str(), "EHLO" | "LHLO" | "CAPA")
    }
}

/// The exchanges of a session, by side.
#[derive(Clone, Debug, Default)]
pub struct Exchanges {
    /// SMTP and LMTP.
    pub smtp: Vec<Exchange>,
    /// POP3.
    pub pop3: Vec<Exchange>,
    /// Older ones were left out.
    pub shortened: bool,
    /// Where an entry belongs.
    places: HashMap<u64, (Side, usize)>,
}

impl Exchanges {
    /// Of all that is kept of a session.
    pub fn of(transcript: &Transcript) -> Self {
        Self::between(transcript, transcript.first_id()..transcript.end_id())
    }

    /// Of the entries in this range that are kept.
    pub fn between(transcript: &Transcript, range: Range<u64>) -> Self {
        let mut exchanges = Self { shortened: range.start < transcript.first_id(), ..Self::default() };
        let oldest = [Side::Smtp, Side::Pop3].map(|side| begin(transcript, range.clone(), side));
        let older = |id: u64, side: Side| id < oldest[side as usize];
        let kept = range.filter_map(|id| transcript.get(id));
        for entry in kept.filter(|entry| !older(entry.id(), entry.side())) {
            match entry.kind() {
                // What it answers is left out.
                _ if entry.answers().is_some_and(|asked| older(asked, entry.side())) => {}
                EntryKind::Command => exchanges.command(&entry),
                EntryKind::Reply => exchanges.reply(&entry),
                EntryKind::Body => exchanges.body(&entry),
                EntryKind::Event => exchanges.event(&entry),
                EntryKind::Error => exchanges.begin(&entry, "ERROR", "(failure)".to_owned(), lines(&entry)),
                EntryKind::Stray if entry.direction() == Direction::Received => {
                    exchanges.begin(&entry, "STRAY", "(no line of the protocol)".to_owned(), lines(&entry));
                }
                EntryKind::Stray => {}
            }
        }
        exchanges.shorten();
        exchanges
    }

    fn of_side(&mut self, side: Side) -> &mut Vec<Exchange> {
        match side {
            Side::Smtp => &mut self.smtp,
            Side::Pop3 => &mut self.pop3,
        }
    }

    fn begin(&mut self, entry: &Entry<'_>, verb: &str, command: String, said: Vec<String>) {
        let reply = Heard { id: entry.id(), code: String::new(), enhanced: None, lines: said, lapse: None };
        let replies = if reply.lines.is_empty() { Vec::new() } else { vec![reply] };
        let (side, id) = (entry.side(), entry.id());
        let exchange = Exchange { side, id, verb: verb.to_owned(), command, replies, capabilities: Vec::new() };
        let all = self.of_side(side);
        all.push(exchange);
        let place = all.len() - 1;
        self.places.insert(id, (side, place));
    }

    fn command(&mut self, entry: &Entry<'_>) {
        let sign_in = || self.of_side(entry.side()).iter().rposition(|exchange| exchange.verb == "AUTH");
        if let Some(place) = is_continued(entry).then(sign_in).flatten() {
            self.places.insert(entry.id(), (entry.side(), place));
        } else {
            self.begin(entry, entry.verb(), entry.lines().next().unwrap_or_default(), Vec::new());
        }
    }

    fn body(&mut self, entry: &Entry<'_>) {
        match entry.direction() {
            Direction::Sent if entry.verb() == "." => {
                let octets = grouped(entry.tally().unwrap_or_default().octets);
                self.begin(entry, ".", format!("(mail of {octets} octets)"), Vec::new());
            }
            Direction::Received if entry.verb() == "CAPA" => {
                let announced: Vec<String> = lines(entry).into_iter().filter(|line| line != ".").collect();
                if let Some(exchange) = self.asked(entry) {
                    exchange.capabilities = announced;
                }
            }
            _ => {}
        }
    }

    fn event(&mut self, entry: &Entry<'_>) {
        let first = entry.lines().next().unwrap_or_default();
        if first.starts_with("TLS 1.") {
            let terms = first.split(';').next().unwrap_or_default().to_owned();
            self.begin(entry, "TLS", "(TLS handshake)".to_owned(), vec![terms]);
        }
    }

    fn reply(&mut self, entry: &Entry<'_>) {
        let heard = heard(entry);
        let lists = matches!(entry.verb(), "EHLO" | "LHLO");
        let Some(exchange) = self.asked(entry) else {
            let words = if entry.verb() == "GREETING" { "(greeting)" } else { "(unasked)" };
            self.begin(
                entry,
                if entry.verb().is_empty() { "UNASKED" } else { entry.verb() },
                words.to_owned(),
                Vec::new(),
            );
            let last = self.of_side(entry.side()).last_mut().expect("it was just begun");
            last.replies.push(heard);
            return;
        };
        if exchange.verb == "AUTH" {
            exchange.replies.clear();
        }
        if lists && heard.code.starts_with('2') {
            exchange.capabilities = heard.lines.iter().skip(1).cloned().collect();
        }
        exchange.replies.push(heard);
    }

    /// The exchange that an entry answers.
    fn asked(&mut self, entry: &Entry<'_>) -> Option<&mut Exchange> {
        let (side, place) = self.places.get(&entry.answers()?).copied()?;
        self.of_side(side).get_mut(place)
    }

    fn shorten(&mut self) {
        for all in [&mut self.smtp, &mut self.pop3] {
            let over = all.len().saturating_sub(MOST);
            self.shortened |= over > 0;
            all.drain(..over);
        }
        self.places = HashMap::new();
    }
}

/// The entry from which on a side has more exchanges than are looked at.
fn begin(transcript: &Transcript, range: Range<u64>, side: Side) -> u64 {
    let begins = |entry: &Entry<'_>| entry.side() == side && entry.kind() == EntryKind::Command && !is_continued(entry);
    let kept = range.rev().filter_map(|id| transcript.get(id));
    kept.filter(begins).nth(MOST).map_or(0, |entry| entry.id())
}

/// Whether a command is a line of a sign-in that began before it.
pub(super) fn is_continued(entry: &Entry<'_>) -> bool {
    let begins = entry.raw().get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"AUTH"));
    entry.verb() == "AUTH" && !begins
}

fn lines(entry: &Entry<'_>) -> Vec<String> {
    entry.lines().take(LINES).collect()
}

fn heard(entry: &Entry<'_>) -> Heard {
    let blank = Heard { id: entry.id(), code: String::new(), enhanced: None, lines: Vec::new(), lapse: entry.lapse() };
    let text = String::from_utf8_lossy(entry.raw());
    let shown = |line: &String| printable::text(line).into_owned();
    match entry.side() {
        Side::Smtp => match text.parse::<smtp::Reply>() {
            Ok(reply) => Heard {
                code: reply.code.to_string(),
                enhanced: reply.enhanced.map(|enhanced| enhanced.to_string()),
                lines: reply.lines.iter().take(LINES).map(shown).collect(),
                ..blank
            },
            Err(_) => Heard { lines: lines(entry), ..blank },
        },
        Side::Pop3 => match Response::parse(entry.raw()) {
            Some(response) => Heard {
                code: response.status.name().to_owned(),
                enhanced: response.code.as_ref().map(|code| format!("[{}]", printable::text(code))),
                lines: vec![shown(&response.text)],
                ..blank
            },
            None => Heard { lines: lines(entry), ..blank },
        },
    }
}
