//! Whatever a server sends and whenever: no panic, no byte lost, every mail reported once, and cuts do not matter.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{Seen, mail};
use crate::sasl::{Mechanism, Progress, SignIn};
use crate::smtp::session::{Dialect, Session};
use crate::smtp::{
    Command, Halt, Leave, Line, MailId, Manner, Notice, Pace, Stage, State, Transaction, Transfer, WireFlaws,
};
use crate::wire::{Channel, Engine, Secret, Timeouts, TlsMode};

/// One thing that happens to a session.
#[derive(Clone, Debug)]
enum Happening {
    Receive(Vec<u8>),
    Type(&'static str),
    Hello,
    Secure(TlsMode),
    SignIn(Option<Mechanism>),
    Mail { recipients: usize, pace: Pace, manner: Manner },
    Body(Vec<u8>, bool),
    BodyFailed,
    Tls,
    Timeout,
    Eof,
}

fn server() -> impl Strategy<Value = Vec<u8>> {
    let reply = prop::sample::select(vec![
        "220 hi\r\n",
        "250 ok\r\n",
        "250-sandbox.test\r\n250-SIZE 100\r\n250 PIPELINING\r\n",
        "250-sandbox.test\r\n250-PIPELINING\r\n250 CHUNKING\r\n",
        "250-sandbox.test\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN CRAM-MD5 SCRAM-SHA-256 XOAUTH2\r\n",
        "250-more\r\n",
        "334 VXNlcm5hbWU6\r\n",
        "334 cj1ub25jZW5vbmNlbm9uY2Vub25jZW1vcmUscz1XMjJaYUowU05ZN3NvRXNVRWpiNmdRPT0saT00MDk2\r\n",
        "334 not base64\r\n",
        "535 5.7.8 no\r\n",
        "454 later\r\n",
        "354 go\r\n",
        "334 \r\n",
        "235 in\r\n",
        "421 gone\r\n",
        "450 later\r\n",
        "550 5.1.1 no\r\n",
        "221 bye\r\n",
        "garbage\r\n",
        "2",
        "\n",
    ]);
    prop_oneof![
        12 => reply.prop_map(|reply| reply.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..40),
    ]
}

fn manner() -> impl Strategy<Value = Manner> {
    let stages = [Stage::Mail, Stage::Rcpt, Stage::Data, Stage::Body, Stage::FinalDot];
    let transfer = prop_oneof![Just(Transfer::Data), Just(Transfer::Bdat)];
    let halt = (prop::sample::select(stages.to_vec()), prop_oneof![Just(Leave::Quit), Just(Leave::Drop)])
        .prop_map(|(after, how)| Halt { after, how });
    let halt = prop::option::weighted(0.1, halt);
    let flaws = (prop::bool::weighted(0.1), prop::bool::weighted(0.1)).prop_map(|(unstuffed, line_ends)| WireFlaws {
        unstuffed,
        line_ends,
        ..WireFlaws::default()
    });
    (transfer, halt, flaws).prop_map(|(transfer, halt, flaws)| Manner { transfer, flaws, halt, ..Manner::default() })
}

fn happening() -> impl Strategy<Value = Happening> {
    let typed =
        ["EHLO x", "MAIL FROM:<a@b>", "RCPT TO:<c@d>", "DATA", ".", "text", "RSET", "STARTTLS", "AUTH LOGIN", "QUIT"];
    let pace = prop_oneof![Just(Pace::Pipelined), Just(Pace::Lockstep)];
    prop_oneof![
        20 => server().prop_map(Happening::Receive),
        6 => prop::sample::select(typed.to_vec()).prop_map(Happening::Type),
        2 => Just(Happening::Hello),
        3 => prop::sample::select(TlsMode::ALL.to_vec()).prop_map(Happening::Secure),
        4 => prop::option::of(prop::sample::select(Mechanism::ALL.to_vec())).prop_map(Happening::SignIn),
        4 => (0..4_usize, pace, manner()).prop_map(|(recipients, pace, manner)| {
            Happening::Mail { recipients, pace, manner }
        }),
        6 => (prop::collection::vec(any::<u8>(), 0..20), any::<bool>()).prop_map(|(bytes, last)| Happening::Body(bytes, last)),
        1 => Just(Happening::BodyFailed),
        2 => Just(Happening::Tls),
        1 => Just(Happening::Timeout),
        1 => Just(Happening::Eof),
    ]
}

/// A session under test and the bytes and mails that it was given.
struct Trial {
    session: Session,
    seen: Seen,
    now: Instant,
    fed: Vec<u8>,
    mails: u64,
}

impl Trial {
    fn new(dialect: Dialect) -> Self {
        let now = Instant::now();
        let session = Session::new(dialect, Timeouts::default(), now);
        Self { session, seen: Seen::default(), now, fed: Vec::new(), mails: 0 }
    }

    fn happen(&mut self, happening: Happening) {
        let now = self.now;
        match happening {
            Happening::Receive(bytes) => {
                self.fed.extend_from_slice(&bytes);
                self.session.receive(&bytes, now);
            }
            Happening::Type(line) => self.session.submit(Command::Line(Line::typed(line).unwrap()), now),
            Happening::Hello => self.session.submit(Command::Hello("desk.test".to_owned()), now),
            Happening::Secure(mode) => {
                self.session.submit(Command::Secure { mode, hello: "desk.test".to_owned() }, now);
            }
            Happening::SignIn(mechanism) => self.session.submit(sign_in(mechanism), now),
            Happening::Mail { recipients, pace, manner } => {
                self.mails += 1;
                let to = vec!["b@sandbox.test".to_owned(); recipients];
                self.session.submit(Command::Mail(Transaction { to, pace, manner, ..mail(self.mails) }), now);
            }
            Happening::Body(bytes, last) => self.session.body(&bytes, last, now),
            Happening::BodyFailed => self.session.body_failed(now),
            Happening::Tls => self.session.tls_started(Channel::default(), now),
            Happening::Timeout => {
                self.now += Duration::from_secs(601);
                self.session.timeout(self.now);
            }
            Happening::Eof => self.session.eof(now),
        }
        self.seen.drain(&mut self.session);
    }

    /// The state that the notices tell of, each a change.
    fn told_state(&self) -> State {
        self.seen.notices.iter().fold(State::Greeting, |before, notice| match notice {
            Notice::State(state) => {
                assert_ne!(*state, before, "a state notice is a change");
                *state
            }
            _ => before,
        })
    }
}

fn sign_in(mechanism: Option<Mechanism>) -> Command {
    let sign_in = SignIn::with_password("ada", Secret::new("hunter22"), "noncenoncenoncenonce");
    Command::SignIn(Box::new(SignIn { mechanism, ..sign_in }))
}

/// The password as PLAIN, LOGIN and XOAUTH2 put it on the wire, whole or from its end.
fn shows_the_password(written: &[u8]) -> bool {
    let wire: [&[u8]; 3] = [b"AGFkYQBodW50ZXIyMg==", b"aHVudGVyMjI=", b"dXNlcj1hZGEB"];
    wire.iter().any(|form| memchr::memmem::find(written, form).is_some())
}

fn notices_of(setup: &[Command], pieces: &[&[u8]]) -> Vec<Notice> {
    let mut trial = Trial::new(Dialect::Smtp);
    if !setup.is_empty() {
        trial.happen(Happening::Receive(b"220 hi\r\n".to_vec()));
    }
    for command in setup {
        trial.session.submit(command.clone(), trial.now);
        trial.seen.drain(&mut trial.session);
        if matches!(command, Command::Hello(_)) {
            let offers: &[u8] =
                b"250-sandbox.test\r\n250-PIPELINING\r\n250-STARTTLS\r\n250 AUTH CRAM-MD5 SCRAM-SHA-256\r\n";
            trial.happen(Happening::Receive(offers.to_vec()));
        }
    }
    for piece in pieces {
        trial.happen(Happening::Receive(piece.to_vec()));
    }
    trial.happen(Happening::Eof);
    trial.seen.notices
}

/// The same notices from `bytes` whole, cut once, and byte by byte.
fn cuts_do_not_matter(setup: &[Command], bytes: &[u8], cut: usize) {
    let whole = notices_of(setup, &[bytes]);
    let (before, after) = bytes.split_at(cut.min(bytes.len()));
    assert_eq!(notices_of(setup, &[before, after]), whole, "cut at {cut}");
    assert_eq!(notices_of(setup, &bytes.chunks(1).collect::<Vec<_>>()), whole, "byte by byte");
}

fn each_sign_in_has_one_end(notices: &[Notice]) -> bool {
    let mut under_way = false;
    let all_fit = notices.iter().all(|notice| match notice {
        Notice::SignIn(Progress::Chosen { .. }) => !std::mem::replace(&mut under_way, true),
        Notice::SignIn(Progress::Impossible { .. }) => {
            under_way = false;
            true
        }
        Notice::SignIn(end) if end.is_end() => std::mem::take(&mut under_way),
        _ => true,
    });
    all_fit && !under_way
}

proptest! {
    #[test]
    fn nothing_is_lost_and_every_mail_is_reported_once(
        lmtp in any::<bool>(),
        happenings in prop::collection::vec(happening(), 0..60),
    ) {
        let mut trial = Trial::new(if lmtp { Dialect::Lmtp } else { Dialect::Smtp });
        for happening in happenings {
            trial.happen(happening);
            let read = [trial.seen.read().as_slice(), trial.session.pending()].concat();
            prop_assert_eq!(&read, &trial.fed);
            prop_assert_eq!(trial.told_state(), trial.session.state());
            let written = trial.seen.written();
            prop_assert!(trial.session.channel.is_some() || !shows_the_password(&written), "a password in clear");
        }
        trial.happen(Happening::Eof);
        prop_assert_eq!(trial.seen.read(), trial.fed);
        prop_assert_eq!(trial.session.state(), State::Closed);
        let told = format!("{:?}", trial.seen.notices);
        prop_assert!(!told.contains("hunter22") && !shows_the_password(told.as_bytes()), "{}", told);
        let mut reported: Vec<MailId> = trial.seen.outcomes().into_iter().map(|(id, _)| id).collect();
        reported.sort();
        prop_assert_eq!(reported, (1..=trial.mails).map(MailId).collect::<Vec<_>>());
        prop_assert!(each_sign_in_has_one_end(&trial.seen.notices), "{}", told);
    }

    #[test]
    fn any_cut_of_a_greeting_gives_the_same_notices(
        bytes in prop::collection::vec(server(), 0..6).prop_map(|parts| parts.concat()),
        cut in 0..100_usize,
    ) {
        cuts_do_not_matter(&[], &bytes, cut);
    }

    #[test]
    fn any_cut_of_a_reply_gives_the_same_notices(
        typed in prop::sample::select(vec!["EHLO x", "MAIL FROM:<a@b>", "DATA", "AUTH LOGIN", "QUIT", "what"]),
        bytes in prop::collection::vec(server(), 0..6).prop_map(|parts| parts.concat()),
        cut in 0..100_usize,
    ) {
        cuts_do_not_matter(&[Command::Line(Line::typed(typed).unwrap())], &bytes, cut);
    }

    #[test]
    fn any_cut_of_an_answer_to_a_sign_in_or_to_starttls_gives_the_same_notices(
        mechanism in prop::option::of(prop::sample::select(vec![Mechanism::ScramSha256, Mechanism::CramMd5])),
        secure in any::<bool>(),
        reply in server(),
        cut in 0..100_usize,
    ) {
        let hello = "desk.test".to_owned();
        let first = if secure { Command::Secure { mode: TlsMode::Auto, hello: hello.clone() } } else { sign_in(mechanism) };
        cuts_do_not_matter(&[Command::Hello(hello), first, Command::Mail(mail(1))], &reply, cut);
    }

    #[test]
    fn any_cut_of_the_replies_to_a_pipelined_mail_gives_the_same_notices(
        replies in prop::collection::vec(prop::sample::select(vec![250, 354, 450, 550, 421, 221]), 4),
        cut in 0..60_usize,
    ) {
        let lines = replies.iter().map(|code| format!("{code}-a\r\n{code} b\r\n"));
        let bytes = lines.collect::<Vec<_>>().concat();
        let to = vec!["b@sandbox.test".to_owned(); 2];
        let setup = [Command::Hello("desk.test".to_owned()), Command::Mail(Transaction { to, ..mail(1) })];
        cuts_do_not_matter(&setup, bytes.as_bytes(), cut);
    }
}
