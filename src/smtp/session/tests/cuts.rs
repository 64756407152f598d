//! A server that says what no server should, and a line that ends after any octet: the outcome of a mail is never better
//! than what its own replies tell, and only what cannot have been taken has failed.

use std::time::Instant;

use super::{Seen, mail};
use crate::smtp::session::{Dialect, Session};
use crate::smtp::{Command, MailId, MailOutcome, Manner, Pace, RecipientOutcome, Transaction, Transfer};
use crate::wire::Engine;
use crate::wire::Timeouts;

use MailOutcome::{Deferred, Failed, Partial, Refused, Sent, Unknown};

const BODY: &[u8] = b"Subject: x\r\n\r\n.\r\n";

/// Mails from `1@a.example` on, each to `to` recipients, behind a greeting and a hello.
struct Talk {
    session: Session,
    seen: Seen,
    now: Instant,
    /// Of each mail, and how much of it was given.
    body: Vec<u8>,
    given: usize,
}

impl Talk {
    fn new(dialect: Dialect, transfer: Transfer, mails: u64, to: usize) -> Self {
        Self::with_body(dialect, transfer, mails, to, BODY.to_vec())
    }

    fn with_body(dialect: Dialect, transfer: Transfer, mails: u64, to: usize, body: Vec<u8>) -> Self {
        let now = Instant::now();
        let session = Session::new(dialect, Timeouts::default(), now);
        let mut talk = Self { session, seen: Seen::default(), now, body, given: 0 };
        talk.session.submit(Command::Hello("desk.test".to_owned()), now);
        for number in 1..=mails {
            let to = (0..to).map(|index| format!("to{number}-{index}@b.example")).collect();
            let manner = Manner { transfer, ..Manner::default() };
            let from = format!("{number}@a.example");
            let mail = Transaction { from, to, pace: Pace::Pipelined, manner, ..mail(number) };
            talk.session.submit(Command::Mail(mail), now);
        }
        talk.hear("220 hi\r\n250-mx\r\n250-PIPELINING\r\n250 CHUNKING\r\n");
        talk
    }

    fn hear(&mut self, replies: &str) {
        for octet in replies.as_bytes() {
            self.session.receive(&[*octet], self.now);
            self.write();
        }
    }

    /// Gives the engine the bodies that it asks for, in pieces of 64 KiB.
    fn write(&mut self) {
        loop {
            let before = self.seen.wanted;
            self.seen.drain(&mut self.session);
            if self.seen.wanted == before {
                return;
            }
            let end = self.body.len().min(self.given + 65_536);
            let (piece, last) = (self.body[self.given..end].to_vec(), end == self.body.len());
            self.given = if last { 0 } else { end };
            self.session.body(&piece, last, self.now);
        }
    }

    fn lose(&mut self) {
        self.session.eof(self.now);
        self.seen.drain(&mut self.session);
    }

    fn count(&self, words: &str) -> usize {
        memchr::memmem::find_iter(&self.seen.written(), words).count()
    }

    fn outcomes(&self) -> Vec<MailOutcome> {
        let mut outcomes = self.seen.outcomes();
        outcomes.sort_by_key(|(MailId(number), _)| *number);
        outcomes.into_iter().map(|(_, outcome)| outcome).collect()
    }
}

/// What the server says to each of two mails: all replies of a mail in a row.
fn two_mails(transfer: Transfer) -> (&'static str, [&'static str; 2]) {
    match transfer {
        Transfer::Data => (
            "\r\n.\r\n",
            [
                "250 a\r\n250 b\r\n354 go\r\n250-2.0.0 more\r\n250 2.0.0 Ok\r\n",
                "250 a\r\n250 b\r\n354 go\r\n250 Ok\r\n",
            ],
        ),
        Transfer::Bdat => (
            " LAST\r\n",
            ["250 a\r\n250 b\r\n250-2.0.0 more\r\n250 2.0.0 Ok\r\n", "250 r\r\n250 a\r\n250 b\r\n250 Ok\r\n"],
        ),
    }
}

#[test]
fn wherever_the_line_ends_each_mail_has_the_outcome_of_its_own_replies() {
    for transfer in [Transfer::Data, Transfer::Bdat] {
        let (end, said) = two_mails(transfer);
        let whole = said.concat();
        for cut in 0..=whole.len() {
            let mut talk = Talk::new(Dialect::Smtp, transfer, 2, 1);
            talk.hear(&whole[..cut]);
            let ended = talk.count(end);
            talk.lose();
            let truth = |answered: bool, mail: usize| match (answered, ended > mail) {
                (true, _) => Sent,
                (false, true) => Unknown,
                (false, false) => Failed,
            };
            let expected = [truth(cut >= said[0].len(), 0), truth(cut >= whole.len(), 1)];
            assert_eq!(talk.outcomes(), expected, "{transfer:?} cut after {:?}", &whole[..cut]);
        }
    }
}

#[test]
fn odd_replies_never_make_an_outcome_better_than_it_is() {
    use Transfer::{Bdat, Data};
    let cases: &[(Transfer, u64, &str, &[MailOutcome])] = &[
        // 250 to DATA: no body leaves, and the other mail is not begun.
        (Data, 2, "250 a\r\n250 b\r\n250 c\r\n", &[Failed, Failed]),
        // 354 to MAIL, to RCPT, and to the end.
        (Data, 1, "354 a\r\n", &[Failed]),
        (Data, 1, "250 a\r\n354 b\r\n", &[Failed]),
        (Data, 1, "250 a\r\n250 b\r\n354 c\r\n354 d\r\n", &[Unknown]),
        (Bdat, 1, "250 a\r\n250 b\r\n354 c\r\n", &[Unknown]),
        // DATA accepted although MAIL was refused: no body leaves.
        (Data, 1, "550 a\r\n250 b\r\n354 c\r\n", &[Failed]),
        // An early end of the conversation, in the middle of a group.
        (Data, 2, "250 a\r\n421 bye\r\n", &[Deferred, Deferred]),
        (Data, 2, "250 a\r\n250 b\r\n354 c\r\n421 bye\r\n", &[Deferred, Deferred]),
        (Data, 2, "250 a\r\n250 b\r\n354 c\r\n250 d\r\n421 bye\r\n", &[Sent, Deferred]),
        (Bdat, 2, "250 a\r\n250 b\r\n421 bye\r\n", &[Deferred, Unknown]),
        (Bdat, 2, "250 a\r\n221 bye\r\n", &[Failed, Unknown]),
        (Bdat, 2, "250 a\r\n250 b\r\n221 bye\r\n", &[Unknown, Unknown]),
        // DATA accepted for nobody, by a mail that rides behind another.
        (Data, 2, "250 a\r\n250 b\r\n354 c\r\n250 d\r\n250 a\r\n550 b\r\n354 c\r\n250 d\r\n", &[Sent, Refused]),
        (Data, 2, "250 a\r\n250 b\r\n354 c\r\n250 d\r\n550 a\r\n503 b\r\n354 c\r\n", &[Sent, Failed]),
        // One reply too many is the next mail's, and soon one that it cannot have.
        (Data, 2, "250 a\r\n250 b\r\n354 c\r\n250 d\r\n250 d\r\n250 a\r\n250 b\r\n354 c\r\n", &[Sent, Failed]),
        // A mail that was refused is taken all the same, or for the recipients of another.
        (Bdat, 1, "550 a\r\n250 b\r\n250 c\r\n", &[Unknown]),
        (Bdat, 1, "550 a\r\n503 b\r\n503 c\r\n", &[Refused]),
        (Bdat, 1, "450 a\r\n503 b\r\n503 c\r\n", &[Deferred]),
        (Bdat, 2, "250 a\r\n250 b\r\n452 full\r\n500 r\r\n503 a\r\n250 b\r\n250 c\r\n", &[Deferred, Unknown]),
        // One reply too many, and nothing that it could change.
        (Data, 1, "250 a\r\n250 b\r\n354 c\r\n250 d\r\n250 e\r\n", &[Sent]),
    ];
    for (transfer, mails, replies, expected) in cases {
        let mut talk = Talk::new(Dialect::Smtp, *transfer, *mails, 1);
        talk.hear(replies);
        talk.lose();
        assert_eq!(talk.outcomes(), *expected, "{transfer:?} {replies:?}");
    }
}

#[test]
fn a_chunk_refused_in_the_middle_and_a_last_one_accepted_leave_it_open_what_was_taken() {
    for (replies, expected) in [
        ("552 big\r\n503 no\r\n503 no\r\n", Refused),
        ("552 big\r\n250 on\r\n250 Ok\r\n", Unknown),
        ("250 on\r\n250 on\r\n250 Ok\r\n", Sent),
    ] {
        let body = vec![b'a'; (5 << 20) / 2];
        let mut talk = Talk::with_body(Dialect::Smtp, Transfer::Bdat, 1, 1, body);
        talk.hear("250 a\r\n250 b\r\n");
        talk.hear(replies);
        talk.lose();
        assert_eq!((talk.count("BDAT "), talk.count(" LAST\r\n")), (3, 1));
        assert_eq!(talk.outcomes(), [expected], "{replies:?}");
    }
}

#[test]
fn each_recipient_of_lmtp_has_its_own_reply_behind_bdat_too() {
    use RecipientOutcome as One;
    let cases: &[(&str, MailOutcome, [One; 3])] = &[
        ("250 a\r\n550 b\r\n250 c\r\n", Partial, [One::Accepted, One::Refused, One::Accepted]),
        ("250 a\r\n250 b\r\n550 c\r\n", Partial, [One::Accepted, One::Accepted, One::Refused]),
        ("250 a\r\n450 b\r\n", Unknown, [One::Accepted, One::Deferred, One::Unknown]),
        ("250 a\r\n421 b\r\n", Unknown, [One::Accepted, One::Deferred, One::Unknown]),
        ("", Unknown, [One::Unknown; 3]),
        ("550 a\r\n550 b\r\n450 c\r\n", Deferred, [One::Refused, One::Refused, One::Deferred]),
        ("250 a\r\n354 b\r\n", Unknown, [One::Accepted, One::Unknown, One::Unknown]),
    ];
    for transfer in [Transfer::Data, Transfer::Bdat] {
        for (ends, outcome, recipients) in cases {
            let mut talk = Talk::new(Dialect::Lmtp, transfer, 1, 3);
            talk.hear("250 m\r\n250 a\r\n250 b\r\n250 c\r\n");
            talk.hear(if transfer == Transfer::Data { "354 go\r\n" } else { "" });
            talk.hear(ends);
            talk.lose();
            let report = talk.seen.notices.iter().find_map(|notice| match notice {
                crate::smtp::Notice::MailDone(report) => Some(report),
                _ => None,
            });
            let report = report.expect("each mail has its report");
            let found: Vec<One> = report.recipients.iter().map(|one| one.outcome).collect();
            assert_eq!((report.outcome, &found[..]), (*outcome, &recipients[..]), "{transfer:?} {ends:?}");
        }
    }
}

#[test]
fn nothing_rides_where_its_replies_could_be_mistaken() {
    let pair = |dialect, change: fn(&mut Transaction, &mut Transaction)| {
        let mut talk = Talk::new(dialect, Transfer::Bdat, 0, 1);
        let one = |number: u64| {
            let to = vec![format!("a{number}@b.example"), format!("c{number}@b.example")];
            Transaction { from: format!("{number}@a.example"), to, pace: Pace::Pipelined, ..mail(number) }
        };
        let (mut first, mut second) = (one(1), one(2));
        first.manner.transfer = Transfer::Bdat;
        second.manner.transfer = Transfer::Bdat;
        change(&mut first, &mut second);
        talk.session.submit(Command::Mail(first), talk.now);
        talk.session.submit(Command::Mail(second), talk.now);
        talk.write();
        // A mail by DATA waits for the 354 before its body.
        if talk.count("DATA\r\n") > 0 {
            talk.hear("250 m\r\n250 a\r\n250 c\r\n354 go\r\n");
        }
        talk.count("MAIL FROM")
    };
    assert_eq!(pair(Dialect::Smtp, |_, _| {}), 2, "otherwise it does");
    assert_eq!(pair(Dialect::Smtp, |_, second| second.pace = Pace::Lockstep), 1, "one that goes step by step");
    assert_eq!(pair(Dialect::Lmtp, |_, _| {}), 1, "as many replies as recipients were accepted");
    let unstuffed: fn(&mut Transaction, &mut Transaction) = |first, _| {
        first.manner.transfer = Transfer::Data;
        first.manner.flaws.unstuffed = true;
    };
    assert_eq!(pair(Dialect::Smtp, unstuffed), 1, "a dot in it may have ended it before");
}

#[test]
fn a_server_that_may_have_found_an_end_inside_of_raw_line_ends_is_not_called_failed() {
    let mut talk = Talk::new(Dialect::Smtp, Transfer::Data, 0, 1);
    let mut raw = Transaction { from: "1@a.example".to_owned(), to: vec!["2@b.example".to_owned()], ..mail(1) };
    raw.manner.flaws.line_ends = true;
    talk.session.submit(Command::Mail(raw), talk.now);
    talk.seen.drain(&mut talk.session);
    for reply in ["250 a\r\n", "250 b\r\n", "354 go\r\n"] {
        talk.session.receive(reply.as_bytes(), talk.now);
        talk.seen.drain(&mut talk.session);
    }
    talk.session.body(b"a\n.\r\nb", false, talk.now);
    talk.seen.drain(&mut talk.session);
    talk.session.receive(b"250 2.0.0 Ok\r\n", talk.now);
    talk.seen.drain(&mut talk.session);
    assert_eq!(talk.outcomes(), [Unknown]);
}
