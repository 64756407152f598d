//! Scripts that are played: acts out, what was heard in.

use std::time::{Duration, Instant};

use super::*;
use crate::pop3;
use crate::sasl::{Mechanism, Progress};
use crate::script::heard::{Asked, of_pop3, of_smtp};
use crate::smtp::{self, Verb};
use crate::wire::Side;

/// A script on a stage: the clock, and what it did.
struct Play {
    runner: Runner,
    now: Instant,
}

impl Play {
    fn of(text: &str) -> Self {
        Self::with(text, false)
    }

    fn with(text: &str, require_tls: bool) -> Self {
        let variables = [("helo", "lab.test"), ("unique", "u1")].map(|(name, value)| (name.to_owned(), value.into()));
        let setting = Setting {
            variables: variables.into(),
            given: ["helo".to_owned()].into(),
            side: Side::Smtp,
            require_tls,
            patience: Duration::from_secs(9),
            ..Setting::default()
        };
        Self { runner: Runner::new(&read(text), setting), now: Instant::now() }
    }

    fn acts(&mut self) -> Vec<Act> {
        std::iter::from_fn(|| self.runner.poll(self.now)).collect()
    }

    /// The next act, which is one line.
    fn line(&mut self) -> String {
        match self.acts().as_slice() {
            [Act::Line { octets, .. }] => String::from_utf8(octets.clone()).unwrap(),
            acts => panic!("not one line: {acts:?}\n{:?}", self.runner.report()),
        }
    }

    fn says(&mut self, verb: Verb, reply: &str) {
        self.now += Duration::from_millis(3);
        let reply = reply.parse().unwrap();
        let notice = match verb {
            Verb::Unknown => smtp::Notice::Greeting(reply),
            verb => smtp::Notice::Replied { verb, line: verb.name().to_owned(), reply, expected: true },
        };
        for heard in of_smtp(&notice) {
            self.runner.heard(heard, self.now);
        }
    }

    fn hears(&mut self, side: Side, event: Event) {
        self.runner.heard(Heard { side, event }, self.now);
    }

    /// Connects and is greeted.
    fn begin(&mut self) {
        assert!(matches!(self.acts().as_slice(), [Act::Connect { side: Side::Smtp, .. }]));
        self.says(Verb::Unknown, "220 mx ready");
    }

    fn ends(mut self) -> Report {
        let acts = self.acts();
        if acts != [Act::Done] {
            assert!(matches!(acts.as_slice(), [Act::Quit(_) | Act::Drop(_)]), "{acts:?}");
            self.hears(Side::Smtp, Event::Closed(None));
            assert_eq!(self.acts(), [Act::Done]);
        }
        self.runner.into_report()
    }
}

fn why(report: &Report) -> String {
    report.failed().map(|failed| format!("{}: {}", failed.line, failed.why)).unwrap_or_default()
}

#[test]
fn a_line_waits_for_the_reply_to_the_one_before() {
    let mut play = Play::of("connect smtp\nexpect 220\nsend HELO ${helo}\nexpect 250\nsend NOOP");
    play.begin();
    assert_eq!(play.line(), "HELO lab.test");
    assert_eq!(play.acts(), []);
    play.says(Verb::Helo, "250 mx");
    assert_eq!(play.line(), "NOOP");
    play.says(Verb::Noop, "502 no");
    let report = play.ends();
    assert_eq!(report.end, Some(End::Held), "what nobody expects may be anything");
    let rows: Vec<_> = report.rows.iter().map(|row| (row.line, row.reply.as_ref().unwrap().code.clone())).collect();
    assert_eq!(rows, [(1, "220".into()), (3, "250".into()), (5, "502".into())]);
    assert_eq!(report.rows[1].lapse, Some(Duration::from_millis(3)));
    assert_eq!((report.rows[0].verdict, report.rows[2].verdict), (Verdict::Held, Verdict::Done));
}

#[test]
fn what_the_person_gave_is_not_set_by_the_script() {
    let mut play = Play::of("set helo = other\nset unique = mine\nnote ${helo} ${unique}");
    assert_eq!(play.acts(), [Act::Done]);
    assert_eq!(play.runner.report().rows[0].note, "lab.test mine");
}

#[test]
fn what_a_variable_puts_into_a_url_is_not_told() {
    let mut play = Play::of("set who = ada:hunter2\nconnect smtp://${who}@mx.test");
    let acts = play.acts();
    assert!(matches!(&acts[..], [Act::Connect { url: Some(url), .. }] if url.contains("hunter2")), "{acts:?}");
    let told = &play.runner.report().rows[0].what;
    assert_eq!(told, "connect smtp://${who}@mx.test");
}

#[test]
fn a_refused_expectation_ends_the_script_with_quit() {
    let mut play = Play::of("connect smtp\nsend RCPT TO:<a@b>\nexpect 250 or 251\nsend NOOP");
    play.begin();
    play.line();
    play.says(Verb::Rcpt, "503 5.5.1 need MAIL");
    assert_eq!(play.acts(), [Act::Quit(Side::Smtp)]);
    play.hears(Side::Smtp, Event::Closed(None));
    let report = play.ends();
    assert_eq!(why(&report), "3: expected 250 or 251, came 503 5.5.1 need MAIL");
    assert_eq!(report.rows[1].verdict, Verdict::Failed);
    assert!(matches!(&report.failed().unwrap().kind, Kind::Unexpected(Some(answer)) if answer.refuses()));
}

#[test]
fn named_groups_become_variables() {
    let mut play = Play::of("connect smtp\nsend DATA\nexpect any /as (?<id>\\w+)/\nnote got ${id}");
    play.begin();
    play.line();
    play.says(Verb::Data, "250 queued as 4F2");
    assert_eq!(play.ends().rows.last().unwrap().note, "got 4F2");
}

#[test]
fn a_body_goes_out_behind_354_only_and_its_variables_are_stuffed() {
    let script = "set x = .hidden\nconnect smtp\nsend DATA\nbody\n${x}\n..\n.\nexpect 250";
    let mut play = Play::of(script);
    play.begin();
    play.line();
    play.says(Verb::Data, "354 go");
    assert_eq!(play.acts(), [Act::Body(vec![b"..hidden".to_vec(), b"..".to_vec()])]);
    play.says(Verb::FinalDot, "250 ok");
    assert_eq!(play.ends().end, Some(End::Held));

    let mut play = Play::of(script);
    play.begin();
    play.line();
    play.says(Verb::Data, "503 no");
    assert!(why(&play.ends()).contains("did not ask for a text: it said 503 no"));
}

#[test]
fn in_a_body_quit_would_be_text_so_the_line_is_dropped() {
    let mut play = Play::of("connect smtp\nsend DATA\nexpect 250");
    play.begin();
    play.line();
    play.says(Verb::Data, "354 go");
    assert_eq!(play.acts(), [Act::Drop(Side::Smtp)]);
}

#[test]
fn conditions_choose_the_branch() {
    let script =
        "connect smtp\nsend EHLO x\nif offered auth plain\nnote yes\nelse\nnote no\nend\nif not 2yz\nfail bad\nend";
    for (reply, note) in [("250-mx\n250 AUTH LOGIN PLAIN", "yes"), ("250-mx\n250 AUTH LOGIN", "no"), ("250 mx", "no")] {
        let mut play = Play::of(script);
        play.begin();
        play.line();
        play.says(Verb::Ehlo, reply);
        assert_eq!(play.ends().rows.last().unwrap().note, note, "{reply}");
    }
}

#[test]
fn a_block_waits_for_all_its_replies() {
    let mut play = Play::of("connect smtp\nblock\nMAIL FROM:<>\nRCPT TO:<a@b>\nend\nexpect 550");
    play.begin();
    assert!(matches!(play.acts().as_slice(), [Act::Block { lines, .. }] if lines.len() == 2));
    play.says(Verb::Mail, "250 ok");
    assert_eq!(play.acts(), []);
    play.says(Verb::Rcpt, "550 no");
    let report = play.ends();
    assert_eq!(report.end, Some(End::Held));
    assert_eq!(report.rows.iter().map(|row| row.part).collect::<Vec<_>>(), [0, 0, 1]);
}

#[test]
fn waiting_takes_the_time_it_says() {
    let mut play = Play::of("wait 5s\nnote done");
    assert_eq!(play.acts(), []);
    assert_eq!(play.runner.deadline(), Some(play.now + Duration::from_secs(5)));
    play.now += Duration::from_secs(5);
    assert_eq!(play.acts(), [Act::Done]);
    assert_eq!(play.runner.report().rows[0].lapse, Some(Duration::from_secs(5)));
}

#[test]
fn the_close_is_awaited_and_a_lost_line_is_a_failure() {
    let mut play = Play::of("connect smtp\nsend QUIT\nexpect close");
    play.begin();
    play.line();
    play.says(Verb::Quit, "221 bye");
    assert_eq!(play.acts(), []);
    play.hears(Side::Smtp, Event::Closed(None));
    assert_eq!(play.ends().end, Some(End::Held));

    let mut play = Play::of("connect smtp\nexpect close");
    play.begin();
    play.acts();
    play.now += Duration::from_secs(9);
    assert!(why(&play.ends()).contains("did not in 9 s"));

    let mut play = Play::of("connect smtp\nsend NOOP");
    play.begin();
    play.line();
    play.hears(Side::Smtp, Event::Closed(Some("mx:25: the server closed the line".into())));
    let report = play.ends();
    assert_eq!(why(&report), "2: mx:25: the server closed the line");
    assert_eq!(report.failed().unwrap().kind, Kind::Line);
}

#[test]
fn a_line_lost_behind_the_dot_leaves_a_doubt_and_one_lost_before_it_none() {
    for (dropped, kind) in [(false, Kind::Unknown), (true, Kind::Line)] {
        let mut play = Play::of("connect smtp\nsend DATA\nbody\nhi\n.\nexpect 250");
        play.begin();
        play.line();
        play.says(Verb::Data, "354 go on");
        assert!(matches!(play.acts().as_slice(), [Act::Body(_)]));
        if dropped {
            play.hears(Side::Smtp, Event::NotSent("the server closed the line".into()));
        }
        play.hears(Side::Smtp, Event::Closed(Some("mx:25: the server closed the line".into())));
        assert_eq!(play.ends().failed().unwrap().kind, kind);
    }
}

#[test]
fn what_cannot_be_done_is_said() {
    for (script, words) in [
        ("send NOOP", "there is no line yet: write connect smtp"),
        ("expect 250", "there is no reply"),
        ("fail no more", "no more"),
        ("send ${x}", "there is no line yet"),
        ("note ${x}", "the variable x is not set"),
    ] {
        assert!(why(&Play::of(script).ends()).contains(words), "{script}");
    }
}

#[test]
fn where_tls_is_required_nothing_but_the_way_to_it_goes_out_in_clear() {
    let mut play = Play::with("connect smtp\nsend EHLO x\nstarttls\nsend MAIL FROM:<>\nauth", true);
    play.begin();
    assert_eq!(play.line(), "EHLO x");
    play.says(Verb::Ehlo, "250-mx\n250 STARTTLS");
    assert_eq!(play.acts(), [Act::StartTls { side: Side::Smtp, hello: Some("x".to_owned()) }]);
    play.says(Verb::StartTls, "220 go");
    play.hears(Side::Smtp, Event::Encrypted);
    play.hears(Side::Smtp, Event::Secured(Ok(())));
    assert_eq!(play.line(), "MAIL FROM:<>");

    let mut play = Play::with("connect smtp\nsend MAIL FROM:<>", true);
    play.begin();
    let report = play.ends();
    assert_eq!(report.failed().unwrap().kind, Kind::Tls);
    assert!(why(&report).contains("write starttls before MAIL"));
}

#[test]
fn a_refused_sign_in_fails_unless_the_script_looks_at_it() {
    let refused = || Progress::Refused {
        mechanism: Mechanism::Plain,
        why: "535 no".into(),
        temporary: false,
        stale_token: false,
    };
    for (script, held) in [("connect smtp\nauth", false), ("connect smtp\nauth plain ada\nexpect 535", true)] {
        let mut play = Play::of(script);
        play.begin();
        assert!(matches!(play.acts().as_slice(), [Act::SignIn { .. }]));
        play.says(Verb::Auth, "535 5.7.8 no");
        play.hears(Side::Smtp, Event::SignedIn(refused()));
        let report = play.ends();
        assert_eq!(report.end == Some(End::Held), held, "{script}: {report:?}");
    }
}

#[test]
fn pop3_answers_of_several_lines_are_looked_at_whole() {
    let mut play = Play::of("connect pop3\nsend LIST\nexpect +OK /^2 (?<size>\\d+)$/\nnote ${size}");
    let answers = |play: &mut Play, notice: &pop3::Notice| {
        for heard in of_pop3(notice) {
            play.runner.heard(heard, play.now);
        }
    };
    let response = |line: &[u8]| pop3::Response::parse(line).unwrap();
    play.acts();
    answers(&mut play, &pop3::Notice::Greeting { response: response(b"+OK hi"), stamp: None });
    assert_eq!(play.line(), "LIST");
    let replied = pop3::Notice::Replied {
        verb: pop3::Verb::List,
        number: None,
        line: "LIST".into(),
        response: response(b"+OK 2"),
    };
    answers(&mut play, &replied);
    assert_eq!(play.acts(), []);
    let scans = [(1, 120), (2, 77)].map(|(number, octets)| pop3::Scan { number, octets });
    answers(&mut play, &pop3::Notice::Scans(scans.to_vec()));
    answers(&mut play, &pop3::Notice::ListingEnd { verb: pop3::Verb::List, complete: true, bad: 0 });
    // A regular expression without (?m) sees one text.
    assert_eq!(play.acts(), [Act::Quit(Side::Pop3)]);
    assert!(why(play.runner.report()).starts_with("3: expected +OK /^2"));
}

#[test]
fn what_a_failed_script_marked_is_not_deleted() {
    let mut play = Play::of("connect pop3\nsend DELE 1\nexpect -ERR");
    play.acts();
    let answer = |line: &[u8]| Answer::Pop3(pop3::Response::parse(line).unwrap(), String::new());
    let said = |asked, line: &[u8]| Event::Answered { asked, line: String::new(), answer: answer(line), more: false };
    play.hears(Side::Pop3, said(Asked::Nothing, b"+OK"));
    play.line();
    play.hears(Side::Pop3, said(Asked::Pop3(pop3::Verb::Dele), b"+OK"));
    assert_eq!(play.acts(), [Act::Drop(Side::Pop3)]);
}

#[test]
fn lmtp_answers_the_dot_once_a_recipient_and_a_refusal_counts() {
    let mut play =
        Play::of("connect smtp\nsend LHLO x\nsend RCPT TO:<a>\nsend RCPT TO:<b>\nsend DATA\nbody\nhi\n.\nexpect 250");
    play.begin();
    for (verb, reply) in [(Verb::Lhlo, "250 x"), (Verb::Rcpt, "250 a"), (Verb::Rcpt, "250 b"), (Verb::Data, "354 go")] {
        play.line();
        play.says(verb, reply);
    }
    play.acts();
    play.says(Verb::FinalDot, "552 full");
    assert_eq!(play.acts(), []);
    play.says(Verb::FinalDot, "250 ok");
    assert!(why(&play.ends()).contains("came 552 full"));
}

#[test]
fn secrets_are_masked_in_rows() {
    let mut play = Play::of("connect smtp\nsend AUTH LOGIN\nsend aHVudGVyMg==\nsend AUTH PLAIN AGEAaHVudGVyMg==");
    play.begin();
    play.line();
    play.says(Verb::Auth, "334 UGFzc3dvcmQ6");
    play.line();
    play.says(Verb::SaslResponse, "535 no");
    play.line();
    let shown = format!("{:?}", play.runner.report());
    assert!(!shown.contains("aHVudGVy"), "{shown}");
}
