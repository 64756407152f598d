//! Several mails under way against a server that keeps a transaction as servers do: whatever it answers and wherever the
//! line breaks, each mail gets the outcome that its own replies tell, and no body reaches the recipients of another.

use std::collections::BTreeMap;
use std::time::Instant;

use proptest::prelude::*;

use super::{Seen, mail};
use crate::smtp::session::{Dialect, Session};
use crate::smtp::{BodyOf, Command, MailId, MailOutcome, MailReport, Manner, Notice, Pace, Transaction, Transfer};
use crate::wire::stuffing::Unstuffer;
use crate::wire::{Engine, Timeouts};

/// A server that answers each command as `dice` say. It leaves a transaction open after a refused BDAT, where
/// RFC 3030 leaves it to the server.
struct Server {
    dice: Vec<u8>,
    rolled: usize,
    read: Vec<u8>,
    /// Reading a body of DATA.
    in_data: bool,
    open: Option<Open>,
    /// Accepted, in order: sender, recipients and octets.
    taken: Vec<Open>,
}

#[derive(Clone, Debug, Default)]
struct Open {
    from: String,
    to: Vec<String>,
    body: Vec<u8>,
}

impl Server {
    fn roll(&mut self) -> u8 {
        self.rolled += 1;
        *self.dice.get(self.rolled - 1).unwrap_or(&0)
    }

    /// Takes what was written; the replies to as much of it as is whole.
    fn hear(&mut self, bytes: &[u8]) -> Vec<String> {
        self.read.extend_from_slice(bytes);
        let mut replies = Vec::new();
        while let Some(reply) = self.step() {
            replies.push(reply.to_owned() + "\r\n");
        }
        replies
    }

    fn step(&mut self) -> Option<&'static str> {
        if self.in_data {
            return self.data();
        }
        let end = memchr::memmem::find(&self.read, b"\r\n")?;
        let line = String::from_utf8(self.read[..end].to_vec()).expect("commands are ASCII here");
        if let Some(words) = line.strip_prefix("BDAT ") {
            return self.bdat(words, end + 2);
        }
        self.read.drain(..end + 2);
        let dice = self.roll();
        Some(match line.split([' ', ':']).next().expect("a line has a first word") {
            "EHLO" => "250-sandbox.test\r\n250-PIPELINING\r\n250 CHUNKING",
            "RSET" => {
                self.open = None;
                "250 ok"
            }
            "MAIL" if self.open.is_some() => "503 5.5.1 nested MAIL",
            "MAIL" if dice % 8 == 1 => "550 5.1.8 no",
            "MAIL" => {
                self.open = Some(Open { from: line, ..Open::default() });
                "250 ok"
            }
            "RCPT" => match &mut self.open {
                None => "503 no MAIL",
                Some(_) if dice % 4 == 1 => "450 4.2.1 later",
                Some(open) => {
                    open.to.push(line);
                    "250 ok"
                }
            },
            "DATA" => match &self.open {
                Some(open) if !open.to.is_empty() && dice % 8 == 1 => "451 no room",
                Some(open) if !open.to.is_empty() || dice % 2 == 1 => {
                    self.in_data = true;
                    "354 go"
                }
                _ => "503 nobody",
            },
            _ => "500 what",
        })
    }

    fn data(&mut self) -> Option<&'static str> {
        let mut body = Vec::new();
        let progress = Unstuffer::default().push(&self.read, &mut body);
        if !progress.ended {
            return None;
        }
        self.read.drain(..progress.consumed + 3);
        self.in_data = false;
        let open = self.open.take().expect("DATA has a transaction");
        Some(self.end(Open { body, ..open }))
    }

    fn bdat(&mut self, words: &str, head: usize) -> Option<&'static str> {
        let size: usize = words.split(' ').next()?.parse().expect("BDAT has a size");
        let octets = self.read.get(head..head + size)?.to_vec();
        self.read.drain(..head + size);
        let dice = self.roll();
        let Some(open) = self.open.as_mut().filter(|open| !open.to.is_empty()) else { return Some("503 nobody") };
        if dice % 8 == 1 {
            return Some("452 4.3.1 full");
        }
        open.body.extend(octets);
        if !words.ends_with(" LAST") {
            return Some("250 go on");
        }
        let open = self.open.take().expect("it was looked at");
        Some(self.end(open))
    }

    fn end(&mut self, open: Open) -> &'static str {
        if open.to.is_empty() || self.roll() % 4 == 1 {
            return "554 5.7.1 no";
        }
        self.taken.push(open);
        "250 2.0.0 ok"
    }
}

/// One mail of a flight.
#[derive(Clone, Debug)]
struct Plan {
    recipients: usize,
    pace: Pace,
    transfer: Transfer,
    body: Vec<u8>,
}

fn plan() -> impl Strategy<Value = Plan> {
    let pace = prop_oneof![4 => Just(Pace::Pipelined), 1 => Just(Pace::Lockstep)];
    let transfer = prop_oneof![Just(Transfer::Data), Just(Transfer::Bdat)];
    let octet = prop::sample::select(b".\r\nab".to_vec());
    (1..4_usize, pace, transfer, prop::collection::vec(octet, 0..30))
        .prop_map(|(recipients, pace, transfer, body)| Plan { recipients, pace, transfer, body })
}

/// What a mail says of itself on the wire: its number is in each address and at the head of its body.
fn transaction(number: usize, plan: &Plan) -> Transaction {
    let to = (0..plan.recipients).map(|index| format!("to{number}-{index}@sandbox.test")).collect();
    let manner = Manner { transfer: plan.transfer, ..Manner::default() };
    Transaction { from: format!("from{number}@sandbox.test"), to, pace: plan.pace, manner, ..mail(number as u64) }
}

/// Sends all mails; the line breaks when the server has answered `answers` commands.
fn fly(plans: &[Plan], dice: Vec<u8>, answers: usize, cut: usize) -> (Seen, Server, bool) {
    let now = Instant::now();
    let mut session = Session::new(Dialect::Smtp, Timeouts::default(), now);
    let mut server = Server { dice, rolled: 0, read: Vec::new(), in_data: false, open: None, taken: Vec::new() };
    let mut seen = Seen::default();
    session.submit(Command::Hello("desk.test".to_owned()), now);
    for (number, plan) in plans.iter().enumerate() {
        session.submit(Command::Mail(transaction(number, plan)), now);
    }
    session.receive(b"220 hi\r\n", now);
    let (mut heard, mut answered) = (0, 0);
    loop {
        // As a driver does: all that can be sent is, before anything is read.
        loop {
            let wanted = seen.wanted;
            seen.drain(&mut session);
            if seen.wanted == wanted {
                break;
            }
            let Some(BodyOf::Mail(MailId(number))) = session.body_of() else {
                panic!("a body that is wanted is that of a mail")
            };
            let number = usize::try_from(number).expect("it is small");
            let body = [format!("body{number}\r\n").as_bytes(), &plans[number].body].concat();
            let (before, after) = body.split_at(cut.min(body.len()));
            if !before.is_empty() && !after.is_empty() {
                session.body(before, false, now);
                seen.drain(&mut session);
                session.body(after, true, now);
            } else {
                session.body(&body, true, now);
            }
        }
        let written = seen.written();
        let replies = server.hear(&written[heard..]);
        heard = written.len();
        if replies.is_empty() {
            break;
        }
        for reply in replies {
            if answered == answers {
                session.eof(now);
                seen.drain(&mut session);
                return (seen, server, true);
            }
            answered += 1;
            session.receive(reply.as_bytes(), now);
        }
    }
    session.eof(now);
    seen.drain(&mut session);
    (seen, server, false)
}

fn reports(seen: &Seen) -> BTreeMap<MailId, MailReport> {
    let done = seen.notices.iter().filter_map(|notice| match notice {
        Notice::MailDone(report) => Some((report.id, *report.clone())),
        _ => None,
    });
    done.collect()
}

proptest! {
    #[test]
    fn each_mail_has_its_own_fate(
        plans in prop::collection::vec(plan(), 1..8),
        dice in prop::collection::vec(any::<u8>(), 0..80),
        answers in 0..100_usize,
        cut in 0..12_usize,
    ) {
        let (seen, server, broken) = fly(&plans, dice, answers, cut);
        let reports = reports(&seen);
        prop_assert_eq!(seen.outcomes().len(), plans.len());
        prop_assert_eq!(reports.len(), plans.len());
        prop_assert!(!seen.notices.iter().any(|notice| matches!(notice, Notice::Broken(_))), "{:?}", seen.notices);
        for taken in &server.taken {
            let number: usize = taken.body[4..5].iter().map(|digit| usize::from(digit - b'0')).sum();
            let own = format!("<from{number}@");
            prop_assert!(taken.from.contains(&own), "{:?}", taken);
            prop_assert!(taken.to.iter().all(|to| to.contains(&format!("<to{number}-"))), "{:?}", taken);
            let outcome = reports[&MailId(number as u64)].outcome;
            let honest = matches!(outcome, MailOutcome::Sent | MailOutcome::Partial | MailOutcome::Unknown);
            prop_assert!(honest, "taken, and reported as {:?}", outcome);
        }
        for (id, report) in &reports {
            let own = format!("MAIL FROM:<from{}@sandbox.test>", id.0);
            let taken = server.taken.iter().filter(|taken| taken.from == own).count();
            if matches!(report.outcome, MailOutcome::Sent | MailOutcome::Partial) {
                prop_assert_eq!(taken, 1, "{:?}", report);
                let served = report.recipients.iter().filter(|to| to.outcome == crate::smtp::RecipientOutcome::Accepted);
                let to = server.taken.iter().find(|taken| taken.from == own).map_or(0, |taken| taken.to.len());
                prop_assert_eq!(served.count(), to);
            }
        }
        let doubtful = |outcome: &MailOutcome| matches!(outcome, MailOutcome::Unknown | MailOutcome::Failed);
        prop_assert!(broken || !seen.outcomes().iter().any(|(_, outcome)| doubtful(outcome)), "{:?}", reports);
    }
}

#[test]
fn whole_mails_fly_up_to_the_limit_and_no_further() {
    let now = Instant::now();
    let mut session = Session::new(Dialect::Smtp, Timeouts::default(), now);
    let mut seen = Seen::default();
    session.receive(b"220 hi\r\n", now);
    session.submit(Command::Hello("desk.test".to_owned()), now);
    session.receive(b"250-sandbox.test\r\n250-PIPELINING\r\n250 CHUNKING\r\n", now);
    let plan = Plan { recipients: 1, pace: Pace::Pipelined, transfer: Transfer::Bdat, body: Vec::new() };
    for number in 0..60 {
        session.submit(Command::Mail(transaction(number, &plan)), now);
    }
    let mut pump = |session: &mut Session, octets: usize| {
        seen.drain(session);
        while session.body_of().is_some() {
            let before = seen.wanted;
            session.body(&vec![b'a'; octets], true, now);
            seen.drain(session);
            if seen.wanted == before {
                break;
            }
        }
        memchr::memmem::find_iter(&seen.written(), b"BDAT").count()
    };
    assert_eq!(pump(&mut session, 10), 32, "mails");
    for _ in 0..4 {
        session.receive(b"250 ok\r\n", now);
    }
    assert_eq!(pump(&mut session, 10), 33, "one is answered (3 replies for the first, RSET of the second)");
}

#[test]
fn chunks_without_a_reply_are_bounded_and_a_refused_one_is_the_last() {
    let now = Instant::now();
    let mut session = Session::new(Dialect::Smtp, Timeouts::default(), now);
    let mut seen = Seen::default();
    session.receive(b"220 hi\r\n", now);
    session.submit(Command::Hello("desk.test".to_owned()), now);
    session.receive(b"250-sandbox.test\r\n250-PIPELINING\r\n250 CHUNKING\r\n", now);
    let plan = Plan { recipients: 1, pace: Pace::Pipelined, transfer: Transfer::Bdat, body: Vec::new() };
    session.submit(Command::Mail(transaction(1, &plan)), now);
    session.submit(Command::Mail(transaction(2, &plan)), now);
    let block = vec![b'a'; 65_536];
    let mut fill = |session: &mut Session| loop {
        let before = seen.wanted;
        session.body(&block, false, now);
        seen.drain(session);
        if seen.wanted == before {
            return memchr::memmem::find_iter(&seen.written(), b"BDAT 1048576\r\n").count();
        }
    };
    assert_eq!(fill(&mut session), 4, "4 MiB are unanswered");
    session.receive(b"250 ok\r\n250 ok\r\n250 go on\r\n", now);
    assert_eq!(fill(&mut session), 5);
    session.receive(b"552 too big\r\n503 no\r\n503 no\r\n", now);
    assert_eq!(fill(&mut session), 5, "nothing behind a refusal");
    assert!(session.body_of().is_none());
    session.receive(b"503 no\r\n", now);
    seen.drain(&mut session);
    assert_eq!(seen.outcomes(), [(MailId(1), MailOutcome::Refused)]);
    assert!(seen.written().ends_with(b"RSET\r\n"), "before the next mail");
}
